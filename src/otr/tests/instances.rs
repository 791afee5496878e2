//! Several clients of one contact.
#![expect(clippy::wildcard_enum_match_arm, reason = "test code")]

mod support;

use otr::{Event, InstanceTag, MessageState, Policy};
use support::{ALICE, BOB, Party, Setup, carry, private_pair};

// otr3 A77, A83
#[test]
fn messages_for_others_and_our_own_are_told_and_dropped() {
    let (mut alice, mut bob) = private_pair(ALICE, BOB);
    let mut other = Party::new(Setup { tag: 0x777, ..ALICE });
    bob.send("x");
    other.receive(&bob.sent[0]);
    bob.conversation.set_policy(Policy::MANUAL);
    let pieces = ["?OTR|b0b|a11,1,2,x,", "?OTR|b0b|777,1,2,x,", "?OTR|b0b|ff,1,2,x,"];
    for piece in pieces {
        other.receive(piece);
    }
    let expected = [Event::ForOtherInstance, Event::ForOtherInstance, Event::Malformed];
    assert_eq!(other.events, expected);
    alice.send("y");
    let wire = alice.sent[0].clone();
    alice.receive(&wire);
    alice.receive("?OTR|a11|0,1,2,x,");
    assert_eq!(alice.events, [Event::Reflected, Event::Reflected]);
}

#[test]
fn the_sender_of_a_message_can_be_peeked_at() {
    let (mut alice, _) = private_pair(ALICE, BOB);
    alice.send("x");
    assert_eq!(otr::sender_instance(&alice.sent[0]), InstanceTag::new(ALICE.tag));
    assert_eq!(otr::sender_instance("?OTR|b0b|0,1,2,x,"), InstanceTag::new(BOB.tag));
    for text in ["", "hello", "?OTRv3?", "?OTR:AAM.", "?OTR:", "?OTR|0|0,1,2,x,"] {
        assert_eq!(otr::sender_instance(text), None);
    }
}

/// Sends what waits at `from` to several clients.
fn broadcast(from: &mut Party, to: &mut [&mut Party]) {
    for wire in std::mem::take(&mut from.sent) {
        to.iter_mut().for_each(|party| party.receive(&wire));
    }
}

// otr3 A78, A79, A80
#[test]
fn several_clients_of_one_contact_have_sessions_of_their_own() {
    let mut alice = Party::new(ALICE);
    let mut desk = Party::new(BOB);
    let mut phone = Party::new(Setup { key: 2, tag: 0xb0c, bytes_max: Some(200), ..BOB });
    desk.start();
    broadcast(&mut desk, &mut [&mut alice]);
    // Alice's D-H Commit names no client: both answer.
    for _ in 0..6 {
        broadcast(&mut alice, &mut [&mut desk, &mut phone]);
        broadcast(&mut desk, &mut [&mut alice]);
        broadcast(&mut phone, &mut [&mut alice]);
    }
    assert!(desk.is_private() && phone.is_private());
    let instance = |party: &Party| match party.conversation.message_state() {
        MessageState::Encrypted { instance, .. } => instance.get(),
        _ => 0,
    };

    // The client heard last gets the answer; the other is not disturbed.
    for from_desk in [true, false, true] {
        let (speaker, silent) =
            if from_desk { (&mut desk, &mut phone) } else { (&mut phone, &mut desk) };
        alice.wait_millis(1000);
        speaker.send("here");
        broadcast(speaker, &mut [&mut alice]);
        assert_eq!(instance(&alice), if from_desk { 0xb0b } else { 0xb0c });
        alice.send("there");
        let heard = speaker.private_texts().len();
        let before = silent.private_texts().len();
        broadcast(&mut alice, &mut [speaker, silent]);
        assert_eq!(speaker.private_texts().len(), heard + 1);
        assert_eq!(silent.private_texts().len(), before);
        assert_eq!(silent.events.last(), Some(&Event::ForOtherInstance));
    }

    // A verified key is preferred to a client that spoke later.
    alice.conversation.set_trusted(vec![phone.conversation.own_fingerprint()]);
    assert_eq!(instance(&alice), 0xb0c);

    // One client leaves: the other is still private. Then we leave both.
    phone.end();
    broadcast(&mut phone, &mut [&mut alice]);
    assert_eq!(instance(&alice), 0xb0b);
    alice.end();
    broadcast(&mut alice, &mut [&mut desk, &mut phone]);
    assert!(matches!(desk.conversation.message_state(), MessageState::Finished { .. }));
    assert_eq!(alice.conversation.message_state(), MessageState::Plaintext);
}

// otr3 A78: the D-H Commit for everybody lives for a minute.
#[test]
fn a_late_answer_to_a_commit_is_ignored() {
    let (mut alice, mut bob) = (Party::new(ALICE), Party::new(BOB));
    alice.receive("?OTRv3?");
    bob.receive(&alice.sent.remove(0));
    alice.wait_millis(60_000);
    carry(&mut alice, &mut bob);
    assert!(!alice.is_private());
    assert_eq!(alice.events, [Event::StartTimedOut]);
}

// otr3 A78: also from a client that we know already.
#[test]
fn a_late_answer_of_a_known_client_is_ignored() {
    let (mut alice, mut bob) = private_pair(ALICE, BOB);
    bob.start();
    alice.receive(&bob.sent.remove(0));
    bob.receive(&alice.sent.remove(0));
    alice.wait_millis(60_000);
    carry(&mut alice, &mut bob);
    assert!(alice.is_private());
    assert_eq!(alice.events, [Event::StartTimedOut]);
}

// otr3 A77: what only a client that we know can send, from one that we do not.
#[test]
fn an_unknown_client_can_only_begin() {
    let (mut alice, mut bob) = (Party::new(ALICE), Party::new(BOB));
    let mut twin = Party::new(ALICE);
    bob.receive("?OTRv3?");
    let mut wires = Vec::new();
    for _ in 0..2 {
        let wire = bob.sent.remove(0);
        twin.receive(&wire);
        wires.push(wire);
        let wire = twin.sent.remove(0);
        bob.receive(&wire);
        // What the twin answers is not for us: we have the same tag.
        alice.receive(&wire);
    }
    assert_eq!(alice.events, [Event::Reflected, Event::Reflected]);
    assert!(bob.is_private() && twin.is_private());
    alice.events.clear();
    bob.send("x");
    alice.receive(&wires[1]);
    assert!(alice.events.is_empty() && alice.sent.is_empty());
    alice.receive(&bob.sent[0]);
    assert_eq!(alice.events, [Event::NotInPrivate]);
    // Its program is told that we can't read it, so that it begins anew.
    assert!(matches!(&alice.sent[..], [wire] if wire.starts_with("?OTR Error:")));
}
