//! A conversation with one contact, with all of the contact's clients. Dispatch only.

mod exchange;
mod private;
mod records;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::num::NonZero;

use rand_core::CryptoRng;

use crate::auth::Own;
use crate::crypto::PrivateKey;
use crate::data::ExtraKey;
use crate::error::{RecordError, SendError, SmpError};
use crate::fingerprint::Fingerprint;
use crate::fragment::{self, Assembler, Fragment, FragmentError};
use crate::incoming::Incoming;
use crate::instance::InstanceTag;
use crate::message_state::MessageState;
use crate::output::{Event, Output, Security, WireText};
use crate::peer::{Peers, Privacy};
use crate::policy::Policy;
use crate::query;
use crate::smp::{RequestNames, SmpRequest, SmpSecret};
use crate::timestamp::Timestamp;
use crate::version::Version;
use crate::wire::{self, Header, MessageType, Reader};
use exchange::Exchange;

/// The longest text in bytes that can be sent, in clear or not.
pub const TEXT_BYTES_MAX: usize = 1 << 18;

/// What a conversation needs to begin.
pub struct Config {
    /// Our long-term key.
    pub key: PrivateKey,
    /// Our instance tag.
    pub instance: InstanceTag,
    /// What the conversation may do by itself.
    pub policy: Policy,
    /// The greatest network message in bytes, header included; `None`: no limit. Values below 37
    /// (19 in version 2) leave no room for a piece and are exceeded.
    pub fragment_bytes_max: Option<NonZero<usize>>,
    /// Where randomness comes from.
    pub rng: Box<dyn CryptoRng + Send + Sync>,
}

impl Config {
    fn own(&mut self) -> Own<'_> {
        Own { key: &self.key, tag: self.instance, rng: &mut *self.rng }
    }

    /// The header of a data message to `receiver`.
    fn data_header(&self, receiver: InstanceTag) -> Header {
        Header::new(MessageType::Data, self.instance, Some(receiver))
    }

    /// Encodes a message, and cuts it if it is too long for the network.
    fn wires(
        &self,
        message: &[u8],
        receiver: Option<InstanceTag>,
    ) -> impl Iterator<Item = WireText> {
        let text = wire::encode(message);
        let pieces = fragment::split(text, self.fragment_bytes_max, self.instance, receiver);
        pieces.into_iter().map(WireText::new)
    }

    /// Sends a message of a session.
    fn transmit(&self, message: &[u8], to: InstanceTag, outputs: &mut Vec<Output>) {
        let wires = self.wires(message, Some(to));
        outputs.extend(wires.map(|wire| Output::Send { wire, to: Some(to) }));
    }

    /// Sends a message of a key exchange. In version 2 that is for whoever just wrote: which
    /// program the last session was with says nothing about the next.
    fn transmit_auth(
        &self,
        message: &[u8],
        receiver: Option<InstanceTag>,
        outputs: &mut Vec<Output>,
    ) {
        let to = receiver.filter(|tag| tag.version() == Version::V3);
        let wires = self.wires(message, receiver);
        outputs.extend(wires.map(|wire| Output::Send { wire, to }));
    }
}

/// How far the offer in the whitespace tag has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TagOffer {
    NotMade,
    Made,
    Accepted,
    Rejected,
}

/// The conversation with one contact.
pub struct Conversation {
    config: Config,
    peers: Peers,
    assembler: Assembler,
    exchange: Exchange,
    tag_offer: TagOffer,
    requests: RequestNames,
    v3_seen: bool,
}

impl Conversation {
    /// Begins in plaintext.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            config,
            peers: Peers::default(),
            assembler: Assembler::default(),
            exchange: Exchange::default(),
            tag_offer: TagOffer::NotMade,
            requests: RequestNames::default(),
            v3_seen: false,
        }
    }

    /// Takes a text from the network. Never fails: whatever came becomes an event, or nothing.
    pub fn receive(&mut self, wire: &str, now: Timestamp) -> Vec<Output> {
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
            if incoming == Incoming::Encoded {
                self.assembler.reset(wire::sender_instance(wire));
            }
            self.receive_whole(wire, incoming, now, &mut outputs);
        }
        outputs
    }

    /// Asks for a private conversation, or for new keys in one. Nothing happens if the policy
    /// allows no version.
    pub fn start(&mut self, now: Timestamp) -> Vec<Output> {
        if !self.versions().is_enabled() {
            return Vec::new();
        }
        self.exchange.begin(now);
        vec![self.query()]
    }

    /// Sends a text: encrypted, if the conversation is private.
    ///
    /// # Errors
    /// See [`SendError`]; nothing is sent then.
    pub fn send(&mut self, text: &str, now: Timestamp) -> Result<Vec<Output>, SendError> {
        if self.is_off() {
            return Ok(vec![in_clear(String::from(text))]);
        }
        if text.contains('\0') {
            return Err(SendError::NulInText);
        }
        if text.len() > TEXT_BYTES_MAX {
            return Err(SendError::TooLong);
        }
        match self.peers.best() {
            Some(peer) => match &mut peer.privacy {
                Privacy::Finished(_) => Err(SendError::Finished),
                Privacy::Encrypted(session) => {
                    let header = self.config.data_header(peer.tag);
                    let message = session.seal(header, 0, text, &[], now);
                    let mut outputs = Vec::new();
                    self.config.transmit(&message, peer.tag, &mut outputs);
                    Ok(outputs)
                }
                Privacy::Plaintext => self.send_in_clear(text),
            },
            None => self.send_in_clear(text),
        }
    }

    /// Leaves the private conversation with every client, and gives up an exchange under way.
    pub fn end(&mut self, now: Timestamp) -> Vec<Output> {
        self.end_private(now)
    }

    /// Asks the peer for a secret that both know, or to answer a question. A verification that is
    /// under way is broken off.
    ///
    /// # Errors
    /// [`SmpError::NotPrivate`], [`SmpError::NulInQuestion`] or [`SmpError::QuestionTooLong`].
    pub fn verify(
        &mut self,
        secret: &SmpSecret,
        question: Option<&str>,
        now: Timestamp,
    ) -> Result<Vec<Output>, SmpError> {
        self.start_smp(secret, question, now)
    }

    /// Answers a request of the peer.
    ///
    /// # Errors
    /// [`SmpError::StaleRequest`].
    pub fn answer(
        &mut self,
        request: SmpRequest,
        secret: &SmpSecret,
        now: Timestamp,
    ) -> Result<Vec<Output>, SmpError> {
        self.answer_smp(request, secret, now)
    }

    /// Breaks off a verification, if one is under way.
    pub fn abort_verification(&mut self, now: Timestamp) -> Vec<Output> {
        self.abort_smp(now)
    }

    /// Tells the peer that we use the extra symmetric key for `purpose`, a number that both
    /// programs understand, with at most 65,531 bytes of `data` to say more; and the key.
    ///
    /// # Errors
    /// [`RecordError::NotPrivate`] or [`RecordError::TooLong`].
    pub fn extra_key(
        &mut self,
        purpose: u32,
        data: &[u8],
        now: Timestamp,
    ) -> Result<(ExtraKey, Vec<Output>), RecordError> {
        self.use_extra_key(purpose, data, now)
    }

    /// Sends a private text, or none, with a record: its type, and a value of at most 65,535
    /// bytes. Types that the protocol knows mean to the peer what they always mean.
    ///
    /// # Errors
    /// See [`RecordError`]; nothing is sent then.
    pub fn send_record(
        &mut self,
        text: &str,
        record: (u16, &[u8]),
        now: Timestamp,
    ) -> Result<Vec<Output>, RecordError> {
        self.send_with_record(text, record, now)
    }

    /// What would happen to a text that is sent now.
    #[must_use]
    pub fn message_state(&self) -> MessageState {
        self.peers.message_state()
    }

    /// The state with each client of the contact that is or was private, in no order.
    pub fn instances(&self) -> impl Iterator<Item = MessageState> {
        self.peers.states().filter(|state| *state != MessageState::Plaintext)
    }

    /// Changes the greatest network message, as in [`Config::fragment_bytes_max`].
    pub const fn set_fragment_bytes_max(&mut self, bytes_max: Option<NonZero<usize>>) {
        self.config.fragment_bytes_max = bytes_max;
    }

    /// Changes what the conversation may do by itself. What is private stays private.
    pub fn set_policy(&mut self, policy: Policy) {
        self.config.policy = policy;
    }

    /// Whether the contact has been private with us in version 3, here or as told by
    /// [`Conversation::set_v3_seen`]: to be kept with the contact.
    #[must_use]
    pub const fn v3_seen(&self) -> bool {
        self.v3_seen
    }

    /// Tells that the contact speaks version 3. Nothing binds the version that a query names, so
    /// from now on version 2 is neither offered nor accepted: [`Event::DowngradeRefused`].
    pub const fn set_v3_seen(&mut self) {
        self.v3_seen = true;
    }

    /// Tells which keys the user has verified: of several clients, such a one is preferred.
    pub fn set_trusted(&mut self, trusted: Vec<Fingerprint>) {
        self.peers.set_trusted(trusted);
    }

    /// When [`Conversation::handle_timeout`] wants to be called next.
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        self.exchange.deadline()
    }

    /// Does what is due at `now`; nothing before [`Conversation::deadline`].
    pub fn handle_timeout(&mut self, now: Timestamp) -> Vec<Output> {
        self.continue_start(now)
    }

    /// The short name of our own key.
    #[must_use]
    pub fn own_fingerprint(&self) -> Fingerprint {
        self.config.key.fingerprint()
    }

    /// Whether text passes untouched: no version is allowed, and nothing is or was private.
    fn is_off(&self) -> bool {
        !self.config.policy.is_enabled() && self.message_state() == MessageState::Plaintext
    }

    /// The policy with the versions that this contact may still be spoken to in.
    const fn versions(&self) -> Policy {
        let policy = self.config.policy;
        if self.v3_seen { policy.without(Policy::ALLOW_V2) } else { policy }
    }

    fn query(&self) -> Output {
        in_clear(query::message(self.versions()))
    }

    fn send_in_clear(&mut self, text: &str) -> Result<Vec<Output>, SendError> {
        if self.config.policy.contains(Policy::REQUIRE_ENCRYPTION) {
            return Err(SendError::EncryptionRequired);
        }
        if text.contains("?OTR") {
            return Err(SendError::Reserved);
        }
        let mut text = String::from(text);
        if self.config.policy.contains(Policy::SEND_WHITESPACE_TAG)
            && matches!(self.tag_offer, TagOffer::NotMade | TagOffer::Made)
        {
            text.push_str(&query::tag(self.versions()));
            self.tag_offer = TagOffer::Made;
        }
        Ok(vec![in_clear(text)])
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
        self.assembler.add(fragment, now)
    }

    fn receive_whole(
        &mut self,
        text: &str,
        incoming: Incoming<'_>,
        now: Timestamp,
        outputs: &mut Vec<Output>,
    ) {
        match incoming {
            Incoming::Plain => {
                if self.tag_offer == TagOffer::Made {
                    self.tag_offer = TagOffer::Rejected;
                }
                self.assembler.reset(None);
                self.tell_text(String::from(text), outputs);
            }
            Incoming::Tagged(text, offer) => {
                self.assembler.reset(None);
                self.tell_text(text, outputs);
                self.receive_tag(offer, now, outputs);
            }
            Incoming::Query(offer) => {
                self.tag_offer = TagOffer::Accepted;
                self.receive_query(offer, now, outputs);
            }
            Incoming::Error(words) => {
                self.tag_offer = TagOffer::Accepted;
                outputs.push(Output::Event(Event::PeerError(String::from(words))));
                self.receive_error(now, outputs);
            }
            Incoming::Encoded => {
                self.tag_offer = TagOffer::Accepted;
                self.receive_encoded(text, now, outputs);
            }
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
        let security = match self.message_state() {
            MessageState::Plaintext => Security::Plain,
            MessageState::Encrypted { .. } | MessageState::Finished { .. } => {
                Security::PlainInPrivate
            }
        };
        outputs.push(Output::Event(Event::Text { text, security }));
    }
}

/// A text that goes to whichever client reads it.
const fn in_clear(text: String) -> Output {
    Output::Send { wire: WireText::new(text), to: None }
}
