//! The first screen: sign in, register, import, or practise.

use iced::widget::{button, column, container, responsive, row, scrollable};
use iced::{Center, Element, Fill};

use crate::icon::Icon;
use crate::t;
use crate::theme::{self, Tone, size, space};
use crate::widget;

/// Lower than this, in logical pixels, and not all of it is in sight at once.
const HEIGHT_MIN: f32 = 680.0;

/// What a person can do here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Sign in to an account they have.
    SignIn,
    /// Make one.
    Register,
    /// Bring one over from another program.
    Import,
    /// Try without one.
    Practice,
    /// Back to the accounts there are.
    Back,
}

/// Draws it, `further` to an account that is here already; there is nothing to remember.
#[must_use]
pub fn view<'a>(further: bool) -> Element<'a, Message> {
    responsive(move |size| {
        let content = container(content(further)).padding(space::XL).center_x(Fill);
        if size.height < HEIGHT_MIN {
            scrollable(content).style(theme::scroll).height(Fill).into()
        } else {
            content.center_y(Fill).into()
        }
    })
    .into()
}

fn content<'a>(further: bool) -> Element<'a, Message> {
    let promise = column![
        Icon::LockVerified.view(56.0, Tone::Accent),
        widget::display(t!("start-title")),
        widget::hint(t!("start-lead")).size(size::LARGE).align_x(Center),
    ]
    .spacing(space::M)
    .align_x(Center);
    let choices = column![
        choice(Icon::Person, t!("start-sign-in"), t!("start-sign-in-about"), Message::SignIn),
        choice(Icon::Plus, t!("start-register"), t!("start-register-about"), Message::Register),
        choice(Icon::Key, t!("start-import"), t!("start-import-about"), Message::Import),
    ]
    .push({
        let label = if further { t!("start-practice-again") } else { t!("start-practice") };
        choice(Icon::Practice, label, t!("start-practice-about"), Message::Practice)
    })
    .push(further.then(|| widget::secondary(t!("back"), Some(Message::Back))))
    .spacing(space::SM);
    column![promise, choices].spacing(space::XL).max_width(480.0).align_x(Center).into()
}

fn choice<'a>(icon: Icon, label: String, about: String, press: Message) -> Element<'a, Message> {
    let words = column![widget::heading(label), widget::hint(about)].spacing(space::XS).width(Fill);
    let face = row![
        container(icon.view(28.0, Tone::Accent)).padding(space::S),
        words,
        Icon::ChevronRight.view(20.0, Tone::Muted)
    ]
    .spacing(space::SM)
    .align_y(Center);
    let face = button(face).padding(space::M).width(Fill).style(theme::choice);
    widget::focusable_button(face, Some(press))
}

#[cfg(test)]
mod tests {
    use iced_test::simulator;

    use super::*;

    #[test]
    fn a_newcomer_can_sign_in_make_or_bring_an_account_or_practise() {
        for (label, wanted) in [
            (t!("start-sign-in"), Message::SignIn),
            (t!("start-register"), Message::Register),
            (t!("start-import"), Message::Import),
            (t!("start-practice"), Message::Practice),
        ] {
            let mut ui = simulator(view(false));
            ui.click(label.as_str()).unwrap();
            assert_eq!(ui.into_messages().collect::<Vec<_>>(), [wanted]);
        }
    }

    #[test]
    fn whoever_has_an_account_can_turn_back() {
        let mut ui = simulator(view(true));
        assert!(
            ui.find(t!("start-practice-again").as_str()).is_ok(),
            "one can practise at any time"
        );
        ui.click(t!("back").as_str()).unwrap();
        assert_eq!(ui.into_messages().collect::<Vec<_>>(), [Message::Back]);
    }
}
