//! Parties for tests: ours, and those of other implementations.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "every test file uses a part of it, and it is all test code"
)]

pub mod crossing;
pub mod key_streams;
pub mod otr3;
pub mod peer;

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use otr::{
    Config, Conversation, Event, ExtraKey, Fingerprint, InstanceTag, MessageState, Output, Policy,
    PrivateKey, Record, Timestamp,
};
use rand::SeedableRng as _;

/// A key that is made once for all tests of a process.
pub fn key(index: usize) -> PrivateKey {
    static KEYS: [OnceLock<PrivateKey>; 3] = [const { OnceLock::new() }; 3];
    KEYS[index].get_or_init(|| PrivateKey::generate(&mut rand::rng())).clone()
}

/// Our side, with what happened to it.
pub struct Party {
    pub conversation: Conversation,
    pub now: Timestamp,
    pub events: Vec<Event>,
    /// What waits to be carried to the other side.
    pub sent: Vec<String>,
}

/// How a party is set up.
#[derive(Clone, Copy)]
pub struct Setup {
    pub key: usize,
    pub tag: u32,
    pub policy: Policy,
    pub bytes_max: Option<usize>,
}

pub const ALICE: Setup = Setup { key: 0, tag: 0xa11, policy: Policy::MANUAL, bytes_max: None };
pub const BOB: Setup = Setup { key: 1, tag: 0xb0b, policy: Policy::MANUAL, bytes_max: None };

impl Party {
    pub fn new(setup: Setup) -> Self {
        Self::with_rng(setup, rand::rngs::StdRng::from_rng(&mut rand::rng()))
    }

    /// One that does the same each time.
    pub fn seeded(setup: Setup, seed: u64) -> Self {
        Self::with_rng(setup, rand::rngs::StdRng::seed_from_u64(seed))
    }

    fn with_rng(setup: Setup, rng: rand::rngs::StdRng) -> Self {
        let instance = InstanceTag::new(setup.tag).unwrap();
        let config = Config::new(key(setup.key), instance, rng)
            .policy(setup.policy)
            .fragment_bytes_max(setup.bytes_max.unwrap_or(0));
        Self {
            conversation: Conversation::new(config),
            now: Timestamp::from_millis(1_000_000),
            events: Vec::new(),
            sent: Vec::new(),
        }
    }

    /// Notes outputs.
    pub fn take(&mut self, outputs: impl IntoIterator<Item = Output>) {
        for output in outputs {
            match output {
                Output::Send { wire, .. } => self.sent.push(wire.into_string()),
                Output::Event(event) => self.events.push(event),
            }
        }
    }

    /// The same as [`Side::start`], without its import.
    pub fn start(&mut self) {
        Side::start(self);
    }

    /// The same as [`Side::send`], without its import.
    pub fn send(&mut self, text: &str) {
        Side::send(self, text);
    }

    pub fn end(&mut self) {
        let outputs = self.conversation.end(self.now);
        self.take(outputs);
    }

    /// The same as [`Side::receive`], without its import.
    pub fn receive(&mut self, wire: &str) {
        Side::receive(self, wire);
    }

    pub fn verify(&mut self, secret: &str, question: Option<&str>) {
        let (whom, secret) = (self.shown_key(), secret.into());
        let outputs = self.conversation.verify(whom, &secret, question, self.now).unwrap();
        self.take(outputs);
    }

    pub fn send_record(&mut self, text: &str, number: u16, value: &[u8]) {
        let (whom, record) = (self.shown_key(), Record { number, value });
        let outputs = self.conversation.send_record(whom, text, record, self.now).unwrap();
        self.take(outputs);
    }

    pub fn use_key(&mut self, purpose: u32, data: &[u8]) -> ExtraKey {
        let whom = self.shown_key();
        let (key, outputs) = self.conversation.extra_key(whom, purpose, data, self.now).unwrap();
        self.take(outputs);
        key
    }

    /// Whose key the window shows.
    pub fn shown_key(&self) -> Fingerprint {
        self.conversation.audience().key().unwrap()
    }

    /// Answers the last request.
    pub fn answer(&mut self, secret: &str) {
        let request = self.events.iter().rev().find_map(|event| match event {
            Event::SmpRequested { request, .. } => Some(*request),
            _ => None,
        });
        let outputs = self.conversation.answer(request.unwrap(), &secret.into(), self.now).unwrap();
        self.take(outputs);
    }

    pub fn abort(&mut self) {
        let outputs = self.conversation.abort_verification(self.now);
        self.take(outputs);
    }

    pub fn wait_millis(&mut self, millis: u64) {
        self.now = Timestamp::from_millis(self.now.as_millis() + millis);
    }

    pub fn is_private(&self) -> bool {
        matches!(self.conversation.message_state(), MessageState::Encrypted { .. })
    }

    /// The texts that came privately.
    pub fn private_texts(&self) -> Vec<&str> {
        self.events
            .iter()
            .filter_map(|event| match event {
                Event::Text { text, security: otr::Security::Private { .. } } => {
                    Some(text.as_str())
                }
                _ => None,
            })
            .collect()
    }

    pub fn has(&self, is_it: impl Fn(&Event) -> bool) -> bool {
        self.events.iter().any(is_it)
    }
}

/// One end of a wire: one of ours or of others.
pub trait Side {
    fn receive(&mut self, wire: &str);

    /// What waits to be carried to the other side.
    fn take_sent(&mut self) -> Vec<String>;

    /// Asks for a private conversation, or for new keys in one.
    fn start(&mut self);

    fn send(&mut self, text: &str);

    /// The texts that came: from one of ours only those that came privately.
    fn heard(&self) -> Vec<String>;

    /// Lets time pass, and the side do what is due.
    fn pass(&mut self, millis: u64);
}

impl Side for Party {
    fn receive(&mut self, wire: &str) {
        let outputs = self.conversation.receive(wire, self.now);
        self.take(outputs);
    }

    fn take_sent(&mut self) -> Vec<String> {
        std::mem::take(&mut self.sent)
    }

    fn start(&mut self) {
        let outputs = self.conversation.start(self.now);
        self.take(outputs);
    }

    fn send(&mut self, text: &str) {
        let outputs = self.conversation.send(text, otr::Audience::Everybody, self.now).unwrap();
        self.take(outputs);
    }

    fn heard(&self) -> Vec<String> {
        self.private_texts().into_iter().map(str::to_owned).collect()
    }

    fn pass(&mut self, millis: u64) {
        self.wait_millis(millis);
        if self.conversation.deadline().is_some_and(|deadline| deadline <= self.now) {
            let outputs = self.conversation.handle_timeout(self.now);
            self.take(outputs);
        }
    }
}

/// The bytes of a message without what makes it a text.
pub fn decode(wire: &str) -> Vec<u8> {
    STANDARD.decode(&wire["?OTR:".len()..wire.len() - 1]).unwrap()
}

/// The text of a message.
pub fn encode(message: &[u8]) -> String {
    format!("?OTR:{}.", STANDARD.encode(message))
}

/// Carries messages until nothing is under way.
pub fn carry(alice: &mut impl Side, bob: &mut impl Side) {
    for _ in 0..100 {
        let to_bob = alice.take_sent();
        to_bob.iter().for_each(|wire| bob.receive(wire));
        let to_alice = bob.take_sent();
        to_alice.iter().for_each(|wire| alice.receive(wire));
        if to_bob.is_empty() && to_alice.is_empty() {
            return;
        }
    }
    panic!("the two never fall silent");
}

/// Two parties in a private conversation, with no events noted.
pub fn private_pair(a: Setup, b: Setup) -> (Party, Party) {
    let (mut alice, mut bob) = (Party::new(a), Party::new(b));
    alice.start();
    carry(&mut alice, &mut bob);
    assert!(alice.is_private() && bob.is_private());
    alice.events.clear();
    bob.events.clear();
    (alice, bob)
}
