//! The first step: choosing a method.

use iced::widget::{button, column, container, row};
use iced::{Center, Element, Fill};

use super::{Message, VerificationMethod};
use crate::icon::Icon;
use crate::t;
use crate::theme::{self, Tone, space};
use crate::widget::{focusable_button, focusable_button_at, hint, id, secondary, strong, title};

/// Three ways, the best first.
pub(super) fn view<'a>(name: &str) -> Element<'a, Message> {
    column![
        title(t!("verify-how", name = name)),
        hint(t!("verify-why", name = name)),
        choice(
            Icon::Question,
            t!("verify-method-question"),
            t!("verify-method-question-hint", name = name),
            VerificationMethod::Question
        ),
        choice(
            Icon::Chat,
            t!("verify-method-secret"),
            t!("verify-method-secret-hint", name = name),
            VerificationMethod::Shared
        ),
        choice(
            Icon::Key,
            t!("verify-method-compare"),
            t!("verify-method-compare-hint"),
            VerificationMethod::Compare
        ),
        container(secondary(t!("verify-cancel"), Some(Message::Cancel)))
            .width(Fill)
            .align_x(theme::end()),
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

fn choice<'a>(
    icon: Icon,
    label: String,
    words: String,
    method: VerificationMethod,
) -> Element<'a, Message> {
    let text = column![strong(label), hint(words)].spacing(2.0).width(Fill);
    let face = row![icon.view(22.0, Tone::Accent), text].spacing(space::SM).align_y(Center);
    let button = button(face).padding([space::SM, space::M]).width(Fill).style(theme::secondary);
    let press = Some(Message::Choose(method));
    match method {
        // The best one is where the focus begins.
        VerificationMethod::Question => focusable_button_at(id::VERIFY, button, press),
        VerificationMethod::Shared | VerificationMethod::Compare => focusable_button(button, press),
    }
}
