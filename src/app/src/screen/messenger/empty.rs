//! What stands in place of a chat when none is open.

use iced::widget::{center, column, row};
use iced::{Center, Element};

use super::{Message, contacts};
use crate::icon::Icon;
use crate::theme::{Tone, size, space};
use crate::{t, widget};

/// Draws it; whether `nobody` is in the list, and whether the person `practises` already.
pub(super) fn view<'a>(nobody: bool, practises: bool) -> Element<'a, Message> {
    let (lead, ways) = if nobody {
        let add = Message::Contacts(contacts::Message::Add);
        let practise = (!practises)
            .then(|| widget::secondary(t!("start-practice-here"), Some(Message::StartPractice)));
        let ways = row![widget::primary(t!("add-contact"), Some(add))].push(practise);
        (t!("empty-no-contacts"), ways)
    } else {
        (t!("empty-choose"), row![])
    };
    let words = column![
        Icon::Chat.view(48.0, Tone::Muted),
        widget::title(t!("empty-title")),
        widget::hint(lead).size(size::LARGE).align_x(Center),
        ways.spacing(space::S),
        widget::small(t!("empty-keys")).align_x(Center),
    ]
    .spacing(space::M)
    .align_x(Center)
    .max_width(420.0);
    center(words).padding(space::XL).into()
}
