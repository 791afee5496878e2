//! A key without a name: Gajim's `.key3`, and each key in CoyIM's `accounts.json`.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use crate::crypto::PrivateKey;
use crate::error::KeyError;

/// Reads a `.key3`: 00 00, then p, q, g, y and x as MPIs.
///
/// # Errors
/// As [`PrivateKey::from_bytes`].
pub fn read_key3(bytes: &[u8]) -> Result<PrivateKey, KeyError> {
    PrivateKey::from_bytes(bytes)
}

/// Writes a `.key3`.
#[must_use]
pub fn write_key3(key: &PrivateKey) -> Zeroizing<Vec<u8>> {
    key.to_bytes()
}
