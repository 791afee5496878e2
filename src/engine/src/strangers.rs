//! People who are not on the list and want to reach us: so many may wait for an answer, and so much
//! may they write before they have one. What is beyond that is counted and told, not kept.
//!
//! Not here: who is on the list (the roster), and the texts themselves (the window has them).

use std::collections::{BTreeMap, BTreeSet};

use crate::message::{BareJid, NotKept};

/// So many may wait for an answer at once. Whoever asks to see our presence beyond that asks again
/// at our next sign-in: the server keeps it in mind (RFC 6121 §3.1.3).
pub(crate) const WAITING_MAX: usize = 256;
/// So many messages of one of them are shown before they are accepted.
pub(crate) const MESSAGES_MAX: usize = 32;
/// All of their messages together have no more bytes.
pub(crate) const BYTES_MAX: usize = 1024 * 1024;

/// So many addresses that can't be read are counted.
const UNADDRESSABLE_MAX: usize = 256;

/// Everybody who waits, and what was not kept.
#[derive(Debug, Default)]
pub(crate) struct Strangers {
    waiting: BTreeMap<BareJid, Stranger>,
    /// Those who asked to see us, as they were last written down.
    written: BTreeSet<BareJid>,
    not_kept: NotKept,
    /// Addresses that can't be read.
    unaddressable: BTreeSet<String>,
}

/// One who waits.
#[derive(Debug)]
struct Stranger {
    wish: ContactRequest,
    room: Room,
    bytes: usize,
}

/// What somebody who is not on the list wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ContactRequest {
    /// To see our presence.
    ToSeeUs,
    /// To talk; they have done so.
    ToTalk,
}

/// Whether there is room for more of their messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Room {
    /// So many were kept.
    Left { messages: usize },
    /// Not any more, and it was told.
    None,
}

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is shown.
    Kept,
    /// It is not shown, and that is to be said: it is the first of theirs.
    FirstNotKept,
    /// It is not shown, as was said before.
    NotKept,
}

impl Strangers {
    /// Somebody asks to see our presence; says whether that is news to be shown.
    pub(crate) fn asks(&mut self, who: &BareJid) -> bool {
        if let Some(known) = self.waiting.get_mut(who) {
            return std::mem::replace(&mut known.wish, ContactRequest::ToSeeUs)
                != ContactRequest::ToSeeUs;
        }
        if self.waiting.len() >= WAITING_MAX {
            self.not_kept.requests = self.not_kept.requests.saturating_add(1);
            return false;
        }
        self.waiting.insert(who.clone(), Stranger::new(ContactRequest::ToSeeUs));
        true
    }

    /// Somebody wrote; says whether they are new here, and what becomes of the message.
    pub(crate) fn wrote(&mut self, who: &BareJid, bytes: usize) -> (bool, Fate) {
        let all: usize = self.waiting.values().map(|stranger| stranger.bytes).sum();
        let is_new = !self.waiting.contains_key(who);
        if is_new && self.waiting.len() >= WAITING_MAX {
            self.not_kept.messages = self.not_kept.messages.saturating_add(1);
            return (false, Fate::NotKept);
        }
        let stranger = self
            .waiting
            .entry(who.clone())
            .or_insert_with(|| Stranger::new(ContactRequest::ToTalk));
        let fate = match &mut stranger.room {
            Room::Left { messages } if *messages < MESSAGES_MAX && all + bytes <= BYTES_MAX => {
                *messages += 1;
                stranger.bytes += bytes;
                return (is_new, Fate::Kept);
            }
            Room::Left { .. } => Fate::FirstNotKept,
            Room::None => Fate::NotKept,
        };
        stranger.room = Room::None;
        self.not_kept.messages = self.not_kept.messages.saturating_add(1);
        (is_new, fate)
    }

    /// Something came from an address that can't be read.
    pub(crate) fn cannot_be_read(&mut self, address: String) {
        if self.unaddressable.len() < UNADDRESSABLE_MAX {
            self.unaddressable.insert(address);
        }
        self.not_kept.addresses = u64::try_from(self.unaddressable.len()).unwrap_or(u64::MAX);
    }

    /// They were answered, or need no answer any more.
    pub(crate) fn answered(&mut self, who: &BareJid) {
        self.waiting.remove(who);
    }

    /// They are known by now, which answers those who only wrote.
    pub(crate) fn are_known(&mut self, who: &BareJid) {
        if self.wish(who) == Some(ContactRequest::ToTalk) {
            self.answered(who);
        }
    }

    /// Those who ask to see our presence, if that is not what was written down last.
    pub(crate) fn take_changed_requests(&mut self) -> Option<BTreeSet<BareJid>> {
        let asks = |(_, stranger): &(_, &Stranger)| stranger.wish == ContactRequest::ToSeeUs;
        let now: BTreeSet<_> =
            self.waiting.iter().filter(asks).map(|(who, _)| who.clone()).collect();
        if now == self.written {
            return None;
        }
        self.written.clone_from(&now);
        Some(now)
    }

    /// What they want, if they wait.
    pub(crate) fn wish(&self, who: &BareJid) -> Option<ContactRequest> {
        self.waiting.get(who).map(|stranger| stranger.wish)
    }

    /// Everybody who waits.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &BareJid> {
        self.waiting.keys()
    }

    /// How much was not kept.
    pub(crate) const fn not_kept(&self) -> NotKept {
        self.not_kept
    }

    /// The server will tell all who ask to see our presence again.
    pub(crate) const fn are_told_again(&mut self) {
        self.not_kept.requests = 0;
    }
}

impl Stranger {
    const fn new(wish: ContactRequest) -> Self {
        Self { wish, room: Room::Left { messages: 0 }, bytes: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stranger(number: usize) -> BareJid {
        format!("s{number}@evil.example").parse().unwrap()
    }

    #[test]
    fn so_many_strangers_wait_and_the_others_are_counted() {
        let mut strangers = Strangers::default();
        for number in 0..WAITING_MAX {
            assert!(strangers.asks(&stranger(number)));
        }
        assert!(!strangers.asks(&stranger(0)), "it is no news");
        assert_eq!(strangers.not_kept(), NotKept::default());
        assert!(!strangers.asks(&stranger(WAITING_MAX)));
        assert_eq!(strangers.wrote(&stranger(WAITING_MAX), 1), (false, Fate::NotKept));
        assert_eq!(strangers.iter().count(), WAITING_MAX);
        assert_eq!(strangers.not_kept(), NotKept { requests: 1, messages: 1, addresses: 0 });
        strangers.answered(&stranger(7));
        assert!(strangers.asks(&stranger(WAITING_MAX)), "there is room again");
    }

    #[test]
    fn one_stranger_writes_so_many_messages_and_the_first_too_many_is_told() {
        let mut strangers = Strangers::default();
        assert_eq!(strangers.wrote(&stranger(0), 1), (true, Fate::Kept));
        for _ in 1..MESSAGES_MAX {
            assert_eq!(strangers.wrote(&stranger(0), 1), (false, Fate::Kept));
        }
        assert_eq!(strangers.wrote(&stranger(0), 1), (false, Fate::FirstNotKept));
        assert_eq!(strangers.wrote(&stranger(0), 1), (false, Fate::NotKept));
        assert_eq!(strangers.not_kept().messages, 2);
        assert_eq!(strangers.wrote(&stranger(1), 1), (true, Fate::Kept), "others are not to blame");
    }

    #[test]
    fn all_strangers_together_write_so_many_bytes_and_whoever_comes_later_still_waits() {
        let mut strangers = Strangers::default();
        assert_eq!(strangers.wrote(&stranger(0), BYTES_MAX), (true, Fate::Kept));
        assert_eq!(strangers.wrote(&stranger(1), 1), (true, Fate::FirstNotKept));
        assert_eq!(strangers.wish(&stranger(1)), Some(ContactRequest::ToTalk));
        strangers.answered(&stranger(0));
        assert_eq!(strangers.wrote(&stranger(2), 1), (true, Fate::Kept));
    }

    #[test]
    fn who_writes_and_then_asks_is_news_once_more() {
        let mut strangers = Strangers::default();
        strangers.wrote(&stranger(0), 1);
        assert!(strangers.asks(&stranger(0)));
        assert!(!strangers.asks(&stranger(0)));
        strangers.are_known(&stranger(0));
        assert_eq!(
            strangers.wish(&stranger(0)),
            Some(ContactRequest::ToSeeUs),
            "that is no answer"
        );
    }
}
