//! What the history tells in words.

use otr::Fingerprint;

use crate::claimed_error::ClaimedError;
use crate::trust::Proof;

/// Something the history tells in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A private conversation started.
    PrivateStarted {
        /// With this key.
        fingerprint: Fingerprint,
        /// Whether it was verified before.
        verified: bool,
        /// Whether this key was never seen before.
        new_key: bool,
    },
    /// Keys were exchanged anew.
    PrivateRefreshed,
    /// We ended it.
    EndedByUs,
    /// They ended it.
    EndedByContact,
    /// They came with another key than those that are known.
    KeyChanged {
        /// The new key.
        fingerprint: Fingerprint,
        /// Whether one of those is verified.
        other_verified: bool,
    },
    /// The person goes on with a key that was new or doubted.
    KeyAccepted,
    /// The person compared key codes, and they differ.
    KeyDiffers,
    /// They could not be verified: it did not match.
    NotVerified,
    /// We answered their question, and it did not match: we could not be verified.
    NotProved,
    /// Somebody whose key waits for a decision asked us to prove who we are: nothing was shown.
    AskedUnaccepted,
    /// They were verified.
    Verified(Proof),
    /// Trust in their key was withdrawn.
    TrustWithdrawn,
    /// A message from them could not be read.
    Unreadable,
    /// Somebody says that something went wrong, perhaps their program.
    ErrorClaimed(ClaimedError),
    /// A private message for another of our devices.
    ForOtherDevice,
    /// Their program did not answer our offer to go private.
    Unanswered,
    /// The exchange of keys failed.
    SetupFailed,
    /// They asked us to prove who we are, and that can't be answered any more.
    QuestionLost,
    /// More of their programs were in private with us than there is room for: one gave way.
    TooManyApps,
    /// Somebody on the way copies what their program says, under another name.
    AnswerCopied,
    /// Version 2 of the protocol was refused to a contact who has spoken version 3.
    DowngradeRefused,
    /// The person allowed version 2 to a contact who has spoken version 3.
    OlderVersionAllowed,
    /// Version 3 is spoken again, so version 2 is allowed no longer.
    NewerVersionAgain,
}
