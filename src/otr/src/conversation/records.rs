//! Records that programs send beside the text: the extra symmetric key, and those of their own.

use alloc::vec::Vec;

use super::Conversation;
use super::private::{send_quietly, tell};
use crate::data::ExtraKey;
use crate::error::RecordError;
use crate::fingerprint::Fingerprint;
use crate::instance::InstanceTag;
use crate::output::{Event, Output};
use crate::timestamp::Timestamp;
use crate::tlv::{Tlv, TlvKind, VALUE_BYTES_MAX};
use crate::wire::{Reader, Writer};

/// The use of an extra key is an INT.
const PURPOSE_BYTES: usize = 4;

impl Conversation {
    pub(super) fn use_extra_key(
        &mut self,
        purpose: u32,
        data: &[u8],
        now: Timestamp,
    ) -> Result<(ExtraKey, Vec<Output>), RecordError> {
        if data.len() > VALUE_BYTES_MAX - PURPOSE_BYTES {
            return Err(RecordError::TooLong);
        }
        let Self { config, peers, .. } = self;
        let (instance, session) = peers.session()?;
        let value = Writer::new().int(purpose).bytes(data).into_bytes();
        let record = Tlv { kind: TlvKind::ExtraKey, value };
        let mut outputs = Vec::new();
        // Sending changes no keys: this is the key of the pair that protects the message.
        let key = session.keys.sending_extra_key();
        send_quietly(config, instance, session, &[record], now, &mut outputs);
        Ok((key, outputs))
    }

    pub(super) fn send_with_record(
        &mut self,
        text: &str,
        record: (u16, &[u8]),
        now: Timestamp,
    ) -> Result<Vec<Output>, RecordError> {
        let (number, value) = record;
        if text.contains('\0') {
            return Err(RecordError::NulInText);
        }
        if value.len() > VALUE_BYTES_MAX || text.len() > super::TEXT_BYTES_MAX {
            return Err(RecordError::TooLong);
        }
        let Self { config, peers, .. } = self;
        let (instance, session) = peers.session()?;
        let record = Tlv { kind: TlvKind::from_number(number), value: value.to_vec() };
        let mut outputs = Vec::new();
        if text.is_empty() {
            send_quietly(config, instance, session, &[record], now, &mut outputs);
        } else {
            let message = session.seal(config.data_header(instance), 0, text, &[record], now);
            config.transmit(&message, instance, &mut outputs);
        }
        Ok(outputs)
    }
}

/// Tells of the peer's extra key. A record too short to name a use is ignored.
pub(super) fn receive_extra_key(
    instance: InstanceTag,
    fingerprint: Fingerprint,
    value: &[u8],
    key: &ExtraKey,
    outputs: &mut Vec<Output>,
) {
    let mut reader = Reader::new(value);
    let event = reader.int().ok().map(|purpose| Event::ExtraKeyReceived {
        instance,
        fingerprint,
        key: key.clone(),
        purpose,
        data: reader.rest().to_vec(),
    });
    tell(outputs, event);
}
