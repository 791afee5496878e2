//! From the network: pieces put together, what a text is, and whom it is for.

use alloc::string::String;
use alloc::vec::Vec;

use super::Conversation;
use crate::fragment::{self, Fragment, FragmentError};
use crate::incoming::Incoming;
use crate::message_state::MessageState;
use crate::output::{Event, Output, Security};
use crate::policy::Policy;
use crate::timestamp::Timestamp;
use crate::version::Version;
use crate::wire::{self, Header, MessageType, Reader};

impl Conversation {
    pub(super) fn receive_text(&mut self, wire: &str, now: Timestamp) -> Vec<Output> {
        let mut outputs = Vec::new();
        if self.is_off() {
            self.tell_text(String::from(wire), &mut outputs);
            return outputs;
        }
        let incoming = Incoming::classify(wire);
        if incoming == Incoming::Fragment {
            // A fragment cannot be fragmented: what comes out is not put together again.
            if let Some(whole) = self.assemble(wire, now, &mut outputs) {
                let incoming = Incoming::classify(&whole);
                self.receive_whole(&whole, incoming, now, &mut outputs);
            }
        } else {
            if incoming == Incoming::Encoded && !self.assembler.is_empty() {
                self.assembler.reset(wire::sender_instance(wire));
            }
            self.receive_whole(wire, incoming, now, &mut outputs);
        }
        outputs
    }

    /// Takes one piece; the whole message, once it is there.
    fn assemble(
        &mut self,
        wire: &str,
        now: Timestamp,
        outputs: &mut Vec<Output>,
    ) -> Option<String> {
        let fragment = match Fragment::parse(wire) {
            Ok(fragment) => fragment,
            Err(FragmentError::Illegal) => return None,
            Err(FragmentError::Tag) => {
                outputs.push(Output::Event(Event::Malformed));
                return None;
            }
        };
        if fragment.sender == Some(self.config.instance) {
            outputs.push(Output::Event(Event::Reflected));
            return None;
        }
        if fragment.receiver.is_some_and(|receiver| receiver != self.config.instance) {
            outputs.push(Output::Event(Event::ForOtherInstance));
            return None;
        }
        self.exchange.piece(now);
        self.assembler.add(fragment, now)
    }

    fn receive_whole(
        &mut self,
        text: &str,
        incoming: Incoming<'_>,
        now: Timestamp,
        outputs: &mut Vec<Output>,
    ) {
        self.tag_offer.is_answered(incoming == Incoming::Plain);
        match incoming {
            Incoming::Plain => {
                self.assembler.reset(None);
                self.tell_text(String::from(text), outputs);
            }
            Incoming::Tagged(text, offer) => {
                self.assembler.reset(None);
                self.tell_text(text, outputs);
                self.receive_tag(offer, now, outputs);
            }
            Incoming::Query(offer) => self.receive_query(offer, now, outputs),
            Incoming::Error(words) => {
                outputs.push(Output::Event(Event::PeerError(String::from(words))));
                self.receive_error(now, outputs);
            }
            Incoming::Encoded => self.receive_encoded(text, now, outputs),
            Incoming::Unrecognized => outputs.push(Output::Event(Event::Unrecognized)),
            Incoming::Fragment => {}
        }
    }

    fn receive_encoded(&mut self, text: &str, now: Timestamp, outputs: &mut Vec<Output>) {
        if text.len() > fragment::MESSAGE_BYTES_MAX {
            outputs.push(Output::Event(Event::Malformed));
            return;
        }
        let Ok(message) = wire::decode(text) else {
            outputs.push(Output::Event(Event::Malformed));
            return;
        };
        let mut body = Reader::new(&message);
        let header = match Header::read(&mut body) {
            Ok(Some(header)) => header,
            Ok(None) => return,
            Err(wire::Malformed) => {
                outputs.push(Output::Event(Event::Malformed));
                return;
            }
        };
        let is_for_us = match header.receiver {
            Some(receiver) => receiver == self.config.instance,
            None => header.version == Version::V2 || header.message_type == MessageType::DhCommit,
        };
        if header.sender == self.config.instance {
            outputs.push(Output::Event(Event::Reflected));
        } else if !is_for_us {
            outputs.push(Output::Event(Event::ForOtherInstance));
        } else if header.message_type == MessageType::Data {
            self.receive_data(header, &message, body, now, outputs);
        } else {
            self.receive_auth(header, body, now, outputs);
        }
    }

    /// Shows a text that came in clear.
    fn tell_text(&self, text: String, outputs: &mut Vec<Output>) {
        let is_private_wanted = self.config.policy.contains(Policy::REQUIRE_ENCRYPTION);
        let security = match self.message_state() {
            MessageState::Plaintext if !is_private_wanted => Security::Plain,
            MessageState::Plaintext
            | MessageState::Encrypted { .. }
            | MessageState::Finished { .. } => Security::PlainInPrivate,
        };
        outputs.push(Output::Event(Event::Text { text, security }));
    }
}
