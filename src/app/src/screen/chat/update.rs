//! The update of a chat: what each thing a person does asks of the engine or the parent.

use std::time::Instant;

use engine::{
    AccountCommand, Availability, ChatCommand, Command, ContactCommand, NewMessage, Padlock,
    Setting, new_message_id,
};
use iced::clipboard;
use iced::widget::operation::{self, AbsoluteOffset};

use super::banner::Refusal;
use super::contact_editor::ContactEditor;
use super::timeline::Scroll;
use super::timeline::item;
use super::{
    Action, Chat, Confirmation, Message, Shortcut, composer, composer_bar, contact_editor,
};
use crate::screen::verify;
use crate::text::untrusted;
use crate::widget::id;

impl Chat {
    /// Handles a keyboard shortcut.
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

    /// Handles what the person did.
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
            Message::Confirmation(confirmation) => {
                done((self.menu_open, self.confirmation) = (false, confirmation))
            }
            Message::EndPrivate => self.answer(ChatCommand::EndPrivate),
            Message::Remove => self.ask_about(ContactCommand::Remove),
            Message::EditContact => {
                self.menu_open = false;
                self.contact_editor = Some(ContactEditor::of(&self.info));
                Action::Task(operation::focus(id::CONTACT_NAME))
            }
            Message::ContactEditor(message) => self.name(message),
            Message::Block => self.ask_about(ContactCommand::Block),
            Message::Unblock => self.ask_about(ContactCommand::Unblock),
            Message::OpenVerify => self.open_verify(),
            Message::Explain(explains) => done(self.new_key.shows_explanation = explains),
            Message::AcceptKey(fingerprint) => self.ask(ChatCommand::AcceptKey(fingerprint)),
            Message::OpenKeys => self.close_menu(Action::OpenKeys),
            Message::OpenPractice => self.close_menu(Action::OpenPractice),
            Message::Leave => Action::Leave,
            Message::ToggleMenu => done(self.menu_open = !self.menu_open),
            Message::AcceptContact => self.ask_about(ContactCommand::Accept),
            Message::DeclineContact => self.ask_about(ContactCommand::Decline),
            Message::Retry { id, seen } => self.ask(ChatCommand::Retry { id, seen }),
            // Exactly what was asked: if it has become private meanwhile, it is not sent so.
            Message::SendReadable(id) => {
                self.answer(ChatCommand::Retry { id, seen: Padlock::NotPrivate })
            }
            Message::SendDraft => {
                self.confirmation = None;
                self.composer.may_go_as_shown();
                self.send(Padlock::NotPrivate)
            }
            Message::EditLast => self.edit_last(),
            Message::StopEditing => done(self.stop_editing()),
            Message::Edit(id) => self.edit(id),
            Message::Discard(id) => done(self.confirmation = Some(Confirmation::Discard(id))),
            Message::DiscardForGood(id) => self.answer(ChatCommand::Discard(id)),
            Message::CopyOutgoing(id) => {
                copy(self.timeline.outgoing(&id).map(|outgoing| outgoing.text.as_str()))
            }
            Message::Copy(key) => copy(self.timeline.item(key).and_then(item::Item::text)),
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

    /// Sends a command for this chat.
    fn ask(&self, command: ChatCommand) -> Action {
        Action::Command(Command::Chat(self.id.clone(), command))
    }

    /// The same, and closes the confirmation that it answers.
    fn answer(&mut self, command: ChatCommand) -> Action {
        self.confirmation = None;
        let action = self.ask(command);
        self.close_menu(action)
    }

    /// Sends a command about the contact, and closes the confirmation that it answers.
    fn ask_about(&mut self, command: ContactCommand) -> Action {
        self.confirmation = None;
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

    /// Starts the key exchange though the contact seems to be away. Not while we are offline.
    fn try_now(&mut self) -> Action {
        self.menu_open = false;
        if self.is_in_sight() { self.ask(ChatCommand::TryNow) } else { Action::None }
    }

    fn name(&mut self, message: contact_editor::Message) -> Action {
        let Some(mut contact_editor) = self.contact_editor.take() else { return Action::None };
        match message {
            contact_editor::Message::Cancel => Action::None,
            contact_editor::Message::AddGroup if !contact_editor.is_joining() => {
                self.named(contact_editor)
            }
            contact_editor::Message::Done => self.named(contact_editor),
            contact_editor::Message::AddGroup => {
                contact_editor.update(message);
                self.contact_editor = Some(contact_editor);
                // Where one types has moved.
                Action::Task(operation::focus(id::CONTACT_GROUP))
            }
            contact_editor::Message::Name(_)
            | contact_editor::Message::Group(_)
            | contact_editor::Message::RemoveGroup(_) => {
                contact_editor.update(message);
                self.contact_editor = Some(contact_editor);
                Action::None
            }
        }
    }

    fn named(&mut self, contact_editor: ContactEditor) -> Action {
        let (name, groups) = contact_editor.finish();
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
            self.confirmation = None;
            self.contact_editor = None;
            self.new_key.shows_explanation = false;
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

    /// Reports a change of our typing state (XEP-0085).
    fn tell_writing(&mut self) -> Action {
        let writing = !self.composer.is_blank() && self.closed().is_none();
        if std::mem::replace(&mut self.self_typing, writing) == writing {
            return Action::None;
        }
        self.ask(ChatCommand::Writing(writing))
    }

    fn send(&mut self, seen: Padlock) -> Action {
        if composer_bar::is_closed(seen) || self.closed().is_some() || self.confirmation.is_some() {
            self.refusal = (!self.composer.is_blank()).then_some(Refusal::Undecided);
            return Action::None;
        }
        if seen.is_plain() && self.composer.is_meant_private() {
            self.debounce.asks(Instant::now());
            self.confirmation = Some(Confirmation::SendDraft);
            return Action::None;
        }
        let Some(text) = self.composer.take() else { return Action::None };
        // A text that arrives says that it is written.
        self.self_typing = false;
        self.timeline.clear_new();
        self.timeline.start_at_end();
        let chat = self.id.clone();
        let (id, replaces) = (new_message_id(), self.finish_correction());
        Action::Command(Command::Chat(
            chat,
            ChatCommand::Send(NewMessage { id, text, seen, replaces }),
        ))
    }
}

/// No action is needed.
const fn done((): ()) -> Action {
    Action::None
}

fn copy(text: Option<&str>) -> Action {
    text.map_or(Action::None, |text| Action::Task(clipboard::write(untrusted::copied(text))))
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
