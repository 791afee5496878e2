//! What a program sends beside a text, or in place of one.

/// A record of the caller's own: what the specification calls a TLV.
///
/// ```
/// use otr::Record;
/// let record = Record { number: 0x5303, value: b"read" };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "TLV")]
pub struct Record<'a> {
    /// Its type, above 8: those up to 8 are the protocol's own.
    pub number: u16,
    /// At most 65,535 bytes.
    pub value: &'a [u8],
}
