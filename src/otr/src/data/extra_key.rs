//! The extra symmetric key, for what two programs send beside their conversation.

use alloc::boxed::Box;
use core::fmt;

use zeroize::Zeroizing;

use crate::crypto::mac_equal;

/// A key of 32 bytes that the two sides of a private conversation share, for example to encrypt a
/// file that travels another way (OTRv3, "Extra symmetric key"). Every use named with the same two
/// D-H keys gets the same key: derive from it and from the use what you need. Wiped on drop.
#[derive(Clone)]
pub struct ExtraKey(Box<Zeroizing<[u8; 32]>>);

impl ExtraKey {
    pub(super) fn new(bytes: &[u8; 32]) -> Self {
        Self(Box::new(Zeroizing::new(*bytes)))
    }

    /// The key.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for ExtraKey {
    /// In constant time.
    fn eq(&self, other: &Self) -> bool {
        mac_equal(self.as_bytes(), other.as_bytes())
    }
}

impl Eq for ExtraKey {}

impl fmt::Debug for ExtraKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ExtraKey(…)")
    }
}
