//! Records that programs send beside the text: the extra symmetric key, and those of their own.

use alloc::vec::Vec;

use super::Conversation;
use super::private::{send_quietly, tell};
use crate::data::ExtraKey;
use crate::error::RecordError;
use crate::fingerprint::Fingerprint;
use crate::instance::InstanceTag;
use crate::output::{Event, Output};
use crate::record::Record;
use crate::timestamp::Timestamp;
use crate::tlv::{self, Tlv, TlvKind, VALUE_BYTES_MAX};
use crate::wire::{Reader, Writer};

/// The use of an extra key is an INT.
const PURPOSE_BYTES: usize = 4;

impl Conversation {
    pub(super) fn use_extra_key(
        &mut self,
        whom: Fingerprint,
        purpose: u32,
        data: &[u8],
        now: Timestamp,
    ) -> Result<(ExtraKey, Vec<Output>), RecordError> {
        if data.len() > VALUE_BYTES_MAX - PURPOSE_BYTES {
            return Err(RecordError::TooLong);
        }
        let Self { config, peers, .. } = self;
        let (instance, session) = peers.session_with(whom)?;
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
        whom: Fingerprint,
        text: &str,
        record: Record<'_>,
        now: Timestamp,
    ) -> Result<Vec<Output>, RecordError> {
        let kind = TlvKind::from_number(record.number);
        if !matches!(kind, TlvKind::Other(_)) {
            return Err(RecordError::Reserved);
        }
        self.send_any_record(whom, text, kind, record.value, now)
    }

    /// The same for those of the protocol too: what a dishonest peer can do.
    pub(crate) fn send_any_record(
        &mut self,
        whom: Fingerprint,
        text: &str,
        kind: TlvKind,
        value: &[u8],
        now: Timestamp,
    ) -> Result<Vec<Output>, RecordError> {
        if text.contains('\0') {
            return Err(RecordError::NulInText);
        }
        if value.len() > VALUE_BYTES_MAX || text.len() > super::TEXT_BYTES_MAX {
            return Err(RecordError::TooLong);
        }
        let Self { config, peers, .. } = self;
        let (instance, session) = peers.session_with(whom)?;
        let record = Tlv { kind, value: value.to_vec() };
        let padding = tlv::padding(text, core::slice::from_ref(&record));
        let records = [record, padding];
        let mut outputs = Vec::new();
        if text.is_empty() {
            send_quietly(config, instance, session, &records, now, &mut outputs);
        } else {
            let header = config.data_header(session.version, instance);
            let message = session.seal(header, 0, text, &records, now);
            config.transmit(&message, session.version, instance, &mut outputs);
        }
        Ok(outputs)
    }
}

/// Tells of the peer's extra key. A record too short to name a use is ignored.
pub(super) fn receive_extra_key(
    instance: InstanceTag,
    fingerprint: Fingerprint,
    value: &[u8],
    key: ExtraKey,
    outputs: &mut Vec<Output>,
) {
    let mut reader = Reader::new(value);
    let event = reader.int().ok().map(|purpose| Event::ExtraKeyReceived {
        instance,
        fingerprint,
        key,
        purpose,
        data: reader.rest().to_vec(),
    });
    tell(outputs, event);
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::*;
    use crate::conversation::Config;
    use crate::message_state::MessageState;
    use crate::output::Security;
    use crate::testing::key;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn party(number: u32) -> Conversation {
        let rng = StdRng::from_rng(&mut rand::rng());
        let tag = InstanceTag::new(0x100 + number).unwrap();
        Conversation::new(Config::new(key(number as usize), tag, rng))
    }

    /// Carries to and fro until both are silent; what happened to `to`.
    fn carry(outputs: Vec<Output>, to: &mut Conversation, from: &mut Conversation) -> Vec<Event> {
        let mut events = Vec::new();
        for output in outputs {
            if let Output::Send { wire, .. } = output {
                let answers = to.receive_text(wire.as_str(), NOW);
                events.extend(answers.iter().filter_map(|output| match output {
                    Output::Event(event) => Some(event.clone()),
                    Output::Send { .. } => None,
                }));
                carry(answers, from, to);
            }
        }
        events
    }

    /// What comes of a text with a record that only a program of another kind sends.
    fn received(kind: TlvKind, value: &[u8]) -> (Vec<Event>, MessageState) {
        let (mut alice, mut bob) = (party(0), party(1));
        let query = alice.start_private(NOW);
        carry(query, &mut bob, &mut alice);
        let whom = bob.own_fingerprint();
        let sent = alice.send_any_record(whom, "text", kind, value, NOW).unwrap();
        let events = carry(sent, &mut bob, &mut alice);
        let fingerprint = alice.own_fingerprint();
        let security =
            Security::Private { instance: InstanceTag::new(0x100).unwrap(), fingerprint };
        assert_eq!(events[0], Event::Text { text: "text".into(), security });
        (events, bob.message_state())
    }

    // otr3 A60: a use has four bytes.
    #[test]
    fn an_extra_key_without_a_use_is_ignored() {
        assert_eq!(received(TlvKind::ExtraKey, b"abc").0.len(), 1);
    }

    // otr3 A57: padding is nothing to tell.
    #[test]
    fn padding_is_ignored() {
        assert_eq!(received(TlvKind::Padding, &[0; 200]).0.len(), 1);
    }

    // otr3 A59
    #[test]
    fn a_client_may_leave_with_a_last_text() {
        let (events, state) = received(TlvKind::Disconnected, &[]);
        assert!(matches!(events[..], [_, Event::SessionFinished { .. }]));
        assert!(matches!(state, MessageState::Finished { .. }));
    }
}
