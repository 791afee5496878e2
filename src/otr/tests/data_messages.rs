//! What goes to and fro inside of a private conversation.

mod support;

use otr::Event;
use support::{ALICE, BOB, Party, carry, decode, encode, private_pair};

/// The flags of a data message of version 3.
fn flags(wire: &str) -> Option<u8> {
    decode(wire).get(11).copied()
}

/// The wire of what `act` sends.
fn sent(party: &mut Party, act: impl FnOnce(&mut Party)) -> String {
    act(party);
    assert_eq!(party.sent.len(), 1);
    party.sent.remove(0)
}

// otr3 A51, A52: what has no text is marked, so that nobody complains who cannot read it.
#[test]
fn messages_without_a_text_ask_for_no_complaint() {
    let (mut alice, mut bob) = private_pair(ALICE, BOB);
    let text = sent(&mut alice, |it| it.send("text"));
    assert_eq!(flags(&text), Some(0));
    let (mut other, _) = private_pair(BOB, ALICE);
    other.receive(&text);
    assert_eq!(other.events, [Event::Unreadable]);
    let quiet = [
        sent(&mut alice, |it| it.verify("secret", None)),
        sent(&mut alice, Party::abort),
        sent(&mut alice, |it| {
            let (_, outputs) = it.conversation.extra_key(1, b"", it.now).unwrap();
            it.take(outputs);
        }),
        sent(&mut alice, |it| {
            it.wait_millis(61_000);
            bob.send("hello");
            it.receive(&bob.sent.remove(0));
        }),
        sent(&mut alice, Party::end),
    ];
    for (index, wire) in quiet.iter().enumerate() {
        assert_eq!(flags(wire), Some(1), "{index}");
        // Taken for unreadable, as by somebody without the keys, they lead to nothing.
        let (mut other, _) = private_pair(BOB, ALICE);
        other.receive(wire);
        assert!(other.events.is_empty() && other.sent.is_empty(), "{index}: {:?}", other.events);
    }
}

// otr3 A51: a text is shown, and nothing is shown where there is none.
#[test]
fn an_empty_text_is_a_sign_of_life() {
    let (mut alice, mut bob) = private_pair(ALICE, BOB);
    alice.send("");
    carry(&mut alice, &mut bob);
    assert!(matches!(bob.events[..], [Event::HeartbeatReceived { .. }]), "{:?}", bob.events);
}

// otr3 A54
#[test]
fn a_malformed_message_is_complained_about_in_words_of_its_own() {
    let (mut alice, mut bob) = private_pair(ALICE, BOB);
    bob.send("x");
    let mut message = decode(&bob.sent.remove(0));
    message.push(0);
    alice.receive(&encode(&message));
    assert_eq!(alice.events, [Event::Malformed]);
    assert_eq!(alice.sent, ["?OTR Error: You transmitted a malformed data message."]);
    carry(&mut alice, &mut bob);
    assert!(matches!(bob.events[..], [Event::PeerError(_)]) && bob.is_private());
}
