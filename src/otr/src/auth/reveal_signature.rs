//! Reveal Signature: opens the promise, and names its author (OTRv3, "Reveal Signature Message").

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::commit::OwnCommit;
use super::identity::{self, Sealed};
use super::{Established, Own, Reaction, signature};
use crate::crypto::{AkeKeys, DhPublic, SessionKeys};
use crate::instance::InstanceTag;
use crate::message_state::{Ssid, SsidHalf};
use crate::wire::{Malformed, MessageType, Reader};

/// r, and who the peer claims to be. r may have any length: otr.js 0.2.16 leaves out leading zeros.
pub(super) fn read<'a>(mut body: Reader<'a>) -> Result<(&'a [u8], Sealed<'a>), Malformed> {
    let secret = body.data()?;
    let sealed = Sealed::read(&mut body)?;
    body.end()?;
    Ok((secret, sealed))
}

/// The side that sent the D-H Commit and got an answer ("Bob" in the specification).
pub(crate) struct Initiator {
    commit: Arc<OwnCommit>,
    theirs: DhPublic,
    keys: AkeKeys,
    session_keys: Arc<SessionKeys>,
    message: Vec<u8>,
}

impl Initiator {
    /// `None` if our own key cannot sign, which a consistent key always can.
    pub(super) fn new(
        commit: &Arc<OwnCommit>,
        theirs: DhPublic,
        peer: InstanceTag,
        own: Own<'_>,
    ) -> Option<Self> {
        let (shared, ours) = (commit.key().shared_secret(&theirs), commit.key().public());
        let keys = AkeKeys::new(&shared);
        let session_keys = Arc::new(SessionKeys::new(&shared, ours, &theirs));
        let sealed = identity::seal(&keys.initiator, ours, &theirs, own.key, own.rng)?;
        let message = own
            .header(MessageType::RevealSignature, Some(peer))
            .write()
            .data(commit.secret())
            .bytes(&sealed)
            .into_bytes();
        Some(Self { commit: Arc::clone(commit), theirs, keys, session_keys, message })
    }

    /// The Reveal Signature message.
    pub(super) fn message(&self) -> &[u8] {
        &self.message
    }

    /// Our promise.
    pub(super) fn commit(&self) -> &OwnCommit {
        &self.commit
    }

    /// Whether it answers this D-H Key.
    pub(super) fn answers(&self, theirs: &DhPublic) -> bool {
        &self.theirs == theirs
    }

    /// Verifies a Signature.
    pub(crate) fn complete(&self, body: Reader<'_>, own: Own<'_>) -> Reaction {
        let sealed = match signature::read(body) {
            Ok(sealed) => sealed,
            Err(malformed) => return malformed.into(),
        };
        let ours = self.commit.key();
        let opened = identity::open(&self.keys.responder, &self.theirs, ours.public(), sealed);
        let Some(peer) = opened.filter(|peer| peer.fingerprint != own.key.fingerprint()) else {
            return Reaction::Failed;
        };
        let established = Established {
            version: own.version,
            fingerprint: peer.fingerprint,
            ssid: Ssid::new(self.keys.ssid, SsidHalf::First),
            our_key: Arc::clone(ours),
            their_key: self.theirs,
            their_key_id: peer.key_id,
            session_keys: Arc::clone(&self.session_keys),
        };
        Reaction::Complete(Box::new(established), None)
    }
}
