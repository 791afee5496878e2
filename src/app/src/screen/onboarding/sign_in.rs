//! The sign-in screen. What was typed stays until signing in has worked.

use engine::{
    AccountState, BareJid, Command, ConnectionCommand, OfflineReason, PinnedKey, Program, Secret,
    SignInFailure, VaultFailure,
};
use iced::widget::{Id, column, operation, row, text_input};
use iced::{Center, Element, Fill, Task};

use crate::icon::Icon;
use crate::names::program_name;
use crate::screen::connection_form::{self, ConnectionForm};
use crate::screen::sign_in_error;
use crate::theme::{Tone, space};
use crate::widget::{self, id};
use crate::{address, error_text, t};

/// State of the screen.
#[derive(Debug, Default)]
pub struct SignIn {
    address: String,
    password: Secret,
    connection: ConnectionForm,
    asked: bool,
    attempt: Attempt,
    details: bool,
    known: bool,
    /// Whose keys were imported before, if that led here.
    imported: Option<Imported>,
    /// The server key that the person pinned on the registration screen, and its server.
    trusted: Option<(BareJid, PinnedKey)>,
}

/// Where an account was imported from.
#[derive(Debug)]
struct Imported {
    program: Program,
    knows_route: bool,
}

impl Imported {
    fn words(&self) -> String {
        let program = program_name(self.program);
        if self.knows_route {
            t!("imported", program = program)
        } else {
            t!("imported-choose-route", program = program)
        }
    }
}

/// The attempt to sign in.
#[derive(Debug, Default)]
enum Attempt {
    #[default]
    None,
    Running(BareJid),
    Stuck {
        account: BareJid,
        why: Why,
    },
}

/// Why an attempt does not go on by itself.
#[derive(Debug)]
enum Why {
    Offline(OfflineReason),
    Unreadable(VaultFailure),
    EngineBusy,
    Refused(SignInFailure),
}

/// What a person can do here.
#[derive(Clone, Debug)]
pub enum Message {
    /// Typed an address.
    Address(String),
    /// Typed a password.
    Password(Secret),
    /// In the section for the server and the route to it.
    Connection(connection_form::Message),
    /// About a refused sign-in.
    SignInError(sign_in_error::Message),
    /// Pressed Enter in a field that is not the last.
    Next(Id),
    /// Pressed the button.
    Submit,
    /// Pressed Back, or Escape.
    Back,
}

/// What the parent has to do about it.
#[derive(Debug)]
#[must_use]
pub enum Action {
    /// Nothing has to be done.
    None,
    /// Send this command to the engine.
    Command(Command),
    /// Forget the account that was tried before, then ask the engine.
    Instead(BareJid, Command),
    /// Run this task.
    Task(Task<Message>),
    /// Leave, and forget the account that was being tried, if it is a new one.
    Back(Option<BareJid>),
}

impl SignIn {
    /// For an account that is known, but was refused.
    #[must_use]
    pub fn again(account: &BareJid) -> Self {
        Self { address: account.to_string(), known: true, ..Self::default() }
    }

    /// With what was just typed and trusted to make an account; to be submitted.
    #[must_use]
    pub fn with(
        address: String,
        password: Secret,
        connection: ConnectionForm,
        trusted: Option<(BareJid, PinnedKey)>,
    ) -> Self {
        Self { address, password, connection, trusted, ..Self::default() }
    }

    /// The same, after the account's keys were imported; `knows_route` tells whether the other
    /// program's route to the server is known.
    #[must_use]
    pub fn imported_from(self, program: Program, knows_route: bool) -> Self {
        Self { imported: Some(Imported { program, knows_route }), ..self }
    }

    /// The account being signed in, if one is.
    #[must_use]
    pub const fn trying(&self) -> Option<&BareJid> {
        match &self.attempt {
            Attempt::None => None,
            Attempt::Running(account) | Attempt::Stuck { account, .. } => Some(account),
        }
    }

    /// Takes in how the account that is being tried stands.
    pub fn observe(&mut self, account: &BareJid, state: &AccountState) {
        if self.trying() != Some(account) {
            return;
        }
        let account = account.clone();
        self.attempt = match state {
            AccountState::Connecting | AccountState::Online => Attempt::Running(account),
            AccountState::Offline { reason, .. } => {
                Attempt::Stuck { account, why: Why::Offline(reason.clone()) }
            }
            AccountState::Refused(failure) => {
                Attempt::Stuck { account, why: Why::Refused(failure.clone()) }
            }
            AccountState::Unreadable(failure) => {
                Attempt::Stuck { account, why: Why::Unreadable(failure.clone()) }
            }
        };
    }

    /// The engine rejected the command: everything typed stays, and the screen says so.
    pub fn command_rejected(&mut self) {
        if let Attempt::Running(account) = std::mem::take(&mut self.attempt) {
            self.attempt = Attempt::Stuck { account, why: Why::EngineBusy };
        }
    }

    /// Handles what the person did.
    pub fn update(&mut self, message: Message) -> Action {
        match message {
            Message::Address(address) => self.address = address,
            Message::Password(password) => self.password = password,
            Message::Connection(message) => match self.connection.update(message) {
                connection_form::Action::None => {}
                connection_form::Action::Task(task) => {
                    return Action::Task(task.map(Message::Connection));
                }
                connection_form::Action::Submit => return self.submit(),
            },
            Message::SignInError(message) => return self.decide(message),
            Message::Next(field) => return Action::Task(operation::focus(field)),
            Message::Submit => return self.submit(),
            Message::Back => {
                let tried = self.trying().filter(|_| !self.known).cloned();
                return Action::Back(tried);
            }
        }
        Action::None
    }

    /// Answers what only the person can decide, for the account that was refused.
    fn decide(&mut self, message: sign_in_error::Message) -> Action {
        let (Attempt::Stuck { account, .. }, decided) = (&self.attempt, message) else {
            return Action::None;
        };
        let account = account.clone();
        let command = match decided {
            sign_in_error::Message::Details(details) => {
                self.details = details;
                return Action::None;
            }
            sign_in_error::Message::Trust(key) => {
                Command::Connection(account.clone(), ConnectionCommand::TrustServer(Some(key)))
            }
            sign_in_error::Message::AcceptWeaker => {
                Command::Connection(account.clone(), ConnectionCommand::AcceptWeaker)
            }
            sign_in_error::Message::AllowPlain => {
                Command::Connection(account.clone(), ConnectionCommand::AllowPlain)
            }
        };
        self.attempt = Attempt::Running(account);
        Action::Command(command)
    }

    fn submit(&mut self) -> Action {
        self.asked = true;
        let Ok(account) = address::parse(&self.address) else {
            return Action::Task(operation::focus(id::ADDRESS));
        };
        if self.password.expose().is_empty() {
            return Action::Task(operation::focus(id::PASSWORD));
        }
        let (server, route) = match self.connection.read(account.domain().as_str()) {
            Ok(read) => read,
            Err(field) => return Action::Task(operation::focus(field)),
        };
        let before = self.trying().filter(|before| **before != account).cloned();
        self.attempt = Attempt::Running(account.clone());
        let password = self.password.clone();
        let trusted = self.trusted.as_ref();
        let trusted = trusted.filter(|(server, _)| server.domain() == account.domain());
        let trusted_key = trusted.map(|(_, key)| Box::new(*key));
        let command = Command::Connection(
            account,
            ConnectionCommand::SignIn { password, server, route, trusted_key },
        );
        match before {
            Some(before) => Action::Instead(before, command),
            None => Action::Command(command),
        }
    }

    /// Draws it.
    #[must_use]
    pub fn view(&self) -> Element<'_, Message> {
        widget::centered_card(440.0, || self.form())
    }

    fn form(&self) -> Element<'_, Message> {
        let running = matches!(self.attempt, Attempt::Running(_));
        let head = column![widget::title(t!("sign-in-title")), widget::hint(t!("sign-in-lead"))]
            .spacing(space::XS);
        let buttons = row![
            widget::secondary(t!("back"), Some(Message::Back)),
            iced::widget::space().width(Fill),
            widget::primary(self.submit_label(), (!running).then_some(Message::Submit)),
        ]
        .align_y(Center);
        let account = address::parse(&self.address).ok();
        let domain = account.as_ref().map_or("", |account| account.domain().as_str());
        let imported = self.imported.as_ref().map(Imported::words);
        let imported = imported.map(|words| widget::note(Icon::Check, Tone::Success, words));
        column![head]
            .push(imported)
            .extend([
                self.address_field(),
                self.password_field(),
                self.connection.view(self.asked, domain).map(Message::Connection),
            ])
            .push(self.status())
            .push(buttons)
            .spacing(space::M)
            .into()
    }

    fn submit_label(&self) -> String {
        match self.attempt {
            Attempt::None => t!("sign-in"),
            Attempt::Running(_) => t!("signing-in"),
            Attempt::Stuck { .. } => t!("try-again"),
        }
    }

    fn status(&self) -> Option<Element<'_, Message>> {
        match &self.attempt {
            Attempt::None => None,
            Attempt::Running(_) => {
                Some(widget::note(Icon::Ring, Tone::Muted, t!("sign-in-running")).into())
            }
            Attempt::Stuck { why, .. } => Some(self.stuck(why)),
        }
    }

    fn stuck(&self, why: &Why) -> Element<'_, Message> {
        let words = match why {
            Why::Refused(failure) => {
                return sign_in_error::view(failure, self.details).map(Message::SignInError);
            }
            Why::Offline(reason) => error_text::offline(reason),
            Why::Unreadable(failure) => error_text::unreadable(failure),
            Why::EngineBusy => t!("engine-busy"),
        };
        widget::note(Icon::Warning, Tone::Danger, words).into()
    }

    fn address_field(&self) -> Element<'_, Message> {
        let wrong = address::complaint(&self.address, self.asked);
        let input = text_input(&t!("address-placeholder"), &self.address)
            .id(id::ADDRESS)
            .on_input_maybe((!self.known).then_some(Message::Address))
            .on_submit(Message::Next(id::PASSWORD));
        widget::field(t!("address"), input, wrong).into()
    }

    fn password_field(&self) -> Element<'_, Message> {
        let missing = self.asked && self.password.expose().is_empty();
        let input = text_input(&t!("password"), self.password.expose())
            .id(id::PASSWORD)
            .secure(true)
            .on_input(|typed| Message::Password(Secret::new(typed)))
            .on_submit(Message::Submit);
        widget::field(t!("password"), input, missing.then(|| t!("password-empty"))).into()
    }
}

#[cfg(test)]
mod tests;
