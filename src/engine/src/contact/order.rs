//! Brings the contact's private messages into the order in which they were written: servers swap
//! some when a stream is resumed, and the protocol drops what comes after a later one.
//!
//! Not here: what came twice (the link drops it).

use std::collections::VecDeque;
use std::time::Duration;

use otr::{InstanceTag, Position, TextKind, Timestamp};

/// How long a message waits for those before it.
const PATIENCE: Duration = Duration::from_millis(500);
/// How long after a resumption all wait for each other at least: two may stand under different
/// keys, and then nothing tells that one is missing.
const SETTLING: Duration = Duration::from_millis(200);
/// No more wait at once, and no more bytes of them.
const WAITING_MAX: usize = 64;
const WAITING_BYTES_MAX: usize = 1024 * 1024;
/// So many pairs of keys are remembered, and so many programs that count on: more than the protocol
/// accepts at once, of two programs.
const PAIRS_MAX: usize = 8;

/// What came too early, and how far the others are. `T` is a message and what is known of it; its
/// text is the network message.
#[derive(Debug)]
pub(super) struct Order<T> {
    ours: InstanceTag,
    waiting: Vec<(Position, T)>,
    until: Option<Timestamp>,
    line: Line,
    /// The last that went through under each pair of keys, newest pair last.
    passed: VecDeque<Position>,
    /// Whose programs do not begin at 1 under new keys, as waiting in vain has shown.
    count_on: Vec<InstanceTag>,
}

/// How the messages come to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    /// One after another: only those wait that something is missing before.
    Steady,
    /// Not now. What is missing comes first when they do again.
    Down,
    /// Again, since a moment: all wait, until the server has sent what it kept for us, and not
    /// less than until then.
    Resumed(Timestamp),
}

impl<T: AsRef<str>> Order<T> {
    /// For messages to this instance.
    pub(super) const fn new(ours: InstanceTag) -> Self {
        Self {
            ours,
            waiting: Vec::new(),
            until: None,
            line: Line::Steady,
            passed: VecDeque::new(),
            count_on: Vec::new(),
        }
    }

    /// Keys were exchanged anew: all counting begins again.
    pub(super) fn begin(&mut self) {
        self.passed.clear();
    }

    /// Nothing comes for a while, however long that is.
    pub(super) fn link_down(&mut self) {
        (self.line, self.until) = (Line::Down, None);
    }

    /// Our stream was resumed; what comes now may be swapped.
    pub(super) fn resumed(&mut self, now: Timestamp) {
        (self.line, self.until) = (Line::Resumed(now + SETTLING), None);
    }

    /// The server has sent what it kept for us.
    pub(super) fn caught_up(&mut self, now: Timestamp) {
        if let Line::Resumed(earliest) = self.line {
            self.until = Some(earliest.max(now));
        }
    }

    /// Our stream is a new one. What is missing is lost, and all the others can be read.
    pub(super) fn begin_anew(&mut self) -> Vec<T> {
        self.line = Line::Steady;
        self.release()
    }

    /// When somebody waits no longer.
    pub(super) const fn deadline(&self) -> Option<Timestamp> {
        self.until
    }

    /// Takes one in; gives back what can be read now, in order.
    pub(super) fn take_in(&mut self, received: T, now: Timestamp) -> Vec<T> {
        match Position::of(received.as_ref()) {
            Some(position) if position.receiver.is_none_or(|receiver| receiver == self.ours) => {
                self.waiting.push((position, received));
                self.waiting.sort_by_key(|(position, _)| *position);
                let mut ready = Vec::new();
                if self.line == Line::Steady || self.is_overfull() {
                    ready = self.proceed(now);
                }
                if self.is_overfull() {
                    ready.extend(self.release());
                }
                ready
            }
            // An exchange of keys is not to be overtaken by what was written before it.
            None if TextKind::of(received.as_ref()) == TextKind::Protocol => {
                let mut ready = self.release();
                ready.push(received);
                ready
            }
            Some(_) | None => vec![received],
        }
    }

    /// Whether what its program wrote later went through already: shown now, it would stand behind
    /// what it was said before.
    pub(super) fn is_behind(&self, body: &str) -> bool {
        Position::of(body).is_some_and(|position| {
            self.passed.iter().any(|last| last.sender == position.sender && *last > position)
        })
    }

    /// Gives back what waited long enough.
    pub(super) fn overdue(&mut self, now: Timestamp) -> Vec<T> {
        if self.until.is_none_or(|until| until > now) {
            return Vec::new();
        }
        self.until = None;
        if std::mem::replace(&mut self.line, Line::Steady) != Line::Steady {
            return self.proceed(now);
        }
        if let Some((first, _)) = self.waiting.first()
            && self.last_before(first).is_none()
            && self.count_on.len() < PAIRS_MAX
        {
            self.count_on.push(first.sender);
        }
        self.release()
    }

    /// What nothing is missing before.
    fn proceed(&mut self, now: Timestamp) -> Vec<T> {
        let mut ready = Vec::new();
        while let Some((position, _)) = self.waiting.first()
            && !self.is_early(position)
        {
            let (position, received) = self.waiting.remove(0);
            self.passes(position);
            ready.push(received);
        }
        if self.line == Line::Steady {
            self.until = match self.until {
                _ if self.waiting.is_empty() => None,
                None => Some(now + PATIENCE),
                until => until,
            };
        }
        ready
    }

    /// Everything, in order.
    fn release(&mut self) -> Vec<T> {
        if self.line == Line::Steady {
            self.until = None;
        }
        let waiting = std::mem::take(&mut self.waiting);
        waiting
            .into_iter()
            .map(|(position, received)| {
                self.passes(position);
                received
            })
            .collect()
    }

    fn is_overfull(&self) -> bool {
        let bytes: usize = self.waiting.iter().map(|(_, received)| received.as_ref().len()).sum();
        self.waiting.len() > WAITING_MAX || bytes > WAITING_BYTES_MAX
    }

    /// Whether one is missing before it.
    fn is_early(&self, position: &Position) -> bool {
        match self.last_before(position) {
            Some(last) => position.counter > last.counter.saturating_add(1),
            None => position.counter > 1 && !self.count_on.contains(&position.sender),
        }
    }

    /// The last that went through under the same keys.
    fn last_before(&self, position: &Position) -> Option<&Position> {
        self.passed.iter().find(|passed| is_same_pair(passed, position))
    }

    fn passes(&mut self, position: Position) {
        match self.passed.iter_mut().find(|passed| is_same_pair(passed, &position)) {
            Some(passed) => passed.counter = passed.counter.max(position.counter),
            None => {
                if self.passed.len() == PAIRS_MAX {
                    self.passed.pop_front();
                }
                self.passed.push_back(position);
            }
        }
    }
}

/// Whether two stand under the same pair of keys.
fn is_same_pair(one: &Position, other: &Position) -> bool {
    Position { counter: 0, ..*one } == Position { counter: 0, ..*other }
}

#[cfg(test)]
mod tests {
    use otr::{Audience, Conversation, Output, Outputs, PrivateKey, Timestamp};

    use super::*;
    use crate::contact::session;

    const AT_ONCE: Timestamp = Timestamp::from_millis(0);

    /// The contact's program in a private conversation with ours, and how far ours has put things
    /// in order.
    struct Bench {
        theirs: Conversation,
        ours: Conversation,
        order: Order<String>,
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
            let theirs = session::conversation(PrivateKey::generate(rng), InstanceTag::random(rng));
            let ours = session::conversation(PrivateKey::generate(rng), instance);
            let order = Order::new(instance);
            let mut bench = Self { theirs, ours, order, now: AT_ONCE };
            let offer = bench.theirs.start(AT_ONCE);
            bench.carry(wires(offer));
            bench
        }

        /// Carries to us and back until nothing is under way.
        fn carry(&mut self, mut to_us: Vec<String>) {
            while !to_us.is_empty() {
                let answers = to_us.iter().flat_map(|wire| self.ours.receive(wire, AT_ONCE));
                let answers = wires(answers.collect());
                to_us = answers
                    .iter()
                    .flat_map(|wire| wires(self.theirs.receive(wire, AT_ONCE)))
                    .collect();
            }
        }

        /// What they write, on its way.
        fn written<const N: usize>(&mut self) -> [String; N] {
            std::array::from_fn(|number| {
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
            self.order.take_in(wire.to_owned(), self.now)
        }

        /// Waits as long as something is to wait.
        fn overdue(&mut self) -> Vec<String> {
            let until = self.order.deadline().unwrap();
            let too_soon = Timestamp::from_millis(until.as_millis() - 1);
            assert!(self.order.overdue(too_soon).is_empty());
            self.now = until;
            self.order.overdue(until)
        }
    }

    #[test]
    fn what_comes_in_order_waits_for_nothing() {
        let mut bench = Bench::new();
        for wire in bench.written::<5>() {
            assert_eq!(bench.take_in(&wire), [wire]);
            assert_eq!(bench.order.deadline(), None);
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
        assert_eq!(bench.order.deadline(), None);
        bench.answered(&first);
        let [fifth, sixth] = bench.written();
        assert_ne!(Position::of(&fifth).unwrap().receiver_key_id, 1);
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
        bench.order.resumed(bench.now);
        assert!(bench.take_in(&under_new_keys).is_empty());
        assert!(bench.take_in(&last).is_empty());
        assert_eq!(bench.order.deadline(), None);
        bench.order.caught_up(bench.now);
        assert_eq!(bench.overdue(), [last, under_new_keys]);
        let [next] = bench.written();
        assert_eq!(bench.take_in(&next), [next]);
    }

    #[test]
    fn what_is_missing_when_a_resumption_has_settled_is_still_waited_for() {
        let mut bench = Bench::new();
        let [first, second, third] = bench.written();
        bench.order.resumed(bench.now);
        assert!(bench.take_in(&first).is_empty());
        assert!(bench.take_in(&third).is_empty());
        bench.order.caught_up(bench.now);
        assert_eq!(bench.overdue(), [first]);
        assert_eq!(bench.take_in(&second), [second, third]);
    }

    #[test]
    fn a_slow_server_is_waited_for_until_it_has_sent_what_it_kept() {
        let mut bench = Bench::new();
        let [first, second] = bench.written();
        bench.order.resumed(bench.now);
        bench.now = bench.now + Duration::from_secs(60);
        assert!(bench.take_in(&second).is_empty());
        assert!(bench.order.overdue(bench.now).is_empty());
        assert!(bench.take_in(&first).is_empty());
        bench.order.caught_up(bench.now);
        assert_eq!(bench.order.deadline(), Some(bench.now));
        assert_eq!(bench.order.overdue(bench.now), [first, second]);
    }

    #[test]
    fn what_waits_when_the_connection_breaks_waits_for_the_next() {
        let mut bench = Bench::new();
        let [first, second, third, fourth] = bench.written();
        assert!(bench.take_in(&second).is_empty());
        bench.order.link_down();
        assert_eq!(bench.order.deadline(), None);
        assert!(bench.order.overdue(bench.now + Duration::from_secs(60)).is_empty());
        bench.order.resumed(bench.now);
        assert!(bench.take_in(&first).is_empty());
        bench.order.caught_up(bench.now);
        assert_eq!(bench.overdue(), [first, second]);
        // Where there is nothing to go on with, what is missing never comes.
        assert!(bench.take_in(&fourth).is_empty());
        bench.order.link_down();
        assert_eq!(bench.order.begin_anew(), [fourth]);
        assert_eq!(bench.take_in(&third), [third]);
    }

    #[test]
    fn many_that_come_after_a_resumption_do_not_end_the_wait() {
        let mut bench = Bench::new();
        let written: [String; WAITING_MAX + 3] = bench.written();
        let [rest @ .., before_last, last] = &written;
        bench.order.resumed(bench.now);
        let ready = rest.iter().flat_map(|wire| bench.take_in(wire)).collect::<Vec<_>>();
        assert_eq!(ready, rest);
        assert!(bench.take_in(last).is_empty());
        assert!(bench.take_in(before_last).is_empty());
        bench.order.caught_up(bench.now);
        assert_eq!(bench.overdue(), [before_last.clone(), last.clone()]);
    }

    #[test]
    fn a_program_that_counts_on_under_new_keys_is_waited_for_once() {
        let mut bench = Bench::new();
        let [first, _not_of_these_keys, third] = bench.written();
        // As it looks under new keys to somebody who counts on: nothing begins at 1.
        assert!(bench.take_in(&third).is_empty());
        assert_eq!(bench.overdue(), [&*third]);
        bench.order.begin();
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
        assert_eq!(bench.order.deadline(), None);
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
        bench.order.ours = InstanceTag::random(&mut rand::rng());
        assert_eq!(bench.take_in(&second), [second]);
    }
}
