//! Questions of ours that await their answers.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;
use tokio_xmpp::jid::BareJid;
use tokio_xmpp::minidom::Element;
use zeroize::Zeroizing;

use crate::stanza::avatar::Source;
use crate::stanza::past::{Entry, is_complete};
use crate::xml::{condition, ns, random_id};
use crate::{
    ArchivePage, ArchivePosition, AvatarHash, Event, ForwardedMessage, RequestError, Response,
};

/// How long the server may take to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);
/// So many may be out at once.
const QUESTIONS_MAX: usize = 64;
/// No page of the archive takes more memory.
const PAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Nor has more entries: a server may send more than was asked for.
const PAGE_ENTRIES_MAX: usize = 200;

/// What was asked.
pub(super) enum PendingIq {
    /// For all contacts.
    Roster,
    /// For all whom the server keeps away.
    Blocked,
    /// For something nobody waits for.
    Unawaited,
    /// For something to be done, and nothing else.
    Simple { tag: u64 },
    /// For this password to be taken.
    Password { tag: u64, password: Zeroizing<String> },
    /// For the account to be removed.
    Removal { tag: u64 },
    /// For a contact's picture, of them alone.
    Avatar { tag: u64, jid: BareJid, hash: AvatarHash, source: Source },
    /// For a page of the archive; what came of it so far.
    Archive { tag: u64, page: PageBuilder },
}

/// A page on its way.
#[derive(Default)]
pub(super) struct PageBuilder {
    messages: Vec<ForwardedMessage>,
    entries: Vec<ArchivePosition>,
    bytes: usize,
    is_too_long: bool,
}

struct Waiting {
    pending: PendingIq,
    deadline: Instant,
}

/// All that are out, by the ids of their stanzas.
#[derive(Default)]
pub(super) struct PendingIqs {
    pending: HashMap<String, Waiting>,
}

impl PendingIq {
    /// For whom somebody waits.
    const fn tag(&self) -> Option<u64> {
        match self {
            Self::Roster | Self::Blocked | Self::Unawaited => None,
            Self::Simple { tag }
            | Self::Password { tag, .. }
            | Self::Removal { tag }
            | Self::Avatar { tag, .. }
            | Self::Archive { tag, .. } => Some(*tag),
        }
    }
}

impl PendingIqs {
    /// An id for a question's stanza, unless too many are out.
    pub(super) fn ask(&mut self, pending: PendingIq) -> Result<String, RequestError> {
        if self.pending.len() >= QUESTIONS_MAX {
            return Err(RequestError::Busy);
        }
        let id = random_id();
        let deadline = Instant::now() + ANSWER_TIMEOUT;
        self.pending.insert(id.clone(), Waiting { pending, deadline });
        Ok(id)
    }

    /// The question that this id answers. It is out no more.
    pub(super) fn answered(&mut self, id: &str) -> Option<PendingIq> {
        self.pending.remove(id).map(|pending| pending.pending)
    }

    /// Takes the question for a picture of theirs that this id answers.
    pub(super) fn avatar(&mut self, id: &str, from: &BareJid) -> Option<(u64, AvatarHash, Source)> {
        let PendingIq::Avatar { tag, jid, hash, source } = &self.pending.get(id)?.pending else {
            return None;
        };
        let found = (*tag, *hash, *source);
        (jid == from).then(|| self.pending.remove(id)).is_some().then_some(found)
    }

    /// Takes the question for the account to be removed, if it is out.
    pub(super) fn removal(&mut self) -> Option<u64> {
        let mut asked = self
            .pending
            .extract_if(|_, pending| matches!(pending.pending, PendingIq::Removal { .. }));
        asked.next().and_then(|(_, pending)| pending.pending.tag())
    }

    /// Takes an entry of the archive, if it was asked for.
    pub(super) fn entry(&mut self, entry: Entry) {
        let Some(Waiting { pending: PendingIq::Archive { page, .. }, .. }) =
            self.pending.get_mut(&entry.query)
        else {
            tracing::debug!("an entry of the archive that nobody asked for");
            return;
        };
        page.bytes += entry.position.id.len();
        page.bytes += entry.message.as_ref().map_or(0, |message| message.body.len());
        page.is_too_long |= page.entries.len() == PAGE_ENTRIES_MAX || page.bytes > PAGE_BYTES_MAX;
        if page.is_too_long {
            (page.messages, page.entries) = (Vec::new(), Vec::new());
            return;
        }
        page.entries.push(entry.position);
        page.messages.extend(entry.message);
    }

    /// When the first answer is overdue.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.pending.values().map(|pending| pending.deadline).min()
    }

    /// Gives up what is overdue.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<Event> {
        let overdue = self.pending.extract_if(|_, pending| pending.deadline <= now);
        overdue
            .filter_map(|(_, pending)| pending.pending.tag())
            .map(|tag| Event::Response(tag, Err(RequestError::TimedOut)))
            .collect()
    }

    /// Whoever still waits when the session is over.
    pub(super) fn into_unanswered(self) -> Vec<u64> {
        self.pending.into_values().filter_map(|pending| pending.pending.tag()).collect()
    }
}

impl PageBuilder {
    /// The page is whole.
    pub(super) fn told(self, answer: &Element) -> Result<Response, RequestError> {
        if self.is_too_long {
            return Err(RequestError::TooLong);
        }
        let Self { messages, entries, .. } = self;
        Ok(Response::Archive(ArchivePage { messages, entries, complete: is_complete(answer) }))
    }
}

/// Why the server says no.
pub(super) fn refusal(answer: &Element) -> RequestError {
    let error = answer.get_child("error", ns::CLIENT);
    let condition = error.and_then(|error| condition(error, ns::STANZAS));
    RequestError::Refused {
        condition: condition.unwrap_or_else(|| "undefined-condition".to_owned()),
        text: error.and_then(|error| error.get_child("text", ns::STANZAS)).map(Element::text),
    }
}

impl std::fmt::Debug for PendingIqs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Questions({})", self.pending.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn questions_are_bounded_and_given_up_in_time() {
        let mut pending_iqs = PendingIqs::default();
        for tag in 0..QUESTIONS_MAX as u64 {
            pending_iqs.ask(PendingIq::Simple { tag }).unwrap();
        }
        assert_eq!(pending_iqs.ask(PendingIq::Unawaited), Err(RequestError::Busy));
        let deadline = pending_iqs.deadline().unwrap();
        assert!(pending_iqs.expire(Instant::now()).is_empty());
        let given_up = pending_iqs.expire(deadline);
        assert_eq!(given_up.len(), QUESTIONS_MAX);
        assert!(matches!(given_up[0], Event::Response(_, Err(RequestError::TimedOut))));
        assert!(pending_iqs.deadline().is_none());
    }

    fn entry(query: &str, id: usize, body: usize) -> Entry {
        let message = (body > 0).then(|| ForwardedMessage {
            from: "bob@example.org".parse().unwrap(),
            to: "alice@example.org".parse().unwrap(),
            id: None,
            archive_id: Some(id.to_string()),
            body: "x".repeat(body).into(),
            at: None,
            replaces: None,
        });
        let position = ArchivePosition { id: id.to_string(), at: None };
        Entry { query: query.to_owned(), position, message }
    }

    fn page(entries: impl Fn(&str) -> Vec<Entry>) -> Result<Response, RequestError> {
        let mut pending_iqs = PendingIqs::default();
        let id =
            pending_iqs.ask(PendingIq::Archive { tag: 7, page: PageBuilder::default() }).unwrap();
        pending_iqs.entry(entry("another", 0, 1));
        entries(&id).into_iter().for_each(|entry| pending_iqs.entry(entry));
        let Some(PendingIq::Archive { tag: 7, page }) = pending_iqs.answered(&id) else { panic!() };
        page.told(&"<iq xmlns='jabber:client'/>".parse().unwrap())
    }

    #[test]
    fn a_page_has_what_was_asked_for_and_knows_its_ends() {
        let response = page(|id| vec![entry(id, 1, 0), entry(id, 2, 5), entry(id, 3, 0)]);
        let Ok(Response::Archive(page)) = response else { panic!("{response:?}") };
        let ids = [page.first(), page.last()].map(|entry| entry.unwrap().id.as_str());
        assert_eq!(ids, ["1", "3"]);
        assert_eq!((page.messages.len(), page.complete), (1, false));
    }

    #[test]
    fn an_endless_page_fails() {
        let many = page(|id| (0..=PAGE_ENTRIES_MAX).map(|n| entry(id, n, 1)).collect());
        let large = page(|id| (0..5).map(|n| entry(id, n, 1024 * 1024)).collect());
        for response in [many, large] {
            assert!(matches!(response, Err(RequestError::TooLong)));
        }
    }
}
