//! Making sure of each other: the socialist millionaires' protocol, and who learns what from it.

use std::time::SystemTime;

use crate::trust::Proof;

/// Names one verification the contact asked for. An answer to an older one is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestId(pub u64);

/// Where a verification stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verification {
    /// They want to make sure of us.
    Requested {
        /// To be given back with the answer.
        request: RequestId,
        /// The question; `None` when they ask for a shared secret.
        question: Option<String>,
    },
    /// Ours is under way.
    InProgress,
    /// It matched.
    Succeeded(VerificationResult),
    /// It did not match: they may be somebody else.
    Failed,
    /// Our answer did not match: they could not make sure of us.
    NotProved,
    /// They cancelled.
    CancelledByContact,
    /// It ended with the private conversation, or something went wrong; try again.
    Interrupted,
    /// There is no private conversation to verify.
    NotPrivate,
    /// The answer came too late: a newer request replaced it.
    Outdated,
    /// Nobody was asked: the conversation is with another key by now than the screen showed.
    OtherKey,
    /// Nothing went out: an answer of nothing proves nothing.
    NothingTyped,
    /// Too many attempts in a row did not match: told after the one that was too many, and of each
    /// that comes before its time, of which nothing goes out. What they asked still waits.
    Paused {
        /// When the next attempt is possible.
        until: SystemTime,
    },
}

/// Who learnt what from a verification that matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerificationResult {
    /// We made sure of them: their key is verified now.
    WeLearnt(Proof),
    /// They made sure of us; we know no more of them than before.
    TheyLearnt,
}
