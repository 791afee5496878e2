//! The chats of all accounts: made when a contact is first heard of, removed with it, and trimmed when
//! they take too much memory.

use std::collections::BTreeMap;

use engine::{
    AccountEvent, AccountState, ArchiveGap, Availability, Avatar, BareJid, ChatCommand, ChatEvent,
    ChatId, Command, ContactInfo, Event, GapState, NotKept, Notice, Subscription,
};

use super::Messenger;
use super::banner::Banner;
use super::own_presence::OwnPresence;
use crate::image::AvatarImage;
use crate::screen::chat::Chat;
use crate::screen::contacts::{Contacts, Entry, Sections};

/// Memory limit for all timelines together, in bytes.
pub(super) const WEIGHT_MAX: usize = 64 * 1024 * 1024;

impl Messenger {
    /// A new roster replaces the old one, but a chat in which something was said stays.
    pub(super) fn roster(&mut self, account: &BareJid, contacts: Vec<ContactInfo>) {
        let open = self.attention.open_chat().cloned();
        self.chats.retain(|id, chat| {
            id.account != *account
                || open.as_ref() == Some(id)
                || chat.last_at().is_some()
                || contacts.iter().any(|info| info.contact == id.contact)
        });
        self.names_changed = true;
        for info in contacts {
            let id = ChatId { account: account.clone(), contact: info.contact.clone() };
            self.update_contact(id, info);
        }
    }

    /// The open chat, if its account has just come online. The engine may have restarted the account,
    /// and then does not know which chat is open.
    #[must_use]
    pub fn to_open_again(&self, event: &Event) -> Option<ChatId> {
        let Event::Account(account, AccountEvent::State(AccountState::Online)) = event else {
            return None;
        };
        self.attention.open_chat().cloned().filter(|open| open.account == *account)
    }

    /// An avatar was decoded, if it can be.
    pub(super) fn avatar_decoded(
        &mut self,
        id: &ChatId,
        avatar: &Avatar,
        image: Option<AvatarImage>,
    ) {
        if let Some(chat) = self.chats.get_mut(id) {
            chat.decoded(avatar, image);
        }
    }

    pub(super) fn update_contact(&mut self, id: ChatId, info: ContactInfo) {
        self.names_changed |= self.chats.get(&id).is_none_or(|chat| !chat.is_known_so(&info));
        self.chat(id).observe(ChatEvent::Info(info));
    }

    /// Handles an event of a chat. A chat is made for a contact, or for a message; a message of an
    /// unknown contact makes a request only.
    pub(super) fn told(&mut self, id: ChatId, event: ChatEvent) {
        if self.chats.contains_key(&id) {
            return self.chat(id).observe(event);
        }
        let subscription = match &event {
            ChatEvent::Received { .. } => Subscription::Wrote,
            ChatEvent::Outgoing(_) | ChatEvent::SentElsewhere { .. } | ChatEvent::Draft(_) => {
                Subscription::None
            }
            ChatEvent::Notice(notice @ Notice::NotBlocked(_)) => {
                self.banner = Some(Banner::Notice(id.contact.clone(), notice.clone()));
                return;
            }
            ChatEvent::Info(_)
            | ChatEvent::AvatarChanged(_)
            | ChatEvent::Removed
            | ChatEvent::PadlockChanged(_)
            | ChatEvent::NewKeyBeside(_)
            | ChatEvent::OlderVersion(_)
            | ChatEvent::Writing(_)
            | ChatEvent::Unread(_)
            | ChatEvent::Discarded(_)
            | ChatEvent::Notice(_)
            | ChatEvent::EarlierNotice { .. }
            | ChatEvent::Verification(_) => return,
        };
        self.update_contact(id.clone(), ContactInfo { subscription, ..unknown(&id) });
        self.chat(id).observe(event);
    }

    /// Trims the longest timelines until all together are within the memory limit.
    pub(super) fn shrink_histories(&mut self) {
        while self.chats.values().map(Chat::weight).sum::<usize>() > WEIGHT_MAX {
            let longest = self.chats.values_mut().max_by_key(|chat| chat.weight());
            let Some(longest) = longest else { return };
            let weight = longest.weight();
            longest.shrink_to(weight / 2);
            if longest.weight() == weight {
                // All of it is ours, and not settled.
                return;
            }
        }
    }

    /// Commands that are due after any update: read markers, drafts, and the chat that was closed.
    pub fn pending_commands(&mut self) -> Vec<Command> {
        let left = self.left.take().filter(|left| self.attention.open_chat() != Some(left));
        let left = left.map(|left| Command::Chat(left, ChatCommand::Leave)).into_iter();
        left.chain(self.chats.values_mut().flat_map(Chat::pending_commands)).collect()
    }

    /// A gap of an account's archive (XEP-0313) was opened or filled. It is shown in every chat, since any
    /// may have messages in it.
    pub(super) fn archive_gap(&mut self, account: &BareJid, gap: ArchiveGap) {
        let gaps = &mut self.account(account.clone()).gaps;
        gaps.retain(|known| known.number != gap.number && known.run == gap.run);
        if gap.state != GapState::Closed {
            let later = gaps.iter().position(|known| known.number > gap.number);
            gaps.insert(later.unwrap_or(gaps.len()), gap);
        }
        for (_, chat) in self.chats_of(account) {
            chat.observe_gap(gap);
        }
    }

    /// How much of strangers was dropped because of the limits, over all accounts.
    pub(super) fn not_kept(&self) -> NotKept {
        self.accounts.values().fold(NotKept::default(), |all, account| NotKept {
            requests: all.requests.saturating_add(account.not_kept.requests),
            messages: all.messages.saturating_add(account.not_kept.messages),
            addresses: all.addresses.saturating_add(account.not_kept.addresses),
        })
    }

    /// The chat with an id; made if there is none yet.
    pub(super) fn chat(&mut self, id: ChatId) -> &mut Chat {
        let account = self.accounts.get(&id.account);
        self.chats.entry(id.clone()).or_insert_with(|| {
            let info = unknown(&id);
            let mut chat = Chat::new(id, info);
            if let Some(account) = account {
                chat.account_changed(&account.state);
                account.gaps.iter().for_each(|gap| chat.observe_gap(*gap));
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

/// A contact of whom nothing is known but the address.
fn unknown(id: &ChatId) -> ContactInfo {
    ContactInfo {
        contact: id.contact.clone(),
        name: None,
        availability: Availability::default(),
        subscription: Subscription::default(),
        blocked: false,
        groups: Vec::new(),
    }
}

/// A row for each conversation, sorted.
pub(super) fn sections<'a>(
    chats: &'a BTreeMap<ChatId, Chat>,
    contacts: &'a Contacts,
    own_presence: &OwnPresence,
) -> Sections<'a> {
    let is_invisible = own_presence.is_invisible();
    let entries = chats.values().map(|chat| Entry {
        unread: chat.unread(),
        asks: chat.asks(),
        unsent: chat.unsent(),
        last_line: chat.last_line(),
        last_at: chat.last_at(),
        avatar_image: chat.avatar_image(),
        in_sight: chat.is_in_sight() && !is_invisible,
        padlock: chat.padlock_told(),
        mark: chat.mark(),
        ..Entry::new(chat.id(), chat.info())
    });
    Sections::sort(entries, contacts)
}
