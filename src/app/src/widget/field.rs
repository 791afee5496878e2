//! A labelled input with room for the sentence that says what is wrong with it.

use iced::Fill;
use iced::widget::{Column, TextInput, column, text_input};

use crate::theme::{self, Tone, size, space};

/// A label above `input`, and below it what is wrong, if anything is.
#[must_use]
pub fn field<'a, Message: Clone + 'a>(
    label: String,
    input: TextInput<'a, Message>,
    wrong: Option<String>,
) -> Column<'a, Message> {
    let input = input
        .padding([10.0, space::SM])
        .size(size::BODY)
        .width(Fill)
        .style(theme::input(wrong.is_some()));
    column![super::strong(label), input]
        .push(wrong.map(|words| super::small(words).style(theme::tone_style(Tone::Danger))))
        .spacing(space::XS + 2.0)
        .width(Fill)
}

/// An input in Sotto's look, without a label.
#[must_use]
pub fn input<'a, Message: Clone + 'a>(placeholder: &str, value: &str) -> TextInput<'a, Message> {
    text_input(placeholder, value)
        .padding([10.0, space::SM])
        .size(size::BODY)
        .style(theme::input(false))
}
