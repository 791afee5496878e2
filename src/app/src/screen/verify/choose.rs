//! The first step: which way?

use iced::widget::{button, column, container, row};
use iced::{Center, Element, Fill};

use super::{Message, Way};
use crate::icon::Icon;
use crate::t;
use crate::theme::{self, Tone, space};
use crate::widget::{focusable_button, focusable_button_at, hint, id, secondary, strong, title};

/// Three ways, the best first.
pub(super) fn view<'a>(name: &str) -> Element<'a, Message> {
    column![
        title(t!("verify-how", name = name)),
        hint(t!("verify-why", name = name)),
        way(
            Icon::Question,
            t!("verify-way-question"),
            t!("verify-way-question-hint", name = name),
            Way::Question
        ),
        way(
            Icon::Chat,
            t!("verify-way-secret"),
            t!("verify-way-secret-hint", name = name),
            Way::Shared
        ),
        way(Icon::Key, t!("verify-way-compare"), t!("verify-way-compare-hint"), Way::Compare),
        container(secondary(t!("verify-cancel"), Some(Message::Cancel))).align_right(Fill),
    ]
    .spacing(space::M)
    .into()
}

/// Tells that the contact asks something too.
pub(super) fn request_note<'a>(name: &str) -> Element<'a, Message> {
    let words =
        strong(t!("verify-request-bar", name = name)).style(theme::tone_style(Tone::Accent));
    container(
        row![
            row![Icon::Question.view(18.0, Tone::Accent), words].spacing(space::S),
            secondary(t!("verify-request-open", name = name), Some(Message::OpenRequest)),
        ]
        .spacing(space::S)
        .align_y(Center)
        .wrap(),
    )
    .padding(space::SM)
    .style(theme::note(Tone::Accent))
    .into()
}

fn way<'a>(icon: Icon, label: String, words: String, way: Way) -> Element<'a, Message> {
    let text = column![strong(label), hint(words)].spacing(2.0).width(Fill);
    let face = row![icon.view(22.0, Tone::Accent), text].spacing(space::SM).align_y(Center);
    let button = button(face).padding([space::SM, space::M]).width(Fill).style(theme::secondary);
    let press = Some(Message::Choose(way));
    match way {
        // The best one is where the focus begins.
        Way::Question => focusable_button_at(id::VERIFY, button, press),
        Way::Shared | Way::Compare => focusable_button(button, press),
    }
}
