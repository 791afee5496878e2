//! What the user typed to be compared.

use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

/// An answer or shared secret, byte for byte: no trimming, no folding of case. Wiped on drop.
#[derive(Clone)]
pub struct SmpSecret(Zeroizing<Vec<u8>>);

impl SmpSecret {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<&str> for SmpSecret {
    fn from(text: &str) -> Self {
        Self::from(text.as_bytes())
    }
}

impl From<&[u8]> for SmpSecret {
    fn from(bytes: &[u8]) -> Self {
        Self(Zeroizing::new(bytes.to_vec()))
    }
}

impl fmt::Debug for SmpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SmpSecret(…)")
    }
}
