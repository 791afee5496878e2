//! Signing in to an account. What was typed stays until it worked.

use engine::{AccountState, BareJid, Command, Route, Secret, Server};
use iced::widget::{Id, checkbox, column, container, operation, row, text_input};
use iced::{Center, Element, Fill, Task};

use crate::icon::Icon;
use crate::theme::{self, Tone, space};
use crate::widget::{self, id};
use crate::{address, reason, t};

/// The port that most servers use (RFC 6120 §14.7).
const PORT_USUAL: u16 = 5222;

/// State of the screen.
#[derive(Debug, Default)]
pub struct SignIn {
    address: String,
    password: Secret,
    place: Place,
    asked: bool,
    attempt: Attempt,
    known: bool,
}

/// Where the server is, as typed.
#[derive(Debug, Default)]
struct Place {
    shown: bool,
    host: String,
    port: String,
    direct_tls: bool,
}

/// How the attempt stands.
#[derive(Debug, Default)]
enum Attempt {
    #[default]
    None,
    Running(BareJid),
    Stuck {
        account: BareJid,
        words: String,
    },
}

/// What a person can do here.
#[derive(Clone, Debug)]
pub enum Message {
    /// Typed an address.
    Address(String),
    /// Typed a password.
    Password(Secret),
    /// Unfolded or folded the server section.
    ToggleServer,
    /// Typed a host.
    Host(String),
    /// Typed a port.
    Port(String),
    /// Chose TLS from the first byte.
    DirectTls(bool),
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
                Attempt::Stuck { account, words: reason::offline(reason) }
            }
            AccountState::Refused(failure) => {
                Attempt::Stuck { account, words: reason::refused(failure) }
            }
        };
    }

    /// The engine did not take the command; everything typed is still here.
    pub fn not_sent(&mut self) {
        if let Attempt::Running(account) = std::mem::take(&mut self.attempt) {
            self.attempt = Attempt::Stuck { account, words: t!("engine-busy") };
        }
    }

    /// Takes in what the person did.
    pub fn update(&mut self, message: Message) -> Action {
        match message {
            Message::Address(address) => self.address = address,
            Message::Password(password) => self.password = password,
            Message::ToggleServer => self.place.shown = !self.place.shown,
            Message::Host(host) => self.place.host = host,
            Message::Port(port) => self.place.port = port,
            Message::DirectTls(direct_tls) => self.place.direct_tls = direct_tls,
            Message::Next(field) => return Action::Task(operation::focus(field)),
            Message::Submit => return self.submit(),
            Message::Back => {
                let tried = self.trying().filter(|_| !self.known).cloned();
                return Action::Back(tried);
            }
        }
        Action::None
    }

    fn submit(&mut self) -> Action {
        self.asked = true;
        let Ok(account) = address::parse(&self.address) else {
            return Action::Task(operation::focus(id::ADDRESS));
        };
        if self.password.expose().is_empty() {
            return Action::Task(operation::focus(id::PASSWORD));
        }
        let Ok(server) = self.place.server() else {
            self.place.shown = true;
            return Action::Task(operation::focus(id::PORT));
        };
        let before = self.trying().filter(|before| **before != account).cloned();
        self.attempt = Attempt::Running(account.clone());
        let (password, route) = (self.password.clone(), Route::Direct);
        let command = Command::SignIn { account, password, server, route };
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
        column![head, self.address_field(), self.password_field(), self.place.view(self.asked)]
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
            Attempt::Stuck { words, .. } => {
                Some(widget::note(Icon::Warning, Tone::Danger, words.as_str()).into())
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

impl Place {
    /// What the engine is told; `Err` when the port is not one.
    fn server(&self) -> Result<Server, ()> {
        let host = self.host.trim();
        let port = match self.port.trim() {
            "" => PORT_USUAL,
            typed => typed.parse().ok().filter(|port| *port > 0).ok_or(())?,
        };
        if host.is_empty() {
            return Ok(Server::Discover);
        }
        Ok(Server::At { host: host.to_owned(), port, direct_tls: self.direct_tls })
    }

    fn view(&self, asked: bool) -> Element<'_, Message> {
        let icon = if self.shown { Icon::ChevronDown } else { Icon::ChevronRight };
        let fold = widget::bare(icon, t!("server"), Some(Message::ToggleServer));
        if !self.shown {
            return column![fold].into();
        }
        let wrong = (asked && self.server().is_err()).then(|| t!("port-wrong"));
        let host = text_input(&t!("host-placeholder"), &self.host)
            .id(id::HOST)
            .on_input(Message::Host)
            .on_submit(Message::Next(id::PORT));
        let port = text_input("5222", &self.port)
            .id(id::PORT)
            .on_input(Message::Port)
            .on_submit(Message::Submit);
        column![
            fold,
            widget::hint(t!("server-about")),
            row![
                widget::field(t!("host"), host, None),
                container(widget::field(t!("port"), port, wrong)).width(120.0),
            ]
            .spacing(space::SM),
            checkbox(self.direct_tls)
                .label(t!("direct-tls"))
                .text_size(theme::size::BODY)
                .style(theme::checkbox)
                .on_toggle(Message::DirectTls),
        ]
        .spacing(space::SM)
        .into()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use engine::{OfflineReason, SignInFailure};
    use iced_test::simulator;

    use super::*;

    fn filled() -> SignIn {
        let mut screen = SignIn::default();
        let _ = screen.update(Message::Address("alice@example.org".to_owned()));
        let _ = screen.update(Message::Password(Secret::new("secret".to_owned())));
        screen
    }

    fn shows(screen: &SignIn, words: &str) -> bool {
        simulator(screen.view()).find(words).is_ok()
    }

    #[test]
    fn what_is_typed_becomes_a_command() {
        let mut screen = SignIn::default();
        for (field, typed) in [(id::ADDRESS, "alice@example.org"), (id::PASSWORD, "secret")] {
            let mut ui = simulator(screen.view());
            ui.click(field).unwrap();
            let _ = ui.typewrite(typed);
            for message in ui.into_messages().collect::<Vec<_>>() {
                let _ = screen.update(message);
            }
        }
        let mut ui = simulator(screen.view());
        ui.click(t!("sign-in").as_str()).unwrap();
        let submit = ui.into_messages().next().unwrap();
        let Action::Command(Command::SignIn { account, password, server, .. }) =
            screen.update(submit)
        else {
            panic!("no command");
        };
        assert_eq!(account.to_string(), "alice@example.org");
        assert_eq!(password.expose(), "secret");
        assert_eq!(server, Server::Discover);
    }

    #[test]
    fn a_malformed_address_is_named_while_typing() {
        let mut screen = SignIn::default();
        let _ = screen.update(Message::Address("alice smith@example.org".to_owned()));
        assert!(shows(&screen, &t!("address-malformed")));
    }

    #[test]
    fn an_unfinished_address_is_named_on_submit_only() {
        let mut screen = filled();
        let _ = screen.update(Message::Address("alice".to_owned()));
        assert!(!shows(&screen, &t!("address-no-server")));
        assert!(matches!(screen.update(Message::Submit), Action::Task(_)));
        assert!(shows(&screen, &t!("address-no-server")));
    }

    #[test]
    fn a_refusal_is_told_and_everything_typed_stays() {
        let mut screen = filled();
        let _ = screen.update(Message::Submit);
        let account = "alice@example.org".parse().unwrap();
        screen.observe(&account, &AccountState::Refused(SignInFailure::WrongPassword));
        assert!(shows(&screen, &t!("refused-wrong-password")));
        assert!(shows(&screen, &t!("try-again")));
        assert!(matches!(
            screen.update(Message::Submit),
            Action::Command(Command::SignIn { password, .. }) if password.expose() == "secret"
        ));
    }

    #[test]
    fn a_server_that_can_not_be_reached_is_told() {
        let mut screen = filled();
        let _ = screen.update(Message::Submit);
        let account = "alice@example.org".parse().unwrap();
        let reason = OfflineReason::ConnectionLost;
        screen
            .observe(&account, &AccountState::Offline { reason, retry_in: Duration::from_secs(5) });
        assert!(shows(&screen, &t!("offline-connection-lost")));
    }

    #[test]
    fn news_of_another_account_change_nothing() {
        let mut screen = filled();
        let _ = screen.update(Message::Submit);
        let other = "bob@example.org".parse().unwrap();
        screen.observe(&other, &AccountState::Refused(SignInFailure::WrongPassword));
        assert!(shows(&screen, &t!("signing-in")));
    }

    #[test]
    fn a_server_given_by_hand_is_used() {
        let mut screen = filled();
        let _ = screen.update(Message::Host(" 127.0.0.1 ".to_owned()));
        let _ = screen.update(Message::Port("5223".to_owned()));
        let _ = screen.update(Message::DirectTls(true));
        let Action::Command(Command::SignIn { server, .. }) = screen.update(Message::Submit) else {
            panic!("no command");
        };
        let host = "127.0.0.1".to_owned();
        assert_eq!(server, Server::At { host, port: 5223, direct_tls: true });
    }

    #[test]
    fn a_port_that_is_none_is_refused_where_it_was_typed() {
        let mut screen = filled();
        let _ = screen.update(Message::Host("localhost".to_owned()));
        let _ = screen.update(Message::Port("70000".to_owned()));
        assert!(matches!(screen.update(Message::Submit), Action::Task(_)));
        assert!(shows(&screen, &t!("port-wrong")));
    }

    #[test]
    fn a_corrected_address_takes_the_place_of_the_one_tried_before() {
        let mut screen = filled();
        let _ = screen.update(Message::Submit);
        let _ = screen.update(Message::Address("alice@example.net".to_owned()));
        assert!(matches!(
            screen.update(Message::Submit),
            Action::Instead(before, Command::SignIn { account, .. })
                if before.domain().as_str() == "example.org"
                    && account.domain().as_str() == "example.net"
        ));
    }

    #[test]
    fn going_back_forgets_only_an_account_that_was_new() {
        let mut screen = filled();
        let _ = screen.update(Message::Submit);
        assert!(matches!(screen.update(Message::Back), Action::Back(Some(_))));

        let mut screen = SignIn::again(&"alice@example.org".parse().unwrap());
        let _ = screen.update(Message::Password(Secret::new("secret".to_owned())));
        let _ = screen.update(Message::Submit);
        assert!(matches!(screen.update(Message::Back), Action::Back(None)));
    }
}
