//! One session: what happens between sign-in and the end, over one stream or several (XEP-0198
//! §5). Elements and commands in, elements and events out; no I/O.

mod avatars;
mod pending_iqs;
#[cfg(test)]
mod tests;

use tokio::time::Instant;
use tokio_xmpp::jid::{FullJid, Jid};
use tokio_xmpp::minidom::Element;

pub(crate) use self::avatars::Avatars;
use self::pending_iqs::{Page, Question, Questions};
use crate::failure::Failure;
use crate::limits::is_cut;
use crate::link::state::Life;
use crate::sender::Sender;
use crate::stanza::avatar::{self, Source};
use crate::stanza::blocking::Blocked;
use crate::stanza::presence::Subscribing;
use crate::stanza::{blocking, chat_state, iq, message, past, presence, register, roster};
use crate::stream_features::Offers;
use crate::stream_management::{Management, Mark, Outgoing, TooMany};
use crate::xml::{ns, random_id};
use crate::{Availability, Command, Delay, Event, Request, RequestError, Response, Resume};

/// What a session knows.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) jid: FullJid,
    pub(crate) management: Management,
    /// What the server offers on the stream that the session runs on now.
    offers: Offers,
    blocked: Blocked,
    questions: Questions,
    /// How we last said we are; `None` if an earlier process did.
    announced: Option<Availability>,
    /// What a later process would go on from, when that was last told.
    told: Option<Mark>,
}

impl Session {
    /// A session just begun. The roster is asked for before presence is announced, so that
    /// whoever shows up is known; what changed since this version of it is enough.
    pub(crate) fn begin(
        jid: FullJid,
        management: Management,
        offers: Offers,
        version: Option<&str>,
    ) -> Self {
        let mut session = Self::begin_quietly(jid, management, offers, version);
        session.ask_for_copies();
        session
    }

    /// The same, where copies were turned on otherwise.
    pub(crate) fn begin_quietly(
        jid: FullJid,
        management: Management,
        offers: Offers,
        version: Option<&str>,
    ) -> Self {
        let mut session = Self::new(jid, management, offers);
        // An empty version asks to be told of versions.
        let version = offers.roster_versions.then(|| version.unwrap_or_default());
        session.ask(Question::Roster, |id| Some(roster::query(id, version)));
        session.ask(Question::Blocked, |id| Some(blocking::query(id)));
        session
    }

    /// Asks for copies of what other devices of ours send and receive.
    pub(crate) fn ask_for_copies(&mut self) {
        self.ask(Question::Quiet, |id| Some(past::enable_copies(id)));
    }

    /// The session of an earlier process, which may be resumed.
    pub(crate) fn revive(resume: Resume, version: Option<&str>) -> Self {
        let jid = resume.jid.clone();
        let management = Management::revived(resume);
        let session = Self::begin_quietly(jid, management, Offers::default(), version);
        Self { announced: None, ..session }
    }

    fn new(jid: FullJid, management: Management, offers: Offers) -> Self {
        Self {
            jid,
            management,
            offers,
            blocked: Blocked::default(),
            questions: Questions::default(),
            // Nobody sees a session that has said nothing, so nobody is told that it goes (RFC 6121
            // §4.5.1).
            announced: Some(Availability::Offline),
            told: None,
        }
    }

    /// The session runs on a stream, new or another.
    pub(crate) fn runs_on(&mut self, offers: Offers) {
        self.offers = offers;
    }

    /// What a later process needs to go on, where that is offered.
    pub(crate) fn resume(&self) -> Option<Resume> {
        self.management.resume(&self.jid)
    }

    /// Whether that changed since it was told.
    pub(crate) fn has_moved_on(&self) -> bool {
        self.management.is_resumable() && self.told != Some(self.management.mark())
    }

    /// Tells it, if it changed.
    pub(crate) fn tell_resumable(&mut self, life: &mut Life) {
        if self.has_moved_on() {
            self.told = Some(self.management.mark());
            life.events.extend(self.resume().map(Event::Resumable));
        }
    }

    /// When something is overdue.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.questions.deadline()
    }

    /// Gives up the answers that are overdue.
    pub(crate) fn expire(&mut self, life: &mut Life) {
        self.questions.expire(Instant::now()).into_iter().for_each(|event| life.events.push(event));
    }

    /// The session is over. What may or may not have left, oldest first, and what was asked and
    /// not answered.
    pub(crate) fn into_unsure(self) -> (Vec<u64>, Vec<u64>) {
        (self.management.into_unsure(), self.questions.into_unanswered())
    }

    /// Says whether the person looks at us, where the server wants to know.
    pub(crate) fn show_activity(&mut self, active: bool) {
        if self.offers.activity {
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

    /// Asks something that is of no weight if it cannot be asked.
    fn ask(&mut self, question: Question, write: impl FnOnce(&str) -> Option<Element>) {
        if let Err(error) = self.try_to_ask(question, write) {
            tracing::debug!(%error, "not asked");
        }
    }

    fn try_to_ask(
        &mut self,
        question: Question,
        write: impl FnOnce(&str) -> Option<Element>,
    ) -> Result<(), RequestError> {
        let id = self.questions.ask(question)?;
        match write(&id) {
            Some(element) => {
                self.send(element);
                Ok(())
            }
            None => {
                self.questions.answered(&id);
                Err(RequestError::Unsendable)
            }
        }
    }

    /// Asks something that somebody waits for.
    fn request(
        &mut self,
        tag: u64,
        life: &mut Life,
        question: Question,
        write: impl FnOnce(&str) -> Option<Element>,
    ) {
        if let Err(error) = self.try_to_ask(question, write) {
            life.events.push(Event::Response(tag, Err(error)));
        }
    }

    /// Does what the engine asks. What concerns the link as a whole is not for a session.
    pub(crate) fn command(&mut self, command: Command, life: &mut Life) {
        match command {
            Command::SendMessage { tag, to, id, body, kind, request_receipt, replaces } => {
                let (to, id, body, replaces) = (&to, &*id, &*body, replaces.as_deref());
                let message = message::Message { to, id, body, kind, request_receipt, replaces };
                match message.encode(self.offers.body_bytes_max) {
                    Some(element) => self.management.push(Outgoing { element, tag: Some(tag) }),
                    None => life.events.push(Event::Unsendable { tag }),
                }
            }
            Command::SendReceipt { to, id } => {
                if let Some(receipt) = message::receipt(&to, &id) {
                    self.send(receipt);
                }
            }
            Command::SendChatState { to, state } => self.send(state.encode(&to)),
            Command::SetPresence(availability) => {
                life.availability = availability;
                self.announce(availability);
            }
            Command::RosterSet { jid, name, groups } => {
                match life.roster.set(&random_id(), &jid, name.as_deref(), groups) {
                    Some(element) => self.send(element),
                    None => tracing::warn!("a contact's name cannot be written in XML"),
                }
            }
            Command::RosterRemove(jid) => self.send(roster::remove(&random_id(), &jid)),
            Command::Subscribe(jid) => self.send(Subscribing::Subscribe.encode(&jid)),
            Command::Approve(jid) => self.send(Subscribing::Approve.encode(&jid)),
            Command::Decline(jid) => self.send(Subscribing::Decline.encode(&jid)),
            Command::SetActive(active) => {
                life.active = active;
                self.show_activity(active);
            }
            Command::SetConsole(console) => life.tap.set(console),
            Command::Request(tag, request) => self.requested(tag, request, life),
            Command::Confirm { session, handled } => self.management.keep(&session, handled),
            // Perhaps the connection is gone and nobody noticed.
            Command::Reconnect | Command::Hurry => self.management.probe(true, Instant::now()),
            Command::SignIn { .. }
            | Command::TrustKey(_)
            | Command::ShowAnew(_)
            | Command::Suspend
            | Command::SignOut => {}
        }
    }

    fn requested(&mut self, tag: u64, request: Request, life: &mut Life) {
        let account = self.jid.to_bare();
        match request {
            Request::Block(jid) => {
                let write = |id: &str| Some(blocking::block(id, &jid));
                self.request(tag, life, Question::Plain { tag }, write);
            }
            Request::Unblock(jid) => {
                let write = |id: &str| Some(blocking::unblock(id, &jid));
                self.request(tag, life, Question::Plain { tag }, write);
            }
            Request::QueryArchive(query) => {
                let question = Question::Archive { tag, page: Page::default() };
                self.request(tag, life, question, |id| past::query(id, &query));
            }
            Request::FetchAvatar { jid, hash } => {
                self.fetch_avatar(tag, (jid, hash), Source::Published, life);
            }
            Request::ChangePassword(password) => {
                let password = password.into_inner();
                let question = Question::Password { tag, password: password.clone() };
                let write = |id: &str| register::change_password(id, &account, &password);
                self.request(tag, life, question, write);
            }
            Request::DeleteAccount => {
                let write = |id: &str| Some(register::remove(id, &account));
                self.request(tag, life, Question::Removal { tag }, write);
            }
        }
    }

    /// Takes one element of the server's.
    pub(crate) fn receive(&mut self, element: &Element, life: &mut Life) -> Result<(), Failure> {
        let namespace = element.ns();
        if namespace == ns::CLIENT && is_cut(element) {
            self.management.received();
            tracing::warn!("a stanza beyond all measure is dropped");
            if matches!(element.attr("type"), Some("get" | "set")) && element.name() == "iq" {
                self.management.push_answer(iq::unavailable(element));
            }
            return Ok(());
        }
        match (namespace.as_str(), element.name()) {
            (ns::CLIENT, "message") => {
                self.management.received();
                self.message(element, life);
            }
            (ns::CLIENT, "presence") => {
                self.management.received();
                life.events.extend(presence::decode(element, &self.jid));
                life.events.extend(presence::unaddressable(element).map(unaddressable));
                let avatar = avatar::shown(element);
                let news = avatar.and_then(|told| life.avatars.changed(told, &life.roster));
                life.events.extend(news);
            }
            (ns::CLIENT, "iq") => {
                self.management.received();
                self.iq(element, life)?;
            }
            (ns::SM, "r") => {
                self.management.answer_request();
                if self.management.owes_answer() {
                    // It may have been told, and what the engine said to that been lost.
                    self.told = None;
                }
                self.tell_resumable(life);
            }
            (ns::SM, "a") => {
                let h = element.attr("h").and_then(|h| h.parse().ok());
                let h = h.ok_or_else(|| Failure::protocol("an acknowledgement without a count"))?;
                let catches_up = !self.management.is_proven();
                life.events.acked(self.management.acknowledge(h)?);
                if catches_up {
                    // It was asked for after the resumption, and answered behind what was kept.
                    life.events.push(Event::CaughtUp);
                }
            }
            // They follow a sign-in that settled the session along with it (XEP-0388 §2.6).
            (ns::STREAM, "features") => {
                self.runs_on(Offers::read(element));
                if !life.active {
                    self.show_activity(false);
                }
            }
            (ns::STREAM, "error") => {
                if register::is_removal(element)
                    && let Some(tag) = self.questions.removal()
                {
                    life.account_removed = true;
                    life.events.push(Event::Response(tag, Ok(Response::Done)));
                }
                return Err(Failure::from_stream_error(element));
            }
            // Unknown extensions are none of ours.
            _ => {}
        }
        Ok(())
    }

    fn message(&mut self, element: &Element, life: &mut Life) {
        if let Some(told) = avatar::published(element) {
            return life.events.extend(life.avatars.changed(told, &life.roster));
        }
        life.events.extend(message::unaddressable(element).map(unaddressable));
        if element.has_child("result", ns::MAM) {
            if let Some(entry) = past::entry(element, &self.jid) {
                self.questions.entry(entry);
            }
            return;
        }
        let event = if past::is_copy(element) {
            past::copy(element, &self.jid)
                .map(|(direction, message)| Event::Copied { direction, message })
        } else {
            message::decode(element, &self.jid)
        };
        let state = chat_state::decode(element, &self.jid);
        let Some(mut event) = event else { return life.events.extend(state) };
        // What the server stored before the session began comes with our first presence, before
        // anything is resumed.
        if let Event::MessageReceived { delayed: Some(delayed), .. } = &mut event
            && let Delay::Stored(at) = *delayed
            && self.management.was_resumed()
        {
            *delayed = Delay::Awaited(at);
        }
        let is_text = matches!(event, Event::MessageReceived { .. });
        if life.duplicates.came_before(&event) {
            tracing::debug!("a message came twice");
        } else {
            life.events.push(event);
            if is_text {
                life.events.extend(message::confirmation(element, &self.jid));
            }
            life.events.extend(state);
        }
    }

    fn iq(&mut self, element: &Element, life: &mut Life) -> Result<(), Failure> {
        let id = element.attr("id").unwrap_or_default();
        let from = element.attr("from").map(Jid::new);
        let sender = match &from {
            None => Sender::Server,
            Some(Ok(from)) => Sender::of(from, &self.jid),
            Some(Err(_)) => return Ok(()),
        };
        match element.attr("type") {
            Some("result" | "error") => match sender {
                Sender::Server => self.answered(id, element, life)?,
                Sender::Other(from) => self.others_answered(from, id, element, life),
                Sender::Ourselves => {}
            },
            Some("set") if element.has_child("query", ns::ROSTER) => {
                let push = element.get_child("query", ns::ROSTER);
                if let (Sender::Server, Some(query)) = (sender, push) {
                    self.management.push_answer(iq::accept(element));
                    let change = life.roster.push(query);
                    if let Some(Event::RosterRemoved(_)) = &change {
                        life.avatars.forget_others(&life.roster);
                    }
                    life.events.extend(change);
                } else {
                    self.management.push_answer(iq::unavailable(element));
                }
            }
            Some("set") if blocking::push(element).is_some() => {
                if let (Sender::Server, Some(push)) = (sender, blocking::push(element)) {
                    self.management.push_answer(iq::accept(element));
                    life.events.push(self.blocked.push(push));
                } else {
                    self.management.push_answer(iq::unavailable(element));
                }
            }
            Some("get" | "set") => {
                let trusted = match sender {
                    Sender::Server | Sender::Ourselves => true,
                    // While we are hidden an answer would tell that we are there.
                    Sender::Other(jid) => self.is_shown() && life.roster.may_see_us(&jid),
                };
                self.management.push_answer(iq::answer(element, trusted));
            }
            _ => {}
        }
        Ok(())
    }

    /// Our server answered a question of ours.
    fn answered(&mut self, id: &str, element: &Element, life: &mut Life) -> Result<(), Failure> {
        if let Some(acked) = self.management.pong(id) {
            life.events.acked(acked?);
            return Ok(());
        }
        let refused = element.attr("type") == Some("error");
        let Some(question) = self.questions.answered(id) else {
            if refused {
                tracing::warn!("the server refused a change of the roster");
            }
            return Ok(());
        };
        match question {
            Question::Quiet => tracing::debug!(refused, "an answer nobody waits for"),
            Question::Roster => {
                let event = life.roster.answered(element, refused);
                life.events.extend(roster::unaddressable(element).into_iter().map(unaddressable));
                life.avatars.forget_others(&life.roster);
                life.events.push(event);
            }
            Question::Blocked => {
                if let Some(list) = element.get_child("blocklist", ns::BLOCKING) {
                    life.events.push(self.blocked.replace(list));
                }
            }
            Question::Plain { tag }
            | Question::Password { tag, .. }
            | Question::Removal { tag }
            | Question::Avatar { tag, .. }
            | Question::Archive { tag, .. }
                if refused =>
            {
                let error = pending_iqs::refusal(element);
                life.events.push(Event::Response(tag, Err(error)));
            }
            Question::Avatar { tag, .. } => {
                life.events.push(Event::Response(tag, Err(RequestError::Unusable)));
            }
            Question::Plain { tag } => life.events.push(Event::Response(tag, Ok(Response::Done))),
            Question::Password { tag, password } => {
                life.new_password = Some(password);
                life.events.push(Event::Response(tag, Ok(Response::Done)));
            }
            Question::Removal { tag } => {
                life.account_removed = true;
                life.events.push(Event::Response(tag, Ok(Response::Done)));
            }
            Question::Archive { tag, page } => {
                life.events.push(Event::Response(tag, page.told(element)));
            }
        }
        Ok(())
    }
}

fn unaddressable(address: String) -> Event {
    Event::Unaddressable(address.into())
}

impl From<TooMany> for Failure {
    fn from(error: TooMany) -> Self {
        Self::protocol(error.to_string())
    }
}
