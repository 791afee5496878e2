//! One chat: its timeline, the padlock, the composer, and the banners and dialogs above them.
//!
//! Not here: what the padlock is and what may be sent. The engine decides that; this screen tells
//! it which padlock the person saw.

mod banner;
mod bubble;
mod composer;
mod composer_bar;
mod contact_editor;
mod correction;
mod debounce;
mod delivery;
mod gap;
mod header;
mod message;
mod notice;
mod provenance;
mod read_state;
mod timeline;
mod timeline_view;
mod undo;
mod update;
mod view;
mod visibility;

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::SystemTime;

use engine::{
    AccountState, ArchiveGap, Avatar, ChatCommand, ChatEvent, ChatId, Command, ContactCommand,
    ContactInfo, Fingerprint, NewMessage, OlderVersion, Padlock, Subscription,
};

use self::banner::Refusal;
use self::composer::Composer;
use self::contact_editor::ContactEditor;
use self::correction::Correction;
pub use self::message::{Action, Confirmation, Message, Shortcut};
pub(crate) use self::notice::words_now as notice_words;
use self::read_state::ReadState;
use self::timeline::Timeline;
pub use self::view::Frame;
pub use self::visibility::Visibility;
use crate::image::AvatarImage;
use crate::lookalike::{Looks, Mark};
use crate::names::display_name;
use crate::screen::Unsent;
use crate::screen::verify::{Pending, Verify};
use crate::widget::{FocusTarget, id};

/// State of one conversation as shown.
pub struct Chat {
    id: ChatId,
    info: ContactInfo,
    name: String,
    looks: Looks,
    /// The contact with a confusable name, if there is one.
    mark: Option<Mark>,
    /// The avatar that is being decoded; an older result is dropped when it arrives.
    pending_avatar: Option<Avatar>,
    avatar_image: Option<AvatarImage>,
    padlock: Padlock,
    padlock_is_told: bool,
    account: Option<AccountState>,
    timeline: Timeline,
    composer: Composer,
    correction: Option<Correction>,
    verify: Verify,
    confirmation: Option<Confirmation>,
    debounce: debounce::Debounce,
    contact_editor: Option<ContactEditor>,
    menu_open: bool,
    new_key: banner::NewKey,
    refusal: Option<Refusal>,
    older: OlderVersion,
    visibility: Visibility,
    unread: usize,
    read_state: ReadState,
    peer_typing: bool,
    /// Whether the contact was told that we are typing (XEP-0085). Set when the composer is no longer
    /// blank, cleared when a message is sent.
    self_typing: bool,
}

impl Chat {
    /// An empty chat with a contact.
    #[must_use]
    pub fn new(id: ChatId, info: ContactInfo) -> Self {
        let name = display_name(&info);
        Self {
            verify: Verify::new(id.clone(), name.clone()),
            looks: Looks::of(&name, &info.contact),
            mark: None,
            id,
            info,
            name,
            pending_avatar: None,
            avatar_image: None,
            padlock: Padlock::default(),
            padlock_is_told: false,
            account: None,
            timeline: Timeline::default(),
            composer: Composer::default(),
            correction: None,
            confirmation: None,
            debounce: debounce::Debounce::default(),
            contact_editor: None,
            menu_open: false,
            new_key: banner::NewKey::default(),
            refusal: None,
            older: OlderVersion::default(),
            visibility: Visibility::default(),
            unread: 0,
            read_state: ReadState::default(),
            peer_typing: false,
            self_typing: false,
        }
    }

    /// The account and the contact.
    #[must_use]
    pub const fn id(&self) -> &ChatId {
        &self.id
    }

    /// The contact as last reported by the engine.
    #[must_use]
    pub const fn info(&self) -> &ContactInfo {
        &self.info
    }

    /// The shapes of name and address, for finding confusable ones.
    #[must_use]
    pub const fn looks(&self) -> &Looks {
        &self.looks
    }

    /// The contact with a confusable name, if one was found.
    #[must_use]
    pub const fn mark(&self) -> Option<&Mark> {
        self.mark.as_ref()
    }

    /// Sets the contact with a confusable name.
    pub fn set_mark(&mut self, mark: Option<Mark>) {
        self.mark = mark;
    }

    /// Whether the contact is no stranger who waits to be accepted.
    #[must_use]
    pub const fn is_known(&self) -> bool {
        !is_stranger(&self.info)
    }

    /// Whether neither the name nor whether they are a stranger would change with this.
    #[must_use]
    pub fn is_known_so(&self, info: &ContactInfo) -> bool {
        self.info.name == info.name && is_stranger(&self.info) == is_stranger(info)
    }

    /// The avatar, once decoded.
    #[must_use]
    pub const fn avatar_image(&self) -> Option<&AvatarImage> {
        self.avatar_image.as_ref()
    }

    /// Who can read what is typed next.
    #[must_use]
    pub const fn padlock(&self) -> Padlock {
        self.padlock
    }

    /// Number of messages and notices that arrived while the chat was not visible.
    #[must_use]
    pub const fn unread(&self) -> usize {
        self.unread
    }

    /// Whether they ask for verification (SMP), and the person does not see the chat.
    #[must_use]
    pub fn asks(&self) -> bool {
        !self.is_visible() && self.verify.pending() == Some(Pending::Request)
    }

    /// What has not gone out, most urgent first. A draft counts unless the chat is open.
    #[must_use]
    pub fn unsent(&self) -> Vec<Unsent> {
        let mut unsent = self.timeline.unsent();
        if !self.visibility.is_open() && !self.composer.is_blank() {
            unsent.push(Unsent::Draft);
        }
        unsent
    }

    /// The last line, if it may be shown in the list: never private text.
    #[must_use]
    pub fn last_line(&self) -> Option<&str> {
        self.timeline.last_line()
    }

    /// Memory that the timeline takes, in bytes.
    #[must_use]
    pub const fn weight(&self) -> usize {
        self.timeline.weight()
    }

    /// Trims the oldest messages until the rest takes at most this many bytes.
    pub fn shrink_to(&mut self, weight: usize) {
        self.timeline.shrink_to(weight);
    }

    /// When the newest message was written.
    #[must_use]
    pub const fn last_at(&self) -> Option<SystemTime> {
        self.timeline.last_at()
    }

    /// Sets our own fingerprint, for comparing aloud.
    pub fn set_own_fingerprint(&mut self, fingerprint: Fingerprint) {
        self.verify.set_own_fingerprint(fingerprint);
    }

    /// Handles an event of the engine.
    pub fn observe(&mut self, event: ChatEvent) {
        match event {
            ChatEvent::Info(info) => {
                self.peer_typing &= info.availability != engine::Availability::Offline;
                let name = display_name(&info);
                if name != self.name {
                    self.looks = Looks::of(&name, &info.contact);
                    self.verify.rename(name.clone());
                    self.name = name;
                }
                self.info = info;
            }
            ChatEvent::AvatarChanged(pending) => {
                (self.pending_avatar, self.avatar_image) = (pending, None)
            }
            ChatEvent::Removed => {
                self.info.availability = engine::Availability::Offline;
                self.info.subscription = Subscription::None;
            }
            ChatEvent::PadlockChanged(padlock) => {
                if padlock != self.padlock {
                    // That one is about something else.
                    self.confirmation
                        .take_if(|confirmation| *confirmation != Confirmation::OlderVersion);
                    self.new_key.shows_explanation = false;
                }
                if padlock.is_plain() && self.padlock_is_told && !self.padlock.is_plain() {
                    self.composer.was_meant_private();
                }
                (self.padlock, self.padlock_is_told) = (padlock, true);
                self.keep_correction_protected();
                self.verify.padlock_changed(padlock);
            }
            ChatEvent::NewKeyBeside(key) => {
                self.new_key.shows_explanation &= key == self.new_key.beside;
                self.new_key.beside = key;
            }
            ChatEvent::OlderVersion(older) => {
                self.confirmation
                    .take_if(|confirmation| *confirmation == Confirmation::OlderVersion);
                self.older = older;
            }
            ChatEvent::Verification(verification) => self.verify.observe(verification),
            ChatEvent::Writing(writing) => self.peer_typing = writing,
            ChatEvent::Unread(number) => self.waits(number),
            ChatEvent::Draft(text) => self.bring_draft(&text),
            ChatEvent::Received { .. } => {
                self.peer_typing = false;
                if !self.timeline.is_correction(&event) {
                    self.count_unread();
                }
                self.timeline.observe(event);
            }
            ChatEvent::Notice(ref notice) | ChatEvent::EarlierNotice { ref notice, .. } => {
                if notice.waits_to_be_seen() {
                    self.count_unread();
                }
                self.timeline.observe(event);
            }
            ChatEvent::SentElsewhere { .. } | ChatEvent::Outgoing(_) | ChatEvent::Discarded(_) => {
                self.timeline.observe(event);
            }
        }
    }

    /// A gap of the account's archive (XEP-0313) was opened or filled.
    pub fn observe_gap(&mut self, gap: ArchiveGap) {
        self.timeline.observe_gap(gap);
    }

    /// An avatar was decoded, if it can be. It is dropped if another one was announced since.
    pub fn decoded(&mut self, avatar: &Avatar, avatar_image: Option<AvatarImage>) {
        if self.pending_avatar.take_if(|pending_avatar| pending_avatar == avatar).is_some() {
            self.avatar_image = avatar_image;
        }
    }

    /// The connection state of the account changed.
    pub fn account_changed(&mut self, state: &AccountState) {
        self.account = Some(state.clone());
    }

    /// The engine rejected a command: its text goes back to where it was typed.
    pub fn command_rejected(&mut self, command: Command) {
        if let Command::Chat(_, ChatCommand::Writing(writing)) = command {
            // The next key tells it.
            self.self_typing = !writing;
            return;
        }
        if self.persist_rejected(&command) {
            return;
        }
        self.refusal = Some(Refusal::Busy);
        if let Command::Chat(_, ChatCommand::Send(NewMessage { text, replaces, .. })) = command {
            self.restore_draft(&text, replaces);
        } else if let Command::Contact(_, ContactCommand::Edit { name, groups, .. }) = command {
            self.contact_editor = Some(ContactEditor::with(name, groups));
        } else {
            self.verify.command_rejected(command);
        }
    }

    /// The padlock, once the engine has reported one.
    #[must_use]
    pub fn padlock_told(&self) -> Option<Padlock> {
        self.padlock_is_told.then_some(self.padlock)
    }

    /// Whether presence of the contact is received: the account is online.
    #[must_use]
    pub const fn is_in_sight(&self) -> bool {
        matches!(self.account, Some(AccountState::Online) | None)
    }

    /// What the header shows: presence, typing, or neither.
    const fn sight(&self, invisible: bool) -> header::Sight {
        match self.is_in_sight() {
            false => header::Sight::None,
            true if self.peer_typing => header::Sight::Writing,
            true if invisible => header::Sight::None,
            true => header::Sight::Presence,
        }
    }

    /// The padlock; none for a contact who has to be accepted or unblocked first.
    const fn padlock_shown(&self) -> Option<Padlock> {
        match self.closed() {
            Some(composer_bar::Closed::Unaccepted | composer_bar::Closed::Blocked) => None,
            Some(composer_bar::Closed::Finished) | None => Some(self.padlock),
        }
    }

    /// Why nothing can be typed now.
    const fn closed(&self) -> Option<composer_bar::Closed> {
        composer_bar::closed(self.padlock, &self.info)
    }

    /// The widget that is to have the keyboard focus, if there is one.
    #[must_use]
    pub fn focus_target(&self) -> Option<FocusTarget> {
        if self.verify.is_open() {
            return Some(self.verify.focus_target());
        }
        // What is asked has the keyboard: Enter takes the safe answer, and nothing goes out.
        if self.menu_open {
            return Some(FocusTarget::new(id::MENU, (self.key(), "menu")));
        }
        if let Some(confirmation) = &self.confirmation {
            return Some(FocusTarget::new(id::BANNER, (self.key(), confirmation)));
        }
        match self.closed() {
            // Where there is nothing to type in, or what is typed there has asked for it itself.
            Some(composer_bar::Closed::Unaccepted | composer_bar::Closed::Blocked) => None,
            Some(composer_bar::Closed::Finished) | None if self.contact_editor.is_some() => None,
            Some(composer_bar::Closed::Finished) | None => Some(FocusTarget::composer(self.key())),
        }
    }

    /// Our own name in the line of an action (XEP-0245): the localpart of our address.
    fn me(&self) -> &str {
        let account = &self.id.account;
        account.node().map_or_else(|| account.as_str(), |node| node.as_str())
    }

    fn is_practice(&self) -> bool {
        engine::is_practice(&self.id.account)
    }

    fn key(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.id.hash(&mut hasher);
        hasher.finish()
    }
}

impl fmt::Debug for Chat {
    /// Nothing of what was said or typed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chat")
            .field("id", &self.id)
            .field("padlock", &self.padlock)
            .field("unread", &self.unread)
            .finish_non_exhaustive()
    }
}

/// Whether somebody is not on the list, and waits for an answer.
const fn is_stranger(info: &ContactInfo) -> bool {
    matches!(info.subscription, Subscription::Requested | Subscription::Wrote)
}

#[cfg(test)]
mod tests;
