//! The Socialist Millionaires' Protocol: do two people know the same secret?

mod secret;

pub use secret::SmpSecret;

/// Names one request of the peer, so that an answer cannot reach another question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SmpRequest(u64);

/// Who began a verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SmpRole {
    /// We did.
    Asked {
        /// With a question of ours.
        question: bool,
    },
    /// The peer did.
    Answered {
        /// With a question of theirs: success then proves nothing about them.
        question: bool,
    },
}
