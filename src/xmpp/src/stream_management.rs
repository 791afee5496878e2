//! What was sent, what of it the server has, and how much of theirs we have (XEP-0198).
//!
//! Where a server offers no stream management a ping takes the place of `<r/>`: stanzas of one
//! stream are handled in order (RFC 6120 §10.1), so its answer tells the same, except that nothing
//! can be resumed.

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

/// So many stanzas may be on their way before the server has confirmed any.
const WINDOW: usize = 32;
/// So many may wait behind them; then no more commands are taken.
const QUEUE_MAX: usize = 256;
/// So many may wait before answers to others' questions are left out: whoever asks faster than
/// the server takes our answers gets none.
const QUEUE_WITH_ANSWERS_MAX: usize = 2 * QUEUE_MAX;
/// How long the server may take to confirm. Shorter ones caused storms of duplicates on slow
/// servers.
const ACK_TIMEOUT: Duration = Duration::from_secs(30);
/// The same, when the person or the system suspects that the connection is gone.
const PROBE_TIMEOUT: Duration = Duration::from_secs(5);

/// A stanza of ours.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) element: Element,
    /// For messages whose fate the engine wants to know.
    pub(crate) tag: Option<u64>,
}

/// How the server confirms.
#[derive(Debug)]
enum Mode {
    /// XEP-0198; the id to resume by, where resuming is offered.
    Managed { resume_id: Option<String> },
    /// XEP-0199.
    PingFallback,
}

/// A question that awaits its answer.
#[derive(Debug)]
struct AckRequest {
    deadline: Instant,
    /// How many stanzas the answer will cover at least, in ping mode.
    sent: u32,
    ping_id: String,
}

/// The server claims to have more than was sent.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the server confirmed more stanzas than were sent")]
pub(crate) struct AckOutOfRange;

/// The counters and queues of one session.
#[derive(Debug)]
pub(crate) struct StreamManagement {
    mode: Mode,
    /// Stanzas received, modulo 2³².
    handled: u32,
    /// `h` of ours: how many of them the engine has in safety.
    kept: u32,
    /// The server wants to know of so many, and is told when they are in safety.
    owed: Option<u32>,
    /// `h` of theirs.
    acked: u32,
    unacked: VecDeque<Outgoing>,
    queue: VecDeque<Outgoing>,
    /// Not stanzas, so never counted.
    nonzas: VecDeque<Element>,
    request: Option<AckRequest>,
    /// How many stanzas were sent when last asked.
    asked_at: u32,
    /// Ask even if nothing was sent; within this time.
    probe: Option<Duration>,
    /// Resumed, and the server has confirmed nothing since.
    awaiting_first_ack: bool,
    was_resumed: bool,
    /// The tags of stanzas that an earlier process sent, and that the server had not confirmed.
    /// The stanzas themselves are gone.
    unacked_from_previous_run: Option<VecDeque<Option<u64>>>,
}

/// How far a session has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counters {
    handled: u32,
    acked: u32,
    sent: u32,
}

/// What became of the messages of a session when it was resumed; by their tags.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Resumed {
    pub(crate) acked: Vec<u64>,
    /// Sent by an earlier process; nothing goes out again by itself.
    pub(crate) unknown: Vec<u64>,
}

impl StreamManagement {
    /// Counts for a session with stream management; `resume_id` if it can be resumed.
    pub(crate) fn managed(resume_id: Option<String>) -> Self {
        Self::new(Mode::Managed { resume_id })
    }

    /// Counts for a session without.
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

    /// Goes on counting where an earlier process stopped.
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

    /// What a later process needs to go on counting.
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

    /// Whether more commands may be taken.
    pub(crate) fn accepts(&self) -> bool {
        self.queue.len() < QUEUE_MAX
    }

    /// Queues a stanza.
    pub(crate) fn push(&mut self, outgoing: Outgoing) {
        self.queue.push_back(outgoing);
    }

    /// Queues an answer to somebody's question, if there is room.
    pub(crate) fn push_answer(&mut self, element: Element) {
        if self.queue.len() < QUEUE_WITH_ANSWERS_MAX {
            self.push(Outgoing { element, tag: None });
        }
    }

    /// Queues what is not counted. Of each kind only the newest is sent.
    pub(crate) fn push_nonza(&mut self, nonza: Element) {
        self.nonzas.retain(|other| other.ns() != nonza.ns());
        self.nonzas.push_back(nonza);
    }

    /// Counts a stanza of theirs.
    pub(crate) fn received(&mut self) {
        self.handled = self.handled.wrapping_add(1);
    }

    /// Takes `<r/>`. Where the session can be resumed by a later process, it is answered once the
    /// engine has in safety what came: what the server was told of is not sent again.
    pub(crate) fn answer_request(&mut self) {
        if self.is_resumable() && self.kept != self.handled {
            self.owed = Some(self.handled);
        } else {
            self.answer(self.handled);
        }
    }

    /// Whether the server asked, and is answered once the engine has in safety what came.
    pub(crate) const fn owes_answer(&self) -> bool {
        self.owed.is_some()
    }

    /// The engine has so many stanzas of the session of this name in safety.
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

    /// One answer serves for all that wait for theirs.
    fn answer(&mut self, handled: u32) {
        self.push_nonza(Element::builder("a", ns::SM).with("h", handled).build());
    }

    /// Asks for a sign of life: in time, or at once when `urgent`.
    pub(crate) fn probe(&mut self, urgent: bool, now: Instant) {
        let timeout = if urgent { PROBE_TIMEOUT } else { ACK_TIMEOUT };
        match &mut self.request {
            Some(request) => request.deadline = request.deadline.min(now + timeout),
            None => self.probe = Some(timeout),
        }
    }

    /// When the connection counts as lost.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.request.as_ref().map(|request| request.deadline)
    }

    /// Whether everything sent was confirmed and nothing waits.
    pub(crate) fn is_idle(&self) -> bool {
        self.unacked.is_empty() && self.queue.is_empty() && self.nonzas.is_empty()
    }

    /// Whether [`next`](Self::next) has something to write.
    pub(crate) fn has_next(&self) -> bool {
        !self.nonzas.is_empty() || self.may_send() || self.wants_request()
    }

    /// What to write next; a stanza then counts as sent. A request follows every burst.
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

    /// Stanzas sent, modulo 2³².
    fn sent(&self) -> u32 {
        // The window keeps the length far below 2³².
        self.acked.wrapping_add(u32::try_from(self.unacked.len()).unwrap_or(u32::MAX))
    }

    /// Takes `<a h=…/>`. Returns the tags of what the server now has.
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

    /// Takes the answer to an iq, if it is the one to our ping, result or error alike.
    pub(crate) fn pong(&mut self, id: &str) -> Option<Result<Vec<u64>, AckOutOfRange>> {
        let request = self.request.as_ref().filter(|request| request.ping_id == id)?;
        let sent = request.sent;
        Some(self.acknowledge(sent))
    }

    /// Asks to go on with this session on a new stream, if that can be.
    pub(crate) fn resume_request(&self) -> Option<Element> {
        let Mode::Managed { resume_id: Some(id) } = &self.mode else { return None };
        let element = Element::builder("resume", ns::SM);
        Some(element.with("previd", id.as_str()).with("h", self.handled).build())
    }

    /// Whether the server offered to go on with this session.
    pub(crate) const fn is_resumable(&self) -> bool {
        matches!(self.mode, Mode::Managed { resume_id: Some(_) })
    }

    /// Whether the session was resumed and the server has acknowledged nothing since. If the
    /// server falls silent now, its session is broken and resuming it again would not help.
    pub(crate) const fn awaits_first_ack(&self) -> bool {
        self.awaiting_first_ack
    }

    /// Whether the session has been resumed, ever.
    pub(crate) const fn was_resumed(&self) -> bool {
        self.was_resumed
    }

    /// Takes `<resumed h=…/>`: what the server lacks goes out again, first of all.
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
        // Proves soon whether the resumed session lives.
        self.probe = Some(ACK_TIMEOUT);
        Ok(outcome)
    }

    /// The server may have more than the earlier process wrote down before it ended. It cannot have
    /// less than it has confirmed: then it counts something else, and has confirmed nothing of this.
    fn inherit(&mut self, mut unacked_from_previous_run: VecDeque<Option<u64>>, h: u32) -> Resumed {
        // Modulo 2³², half of the numbers lie before any other (XEP-0198 §4, RFC 1982).
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

    /// The session is over. What may or may not have left, oldest first.
    pub(crate) fn into_unacked(self) -> Vec<u64> {
        let unacked_from_previous_run = self.unacked_from_previous_run.into_iter().flatten();
        let own = self.unacked.into_iter().chain(self.queue).map(|outgoing| outgoing.tag);
        unacked_from_previous_run.chain(own).flatten().collect()
    }

    /// Forgets what waits to be sent. Its tags, oldest first.
    pub(crate) fn drop_queue(&mut self) -> Vec<u64> {
        self.queue.drain(..).filter_map(|outgoing| outgoing.tag).collect()
    }
}

/// Of two counts modulo 2³², which are never far apart.
const fn is_at_least(count: u32, other: u32) -> bool {
    count.wrapping_sub(other) <= u32::MAX / 2
}
