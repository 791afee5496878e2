//! Whether the contact is there, and where what we send goes.
//!
//! No presence is not absence: whoever hides it, or whose presence does not reach us, writes all the
//! same. So who has just written from an address is there.

use std::time::Duration;

use chat::Destination;
use otr::{InstanceTag, sender_instance};
use tokio::time::Instant;
use xmpp::{FullJid, Jid};

use super::session::Session;
use super::{Contact, Received, Standing};
use crate::message::Availability;
use crate::roster::Program;

/// How long somebody who wrote counts as there, whatever presence says.
const HEARD: Duration = Duration::from_secs(5 * 60);
/// How long presence, which says more, may take to come behind our own coming: until any of theirs
/// came, or so much time has passed, what was written makes nobody there. After a crash a stream
/// brings what was written long ago, and keys must not be exchanged with who is only about to come.
const PRESENCE: Duration = Duration::from_secs(60);

/// Where the contact wrote from last.
#[derive(Debug, Default)]
pub(super) struct Heard {
    at: Option<FullJid>,
    /// Until when that makes them there, if it still does.
    until: Option<Instant>,
    /// Until when presence may be on its way.
    presence_due: Option<Instant>,
}

impl Heard {
    /// Whether it makes them there.
    const fn is_now(&self) -> bool {
        self.until.is_some() && self.presence_due.is_none()
    }

    /// When that changes.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.until.into_iter().chain(self.presence_due).min()
    }

    pub(super) fn time_passed(&mut self, now: Instant) {
        self.until.take_if(|until| *until <= now);
        self.presence_due.take_if(|due| *due <= now);
    }

    fn is_at(&self, program: &FullJid) -> bool {
        self.at.as_ref() == Some(program)
    }
}

impl Contact {
    /// Whether the contact is there, as far as we can know.
    pub(super) fn contact_is_there(&self) -> bool {
        self.contact_is_in_sight() || self.heard.is_now()
    }

    /// Whether presence says so, where we see it. Whoever is invisible is told nobody's.
    pub(super) fn contact_is_in_sight(&self) -> bool {
        !self.standing.seen || self.standing.invisible || self.is_anybody_in_sight()
    }

    fn is_anybody_in_sight(&self) -> bool {
        self.resources.values().any(|availability| *availability != Availability::Offline)
    }

    /// Takes note of where they write from. What was written earlier says nothing of now.
    pub(super) fn hears(&mut self, received: &Received) {
        let Ok(at) = FullJid::try_from(received.from.clone()) else { return };
        if received.delayed.is_some() || received.place.is_some() {
            return;
        }
        if !self.heard.is_at(&at) && !self.resources.contains_key(&at) {
            // Who did not answer was another.
            self.unanswered = false;
        }
        (self.heard.at, self.heard.until) = (Some(at), Some(Instant::now() + HEARD));
    }

    /// What the account knows of them changed, or whether they see us.
    pub(super) async fn stands(&mut self, standing: Standing) {
        let before = std::mem::replace(&mut self.standing, standing);
        self.forget_read().await;
        if standing.invisible && !before.invisible {
            // Everybody sees us leave, and Profanity 0.13.1 drops the session without a word. To
            // whom nothing is said we are not there.
            self.attention.rests();
            self.every_program_may_be_gone().await;
        } else if before.invisible && !standing.invisible {
            // What came meanwhile is confirmed.
            self.keep_unread().await;
        }
    }

    /// Whether they learn of us though we are invisible: the person speaks to them.
    pub(super) fn is_spoken_to(&self) -> bool {
        let is_live = matches!(&self.session, Some(Session::Live(live)) if !live.dormant);
        is_live || self.starting || self.speaks()
    }

    pub(super) async fn link_up(&mut self, resumed: bool) {
        self.online = true;
        self.heard.presence_due = Some(Instant::now() + PRESENCE);
        // Whatever went unanswered may have been lost with the connection.
        self.unanswered = false;
        if resumed {
            self.reorder.link_resumed(self.now());
            self.outbox.wait_anew_for_receipts(self.now());
            self.resume_left_behind().await;
        } else {
            let ready = self.reorder.link_replaced();
            self.all_received(ready).await;
            self.left_behind.clear();
            // Everybody saw us leave; nobody's presence is known yet, and the other side may have
            // dropped the session: it sleeps until the contact shows again.
            self.resources.clear();
            self.programs.clear();
            self.heard.until = None;
            self.starting = false;
            self.every_program_may_be_gone().await;
        }
    }

    pub(super) async fn presence(
        &mut self,
        from: FullJid,
        availability: Availability,
        program: Program,
    ) {
        self.heard.presence_due = None;
        if availability != Availability::Offline {
            self.program_shows_itself(&from);
            self.programs.insert(from.clone(), program);
            let is_new = self.resources.insert(from, availability).is_none();
            if is_new {
                self.unanswered = false;
            }
            return;
        }
        if self.heard.is_at(&from) {
            self.heard.until = None;
        }
        self.resources.remove(&from);
        self.programs.remove(&from);
        self.program_is_gone(&from).await;
        if !self.contact_is_there() {
            self.starting = false;
        }
    }

    /// Where a protocol message goes: an answer to the program that just wrote, anything else to
    /// where its program was last heard, to one that hides and has just written, or to the only one
    /// that is there; an offer to one of several goes to all of them.
    pub(super) fn route(&self, to: Option<InstanceTag>, cause: Option<&Received>) -> Jid {
        let known = to.and_then(|tag| self.routes.get(&tag)).cloned().map(Jid::from);
        let from = cause.map(|received| received.from.clone());
        // A program that crashed comes back with its tag, but at another address.
        let is_answer =
            cause.is_some_and(|received| to.is_some() && sender_instance(&received.body) == to);
        let (first, second) = if is_answer { (from, known) } else { (known, from) };
        first.or(second).or_else(|| self.hidden()).unwrap_or_else(|| self.route_in_sight(None))
    }

    /// The same by presence alone.
    pub(super) fn route_in_sight(&self, to: Option<InstanceTag>) -> Jid {
        let known = to.and_then(|tag| self.routes.get(&tag)).cloned().map(Jid::from);
        known
            .or_else(|| self.only_present())
            .unwrap_or_else(|| Jid::from(self.chat.contact.clone()))
    }

    /// Where they wrote from last, if presence does not show that one: what goes to those in sight
    /// does not reach it.
    fn hidden(&self) -> Option<Jid> {
        // Where presence shows nothing at all, an address of long ago is no better than none.
        let is_best = self.heard.until.is_some() || self.standing.seen;
        let is_asked = self.heard.is_now() || (is_best && !self.is_anybody_in_sight());
        let is_hidden = |at: &FullJid| is_asked && !self.resources.contains_key(at);
        self.heard.at.clone().filter(is_hidden).map(Jid::from)
    }

    /// Where what is asked a second time goes: to those in sight, if there are any.
    pub(super) fn route_again(&self, to: Option<InstanceTag>) -> Jid {
        match to {
            None if self.is_anybody_in_sight() => self.route_in_sight(None),
            None | Some(_) => self.route(to, None),
        }
    }

    /// The only program of the contact that is there; one of several may be about to vanish.
    fn only_present(&self) -> Option<Jid> {
        let mut there = self.resources.iter().filter(|(_, how)| **how != Availability::Offline);
        let (jid, _) = there.next()?;
        there.next().is_none().then(|| Jid::from(jid.clone()))
    }

    pub(super) fn learn_route(&mut self, instance: InstanceTag, cause: Option<&Received>) {
        if let Some(Ok(from)) = cause.map(|received| FullJid::try_from(received.from.clone())) {
            self.routes.insert(instance, from);
        }
    }
}

/// Where something goes or came from, in the words of the conversation.
pub(super) fn destination(jid: &Jid) -> Destination<FullJid> {
    FullJid::try_from(jid.clone()).map_or(Destination::Contact, Destination::Device)
}
