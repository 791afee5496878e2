//! What several unit tests need.

use alloc::vec::Vec;
use std::sync::OnceLock;

use crate::crypto::PrivateKey;

/// A key that is made once for all tests of a process.
pub(crate) fn key(index: usize) -> PrivateKey {
    static KEYS: [OnceLock<PrivateKey>; 2] = [const { OnceLock::new() }; 2];
    KEYS[index].get_or_init(|| PrivateKey::generate(&mut rand::rng())).clone()
}

/// The bytes of hexadecimal digits.
pub(crate) fn unhex(digits: &str) -> Vec<u8> {
    assert!(digits.len().is_multiple_of(2));
    (0..digits.len())
        .step_by(2)
        .map(|start| u8::from_str_radix(&digits[start..start + 2], 16).unwrap())
        .collect()
}
