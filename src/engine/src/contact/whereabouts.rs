//! Whether the contact is there, and where what we send goes.
//!
//! No presence is not absence: whoever hides it, or whose presence does not reach us, writes all the
//! same. So who has just written from an address is there.

use std::time::Duration;

use otr::{InstanceTag, sender_instance};
use tokio::time::Instant;
use xmpp::{FullJid, Jid};

use super::{Contact, Received};
use crate::message::Availability;
use crate::roster::Program;

/// How long somebody who wrote counts as there, whatever presence says.
const HEARD: Duration = Duration::from_secs(5 * 60);

/// Where the contact wrote from last.
#[derive(Debug)]
pub(super) struct Heard {
    at: FullJid,
    /// Until when that makes them there, if it still does.
    until: Option<Instant>,
}

impl Contact {
    /// Whether the contact is there, as far as we can know.
    pub(super) fn contact_is_there(&self) -> bool {
        self.contact_is_in_sight() || self.heard_until().is_some()
    }

    /// Whether presence says so, where we see it.
    pub(super) fn contact_is_in_sight(&self) -> bool {
        !self.standing.seen || self.is_anybody_in_sight()
    }

    fn is_anybody_in_sight(&self) -> bool {
        self.resources.values().any(|availability| *availability != Availability::Offline)
    }

    /// Until when what they wrote makes them there.
    pub(super) fn heard_until(&self) -> Option<Instant> {
        self.heard.as_ref().and_then(|heard| heard.until)
    }

    /// That was long enough ago.
    pub(super) fn forget_heard_if_due(&mut self, now: Instant) {
        if let Some(heard) = &mut self.heard {
            heard.until.take_if(|until| *until <= now);
        }
    }

    /// Takes note of where they write from. What was written earlier says nothing of now.
    pub(super) fn hears(&mut self, received: &Received) {
        let Ok(at) = FullJid::try_from(received.from.clone()) else { return };
        if received.delayed.is_some() || received.place.is_some() {
            return;
        }
        let was_heard = self.heard.as_ref().is_some_and(|heard| heard.at == at);
        if !was_heard && !self.resources.contains_key(&at) {
            // Who did not answer was another.
            self.unanswered = false;
        }
        self.heard = Some(Heard { at, until: Some(Instant::now() + HEARD) });
    }

    pub(super) async fn link_up(&mut self, resumed: bool) {
        self.online = true;
        // Whatever went unanswered may have been lost with the connection.
        self.unanswered = false;
        if resumed {
            self.order.resumed(Instant::now());
            self.outbox.wait_anew_for_receipts(Instant::now());
            self.resume_left_behind().await;
        } else {
            let ready = self.order.begin_anew();
            self.all_received(ready).await;
            self.left_behind.clear();
            // Everybody saw us leave; nobody's presence is known yet, and the other side may have
            // dropped the session: it sleeps until the contact shows again.
            self.resources.clear();
            self.programs.clear();
            if let Some(heard) = &mut self.heard {
                heard.until = None;
            }
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
        if availability != Availability::Offline {
            self.program_shows_itself(&from);
            self.programs.insert(from.clone(), program);
            let is_new = self.resources.insert(from, availability).is_none();
            if is_new {
                self.unanswered = false;
            }
            return;
        }
        if let Some(heard) = self.heard.as_mut().filter(|heard| heard.at == from) {
            heard.until = None;
        }
        self.resources.remove(&from);
        self.programs.remove(&from);
        self.program_is_gone(&from).await;
        if !self.contact_is_there() {
            self.starting = false;
        }
    }

    /// Where a protocol message goes: an answer to the program that just wrote, anything else to
    /// where its program was last heard, or to the only one that is there; an offer to one of
    /// several goes to all of them.
    pub(super) fn route(&self, to: Option<InstanceTag>, cause: Option<&Received>) -> Jid {
        let known = to.and_then(|tag| self.routes.get(&tag)).cloned().map(Jid::from);
        let from = cause.map(|received| received.from.clone());
        // A program that crashed comes back with its tag, but at another address.
        let is_answer =
            cause.is_some_and(|received| to.is_some() && sender_instance(&received.body) == to);
        let (first, second) = if is_answer { (from, known) } else { (known, from) };
        first.or(second).or_else(|| self.only_heard()).unwrap_or_else(|| self.route_in_sight(None))
    }

    /// The same by presence alone.
    pub(super) fn route_in_sight(&self, to: Option<InstanceTag>) -> Jid {
        let known = to.and_then(|tag| self.routes.get(&tag)).cloned().map(Jid::from);
        known
            .or_else(|| self.only_present())
            .unwrap_or_else(|| Jid::from(self.chat.contact.clone()))
    }

    /// Where they wrote from last, if nobody is in sight.
    fn only_heard(&self) -> Option<Jid> {
        let heard = self.heard.as_ref().filter(|_| !self.is_anybody_in_sight())?;
        // Where presence shows nothing at all, an address of long ago is no better than none.
        let is_best = heard.until.is_some() || self.standing.seen;
        is_best.then(|| Jid::from(heard.at.clone()))
    }

    /// Where they have just written from, if others are in sight and this one is not: what goes to
    /// those does not reach it.
    pub(super) fn heard_beside(&self) -> Option<Jid> {
        let heard = self.heard.as_ref().filter(|heard| heard.until.is_some())?;
        let is_hidden = self.is_anybody_in_sight() && !self.resources.contains_key(&heard.at);
        is_hidden.then(|| Jid::from(heard.at.clone()))
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
