//! Carries out what a person does, one action after the other, and moves the keyboard focus to where one
//! types next. Keys that follow wait in the window's key buffer until that is done.

use iced::widget::operation;
use iced::{Element, Task, window};

use super::windows::WindowKind;
use super::{App, Message, Screen};
use crate::screen::{chat, contacts, keys, messenger};
use crate::shortcut::Shortcut;
use crate::widget::key_buffer::{self, ActionSeq, key_buffer};
use crate::widget::{FocusTarget, id, reveal};

impl App {
    /// Surrounds a window with its key buffer.
    pub(super) fn buffer_keys<'a>(
        &self,
        window: window::Id,
        content: Element<'a, Message>,
    ) -> Element<'a, Message> {
        let settled = self.settled.get(&window).copied().unwrap_or_default();
        let rules = key_buffer::Rules {
            shortcut: Box::new(move |shortcut| Message::Key(window, shortcut)),
            missed: Box::new(|| Message::ClickedNothing),
            user_action: Box::new(move |seq, message| {
                Message::UserAction(window, seq, Box::new(message))
            }),
            is_typing,
        };
        key_buffer(content, settled, rules)
    }

    /// Carries out a user action. Its keys go on when all its tasks have run. The last of them moves the
    /// focus: a click took it away from where one types, and what was clicked may be gone.
    pub(super) fn user_action(
        &mut self,
        window: window::Id,
        seq: ActionSeq,
        message: Message,
    ) -> Task<Message> {
        let after = focus_after(&message);
        let in_main = self.windows.get(&window) != Some(&WindowKind::Keys);
        let before = self.focus_target();
        let task = self.handle(message);
        let task = match after {
            Some(focus) => {
                self.keyboard_focus = focus;
                task
            }
            None if in_main => task.chain(self.take_focus_back(before.as_ref())),
            None => task,
        };
        if task.units() == 0 {
            self.settle(window, seq);
            return Task::none();
        }
        task.chain(Task::done(Message::Settled(window, seq)))
    }

    /// The widget of the main window that is to have the keyboard focus, if there is one.
    pub(super) fn focus_target(&self) -> Option<FocusTarget> {
        match &self.screen {
            Screen::Messenger => self.messenger.focus_target(),
            Screen::Onboarding(_) => None,
        }
    }

    /// Leaves the focus in the search while the person types there.
    pub(super) const fn note_search(&mut self, message: &Message) {
        if is_search(message) {
            self.keyboard_focus = KeyboardFocus::Manual;
        }
    }

    /// Moves the focus after a task if its target has changed, unless it is in the person's hands.
    /// What is still being typed into a dialog that went away by itself goes nowhere.
    pub(super) fn move_focus(
        &self,
        before: Option<FocusTarget>,
        by_itself: bool,
        task: Task<Message>,
    ) -> Task<Message> {
        let was_on_sheet = before.as_ref().is_some_and(FocusTarget::is_on_sheet);
        match self.focus_target() {
            Some(target) if by_itself && was_on_sheet && !target.is_on_sheet() => {
                task.chain(operation::focus(id::NOWHERE))
            }
            Some(target)
                if Some(&target) != before.as_ref()
                    && self.keyboard_focus == KeyboardFocus::Managed =>
            {
                task.chain(focus_on(&target, true))
            }
            Some(_) | None => task,
        }
    }

    /// Manages the focus again, and moves it to its target.
    pub(super) fn take_focus_back(&mut self, before: Option<&FocusTarget>) -> Task<Message> {
        self.keyboard_focus = KeyboardFocus::Managed;
        self.focus_target()
            .map_or_else(Task::none, |target| focus_on(&target, Some(&target) != before))
    }

    /// The same, where the target has not changed.
    pub(super) fn restore_focus(&mut self) -> Task<Message> {
        let target = self.focus_target();
        self.take_focus_back(target.as_ref())
    }

    /// Marks a user action as settled, so that the keys after it go on.
    pub(super) fn settle(&mut self, window: window::Id, seq: ActionSeq) {
        let settled = self.settled.entry(window).or_default();
        *settled = seq.max(*settled);
    }
}

/// Moves the focus to a target, and scrolls it into view. A dialog is scrolled to its beginning, where
/// one starts to read, though Enter already presses the button at its end.
fn focus_on(target: &FocusTarget, is_new: bool) -> Task<Message> {
    let focus = operation::focus(target.id());
    match (target.is_on_sheet(), is_new) {
        (true, true) => {
            let beginning = operation::AbsoluteOffset { x: 0.0, y: 0.0 };
            focus.chain(operation::scroll_to(id::ON_SHEET, beginning))
        }
        (true, false) => focus,
        (false, _) => focus.chain(reveal()),
    }
}

/// Whether something is typed in a dialog, in a field that may be out of view.
pub(super) const fn is_on_sheet(message: &Message) -> bool {
    match message {
        Message::Messenger(messenger::Message::Sheet(message)) => message.is_typing(),
        Message::Messenger(messenger::Message::Chat(_, chat::Message::Verify(message))) => {
            message.is_typing()
        }
        Message::Messenger(_)
        | Message::Events(_)
        | Message::EngineGone
        | Message::AskedToEnd
        | Message::Opened(_)
        | Message::Monitor(..)
        | Message::Closed(_)
        | Message::Focus(..)
        | Message::Key(..)
        | Message::ClickedNothing
        | Message::UserAction(..)
        | Message::Settled(..)
        | Message::Mode(_)
        | Message::Onboarding(_)
        | Message::Keys(_) => false,
    }
}

/// Whether a message only changes a text where the focus is. What is rarely typed is not told apart.
fn is_typing(message: &Message) -> bool {
    match message {
        Message::Messenger(message) => message.is_typing(),
        Message::Keys(message) => matches!(message, keys::Message::Searched(_)),
        Message::Onboarding(message) => message.is_typing(),
        Message::Events(_)
        | Message::EngineGone
        | Message::AskedToEnd
        | Message::Opened(_)
        | Message::Monitor(..)
        | Message::Closed(_)
        | Message::Focus(..)
        | Message::Key(..)
        | Message::ClickedNothing
        | Message::UserAction(..)
        | Message::Settled(..)
        | Message::Mode(_) => false,
    }
}

/// Whether the window moves the keyboard focus by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum KeyboardFocus {
    /// To the focus target of the main window, whenever that changes.
    #[default]
    Managed,
    /// The person types in the search, or in another window: nothing that happens by itself takes the
    /// focus away.
    Manual,
}

/// What a shortcut makes of the keyboard focus, if it moves it itself.
const fn focus_after(message: &Message) -> Option<KeyboardFocus> {
    let Message::Key(_, shortcut) = message else { return None };
    match shortcut {
        Shortcut::Search => Some(KeyboardFocus::Manual),
        Shortcut::FocusNext
        | Shortcut::FocusPrevious
        | Shortcut::ZoomIn
        | Shortcut::ZoomOut
        | Shortcut::ResetZoom => Some(KeyboardFocus::Managed),
        Shortcut::NewContact
        | Shortcut::Next
        | Shortcut::Previous
        | Shortcut::GoPrivate
        | Shortcut::Verify
        | Shortcut::Help
        | Shortcut::Escape
        | Shortcut::Close
        | Shortcut::Quit => None,
    }
}

/// Whether somebody is searched for, wherever the caret was put by the mouse.
const fn is_search(message: &Message) -> bool {
    matches!(
        message,
        Message::Messenger(messenger::Message::Contacts(contacts::Message::Search(_)))
    )
}
