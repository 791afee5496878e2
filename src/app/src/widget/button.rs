//! Buttons. A click does what the label says; without a message they are disabled.

use iced::widget::{Id, button, container, row, tooltip};
use iced::{Center, Element, Theme};

use crate::icon::Icon;
use crate::theme::{self, Tone, space};

/// The one thing to do next.
pub fn primary<'a, Message: Clone + 'a>(
    label: String,
    press: Option<Message>,
) -> Element<'a, Message> {
    labelled(label, press, theme::primary)
}

/// Anything else that can be done.
pub fn secondary<'a, Message: Clone + 'a>(
    label: String,
    press: Option<Message>,
) -> Element<'a, Message> {
    labelled(label, press, theme::secondary)
}

/// What can't be taken back.
pub fn danger<'a, Message: Clone + 'a>(
    label: String,
    press: Option<Message>,
) -> Element<'a, Message> {
    labelled(label, press, theme::danger)
}

/// A button that looks like a link, with an icon before its words.
pub fn text_button<'a, Message: Clone + 'a>(
    icon: Icon,
    label: String,
    press: Option<Message>,
) -> Element<'a, Message> {
    focusable_button(text_button_face(icon, label), press)
}

/// The same with an id, by which the focus is moved to it.
pub fn text_button_at<'a, Message: Clone + 'a>(
    id: Id,
    icon: Icon,
    label: String,
    press: Option<Message>,
) -> Element<'a, Message> {
    focusable_button_at(id, text_button_face(icon, label), press)
}

fn text_button_face<'a, Message: 'a>(icon: Icon, label: String) -> button::Button<'a, Message> {
    let face = row![icon.view(16.0, Tone::Accent), super::strong(label)]
        .spacing(space::XS + 2.0)
        .align_y(Center);
    button(face).padding([6.0, space::S]).style(theme::text_button)
}

/// A button that is an icon; the label shows under the pointer.
pub fn icon_button<'a, Message: Clone + 'a>(
    icon: Icon,
    label: String,
    press: Option<Message>,
) -> Element<'a, Message> {
    let face = button(icon.view(20.0, Tone::Muted)).padding(space::S).style(theme::text_button);
    with_tooltip(focusable_button(face, press), label)
}

/// Anything, with words that show under the pointer.
pub fn with_tooltip<'a, Message: 'a>(
    face: impl Into<Element<'a, Message>>,
    label: String,
) -> Element<'a, Message> {
    let hint =
        container(super::small(label).style(|_: &Theme| iced::widget::text::Style::default()))
            .padding([space::XS, space::S])
            .style(theme::hint);
    tooltip(face, hint, tooltip::Position::Bottom).gap(space::XS).into()
}

/// The one thing to do next, where the focus is moved to by this name.
pub fn primary_at<'a, Message: Clone + 'a>(
    id: Id,
    label: String,
    press: Option<Message>,
) -> Element<'a, Message> {
    let face = button(super::strong(label).align_x(Center));
    focusable_button_at(id, face.padding([10.0, space::M]).style(theme::primary), press)
}

/// Anything else that can be done, where the focus is moved to by this name.
pub fn secondary_at<'a, Message: Clone + 'a>(
    id: Id,
    label: String,
    press: Option<Message>,
) -> Element<'a, Message> {
    let face = button(super::strong(label).align_x(Center));
    focusable_button_at(id, face.padding([10.0, space::M]).style(theme::secondary), press)
}

/// A button of any look, that the Tab key reaches and the focus is moved to by this name.
pub fn focusable_button_at<'a, Message: Clone + 'a>(
    id: Id,
    button: button::Button<'a, Message>,
    press: Option<Message>,
) -> Element<'a, Message> {
    super::focus::named(id, button.on_press_maybe(press.clone()), press)
}

fn labelled<'a, Message: Clone + 'a>(
    label: String,
    press: Option<Message>,
    style: fn(&Theme, button::Status) -> button::Style,
) -> Element<'a, Message> {
    let face = super::strong(label).align_x(Center);
    focusable_button(button(face).padding([10.0, space::M]).style(style), press)
}

/// A button of any look, that the Tab key reaches.
pub fn focusable_button<'a, Message: Clone + 'a>(
    button: button::Button<'a, Message>,
    press: Option<Message>,
) -> Element<'a, Message> {
    super::focusable(button.on_press_maybe(press.clone()), press)
}
