//! A sentence above everything, until it is read.

use iced::widget::{container, row};
use iced::{Center, Element, Fill};

use super::Message;
use crate::icon::Icon;
use crate::theme::{self, Tone, space};
use crate::{t, widget};

pub(super) fn view(words: &str) -> Element<'_, Message> {
    let face = row![
        Icon::Warning.view(18.0, Tone::Warning),
        widget::body(words).style(theme::tone_style(Tone::Warning)).width(Fill),
        widget::secondary(t!("understood"), Some(Message::NoticeRead)),
    ]
    .spacing(space::S)
    .align_y(Center);
    container(face)
        .padding([space::S, space::M])
        .style(theme::background(|colors| colors.warning_soft))
        .into()
}
