//! The dialog of one account: connection state, security, own presence, privacy, blocked contacts,
//! password, XML console, and deleting the account.

mod console;
mod overview;
mod password;
mod removal;
#[cfg(test)]
mod tests;

use engine::{
    AccountCommand, AccountEvent, Availability, BareJid, Command, ConnectionCommand,
    ContactCommand, Event, PinnedKey, PrivacySettings, Setting,
};
use iced::widget::{column, container, operation, row};
use iced::{Element, Fill, Task};

use self::console::Console;
use self::password::Password;
use self::removal::Removal;
use super::account::Account;
use crate::screen::connection_form::{self, ConnectionForm};
use crate::screen::sign_in_error;
use crate::t;
use crate::theme::{self, space};
use crate::widget::{self, id};

/// State of the dialog.
#[derive(Debug)]
pub struct AccountSheet {
    account: BareJid,
    page: Page,
    error_details: bool,
    protection_details: bool,
}

#[derive(Debug)]
enum Page {
    Overview,
    Connection { form: ConnectionForm, asked: bool },
    Password(Password),
    Removal(Removal),
    Console(Console),
}

/// What a person can do on it.
#[derive(Clone, Debug)]
pub enum Message {
    /// Close it.
    Dismiss,
    /// Back to the overview.
    Overview,
    /// About a refused sign-in.
    SignInError(sign_in_error::Message),
    /// Connect without waiting.
    TryNow,
    /// Expand or fold how the connection is protected.
    Protection(bool),
    /// Set our own presence.
    Show(Availability),
    /// Set what contacts learn.
    PrivacySettings(PrivacySettings),
    /// Edit the connection settings.
    EditConnection,
    /// In the connection form.
    Connection(connection_form::Message),
    /// Apply the connection settings.
    ApplyConnection,
    /// Unpin the server's key, and check certificates again.
    GiveUpKey,
    /// Open the page for another password.
    ChangePassword,
    /// On the page for another password.
    Password(password::Message),
    /// Unblock a contact.
    Unblock(BareJid),
    /// Open the XML console.
    OpenConsole,
    /// Set how much of the XML it shows.
    Watch(engine::Console),
    /// Sign out; asks first.
    SignOut,
    /// Remove the account from its server; asks first.
    Remove,
    /// Yes, remove it.
    RemoveForGood,
}

/// What the parent has to do about it.
#[derive(Debug)]
#[must_use]
pub enum Action {
    /// Nothing has to be done.
    None,
    /// Close it.
    Dismiss,
    /// Send this command to the engine; the sheet stays.
    Command(Command),
    /// Ask whether to sign out.
    SignOut(BareJid),
    /// Run this task.
    Task(Task<Message>),
}

impl AccountSheet {
    /// The overview of an account.
    #[must_use]
    pub const fn new(account: BareJid) -> Self {
        Self { account, page: Page::Overview, error_details: false, protection_details: false }
    }

    /// The account it is about.
    #[must_use]
    pub const fn account(&self) -> &BareJid {
        &self.account
    }

    /// Whether something was typed here that a click beside the sheet must not lose.
    #[must_use]
    pub const fn holds_text(&self) -> bool {
        matches!(self.page, Page::Connection { .. } | Page::Password(_))
    }

    /// Handles an event of the engine.
    pub fn observe(&mut self, event: &Event) {
        match (event, &mut self.page) {
            (
                Event::Account(account, AccountEvent::PasswordChanged(result)),
                Page::Password(page),
            ) if *account == self.account => {
                page.answered(result.clone());
            }
            (Event::Account(account, AccountEvent::NotDeleted(failure)), Page::Removal(page))
                if *account == self.account =>
            {
                page.failed(failure.clone());
            }
            (Event::Account(account, AccountEvent::Place { .. }), Page::Connection { .. })
                if *account == self.account =>
            {
                self.page = Page::Overview;
            }
            (
                Event::Account(account, AccountEvent::Traffic { direction, xml, dropped }),
                Page::Console(page),
            ) if *account == self.account => {
                page.record(*direction, xml, *dropped);
            }
            _ => {}
        }
    }

    /// Whether what goes over this account's stream is looked at.
    #[must_use]
    pub fn watches(&self, account: &BareJid) -> bool {
        self.account == *account && matches!(self.page, Page::Console(_))
    }

    /// The engine rejected the command: everything typed stays, and the screen says so.
    pub fn command_rejected(&mut self) {
        match &mut self.page {
            Page::Password(page) => page.command_rejected(),
            Page::Removal(page) => page.command_rejected(),
            Page::Overview | Page::Connection { .. } | Page::Console(_) => {}
        }
    }

    /// Handles what the person did; `known` is what is known of the account.
    pub fn update(&mut self, message: Message, known: &Account) -> Action {
        let account = self.account.clone();
        match message {
            Message::Dismiss => return Action::Dismiss,
            Message::Overview => self.page = Page::Overview,
            Message::SignInError(message) => return self.decide(message),
            Message::TryNow => {
                return Action::Command(Command::Connection(account, ConnectionCommand::Reconnect));
            }
            Message::Protection(details) => self.protection_details = details,
            Message::Show(own_presence) => {
                return Action::Command(Command::Set(Setting::Availability(own_presence)));
            }
            Message::PrivacySettings(manners) => {
                return Action::Command(Command::Account(
                    account,
                    AccountCommand::SetPrivacySettings(manners),
                ));
            }
            Message::EditConnection => {
                let form = known
                    .connection
                    .as_ref()
                    .map(|settings| ConnectionForm::of(&settings.server, &settings.route));
                self.page = Page::Connection { form: form.unwrap_or_default(), asked: false };
            }
            Message::Connection(message) => return self.in_connection_form(message),
            Message::ApplyConnection => return self.apply_connection(),
            Message::GiveUpKey => return trust(account, None),
            Message::ChangePassword => {
                self.page = Page::Password(Password::default());
                return Action::Task(operation::focus(id::NEW_PASSWORD));
            }
            Message::Password(message) => {
                let Page::Password(page) = &mut self.page else { return Action::None };
                return match page.update(message) {
                    password::Action::None => Action::None,
                    password::Action::Task(task) => Action::Task(task.map(Message::Password)),
                    password::Action::Change(password) => Action::Command(Command::Account(
                        account,
                        AccountCommand::ChangePassword(password),
                    )),
                };
            }
            Message::Unblock(contact) => {
                let chat = engine::ChatId { account, contact };
                return Action::Command(Command::Contact(chat, ContactCommand::Unblock));
            }
            Message::OpenConsole => self.page = Page::Console(Console::default()),
            Message::Watch(console) => {
                let Page::Console(page) = &mut self.page else { return Action::None };
                page.set_level(console);
                return Action::Command(Command::Account(
                    account,
                    AccountCommand::SetConsole(console),
                ));
            }
            Message::SignOut => return Action::SignOut(account),
            Message::Remove => self.page = Page::Removal(Removal::default()),
            Message::RemoveForGood => {
                let Page::Removal(page) = &mut self.page else { return Action::None };
                page.asked();
                return Action::Command(Command::Account(account, AccountCommand::Delete));
            }
        }
        Action::None
    }

    fn decide(&mut self, message: sign_in_error::Message) -> Action {
        let account = self.account.clone();
        match message {
            sign_in_error::Message::Details(details) => {
                self.error_details = details;
                Action::None
            }
            sign_in_error::Message::Trust(key) => trust(account, Some(key)),
            sign_in_error::Message::AcceptWeaker => {
                Action::Command(Command::Connection(account, ConnectionCommand::AcceptWeaker))
            }
            sign_in_error::Message::AllowPlain => {
                Action::Command(Command::Connection(account, ConnectionCommand::AllowPlain))
            }
        }
    }

    fn in_connection_form(&mut self, message: connection_form::Message) -> Action {
        let Page::Connection { form, .. } = &mut self.page else { return Action::None };
        match form.update(message) {
            connection_form::Action::None => Action::None,
            connection_form::Action::Task(task) => Action::Task(task.map(Message::Connection)),
            connection_form::Action::Submit => self.apply_connection(),
        }
    }

    /// The fields stay until the account is told to be at the new place.
    fn apply_connection(&mut self) -> Action {
        let Page::Connection { form, asked } = &mut self.page else { return Action::None };
        *asked = true;
        match form.read(self.account.domain().as_str()) {
            Ok((server, route)) => Action::Command(Command::Connection(
                self.account.clone(),
                ConnectionCommand::Move { server, route },
            )),
            Err(field) => Action::Task(operation::focus(field)),
        }
    }

    /// Draws it.
    #[must_use]
    pub fn view<'a>(
        &'a self,
        known: &'a Account,
        own_presence: Availability,
    ) -> Element<'a, Message> {
        let page = match &self.page {
            Page::Overview => overview::view(self, known, own_presence),
            Page::Connection { form, asked } => column![
                widget::title(t!("route-title")),
                Element::from(form.fields(*asked)).map(Message::Connection),
            ]
            .spacing(space::M)
            .into(),
            Page::Password(page) => page.view().map(Message::Password),
            Page::Removal(page) => page.view(&self.account),
            Page::Console(page) => page.view(),
        };
        column![page].push(self.buttons()).spacing(space::M).into()
    }

    fn buttons(&self) -> Option<Element<'_, Message>> {
        let forward = match &self.page {
            Page::Overview => return None,
            Page::Console(_) => iced::widget::space().into(),
            Page::Connection { .. } => {
                widget::primary(t!("route-apply"), Some(Message::ApplyConnection))
            }
            Page::Password(page) => page.button().map(Message::Password),
            Page::Removal(page) => {
                let press = (!page.is_waiting()).then_some(Message::RemoveForGood);
                widget::danger(t!("remove-account-yes"), press)
            }
        };
        let back = widget::secondary(t!("back"), Some(Message::Overview));
        Some(
            row![back, container(forward).width(Fill).align_x(theme::end())]
                .spacing(space::S)
                .into(),
        )
    }
}

const fn trust(account: BareJid, key: Option<PinnedKey>) -> Action {
    Action::Command(Command::Connection(account, ConnectionCommand::TrustServer(key)))
}
