//! What the contact wrote, and what others say about it: nothing that stands outside of the
//! encryption takes a private text away, moves it, or speaks for its author.

use std::collections::VecDeque;
use std::hash::{BuildHasher, Hash, RandomState};
use std::time::{Duration, SystemTime};

use chat::{KeyStanding, Permissions};
use otr::{Event, InstanceTag, Output, Outputs, Security, TextKind};
use tokio::time::Instant;
use xmpp::{Delay, Jid};

use super::presence::destination;
use super::records::Named;
use super::{Contact, Received, SentElsewhere, greeting};
use crate::message::{ChatEvent, ClaimedError, Fingerprint, Label, MessageId, Notice, Provenance};
use crate::stamp;

/// How many of the contact's messages are remembered, to show a repeated one once.
const RECENT_MAX: usize = 512;
/// Programs that give ids again in every session give short ones.
const UNIQUE_ID_BYTES_MIN: usize = 16;
/// The least time between two offers of new keys to a program that writes readably in private.
const ASKED_BESIDE_PAUSE: Duration = Duration::from_secs(60);
/// What begins a piece of a message; of which, only the first tells.
const PIECE_MARKS: [&str; 2] = ["?OTR,", "?OTR|"];
/// What begins a message, and then data: version 3 or 2, and the type 3, in base64.
const WHOLE_MARK: &str = "?OTR:";
const DATA_MARKS: [&str; 2] = ["?OTR:AAMD", "?OTR:AAID"];

/// The latest messages, by keyed hashes of what tells them apart.
#[derive(Debug, Default)]
pub(super) struct Recent {
    hasher: RandomState,
    hashes: VecDeque<u64>,
}

impl Recent {
    /// Takes a message in; says whether it was known.
    pub(super) fn repeats(&mut self, name: impl Hash) -> bool {
        let hash = self.hasher.hash_one(name);
        if self.hashes.contains(&hash) {
            return true;
        }
        if self.hashes.len() == RECENT_MAX {
            self.hashes.pop_front();
        }
        self.hashes.push_back(hash);
        false
    }
}

/// Who can have sent a message: what somebody on the way writes is no repetition of what the owner
/// of a key wrote.
#[derive(Hash)]
enum Writer {
    Anybody,
    Key(Fingerprint),
}

impl Contact {
    pub(super) async fn all_received(&mut self, ready: Vec<Received>) {
        for received in ready {
            self.received(received).await;
        }
    }

    pub(super) async fn received(&mut self, mut received: Received) {
        let kind = TextKind::of(&received.body);
        if kind == TextKind::Protocol && received.is_stored() {
            return self.stored_for_somebody(received).await;
        }
        if kind == TextKind::Protocol && !self.permissions.contains(Permissions::ACCEPTED) {
            return tracing::debug!("a stranger's offer to go private gets no answer");
        }
        let is_silent = self.permissions.contains(Permissions::INVISIBLE) && !self.is_spoken_to();
        if kind == TextKind::Protocol && is_silent && !is_private(&received.body) {
            return tracing::debug!("who is invisible answers no offer");
        }
        // An offer that was stored starts nothing.
        if received.is_stored() || !self.permissions.contains(Permissions::ACCEPTED) {
            let provenance = if self.privacy.is_without_session() {
                Provenance::Plain
            } else {
                Provenance::PlainInPrivate
            };
            let text = received.body.trim_end_matches([' ', '\t']).to_owned();
            return self.show_received(text, provenance, Some(&received)).await;
        }
        if kind == TextKind::Mention {
            return self.words(&received).await;
        }
        let outputs = self.conversation.receive(&received.body, self.now());
        received.named = greeting::named(&outputs);
        if is_silent {
            return self.perform_in_silence(outputs, &received).await;
        }
        let is_answer = outputs.iter().any(|output| matches!(output, Output::Send { .. }));
        if is_answer && self.conversation.is_starting() && !self.session_is_usable() {
            // They have begun; an offer of ours would only cross with it.
            self.privacy.exchange_began();
        }
        let without_session = self.wrote_readably(&outputs, &received.from);
        if let Some(client) = without_session {
            self.devices.wrote_readably(client);
        }
        self.perform(outputs, Some(&received)).await;
        if kind == TextKind::WordsWithQuery {
            self.words(&received).await;
        }
        if without_session.is_some() && !is_answer {
            self.ask_beside(&received).await;
        }
    }

    /// What they wrote is taken in, and nothing is answered.
    async fn perform_in_silence(&mut self, outputs: Outputs, received: &Received) {
        for output in outputs {
            if let Output::Event(event) = output {
                self.observe(event, Some(received)).await;
            }
        }
    }

    /// The very program that we are private with, if it wrote so that everybody can read it: then
    /// it may have lost the session that we think we have.
    fn wrote_readably(&self, outputs: &Outputs, from: &Jid) -> Option<InstanceTag> {
        let session = self.privacy.session()?;
        let is_readable = |output: &Output| {
            let readable = Security::PlainInPrivate;
            matches!(output, Output::Event(Event::Text { security, .. }) if *security == readable)
        };
        let is_it = self.devices.is_at(session.instance, &destination(from));
        (is_it && outputs.iter().any(is_readable)).then_some(session.instance)
    }

    /// Offers new keys beside the session, which stays as it is until there are such. Nothing of
    /// this is authenticated, so it is done once a minute at most.
    async fn ask_beside(&mut self, received: &Received) {
        let now = Instant::now();
        if self.asked_beside_at.is_some_and(|last| now - last < ASKED_BESIDE_PAUSE) {
            return;
        }
        self.asked_beside_at = Some(now);
        let outputs = self.conversation.start(self.now());
        self.perform(outputs, Some(received)).await;
    }

    /// Somebody writes about the protocol: that is shown as it came.
    pub(super) async fn words(&mut self, received: &Received) {
        let security = if self.privacy.is_without_session() {
            Security::Plain
        } else {
            Security::PlainInPrivate
        };
        self.text(received.body.clone(), security, Some(received)).await;
    }

    /// Whether it may belong to a session of ours.
    pub(super) fn may_read(&self, received: &Received) -> bool {
        is_private(&received.body) && self.privacy.session().is_some()
    }

    /// Our server, or somebody in its name, says that it kept this before we came. If it belongs to
    /// a session of ours all the same it can be read, for counters and tags refuse what is old; if
    /// not, it was meant for a session that is gone, or for another device, and starts nothing.
    async fn stored_for_somebody(&mut self, mut received: Received) {
        let is_private = is_private(&received.body);
        if self.may_read(&received) {
            let outputs = self.conversation.receive(&received.body, self.now());
            let is_read = |output: &Output| {
                matches!(
                    output,
                    Output::Event(Event::Text { security: Security::Private { .. }, .. })
                        | Output::Event(
                            Event::RecordReceived { .. } | Event::HeartbeatReceived { .. }
                        )
                )
            };
            if outputs.iter().any(is_read) {
                received.named = greeting::named(&outputs);
                return self.perform(outputs, Some(&received)).await;
            }
        }
        self.for_other_device(is_private).await;
    }

    pub(super) async fn text(
        &mut self,
        text: String,
        security: Security,
        cause: Option<&Received>,
    ) {
        let provenance = match security {
            Security::Plain => Provenance::Plain,
            Security::PlainInPrivate => Provenance::PlainInPrivate,
            Security::Private { instance, fingerprint } => {
                self.session_shows_life(instance, cause).await;
                self.claimed_errors.clear();
                // By its own key: the session that the window shows may be another program's.
                match self.keys.standing(fingerprint) {
                    KeyStanding::Verified => Provenance::Verified(fingerprint),
                    KeyStanding::Accepted => Provenance::Private(fingerprint),
                    KeyStanding::New { .. } | KeyStanding::Doubted => {
                        Provenance::Unaccepted(fingerprint)
                    }
                }
            }
        };
        self.confirm_received(provenance, cause);
        let text = match security {
            Security::Private { instance, .. } => {
                let from = cause.map(|received| destination(&received.from));
                self.devices.meant_by(&text, instance, from.as_ref()).unwrap_or(text)
            }
            Security::Plain | Security::PlainInPrivate => text,
        };
        self.show_received(text, provenance, cause).await;
    }

    /// Says that a text arrived, if its author wants to know and may: where it was asked for.
    fn confirm_received(&mut self, provenance: Provenance, cause: Option<&Received>) {
        let Some(received) = cause else { return };
        match (&received.named, provenance.key()) {
            (Some(named), Some(key)) => self.confirm_inside(key, named.clone()),
            (Some(_), None) => {}
            (None, _) => {
                if let Some(id) = received.id.clone()
                    && received.wants_receipt
                    && self.permissions.contains(Permissions::SEND_RECEIPTS)
                {
                    self.confirm_outside(received.from.clone(), id);
                }
            }
        }
    }

    async fn show_received(
        &mut self,
        text: String,
        provenance: Provenance,
        cause: Option<&Received>,
    ) {
        let label = cause.map(label).unwrap_or_default();
        let place = cause.and_then(|received| received.place);
        let came_before = self.came_before(&label, &text, provenance);
        if came_before || self.was_shown_before(&label, &text) {
            return tracing::debug!("a message that was sent again is shown once");
        }
        let at = self.written_at(provenance, cause.and_then(|received| received.delayed));
        let came = cause.map(|received| received.came);
        self.leave_unread(&text, provenance, at, &label, (place, came));
        self.tell(ChatEvent::Received { text, provenance, at, label, place }).await;
    }

    /// Whether a message was sent again that is shown already, by what whoever can write it calls
    /// it. Of private ones only their author knows.
    fn came_before(&mut self, label: &Label, text: &str, provenance: Provenance) -> bool {
        let (id, writer) = match (label, provenance.key()) {
            (Label::Inside { id, .. }, Some(key)) => (id, Writer::Key(key)),
            (Label::Outside { id: Some(id), .. }, None) => (id, Writer::Anybody),
            (Label::Outside { .. }, _) | (Label::Inside { .. }, None) => return false,
        };
        id.as_str().len() >= UNIQUE_ID_BYTES_MIN && self.recent.repeats((writer, id.as_str(), text))
    }

    /// When a text was written. Of a private one we know ourselves that it is no older than its
    /// keys; beyond that only our own server is believed, and nobody in the future.
    fn written_at(&self, provenance: Provenance, delayed: Option<Delay>) -> SystemTime {
        let session = self.privacy.session();
        let began = session.map_or_else(SystemTime::now, |session| session.since);
        match (provenance.key(), delayed) {
            (_, None) | (Some(_), Some(Delay::Claimed(_))) => SystemTime::now(),
            (Some(_), Some(Delay::Stored(at) | Delay::Awaited(at))) => stamp::within(at, began),
            (None, Some(delay)) => stamp::believable(delay.at()),
        }
    }

    /// What another device of ours sent them. Of what was private we can read nothing.
    pub(super) async fn sent_elsewhere(&mut self, sent: SentElsewhere) {
        let SentElsewhere { body, at, id, replaces, place } = sent;
        if TextKind::of(&body) == TextKind::Protocol {
            return self.for_other_device(is_private(&body)).await;
        }
        if id.as_ref().is_some_and(|id| self.sent.repeats(id.as_str())) {
            return;
        }
        let text = body.trim_end_matches([' ', '\t']).to_owned();
        self.tell(ChatEvent::SentElsewhere { text, at, id, replaces, place }).await;
    }

    /// One quiet line, however many messages there are; none for a mere offer.
    pub(super) async fn for_other_device(&mut self, is_private: bool) {
        if is_private && !std::mem::replace(&mut self.other_device_told, true) {
            self.notice(Notice::ForOtherDevice).await;
        }
    }

    /// Somebody, perhaps the contact's program, says that something went wrong. Nobody vouches for
    /// it: it is told, in words of our own, and changes nothing.
    pub(super) async fn error_is_claimed(&mut self, words: &str) {
        let error = ClaimedError::of(words);
        if self.claimed_errors.insert(error) {
            self.notice(Notice::ErrorClaimed(error)).await;
        }
    }
}

/// Whether only the owner of keys can read it: data, whole or in pieces. An exchange of keys is
/// not.
pub(crate) fn is_private(body: &str) -> bool {
    let has = |marks: &[&str]| marks.iter().any(|mark| body.contains(mark));
    // A piece from the middle may be of anything.
    let is_marked = has(&DATA_MARKS) || (has(&PIECE_MARKS) && !body.contains(WHOLE_MARK));
    is_marked && TextKind::of(body) == TextKind::Protocol
}

/// Whether it has to keep its place among what only the owner of keys can read: that, or an
/// exchange of keys.
pub(crate) fn is_of_a_session(body: &str) -> bool {
    let has = |mark: &&str| body.contains(*mark);
    let is_marked = PIECE_MARKS.iter().chain(&[WHOLE_MARK]).any(has);
    is_marked && TextKind::of(body) == TextKind::Protocol
}

/// What stands beside a text.
fn label(received: &Received) -> Label {
    if let Some(Named { id, replaces, .. }) = received.named.clone() {
        return Label::Inside { id, replaces };
    }
    let name = |id: &Option<String>| id.clone().map(MessageId::from);
    Label::Outside { id: name(&received.id), replaces: name(&received.replaces) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_very_many_messages_the_last_are_remembered() {
        let mut recent = Recent::default();
        for number in 0..=RECENT_MAX {
            assert!(!recent.repeats(number));
        }
        assert!(recent.repeats(RECENT_MAX));
        assert_eq!(recent.hashes.len(), RECENT_MAX);
        assert!(!recent.repeats(0));
    }
}
