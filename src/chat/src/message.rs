//! A message of ours as it is shown: its name, and how far it came.

use std::time::SystemTime;

use rand_core::CryptoRng;

use crate::padlock::Padlock;
use crate::provenance::Provenance;

/// Names one message of ours, from the composer to the receipt (XEP-0359 origin-id).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId(String);

impl MessageId {
    /// A new one: 128 random bits in hexadecimal.
    #[must_use]
    pub fn random<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        let (high, low) = (rng.next_u64(), rng.next_u64());
        Self(format!("{high:016x}{low:016x}"))
    }

    /// As it stands in a stanza.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for MessageId {
    fn from(id: String) -> Self {
        Self(id)
    }
}

/// A message of ours, as it stands. A later one with the same id replaces it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Made by the window.
    pub id: MessageId,
    /// What was typed.
    pub text: String,
    /// When.
    pub at: SystemTime,
    /// Where it is.
    pub delivery: Delivery,
    /// Whether it was sent more than once.
    pub resent: bool,
    /// An earlier message of ours that this one corrects.
    pub replaces: Option<MessageId>,
}

/// Where a message of ours is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Kept here, on nobody's wire.
    Held(HeldReason),
    /// Handed to the connection.
    Queued(Provenance),
    /// The server has it.
    Sent(Provenance),
    /// Somebody outside of the encryption, at best their program, says that it arrived: of a
    /// private message that is no more than the servers' word.
    Reported(Provenance),
    /// The contact's program has it: it says so itself, in private, or the message was readable.
    Delivered(Provenance),
    /// It did not arrive; Retry, Edit or Discard.
    Failed {
        /// How it travelled.
        provenance: Provenance,
        /// Why.
        reason: FailReason,
    },
}

/// Why a message is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeldReason {
    /// Goes out when private.
    GoingPrivate,
    /// Goes out privately when the contact is back.
    ContactAway,
    /// Goes out when we are online.
    Offline,
    /// The contact left the private conversation.
    Finished,
    /// The key is not the one it was meant for, or a new one.
    KeyChanged,
    /// The key may not be the contact's.
    Doubted,
    /// The contact's program does not answer.
    Unanswered,
    /// The padlock changed between looking and sending, or privacy was given up since.
    PadlockChanged,
    /// Readable, and it, or one before it, may have arrived already: the server is asked first.
    Settling,
    /// It waited already when we became invisible: it goes out when we show ourselves, or when it is
    /// sent again.
    Invisible,
}

/// Why a message failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailReason {
    /// The server could not deliver it.
    Undeliverable,
    /// The contact's program could not read it.
    Unreadable,
    /// It may or may not have arrived before the connection was lost.
    Unsure,
    /// It cannot be sent as it is (a NUL, or far too long).
    Unsendable,
    /// Readable, with the mark of the protocol in it (`?OTR`): the contact's program would take it
    /// for a command and not show it. In private it can go out.
    Reserved,
}

/// What the person typed.
#[derive(Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// Made by the window.
    pub id: MessageId,
    /// What was typed.
    pub text: String,
    /// The padlock the person saw while pressing Enter.
    pub seen: Padlock,
    /// An earlier message of ours that this one corrects (XEP-0308).
    pub replaces: Option<MessageId>,
}

impl std::fmt::Debug for NewMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewMessage").field("id", &self.id).finish_non_exhaustive()
    }
}
