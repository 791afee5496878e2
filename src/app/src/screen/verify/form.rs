//! The steps in which a question, an answer or a secret is typed, and those in which one waits for SMP.

use engine::Secret;
use iced::widget::{Column, Row, column, container, row};
use iced::{Center, Element, Fill};

use super::Message;
use crate::icon::Icon;
use crate::t;
use crate::text::untrusted;
use crate::theme::{self, Tone, space};
use crate::widget::typography::note;
use crate::widget::{
    body, field, hint, id, primary, primary_at, secondary, small, text_button, title,
};

/// Longest question of a contact that is shown, in characters.
const QUESTION_SHOWN_MAX: usize = 500;

/// Whether there is nothing to compare: that both press Enter, or a space, proves nothing.
pub(super) fn is_blank(secret: &Secret) -> bool {
    secret.expose().trim().is_empty()
}

/// Our question and its answer.
pub(super) fn question<'a>(
    name: &str,
    question: &str,
    answer: &Secret,
    reveal: bool,
) -> Element<'a, Message> {
    let asked = field(
        t!("verify-question-label"),
        field::input(&t!("verify-question-placeholder"), question)
            .id(id::QUESTION)
            .on_input(Message::QuestionTyped)
            .on_submit(Message::Ask),
        None,
    );
    let ready = !question.trim().is_empty() && !is_blank(answer);
    column![
        title(t!("verify-question-title", name = name)),
        hint(t!("verify-question-hint", name = name)),
        asked,
        secret_field(t!("verify-answer-label"), answer, reveal, Message::Ask),
        small(t!("verify-spelling")),
        note(Icon::Info, Tone::Muted, t!("verify-who-learns-we", name = name)),
        buttons(t!("verify-ask", name = name), ready.then_some(Message::Ask), Some(Message::Back)),
    ]
    .spacing(space::M)
    .into()
}

/// The secret both know.
pub(super) fn shared<'a>(name: &str, secret: &Secret, reveal: bool) -> Element<'a, Message> {
    let ready = !is_blank(secret);
    column![
        title(t!("verify-secret-title", name = name)),
        hint(t!("verify-secret-hint", name = name)),
        secret_field(t!("verify-secret-label"), secret, reveal, Message::Ask),
        small(t!("verify-spelling")),
        note(Icon::Info, Tone::Muted, t!("verify-who-learns-both", name = name)),
        buttons(t!("verify-ask-secret"), ready.then_some(Message::Ask), Some(Message::Back)),
    ]
    .spacing(space::M)
    .into()
}

/// What they ask, and room for our answer.
pub(super) fn answer<'a>(
    name: &str,
    question: Option<&str>,
    secret: &Secret,
    reveal: bool,
    replaced: bool,
) -> Element<'a, Message> {
    let (label, learns) = match question {
        Some(_) => (t!("verify-your-answer"), t!("verify-who-learns-they", name = name)),
        None => (t!("verify-secret-label"), t!("verify-who-learns-both", name = name)),
    };
    // That it is another question than a moment ago is said where one begins to read.
    let heading = match (question, replaced) {
        (Some(_), false) => title(t!("verify-they-ask", name = name)),
        (None, false) => title(t!("verify-they-ask-secret", name = name)),
        (Some(_), true) => title(t!("verify-they-ask-anew", name = name)),
        (None, true) => title(t!("verify-they-ask-secret-anew", name = name)),
    };
    let heading: Element<'a, Message> = if replaced {
        let heading = heading.style(theme::tone_style(Tone::Warning)).width(Fill);
        row![Icon::Warning.view(24.0, Tone::Warning), heading]
            .spacing(space::S)
            .align_y(Center)
            .into()
    } else {
        heading.into()
    };
    let asked = question.map(|question| {
        container(body(format!("“{}”", untrusted::line(question, QUESTION_SHOWN_MAX))).size(18.0))
            .padding([space::S, 0.0])
    });
    let ready = !is_blank(secret);
    column![heading]
        .push(asked)
        .push(secret_field(label, secret, reveal, Message::Answer))
        .push(small(t!("verify-spelling")))
        .push(note(Icon::Info, Tone::Muted, learns))
        .push(buttons(t!("verify-answer"), ready.then_some(Message::Answer), None))
        .spacing(space::M)
        .into()
}

/// Under way: ours, or theirs.
pub(super) fn waiting<'a>(name: &str, ours: bool) -> Element<'a, Message> {
    let (heading, words) = if ours {
        (t!("verify-asked-title", name = name), t!("verify-asked-hint", name = name))
    } else {
        (t!("verify-answered-title"), t!("verify-answered-hint", name = name))
    };
    column![
        row![Icon::Hourglass.view(24.0, Tone::Accent), title(heading)]
            .spacing(space::SM)
            .align_y(Center),
        hint(words),
        hint(t!("verify-goes-on")),
        at_end([
            secondary(t!("verify-cancel"), Some(Message::Cancel)),
            primary_at(id::VERIFY, t!("verify-hide"), Some(Message::Close)),
        ]),
    ]
    .spacing(space::M)
    .into()
}

/// Buttons at the right edge, the most likely last.
pub(super) fn at_end<'a>(
    buttons: impl IntoIterator<Item = Element<'a, Message>>,
) -> Element<'a, Message> {
    let buttons = Row::with_children(buttons).spacing(space::S).wrap();
    container(buttons.vertical_spacing(space::S)).width(Fill).align_x(theme::end()).into()
}

fn buttons<'a>(
    label: String,
    press: Option<Message>,
    back: Option<Message>,
) -> Element<'a, Message> {
    let back = back.map(|back| secondary(t!("verify-back"), Some(back)));
    let rest = [secondary(t!("verify-cancel"), Some(Message::Cancel)), primary(label, press)];
    row![].push(back).push(at_end(rest)).width(Fill).into()
}

fn secret_field<'a>(
    label: String,
    secret: &Secret,
    reveal: bool,
    submit: Message,
) -> Column<'a, Message> {
    let input = field::input("", secret.expose())
        .id(id::ANSWER)
        .secure(!reveal)
        .on_input(|typed| Message::SecretTyped(Secret::new(typed)))
        .on_submit(submit);
    let toggle = if reveal { t!("verify-hide-typed") } else { t!("verify-show-typed") };
    let is_blank = is_blank(secret) && !secret.expose().is_empty();
    let wrong = is_blank.then(|| t!("verify-blank"));
    column![field(label, input, wrong), text_button(Icon::Eye, toggle, Some(Message::Reveal))]
        .spacing(space::XS)
}
