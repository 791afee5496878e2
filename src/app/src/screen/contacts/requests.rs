//! Requests of strangers: subscription requests (RFC 6121 §3.1) and first messages. Several are folded
//! into one line, so that contacts stay in sight however many there are, and can be declined together.

use engine::{ChatId, NotKept};
use iced::widget::{Column, column, container, row};
use iced::{Element, Fill};

use super::{Entry, section};
use crate::t;
use crate::theme::{self, Tone, space};
use crate::widget::{self, id};

/// So many cards are laid out at first, and each "show more" adds as many.
const STEP: usize = 8;

/// How they are looked at.
#[derive(Debug, Default)]
pub(super) enum Requests {
    /// One line, with the card if there is but one.
    #[default]
    Folded,
    /// So many steps of them.
    Expanded { steps: usize },
    /// The person is asked whether to decline these.
    Declining(Vec<ChatId>),
}

/// What a person can do here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// Looks at them.
    Expand,
    /// Looks at them no more.
    Fold,
    /// Looks at more of them.
    More,
    /// Wants to decline all of them; is asked first.
    AskToDecline,
    /// Declines those that were asked about.
    Decline,
}

impl Requests {
    /// Handles what the person did; whom to decline, if anybody.
    pub(super) fn update(&mut self, message: Message) -> Vec<ChatId> {
        match message {
            Message::Expand => *self = Self::Expanded { steps: 1 },
            Message::Fold => *self = Self::Folded,
            Message::More => match self {
                Self::Expanded { steps } => *steps += 1,
                Self::Folded | Self::Declining(_) => {}
            },
            Message::AskToDecline => {}
            Message::Decline => {
                if let Self::Declining(asked) = std::mem::take(self) {
                    return asked;
                }
            }
        }
        Vec::new()
    }

    /// Whether it is asked whether to decline them.
    pub(super) const fn asks(&self) -> bool {
        matches!(self, Self::Declining(_))
    }

    /// Asks whether to decline these: whoever comes while the person thinks is not among them.
    pub(super) fn ask_to_decline(&mut self, asked: Vec<ChatId>) {
        *self = Self::Declining(asked);
    }

    /// Steps of cards that are laid out.
    fn steps(&self, count: usize, is_sought: bool) -> usize {
        match self {
            Self::Expanded { steps } => *steps,
            Self::Folded if count == 1 || is_sought => 1,
            Self::Folded | Self::Declining(_) => 0,
        }
    }

    /// Cards that are laid out.
    pub(super) fn cards(&self, count: usize, is_sought: bool) -> usize {
        self.steps(count, is_sought).saturating_mul(STEP).min(count)
    }

    /// Draws them, if there are any; all that were searched for are looked at.
    pub(super) fn view<'a>(
        &self,
        entries: Vec<Entry<'a>>,
        not_kept: NotKept,
        chosen: Option<&ChatId>,
        (is_sought, says_account): (bool, bool),
    ) -> Option<Column<'a, super::Message>> {
        let count = entries.len();
        if count == 0 && not_kept == NotKept::default() {
            return None;
        }
        let steps = self.steps(count, is_sought);
        let head = section(t!("section-requests", count = count));
        let mut list = column![head].spacing(space::XS).push(said(not_kept));
        if count > 1 {
            list = list.push(match self {
                Self::Declining(asked) => ask(asked.len()),
                Self::Folded | Self::Expanded { .. } => choices(steps > 0),
            });
        }
        let shown = self.cards(count, is_sought);
        let cards = entries.into_iter().take(shown);
        list = list.extend(cards.map(|entry| {
            let here = chosen == Some(entry.id);
            entry.request(here, says_account)
        }));
        let more = count - shown;
        let more = (steps > 0 && more > 0)
            .then(|| text_action(t!("requests-more", count = more), Message::More));
        Some(list.push(more))
    }
}

/// What can be done about all of them.
fn choices<'a>(is_unfolded: bool) -> Element<'a, super::Message> {
    let look = if is_unfolded {
        text_action(t!("requests-hide"), Message::Fold)
    } else {
        text_action(t!("requests-show"), Message::Expand)
    };
    row![look, text_action(t!("requests-decline-all"), Message::AskToDecline)]
        .spacing(space::S)
        .wrap()
        .into()
}

/// Asks once more.
fn ask<'a>(count: usize) -> Element<'a, super::Message> {
    let yes = super::Message::Requests(Message::Decline);
    let acts = row![
        widget::danger(t!("requests-decline-yes", count = count), Some(yes)),
        widget::secondary_at(
            id::DECLINE_NOBODY,
            t!("cancel"),
            Some(super::Message::Requests(Message::Fold))
        ),
    ];
    let words = widget::small(t!("requests-decline-about"));
    let asked = column![words, acts.spacing(space::S).wrap()].spacing(space::S);
    container(asked).padding(space::SM).width(Fill).style(theme::card).into()
}

fn text_action<'a>(label: String, message: Message) -> Element<'a, super::Message> {
    widget::secondary(label, Some(super::Message::Requests(message)))
}

/// What is not here.
fn said<'a>(not_kept: NotKept) -> Column<'a, super::Message> {
    let NotKept { requests, messages, addresses } = not_kept;
    let line = |words| widget::small(words).style(theme::tone_style(Tone::Warning));
    column![]
        .push((requests > 0).then(|| line(t!("requests-not-kept", count = requests))))
        .push((messages > 0).then(|| line(t!("messages-not-kept", count = messages))))
        .push((addresses > 0).then(|| line(t!("addresses-not-read", count = addresses))))
        .padding(theme::padding_start(space::S))
        .spacing(space::XS)
}
