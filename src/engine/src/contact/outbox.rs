//! What we typed and is not settled: held, on its way, or come back. Nothing leaves this place but
//! by [`decide`], and [`decide`] never lowers a message's level.

use std::time::SystemTime;

use otr::{InstanceTag, Ssid};
use tokio::time::Instant;
use xmpp::Jid;
use zeroize::Zeroizing;

use crate::message::{
    Delivery, FailReason, Fingerprint, HeldReason, MessageId, Outgoing, Padlock, Provenance,
};

/// How many messages that the server has are remembered for their receipt: of a contact who has
/// never confirmed any, and of one who does, but may be far behind.
const AWAITING_RECEIPT_MAX: usize = 256;
const AWAITING_SLOW_RECEIPT_MAX: usize = 4096;

/// The least a message demands, fixed by the padlock that the person saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// May be readable on the way: the person saw that.
    Plain,
    /// Only encrypted; if a key was seen, only to that key.
    Private(Option<Fingerprint>),
    /// Only encrypted to this key, and only while it is verified.
    Verified(Fingerprint),
}

impl Level {
    /// What a person demands who saw `padlock` when the last session had the key `last`.
    pub(super) const fn seen(padlock: Padlock, last: Option<Fingerprint>) -> Self {
        match padlock {
            Padlock::NotPrivate => Self::Plain,
            Padlock::Unasked
            | Padlock::Starting
            | Padlock::Waiting
            | Padlock::Unanswered
            | Padlock::Finished => Self::Private(last),
            Padlock::Private(key) | Padlock::KeyChanged(key) | Padlock::Doubted(key) => {
                Self::Private(Some(key))
            }
            Padlock::Verified(key) => Self::Verified(key),
        }
    }

    /// The key it is meant for, if one was seen.
    pub(super) const fn key(self) -> Option<Fingerprint> {
        match self {
            Self::Plain => None,
            Self::Private(key) => key,
            Self::Verified(key) => Some(key),
        }
    }
}

impl Level {
    /// How a text of this level travelled, if it did: what leaves in private knows its key.
    pub(super) fn travelled(self) -> Option<Provenance> {
        match self {
            Self::Plain => Some(Provenance::Plain),
            Self::Private(key) => key.map(Provenance::Private),
            Self::Verified(key) => Some(Provenance::Verified(key)),
        }
    }

    /// How a text of this level travelled to this key.
    pub(super) const fn provenance(self, key: Fingerprint) -> Provenance {
        match self {
            Self::Verified(_) => Provenance::Verified(key),
            Self::Plain | Self::Private(_) => Provenance::Private(key),
        }
    }
}

/// What becomes of a message now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Goes out readable.
    SendPlain,
    /// Goes out encrypted, with this provenance.
    SendPrivate(Provenance),
    /// Stays.
    Hold(HeldReason),
}

/// Decides, from the padlock as it is at this very moment.
pub(super) fn decide(level: Level, padlock: Padlock, online: bool) -> Verdict {
    use Verdict::{Hold, SendPlain, SendPrivate};
    if !online {
        return Hold(HeldReason::Offline);
    }
    match padlock {
        Padlock::NotPrivate => match level {
            Level::Plain => SendPlain,
            Level::Private(_) | Level::Verified(_) => Hold(HeldReason::PadlockChanged),
        },
        Padlock::Unasked | Padlock::Starting => Hold(HeldReason::GoingPrivate),
        Padlock::Waiting => Hold(HeldReason::ContactAway),
        Padlock::Unanswered => Hold(HeldReason::Unanswered),
        Padlock::Finished => Hold(HeldReason::Finished),
        Padlock::KeyChanged(_) => Hold(HeldReason::KeyChanged),
        Padlock::Doubted(_) => Hold(HeldReason::Doubted),
        Padlock::Private(key) => match level {
            Level::Plain | Level::Private(None) => SendPrivate(Provenance::Private(key)),
            Level::Private(Some(meant)) if meant == key => SendPrivate(Provenance::Private(key)),
            Level::Verified(meant) if meant == key => Hold(HeldReason::PadlockChanged),
            Level::Private(Some(_)) | Level::Verified(_) => Hold(HeldReason::KeyChanged),
        },
        Padlock::Verified(key) => match level.key() {
            Some(meant) if meant != key => Hold(HeldReason::KeyChanged),
            Some(_) | None => SendPrivate(Provenance::Verified(key)),
        },
    }
}

/// Where a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Here.
    Held(HeldReason),
    /// Given to the link under this tag.
    Queued { tag: u64, provenance: Provenance },
    /// Acknowledged by the server.
    Sent(Provenance),
    /// Said to have arrived, outside of the encryption. Kept, for that may turn out wrong.
    Reported(Provenance),
    /// Came back.
    Failed { provenance: Provenance, reason: FailReason },
}

/// What a receipt outside of the encryption is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Claim {
    /// It counts: as far as we see, the program that was written to is there as it was.
    Counts,
    /// That program has shown itself anew since: perhaps it was started again, and could not read.
    Suspect,
    /// Such a one came. It counts once the session shows life.
    Waiting,
    /// It came, and the session has shown life since.
    Proven,
    /// Nothing: the program confirms inside.
    Inside,
    /// Nothing: the program confirms nothing at all.
    Nowhere,
}

/// How a private message went out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sent {
    /// The program whose keys it went out under.
    pub(super) to: InstanceTag,
    /// Where that program was.
    pub(super) at: Jid,
    /// The session.
    pub(super) ssid: Ssid,
    /// Counts what was sent.
    pub(super) number: u64,
    /// Since when one that was sent later is known to have arrived.
    pub(super) overtaken: Option<Instant>,
    /// What is said of its arrival.
    pub(super) claim: Claim,
    /// Whether the program that it went to wrote in the session since.
    pub(super) outlived: bool,
}

/// One message of ours.
pub(super) struct Entry {
    pub(super) id: MessageId,
    pub(super) text: Zeroizing<String>,
    pub(super) at: SystemTime,
    pub(super) level: Level,
    pub(super) stage: Stage,
    pub(super) resent: bool,
    /// Whether it is written down.
    pub(super) rests: bool,
    /// As failed so, if it is.
    pub(super) rests_as: Option<FailReason>,
    /// The earlier message that it corrects.
    pub(super) replaces: Option<MessageId>,
    /// How it went out last in private, if it did.
    pub(super) sent: Option<Sent>,
    /// Whether those keys went while it was on its way.
    pub(super) doubted: bool,
    /// What the window was last told.
    pub(super) shown: Option<Stage>,
}

impl Entry {
    /// As the window shows it, if that is news to the window.
    pub(super) fn news(&mut self) -> Option<Outgoing> {
        if self.shown.replace(self.stage) == Some(self.stage) {
            return None;
        }
        Some(self.outgoing())
    }

    /// Since when a later one is known to have arrived, and this one not.
    pub(super) fn overtaken(&self) -> Option<Instant> {
        self.sent.as_ref().filter(|_| self.is_unconfirmed()).and_then(|sent| sent.overtaken)
    }

    pub(super) const fn is_unconfirmed(&self) -> bool {
        matches!(self.stage, Stage::Sent(Provenance::Private(_) | Provenance::Verified(_)))
    }

    /// Why it failed, where that is not written down.
    pub(super) fn untold_failure(&self) -> Option<FailReason> {
        let Stage::Failed { reason, .. } = self.stage else { return None };
        (!self.rests || self.rests_as != Some(reason)).then_some(reason)
    }

    fn unconfirmed(&mut self) -> Option<&mut Sent> {
        let is_unconfirmed = self.is_unconfirmed();
        self.sent.as_mut().filter(|_| is_unconfirmed)
    }

    fn outgoing(&self) -> Outgoing {
        let delivery = match self.stage {
            Stage::Held(reason) => Delivery::Held(reason),
            Stage::Queued { provenance, .. } => Delivery::Queued(provenance),
            Stage::Sent(provenance) => Delivery::Sent(provenance),
            Stage::Reported(provenance) => Delivery::Reported(provenance),
            Stage::Failed { provenance, reason } => Delivery::Failed { provenance, reason },
        };
        self.with(delivery)
    }

    /// As the window shows it once it arrived.
    pub(super) fn delivered(&self, provenance: Provenance) -> Outgoing {
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
#[derive(Default)]
pub(super) struct Outbox(Vec<Entry>);

impl Outbox {
    /// Adds one at the end. A second one with the same id is refused: it is the same message.
    pub(super) fn push(&mut self, entry: Entry) -> bool {
        if self.0.iter().any(|known| known.id == entry.id) {
            return false;
        }
        self.0.push(entry);
        true
    }

    /// Whether something waits that going private would release.
    pub(super) fn wants_session(&self) -> bool {
        self.0.iter().any(|entry| {
            matches!(entry.stage, Stage::Held(_)) && !matches!(entry.level, Level::Plain)
        })
    }

    /// The one with this id.
    pub(super) fn find(&mut self, id: &MessageId) -> Option<&mut Entry> {
        self.0.iter_mut().find(|entry| entry.id == *id)
    }

    /// The one given to the link under this tag.
    pub(super) fn queued(&mut self, tag: u64) -> Option<&mut Entry> {
        self.0
            .iter_mut()
            .find(|entry| matches!(entry.stage, Stage::Queued { tag: queued, .. } if queued == tag))
    }

    /// Every one.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.0.iter()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Entry> {
        self.0.iter_mut()
    }

    /// Takes the one with this id out.
    pub(super) fn take(&mut self, id: &MessageId) -> Option<Entry> {
        let index = self.0.iter().position(|entry| entry.id == *id)?;
        Some(self.0.remove(index))
    }

    /// One that was `sent` so has arrived: those before it should have.
    pub(super) fn overtake(&mut self, sent: &Sent, now: Instant) {
        for before in self.iter_mut().filter_map(Entry::unconfirmed) {
            if before.to == sent.to && before.number < sent.number {
                before.overtaken.get_or_insert(now);
            }
        }
    }

    /// Since when the oldest receipt is missing.
    pub(super) fn overtaken_since(&self) -> Option<Instant> {
        self.0.iter().filter_map(Entry::overtaken).min()
    }

    /// Nothing could come until now.
    pub(super) fn wait_anew_for_receipts(&mut self, now: Instant) {
        for sent in self.iter_mut().filter_map(Entry::unconfirmed) {
            sent.overtaken = sent.overtaken.map(|_| now);
        }
    }

    /// Forgets the oldest that only wait for a receipt, where `receipts_come` or not; which of
    /// them still rest somewhere.
    pub(super) fn prune(&mut self, receipts_come: bool) -> Vec<MessageId> {
        let most = if receipts_come { AWAITING_SLOW_RECEIPT_MAX } else { AWAITING_RECEIPT_MAX };
        let mut resting = Vec::new();
        let sent = |entry: &Entry| matches!(entry.stage, Stage::Sent(_) | Stage::Reported(_));
        let mut surplus = self.0.iter().filter(|entry| sent(entry)).count().saturating_sub(most);
        self.0.retain(|entry| {
            let drop = surplus > 0 && sent(entry);
            surplus -= usize::from(drop);
            if drop && entry.rests {
                resting.push(entry.id.clone());
            }
            !drop
        });
        resting
    }
}

#[cfg(test)]
mod tests {
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
                    let verdict = decide(Level::seen(seen, last), now, true);
                    if verdict == Verdict::SendPlain {
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
                let level = Level::seen(seen, None);
                if let (Some(meant), Verdict::SendPrivate(_)) =
                    (level.key(), decide(level, now, true))
                {
                    assert_eq!(now.fingerprint(), Some(meant));
                }
            }
        }
    }

    #[test]
    fn text_typed_under_a_verified_padlock_waits_when_trust_is_withdrawn() {
        let level = Level::seen(Padlock::Verified(OLD), None);
        assert_eq!(
            decide(level, Padlock::Private(OLD), true),
            Verdict::Hold(HeldReason::PadlockChanged)
        );
    }

    #[test]
    fn nothing_leaves_to_a_key_that_waits_for_a_decision() {
        for seen in padlocks() {
            for now in [Padlock::KeyChanged(OLD), Padlock::Doubted(OLD)] {
                for last in [None, Some(OLD), Some(NEW)] {
                    let verdict = decide(Level::seen(seen, last), now, true);
                    assert!(matches!(verdict, Verdict::Hold(_)), "{seen:?} {now:?}");
                }
            }
        }
    }

    #[test]
    fn nothing_leaves_while_offline() {
        for seen in padlocks() {
            for now in padlocks() {
                assert_eq!(
                    decide(Level::seen(seen, None), now, false),
                    Verdict::Hold(HeldReason::Offline)
                );
            }
        }
    }

    fn entry(stage: Stage) -> Entry {
        Entry {
            id: MessageId::random(),
            text: Zeroizing::new("text".into()),
            at: SystemTime::UNIX_EPOCH,
            level: Level::Plain,
            stage,
            resent: false,
            rests: false,
            rests_as: None,
            replaces: None,
            sent: None,
            doubted: false,
            shown: None,
        }
    }

    #[test]
    fn only_settled_messages_are_forgotten() {
        let mut outbox = Outbox::default();
        assert!(outbox.push(entry(Stage::Held(HeldReason::Offline))));
        let oldest = Entry { rests: true, ..entry(Stage::Sent(Provenance::Plain)) };
        let id = oldest.id.clone();
        outbox.push(oldest);
        for _ in 0..AWAITING_RECEIPT_MAX {
            outbox.push(entry(Stage::Sent(Provenance::Plain)));
        }
        assert!(outbox.prune(true).is_empty(), "this one may be confirmed yet");
        assert_eq!(outbox.prune(false), [id]);
        assert!(outbox.prune(false).is_empty());
        assert_eq!(outbox.0.len(), 1 + AWAITING_RECEIPT_MAX);
        let held = outbox.0.iter().filter(|entry| matches!(entry.stage, Stage::Held(_)));
        assert_eq!(held.count(), 1);
    }
}
