//! What did not come to us directly: copies from our other devices (XEP-0280), and what the server
//! kept while we were away (XEP-0313). Nothing of it is of a private conversation of ours.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, SystemTime};

use xmpp::{ArchivePage, ArchiveQuery, ArchiveRange, Delay, PastMessage, RequestError};

use super::Account;
use crate::contact::{Input as ContactInput, Received, SentElsewhere};
use crate::message::MessageId;
use crate::stamp;
use crate::store::Note;

/// Messages of one page of the archive.
const PAGE: u8 = 50;
/// Pages that are read at one sign-in; what was written before is left where it is.
const PAGES_MAX: u32 = 40;
/// Messages that wait for the archive at most, and their bytes; what comes on top is told at once.
const AHEAD_MAX: usize = 2_000;
const AHEAD_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Names of messages that are remembered, so that none is shown twice.
const RECENT_MAX: usize = 1_024;

/// How far we are in the server's archive.
#[derive(Debug)]
pub(super) struct Past {
    last: Option<Mark>,
    reach: Reach,
    /// What the server gave us by itself meanwhile: the archive tells it too, and in order.
    ahead: Vec<(String, Received)>,
    /// What we have seen or sent, by keyed hashes of the names that the archive knows it by.
    recent: VecDeque<u64>,
    hasher: RandomState,
}

/// Whether what the archive holds is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// So many pages of it so far.
    Asking { pages: u32 },
    /// All of it.
    CaughtUp,
    /// It can't be read, or there is none.
    Unknown,
}

/// Up to where we have seen everything.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Mark {
    /// The message that the archive calls so.
    Message(String),
    /// There was none yet, at this time.
    Empty(SystemTime),
}

impl Past {
    /// From what an earlier process wrote down.
    pub(super) fn new(note: Option<&str>) -> Self {
        Self {
            last: note.and_then(Mark::read),
            reach: Reach::Asking { pages: 0 },
            ahead: Vec::new(),
            recent: VecDeque::new(),
            hasher: RandomState::new(),
        }
    }

    /// Takes a name in; says whether it was known.
    pub(super) fn repeats(&mut self, name: &str) -> bool {
        let name = self.hasher.hash_one(name);
        if self.recent.contains(&name) {
            return true;
        }
        if self.recent.len() == RECENT_MAX {
            self.recent.pop_front();
        }
        self.recent.push_back(name);
        false
    }

    /// Has a message wait for the archive, or gives it back to be told at once.
    fn put_off(&mut self, archive_id: String, received: Received) -> Option<(String, Received)> {
        let bytes: usize = self.ahead.iter().map(|(_, waiting)| waiting.body.len()).sum();
        let has_room =
            self.ahead.len() < AHEAD_MAX && bytes + received.body.len() <= AHEAD_BYTES_MAX;
        if received.is_stored() && matches!(self.reach, Reach::Asking { .. }) && has_room {
            self.ahead.push((archive_id, received));
            return None;
        }
        Some((archive_id, received))
    }
}

impl Mark {
    fn read(note: &str) -> Option<Self> {
        match note.split_once(' ')? {
            ("message", id) => Some(Self::Message(id.to_owned())),
            ("empty", seconds) => {
                let seconds = Duration::from_secs(seconds.parse().ok()?);
                SystemTime::UNIX_EPOCH.checked_add(seconds).map(Self::Empty)
            }
            _ => None,
        }
    }

    fn write(&self) -> String {
        match self {
            Self::Message(id) => format!("message {id}"),
            Self::Empty(at) => {
                let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
                format!("empty {}", since.as_secs())
            }
        }
    }
}

impl Account {
    /// Asks for what was written while we were away. The first time there is nothing to catch up
    /// with: only the archive's end is noted.
    pub(super) fn catch_up(&mut self) {
        self.past.reach = Reach::Asking { pages: 0 };
        self.next_page();
    }

    fn next_page(&mut self) {
        let (range, page) = match &self.past.last {
            Some(Mark::Message(id)) => (ArchiveRange::After(id.clone()), PAGE),
            Some(Mark::Empty(at)) => (ArchiveRange::Since(*at), PAGE),
            None => (ArchiveRange::Newest, 1),
        };
        self.query_archive(ArchiveQuery { with: None, range, page });
    }

    pub(super) async fn archive_page(&mut self, page: ArchivePage) {
        if !self.archive_answered(page.tag) {
            return self.sent(page.tag, ContactInput::Archived(page)).await;
        }
        let ArchivePage { messages, last, complete, .. } = page;
        let catches_up = self.past.last.is_some();
        if catches_up {
            for message in messages {
                self.past_message(message).await;
            }
        }
        let last = match last {
            Some(id) => Some(Mark::Message(id)),
            None if catches_up => None,
            None => Some(Mark::Empty(SystemTime::now())),
        };
        let moved_on = last.is_some() && last != self.past.last;
        if let Some(last) = last.filter(|_| moved_on) {
            self.has_seen(last).await;
        }
        let pages = match self.past.reach {
            Reach::Asking { pages } => pages + 1,
            Reach::CaughtUp | Reach::Unknown => PAGES_MAX,
        };
        if catches_up && moved_on && !complete && pages < PAGES_MAX {
            self.past.reach = Reach::Asking { pages };
            return self.next_page();
        }
        self.past.reach = Reach::CaughtUp;
        self.tell_ahead().await;
    }

    /// The archive answers with an error: there is none, or it does not go back as far.
    pub(super) async fn no_archive(&mut self, error: &RequestError) {
        let is_gone = matches!(error, RequestError::Refused { condition, .. } if condition == "item-not-found");
        if is_gone && self.past.last.take().is_some() {
            return self.next_page();
        }
        self.past.reach = Reach::Unknown;
        self.tell_ahead().await;
    }

    async fn tell_ahead(&mut self) {
        for (archive_id, received) in std::mem::take(&mut self.past.ahead) {
            self.archived(archive_id, received).await;
        }
    }

    /// One came by itself that the archive calls so.
    pub(super) async fn archived(&mut self, archive_id: String, received: Received) {
        let Some((archive_id, received)) = self.past.put_off(archive_id, received) else { return };
        // A name given outside of the encryption takes no private text away: a double is told by
        // the protocol.
        let repeats = self.past.repeats(&archive_id);
        if repeats && !received.body.contains("?OTR") {
            return;
        }
        self.message(received).await;
        if self.past.reach == Reach::CaughtUp {
            self.has_seen(Mark::Message(archive_id)).await;
        }
    }

    async fn has_seen(&mut self, mark: Mark) {
        let note = Note::Archive(Some(mark.write()));
        self.past.last = Some(mark);
        self.setup.store.note(&self.setup.jid, note).await;
    }

    /// One that is told after the fact, by whomever.
    pub(super) async fn past_message(&mut self, message: PastMessage) {
        let PastMessage { from, to, id, archive_id, body, at, replaces } = message;
        if archive_id.is_some_and(|archive_id| self.past.repeats(&archive_id)) {
            return;
        }
        let is_ours = from.to_bare() == self.setup.jid;
        let contact = if is_ours { to.to_bare() } else { from.to_bare() };
        if contact == self.setup.jid {
            return;
        }
        if !is_ours {
            let delayed = Some(Delay::Stored(at.unwrap_or_else(SystemTime::now)));
            let (wants_receipt, named) = (false, None);
            let received = Received { from, id, body, delayed, wants_receipt, replaces, named };
            return self.message(received).await;
        }
        let sent = SentElsewhere {
            body,
            at: stamp::believable(at.unwrap_or_else(SystemTime::now)),
            id: id.map(MessageId::from),
            replaces: replaces.map(MessageId::from),
        };
        if !self.roster.is_acquainted(&contact) {
            if !self.roster.spoke_elsewhere(&contact) {
                return tracing::warn!(
                    "too many unknown people whom we are said to have written to"
                );
            }
            self.standing_changed(&contact).await;
            self.show(&contact).await;
        }
        self.deliver(&contact, ContactInput::SentElsewhere(sent)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_as_it_was_written() {
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        for mark in [Mark::Message("an id".into()), Mark::Empty(at)] {
            assert_eq!(Mark::read(&mark.write()), Some(mark));
        }
        for bad in ["", "message", "empty soon", "empty 99999999999999999999"] {
            assert_eq!(Mark::read(bad), None);
        }
    }

    #[test]
    fn a_name_repeats_as_long_as_it_is_recent() {
        let mut past = Past::new(None);
        assert!(!past.repeats("first"));
        assert!(past.repeats("first"));
        for number in 0..RECENT_MAX {
            assert!(!past.repeats(&number.to_string()));
        }
        assert!(!past.repeats("first"));
    }

    #[test]
    fn so_much_waits_for_the_archive_and_the_rest_is_told_at_once() {
        let received = |bytes: usize| Received {
            from: "bob@b.example/desk".parse().unwrap(),
            id: None,
            body: "x".repeat(bytes),
            delayed: Some(Delay::Stored(SystemTime::now())),
            wants_receipt: false,
            replaces: None,
            named: None,
        };
        let mut past = Past::new(None);
        for _ in 0..AHEAD_MAX {
            assert!(past.put_off(String::new(), received(1)).is_none());
        }
        assert!(past.put_off(String::new(), received(1)).is_some());
        let mut past = Past::new(None);
        assert!(past.put_off(String::new(), received(AHEAD_BYTES_MAX)).is_none());
        assert!(past.put_off(String::new(), received(1)).is_some());
        past.reach = Reach::CaughtUp;
        past.ahead.clear();
        assert!(past.put_off(String::new(), received(1)).is_some(), "there is nothing to wait for");
    }
}
