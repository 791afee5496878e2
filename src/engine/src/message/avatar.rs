//! The picture that a contact shows of themselves.

use std::fmt;
use std::sync::Arc;

/// A picture as it was fetched: PNG or JPEG by how it begins, at most 128 KiB, and nobody has
/// looked at it yet.
#[derive(Clone, PartialEq, Eq)]
pub struct Avatar(Arc<[u8]>);

impl Avatar {
    /// Wraps what was fetched.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }

    /// The bytes themselves.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Avatar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Avatar({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_picture_shows_is_never_printed() {
        assert_eq!(format!("{:?}", Avatar::new(vec![0xab; 9])), "Avatar(9 bytes)");
    }
}
