//! The update of onboarding: from step to step, and to the conversations.

use engine::{Command, ImportCommand, ImportId, PracticeCommand, Route, Secret, Server};
use iced::widget::operation;

use super::import::{self, Import};
use super::sign_in::{self, SignIn};
use super::{Action, Message, Onboarding, OnboardingStep, register, start, vault_choice};
use crate::screen::connection_form::ConnectionForm;
use crate::screen::practice_script;
use crate::widget::id;

impl Onboarding {
    /// Handles what the person did.
    pub fn update(&mut self, message: Message) -> Action {
        match message {
            Message::Vault(message) => self.in_vault(message),
            Message::Start(message) => self.in_start(&message),
            Message::SignIn(message) => self.in_sign_in(message),
            Message::Register(message) => self.in_register(message),
            Message::Import(message) => self.in_import(message),
        }
    }

    /// Goes back one step; `None` while the vault is being opened.
    pub fn escape(&mut self) -> Option<Action> {
        let back = match &self.step {
            OnboardingStep::Opening => return None,
            OnboardingStep::Vault(_) => Message::Vault(vault_choice::Message::Back),
            OnboardingStep::Start => Message::Start(start::Message::Back),
            OnboardingStep::SignIn(_) => Message::SignIn(sign_in::Message::Back),
            OnboardingStep::Register(_) => Message::Register(register::Message::Back),
            OnboardingStep::Import(_) => Message::Import(import::Message::Back),
        };
        Some(self.update(back))
    }

    /// Starts the practice account.
    pub fn practise(&mut self) -> Action {
        self.practice_requested = true;
        Action::Command(Command::Practice(PracticeCommand::Start(practice_script())))
    }

    fn in_vault(&mut self, message: vault_choice::Message) -> Action {
        let OnboardingStep::Vault(choice) = &mut self.step else { return Action::None };
        match choice.update(message) {
            vault_choice::Action::None => Action::None,
            vault_choice::Action::Command(command) => Action::Command(command),
            vault_choice::Action::Task(task) => Action::Task(task.map(Message::Vault)),
        }
    }

    fn in_start(&mut self, message: &start::Message) -> Action {
        match message {
            start::Message::SignIn => {
                self.step = OnboardingStep::SignIn(Box::default());
                Action::Task(operation::focus(id::ADDRESS))
            }
            start::Message::Register => {
                self.step = OnboardingStep::Register(Box::default());
                Action::Task(operation::focus(id::DOMAIN))
            }
            start::Message::Import => {
                let mut screen = Import::default();
                let scan = screen.look();
                self.step = OnboardingStep::Import(Box::new(screen));
                Action::Command(scan)
            }
            start::Message::Practice => self.practise(),
            start::Message::Back => Action::Leave,
        }
    }

    fn in_import(&mut self, message: import::Message) -> Action {
        let OnboardingStep::Import(screen) = &mut self.step else { return Action::None };
        match screen.update(message) {
            import::Action::None => Action::None,
            import::Action::Command(command) => Action::Command(command),
            import::Action::Task(task) => Action::Task(task.map(Message::Import)),
            import::Action::Back => {
                self.step = OnboardingStep::Start;
                Action::Command(Command::Import(ImportCommand::Discard))
            }
        }
    }

    /// The keys were imported. An account that is not signed in to yet gets its form, filled in:
    /// nothing is sent before the person says so.
    pub(super) fn account_imported(
        &mut self,
        id: &ImportId,
        (server, route): (&Server, Option<&Route>),
        password: Option<Secret>,
        is_known: bool,
    ) -> Action {
        let discard = Action::Command(Command::Import(ImportCommand::Discard));
        if is_known {
            return Action::All(vec![Action::KeysImported(id.program), discard]);
        }
        let (address, connection) =
            (id.account.to_string(), ConnectionForm::imported(server, route));
        let screen = SignIn::with(address, password.unwrap_or_default(), connection, None)
            .imported_from(id.program, route.is_some());
        self.step = OnboardingStep::SignIn(Box::new(screen));
        Action::All(vec![discard, Action::Task(operation::focus(id::PASSWORD))])
    }

    fn in_register(&mut self, message: register::Message) -> Action {
        let OnboardingStep::Register(screen) = &mut self.step else { return Action::None };
        let action = screen.update(message);
        self.continue_registration(action)
    }

    pub(super) fn continue_registration(&mut self, action: register::Action) -> Action {
        match action {
            register::Action::None => Action::None,
            register::Action::Command(command) => Action::Command(command),
            register::Action::Task(task) => Action::Task(task.map(Message::Register)),
            register::Action::Back => Action::Leave,
            register::Action::SignIn { address, password, connection, trusted } => {
                let screen = SignIn::with(address, password, connection, trusted);
                self.step = OnboardingStep::SignIn(Box::new(screen));
                self.in_sign_in(sign_in::Message::Submit)
            }
        }
    }

    fn in_sign_in(&mut self, message: sign_in::Message) -> Action {
        let OnboardingStep::SignIn(screen) = &mut self.step else { return Action::None };
        match screen.update(message) {
            sign_in::Action::None => Action::None,
            sign_in::Action::Command(command) => Action::Command(command),
            sign_in::Action::Task(task) => Action::Task(task.map(Message::SignIn)),
            sign_in::Action::Instead(before, command) => {
                Action::All(vec![Action::Forget(before), Action::Command(command)])
            }
            sign_in::Action::Back(tried) => {
                Action::All(tried.map(Action::Forget).into_iter().chain([Action::Leave]).collect())
            }
        }
    }
}
