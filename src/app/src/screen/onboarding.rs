//! Onboarding: opening the vault, and the screens on which an account is signed in to, registered
//! (XEP-0077) or imported from another program. Shown in the main window until there is an account,
//! and again whenever one more is added.
//!
//! Not here: the accounts themselves and their conversations, which belong to the messenger.

pub mod import;
pub mod register;
pub mod sign_in;
pub mod start;
pub mod vault_choice;

mod update;

use engine::{
    AccountEvent, AccountState, BareJid, Command, Event, ImportEvent, Program, SignInFailure,
    VaultEvent, VaultFailure, is_practice,
};
use iced::widget::{center, column, operation};
use iced::{Center, Element, Task};

use self::import::Import;
use self::register::Register;
use self::sign_in::SignIn;
use self::vault_choice::Choice;
use crate::icon::Icon;
use crate::theme::{Tone, space};
use crate::widget::id;
use crate::{t, widget};

/// State of onboarding.
#[derive(Debug, Default)]
pub struct Onboarding {
    step: OnboardingStep,
    /// Set when the person starts practice; cleared by the first state of the practice account,
    /// which then is shown.
    practice_requested: bool,
}

/// What onboarding shows.
#[derive(Debug, Default)]
enum OnboardingStep {
    /// The vault is being opened.
    #[default]
    Opening,
    /// The vault did not open, or asks for its passphrase.
    Vault(Choice),
    /// The choices: sign in, register, import, practise.
    Start,
    SignIn(Box<SignIn>),
    Register(Box<Register>),
    Import(Box<Import>),
}

/// What a person can do during onboarding.
#[derive(Clone, Debug)]
pub enum Message {
    /// On the screen for the keyring or passphrase.
    Vault(vault_choice::Message),
    /// On the first screen.
    Start(start::Message),
    /// On the sign-in screen.
    SignIn(sign_in::Message),
    /// On the registration screen.
    Register(register::Message),
    /// On the screen for accounts of other programs.
    Import(import::Message),
}

/// What the parent has to do about it.
#[derive(Debug)]
#[must_use]
pub enum Action {
    /// Nothing has to be done.
    None,
    /// Send this command to the engine.
    Command(Command),
    /// Run this task.
    Task(Task<Message>),
    /// Sign out of an account that was tried and never worked.
    Forget(BareJid),
    /// Show the conversations if there is an account, and else the first screen.
    Leave,
    /// Show the conversations.
    Finish,
    /// Show the conversations, and tell that the keys of an account that was here already were
    /// imported from this program.
    KeysImported(Program),
    /// All of these, in order.
    All(Vec<Self>),
}

impl Message {
    /// Whether it only changes a text where the focus is.
    #[must_use]
    pub fn is_typing(&self) -> bool {
        match self {
            Self::Vault(message) => matches!(
                message,
                vault_choice::Message::First(_) | vault_choice::Message::Second(_)
            ),
            Self::Start(_) => false,
            Self::SignIn(message) => {
                matches!(message, sign_in::Message::Address(_) | sign_in::Message::Password(_))
            }
            Self::Register(message) => matches!(
                message,
                register::Message::Domain(_)
                    | register::Message::Edit(
                        _,
                        register::Edit::Typed(_) | register::Edit::Lines(_)
                    )
            ),
            Self::Import(message) => matches!(message, import::Message::Passphrase(_)),
        }
    }
}

impl Onboarding {
    /// A profile that is protected by a passphrase, which is asked for at once.
    #[must_use]
    pub fn sealed() -> Self {
        Self::at(OnboardingStep::Vault(Choice::sealed()))
    }

    /// The vault did not open.
    #[must_use]
    pub fn vault_failed(failure: VaultFailure) -> Self {
        Self::at(OnboardingStep::Vault(Choice::after(failure)))
    }

    /// The choices of how to add an account.
    #[must_use]
    pub fn start() -> Self {
        Self::at(OnboardingStep::Start)
    }

    /// The sign-in screen for an account whose password was refused.
    #[must_use]
    pub fn sign_in_again(account: &BareJid) -> Self {
        Self::at(OnboardingStep::SignIn(Box::new(SignIn::again(account))))
    }

    fn at(step: OnboardingStep) -> Self {
        Self { step, practice_requested: false }
    }

    /// Handles an event of the engine. `is_known` tells whether an account is here already.
    pub fn observe(&mut self, event: &Event, is_known: impl Fn(&BareJid) -> bool) -> Action {
        match (event, &mut self.step) {
            (Event::Vault(VaultEvent::Failed(failure)), OnboardingStep::Vault(choice)) => {
                choice.failed(failure.clone());
                Action::Task(operation::focus(id::PASSPHRASE))
            }
            (Event::Vault(VaultEvent::Failed(failure)), _) => {
                self.step = OnboardingStep::Vault(Choice::after(failure.clone()));
                Action::None
            }
            (Event::Vault(VaultEvent::NotSaved(failure)), OnboardingStep::Import(screen)) => {
                screen.not_saved(failure);
                Action::None
            }
            (Event::Account(account, AccountEvent::State(state)), _) => {
                self.account_changed(account, state)
            }
            (Event::Registration(step), OnboardingStep::Register(screen)) => {
                let action = screen.observe(step.clone());
                self.continue_registration(action)
            }
            (
                Event::Import(ImportEvent::Found { accounts, troubles }),
                OnboardingStep::Import(screen),
            ) => {
                screen.found(accounts.clone(), troubles.clone());
                Action::None
            }
            (
                Event::Import(ImportEvent::Imported { id, server, route, password, .. }),
                OnboardingStep::Import(_),
            ) => {
                let is_known = is_known(&id.account);
                self.account_imported(id, (server, route.as_ref()), password.clone(), is_known)
            }
            (
                Event::Vault(_)
                | Event::Setting(_)
                | Event::Account(..)
                | Event::Registration(_)
                | Event::Import(_)
                | Event::Keys(_)
                | Event::Chat(..),
                _,
            ) => Action::None,
        }
    }

    /// Follows the account that is being signed in to; a wrong password is typed again.
    fn account_changed(&mut self, account: &BareJid, state: &AccountState) -> Action {
        match &mut self.step {
            OnboardingStep::SignIn(screen) => {
                screen.observe(account, state);
                if screen.trying() != Some(account) {
                    return Action::None;
                }
                if *state == AccountState::Refused(SignInFailure::WrongPassword) {
                    return Action::Task(operation::focus(id::PASSWORD));
                }
                if *state == AccountState::Online { Action::Finish } else { Action::None }
            }
            OnboardingStep::Start if is_practice(account) => {
                let is_requested = std::mem::take(&mut self.practice_requested);
                if is_requested { Action::Finish } else { Action::None }
            }
            OnboardingStep::Opening
            | OnboardingStep::Vault(_)
            | OnboardingStep::Start
            | OnboardingStep::Register(_)
            | OnboardingStep::Import(_) => Action::None,
        }
    }

    /// The engine did not take a command; returns whether it was of a screen here, which then keeps
    /// what was typed and says so.
    pub fn command_rejected(&mut self) -> bool {
        match &mut self.step {
            OnboardingStep::SignIn(screen) => screen.command_rejected(),
            OnboardingStep::Register(screen) => screen.command_rejected(),
            OnboardingStep::Vault(choice) => choice.command_rejected(),
            OnboardingStep::Import(screen) => screen.command_rejected(),
            OnboardingStep::Opening | OnboardingStep::Start => return false,
        }
        true
    }

    /// Draws it; `has_accounts` tells whether one can go back to the conversations.
    #[must_use]
    pub fn view(&self, has_accounts: bool) -> Element<'_, Message> {
        match &self.step {
            OnboardingStep::Opening => opening(),
            OnboardingStep::Vault(choice) => choice.view().map(Message::Vault),
            OnboardingStep::Start => start::view(has_accounts).map(Message::Start),
            OnboardingStep::SignIn(screen) => screen.view().map(Message::SignIn),
            OnboardingStep::Register(screen) => screen.view().map(Message::Register),
            OnboardingStep::Import(screen) => screen.view().map(Message::Import),
        }
    }
}

fn opening<'a>() -> Element<'a, Message> {
    let words = column![
        Icon::LockVerified.view(48.0, Tone::Accent),
        widget::title(t!("app-name")),
        widget::hint(t!("opening"))
    ]
    .spacing(space::M)
    .align_x(Center);
    center(words).into()
}
