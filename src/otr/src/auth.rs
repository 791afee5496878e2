//! The authenticated key exchange (OTRv3, "Authentication state" and "State transitions").
//!
//! It knows nothing of the conversation: its one product is [`Established`], which only a verified
//! signature makes.

mod commit;
mod dh_key;
mod identity;
mod reveal_signature;
mod signature;

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem;

use rand_core::CryptoRng;

pub(crate) use commit::OwnCommit;
use dh_key::Responder;
pub(crate) use dh_key::read as read_dh_key;
pub(crate) use reveal_signature::Initiator;

use crate::crypto::{DhKeyPair, DhPublic, PrivateKey, SessionKeys};
use crate::fingerprint::Fingerprint;
use crate::instance::InstanceTag;
use crate::message_state::Ssid;
use crate::version::Version;
use crate::wire::{Header, Malformed, MessageType, Reader};

/// The serial number of every D-H key that an exchange begins with.
const FIRST_KEY_ID: u32 = 1;

/// Who we are, and which version we speak, for one step.
pub(crate) struct Own<'a> {
    pub(crate) key: &'a PrivateKey,
    pub(crate) tag: InstanceTag,
    pub(crate) version: Version,
    pub(crate) rng: &'a mut dyn CryptoRng,
}

impl Own<'_> {
    /// The header of a message of ours.
    pub(crate) fn header(
        &self,
        message_type: MessageType,
        receiver: Option<InstanceTag>,
    ) -> Header {
        Header::new(self.version, message_type, self.tag, receiver)
    }
}

/// What a finished exchange leaves: the peer owns `fingerprint`, and only the peer knows the keys.
pub(crate) struct Established {
    pub(crate) version: Version,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) ssid: Ssid,
    pub(crate) our_key: Arc<DhKeyPair>,
    pub(crate) their_key: DhPublic,
    pub(crate) their_key_id: u32,
    /// Of these two keys, as their secret was known anyway.
    pub(crate) session_keys: Arc<SessionKeys>,
}

/// What a message led to.
pub(crate) enum Reaction {
    /// It is ignored.
    Nothing,
    /// Send this.
    Reply(Vec<u8>),
    /// The exchange is complete; send the reply, if any, before anything else.
    Complete(Box<Established>, Option<Vec<u8>>),
    /// The D-H Commit does not open with what was revealed: the exchange cannot go on.
    BrokenPromise,
    /// Our own message came back.
    Reflected,
    /// A MAC or signature is wrong.
    Failed,
    /// The layout is wrong.
    Malformed,
}

impl From<Malformed> for Reaction {
    fn from(Malformed: Malformed) -> Self {
        Self::Malformed
    }
}

/// Where an exchange with one client of the peer stands.
#[derive(Default)]
pub(crate) enum AuthState {
    /// Nowhere.
    #[default]
    None,
    /// We sent a D-H Commit.
    AwaitingDhKey(Arc<OwnCommit>),
    /// We sent a D-H Key. If we gave way to the peer's D-H Commit, our own is kept: a peer that
    /// gave way too answers it.
    AwaitingRevealSignature(Responder, Option<Arc<OwnCommit>>),
    /// We sent a Reveal Signature. If both gave way, the other half of the exchange is kept.
    AwaitingSignature(Box<Initiator>, Option<Responder>),
}

impl AuthState {
    /// Whether a D-H Key would get an answer, and not only the same one again.
    pub(crate) const fn awaits_dh_key(&self) -> bool {
        match self {
            Self::AwaitingDhKey(_) | Self::AwaitingRevealSignature(_, Some(_)) => true,
            Self::None | Self::AwaitingRevealSignature(_, None) | Self::AwaitingSignature(..) => {
                false
            }
        }
    }

    /// Our D-H Commit that gave way to the peer's, to be sent again: another, if that has its answer.
    pub(crate) fn repeated_commit(&mut self, peer: InstanceTag, own: Own<'_>) -> Option<Vec<u8>> {
        let Self::AwaitingRevealSignature(_, Some(ours)) = self else { return None };
        if !ours.is_answered() {
            return Some(ours.message_to(peer, &own));
        }
        *ours = Arc::new(OwnCommit::new(Some(peer), own));
        Some(ours.message().to_vec())
    }

    /// Waits for the answer to another D-H Commit. A Reveal Signature whose answer may be under way is
    /// left.
    pub(crate) fn begin_anew(&mut self, commit: &Arc<OwnCommit>) -> Option<Box<Initiator>> {
        match mem::replace(self, Self::AwaitingDhKey(Arc::clone(commit))) {
            Self::AwaitingSignature(initiator, _) => Some(initiator),
            Self::None | Self::AwaitingDhKey(_) | Self::AwaitingRevealSignature(..) => None,
        }
    }

    /// Takes one message, whose header was read, from the client `peer`.
    pub(crate) fn receive(
        self,
        message_type: MessageType,
        body: Reader<'_>,
        peer: InstanceTag,
        own: Own<'_>,
    ) -> (Self, Reaction) {
        match message_type {
            MessageType::DhCommit => self.receive_commit(body, peer, own),
            MessageType::DhKey => self.receive_dh_key(body, peer, own),
            MessageType::RevealSignature => self.receive_reveal_signature(body, peer, own),
            MessageType::Signature => self.receive_signature(body, own),
            MessageType::Data => (self, Reaction::Nothing),
        }
    }

    fn receive_commit(self, body: Reader<'_>, peer: InstanceTag, own: Own<'_>) -> (Self, Reaction) {
        let theirs = match commit::TheirCommit::read(body) {
            Ok(theirs) => theirs,
            Err(malformed) => return (self, malformed.into()),
        };
        match self {
            Self::AwaitingDhKey(ours) if ours.is_reflected_by(&theirs) => {
                (Self::AwaitingDhKey(ours), Reaction::Reflected)
            }
            Self::AwaitingDhKey(ours) if ours.outranks(&theirs) => {
                let again = ours.message_to(peer, &own);
                (Self::AwaitingDhKey(ours), Reaction::Reply(again))
            }
            Self::AwaitingDhKey(ours) => {
                let responder = Responder::new(theirs, peer, own);
                let reply = Reaction::Reply(responder.message().to_vec());
                (Self::AwaitingRevealSignature(responder, Some(ours)), reply)
            }
            Self::AwaitingRevealSignature(responder, ours) => {
                let responder = responder.with_commit(theirs);
                let again = Reaction::Reply(responder.message().to_vec());
                (Self::AwaitingRevealSignature(responder, ours), again)
            }
            Self::None | Self::AwaitingSignature(..) => {
                let responder = Responder::new(theirs, peer, own);
                let reply = Reaction::Reply(responder.message().to_vec());
                (Self::AwaitingRevealSignature(responder, None), reply)
            }
        }
    }

    fn receive_dh_key(self, body: Reader<'_>, peer: InstanceTag, own: Own<'_>) -> (Self, Reaction) {
        let theirs = match dh_key::read(body) {
            Ok(theirs) => theirs,
            Err(malformed) => return (self, malformed.into()),
        };
        match self {
            Self::AwaitingDhKey(ours) => {
                if ours.key().public() == &theirs {
                    return (Self::AwaitingDhKey(ours), Reaction::Reflected);
                }
                // Not the first: this client gets a D-H Commit of its own, and answers with the same
                // D-H Key (OTRv3, "Receiving a D-H Commit Message" in "Awaiting Reveal Signature").
                if !ours.take_answer() {
                    let commit = Arc::new(OwnCommit::new(Some(peer), own));
                    let reply = Reaction::Reply(commit.message().to_vec());
                    return (Self::AwaitingDhKey(commit), reply);
                }
                match Initiator::new(&ours, theirs, peer, own) {
                    Some(initiator) => {
                        let reply = Reaction::Reply(initiator.message().to_vec());
                        (Self::AwaitingSignature(Box::new(initiator), None), reply)
                    }
                    // Our own key cannot sign, which a consistent key always can.
                    None => (Self::AwaitingDhKey(ours), Reaction::Failed),
                }
            }
            Self::AwaitingRevealSignature(responder, Some(ours)) => {
                if responder.key().public() == &theirs {
                    let state = Self::AwaitingRevealSignature(responder, Some(ours));
                    return (state, Reaction::Reflected);
                }
                // A peer whose answer comes too late goes on with its own D-H Commit, to which we
                // gave way. Another of ours would spoil that: libotr drops what it has sent for it.
                if !ours.take_answer() {
                    return (
                        Self::AwaitingRevealSignature(responder, Some(ours)),
                        Reaction::Nothing,
                    );
                }
                match Initiator::new(&ours, theirs, peer, own) {
                    Some(initiator) => {
                        let reply = Reaction::Reply(initiator.message().to_vec());
                        (Self::AwaitingSignature(Box::new(initiator), Some(responder)), reply)
                    }
                    None => {
                        (Self::AwaitingRevealSignature(responder, Some(ours)), Reaction::Failed)
                    }
                }
            }
            Self::AwaitingSignature(initiator, responder) => {
                let reaction = if initiator.answers(&theirs) {
                    Reaction::Reply(initiator.message().to_vec())
                } else {
                    Reaction::Nothing
                };
                (Self::AwaitingSignature(initiator, responder), reaction)
            }
            Self::None | Self::AwaitingRevealSignature(_, None) => (self, Reaction::Nothing),
        }
    }

    /// A wrong message changes nothing: a correct one may still follow.
    fn receive_reveal_signature(
        self,
        body: Reader<'_>,
        peer: InstanceTag,
        own: Own<'_>,
    ) -> (Self, Reaction) {
        let responder = match &self {
            Self::AwaitingRevealSignature(responder, _)
            | Self::AwaitingSignature(_, Some(responder)) => responder,
            Self::None | Self::AwaitingDhKey(_) | Self::AwaitingSignature(_, None) => {
                return (self, Reaction::Nothing);
            }
        };
        let reaction = responder.complete(body, peer, own);
        match (self, reaction) {
            // A peer that keeps both halves too completes the other one now: of two that are
            // complete, the one with the higher D-H Commit counts, on both sides.
            (
                Self::AwaitingSignature(initiator, Some(responder)),
                reaction @ Reaction::Complete(..),
            ) if initiator.commit().outranks(responder.commit()) => {
                (Self::AwaitingSignature(initiator, None), reaction)
            }
            // The other half may still go on.
            (state @ Self::AwaitingSignature(..), Reaction::BrokenPromise) => {
                (state, Reaction::Nothing)
            }
            (state, reaction) => (state.unless_complete(&reaction), reaction),
        }
    }

    fn receive_signature(self, body: Reader<'_>, own: Own<'_>) -> (Self, Reaction) {
        let Self::AwaitingSignature(initiator, _) = &self else {
            return (self, Reaction::Nothing);
        };
        let reaction = initiator.complete(body, own);
        (self.unless_complete(&reaction), reaction)
    }

    /// Nothing is left of an exchange that is complete.
    fn unless_complete(self, reaction: &Reaction) -> Self {
        if matches!(reaction, Reaction::Complete(..)) { Self::None } else { self }
    }
}

#[cfg(test)]
mod tests;

/// What the replay of a recording needs to look into.
#[cfg(test)]
pub(crate) mod replay {
    use super::{identity, reveal_signature, signature};
    use crate::crypto::{AkeKeys, DhPublic};
    use crate::fingerprint::Fingerprint;
    use crate::wire::Reader;

    pub(crate) fn open_reveal(
        keys: &AkeKeys,
        signer: &DhPublic,
        other: &DhPublic,
        body: Reader<'_>,
        secret: &[u8; 16],
    ) -> Option<(Fingerprint, u32)> {
        let (revealed, sealed) = reveal_signature::read(body).ok()?;
        assert_eq!(revealed, secret);
        let peer = identity::open(&keys.initiator, signer, other, sealed)?;
        Some((peer.fingerprint, peer.key_id))
    }

    pub(crate) fn open_signature(
        keys: &AkeKeys,
        signer: &DhPublic,
        other: &DhPublic,
        body: Reader<'_>,
    ) -> Option<(Fingerprint, u32)> {
        let sealed = signature::read(body).ok()?;
        let peer = identity::open(&keys.responder, signer, other, sealed)?;
        Some((peer.fingerprint, peer.key_id))
    }
}
