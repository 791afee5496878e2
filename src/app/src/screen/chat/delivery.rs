//! How the delivery state of a message of ours is shown: icon, words, and whether Retry is offered.

use engine::{Delivery, FailReason, HeldReason, Padlock, Provenance};

use crate::icon::Icon;
use crate::t;
use crate::theme::Tone;

/// The icon.
pub(super) const fn icon(delivery: Delivery) -> Icon {
    match delivery {
        Delivery::Held(_) => Icon::Hourglass,
        Delivery::Queued(_) => Icon::Clock,
        // The mark of arrival is kept for whom it matters to: a server says what it likes.
        Delivery::Sent(_) | Delivery::Reported(_) => Icon::Check,
        Delivery::Delivered(_) => Icon::DoubleCheck,
        Delivery::Failed { .. } => Icon::Warning,
    }
}

/// The colour.
pub(super) const fn tone(delivery: Delivery) -> Tone {
    match delivery {
        Delivery::Held(
            HeldReason::Finished
            | HeldReason::KeyChanged
            | HeldReason::Doubted
            | HeldReason::PadlockChanged,
        ) => Tone::Warning,
        Delivery::Held(
            HeldReason::GoingPrivate
            | HeldReason::ContactAway
            | HeldReason::Offline
            | HeldReason::Settling
            | HeldReason::Unanswered
            | HeldReason::Invisible,
        )
        | Delivery::Queued(_)
        | Delivery::Sent(_)
        | Delivery::Reported(_)
        | Delivery::Delivered(_) => Tone::Muted,
        Delivery::Failed { .. } => Tone::Danger,
    }
}

/// The words under this padlock; `name` is the contact's.
pub(super) fn words(delivery: Delivery, padlock: Padlock, name: &str) -> String {
    match delivery {
        Delivery::Held(reason) => held(reason, padlock, name),
        Delivery::Queued(_) => t!("delivery-queued"),
        Delivery::Sent(_) => t!("delivery-sent"),
        Delivery::Reported(_) => t!("delivery-reported"),
        Delivery::Delivered(
            Provenance::Unaccepted(_) | Provenance::Private(_) | Provenance::Verified(_),
        ) => {
            t!("delivery-confirmed", name = name)
        }
        Delivery::Delivered(Provenance::Plain | Provenance::PlainInPrivate) => {
            t!("delivery-delivered")
        }
        Delivery::Failed { reason, .. } => failed(reason, name),
    }
}

/// Whether the message waits for the person or the contact, so its words must stand below it.
pub(super) const fn is_exception(delivery: Delivery) -> bool {
    match delivery {
        Delivery::Held(_) | Delivery::Failed { .. } => true,
        Delivery::Queued(_)
        | Delivery::Sent(_)
        | Delivery::Reported(_)
        | Delivery::Delivered(_) => false,
    }
}

/// What pressing Retry would do under this padlock; `None` where it would do nothing.
pub(super) const fn retry(delivery: Delivery, padlock: Padlock) -> Option<Retry> {
    let was_plain = match delivery {
        Delivery::Held(
            HeldReason::Finished
            | HeldReason::KeyChanged
            | HeldReason::Doubted
            | HeldReason::PadlockChanged,
        ) => false,
        // Under an open padlock nothing else is held so but what was typed under one.
        Delivery::Held(HeldReason::Invisible) => true,
        Delivery::Failed { provenance, .. } => match provenance {
            Provenance::Plain | Provenance::PlainInPrivate => true,
            Provenance::Unaccepted(_) | Provenance::Private(_) | Provenance::Verified(_) => false,
        },
        Delivery::Held(
            HeldReason::GoingPrivate
            | HeldReason::ContactAway
            | HeldReason::Offline
            | HeldReason::Settling
            | HeldReason::Unanswered,
        )
        | Delivery::Queued(_)
        | Delivery::Sent(_)
        | Delivery::Reported(_)
        | Delivery::Delivered(_) => return None,
    };
    match padlock {
        Padlock::NotPrivate if was_plain => Some(Retry::Again),
        Padlock::NotPrivate => Some(Retry::Readable),
        Padlock::Finished | Padlock::KeyChanged(_) | Padlock::Doubted(_) => None,
        Padlock::Unasked
        | Padlock::Starting
        | Padlock::Waiting
        | Padlock::Unanswered
        | Padlock::Private(_)
        | Padlock::Verified(_) => Some(Retry::Again),
    }
}

/// What Retry would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Retry {
    /// Send it as it was meant.
    Again,
    /// Send readable by the servers what was meant to be private.
    Readable,
}

fn held(reason: HeldReason, padlock: Padlock, name: &str) -> String {
    match reason {
        // A key that is in use may be the one that was known longest.
        HeldReason::KeyChanged if matches!(padlock, Padlock::Private(_) | Padlock::Verified(_)) => {
            t!("held-other-key", name = name)
        }
        HeldReason::GoingPrivate => t!("held-going-private"),
        HeldReason::ContactAway => t!("held-contact-away", name = name),
        HeldReason::Offline => t!("held-offline"),
        HeldReason::Settling => t!("held-settling"),
        HeldReason::Finished => t!("held-finished", name = name),
        HeldReason::KeyChanged => t!("held-key-changed", name = name),
        HeldReason::Doubted => t!("held-doubted", name = name),
        HeldReason::Unanswered => t!("held-unanswered", name = name),
        HeldReason::Invisible => t!("held-invisible"),
        HeldReason::PadlockChanged => t!("held-padlock-changed"),
    }
}

fn failed(reason: FailReason, name: &str) -> String {
    match reason {
        FailReason::Undeliverable => t!("failed-undeliverable", name = name),
        FailReason::Unreadable => t!("failed-unreadable", name = name),
        FailReason::Unsure => t!("failed-unsure", name = name),
        FailReason::Unsendable => t!("failed-unsendable"),
        FailReason::Reserved => t!("failed-reserved"),
    }
}

#[cfg(test)]
mod tests {
    use engine::Fingerprint;

    use super::*;

    #[test]
    fn retrying_a_private_message_without_privacy_is_named_for_what_it_does() {
        let key = Fingerprint::V3([1; 20]);
        let held = Delivery::Held(HeldReason::PadlockChanged);
        let lost =
            Delivery::Failed { provenance: Provenance::Private(key), reason: FailReason::Unsure };
        let plain = Delivery::Failed { provenance: Provenance::Plain, reason: FailReason::Unsure };
        assert_eq!(retry(held, Padlock::NotPrivate), Some(Retry::Readable));
        assert_eq!(retry(lost, Padlock::NotPrivate), Some(Retry::Readable));
        assert_eq!(retry(plain, Padlock::NotPrivate), Some(Retry::Again));
        assert_eq!(retry(held, Padlock::Private(key)), Some(Retry::Again));
        assert_eq!(retry(held, Padlock::Finished), None);
        let unseen = Delivery::Held(HeldReason::Invisible);
        assert_eq!(retry(unseen, Padlock::Unasked), Some(Retry::Again));
        assert_eq!(retry(unseen, Padlock::NotPrivate), Some(Retry::Again));
    }

    #[test]
    fn what_was_written_for_another_key_than_the_one_in_use_does_not_say_that_this_one_is_new() {
        let (key, held) = (Fingerprint::V3([1; 20]), Delivery::Held(HeldReason::KeyChanged));
        let said = |padlock| crate::text::strip_isolates(&words(held, padlock, "Bob"));
        assert_eq!(said(Padlock::KeyChanged(key)), "Held: Bob has a new key");
        for padlock in [Padlock::Verified(key), Padlock::Private(key)] {
            assert_eq!(said(padlock), "Held: it was written for another key of Bob");
        }
    }

    #[test]
    fn what_goes_out_by_itself_needs_no_retry() {
        for reason in [HeldReason::GoingPrivate, HeldReason::ContactAway, HeldReason::Offline] {
            assert_eq!(retry(Delivery::Held(reason), Padlock::NotPrivate), None);
        }
    }
}
