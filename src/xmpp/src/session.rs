//! One session, over one stream or several (XEP-0198 §5). Takes elements and commands, produces
//! elements and events; does no I/O.

mod avatars;
mod inbound_iqs;
mod pending_iqs;
mod requests;
#[cfg(test)]
mod tests;

use tokio::time::Instant;
use tokio_xmpp::jid::{FullJid, Jid};
use tokio_xmpp::minidom::Element;

pub(crate) use self::avatars::Avatars;
use self::inbound_iqs::InboundIqs;
use self::pending_iqs::{PendingIq, PendingIqs, Responder};
use crate::failure::Failure;
use crate::limits::is_truncated;
use crate::link::state::LinkState;
use crate::sender::Sender;
use crate::stanza::avatar;
use crate::stanza::blocking::Blocked;
use crate::stanza::presence::Subscribing;
use crate::stanza::{
    archive, blocking, carbons, chat_state, iq, message, presence, register, roster,
};
use crate::stream_features::StreamFeatures;
use crate::stream_management::{AckOutOfRange, Counters, Outgoing, StreamManagement};
use crate::xml::{ns, random_id};
use crate::{Availability, Command, Delay, Event, Response, ResumeToken};

/// The state of a session. It ends when the server does not resume it.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) jid: FullJid,
    pub(crate) management: StreamManagement,
    /// The features of the current stream.
    features: StreamFeatures,
    blocked: Blocked,
    pending_iqs: PendingIqs,
    inbound_iqs: InboundIqs,
    /// The availability announced last; `None` if an earlier process announced it.
    announced: Option<Availability>,
    /// The counters of the resume token that was reported last.
    reported: Option<Counters>,
}

impl Session {
    /// A new session. Requests the roster, or what changed since `version` of it, before presence
    /// is announced, so that it is known whose presence comes.
    pub(crate) fn begin(
        jid: FullJid,
        management: StreamManagement,
        features: StreamFeatures,
        version: Option<&str>,
    ) -> Self {
        let mut session = Self::begin_quietly(jid, management, features, version);
        session.enable_carbons();
        session
    }

    /// The same, where carbons are enabled already.
    pub(crate) fn begin_quietly(
        jid: FullJid,
        management: StreamManagement,
        features: StreamFeatures,
        version: Option<&str>,
    ) -> Self {
        let mut session = Self::new(jid, management, features);
        // An empty version asks the server to use roster versioning (RFC 6121 §2.6.2).
        let version = features.roster_versions.then(|| version.unwrap_or_default());
        session.ask(PendingIq::Roster, |id| Some(roster::query(id, version)));
        session.ask(PendingIq::Blocked, |id| Some(blocking::query(id)));
        session
    }

    /// Enables carbons (XEP-0280).
    pub(crate) fn enable_carbons(&mut self) {
        self.ask(PendingIq::Unawaited, |id| Some(carbons::enable(id)));
    }

    /// The session of an earlier process, to be resumed.
    pub(crate) fn from_token(resume_token: ResumeToken, version: Option<&str>) -> Self {
        let jid = resume_token.jid.clone();
        let management = StreamManagement::from_token(resume_token);
        let session = Self::begin_quietly(jid, management, StreamFeatures::default(), version);
        Self { announced: None, ..session }
    }

    fn new(jid: FullJid, management: StreamManagement, features: StreamFeatures) -> Self {
        Self {
            jid,
            management,
            features,
            blocked: Blocked::default(),
            pending_iqs: PendingIqs::default(),
            inbound_iqs: InboundIqs::default(),
            // A session without initial presence is unavailable already, so it sends no unavailable
            // presence (RFC 6121 §4.5.1).
            announced: Some(Availability::Offline),
            reported: None,
        }
    }

    /// Sets the features of the stream that the session runs on from now on.
    pub(crate) fn runs_on(&mut self, features: StreamFeatures) {
        self.features = features;
    }

    /// What a later process needs to resume; `None` where the server does not allow it.
    pub(crate) fn resume_token(&self) -> Option<ResumeToken> {
        self.management.resume_token(&self.jid)
    }

    /// Whether the resume token has changed since it was reported.
    pub(crate) fn resume_token_changed(&self) -> bool {
        self.management.is_resumable() && self.reported != Some(self.management.counters())
    }

    /// Reports the resume token if it has changed.
    pub(crate) fn report_resume_token(&mut self, state: &mut LinkState) {
        if self.resume_token_changed() {
            self.reported = Some(self.management.counters());
            state.events.extend(self.resume_token().map(Event::ResumeTokenChanged));
        }
    }

    /// Whether a command may be taken.
    pub(crate) fn accepts(&self) -> bool {
        self.management.accepts()
    }

    /// When the next request times out.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.pending_iqs.deadline().into_iter().chain(self.inbound_iqs.deadline()).min()
    }

    /// Reports requests of ours that have timed out, and refuses those that the engine did not answer.
    pub(crate) fn expire(&mut self, state: &mut LinkState) {
        let now = Instant::now();
        state.events.extend(self.pending_iqs.expire(now));
        for iq in self.inbound_iqs.expire(now) {
            self.management.push_answer(iq::service_unavailable(&iq));
        }
    }

    /// Ends the session. Returns the tags of the messages that were not acknowledged, oldest first,
    /// and of the requests that got no result.
    pub(crate) fn into_unfinished(self) -> (Vec<u64>, Vec<u64>) {
        (self.management.into_unacked(), self.pending_iqs.into_unanswered())
    }

    /// Sends the client state (XEP-0352), where the server supports it.
    pub(crate) fn send_csi_state(&mut self, active: bool) {
        if self.features.csi {
            let name = if active { "active" } else { "inactive" };
            self.management.push_nonza(Element::bare(name, ns::CSI));
        }
    }

    /// Announces the availability, unless it was announced already.
    pub(crate) fn announce(&mut self, availability: Availability) {
        if self.announced != Some(availability) {
            self.announced = Some(availability);
            self.send(presence::announce(availability));
        }
    }

    /// Whether our contacts see us.
    fn is_shown(&self) -> bool {
        self.announced.is_some_and(|availability| availability != Availability::Offline)
    }

    /// Whether a sender may know that we are online.
    fn may_know(&self, sender: &Sender, state: &LinkState) -> bool {
        match sender {
            Sender::Server | Sender::OwnDevice => true,
            // A result would reveal that we are online while we are invisible.
            Sender::Other(jid) => self.is_shown() && state.roster.may_see_us(jid),
        }
    }

    fn send(&mut self, element: Element) {
        self.management.push(Outgoing { element, tag: None });
    }

    /// Handles a command. Those that concern the link as a whole do nothing here.
    pub(crate) fn command(&mut self, command: Command, state: &mut LinkState) {
        match command {
            Command::SendMessage { tag, to, id, body, kind, request_receipt, replaces } => {
                let (to, id, body, replaces) = (&to, &*id, &*body, replaces.as_deref());
                let message = message::Message { to, id, body, kind, request_receipt, replaces };
                match message.encode(self.features.body_bytes_max) {
                    Some(element) => self.management.push(Outgoing { element, tag: Some(tag) }),
                    None => state.events.push(Event::Unencodable { tag }),
                }
            }
            Command::SendReceipt { to, id } => {
                if let Some(receipt) = message::receipt(&to, &id) {
                    self.send(receipt);
                }
            }
            Command::SendChatState { to, state } => self.send(state.encode(&to)),
            Command::SetPresence(availability) => {
                state.availability = availability;
                self.announce(availability);
            }
            Command::RosterSet { jid, name, groups } => {
                match state.roster.set(&random_id(), &jid, name.as_deref(), groups) {
                    Some(element) => self.send(element),
                    None => tracing::warn!("a contact's name cannot be written in XML"),
                }
            }
            Command::RosterRemove(jid) => self.send(roster::remove(&random_id(), &jid)),
            Command::Subscribe(jid) => self.send(Subscribing::Subscribe.encode(&jid)),
            Command::Approve(jid) => self.send(Subscribing::Approve.encode(&jid)),
            Command::Decline(jid) => self.send(Subscribing::Decline.encode(&jid)),
            Command::SetActive(active) => {
                state.active = active;
                self.send_csi_state(active);
            }
            Command::SetConsole(console) => state.traffic_log.set(console),
            Command::SetAnswered(namespaces) => state.answered = namespaces,
            Command::Answer(number, answer) => self.answer(number, answer, state),
            Command::Request(tag, request) => self.requested(tag, request, state),
            Command::Confirm { session, handled } => self.management.keep(&session, handled),
            // Finds out whether the connection still lives.
            Command::Reconnect | Command::NetworkChanged => {
                self.management.probe(true, Instant::now())
            }
            Command::SignIn { .. }
            | Command::PinKey(_)
            | Command::ShowAnew(_)
            | Command::Suspend
            | Command::SignOut => {}
        }
    }

    /// Handles one element from the server. An error ends the stream.
    pub(crate) fn receive(
        &mut self,
        element: &Element,
        state: &mut LinkState,
    ) -> Result<(), Failure> {
        let namespace = element.ns();
        if namespace == ns::CLIENT && is_truncated(element) {
            self.management.received();
            tracing::warn!("a stanza beyond all measure is dropped");
            if matches!(element.attr("type"), Some("get" | "set")) && element.name() == "iq" {
                self.management.push_answer(iq::service_unavailable(element));
            }
            return Ok(());
        }
        match (namespace.as_str(), element.name()) {
            (ns::CLIENT, "message") => {
                self.management.received();
                self.message(element, state);
            }
            (ns::CLIENT, "presence") => {
                self.management.received();
                state.events.extend(presence::decode(element, &self.jid));
                state.events.extend(presence::unaddressable(element).map(unaddressable));
                let avatar = avatar::shown(element);
                let news =
                    avatar.and_then(|reported| state.avatars.changed(reported, &state.roster));
                state.events.extend(news);
            }
            (ns::CLIENT, "iq") => {
                self.management.received();
                self.iq(element, state)?;
            }
            (ns::SM, "r") => {
                self.management.answer_request();
                if self.management.owes_answer() {
                    // The server asks again: the engine's `Confirm` may have been lost with the
                    // last stream.
                    self.reported = None;
                }
                self.report_resume_token(state);
            }
            (ns::SM, "a") => {
                let h = element.attr("h").and_then(|h| h.parse().ok());
                let h = h.ok_or_else(|| Failure::protocol("an acknowledgement without a count"))?;
                let ends_replay = self.management.awaits_first_ack();
                state.events.acked(self.management.acknowledge(h)?);
                if ends_replay {
                    // `<r/>` was sent right after the resumption, so its answer follows what the
                    // server replayed.
                    state.events.push(Event::ReplayComplete);
                }
            }
            // After SASL2 the features come without a stream restart (XEP-0388 §2.6).
            (ns::STREAM, "features") => {
                self.runs_on(StreamFeatures::read(element));
                if !state.active {
                    self.send_csi_state(false);
                }
            }
            (ns::STREAM, "error") => {
                if register::is_removal(element)
                    && let Some(tag) = self.pending_iqs.take_removal()
                {
                    state.account_removed = true;
                    state.events.push(Event::Response(tag, Ok(Response::Done)));
                }
                return Err(Failure::from_stream_error(element));
            }
            // Elements of unknown extensions are ignored.
            _ => {}
        }
        Ok(())
    }

    fn message(&mut self, element: &Element, state: &mut LinkState) {
        if let Some(reported) = avatar::published(element) {
            return state.events.extend(state.avatars.changed(reported, &state.roster));
        }
        state.events.extend(message::unaddressable(element).map(unaddressable));
        if element.has_child("result", ns::MAM) {
            if let Some(entry) = archive::entry(element, &self.jid) {
                self.pending_iqs.add_entry(entry);
            }
            return;
        }
        let event = if carbons::is_carbon(element) {
            carbons::read(element, &self.jid)
                .map(|(direction, message)| Event::Carbon { direction, message })
        } else {
            message::decode(element, &self.jid)
        };
        let chat_state = chat_state::decode(element, &self.jid);
        let Some(mut event) = event else { return state.events.extend(chat_state) };
        // What the server stored before the session began comes after our first presence, so after
        // a resumption only what it held for the resumption can come.
        if let Event::MessageReceived { delayed: Some(delayed), .. } = &mut event
            && let Delay::Stored(at) = *delayed
            && self.management.was_resumed()
        {
            *delayed = Delay::HeldForResumption(at);
        }
        let is_text = matches!(event, Event::MessageReceived { .. });
        if state.replay_filter.seen_before(&event) {
            tracing::debug!("a message came twice");
        } else {
            state.events.push(event);
            if is_text {
                state.events.extend(message::receipt_event(element, &self.jid));
            }
            state.events.extend(chat_state);
        }
    }

    fn iq(&mut self, element: &Element, state: &mut LinkState) -> Result<(), Failure> {
        let id = element.attr("id").unwrap_or_default();
        let (sender, responder) = match element.attr("from").map(Jid::new) {
            None => (Sender::Server, Responder::Server),
            Some(Ok(from)) => (Sender::of(&from, &self.jid), Responder::of(from, &self.jid)),
            Some(Err(_)) => return Ok(()),
        };
        match element.attr("type") {
            Some("result" | "error") => self.answered(id, &responder, element, state)?,
            Some("set") if element.has_child("query", ns::ROSTER) => {
                let push = element.get_child("query", ns::ROSTER);
                if let (Sender::Server, Some(query)) = (sender, push) {
                    self.management.push_answer(iq::result(element));
                    let change = state.roster.push(query);
                    if let Some(Event::RosterRemoved(_)) = &change {
                        state.avatars.forget_others(&state.roster);
                    }
                    state.events.extend(change);
                } else {
                    self.management.push_answer(iq::service_unavailable(element));
                }
            }
            Some("set") if blocking::push(element).is_some() => {
                if let (Sender::Server, Some(push)) = (sender, blocking::push(element)) {
                    self.management.push_answer(iq::result(element));
                    state.events.push(self.blocked.push(push));
                } else {
                    self.management.push_answer(iq::service_unavailable(element));
                }
            }
            Some("get" | "set") => {
                let trusted = self.may_know(&sender, state);
                if !(trusted && self.report(element, responder, state)) {
                    self.management.push_answer(iq::answer(element, trusted));
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn unaddressable(address: String) -> Event {
    Event::Unaddressable(address.into())
}

impl From<AckOutOfRange> for Failure {
    fn from(error: AckOutOfRange) -> Self {
        Self::protocol(error.to_string())
    }
}
