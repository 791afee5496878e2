//! Drops messages that came before: a server may replay some when a session is resumed (XEP-0198
//! §5), and to OTR a replay looks like an attack.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};

use crate::{Event, ForwardedMessage};

/// Number of messages remembered.
const REMEMBERED: usize = 512;

/// Remembers the last messages by a keyed hash of sender, id and body. The body is part of it
/// because some clients use the same ids again in every session.
#[derive(Debug, Default)]
pub(crate) struct ReplayFilter {
    hasher: RandomState,
    recent: VecDeque<u64>,
}

impl ReplayFilter {
    /// Whether this message or carbon came before; remembers it.
    #[expect(clippy::wildcard_enum_match_arm, reason = "nothing else is a message")]
    pub(crate) fn seen_before(&mut self, event: &Event) -> bool {
        match event {
            Event::MessageReceived { from, id: Some(id), body, .. } => {
                self.seen(from.as_str(), id, body)
            }
            Event::Carbon {
                message: ForwardedMessage { from, to, id: Some(id), body, .. },
                ..
            } => self.seen(&format!("{from} to {to}"), id, body),
            _ => false,
        }
    }

    fn seen(&mut self, from: &str, id: &str, body: &str) -> bool {
        let hash = self.hasher.hash_one((from, id, body));
        if self.recent.contains(&hash) {
            return true;
        }
        if self.recent.len() == REMEMBERED {
            self.recent.pop_front();
        }
        self.recent.push_back(hash);
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_message_is_a_duplicate() {
        let mut replay_filter = ReplayFilter::default();
        assert!(!replay_filter.seen("a@b/c", "1", "x"));
        assert!(!replay_filter.seen("a@b/d", "1", "x"));
        assert!(!replay_filter.seen("a@b/c", "2", "x"));
        assert!(!replay_filter.seen("a@b/c", "1", "y"));
        assert!(replay_filter.seen("a@b/c", "1", "x"));
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let mut replay_filter = ReplayFilter::default();
        for id in 0..=REMEMBERED {
            assert!(!replay_filter.seen("a@b/c", &id.to_string(), ""));
        }
        assert!(replay_filter.seen("a@b/c", "1", ""));
        assert!(!replay_filter.seen("a@b/c", "0", ""));
    }
}
