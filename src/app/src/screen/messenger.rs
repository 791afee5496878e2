//! The main window once there is an account: accounts and contact list at the start of a line, a chat at
//! its end, and one dialog (sheet) on top.

mod account;
mod account_sheet;
mod attention;
mod avatars;
mod banner;
mod chats;
mod empty;
mod help;
mod lookalikes;
mod message;
mod new_contact;
mod own_presence;
mod practice;
mod sheet;
mod stillness;
#[cfg(test)]
mod tests;
mod view;

use std::collections::BTreeMap;
use std::time::Instant;

use engine::{
    AccountEvent, AccountState, BareJid, ChatCommand, ChatEvent, ChatId, Command,
    ConnectionCommand, ContactCommand, Event, PracticeCommand, Program, Setting, VaultEvent,
    is_practice,
};
use iced::widget::operation;

use self::account::ConnectionSettings;
use self::account_sheet::AccountSheet;
use self::attention::Attention;
use self::banner::Banner;
use self::chats::sections;
use self::own_presence::OwnPresence;
use self::stillness::Stillness;
pub use account::Account;
pub use avatars::decode_avatar;
pub use message::{Action, Message};
pub use sheet::Sheet;

use crate::screen::chat::{self, Chat};
use crate::screen::contacts::{self, Contacts};
use crate::screen::practice_script;
use crate::widget::{FocusTarget, id};

/// State of the main window once there is an account.
#[derive(Debug, Default)]
pub struct Messenger {
    accounts: BTreeMap<BareJid, Account>,
    chats: BTreeMap<ChatId, Chat>,
    attention: Attention,
    /// The chat that was closed; the engine is told with the next commands.
    left: Option<ChatId>,
    contacts: Contacts,
    /// In a narrow window: whether the contact list is shown instead of the chat.
    shows_list: bool,
    sheet: Option<Sheet>,
    own_presence: OwnPresence,
    banner: Option<Banner>,
    /// Whether a contact came, went or was renamed since confusable names were marked.
    names_changed: bool,
    stillness: Stillness,
    /// Whether the vault is in memory only, so that all is lost at exit.
    keeps_nothing: bool,
}

impl Messenger {
    /// Tells that the keys of an account that was here already were imported from this program.
    pub fn keys_imported(&mut self, program: Program) {
        self.banner = Some(Banner::KeysImported(program));
    }

    /// Whether this account is in the list.
    #[must_use]
    pub fn has_account(&self, account: &BareJid) -> bool {
        self.accounts.contains_key(account)
    }

    /// Whether any account is in the list, practice included.
    #[must_use]
    pub fn has_accounts(&self) -> bool {
        !self.accounts.is_empty()
    }

    /// Number of unread messages and open verification requests, for the title.
    #[must_use]
    pub fn unread(&self) -> usize {
        self.chats.values().map(|chat| chat.unread() + usize::from(chat.asks())).sum()
    }

    /// Whether the person sees the conversations: the main window has the focus and shows them.
    pub fn set_focused(&mut self, focused: bool) {
        if let Some(open) = self.attention.set_focused(focused) {
            self.show_attention(open);
        }
    }

    /// Adds an account that is about to connect.
    pub fn expect(&mut self, account: BareJid) {
        self.accounts.entry(account).or_default();
    }

    /// Handles an event of the engine.
    pub fn observe(&mut self, event: Event) {
        if let Some(Sheet::Account(sheet)) = &mut self.sheet {
            sheet.observe(&event);
        }
        match event {
            Event::Account(account, event) => self.observe_account(account, event),
            Event::Chat(id, ChatEvent::Removed) => {
                self.names_changed |= self.chats.remove(&id).is_some();
                if self.attention.open_chat() == Some(&id) {
                    let _ = self.attention.close();
                }
            }
            Event::Chat(id, ChatEvent::Info(info)) => self.update_contact(id, info),
            Event::Chat(id, event) => self.told(id, event),
            Event::Vault(VaultEvent::NotSaved(failure)) => {
                self.banner = Some(Banner::NotSaved(failure))
            }
            Event::Vault(VaultEvent::KeepsNothing) => self.keeps_nothing = true,
            Event::Setting(Setting::Availability(now)) => self.own_presence.set(now),
            Event::Vault(VaultEvent::Opened { .. } | VaultEvent::Failed(_))
            | Event::Setting(Setting::TextSize(_))
            | Event::Keys(_)
            | Event::Import(_)
            | Event::Registration(_) => {}
        }
    }

    fn observe_account(&mut self, account: BareJid, event: AccountEvent) {
        match event {
            AccountEvent::State(state) => self.account_changed(account, state),
            AccountEvent::OwnKey(fingerprint) => {
                self.accounts.entry(account.clone()).or_default().own_key = Some(fingerprint);
                for (_, chat) in self.chats_of(&account) {
                    chat.set_own_fingerprint(fingerprint);
                }
            }
            AccountEvent::Removed => self.forget(&account),
            AccountEvent::Roster(contacts) => self.roster(&account, contacts),
            AccountEvent::Place { server, route, key_is_pinned } => {
                self.account(account).connection =
                    Some(ConnectionSettings { server, route, key_is_pinned });
            }
            AccountEvent::Secured(security) => self.account(account).security = Some(security),
            AccountEvent::PrivacySettings(manners) => self.account(account).manners = manners,
            AccountEvent::Blocked(contacts) => self.account(account).blocked = Some(contacts),
            AccountEvent::NotKept(not_kept) => self.account(account).not_kept = not_kept,
            AccountEvent::ArchiveGap(gap) => self.archive_gap(&account, gap),
            AccountEvent::Traffic { .. }
            | AccountEvent::PasswordChanged(_)
            | AccountEvent::NotDeleted(_) => {}
        }
    }

    /// Whether the XML console of an account is open.
    #[must_use]
    pub fn watches(&self, account: &BareJid) -> bool {
        matches!(&self.sheet, Some(Sheet::Account(sheet)) if sheet.watches(account))
    }

    /// The engine rejected a command: what was typed goes back to its screen, and a banner tells it.
    pub fn command_rejected(&mut self, command: Command) {
        if matches!(command, Command::Set(Setting::Availability(_))) {
            self.own_presence.revert();
        }
        if let Some(Sheet::Account(sheet)) = &mut self.sheet {
            sheet.command_rejected();
        }
        if let Command::Chat(id, ChatCommand::Leave) = command {
            self.left.get_or_insert(id);
            return;
        }
        match command.chat().cloned() {
            Some(id) if self.chats.contains_key(&id) => self.chat(id).command_rejected(command),
            Some(_) | None => self.banner = Some(Banner::EngineBusy),
        }
    }

    /// The engine is gone for good.
    pub fn engine_gone(&mut self) {
        self.banner = Some(Banner::EngineGone);
    }

    /// Opens the conversation with the practice partner, if nothing else is open.
    pub fn open_practice(&mut self) -> Action {
        let partner = self.chats.keys().find(|id| is_practice(&id.account)).cloned();
        match partner.filter(|_| self.attention.open_chat().is_none()) {
            Some(partner) => self.choose(partner),
            None => Action::None,
        }
    }

    /// Moves the focus to the search of the contact list.
    pub fn find(&mut self) -> Action {
        self.sheet = None;
        self.shows_list = true;
        Action::Task(operation::focus(id::SEARCH))
    }

    /// Opens the dialog that adds a contact.
    pub fn new_contact(&mut self) -> Action {
        let accounts: Vec<BareJid> = self.own_accounts().cloned().collect();
        let chosen = self.attention.open_chat().map(|chat| &chat.account);
        let Some(sheet) = Sheet::new_contact(accounts, chosen) else { return Action::AddAccount };
        self.sheet = Some(sheet);
        Action::Task(operation::focus(id::NEW_CONTACT))
    }

    /// Opens or closes the dialog with the keyboard shortcuts.
    pub fn help(&mut self) {
        self.sheet = match self.sheet.take() {
            Some(Sheet::Help) => None,
            Some(_) | None => Some(Sheet::Help),
        };
    }

    /// Closes what lies on top: a dialog, the search, or what is open in the chat.
    pub fn close_top(&mut self) -> Action {
        if self.sheet.take().is_some() {
            return Action::None;
        }
        let was_sought = self.contacts.clear_search();
        if was_sought || std::mem::take(&mut self.shows_list) {
            return Action::None;
        }
        self.shortcut(chat::Shortcut::Close)
    }

    /// The widget that is to have the keyboard focus, if there is one.
    #[must_use]
    pub fn focus_target(&self) -> Option<FocusTarget> {
        match &self.sheet {
            Some(sheet) => sheet.focus_target(),
            None if self.contacts.focus_target().is_some() => self.contacts.focus_target(),
            None => self
                .attention
                .open_chat()
                .and_then(|id| self.chats.get(id))
                .and_then(Chat::focus_target),
        }
    }

    /// Closes the chat; returns whether one was open.
    pub fn leave_chat(&mut self) -> bool {
        self.shows_list = false;
        let Some(id) = self.attention.close() else { return false };
        self.show_attention(id.clone());
        self.left = Some(id);
        true
    }

    /// Hands a keyboard shortcut on to the open chat.
    pub fn shortcut(&mut self, shortcut: chat::Shortcut) -> Action {
        let Some(id) = self.attention.open_chat().cloned().filter(|_| self.sheet.is_none()) else {
            return Action::None;
        };
        let action = self.chat(id.clone()).shortcut(shortcut);
        self.map_action(id, action)
    }

    /// Opens the next chat in the contact list, or the previous one.
    pub fn step(&mut self, forwards: bool) -> Action {
        let sections = sections(&self.chats, &self.contacts, &self.own_presence);
        let order: Vec<&ChatId> = sections.reachable().map(|entry| entry.id).collect();
        let here = order.iter().position(|id| Some(*id) == self.attention.open_chat());
        let next = match (here, forwards) {
            (None, true) => order.first(),
            (None, false) => order.last(),
            (Some(here), true) => order.get(here + 1).or(order.first()),
            (Some(here), false) => {
                here.checked_sub(1).and_then(|above| order.get(above)).or(order.last())
            }
        };
        match next.copied().cloned() {
            Some(id) => self.choose(id),
            None => Action::None,
        }
    }

    /// Handles what the person did.
    pub fn update(&mut self, message: Message) -> Action {
        match message {
            Message::Contacts(message) => {
                if !self.is_meant(&message, Instant::now()) {
                    return Action::None;
                }
                let action = self.in_contacts(message);
                self.follow_rows();
                return action;
            }
            Message::Chat(id, message) => {
                let Some(chat) = self.chats.get_mut(&id) else { return Action::None };
                let action = chat.update(message);
                return self.map_action(id, action);
            }
            Message::Sheet(message) => return self.on_sheet(message),
            Message::TryNow(account) => {
                return Action::Command(Command::Connection(account, ConnectionCommand::Reconnect));
            }
            Message::SignInAgain(account) => return Action::SignIn(account),
            Message::OpenAccount(account) => {
                self.sheet = Some(Sheet::Account(AccountSheet::new(account)))
            }
            Message::SignOut(account) => self.sheet = Some(Sheet::SignOut(account)),
            Message::AddAccount => return Action::AddAccount,
            Message::Practice(act) => {
                return Action::Command(Command::Practice(PracticeCommand::Act(act)));
            }
            Message::StartPractice => {
                return Action::Command(Command::Practice(PracticeCommand::Start(
                    practice_script(),
                )));
            }
            Message::LeavePractice => {
                return Action::Command(Command::Practice(PracticeCommand::Stop));
            }
            Message::OpenPractice => self.sheet = Some(Sheet::Practice),
            Message::OpenKeys => return Action::OpenKeys,
            Message::Help => self.help(),
            Message::AvatarDecoded(id, avatar, image) => self.avatar_decoded(&id, &avatar, image),
            Message::BannerDismissed => self.banner = None,
        }
        Action::None
    }

    fn in_contacts(&mut self, message: contacts::Message) -> Action {
        match self.contacts.update(message) {
            contacts::Action::None => Action::None,
            contacts::Action::Command(command) => Action::Command(command),
            contacts::Action::Choose(id) => self.choose(id),
            contacts::Action::ChooseFirst => {
                let sections = sections(&self.chats, &self.contacts, &self.own_presence);
                // Whoever is known comes first.
                let first = sections.reachable().chain(&sections.requests).next();
                let first = first.map(|entry| entry.id.clone());
                match first {
                    Some(id) => {
                        let _ = self.contacts.clear_search();
                        self.choose(id)
                    }
                    None => Action::None,
                }
            }
            contacts::Action::Add => self.new_contact(),
            contacts::Action::AskToDeclineAll => {
                let sections = sections(&self.chats, &self.contacts, &self.own_presence);
                let asked = sections.requests.iter().map(|entry| entry.id.clone()).collect();
                self.contacts.ask_to_decline(asked);
                Action::None
            }
        }
    }

    fn on_sheet(&mut self, message: sheet::Message) -> Action {
        let Some(sheet) = &mut self.sheet else { return Action::None };
        let known = sheet.account().and_then(|account| self.accounts.get(account));
        let action = sheet.update(message, known.unwrap_or(&Account::default()));
        self.mark_new_contact();
        match action {
            sheet::Action::None => Action::None,
            sheet::Action::Dismiss => {
                self.sheet = None;
                Action::None
            }
            sheet::Action::Command(command) => {
                self.sheet = None;
                // What is typed next is for nobody but whom the person turns to.
                let Command::Contact(chat, ContactCommand::Add) = command else {
                    return Action::Command(command);
                };
                let _ = self.choose(chat.clone());
                Action::Add(chat)
            }
            sheet::Action::Keep(command) => {
                self.own_presence.request(&command);
                Action::Command(command)
            }
            sheet::Action::SignOut(account) => {
                self.sheet = Some(Sheet::SignOut(account));
                Action::None
            }
            sheet::Action::Task(task) => Action::Task(task.map(Message::Sheet)),
        }
    }

    fn choose(&mut self, id: ChatId) -> Action {
        if self.attention.open_chat() != Some(&id) {
            let _ = self.leave_chat();
        }
        self.shows_list = false;
        self.attention.open(id.clone());
        self.show_attention(id.clone());
        Action::Open(id)
    }

    /// Tells a conversation how much of it the person sees now.
    fn show_attention(&mut self, id: ChatId) {
        let visibility = self.attention.visibility(&id);
        self.chat(id).set_visibility(visibility);
    }

    fn account_changed(&mut self, account: BareJid, state: AccountState) {
        for (_, chat) in self.chats_of(&account) {
            chat.account_changed(&state);
        }
        self.account(account).set_state(state);
    }

    fn forget(&mut self, account: &BareJid) {
        let _ = self.accounts.remove(account);
        self.names_changed = true;
        self.chats.retain(|id, _| id.account != *account);
        if self.attention.open_chat().is_some_and(|id| id.account == *account) {
            let _ = self.attention.close();
        }
        if self.sheet.as_ref().and_then(Sheet::account) == Some(account) {
            self.sheet = None;
        }
    }

    fn account(&mut self, account: BareJid) -> &mut Account {
        self.accounts.entry(account).or_default()
    }

    /// Turns an action of a chat into one of this screen.
    fn map_action(&mut self, id: ChatId, action: chat::Action) -> Action {
        match action {
            chat::Action::None => Action::None,
            chat::Action::Command(command) => {
                self.own_presence.request(&command);
                Action::Command(command)
            }
            chat::Action::Task(task) => {
                Action::Task(task.map(move |message| Message::Chat(id.clone(), message)))
            }
            chat::Action::OpenKeys => Action::OpenKeys,
            chat::Action::OpenPractice => {
                self.sheet = Some(Sheet::Practice);
                Action::None
            }
            chat::Action::Leave => {
                let _ = self.leave_chat();
                Action::None
            }
        }
    }
}
