//! AES in counter mode, hashes and MACs.

use aes::Aes128Enc;
use ctr::cipher::{InnerIvInit as _, KeyInit as _, StreamCipher as _};
use ctr::{Ctr64BE, CtrCore};
use hmac::{Hmac, Mac as _};
use sha1::block_api::compress;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// A MAC of 20 bytes, as messages carry them.
pub(crate) type Mac20 = [u8; 20];

/// Encrypts or decrypts in place with AES128-CTR. `counter` is the top half of the first block;
/// the lower half begins at 0.
pub(crate) fn aes_ctr(key: &[u8; 16], counter: [u8; 8], text: &mut [u8]) {
    CipherKey::new(*key).apply(counter, text);
}

/// A key for AES128-CTR. Its round keys (FIPS 197 §5.2) are computed once.
pub(crate) struct CipherKey {
    key: Zeroizing<[u8; 16]>,
    /// Wipes itself when it is dropped.
    rounds: Aes128Enc,
}

impl CipherKey {
    pub(crate) fn new(key: [u8; 16]) -> Self {
        let key = Zeroizing::new(key);
        let rounds = Aes128Enc::new((&*key).into());
        Self { key, rounds }
    }

    /// The key itself.
    pub(crate) fn as_bytes(&self) -> &[u8; 16] {
        &self.key
    }

    /// Encrypts or decrypts in place. `counter` is the top half of the first block; the lower half
    /// begins at 0.
    pub(crate) fn apply(&self, counter: [u8; 8], text: &mut [u8]) {
        let mut block = [0; 16];
        if let Some(top) = block.first_chunk_mut::<8>() {
            *top = counter;
        }
        let core = CtrCore::inner_iv_init(&self.rounds, &block.into());
        Ctr64BE::<&Aes128Enc>::from_core(core).apply_keystream(text);
    }
}

/// SHA256 over the parts, one after another.
pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    parts.iter().for_each(|part| hash.update(part));
    hash.finalize().into()
}

/// HMAC with SHA256 over the parts.
pub(crate) fn hmac_sha256(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut block = [0; 64];
    fill(&mut block, key);
    let mut mac = Hmac::<Sha256>::new(&block.into());
    parts.iter().for_each(|part| mac.update(part));
    block.zeroize();
    mac.finalize().into_bytes().into()
}

/// A key for HMAC with SHA1. What every MAC under it begins with, a block for the inner and one for
/// the outer hash (RFC 2104 §4), is computed once: in a short message they are a fifth of the work.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct MacKey {
    key: Mac20,
    inner: Sha1State,
    outer: Sha1State,
}

/// H0 to H4 of SHA1 (FIPS 180-4 §6.1).
type Sha1State = [u32; 5];

/// Their first values (FIPS 180-4 §5.3.1).
const SHA1_START: Sha1State = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
const SHA1_BLOCK_BYTES: usize = 64;

impl MacKey {
    pub(crate) fn new(key: Mac20) -> Self {
        let begin = |pad: u8| {
            let mut block = [pad; SHA1_BLOCK_BYTES];
            block.iter_mut().zip(key).for_each(|(to, from)| *to ^= from);
            let mut state = SHA1_START;
            compress(&mut state, &[block]);
            block.zeroize();
            state
        };
        Self { key, inner: begin(0x36), outer: begin(0x5c) }
    }

    /// The key itself, to be revealed when nobody accepts it any more.
    pub(crate) const fn as_bytes(&self) -> &Mac20 {
        &self.key
    }

    /// The MAC of `bytes`.
    pub(crate) fn mac(&self, bytes: &[u8]) -> Mac20 {
        finish_sha1(self.outer, &finish_sha1(self.inner, bytes))
    }
}

/// The hash of one block, which led to `state`, and then `bytes`.
fn finish_sha1(mut state: Sha1State, bytes: &[u8]) -> Mac20 {
    let (blocks, rest) = bytes.as_chunks::<SHA1_BLOCK_BYTES>();
    compress(&mut state, blocks);
    // The rest, a bit, zeroes, and the length in bits (FIPS 180-4 §5.1.1): one block or two.
    let mut padded = [[0; SHA1_BLOCK_BYTES]; 2];
    let padded_bytes = padded.as_flattened_mut();
    if let Some((whole, end)) = padded_bytes.split_at_mut_checked(rest.len()) {
        whole.copy_from_slice(rest);
        end.iter_mut().take(1).for_each(|bit| *bit = 0x80);
    }
    let count = if rest.len() < SHA1_BLOCK_BYTES - 8 { 1 } else { 2 };
    let bits = (bytes.len() as u64).wrapping_add(SHA1_BLOCK_BYTES as u64).wrapping_mul(8);
    if let Some(length) = padded_bytes
        .get_mut(..SHA1_BLOCK_BYTES.saturating_mul(count))
        .and_then(<[u8]>::last_chunk_mut::<8>)
    {
        *length = bits.to_be_bytes();
    }
    compress(&mut state, padded.get(..count).unwrap_or_default());
    let mut hash = [0; 20];
    let (words, _) = hash.as_chunks_mut::<4>();
    words.iter_mut().zip(state).for_each(|(to, word)| *to = word.to_be_bytes());
    hash
}

/// A key shorter than the block is filled with zeroes (RFC 2104); this way no length can be wrong.
fn fill(block: &mut [u8; 64], key: &[u8]) {
    block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
}

/// Compares in constant time.
pub(crate) fn mac_equal(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hmac_sha1_agrees_with_rfc_2202() {
        assert_eq!(
            MacKey::new([0x0b; 20]).mac(b"Hi There"),
            [
                0xb6, 0x17, 0x31, 0x86, 0x55, 0x05, 0x72, 0x64, 0xe2, 0x8b, 0xc0, 0xb6, 0xfb, 0x37,
                0x8c, 0x8e, 0xf1, 0x46, 0xbe, 0x00
            ]
        );
    }

    #[test]
    fn hmac_sha1_agrees_with_another_at_every_length() {
        let (key, text) = ([0x5a; 20], [0xa7; 4 * SHA1_BLOCK_BYTES]);
        for length in 0..=text.len() {
            let mut other = Hmac::<sha1::Sha1>::new_from_slice(&key).unwrap();
            other.update(&text[..length]);
            let expected: Mac20 = other.finalize().into_bytes().into();
            assert_eq!(MacKey::new(key).mac(&text[..length]), expected, "{length} bytes");
        }
    }

    #[test]
    fn the_counter_is_the_upper_half_of_the_block() {
        let (mut once, mut twice) = ([0_u8; 40], [0_u8; 40]);
        aes_ctr(&[7; 16], [0, 0, 0, 0, 0, 0, 0, 1], &mut once);
        aes_ctr(&[7; 16], [0, 0, 0, 0, 0, 0, 0, 2], &mut twice);
        assert_ne!(once[..16], twice[..16]);
        aes_ctr(&[7; 16], [0, 0, 0, 0, 0, 0, 0, 1], &mut once);
        assert_eq!(once, [0; 40]);
    }

    #[test]
    fn macs_of_other_length_differ() {
        assert!(mac_equal(&[1, 2], &[1, 2]));
        assert!(!mac_equal(&[1, 2], &[1, 3]));
        assert!(!mac_equal(&[1, 2], &[1, 2, 3]));
    }
}
