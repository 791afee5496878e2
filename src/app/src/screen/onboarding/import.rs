//! The screen that imports accounts, keys and verified fingerprints from other messengers.

#[cfg(test)]
mod tests;

use engine::{
    Command, ImportCommand, ImportError, ImportId, ImportableAccount, Program, Secret, VaultFailure,
};
use iced::widget::{Column, column, container, operation, row, text_input};
use iced::{Center, Element, Fill, Task};

use crate::error_text;
use crate::icon::Icon;
use crate::names::program_name;
use crate::t;
use crate::theme::{self, Tone, space};
use crate::widget::{self, id};

/// State of the screen.
#[derive(Debug, Default)]
pub struct Import {
    /// What the scan found, once it is done.
    found: Option<Found>,
    passphrase: Secret,
    /// Whether what is sealed was to be opened with it.
    tried: bool,
    bringing: Option<ImportId>,
    failure: Option<Failure>,
}

/// Why an account was not imported.
#[derive(Debug)]
enum Failure {
    NotSaved(VaultFailure),
    EngineBusy,
}

impl Failure {
    fn words(&self) -> String {
        match self {
            Self::NotSaved(failure) => error_text::not_saved(failure),
            Self::EngineBusy => t!("engine-busy"),
        }
    }
}

#[derive(Debug)]
struct Found {
    accounts: Vec<ImportableAccount>,
    troubles: Vec<(Program, ImportError)>,
}

/// What a person can do here.
#[derive(Clone, Debug)]
pub enum Message {
    /// Typed the passphrase of what is sealed.
    Passphrase(Secret),
    /// Has it opened.
    Open,
    /// Brings one over.
    Bring(ImportId),
    /// Looks again.
    Again,
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
    /// Run this task.
    Task(Task<Message>),
    /// Leave.
    Back,
}

impl Import {
    /// Takes in what was found.
    pub fn found(
        &mut self,
        accounts: Vec<ImportableAccount>,
        troubles: Vec<(Program, ImportError)>,
    ) {
        (self.bringing, self.failure) = (None, None);
        self.found = Some(Found { accounts, troubles });
    }

    /// What was to be brought over could not be kept.
    pub fn not_saved(&mut self, failure: &VaultFailure) {
        self.bringing = None;
        self.failure = Some(Failure::NotSaved(failure.clone()));
    }

    /// The engine rejected the command.
    pub fn command_rejected(&mut self) {
        self.bringing = None;
        self.found.get_or_insert(Found { accounts: Vec::new(), troubles: Vec::new() });
        self.failure = Some(Failure::EngineBusy);
    }

    /// Looks for everything anew.
    pub fn look(&mut self) -> Command {
        self.found = None;
        self.tried = !self.passphrase.expose().is_empty();
        Command::Import(ImportCommand::Scan {
            passphrase: self.tried.then(|| self.passphrase.clone()),
        })
    }

    /// Handles what the person did.
    pub fn update(&mut self, message: Message) -> Action {
        match message {
            Message::Passphrase(passphrase) => (self.passphrase, self.tried) = (passphrase, false),
            Message::Open if self.passphrase.expose().is_empty() => {
                return Action::Task(operation::focus(id::IMPORT_PASSPHRASE));
            }
            Message::Open | Message::Again => return Action::Command(self.look()),
            Message::Bring(id) => {
                self.bringing = Some(id.clone());
                return Action::Command(Command::Import(ImportCommand::Import(id)));
            }
            Message::Back => return Action::Back,
        }
        Action::None
    }

    /// Draws it.
    #[must_use]
    pub fn view(&self) -> Element<'_, Message> {
        widget::centered_card(560.0, || self.card())
    }

    fn card(&self) -> Element<'_, Message> {
        let head = column![widget::title(t!("import-title")), widget::hint(t!("import-lead"))]
            .spacing(space::XS);
        let again = self.found.is_some().then_some(Message::Again);
        let buttons = row![
            widget::secondary(t!("back"), Some(Message::Back)),
            iced::widget::space().width(Fill),
            widget::secondary(t!("import-again"), again),
        ]
        .align_y(Center);
        let failure = self.failure.as_ref().map(Failure::words);
        let failure = failure.map(|words| widget::note(Icon::Warning, Tone::Danger, words));
        column![head].push(self.list()).push(failure).push(buttons).spacing(space::M).into()
    }

    fn list(&self) -> Column<'_, Message> {
        let Some(Found { accounts, troubles }) = &self.found else {
            return column![widget::note(Icon::Ring, Tone::Muted, t!("import-looking"))];
        };
        let nothing = (accounts.is_empty() && troubles.is_empty())
            .then(|| widget::note(Icon::Info, Tone::Muted, t!("import-nothing")));
        Column::with_children(accounts.iter().map(|account| self.account(account)))
            .push(nothing)
            .extend(troubles.iter().map(|(program, why)| self.problem(*program, *why)))
            .spacing(space::SM)
    }

    fn account(&self, account: &ImportableAccount) -> Element<'_, Message> {
        let from = t!("import-from", program = program_name(account.id.program));
        let waiting = self.bringing.is_some();
        let label = match self.bringing == Some(account.id.clone()) {
            true => t!("import-bringing"),
            false => t!("import-bring"),
        };
        let press = (!waiting).then(|| Message::Bring(account.id.clone()));
        let address = account.id.account.to_string();
        let words = column![widget::strong(address), widget::small(from)].spacing(2.0).width(Fill);
        let head = row![words, widget::primary(label, press)].spacing(space::SM).align_y(Center);
        let facts = facts(account).into_iter().map(|(icon, words)| {
            row![icon.view(16.0, Tone::Muted), widget::small(words)]
                .spacing(space::S)
                .align_y(Center)
                .into()
        });
        let facts = Column::with_children(facts).spacing(space::XS);
        container(column![head, facts].spacing(space::S))
            .padding(space::M)
            .width(Fill)
            .style(theme::card)
            .into()
    }

    fn problem(&self, program: Program, why: ImportError) -> Element<'_, Message> {
        let program = program_name(program);
        let words = match why {
            ImportError::Unreadable => t!("import-unreadable", program = program),
            ImportError::Damaged => t!("import-damaged", program = program),
            ImportError::Sealed => return self.sealed(program),
        };
        widget::note(Icon::Warning, Tone::Warning, words).into()
    }

    fn sealed(&self, program: String) -> Element<'_, Message> {
        let label = t!("import-passphrase", program = program.clone());
        let input = text_input("", self.passphrase.expose())
            .id(id::IMPORT_PASSPHRASE)
            .secure(true)
            .on_input(|typed| Message::Passphrase(Secret::new(typed)))
            .on_submit(Message::Open);
        let words = match self.tried {
            true => t!("import-still-sealed", program = program),
            false => t!("import-sealed", program = program),
        };
        let open = widget::secondary(t!("import-open"), Some(Message::Open));
        let input =
            row![widget::field(label, input, None), open].spacing(space::SM).align_y(iced::Bottom);
        column![widget::note(Icon::Lock, Tone::Muted, words), input].spacing(space::S).into()
    }
}

/// What comes along, in words.
fn facts(account: &ImportableAccount) -> Vec<(Icon, String)> {
    let own = match (account.key, account.has_key_here) {
        (Some(_), false) => (Icon::Key, t!("import-own-key")),
        (Some(_), true) => (Icon::Key, t!("import-own-key-here")),
        (None, _) => (Icon::Key, t!("import-no-key")),
    };
    let (keys, verified) = (account.contact_keys, account.verified);
    let lock = if verified > 0 { Icon::LockVerified } else { Icon::LockUnverified };
    let contacts = (keys > 0).then(|| (lock, t!("import-keys", count = keys, verified = verified)));
    let password = match account.has_password {
        true => (Icon::Check, t!("import-password")),
        false => (Icon::Pen, t!("import-no-password")),
    };
    [Some(own), contacts, Some(password)].into_iter().flatten().collect()
}
