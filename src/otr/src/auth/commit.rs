//! D-H Commit: the promise of a D-H key (OTRv3, "D-H Commit Message").

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, Ordering};

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::Own;
use crate::crypto::{DhKeyPair, DhPublic, aes_ctr, sha256};
use crate::instance::InstanceTag;
use crate::wire::{Header, Malformed, MessageType, Reader};

/// One that we sent. Every program of the contact may answer it, and nothing in the exchange names
/// the program that does: not even the signatures cover the instance tags. So its key serves one
/// answer, and a session is the only one to have been made with it.
pub(crate) struct OwnCommit {
    key: Arc<DhKeyPair>,
    /// r
    secret: Zeroizing<[u8; 16]>,
    hash: [u8; 32],
    message: Vec<u8>,
    is_answered: AtomicBool,
}

impl OwnCommit {
    pub(crate) fn new(receiver: Option<InstanceTag>, own: Own<'_>) -> Self {
        let key = Arc::new(DhKeyPair::generate(own.rng));
        let secret = random_secret(own.rng);
        let public = key.public().to_mpi();
        let hash = sha256(&[&public]);
        let mut encrypted = public;
        aes_ctr(&secret, [0; 8], &mut encrypted);
        let message = own
            .header(MessageType::DhCommit, receiver)
            .write()
            .data(&encrypted)
            .data(&hash)
            .into_bytes();
        Self { key, secret, hash, message, is_answered: AtomicBool::new(false) }
    }

    pub(crate) fn message(&self) -> &[u8] {
        &self.message
    }

    /// The same for one client alone: others of the peer have an exchange of their own with us,
    /// which it would disturb.
    pub(crate) fn message_to(&self, peer: InstanceTag, own: &Own<'_>) -> Vec<u8> {
        let mut body = Reader::new(&self.message);
        let _header = Header::read(&mut body);
        own.header(MessageType::DhCommit, Some(peer)).write().bytes(body.rest()).into_bytes()
    }

    pub(super) const fn key(&self) -> &Arc<DhKeyPair> {
        &self.key
    }

    /// Gives the key to whoever answers first: true only once, for as long as it lives.
    pub(super) fn take_answer(&self) -> bool {
        !self.is_answered.swap(true, Ordering::Relaxed)
    }

    pub(super) fn is_answered(&self) -> bool {
        self.is_answered.load(Ordering::Relaxed)
    }

    pub(super) fn secret(&self) -> &[u8; 16] {
        &self.secret
    }

    /// The tie-break, when both sent one: the higher hash wins.
    pub(super) fn outranks(&self, theirs: &TheirCommit) -> bool {
        self.hash > theirs.hash
    }

    pub(super) fn is_reflected_by(&self, theirs: &TheirCommit) -> bool {
        self.hash == theirs.hash
    }
}

/// r, without a leading zero digit, which costs a tenth of a bit: otr.js 0.2.16 makes a number of
/// it and of that hexadecimal digits, and so another cipher key if there is one.
fn random_secret(rng: &mut dyn CryptoRng) -> Zeroizing<[u8; 16]> {
    loop {
        let mut secret = Zeroizing::new([0; 16]);
        rng.fill_bytes(&mut *secret);
        let [first, ..] = *secret;
        if first >= 0x10 {
            return secret;
        }
    }
}

/// One that the peer sent.
pub(super) struct TheirCommit {
    /// Enc(g^x)
    encrypted: Vec<u8>,
    hash: [u8; 32],
}

impl TheirCommit {
    pub(super) fn read(mut body: Reader<'_>) -> Result<Self, Malformed> {
        let encrypted = body.data()?.to_vec();
        let hash = body.data()?.try_into().map_err(|_| Malformed)?;
        body.end()?;
        Ok(Self { encrypted, hash })
    }

    /// The promised key, once `secret` (r) is known. `None`: the promise is broken, as it is by a
    /// secret of another length than 16 bytes.
    pub(super) fn open(&self, secret: &[u8]) -> Option<DhPublic> {
        let secret = secret.try_into().ok()?;
        let mut public = self.encrypted.clone();
        aes_ctr(secret, [0; 8], &mut public);
        if sha256(&[&public]) != self.hash {
            return None;
        }
        let mut reader = Reader::new(&public);
        let public = DhPublic::read(&mut reader).ok()?;
        reader.end().is_ok().then_some(public)
    }
}
