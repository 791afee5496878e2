//! The list of contacts: who is there, who can read along, who wrote.

mod entry;

use std::cmp::Reverse;

use engine::{Availability, ChatId, Command, Subscription};
use iced::widget::{column, container, row, scrollable};
use iced::{Element, Fill};

pub use entry::Entry;

use crate::icon::Icon;
use crate::t;
use crate::theme::{self, Tone, space};
use crate::widget::{self, id};

/// State of the list: what is searched for. The contacts belong to the conversations.
#[derive(Debug, Default)]
pub struct Contacts {
    search: String,
}

/// What a person can do here.
#[derive(Clone, Debug)]
pub enum Message {
    /// Typed in the search.
    Search(String),
    /// Pressed Enter in the search: takes the first that is found.
    SearchDone,
    /// Chose a conversation.
    Choose(ChatId),
    /// Accepts somebody who asked.
    Accept(ChatId),
    /// Declines somebody who asked.
    Decline(ChatId),
    /// Has the server keep somebody away who asked.
    Block(ChatId),
    /// Wants to add somebody.
    Add,
}

/// What the parent has to do about it.
#[derive(Debug)]
#[must_use]
pub enum Action {
    /// Nothing.
    None,
    /// Ask the engine.
    Command(Command),
    /// Show this conversation.
    Choose(ChatId),
    /// Show the first that is found.
    ChooseFirst,
    /// Ask whom to add.
    Add,
}

/// Entries in the order they are shown.
#[derive(Debug, Default)]
pub struct Groups<'a> {
    /// Strangers who ask.
    pub requests: Vec<Entry<'a>>,
    /// There, away or busy.
    pub online: Vec<Entry<'a>>,
    /// Not there.
    pub offline: Vec<Entry<'a>>,
}

impl<'a> Groups<'a> {
    /// Sorts those that `search` finds: the latest message first, then by name.
    #[must_use]
    pub fn sort(entries: impl IntoIterator<Item = Entry<'a>>, search: &str) -> Self {
        let wanted = search.trim().to_lowercase();
        let mut groups = Self::default();
        for entry in entries {
            if !entry.is_found_by(&wanted) {
                continue;
            }
            if !entry.blocked
                && matches!(entry.subscription, Subscription::Requested | Subscription::Wrote)
            {
                groups.requests.push(entry);
            } else if entry.blocked || entry.availability == Availability::Offline {
                groups.offline.push(entry);
            } else {
                groups.online.push(entry);
            }
        }
        for group in [&mut groups.requests, &mut groups.online, &mut groups.offline] {
            group.sort_by_cached_key(|entry| (Reverse(entry.last_at), entry.name.to_lowercase()));
        }
        groups
    }

    /// Those one can talk to, in the order they are shown.
    pub fn reachable(&self) -> impl DoubleEndedIterator<Item = &Entry<'a>> {
        self.online.iter().chain(&self.offline)
    }

    fn is_empty(&self) -> bool {
        self.requests.is_empty() && self.online.is_empty() && self.offline.is_empty()
    }
}

impl Contacts {
    /// What is searched for.
    #[must_use]
    pub fn search(&self) -> &str {
        &self.search
    }

    /// Forgets what was searched for; whether there was anything.
    pub fn clear_search(&mut self) -> bool {
        !std::mem::take(&mut self.search).is_empty()
    }

    /// Takes in what the person did.
    pub fn update(&mut self, message: Message) -> Action {
        match message {
            Message::Search(search) => {
                self.search = search;
                Action::None
            }
            Message::SearchDone => Action::ChooseFirst,
            Message::Choose(chat) => Action::Choose(chat),
            Message::Accept(chat) => Action::Command(Command::AcceptContact(chat)),
            Message::Decline(chat) => Action::Command(Command::DeclineContact(chat)),
            Message::Block(chat) => Action::Command(Command::Block(chat)),
            Message::Add => Action::Add,
        }
    }

    /// Draws the search and the groups; `chosen` is the conversation on the right.
    pub fn view<'a>(&'a self, groups: Groups<'a>, chosen: Option<&ChatId>) -> Element<'a, Message> {
        let search = widget::field::input(&t!("search"), &self.search)
            .id(id::SEARCH)
            .on_input(Message::Search)
            .on_submit(Message::SearchDone);
        let add = widget::icon_button(Icon::Plus, t!("add-contact"), Some(Message::Add));
        let head = row![search, add].spacing(space::XS).align_y(iced::Center);

        let list: Element<'_, Message> = if groups.is_empty() {
            self.nobody()
        } else {
            let Groups { requests, online, offline } = groups;
            let mut list = column![]
                .spacing(space::XS / 2.0)
                .padding(iced::padding::left(space::S).right(space::SM));
            if !requests.is_empty() {
                list = list.push(group(t!("group-requests", count = requests.len())));
                list = list.extend(requests.into_iter().map(|entry| {
                    let here = chosen == Some(entry.id);
                    entry.request(here)
                }));
            }
            for (label, entries) in [
                (t!("group-online", count = online.len()), online),
                (t!("group-offline", count = offline.len()), offline),
            ] {
                if entries.is_empty() {
                    continue;
                }
                list = list.push(group(label));
                list = list.extend(entries.into_iter().map(|entry| {
                    let here = chosen == Some(entry.id);
                    entry.row(here)
                }));
            }
            list.into()
        };
        column![
            container(head).padding([space::S, space::SM]),
            scrollable(container(list).padding(iced::padding::bottom(space::S)))
                .id(id::CONTACTS)
                .style(theme::scroll)
                .direction(scrollable::Direction::Vertical(
                    scrollable::Scrollbar::new().width(6).scroller_width(6).margin(1)
                ))
                .height(Fill)
                .width(Fill),
        ]
        .height(Fill)
        .into()
    }

    fn nobody(&self) -> Element<'_, Message> {
        let words = if self.search.trim().is_empty() {
            t!("contacts-none")
        } else {
            t!("contacts-not-found")
        };
        let add = widget::bare(Icon::Plus, t!("add-contact"), Some(Message::Add));
        column![widget::hint(words), add].spacing(space::S).padding(space::M).into()
    }
}

fn group<'a>(label: String) -> Element<'a, Message> {
    container(widget::small(label).font(theme::STRONG).style(theme::toned(Tone::Muted)))
        .padding(iced::padding::top(space::SM).bottom(space::XS).left(space::S))
        .into()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use engine::{ContactInfo, Padlock};
    use iced_test::simulator;

    use super::*;

    fn chat(contact: &str) -> ChatId {
        ChatId { account: "me@example.org".parse().unwrap(), contact: contact.parse().unwrap() }
    }

    fn info(contact: &str, availability: Availability, subscription: Subscription) -> ContactInfo {
        let contact = contact.parse().unwrap();
        ContactInfo { contact, name: None, availability, subscription, blocked: false }
    }

    fn people() -> Vec<(ChatId, ContactInfo, Option<SystemTime>)> {
        let early = SystemTime::UNIX_EPOCH + Duration::from_secs(10);
        let late = SystemTime::UNIX_EPOCH + Duration::from_secs(20);
        [
            ("zoe@a.example", Availability::Online, Subscription::Both, None),
            ("adam@a.example", Availability::Away, Subscription::Both, None),
            ("bob@a.example", Availability::Busy, Subscription::Both, Some(early)),
            ("carl@a.example", Availability::Online, Subscription::OneWay, Some(late)),
            ("dora@a.example", Availability::Offline, Subscription::Asked, Some(late)),
            ("stranger@b.example", Availability::Offline, Subscription::Requested, None),
        ]
        .map(|(who, there, subscription, at)| (chat(who), info(who, there, subscription), at))
        .into()
    }

    fn entries(
        people: &[(ChatId, ContactInfo, Option<SystemTime>)],
    ) -> impl Iterator<Item = Entry<'_>> {
        people.iter().map(|(id, info, last_at)| Entry {
            last_at: *last_at,
            ..Entry::new(id, info, Padlock::NotPrivate)
        })
    }

    fn names(group: &[Entry<'_>]) -> Vec<String> {
        group.iter().map(|entry| entry.id.contact.to_string()).collect()
    }

    #[test]
    fn strangers_come_first_then_those_who_are_there_by_their_latest_message() {
        let people = people();
        let groups = Groups::sort(entries(&people), "");
        assert_eq!(names(&groups.requests), ["stranger@b.example"]);
        assert_eq!(
            names(&groups.online),
            ["carl@a.example", "bob@a.example", "adam@a.example", "zoe@a.example"]
        );
        assert_eq!(names(&groups.offline), ["dora@a.example"]);
    }

    #[test]
    fn the_search_finds_names_and_addresses_in_any_case() {
        let people = people();
        let groups = Groups::sort(entries(&people), " B.EXAMPLE ");
        assert_eq!(names(&groups.requests), ["stranger@b.example"]);
        assert_eq!(groups.reachable().count(), 0);
    }

    #[test]
    fn accepting_declining_and_blocking_a_stranger_ask_the_engine() {
        let stranger = || chat("stranger@b.example");
        for (label, wanted) in [
            (t!("accept"), Command::AcceptContact(stranger())),
            (t!("decline"), Command::DeclineContact(stranger())),
            (t!("block"), Command::Block(stranger())),
        ] {
            let people = people();
            let mut contacts = Contacts::default();
            let message = {
                let groups = Groups::sort(entries(&people), "");
                let mut ui = simulator(contacts.view(groups, None));
                ui.click(label.as_str()).unwrap();
                ui.into_messages().next().unwrap()
            };
            let Action::Command(command) = contacts.update(message) else {
                panic!("no command");
            };
            assert_eq!(format!("{command:?}"), format!("{wanted:?}"));
        }
    }

    #[test]
    fn choosing_a_row_shows_its_conversation() {
        let people = people();
        let contacts = Contacts::default();
        let groups = Groups::sort(entries(&people), "");
        let mut ui = simulator(contacts.view(groups, None));
        ui.click("carl").unwrap();
        assert!(matches!(
            ui.into_messages().next(),
            Some(Message::Choose(id)) if id == chat("carl@a.example")
        ));
    }

    #[test]
    fn presence_is_a_word_too() {
        let people = people();
        let contacts = Contacts::default();
        let mut ui = simulator(contacts.view(Groups::sort(entries(&people), "bob"), None));
        assert!(ui.find(t!("presence-busy").as_str()).is_ok());
    }

    #[test]
    fn a_stranger_who_wrote_can_be_read_before_deciding() {
        let people = [(
            chat("stranger@b.example"),
            info("stranger@b.example", Availability::Offline, Subscription::Wrote),
            None,
        )];
        let contacts = Contacts::default();
        let mut ui = simulator(contacts.view(Groups::sort(entries(&people), ""), None));
        assert!(ui.find(t!("request-wrote").as_str()).is_ok());
        ui.click("stranger").unwrap();
        assert!(matches!(ui.into_messages().next(), Some(Message::Choose(_))));
    }

    #[test]
    fn whom_the_server_keeps_away_is_called_blocked() {
        let bob = info("bob@b.example", Availability::Online, Subscription::Both);
        let people = [(chat("bob@b.example"), ContactInfo { blocked: true, ..bob }, None)];
        let contacts = Contacts::default();
        let mut ui = simulator(contacts.view(Groups::sort(entries(&people), ""), None));
        assert!(ui.find(t!("presence-blocked").as_str()).is_ok());
    }

    #[test]
    fn a_search_without_a_find_says_so() {
        let mut contacts = Contacts::default();
        let _ = contacts.update(Message::Search("nobody".to_owned()));
        let mut ui = simulator(contacts.view(Groups::default(), None));
        assert!(ui.find(t!("contacts-not-found").as_str()).is_ok());
    }
}
