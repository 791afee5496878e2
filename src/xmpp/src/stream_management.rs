//! Stream management (XEP-0198): counts stanzas in both directions, and keeps what the server has
//! not acknowledged.
//!
//! Where a server offers none, a ping (XEP-0199) takes the place of `<r/>`: the server handles the
//! stanzas of one stream in order (RFC 6120 §10.1), so its result acknowledges all before it. Such
//! a session cannot be resumed.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;
use tokio_xmpp::jid::FullJid;
use tokio_xmpp::minidom::Element;

use crate::ResumeToken;
use crate::xml::{WithAttribute, iq, ns, random_id};

/// Limit of stanzas sent and not yet acknowledged.
const WINDOW: usize = 32;
/// Limit of stanzas not yet sent; at the limit no more commands are taken.
const QUEUE_MAX: usize = 256;
/// Limit at which results of others' IQ requests are dropped: who asks faster than the server takes
/// our results gets none.
const QUEUE_WITH_ANSWERS_MAX: usize = 2 * QUEUE_MAX;
/// How long an acknowledgement may take. Shorter limits caused storms of duplicates on slow
/// servers.
const ACK_TIMEOUT: Duration = Duration::from_secs(30);
/// The same after a hint that the connection is gone, as when the computer wakes up.
const PROBE_TIMEOUT: Duration = Duration::from_secs(5);

/// A stanza to be sent, or sent and not yet acknowledged.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) element: Element,
    /// Names a message in [`Event::Acked`](crate::Event::Acked) and
    /// [`Event::DeliveryUnknown`](crate::Event::DeliveryUnknown).
    pub(crate) tag: Option<u64>,
}

/// How the server acknowledges stanzas.
#[derive(Debug)]
enum Mode {
    /// By `<a/>` (XEP-0198). `resume_id` is the SM-ID, where the server allows resumption.
    Managed { resume_id: Option<String> },
    /// By the results of our pings (XEP-0199).
    PingFallback,
}

/// A request for an acknowledgement, `<r/>` or a ping.
#[derive(Debug)]
struct AckRequest {
    deadline: Instant,
    /// The number of stanzas sent before it, which the result of a ping acknowledges.
    sent: u32,
    ping_id: String,
}

/// The server acknowledged more stanzas than were sent.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the server confirmed more stanzas than were sent")]
pub(crate) struct AckOutOfRange;

/// The counters and queues of one XEP-0198 session, over one stream or several.
#[derive(Debug)]
pub(crate) struct StreamManagement {
    mode: Mode,
    /// Number of stanzas received, modulo 2³².
    handled: u32,
    /// How many of them the engine has stored, modulo 2³²; set by [`keep`](Self::keep).
    kept: u32,
    /// The `h` that answers the server's `<r/>` once the engine has stored as many.
    owed: Option<u32>,
    /// The last `h` of the server: how many stanzas of ours it has handled, modulo 2³².
    acked: u32,
    unacked: VecDeque<Outgoing>,
    queue: VecDeque<Outgoing>,
    /// Elements that are no stanzas, and so are not counted.
    nonzas: VecDeque<Element>,
    request: Option<AckRequest>,
    /// How many stanzas were sent before the last request for an acknowledgement.
    asked_at: u32,
    /// Requests an acknowledgement within this time even if nothing was sent since the last one.
    probe: Option<Duration>,
    /// Set by a resumption, cleared by the first acknowledgement after it.
    awaiting_first_ack: bool,
    was_resumed: bool,
    /// Tags of the stanzas that an earlier process sent and that were not acknowledged by then. The
    /// stanzas themselves are not known any more.
    unacked_from_previous_run: Option<VecDeque<Option<u64>>>,
}

/// What a [`ResumeToken`] contains of the counters; compared to see whether it has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counters {
    handled: u32,
    acked: u32,
    sent: u32,
}

/// What the `h` of `<resumed/>` says of earlier messages, by their tags.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Resumed {
    pub(crate) acked: Vec<u64>,
    /// Sent by an earlier process and not handled by the server. They cannot be sent again from
    /// here.
    pub(crate) unknown: Vec<u64>,
}

impl StreamManagement {
    /// A session with XEP-0198; `resume_id` if the server allows resumption.
    pub(crate) fn managed(resume_id: Option<String>) -> Self {
        Self::new(Mode::Managed { resume_id })
    }

    /// A session without XEP-0198.
    pub(crate) fn ping_fallback() -> Self {
        Self::new(Mode::PingFallback)
    }

    fn new(mode: Mode) -> Self {
        Self {
            mode,
            handled: 0,
            kept: 0,
            owed: None,
            acked: 0,
            unacked: VecDeque::new(),
            queue: VecDeque::new(),
            nonzas: VecDeque::new(),
            request: None,
            asked_at: 0,
            probe: None,
            awaiting_first_ack: false,
            was_resumed: false,
            unacked_from_previous_run: None,
        }
    }

    /// A session of an earlier process, which is to be resumed.
    pub(crate) fn from_token(resume: ResumeToken) -> Self {
        let ResumeToken { id, handled, acked, unconfirmed, jid: _ } = resume;
        Self {
            handled,
            kept: handled,
            acked,
            asked_at: acked,
            unacked_from_previous_run: Some(unconfirmed.into()),
            ..Self::managed(Some(id.into_inner()))
        }
    }

    /// Changes whenever [`resume_token`](Self::resume_token) does.
    pub(crate) fn counters(&self) -> Counters {
        Counters { handled: self.handled, acked: self.acked, sent: self.sent() }
    }

    /// What a later process needs to resume; `None` where the server does not allow it.
    pub(crate) fn resume_token(&self, jid: &FullJid) -> Option<ResumeToken> {
        let Mode::Managed { resume_id: Some(id) } = &self.mode else { return None };
        let unacked_from_previous_run = self.unacked_from_previous_run.iter().flatten().copied();
        Some(ResumeToken {
            jid: jid.clone(),
            id: id.as_str().into(),
            handled: self.handled,
            acked: self.acked,
            unconfirmed: unacked_from_previous_run
                .chain(self.unacked.iter().map(|sent| sent.tag))
                .collect(),
        })
    }

    /// Whether a command may be taken, which may queue a stanza.
    pub(crate) fn accepts(&self) -> bool {
        self.queue.len() < QUEUE_MAX
    }

    /// Queues a stanza.
    pub(crate) fn push(&mut self, outgoing: Outgoing) {
        self.queue.push_back(outgoing);
    }

    /// Queues the result of an IQ request, or drops it where too much waits.
    pub(crate) fn push_answer(&mut self, element: Element) {
        if self.queue.len() < QUEUE_WITH_ANSWERS_MAX {
            self.push(Outgoing { element, tag: None });
        }
    }

    /// Queues an element that is no stanza. Of each namespace only the newest is sent.
    pub(crate) fn push_nonza(&mut self, nonza: Element) {
        self.nonzas.retain(|other| other.ns() != nonza.ns());
        self.nonzas.push_back(nonza);
    }

    /// Counts a stanza of the server.
    pub(crate) fn received(&mut self) {
        self.handled = self.handled.wrapping_add(1);
    }

    /// Handles `<r/>`. Where a later process may resume the session, the answer waits until the
    /// engine has stored what came: the server does not send again what was acknowledged.
    pub(crate) fn answer_request(&mut self) {
        if self.is_resumable() && self.kept != self.handled {
            self.owed = Some(self.handled);
        } else {
            self.answer(self.handled);
        }
    }

    /// Whether an answer to `<r/>` waits for the engine.
    pub(crate) const fn owes_answer(&self) -> bool {
        self.owed.is_some()
    }

    /// The engine has stored that many stanzas of that session.
    pub(crate) fn keep(&mut self, session: &str, handled: u32) {
        let is_ours = matches!(&self.mode, Mode::Managed { resume_id: Some(id) } if id == session);
        if !is_ours || !is_at_least(self.handled, handled) {
            return;
        }
        self.kept = handled;
        if self.owed.take_if(|owed| is_at_least(handled, *owed)).is_some() {
            self.answer(handled);
        }
    }

    /// Queues `<a/>`; it replaces one that still waits.
    fn answer(&mut self, handled: u32) {
        self.push_nonza(Element::builder("a", ns::SM).with("h", handled).build());
    }

    /// Requests an acknowledgement to find out whether the connection lives; `urgent` sets the
    /// shorter limit.
    pub(crate) fn probe(&mut self, urgent: bool, now: Instant) {
        let timeout = if urgent { PROBE_TIMEOUT } else { ACK_TIMEOUT };
        match &mut self.request {
            Some(request) => request.deadline = request.deadline.min(now + timeout),
            None => self.probe = Some(timeout),
        }
    }

    /// When the connection counts as lost: no acknowledgement came in time.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.request.as_ref().map(|request| request.deadline)
    }

    /// Whether everything was sent and acknowledged.
    pub(crate) fn is_idle(&self) -> bool {
        self.unacked.is_empty() && self.queue.is_empty() && self.nonzas.is_empty()
    }

    /// Whether [`next`](Self::next) has something to write.
    pub(crate) fn has_next(&self) -> bool {
        !self.nonzas.is_empty() || self.may_send() || self.wants_request()
    }

    /// The next element to write; a stanza then counts as sent. A request for an acknowledgement
    /// follows every burst.
    pub(crate) fn next(&mut self, now: Instant) -> Option<Cow<'_, Element>> {
        if let Some(nonza) = self.nonzas.pop_front() {
            return Some(Cow::Owned(nonza));
        }
        if self.may_send() {
            let outgoing = self.queue.pop_front()?;
            self.unacked.push_back(outgoing);
            return self.unacked.back().map(|outgoing| Cow::Borrowed(&outgoing.element));
        }
        self.wants_request().then(|| Cow::Owned(self.ask(now)))
    }

    fn may_send(&self) -> bool {
        !self.queue.is_empty() && self.unacked.len() < WINDOW
    }

    fn wants_request(&self) -> bool {
        self.request.is_none() && (self.probe.is_some() || self.sent() != self.asked_at)
    }

    fn ask(&mut self, now: Instant) -> Element {
        let timeout = self.probe.take().unwrap_or(ACK_TIMEOUT);
        let ping_id = random_id();
        let element = match self.mode {
            Mode::Managed { .. } => Element::bare("r", ns::SM),
            Mode::PingFallback => iq("get", &ping_id, Element::bare("ping", ns::PING)),
        };
        self.asked_at = self.sent();
        self.request = Some(AckRequest { deadline: now + timeout, sent: self.asked_at, ping_id });
        element
    }

    /// Number of stanzas sent, modulo 2³².
    fn sent(&self) -> u32 {
        // The window keeps the length far below 2³².
        self.acked.wrapping_add(u32::try_from(self.unacked.len()).unwrap_or(u32::MAX))
    }

    /// Handles `<a h=…/>`. Returns the tags of the messages it acknowledges.
    pub(crate) fn acknowledge(&mut self, h: u32) -> Result<Vec<u64>, AckOutOfRange> {
        let count = usize::try_from(h.wrapping_sub(self.acked)).unwrap_or(usize::MAX);
        if count > self.unacked.len() {
            return Err(AckOutOfRange);
        }
        self.acked = h;
        self.request = None;
        self.awaiting_first_ack = false;
        Ok(self.unacked.drain(..count).filter_map(|outgoing| outgoing.tag).collect())
    }

    /// Handles the result or the error of our ping; `None` if the id is not that of the ping.
    pub(crate) fn pong(&mut self, id: &str) -> Option<Result<Vec<u64>, AckOutOfRange>> {
        let request = self.request.as_ref().filter(|request| request.ping_id == id)?;
        let sent = request.sent;
        Some(self.acknowledge(sent))
    }

    /// `<resume/>`, where the server allowed resumption (§5).
    pub(crate) fn resume_request(&self) -> Option<Element> {
        let Mode::Managed { resume_id: Some(id) } = &self.mode else { return None };
        let element = Element::builder("resume", ns::SM);
        Some(element.with("previd", id.as_str()).with("h", self.handled).build())
    }

    /// Whether the server allowed resumption.
    pub(crate) const fn is_resumable(&self) -> bool {
        matches!(self.mode, Mode::Managed { resume_id: Some(_) })
    }

    /// Whether the session was resumed and the server has acknowledged nothing since. If the
    /// server falls silent now, its session is broken and resuming it again would not help.
    pub(crate) const fn awaits_first_ack(&self) -> bool {
        self.awaiting_first_ack
    }

    /// Whether the session was ever resumed.
    pub(crate) const fn was_resumed(&self) -> bool {
        self.was_resumed
    }

    /// Handles `<resumed h=…/>` (§5): what the server has not handled is sent again, before
    /// anything else.
    pub(crate) fn resumed(&mut self, h: u32) -> Result<Resumed, AckOutOfRange> {
        let outcome = match self.unacked_from_previous_run.take() {
            Some(unacked_from_previous_run) => self.inherit(unacked_from_previous_run, h),
            None => Resumed { acked: self.acknowledge(h)?, unknown: Vec::new() },
        };
        self.unacked.append(&mut self.queue);
        self.queue = std::mem::take(&mut self.unacked);
        self.nonzas.clear();
        self.asked_at = self.acked;
        self.awaiting_first_ack = true;
        self.was_resumed = true;
        // Ends the replay, and shows whether the resumed session works.
        self.probe = Some(ACK_TIMEOUT);
        Ok(outcome)
    }

    /// Compares `h` with what an earlier process sent. The server may have handled more than that
    /// process stored before it ended. It cannot have handled less than it had acknowledged: then
    /// it counts something else, and acknowledges nothing of this.
    fn inherit(&mut self, mut unacked_from_previous_run: VecDeque<Option<u64>>, h: u32) -> Resumed {
        // Modulo 2³², half of all numbers lie before any other (XEP-0198 §4, RFC 1982).
        let ahead = h.wrapping_sub(self.acked);
        let ahead = if ahead > u32::MAX / 2 { 0 } else { ahead };
        let count = usize::try_from(ahead).unwrap_or(usize::MAX);
        let rest = unacked_from_previous_run.split_off(count.min(unacked_from_previous_run.len()));
        self.acked = h;
        Resumed {
            acked: unacked_from_previous_run.into_iter().flatten().collect(),
            unknown: rest.into_iter().flatten().collect(),
        }
    }

    /// The tags of the messages that were not acknowledged, oldest first.
    pub(crate) fn into_unacked(self) -> Vec<u64> {
        let unacked_from_previous_run = self.unacked_from_previous_run.into_iter().flatten();
        let own = self.unacked.into_iter().chain(self.queue).map(|outgoing| outgoing.tag);
        unacked_from_previous_run.chain(own).flatten().collect()
    }

    /// Drops what was not sent yet, and returns the tags of the messages in it, oldest first.
    pub(crate) fn drop_queue(&mut self) -> Vec<u64> {
        self.queue.drain(..).filter_map(|outgoing| outgoing.tag).collect()
    }
}

/// Compares two counts modulo 2³², which are never far apart (RFC 1982).
const fn is_at_least(count: u32, other: u32) -> bool {
    count.wrapping_sub(other) <= u32::MAX / 2
}
