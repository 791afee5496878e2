//! One client of the contact, by its instance tag; one more that has none, for version 2.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::audience::Audience;
use crate::auth::{AuthState, Initiator};
use crate::crypto::DhPublic;
use crate::error::{NoSession, SendError};
use crate::fingerprint::Fingerprint;
use crate::instance::InstanceTag;
use crate::message_state::MessageState;
use crate::recipient::Recipient;
use crate::session::Session;
use crate::timestamp::Timestamp;
use crate::version::Version;

/// Clients of one contact that are or were private at the same time.
pub(crate) const SESSIONS_MAX: usize = 16;
/// Clients with which keys are exchanged for the first time: anybody can be one.
const EXCHANGES_MAX: usize = 16;

/// How private the conversation with this client is.
pub(crate) enum Privacy {
    Plaintext,
    Encrypted(Box<Session>),
    Finished { version: Version, fingerprint: Fingerprint },
}

impl Privacy {
    const fn rank(&self) -> u8 {
        match self {
            Self::Plaintext => 0,
            Self::Finished { .. } => 1,
            Self::Encrypted(_) => 2,
        }
    }

    const fn fingerprint(&self) -> Option<Fingerprint> {
        match self {
            Self::Plaintext => None,
            Self::Finished { fingerprint, .. } => Some(*fingerprint),
            Self::Encrypted(session) => Some(session.fingerprint),
        }
    }
}

/// A session that we have left: what was under way then is still read in it. Nothing is written, and
/// it counts for nothing else.
pub(crate) struct Parting {
    pub(crate) session: Box<Session>,
    /// When it is forgotten.
    pub(crate) until: Timestamp,
}

/// A client of the contact.
pub(crate) struct Peer {
    pub(crate) tag: InstanceTag,
    /// The version in which keys are exchanged with it.
    pub(crate) version: Version,
    pub(crate) auth: AuthState,
    /// The Reveal Signature before another D-H Commit of ours, of which the answer may be under way.
    /// otrr 0.7.4 is private after that answer, and takes none of what follows it.
    pub(crate) revealed: Option<Box<Initiator>>,
    /// What it last answered a D-H Commit of ours with.
    pub(crate) answer: Option<DhPublic>,
    pub(crate) privacy: Privacy,
    pub(crate) parting: Option<Parting>,
    /// Which of all authenticated messages its last one was: nobody else can draw our texts to a
    /// client, and many can come in one millisecond.
    heard: u64,
    /// When we last complained to it.
    pub(crate) error_at: Option<Timestamp>,
    /// Whether it is there, as far as the caller knows.
    pub(crate) is_present: bool,
}

impl Peer {
    pub(crate) const fn new(tag: InstanceTag, version: Version, auth: AuthState) -> Self {
        Self {
            tag,
            version,
            auth,
            revealed: None,
            answer: None,
            privacy: Privacy::Plaintext,
            parting: None,
            heard: 0,
            error_at: None,
            is_present: true,
        }
    }

    /// Our D-H Commit is not awaited to be answered any more.
    pub(crate) fn forget_commit(&mut self) {
        if matches!(self.auth, AuthState::AwaitingDhKey(_)) {
            self.auth = AuthState::None;
        }
    }

    fn message_state(&self) -> MessageState {
        let instance = self.tag;
        match &self.privacy {
            Privacy::Plaintext => MessageState::Plaintext,
            Privacy::Finished { version, fingerprint } => {
                let (version, fingerprint) = (*version, *fingerprint);
                MessageState::Finished { instance, version, fingerprint }
            }
            Privacy::Encrypted(session) => {
                let Session { version, fingerprint, ssid, .. } = **session;
                MessageState::Encrypted { instance, version, fingerprint, ssid }
            }
        }
    }

    /// What is private with it now.
    pub(crate) fn session(&mut self) -> Option<&mut Session> {
        match &mut self.privacy {
            Privacy::Encrypted(session) => Some(session),
            Privacy::Plaintext | Privacy::Finished { .. } => None,
        }
    }
}

/// The clients of one contact.
#[derive(Default)]
pub(crate) struct Peers {
    list: Vec<Peer>,
    trusted: Vec<Fingerprint>,
    last_key: Option<Fingerprint>,
    recipient: Recipient,
    /// Authenticated messages so far.
    heard: u64,
}

impl Peers {
    pub(crate) fn set_trusted(&mut self, trusted: Vec<Fingerprint>) {
        self.trusted = trusted;
    }

    /// Chooses how the client is chosen; false, and no change, if it names one that is not private.
    pub(crate) fn set_recipient(&mut self, recipient: Recipient) -> bool {
        let is_known = match recipient {
            Recipient::Best | Recipient::Recent => true,
            Recipient::Instance(tag) => {
                let is_it = |peer: &Peer| peer.tag == tag && peer.privacy.rank() > 0;
                self.list.iter().any(is_it)
            }
        };
        if is_known {
            self.recipient = recipient;
        }
        is_known
    }

    pub(crate) const fn recipient(&self) -> Recipient {
        self.recipient
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Peer> {
        self.list.iter()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Peer> {
        self.list.iter_mut()
    }

    pub(crate) fn find(&mut self, tag: InstanceTag) -> Option<&mut Peer> {
        self.list.iter_mut().find(|peer| peer.tag == tag)
    }

    /// An authenticated message came from this client.
    pub(crate) fn hears(&mut self, tag: InstanceTag) {
        self.heard = self.heard.saturating_add(1);
        let heard = self.heard;
        if let Some(peer) = self.find(tag) {
            (peer.heard, peer.is_present) = (heard, true);
        }
    }

    /// Notes what a client answers a D-H Commit with; whether another has answered so before.
    /// Without tags nothing can be copied under another; and libotr 4.1.1 answers with the same key
    /// in either version.
    pub(crate) fn note_answer(
        &mut self,
        tag: InstanceTag,
        version: Version,
        answer: DhPublic,
    ) -> bool {
        let is_copy = self
            .list
            .iter()
            .any(|peer| peer.tag != tag && peer.version == version && peer.answer == Some(answer));
        if let Some(peer) = self.find(tag) {
            peer.answer = Some(answer);
        }
        is_copy
    }

    /// Adds a client. Of too many without a session, those that have had none the longest give way;
    /// no session does, since nobody knows who this is.
    pub(crate) fn add(&mut self, peer: Peer) {
        self.list.push(peer);
        let is_idle = |peer: &Peer| peer.privacy.rank() == 0;
        let mut excess =
            self.list.iter().filter(|peer| is_idle(peer)).count().saturating_sub(EXCHANGES_MAX);
        self.list.retain(|peer| {
            let gives_way = excess > 0 && is_idle(peer);
            excess = excess.saturating_sub(usize::from(gives_way));
            !gives_way
        });
    }

    /// Takes out the client that gives way to a new session, if there are too many: one that has
    /// left, or else one whose key nobody has verified, in either case the one heard longest ago.
    /// The one that was chosen by name comes last, so that its texts go to no other.
    pub(crate) fn crowded_out(&mut self) -> Option<Peer> {
        let Self { list, trusted, recipient, .. } = self;
        let sessions = list.iter().enumerate().filter(|(_, peer)| peer.privacy.rank() > 0);
        if sessions.clone().count() <= SESSIONS_MAX {
            return None;
        }
        let worth = |peer: &Peer| {
            let is_trusted = peer.privacy.fingerprint().is_some_and(|key| trusted.contains(&key));
            let is_chosen = *recipient == Recipient::Instance(peer.tag);
            (is_chosen, peer.privacy.rank(), is_trusted, peer.heard)
        };
        let (least, _) = sessions.min_by_key(|(_, peer)| worth(peer))?;
        Some(list.remove(least))
    }

    /// The session with the owner of a key, for what is no text.
    pub(crate) fn session_with(
        &mut self,
        whom: Fingerprint,
    ) -> Result<(InstanceTag, &mut Session), NoSession> {
        match self.addressee(Audience::Key(whom)) {
            Ok(found) => found.ok_or(NoSession::NotPrivate),
            Err(SendError::OtherKey(key)) => Err(NoSession::OtherKey(key)),
            Err(SendError::Absent) => Err(NoSession::Absent),
            Err(
                SendError::NotPrivate
                | SendError::Finished
                | SendError::EncryptionRequired
                | SendError::Empty
                | SendError::TooLongInClear(_)
                | SendError::LineBreak
                | SendError::NulInText
                | SendError::TooLong
                | SendError::Reserved,
            ) => Err(NoSession::NotPrivate),
        }
    }

    /// A session began with the owner of this key.
    pub(crate) const fn saw(&mut self, key: Fingerprint) {
        self.last_key = Some(key);
    }

    /// Whose key is to be expected next: the only verified one, or the last where none is.
    pub(crate) fn expected(&self) -> Option<Fingerprint> {
        match self.trusted[..] {
            [] => self.last_key,
            [only] => Some(only),
            [_, _, ..] => None,
        }
    }

    /// The session that a text for `audience` goes out in; none if it may go out in clear. Of
    /// several clients, one with the right key is found, unless another was chosen by name.
    pub(crate) fn addressee(
        &mut self,
        audience: Audience,
    ) -> Result<Option<(InstanceTag, &mut Session)>, SendError> {
        let Self { list, trusted, recipient, .. } = self;
        let rank = |peer: &Peer| {
            let preference = preference(peer, trusted, *recipient);
            let is_meant = audience.key().is_some()
                && matches!(peer.privacy, Privacy::Encrypted(_))
                && peer.privacy.fingerprint() == audience.key();
            (preference.is_chosen, is_meant, preference)
        };
        let Some(peer) = list.iter_mut().max_by_key(|peer| rank(peer)) else {
            return Ok(None);
        };
        match &mut peer.privacy {
            Privacy::Plaintext => Ok(None),
            Privacy::Finished { .. } => Err(SendError::Finished),
            Privacy::Encrypted(session) => {
                if !audience.admits(session.fingerprint, trusted) {
                    return Err(SendError::OtherKey(session.fingerprint));
                }
                if !peer.is_present {
                    return Err(SendError::Absent);
                }
                Ok(Some((peer.tag, session)))
            }
        }
    }

    /// When the next session that we left is to be forgotten.
    pub(crate) fn next_parting(&self) -> Option<Timestamp> {
        self.list.iter().filter_map(|peer| peer.parting.as_ref()).map(|it| it.until).min()
    }

    pub(crate) fn forget_partings(&mut self, now: Timestamp) {
        for peer in &mut self.list {
            peer.parting.take_if(|parting| parting.until <= now);
        }
    }

    pub(crate) fn message_state(&self) -> MessageState {
        let Self { list, trusted, recipient, .. } = self;
        let best = list.iter().max_by_key(|peer| preference(peer, trusted, *recipient));
        best.map_or(MessageState::Plaintext, Peer::message_state)
    }

    pub(crate) fn states(&self) -> impl Iterator<Item = MessageState> {
        self.list.iter().map(Peer::message_state)
    }
}

/// What makes one client preferred to another: the first difference decides.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Preference {
    is_chosen: bool,
    is_or_was_private: bool,
    is_present: bool,
    rank: u8,
    is_trusted: bool,
    heard: u64,
}

fn preference(peer: &Peer, trusted: &[Fingerprint], recipient: Recipient) -> Preference {
    let rank = peer.privacy.rank();
    let has_trusted_key = || peer.privacy.fingerprint().is_some_and(|key| trusted.contains(&key));
    Preference {
        is_chosen: rank > 0 && recipient == Recipient::Instance(peer.tag),
        is_or_was_private: rank > 0,
        is_present: peer.is_present,
        rank,
        is_trusted: recipient != Recipient::Recent && has_trusted_key(),
        heard: peer.heard,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(number: usize) -> InstanceTag {
        InstanceTag::new(0x100 + u32::try_from(number).unwrap()).unwrap()
    }

    const fn finished(fingerprint: Fingerprint) -> Privacy {
        Privacy::Finished { version: Version::V3, fingerprint }
    }

    fn peer(number: usize, privacy: Privacy) -> Peer {
        let heard = u64::try_from(number).unwrap();
        Peer { privacy, heard, ..Peer::new(tag(number), Version::V3, AuthState::None) }
    }

    #[test]
    fn who_only_begins_takes_nobodys_session() {
        let finished = || finished(Fingerprint::V3([1; 20]));
        let mut peers = Peers::default();
        for number in 0..SESSIONS_MAX {
            peers.add(peer(number, finished()));
        }
        for number in 100..200 {
            peers.add(peer(number, Privacy::Plaintext));
        }
        assert!((0..SESSIONS_MAX).all(|number| peers.find(tag(number)).is_some()));
        assert!(peers.find(tag(199)).is_some() && peers.find(tag(100)).is_none());
        assert_eq!(peers.list.len(), SESSIONS_MAX + EXCHANGES_MAX);
        assert!(peers.crowded_out().is_none());
    }

    #[test]
    fn of_too_many_sessions_those_that_ended_give_way_and_the_chosen_one_last() {
        let print = |byte| Fingerprint::V3([byte; 20]);
        let mut peers = Peers::default();
        for number in 0..=SESSIONS_MAX {
            peers.add(peer(number, finished(print(u8::from(number == 1)))));
        }
        peers.set_trusted(alloc::vec![print(1)]);
        assert!(peers.set_recipient(Recipient::Instance(tag(0))));
        let mut gone = Vec::new();
        for number in 100..120 {
            gone.extend(peers.crowded_out().map(|peer| peer.tag));
            peers.add(peer(number, finished(print(0))));
        }
        assert_eq!(gone[..15], [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16].map(tag));
        assert!(gone[15..].iter().all(|tag| tag.get() >= 0x100 + 100));
        assert!(peers.find(tag(0)).is_some() && peers.find(tag(1)).is_some());
    }

    // otr3 A79
    #[test]
    fn the_best_client_is_private_then_trusted_then_heard_last() {
        let print = |byte| Fingerprint::V3([byte; 20]);
        let mut peers = Peers::default();
        peers.add(peer(1, finished(print(1))));
        peers.add(peer(2, finished(print(2))));
        peers.add(peer(9, Privacy::Plaintext));
        let best = |number: usize| MessageState::Finished {
            instance: tag(number),
            version: Version::V3,
            fingerprint: print(u8::try_from(number).unwrap()),
        };
        assert_eq!(peers.message_state(), best(2));
        peers.set_trusted(alloc::vec![print(1)]);
        assert_eq!(peers.message_state(), best(1));
    }

    #[test]
    fn of_two_that_were_heard_in_one_millisecond_the_later_one_counts() {
        let print = |byte| Fingerprint::V3([byte; 20]);
        let mut peers = Peers::default();
        for number in [1, 2] {
            let privacy = finished(print(1));
            peers.add(Peer { privacy, ..Peer::new(tag(number), Version::V3, AuthState::None) });
        }
        for number in [1, 2, 1] {
            peers.hears(tag(number));
            let state = peers.message_state();
            assert!(
                matches!(state, MessageState::Finished { instance, .. } if instance == tag(number))
            );
        }
    }
}
