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
    /// Draws around a window what keeps keys back.
    pub(super) fn holding<'a>(
        &self,
        window: window::Id,
        content: Element<'a, Message>,
    ) -> Element<'a, Message> {
        let settled = self.settled.get(&window).copied().unwrap_or_default();
        let rules = key_buffer::Rules {
            shortcut: Box::new(move |shortcut| Message::Key(window, shortcut)),
            user_action: Box::new(move |seq, message| {
                Message::UserAction(window, seq, Box::new(message))
            }),
            is_typing,
        };
        key_buffer(content, settled, rules)
    }

    /// Does it; keys go on when all that it asked for is done, the moving of the focus last: a click
    /// took it away from where one types, and what was clicked may be gone.
    pub(super) fn user_action(
        &mut self,
        window: window::Id,
        seq: ActionSeq,
        message: Message,
    ) -> Task<Message> {
        let after = focus_after(&message);
        let in_main = self.windows.get(&window) != Some(&WindowKind::Keys);
        let before = self.focus_target();
        let task = self.take_in(message);
        let task = match after {
            Some(focus) => {
                self.keyboard_focus = focus;
                task
            }
            None if in_main => task.chain(self.type_again(before.as_ref())),
            None => task,
        };
        if task.units() == 0 {
            self.settle(window, seq);
            return Task::none();
        }
        task.chain(Task::done(Message::Settled(window, seq)))
    }

    /// Where one types in the main window now, if that is no question.
    pub(super) fn focus_target(&self) -> Option<FocusTarget> {
        match &self.screen {
            Screen::Messenger => self.messenger.focus_target(),
            Screen::Onboarding(_) => None,
        }
    }

    /// Notes where the person types.
    pub(super) const fn note_search(&mut self, message: &Message) {
        if is_search(message) {
            self.keyboard_focus = KeyboardFocus::Manual;
        }
    }

    /// Moves the focus to where one types, unless the person types elsewhere.
    pub(super) fn follow(&self, before: Option<FocusTarget>, task: Task<Message>) -> Task<Message> {
        match self.focus_target() {
            Some(place)
                if Some(&place) != before.as_ref()
                    && self.keyboard_focus == KeyboardFocus::Managed =>
            {
                task.chain(go_to(&place, true))
            }
            Some(_) | None => task,
        }
    }

    /// Lets one type in the main window again, where it was or elsewhere.
    pub(super) fn type_again(&mut self, before: Option<&FocusTarget>) -> Task<Message> {
        self.keyboard_focus = KeyboardFocus::Managed;
        self.focus_target().map_or_else(Task::none, |place| go_to(&place, Some(&place) != before))
    }

    /// Lets one type on where it was.
    pub(super) fn type_on(&mut self) -> Task<Message> {
        let place = self.focus_target();
        self.type_again(place.as_ref())
    }

    /// Lets the keys go on.
    pub(super) fn settle(&mut self, window: window::Id, seq: ActionSeq) {
        let settled = self.settled.entry(window).or_default();
        *settled = seq.max(*settled);
    }
}

/// Moves the focus there, and where one types, into sight. What a sheet says is read from its
/// beginning, though Enter already takes the button at its end, and letters the field.
fn go_to(place: &FocusTarget, is_new: bool) -> Task<Message> {
    let focus = operation::focus(place.id());
    match (place.is_on_sheet(), is_new) {
        (true, true) => {
            let beginning = operation::AbsoluteOffset { x: 0.0, y: 0.0 };
            focus.chain(operation::scroll_to(id::ON_SHEET, beginning))
        }
        (true, false) => focus,
        (false, _) => focus.chain(reveal()),
    }
}

/// Whether something is typed on a sheet, in a field that may be out of sight.
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
