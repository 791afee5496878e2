//! What a later process needs to go on with the stream (XEP-0198 §5), written down once for all that
//! has come: a server may ask after each stanza, and each writing is a transaction on the disk.

use xmpp::ResumeToken;

/// While more keeps coming, it is written down after so many events at the latest.
const UNWRITTEN_MAX: usize = 256;

/// The newest, while it waits to be written down.
#[derive(Debug, Default)]
pub(super) struct ResumePoint {
    newest: Option<ResumeToken>,
    since: usize,
}

impl ResumePoint {
    pub(super) fn put(&mut self, resume: ResumeToken) {
        self.newest = Some(resume);
    }

    /// The newest, if it is not written down.
    pub(super) fn take(&mut self) -> Option<ResumeToken> {
        self.newest.take()
    }

    /// An event was dealt with, and `more` wait or not; what is to be written down now.
    pub(super) fn due(&mut self, more: bool) -> Option<ResumeToken> {
        self.since = self.since.saturating_add(1);
        if more && self.since < UNWRITTEN_MAX {
            return None;
        }
        let newest = self.newest.take()?;
        self.since = 0;
        Some(newest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resume(handled: u32) -> ResumeToken {
        format!("1\nalice@a.example/sotto\n{handled}\n0\n\nid").parse().unwrap()
    }

    #[test]
    fn one_is_written_down_for_all_that_came_together_and_the_last_one() {
        let (mut point, mut written) = (ResumePoint::default(), Vec::new());
        for handled in 1..=100 {
            point.put(resume(handled));
            written.extend(point.due(handled < 100));
        }
        assert_eq!(written, [resume(100)]);
        assert_eq!(point.due(false), None);
    }

    #[test]
    fn in_a_flood_it_is_written_down_now_and_then() {
        let (mut point, mut written) = (ResumePoint::default(), 0);
        for handled in 1..=10_240 {
            point.put(resume(handled));
            written += usize::from(point.due(true).is_some());
        }
        assert_eq!(written, 10_240 / UNWRITTEN_MAX);
    }
}
