//! What a conversation is given, and how its messages are put on the wire.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::num::NonZero;

use rand_core::CryptoRng;

use crate::auth::Own;
use crate::crypto::PrivateKey;
use crate::fragment;
use crate::instance::InstanceTag;
use crate::output::{Output, WireText};
use crate::policy::Policy;
use crate::version::Version;
use crate::wire::{self, Header, MessageType};

/// What a conversation needs to begin.
pub struct Config {
    /// Our long-term key: one for an account, the same in all its conversations.
    pub key: PrivateKey,
    /// Our instance tag: one for an account on this machine, kept with it and never copied to
    /// another.
    pub instance: InstanceTag,
    /// What the conversation may do by itself.
    pub policy: Policy,
    /// The greatest network message in bytes, header included; `None`: no limit, as in XMPP.
    /// Values below 37 (19 in version 2) leave no room for a piece and are exceeded.
    pub fragment_bytes_max: Option<NonZero<usize>>,
    /// Where randomness comes from, seeded by the operating system.
    pub rng: Box<dyn CryptoRng + Send + Sync>,
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key: _, instance, policy, fragment_bytes_max, rng: _ } = self;
        f.debug_struct("Config")
            .field("instance", instance)
            .field("policy", policy)
            .field("fragment_bytes_max", fragment_bytes_max)
            .finish_non_exhaustive()
    }
}

impl Config {
    pub(super) fn own(&mut self) -> Own<'_> {
        Own { key: &self.key, tag: self.instance, rng: &mut *self.rng }
    }

    /// The header of a data message to `receiver`.
    pub(super) fn data_header(&self, receiver: InstanceTag) -> Header {
        Header::new(MessageType::Data, self.instance, Some(receiver))
    }

    /// Encodes a message, and cuts it if it is too long for the network.
    fn wires(
        &self,
        message: &[u8],
        receiver: Option<InstanceTag>,
    ) -> impl Iterator<Item = WireText> {
        let text = wire::encode(message);
        let pieces = fragment::split(text, self.fragment_bytes_max, self.instance, receiver);
        pieces.into_iter().map(WireText::new)
    }

    /// Sends a message of a session.
    pub(super) fn transmit(&self, message: &[u8], to: InstanceTag, outputs: &mut Vec<Output>) {
        let wires = self.wires(message, Some(to));
        outputs.extend(wires.map(|wire| Output::Send { wire, to: Some(to) }));
    }

    /// Sends a message of a key exchange. In version 2 that is for whoever just wrote: which
    /// program the last session was with says nothing about the next.
    pub(super) fn transmit_auth(
        &self,
        message: &[u8],
        receiver: Option<InstanceTag>,
        outputs: &mut Vec<Output>,
    ) {
        let to = receiver.filter(|tag| tag.version() == Version::V3);
        let wires = self.wires(message, receiver);
        outputs.extend(wires.map(|wire| Output::Send { wire, to }));
    }
}
