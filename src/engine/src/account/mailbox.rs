//! To which contact something goes.

use xmpp::Jid;

use super::Account;
use crate::contact::{Input as ContactInput, Received};
use crate::mailbox::Mailbox;
use crate::message::BareJid;
use crate::tags;

impl Account {
    pub(super) async fn message(&mut self, received: Received) {
        let received = Received { came: self.setup.store.next_number(), ..received };
        let contact = received.from.to_bare();
        if contact == self.setup.jid {
            return;
        }
        if !self.roster.standing(&contact).accepted {
            return self.stranger_wrote(&contact, received).await;
        }
        self.deliver(&contact, ContactInput::Received(received));
    }

    /// To a contact, whose actor is started if it has none.
    pub(super) fn deliver(&mut self, contact: &BareJid, input: ContactInput) {
        let number = match self.numbers.get(contact) {
            Some(number) => *number,
            None => self.spawn(contact),
        };
        if matches!(input, ContactInput::Received(_)) {
            self.unkept.insert(number);
        }
        if let Some(mailbox) = self.mailboxes.get(number) {
            mailbox.put(input);
        }
    }

    /// To a contact that has an actor.
    pub(super) fn pass(&self, from: &Jid, input: ContactInput) {
        if let Some(mailbox) = self.mailbox(&from.to_bare()) {
            mailbox.put(input);
        }
    }

    /// To the contact whose sending it was.
    pub(super) fn sent(&mut self, tag: u64, input: ContactInput) {
        let mailbox = match self.left_behind.remove(&tag) {
            Some(contact) => self.mailbox(&contact),
            None => self.mailboxes.get(tags::owner(tag)),
        };
        if let Some(mailbox) = mailbox {
            mailbox.put(input);
        }
    }

    pub(super) fn mailbox(&self, contact: &BareJid) -> Option<&Mailbox<ContactInput>> {
        self.numbers.get(contact).and_then(|number| self.mailboxes.get(*number))
    }
}
