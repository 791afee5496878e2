//! What a conversation starts from.

use std::collections::BTreeMap;
use std::hash::RandomState;
use std::sync::Arc;
use std::time::SystemTime;

use otr::{Conversation, Fingerprint};
use rand_core::CryptoRng;

use crate::effect::KeptMessage;
use crate::permissions::Permissions;
use crate::privacy::Intent;
use crate::program::Program;
use crate::records::RecordCodec;
use crate::tags::Tags;
use crate::trust::Trust;

/// What a conversation starts from.
pub struct Start<D> {
    /// The protocol's part of it.
    pub conversation: Conversation,
    /// Makes names for messages that are nobody's.
    pub rng: Box<dyn CryptoRng + Send + Sync>,
    /// Hashes what was received, with a key of its own.
    pub hasher: RandomState,
    /// Reads and writes what is said beside texts.
    pub codec: Box<dyn RecordCodec>,
    /// Names requests.
    pub tags: Tags,
    /// Whether we are online.
    pub online: bool,
    /// What the contact may know of us, and what we know of them.
    pub permissions: Permissions,
    /// The devices that presence shows.
    pub in_sight: BTreeMap<D, Program>,
    /// The tags of what an earlier process sent, and the server may still tell of.
    pub left_behind: Vec<u64>,
    /// Follows an offer to go private, for people whose program does not know it.
    pub invitation: Arc<str>,
    /// What was written down.
    pub memory: Memory,
}

/// What an earlier life of the program wrote down.
pub struct Memory {
    /// What the person wants.
    pub intent: Intent,
    /// The contact's keys; `None` if they cannot be read.
    pub keys: Option<Vec<(Fingerprint, Trust)>>,
    /// What waits to be sent, or failed, oldest first.
    pub messages: Vec<KeptMessage>,
    /// Which version may be spoken.
    pub version: KnownVersion,
    /// When the contact was told last in words what an offer is.
    pub invited: Option<SystemTime>,
}

/// Which version of the protocol may be spoken with the contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnownVersion {
    /// Any: they have not spoken version 3.
    Any,
    /// Version 3, which they have spoken.
    Newer,
    /// Any, though they may have spoken version 3: the person allowed it.
    OlderAllowed,
}
