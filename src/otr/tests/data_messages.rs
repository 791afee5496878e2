//! What goes to and fro inside of a private conversation.

mod support;

use otr::Event;
use otr::reorder::Position;
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
            let (_, outputs) = it.conversation.extra_key(it.shown_key(), 1, b"", it.now).unwrap();
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
    alice.wait_millis(61_000);
    bob.send("still there?");
    carry(&mut alice, &mut bob);
    assert!(matches!(bob.events[..], [Event::HeartbeatReceived { .. }]), "{:?}", bob.events);
    assert_eq!(alice.private_texts(), ["still there?"]);
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

#[test]
fn a_position_tells_in_which_order_messages_were_written() {
    let (mut alice, mut bob) = private_pair(ALICE, BOB);
    let mut written = Vec::new();
    for _ in 0..4 {
        for _ in 0..3 {
            alice.send("one of several");
        }
        written.extend(alice.sent.clone());
        carry(&mut alice, &mut bob);
        bob.send("which changes the keys");
        carry(&mut alice, &mut bob);
    }
    let positions: Vec<_> = written.iter().map(|wire| Position::of(wire).unwrap()).collect();
    assert!(positions.is_sorted_by(|one, next| one < next), "{positions:?}");
    let pairs: Vec<_> = positions.chunk_by(Position::is_under_same_keys).map(<[_]>::len).collect();
    assert_eq!(pairs, [3; 4]);
    // Whoever sorts loses nothing.
    let heard = bob.private_texts().len();
    alice.send("first");
    alice.send("second");
    alice.sent.reverse();
    alice.sent.sort_by_key(|wire| Position::of(wire));
    carry(&mut alice, &mut bob);
    assert_eq!(bob.private_texts()[heard..], ["first", "second"]);
}

#[test]
fn only_whole_data_messages_have_a_position() {
    let (mut alice, mut bob) = private_pair(ALICE, BOB);
    let data = sent(&mut alice, |it| it.send("text"));
    alice.start();
    bob.start();
    for wire in alice.sent.iter().chain(&bob.sent) {
        assert_eq!(Position::of(wire), None, "{wire}");
    }
    assert!(Position::of(&format!("in front {data} behind")).is_some());
    for cut in 0..data.len() {
        assert_eq!(Position::of(&data[..cut]), None, "{cut}");
    }
    let message = decode(&data);
    for length in 0..message.len() {
        // It may end anywhere behind the counter: whether it is whole is for the protocol to say.
        let position = Position::of(&encode(&message[..length]));
        assert!(position.is_none() || position == Position::of(&data), "{length}");
    }
}
