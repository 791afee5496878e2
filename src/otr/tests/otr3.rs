//! With CoyIM, whose library has ways of its own: see `support/otr3.rs`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "test code"
)]

mod support;

use otr::{Event, Policy, SmpRole};
use support::otr3::Otr3;
use support::{ALICE, BOB, Party, Setup, Side, carry, crossing};

/// Starts that cross with it, for each version.
const CROSSINGS: u64 = 100;

const VERSIONS: [Policy; 2] = [Policy::ALLOW_V3, Policy::ALLOW_V2];

fn pair(policy: Policy, seed: u64) -> (Party, Otr3) {
    let ours = Party::seeded(Setup { policy, ..ALICE }, 2 * seed);
    (ours, Otr3::seeded(Setup { policy, ..BOB }, 2 * seed + 1))
}

fn private_pair(policy: Policy) -> (Party, Otr3) {
    let (mut ours, mut theirs) = pair(policy, 7);
    ours.start();
    carry(&mut ours, &mut theirs);
    assert!(ours.is_private() && theirs.is_private());
    ours.events.clear();
    (ours, theirs)
}

/// What `run` leads to, for each seed: nothing but a private conversation, which takes no longer
/// than `patience_ms`.
fn each(patience_ms: u64, run: impl Fn(&mut Party, &mut Otr3, u64)) {
    for policy in VERSIONS {
        let mut failures = Vec::new();
        for seed in 0..CROSSINGS {
            let (mut ours, mut theirs) = pair(policy, seed);
            run(&mut ours, &mut theirs, seed);
            for _ in (0..patience_ms).step_by(15_000) {
                wait(&mut ours, &mut theirs, 15_000);
            }
            let is_stuck = !ours.is_private() || !theirs.is_private();
            let outcome = if is_stuck {
                Err("it is stuck".to_owned())
            } else {
                crossing::outcome(&mut ours, &mut theirs)
            };
            if let Err(failure) = outcome {
                failures.push(format!("{seed}: {failure} {:?}", ours.events));
            }
        }
        assert!(
            failures.is_empty(),
            "{policy:?}: {} of {CROSSINGS}\n{failures:#?}",
            failures.len()
        );
    }
}

fn wait(ours: &mut Party, theirs: &mut Otr3, millis: u64) {
    theirs.pass(millis);
    ours.pass(millis);
    carry(ours, theirs);
}

/// Both have sent a D-H Commit, and neither has come.
fn commits_cross(ours: &mut Party, theirs: &mut Otr3) -> (Vec<String>, Vec<String>) {
    ours.start();
    theirs.start();
    let (to_them, to_us) = (ours.take_sent(), theirs.take_sent());
    to_them.iter().for_each(|wire| theirs.receive(wire));
    to_us.iter().for_each(|wire| ours.receive(wire));
    (ours.take_sent(), theirs.take_sent())
}

// otr3 A36, A37, A38: with the higher hash, it takes no answer to its own D-H Commit any more.
#[test]
fn starts_in_lock_step_meet() {
    each(15_000, |ours, theirs, _| crossing::in_lock_step(ours, theirs));
}

// otr3 A36, A38: a second start may come while it is deaf.
#[test]
fn starts_that_cross_by_chance_meet() {
    each(30_000, |ours, theirs, seed| {
        crossing::by_chance(ours, theirs, seed);
    });
}

// otr3 A36, A38
#[test]
fn a_commit_that_is_late_does_not_end_the_exchange() {
    each(15_000, |ours, theirs, seed| {
        let (to_them, to_us) = commits_cross(ours, theirs);
        let is_ours_late = seed.is_multiple_of(2);
        if is_ours_late {
            to_us.iter().for_each(|wire| ours.receive(wire));
            to_them.iter().for_each(|wire| theirs.receive(wire));
        } else {
            to_them.iter().for_each(|wire| theirs.receive(wire));
            let early = theirs.take_sent();
            to_us.iter().chain(&early).for_each(|wire| ours.receive(wire));
        }
        carry(ours, theirs);
    });
}

// otr3 A16, A36, A38: nobody asked, so that it is nobody's to ask again.
#[test]
fn tags_that_cross_meet() {
    for policy in VERSIONS {
        for seed in 0..CROSSINGS / 4 {
            let ours = Setup { policy: policy.with(Policy::OPPORTUNISTIC), ..ALICE };
            let (mut ours, mut theirs) = (
                Party::seeded(ours, 2 * seed),
                Otr3::seeded(Setup { policy, ..BOB }, 2 * seed + 1),
            );
            ours.send("hi");
            theirs.send_tagged("hi");
            let (to_them, to_us) = (ours.take_sent(), theirs.take_sent());
            to_them.iter().for_each(|wire| theirs.receive(wire));
            to_us.iter().for_each(|wire| ours.receive(wire));
            crossing::in_lock_step_from_here(&mut ours, &mut theirs);
            wait(&mut ours, &mut theirs, 15_000);
            assert_eq!(crossing::outcome(&mut ours, &mut theirs), Ok(()), "{policy:?} {seed}");
        }
    }
}

// otr3 A13, A38: it hears no query for a minute after an exchange, but a D-H Commit.
#[test]
fn new_keys_come_within_a_minute_of_the_last_exchange() {
    for policy in VERSIONS {
        let (mut ours, mut theirs) = private_pair(policy);
        ours.start();
        carry(&mut ours, &mut theirs);
        assert!(ours.events.is_empty(), "it is deaf");
        wait(&mut ours, &mut theirs, 15_000);
        let is_new = |event: &Event| matches!(event, Event::SessionRefreshed { .. });
        assert!(ours.has(is_new), "{policy:?}: {:?}", ours.events);
        assert_eq!(crossing::outcome(&mut ours, &mut theirs), Ok(()), "{policy:?}");
        assert!(!ours.has(|event| *event == Event::StartTimedOut), "{policy:?}");
    }
}

// otr3 A38: and after a new start of our program, which remembers the version with the contact.
#[test]
fn our_program_is_heard_within_a_minute_although_it_was_started_anew() {
    let (_, mut theirs) = private_pair(Policy::ALLOW_V3);
    let mut ours = Party::new(ALICE);
    ours.conversation.set_v3_seen();
    ours.start();
    carry(&mut ours, &mut theirs);
    wait(&mut ours, &mut theirs, 15_000);
    assert_eq!(crossing::outcome(&mut ours, &mut theirs), Ok(()));
}

// otr3 A67: it breaks off where it is to say that the secrets differ.
#[test]
fn a_wrong_answer_of_theirs_is_a_failure() {
    for policy in VERSIONS {
        let (mut ours, mut theirs) = private_pair(policy);
        ours.verify("one", None);
        carry(&mut ours, &mut theirs);
        theirs.answer("another");
        carry(&mut ours, &mut theirs);
        let asked = SmpRole::Asked { question: false };
        let is_failure =
            |event: &Event| matches!(event, Event::SmpFailed { role, .. } if *role == asked);
        assert!(ours.has(is_failure), "{policy:?}: {:?}", ours.events);
        assert!(!ours.has(|event| matches!(event, Event::SmpAborted { .. })), "{:?}", ours.events);

        // Where it asks, it breaks off what is over already.
        ours.events.clear();
        theirs.verify("one");
        carry(&mut ours, &mut theirs);
        ours.answer("another");
        carry(&mut ours, &mut theirs);
        let failed = ours.events.iter().filter(|event| matches!(event, Event::SmpFailed { .. }));
        assert_eq!(failed.count(), 1, "{:?}", ours.events);
        assert!(!ours.has(|event| matches!(event, Event::SmpAborted { .. })), "{:?}", ours.events);
    }
}

// otr3 A49, A54: an error of ours would make it send everything again.
#[test]
fn a_message_that_comes_twice_brings_nothing_again() {
    for policy in VERSIONS {
        let (mut ours, mut theirs) = private_pair(policy);
        let texts = ["one", "two", "three"];
        for text in texts {
            theirs.send(text);
            let wire = theirs.sent[0].clone();
            carry(&mut ours, &mut theirs);
            ours.receive(&wire);
            carry(&mut ours, &mut theirs);
        }
        assert_eq!(ours.private_texts(), texts);
        assert!(
            ours.events.iter().all(|event| matches!(event, Event::Text { .. })),
            "{:?}",
            ours.events
        );
        assert!(theirs.events.iter().all(|event| !matches!(event, Event::PeerError(_))));
    }
}

// otr3 A55: it makes new keys by itself, and writes again what it wrote in the lost session.
#[test]
fn a_text_into_a_session_that_we_have_lost_comes_again() {
    let (mut ours, mut theirs) = private_pair(Policy::ALLOW_V3);
    for text in ["one", "two"] {
        theirs.send(text);
        carry(&mut ours, &mut theirs);
    }
    let mut ours = Party::new(ALICE);
    ours.conversation.set_v3_seen();
    theirs.send("lost");
    carry(&mut ours, &mut theirs);
    assert!(ours.is_private(), "{:?}", ours.events);
    assert_eq!(ours.private_texts(), ["[resent] one", "[resent] two", "[resent] lost"]);
    // In version 2, nobody is told, and it goes on when we start.
    let (_, mut theirs) = private_pair(Policy::ALLOW_V2);
    let mut ours = Party::new(Setup { policy: Policy::ALLOW_V2, ..ALICE });
    theirs.send("lost");
    carry(&mut ours, &mut theirs);
    assert_eq!(ours.events, [Event::NotInPrivate]);
    wait(&mut ours, &mut theirs, 60_000);
    ours.start();
    carry(&mut ours, &mut theirs);
    assert_eq!(crossing::outcome(&mut ours, &mut theirs), Ok(()));
}
