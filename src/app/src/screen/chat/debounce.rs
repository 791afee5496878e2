//! Debounces confirmations. A confirmation appears where the hand has just clicked, and its button may lie
//! under the pointer: who clicks twice has not read it.

use std::time::{Duration, Instant};

use super::message::Message;

/// So long after the question nothing of weight is answered: about as long as it takes to read that
/// it is one.
const PAUSE: Duration = Duration::from_secs(1);

/// When something was asked last.
#[derive(Debug, Default)]
pub(super) struct Debounce {
    asked_at: Option<Instant>,
}

impl Debounce {
    /// Whether this comes too soon after the question that it answers.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the rest has no such weight")]
    pub(super) fn forbids(&mut self, message: &Message, now: Instant) -> bool {
        match message {
            Message::Confirmation(Some(_)) | Message::Discard(_) => {
                self.asked_at = Some(now);
                false
            }
            Message::EndPrivate
            | Message::Remove
            | Message::AllowOlder(true)
            | Message::SendReadable(_)
            | Message::SendDraft
            | Message::DiscardForGood(_) => {
                self.asked_at.is_some_and(|asked| now.duration_since(asked) < PAUSE)
            }
            _ => false,
        }
    }

    /// Something is asked for another reason than a press.
    pub(super) const fn asks(&mut self, now: Instant) {
        self.asked_at = Some(now);
    }

    /// Lets the pause pass, where a test waits for nothing else.
    #[cfg(test)]
    pub(super) fn passes(&mut self) {
        self.asked_at = None;
    }
}

#[cfg(test)]
impl super::Chat {
    /// Lets all pauses pass.
    pub(crate) fn let_pauses_pass(&mut self) {
        self.debounce.passes();
    }
}

#[cfg(test)]
mod tests {
    use super::super::message::Confirmation;
    use super::*;

    #[test]
    fn what_is_asked_is_not_answered_by_the_click_that_asked() {
        let mut debounce = Debounce::default();
        let now = Instant::now();
        assert!(!debounce.forbids(&Message::EndPrivate, now), "nothing was asked");
        for asks in [
            Message::Confirmation(Some(Confirmation::GoOnPlain)),
            Message::Confirmation(Some(Confirmation::End)),
        ] {
            assert!(!debounce.forbids(&asks, now));
            for answer in [Message::EndPrivate, Message::Remove, Message::AllowOlder(true)] {
                assert!(debounce.forbids(&answer, now + PAUSE / 2));
                assert!(!debounce.forbids(&answer, now + PAUSE));
            }
            // To go back is free.
            assert!(!debounce.forbids(&Message::Confirmation(None), now));
        }
    }
}
