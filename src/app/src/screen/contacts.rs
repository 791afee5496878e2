//! The contact list (roster): search, groups, subscription requests, and a row for each chat.

mod entry;
mod groups;
mod requests;

use std::cmp::Reverse;

use engine::{Availability, ChatId, Command, ContactCommand, NotKept, Subscription};
use iced::widget::{column, container, row, scrollable};
use iced::{Element, Fill};

pub use entry::Entry;
use groups::Groups;
use requests::Requests;

use crate::icon::Icon;
use crate::t;
use crate::theme::{self, Tone, space};
use crate::widget::{self, FocusTarget, id};

/// State of the list: what is searched for, and which group is looked at. The contacts belong to
/// the conversations.
#[derive(Debug, Default)]
pub struct Contacts {
    search: String,
    group: Option<String>,
    requests: Requests,
}

/// What a person can do here.
#[derive(Clone, Debug)]
pub enum Message {
    /// Typed in the search.
    Search(String),
    /// Pressed Enter in the search: takes the first that is found.
    SearchDone,
    /// Looks at one group, or at everybody.
    Look(Option<String>),
    /// Chose a conversation.
    Choose(ChatId),
    /// Accepts somebody who asked.
    Accept(ChatId),
    /// Declines somebody who asked.
    Decline(ChatId),
    /// Has the server keep somebody away who asked.
    Block(ChatId),
    /// About all strangers who ask.
    Requests(requests::Message),
    /// Wants to add somebody.
    Add,
}

/// What the parent has to do about it.
#[derive(Debug)]
#[must_use]
pub enum Action {
    /// Nothing has to be done.
    None,
    /// Send this command to the engine.
    Command(Command),
    /// Show this conversation.
    Choose(ChatId),
    /// Show the first that is found.
    ChooseFirst,
    /// Give those who ask, to [`Contacts::ask_to_decline`].
    AskToDeclineAll,
    /// Ask whom to add.
    Add,
}

/// Entries in the order they are shown.
#[derive(Debug, Default)]
pub struct Sections<'a> {
    /// Strangers who ask.
    pub requests: Vec<Entry<'a>>,
    /// What of strangers was not kept.
    pub not_kept: NotKept,
    /// Whether each says which of our accounts it belongs to.
    pub says_account: bool,
    /// There, away or busy.
    pub online: Vec<Entry<'a>>,
    /// Not there.
    pub offline: Vec<Entry<'a>>,
    groups: Groups<'a>,
}

impl Message {
    /// Whether it only changes a text.
    #[must_use]
    pub const fn is_typing(&self) -> bool {
        matches!(self, Self::Search(_))
    }
}

impl<'a> Sections<'a> {
    /// Sorts those that the search finds, or else those of the group that is looked at: the latest
    /// message first, then by name. Strangers belong to every group.
    #[must_use]
    pub fn sort(entries: impl IntoIterator<Item = Entry<'a>>, contacts: &'a Contacts) -> Self {
        let wanted = contacts.search.trim().to_lowercase();
        let entries: Vec<_> = entries.into_iter().collect();
        let selected = contacts.group.as_deref().filter(|_| wanted.is_empty());
        let mut sections = Self { groups: Groups::of(&entries, selected), ..Self::default() };
        for entry in entries.into_iter().filter(|entry| entry.is_found_by(&wanted)) {
            let asks = matches!(entry.subscription, Subscription::Requested | Subscription::Wrote);
            if asks && !entry.blocked {
                sections.requests.push(entry);
            } else if !sections.groups.shows(&entry) {
                sections.groups.miss(&entry);
            } else if entry.blocked || entry.availability == Availability::Offline {
                sections.offline.push(entry);
            } else {
                sections.online.push(entry);
            }
        }
        for section in [&mut sections.requests, &mut sections.online, &mut sections.offline] {
            section.sort_by_cached_key(|entry| (Reverse(entry.last_at), entry.name.to_lowercase()));
        }
        sections
    }

    /// Those one can talk to, in the order they are shown.
    pub fn reachable(&self) -> impl DoubleEndedIterator<Item = &Entry<'a>> {
        self.online.iter().chain(&self.offline)
    }

    /// All that can be clicked on, from above.
    pub fn order<'b>(&'b self, contacts: &Contacts) -> impl Iterator<Item = &'b ChatId> + Clone {
        let is_sought = !contacts.search.trim().is_empty();
        let cards = contacts.requests.cards(self.requests.len(), is_sought);
        let cards = self.requests.iter().take(cards);
        cards.chain(&self.online).chain(&self.offline).map(|entry| entry.id)
    }

    fn is_empty(&self) -> bool {
        let nobody_asks = self.requests.is_empty() && self.not_kept == NotKept::default();
        nobody_asks && self.online.is_empty() && self.offline.is_empty()
    }
}

impl Contacts {
    /// Forgets what was searched for; whether there was anything.
    pub fn clear_search(&mut self) -> bool {
        !std::mem::take(&mut self.search).is_empty()
    }

    /// Handles what the person did.
    pub fn update(&mut self, message: Message) -> Action {
        match message {
            Message::Search(search) => {
                self.search = search;
                Action::None
            }
            Message::SearchDone => Action::ChooseFirst,
            Message::Look(group) => {
                self.group = group;
                Action::None
            }
            Message::Choose(chat) => Action::Choose(chat),
            Message::Accept(chat) => {
                Action::Command(Command::Contact(chat, ContactCommand::Accept))
            }
            Message::Decline(chat) => {
                Action::Command(Command::Contact(chat, ContactCommand::Decline))
            }
            Message::Block(chat) => Action::Command(Command::Contact(chat, ContactCommand::Block)),
            Message::Requests(requests::Message::AskToDecline) => Action::AskToDeclineAll,
            Message::Requests(message) => {
                let declined = self.requests.update(message);
                if declined.is_empty() {
                    return Action::None;
                }
                Action::Command(Command::DeclineAll(declined))
            }
            Message::Add => Action::Add,
        }
    }

    /// Where keys arrive while the list asks something.
    #[must_use]
    pub fn focus_target(&self) -> Option<FocusTarget> {
        self.requests.asks().then(|| FocusTarget::new(id::DECLINE_NOBODY, "decline-all"))
    }

    /// Asks whether to decline all of these.
    pub fn ask_to_decline(&mut self, asked: Vec<ChatId>) {
        self.requests.ask_to_decline(asked);
    }

    /// Draws the search, the groups and the sections; `chosen` is the conversation on the right.
    pub fn view<'a>(
        &'a self,
        sections: Sections<'a>,
        chosen: Option<&ChatId>,
    ) -> Element<'a, Message> {
        let search = widget::field::input(&t!("search"), &self.search)
            .id(id::SEARCH)
            .on_input(Message::Search)
            .on_submit(Message::SearchDone);
        let add = widget::icon_button(Icon::Plus, t!("add-contact"), Some(Message::Add));
        let head = row![search, add].spacing(space::XS).align_y(iced::Center);
        // What is searched for is sought in all groups.
        let groups = self.search.trim().is_empty().then(|| sections.groups.view());
        let groups = groups.flatten().unwrap_or_else(|| iced::widget::space().into());

        let list: Element<'_, Message> = if sections.is_empty() {
            self.nobody()
        } else {
            let Sections { requests, online, offline, not_kept, says_account, .. } = sections;
            let is_sought = !self.search.trim().is_empty();
            let mut list = column![]
                .spacing(space::XS / 2.0)
                .padding(iced::padding::left(space::S).right(space::SM))
                .push(self.requests.view(requests, not_kept, chosen, (is_sought, says_account)));
            for (there, entries) in [(true, online), (false, offline)] {
                if entries.is_empty() {
                    continue;
                }
                let count = entries.len();
                let in_sight = entries.iter().any(|entry| entry.in_sight);
                list = list.push(section(match (there, in_sight) {
                    (true, true) => t!("section-online", count = count),
                    (true, false) => t!("section-was-online", count = count),
                    (false, true) => t!("section-offline", count = count),
                    (false, false) => t!("section-was-offline", count = count),
                }));
                list = list.extend(entries.into_iter().map(|entry| {
                    let here = chosen == Some(entry.id);
                    entry.row(here, says_account)
                }));
            }
            list.into()
        };
        column![
            container(head).padding([space::S, space::SM]),
            groups,
            scrollable(container(list).padding(iced::padding::bottom(space::S)))
                .id(id::CONTACTS)
                .style(theme::scroll)
                .direction(slim())
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
        let add = widget::text_button(Icon::Plus, t!("add-contact"), Some(Message::Add));
        column![widget::hint(words), add].spacing(space::S).padding(space::M).into()
    }
}

/// A scrollbar that takes little room.
fn slim() -> scrollable::Direction {
    let bar = scrollable::Scrollbar::new().width(6).scroller_width(6).margin(1);
    scrollable::Direction::Vertical(bar)
}

fn section<'a>(label: String) -> Element<'a, Message> {
    container(widget::small(label).font(theme::STRONG).style(theme::tone_style(Tone::Muted)))
        .padding(theme::padding_start(space::S).top(space::SM).bottom(space::XS))
        .into()
}

#[cfg(test)]
mod tests;
