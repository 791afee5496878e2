//! The conversations there are.

use std::collections::BTreeMap;

use engine::{
    AccountState, Availability, Avatar, BareJid, ChatEvent, ChatId, ContactInfo, Event,
    Subscription,
};

use super::Main;
use crate::picture::Portrait;
use crate::screen::chat::Chat;
use crate::screen::contacts::Entry;

impl Main {
    /// The new list replaces the old one; but a conversation in which something was said stays.
    pub(super) fn roster(&mut self, account: &BareJid, contacts: Vec<ContactInfo>) {
        let chosen = self.chosen.clone();
        self.chats.retain(|id, chat| {
            id.account != *account
                || chosen.as_ref() == Some(id)
                || chat.last_at().is_some()
                || contacts.iter().any(|info| info.contact == id.contact)
        });
        for info in contacts {
            let id = ChatId { account: account.clone(), contact: info.contact.clone() };
            self.inform(id, info);
        }
    }

    /// The conversation that is looked at, if its account has just come online: of one that was
    /// started again, the engine does not know what is looked at.
    #[must_use]
    pub fn to_open_again(&self, event: &Event) -> Option<ChatId> {
        let Event::Account { account, state: AccountState::Online } = event else { return None };
        self.chosen.clone().filter(|chosen| chosen.account == *account)
    }

    /// A picture was decoded, if it can be.
    pub fn decoded(&mut self, id: &ChatId, avatar: &Avatar, portrait: Option<Portrait>) {
        if let Some(chat) = self.chats.get_mut(id) {
            chat.decoded(avatar, portrait);
        }
    }

    pub(super) fn inform(&mut self, id: ChatId, info: ContactInfo) {
        self.chat(id).observe(ChatEvent::Info(info));
    }

    /// The conversation with an id; made if it is the first time we hear of it.
    pub(super) fn chat(&mut self, id: ChatId) -> &mut Chat {
        let account = self.accounts.get(&id.account);
        self.chats.entry(id.clone()).or_insert_with(|| {
            let info = ContactInfo {
                contact: id.contact.clone(),
                name: None,
                availability: Availability::default(),
                subscription: Subscription::default(),
                blocked: false,
                groups: Vec::new(),
            };
            let mut chat = Chat::new(id, info);
            if let Some(account) = account {
                chat.account_changed(&account.state);
                if let Some(own) = account.own_key {
                    chat.set_own_fingerprint(own);
                }
            }
            chat
        })
    }

    pub(super) fn chats_of(
        &mut self,
        account: &BareJid,
    ) -> impl Iterator<Item = (&ChatId, &mut Chat)> {
        self.chats.iter_mut().filter(move |(id, _)| id.account == *account)
    }
}

/// Rows for all conversations, unsorted.
pub(super) fn entries(chats: &BTreeMap<ChatId, Chat>) -> impl Iterator<Item = Entry<'_>> {
    chats.values().map(|chat| Entry {
        unread: chat.unread(),
        last_line: chat.last_line(),
        last_at: chat.last_at(),
        portrait: chat.portrait(),
        in_sight: chat.is_in_sight(),
        padlock: chat.padlock_told(),
        ..Entry::new(chat.id(), chat.info())
    })
}
