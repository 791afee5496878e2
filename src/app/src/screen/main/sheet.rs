//! What may lie on top of the main window.

use engine::{BareJid, Command};
use iced::widget::{column, row};
use iced::{Element, Fill, Right, Task};

use super::help;
use super::new_contact::{self, NewContact};
use crate::theme::space;
use crate::{t, widget};

/// The sheet on top.
#[derive(Debug)]
pub enum Sheet {
    /// Whom to add.
    NewContact(NewContact),
    /// Whether to sign out.
    SignOut(BareJid),
    /// The shortcuts.
    Help,
}

/// What a person can do on it.
#[derive(Clone, Debug)]
pub enum Message {
    /// Put it away.
    Dismiss,
    /// On the sheet for a new contact.
    NewContact(new_contact::Message),
    /// Yes, sign out.
    SignOut,
}

/// What the parent has to do about it.
#[derive(Debug)]
#[must_use]
pub enum Action {
    /// Nothing.
    None,
    /// Put it away.
    Dismiss,
    /// Put it away and ask the engine.
    Command(Command),
    /// Run this.
    Task(Task<Message>),
}

impl Sheet {
    /// Asks whom to add to an account.
    #[must_use]
    pub fn new_contact(account: BareJid) -> Self {
        Self::NewContact(NewContact::new(account))
    }

    /// Takes in what the person did.
    pub fn update(&mut self, message: Message) -> Action {
        match (message, self) {
            (Message::Dismiss, _) => Action::Dismiss,
            (Message::NewContact(message), Self::NewContact(sheet)) => {
                match sheet.update(message) {
                    Some(command) => Action::Command(command),
                    None => Action::None,
                }
            }
            (Message::SignOut, Self::SignOut(account)) => {
                Action::Command(Command::SignOut(account.clone()))
            }
            (Message::NewContact(_) | Message::SignOut, _) => Action::None,
        }
    }

    /// Draws it.
    #[must_use]
    pub fn view(&self) -> Element<'_, Message> {
        match self {
            Self::NewContact(sheet) => sheet.view(),
            Self::SignOut(account) => sign_out(account),
            Self::Help => help::view(),
        }
    }
}

fn sign_out(account: &BareJid) -> Element<'_, Message> {
    column![
        widget::title(t!("sign-out-title")),
        widget::body(t!("sign-out-about", account = account.to_string())),
        column![
            row![
                widget::quiet(t!("cancel"), Some(Message::Dismiss)),
                widget::danger(t!("sign-out"), Some(Message::SignOut)),
            ]
            .spacing(space::S)
        ]
        .width(Fill)
        .align_x(Right),
    ]
    .spacing(space::M)
    .into()
}
