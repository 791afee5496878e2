//! What a conversation is given, and how its messages are put on the wire.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::num::NonZero;
use core::time::Duration;

use rand_core::CryptoRng;

use crate::auth::Own;
use crate::crypto::PrivateKey;
use crate::fingerprint::Fingerprint;
use crate::fragment;
use crate::instance::InstanceTag;
use crate::output::{Output, WireText};
use crate::policy::Policy;
use crate::version::Version;
use crate::wire::{self, Header, MessageType};

/// An exchange that we asked for and that makes no progress for so long is stalled.
const STALL_MS: u64 = 15_000;

/// Whether a network message may hold line breaks.
///
/// What travels encrypted holds none, whatever was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LineBreaks {
    /// Never, as in IRC: there what follows one would be a command. A text in clear with one is
    /// refused ([`SendError::LineBreak`](crate::SendError::LineBreak)), and in an invitation each
    /// becomes a blank.
    #[default]
    Never,
    /// They may, as in XMPP.
    Allowed,
}

/// What a conversation needs to begin, and how it differs from the usual.
///
/// ```
/// use otr::{Config, Conversation, InstanceTag, Policy, PrivateKey};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// let mut rng = StdRng::from_rng(&mut rand::rng());
/// let (key, instance) = (PrivateKey::generate(&mut rng), InstanceTag::random(&mut rng));
/// // A network whose messages have at most 350 bytes.
/// let config = Config::new(key, instance, rng).policy(Policy::ALWAYS).fragment_bytes_max(350);
/// let conversation = Conversation::new(config);
/// ```
pub struct Config {
    pub(super) key: PrivateKey,
    pub(super) instance: InstanceTag,
    pub(super) policy: Policy,
    pub(super) fragment_bytes_max: Option<NonZero<usize>>,
    pub(super) line_breaks: LineBreaks,
    pub(super) invitation: String,
    pub(super) stall_ms: u64,
    pub(super) trusted: Vec<Fingerprint>,
    pub(super) v3_seen: bool,
    pub(super) rng: Box<dyn CryptoRng + Send + Sync>,
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key: _, instance, policy, fragment_bytes_max, line_breaks, stall_ms, .. } = self;
        f.debug_struct("Config")
            .field("instance", instance)
            .field("policy", policy)
            .field("fragment_bytes_max", fragment_bytes_max)
            .field("line_breaks", line_breaks)
            .field("stall_ms", stall_ms)
            .finish_non_exhaustive()
    }
}

impl Config {
    /// With [`Policy::MANUAL`], and with no limit to the length of a network message, as in XMPP.
    ///
    /// `key` is our long-term key: one for an account, the same in all its conversations.
    /// `instance` is our instance tag: one for an account on this machine, kept with it and never
    /// copied to another. `rng` is where randomness comes from, seeded by the operating system.
    pub fn new(
        key: PrivateKey,
        instance: InstanceTag,
        rng: impl CryptoRng + Send + Sync + 'static,
    ) -> Self {
        Self {
            key,
            instance,
            policy: Policy::MANUAL,
            fragment_bytes_max: None,
            line_breaks: LineBreaks::Never,
            invitation: String::new(),
            stall_ms: STALL_MS,
            trusted: Vec::new(),
            v3_seen: false,
            rng: Box::new(rng),
        }
    }

    /// The same, with the generator of the operating system, which is also right after a `fork`.
    #[cfg(feature = "getrandom")]
    #[must_use]
    pub fn with_system_rng(key: PrivateKey, instance: InstanceTag) -> Self {
        Self::new(key, instance, rand_core::UnwrapErr(getrandom::SysRng))
    }

    /// Chooses what the conversation may do by itself.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Limits a network message to so many bytes, header included; 0: no limit. Values below 37
    /// (19 in version 2) leave no room for a piece and are exceeded. A text in clear cannot be cut:
    /// [`SendError::TooLongInClear`](crate::SendError::TooLongInClear).
    #[must_use]
    #[doc(alias = "MTU")]
    pub fn fragment_bytes_max(mut self, bytes_max: usize) -> Self {
        self.fragment_bytes_max = NonZero::new(bytes_max);
        self
    }

    /// Says whether a network message may hold line breaks.
    #[must_use]
    pub fn line_breaks(mut self, line_breaks: LineBreaks) -> Self {
        self.line_breaks = line_breaks;
        self
    }

    /// Chooses the words that follow each offer to speak in private, for people whose program
    /// knows nothing of it; at first there are none. They travel in clear, on a line of their own
    /// where that may be, and no more of them than fits in one network message.
    #[must_use]
    pub fn invitation(mut self, words: impl Into<String>) -> Self {
        self.invitation = words.into();
        self
    }

    /// The keys of this contact that the person has verified, as with
    /// [`Conversation::set_trusted`](crate::Conversation::set_trusted).
    #[must_use]
    #[doc(alias = "trust")]
    pub fn trusted(mut self, keys: impl IntoIterator<Item = Fingerprint>) -> Self {
        self.trusted = keys.into_iter().collect();
        self
    }

    /// Whether the contact has spoken version 3 before, as with
    /// [`Conversation::set_v3_seen`](crate::Conversation::set_v3_seen).
    #[must_use]
    pub const fn v3_seen(mut self, is_seen: bool) -> Self {
        self.v3_seen = is_seen;
        self
    }

    /// Chooses how long an exchange of keys may make no step before it counts as stalled: 15
    /// seconds, if nothing is said; more for slow networks. A piece of a message is a step, too.
    #[must_use]
    pub fn stall(mut self, stall: Duration) -> Self {
        self.stall_ms = u64::try_from(stall.as_millis()).unwrap_or(u64::MAX).max(1);
        self
    }
}

impl Config {
    pub(super) fn own(&mut self, version: Version) -> Own<'_> {
        Own { key: &self.key, tag: self.instance, version, rng: &mut *self.rng }
    }

    /// The header of a data message to `receiver`.
    pub(super) const fn data_header(&self, version: Version, receiver: InstanceTag) -> Header {
        Header::new(version, MessageType::Data, self.instance, Some(receiver))
    }

    /// Encodes a message, and cuts it if it is too long for the network.
    fn wires(
        &self,
        message: &[u8],
        version: Version,
        receiver: Option<InstanceTag>,
    ) -> impl Iterator<Item = WireText> {
        let text = wire::encode(message);
        let pieces =
            fragment::split(text, self.fragment_bytes_max, version, self.instance, receiver);
        pieces.into_iter().map(WireText::new)
    }

    /// Sends a message of a session.
    pub(super) fn transmit(
        &self,
        message: &[u8],
        version: Version,
        to: InstanceTag,
        outputs: &mut Vec<Output>,
    ) {
        let wires = self.wires(message, version, Some(to));
        outputs.extend(wires.map(|wire| Output::Send { wire, to: Some(to) }));
    }

    /// Sends a message of a key exchange. In version 2 that is for whoever just wrote: which
    /// program the last session was with says nothing about the next.
    pub(super) fn transmit_auth(
        &self,
        message: &[u8],
        version: Version,
        receiver: Option<InstanceTag>,
        outputs: &mut Vec<Output>,
    ) {
        let to = receiver.filter(|_| version == Version::V3);
        let wires = self.wires(message, version, receiver);
        outputs.extend(wires.map(|wire| Output::Send { wire, to }));
    }
}
