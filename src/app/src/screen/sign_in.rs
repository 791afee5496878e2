//! Signing in to an account. What was typed stays until it worked.

use engine::{AccountState, BareJid, Command, ConnectionCommand, PinnedKey, Secret, SignInFailure};
use iced::widget::{Id, column, operation, row, text_input};
use iced::{Center, Element, Fill, Task};

use crate::icon::Icon;
use crate::screen::trouble;
use crate::screen::way::{self, Way};
use crate::theme::{Tone, space};
use crate::widget::{self, id};
use crate::{address, reason, t};

/// State of the screen.
#[derive(Debug, Default)]
pub struct SignIn {
    address: String,
    password: Secret,
    way: Way,
    asked: bool,
    attempt: Attempt,
    details: bool,
    known: bool,
    /// What led here.
    said: Option<String>,
    /// A key that the person trusts already, and at which server.
    trusted: Option<(BareJid, PinnedKey)>,
}

/// How the attempt stands.
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
    Words(String),
    Refused(SignInFailure),
}

/// What a person can do here.
#[derive(Clone, Debug)]
pub enum Message {
    /// Typed an address.
    Address(String),
    /// Typed a password.
    Password(Secret),
    /// In the section for the server and the way to it.
    Way(way::Message),
    /// About a refusal.
    Trouble(trouble::Message),
    /// Pressed Enter in a field that is not the last.
    Next(Id),
    /// Pressed the button.
    Submit,
    /// Turned away.
    Back,
}

/// What the parent has to do about it.
#[derive(Debug)]
#[must_use]
pub enum Action {
    /// Nothing.
    None,
    /// Ask the engine.
    Command(Command),
    /// Forget the account that was tried before, then ask the engine.
    Instead(BareJid, Command),
    /// Run this.
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
        way: Way,
        trusted: Option<(BareJid, PinnedKey)>,
    ) -> Self {
        Self { address, password, way, trusted, ..Self::default() }
    }

    /// With a word on what led here.
    #[must_use]
    pub fn saying(self, words: String) -> Self {
        Self { said: Some(words), ..self }
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
                Attempt::Stuck { account, why: Why::Words(reason::offline(reason)) }
            }
            AccountState::Refused(failure) => {
                Attempt::Stuck { account, why: Why::Refused(failure.clone()) }
            }
            AccountState::Unreadable(failure) => {
                Attempt::Stuck { account, why: Why::Words(reason::unreadable(failure)) }
            }
        };
    }

    /// The engine did not take the command; everything typed is still here.
    pub fn not_sent(&mut self) {
        if let Attempt::Running(account) = std::mem::take(&mut self.attempt) {
            self.attempt = Attempt::Stuck { account, why: Why::Words(t!("engine-busy")) };
        }
    }

    /// Takes in what the person did.
    pub fn update(&mut self, message: Message) -> Action {
        match message {
            Message::Address(address) => self.address = address,
            Message::Password(password) => self.password = password,
            Message::Way(message) => match self.way.update(message) {
                way::Action::None => {}
                way::Action::Task(task) => return Action::Task(task.map(Message::Way)),
                way::Action::Submit => return self.submit(),
            },
            Message::Trouble(message) => return self.decide(message),
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
    fn decide(&mut self, message: trouble::Message) -> Action {
        let (Attempt::Stuck { account, .. }, decided) = (&self.attempt, message) else {
            return Action::None;
        };
        let account = account.clone();
        let command = match decided {
            trouble::Message::Details(details) => {
                self.details = details;
                return Action::None;
            }
            trouble::Message::Trust(key) => {
                Command::Connection(account.clone(), ConnectionCommand::TrustServer(Some(key)))
            }
            trouble::Message::AcceptWeaker => {
                Command::Connection(account.clone(), ConnectionCommand::AcceptWeaker)
            }
            trouble::Message::AllowPlain => {
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
        let (server, route) = match self.way.read(account.domain().as_str()) {
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
        widget::page(440.0, || self.form())
    }

    fn form(&self) -> Element<'_, Message> {
        let running = matches!(self.attempt, Attempt::Running(_));
        let head = column![widget::title(t!("sign-in-title")), widget::hint(t!("sign-in-lead"))]
            .spacing(space::XS);
        let foot = row![
            widget::quiet(t!("back"), Some(Message::Back)),
            iced::widget::space().width(Fill),
            widget::primary(self.submit_label(), (!running).then_some(Message::Submit)),
        ]
        .align_y(Center);
        let account = address::parse(&self.address).ok();
        let domain = account.as_ref().map_or("", |account| account.domain().as_str());
        let said = self.said.as_deref();
        let said = said.map(|words| widget::note(Icon::Check, Tone::Good, words));
        column![head]
            .push(said)
            .extend([
                self.address_field(),
                self.password_field(),
                self.way.view(self.asked, domain).map(Message::Way),
            ])
            .push(self.standing())
            .push(foot)
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

    fn standing(&self) -> Option<Element<'_, Message>> {
        match &self.attempt {
            Attempt::None => None,
            Attempt::Running(_) => {
                Some(widget::note(Icon::Ring, Tone::Muted, t!("sign-in-running")).into())
            }
            Attempt::Stuck { why: Why::Words(words), .. } => {
                Some(widget::note(Icon::Warning, Tone::Danger, words.as_str()).into())
            }
            Attempt::Stuck { why: Why::Refused(failure), .. } => {
                Some(trouble::view(failure, self.details).map(Message::Trouble))
            }
        }
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
