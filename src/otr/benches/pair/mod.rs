//! Two parties of ours in one process.
#![allow(dead_code, unreachable_pub, reason = "every bench uses a part of it")]

use otr::{
    Audience, Config, Conversation, Event, InstanceTag, MessageState, Output, Outputs, PrivateKey,
    Timestamp,
};
use rand::SeedableRng as _;
use rand::rngs::StdRng;

const NOW: Timestamp = Timestamp::from_millis(1_000_000);
const SECRET: &str = "the same words";

/// Two long-term keys, to make pairs with.
pub struct Keys(PrivateKey, PrivateKey);

impl Keys {
    pub fn generate() -> Self {
        let rng = &mut rand::rng();
        Self(PrivateKey::generate(rng), PrivateKey::generate(rng))
    }
}

/// Two conversations with each other.
pub struct Pair {
    pub alice: Conversation,
    pub bob: Conversation,
}

impl Pair {
    /// In plaintext.
    pub fn new(keys: &Keys) -> Self {
        let party = |key: &PrivateKey, tag| {
            let instance = InstanceTag::new(tag).expect("a valid tag");
            let rng = StdRng::from_rng(&mut rand::rng());
            Conversation::new(Config::new(key.clone(), instance, rng))
        };
        Self { alice: party(&keys.0, 0xa11), bob: party(&keys.1, 0xb0b) }
    }

    /// In a private conversation.
    pub fn private(keys: &Keys) -> Self {
        let mut pair = Self::new(keys);
        pair.exchange_keys();
        pair
    }

    /// From the query to both being private.
    pub fn exchange_keys(&mut self) {
        let query = self.alice.start(NOW);
        carry(query, &mut self.bob, &mut self.alice);
        assert!([&self.alice, &self.bob].map(is_private) == [true; 2], "not private");
    }

    /// From the question of one to the success of both.
    pub fn verify(&mut self) {
        let whom = self.bob.own_fingerprint();
        let question = self.alice.verify(whom, &SECRET.into(), None, NOW).expect("private");
        let events = carry(question, &mut self.bob, &mut self.alice);
        let [Event::SmpRequested { request, .. }] = events[..] else { panic!("{events:?}") };
        let answer = self.bob.answer(request, &SECRET.into(), NOW).expect("asked");
        let events = carry(answer, &mut self.alice, &mut self.bob);
        let successes = events.iter().filter(|event| matches!(event, Event::SmpSucceeded { .. }));
        assert_eq!(successes.count(), 2, "{events:?}");
    }

    /// A text from Alice to Bob.
    pub fn say(&mut self, text: &str) {
        say(&mut self.alice, &mut self.bob, text);
    }

    /// A text from Alice to Bob, and one back.
    pub fn ping_pong(&mut self, text: &str) {
        say(&mut self.alice, &mut self.bob, text);
        say(&mut self.bob, &mut self.alice, text);
    }
}

fn is_private(conversation: &Conversation) -> bool {
    matches!(conversation.message_state(), MessageState::Encrypted { .. })
}

fn say(from: &mut Conversation, to: &mut Conversation, text: &str) {
    let outputs = from.send(text, Audience::Everybody, NOW).expect("private");
    let [Output::Send { wire, .. }] = &outputs[..] else { panic!("{outputs:?}") };
    let heard = to.receive(wire.as_str(), NOW);
    assert!(matches!(heard[..], [Output::Event(Event::Text { .. })]), "{heard:?}");
}

/// Carries everything to and fro until both are silent; what happened on the way.
fn carry(outputs: Outputs, to: &mut Conversation, from: &mut Conversation) -> Vec<Event> {
    let mut events = Vec::new();
    for output in outputs {
        match output {
            Output::Send { wire, .. } => {
                let answer = to.receive(wire.as_str(), NOW);
                events.extend(carry(answer, from, to));
            }
            Output::Event(event) => events.push(event),
        }
    }
    events
}
