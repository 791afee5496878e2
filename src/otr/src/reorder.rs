//! Puts the data messages of a contact into the order in which they were written, before
//! [`Conversation::receive`](crate::Conversation::receive) reads them. For networks that may swap
//! two messages, as XMPP servers do when a stream is resumed (XEP-0198, section 5): the protocol
//! drops a data message whose counter is not above that of the last one under the same keys (OTRv3,
//! "Data Message"), and so loses what comes after a later one.
//!
//! Nothing here is authenticated: a forged message can make another wait, but for half a second at
//! most. A message that comes twice is passed on twice.
//!
//! ```
//! use otr::reorder::ReorderBuffer;
//! use otr::{InstanceTag, Timestamp};
//!
//! # let own = InstanceTag::new(0x100).expect("at least 0x100");
//! // The instance tag is that of the conversation.
//! let mut buffer = ReorderBuffer::new(own);
//! // Whatever came from the contact goes through the buffer, and what it gives back is read.
//! let now = Timestamp::from_millis(0);
//! assert_eq!(buffer.push("words in clear wait for nothing", now).len(), 1);
//! // As with a conversation: to be woken at its deadline.
//! if let Some(deadline) = buffer.deadline() {
//!     let ready = buffer.handle_timeout(deadline);
//!     # drop(ready);
//! }
//! ```

mod position;
#[cfg(test)]
mod tests;

use alloc::collections::VecDeque;
use alloc::vec;
use alloc::vec::Vec;
use core::{fmt, mem};

pub use position::Position;

use crate::instance::InstanceTag;
use crate::text_kind::TextKind;
use crate::timestamp::Timestamp;

/// How long a message waits for those before it.
const PATIENCE_MS: u64 = 500;
/// How long after a resumption all wait for each other at least: two may stand under different
/// keys, and then nothing tells that one is missing.
const SETTLING_MS: u64 = 200;
/// No more messages wait at once, and no more bytes of them.
const WAITING_MAX: usize = 64;
const WAITING_BYTES_MAX: usize = 1024 * 1024;
/// So many pairs of keys are remembered, and so many clients that continue their counter: more than
/// the protocol accepts at once, of two clients.
const PAIRS_MAX: usize = 8;

/// Data messages that came too early, and how far the others of the contact are. `T` is a network
/// message with whatever the caller knows of it; [`AsRef::as_ref`] gives its text.
///
/// At most 64 messages or 1 MiB of text wait; beyond that all go on without what is missing.
pub struct ReorderBuffer<T> {
    own: InstanceTag,
    waiting: Vec<(Position, T)>,
    deadline: Option<Timestamp>,
    phase: LinkPhase,
    /// The last that was passed on under each pair of keys, newest pair last.
    passed: VecDeque<Position>,
    /// Clients that do not begin at 1 under new keys, as waiting in vain has shown.
    continues_counter: Vec<InstanceTag>,
}

/// How messages come from the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LinkPhase {
    /// One after another: a message waits only if one is missing before it.
    Steady,
    /// Not now. What is missing comes first when the connection is resumed.
    Down,
    /// The connection was resumed: all wait until the server has sent what it kept, and not less
    /// than until this moment.
    Resumed(Timestamp),
}

impl<T> fmt::Debug for ReorderBuffer<T> {
    /// How many wait, and until when.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReorderBuffer")
            .field("waiting", &self.waiting.len())
            .field("deadline", &self.deadline)
            .field("phase", &self.phase)
            .finish_non_exhaustive()
    }
}

impl<T: AsRef<str>> ReorderBuffer<T> {
    /// Orders messages to the client with this instance tag; those to others pass.
    #[must_use]
    pub const fn new(own: InstanceTag) -> Self {
        Self {
            own,
            waiting: Vec::new(),
            deadline: None,
            phase: LinkPhase::Steady,
            passed: VecDeque::new(),
            continues_counter: Vec::new(),
        }
    }

    /// To be called when a session began or was refreshed: key ids and counters begin again (OTRv3,
    /// "Key Management").
    pub fn reset(&mut self) {
        self.passed.clear();
    }

    /// The connection is lost. What waits does so until another call tells what became of it,
    /// however long that is.
    pub const fn link_down(&mut self) {
        (self.phase, self.deadline) = (LinkPhase::Down, None);
    }

    /// The connection goes on where it broke (XEP-0198, section 5); what comes now may be swapped,
    /// and waits for [`ReorderBuffer::caught_up`].
    pub const fn link_resumed(&mut self, now: Timestamp) {
        (self.phase, self.deadline) = (LinkPhase::Resumed(now.plus_millis(SETTLING_MS)), None);
    }

    /// After a resumption, the server has sent what it kept for us.
    pub fn caught_up(&mut self, now: Timestamp) {
        if let LinkPhase::Resumed(earliest) = self.phase {
            self.deadline = Some(earliest.max(now));
        }
    }

    /// The connection is a new one, so what is missing is lost. Gives back all that waited, in
    /// order.
    #[must_use]
    pub fn link_replaced(&mut self) -> Vec<T> {
        self.phase = LinkPhase::Steady;
        self.release()
    }

    /// When [`ReorderBuffer::handle_timeout`] wants to be called next; `None`: nothing waits for a
    /// time.
    #[must_use]
    pub const fn deadline(&self) -> Option<Timestamp> {
        self.deadline
    }

    /// Takes a network message; gives back what can be read now, in order. Everything but a data
    /// message to us passes at once, an exchange of keys behind all that waited.
    #[must_use]
    pub fn push(&mut self, message: T, now: Timestamp) -> Vec<T> {
        match Position::of(message.as_ref()) {
            Some(position) if position.receiver.is_none_or(|receiver| receiver == self.own) => {
                self.waiting.push((position, message));
                self.waiting.sort_by_key(|(position, _)| *position);
                let mut ready = Vec::new();
                if self.phase == LinkPhase::Steady || self.is_overfull() {
                    ready = self.proceed(now);
                }
                if self.is_overfull() {
                    ready.extend(self.release());
                }
                ready
            }
            // An exchange of keys does not overtake what was written before it.
            None if TextKind::of(message.as_ref()) == TextKind::Protocol => {
                let mut ready = self.release();
                ready.push(message);
                ready
            }
            Some(_) | None => vec![message],
        }
    }

    /// Whether a later data message of the same client was passed on already: a text read now would
    /// stand behind what was said after it.
    #[must_use]
    pub fn is_overtaken(&self, message: &str) -> bool {
        Position::of(message).is_some_and(|position| {
            self.passed.iter().any(|last| last.sender == position.sender && *last > position)
        })
    }

    /// Gives back what waited long enough; nothing before [`ReorderBuffer::deadline`].
    #[must_use]
    pub fn handle_timeout(&mut self, now: Timestamp) -> Vec<T> {
        if self.deadline.is_none_or(|deadline| deadline > now) {
            return Vec::new();
        }
        self.deadline = None;
        if mem::replace(&mut self.phase, LinkPhase::Steady) != LinkPhase::Steady {
            return self.proceed(now);
        }
        if let Some((first, _)) = self.waiting.first()
            && self.last_before(first).is_none()
            && self.continues_counter.len() < PAIRS_MAX
        {
            self.continues_counter.push(first.sender);
        }
        self.release()
    }

    /// All before which no message is missing.
    fn proceed(&mut self, now: Timestamp) -> Vec<T> {
        let mut ready = Vec::new();
        while let Some((position, _)) = self.waiting.first()
            && !self.is_early(position)
        {
            let (position, message) = self.waiting.remove(0);
            self.pass(position);
            ready.push(message);
        }
        if self.phase == LinkPhase::Steady {
            self.deadline = match self.deadline {
                _ if self.waiting.is_empty() => None,
                None => Some(now.plus_millis(PATIENCE_MS)),
                deadline => deadline,
            };
        }
        ready
    }

    /// All that wait, in order.
    fn release(&mut self) -> Vec<T> {
        if self.phase == LinkPhase::Steady {
            self.deadline = None;
        }
        let waiting = mem::take(&mut self.waiting);
        waiting
            .into_iter()
            .map(|(position, message)| {
                self.pass(position);
                message
            })
            .collect()
    }

    fn is_overfull(&self) -> bool {
        let bytes: usize = self.waiting.iter().map(|(_, message)| message.as_ref().len()).sum();
        self.waiting.len() > WAITING_MAX || bytes > WAITING_BYTES_MAX
    }

    /// Whether a message is missing before this one.
    fn is_early(&self, position: &Position) -> bool {
        match self.last_before(position) {
            Some(last) => position.counter > last.counter.saturating_add(1),
            None => position.counter > 1 && !self.continues_counter.contains(&position.sender),
        }
    }

    /// The last that was passed on under the same keys.
    fn last_before(&self, position: &Position) -> Option<&Position> {
        self.passed.iter().find(|passed| passed.is_under_same_keys(position))
    }

    /// Remembers that one is passed on.
    fn pass(&mut self, position: Position) {
        match self.passed.iter_mut().find(|passed| passed.is_under_same_keys(&position)) {
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
