//! Text in the sizes of the type scale.

use iced::Center;
use iced::widget::text::{IntoFragment, Wrapping};
use iced::widget::{Container, container, row};

use super::Text;
use crate::icon::Icon;
use crate::theme::{self, Tone, size, space};

/// What is read.
pub fn body<'a>(words: impl IntoFragment<'a>) -> Text<'a> {
    Text::new(words).size(size::BODY).wrapping(Wrapping::WordOrGlyph)
}

/// What is read second: hints, explanations.
pub fn hint<'a>(words: impl IntoFragment<'a>) -> Text<'a> {
    body(words).style(theme::tone_style(Tone::Muted))
}

/// Time stamps and the like.
pub fn small<'a>(words: impl IntoFragment<'a>) -> Text<'a> {
    hint(words).size(size::SMALL)
}

/// A name, a label.
pub fn strong<'a>(words: impl IntoFragment<'a>) -> Text<'a> {
    body(words).font(theme::STRONG)
}

/// The heading of a part of a screen.
pub fn heading<'a>(words: impl IntoFragment<'a>) -> Text<'a> {
    strong(words).size(size::LARGE)
}

/// The heading of a sheet.
pub fn title<'a>(words: impl IntoFragment<'a>) -> Text<'a> {
    strong(words).size(size::TITLE)
}

/// The heading of a whole screen.
pub fn display<'a>(words: impl IntoFragment<'a>) -> Text<'a> {
    strong(words).size(size::DISPLAY)
}

/// A sentence worth noticing, in a soft box: an icon, words and a colour.
pub fn note<'a, Message: 'a>(
    icon: Icon,
    tone: Tone,
    words: impl IntoFragment<'a>,
) -> Container<'a, Message> {
    container(
        row![icon.view(18.0, tone), body(words).style(theme::tone_style(tone)).width(iced::Fill)]
            .spacing(space::S),
    )
    .padding(space::SM)
    .width(iced::Fill)
    .style(theme::note(tone))
}

/// A small round label: an icon, a word and a colour.
pub fn chip<'a, Message: 'a>(
    icon: Icon,
    tone: Tone,
    words: impl IntoFragment<'a>,
) -> Container<'a, Message> {
    container(
        row![
            icon.view(16.0, tone),
            body(words).font(theme::STRONG).style(theme::tone_style(tone)).wrapping(Wrapping::None)
        ]
        .spacing(space::XS + 2.0)
        .align_y(Center),
    )
    .padding([space::XS, space::SM])
    .style(theme::chip(tone))
}
