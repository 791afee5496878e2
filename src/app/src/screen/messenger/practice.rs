//! The practice panel: asks the partner inside the program to do something, so that every state is met
//! before it matters.

use engine::PracticeAct;
use iced::widget::{button, column, container, row, scrollable};
use iced::{Center, Element, Fill};

use super::Message;
use crate::icon::Icon;
use crate::theme::{self, Tone, space};
use crate::widget::id;
use crate::{t, widget};

/// Width of the panel in logical pixels.
const WIDTH: f32 = 248.0;

/// What the partner can be asked to do, beside the conversation.
pub(super) fn beside<'a>() -> Element<'a, Message> {
    let panel = column![acts().map(Message::Practice)]
        .push(widget::secondary(t!("leave-practice"), Some(Message::LeavePractice)))
        .spacing(space::SM)
        .padding(space::M);
    container(scrollable(panel).style(theme::scroll))
        .width(WIDTH)
        .height(Fill)
        .style(theme::background(|colors| colors.sidebar))
        .into()
}

/// The same on a sheet, where there is no room beside.
pub(super) fn sheet<'a, M: Clone + 'a>(act: fn(PracticeAct) -> M, close: M) -> Element<'a, M> {
    let close = widget::primary_at(id::SHEET, t!("close"), Some(close));
    column![acts().map(act), container(close).width(Fill).align_x(theme::end())]
        .spacing(space::M)
        .into()
}

/// What the partner can be asked to do, each in plain words.
fn acts<'a>() -> Element<'a, PracticeAct> {
    let acts = [
        (PracticeAct::AskQuestion, t!("practice-ask")),
        (PracticeAct::WritePlainly, t!("practice-write-plainly")),
        (PracticeAct::LeavePrivate, t!("practice-leave-private")),
        (PracticeAct::LoseSession, t!("practice-lose-session")),
        (PracticeAct::ChangeKey, t!("practice-change-key")),
        (PracticeAct::GoAway, t!("practice-go-away")),
        (PracticeAct::ComeBack, t!("practice-come-back")),
    ];
    let acts = column(acts.map(|(act, label)| {
        let face = button(widget::body(label))
            .padding([space::S, space::SM])
            .width(Fill)
            .style(theme::choice);
        widget::focusable_button(face, Some(act))
    }))
    .spacing(space::S);
    column![
        row![Icon::Practice.view(24.0, Tone::Accent), widget::heading(t!("practice-title"))]
            .spacing(space::S)
            .align_y(Center),
        widget::hint(t!("practice-lead", answer = t!("practice-answer"))),
        widget::strong(t!("practice-partner-may")),
        acts,
    ]
    .spacing(space::SM)
    .into()
}
