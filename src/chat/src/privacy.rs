//! How the conversation stands: whether keys are shared, with whom, whether they are being
//! exchanged, and what the person wants. [`Privacy::padlock`] says it in one word.
//!
//! Not here: which key may get texts (the keys), whether the contact is there (the devices).

use std::time::SystemTime;

use otr::{Fingerprint, InstanceTag};

use crate::padlock::Padlock;

/// What the person wants the conversation to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Private: nothing leaves readable.
    Private,
    /// Readable on the way.
    Plain,
}

/// What a key may get, in the order in which clients with such keys are preferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum KeyStanding {
    /// Nothing until the person decides: it may not be the contact's.
    Doubted,
    /// Nothing until the person decides: another key of the contact was known before.
    New {
        /// Whether another one is verified.
        other_verified: bool,
    },
    /// Texts: it was the first, or the person goes on with it.
    Accepted,
    /// Texts: the person made sure of it.
    Verified,
}

impl KeyStanding {
    /// Whether the owner of such a key gets texts.
    #[must_use]
    pub(crate) const fn gets_texts(self) -> bool {
        match self {
            Self::Accepted | Self::Verified => true,
            Self::Doubted | Self::New { .. } => false,
        }
    }

    /// The padlock of a session with such a key.
    #[must_use]
    pub(crate) const fn padlock(self, key: Fingerprint) -> Padlock {
        match self {
            Self::Doubted => Padlock::Doubted(key),
            Self::New { .. } => Padlock::KeyChanged(key),
            Self::Accepted => Padlock::Private(key),
            Self::Verified => Padlock::Verified(key),
        }
    }
}

/// A private conversation with one of the contact's clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    /// Its key.
    pub fingerprint: Fingerprint,
    /// The client.
    pub instance: InstanceTag,
    /// When keys were exchanged: nothing that is read under them is older.
    pub since: SystemTime,
}

/// The session, if there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SessionState {
    None,
    /// Keys are shared, and the other end is there.
    Active(Session),
    /// Keys are shared, but the other end may be gone: nothing is sent until it shows again.
    PeerGone(Session),
    /// The contact left; nothing goes out until the person chooses.
    Finished,
}

/// Whether keys are being exchanged, as far as the contact may still be there to do so. The protocol
/// says when that takes too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exchange {
    Idle,
    Underway {
        /// Whether nobody had answered when it began.
        after_silence: bool,
    },
    /// Nobody answered: nothing is begun again by itself.
    Unanswered,
}

/// How the conversation stands.
#[derive(Debug)]
pub(crate) struct Privacy {
    intent: Intent,
    session: SessionState,
    exchange: Exchange,
    /// The key that texts went to last, for text typed when there is no session.
    last_key: Option<Fingerprint>,
}

/// What else says who can read what is typed next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// We are offline.
    Offline,
    /// We are online, the contact is not there.
    Away,
    /// Both are there.
    There,
}

impl Privacy {
    /// No session yet, and this is wanted.
    #[must_use]
    pub(crate) const fn new(intent: Intent) -> Self {
        let (session, exchange) = (SessionState::None, Exchange::Idle);
        Self { intent, session, exchange, last_key: None }
    }

    /// Who can read what is typed next. `standing` says so of a key.
    #[must_use]
    pub(crate) fn padlock(
        &self,
        reach: Reach,
        standing: impl FnOnce(Fingerprint) -> KeyStanding,
    ) -> Padlock {
        let is_underway = matches!(self.exchange, Exchange::Underway { .. });
        match self.session {
            SessionState::Active(Session { fingerprint, .. }) if reach != Reach::Offline => {
                standing(fingerprint).padlock(fingerprint)
            }
            _ if is_underway => Padlock::Starting,
            SessionState::Finished => Padlock::Finished,
            SessionState::None if self.intent == Intent::Plain => Padlock::NotPrivate,
            SessionState::None | SessionState::Active(_) | SessionState::PeerGone(_) => {
                match (reach, self.exchange) {
                    (Reach::Offline | Reach::Away, _) => Padlock::Waiting,
                    (Reach::There, Exchange::Unanswered) => Padlock::Unanswered,
                    (Reach::There, Exchange::Idle | Exchange::Underway { .. }) => Padlock::Unasked,
                }
            }
        }
    }

    /// Whether an exchange of keys is missing that nobody has asked for yet, where privacy is
    /// wanted.
    #[must_use]
    pub(crate) fn is_exchange_missing(&self, reach: Reach) -> bool {
        let is_missing = match self.session {
            SessionState::None | SessionState::PeerGone(_) => true,
            SessionState::Active(_) | SessionState::Finished => false,
        };
        let is_idle = self.exchange == Exchange::Idle;
        self.intent == Intent::Private && is_missing && is_idle && reach == Reach::There
    }

    /// What the person wants.
    #[must_use]
    pub(crate) const fn intent(&self) -> Intent {
        self.intent
    }

    /// The person wants this. Says whether that is another wish than before.
    pub(crate) fn set_intent(&mut self, intent: Intent) -> bool {
        std::mem::replace(&mut self.intent, intent) != intent
    }

    /// The session, whether its other end is there or not.
    #[must_use]
    pub(crate) const fn session(&self) -> Option<&Session> {
        match &self.session {
            SessionState::Active(session) | SessionState::PeerGone(session) => Some(session),
            SessionState::None | SessionState::Finished => None,
        }
    }

    /// The session whose other end is there.
    #[must_use]
    pub(crate) const fn active(&self) -> Option<&Session> {
        match &self.session {
            SessionState::Active(session) => Some(session),
            SessionState::None | SessionState::PeerGone(_) | SessionState::Finished => None,
        }
    }

    /// Whether the session is with this client.
    #[must_use]
    pub(crate) fn is_with(&self, client: InstanceTag) -> bool {
        self.session().is_some_and(|session| session.instance == client)
    }

    /// Whether the contact left, and nobody has chosen how to go on.
    #[must_use]
    pub(crate) fn is_finished(&self) -> bool {
        self.session == SessionState::Finished
    }

    /// Whether nothing is or was private since the person chose.
    #[must_use]
    pub(crate) fn is_without_session(&self) -> bool {
        self.session == SessionState::None
    }

    /// Texts go to this client from now on, which is there or not. Of several sessions the oldest
    /// counts: nothing read in any of them is older.
    pub(crate) fn follow(
        &mut self,
        (instance, fingerprint): (InstanceTag, Fingerprint),
        is_there: bool,
        now: SystemTime,
    ) {
        let since = self.session().map_or(now, |session| session.since);
        let session = Session { fingerprint, instance, since };
        self.session =
            if is_there { SessionState::Active(session) } else { SessionState::PeerGone(session) };
    }

    /// We leave the session, if there is one.
    pub(crate) const fn leave(&mut self) {
        self.session = SessionState::None;
    }

    /// The contact left the session.
    pub(crate) const fn finish(&mut self) {
        self.session = SessionState::Finished;
    }

    /// A client may be gone.
    pub(crate) fn peer_gone(&mut self, client: InstanceTag) {
        if let SessionState::Active(session) = self.session
            && session.instance == client
        {
            self.session = SessionState::PeerGone(session);
        }
    }

    /// The client of the session shows life.
    pub(crate) const fn peer_back(&mut self) {
        if let SessionState::PeerGone(session) = self.session {
            self.session = SessionState::Active(session);
        }
    }

    /// Whether keys are being exchanged.
    #[must_use]
    pub(crate) const fn is_exchanging(&self) -> bool {
        matches!(self.exchange, Exchange::Underway { .. })
    }

    /// An exchange of keys began, whoever began it.
    pub(crate) const fn exchange_began(&mut self) {
        self.exchange = match self.exchange {
            Exchange::Idle => Exchange::Underway { after_silence: false },
            Exchange::Unanswered => Exchange::Underway { after_silence: true },
            Exchange::Underway { after_silence } => Exchange::Underway { after_silence },
        };
    }

    /// It cannot go on: they are not there any more.
    pub(crate) const fn exchange_broke(&mut self) {
        self.exchange = match self.exchange {
            Exchange::Underway { after_silence: false } => Exchange::Idle,
            Exchange::Underway { after_silence: true } => Exchange::Unanswered,
            Exchange::Idle => Exchange::Idle,
            Exchange::Unanswered => Exchange::Unanswered,
        };
    }

    /// It failed, or nobody answered.
    pub(crate) const fn exchange_failed(&mut self) {
        self.exchange = Exchange::Unanswered;
    }

    /// It came to its end, or the person gave it up.
    pub(crate) const fn exchange_ended(&mut self) {
        self.exchange = Exchange::Idle;
    }

    /// Somebody else may answer now, or the person asks for it.
    pub(crate) const fn may_be_asked_again(&mut self) {
        self.exchange = match self.exchange {
            Exchange::Underway { .. } => Exchange::Underway { after_silence: false },
            Exchange::Idle | Exchange::Unanswered => Exchange::Idle,
        };
    }

    /// Nothing is asked by itself: nobody would answer.
    pub(crate) const fn may_not_be_asked(&mut self) {
        self.exchange = match self.exchange {
            Exchange::Underway { .. } => Exchange::Underway { after_silence: true },
            Exchange::Idle | Exchange::Unanswered => Exchange::Unanswered,
        };
    }

    /// The key that texts went to last, for text typed when there is no session.
    #[must_use]
    pub(crate) const fn last_key(&self) -> Option<Fingerprint> {
        self.last_key
    }

    /// Texts go to this key.
    pub(crate) const fn texts_go_to(&mut self, key: Fingerprint) {
        self.last_key = Some(key);
    }

    /// They go to this key no longer.
    pub(crate) fn texts_go_no_more_to(&mut self, key: Fingerprint) {
        self.last_key.take_if(|last| *last == key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Fingerprint = Fingerprint::V3([1; 20]);
    const REACHES: [Reach; 3] = [Reach::Offline, Reach::Away, Reach::There];

    fn session() -> Session {
        let instance = InstanceTag::new(0x100).unwrap();
        Session { fingerprint: KEY, instance, since: SystemTime::UNIX_EPOCH }
    }

    fn sessions() -> [SessionState; 4] {
        let session = session();
        let (active, gone) = (SessionState::Active(session), SessionState::PeerGone(session));
        [SessionState::None, active, gone, SessionState::Finished]
    }

    fn exchanges() -> [Exchange; 4] {
        let underway = |after_silence| Exchange::Underway { after_silence };
        [Exchange::Idle, underway(false), underway(true), Exchange::Unanswered]
    }

    fn all() -> Vec<Privacy> {
        let mut all = Vec::new();
        for intent in [Intent::Plain, Intent::Private] {
            for session in sessions() {
                for exchange in exchanges() {
                    all.push(Privacy { intent, session, exchange, last_key: None });
                }
            }
        }
        all
    }

    /// The whole table: what the person wants, the session, the exchange, and who is there.
    #[test]
    fn the_padlock_is_open_only_where_it_is_wanted_so_and_nothing_is_private_or_under_way() {
        for privacy in all() {
            for reach in REACHES {
                let padlock = privacy.padlock(reach, |_| KeyStanding::Accepted);
                let is_open = privacy.intent == Intent::Plain
                    && privacy.session == SessionState::None
                    && !privacy.is_exchanging();
                assert_eq!(padlock.is_plain(), is_open, "{privacy:?} {reach:?}");
                let is_private = matches!(privacy.session, SessionState::Active(_));
                assert_eq!(
                    padlock == Padlock::Private(KEY),
                    is_private && reach != Reach::Offline,
                    "{privacy:?} {reach:?}"
                );
            }
        }
    }

    #[test]
    fn what_a_key_may_get_is_what_the_padlock_of_its_session_says() {
        for standing in [
            KeyStanding::Doubted,
            KeyStanding::New { other_verified: true },
            KeyStanding::New { other_verified: false },
            KeyStanding::Accepted,
            KeyStanding::Verified,
        ] {
            let gets = standing.padlock(KEY).travels().is_ok();
            assert_eq!(gets, standing.gets_texts(), "{standing:?}");
        }
    }

    #[test]
    fn keys_are_asked_for_once_by_itself_and_only_where_it_can_be_answered() {
        for privacy in all() {
            for reach in REACHES {
                let can = privacy.intent == Intent::Private
                    && reach == Reach::There
                    && privacy.exchange == Exchange::Idle
                    && matches!(privacy.session, SessionState::None | SessionState::PeerGone(_));
                assert_eq!(privacy.is_exchange_missing(reach), can, "{privacy:?} {reach:?}");
            }
        }
    }

    #[test]
    fn an_exchange_that_broke_leaves_what_was_before_it() {
        for exchange in exchanges() {
            let of = |exchange| {
                let (intent, session) = (Intent::Private, SessionState::None);
                Privacy { intent, session, exchange, last_key: None }
            };
            let mut began = of(exchange);
            began.exchange_began();
            assert!(began.is_exchanging());
            began.exchange_broke();
            let mut before = of(exchange);
            before.exchange_broke();
            assert_eq!(began.exchange, before.exchange, "{exchange:?}");
            began.exchange_failed();
            assert_eq!(began.exchange, Exchange::Unanswered);
            began.may_be_asked_again();
            assert_eq!(began.exchange, Exchange::Idle);
            began.may_not_be_asked();
            assert_eq!(began.exchange, Exchange::Unanswered);
        }
    }

    #[test]
    fn a_client_that_may_be_gone_gets_nothing_until_it_shows_again() {
        let mut privacy = Privacy::new(Intent::Private);
        let whom = (session().instance, KEY);
        privacy.follow(whom, true, SystemTime::UNIX_EPOCH);
        assert!(privacy.active().is_some());
        privacy.peer_gone(InstanceTag::new(0x101).unwrap());
        assert!(privacy.active().is_some(), "it was another");
        privacy.peer_gone(whom.0);
        assert!(privacy.active().is_none() && privacy.is_with(whom.0));
        let padlock = privacy.padlock(Reach::There, |_| KeyStanding::Verified);
        assert!(padlock.travels().is_err());
        privacy.peer_back();
        assert!(privacy.active().is_some());
    }

    #[test]
    fn of_several_sessions_the_oldest_says_what_cannot_be_older() {
        let mut privacy = Privacy::new(Intent::Private);
        let (one, other) = (session().instance, InstanceTag::new(0x101).unwrap());
        let later = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1);
        privacy.follow((one, KEY), true, SystemTime::UNIX_EPOCH);
        privacy.follow((other, KEY), true, later);
        assert_eq!(privacy.session().map(|it| it.since), Some(SystemTime::UNIX_EPOCH));
        privacy.finish();
        privacy.follow((one, KEY), true, later);
        assert_eq!(privacy.session().map(|it| it.since), Some(later));
    }
}
