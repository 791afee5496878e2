//! Writing fields.

use alloc::vec::Vec;

/// Fields, one after another.
#[derive(Default)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Makes room for so many bytes more, so that a long message is not moved while it grows.
    pub(crate) fn with_room(mut self, bytes: usize) -> Self {
        self.0.reserve_exact(bytes);
        self
    }

    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// BYTE
    pub(crate) fn byte(self, byte: u8) -> Self {
        self.bytes(&[byte])
    }

    /// SHORT
    pub(crate) fn short(self, short: u16) -> Self {
        self.bytes(&short.to_be_bytes())
    }

    /// INT
    pub(crate) fn int(self, int: u32) -> Self {
        self.bytes(&int.to_be_bytes())
    }

    /// DATA. Everything we write is far below 4 GiB; what is not would be cut, and so refused by
    /// the reader, never wrapped.
    pub(crate) fn data(self, data: &[u8]) -> Self {
        let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
        let data = data.get(..usize::try_from(length).unwrap_or(data.len())).unwrap_or(data);
        self.int(length).bytes(data)
    }

    /// MPI, from big-endian bytes with or without leading zeroes.
    pub(crate) fn mpi(self, number: &[u8]) -> Self {
        self.data(without_zeroes(number))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// The number without leading zeroes. How many there are is no secret: the protocol makes messages
/// and hashes that much shorter. Not inlined, so that it is a branch here that decides, and what
/// follows is not computed from it (`tests/constant_time.rs`).
#[inline(never)]
fn without_zeroes(number: &[u8]) -> &[u8] {
    let start = number.iter().position(|byte| *byte != 0).unwrap_or(number.len());
    number.get(start..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    // otr3 A5
    #[test]
    fn numbers_are_written_at_minimal_length() {
        assert_eq!(Writer::new().mpi(&[0, 0, 5, 0]).into_bytes(), [0, 0, 0, 2, 5, 0]);
        assert_eq!(Writer::new().mpi(&[0]).into_bytes(), [0, 0, 0, 0]);
    }

    #[test]
    fn fields_follow_each_other() {
        let bytes = Writer::new().byte(1).short(2).int(3).data(&[4]).into_bytes();
        assert_eq!(bytes, [1, 0, 2, 0, 0, 0, 3, 0, 0, 0, 1, 4]);
    }
}
