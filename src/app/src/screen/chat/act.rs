//! What a person does in a conversation, and what that asks for.

use std::time::Instant;

use engine::{
    AccountCommand, Availability, ChatCommand, Command, ContactCommand, NewMessage, Padlock,
    Setting, new_message_id,
};
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
    #[expect(clippy::unit_arg, reason = "a line for each message")]
    pub fn update(&mut self, message: Message) -> Action {
        if self.debounce.forbids(&message, Instant::now()) {
            return Action::None;
        }
        if !matches!(message, Message::Measured(_) | Message::Scrolled { .. }) {
            self.refusal = None;
        }
        match message {
            Message::Composer(message) => self.compose(message),
            Message::Verify(message) => self.verify(message),
            Message::Shortcut(shortcut) => self.shortcut(shortcut),
            Message::Escape => done(self.escape()),
            Message::GoPrivate => self.go_private(),
            Message::TryNow => self.try_now(),
            Message::ShowMe => {
                Action::Command(Command::Set(Setting::Availability(Availability::Online)))
            }
            Message::AllowOlder(allowed) => self.answer(ChatCommand::AllowOlderVersion(allowed)),
            Message::StopGoingPrivate if self.padlock == Padlock::Starting => {
                self.answer(ChatCommand::EndPrivate)
            }
            Message::StopGoingPrivate => done(self.menu_open = false),
            Message::Offer(offer) => done((self.menu_open, self.offer) = (false, offer)),
            Message::EndPrivate => self.answer(ChatCommand::EndPrivate),
            Message::Remove => self.ask_about(ContactCommand::Remove),
            Message::OpenNaming => {
                self.menu_open = false;
                self.naming = Some(Naming::of(&self.info));
                Action::Task(operation::focus(id::NAMING))
            }
            Message::Naming(message) => self.name(message),
            Message::Block => self.ask_about(ContactCommand::Block),
            Message::Unblock => self.ask_about(ContactCommand::Unblock),
            Message::OpenVerify => self.open_verify(),
            Message::Explain(explains) => done(self.new_key.is_explained = explains),
            Message::AcceptKey(fingerprint) => self.ask(ChatCommand::AcceptKey(fingerprint)),
            Message::OpenKeys => self.close_menu(Action::OpenKeys),
            Message::OpenPractice => self.close_menu(Action::OpenPractice),
            Message::Leave => Action::Leave,
            Message::ToggleMenu => done(self.menu_open = !self.menu_open),
            Message::AcceptContact => self.ask_about(ContactCommand::Accept),
            Message::DeclineContact => self.ask_about(ContactCommand::Decline),
            Message::Retry { id, seen } => self.ask(ChatCommand::Retry { id, seen }),
            Message::EditLast => self.edit_last(),
            Message::StopEditing => done(self.stop_editing()),
            Message::Edit(id) => self.edit(id),
            Message::Discard(id) => done(self.offer = Some(Offer::Discard(id))),
            Message::DiscardForGood(id) => self.answer(ChatCommand::Discard(id)),
            Message::CopyOutgoing(id) => {
                copy(self.timeline.outgoing(&id).map(|outgoing| outgoing.text.as_str()))
            }
            Message::Copy(key) => copy(self.timeline.row(key).and_then(row::Row::text)),
            Message::ShowMore(key) => done(self.timeline.show_more(key)),
            Message::Measured(heights) => done(self.timeline.measured_all(heights)),
            Message::Scrolled { from_end, viewport, width } => {
                scroll(self.timeline.scrolled(from_end, viewport, width))
            }
            Message::FetchGap(gap) => {
                let account = self.id.account.clone();
                Action::Command(Command::Account(account, AccountCommand::FetchGap(gap)))
            }
            Message::ToEnd => scroll(self.timeline.show_end()),
            Message::BesideComposer => Action::Task(operation::focus(id::COMPOSER)),
            Message::ToNew => scroll(self.timeline.show_new()),
        }
    }

    /// Asks the engine in this conversation.
    fn ask(&self, command: ChatCommand) -> Action {
        Action::Command(Command::Chat(self.id.clone(), command))
    }

    /// The same, which answers what was asked here.
    fn answer(&mut self, command: ChatCommand) -> Action {
        self.offer = None;
        let action = self.ask(command);
        self.close_menu(action)
    }

    /// Asks the engine about the contact.
    fn ask_about(&mut self, command: ContactCommand) -> Action {
        self.offer = None;
        let action = Action::Command(Command::Contact(self.id.clone(), command));
        self.close_menu(action)
    }

    fn close_menu(&mut self, action: Action) -> Action {
        self.menu_open = false;
        action
    }

    fn go_private(&mut self) -> Action {
        self.menu_open = false;
        self.ask(ChatCommand::GoPrivate)
    }

    /// Has them asked though they look away; offline ourselves, there is nobody to ask.
    fn try_now(&mut self) -> Action {
        self.menu_open = false;
        if self.is_in_sight() { self.ask(ChatCommand::TryNow) } else { Action::None }
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

    fn named(&mut self, naming: Naming) -> Action {
        let (name, groups) = naming.finish();
        self.ask_about(ContactCommand::Edit { name, groups })
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
            self.new_key.is_explained = false;
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
        self.ask(ChatCommand::Writing(writing))
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
        let (id, replaces) = (new_message_id(), self.finish_edit());
        Action::Command(Command::Chat(
            chat,
            ChatCommand::Send(NewMessage { id, text, seen, replaces }),
        ))
    }
}

/// It was done here, and there is nothing to ask.
const fn done((): ()) -> Action {
    Action::None
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
