//! The page that changes the password on the server (XEP-0077 §3.3).

use engine::{RequestFailure, Secret};
use iced::widget::{column, operation, text_input};
use iced::{Element, Task};

use crate::icon::Icon;
use crate::theme::{Tone, space};
use crate::widget::{self, id};
use crate::{error_text, t};

/// State of the page.
#[derive(Debug, Default)]
pub(super) struct Password {
    new: Secret,
    again: Secret,
    asked: bool,
    state: FormState,
}

#[derive(Debug, Default)]
enum FormState {
    #[default]
    Typing,
    Waiting,
    Done,
    NotTaken,
    Failed(RequestFailure),
}

/// What a person can do here.
#[derive(Clone, Debug)]
pub enum Message {
    /// Typed a password.
    New(Secret),
    /// Typed it again.
    Again(Secret),
    /// Pressed Enter in the first field.
    Next,
    /// Pressed the button.
    Submit,
}

/// What the parent has to do about it.
#[derive(Debug)]
pub(super) enum Action {
    None,
    Task(Task<Message>),
    Change(Secret),
}

impl Password {
    /// The server answered, or did not.
    pub(super) fn answered(&mut self, result: Result<(), RequestFailure>) {
        *self = match result {
            Ok(()) => Self { state: FormState::Done, ..Self::default() },
            Err(failure) => Self { state: FormState::Failed(failure), ..std::mem::take(self) },
        };
    }

    /// The engine did not take it.
    pub(super) fn command_rejected(&mut self) {
        self.state = FormState::NotTaken;
    }

    pub(super) fn update(&mut self, message: Message) -> Action {
        match message {
            Message::New(new) => self.new = new,
            Message::Again(again) => self.again = again,
            Message::Next => return Action::Task(operation::focus(id::NEW_PASSWORD_AGAIN)),
            Message::Submit => return self.submit(),
        }
        Action::None
    }

    fn submit(&mut self) -> Action {
        self.asked = true;
        if matches!(self.state, FormState::Waiting) {
            return Action::None;
        }
        if self.new.expose().is_empty() {
            return Action::Task(operation::focus(id::NEW_PASSWORD));
        }
        if self.new != self.again {
            return Action::Task(operation::focus(id::NEW_PASSWORD_AGAIN));
        }
        self.state = FormState::Waiting;
        Action::Change(self.new.clone())
    }

    pub(super) fn view(&self) -> Element<'_, Message> {
        let empty = self.asked && self.new.expose().is_empty();
        let different = self.asked && self.new != self.again;
        let new = text_input(&t!("new-password"), self.new.expose())
            .id(id::NEW_PASSWORD)
            .secure(true)
            .on_input(|typed| Message::New(Secret::new(typed)))
            .on_submit(Message::Next);
        let again = text_input(&t!("new-password"), self.again.expose())
            .id(id::NEW_PASSWORD_AGAIN)
            .secure(true)
            .on_input(|typed| Message::Again(Secret::new(typed)))
            .on_submit(Message::Submit);
        column![
            widget::title(t!("change-password")),
            widget::hint(t!("change-password-about")),
            widget::field(t!("new-password"), new, empty.then(|| t!("password-empty"))),
            widget::field(
                t!("passphrase-again"),
                again,
                different.then(|| t!("passphrase-different"))
            ),
        ]
        .push(self.status())
        .spacing(space::M)
        .into()
    }

    fn status(&self) -> Option<Element<'_, Message>> {
        let (icon, tone, words) = match &self.state {
            FormState::Typing => return None,
            FormState::Waiting => (Icon::Ring, Tone::Muted, t!("asking-server")),
            FormState::Done => (Icon::Check, Tone::Success, t!("change-password-done")),
            FormState::NotTaken => (Icon::Warning, Tone::Danger, t!("engine-busy")),
            FormState::Failed(failure) => {
                (Icon::Warning, Tone::Danger, error_text::not_done(failure))
            }
        };
        Some(widget::note(icon, tone, words).into())
    }

    pub(super) fn button(&self) -> Element<'_, Message> {
        let waiting = matches!(self.state, FormState::Waiting);
        widget::primary(t!("change-password"), (!waiting).then_some(Message::Submit))
    }
}
