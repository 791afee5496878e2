//! The modal dialogs (sheets) over the main window, of which at most one is open.

use engine::{Availability, BareJid, Command, ConnectionCommand, PracticeAct, PracticeCommand};
use iced::widget::{column, row};
use iced::{Element, Fill, Task};

use super::account_sheet::{self, AccountSheet};
use super::new_contact::{self, NewContact};
use super::{Account, help, practice};
use crate::theme::{self, space};
use crate::widget::{FocusTarget, id};
use crate::{t, widget};

/// The open dialog.
#[derive(Debug)]
pub enum Sheet {
    /// Adding a contact.
    NewContact(NewContact),
    /// An account.
    Account(AccountSheet),
    /// Confirming to sign out.
    SignOut(BareJid),
    /// The keyboard shortcuts.
    Help,
    /// The practice panel, where there is no room for it beside the chat.
    Practice,
}

/// What a person can do on it.
#[derive(Clone, Debug)]
pub enum Message {
    /// Close it.
    Dismiss,
    /// On the sheet for a new contact.
    NewContact(new_contact::Message),
    /// On the sheet of an account.
    Account(account_sheet::Message),
    /// Yes, sign out.
    SignOut,
    /// Let the practice partner do something.
    Practice(PracticeAct),
}

impl Message {
    /// Whether it only changes a text.
    pub(crate) const fn is_typing(&self) -> bool {
        matches!(self, Self::NewContact(new_contact::Message::Typed(_)))
    }
}

/// What the parent has to do about it.
#[derive(Debug)]
#[must_use]
pub enum Action {
    /// Nothing has to be done.
    None,
    /// Close it.
    Dismiss,
    /// Close it, and send this command to the engine.
    Command(Command),
    /// Send this command to the engine, and stay open.
    Keep(Command),
    /// Ask whether to sign out.
    SignOut(BareJid),
    /// Run this task.
    Task(Task<Message>),
}

impl Sheet {
    /// Asks whom to add, and to which of these accounts: to the one that is looked at, if there is
    /// one. `None` without any.
    #[must_use]
    pub fn new_contact(accounts: Vec<BareJid>, open_account: Option<&BareJid>) -> Option<Self> {
        NewContact::new(accounts, open_account).map(Self::NewContact)
    }

    /// Where one types, or what Enter does; a sheet of several pages asks for that itself.
    #[must_use]
    pub fn focus_target(&self) -> Option<FocusTarget> {
        match self {
            Self::NewContact(_) => Some(FocusTarget::on_sheet(id::NEW_CONTACT, "new-contact")),
            Self::Account(_) => None,
            Self::SignOut(account) => Some(FocusTarget::on_sheet(id::SHEET, account.as_str())),
            Self::Help => Some(FocusTarget::on_sheet(id::SHEET, "help")),
            Self::Practice => Some(FocusTarget::on_sheet(id::SHEET, "practice")),
        }
    }

    /// The account it is about, if it is about one.
    #[must_use]
    pub const fn account(&self) -> Option<&BareJid> {
        match self {
            Self::NewContact(_) | Self::Help | Self::Practice => None,
            Self::Account(sheet) => Some(sheet.account()),
            Self::SignOut(account) => Some(account),
        }
    }

    /// Handles what the person did; `known` is what is known of the account.
    pub fn update(&mut self, message: Message, known: &Account) -> Action {
        match (message, self) {
            // A click beside the sheet loses nothing that was typed.
            (Message::Dismiss, Self::Account(sheet)) if sheet.holds_text() => Action::None,
            (Message::Dismiss, _) => Action::Dismiss,
            (Message::NewContact(message), Self::NewContact(sheet)) => {
                match sheet.update(message) {
                    new_contact::Action::None => Action::None,
                    new_contact::Action::Cancel => Action::Dismiss,
                    new_contact::Action::Command(command) => Action::Command(command),
                }
            }
            (Message::SignOut, Self::SignOut(account)) => {
                Action::Command(Command::Connection(account.clone(), ConnectionCommand::SignOut))
            }
            (Message::Account(message), Self::Account(sheet)) => match sheet.update(message, known)
            {
                account_sheet::Action::None => Action::None,
                account_sheet::Action::Dismiss => Action::Dismiss,
                account_sheet::Action::Command(command) => Action::Keep(command),
                account_sheet::Action::SignOut(account) => Action::SignOut(account),
                account_sheet::Action::Task(task) => Action::Task(task.map(Message::Account)),
            },
            (Message::Practice(act), Self::Practice) => {
                Action::Command(Command::Practice(PracticeCommand::Act(act)))
            }
            (
                Message::NewContact(_)
                | Message::Account(_)
                | Message::SignOut
                | Message::Practice(_),
                _,
            ) => Action::None,
        }
    }

    /// Draws it; of an account of ours with what is known of it, and how we show ourselves.
    #[must_use]
    pub fn view<'a>(
        &'a self,
        known: Option<&'a Account>,
        own_presence: Availability,
    ) -> Element<'a, Message> {
        match self {
            Self::NewContact(sheet) => sheet.view().map(Message::NewContact),
            Self::Account(sheet) => match known {
                Some(known) => sheet.view(known, own_presence).map(Message::Account),
                None => column![].into(),
            },
            Self::SignOut(account) => sign_out(account),
            Self::Help => help::view(Message::Dismiss),
            Self::Practice => practice::sheet(Message::Practice, Message::Dismiss),
        }
    }
}

fn sign_out(account: &BareJid) -> Element<'_, Message> {
    column![
        widget::title(t!("sign-out-title")),
        widget::body(t!("sign-out-about", account = account.to_string())),
        column![
            row![
                widget::secondary_at(id::SHEET, t!("cancel"), Some(Message::Dismiss)),
                widget::danger(t!("sign-out"), Some(Message::SignOut)),
            ]
            .spacing(space::S)
            .wrap()
        ]
        .width(Fill)
        .align_x(theme::end()),
    ]
    .spacing(space::M)
    .into()
}
