//! AES in counter mode, hashes and MACs.

use aes::Aes128Enc;
use ctr::Ctr64BE;
use ctr::cipher::{KeyIvInit as _, StreamCipher as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroize as _;

/// A MAC of 20 bytes, as messages carry them.
pub(crate) type Mac20 = [u8; 20];

/// Encrypts or decrypts in place with AES128-CTR. `counter` is the top half of the first block;
/// the lower half begins at 0.
pub(crate) fn aes_ctr(key: &[u8; 16], counter: [u8; 8], text: &mut [u8]) {
    let mut block = [0; 16];
    if let Some(top) = block.first_chunk_mut::<8>() {
        *top = counter;
    }
    Ctr64BE::<Aes128Enc>::new(key.into(), &block.into()).apply_keystream(text);
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

/// HMAC with SHA1.
pub(crate) fn hmac_sha1(key: &Mac20, bytes: &[u8]) -> Mac20 {
    let mut block = [0; 64];
    fill(&mut block, key);
    let mut mac = Hmac::<Sha1>::new(&block.into());
    mac.update(bytes);
    block.zeroize();
    mac.finalize().into_bytes().into()
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
            hmac_sha1(&[0x0b; 20], b"Hi There"),
            [
                0xb6, 0x17, 0x31, 0x86, 0x55, 0x05, 0x72, 0x64, 0xe2, 0x8b, 0xc0, 0xb6, 0xfb, 0x37,
                0x8c, 0x8e, 0xf1, 0x46, 0xbe, 0x00
            ]
        );
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
