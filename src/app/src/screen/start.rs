//! First start: an account, or practice.

use iced::widget::{button, center, column, container, row};
use iced::{Center, Element, Fill};

use crate::icon::Icon;
use crate::t;
use crate::theme::{self, Tone, size, space};
use crate::widget;

/// What a person can do here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Sign in to an account they have.
    SignIn,
    /// Make one.
    Register,
    /// Try without one.
    Practice,
}

/// Draws it; there is nothing to remember.
#[must_use]
pub fn view<'a>() -> Element<'a, Message> {
    let promise = column![
        Icon::LockVerified.view(56.0, Tone::Accent),
        widget::display(t!("start-title")),
        widget::hint(t!("start-lead")).size(size::LARGE).align_x(Center),
    ]
    .spacing(space::M)
    .align_x(Center);
    let ways = column![
        way(Icon::Person, t!("start-sign-in"), t!("start-sign-in-about"), Message::SignIn),
        way(Icon::Plus, t!("start-register"), t!("start-register-about"), Message::Register),
        way(Icon::Practice, t!("start-practice"), t!("start-practice-about"), Message::Practice),
    ]
    .spacing(space::SM);
    center(column![promise, ways].spacing(space::XL).max_width(480.0).align_x(Center))
        .padding(space::XL)
        .into()
}

fn way<'a>(icon: Icon, label: String, about: String, press: Message) -> Element<'a, Message> {
    let words = column![widget::heading(label), widget::hint(about)].spacing(space::XS).width(Fill);
    let face = row![
        container(icon.view(28.0, Tone::Accent)).padding(space::S),
        words,
        Icon::ChevronRight.view(20.0, Tone::Muted)
    ]
    .spacing(space::SM)
    .align_y(Center);
    let face = button(face).padding(space::M).width(Fill).style(theme::choice);
    widget::pressable(face, Some(press))
}

#[cfg(test)]
mod tests {
    use iced_test::simulator;

    use super::*;

    #[test]
    fn a_newcomer_can_sign_in_make_an_account_or_practise() {
        for (label, wanted) in [
            (t!("start-sign-in"), Message::SignIn),
            (t!("start-register"), Message::Register),
            (t!("start-practice"), Message::Practice),
        ] {
            let mut ui = simulator(view());
            ui.click(label.as_str()).unwrap();
            assert_eq!(ui.into_messages().collect::<Vec<_>>(), [wanted]);
        }
    }
}
