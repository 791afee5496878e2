//! The key window: every fingerprint ever seen, whose it is, and how it was verified.

mod entry;
mod own;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use engine::{
    AccountEvent, BareJid, ChatCommand, ChatId, Command, Event, Fingerprint, KeyRow, Proof,
};
use iced::widget::{Column, column, container, row, scrollable};
use iced::{Center, Element, Fill, Task, clipboard};

use crate::icon::Icon;
use crate::names::roster_name;
use crate::t;
use crate::theme::{self, Tone, space};
use crate::widget::{field, hint, id, strong, text_button, title};

/// Widest the list gets, in logical pixels.
const WIDTH_MAX: f32 = 900.0;

/// State of the window.
#[derive(Debug, Default)]
pub struct Keys {
    rows: Vec<KeyRow>,
    own: BTreeMap<BareJid, Fingerprint>,
    names: BTreeMap<ChatId, String>,
    tab: Tab,
    search: String,
    expanded: Option<Expanded>,
}

/// Whose keys are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Tab {
    /// Contacts' keys.
    #[default]
    Contacts,
    /// Our own.
    Own,
}

/// Names one key of one contact.
pub type KeyName = (ChatId, Fingerprint);

/// What is expanded below a key.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Expanded {
    key: KeyName,
    what: Expand,
}

/// What can be expanded below a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expand {
    /// Both codes, to compare.
    Compare,
    /// What it means when they differ.
    Differs,
    /// Whether to withdraw trust.
    Withdraw,
    /// Whether to forget it.
    Forget,
}

/// What a person can do here.
#[derive(Clone, Debug)]
pub enum Message {
    /// Typed in the search.
    Searched(String),
    /// Wants to see other keys.
    Show(Tab),
    /// Expands something below a key, or collapses it again.
    Expand(KeyName, Expand),
    /// Collapses everything.
    Collapse,
    /// The codes match; exactly this key was shown.
    Match(KeyName),
    /// The codes differ; exactly this key was shown.
    Differ(KeyName),
    /// Withdraws what was said of this key; confirmed.
    Withdraw(KeyName),
    /// Forgets this key; confirmed.
    Forget(KeyName),
    /// Copies this key code.
    Copy(Fingerprint),
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

impl Keys {
    /// Handles an event of the engine.
    pub fn observe(&mut self, event: &Event) {
        match event {
            Event::Keys(rows) => {
                self.rows.clone_from(rows);
                // By contact; of one contact the key in use first, then the latest.
                self.rows.sort_by_key(|row| {
                    (row.chat.clone(), Reverse(row.in_use), Reverse(row.last_seen))
                });
                self.collapse_removed();
            }
            Event::Account(account, AccountEvent::OwnKey(fingerprint)) => {
                self.own.insert(account.clone(), *fingerprint);
            }
            Event::Account(account, AccountEvent::Roster(contacts)) => {
                self.names.retain(|chat, _| chat.account != *account);
                for info in contacts {
                    self.rename(account, info);
                }
            }
            Event::Chat(chat, engine::ChatEvent::Info(info)) => {
                self.rename(&chat.account, info);
            }
            Event::Account(account, AccountEvent::Removed) => {
                self.own.remove(account);
                self.names.retain(|chat, _| chat.account != *account);
            }
            Event::Vault(_)
            | Event::Setting(_)
            | Event::Account(..)
            | Event::Registration(_)
            | Event::Import(_)
            | Event::Chat(..) => {}
        }
    }

    /// Collapses what is expanded below a key; whether there was anything.
    pub fn collapse(&mut self) -> bool {
        self.expanded.take().is_some()
    }

    /// Handles what the person did.
    pub fn update(&mut self, message: Message) -> Action {
        match message {
            Message::Searched(search) => self.search = search,
            Message::Show(tab) => {
                self.tab = tab;
                self.expanded = None;
            }
            Message::Expand(key, what) => {
                let wanted = Expanded { key, what };
                self.expanded = (self.expanded.as_ref() != Some(&wanted)).then_some(wanted);
            }
            Message::Collapse => self.expanded = None,
            Message::Match(key) => {
                self.expanded = None;
                return set_trust(key, Some(Proof::Compared));
            }
            Message::Differ(key) => {
                self.expanded = Some(Expanded { key: key.clone(), what: Expand::Differs });
                let (chat, fingerprint) = key;
                return Action::Command(Command::Chat(chat, ChatCommand::DoubtKey(fingerprint)));
            }
            Message::Withdraw(key) => {
                self.expanded = None;
                return set_trust(key, None);
            }
            Message::Forget(key) => {
                self.expanded = None;
                if self.row(&key).is_some_and(|row| !row.in_use) {
                    let (chat, fingerprint) = key;
                    return Action::Command(Command::Chat(
                        chat,
                        ChatCommand::ForgetKey(fingerprint),
                    ));
                }
            }
            Message::Copy(fingerprint) => {
                return Action::Task(clipboard::write(fingerprint.to_string()));
            }
        }
        Action::None
    }

    /// Draws it.
    #[must_use]
    pub fn view(&self) -> Element<'_, Message> {
        let head = row![title(t!("keys-title")).width(Fill), self.tabs()].align_y(Center);
        let list = match self.tab {
            Tab::Contacts => self.contacts(),
            Tab::Own => own::view(&self.own),
        };
        let inside = container(list).padding([0.0, space::L]).max_width(WIDTH_MAX);
        let list = scrollable(container(inside).center_x(Fill))
            .width(Fill)
            .height(Fill)
            .style(theme::scroll);
        let search = (self.tab == Tab::Contacts).then(|| {
            field::input(&t!("keys-search"), &self.search)
                .id(id::KEY_SEARCH)
                .on_input(Message::Searched)
        });
        let top = column![head].push(search).spacing(space::M);
        let top = container(top).padding([0.0, space::L]).max_width(WIDTH_MAX);
        let top = container(top).center_x(Fill);
        let all = column![top, list].spacing(space::M).padding([space::L, 0.0]);
        container(all)
            .width(Fill)
            .height(Fill)
            .style(theme::background(|colors| colors.background))
            .into()
    }

    fn tabs(&self) -> Element<'_, Message> {
        let tab = |icon, label, tab| {
            let face = container(text_button(icon, label, Some(Message::Show(tab))));
            if self.tab == tab { face.style(theme::note(Tone::Accent)) } else { face }
        };
        row![
            tab(Icon::Person, t!("keys-tab-contacts"), Tab::Contacts),
            tab(Icon::Key, t!("keys-tab-own"), Tab::Own)
        ]
        .spacing(space::S)
        .into()
    }

    fn contacts(&self) -> Column<'_, Message> {
        let found: Vec<&KeyRow> = self.rows.iter().filter(|row| self.is_found(row)).collect();
        if found.is_empty() {
            let words = if self.rows.is_empty() { t!("keys-none") } else { t!("keys-none-found") };
            return column![hint(words)].padding([space::L, 0.0]);
        }
        let mut list = Column::new().spacing(space::S);
        let mut account = None;
        for row in found {
            if account != Some(&row.chat.account) {
                account = Some(&row.chat.account);
                list = list.push(
                    container(
                        strong(row.chat.account.to_string()).style(theme::tone_style(Tone::Muted)),
                    )
                    .padding([space::XS, 0.0]),
                );
            }
            let expanded = self.expanded.as_ref().filter(|expanded| is_of(&expanded.key, row));
            let ours = self.own.get(&row.chat.account).copied();
            let what = expanded.map(|expanded| expanded.what);
            list = list.push(entry::view(row, self.name(&row.chat), ours, what));
        }
        list
    }

    /// Whether a key belongs to what is searched: a name, an address, or a piece of the code.
    fn is_found(&self, row: &KeyRow) -> bool {
        let wanted = self.search.trim().to_lowercase();
        let digits: String = wanted.chars().filter(|c| !c.is_whitespace()).collect();
        let code = row.fingerprint.to_string().to_lowercase().replace(' ', "");
        [self.name(&row.chat).to_lowercase(), row.chat.contact.to_string()]
            .iter()
            .any(|text| text.contains(&wanted))
            || code.contains(&digits)
    }

    fn name(&self, chat: &ChatId) -> String {
        self.names.get(chat).cloned().unwrap_or_else(|| chat.contact.to_string())
    }

    fn rename(&mut self, account: &BareJid, info: &engine::ContactInfo) {
        let chat = ChatId { account: account.clone(), contact: info.contact.clone() };
        match roster_name(info) {
            Some(name) => self.names.insert(chat, name),
            None => self.names.remove(&chat),
        };
    }

    fn row(&self, key: &KeyName) -> Option<&KeyRow> {
        self.rows.iter().find(|row| is_of(key, row))
    }

    fn collapse_removed(&mut self) {
        let is_there = self.expanded.as_ref().is_some_and(|one| self.row(&one.key).is_some());
        if !is_there {
            self.expanded = None;
        }
    }
}

fn is_of(key: &KeyName, row: &KeyRow) -> bool {
    key.0 == row.chat && key.1 == row.fingerprint
}

fn set_trust((chat, fingerprint): KeyName, proof: Option<Proof>) -> Action {
    Action::Command(Command::Chat(chat, ChatCommand::SetTrust { fingerprint, proof }))
}

#[cfg(test)]
mod tests;
