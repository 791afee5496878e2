//! A round badge with somebody's first letter; no picture is ever fetched.

use iced::widget::{Container, container};
use iced::{Center, border};

use crate::theme::{self, Tone, colors};

/// The first letter of `name` on a disc of `diameter` logical pixels.
#[must_use]
pub fn avatar<'a, Message: 'a>(name: &str, diameter: f32) -> Container<'a, Message> {
    let letter: String = name
        .chars()
        .find(|c| c.is_alphanumeric())
        .map_or_else(String::new, |c| c.to_uppercase().collect());
    container(super::strong(letter).size(diameter * 0.42).style(theme::toned(Tone::Accent)))
        .width(diameter)
        .height(diameter)
        .align_x(Center)
        .align_y(Center)
        .style(|theme| container::Style {
            background: Some(colors(theme).accent_soft.into()),
            border: border::rounded(theme::radius::ROUND),
            ..container::Style::default()
        })
}
