//! IQ requests of others that wait for the engine's answer.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;
use tokio_xmpp::minidom::Element;

/// How long the engine may take; then the request is refused, since each must be answered (RFC 6120
/// §8.2.3).
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);
/// Limit of requests that wait at the same time; more are refused at once.
const WAITING_MAX: usize = 32;

/// All that wait, by the numbers under which they were reported.
#[derive(Debug)]
pub(super) struct InboundIqs {
    next: u64,
    waiting: HashMap<u64, (Element, Instant)>,
}

impl Default for InboundIqs {
    /// The numbers begin anywhere, so that a late answer does not meet a request of another session.
    fn default() -> Self {
        Self { next: rand::random(), waiting: HashMap::new() }
    }
}

impl InboundIqs {
    /// Adds a request, of which only the stanza's own attributes are needed; `None` if too many
    /// wait.
    pub(super) fn add(&mut self, iq: &Element) -> Option<u64> {
        if self.waiting.len() >= WAITING_MAX {
            return None;
        }
        let mut header = iq.clone();
        header.take_nodes();
        let number = self.next;
        self.next = self.next.wrapping_add(1);
        self.waiting.insert(number, (header, Instant::now() + ANSWER_TIMEOUT));
        Some(number)
    }

    /// Removes and returns the request of this number.
    pub(super) fn take(&mut self, number: u64) -> Option<Element> {
        self.waiting.remove(&number).map(|(header, _)| header)
    }

    /// When the next request is to be refused.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.waiting.values().map(|(_, deadline)| *deadline).min()
    }

    /// Removes and returns the requests that the engine has not answered in time.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<Element> {
        let expired = self.waiting.extract_if(|_, (_, deadline)| *deadline <= now);
        expired.map(|(_, (header, _))| header).collect()
    }
}
