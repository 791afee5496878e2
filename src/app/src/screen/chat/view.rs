//! Lays a chat out in the room there is.

use std::time::SystemTime;

use engine::BareJid;
use iced::widget::{column, container, mouse_area, opaque, responsive, rule, scrollable, stack};
use iced::{Element, Fill, Size};

use super::{Chat, Message, banner, composer_bar, header, timeline_view};
use crate::theme;
use crate::widget::keyed_column::KeyedColumn;
use crate::widget::{disabled_layer, modal};

/// Share of the height that the banners may take; more of them is scrolled.
const BANNERS_MAX: f32 = 0.5;
/// Height that is left for the timeline if possible, in logical pixels: two lines and some air.
const HISTORY_MIN: f32 = 48.0;
/// Below this height, in logical pixels, header, banners and composer bar are smaller.
pub(super) const ROOMY_HEIGHT: f32 = 340.0;

/// How a chat is embedded in the main window.
#[derive(Clone, Copy, Debug, Default)]
pub struct Frame<'a> {
    /// Whether the contact list is hidden, so that the header needs a Back button.
    pub hides_list: bool,
    /// The account to name in the header, if there are several.
    pub account: Option<&'a BareJid>,
    /// Whether our own presence is invisible.
    pub invisible: bool,
}

impl Chat {
    /// Draws it alone; `now` decides what is called today.
    #[must_use]
    pub fn view(&self, now: SystemTime) -> Element<'_, Message> {
        self.view_in(Frame::default(), now)
    }

    /// Draws it within the main window.
    #[must_use]
    pub fn view_in<'a>(&'a self, frame: Frame<'a>, now: SystemTime) -> Element<'a, Message> {
        // Another conversation is another key: no focus, scroll offset or caret is carried over.
        let whole = responsive(move |size| self.lay_out(frame, size, now));
        KeyedColumn::one(self.key(), whole.into()).into()
    }

    fn lay_out<'a>(
        &'a self,
        frame: Frame<'a>,
        size: Size,
        now: SystemTime,
    ) -> Element<'a, Message> {
        let who = header::Who {
            name: &self.name,
            info: &self.info,
            picture: self.avatar_image(),
            padlock: self.padlock_shown(),
            sight: self.sight(frame.invisible),
        };
        let below = responsive(move |left| self.banners_and_timeline(frame, (size, left), now));
        let base = column![
            header::view(&who, frame, size),
            rule::horizontal(1).style(theme::line),
            below,
            self.composer_bar(size),
        ];
        let layer = if self.verify.is_open() {
            let card = self.verify.view().map(Message::Verify);
            modal(header::nothing(), card, Message::Escape, size)
        } else if self.menu_open {
            let menu = header::menu(&who, self.padlock, self.is_practice(), size);
            opaque(mouse_area(menu).on_press(Message::ToggleMenu))
        } else {
            header::nothing()
        };
        let behind = disabled_layer(base, self.verify.is_open() || self.menu_open);
        stack![behind, layer].width(Fill).height(Fill).into()
    }

    /// Divides what the header and the composer bar leave between banners and timeline.
    fn banners_and_timeline(
        &self,
        frame: Frame<'_>,
        (size, left): (Size, Size),
        now: SystemTime,
    ) -> Element<'_, Message> {
        let state = banner::BannerState {
            name: &self.name,
            padlock: self.padlock_shown(),
            confirmation: self.confirmation.as_ref(),
            holds_text: !self.composer.is_blank() || self.timeline.holds_text(),
            invisible: frame.invisible.then(|| self.timeline.holds_text()),
            new_key: self.new_key,
            older: self.older,
            edits: self.correction.is_some(),
            contact_editor: self.contact_editor.as_ref(),
            pending: self.verify.pending(),
            subscription: self.info.subscription,
            mark: self.mark.as_ref(),
            blocked: self.info.blocked,
            account: self.account.as_ref(),
            refusal: self.refusal,
            room: if size.height < ROOMY_HEIGHT {
                banner::Room::Little
            } else {
                banner::Room::Usual
            },
        };
        let most = (left.height - HISTORY_MIN).max(left.height * BANNERS_MAX);
        let most = most.min(size.height * BANNERS_MAX);
        let banners = scrollable(banner::view(&state)).style(theme::scroll).width(Fill);
        let banners = KeyedColumn::new([(state.key(), banners.into())]);
        column![
            container(banners).max_height(most),
            timeline_view::view(&self.timeline, (&self.name, self.me()), self.padlock, now),
        ]
        .into()
    }

    /// The composer bar. Where there is no room to say why nothing can be typed, the banner says it.
    fn composer_bar(&self, size: Size) -> Element<'_, Message> {
        let closed = self.closed();
        let says_only_why = matches!(
            closed,
            Some(composer_bar::Closed::Unaccepted | composer_bar::Closed::Blocked)
        );
        if says_only_why && size.height < ROOMY_HEIGHT {
            return iced::widget::space().into();
        }
        let asks = self.confirmation.is_some();
        composer_bar::view(
            &self.composer,
            (self.padlock, closed, asks),
            (&self.name, self.is_in_sight()),
            size,
        )
    }
}
