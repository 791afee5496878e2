//! Brings the contact's private messages into the order in which they were written: servers swap
//! some when a stream is resumed, and the protocol drops what comes after a later one.
//!
//! Not here: what came twice (the link drops it).

mod position;
#[cfg(test)]
mod tests;

use alloc::collections::VecDeque;
use alloc::vec;
use alloc::vec::Vec;
use core::mem;

pub use position::Position;

use crate::instance::InstanceTag;
use crate::text_kind::TextKind;
use crate::timestamp::Timestamp;

/// How long a message waits for those before it.
const PATIENCE_MS: u64 = 500;
/// How long after a resumption all wait for each other at least: two may stand under different
/// keys, and then nothing tells that one is missing.
const SETTLING_MS: u64 = 200;
/// No more wait at once, and no more bytes of them.
const WAITING_MAX: usize = 64;
const WAITING_BYTES_MAX: usize = 1024 * 1024;
/// So many pairs of keys are remembered, and so many programs that count on: more than the protocol
/// accepts at once, of two programs.
const PAIRS_MAX: usize = 8;

/// What came too early, and how far the others are. `T` is a message and what is known of it; its
/// text is the network message.
#[derive(Debug)]
pub struct Order<T> {
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
    pub const fn new(ours: InstanceTag) -> Self {
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
    pub fn begin(&mut self) {
        self.passed.clear();
    }

    /// Nothing comes for a while, however long that is.
    pub fn link_down(&mut self) {
        (self.line, self.until) = (Line::Down, None);
    }

    /// Our stream was resumed; what comes now may be swapped.
    pub fn resumed(&mut self, now: Timestamp) {
        (self.line, self.until) = (Line::Resumed(now.plus_millis(SETTLING_MS)), None);
    }

    /// The server has sent what it kept for us.
    pub fn caught_up(&mut self, now: Timestamp) {
        if let Line::Resumed(earliest) = self.line {
            self.until = Some(earliest.max(now));
        }
    }

    /// Our stream is a new one. What is missing is lost, and all the others can be read.
    pub fn begin_anew(&mut self) -> Vec<T> {
        self.line = Line::Steady;
        self.release()
    }

    /// When somebody waits no longer.
    pub const fn deadline(&self) -> Option<Timestamp> {
        self.until
    }

    /// Takes one in; gives back what can be read now, in order.
    pub fn take_in(&mut self, received: T, now: Timestamp) -> Vec<T> {
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
    pub fn is_behind(&self, body: &str) -> bool {
        Position::of(body).is_some_and(|position| {
            self.passed.iter().any(|last| last.sender == position.sender && *last > position)
        })
    }

    /// Gives back what waited long enough.
    pub fn overdue(&mut self, now: Timestamp) -> Vec<T> {
        if self.until.is_none_or(|until| until > now) {
            return Vec::new();
        }
        self.until = None;
        if mem::replace(&mut self.line, Line::Steady) != Line::Steady {
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
                None => Some(now.plus_millis(PATIENCE_MS)),
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
        let waiting = mem::take(&mut self.waiting);
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
