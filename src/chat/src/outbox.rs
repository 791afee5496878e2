//! What we typed and is not settled: held, on its way, or come back. Nothing leaves this place but
//! by [`decide`], and [`decide`] never lowers what a message demands.

use std::time::SystemTime;

use otr::Timestamp;
use zeroize::Zeroizing;

use crate::delivery::Sent;
use crate::message::{Delivery, FailReason, HeldReason, MessageId, Outgoing};
use crate::padlock::Padlock;
use crate::provenance::{Provenance, RequiredProtection};

/// How many messages that the server has are remembered for their receipt: of a contact who has
/// never confirmed any, and of one who does, but may be far behind.
const AWAITING_RECEIPT_MAX: usize = 256;
const AWAITING_SLOW_RECEIPT_MAX: usize = 4096;

/// Decides what becomes of a message at this very moment: how it leaves.
///
/// # Errors
/// Why it stays.
pub fn decide(
    required: RequiredProtection,
    padlock: Padlock,
    online: bool,
) -> Result<Provenance, HeldReason> {
    if !online {
        return Err(HeldReason::Offline);
    }
    let way = padlock.travels()?;
    required.admits(way).map(|()| way)
}

/// Where a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeliveryState {
    /// Here.
    Held(HeldReason),
    /// Given to the link.
    Queued {
        /// Names the request.
        tag: u64,
        /// How it travels.
        provenance: Provenance,
    },
    /// Acknowledged by the server.
    Sent(Provenance),
    /// Said to have arrived, outside of the encryption. Kept, for that may turn out wrong.
    Reported(Provenance),
    /// Came back, or could not leave.
    Failed {
        /// How it travelled.
        provenance: Provenance,
        /// Why.
        reason: FailReason,
    },
}

/// Whether a message is written down, so that a later life of the program finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Persisted {
    /// It is not.
    No,
    /// As one that waits to be sent.
    AsWaiting,
    /// As one that failed, and waits for the person.
    AsFailed(FailReason),
}

/// One message of ours.
pub(crate) struct OutboxMessage<D> {
    /// Names it.
    pub id: MessageId,
    /// What was typed.
    pub text: Zeroizing<String>,
    /// When.
    pub at: SystemTime,
    /// The least that it demands.
    pub required: RequiredProtection,
    /// Where it is.
    pub state: DeliveryState,
    /// Whether it may have been sent more than once.
    pub resent: bool,
    /// Whether it is written down.
    pub persisted: Persisted,
    /// The earlier message that it corrects.
    pub replaces: Option<MessageId>,
    /// How it went out last in private, if it did.
    pub sent: Option<Sent<D>>,
    /// Whether those keys went while it was on its way.
    pub delivery_unknown: bool,
    /// What the window was last told.
    pub shown: Option<DeliveryState>,
}

impl<D> OutboxMessage<D> {
    /// One that was typed just now, or that an earlier life kept.
    #[must_use]
    pub(crate) fn new(
        (id, text, at): (MessageId, Zeroizing<String>, SystemTime),
        required: RequiredProtection,
        state: DeliveryState,
        persisted: Persisted,
    ) -> Self {
        Self {
            id,
            text,
            at,
            required,
            state,
            resent: false,
            persisted,
            replaces: None,
            sent: None,
            delivery_unknown: false,
            shown: None,
        }
    }
}

impl<D: Clone + Eq> OutboxMessage<D> {
    /// As the window shows it, if that is news to the window.
    pub(crate) fn take_change(&mut self) -> Option<Outgoing> {
        if self.shown.replace(self.state) == Some(self.state) {
            return None;
        }
        Some(self.outgoing())
    }

    /// Since when a later one is known to have arrived, and this one not.
    #[must_use]
    pub(crate) fn overtaken_at(&self) -> Option<Timestamp> {
        self.sent.as_ref().filter(|_| self.is_unconfirmed()).and_then(|sent| sent.overtaken_at)
    }

    /// Whether it left in private, and nobody has said that it arrived.
    #[must_use]
    pub(crate) const fn is_unconfirmed(&self) -> bool {
        matches!(self.state, DeliveryState::Sent(Provenance::Private(_) | Provenance::Verified(_)))
    }

    /// Why it failed, where that is not written down.
    #[must_use]
    pub(crate) fn untold_failure(&self) -> Option<FailReason> {
        let DeliveryState::Failed { reason, .. } = self.state else { return None };
        (self.persisted != Persisted::AsFailed(reason)).then_some(reason)
    }

    fn unconfirmed(&mut self) -> Option<&mut Sent<D>> {
        let is_unconfirmed = self.is_unconfirmed();
        self.sent.as_mut().filter(|_| is_unconfirmed)
    }

    fn outgoing(&self) -> Outgoing {
        let delivery = match self.state {
            DeliveryState::Held(reason) => Delivery::Held(reason),
            DeliveryState::Queued { provenance, .. } => Delivery::Queued(provenance),
            DeliveryState::Sent(provenance) => Delivery::Sent(provenance),
            DeliveryState::Reported(provenance) => Delivery::Reported(provenance),
            DeliveryState::Failed { provenance, reason } => Delivery::Failed { provenance, reason },
        };
        self.with(delivery)
    }

    /// As the window shows it once it arrived.
    #[must_use]
    pub(crate) fn delivered(&self, provenance: Provenance) -> Outgoing {
        self.with(Delivery::Delivered(provenance))
    }

    fn with(&self, delivery: Delivery) -> Outgoing {
        Outgoing {
            id: self.id.clone(),
            text: self.text.as_str().to_owned(),
            at: self.at,
            delivery,
            resent: self.resent,
            replaces: self.replaces.clone(),
        }
    }
}

/// All of one contact, oldest first.
pub(crate) struct Outbox<D>(Vec<OutboxMessage<D>>);

impl<D> Default for Outbox<D> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<D: Clone + Eq> Outbox<D> {
    /// Adds one at the end. A second one with the same id is refused: it is the same message.
    pub(crate) fn push(&mut self, message: OutboxMessage<D>) -> bool {
        if self.0.iter().any(|known| known.id == message.id) {
            return false;
        }
        self.0.push(message);
        true
    }

    /// Whether something waits that going private would release.
    #[must_use]
    pub(crate) fn wants_session(&self) -> bool {
        self.0.iter().any(|message| {
            matches!(message.state, DeliveryState::Held(_))
                && !matches!(message.required, RequiredProtection::Plain)
        })
    }

    /// The one with this id.
    pub(crate) fn find(&mut self, id: &MessageId) -> Option<&mut OutboxMessage<D>> {
        self.0.iter_mut().find(|message| message.id == *id)
    }

    /// The one given to the link under this tag.
    pub(crate) fn queued(&mut self, tag: u64) -> Option<&mut OutboxMessage<D>> {
        self.0
            .iter_mut()
            .find(|message| matches!(message.state, DeliveryState::Queued { tag: queued, .. } if queued == tag))
    }

    /// Every one.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &OutboxMessage<D>> {
        self.0.iter()
    }

    /// The same, to be changed.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut OutboxMessage<D>> {
        self.0.iter_mut()
    }

    /// Takes the one with this id out.
    pub(crate) fn take(&mut self, id: &MessageId) -> Option<OutboxMessage<D>> {
        let index = self.0.iter().position(|message| message.id == *id)?;
        Some(self.0.remove(index))
    }

    /// One that was `sent` so has arrived: those before it should have.
    pub(crate) fn overtake(&mut self, sent: &Sent<D>, now: Timestamp) {
        for before in self.iter_mut().filter_map(OutboxMessage::unconfirmed) {
            if before.to == sent.to && before.number < sent.number {
                before.overtaken_at.get_or_insert(now);
            }
        }
    }

    /// Since when the oldest receipt is missing.
    #[must_use]
    pub(crate) fn overtaken_since(&self) -> Option<Timestamp> {
        self.0.iter().filter_map(OutboxMessage::overtaken_at).min()
    }

    /// Nothing could come until now.
    pub(crate) fn wait_anew_for_receipts(&mut self, now: Timestamp) {
        for sent in self.iter_mut().filter_map(OutboxMessage::unconfirmed) {
            sent.overtaken_at = sent.overtaken_at.map(|_| now);
        }
    }

    /// Forgets the oldest that only wait for a receipt, where `receipts_come` or not; which of
    /// them still rest somewhere.
    #[must_use]
    pub(crate) fn prune(&mut self, receipts_come: bool) -> Vec<MessageId> {
        let most = if receipts_come { AWAITING_SLOW_RECEIPT_MAX } else { AWAITING_RECEIPT_MAX };
        let mut resting = Vec::new();
        let sent = |message: &OutboxMessage<D>| {
            matches!(message.state, DeliveryState::Sent(_) | DeliveryState::Reported(_))
        };
        let mut surplus =
            self.0.iter().filter(|message| sent(message)).count().saturating_sub(most);
        self.0.retain(|message| {
            let drop = surplus > 0 && sent(message);
            surplus -= usize::from(drop);
            if drop && message.persisted != Persisted::No {
                resting.push(message.id.clone());
            }
            !drop
        });
        resting
    }
}

#[cfg(test)]
mod tests {
    use otr::Fingerprint;

    use super::*;

    const OLD: Fingerprint = Fingerprint::V3([1; 20]);
    const NEW: Fingerprint = Fingerprint::V3([2; 20]);

    fn padlocks() -> Vec<Padlock> {
        let mut all = vec![
            Padlock::NotPrivate,
            Padlock::Unasked,
            Padlock::Starting,
            Padlock::Waiting,
            Padlock::Unanswered,
            Padlock::Finished,
        ];
        for key in [OLD, NEW] {
            all.extend([Padlock::Private(key), Padlock::Verified(key)]);
            all.extend([Padlock::KeyChanged(key), Padlock::Doubted(key)]);
        }
        all
    }

    #[test]
    fn only_text_typed_under_an_open_padlock_leaves_in_the_clear() {
        for seen in padlocks() {
            for now in padlocks() {
                for last in [None, Some(OLD)] {
                    let verdict = decide(RequiredProtection::seen(seen, last), now, true);
                    if verdict == Ok(Provenance::Plain) {
                        assert_eq!((seen, now), (Padlock::NotPrivate, Padlock::NotPrivate));
                    }
                }
            }
        }
    }

    #[test]
    fn text_meant_for_one_key_never_goes_to_another() {
        for seen in padlocks() {
            for now in padlocks() {
                let required = RequiredProtection::seen(seen, None);
                if let (Some(meant), Ok(_)) = (required.key(), decide(required, now, true)) {
                    assert_eq!(now.fingerprint(), Some(meant));
                }
            }
        }
    }

    #[test]
    fn text_typed_under_a_verified_padlock_waits_when_trust_is_withdrawn() {
        let required = RequiredProtection::seen(Padlock::Verified(OLD), None);
        assert_eq!(decide(required, Padlock::Private(OLD), true), Err(HeldReason::PadlockChanged));
    }

    #[test]
    fn nothing_leaves_to_a_key_that_waits_for_a_decision() {
        for seen in padlocks() {
            for now in [Padlock::KeyChanged(OLD), Padlock::Doubted(OLD)] {
                for last in [None, Some(OLD), Some(NEW)] {
                    let verdict = decide(RequiredProtection::seen(seen, last), now, true);
                    assert!(verdict.is_err(), "{seen:?} {now:?}");
                }
            }
        }
    }

    #[test]
    fn nothing_leaves_while_offline() {
        for seen in padlocks() {
            for now in padlocks() {
                assert_eq!(
                    decide(RequiredProtection::seen(seen, None), now, false),
                    Err(HeldReason::Offline)
                );
            }
        }
    }

    fn entry(number: usize, state: DeliveryState) -> OutboxMessage<u8> {
        let named = MessageId::from(number.to_string());
        let typed = (named, Zeroizing::new("text".into()), SystemTime::UNIX_EPOCH);
        OutboxMessage::new(typed, RequiredProtection::Plain, state, Persisted::No)
    }

    #[test]
    fn only_settled_messages_are_forgotten() {
        let mut outbox = Outbox::default();
        assert!(outbox.push(entry(0, DeliveryState::Held(HeldReason::Offline))));
        let oldest = OutboxMessage {
            persisted: Persisted::AsWaiting,
            ..entry(1, DeliveryState::Sent(Provenance::Plain))
        };
        let id = oldest.id.clone();
        outbox.push(oldest);
        for number in 0..AWAITING_RECEIPT_MAX {
            outbox.push(entry(2 + number, DeliveryState::Sent(Provenance::Plain)));
        }
        assert!(outbox.prune(true).is_empty(), "this one may be confirmed yet");
        assert_eq!(outbox.prune(false), [id]);
        assert!(outbox.prune(false).is_empty());
        assert_eq!(outbox.0.len(), 1 + AWAITING_RECEIPT_MAX);
        let held =
            outbox.0.iter().filter(|message| matches!(message.state, DeliveryState::Held(_)));
        assert_eq!(held.count(), 1);
    }
}
