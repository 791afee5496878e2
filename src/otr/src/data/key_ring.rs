//! The D-H keys of a session, their serial numbers, counters, and the MAC keys to reveal (OTRv3,
//! "Key Management" and "Revealing MAC Keys").
//!
//! Session keys are computed when they are first needed. No message changes anything before its
//! MAC is verified.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem;

use rand_core::CryptoRng;

use super::extra_key::ExtraKey;
use super::message::{DataMessage, Draft};
use super::received::{Order, Received};
use crate::auth::Established;
use crate::crypto::{DhKeyPair, DhPublic, Mac20, Plaintext, SessionKeys, mac_equal};
use crate::watch;
use crate::wire::Header;

/// MAC keys that wait to be revealed; the oldest are forgotten if we never send.
pub(super) const REVEALED_MAX: usize = 64;

/// Why a message was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unopened {
    /// It is not from this session, or comes after a later one: unknown key, wrong MAC, or a
    /// counter that has passed.
    Unreadable,
    /// It is authentic, and was opened before: the network brought it twice.
    Repeated,
}

/// What a message held, and the keys of the pair that protected it.
pub(crate) struct Opened {
    pub(crate) plaintext: Plaintext,
    keys: Arc<SessionKeys>,
}

impl Opened {
    /// The extra key that goes with the message.
    pub(crate) fn extra_key(&self) -> ExtraKey {
        ExtraKey::new(&self.keys.extra)
    }
}

/// The keys of one private conversation.
pub(crate) struct KeyRing {
    /// The serial number of `our_newest`; that of `our_previous` is one less.
    our_id: u32,
    our_newest: Arc<DhKeyPair>,
    our_previous: Arc<DhKeyPair>,
    /// The serial number of `their_newest`.
    their_id: u32,
    their_newest: DhPublic,
    their_previous: Option<DhPublic>,
    pairs: Vec<Pair>,
    revealed: Vec<Mac20>,
}

/// What belongs to one key of ours and one of theirs.
struct Pair {
    our_id: u32,
    their_id: u32,
    keys: Arc<SessionKeys>,
    /// The last counter sent; 0: none.
    sent: u64,
    received: Received,
}

impl KeyRing {
    /// Begins with the keys of an exchange, and makes our next one.
    pub(crate) fn new(established: &Established, rng: &mut dyn CryptoRng) -> Self {
        Self::with_next_key(established, DhKeyPair::generate(rng))
    }

    pub(crate) fn with_next_key(established: &Established, next: DhKeyPair) -> Self {
        let first = Pair {
            our_id: 1,
            their_id: established.their_key_id,
            keys: Arc::clone(&established.session_keys),
            sent: 0,
            received: Received::default(),
        };
        Self {
            our_id: 2,
            our_newest: Arc::new(next),
            our_previous: Arc::clone(&established.our_key),
            their_id: established.their_key_id,
            their_newest: established.their_key,
            their_previous: None,
            pairs: Vec::from([first]),
            revealed: Vec::new(),
        }
    }

    /// Takes over what a session that ends here must still reveal.
    pub(crate) fn reveal_for(&mut self, mut ended: Self) {
        ended.forget(|_| true);
        self.reveal(ended.revealed);
    }

    /// Encrypts and authenticates.
    pub(crate) fn seal(&mut self, header: Header, flags: u8, mut plaintext: Vec<u8>) -> Vec<u8> {
        let revealed = mem::take(&mut self.revealed);
        let next_key = *self.our_newest.public();
        let pair = self.sending_pair();
        let (sender_key_id, receiver_key_id) = (pair.our_id, pair.their_id);
        pair.sent = pair.sent.saturating_add(1);
        let counter = pair.sent.to_be_bytes();
        watch::encrypts(pair.keys.sending_cipher.as_bytes(), counter);
        pair.keys.sending_cipher.apply(counter, &mut plaintext);
        Draft {
            header,
            flags,
            sender_key_id,
            receiver_key_id,
            next_key: &next_key,
            counter,
            encrypted: &plaintext,
            revealed: revealed.as_flattened(),
        }
        .write(&pair.keys.sending_mac)
    }

    /// The extra key that goes with the message that is sealed next.
    pub(crate) fn sending_extra_key(&mut self) -> ExtraKey {
        ExtraKey::new(&self.sending_pair().keys.extra)
    }

    /// Verifies, decrypts, and rotates the keys.
    pub(crate) fn open(
        &mut self,
        message: &DataMessage<'_>,
        rng: &mut dyn CryptoRng,
    ) -> Result<Opened, Unopened> {
        let ours = self.our_key(message.receiver_key_id).ok_or(Unopened::Unreadable)?;
        let theirs = self.their_key(message.sender_key_id).ok_or(Unopened::Unreadable)?;
        let pair = self.pair(message.receiver_key_id, &ours, message.sender_key_id, &theirs);
        let mac = pair.keys.receiving_mac.mac(message.authenticated);
        if !mac_equal(&mac, &message.mac) {
            return Err(Unopened::Unreadable);
        }
        match pair.received.take(u64::from_be_bytes(message.counter)) {
            Order::Next => {}
            Order::Repeated => return Err(Unopened::Repeated),
            Order::Late => return Err(Unopened::Unreadable),
        }
        let mut plaintext = Plaintext::new(message.encrypted.to_vec());
        pair.keys.receiving_cipher.apply(message.counter, &mut plaintext);
        let keys = Arc::clone(&pair.keys);
        self.rotate(message, rng);
        Ok(Opened { plaintext, keys })
    }

    /// For how many pairs of keys there are session keys.
    #[cfg(test)]
    pub(super) const fn pairs_len(&self) -> usize {
        self.pairs.len()
    }

    /// The keys of all pairs that something is or was encrypted with, each way.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn cipher_keys(&self) -> impl Iterator<Item = [u8; 16]> {
        self.pairs.iter().flat_map(|Pair { keys, .. }| {
            [*keys.sending_cipher.as_bytes(), *keys.receiving_cipher.as_bytes()]
        })
    }

    /// Names as our next key what may be somebody else's.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn claim_next_key(&mut self, public: DhPublic) {
        self.our_newest = Arc::new(DhKeyPair::claimed(public));
    }

    fn our_key(&self, id: u32) -> Option<Arc<DhKeyPair>> {
        if id == self.our_id {
            Some(Arc::clone(&self.our_newest))
        } else if id.checked_add(1)? == self.our_id {
            Some(Arc::clone(&self.our_previous))
        } else {
            None
        }
    }

    fn their_key(&self, id: u32) -> Option<DhPublic> {
        if id == 0 {
            None
        } else if id == self.their_id {
            Some(self.their_newest)
        } else if id.checked_add(1)? == self.their_id {
            self.their_previous
        } else {
            None
        }
    }

    /// Of the key that the peer knows from our last message, and its newest one.
    fn sending_pair(&mut self) -> &mut Pair {
        let ours = Arc::clone(&self.our_previous);
        let theirs = self.their_newest;
        self.pair(self.our_id.wrapping_sub(1), &ours, self.their_id, &theirs)
    }

    fn pair(
        &mut self,
        our_id: u32,
        ours: &DhKeyPair,
        their_id: u32,
        theirs: &DhPublic,
    ) -> &mut Pair {
        let position = self
            .pairs
            .iter()
            .position(|pair| pair.our_id == our_id && pair.their_id == their_id)
            .unwrap_or(self.pairs.len());
        if position == self.pairs.len() {
            let keys = SessionKeys::new(&ours.shared_secret(theirs), ours.public(), theirs);
            let (keys, received) = (Arc::new(keys), Received::default());
            self.pairs.push(Pair { our_id, their_id, keys, sent: 0, received });
        }
        #[expect(clippy::indexing_slicing, reason = "it was found or has just been pushed there")]
        &mut self.pairs[position]
    }

    fn rotate(&mut self, message: &DataMessage<'_>, rng: &mut dyn CryptoRng) {
        if message.receiver_key_id == self.our_id
            && let Some(next) = self.our_id.checked_add(1)
        {
            let old = self.our_id.wrapping_sub(1);
            self.forget(|pair| pair.our_id == old);
            let newest = Arc::new(DhKeyPair::generate(rng));
            self.our_previous = mem::replace(&mut self.our_newest, newest);
            self.our_id = next;
        }
        if message.sender_key_id == self.their_id
            && let Some(next) = self.their_id.checked_add(1)
        {
            let old = self.their_id.wrapping_sub(1);
            self.forget(|pair| pair.their_id == old);
            self.their_previous = Some(mem::replace(&mut self.their_newest, message.next_key));
            self.their_id = next;
        }
    }

    /// Drops pairs, and notes the receiving MAC keys that verified something.
    fn forget(&mut self, is_old: impl Fn(&Pair) -> bool) {
        let (old, kept): (Vec<_>, Vec<_>) =
            mem::take(&mut self.pairs).into_iter().partition(is_old);
        self.pairs = kept;
        let used = old.iter().filter(|pair| !pair.received.is_empty());
        self.reveal(used.map(|pair| *pair.keys.receiving_mac.as_bytes()));
    }

    fn reveal(&mut self, keys: impl IntoIterator<Item = Mac20>) {
        self.revealed.extend(keys);
        let excess = self.revealed.len().saturating_sub(REVEALED_MAX);
        self.revealed.drain(..excess);
    }
}
