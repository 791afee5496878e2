//! What did not come to us directly: copies from our other devices (XEP-0280), and what the server
//! kept while we were away (XEP-0313). Nothing of it is authenticated, so it decides nothing.
//!
//! Not here: how the archive is read.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::time::SystemTime;

use otr::TextKind;
use vault::ShownMessage;
use xmpp::{ArchivePage, ArchiveQuery, Delay, ForwardedMessage, RequestError};

use super::Account;
use super::archive::{Archive, Step};
use crate::contact::{Input as ContactInput, Received, SentElsewhere, is_of_a_session, is_private};
use crate::message::{AccountEvent, ArchivePlace, BareJid, Event, MessageId};
use crate::stamp;
use crate::store::Numbers;

/// Messages that wait for the archive at most, and their bytes: such as the server had stored for
/// us. Of what comes on top only the names are kept: the archive has it, too.
const AHEAD_MAX: usize = 2_000;
const AHEAD_BYTES_MAX: usize = 4 * 1024 * 1024;
const OWED_MAX: usize = 262_144;
/// While more keeps coming, it is written down after so many changes how far the archive is told.
const UNSAVED_MAX: usize = 64;

/// What is told of the past, and what waits for that.
#[derive(Debug)]
pub(super) struct Past {
    archive: Archive,
    /// What was asked last: an answer to anything else says nothing of it.
    asked: Option<u64>,
    /// How many sessions this process began. In a later one conversations may go on that were
    /// private before.
    sessions: u32,
    /// What the server gave us by itself meanwhile: the archive tells it too, and in order.
    ahead: Vec<(String, Received)>,
    /// What the archive still owes us, by keyed hashes of its ids.
    owed: HashSet<u64>,
    hasher: RandomState,
    /// Private messages that were read backwards: they can only be opened in order.
    held: Vec<(ForwardedMessage, ArchivePlace)>,
    /// How often since the last time it would have been written down how far the archive is told.
    unsaved: usize,
}

impl Past {
    /// Whether it is to be written down how far the archive is told; while more comes, later.
    pub(super) const fn is_save_due(&self, more: bool) -> bool {
        self.unsaved > UNSAVED_MAX || (self.unsaved > 0 && !more)
    }

    /// What is to be written down.
    pub(super) fn take_unsaved(&mut self) -> (String, Vec<ShownMessage>) {
        self.unsaved = 0;
        self.archive.written()
    }

    /// From what an earlier process wrote down.
    pub(super) fn new(note: Option<&str>, shown: &[ShownMessage], numbers: Numbers) -> Self {
        Self {
            archive: Archive::new(note, shown, numbers),
            asked: None,
            sessions: 0,
            ahead: Vec::new(),
            owed: HashSet::new(),
            hasher: RandomState::new(),
            held: Vec::new(),
            unsaved: 0,
        }
    }

    /// Has a message wait for the archive, or gives it back to be told at once.
    fn put_off(&mut self, archive_id: String, received: Received) -> Option<(String, Received)> {
        let waits = self.archive.is_reading() || self.archive.is_idle();
        let follows_held = is_of_a_session(&received.body)
            && self.held.iter().any(|(held, _)| held.from.to_bare() == received.from.to_bare());
        if !waits || !(received.is_stored() || follows_held) {
            return Some((archive_id, received));
        }
        let bytes: usize = self.ahead.iter().map(|(_, waiting)| waiting.body.len()).sum();
        if self.ahead.len() < AHEAD_MAX && bytes + received.body.len() <= AHEAD_BYTES_MAX {
            self.ahead.push((archive_id, received));
            return None;
        }
        if follows_held || self.owed.len() == OWED_MAX {
            return Some((archive_id, received));
        }
        self.owed.insert(self.hasher.hash_one(archive_id));
        None
    }

    /// Has a private message wait until all before it are read, if it may be one of ours.
    fn hold(
        &mut self,
        message: ForwardedMessage,
        place: ArchivePlace,
    ) -> Option<(ForwardedMessage, ArchivePlace)> {
        if self.sessions < 2 || !is_private(&message.body) {
            return Some((message, place));
        }
        self.held.push((message, place));
        None
    }

    fn holds_too_much(&self) -> bool {
        let bytes: usize = self.held.iter().map(|(held, _)| held.body.len()).sum();
        self.held.len() > AHEAD_MAX || bytes > AHEAD_BYTES_MAX
    }
}

impl Account {
    /// Asks for what was written while we were away.
    pub(super) async fn catch_up(&mut self) {
        let steps = self.past.archive.begin(SystemTime::now());
        self.take_steps(steps).await;
    }

    /// The stream is another one: what was asked on the former is answered no more.
    pub(super) async fn begin_past(&mut self, resumed: bool) {
        if !resumed {
            self.past.sessions += 1;
            return self.past.archive.lose();
        }
        // A process that goes on with the stream of an earlier one does not know whether that had
        // been told all that came before.
        if self.past.archive.has_stopped() || self.past.archive.is_idle() {
            self.catch_up().await;
        }
    }

    /// The person wants a gap read after all.
    pub(super) async fn fetch_gap(&mut self, gap: u64) {
        let steps = self.past.archive.fetch(gap);
        self.take_steps(steps).await;
    }

    pub(super) async fn archive_page(&mut self, tag: u64, page: ArchivePage) {
        if !self.archive_answered(tag) {
            return self.sent(tag, ContactInput::Archived { tag, page });
        }
        if self.past.asked == Some(tag) {
            let steps = self.past.archive.page(&page);
            self.take_steps(steps).await;
        }
    }

    /// The archive answers with an error: there is none, or it does not go back as far.
    pub(super) async fn no_archive(&mut self, tag: u64, error: &RequestError) {
        if self.past.asked == Some(tag) {
            let steps = self.past.archive.failed(error, SystemTime::now());
            self.take_steps(steps).await;
        }
    }

    /// What cannot be asked is not answered either.
    async fn ask_archive(&mut self, query: ArchiveQuery) {
        self.past.asked = self.query_archive(query);
        if self.past.asked.is_none() {
            let steps = self.past.archive.failed(&RequestError::Busy, SystemTime::now());
            Box::pin(self.take_steps(steps)).await;
        }
    }

    async fn take_steps(&mut self, steps: Vec<Step>) {
        for step in steps {
            match step {
                Step::Ask(query) if self.past.holds_too_much() => {
                    tracing::debug!(?query, "too many private messages wait for those before them");
                    let rest = self.past.archive.stop();
                    if rest.is_empty() {
                        // It is but one entry more.
                        self.ask_archive(query).await;
                    }
                    return Box::pin(self.take_steps(rest)).await;
                }
                Step::Ask(query) => self.ask_archive(query).await,
                Step::Show(message, place) => {
                    if let Some(archive_id) = &message.archive_id {
                        self.past.owed.remove(&self.past.hasher.hash_one(archive_id));
                    }
                    if let Some((message, place)) = self.past.hold(message, place) {
                        self.past_message(message, Some(place)).await;
                    }
                }
                Step::Tell(gap) => {
                    let account = self.setup.jid.clone();
                    self.tell(Event::Account(account, AccountEvent::ArchiveGap(gap))).await;
                }
                Step::Save => self.past.unsaved += 1,
                Step::Settled => self.past_is_told().await,
            }
        }
    }

    /// Writes down how far the archive is told, if that is news.
    pub(super) async fn save_archive(&mut self) {
        if self.past.unsaved > 0 {
            let (state, shown) = self.past.take_unsaved();
            self.setup.store.save_archive(&self.setup.jid, state, shown).await;
        }
    }

    /// Nothing more is read: what waited for it is told.
    async fn past_is_told(&mut self) {
        let mut held = std::mem::take(&mut self.past.held);
        held.sort_by_key(|(_, place)| *place);
        for (message, place) in held {
            self.past_message(message, Some(place)).await;
        }
        for (archive_id, received) in std::mem::take(&mut self.past.ahead) {
            self.came(Some(archive_id), received).await;
        }
        if !std::mem::take(&mut self.past.owed).is_empty() {
            let steps = self.past.archive.owes();
            Box::pin(self.take_steps(steps)).await;
        }
    }

    /// One came by itself; the archive calls it so, if it has it.
    pub(super) async fn came(&mut self, archive_id: Option<String>, received: Received) {
        let Some(archive_id) = archive_id else { return self.came_unnamed(received).await };
        let Some((archive_id, received)) = self.past.put_off(archive_id, received) else { return };
        let Received { from, id, body, .. } = &received;
        let name = (&from.to_bare(), id.as_deref(), &**body);
        let steps = self.past.archive.came(&archive_id, name, !received.is_stored());
        // A name given outside of the encryption takes no private text away: a double is told by
        // the protocol.
        if steps.is_some() || TextKind::of(&received.body) == TextKind::Protocol {
            self.message(received).await;
        }
        Box::pin(self.take_steps(steps.unwrap_or_default())).await;
    }

    /// One came by itself, and nobody says what the archive calls it, which may have it all the same.
    async fn came_unnamed(&mut self, received: Received) {
        let Received { from, id, body, .. } = &received;
        let is_news = self.past.archive.heard(&from.to_bare(), id.as_deref(), body);
        if is_news || !received.is_stored() || received.body.contains("?OTR") {
            self.message(received).await;
        }
    }

    /// Another device of ours sent or received one.
    pub(super) async fn copied(&mut self, message: ForwardedMessage) {
        let mut steps = Vec::new();
        if let Some(archive_id) = &message.archive_id {
            let name = (&message.from.to_bare(), message.id.as_deref(), message.body.as_str());
            let Some(news) = self.past.archive.came(archive_id, name, false) else { return };
            steps = news;
        }
        self.past_message(message, None).await;
        self.take_steps(steps).await;
    }

    /// One that is told after the fact, by whomever.
    async fn past_message(&mut self, message: ForwardedMessage, place: Option<ArchivePlace>) {
        let ForwardedMessage { from, to, id, body, at, replaces, .. } = message;
        let body = body.into_inner();
        let is_ours = from.to_bare() == self.setup.jid;
        let contact = if is_ours { to.to_bare() } else { from.to_bare() };
        if contact == self.setup.jid {
            return;
        }
        if !is_ours && to.to_bare() != self.setup.jid {
            return tracing::warn!("the server told of a message between others");
        }
        if !is_ours {
            let delayed = Some(Delay::Stored(at.unwrap_or_else(SystemTime::now)));
            let received = Received { id, delayed, replaces, place, ..Received::of(from, body) };
            return self.message(received).await;
        }
        let sent = SentElsewhere {
            body,
            at: stamp::believable(at.unwrap_or_else(SystemTime::now)),
            id: id.map(MessageId::from),
            replaces: replaces.map(MessageId::from),
            place,
        };
        if !self.is_known_to_us(&contact).await {
            return;
        }
        self.deliver(&contact, ContactInput::SentElsewhere(sent));
    }

    /// Whether there is a conversation with somebody whom we are said to have written to.
    async fn is_known_to_us(&mut self, contact: &BareJid) -> bool {
        if self.roster.is_acquainted(contact) {
            return true;
        }
        if !self.roster.spoke_elsewhere(contact) {
            tracing::warn!("too many unknown people whom we are said to have written to");
            return false;
        }
        self.standing_changed(contact);
        self.show(contact).await;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(bytes: usize) -> Received {
        let bare = Received::of("bob@b.example/desk".parse().unwrap(), "x".repeat(bytes));
        Received { delayed: Some(Delay::Stored(SystemTime::now())), ..bare }
    }

    #[test]
    fn so_much_waits_for_the_archive_and_the_rest_is_left_to_it() {
        let mut past = Past::new(None, &[], Numbers::default());
        for _ in 0..AHEAD_MAX {
            assert!(past.put_off(String::new(), received(1)).is_none());
        }
        for number in 0..OWED_MAX {
            assert!(past.put_off(number.to_string(), received(1)).is_none());
        }
        assert_eq!((past.ahead.len(), past.owed.len()), (AHEAD_MAX, OWED_MAX));
        assert!(past.put_off("one more".to_owned(), received(1)).is_some());
        let mut past = Past::new(None, &[], Numbers::default());
        assert!(past.put_off(String::new(), received(AHEAD_BYTES_MAX)).is_none());
        assert!(past.put_off(String::new(), received(1)).is_none());
        assert_eq!((past.ahead.len(), past.owed.len()), (1, 1));
    }
}
