//! What was sent, what of it the server has, and how much of theirs we have (XEP-0198).
//!
//! Where a server offers no stream management a ping takes the place of `<r/>`: stanzas of one
//! stream are handled in order (RFC 6120 §10.1), so its answer tells the same, except that nothing
//! can be resumed.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;
use tokio_xmpp::minidom::Element;

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
    Pinged,
}

/// A question that awaits its answer.
#[derive(Debug)]
struct Request {
    deadline: Instant,
    /// How many stanzas the answer will cover at least, in ping mode.
    sent: u32,
    ping_id: String,
}

/// The server claims to have more than was sent.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the server confirmed more stanzas than were sent")]
pub(crate) struct TooMany;

/// The counters and queues of one session.
#[derive(Debug)]
pub(crate) struct Management {
    mode: Mode,
    /// `h` of ours: stanzas received, modulo 2³².
    handled: u32,
    /// `h` of theirs.
    acked: u32,
    unacked: VecDeque<Outgoing>,
    queue: VecDeque<Outgoing>,
    /// Not stanzas, so never counted.
    nonzas: VecDeque<Element>,
    request: Option<Request>,
    /// How many stanzas were sent when last asked.
    asked_at: u32,
    /// Ask even if nothing was sent; within this time.
    probe: Option<Duration>,
    /// Resumed, and the server has confirmed nothing since.
    unproven: bool,
}

impl Management {
    /// Counts for a session with stream management; `resume_id` if it can be resumed.
    pub(crate) fn managed(resume_id: Option<String>) -> Self {
        Self::new(Mode::Managed { resume_id })
    }

    /// Counts for a session without.
    pub(crate) fn pinged() -> Self {
        Self::new(Mode::Pinged)
    }

    fn new(mode: Mode) -> Self {
        Self {
            mode,
            handled: 0,
            acked: 0,
            unacked: VecDeque::new(),
            queue: VecDeque::new(),
            nonzas: VecDeque::new(),
            request: None,
            asked_at: 0,
            probe: None,
            unproven: false,
        }
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

    /// Counts a stanza of theirs.
    pub(crate) fn received(&mut self) {
        self.handled = self.handled.wrapping_add(1);
    }

    /// Answers `<r/>`; one answer serves for all that wait for theirs.
    pub(crate) fn answer_request(&mut self) {
        self.nonzas.retain(|nonza| nonza.ns() != ns::SM);
        let answer = Element::builder("a", ns::SM).with("h", self.handled).build();
        self.nonzas.push_back(answer);
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
            Mode::Pinged => iq("get", &ping_id, Element::bare("ping", ns::PING)),
        };
        self.asked_at = self.sent();
        self.request = Some(Request { deadline: now + timeout, sent: self.asked_at, ping_id });
        element
    }

    /// Stanzas sent, modulo 2³².
    fn sent(&self) -> u32 {
        // The window keeps the length far below 2³².
        self.acked.wrapping_add(u32::try_from(self.unacked.len()).unwrap_or(u32::MAX))
    }

    /// Takes `<a h=…/>`. Returns the tags of what the server now has.
    pub(crate) fn acknowledge(&mut self, h: u32) -> Result<Vec<u64>, TooMany> {
        let count = usize::try_from(h.wrapping_sub(self.acked)).unwrap_or(usize::MAX);
        if count > self.unacked.len() {
            return Err(TooMany);
        }
        self.acked = h;
        self.request = None;
        self.unproven = false;
        Ok(self.unacked.drain(..count).filter_map(|outgoing| outgoing.tag).collect())
    }

    /// Takes the answer to an iq, if it is the one to our ping, result or error alike.
    pub(crate) fn pong(&mut self, id: &str) -> Option<Result<Vec<u64>, TooMany>> {
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

    /// Whether the server has confirmed anything since the session was resumed, if it was. If it
    /// falls silent before, the session is broken there, and to resume it again is no use.
    pub(crate) const fn is_proven(&self) -> bool {
        !self.unproven
    }

    /// Takes `<resumed h=…/>`: what the server lacks goes out again, first of all.
    pub(crate) fn resumed(&mut self, h: u32) -> Result<Vec<u64>, TooMany> {
        let acked = self.acknowledge(h)?;
        self.unacked.append(&mut self.queue);
        self.queue = std::mem::take(&mut self.unacked);
        self.nonzas.clear();
        self.asked_at = self.acked;
        self.unproven = true;
        // Proves soon whether the resumed session lives.
        self.probe = Some(ACK_TIMEOUT);
        Ok(acked)
    }

    /// The session is over. What may or may not have left, oldest first.
    pub(crate) fn into_unsure(self) -> Vec<u64> {
        self.unacked.into_iter().chain(self.queue).filter_map(|outgoing| outgoing.tag).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(tag: u64) -> Outgoing {
        Outgoing { element: Element::bare("message", ns::CLIENT), tag: Some(tag) }
    }

    /// Writes all that may be written; the names of it.
    fn write(management: &mut Management) -> Vec<String> {
        let mut names = Vec::new();
        while management.has_next() {
            names.push(management.next(Instant::now()).unwrap().name().to_owned());
        }
        assert!(management.next(Instant::now()).is_none());
        names
    }

    fn sent(count: u64) -> Management {
        let mut management = Management::managed(Some("id".into()));
        (0..count).for_each(|tag| management.push(message(tag)));
        write(&mut management);
        management
    }

    #[test]
    fn a_request_follows_every_burst_and_only_one_is_out() {
        let mut management = Management::managed(None);
        management.push(message(1));
        management.push(message(2));
        assert_eq!(write(&mut management), ["message", "message", "r"]);
        management.push(message(3));
        assert_eq!(write(&mut management), ["message"]);
        assert_eq!(management.acknowledge(2), Ok(vec![1, 2]));
        assert_eq!(write(&mut management), ["r"]);
        assert_eq!(management.acknowledge(3), Ok(vec![3]));
        assert_eq!(write(&mut management), Vec::<String>::new());
        assert!(management.is_idle());
    }

    #[test]
    fn an_answer_that_covers_nothing_does_not_start_a_storm() {
        let mut management = sent(2);
        assert_eq!(management.acknowledge(0), Ok(vec![]));
        assert_eq!(write(&mut management), Vec::<String>::new());
    }

    #[test]
    fn no_more_than_the_window_is_on_its_way() {
        let mut management = Management::managed(None);
        (0..40).for_each(|tag| management.push(message(tag)));
        assert_eq!(write(&mut management).len(), WINDOW + 1);
        assert_eq!(management.acknowledge(30).unwrap().len(), 30);
        assert_eq!(write(&mut management).len(), 8 + 1);
    }

    #[test]
    fn no_more_commands_are_taken_when_the_queue_is_full() {
        let mut management = Management::managed(None);
        for tag in 0..QUEUE_MAX as u64 {
            assert!(management.accepts());
            management.push(message(tag));
        }
        assert!(!management.accepts());
    }

    #[test]
    fn whoever_asks_without_listening_fills_no_queue() {
        let mut management = Management::managed(None);
        for _ in 0..10_000 {
            management.answer_request();
            management.push_answer(Element::bare("iq", ns::CLIENT));
        }
        assert_eq!(management.nonzas.len(), 1);
        assert_eq!(management.queue.len(), QUEUE_WITH_ANSWERS_MAX);
    }

    #[test]
    fn counters_wrap_around() {
        let mut management = Management::managed(None);
        management.acked = u32::MAX;
        management.asked_at = u32::MAX;
        management.handled = u32::MAX;
        (0..3).for_each(|tag| management.push(message(tag)));
        write(&mut management);
        assert_eq!(management.acknowledge(1), Ok(vec![0, 1]));
        assert_eq!(management.acknowledge(2), Ok(vec![2]));
        management.received();
        management.answer_request();
        assert_eq!(management.next(Instant::now()).unwrap().attr("h"), Some("0"));
    }

    #[test]
    fn more_than_was_sent_is_refused() {
        assert_eq!(sent(2).acknowledge(3), Err(TooMany));
        let mut management = sent(2);
        assert_eq!(management.acknowledge(2), Ok(vec![0, 1]));
        assert_eq!(management.acknowledge(1), Err(TooMany));
    }

    #[test]
    fn after_resumption_the_rest_goes_out_again_in_order_before_what_waited() {
        let mut management = sent(4);
        management.push(message(4));
        assert_eq!(management.resumed(2), Ok(vec![0, 1]));
        assert_eq!(write(&mut management), ["message", "message", "message", "r"]);
        assert_eq!(management.acknowledge(4), Ok(vec![2, 3]));
        assert_eq!(management.into_unsure(), [4]);
    }

    #[test]
    fn a_resumed_session_is_asked_at_once_and_proven_by_the_answer() {
        let mut management = sent(1);
        assert!(management.is_resumable() && management.is_proven());
        management.resumed(1).unwrap();
        assert!(!management.is_proven());
        assert_eq!(write(&mut management), ["r"]);
        management.acknowledge(1).unwrap();
        assert!(management.is_proven());
    }

    #[test]
    fn what_is_left_is_unsure() {
        let mut management = sent(3);
        management.acknowledge(1).unwrap();
        management.push(message(9));
        assert_eq!(management.into_unsure(), [1, 2, 9]);
    }

    #[test]
    fn pings_confirm_where_nothing_else_does() {
        let mut management = Management::pinged();
        management.push(message(1));
        management.next(Instant::now());
        let ping = management.next(Instant::now()).unwrap().into_owned();
        assert!(ping.has_child("ping", ns::PING));
        management.push(message(2));
        assert_eq!(write(&mut management), ["message"]);
        assert_eq!(management.pong("another"), None);
        assert_eq!(management.pong(ping.attr("id").unwrap()), Some(Ok(vec![1])));
        assert!(!management.is_resumable() && management.resume_request().is_none());
    }

    #[test]
    fn suspicion_shortens_the_deadline() {
        let now = Instant::now();
        let mut management = sent(1);
        assert!(management.deadline().unwrap() > now + PROBE_TIMEOUT);
        management.probe(true, now);
        assert_eq!(management.deadline(), Some(now + PROBE_TIMEOUT));
        management.acknowledge(1).unwrap();
        assert_eq!(management.deadline(), None);
        management.probe(true, now);
        assert_eq!(management.next(now).unwrap().name(), "r");
        assert_eq!(management.deadline(), Some(now + PROBE_TIMEOUT));
    }
}
