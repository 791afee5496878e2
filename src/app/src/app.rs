//! The whole window: what is shown where, and what the engine is told.

mod pictures;
mod registering;
mod shortcuts;
mod stage;
mod starting;
#[cfg(test)]
mod tests;
mod text_size;
mod user_action;
mod windows;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::SystemTime;

use engine::{
    AccountCommand, AccountEvent, AccountState, Avatar, BareJid, ChatCommand, ChatEvent, ChatId,
    Command, ContactCommand, Event, ImportEvent, Setting, VaultChoice, VaultEvent,
};
use iced::theme::Mode;
use iced::widget::{opaque, operation};
use iced::{Element, Size, Task, Theme, window};

use self::windows::WindowKind;

use self::text_size::TextSize;
use self::user_action::Typing;
pub use stage::Stage;

use crate::image::AvatarImage;
use crate::screen::import;
use crate::screen::keys::{self, Keys};
use crate::screen::messenger::{self, Messenger};
use crate::screen::register;
use crate::screen::sign_in::{self, SignIn};
use crate::screen::start;
use crate::screen::vault_choice::{self, Choice};
use crate::shortcut::Shortcut;
use crate::widget::key_buffer::ActionSeq;
use crate::widget::{id, reveal};
use crate::{t, theme};

/// Hands a command to the engine; gives it back when it was not taken.
pub type CommandSink = Box<dyn Fn(Command) -> Option<Command>>;

/// How to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartMode {
    /// Ask the keyring.
    Keyring,
    /// The profile is protected by a passphrase: ask the person.
    Sealed,
    /// Keep nothing, and practise.
    Practice,
}

/// The state of all windows.
pub struct App {
    tell: CommandSink,
    start_mode: StartMode,
    /// What to open once there is a window.
    to_open: Option<VaultChoice>,
    stage: Stage,
    /// Whether the person wants to practise, and the partner is not there yet.
    practice_asked: bool,
    messenger: Messenger,
    keys: Keys,
    windows: BTreeMap<window::Id, WindowKind>,
    focused: BTreeSet<window::Id>,
    /// What was done and is over; keys wait for the rest.
    settled: BTreeMap<window::Id, ActionSeq>,
    /// Where keys go that are typed next.
    typing: Typing,
    mode: Mode,
    text: TextSize,
}

/// Everything that can happen.
#[derive(Clone, Debug)]
pub enum Message {
    /// The engine reports, in order.
    Events(Vec<Event>),
    /// The engine is gone.
    EngineGone,
    /// The system asks the program to end.
    AskedToEnd,
    /// A window is there.
    Opened(window::Id),
    /// The monitor that a window is on has this size, in logical pixels, if it is known.
    Monitor(window::Id, Option<Size>),
    /// A window is gone.
    Closed(window::Id),
    /// A window got the focus, or lost it.
    Focus(window::Id, bool),
    /// A key of the whole window.
    Key(window::Id, Shortcut),
    /// Something that a person did; keys that follow wait.
    UserAction(window::Id, ActionSeq, Box<Self>),
    /// It is done.
    Settled(window::Id, ActionSeq),
    /// The system prefers light or dark.
    Mode(Mode),
    /// On the screen for where secrets rest.
    Vault(vault_choice::Message),
    /// On the first screen.
    Start(start::Message),
    /// On the sign-in screen.
    SignIn(sign_in::Message),
    /// Making an account.
    Register(register::Message),
    /// Looking at other programs' accounts.
    Import(import::Message),
    /// A contact's picture was decoded, if it can be.
    Decoded(ChatId, Avatar, Option<AvatarImage>),
    /// In the main window.
    Messenger(messenger::Message),
    /// In the window of key codes.
    Keys(keys::Message),
}

impl App {
    /// Opens the main window and, once it is there, the vault.
    pub fn boot(tell: CommandSink, start_mode: StartMode) -> (Self, Task<Message>) {
        let (window, open) = window::open(WindowKind::Main.settings());
        let (stage, to_open, begin) = match start_mode {
            StartMode::Keyring => (Stage::Opening, Some(VaultChoice::Keyring), Task::none()),
            StartMode::Practice => (Stage::Opening, Some(VaultChoice::Memory), Task::none()),
            StartMode::Sealed => {
                (Stage::Vault(Choice::sealed()), None, operation::focus(id::PASSPHRASE))
            }
        };
        let app = Self {
            tell,
            start_mode,
            to_open,
            stage,
            practice_asked: false,
            messenger: Messenger::default(),
            keys: Keys::default(),
            windows: BTreeMap::from([(window, WindowKind::Main)]),
            focused: BTreeSet::new(),
            settled: BTreeMap::new(),
            typing: Typing::default(),
            mode: Mode::None,
            text: TextSize::default(),
        };
        (app, open.map(Message::Opened).chain(begin))
    }

    /// What the title bar says; no names, since others may look on.
    #[must_use]
    pub fn title(&self, window: window::Id) -> String {
        match (self.windows.get(&window), self.messenger.unread()) {
            (Some(WindowKind::Keys), _) => format!("{} – {}", t!("key-codes"), t!("app-name")),
            (Some(WindowKind::Main) | None, 0) => t!("app-name"),
            (Some(WindowKind::Main) | None, unread) => format!("({unread}) {}", t!("app-name")),
        }
    }

    /// Light or dark, as the system is.
    #[must_use]
    pub fn theme(&self, _window: window::Id) -> Theme {
        theme::theme(self.mode)
    }

    /// How much larger than usual everything is.
    #[must_use]
    pub fn scale(&self, _window: window::Id) -> f32 {
        self.text.scale()
    }

    /// Takes in what happened. What one types next arrives where it is meant to: that has moved, if
    /// what was there has gone, or something new lies on top.
    pub fn update(&mut self, message: Message) -> Task<Message> {
        self.note_typing(&message);
        let (before, is_on_sheet) = (self.focus_target(), user_action::is_on_sheet(&message));
        let task = self.take_in(message);
        let task = if is_on_sheet { task.chain(reveal()) } else { task };
        let news_to_keep = self.messenger.news_to_keep();
        let task = news_to_keep
            .into_iter()
            .fold(task, |task, command| Task::batch([task, self.tell(command)]));
        self.follow(before, task)
    }

    fn take_in(&mut self, message: Message) -> Task<Message> {
        match message {
            Message::Events(events) => {
                let tasks: Vec<_> = events.into_iter().map(|event| self.observe(event)).collect();
                self.messenger.settle();
                Task::batch(tasks)
            }
            Message::EngineGone => {
                self.messenger.engine_gone();
                Task::none()
            }
            Message::AskedToEnd => iced::exit(),
            Message::Opened(window) => self.opened(window),
            Message::Monitor(window, size) => self.fit(window, size),
            Message::Closed(window) => self.closed(window),
            Message::Focus(window, focused) => self.focus(window, focused),
            Message::Key(window, shortcut) => self.press(window, shortcut),
            Message::UserAction(window, seq, message) => self.user_action(window, seq, *message),
            Message::Settled(window, seq) => {
                self.settle(window, seq);
                Task::none()
            }
            Message::Mode(mode) => {
                self.mode = mode;
                Task::none()
            }
            Message::Vault(message) => self.in_vault(message),
            Message::Start(message) => self.in_start(&message),
            Message::SignIn(message) => self.in_sign_in(message),
            Message::Register(message) => self.in_register(message),
            Message::Import(message) => self.in_import(message),
            Message::Decoded(id, avatar, avatar_image) => {
                self.messenger.decoded(&id, &avatar, avatar_image);
                Task::none()
            }
            Message::Messenger(message) => {
                let action = self.messenger.update(message);
                self.perform(action)
            }
            Message::Keys(message) => match self.keys.update(message) {
                keys::Action::None => Task::none(),
                keys::Action::Command(command) => self.tell(command),
                keys::Action::Task(task) => task.map(Message::Keys),
            },
        }
    }

    /// Draws one window.
    pub fn view(&self, window: window::Id) -> Element<'_, Message> {
        let content = match self.windows.get(&window) {
            Some(WindowKind::Keys) => self.keys.view().map(Message::Keys),
            Some(WindowKind::Main) | None => self.view_main(SystemTime::now()),
        };
        self.holding(window, content)
    }

    fn view_main(&self, now: SystemTime) -> Element<'_, Message> {
        match &self.stage {
            Stage::Opening => stage::opening(),
            Stage::Vault(choice) => choice.view().map(Message::Vault),
            Stage::Start => start::view(self.messenger.has_accounts()).map(Message::Start),
            Stage::Import(screen) => screen.view().map(Message::Import),
            Stage::SignIn(screen) => screen.view().map(Message::SignIn),
            Stage::Register(screen) => screen.view().map(Message::Register),
            Stage::Messenger => opaque(self.messenger.view(now).map(Message::Messenger)),
        }
    }

    fn observe(&mut self, event: Event) -> Task<Message> {
        self.keys.observe(&event);
        let mut try_again = Task::none();
        match &event {
            Event::Vault(VaultEvent::Opened { accounts }) => {
                for account in accounts {
                    self.messenger.expect(account.clone());
                }
                self.stage = self.home();
                // What was chosen before there was a place to keep it.
                self.keep_text_size();
                if self.start_mode == StartMode::Practice {
                    return self.practise();
                }
            }
            Event::Vault(VaultEvent::Failed(failure)) => match &mut self.stage {
                Stage::Vault(choice) => {
                    choice.failed(failure.clone());
                    return operation::focus(id::PASSPHRASE);
                }
                Stage::Opening
                | Stage::Start
                | Stage::SignIn(_)
                | Stage::Register(_)
                | Stage::Import(_)
                | Stage::Messenger => {
                    self.stage = Stage::Vault(Choice::after(failure.clone()));
                }
            },
            Event::Account(account, AccountEvent::State(state)) => {
                try_again = self.account_changed(account, state)
            }
            Event::Setting(Setting::TextSize(percent)) => self.text.was(*percent),
            Event::Registration(step) => return self.registration(step.clone()),
            Event::Import(ImportEvent::Found { accounts, troubles }) => {
                if let Stage::Import(screen) = &mut self.stage {
                    screen.found(accounts.clone(), troubles.clone());
                }
            }
            Event::Import(ImportEvent::Imported { id, server, route, password, .. }) => {
                return self.account_imported(id, (server, route.as_ref()), password.clone());
            }
            Event::Vault(VaultEvent::NotSaved(failure)) => {
                if let Stage::Import(screen) = &mut self.stage {
                    screen.not_saved(failure);
                }
            }
            Event::Account(account, AccountEvent::Traffic { .. })
                if !self.messenger.watches(account) =>
            {
                let (account, console) = (account.clone(), engine::Console::Off);
                return self.tell(Command::Account(account, AccountCommand::SetConsole(console)));
            }
            Event::Account(..)
            | Event::Vault(VaultEvent::KeepsNothing)
            | Event::Setting(Setting::Availability(_))
            | Event::Keys(_)
            | Event::Chat(..) => {}
        }
        let mut decode = Task::none();
        if let Event::Chat(id, ChatEvent::AvatarChanged(Some(avatar))) = &event {
            decode = pictures::decode(id.clone(), avatar.clone());
        }
        let removed = matches!(event, Event::Account(_, AccountEvent::Removed));
        let practises = matches!(&event, Event::Account(account, AccountEvent::Roster(_)) if messenger::is_practice(account));
        let open_again = self.messenger.to_open_again(&event);
        self.messenger.observe(event);
        if removed && matches!(self.stage, Stage::Messenger) {
            self.stage = self.home();
        }
        if practises {
            let action = self.messenger.open_practice();
            return self.perform(action);
        }
        if let Some(chat) = open_again {
            return Task::batch([self.tell(Command::Chat(chat, ChatCommand::Open)), try_again]);
        }
        Task::batch([decode, try_again])
    }

    /// Takes in how an account stands; who typed a wrong password types it again.
    fn account_changed(&mut self, account: &BareJid, state: &AccountState) -> Task<Message> {
        match &mut self.stage {
            Stage::SignIn(screen) => {
                screen.observe(account, state);
                let is_wrong =
                    *state == AccountState::Refused(engine::SignInFailure::WrongPassword);
                if is_wrong && screen.trying() == Some(account) {
                    return operation::focus(id::PASSWORD);
                }
                if screen.trying() == Some(account) && *state == AccountState::Online {
                    self.stage = Stage::Messenger;
                }
            }
            Stage::Start if messenger::is_practice(account) => {
                if std::mem::take(&mut self.practice_asked) {
                    self.stage = Stage::Messenger;
                }
            }
            Stage::Opening
            | Stage::Vault(_)
            | Stage::Start
            | Stage::Register(_)
            | Stage::Import(_)
            | Stage::Messenger => {}
        }
        Task::none()
    }

    /// Where one is when nothing else is asked for.
    fn home(&self) -> Stage {
        if self.messenger.has_accounts() { Stage::Messenger } else { Stage::Start }
    }

    fn perform(&mut self, action: messenger::Action) -> Task<Message> {
        match action {
            messenger::Action::None => Task::none(),
            messenger::Action::Command(command) => self.tell(command),
            messenger::Action::Task(task) => task.map(Message::Messenger),
            messenger::Action::Open(chat) => Task::batch([
                self.tell(Command::Chat(chat, ChatCommand::Open)),
                operation::focus(id::COMPOSER),
            ]),
            messenger::Action::Add(chat) => {
                let add = self.tell(Command::Contact(chat.clone(), ContactCommand::Add));
                Task::batch([add, self.perform(messenger::Action::Open(chat))])
            }
            messenger::Action::OpenKeys => self.open_keys(),
            messenger::Action::AddAccount => {
                self.stage = Stage::Start;
                Task::none()
            }
            messenger::Action::SignIn(account) => {
                self.stage = Stage::SignIn(Box::new(SignIn::again(&account)));
                operation::focus(id::PASSWORD)
            }
        }
    }

    /// Tells the engine; what it does not take goes back to where it was typed.
    fn tell(&mut self, command: Command) -> Task<Message> {
        if let Some(command) = (self.tell)(command) {
            match &mut self.stage {
                Stage::SignIn(screen) => screen.command_rejected(),
                Stage::Register(screen) => screen.command_rejected(),
                Stage::Vault(choice) => choice.command_rejected(),
                Stage::Import(screen) => screen.command_rejected(),
                Stage::Opening | Stage::Start | Stage::Messenger => {
                    self.messenger.command_rejected(command)
                }
            }
        }
        Task::none()
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("windows", &self.windows).finish_non_exhaustive()
    }
}
