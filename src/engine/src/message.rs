//! The whole contract between window and engine: one enum each way.

mod archive;
mod avatar;
mod chat;
mod command;
mod elsewhere;
mod event;
mod practice;

use std::fmt;

pub use otr::Fingerprint;
pub use vault::{Doubt, Proof, Trust};
pub use xmpp::{
    AuthStrength, Availability, BareJid, CertificateProblem, ChannelBindingType, Choice, Console,
    Field, FieldKind, Flow, Form, OfflineReason, Picture, PinnedKey, Proxy, ProxyCredentials,
    RegistrationError as RegistrationFailure, RequestError as RequestFailure, Route, Security,
    Server, ServerKey, SignInError as SignInFailure, TlsVersion, Tor, Via,
};
use zeroize::Zeroizing;

pub use archive::{ArchiveGap, ArchivePlace, GapState};
pub use avatar::Avatar;
pub use chat::*;
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

/// Names one message of ours, from the composer to the receipt (XEP-0359 origin-id).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId(String);

impl MessageId {
    /// A new one: 128 random bits in hexadecimal.
    #[must_use]
    pub fn random() -> Self {
        Self(format!("{:032x}", rand::random::<u128>()))
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

/// Names one verification the contact asked for. An answer to an older one is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestId(pub u64);
