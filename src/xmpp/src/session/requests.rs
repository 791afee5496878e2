//! IQ requests in both directions: ours and their results, those of others and their answers.

use tokio_xmpp::jid::Jid;
use tokio_xmpp::minidom::Element;

use super::pending_iqs::{self, PageBuilder, PendingIq, Responder};
use super::{Session, unaddressable};
use crate::failure::Failure;
use crate::link::state::LinkState;
use crate::sender::Sender;
use crate::stanza::avatar::Source;
use crate::stanza::{archive, blocking, iq, register, roster};
use crate::xml::ns;
use crate::{Answer, Event, InboundRequest, IqKind, Payload, Request, RequestError, Response};

impl Session {
    pub(super) fn requested(&mut self, tag: u64, request: Request, state: &mut LinkState) {
        let account = self.jid.to_bare();
        match request {
            Request::Block(jid) => {
                let write = |id: &str| Some(blocking::block(id, &jid));
                self.request(tag, state, PendingIq::Simple { tag }, write);
            }
            Request::Unblock(jid) => {
                let write = |id: &str| Some(blocking::unblock(id, &jid));
                self.request(tag, state, PendingIq::Simple { tag }, write);
            }
            Request::QueryArchive(query) => {
                let pending = PendingIq::Archive { tag, page: PageBuilder::default() };
                self.request(tag, state, pending, |id| archive::query(id, &query));
            }
            Request::FetchAvatar { jid, hash } => {
                self.fetch_avatar(tag, (jid, hash), Source::Published, state);
            }
            Request::ChangePassword(password) => {
                let password = password.into_inner();
                let pending = PendingIq::Password { tag, password: password.clone() };
                let write = |id: &str| register::change_password(id, &account, &password);
                self.request(tag, state, pending, write);
            }
            Request::DeleteAccount => {
                let write = |id: &str| Some(register::remove(id, &account));
                self.request(tag, state, PendingIq::Removal { tag }, write);
            }
        }
    }

    /// Sends an IQ request to our server that nobody waits for.
    pub(super) fn ask(&mut self, pending: PendingIq, write: impl FnOnce(&str) -> Option<Element>) {
        if let Err(error) = self.try_to_ask(Responder::Server, pending, write) {
            tracing::debug!(%error, "not asked");
        }
    }

    fn try_to_ask(
        &mut self,
        to: Responder,
        pending: PendingIq,
        write: impl FnOnce(&str) -> Option<Element>,
    ) -> Result<(), RequestError> {
        let id = self.pending_iqs.add(to, pending)?;
        match write(&id) {
            Some(element) => {
                self.send(element);
                Ok(())
            }
            None => {
                self.pending_iqs.take(&id, &Responder::Server);
                Err(RequestError::Unencodable)
            }
        }
    }

    /// Sends an IQ request to our server for a command; if that fails, reports it under `tag`.
    fn request(
        &mut self,
        tag: u64,
        state: &mut LinkState,
        pending: PendingIq,
        write: impl FnOnce(&str) -> Option<Element>,
    ) {
        self.request_from(Responder::Server, tag, state, pending, write);
    }

    /// The same, to another entity.
    pub(super) fn request_from(
        &mut self,
        to: Responder,
        tag: u64,
        state: &mut LinkState,
        pending: PendingIq,
        write: impl FnOnce(&str) -> Option<Element>,
    ) {
        if let Err(error) = self.try_to_ask(to, pending, write) {
            state.events.push(Event::Response(tag, Err(error)));
        }
    }

    /// Reports a request that the engine answers. `false` if it does not.
    pub(super) fn report(&mut self, iq: &Element, from: Responder, state: &mut LinkState) -> bool {
        let (Responder::Entity(from), Some(payload)) = (from, iq.children().next()) else {
            return false;
        };
        if !state.answered.iter().any(|namespace| *namespace == payload.ns()) {
            return false;
        }
        let Some(number) = self.inbound_iqs.add(iq) else { return false };
        let kind = if iq.attr("type") == Some("set") { IqKind::Set } else { IqKind::Get };
        let request = InboundRequest { kind, payload: Payload::new(payload.clone()) };
        state.events.push(Event::Requested { number, from, request });
        true
    }

    /// Sends the engine's answer, unless the request was refused or belongs to another session.
    pub(super) fn answer(&mut self, number: u64, answer: Answer, state: &LinkState) {
        let Some(iq) = self.inbound_iqs.take(number) else { return };
        let from = iq.attr("from").and_then(|from| Jid::new(from).ok());
        // They may have lost sight of us since they asked.
        let trusted = from.is_some_and(|from| self.may_know(&Sender::of(&from, &self.jid), state));
        self.management.push_answer(match trusted {
            true => iq::answered(&iq, answer),
            false => iq::service_unavailable(&iq),
        });
    }

    /// Handles a result or error.
    pub(super) fn answered(
        &mut self,
        id: &str,
        from: &Responder,
        element: &Element,
        state: &mut LinkState,
    ) -> Result<(), Failure> {
        if *from == Responder::Server
            && let Some(acked) = self.management.pong(id)
        {
            state.events.acked(acked?);
            return Ok(());
        }
        let refused = element.attr("type") == Some("error");
        let Some(pending) = self.pending_iqs.take(id, from) else {
            if refused && *from == Responder::Server {
                tracing::warn!("the server refused a change of the roster");
            }
            return Ok(());
        };
        match pending {
            PendingIq::Unawaited => tracing::debug!(refused, "an answer nobody waits for"),
            PendingIq::Roster => {
                let event = state.roster.answered(element, refused);
                state.events.extend(roster::unaddressable(element).into_iter().map(unaddressable));
                state.avatars.forget_others(&state.roster);
                state.events.push(event);
            }
            PendingIq::Blocked => {
                if let Some(list) = element.get_child("blocklist", ns::BLOCKING) {
                    state.events.push(self.blocked.replace(list));
                }
            }
            PendingIq::Simple { tag }
            | PendingIq::Password { tag, .. }
            | PendingIq::Removal { tag }
            | PendingIq::Archive { tag, .. }
                if refused =>
            {
                let error = pending_iqs::refusal(element);
                state.events.push(Event::Response(tag, Err(error)));
            }
            PendingIq::Avatar { tag, jid, hash, source } => {
                self.avatar_answered(tag, (jid, hash), source, element, state);
            }
            PendingIq::Simple { tag } => {
                state.events.push(Event::Response(tag, Ok(Response::Done)))
            }
            PendingIq::Password { tag, password } => {
                state.new_password = Some(password);
                state.events.push(Event::Response(tag, Ok(Response::Done)));
            }
            PendingIq::Removal { tag } => {
                state.account_removed = true;
                state.events.push(Event::Response(tag, Ok(Response::Done)));
            }
            PendingIq::Archive { tag, page } => {
                state.events.push(Event::Response(tag, page.finish(element)));
            }
        }
        Ok(())
    }
}
