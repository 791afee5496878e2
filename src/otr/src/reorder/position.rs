//! In which order data messages were written, for networks that may swap two of them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::instance::InstanceTag;
use crate::wire::{Header, MessageType, PREFIX, Reader};

/// Header, flags, key ids, a D-H key of 192 bytes with its length, and the counter: 227 bytes at
/// most, in base64.
const SYMBOLS_MAX: usize = 304;

/// Where a data message claims to stand in its session (OTRv3, "Data Message"). Of one sender the
/// lesser was written first, unless keys were exchanged anew in between. Nothing proves any of it.
///
/// [`ReorderBuffer`](super::ReorderBuffer) puts messages in this order before they are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Who wrote it; [`InstanceTag::UNTAGGED`] in version 2.
    pub sender: InstanceTag,
    /// For whom; `None` for whoever reads it, and in version 2.
    pub receiver: Option<InstanceTag>,
    /// Which of the sender's D-H keys it is encrypted with.
    sender_key_id: u32,
    /// Which of the receiver's.
    receiver_key_id: u32,
    /// The top half of the counter: higher with each message under the same two keys. Most
    /// programs count by one and begin at 1; some go on counting under new keys.
    pub(super) counter: u64,
}

impl Position {
    /// Reads it from a network message that is not a fragment; `None` of anything but a data
    /// message in version 2 or 3.
    #[must_use]
    pub fn of(wire: &str) -> Option<Self> {
        let (_, symbols) = wire.split_once(PREFIX)?;
        let length = symbols.find('.')?.min(SYMBOLS_MAX);
        let head = STANDARD.decode(symbols.get(..length)?).ok()?;
        let mut reader = Reader::new(&head);
        let header = Header::read(&mut reader).ok()??;
        if header.message_type != MessageType::Data {
            return None;
        }
        let _flags = reader.byte().ok()?;
        let (sender_key_id, receiver_key_id) = (reader.int().ok()?, reader.int().ok()?);
        let _next_key = reader.mpi().ok()?;
        Some(Self {
            sender: header.sender,
            receiver: header.receiver,
            sender_key_id,
            receiver_key_id,
            counter: u64::from_be_bytes(reader.array().ok()?),
        })
    }

    /// Whether both claim the same sender, receiver and D-H keys: then the protocol drops the one
    /// that was written first, if it comes after the other (OTRv3, "Data Message", the check of the
    /// counter).
    #[must_use]
    pub fn is_under_same_keys(&self, other: &Self) -> bool {
        Self { counter: 0, ..*self } == Self { counter: 0, ..*other }
    }
}
