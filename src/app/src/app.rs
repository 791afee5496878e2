//! The windows of the program: what each shows, and what the engine is told.

mod diagnostics;
mod shortcuts;
#[cfg(test)]
mod tests;
mod text_size;
mod user_action;
mod windows;

use std::collections::BTreeMap;
use std::fmt;
use std::time::SystemTime;

use engine::{
    AccountCommand, AccountEvent, ChatCommand, Command, ConnectionCommand, ContactCommand, Event,
    Setting, VaultChoice, VaultEvent, is_practice,
};
use iced::theme::Mode;
use iced::widget::operation;
use iced::{Element, Size, Task, Theme, window};

use self::text_size::TextSize;
use self::user_action::KeyboardFocus;
use self::windows::{WindowFocus, WindowKind};
use crate::screen::keys::{self, Keys};
use crate::screen::messenger::{self, Messenger};
use crate::screen::onboarding::{self, Onboarding};
use crate::shortcut::Shortcut;
use crate::widget::key_buffer::ActionSeq;
use crate::widget::{id, reveal};
use crate::{t, theme};

/// Sends a command to the engine; returns it when the engine's inbox is full or closed.
pub type CommandSink = Box<dyn Fn(Command) -> Option<Command>>;

/// Which vault the program starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartMode {
    /// Ask the keyring.
    Keyring,
    /// The profile is protected by a passphrase: ask the person.
    Sealed,
    /// Keep nothing, and practise.
    Practice,
}

/// What the main window shows.
#[derive(Debug)]
enum Screen {
    /// The vault is being opened, or an account added.
    Onboarding(Onboarding),
    /// Accounts, contacts and conversations.
    Messenger,
}

/// The state of all windows.
pub struct App {
    tell: CommandSink,
    start_mode: StartMode,
    /// Which vault to open once the main window is there.
    to_open: Option<VaultChoice>,
    screen: Screen,
    messenger: Messenger,
    keys: Keys,
    windows: BTreeMap<window::Id, WindowKind>,
    focus: WindowFocus,
    /// The latest user action of each window that has been carried out; keys wait for the rest.
    settled: BTreeMap<window::Id, ActionSeq>,
    /// Whether the window moves the keyboard focus by itself.
    keyboard_focus: KeyboardFocus,
    mode: Mode,
    text: TextSize,
}

/// Everything that can happen to the windows.
#[derive(Clone, Debug)]
pub enum Message {
    /// The engine reports, in order.
    Events(Vec<Event>),
    /// The engine is gone.
    EngineGone,
    /// The system asks the program to end.
    AskedToEnd,
    /// A window was opened.
    Opened(window::Id),
    /// The monitor that a window is on has this size, in logical pixels, if it is known.
    Monitor(window::Id, Option<Size>),
    /// A window was closed.
    Closed(window::Id),
    /// A window got the focus, or lost it.
    Focus(window::Id, bool),
    /// A keyboard shortcut of a window.
    Key(window::Id, Shortcut),
    /// Clicked where there is nothing.
    ClickedNothing,
    /// A user action of this window; keys that follow wait until it is settled.
    UserAction(window::Id, ActionSeq, Box<Self>),
    /// All tasks of that user action have run; its keys may go on.
    Settled(window::Id, ActionSeq),
    /// The system prefers light or dark.
    Mode(Mode),
    /// During onboarding.
    Onboarding(onboarding::Message),
    /// In the main window.
    Messenger(messenger::Message),
    /// In the window of key codes.
    Keys(keys::Message),
}

impl App {
    /// Opens the main window and, once it is there, the vault.
    pub fn boot(tell: CommandSink, start_mode: StartMode) -> (Self, Task<Message>) {
        let (window, open) = window::open(WindowKind::Main.settings());
        let (onboarding, to_open, begin) = match start_mode {
            StartMode::Keyring => (Onboarding::default(), Some(VaultChoice::Keyring), Task::none()),
            StartMode::Practice => (Onboarding::default(), Some(VaultChoice::Memory), Task::none()),
            StartMode::Sealed => (Onboarding::sealed(), None, operation::focus(id::PASSPHRASE)),
        };
        let app = Self {
            tell,
            start_mode,
            to_open,
            screen: Screen::Onboarding(onboarding),
            messenger: Messenger::default(),
            keys: Keys::default(),
            windows: BTreeMap::from([(window, WindowKind::Main)]),
            focus: WindowFocus::default(),
            settled: BTreeMap::new(),
            keyboard_focus: KeyboardFocus::default(),
            mode: Mode::None,
            text: TextSize::default(),
        };
        (app, open.map(Message::Opened).chain(begin))
    }

    /// What the title bar says; no names, since others may look on.
    #[must_use]
    pub fn title(&self, window: window::Id) -> String {
        match (self.windows.get(&window), self.messenger.unread()) {
            (Some(WindowKind::Keys), _) => t!("title-keys"),
            (Some(WindowKind::Main) | None, 0) => t!("app-name"),
            (Some(WindowKind::Main) | None, unread) => t!("title-unread", count = unread),
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
        self.note_search(&message);
        let (before, is_on_sheet) = (self.focus_target(), user_action::is_on_sheet(&message));
        let by_itself = matches!(message, Message::Events(_));
        let task = self.handle(message);
        let task = if is_on_sheet { task.chain(reveal()) } else { task };
        self.messenger.set_focused(self.is_messenger_seen());
        let pending_commands = self.messenger.pending_commands();
        let task = pending_commands
            .into_iter()
            .fold(task, |task, command| Task::batch([task, self.send(command)]));
        self.move_focus(before, by_itself, task)
    }

    fn handle(&mut self, message: Message) -> Task<Message> {
        match message {
            Message::Events(events) => {
                let tasks: Vec<_> = events.into_iter().map(|event| self.observe(event)).collect();
                self.messenger.finish_batch();
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
            // Where one types has lost the focus by it, and gets it back.
            Message::ClickedNothing => Task::none(),
            Message::UserAction(window, seq, message) => self.user_action(window, seq, *message),
            Message::Settled(window, seq) => {
                self.settle(window, seq);
                Task::none()
            }
            Message::Mode(mode) => {
                self.mode = mode;
                Task::none()
            }
            Message::Onboarding(message) => {
                let Screen::Onboarding(screen) = &mut self.screen else { return Task::none() };
                let action = screen.update(message);
                self.perform_onboarding(action)
            }
            Message::Messenger(message) => {
                let action = self.messenger.update(message);
                self.perform(action)
            }
            Message::Keys(message) => match self.keys.update(message) {
                keys::Action::None => Task::none(),
                keys::Action::Command(command) => self.send(command),
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
        self.buffer_keys(window, content)
    }

    fn view_main(&self, now: SystemTime) -> Element<'_, Message> {
        match &self.screen {
            Screen::Onboarding(screen) => {
                screen.view(self.messenger.has_accounts()).map(Message::Onboarding)
            }
            Screen::Messenger => self.messenger.view(now).map(Message::Messenger),
        }
    }

    fn observe(&mut self, event: Event) -> Task<Message> {
        diagnostics::log(&event);
        self.keys.observe(&event);
        let onboarding = self.observe_onboarding(&event);
        match &event {
            Event::Vault(VaultEvent::Opened { accounts }) => {
                for account in accounts {
                    self.messenger.expect(account.clone());
                }
                self.show_home();
                // What was chosen before there was a place to keep it.
                self.keep_text_size();
                if self.start_mode == StartMode::Practice {
                    return self.practise();
                }
            }
            Event::Setting(Setting::TextSize(percent)) => self.text.was(*percent),
            Event::Account(account, AccountEvent::Traffic { .. })
                if !self.messenger.watches(account) =>
            {
                let (account, console) = (account.clone(), engine::Console::Off);
                return self.send(Command::Account(account, AccountCommand::SetConsole(console)));
            }
            Event::Vault(_)
            | Event::Account(..)
            | Event::Setting(Setting::Availability(_))
            | Event::Registration(_)
            | Event::Import(_)
            | Event::Keys(_)
            | Event::Chat(..) => {}
        }
        let decode = messenger::decode_avatar(&event).map(Message::Messenger);
        let removed = matches!(event, Event::Account(_, AccountEvent::Removed));
        let practises = matches!(&event, Event::Account(account, AccountEvent::Roster(_)) if is_practice(account));
        let open_again = self.messenger.to_open_again(&event);
        self.messenger.observe(event);
        if removed && matches!(self.screen, Screen::Messenger) {
            self.show_home();
        }
        if practises {
            let action = self.messenger.open_practice();
            return Task::batch([onboarding, self.perform(action)]);
        }
        if let Some(chat) = open_again {
            return Task::batch([self.send(Command::Chat(chat, ChatCommand::Open)), onboarding]);
        }
        Task::batch([decode, onboarding])
    }

    /// Hands an event to onboarding; a vault that fails is asked for again, whatever is shown.
    fn observe_onboarding(&mut self, event: &Event) -> Task<Message> {
        let action = match (&mut self.screen, event) {
            (Screen::Onboarding(screen), _) => {
                screen.observe(event, |account| self.messenger.has_account(account))
            }
            (Screen::Messenger, Event::Vault(VaultEvent::Failed(failure))) => {
                self.screen = Screen::Onboarding(Onboarding::vault_failed(failure.clone()));
                return Task::none();
            }
            (Screen::Messenger, _) => return Task::none(),
        };
        self.perform_onboarding(action)
    }

    fn perform_onboarding(&mut self, action: onboarding::Action) -> Task<Message> {
        match action {
            onboarding::Action::None => Task::none(),
            onboarding::Action::Command(command) => self.send(command),
            onboarding::Action::Task(task) => task.map(Message::Onboarding),
            onboarding::Action::Forget(account) => {
                let removed = AccountEvent::Removed;
                self.messenger.observe(Event::Account(account.clone(), removed));
                self.send(Command::Connection(account, ConnectionCommand::SignOut))
            }
            onboarding::Action::Leave => {
                self.show_home();
                Task::none()
            }
            onboarding::Action::Finish => {
                self.screen = Screen::Messenger;
                Task::none()
            }
            onboarding::Action::KeysImported(program) => {
                self.messenger.keys_imported(program);
                self.screen = Screen::Messenger;
                Task::none()
            }
            onboarding::Action::All(actions) => {
                Task::batch(actions.into_iter().map(|action| self.perform_onboarding(action)))
            }
        }
    }

    /// Shows the conversations, or without any account the first screen.
    fn show_home(&mut self) {
        self.screen = if self.messenger.has_accounts() {
            Screen::Messenger
        } else {
            Screen::Onboarding(Onboarding::start())
        };
    }

    fn practise(&mut self) -> Task<Message> {
        let Screen::Onboarding(screen) = &mut self.screen else { return Task::none() };
        let action = screen.practise();
        self.perform_onboarding(action)
    }

    fn perform(&mut self, action: messenger::Action) -> Task<Message> {
        match action {
            messenger::Action::None => Task::none(),
            messenger::Action::Command(command) => self.send(command),
            messenger::Action::Task(task) => task.map(Message::Messenger),
            messenger::Action::Open(chat) => Task::batch([
                self.send(Command::Chat(chat, ChatCommand::Open)),
                operation::focus(id::COMPOSER),
            ]),
            messenger::Action::Add(chat) => {
                let add = self.send(Command::Contact(chat.clone(), ContactCommand::Add));
                Task::batch([add, self.perform(messenger::Action::Open(chat))])
            }
            messenger::Action::OpenKeys => self.open_keys(),
            messenger::Action::AddAccount => {
                self.screen = Screen::Onboarding(Onboarding::start());
                Task::none()
            }
            messenger::Action::SignIn(account) => {
                self.screen = Screen::Onboarding(Onboarding::sign_in_again(&account));
                operation::focus(id::PASSWORD)
            }
        }
    }

    /// Sends a command to the engine; one that it rejects goes back to the screen where it was typed.
    fn send(&mut self, command: Command) -> Task<Message> {
        let Some(command) = (self.tell)(command) else { return Task::none() };
        let is_taken_back = match &mut self.screen {
            Screen::Onboarding(screen) => screen.command_rejected(),
            Screen::Messenger => false,
        };
        if !is_taken_back {
            self.messenger.command_rejected(command);
        }
        Task::none()
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("windows", &self.windows).finish_non_exhaustive()
    }
}
