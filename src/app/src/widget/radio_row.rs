//! A radio button as a row: a mark, a label, and what it means.

use iced::widget::{button, column, row};
use iced::{Center, Element, Fill};

use crate::icon::Icon;
use crate::theme::{self, Tone, space};

/// A line that can be picked; the picked one carries a tick.
pub fn radio_row<'a, Message: Clone + 'a>(
    label: String,
    about: Option<String>,
    picked: bool,
    press: Message,
) -> Element<'a, Message> {
    let mark = if picked { Icon::Check } else { Icon::PresenceOffline };
    let tone = if picked { Tone::Accent } else { Tone::Muted };
    let words = column![super::strong(label)].push(about.map(super::small)).width(Fill);
    let face = row![mark.view(16.0, tone), words].spacing(space::S).align_y(Center);
    let face = button(face).padding([6.0, space::S]).width(Fill).style(theme::list_row(picked));
    super::focusable_button(face, Some(press))
}
