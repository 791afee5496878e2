//! The layout of a data message.

use alloc::vec::Vec;

use crate::crypto::{DhPublic, Mac20, MacKey};
use crate::wire::{Header, Malformed, Reader};

/// The flag of messages that carry nothing to read: nobody need complain about them.
pub(crate) const IGNORE_UNREADABLE: u8 = 1;

/// A data message, not verified.
#[derive(Clone)]
pub(crate) struct DataMessage<'a> {
    pub(crate) flags: u8,
    pub(crate) sender_key_id: u32,
    pub(crate) receiver_key_id: u32,
    /// The sender's next D-H key.
    pub(crate) next_key: DhPublic,
    /// The top half of the counter.
    pub(crate) counter: [u8; 8],
    pub(crate) encrypted: &'a [u8],
    pub(crate) mac: Mac20,
    /// Everything that the MAC covers.
    pub(crate) authenticated: &'a [u8],
}

impl<'a> DataMessage<'a> {
    /// Reads what follows the header; `whole` is the message from its first byte.
    pub(crate) fn read(whole: &'a [u8], mut body: Reader<'a>) -> Result<Self, Malformed> {
        let flags = body.byte()?;
        let sender_key_id = body.int()?;
        let receiver_key_id = body.int()?;
        let next_key = DhPublic::read(&mut body)?;
        let counter = body.array()?;
        let encrypted = body.data()?;
        let covered = whole.len().checked_sub(body.rest().len()).ok_or(Malformed)?;
        let authenticated = whole.get(..covered).ok_or(Malformed)?;
        let mac = body.array()?;
        let _revealed = body.data()?;
        body.end()?;
        Ok(Self {
            flags,
            sender_key_id,
            receiver_key_id,
            next_key,
            counter,
            encrypted,
            mac,
            authenticated,
        })
    }
}

/// What a data message of ours says.
pub(super) struct Draft<'a> {
    pub(super) header: Header,
    pub(super) flags: u8,
    pub(super) sender_key_id: u32,
    pub(super) receiver_key_id: u32,
    pub(super) next_key: &'a DhPublic,
    pub(super) counter: [u8; 8],
    pub(super) encrypted: &'a [u8],
    /// MAC keys that nobody accepts any more.
    pub(super) revealed: &'a [u8],
}

impl Draft<'_> {
    pub(super) fn write(&self, mac_key: &MacKey) -> Vec<u8> {
        // The fields of fixed length take less than 256 bytes, one of them a number of 192.
        let room = self.encrypted.len().saturating_add(self.revealed.len()).saturating_add(256);
        let writer = self
            .header
            .write_with_room(room)
            .byte(self.flags)
            .int(self.sender_key_id)
            .int(self.receiver_key_id)
            .mpi(self.next_key.as_bytes())
            .bytes(&self.counter)
            .data(self.encrypted);
        let mac = mac_key.mac(writer.as_bytes());
        writer.bytes(&mac).data(self.revealed).into_bytes()
    }
}
