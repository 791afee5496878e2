//! The results of a verification, in plain words and without blame.

use std::time::SystemTime;

use engine::Proof;
use iced::widget::{column, row};
use iced::{Center, Element};

use super::form::at_end;
use super::{Message, VerificationMethod};
use crate::icon::Icon;
use crate::t;
use crate::theme::{Tone, space};
use crate::time_format::clock_after;
use crate::widget::{body, id, primary_at, secondary, title};

/// The result of a verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// We made sure of them.
    WeLearnt(Proof),
    /// They made sure of us; we know no more than before.
    TheyLearnt,
    /// It did not match: they may be somebody else.
    Failed,
    /// The same, and too often: the next attempt is possible from then on.
    FailedAndPaused(SystemTime),
    /// Our answer did not match: they could not make sure of us.
    NotProved,
    /// The same, and too often: the next attempt is possible from then on.
    NotProvedAndPaused(SystemTime),
    /// The key codes differ.
    Differ,
    /// They cancelled.
    CancelledByContact,
    /// It ended with the private conversation, or something went wrong.
    Interrupted,
    /// There is no private conversation.
    NotPrivate,
    /// A newer request replaced the one that was answered.
    Outdated,
    /// The conversation is with another key by now; nobody was asked.
    OtherKey,
    /// There was nothing to compare; nothing went out.
    NothingTyped,
    /// Too many attempts did not match: nothing went out, and nothing does before this.
    Paused(SystemTime),
}

/// The result, and what to do next.
pub(super) fn view<'a>(name: &str, outcome: Outcome) -> Element<'a, Message> {
    let (icon, tone, heading, words) = told(name, outcome);
    let done = primary_at(id::VERIFY, t!("verify-done"), Some(Message::Close));
    let buttons = match next(name, outcome) {
        Some((label, message)) => at_end([secondary(label, Some(message)), done]),
        None => at_end([done]),
    };
    column![
        row![icon.view(28.0, tone), title(heading)].spacing(space::SM).align_y(Center),
        body(words),
        buttons,
    ]
    .spacing(space::M)
    .into()
}

fn told(name: &str, outcome: Outcome) -> (Icon, Tone, String, String) {
    match outcome {
        Outcome::WeLearnt(_) => (
            Icon::LockVerified,
            Tone::Success,
            t!("verify-succeeded", name = name),
            t!("verify-succeeded-hint", name = name),
        ),
        Outcome::TheyLearnt => (
            Icon::Check,
            Tone::Success,
            t!("verify-they-learnt", name = name),
            t!("verify-they-learnt-hint", name = name),
        ),
        Outcome::Failed => (
            Icon::Warning,
            Tone::Warning,
            t!("verify-failed"),
            t!("verify-failed-hint", name = name),
        ),
        Outcome::FailedAndPaused(until) => (
            Icon::Warning,
            Tone::Warning,
            t!("verify-failed"),
            t!("verify-failed-paused-hint", name = name, at = clock_after(until)),
        ),
        Outcome::NotProvedAndPaused(until) => (
            Icon::Hourglass,
            Tone::Warning,
            t!("verify-not-proved"),
            t!("verify-not-proved-paused-hint", name = name, at = clock_after(until)),
        ),
        Outcome::NotProved => (
            Icon::Info,
            Tone::Warning,
            t!("verify-not-proved"),
            t!("verify-not-proved-hint", name = name),
        ),
        Outcome::Differ => (
            Icon::Warning,
            Tone::Danger,
            t!("verify-differs"),
            t!("verify-differs-hint", name = name),
        ),
        Outcome::CancelledByContact => (
            Icon::Info,
            Tone::Muted,
            t!("verify-cancelled", name = name),
            t!("verify-cancelled-hint"),
        ),
        Outcome::Interrupted => {
            (Icon::Info, Tone::Muted, t!("verify-interrupted"), t!("verify-interrupted-hint"))
        }
        Outcome::NotPrivate => (
            Icon::LockOpen,
            Tone::Warning,
            t!("verify-not-private"),
            t!("verify-not-private-hint", name = name),
        ),
        Outcome::Outdated => (
            Icon::Info,
            Tone::Muted,
            t!("verify-outdated"),
            t!("verify-outdated-hint", name = name),
        ),
        Outcome::OtherKey => (
            Icon::Warning,
            Tone::Warning,
            t!("verify-other-key", name = name),
            t!("verify-other-key-hint"),
        ),
        Outcome::Paused(until) => {
            let left = until.duration_since(SystemTime::now()).unwrap_or_default();
            let minutes = left.as_secs().div_ceil(60).max(1);
            let at = clock_after(until);
            (
                Icon::Hourglass,
                Tone::Warning,
                t!("verify-paused", minutes = minutes),
                t!("verify-paused-hint", name = name, at = at),
            )
        }
        Outcome::NothingTyped => {
            (Icon::Info, Tone::Muted, t!("verify-nothing-typed"), t!("verify-blank"))
        }
    }
}

fn next(name: &str, outcome: Outcome) -> Option<(String, Message)> {
    match outcome {
        Outcome::TheyLearnt | Outcome::NotProved => Some((
            t!("verify-ask-back", name = name),
            Message::Choose(VerificationMethod::Question),
        )),
        Outcome::Failed
        | Outcome::CancelledByContact
        | Outcome::Interrupted
        | Outcome::OtherKey
        | Outcome::NothingTyped => Some((t!("verify-again"), Message::Back)),
        // What does not wait: nobody finds out a key code by guessing.
        Outcome::FailedAndPaused(_) | Outcome::NotProvedAndPaused(_) | Outcome::Paused(_) => {
            Some((t!("verify-method-compare"), Message::Choose(VerificationMethod::Compare)))
        }
        Outcome::WeLearnt(_) | Outcome::Differ | Outcome::NotPrivate | Outcome::Outdated => None,
    }
}
