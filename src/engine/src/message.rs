//! The whole contract between window and engine: one enum each way.

mod archive;
mod avatar;
mod chat;
mod command;
mod elsewhere;
mod event;
mod practice;

use std::fmt;

pub use ::chat::{
    ArchivePlace, ClaimedError, Delivery, Doubt, FailReason, HeldReason, Label, MessageId,
    NewMessage, OlderVersion, Outgoing, Padlock, Proof, Provenance, RequestId, Trust, Verification,
    VerificationResult,
};
pub use otr::Fingerprint;
pub use xmpp::{
    Availability, BareJid, Binding, CertificateProblem, Choice, Console, Field, FieldKind, Flow,
    Form, OfflineReason, Picture, Proxy, ProxyCredentials,
    RegistrationError as RegistrationFailure, RequestError as RequestFailure, Route, Security,
    Server, ServerKey, SignInError as SignInFailure, Strength, TlsVersion, Tor, TrustedKey, Via,
};
use zeroize::Zeroizing;

pub use self::chat::*;
pub use archive::{ArchiveGap, GapState};
pub use avatar::Avatar;
pub use command::*;
pub use elsewhere::*;
pub use event::*;
pub use practice::*;

/// Text that must not be printed or kept: passwords, answers, shared secrets. Wiped on drop.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps what was typed.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// One account's conversation with one contact.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChatId {
    /// Ours.
    pub account: BareJid,
    /// Theirs.
    pub contact: BareJid,
}

/// A new name for a message of ours.
#[must_use]
pub fn new_message_id() -> MessageId {
    MessageId::random(&mut rand::rng())
}
