//! A server that copies what a contact's program says, as if another had said it too.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use engine::{Notice, Provenance};
use otr::reorder::Position;
use stories::{Options, Person, Prosody, Setup, Wire};

/// Texts of the same length: who has two of them under one key stream sees where they differ.
const TEXTS: [&str; 4] = [
    "hello bob, how are you today my friend",
    "the safe code is 48151623 tell nobody!",
    "we meet at the station at nine tonight",
    "and never write it down, not even here",
];

/// The encrypted part of each text that left, by where it says that it stands.
fn sent(wire: &Wire) -> BTreeMap<Position, Vec<u8>> {
    let stream = wire.from_client();
    let messages = stream.split("?OTR:").skip(1).filter_map(|rest| {
        let (body, _) = rest.split_once('.')?;
        let position = Position::of(&format!("?OTR:{body}."))?;
        let message = BASE64_STANDARD.decode(body).ok()?;
        let field = |at: usize| {
            let length = u32::from_be_bytes(message.get(at..at + 4)?.try_into().ok()?);
            message.get(at + 4..at + 4 + usize::try_from(length).ok()?)
        };
        // Header, flags and key ids; the next key; the counter.
        let next_key = field(20)?;
        Some((position, field(24 + next_key.len() + 8)?.to_vec()))
    });
    messages.collect()
}

#[test]
fn a_server_that_copies_the_exchange_of_keys_reads_nothing_and_is_told_of() {
    let server = Prosody::with(Options { stream_management: false, ..Options::default() });
    let wire = Wire::tap(&server);
    let alice = Person::sign_in_with(&Setup::of("alice", &server).by_direct_tls(wire.port()));
    wire.copy();
    let bob = Person::sign_in("bob", &server);
    let (chat, other) = (alice.with("bob"), bob.with("alice"));
    // Bob asks, so that Alice's offer of keys goes to whichever program answers.
    other.open();
    chat.wait_until_private();
    other.wait_until_private();
    chat.wait_for_notice("of the copies", |notice| {
        matches!(notice, Notice::AnswerCopied).then_some(())
    });
    for text in TEXTS {
        chat.say(text);
        assert_eq!(other.wait_for_text(text), Provenance::Private(alice.own_key()));
        other.say(&format!("I read: {text}"));
        chat.wait_for_text(&format!("I read: {text}"));
    }
    let sent = sent(&wire);
    let texts: Vec<_> = sent.iter().filter(|(_, bytes)| bytes.len() >= TEXTS[0].len()).collect();
    assert!(texts.len() >= TEXTS.len());
    // All for the one program that there is.
    let receivers: Vec<_> = texts.iter().map(|(position, _)| position.receiver).collect();
    assert!(receivers.iter().all(|tag| *tag == receivers[0] && tag.unwrap().get() != 0x777));
    for (at, (_, one)) in texts.iter().enumerate() {
        for (_, other) in texts.iter().skip(at + 1) {
            let difference: Vec<u8> = one.iter().zip(*other).map(|(a, b)| a ^ b).collect();
            let mut pairs = TEXTS.iter().flat_map(|a| TEXTS.map(|b| (*a, b)));
            let is_told = |(a, b): (&str, &str)| {
                a.bytes().zip(b.bytes()).zip(&difference).all(|((a, b), told)| a ^ b == *told)
            };
            assert!(!pairs.any(is_told), "two texts under one key stream");
        }
    }
}
