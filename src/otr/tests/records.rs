//! Records beside the text: the extra symmetric key, and those of other programs. In both versions.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "test code"
)]

mod support;

use otr::{Event, ExtraKey, Policy, Record, RecordError};
use support::{ALICE, BOB, Party, Setup, carry, private_pair};

/// The last extra key that came, what for, and more about it.
fn received(party: &Party) -> (ExtraKey, u32, Vec<u8>) {
    match party.events.last() {
        Some(Event::ExtraKeyReceived { key, purpose, data, .. }) => {
            (key.clone(), *purpose, data.clone())
        }
        other => panic!("{other:?}"),
    }
}

// otr3 A45, A60
#[test]
fn both_sides_get_the_same_extra_key() {
    for policy in [Policy::ALLOW_V2, Policy::ALLOW_V3] {
        let (mut alice, mut bob) = private_pair(Setup { policy, ..ALICE }, Setup { policy, ..BOB });
        let mut keys = Vec::new();
        for round in 0..3 {
            let key = alice.use_key(7, b"data");
            carry(&mut alice, &mut bob);
            assert_eq!(received(&bob), (key.clone(), 7, b"data".to_vec()));
            // The keys have not changed in between, so neither has this.
            assert_eq!(alice.use_key(8, b""), key);
            carry(&mut alice, &mut bob);
            assert_eq!(received(&bob), (key.clone(), 8, Vec::new()));
            keys.push(key);
            let back = bob.use_key(u32::MAX, &[round]);
            carry(&mut alice, &mut bob);
            assert_eq!(received(&alice), (back.clone(), u32::MAX, vec![round]));
            keys.push(back);
        }
        keys.dedup();
        assert_eq!(keys.len(), 6);
        assert_eq!(format!("{:?}", keys[0]), "ExtraKey(…)");
        assert!(!alice.has(|event| matches!(event, Event::HeartbeatReceived { .. })));
    }
}

// otr3 A60
#[test]
fn there_is_no_extra_key_without_a_private_conversation() {
    let whom = Party::new(BOB).conversation.own_fingerprint();
    let mut alice = Party::new(ALICE);
    let no_key = alice.conversation.extra_key(whom, 1, b"", alice.now).map(|_| ());
    assert_eq!(no_key, Err(RecordError::NotPrivate));
    let (mut alice, mut bob) = private_pair(ALICE, BOB);
    let mut with_data =
        |length| alice.conversation.extra_key(whom, 1, &vec![0; length], alice.now).map(|_| ());
    assert_eq!(with_data(65_531), Ok(()));
    assert_eq!(with_data(65_532), Err(RecordError::TooLong));
    bob.end();
    carry(&mut bob, &mut alice);
    let no_key = alice.conversation.extra_key(whom, 1, b"", alice.now).map(|_| ());
    assert_eq!(no_key, Err(RecordError::NotPrivate));
}

// otr3 A57
#[test]
fn an_unknown_record_is_told_and_the_text_beside_it_delivered() {
    let (mut alice, mut bob) = private_pair(ALICE, BOB);
    alice.send_record("text", 0x99, b"value");
    carry(&mut alice, &mut bob);
    assert_eq!(bob.private_texts(), ["text"]);
    assert!(bob.has(|event| matches!(
        event, Event::RecordReceived { number: 0x99, value, .. } if value == b"value"
    )));
}

#[test]
fn records_that_cannot_go_are_refused() {
    let whom = Party::new(BOB).conversation.own_fingerprint();
    let mut alice = Party::new(ALICE);
    let send = |party: &mut Party, text: &str, length: usize| {
        let record = Record { number: 9, value: &vec![0; length] };
        party.conversation.send_record(whom, text, record, party.now).map(|_| ())
    };
    assert_eq!(send(&mut alice, "text", 0), Err(RecordError::NotPrivate));
    let (mut alice, _) = private_pair(ALICE, BOB);
    assert_eq!(send(&mut alice, "n\0l", 0), Err(RecordError::NulInText));
    assert_eq!(send(&mut alice, "text", 65_536), Err(RecordError::TooLong));
    assert_eq!(
        send(&mut alice, &"x".repeat(otr::TEXT_BYTES_MAX + 1), 0),
        Err(RecordError::TooLong)
    );
    assert_eq!(send(&mut alice, "text", 65_535), Ok(()));
}

#[test]
fn every_client_that_is_or_was_private_can_be_listed() {
    let (mut alice, mut bob) = private_pair(ALICE, BOB);
    let states: Vec<_> = alice.conversation.instances().collect();
    assert_eq!(states, [alice.conversation.message_state()]);
    bob.end();
    carry(&mut bob, &mut alice);
    let states: Vec<_> = alice.conversation.instances().collect();
    assert_eq!(states, [alice.conversation.message_state()]);
    assert_eq!(bob.conversation.instances().count(), 0);
}
