//! The progress line above every step.

use iced::widget::{Row, container, space};
use iced::{Center, Element, Fill, border};

use super::Message;
use crate::t;
use crate::theme::{self, Tone, colors, space as room};
use crate::widget::small;

/// A part of the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Progress {
    /// Which way?
    Choose,
    /// Asking.
    Ask,
    /// Comparing key codes.
    Compare,
    /// Answering; nothing had to be chosen.
    Answer,
    /// Waiting for the other side.
    Wait,
    /// It is over.
    Result,
}

/// A bar that fills, and the name of the part.
pub(super) fn view<'a>(progress: Progress) -> Element<'a, Message> {
    let (done, name) = match progress {
        Progress::Choose => (1, t!("verify-step-choose")),
        Progress::Ask => (2, t!("verify-step-ask")),
        Progress::Compare => (2, t!("verify-step-compare")),
        Progress::Answer => (2, t!("verify-step-answer")),
        Progress::Wait => (3, t!("verify-step-wait")),
        Progress::Result => (4, t!("verify-step-result")),
    };
    let parts = (1..=4).map(|part| {
        let reached = part <= done;
        container(space().width(Fill).height(4.0))
            .style(move |theme| container::Style {
                background: Some(
                    if reached { colors(theme).accent } else { colors(theme).line }.into(),
                ),
                border: border::rounded(theme::radius::ROUND),
                ..container::Style::default()
            })
            .width(Fill)
            .into()
    });
    Row::with_children(parts)
        .push(small(name).style(theme::tone_style(Tone::Muted)))
        .spacing(room::S)
        .align_y(Center)
        .into()
}
