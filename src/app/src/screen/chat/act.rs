//! What a person does in a conversation, and what that asks for.

use std::time::Instant;

use engine::{Availability, Command, MessageId, Padlock};
use iced::clipboard;
use iced::widget::operation::{self, AbsoluteOffset};

use super::naming::Naming;
use super::strip::Refusal;
use super::timeline::Scroll;
use super::{Action, Chat, Message, Offer, Shortcut, composer, foot, naming, row};
use crate::screen::verify;
use crate::text::foreign;
use crate::widget::id;

impl Chat {
    /// Takes in a key of the whole window.
    pub fn shortcut(&mut self, shortcut: Shortcut) -> Action {
        match shortcut {
            Shortcut::GoPrivate => match self.padlock {
                Padlock::NotPrivate
                | Padlock::Unasked
                | Padlock::Unanswered
                | Padlock::Finished => self.go_private(),
                Padlock::Waiting => self.try_now(),
                Padlock::Starting
                | Padlock::Private(_)
                | Padlock::Verified(_)
                | Padlock::KeyChanged(_)
                | Padlock::Doubted(_) => Action::None,
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
        if self.debounce.forbids(&message, Instant::now()) {
            return Action::None;
        }
        if !matches!(message, Message::Measured(_) | Message::Scrolled { .. }) {
            self.refusal = None;
        }
        match message {
            Message::Composer(message) => return self.compose(message),
            Message::Verify(message) => return self.verify(message),
            Message::Shortcut(shortcut) => return self.shortcut(shortcut),
            Message::Escape => self.escape(),
            Message::GoPrivate => return self.go_private(),
            Message::TryNow => return self.try_now(),
            Message::ShowMe => {
                return Action::Command(Command::SetAvailability(Availability::Online));
            }
            Message::AllowOlder(allowed) => {
                self.offer = None;
                let chat = self.id.clone();
                return Action::Command(Command::AllowOlderVersion { chat, allowed });
            }
            Message::StopGoingPrivate => {
                self.menu_open = false;
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
            Message::Remove => {
                self.offer = None;
                return Action::Command(Command::RemoveContact(self.id.clone()));
            }
            Message::OpenNaming => {
                self.menu_open = false;
                self.naming = Some(Naming::of(&self.info));
                return Action::Task(operation::focus(id::NAMING));
            }
            Message::Naming(message) => return self.name(message),
            Message::Block => {
                self.menu_open = false;
                return Action::Command(Command::Block(self.id.clone()));
            }
            Message::Unblock => {
                self.menu_open = false;
                return Action::Command(Command::Unblock(self.id.clone()));
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
            Message::OpenPractice => {
                self.menu_open = false;
                return Action::OpenPractice;
            }
            Message::Leave => return Action::Leave,
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
            Message::EditLast => return self.edit_last(),
            Message::StopEditing => self.stop_editing(),
            Message::Edit(id) => return self.edit(id),
            Message::Discard(id) => self.offer = Some(Offer::Discard(id)),
            Message::DiscardForGood(id) => {
                self.offer = None;
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
            Message::FetchGap(gap) => {
                let account = self.id.account.clone();
                return Action::Command(Command::FetchGap { account, gap });
            }
            Message::ToEnd => return scroll(self.timeline.show_end()),
            Message::BesideComposer => return Action::Task(operation::focus(id::COMPOSER)),
            Message::ToNew => return scroll(self.timeline.show_new()),
        }
        Action::None
    }

    fn go_private(&mut self) -> Action {
        self.menu_open = false;
        Action::Command(Command::GoPrivate(self.id.clone()))
    }

    /// Has them asked though they look away; offline ourselves, there is nobody to ask.
    fn try_now(&mut self) -> Action {
        self.menu_open = false;
        if self.is_in_sight() {
            Action::Command(Command::TryNow(self.id.clone()))
        } else {
            Action::None
        }
    }

    fn name(&mut self, message: naming::Message) -> Action {
        let Some(mut naming) = self.naming.take() else { return Action::None };
        match message {
            naming::Message::Cancel => Action::None,
            naming::Message::Join if !naming.is_joining() => self.named(naming),
            naming::Message::Done => self.named(naming),
            naming::Message::Join => {
                naming.update(message);
                self.naming = Some(naming);
                // Where one types has moved.
                Action::Task(operation::focus(id::NAMING_GROUP))
            }
            naming::Message::Name(_) | naming::Message::Group(_) | naming::Message::Leave(_) => {
                naming.update(message);
                self.naming = Some(naming);
                Action::None
            }
        }
    }

    fn named(&self, naming: Naming) -> Action {
        let (name, groups) = naming.finish();
        Action::Command(Command::SetContact { chat: self.id.clone(), name, groups })
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
            self.naming = None;
            self.explains_key = false;
            self.stop_editing();
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
            composer::Message::EditLast => return self.edit_last(),
            composer::Message::Send { seen } => return self.send(seen),
        }
        self.tell_writing()
    }

    /// Tells whether something is being written, once for each change.
    fn tell_writing(&mut self) -> Action {
        let writing = !self.composer.is_blank() && self.closed().is_none();
        if std::mem::replace(&mut self.we_write, writing) == writing {
            return Action::None;
        }
        Action::Command(Command::Writing { chat: self.id.clone(), writing })
    }

    fn send(&mut self, seen: Padlock) -> Action {
        if foot::is_closed(seen) || self.closed().is_some() || self.offer.is_some() {
            self.refusal = (!self.composer.is_blank()).then_some(Refusal::Undecided);
            return Action::None;
        }
        let Some(text) = self.composer.take() else { return Action::None };
        // A text that arrives says that it is written.
        self.we_write = false;
        self.timeline.clear_new();
        self.timeline.start_at_end();
        let chat = self.id.clone();
        let (id, replaces) = (MessageId::random(), self.finish_edit());
        Action::Command(Command::SendMessage { chat, id, text, seen, replaces })
    }
}

fn copy(text: Option<&str>) -> Action {
    text.map_or(Action::None, |text| Action::Task(clipboard::write(foreign::copied(text))))
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
