//! Whether the contact is there, and where what we send goes.
//!
//! No presence is not absence: whoever hides it, or whose presence does not reach us, writes all the
//! same. So who has just written from an address is there.

use chat::{Cause, Destination, Permissions, Program};
use otr::{InstanceTag, sender_instance};
use xmpp::{FullJid, Jid};

use super::{Contact, Received, Standing};
use crate::message::Availability;

impl Contact {
    /// Whether the contact is there, as far as we can know.
    pub(super) fn contact_is_there(&self) -> bool {
        self.devices.is_anybody_there(self.permissions)
    }

    /// Takes note of where they write from. What was written earlier says nothing of now.
    pub(super) fn hears(&mut self, received: &Received) {
        let Ok(at) = FullJid::try_from(received.from.clone()) else { return };
        if received.delayed.is_some() || received.place.is_some() {
            return;
        }
        if self.devices.heard(at, self.now()) {
            // Who did not answer was another.
            self.privacy.may_be_asked_again();
        }
    }

    /// What the account knows of them changed, or whether they see us.
    pub(super) async fn stands(&mut self, standing: Standing) {
        let permissions = standing.permissions();
        let before = std::mem::replace(&mut self.permissions, permissions);
        let was_invisible = before.contains(Permissions::INVISIBLE);
        let is_invisible = permissions.contains(Permissions::INVISIBLE);
        self.forget_read().await;
        if is_invisible && !was_invisible {
            // Everybody sees us leave, and Profanity 0.13.1 drops the session without a word. To
            // whom nothing is said we are not there.
            self.attention.rests();
            self.every_program_may_be_gone().await;
        } else if was_invisible && !is_invisible {
            // What came meanwhile is confirmed.
            self.keep_unread().await;
        }
    }

    /// Whether they learn of us though we are invisible: the person speaks to them.
    pub(super) fn is_spoken_to(&self) -> bool {
        self.privacy.active().is_some() || self.privacy.is_exchanging() || self.speaks()
    }

    pub(super) async fn link_up(&mut self, resumed: bool) {
        self.online = true;
        self.devices.link_up(self.now());
        // Whatever went unanswered may have been lost with the connection.
        self.privacy.may_be_asked_again();
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
            self.devices.link_replaced();
            self.privacy.exchange_broke();
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
            if self.devices.shown(from, program) {
                self.privacy.may_be_asked_again();
            }
            return;
        }
        for client in self.devices.gone(&from) {
            self.instance_is_gone(client).await;
        }
        if !self.contact_is_there() {
            self.privacy.exchange_broke();
        }
    }

    /// Where a protocol message goes; `cause` is what it answers.
    pub(super) fn route(&self, to: Option<InstanceTag>, cause: Option<&Received>) -> Jid {
        self.address(self.devices.route(to, cause.map(Received::cause).as_ref(), self.permissions))
    }

    /// The address of one device, or of the contact.
    pub(super) fn address(&self, at: Destination<FullJid>) -> Jid {
        match at {
            Destination::Device(device) => device.into(),
            Destination::Contact => self.chat.contact.clone().into(),
        }
    }

    pub(super) fn learn_route(&mut self, instance: InstanceTag, cause: Option<&Received>) {
        self.devices.learn_route(instance, cause.map(Received::cause).as_ref());
    }
}

impl Received {
    /// As something to be answered.
    fn cause(&self) -> Cause<FullJid> {
        Cause { from: destination(&self.from), instance: sender_instance(&self.body) }
    }
}

/// Where something goes or came from, in the words of the conversation.
pub(super) fn destination(jid: &Jid) -> Destination<FullJid> {
    FullJid::try_from(jid.clone()).map_or(Destination::Contact, Destination::Device)
}
