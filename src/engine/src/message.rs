//! The whole contract between window and engine: one enum each way.

mod archive;
mod avatar;
mod chat;
mod command;
mod event;
mod import;
mod practice;

pub use self::chat::*;
pub use ::chat::{
    ArchivePlace, ChatCommand, ClaimedError, Delivery, Doubt, FailReason, HeldReason, Label,
    MessageId, NewMessage, OlderVersion, Outgoing, Padlock, Proof, Provenance, RequestId, Secret,
    Trust, Verification, VerificationResult,
};
pub use archive::{ArchiveGap, GapState};
pub use avatar::Avatar;
pub use command::*;
pub use event::*;
pub use import::*;
pub use otr::Fingerprint;
pub use practice::*;
pub use xmpp::{
    AuthStrength, Availability, BareJid, CertificateProblem, ChannelBindingType, Choice, Console,
    Field, FieldKind, Flow, Form, OfflineReason, Picture, PinnedKey, Proxy, ProxyCredentials,
    RegistrationError as RegistrationFailure, RequestError as RequestFailure, Route, Security,
    Server, ServerKey, SignInError as SignInFailure, TlsVersion, Tor, Via,
};

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
