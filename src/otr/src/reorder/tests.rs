//! Messages of a real conversation, swapped and lost on their way.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use core::time::Duration;

use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::*;
use crate::audience::Audience;
use crate::conversation::{Config, Conversation};
use crate::output::Output;
use crate::outputs::Outputs;
use crate::testing;

const AT_ONCE: Timestamp = Timestamp::from_millis(0);

/// The contact's program in a private conversation with ours, and how far ours has put things
/// in order.
struct Bench {
    theirs: Conversation,
    ours: Conversation,
    buffer: ReorderBuffer<String>,
    now: Timestamp,
}

fn wires(outputs: Outputs) -> Vec<String> {
    let sent = outputs.into_iter().filter_map(|output| match output {
        Output::Send { wire, .. } => Some(wire.into_string()),
        Output::Event(_) => None,
    });
    sent.collect()
}

impl Bench {
    fn new() -> Self {
        let rng = &mut rand::rng();
        let instance = InstanceTag::random(rng);
        let conversation = |number, instance| {
            let rng = StdRng::from_rng(&mut rand::rng());
            Conversation::new(Config::new(testing::key(number), instance, rng))
        };
        let theirs = conversation(0, InstanceTag::random(rng));
        let ours = conversation(1, instance);
        let buffer = ReorderBuffer::new(instance);
        let mut bench = Self { theirs, ours, buffer, now: AT_ONCE };
        let offer = bench.theirs.start(AT_ONCE);
        bench.carry(wires(offer));
        bench
    }

    /// Carries to us and back until nothing is under way.
    fn carry(&mut self, mut to_us: Vec<String>) {
        while !to_us.is_empty() {
            let answers = to_us.iter().flat_map(|wire| self.ours.receive(wire, AT_ONCE));
            let answers = wires(answers.collect());
            to_us =
                answers.iter().flat_map(|wire| wires(self.theirs.receive(wire, AT_ONCE))).collect();
        }
    }

    /// What they write, on its way.
    fn written<const N: usize>(&mut self) -> [String; N] {
        core::array::from_fn(|number| {
            let audience = self.theirs.audience();
            assert_ne!(audience, Audience::Everybody);
            let text = format!("text {number}");
            wires(self.theirs.send(&text, audience, AT_ONCE).unwrap()).remove(0)
        })
    }

    /// What they hear of us, so that they go on to other keys.
    fn answered(&mut self, wire: &str) {
        self.carry(vec![wire.to_owned()]);
        let audience = self.ours.audience();
        for wire in wires(self.ours.send("an answer", audience, AT_ONCE).unwrap()) {
            drop(self.theirs.receive(&wire, AT_ONCE));
        }
    }

    fn take_in(&mut self, wire: &str) -> Vec<String> {
        self.buffer.push(wire.to_owned(), self.now)
    }

    /// Waits as long as something is to wait.
    fn overdue(&mut self) -> Vec<String> {
        let until = self.buffer.deadline().unwrap();
        let too_soon = Timestamp::from_millis(until.as_millis() - 1);
        assert!(self.buffer.handle_timeout(too_soon).is_empty());
        self.now = until;
        self.buffer.handle_timeout(until)
    }
}

#[test]
fn what_comes_in_order_waits_for_nothing() {
    let mut bench = Bench::new();
    for wire in bench.written::<5>() {
        assert_eq!(bench.take_in(&wire), [wire]);
        assert_eq!(bench.buffer.deadline(), None);
    }
}

#[test]
fn neighbours_are_put_in_order_under_any_keys() {
    let mut bench = Bench::new();
    let [first, second, third, fourth] = bench.written();
    assert!(bench.take_in(&second).is_empty());
    assert_eq!(bench.take_in(&first), [first.clone(), second]);
    assert!(bench.take_in(&fourth).is_empty());
    assert_eq!(bench.take_in(&third), [third, fourth]);
    assert_eq!(bench.buffer.deadline(), None);
    bench.answered(&first);
    let [fifth, sixth] = bench.written();
    let position = |wire| Position::of(wire).unwrap();
    assert!(!position(&fifth).is_under_same_keys(&position(&first)), "under new keys");
    assert!(bench.take_in(&sixth).is_empty());
    assert_eq!(bench.take_in(&fifth), [fifth, sixth]);
}

#[test]
fn what_is_lost_is_waited_for_once_and_not_for_ever() {
    let mut bench = Bench::new();
    let [first, _lost, third, fourth, fifth] = bench.written();
    assert_eq!(bench.take_in(&first), [first]);
    assert!(bench.take_in(&fourth).is_empty());
    assert!(bench.take_in(&third).is_empty());
    assert_eq!(bench.overdue(), [third, fourth]);
    assert_eq!(bench.take_in(&fifth), [fifth]);
}

#[test]
fn after_a_resumption_all_wait_for_each_other() {
    let mut bench = Bench::new();
    let [old] = bench.written();
    let [last] = bench.written();
    bench.answered(&old);
    let [under_new_keys] = bench.written();
    bench.take_in(&old);
    bench.buffer.link_resumed(bench.now);
    assert!(bench.take_in(&under_new_keys).is_empty());
    assert!(bench.take_in(&last).is_empty());
    assert_eq!(bench.buffer.deadline(), None);
    bench.buffer.caught_up(bench.now);
    assert_eq!(bench.overdue(), [last, under_new_keys]);
    let [next] = bench.written();
    assert_eq!(bench.take_in(&next), [next]);
}

#[test]
fn what_is_missing_when_a_resumption_has_settled_is_still_waited_for() {
    let mut bench = Bench::new();
    let [first, second, third] = bench.written();
    bench.buffer.link_resumed(bench.now);
    assert!(bench.take_in(&first).is_empty());
    assert!(bench.take_in(&third).is_empty());
    bench.buffer.caught_up(bench.now);
    assert_eq!(bench.overdue(), [first]);
    assert_eq!(bench.take_in(&second), [second, third]);
}

#[test]
fn a_slow_server_is_waited_for_until_it_has_sent_what_it_kept() {
    let mut bench = Bench::new();
    let [first, second] = bench.written();
    bench.buffer.link_resumed(bench.now);
    bench.now = bench.now + Duration::from_secs(60);
    assert!(bench.take_in(&second).is_empty());
    assert!(bench.buffer.handle_timeout(bench.now).is_empty());
    assert!(bench.take_in(&first).is_empty());
    bench.buffer.caught_up(bench.now);
    assert_eq!(bench.buffer.deadline(), Some(bench.now));
    assert_eq!(bench.buffer.handle_timeout(bench.now), [first, second]);
}

#[test]
fn what_waits_when_the_connection_breaks_waits_for_the_next() {
    let mut bench = Bench::new();
    let [first, second, third, fourth] = bench.written();
    assert!(bench.take_in(&second).is_empty());
    bench.buffer.link_down();
    assert_eq!(bench.buffer.deadline(), None);
    assert!(bench.buffer.handle_timeout(bench.now + Duration::from_secs(60)).is_empty());
    bench.buffer.link_resumed(bench.now);
    assert!(bench.take_in(&first).is_empty());
    bench.buffer.caught_up(bench.now);
    assert_eq!(bench.overdue(), [first, second]);
    // Where there is nothing to go on with, what is missing never comes.
    assert!(bench.take_in(&fourth).is_empty());
    bench.buffer.link_down();
    assert_eq!(bench.buffer.link_replaced(), [fourth]);
    assert_eq!(bench.take_in(&third), [third]);
}

#[test]
fn many_that_come_after_a_resumption_do_not_end_the_wait() {
    let mut bench = Bench::new();
    let written: [String; WAITING_MAX + 3] = bench.written();
    let [rest @ .., before_last, last] = &written;
    bench.buffer.link_resumed(bench.now);
    let ready = rest.iter().flat_map(|wire| bench.take_in(wire)).collect::<Vec<_>>();
    assert_eq!(ready, rest);
    assert!(bench.take_in(last).is_empty());
    assert!(bench.take_in(before_last).is_empty());
    bench.buffer.caught_up(bench.now);
    assert_eq!(bench.overdue(), [before_last.clone(), last.clone()]);
}

#[test]
fn a_program_that_counts_on_under_new_keys_is_waited_for_once() {
    let mut bench = Bench::new();
    let [first, _not_of_these_keys, third] = bench.written();
    // As it looks under new keys to somebody who counts on: nothing begins at 1.
    assert!(bench.take_in(&third).is_empty());
    assert_eq!(bench.overdue(), [&*third]);
    bench.buffer.reset();
    assert_eq!(bench.take_in(&third), [third]);
    assert_eq!(bench.take_in(&first), [first]);
}

#[test]
fn an_exchange_of_keys_and_what_is_readable_do_not_wait() {
    let mut bench = Bench::new();
    let [_, second] = bench.written();
    assert!(bench.take_in(&second).is_empty());
    assert_eq!(bench.take_in("readable"), ["readable"]);
    let offer = wires(bench.theirs.start(AT_ONCE)).remove(0);
    assert_eq!(bench.take_in(&offer), [second, offer]);
    assert_eq!(bench.buffer.deadline(), None);
}

#[test]
fn no_more_than_so_many_wait() {
    let mut bench = Bench::new();
    let written: [String; WAITING_MAX + 2] = bench.written();
    let (_lost, rest) = written.split_first().unwrap();
    let (last, waiting) = rest.split_last().unwrap();
    for wire in waiting.iter().rev() {
        assert!(bench.take_in(wire).is_empty());
    }
    assert_eq!(bench.take_in(last), rest);
}

#[test]
fn another_instance_is_none_of_ours() {
    let mut bench = Bench::new();
    let [_, second] = bench.written();
    bench.buffer.own = InstanceTag::random(&mut rand::rng());
    assert_eq!(bench.take_in(&second), [second]);
}
