//! To which contact something goes.

use std::collections::HashMap;
use std::sync::Arc;

use xmpp::Jid;

use super::Account;
use crate::contact::{Input as ContactInput, Received};
use crate::mailbox::{Backlog, Mailbox};
use crate::message::BareJid;
use crate::tags;

/// The contacts' mailboxes, by the number their tags carry.
#[derive(Debug, Default)]
pub(super) struct Mailboxes {
    all: Vec<Mailbox<ContactInput>>,
    numbers: HashMap<BareJid, usize>,
    /// How much waits in them.
    pub(super) backlog: Arc<Backlog>,
}

impl Mailboxes {
    /// The number of the next.
    pub(super) const fn next(&self) -> usize {
        self.all.len()
    }

    /// Adds one; says which number it has.
    pub(super) fn add(&mut self, contact: &BareJid, mailbox: Mailbox<ContactInput>) -> usize {
        let number = self.next();
        self.all.push(mailbox);
        self.numbers.insert(contact.clone(), number);
        number
    }

    /// The one of this number.
    pub(super) fn get(&self, number: usize) -> Option<&Mailbox<ContactInput>> {
        self.all.get(number)
    }

    /// The number of a contact that has one.
    pub(super) fn number(&self, contact: &BareJid) -> Option<usize> {
        self.numbers.get(contact).copied()
    }

    /// Every contact that has one.
    pub(super) fn contacts(&self) -> impl Iterator<Item = &BareJid> {
        self.numbers.keys()
    }

    /// Every one.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Mailbox<ContactInput>> {
        self.all.iter()
    }

    /// Closes all: the contacts say goodbye.
    pub(super) fn close(&mut self) {
        self.all.clear();
    }
}

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
        let number = self.mailboxes.number(contact).unwrap_or_else(|| self.spawn(contact));
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
        self.mailboxes.number(contact).and_then(|number| self.mailboxes.get(number))
    }
}
