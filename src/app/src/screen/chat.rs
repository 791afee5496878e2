//! One conversation: what was said, the padlock, and the composer.
//!
//! Not here: what the padlock is and what may be sent. The engine decides that; this screen tells
//! it which padlock the person saw.

mod bubble;
mod composer;
mod delivery;
mod foot;
mod header;
mod history;
mod message;
mod notice;
#[cfg(test)]
pub(crate) mod probe;
mod provenance;
mod row;
mod rows;
mod strip;
mod timeline;
mod undo;
mod when;

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::SystemTime;

use engine::{
    AccountState, ChatEvent, ChatId, Command, ContactInfo, Fingerprint, MessageId, Padlock,
};
use iced::widget::operation::{self, AbsoluteOffset};
use iced::widget::{column, mouse_area, opaque, rule, stack};
use iced::{Element, Fill, clipboard};

use self::composer::Composer;
pub use self::message::{Action, Message, Offer, Shortcut};
pub(crate) use self::notice::one_line;
use self::rows::Rows;
use self::timeline::{Scroll, Timeline};
pub(crate) use self::when::date;
use crate::screen::verify::{self, Verify};
use crate::text::plain;
use crate::theme;
use crate::widget::{id, inert, sheet};

/// Longest name that is shown, in characters.
const NAME_SHOWN_MAX: usize = 60;

/// State of one conversation as shown.
pub struct Chat {
    id: ChatId,
    info: ContactInfo,
    name: String,
    padlock: Padlock,
    account: Option<AccountState>,
    timeline: Timeline,
    composer: Composer,
    verify: Verify,
    offer: Option<Offer>,
    menu_open: bool,
    explains_key: bool,
    not_taken: bool,
    looked_at: bool,
    unread: usize,
}

impl Chat {
    /// The conversation with a contact; nothing has been said yet.
    #[must_use]
    pub fn new(id: ChatId, info: ContactInfo) -> Self {
        let name = name_of(&info);
        Self {
            verify: Verify::new(id.clone(), name.clone()),
            id,
            info,
            name,
            padlock: Padlock::default(),
            account: None,
            timeline: Timeline::default(),
            composer: Composer::default(),
            offer: None,
            menu_open: false,
            explains_key: false,
            not_taken: false,
            looked_at: false,
            unread: 0,
        }
    }

    /// Whose conversation.
    #[must_use]
    pub const fn id(&self) -> &ChatId {
        &self.id
    }

    /// The contact as last told by the engine.
    #[must_use]
    pub const fn info(&self) -> &ContactInfo {
        &self.info
    }

    /// Who can read what is typed next.
    #[must_use]
    pub const fn padlock(&self) -> Padlock {
        self.padlock
    }

    /// How many messages came while nobody looked.
    #[must_use]
    pub const fn unread(&self) -> usize {
        self.unread
    }

    /// The last line, if it may be shown in the list: never private text.
    #[must_use]
    pub fn last_line(&self) -> Option<&str> {
        self.timeline.last_line()
    }

    /// When the last message came or went.
    #[must_use]
    pub fn last_at(&self) -> Option<SystemTime> {
        let rows = self.timeline.rows();
        rows.iter().rev().find(|row| row.text().is_some()).map(row::Row::at)
    }

    /// Our own key code, for comparing aloud.
    pub fn set_own_fingerprint(&mut self, fingerprint: Fingerprint) {
        self.verify.set_own_fingerprint(fingerprint);
    }

    /// The person looks at this conversation, or at another: sets what counts as unread.
    pub fn look(&mut self, looks: bool) {
        if looks != self.looked_at {
            self.timeline.start_at_end();
            self.menu_open = false;
        }
        if looks {
            if self.unread == 0 && !self.looked_at {
                self.timeline.clear_new();
            }
            self.unread = 0;
        }
        self.looked_at = looks;
    }

    /// Takes in what the engine reports.
    pub fn observe(&mut self, event: ChatEvent) {
        match event {
            ChatEvent::Info(info) => {
                self.name = name_of(&info);
                self.verify.rename(self.name.clone());
                self.info = info;
            }
            ChatEvent::Removed => {
                self.info.availability = engine::Availability::Offline;
                self.info.subscription = engine::Subscription::None;
            }
            ChatEvent::PadlockChanged(padlock) => {
                if padlock != self.padlock {
                    self.offer = None;
                    self.explains_key = false;
                }
                self.padlock = padlock;
                self.verify.padlock_changed(padlock);
            }
            ChatEvent::Verification(verification) => self.verify.observe(verification),
            ChatEvent::Received { .. } => {
                if !self.looked_at {
                    if self.unread == 0 {
                        self.timeline.mark_new();
                    }
                    self.unread += 1;
                }
                self.timeline.observe(event);
            }
            ChatEvent::SentElsewhere { .. }
            | ChatEvent::Outgoing(_)
            | ChatEvent::Discarded(_)
            | ChatEvent::Notice(_) => {
                self.timeline.observe(event);
            }
        }
    }

    /// The account went on or off line.
    pub fn account_changed(&mut self, state: &AccountState) {
        self.account = Some(state.clone());
    }

    /// Puts the text of a command that the engine did not take back where it was typed.
    pub fn not_sent(&mut self, command: Command) {
        self.not_taken = true;
        if let Command::SendMessage { text, .. } = command {
            self.composer.put_back(&text);
        } else {
            self.verify.not_sent(command);
        }
    }

    /// Takes in a key of the whole window.
    pub fn shortcut(&mut self, shortcut: Shortcut) -> Action {
        match shortcut {
            Shortcut::GoPrivate => match self.padlock {
                Padlock::NotPrivate | Padlock::Unanswered | Padlock::Finished => self.go_private(),
                Padlock::Starting
                | Padlock::Waiting
                | Padlock::Private(_)
                | Padlock::Verified(_)
                | Padlock::KeyChanged(_) => Action::None,
            },
            Shortcut::Verify => self.open_verify(),
            Shortcut::Close => {
                self.escape();
                Action::None
            }
        }
    }

    /// Takes in what the person did.
    pub fn update(&mut self, message: Message) -> Action {
        self.not_taken &= matches!(message, Message::Measured(_) | Message::Scrolled { .. });
        match message {
            Message::Composer(message) => return self.compose(message),
            Message::Verify(message) => return self.verify(message),
            Message::Shortcut(shortcut) => return self.shortcut(shortcut),
            Message::Escape => self.escape(),
            Message::GoPrivate => return self.go_private(),
            Message::StopGoingPrivate => {
                if self.padlock == Padlock::Starting {
                    return Action::Command(Command::EndPrivate(self.id.clone()));
                }
            }
            Message::Offer(offer) => {
                self.menu_open = false;
                self.offer = offer;
            }
            Message::EndPrivate => {
                self.offer = None;
                return Action::Command(Command::EndPrivate(self.id.clone()));
            }
            Message::OpenVerify => return self.open_verify(),
            Message::Explain(explains) => self.explains_key = explains,
            Message::AcceptKey(fingerprint) => {
                let chat = self.id.clone();
                return Action::Command(Command::AcceptKey { chat, fingerprint });
            }
            Message::OpenKeys => {
                self.menu_open = false;
                return Action::OpenKeys;
            }
            Message::ToggleMenu => self.menu_open = !self.menu_open,
            Message::AcceptContact => {
                return Action::Command(Command::AcceptContact(self.id.clone()));
            }
            Message::DeclineContact => {
                return Action::Command(Command::DeclineContact(self.id.clone()));
            }
            Message::Retry { id, seen } => {
                let chat = self.id.clone();
                return Action::Command(Command::Retry { chat, id, seen });
            }
            Message::Edit(id) => return self.edit(id),
            Message::Discard(id) => {
                return Action::Command(Command::Discard { chat: self.id.clone(), id });
            }
            Message::CopyOutgoing(id) => {
                return copy(self.timeline.outgoing(&id).map(|outgoing| outgoing.text.as_str()));
            }
            Message::Copy(key) => {
                return copy(self.timeline.row(key).and_then(row::Row::text));
            }
            Message::ShowMore(key) => self.timeline.show_more(key),
            Message::Measured(heights) => {
                for (key, height) in heights {
                    self.timeline.measured(key, height);
                }
            }
            Message::Scrolled { from_end, viewport, width } => {
                return scroll(self.timeline.scrolled(from_end, viewport, width));
            }
            Message::ToEnd => return scroll(self.timeline.show_end()),
        }
        Action::None
    }

    /// Draws it; `now` decides what is called today.
    #[must_use]
    pub fn view(&self, now: SystemTime) -> Element<'_, Message> {
        let standing = strip::Standing {
            name: &self.name,
            padlock: self.padlock,
            offer: self.offer,
            explains_key: self.explains_key,
            pending: self.verify.pending(),
            subscription: self.info.subscription,
            account: self.account.as_ref(),
            not_taken: self.not_taken,
        };
        let base = column![
            header::view(&self.name, &self.info, self.padlock),
            rule::horizontal(1).style(theme::line),
            strip::view(&standing),
            history::view(&self.timeline, &self.name, self.padlock, now),
            foot::view(&self.composer, self.padlock, &self.name),
        ];
        let layer = if self.verify.is_open() {
            let card = self.verify.view().map(Message::Verify);
            sheet(header::nothing(), card, Message::Escape)
        } else if self.menu_open {
            let menu = header::menu(&self.name, self.padlock);
            opaque(mouse_area(menu).on_press(Message::ToggleMenu))
        } else {
            header::nothing()
        };
        // Another conversation is another key: no focus, scroll offset or caret is carried over.
        let behind = inert(base, self.verify.is_open());
        let whole = stack![behind, layer].width(Fill).height(Fill);
        Rows::one(self.key(), whole.into()).into()
    }

    fn key(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.id.hash(&mut hasher);
        hasher.finish()
    }

    fn go_private(&mut self) -> Action {
        self.menu_open = false;
        Action::Command(Command::GoPrivate(self.id.clone()))
    }

    fn open_verify(&mut self) -> Action {
        self.menu_open = false;
        self.verify.open();
        Action::None
    }

    fn escape(&mut self) {
        if self.verify.is_open() {
            self.verify.close();
        } else if self.menu_open {
            self.menu_open = false;
        } else {
            self.offer = None;
            self.explains_key = false;
        }
    }

    fn verify(&mut self, message: verify::Message) -> Action {
        match self.verify.update(message) {
            verify::Action::None => Action::None,
            verify::Action::Command(command) => Action::Command(command),
            verify::Action::Focus(field) => Action::Task(operation::focus(field)),
        }
    }

    fn compose(&mut self, message: composer::Message) -> Action {
        match message {
            composer::Message::Edited(action) => self.composer.edit(action),
            composer::Message::Undo => self.composer.undo(),
            composer::Message::Redo => self.composer.redo(),
            composer::Message::Send { seen } => return self.send(seen),
        }
        Action::None
    }

    fn send(&mut self, seen: Padlock) -> Action {
        if foot::is_closed(seen) || foot::is_closed(self.padlock) {
            return Action::None;
        }
        let Some(text) = self.composer.take() else { return Action::None };
        self.timeline.clear_new();
        self.timeline.start_at_end();
        let chat = self.id.clone();
        let id = MessageId::random();
        Action::Command(Command::SendMessage { chat, id, text, seen, replaces: None })
    }

    fn edit(&mut self, id: MessageId) -> Action {
        let Some(outgoing) = self.timeline.outgoing(&id) else { return Action::None };
        self.composer.put_back(&outgoing.text.clone());
        Action::Command(Command::Discard { chat: self.id.clone(), id })
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

/// What the contact is called: the name we gave, or what stands before the `@`; on one line.
fn name_of(info: &ContactInfo) -> String {
    let given = info.name.as_deref().map(|name| one_line(name, NAME_SHOWN_MAX));
    match given.filter(|name| !name.is_empty()) {
        Some(name) => name,
        None => info.contact.node().map_or_else(
            || info.contact.to_string(),
            |node| one_line(node.as_str(), NAME_SHOWN_MAX),
        ),
    }
}

fn copy(text: Option<&str>) -> Action {
    text.map_or(Action::None, |text| Action::Task(clipboard::write(plain(text))))
}

fn scroll(scroll: Scroll) -> Action {
    match scroll {
        Scroll::Stay => Action::None,
        // The history is anchored at its end, so offsets count from there.
        Scroll::To(from_end) => {
            let offset = AbsoluteOffset { x: 0.0, y: from_end };
            Action::Task(operation::scroll_to(id::TIMELINE, offset))
        }
    }
}

#[cfg(test)]
mod tests;
