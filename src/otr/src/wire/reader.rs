//! Reading fields, never beyond the end.

/// The bytes do not have the announced layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// What is left to read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The bytes not read yet.
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.0
    }

    /// The next `length` bytes.
    pub(crate) fn bytes(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let (head, tail) = self.0.split_at_checked(length).ok_or(Malformed)?;
        self.0 = tail;
        Ok(head)
    }

    /// The next `N` bytes (CTR, MAC).
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (head, tail) = self.0.split_first_chunk::<N>().ok_or(Malformed)?;
        self.0 = tail;
        Ok(*head)
    }

    /// BYTE
    pub(crate) fn byte(&mut self) -> Result<u8, Malformed> {
        self.array().map(|[byte]| byte)
    }

    /// SHORT
    pub(crate) fn short(&mut self) -> Result<u16, Malformed> {
        self.array().map(u16::from_be_bytes)
    }

    /// INT
    pub(crate) fn int(&mut self) -> Result<u32, Malformed> {
        self.array().map(u32::from_be_bytes)
    }

    /// DATA
    pub(crate) fn data(&mut self) -> Result<&'a [u8], Malformed> {
        let length = self.int()?;
        self.bytes(usize::try_from(length).map_err(|_| Malformed)?)
    }

    /// MPI, as big-endian bytes without leading zeroes, whether or not there were some.
    pub(crate) fn mpi(&mut self) -> Result<&'a [u8], Malformed> {
        let bytes = self.data()?;
        let zeroes = bytes.iter().take_while(|byte| **byte == 0).count();
        bytes.get(zeroes..).ok_or(Malformed)
    }

    /// MPI in its one canonical form: without leading zeroes on the wire.
    pub(crate) fn minimal_mpi(&mut self) -> Result<&'a [u8], Malformed> {
        let bytes = self.data()?;
        if bytes.first() == Some(&0) { Err(Malformed) } else { Ok(bytes) }
    }

    /// Nothing may follow.
    pub(crate) const fn end(self) -> Result<(), Malformed> {
        if self.0.is_empty() { Ok(()) } else { Err(Malformed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_read_and_nothing_may_follow() {
        let bytes = [1, 0, 2, 0, 0, 0, 3, 0, 0, 0, 2, 9, 8, 0, 0, 0, 2, 0, 7];
        let mut reader = Reader::new(&bytes);
        assert_eq!(reader.byte(), Ok(1));
        assert_eq!(reader.short(), Ok(2));
        assert_eq!(reader.int(), Ok(3));
        assert_eq!(reader.end(), Err(Malformed));
        assert_eq!(reader.data(), Ok(&[9, 8][..]));
        let strict = reader;
        assert_eq!(reader.mpi(), Ok(&[7][..]));
        assert_eq!(reader.end(), Ok(()));
        // otr3 A5
        assert_eq!({ strict }.minimal_mpi(), Err(Malformed));
    }

    // otr3 B: lengths are checked before use
    #[test]
    fn a_length_beyond_the_end_is_malformed() {
        assert_eq!(Reader::new(&[0xff, 0xff, 0xff, 0xff, 1]).data(), Err(Malformed));
        assert_eq!(Reader::new(&[0, 0, 0]).int(), Err(Malformed));
        assert_eq!(Reader::new(&[0, 0, 0, 2, 1]).mpi(), Err(Malformed));
    }

    // otr3 A5
    #[test]
    fn zero_is_an_empty_number() {
        assert_eq!(Reader::new(&[0, 0, 0, 0]).minimal_mpi(), Ok(&[][..]));
        assert_eq!(Reader::new(&[0, 0, 0, 1, 0]).mpi(), Ok(&[][..]));
    }
}
