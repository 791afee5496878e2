//! What contacts are to us and may know of us.

use xmpp::{KnownRoster, RosterItem};

use super::Account;
use crate::contact::{ContactPermissions, Input as ContactInput};
use crate::message::{AccountEvent, Availability, BareJid, Event};
use crate::store::Note;

impl Account {
    /// Next time the server needs to send only what changed.
    pub(super) async fn remember_roster(&mut self, items: &[RosterItem], version: Option<String>) {
        if version.is_none() && items.is_empty() {
            // Perhaps it was refused.
            return;
        }
        // Without versions it is known for a life that goes on with the stream.
        let version = version.unwrap_or_default();
        let known = KnownRoster { version, items: items.to_vec() };
        if self.setup.known.roster.as_ref() != Some(&known) {
            self.setup.known.roster = Some(known.clone());
            self.remember(Note::Roster(known)).await;
        }
    }

    /// One contact is another, or gone: a life that goes on with the stream of this one is told of
    /// nobody. The version stays the older one, from which the server tells all that changed since.
    pub(super) async fn remember_change(&mut self, contact: &BareJid, now: Option<RosterItem>) {
        let Some(KnownRoster { version, mut items }) = self.setup.known.roster.clone() else {
            return;
        };
        items.retain(|item| item.jid != *contact);
        items.extend(now);
        self.remember_roster(&items, Some(version)).await;
    }

    pub(super) async fn tell_manners(&self) {
        let (account, manners) = (self.setup.jid.clone(), self.setup.known.manners);
        self.tell(Event::Account(account, AccountEvent::PrivacySettings(manners))).await;
    }

    /// A contact writes, or stopped (XEP-0085).
    pub(super) fn chat_state(&mut self, from: &xmpp::Jid, state: xmpp::ChatState) {
        let writing = state == xmpp::ChatState::Composing;
        self.pass(from, ContactInput::Writing(writing));
    }

    /// What a contact's actor must know.
    pub(super) fn standing(&self, contact: &BareJid) -> ContactPermissions {
        let mut standing = self.roster.standing(contact);
        standing.confirms = standing.sees_us && self.setup.known.manners.receipts;
        standing.invisible = self.setup.availability == Availability::Offline;
        standing.tells_writing =
            standing.sees_us && self.setup.known.manners.writing && !standing.invisible;
        standing
    }

    pub(super) fn standing_changed(&self, contact: &BareJid) {
        if let Some(mailbox) = self.mailbox(contact) {
            mailbox.put(ContactInput::ContactPermissions(self.standing(contact)));
        }
    }

    pub(super) fn standings_changed(&self) {
        for contact in self.mailboxes.contacts() {
            self.standing_changed(contact);
        }
    }
}
