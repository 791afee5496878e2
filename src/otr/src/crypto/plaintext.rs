//! Bytes to read, which leave no copy behind.

use core::ops::{Deref, DerefMut};

use alloc::vec::Vec;

use zeroize::Zeroize as _;

/// What was decrypted, or is to be encrypted. Wiped when it is dropped, all of its room, in words:
/// one byte after another takes as long as to encrypt it.
pub(crate) struct Plaintext(Vec<u8>);

impl Plaintext {
    pub(crate) const fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl Deref for Plaintext {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl DerefMut for Plaintext {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl Drop for Plaintext {
    fn drop(&mut self) {
        // Longer than the text was: what stood there before is overwritten as well.
        self.0.resize(self.0.capacity(), 0);
        wipe(&mut self.0);
    }
}

fn wipe(bytes: &mut [u8]) {
    let (head, words, tail) = bytemuck::pod_align_to_mut::<u8, u64>(bytes);
    head.zeroize();
    words.zeroize();
    tail.zeroize();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_wiped_wherever_the_words_begin() {
        for start in 0..9 {
            for length in 0..40 {
                let mut bytes = [0xa7; 64];
                wipe(&mut bytes[start..start + length]);
                let wiped = bytes.iter().enumerate().filter(|(_, byte)| **byte == 0);
                let wiped: Vec<usize> = wiped.map(|(at, _)| at).collect();
                assert_eq!(wiped, (start..start + length).collect::<Vec<_>>());
            }
        }
    }
}
