//! The nonces of signatures: those of RFC 6979 with HMAC-SHA256, and randomness mixed in (section
//! 3.6). A bad source of randomness then reveals no key, and what a fault reveals once is not
//! signed with twice.

use zeroize::Zeroizing;

use super::Q_BYTES;
use crate::crypto::hmac_sha256;

/// k
pub(super) type Nonce = Zeroizing<[u8; Q_BYTES]>;

/// One nonce after another, each from 1 to q - 1.
pub(super) struct Nonces<'a> {
    /// K
    key: Zeroizing<[u8; 32]>,
    /// V
    value: Zeroizing<[u8; 32]>,
    q: &'a [u8; Q_BYTES],
}

impl<'a> Nonces<'a> {
    /// For the private key `x` and the message as a number modulo q.
    pub(super) fn new(
        q: &'a [u8; Q_BYTES],
        x: &[u8; Q_BYTES],
        message: &[u8; Q_BYTES],
        randomness: &[u8],
    ) -> Self {
        let (key, value) = (Zeroizing::new([0; 32]), Zeroizing::new([1; 32]));
        let mut nonces = Self { key, value, q };
        nonces.update(&[&[0], x, message, randomness]);
        nonces.update(&[&[1], x, message, randomness]);
        nonces
    }

    /// K = HMAC(K, V and the parts), V = HMAC(K, V)
    fn update(&mut self, parts: &[&[u8]]) {
        let parts: [&[u8]; 5] = core::array::from_fn(|index| match index.checked_sub(1) {
            None => self.value.as_slice(),
            Some(index) => parts.get(index).copied().unwrap_or_default(),
        });
        *self.key = hmac_sha256(&self.key, &parts);
        *self.value = hmac_sha256(&self.key, &[&*self.value]);
    }
}

impl Iterator for Nonces<'_> {
    type Item = Nonce;

    fn next(&mut self) -> Option<Nonce> {
        loop {
            *self.value = hmac_sha256(&self.key, &[&*self.value]);
            let mut nonce = Nonce::default();
            nonce.iter_mut().zip(&*self.value).for_each(|(to, from)| *to = *from);
            self.update(&[&[0]]);
            if is_in_range(&nonce, self.q) {
                return Some(nonce);
            }
        }
    }
}

/// Whether it is from 1 to q - 1, without telling by time where it differs from q.
fn is_in_range(nonce: &[u8; Q_BYTES], q: &[u8; Q_BYTES]) -> bool {
    let bits = nonce.iter().fold(0, |bits, byte| bits | byte);
    let borrow = nonce.iter().rev().zip(q.iter().rev()).fold(0, |borrow, (nonce, q)| {
        u16::from(*nonce).wrapping_sub(u16::from(*q)).wrapping_sub(borrow) >> 15
    });
    bits != 0 && borrow == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_from_1_to_q_minus_1() {
        let mut q = [0x80; Q_BYTES];
        q[19] = 0x01;
        let mut below = q;
        below[19] = 0;
        let mut one = [0; Q_BYTES];
        one[19] = 1;
        assert!(is_in_range(&below, &q) && is_in_range(&one, &q));
        for nonce in [[0; Q_BYTES], q, [0xff; Q_BYTES]] {
            assert!(!is_in_range(&nonce, &q));
        }
    }

    // otr3 A25
    #[test]
    fn no_nonce_comes_twice_and_each_input_counts() {
        let (q, x, message) = ([0xe1; 20], [1; 20], [2; 20]);
        let mut all: alloc::vec::Vec<Nonce> =
            Nonces::new(&q, &x, &message, &[]).take(100).collect();
        all.extend(Nonces::new(&q, &x, &message, &[0; 32]).next());
        all.extend(Nonces::new(&q, &message, &x, &[]).next());
        let count = all.len();
        all.sort_by(|a, b| a.as_slice().cmp(b.as_slice()));
        all.dedup();
        assert_eq!((all.len(), count), (102, 102));
    }
}
