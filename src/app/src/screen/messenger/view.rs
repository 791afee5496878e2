//! Lays the main window out in the room there is: side by side what fits, and else one part at a time.

use std::time::SystemTime;

use engine::{BareJid, is_practice};
use iced::widget::{column, container, responsive, row, rule, scrollable, space, stack};
use iced::{Center, Element, Fill, Size};

use super::chats::sections;
use super::{Message, Messenger, Sheet, empty, practice, sheet};
use crate::icon::Icon;
use crate::screen::chat::Frame;
use crate::t;
use crate::theme::{self, Tone, space as room};
use crate::widget;

/// Width of the left side in logical pixels.
const SIDEBAR: f32 = 300.0;
/// Narrower than this, in logical pixels, there is room for the list or for the conversation.
const BESIDE: f32 = 720.0;
/// Wide enough for practice, too, in logical pixels.
const WITH_PRACTICE: f32 = 980.0;
/// Tallest that the accounts stand above the list, in logical pixels, and as a share of the window.
const ACCOUNTS_MAX: f32 = 260.0;
const ACCOUNTS_SHARE: f32 = 0.4;

impl Messenger {
    /// Draws it.
    pub fn view(&self, now: SystemTime) -> Element<'_, Message> {
        responsive(move |size| self.lay_out(size, now)).into()
    }

    /// Accounts of the person's own, in order.
    pub(super) fn own_accounts(&self) -> impl Iterator<Item = &BareJid> + Clone {
        self.accounts.keys().filter(|account| !is_practice(account))
    }

    /// Whether it has to be said as whom the person acts.
    pub(super) fn has_several_accounts(&self) -> bool {
        self.own_accounts().nth(1).is_some()
    }

    fn lay_out(&self, size: Size, now: SystemTime) -> Element<'_, Message> {
        let chosen = self.attention.open_chat().and_then(|id| self.chats.get(id));
        let is_narrow = size.width < BESIDE;
        let shows_list = !is_narrow || self.shows_list || chosen.is_none();
        let shows_chat = !is_narrow || !shows_list;
        let beside = match chosen {
            Some(chat) => {
                let account = self.has_several_accounts().then(|| &chat.id().account);
                let invisible = self.own_presence.is_invisible();
                let frame = Frame { hides_list: is_narrow, account, invisible };
                let id = chat.id().clone();
                chat.view_in(frame, now).map(move |message| Message::Chat(id.clone(), message))
            }
            None => empty::view(self.chats.is_empty(), self.accounts.keys().any(is_practice)),
        };
        let practises = self.accounts.keys().any(is_practice);
        let practice_is_beside = practises && size.width >= WITH_PRACTICE;
        // Each has its place whether or not it is shown, so that what stays keeps its state.
        let mut page = row![
            if shows_list { self.sidebar(size, is_narrow, practice_is_beside) } else { none() },
            if is_narrow { none() } else { rule::vertical(1).style(theme::line).into() },
            if shows_chat { container(beside).width(Fill).height(Fill).into() } else { none() },
        ];
        if practice_is_beside {
            page = page.push(rule::vertical(1).style(theme::line));
            page = page.push(practice::beside());
        }
        // Something always stands above the page, so that a notice that comes leaves it its state.
        let above = self.banner.as_ref().map_or_else(none, |banner| banner.view());
        let page = column![above, page];
        let layer = self.sheet.as_ref().map(|sheet| {
            let dismiss = Message::Sheet(sheet::Message::Dismiss);
            let nothing = space().width(Fill).height(Fill);
            widget::modal(nothing, self.view_sheet(sheet).map(Message::Sheet), dismiss, size)
        });
        // The page stays the same widget whether or not a sheet is open, and so keeps its state.
        stack![widget::disabled_layer(page, layer.is_some())].push(layer).into()
    }

    fn sidebar(
        &self,
        size: Size,
        is_narrow: bool,
        practice_is_beside: bool,
    ) -> Element<'_, Message> {
        let accounts = self
            .accounts
            .iter()
            .map(|(jid, account)| account.view(jid, self.own_presence.now(), practice_is_beside));
        let forgets = self.keeps_nothing && self.own_accounts().next().is_some();
        let forgets =
            forgets.then(|| widget::note(Icon::Warning, Tone::Warning, t!("keeps-nothing")));
        let accounts = column(accounts)
            .push(forgets)
            .spacing(room::XS)
            .padding(iced::padding::all(room::SM).bottom(0));
        let mut sections = sections(&self.chats, &self.contacts, &self.own_presence);
        sections.not_kept = self.not_kept();
        sections.says_account = self.has_several_accounts();
        let list = self.contacts.view(sections, self.attention.open_chat()).map(Message::Contacts);
        let tools = row![
            widget::text_button(Icon::Key, t!("key-codes"), Some(Message::OpenKeys)),
            space().width(Fill),
            widget::icon_button(Icon::Person, t!("add-account"), Some(Message::AddAccount)),
            widget::icon_button(Icon::Question, t!("help"), Some(Message::Help)),
        ]
        .align_y(Center)
        .padding([room::XS, room::S]);
        let height = ACCOUNTS_MAX.min(size.height * ACCOUNTS_SHARE);
        let accounts = container(scrollable(accounts).style(theme::scroll)).max_height(height);
        let all = column![accounts, list, rule::horizontal(1).style(theme::line), tools];
        let all = container(all).height(Fill).style(theme::background(|colors| colors.sidebar));
        if is_narrow { all.width(Fill).into() } else { all.width(SIDEBAR).into() }
    }

    fn view_sheet<'a>(&'a self, sheet: &'a Sheet) -> Element<'a, sheet::Message> {
        let known = sheet.account().and_then(|account| self.accounts.get(account));
        sheet.view(known, self.own_presence.now())
    }
}

fn none<'a>() -> Element<'a, Message> {
    space().into()
}
