//! The sheet of one account of ours: how it stands, how it is protected, what can be changed.

mod console;
mod overview;
mod password;
mod removal;
#[cfg(test)]
mod tests;

use engine::{
    AccountCommand, AccountEvent, Availability, BareJid, Command, ConnectionCommand,
    ContactCommand, Event, Manners, PinnedKey, Setting,
};
use iced::widget::{column, container, operation, row};
use iced::{Element, Fill, Task};

use self::console::Console;
use self::password::Password;
use self::removal::Removal;
use super::account::Account;
use crate::screen::trouble;
use crate::screen::way::{self, Way};
use crate::t;
use crate::theme::space;
use crate::widget::{self, id};

/// State of the sheet.
#[derive(Debug)]
pub struct Ours {
    account: BareJid,
    page: Page,
    trouble_details: bool,
    protection_details: bool,
}

#[derive(Debug)]
enum Page {
    Overview,
    Way { way: Way, asked: bool },
    Password(Password),
    Removal(Removal),
    Console(Console),
}

/// What a person can do on it.
#[derive(Clone, Debug)]
pub enum Message {
    /// Put it away.
    Dismiss,
    /// Back to the overview.
    Overview,
    /// About a refusal.
    Trouble(trouble::Message),
    /// Connect without waiting.
    TryNow,
    /// Unfold or fold how the connection is protected.
    Protection(bool),
    /// Show ourselves so to contacts.
    Show(Availability),
    /// Tell contacts so much.
    Manners(Manners),
    /// Choose another way to the server.
    ChangeWay,
    /// In the fields for it.
    Way(way::Message),
    /// Go that way from now on.
    TakeWay,
    /// Go back from one trusted key to certificates.
    GiveUpKey,
    /// Choose another password.
    ChangePassword,
    /// In the fields for it.
    Password(password::Message),
    /// Let somebody through again.
    Unblock(BareJid),
    /// Look at what goes over the stream.
    OpenConsole,
    /// Show so much of it.
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
    /// Nothing.
    None,
    /// Put it away.
    Dismiss,
    /// Ask the engine; the sheet stays.
    Command(Command),
    /// Ask whether to sign out.
    SignOut(BareJid),
    /// Run this.
    Task(Task<Message>),
}

impl Ours {
    /// The overview of an account.
    #[must_use]
    pub const fn new(account: BareJid) -> Self {
        Self { account, page: Page::Overview, trouble_details: false, protection_details: false }
    }

    /// Whose it is.
    #[must_use]
    pub const fn account(&self) -> &BareJid {
        &self.account
    }

    /// Whether something was typed here that a click beside the sheet must not lose.
    #[must_use]
    pub const fn holds_text(&self) -> bool {
        matches!(self.page, Page::Way { .. } | Page::Password(_))
    }

    /// Takes in what the engine reports.
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
                page.kept(failure.clone());
            }
            (Event::Account(account, AccountEvent::Place { .. }), Page::Way { .. })
                if *account == self.account =>
            {
                self.page = Page::Overview;
            }
            (
                Event::Account(account, AccountEvent::Traffic { direction, xml, dropped }),
                Page::Console(page),
            ) if *account == self.account => {
                page.passed(*direction, xml, *dropped);
            }
            _ => {}
        }
    }

    /// Whether what goes over this account's stream is looked at.
    #[must_use]
    pub fn watches(&self, account: &BareJid) -> bool {
        self.account == *account && matches!(self.page, Page::Console(_))
    }

    /// The engine did not take the command; everything typed is still here.
    pub fn not_sent(&mut self) {
        match &mut self.page {
            Page::Password(page) => page.not_sent(),
            Page::Removal(page) => page.not_sent(),
            Page::Overview | Page::Way { .. } | Page::Console(_) => {}
        }
    }

    /// Takes in what the person did; `known` is what is known of the account.
    pub fn update(&mut self, message: Message, known: &Account) -> Action {
        let account = self.account.clone();
        match message {
            Message::Dismiss => return Action::Dismiss,
            Message::Overview => self.page = Page::Overview,
            Message::Trouble(message) => return self.decide(message),
            Message::TryNow => {
                return Action::Command(Command::Connection(account, ConnectionCommand::Reconnect));
            }
            Message::Protection(details) => self.protection_details = details,
            Message::Show(shown) => {
                return Action::Command(Command::Set(Setting::Availability(shown)));
            }
            Message::Manners(manners) => {
                return Action::Command(Command::Account(
                    account,
                    AccountCommand::SetManners(manners),
                ));
            }
            Message::ChangeWay => {
                let way = known.place.as_ref().map(|place| Way::of(&place.server, &place.route));
                self.page = Page::Way { way: way.unwrap_or_default(), asked: false };
            }
            Message::Way(message) => return self.in_way(message),
            Message::TakeWay => return self.take_way(),
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
                page.show(console);
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

    fn decide(&mut self, message: trouble::Message) -> Action {
        let account = self.account.clone();
        match message {
            trouble::Message::Details(details) => {
                self.trouble_details = details;
                Action::None
            }
            trouble::Message::Trust(key) => trust(account, Some(key)),
            trouble::Message::AcceptWeaker => {
                Action::Command(Command::Connection(account, ConnectionCommand::AcceptWeaker))
            }
            trouble::Message::AllowPlain => {
                Action::Command(Command::Connection(account, ConnectionCommand::AllowPlain))
            }
        }
    }

    fn in_way(&mut self, message: way::Message) -> Action {
        let Page::Way { way, .. } = &mut self.page else { return Action::None };
        match way.update(message) {
            way::Action::None => Action::None,
            way::Action::Task(task) => Action::Task(task.map(Message::Way)),
            way::Action::Submit => self.take_way(),
        }
    }

    /// The fields stay until the account is told to be at the new place.
    fn take_way(&mut self) -> Action {
        let Page::Way { way, asked } = &mut self.page else { return Action::None };
        *asked = true;
        match way.read(self.account.domain().as_str()) {
            Ok((server, route)) => Action::Command(Command::Connection(
                self.account.clone(),
                ConnectionCommand::Move { server, route },
            )),
            Err(field) => Action::Task(operation::focus(field)),
        }
    }

    /// Draws it.
    #[must_use]
    pub fn view<'a>(&'a self, known: &'a Account, shown: Availability) -> Element<'a, Message> {
        let page = match &self.page {
            Page::Overview => overview::view(self, known, shown),
            Page::Way { way, asked } => column![
                widget::title(t!("way-title")),
                Element::from(way.fields(*asked)).map(Message::Way),
            ]
            .spacing(space::M)
            .into(),
            Page::Password(page) => page.view().map(Message::Password),
            Page::Removal(page) => page.view(&self.account),
            Page::Console(page) => page.view(),
        };
        column![page].push(self.foot()).spacing(space::M).into()
    }

    fn foot(&self) -> Option<Element<'_, Message>> {
        let right = match &self.page {
            Page::Overview => return None,
            Page::Console(_) => iced::widget::space().into(),
            Page::Way { .. } => widget::primary(t!("way-take"), Some(Message::TakeWay)),
            Page::Password(page) => page.button().map(Message::Password),
            Page::Removal(page) => {
                let press = (!page.is_waiting()).then_some(Message::RemoveForGood);
                widget::danger(t!("remove-account-yes"), press)
            }
        };
        let back = widget::quiet(t!("back"), Some(Message::Overview));
        Some(row![back, container(right).align_right(Fill)].spacing(space::S).into())
    }
}

const fn trust(account: BareJid, key: Option<PinnedKey>) -> Action {
    Action::Command(Command::Connection(account, ConnectionCommand::TrustServer(key)))
}
