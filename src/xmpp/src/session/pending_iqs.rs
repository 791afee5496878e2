//! IQ requests that await their results (RFC 6120 §8.2.3).

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;
use tokio_xmpp::jid::{BareJid, FullJid, Jid};
use tokio_xmpp::minidom::Element;
use zeroize::Zeroizing;

use crate::sender::Sender;
use crate::stanza::archive::{ArchiveEntry, is_complete};
use crate::stanza::avatar::Source;
use crate::xml::{error_condition, ns, random_id};
use crate::{
    ArchivePage, ArchivePosition, AvatarHash, Event, ForwardedMessage, RequestError, Response,
};

/// How long a result may take.
const RESULT_TIMEOUT: Duration = Duration::from_secs(60);
/// Limit of requests that await their results at the same time.
const PENDING_MAX: usize = 64;
/// Limit of one page of the archive in memory.
const PAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Limit of its entries: a server may send more than was asked for.
const PAGE_ENTRIES_MAX: usize = 200;

/// What a request asks for, and whatever its result needs. A `tag` names the
/// [`Command::Request`](crate::Command::Request) that the result answers.
pub(super) enum PendingIq {
    /// The roster (RFC 6121 §2.1.3).
    Roster,
    /// The block list (XEP-0191 §3.2).
    Blocked,
    /// Something whose result changes nothing.
    Unawaited,
    /// Something that is done or not, without further content.
    Simple { tag: u64 },
    /// A change of the password (XEP-0077 §3.3), which is used once the server has accepted it.
    Password { tag: u64, password: Zeroizing<String> },
    /// The removal of the account (XEP-0077 §3.2).
    Removal { tag: u64 },
    /// A contact's avatar.
    Avatar { tag: u64, jid: BareJid, hash: AvatarHash, source: Source },
    /// A page of the archive, as far as it has come.
    Archive { tag: u64, page: PageBuilder },
}

/// The entity that was asked. Nobody else's result counts, not even that of another resource of the
/// same account (RFC 6120 §8.1.2.1), except that of our own server, which relays all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Responder {
    /// Our server or our account, by whichever of its addresses.
    Server,
    /// Exactly this JID, bare or full.
    Entity(Jid),
}

impl Responder {
    /// The entity that sends as `from`.
    pub(super) fn of(from: Jid, ours: &FullJid) -> Self {
        match Sender::of(&from, ours) {
            Sender::Server => Self::Server,
            Sender::OwnDevice | Sender::Other(_) => Self::Entity(from),
        }
    }
}

/// A page of the archive of which entries have come, but not the result that ends it (XEP-0313).
#[derive(Default)]
pub(super) struct PageBuilder {
    messages: Vec<ForwardedMessage>,
    entries: Vec<ArchivePosition>,
    bytes: usize,
    is_too_long: bool,
}

struct Entry {
    to: Responder,
    iq: PendingIq,
    deadline: Instant,
}

/// All requests that await their results, by the ids of their stanzas.
#[derive(Default)]
pub(super) struct PendingIqs {
    by_id: HashMap<String, Entry>,
}

impl PendingIq {
    /// The tag of the request that waits for the result, if one does.
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
    /// Adds a request and returns the id for its stanza.
    pub(super) fn add(&mut self, to: Responder, iq: PendingIq) -> Result<String, RequestError> {
        if self.by_id.len() >= PENDING_MAX {
            return Err(RequestError::Busy);
        }
        let id = random_id();
        let deadline = Instant::now() + RESULT_TIMEOUT;
        self.by_id.insert(id.clone(), Entry { to, iq, deadline });
        Ok(id)
    }

    /// Removes and returns the request that has this id and was sent to `from`.
    pub(super) fn take(&mut self, id: &str, from: &Responder) -> Option<PendingIq> {
        let may_answer = *from == Responder::Server || self.by_id.get(id)?.to == *from;
        let entry = may_answer.then(|| self.by_id.remove(id))??;
        Some(entry.iq)
    }

    /// Removes the request for the removal of the account, and returns its tag.
    pub(super) fn take_removal(&mut self) -> Option<u64> {
        let mut removals =
            self.by_id.extract_if(|_, entry| matches!(entry.iq, PendingIq::Removal { .. }));
        removals.next().and_then(|(_, entry)| entry.iq.tag())
    }

    /// Adds an entry of the archive to its page. One that belongs to no query of ours is dropped.
    pub(super) fn add_entry(&mut self, entry: ArchiveEntry) {
        let Some(Entry { iq: PendingIq::Archive { page, .. }, .. }) =
            self.by_id.get_mut(&entry.query)
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

    /// When the next request times out.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.by_id.values().map(|entry| entry.deadline).min()
    }

    /// Removes the requests that have timed out.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<Event> {
        let expired = self.by_id.extract_if(|_, entry| entry.deadline <= now);
        expired
            .filter_map(|(_, entry)| entry.iq.tag())
            .map(|tag| Event::Response(tag, Err(RequestError::TimedOut)))
            .collect()
    }

    /// The tags of the requests that get no result any more.
    pub(super) fn into_unanswered(self) -> Vec<u64> {
        self.by_id.into_values().filter_map(|entry| entry.iq.tag()).collect()
    }
}

impl PageBuilder {
    /// Builds the page when its result has come.
    pub(super) fn finish(self, result: &Element) -> Result<Response, RequestError> {
        if self.is_too_long {
            return Err(RequestError::TooLong);
        }
        let Self { messages, entries, .. } = self;
        Ok(Response::Archive(ArchivePage { messages, entries, complete: is_complete(result) }))
    }
}

/// Reads the error of a result (RFC 6120 §8.3).
pub(super) fn refusal(answer: &Element) -> RequestError {
    let error = answer.get_child("error", ns::CLIENT);
    let condition = error.and_then(|error| error_condition(error, ns::STANZAS));
    RequestError::Refused {
        condition: condition.unwrap_or_else(|| "undefined-condition".to_owned()),
        text: error.and_then(|error| error.get_child("text", ns::STANZAS)).map(Element::text),
    }
}

impl std::fmt::Debug for PendingIqs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PendingIqs({})", self.by_id.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn questions_are_bounded_and_given_up_in_time() {
        let mut pending_iqs = PendingIqs::default();
        for tag in 0..PENDING_MAX as u64 {
            pending_iqs.add(Responder::Server, PendingIq::Simple { tag }).unwrap();
        }
        assert_eq!(
            pending_iqs.add(Responder::Server, PendingIq::Unawaited),
            Err(RequestError::Busy)
        );
        let deadline = pending_iqs.deadline().unwrap();
        assert!(pending_iqs.expire(Instant::now()).is_empty());
        let given_up = pending_iqs.expire(deadline);
        assert_eq!(given_up.len(), PENDING_MAX);
        assert!(matches!(given_up[0], Event::Response(_, Err(RequestError::TimedOut))));
        assert!(pending_iqs.deadline().is_none());
    }

    #[test]
    fn only_the_jid_that_was_asked_answers_or_our_own_server() {
        let entity = |jid: &str| Responder::Entity(jid.parse().unwrap());
        let asked = ["bob@example.org", "bob@example.org/x", "example.net"];
        for to in asked {
            let mut pending_iqs = PendingIqs::default();
            let id = pending_iqs.add(entity(to), PendingIq::Simple { tag: 7 }).unwrap();
            for other in asked.into_iter().chain(["bob@example.org/y", "mallory@example.org"]) {
                if other != to {
                    assert!(pending_iqs.take(&id, &entity(other)).is_none(), "{other} for {to}");
                }
            }
            assert!(pending_iqs.take("another", &entity(to)).is_none());
            assert!(pending_iqs.take(&id, &entity(to)).is_some(), "{to}");
            assert!(pending_iqs.take(&id, &entity(to)).is_none(), "twice");
        }
        let mut pending_iqs = PendingIqs::default();
        let id = pending_iqs.add(Responder::Server, PendingIq::Unawaited).unwrap();
        assert!(pending_iqs.take(&id, &entity("bob@example.org")).is_none());
        let id = pending_iqs.add(entity("bob@example.org"), PendingIq::Unawaited).unwrap();
        assert!(pending_iqs.take(&id, &Responder::Server).is_some());
    }

    fn entry(query: &str, id: usize, body: usize) -> ArchiveEntry {
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
        ArchiveEntry { query: query.to_owned(), position, message }
    }

    fn page(entries: impl Fn(&str) -> Vec<ArchiveEntry>) -> Result<Response, RequestError> {
        let mut pending_iqs = PendingIqs::default();
        let id = pending_iqs
            .add(Responder::Server, PendingIq::Archive { tag: 7, page: PageBuilder::default() })
            .unwrap();
        pending_iqs.add_entry(entry("another", 0, 1));
        entries(&id).into_iter().for_each(|entry| pending_iqs.add_entry(entry));
        let Some(PendingIq::Archive { tag: 7, page }) = pending_iqs.take(&id, &Responder::Server)
        else {
            panic!()
        };
        page.finish(&"<iq xmlns='jabber:client'/>".parse().unwrap())
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
