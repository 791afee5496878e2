//! The screen for a vault that did not open: keyring again, a passphrase, or nothing kept at all.

use engine::{Command, Secret, VaultChoice, VaultCommand, VaultFailure};
use iced::widget::{Id, column, operation, row, text_input};
use iced::{Center, Element, Fill, Task};

use crate::icon::Icon;
use crate::theme::{Tone, space};
use crate::widget::{self, Room, id};
use crate::{error_text, t};

/// Fewer characters than this are no protection worth the name.
const PASSPHRASE_CHARS_MIN: usize = 8;

/// State of the screen.
#[derive(Debug)]
pub struct Choice {
    failure: Option<VaultFailure>,
    form: Form,
    waiting: bool,
}

/// Which face of the screen is shown.
#[derive(Debug)]
enum Form {
    Choices,
    /// Choose a passphrase: typed twice.
    New {
        first: Secret,
        second: Secret,
        asked: bool,
    },
    /// The profile has one.
    Known {
        passphrase: Secret,
    },
}

/// What a person can do here.
#[derive(Clone, Debug)]
pub enum Message {
    /// Ask the keyring again.
    TryAgain,
    /// Choose a passphrase.
    Protect,
    /// Keep nothing.
    OnlyThisSession,
    /// Typed the passphrase.
    First(Secret),
    /// Typed it again.
    Second(Secret),
    /// Pressed Enter in a field that is not the last.
    Next(Id),
    /// Pressed the button under the passphrase.
    Open,
    /// Begin with nothing, where half of what was kept is missing.
    BeginAnew,
    /// Back to the choices.
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
}

impl Choice {
    /// The keyring failed.
    #[must_use]
    pub const fn after(failure: VaultFailure) -> Self {
        Self { failure: Some(failure), form: Form::Choices, waiting: false }
    }

    /// The profile is protected by a passphrase: it is asked for at once.
    #[must_use]
    pub fn sealed() -> Self {
        let form = Form::Known { passphrase: Secret::default() };
        Self { failure: None, form, waiting: false }
    }

    /// What was chosen failed too. A passphrase stays typed.
    pub fn failed(&mut self, failure: VaultFailure) {
        self.waiting = false;
        if failure == VaultFailure::WrongPassphrase
            && let Form::New { first, .. } = &self.form
        {
            self.form = Form::Known { passphrase: first.clone() };
        }
        self.failure = Some(failure);
    }

    /// The engine rejected the command.
    pub fn command_rejected(&mut self) {
        self.waiting = false;
    }

    /// Handles what the person did.
    pub fn update(&mut self, message: Message) -> Action {
        match message {
            Message::TryAgain => {
                return self.open(Command::Vault(VaultCommand::Open(VaultChoice::Keyring)));
            }
            Message::OnlyThisSession => {
                return self.open(Command::Vault(VaultCommand::Open(VaultChoice::Memory)));
            }
            Message::Protect => {
                let (first, second) = Default::default();
                self.form = Form::New { first, second, asked: false };
                return Action::Task(operation::focus(id::PASSPHRASE));
            }
            Message::First(typed) => match &mut self.form {
                Form::Choices => {}
                Form::New { first, .. } => *first = typed,
                Form::Known { passphrase } => *passphrase = typed,
            },
            Message::Second(typed) => {
                if let Form::New { second, .. } = &mut self.form {
                    *second = typed;
                }
            }
            Message::Next(field) => return Action::Task(operation::focus(field)),
            Message::Open => return self.open_sealed(VaultCommand::Open),
            Message::BeginAnew => {
                return match self.form {
                    Form::Choices => {
                        self.open(Command::Vault(VaultCommand::BeginAnew(VaultChoice::Keyring)))
                    }
                    Form::New { .. } | Form::Known { .. } => {
                        self.open_sealed(VaultCommand::BeginAnew)
                    }
                };
            }
            Message::Back if self.waiting => {}
            Message::Back => self.form = Form::Choices,
        }
        Action::None
    }

    fn open_sealed(&mut self, command: fn(VaultChoice) -> VaultCommand) -> Action {
        if self.waiting {
            return Action::None;
        }
        let passphrase = match &mut self.form {
            Form::Choices => return Action::None,
            Form::Known { passphrase } if passphrase.expose().is_empty() => return Action::None,
            Form::Known { passphrase } => passphrase.clone(),
            Form::New { first, second, asked } => {
                *asked = true;
                if problem(first, second).is_some() {
                    return Action::None;
                }
                first.clone()
            }
        };
        self.open(Command::Vault(command(VaultChoice::Sealed { passphrase })))
    }

    fn open(&mut self, command: Command) -> Action {
        self.waiting = true;
        Action::Command(command)
    }

    /// Whether one of database and key is there, and not the other.
    const fn is_half(&self) -> bool {
        matches!(self.failure, Some(VaultFailure::KeyMissing | VaultFailure::DatabaseMissing))
    }

    /// Draws it.
    #[must_use]
    pub fn view(&self) -> Element<'_, Message> {
        widget::centered_card_in(480.0, |room| match &self.form {
            Form::Choices => self.choices(room),
            Form::New { first, second, asked } => self.choose(first, second, *asked),
            Form::Known { passphrase } => self.ask(passphrase),
        })
    }

    fn problem(&self) -> Option<Element<'_, Message>> {
        let words = error_text::vault_closed(self.failure.as_ref()?);
        Some(widget::note(Icon::Warning, Tone::Warning, words).into())
    }

    fn choices(&self, room: Room) -> Element<'_, Message> {
        let choice = |about, button| choice_row(about, button, room);
        let ready = |message| (!self.waiting).then_some(message);
        // What rests here is opened by the keyring alone: another lock would be no key to it.
        let is_kept = matches!(self.failure, Some(VaultFailure::KeyringSilent { kept: true }));
        let (title, about, session) = if is_kept {
            (t!("vault-waiting-title"), t!("vault-without-about"), t!("vault-without"))
        } else {
            (t!("vault-title"), t!("vault-session-about"), t!("vault-session"))
        };
        column![widget::title(title)]
            .push((!is_kept).then(|| widget::hint(t!("vault-lead"))))
            .push(self.problem())
            .push(choice(
                t!("vault-again-about"),
                widget::primary(t!("try-again"), ready(Message::TryAgain)),
            ))
            .push((!is_kept).then(|| {
                choice(
                    t!("vault-protect-about"),
                    widget::secondary(t!("vault-protect"), ready(Message::Protect)),
                )
            }))
            .push(self.is_half().then(|| {
                choice(
                    t!("vault-anew-about"),
                    widget::secondary(t!("vault-anew"), ready(Message::BeginAnew)),
                )
            }))
            .push(choice(about, widget::secondary(session, ready(Message::OnlyThisSession))))
            .spacing(space::M)
            .into()
    }

    fn choose<'a>(
        &'a self,
        first: &'a Secret,
        second: &'a Secret,
        asked: bool,
    ) -> Element<'a, Message> {
        let wrong = problem(first, second).filter(|_| asked);
        let (under_first, under_second) = match wrong {
            None => (None, None),
            Some(Problem::Short) => {
                (Some(t!("passphrase-short", min = PASSPHRASE_CHARS_MIN)), None)
            }
            Some(Problem::Different) => (None, Some(t!("passphrase-different"))),
        };
        let first = secret(id::PASSPHRASE, first, Message::First)
            .on_submit(Message::Next(id::PASSPHRASE_AGAIN));
        let second = secret(id::PASSPHRASE_AGAIN, second, Message::Second).on_submit(Message::Open);
        column![widget::title(t!("vault-protect-title")), widget::hint(t!("vault-protect-lead"))]
            .push(self.problem().filter(|_| self.failure_is_of_passphrase()))
            .push(widget::field(t!("passphrase"), first, under_first))
            .push(widget::field(t!("passphrase-again"), second, under_second))
            .push(self.buttons(t!("vault-protect")))
            .spacing(space::M)
            .into()
    }

    fn ask<'a>(&'a self, passphrase: &'a Secret) -> Element<'a, Message> {
        let input = secret(id::PASSPHRASE, passphrase, Message::First).on_submit(Message::Open);
        column![widget::title(t!("vault-ask-title")), widget::hint(t!("vault-ask-lead"))]
            .push(self.problem())
            .push(widget::field(t!("passphrase"), input, None))
            .push(self.buttons(t!("vault-open")))
            .spacing(space::M)
            .into()
    }

    /// The keyring's failure led here and need not be told twice.
    fn failure_is_of_passphrase(&self) -> bool {
        !matches!(
            self.failure,
            Some(
                VaultFailure::NoKeyring
                    | VaultFailure::KeyringLocked
                    | VaultFailure::KeyringSilent { .. }
            )
        )
    }

    fn buttons(&self, label: String) -> Element<'_, Message> {
        let label = if self.waiting { t!("vault-opening") } else { label };
        row![
            widget::secondary(t!("vault-other-ways"), (!self.waiting).then_some(Message::Back)),
            self.is_half().then(|| {
                widget::secondary(t!("vault-anew"), (!self.waiting).then_some(Message::BeginAnew))
            }),
            widget::primary(label, (!self.waiting).then_some(Message::Open)),
        ]
        .spacing(space::S)
        .align_y(Center)
        .wrap()
        .into()
    }
}

/// What is wrong with a new passphrase.
enum Problem {
    Short,
    Different,
}

fn problem(first: &Secret, second: &Secret) -> Option<Problem> {
    if first.expose().chars().count() < PASSPHRASE_CHARS_MIN {
        Some(Problem::Short)
    } else if first != second {
        Some(Problem::Different)
    } else {
        None
    }
}

fn secret<'a>(
    id: Id,
    value: &Secret,
    typed: fn(Secret) -> Message,
) -> iced::widget::TextInput<'a, Message> {
    text_input("", value.expose()).id(id).secure(true).on_input(move |t| typed(Secret::new(t)))
}

fn choice_row<'a>(about: String, button: Element<'a, Message>, room: Room) -> Element<'a, Message> {
    let about = widget::hint(about).width(Fill);
    match room {
        Room::Usual => row![about, button].spacing(space::M).align_y(Center).into(),
        Room::Little => column![about, button].spacing(space::S).into(),
    }
}

#[cfg(test)]
mod tests {
    use iced_test::simulator;

    use super::*;

    fn no_keyring() -> Choice {
        Choice::after(VaultFailure::NoKeyring)
    }

    fn press(screen: &mut Choice, label: &str) -> Action {
        let mut ui = simulator(screen.view());
        ui.click(label).unwrap();
        let message = ui.into_messages().next().unwrap();
        screen.update(message)
    }

    fn type_into(screen: &mut Choice, field: Id, typed: &str) {
        let mut ui = simulator(screen.view());
        ui.click(field).unwrap();
        let _ = ui.typewrite(typed);
        for message in ui.into_messages().collect::<Vec<_>>() {
            let _ = screen.update(message);
        }
    }

    fn choice(action: Action) -> VaultChoice {
        let Action::Command(Command::Vault(VaultCommand::Open(choice))) = action else {
            panic!("{action:?}")
        };
        choice
    }

    #[test]
    fn every_failure_is_told_in_its_own_words() {
        for (failure, words) in [
            (VaultFailure::NoKeyring, t!("vault-no-keyring")),
            (VaultFailure::KeyringLocked, t!("vault-keyring-locked")),
            (VaultFailure::KeyMissing, t!("vault-key-missing")),
            (VaultFailure::DatabaseMissing, t!("vault-database-missing")),
            (VaultFailure::DiskFull, t!("vault-disk-full")),
            (VaultFailure::InUse, t!("vault-in-use")),
            (VaultFailure::Damaged, t!("vault-damaged")),
        ] {
            let screen = Choice::after(failure);
            assert!(simulator(screen.view()).find(words.as_str()).is_ok(), "{words}");
        }
    }

    #[test]
    fn the_keyring_can_be_tried_again_or_done_without() {
        assert!(matches!(choice(press(&mut no_keyring(), &t!("try-again"))), VaultChoice::Keyring));
        assert!(matches!(
            choice(press(&mut no_keyring(), &t!("vault-session"))),
            VaultChoice::Memory
        ));
    }

    #[test]
    fn where_half_is_missing_one_can_begin_anew_and_nowhere_else() {
        for failure in [VaultFailure::KeyMissing, VaultFailure::DatabaseMissing] {
            let mut screen = Choice::after(failure.clone());
            let action = press(&mut screen, &t!("vault-anew"));
            let is_keyring = matches!(
                action,
                Action::Command(Command::Vault(VaultCommand::BeginAnew(VaultChoice::Keyring)))
            );
            assert!(is_keyring, "{action:?}");

            let mut screen = Choice::sealed();
            type_into(&mut screen, id::PASSPHRASE, "correct horse");
            let _ = press(&mut screen, &t!("vault-open"));
            screen.failed(failure);
            let action = press(&mut screen, &t!("vault-anew"));
            let Action::Command(Command::Vault(VaultCommand::BeginAnew(VaultChoice::Sealed {
                passphrase,
            }))) = action
            else {
                panic!("{action:?}");
            };
            assert_eq!(passphrase.expose(), "correct horse");
        }
        let screen = Choice::after(VaultFailure::Damaged);
        assert!(simulator(screen.view()).find(t!("vault-anew").as_str()).is_err());
    }

    #[test]
    fn a_new_passphrase_is_typed_twice() {
        let mut screen = no_keyring();
        let _ = press(&mut screen, &t!("vault-protect"));
        type_into(&mut screen, id::PASSPHRASE, "correct horse");
        assert!(matches!(press(&mut screen, &t!("vault-protect")), Action::None));
        assert!(simulator(screen.view()).find(t!("passphrase-different").as_str()).is_ok());

        type_into(&mut screen, id::PASSPHRASE_AGAIN, "correct horse");
        let VaultChoice::Sealed { passphrase } = choice(press(&mut screen, &t!("vault-protect")))
        else {
            panic!("not sealed");
        };
        assert_eq!(passphrase.expose(), "correct horse");
    }

    #[test]
    fn a_short_passphrase_is_refused() {
        let mut screen = no_keyring();
        let _ = press(&mut screen, &t!("vault-protect"));
        type_into(&mut screen, id::PASSPHRASE, "short");
        type_into(&mut screen, id::PASSPHRASE_AGAIN, "short");
        assert!(matches!(press(&mut screen, &t!("vault-protect")), Action::None));
    }

    #[test]
    fn a_sealed_profile_asks_once_and_keeps_a_wrong_passphrase() {
        let mut screen = Choice::sealed();
        type_into(&mut screen, id::PASSPHRASE, "correct house");
        let _ = press(&mut screen, &t!("vault-open"));
        screen.failed(VaultFailure::WrongPassphrase);
        assert!(simulator(screen.view()).find(t!("vault-wrong-passphrase").as_str()).is_ok());
        let VaultChoice::Sealed { passphrase } = choice(press(&mut screen, &t!("vault-open")))
        else {
            panic!("not sealed");
        };
        assert_eq!(passphrase.expose(), "correct house");
    }
}
