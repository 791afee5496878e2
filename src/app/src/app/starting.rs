//! The first screens: where secrets rest, and the ways to an account.

use engine::{
    AccountEvent, BareJid, Command, ConnectionCommand, Event, ForeignId, ImportCommand,
    PracticeCommand, Route, Secret, Server,
};
use iced::Task;
use iced::widget::operation;

use super::{App, Message, Stage};
use crate::screen::connection_form::ConnectionForm;
use crate::screen::import::{self, Import};
use crate::screen::sign_in::{self, SignIn};
use crate::screen::{messenger, start, vault_choice};
use crate::t;
use crate::widget::id;

impl App {
    pub(super) fn in_vault(&mut self, message: vault_choice::Message) -> Task<Message> {
        let Stage::Vault(choice) = &mut self.stage else { return Task::none() };
        match choice.update(message) {
            vault_choice::Action::None => Task::none(),
            vault_choice::Action::Command(command) => self.tell(command),
            vault_choice::Action::Task(task) => task.map(Message::Vault),
        }
    }

    pub(super) fn in_start(&mut self, message: &start::Message) -> Task<Message> {
        match message {
            start::Message::SignIn => {
                self.stage = Stage::SignIn(Box::default());
                operation::focus(id::ADDRESS)
            }
            start::Message::Register => {
                self.stage = Stage::Register(Box::default());
                operation::focus(id::DOMAIN)
            }
            start::Message::Import => {
                let mut screen = Import::default();
                let look = screen.look();
                self.stage = Stage::Import(Box::new(screen));
                self.tell(look)
            }
            start::Message::Practice => self.practise(),
            start::Message::Back => {
                self.stage = self.home();
                Task::none()
            }
        }
    }

    pub(super) fn practise(&mut self) -> Task<Message> {
        self.practice_asked = true;
        self.tell(Command::Practice(PracticeCommand::Start(messenger::practice_script())))
    }

    pub(super) fn in_import(&mut self, message: import::Message) -> Task<Message> {
        let Stage::Import(screen) = &mut self.stage else { return Task::none() };
        match screen.update(message) {
            import::Action::None => Task::none(),
            import::Action::Command(command) => self.tell(command),
            import::Action::Task(task) => task.map(Message::Import),
            import::Action::Back => {
                self.stage = Stage::Start;
                self.tell(Command::Import(ImportCommand::Discard))
            }
        }
    }

    /// The keys are here. An account that is not gets its form, filled in: nothing is sent before the
    /// person says so.
    pub(super) fn account_imported(
        &mut self,
        id: &ForeignId,
        (server, route): (&Server, Option<&Route>),
        password: Option<Secret>,
    ) -> Task<Message> {
        if !matches!(self.stage, Stage::Import(_)) {
            return Task::none();
        }
        let words = t!("imported", program = import::name(id.program));
        if self.messenger.has_account(&id.account) {
            self.messenger.say(words);
            self.stage = Stage::Messenger;
            return self.tell(Command::Import(ImportCommand::Discard));
        }
        let (address, connection) =
            (id.account.to_string(), ConnectionForm::imported(server, route));
        let words = match route {
            Some(_) => words,
            None => format!("{words} {}", t!("imported-way")),
        };
        let screen =
            SignIn::with(address, password.unwrap_or_default(), connection, None).saying(words);
        let leave = self.tell(Command::Import(ImportCommand::Discard));
        self.stage = Stage::SignIn(Box::new(screen));
        Task::batch([leave, operation::focus(id::PASSWORD)])
    }

    pub(super) fn in_sign_in(&mut self, message: sign_in::Message) -> Task<Message> {
        let Stage::SignIn(screen) = &mut self.stage else { return Task::none() };
        match screen.update(message) {
            sign_in::Action::None => Task::none(),
            sign_in::Action::Command(command) => self.tell(command),
            sign_in::Action::Task(task) => task.map(Message::SignIn),
            sign_in::Action::Instead(before, command) => {
                Task::batch([self.forget(before), self.tell(command)])
            }
            sign_in::Action::Back(tried) => {
                let forget = tried.map_or_else(Task::none, |account| self.forget(account));
                self.stage = self.home();
                forget
            }
        }
    }

    /// Forgets an account that was tried and never worked.
    fn forget(&mut self, account: BareJid) -> Task<Message> {
        self.messenger.observe(Event::Account(account.clone(), AccountEvent::Removed));
        self.tell(Command::Connection(account, ConnectionCommand::SignOut))
    }
}
