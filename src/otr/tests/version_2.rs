//! Version 2 between two of ours: no instance tags, one client for each contact.
#![expect(clippy::wildcard_enum_match_arm, reason = "test code")]

mod support;

use otr::{Event, InstanceTag, MessageState, Output, Policy, SmpRole, Version};
use support::{ALICE, BOB, Party, Setup, carry, private_pair};

const ALICE_2: Setup = Setup { policy: Policy::ALLOW_V2, ..ALICE };
const BOB_2: Setup = Setup { policy: Policy::ALLOW_V2, ..BOB };

/// Whether it is an encoded message of version 2.
fn is_v2(wire: &str) -> bool {
    wire.starts_with("?OTR:AAI")
}

fn version(party: &Party) -> Option<Version> {
    let state = party.conversation.message_state();
    state.version().filter(|_| state.is_private())
}

// otr3 A9, A11, A88
#[test]
fn the_best_version_of_both_is_spoken() {
    for (alices, bobs, expected) in [
        (Policy::MANUAL, Policy::MANUAL, Some(Version::V3)),
        (Policy::MANUAL, Policy::ALLOW_V2, Some(Version::V2)),
        (Policy::ALLOW_V2, Policy::MANUAL, Some(Version::V2)),
        (Policy::ALLOW_V3, Policy::MANUAL, Some(Version::V3)),
        (Policy::ALLOW_V3, Policy::ALLOW_V2, None),
    ] {
        let mut alice = Party::new(Setup { policy: alices, ..ALICE });
        let mut bob = Party::new(Setup { policy: bobs, ..BOB });
        alice.start();
        carry(&mut alice, &mut bob);
        assert_eq!(version(&alice), expected);
        assert_eq!(version(&bob), expected);
        assert_eq!(alice.conversation.v3_seen(), expected == Some(Version::V3));
        assert!(!alice.has(|event| *event == Event::DowngradeRefused));
    }
}

// otr3 A42, A88
#[test]
fn texts_arrive_both_ways_while_the_keys_change() {
    let (mut alice, mut bob) = (Party::new(ALICE_2), Party::new(BOB_2));
    alice.start();
    assert_eq!(alice.sent, ["?OTRv2?"]);
    carry(&mut alice, &mut bob);
    let [Event::SessionStarted { instance, fingerprint, ssid: at_alice }] = alice.events[..] else {
        panic!("{:?}", alice.events);
    };
    assert_eq!(instance, InstanceTag::UNTAGGED);
    assert_eq!(fingerprint, bob.conversation.own_fingerprint());
    let [Event::SessionStarted { ssid: at_bob, .. }] = bob.events[..] else {
        panic!("{:?}", bob.events);
    };
    assert_eq!(at_alice.as_bytes(), at_bob.as_bytes());
    for round in 0..6 {
        alice.send(&format!("to bob {round}"));
        bob.send(&format!("to alice {round}"));
        assert!(alice.sent.iter().chain(&bob.sent).all(|wire| is_v2(wire)));
        carry(&mut alice, &mut bob);
    }
    assert_eq!(alice.private_texts().len(), 6);
    assert_eq!(bob.private_texts().last(), Some(&"to bob 5"));
}

// otr3 A81, A88
#[test]
fn every_message_may_come_in_pieces_without_tags() {
    for bytes_max in [19, 100, 400] {
        let setup = |setup| Setup { bytes_max: Some(bytes_max), ..setup };
        let (mut alice, mut bob) = private_pair(setup(ALICE_2), setup(BOB_2));
        let text = "cut ".repeat(50);
        alice.send(&text);
        assert!(alice.sent.len() > 1);
        assert!(alice.sent.iter().all(|wire| {
            wire.starts_with("?OTR,") && wire.ends_with(',') && wire.len() <= bytes_max
        }));
        carry(&mut alice, &mut bob);
        assert_eq!(bob.private_texts(), [text.as_str()]);
    }
}

// otr3 A84: a whole message voids the pieces before it, and a text in clear does.
#[test]
fn a_whole_message_voids_the_pieces_before_it() {
    let (mut alice, mut bob) = private_pair(ALICE_2, BOB_2);
    alice.send("one");
    let one = alice.sent.remove(0);
    alice.send("two");
    let two = alice.sent.remove(0);
    let (head, tail) = one.split_at(100);
    bob.receive(&format!("?OTR,1,2,{head},"));
    bob.receive(&two);
    bob.receive(&format!("?OTR,2,2,{tail},"));
    assert_eq!(bob.private_texts(), ["two"]);
}

// otr3 A35, A36, A37
#[test]
fn crossing_starts_meet_in_lock_step() {
    for _ in 0..10 {
        let (mut alice, mut bob) = (Party::new(ALICE_2), Party::new(BOB_2));
        alice.start();
        bob.start();
        for _ in 0..10 {
            let (to_bob, to_alice) =
                (std::mem::take(&mut alice.sent), std::mem::take(&mut bob.sent));
            to_bob.iter().for_each(|wire| bob.receive(wire));
            to_alice.iter().for_each(|wire| alice.receive(wire));
        }
        alice.send("hello");
        bob.send("hello");
        carry(&mut alice, &mut bob);
        assert_eq!(alice.private_texts(), ["hello"]);
        assert_eq!(bob.private_texts(), ["hello"]);
    }
}

// otr3 A43, A59, A70, A73
#[test]
fn a_session_is_refreshed_finished_and_begun_anew() {
    let (mut alice, mut bob) = private_pair(ALICE_2, BOB_2);
    bob.start();
    carry(&mut alice, &mut bob);
    assert!(alice.has(|event| matches!(event, Event::SessionRefreshed { .. })));
    alice.end();
    carry(&mut alice, &mut bob);
    let finished = |event: &Event| {
        matches!(event, Event::SessionFinished { instance: InstanceTag::UNTAGGED, .. })
    };
    assert!(bob.has(finished));
    assert!(bob.conversation.send("secret", otr::Audience::Everybody, bob.now).is_err());
    alice.start();
    carry(&mut alice, &mut bob);
    assert_eq!(version(&alice), Some(Version::V2));
    assert_eq!(version(&bob), Some(Version::V2));
}

// otr3 A88
#[test]
fn the_version_is_that_of_the_session_while_it_lasts_and_after() {
    for (alices, bobs, expected) in [(ALICE, BOB, Version::V3), (ALICE_2, BOB_2, Version::V2)] {
        let (mut alice, mut bob) = private_pair(alices, bobs);
        for party in [&alice, &bob] {
            let state = party.conversation.message_state();
            assert!(
                matches!(state, MessageState::Encrypted { version, .. } if version == expected)
            );
        }
        alice.end();
        assert_eq!(alice.conversation.message_state().version(), None);
        carry(&mut alice, &mut bob);
        let state = bob.conversation.message_state();
        assert!(matches!(state, MessageState::Finished { version, .. } if version == expected));
        assert_eq!(state.version(), Some(expected));
    }
}

// otr3 A65, A88: verification is that of version 3.
#[test]
fn a_verification_works_with_and_without_a_question() {
    let (mut alice, mut bob) = private_pair(ALICE_2, BOB_2);
    for (question, answer) in [(None, "sesame"), (Some("open?"), "sesame"), (None, "nope")] {
        alice.verify("sesame", question);
        carry(&mut alice, &mut bob);
        bob.answer(answer);
        carry(&mut alice, &mut bob);
        let asked = SmpRole::Asked { question: question.is_some() };
        assert!(alice.has(|event| match event {
            Event::SmpSucceeded { role, .. } => answer == "sesame" && *role == asked,
            Event::SmpFailed { role, .. } => answer != "sesame" && *role == asked,
            _ => false,
        }));
        alice.events.clear();
        bob.events.clear();
    }
}

// otr3 A41: the exchange of one version does not take the messages of the other.
#[test]
fn a_d_h_key_of_another_version_is_ignored() {
    for (query, answer) in [("?OTRv2?", "?OTRv3?"), ("?OTRv3?", "?OTRv2?")] {
        let (mut alice, mut bob) = (Party::new(ALICE), Party::new(BOB));
        let mut carol = Party::new(Setup { key: 2, ..ALICE });
        // Bob's D-H Key answers Carol's D-H Commit, in the version that Alice did not choose.
        carol.receive(answer);
        bob.receive(&carol.sent.remove(0));
        alice.receive(query);
        alice.sent.clear();
        let dh_key = bob.sent.remove(0);
        alice.receive(&dh_key);
        assert!(alice.sent.is_empty());
    }
}

// otr3 A88: without tags, only a session says which client is meant.
#[test]
fn what_belongs_to_the_session_is_for_its_client_and_what_leads_to_it_for_all() {
    let to = |outputs: &[Output]| -> Vec<Option<InstanceTag>> {
        let sent = outputs.iter().filter_map(|output| match output {
            Output::Send { to, .. } => Some(*to),
            Output::Event(_) => None,
        });
        sent.collect()
    };
    let (mut alice, mut bob) = private_pair(ALICE_2, BOB_2);
    let sent = alice.conversation.send("x", otr::Audience::Everybody, alice.now).unwrap();
    assert_eq!(to(&sent), [Some(InstanceTag::UNTAGGED)]);
    let commit = alice.conversation.receive("?OTRv2?", alice.now);
    assert_eq!(to(&commit), [None]);
    alice.take(commit);
    let dh_key = bob.conversation.receive(&alice.sent.remove(0), bob.now);
    assert_eq!(to(&dh_key), [None]);
}

// otr3 A26: our own messages come back, which no tag tells.
#[test]
fn our_own_messages_lead_to_nothing() {
    let mut alice = Party::new(ALICE_2);
    alice.receive("?OTRv2?");
    let commit = alice.sent.remove(0);
    alice.receive(&commit);
    assert_eq!(alice.events, [Event::Reflected]);
    assert!(alice.sent.is_empty());
    let (mut alice, _) = private_pair(ALICE_2, BOB_2);
    alice.send("x");
    let wire = alice.sent.remove(0);
    alice.receive(&wire);
    assert_eq!(alice.events, [Event::Unreadable]);
    assert!(alice.is_private());
}

// otr3 A78
#[test]
fn a_late_answer_to_a_commit_is_ignored() {
    let (mut alice, mut bob) = (Party::new(ALICE_2), Party::new(BOB_2));
    alice.receive("?OTRv2?");
    bob.receive(&alice.sent.remove(0));
    alice.wait_millis(60_000);
    carry(&mut alice, &mut bob);
    assert!(!alice.is_private());
    assert_eq!(alice.events, [Event::StartTimedOut]);
}

// otr3 A6
#[test]
fn version_2_is_ignored_where_the_policy_does_not_allow_it() {
    let mut alice = Party::new(Setup { policy: Policy::ALLOW_V3, ..ALICE });
    let mut bob = Party::new(BOB_2);
    alice.receive("?OTRv2?");
    bob.receive("?OTRv2?");
    alice.receive(&bob.sent.remove(0));
    assert!(alice.sent.is_empty() && alice.events.is_empty());
}

// otr3 B: version rollback
#[test]
fn after_version_3_was_seen_version_2_is_refused_loudly() {
    let (mut alice, mut bob) = private_pair(ALICE, BOB);
    assert!(alice.conversation.v3_seen() && bob.conversation.v3_seen());
    let before = alice.conversation.message_state();
    let mut older = Party::new(Setup { key: 2, ..BOB_2 });
    older.receive("?OTRv2?");
    for wire in ["?OTRv2?", &older.sent.remove(0)] {
        alice.receive(wire);
        assert_eq!(alice.events, [Event::DowngradeRefused]);
        assert!(alice.sent.is_empty());
        assert_eq!(alice.conversation.message_state(), before);
        alice.events.clear();
    }
    // The offer stays as wide as the policy: Converse.js 2 wakes up at `?OTRv2` only, and nothing in
    // a query is believed anyway.
    alice.start();
    assert_eq!(alice.sent, ["?OTRv23?"]);
    carry(&mut alice, &mut bob);
    assert!(alice.is_private());
}

// otr3 B: version rollback, where the caller remembers it from an earlier time.
#[test]
fn what_the_caller_remembers_counts() {
    let mut alice = Party::new(Setup { policy: Policy::OPPORTUNISTIC, ..ALICE });
    alice.conversation.set_v3_seen();
    let mut bob = Party::new(BOB_2);
    alice.send("hi");
    let tagged = alice.sent.remove(0);
    // Jitsi's otr4j 0.22 does not see a tag for version 3 alone.
    assert_eq!(tagged.len(), 2 + 16 + 8 + 8);
    alice.start();
    carry(&mut bob, &mut alice);
    assert!(!alice.is_private() && !bob.is_private());
    assert_eq!(alice.events, [Event::DowngradeRefused]);
}
