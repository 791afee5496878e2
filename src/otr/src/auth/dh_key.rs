//! D-H Key: the answer to a D-H Commit, and the side that gave it (OTRv3, "D-H Key Message").

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::commit::TheirCommit;
use super::{Established, Own, Reaction, identity, reveal_signature, signature};
use crate::crypto::{AkeKeys, DhKeyPair, DhPublic, SessionKeys};
use crate::instance::InstanceTag;
use crate::message_state::{Ssid, SsidHalf};
use crate::wire::{Malformed, MessageType, Reader};

/// g^y
pub(crate) fn read(mut body: Reader<'_>) -> Result<DhPublic, Malformed> {
    let key = DhPublic::read(&mut body)?;
    body.end()?;
    Ok(key)
}

/// The side that answered a D-H Commit ("Alice" in the specification).
pub(crate) struct Responder {
    key: Arc<DhKeyPair>,
    commit: TheirCommit,
    message: Vec<u8>,
}

impl Responder {
    pub(super) fn new(commit: TheirCommit, peer: InstanceTag, own: Own<'_>) -> Self {
        let key = Arc::new(DhKeyPair::generate(own.rng));
        let message = own
            .header(MessageType::DhKey, Some(peer))
            .write()
            .bytes(&key.public().to_mpi())
            .into_bytes();
        Self { key, commit, message }
    }

    /// The same key, for another promise.
    pub(super) fn with_commit(self, commit: TheirCommit) -> Self {
        Self { commit, ..self }
    }

    /// The D-H Key message.
    pub(super) fn message(&self) -> &[u8] {
        &self.message
    }

    pub(super) const fn key(&self) -> &Arc<DhKeyPair> {
        &self.key
    }

    /// The promise that it answers.
    pub(super) const fn commit(&self) -> &TheirCommit {
        &self.commit
    }

    /// Verifies a Reveal Signature and answers it with a Signature.
    pub(super) fn complete(
        &self,
        body: Reader<'_>,
        peer: InstanceTag,
        mut own: Own<'_>,
    ) -> Reaction {
        let (secret, sealed) = match reveal_signature::read(body) {
            Ok(parts) => parts,
            Err(malformed) => return malformed.into(),
        };
        let Some(theirs) = self.commit.open(secret) else { return Reaction::BrokenPromise };
        if self.key.public() == &theirs {
            return Reaction::Reflected;
        }
        let shared = self.key.shared_secret(&theirs);
        let keys = AkeKeys::new(&shared);
        let ours = self.key.public();
        let Some(peer_identity) = identity::open(&keys.initiator, &theirs, ours, sealed) else {
            return Reaction::Failed;
        };
        if peer_identity.fingerprint == own.key.fingerprint() {
            return Reaction::Failed;
        }
        let Some(reply) = signature::message(&keys.responder, ours, &theirs, peer, &mut own) else {
            return Reaction::Failed;
        };
        let established = Established {
            version: own.version,
            fingerprint: peer_identity.fingerprint,
            ssid: Ssid::new(keys.ssid, SsidHalf::Second),
            our_key: Arc::clone(&self.key),
            their_key: theirs,
            their_key_id: peer_identity.key_id,
            session_keys: Arc::new(SessionKeys::new(&shared, ours, &theirs)),
        };
        Reaction::Complete(Box::new(established), Some(reply))
    }
}
