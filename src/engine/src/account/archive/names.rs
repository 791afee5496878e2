//! What messages that were shown are called, so that none is shown twice.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant, SystemTime};

use sha2::{Digest, Sha256};
use vault::ShownMessage;
use xmpp::{ArchivePage, BareJid};

use crate::store::SHOWN_MAX;

/// Names that one process remembers: of two for each message, those of a hundred thousand messages
/// and more. They take about 8 MB.
const KNOWN_MAX: usize = 262_144;
/// Programs that give ids again in every session give short ones.
const UNIQUE_ID_BYTES_MIN: usize = 16;

/// By hashes of their names. What is short can be guessed, but nothing is told by a hash that the
/// encrypted database around it does not hide.
#[derive(Debug, Default)]
pub(super) struct Names {
    known: HashMap<u64, Told>,
    count: u64,
    oldest_first: VecDeque<u64>,
    /// When those were archived that a later process will know.
    kept: VecDeque<Option<SystemTime>>,
    /// All that was archived before then, by the server's clock, was shown; names of it are gone.
    pub(super) forgotten_until: Option<SystemTime>,
    /// The latest stamp of what was shown.
    newest: Option<SystemTime>,
    unsaved: Vec<ShownMessage>,
    /// What our clock said, and when that was.
    clock: Option<(SystemTime, Instant)>,
}

/// What is known of what has a name.
#[derive(Clone, Copy, Debug)]
struct Told {
    /// When it was told: before how many others.
    nth: u64,
    /// A hash of what it says; `None` if an earlier process told it, or the name covers the text.
    text: Option<u32>,
}

impl Names {
    /// Those that an earlier process left, oldest first.
    pub(super) fn restore(shown: &[ShownMessage]) -> Self {
        let mut names = Self::default();
        for message in shown {
            names.know(message.name, None);
            names.keep(message.at);
            names.newest = names.newest.max(message.at);
        }
        names
    }

    pub(super) fn knows(&self, name: u64) -> bool {
        self.known.contains_key(&name)
    }

    /// How many names came so far.
    pub(super) const fn count(&self) -> u64 {
        self.count
    }

    /// Whether an entry of a page was told when there were only so many names.
    pub(super) fn knew_any(&self, page: &ArchivePage, count: u64) -> bool {
        let was_known = |name| self.known.get(&name).is_some_and(|told| told.nth < count);
        page.entries.iter().any(|entry| was_known(of_entry(&entry.id)))
    }

    /// A message was shown that is called so, archived at this time by the server's clock.
    /// `is_latest`: whether nothing that was shown before is newer, so that a later process has to
    /// know it. Says whether the name is news.
    pub(super) fn add(&mut self, name: u64, at: Option<SystemTime>, is_latest: bool) -> bool {
        self.add_saying(name, None, at, is_latest)
    }

    /// The same of an entry, where another text is news, too: an id is given by a server, and must
    /// not take away what has the same id.
    pub(super) fn add_entry(
        &mut self,
        (id, text): (&str, &str),
        at: Option<SystemTime>,
        is_latest: bool,
    ) -> bool {
        let [.., a, b, c, d] = hash([b"text", text.as_bytes(), b""]).to_be_bytes();
        let text = u32::from_be_bytes([a, b, c, d]);
        self.add_saying(of_entry(id), Some(text), at, is_latest)
    }

    fn add_saying(
        &mut self,
        name: u64,
        text: Option<u32>,
        at: Option<SystemTime>,
        is_latest: bool,
    ) -> bool {
        if !self.know(name, text) {
            return false;
        }
        self.newest = self.newest.max(at);
        if is_latest {
            self.keep(at);
            self.unsaved.push(ShownMessage { name, at });
        } else {
            self.forget_until(at);
        }
        true
    }

    /// Our clock says so.
    pub(super) fn it_is(&mut self, now: SystemTime) {
        self.clock = Some((now, Instant::now()));
    }

    /// All that was archived before then counts as shown. Of a stamp that lies ahead nobody knows
    /// what came before it. What has the same stamp counts only once something later was shown:
    /// stamps may be cut to whole seconds, and in the last of them there may be more to come.
    pub(super) fn forget_until(&mut self, at: Option<SystemTime>) {
        let now = self.clock.map(|(began, since)| began + since.elapsed());
        let is_believed = |at: SystemTime| now.is_none_or(|now| at <= now);
        let Some(at) = at.filter(|at| is_believed(*at)) else { return };
        let is_over = self.newest.is_some_and(|newest| at < newest && is_believed(newest));
        let before = if is_over { at + Duration::from_nanos(1) } else { at };
        self.forgotten_until = self.forgotten_until.max(Some(before));
    }

    /// What is to be written down.
    pub(super) fn take_unsaved(&mut self) -> Vec<ShownMessage> {
        std::mem::take(&mut self.unsaved)
    }

    fn know(&mut self, name: u64, text: Option<u32>) -> bool {
        if let Some(told) = self.known.get_mut(&name) {
            let is_other = told.text.is_some() && text.is_some() && told.text != text;
            told.text = text.or(told.text);
            return is_other;
        }
        self.known.insert(name, Told { nth: self.count, text });
        self.count += 1;
        if self.oldest_first.len() == KNOWN_MAX
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.known.remove(&oldest);
        }
        self.oldest_first.push_back(name);
        true
    }

    fn keep(&mut self, at: Option<SystemTime>) {
        if self.kept.len() == SHOWN_MAX as usize
            && let Some(gone) = self.kept.pop_front()
        {
            self.forget_until(gone);
        }
        self.kept.push_back(at);
    }
}

/// The name of the entry that the archive calls so.
pub(super) fn of_entry(id: &str) -> u64 {
    hash([b"entry", id.as_bytes(), b""])
}

/// What tells a message apart wherever it is archived: its writer, their id and the text; `None`
/// if the id may come again.
pub(super) fn of_message(from: &BareJid, id: Option<&str>, body: &str) -> Option<u64> {
    let id = id.filter(|id| id.len() >= UNIQUE_ID_BYTES_MIN)?;
    Some(hash([from.as_str().as_bytes(), id.as_bytes(), body.as_bytes()]))
}

fn hash(parts: [&[u8]; 3]) -> u64 {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    let mut first = [0; 8];
    first.iter_mut().zip(hasher.finalize()).for_each(|(to, from)| *to = from);
    u64::from_be_bytes(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: u64) -> Option<SystemTime> {
        Some(SystemTime::UNIX_EPOCH + Duration::from_secs(second))
    }

    #[test]
    fn of_very_many_names_the_last_are_known() {
        let mut names = Names::default();
        for name in 0..=KNOWN_MAX as u64 {
            assert!(names.add(name, None, false));
        }
        assert!(!names.knows(0) && names.knows(1));
        assert!(!names.add(1, None, false));
        assert_eq!(names.known.len(), KNOWN_MAX);
    }

    #[test]
    fn a_later_process_knows_the_latest_and_until_when_all_was_shown() {
        let mut names = Names::default();
        for name in 0..u64::from(SHOWN_MAX) + 2 {
            names.add(name, at(name), true);
        }
        let after = Duration::from_nanos(1);
        assert_eq!(names.forgotten_until, at(1).map(|at| at + after));
        let saved = names.take_unsaved();
        assert!(names.take_unsaved().is_empty());
        let names = Names::restore(saved.get(2..).unwrap());
        assert!(!names.knows(1) && names.knows(2));
    }

    #[test]
    fn a_message_is_told_apart_by_all_that_its_writer_gave() {
        let (bob, eve) = ("bob@b.example".parse().unwrap(), "eve@e.example".parse().unwrap());
        let long = "0123456789abcdef";
        let name = of_message(&bob, Some(long), "hi");
        assert_eq!(name, of_message(&bob, Some(long), "hi"));
        assert_ne!(name, of_message(&eve, Some(long), "hi"));
        assert_ne!(name, of_message(&bob, Some(long), "ho"));
        assert_eq!(of_message(&bob, Some("1"), "hi"), None);
        assert_eq!(of_message(&bob, None, "hi"), None);
    }
}
