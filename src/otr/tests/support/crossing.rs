//! Two sides who start at the same time, and a network that keeps the order in each direction and
//! no time.

use std::collections::VecDeque;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::Side;

/// Both start, and their messages cross.
pub fn in_lock_step(alice: &mut impl Side, bob: &mut impl Side) {
    alice.start();
    bob.start();
    in_lock_step_from_here(alice, bob);
}

/// Every message that is under way or follows takes exactly as long as the others.
pub fn in_lock_step_from_here(alice: &mut impl Side, bob: &mut impl Side) {
    for _ in 0..40 {
        let (to_bob, to_alice) = (alice.take_sent(), bob.take_sent());
        to_bob.iter().for_each(|wire| bob.receive(wire));
        to_alice.iter().for_each(|wire| alice.receive(wire));
        if to_bob.is_empty() && to_alice.is_empty() {
            return;
        }
    }
    panic!("the two never fall silent");
}

/// Each starts at some time, perhaps twice, and chance decides which message comes first. Then
/// everything arrives. The course of it, to be shown if it did not end well.
pub fn by_chance(alice: &mut impl Side, bob: &mut impl Side, seed: u64) -> String {
    let names = ["A", "B"];
    let mut course = String::new();
    let mut rng = StdRng::seed_from_u64(seed);
    let mut starts = [rng.random_range(1..3), rng.random_range(1..3)];
    let mut wires = [VecDeque::new(), VecDeque::new()];
    for _ in 0..4_000 {
        wires[0].extend(alice.take_sent());
        wires[1].extend(bob.take_sent());
        let is_over = starts == [0, 0] && wires.iter().all(VecDeque::is_empty);
        if is_over {
            return course;
        }
        // A message in pieces takes no longer than one in one piece.
        let is_piece = |wire: &String| wire.starts_with("?OTR|") || wire.starts_with("?OTR,");
        let is_cut = wires.iter().filter_map(VecDeque::front).any(is_piece);
        let millis = rng.random_range(0..if is_cut { 300 } else { 1_500 });
        alice.pass(millis);
        bob.pass(millis);
        let from = rng.random_range(0..2_usize);
        if starts[from] > 0 && rng.random_ratio(1, 3) {
            starts[from] -= 1;
            course.push_str(&format!("{}! ", names[from]));
            if from == 0 { alice.start() } else { bob.start() }
        } else if let Some(wire) = wires[from].pop_front() {
            let kind = wire.get(8..9).filter(|_| wire.starts_with("?OTR:"));
            course.push_str(&format!("{}{} ", names[from], kind.unwrap_or("?")));
            if from == 0 { bob.receive(&wire) } else { alice.receive(&wire) }
        }
    }
    panic!("the two never fall silent");
}

/// Gives both the patience that the protocol needs, and tries whether each hears the other. What
/// went wrong, if something did.
pub fn outcome(alice: &mut impl Side, bob: &mut impl Side) -> Result<(), String> {
    for _ in 0..3 {
        alice.pass(15_000);
        bob.pass(15_000);
        super::carry(alice, bob);
    }
    for text in ["one", "two"] {
        alice.send(text);
        let sent = alice.take_sent();
        if !sent.iter().all(|wire| is_private(wire)) {
            return Err(format!("the first sends {sent:?}"));
        }
        sent.iter().for_each(|wire| bob.receive(wire));
        bob.send(text);
        let sent = bob.take_sent();
        if !sent.iter().all(|wire| is_private(wire)) {
            return Err(format!("the second sends {sent:?}"));
        }
        sent.iter().for_each(|wire| alice.receive(wire));
        if bob.heard().last().map(String::as_str) != Some(text) {
            return Err(format!("the second heard {:?}", bob.heard()));
        }
        if alice.heard().last().map(String::as_str) != Some(text) {
            return Err(format!("the first heard {:?}", alice.heard()));
        }
    }
    Ok(())
}

/// Whether it is an encoded message, or a piece of one.
fn is_private(wire: &str) -> bool {
    ["?OTR:", "?OTR|", "?OTR,"].iter().any(|beginning| wire.starts_with(beginning))
}
