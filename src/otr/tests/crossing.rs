//! Two of ours who start at the same time.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "test code"
)]

mod support;

use otr::Policy;
use support::{ALICE, BOB, Party, Setup, Side, carry, crossing};

const SEEDS: u64 = 60;

/// Of every three pairs, Alice cuts her messages in one.
fn pair(policy: Policy, seed: u64) -> (Party, Party) {
    let bytes_max = seed.is_multiple_of(3).then_some(200);
    let alice = Party::seeded(Setup { policy, bytes_max, ..ALICE }, 2 * seed);
    (alice, Party::seeded(Setup { policy, ..BOB }, 2 * seed + 1))
}

const VERSIONS: [Policy; 2] = [Policy::ALLOW_V3, Policy::ALLOW_V2];

// otr3 A35, A36, A37
#[test]
fn starts_in_lock_step_meet_without_a_second_try() {
    for policy in VERSIONS {
        for seed in 0..SEEDS / 4 {
            let (mut alice, mut bob) = pair(policy, seed);
            crossing::in_lock_step(&mut alice, &mut bob);
            assert!(alice.is_private() && bob.is_private(), "{policy:?}, {seed}");
            assert_eq!(alice.conversation.deadline(), None);
            assert_eq!(crossing::outcome(&mut alice, &mut bob), Ok(()), "{policy:?}, {seed}");
        }
    }
}

// otr3 A35, A36, A37, A38
#[test]
fn starts_that_cross_by_chance_meet() {
    for policy in VERSIONS {
        for seed in 0..SEEDS {
            let (mut alice, mut bob) = pair(policy, seed);
            crossing::by_chance(&mut alice, &mut bob, seed);
            assert_eq!(crossing::outcome(&mut alice, &mut bob), Ok(()), "{policy:?}, {seed}");
        }
    }
}

// otr3 A35, A37, A42
#[test]
fn new_keys_that_both_ask_for_at_once_meet() {
    for policy in VERSIONS {
        for seed in 0..SEEDS / 2 {
            let (mut alice, mut bob) = pair(policy, seed);
            alice.start();
            carry(&mut alice, &mut bob);
            crossing::by_chance(&mut alice, &mut bob, seed);
            assert_eq!(crossing::outcome(&mut alice, &mut bob), Ok(()), "{policy:?}, {seed}");
        }
    }
}

// otr3 A32, A37: a D-H Commit that cannot be opened is replaced by one of ours, once.
#[test]
fn a_broken_promise_does_not_end_the_exchange() {
    let (mut alice, mut bob) = (Party::new(ALICE), Party::new(BOB));
    // A Reveal Signature of another exchange with somebody of Bob's name.
    let (mut victim, mut mallory) = (Party::new(ALICE), Party::new(Setup { key: 2, ..BOB }));
    mallory.receive("?OTRv3?");
    victim.receive(&mallory.sent.remove(0));
    mallory.receive(&victim.sent.remove(0));
    let foreign = mallory.sent.remove(0);

    bob.receive("?OTRv3?");
    alice.receive(&bob.sent.remove(0));
    alice.receive(&foreign);
    assert_eq!(alice.sent.len(), 2);
    assert!(alice.sent[1].starts_with("?OTR:AAMC"));
    alice.receive(&foreign);
    assert_eq!(alice.sent.len(), 2);
    carry(&mut alice, &mut bob);
    assert!(alice.is_private() && bob.is_private());
    assert_eq!(crossing::outcome(&mut alice, &mut bob), Ok(()));
}

/// Lets everybody of one account hear what anybody of the other sends, in turns.
fn broadcast(alices: &mut [Party; 2], bobs: &mut [Party; 2]) {
    for _ in 0..40 {
        let to_bobs: Vec<String> = alices.iter_mut().flat_map(Side::take_sent).collect();
        let to_alices: Vec<String> = bobs.iter_mut().flat_map(Side::take_sent).collect();
        if to_bobs.is_empty() && to_alices.is_empty() {
            return;
        }
        to_bobs.iter().for_each(|wire| bobs.iter_mut().for_each(|bob| bob.receive(wire)));
        to_alices.iter().for_each(|wire| alices.iter_mut().for_each(|it| it.receive(wire)));
    }
    panic!("they never fall silent");
}

// otr3 A35, A36, A37, A78: two programs of each account, and all of them start.
#[test]
fn the_starts_of_four_programs_meet() {
    for seed in 0..SEEDS {
        let party = |setup: Setup, tag, number| {
            Party::seeded(Setup { tag, policy: Policy::ALLOW_V3, ..setup }, 4 * seed + number)
        };
        let mut alices = [party(ALICE, 0xa11, 0), party(ALICE, 0xa12, 1)];
        let mut bobs = [party(BOB, 0xb0b, 2), party(BOB, 0xb0c, 3)];
        alices.iter_mut().chain(&mut bobs).for_each(Party::start);
        broadcast(&mut alices, &mut bobs);
        for party in alices.iter().chain(&bobs) {
            assert_eq!(party.conversation.instances().count(), 2, "{seed}");
        }
        for speaker in 0..4 {
            let text = format!("text {speaker}");
            let (from, to) = match speaker {
                0 | 1 => (&mut alices[speaker], &bobs),
                _ => (&mut bobs[speaker - 2], &alices),
            };
            from.send(&text);
            let before: usize = to.iter().map(|it| it.private_texts().len()).sum();
            broadcast(&mut alices, &mut bobs);
            let to = if speaker < 2 { &bobs } else { &alices };
            let after: usize = to.iter().map(|it| it.private_texts().len()).sum();
            assert_eq!(after, before + 1, "{seed}: {text}");
        }
    }
}

// otr3 A39
#[test]
fn a_signature_under_way_counts_although_we_have_begun_anew() {
    let (mut alice, mut bob) = (Party::new(ALICE), Party::new(BOB));
    alice.receive("?OTRv3?");
    for _ in 0..2 {
        bob.receive(&alice.sent.remove(0));
        alice.wait_millis(1_500);
        if bob.is_private() {
            break;
        }
        alice.receive(&bob.sent.remove(0));
    }
    assert!(bob.is_private() && !alice.is_private());
    alice.receive("?OTRv3?");
    let commit = alice.sent.remove(0);
    alice.receive(&bob.sent.remove(0));
    assert!(alice.is_private());
    // Once, and the other exchange goes on.
    bob.receive(&commit);
    carry(&mut alice, &mut bob);
    assert_eq!(crossing::outcome(&mut alice, &mut bob), Ok(()));
}
