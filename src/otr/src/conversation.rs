//! A conversation with one contact, with all of the contact's clients. Dispatch only.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::num::NonZero;

use rand_core::CryptoRng;

use crate::crypto::PrivateKey;
use crate::error::{SendError, SmpError};
use crate::fingerprint::Fingerprint;
use crate::fragment::Assembler;
use crate::incoming::Incoming;
use crate::instance::InstanceTag;
use crate::message_state::MessageState;
use crate::output::{Event, Output, Security, WireText};
use crate::policy::Policy;
use crate::query;
use crate::smp::{SmpRequest, SmpSecret};
use crate::timestamp::Timestamp;

/// What a conversation needs to begin.
pub struct Config {
    /// Our long-term key.
    pub key: PrivateKey,
    /// Our instance tag.
    pub instance: InstanceTag,
    /// What the conversation may do by itself.
    pub policy: Policy,
    /// The greatest network message in bytes, header included; `None`: no limit.
    pub fragment_bytes_max: Option<NonZero<usize>>,
    /// Where randomness comes from.
    pub rng: Box<dyn CryptoRng + Send + Sync>,
}

/// The conversation with one contact.
pub struct Conversation {
    config: Config,
    assembler: Assembler,
}

impl Conversation {
    /// Begins in plaintext.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self { config, assembler: Assembler::default() }
    }

    /// Takes a text from the network. Never fails: whatever came becomes an event, or nothing.
    pub fn receive(&mut self, wire: &str, _now: Timestamp) -> Vec<Output> {
        match Incoming::classify(wire) {
            Incoming::Plain => vec![plain(String::from(wire))],
            Incoming::Tagged(text, _) => vec![plain(text)],
            Incoming::Error(text) => vec![Output::Event(Event::PeerError(String::from(text)))],
            Incoming::Unrecognized => vec![Output::Event(Event::Unrecognized)],
            Incoming::Fragment | Incoming::Encoded | Incoming::Query(_) => Vec::new(),
        }
    }

    /// Asks for a private conversation, or for new keys in one.
    pub fn start(&mut self, _now: Timestamp) -> Vec<Output> {
        vec![Output::Send { wire: WireText::new(query::message(self.config.policy)), to: None }]
    }

    /// Sends a text: encrypted, if the conversation is private.
    ///
    /// # Errors
    /// See [`SendError`]; nothing is sent then.
    pub fn send(&mut self, text: &str, _now: Timestamp) -> Result<Vec<Output>, SendError> {
        if text.contains('\0') {
            return Err(SendError::NulInText);
        }
        if self.config.policy.contains(Policy::REQUIRE_ENCRYPTION) {
            return Err(SendError::EncryptionRequired);
        }
        Ok(vec![Output::Send { wire: WireText::new(String::from(text)), to: None }])
    }

    /// Leaves the private conversation with every client.
    pub fn end(&mut self, _now: Timestamp) -> Vec<Output> {
        Vec::new()
    }

    /// Asks the peer for a secret that both know, or to answer a question.
    ///
    /// # Errors
    /// See [`SmpError`].
    pub fn verify(
        &mut self,
        _secret: &SmpSecret,
        _question: Option<&str>,
        _now: Timestamp,
    ) -> Result<Vec<Output>, SmpError> {
        Err(SmpError::NotPrivate)
    }

    /// Answers a request of the peer.
    ///
    /// # Errors
    /// See [`SmpError`].
    pub fn answer(
        &mut self,
        _request: SmpRequest,
        _secret: &SmpSecret,
        _now: Timestamp,
    ) -> Result<Vec<Output>, SmpError> {
        Err(SmpError::StaleRequest)
    }

    /// Breaks off a verification, if one is under way.
    pub fn abort_verification(&mut self, _now: Timestamp) -> Vec<Output> {
        Vec::new()
    }

    /// What would happen to a text that is sent now.
    #[must_use]
    pub fn message_state(&self) -> MessageState {
        MessageState::Plaintext
    }

    /// Changes what the conversation may do by itself.
    pub fn set_policy(&mut self, policy: Policy) {
        self.config.policy = policy;
    }

    /// Tells which keys the user has verified: of several clients, such a one is preferred.
    pub fn set_trusted(&mut self, _trusted: Vec<Fingerprint>) {}

    /// When [`Conversation::handle_timeout`] wants to be called next.
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        None
    }

    /// Does what is due at `now`.
    pub fn handle_timeout(&mut self, _now: Timestamp) -> Vec<Output> {
        Vec::new()
    }

    /// The short name of our own key.
    #[must_use]
    pub fn own_fingerprint(&self) -> Fingerprint {
        self.config.key.fingerprint()
    }
}

fn plain(text: String) -> Output {
    Output::Event(Event::Text { text, security: Security::Plain })
}
