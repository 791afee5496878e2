//! One session: what happens between sign-in and the end, over one stream or several (XEP-0198
//! §5). Elements and commands in, elements and events out; no I/O.

mod avatars;
mod pending_iqs;
mod requests;
#[cfg(test)]
mod tests;

use tokio::time::Instant;
use tokio_xmpp::jid::{FullJid, Jid};
use tokio_xmpp::minidom::Element;

pub(crate) use self::avatars::Avatars;
use self::pending_iqs::{PendingIq, PendingIqs};
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

/// What a session knows.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) jid: FullJid,
    pub(crate) management: StreamManagement,
    /// What the server offers on the stream that the session runs on now.
    features: StreamFeatures,
    blocked: Blocked,
    pending_iqs: PendingIqs,
    /// How we last said we are; `None` if an earlier process did.
    announced: Option<Availability>,
    /// What a later process would go on from, when that was last told.
    reported: Option<Counters>,
}

impl Session {
    /// A session just begun. The roster is asked for before presence is announced, so that
    /// whoever shows up is known; what changed since this version of it is enough.
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

    /// The same, where copies were turned on otherwise.
    pub(crate) fn begin_quietly(
        jid: FullJid,
        management: StreamManagement,
        features: StreamFeatures,
        version: Option<&str>,
    ) -> Self {
        let mut session = Self::new(jid, management, features);
        // An empty version asks to be told of versions.
        let version = features.roster_versions.then(|| version.unwrap_or_default());
        session.ask(PendingIq::Roster, |id| Some(roster::query(id, version)));
        session.ask(PendingIq::Blocked, |id| Some(blocking::query(id)));
        session
    }

    /// Asks for copies of what other devices of ours send and receive.
    pub(crate) fn enable_carbons(&mut self) {
        self.ask(PendingIq::Unawaited, |id| Some(carbons::enable(id)));
    }

    /// The session of an earlier process, which may be resumed.
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
            // Nobody sees a session that has said nothing, so nobody is told that it goes (RFC 6121
            // §4.5.1).
            announced: Some(Availability::Offline),
            reported: None,
        }
    }

    /// The session runs on a stream, new or another.
    pub(crate) fn runs_on(&mut self, features: StreamFeatures) {
        self.features = features;
    }

    /// What a later process needs to go on, where that is offered.
    pub(crate) fn resume_token(&self) -> Option<ResumeToken> {
        self.management.resume_token(&self.jid)
    }

    /// Whether that changed since it was told.
    pub(crate) fn resume_token_changed(&self) -> bool {
        self.management.is_resumable() && self.reported != Some(self.management.counters())
    }

    /// Tells it, if it changed.
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

    /// When something is overdue.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.pending_iqs.deadline()
    }

    /// Gives up the answers that are overdue.
    pub(crate) fn expire(&mut self, state: &mut LinkState) {
        self.pending_iqs
            .expire(Instant::now())
            .into_iter()
            .for_each(|event| state.events.push(event));
    }

    /// The session is over. What may or may not have left, oldest first, and what was asked and
    /// not answered.
    pub(crate) fn into_unfinished(self) -> (Vec<u64>, Vec<u64>) {
        (self.management.into_unacked(), self.pending_iqs.into_unanswered())
    }

    /// Says whether the person looks at us, where the server wants to know.
    pub(crate) fn send_csi_state(&mut self, active: bool) {
        if self.features.csi {
            let name = if active { "active" } else { "inactive" };
            self.management.push_nonza(Element::bare(name, ns::CSI));
        }
    }

    /// Says how we are, unless everybody knows.
    pub(crate) fn announce(&mut self, availability: Availability) {
        if self.announced != Some(availability) {
            self.announced = Some(availability);
            self.send(presence::announce(availability));
        }
    }

    /// Whether those who may see us do.
    fn is_shown(&self) -> bool {
        self.announced.is_some_and(|availability| availability != Availability::Offline)
    }

    fn send(&mut self, element: Element) {
        self.management.push(Outgoing { element, tag: None });
    }

    /// Does what the engine asks. What concerns the link as a whole is not for a session.
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
            Command::Request(tag, request) => self.requested(tag, request, state),
            Command::Confirm { session, handled } => self.management.keep(&session, handled),
            // Perhaps the connection is gone and nobody noticed.
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

    /// Takes one element of the server's.
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
                    // It may have been told, and what the engine said to that been lost.
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
                    // It was asked for after the resumption, and answered behind what was kept.
                    state.events.push(Event::ReplayComplete);
                }
            }
            // They follow a sign-in that settled the session along with it (XEP-0388 §2.6).
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
            // Unknown extensions are none of ours.
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
        // What the server stored before the session began comes with our first presence, before
        // anything is resumed.
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
        let from = element.attr("from").map(Jid::new);
        let sender = match &from {
            None => Sender::Server,
            Some(Ok(from)) => Sender::of(from, &self.jid),
            Some(Err(_)) => return Ok(()),
        };
        match element.attr("type") {
            Some("result" | "error") => match sender {
                Sender::Server => self.answered(id, element, state)?,
                Sender::Other(from) => self.others_answered(from, id, element, state),
                Sender::OwnDevice => {}
            },
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
                let trusted = match sender {
                    Sender::Server | Sender::OwnDevice => true,
                    // While we are hidden an answer would tell that we are there.
                    Sender::Other(jid) => self.is_shown() && state.roster.may_see_us(&jid),
                };
                self.management.push_answer(iq::answer(element, trusted));
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
