//! The words that go with an offer to go private, for people whose program does not know what it is.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// The least time between two invitations in words.
const PAUSE: Duration = Duration::from_secs(24 * 60 * 60);

/// The words, and when they were said. They are said once a day at most.
#[derive(Debug)]
pub(crate) struct Invitation {
    words: Arc<str>,
    said: Option<SystemTime>,
}

impl Invitation {
    /// These words, which were said at that time last.
    #[must_use]
    pub(crate) const fn new(words: Arc<str>, said: Option<SystemTime>) -> Self {
        Self { words, said }
    }

    /// The words, if they are due; also where the clock was put back.
    #[must_use]
    pub(crate) fn due(&self, now: SystemTime) -> Option<Arc<str>> {
        let is_due = self.said.is_none_or(|last| {
            now.duration_since(last).unwrap_or_else(|ahead| ahead.duration()) >= PAUSE
        });
        is_due.then(|| Arc::clone(&self.words))
    }

    /// They were said.
    pub(crate) const fn said(&mut self, now: SystemTime) {
        self.said = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_said_once_a_day_whatever_the_clock_does() {
        let day = SystemTime::UNIX_EPOCH + PAUSE * 100;
        let mut invitation = Invitation::new("Come.".into(), None);
        assert!(invitation.due(day).is_some());
        invitation.said(day);
        let hour = Duration::from_secs(3600);
        for soon in [day, day + hour, day - hour] {
            assert!(invitation.due(soon).is_none());
        }
        assert!(invitation.due(day + PAUSE).is_some());
        assert!(invitation.due(day - PAUSE).is_some(), "the clock was put back");
    }
}
