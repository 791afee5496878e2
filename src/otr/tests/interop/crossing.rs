//! We and they start at the same time.

use super::support::crossing;
use super::*;

/// Runs with each peer: the hashes, on which it depends who gives way, are theirs to choose too.
const SEEDS: u64 = 30;
/// Arithmetic takes otr.js twenty times as long.
const SEEDS_OF_OTR_JS: u64 = 5;

/// What `run` leads to, for each seed: nothing but a private conversation.
fn each(run: impl Fn(&mut Party, &mut Peer, u64) -> String) {
    for kind in Kind::all() {
        let mut theirs = Peer::new(kind);
        let mut failures = Vec::new();
        let seeds = match kind {
            Kind::Converse2 | Kind::Converse3 | Kind::OtrJs => SEEDS_OF_OTR_JS,
            Kind::Libotr2 | Kind::Libotr3 | Kind::Potr | Kind::Otrr => SEEDS,
        };
        for seed in 0..seeds {
            theirs.reset();
            let mut ours = Party::seeded(ALICE, seed);
            let course = run(&mut ours, &mut theirs, seed);
            if let Err(failure) = crossing::outcome(&mut ours, &mut theirs) {
                failures.push(format!("{seed}: {course}: {failure} {:?}", ours.events));
            }
        }
        assert!(failures.is_empty(), "{kind:?}: {} of {seeds}\n{failures:#?}", failures.len());
    }
}

// otr3 A35, A36, A37: libotr always gives way in version 2, so that both wait if we do too.
#[test]
fn starts_in_lock_step_meet() {
    each(|ours, theirs, _| {
        crossing::in_lock_step(ours, theirs);
        String::new()
    });
}

// otr3 A35, A36, A37, A38
#[test]
fn starts_that_cross_by_chance_meet() {
    each(crossing::by_chance);
}

// otr3 A35, A37, A42
#[test]
fn new_keys_that_both_ask_for_at_once_meet() {
    each(|ours, theirs, seed| {
        ours.start();
        carry(ours, theirs);
        crossing::by_chance(ours, theirs, seed)
    });
}

// otr3 A32, A37: libotr takes what a Reveal Signature reveals for its own secret, in any state.
#[test]
fn a_promise_that_libotr_breaks_does_not_end_the_exchange() {
    for kind in Kind::libotrs() {
        let (mut ours, mut theirs) = (Party::new(ALICE), Peer::new(kind));
        let deliver = |from: &mut dyn Side, to: &mut dyn Side| {
            from.take_sent().iter().for_each(|wire| to.receive(wire));
        };
        theirs.start();
        deliver(&mut theirs, &mut ours);
        // Our D-H Commit, and behind it a query.
        ours.start();
        deliver(&mut ours, &mut theirs);
        let [key, commit] = theirs.take_sent().try_into().unwrap();
        ours.receive(&key);
        deliver(&mut ours, &mut theirs);
        ours.receive(&commit);
        carry(&mut ours, &mut theirs);
        assert!(ours.is_private(), "{kind:?}: {:?} {:?}", ours.events, theirs.told);
        talk(kind, &mut ours, &mut theirs);
    }
}
