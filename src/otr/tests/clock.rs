//! A clock that nobody looks at, and one that stood still: nothing waits for ever, and nothing goes
//! out hours late.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code")]

mod support;

use std::time::Duration;

use otr::{Audience, Config, Conversation, Event, InstanceTag, Output, SendError, Timestamp};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use support::{ALICE, BOB, Party, Setup, carry, key, private_pair};

const STALL_MS: u64 = 15_000;

fn is_query(output: &Output) -> bool {
    matches!(output, Output::Send { wire, .. } if wire.as_str().starts_with("?OTRv"))
}

fn is_timed_out(output: &Output) -> bool {
    *output == Output::Event(Event::StartTimedOut)
}

#[test]
fn every_call_that_is_told_the_time_does_first_what_is_due() {
    type Apply = fn(&mut Conversation, Timestamp) -> Vec<Output>;
    let acts: [Apply; 5] = [
        |it, now| it.receive("hello", now).into_vec(),
        |it, now| it.start(now).into_vec(),
        |it, now| it.end(now).into_vec(),
        |it, now| it.abort_verification(now).into_vec(),
        |it, now| it.handle_timeout(now).into_vec(),
    ];
    for act in acts {
        let mut alice = Party::new(ALICE);
        alice.start();
        alice.wait_millis(STALL_MS);
        let outputs = act(&mut alice.conversation, alice.now);
        assert!(outputs.first().is_some_and(is_query), "{outputs:?}");
        let mut alice = Party::new(ALICE);
        alice.start();
        alice.wait_millis(3_600_000);
        let outputs = act(&mut alice.conversation, alice.now);
        assert!(outputs.first().is_some_and(is_timed_out), "{outputs:?}");
    }
}

// The outbox of a client that starts only where nothing is starting yet.
#[test]
fn a_client_without_a_clock_is_told_at_its_next_text_that_nobody_answered() {
    let mut alice = Party::new(ALICE);
    alice.start();
    alice.wait_millis(3_600_000);
    let audience = alice.conversation.audience();
    assert_eq!(audience, Audience::Contact);
    let refused = alice.conversation.send("secret", audience, alice.now);
    assert_eq!(refused, Err(SendError::NotPrivate));
    // The call failed, and had nowhere to tell it.
    assert!(!alice.conversation.is_starting());
    assert_eq!(alice.conversation.deadline(), Some(Timestamp::default()));
    let outputs = alice.conversation.start(alice.now);
    assert!(is_timed_out(&outputs[0]) && is_query(&outputs[1]) && outputs.len() == 2);
    assert!(alice.conversation.deadline().is_some_and(|deadline| deadline > alice.now));
}

#[test]
fn what_a_failed_call_found_due_is_told_once() {
    let (mut alice, bob) = private_pair(ALICE, BOB);
    alice.start();
    alice.wait_millis(STALL_MS);
    let refused = alice.conversation.send("nul\0", Audience::Everybody, alice.now);
    assert_eq!(refused, Err(SendError::NulInText));
    let whom = bob.conversation.own_fingerprint();
    let outputs = alice.conversation.verify(whom, &"x".into(), None, alice.now).unwrap();
    // To a program that we were private with, the second offer is a D-H Commit.
    let is_offer = matches!(&outputs[0], Output::Send { to: None, .. });
    assert!(is_offer && outputs.len() == 2, "{outputs:?}");
    assert!(alice.conversation.handle_timeout(alice.now).is_empty());
}

#[test]
fn a_deadline_that_was_missed_by_more_than_its_length_ends_without_another_query() {
    for (late_ms, asks) in [(0, true), (STALL_MS - 1, true), (STALL_MS, false), (36_000_000, false)]
    {
        let mut alice = Party::new(ALICE);
        alice.start();
        alice.wait_millis(STALL_MS + late_ms);
        let outputs = alice.conversation.handle_timeout(alice.now);
        assert_eq!(outputs.len(), 1);
        assert_eq!((is_query(&outputs[0]), is_timed_out(&outputs[0])), (asks, !asks), "{late_ms}");
        assert_eq!(alice.conversation.is_starting(), asks);
    }
}

#[test]
fn a_slow_network_may_be_waited_for_longer() {
    let rng = StdRng::from_rng(&mut rand::rng());
    let instance = InstanceTag::new(0xa11).unwrap();
    let config = Config::new(key(0), instance, rng).stall(Duration::from_mins(2));
    let mut alice = Conversation::new(config);
    let now = Timestamp::from_millis(5);
    drop(alice.start(now));
    assert_eq!(alice.deadline(), Some(now + Duration::from_mins(2)));
    assert!(alice.handle_timeout(now + Duration::from_secs(119)).is_empty());
    assert!(is_query(&alice.handle_timeout(now + Duration::from_secs(120))[0]));
}

// IRC with a throttle: a piece every six seconds, and a step of four of them.
#[test]
fn pieces_count_as_steps_but_do_not_hold_an_exchange_for_ever() {
    let (mut alice, mut bob) =
        (Party::new(ALICE), Party::new(Setup { bytes_max: Some(100), ..BOB }));
    bob.start();
    alice.receive(&bob.sent.remove(0));
    bob.receive(&alice.sent.remove(0));
    // The D-H Key, and then the Signature, which comes in more pieces than would do in 15 seconds.
    while !bob.sent.is_empty() {
        for piece in std::mem::take(&mut bob.sent) {
            alice.wait_millis(6_000);
            let due = alice.conversation.handle_timeout(alice.now);
            assert!(due.is_empty(), "{due:?}");
            alice.receive(&piece);
        }
        for wire in std::mem::take(&mut alice.sent) {
            bob.receive(&wire);
        }
    }
    assert!(alice.is_private() && bob.is_private());

    // But anybody can send pieces.
    let mut alice = Party::new(ALICE);
    alice.start();
    let mut millis = 0;
    while alice.conversation.is_starting() {
        alice.wait_millis(5_000);
        millis += 5_000;
        alice.receive("?OTR|00000b0b|00000a11,00001,00009,x,");
        assert!(millis < 2 * 9 * STALL_MS, "for ever");
    }
}

#[test]
fn a_clock_that_goes_backwards_does_no_harm() {
    let (mut alice, mut bob) = (Party::new(ALICE), Party::new(BOB));
    alice.start();
    alice.now = Timestamp::from_millis(0);
    assert!(alice.conversation.handle_timeout(alice.now).is_empty());
    carry(&mut alice, &mut bob);
    assert!(alice.is_private());
}
