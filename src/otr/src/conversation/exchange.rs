//! Beginning a private conversation: queries, tags, key exchange messages, and patience.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem;

use super::{Conversation, WantedPrivacy};
use crate::auth::{self, AuthState, Established, OwnCommit, Reaction};
use crate::instance::InstanceTag;
use crate::message_state::MessageState;
use crate::output::{Event, Output};
use crate::peer::{Peer, Privacy};
use crate::policy::Policy;
use crate::query::Offer;
use crate::session::Session;
use crate::timestamp::Timestamp;
use crate::version::Version;
use crate::wire::{Header, MessageType, Reader};

/// A D-H Commit to every client is answered within this time or not at all.
const BROADCAST_LIFE_MS: u64 = 60_000;
/// While nobody answers it, a D-H Commit is sent again for so long instead of a new one.
const BROADCAST_AGAIN_MS: u64 = 30_000;
/// A query that comes so soon after the last one, while that one's D-H Commit is unanswered, is
/// taken for the same.
const QUERY_PAUSE_MS: u64 = 2_000;
/// Pieces of messages alone keep an exchange going for so many times as long as a step may take.
const STALLS_MAX: u64 = 8;
/// Times that we ask for a private conversation, the first included.
const TRIES_MAX: u8 = 2;
/// The least time between two queries that the peer's errors make us send.
const ERROR_START_PAUSE_MS: u64 = 60_000;
/// The least time from new keys, or a start by a tag, to one that a tag makes beside a private
/// conversation: anybody can send them, and the peer may have sent some before it was private.
const TAG_START_PAUSE_MS: u64 = 60_000;

/// What concerns all clients of the peer.
#[derive(Default)]
pub(super) struct Exchange {
    broadcast: Option<Broadcast>,
    start: Option<Start>,
    error_start_at: Option<Timestamp>,
    tag_start_at: Option<Timestamp>,
}

/// A D-H Commit that any client may answer.
struct Broadcast {
    commit: Arc<OwnCommit>,
    version: Version,
    made_at: Timestamp,
    sent_at: Timestamp,
    answers: Answers,
}

/// What came for a [`Broadcast`].
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answers {
    None,
    Some,
    /// One came under two tags.
    Copied,
}

/// An exchange that we asked for, or that the peer began.
struct Start {
    deadline: Timestamp,
    stall_ms: u64,
    /// When the last step was made; a piece of a message, which anybody can send, is none.
    stepped_at: Timestamp,
    /// Times that we may still ask.
    tries_left: u8,
    /// Times that we may still send a D-H Commit of our own in place of the peer's.
    commits_left: u8,
    /// Times that those that gave way may still be sent again.
    repeats_left: u8,
}

impl Start {
    const fn new(now: Timestamp, stall_ms: u64, tries_left: u8) -> Self {
        let deadline = now.plus_millis(stall_ms);
        Self { deadline, stall_ms, stepped_at: now, tries_left, commits_left: 1, repeats_left: 1 }
    }

    fn step(&mut self, now: Timestamp) {
        self.stepped_at = now;
        self.deadline = now.plus_millis(self.stall_ms);
    }

    /// A piece of a message came: the rest may take as long as a step.
    fn piece(&mut self, now: Timestamp) {
        let last = self.stepped_at.plus_millis(self.stall_ms.saturating_mul(STALLS_MAX));
        self.deadline = self.deadline.max(last.min(now.plus_millis(self.stall_ms)));
    }
}

impl Exchange {
    pub(super) fn begin(&mut self, now: Timestamp, stall_ms: u64) {
        self.start = Some(Start::new(now, stall_ms, TRIES_MAX - 1));
    }

    /// The peer began: we wait for its next step as for the steps of an exchange of our own, but
    /// asking again is not ours.
    fn join(&mut self, now: Timestamp, stall_ms: u64) {
        self.start.get_or_insert(Start::new(now, stall_ms, 0));
    }

    pub(super) const fn is_under_way(&self) -> bool {
        self.start.is_some()
    }

    pub(super) fn give_up(&mut self) {
        self.start = None;
        self.broadcast = None;
    }

    pub(super) fn deadline(&self) -> Option<Timestamp> {
        self.start.as_ref().map(|start| start.deadline)
    }

    fn progress(&mut self, now: Timestamp) {
        if let Some(start) = &mut self.start {
            start.step(now);
        }
        if let Some(broadcast) = &mut self.broadcast
            && broadcast.answers == Answers::None
        {
            broadcast.answers = Answers::Some;
        }
    }

    /// An answer came under a second tag; whether that is news. Anybody can make it so, often.
    fn note_copy(&mut self) -> bool {
        self.broadcast.as_mut().is_none_or(|broadcast| {
            mem::replace(&mut broadcast.answers, Answers::Copied) != Answers::Copied
        })
    }

    pub(super) fn piece(&mut self, now: Timestamp) {
        if let Some(start) = &mut self.start {
            start.piece(now);
        }
    }

    /// Forgets a D-H Commit that is too old to be answered; whether it did.
    fn expire(&mut self, now: Timestamp) -> bool {
        let is_old =
            |broadcast: &mut Broadcast| now.millis_since(broadcast.made_at) >= BROADCAST_LIFE_MS;
        self.broadcast.take_if(is_old).is_some()
    }

    /// Takes the D-H Commit that can go out once more. Anybody can ask for one.
    fn unanswered(&mut self, version: Version, now: Timestamp) -> Option<Broadcast> {
        self.broadcast.take().filter(|broadcast| {
            broadcast.version == version
                && broadcast.answers == Answers::None
                && now.millis_since(broadcast.made_at) < BROADCAST_AGAIN_MS
        })
    }

    /// The state in which a client begins that we have not heard of: it may have our D-H Commit,
    /// if that was in its version.
    fn first_state(&self, version: Version) -> AuthState {
        let broadcast = self.broadcast.as_ref().filter(|broadcast| broadcast.version == version);
        broadcast.map_or(AuthState::None, |broadcast| {
            AuthState::AwaitingDhKey(Arc::clone(&broadcast.commit))
        })
    }
}

impl Conversation {
    /// Asks, with the person's wish.
    pub(super) fn start_private(&mut self, now: Timestamp) -> Vec<Output> {
        self.wish = WantedPrivacy::Private;
        if !self.versions().is_enabled() {
            return Vec::from([Output::Event(Event::NoVersion)]);
        }
        self.exchange.begin(now, self.config.stall_ms);
        Vec::from([self.query()])
    }

    /// Does something for an exchange that stalls, or gives it up: at once if nobody looked at the
    /// clock for so long that the person has forgotten what they asked for.
    pub(super) fn continue_start(&mut self, now: Timestamp) -> Vec<Output> {
        let mut outputs = Vec::new();
        let is_enabled = self.versions().is_enabled();
        let Some(start) = &mut self.exchange.start else { return outputs };
        if now < start.deadline {
            return outputs;
        }
        let is_late = now >= start.deadline.plus_millis(start.stall_ms);
        if is_late {
            self.exchange.start = None;
            outputs.push(Output::Event(Event::StartTimedOut));
            return outputs;
        }
        start.step(now);
        if start.repeats_left > 0 {
            self.repeat_commits(&mut outputs);
        }
        let Some(start) = &mut self.exchange.start else { return outputs };
        if !outputs.is_empty() {
            start.repeats_left = start.repeats_left.saturating_sub(1);
        } else if start.tries_left > 0 && is_enabled {
            start.tries_left = start.tries_left.saturating_sub(1);
            self.ask_again(now, &mut outputs);
        } else {
            self.exchange.start = None;
            outputs.push(Output::Event(Event::StartTimedOut));
        }
        outputs
    }

    /// Sends our D-H Commit again to each client to whose own we gave way, for nothing has come of
    /// that. otr3 2db8f2c (CoyIM) takes no answer to one of the higher hash after two have crossed,
    /// and answers ours then; a query it would not hear.
    fn repeat_commits(&mut self, outputs: &mut Vec<Output>) {
        let versions = self.versions();
        for peer in self.peers.iter_mut().filter(|peer| versions.allows(peer.version)) {
            if let Some(again) = peer.auth.repeated_commit(peer.tag, self.config.own(peer.version))
            {
                self.config.transmit_auth(&again, peer.version, Some(peer.tag), outputs);
            }
        }
    }

    /// Asks for the second time, if we know how with a D-H Commit: otr3 2db8f2c (CoyIM) hears no
    /// query for a minute after an exchange, and everybody answers a D-H Commit at any time.
    fn ask_again(&mut self, now: Timestamp, outputs: &mut Vec<Output>) {
        let is_version_2 = |state: MessageState| state.version() == Some(Version::V2);
        let known = if self.v3_seen {
            Some(Version::V3)
        } else {
            self.peers.states().any(is_version_2).then_some(Version::V2)
        };
        match known.filter(|version| self.versions().allows(*version)) {
            Some(version) => self.send_commit(version, now, outputs),
            None => outputs.push(self.query()),
        }
    }

    pub(super) fn receive_query(
        &mut self,
        offer: Offer,
        now: Timestamp,
        outputs: &mut Vec<Output>,
    ) {
        let is_repeated = self.exchange.broadcast.as_ref().is_some_and(|broadcast| {
            broadcast.answers == Answers::None
                && now.millis_since(broadcast.sent_at) < QUERY_PAUSE_MS
        });
        if is_repeated {
            return;
        }
        match offer.best(self.versions()) {
            Some(version) => self.send_commit(version, now, outputs),
            None if offer.best(self.config.policy).is_some() => {
                outputs.push(Output::Event(Event::DowngradeRefused));
            }
            None => {}
        }
    }

    pub(super) fn receive_tag(&mut self, offer: Offer, now: Timestamp, outputs: &mut Vec<Output>) {
        if !self.config.policy.contains(Policy::WHITESPACE_START_AKE) {
            return;
        }
        // Who writes so has no session with us. Ours stays until new keys are shared.
        if matches!(self.message_state(), MessageState::Encrypted { .. }) {
            let is_early = |last| now.millis_since(last) < TAG_START_PAUSE_MS;
            if self.exchange.tag_start_at.is_some_and(is_early) {
                return;
            }
            self.exchange.tag_start_at = Some(now);
        }
        self.receive_query(offer, now, outputs);
    }

    pub(super) fn receive_error(&mut self, now: Timestamp, outputs: &mut Vec<Output>) {
        let is_early = self
            .exchange
            .error_start_at
            .is_some_and(|last| now.millis_since(last) < ERROR_START_PAUSE_MS);
        let policy = self.versions();
        if policy.contains(Policy::ERROR_START_AKE) && policy.is_enabled() && !is_early {
            self.exchange.error_start_at = Some(now);
            self.exchange.join(now, self.config.stall_ms);
            outputs.push(self.query());
        }
    }

    /// Sends a D-H Commit to every client that speaks `version`.
    fn send_commit(&mut self, version: Version, now: Timestamp, outputs: &mut Vec<Output>) {
        let receiver = match version {
            Version::V2 => Some(InstanceTag::UNTAGGED),
            Version::V3 => None,
        };
        let broadcast = match self.exchange.unanswered(version, now) {
            Some(broadcast) => Broadcast { sent_at: now, ..broadcast },
            None => Broadcast {
                commit: Arc::new(OwnCommit::new(receiver, self.config.own(version))),
                version,
                made_at: now,
                sent_at: now,
                answers: Answers::None,
            },
        };
        let commit = Arc::clone(&broadcast.commit);
        self.config.transmit_auth(commit.message(), version, receiver, outputs);
        self.exchange.join(now, self.config.stall_ms);
        for peer in self.peers.iter_mut().filter(|peer| peer.version == version) {
            if let Some(revealed) = peer.auth.begin_anew(&commit) {
                peer.revealed = Some(revealed);
            }
        }
        self.exchange.broadcast = Some(broadcast);
    }

    pub(super) fn receive_auth(
        &mut self,
        header: Header,
        body: Reader<'_>,
        now: Timestamp,
        outputs: &mut Vec<Output>,
    ) {
        if !self.versions().allows(header.version) {
            if self.config.policy.allows(header.version) {
                outputs.push(Output::Event(Event::DowngradeRefused));
            }
            return;
        }
        if self.exchange.expire(now) {
            self.peers.iter_mut().for_each(Peer::forget_commit);
        }
        let (tag, version) = (header.sender, header.version);
        if self.peers.find(tag).is_none() {
            let may_begin = match header.message_type {
                MessageType::DhCommit | MessageType::DhKey => true,
                MessageType::RevealSignature | MessageType::Signature | MessageType::Data => false,
            };
            let state = self.exchange.first_state(version);
            let is_known = matches!(state, AuthState::AwaitingDhKey(_));
            if !may_begin || (header.message_type == MessageType::DhKey && !is_known) {
                return;
            }
            self.peers.add(Peer::new(tag, version, state));
        }
        let Some(peer) = self.peers.find(tag) else { return };
        let is_copy = header.message_type == MessageType::DhKey
            && peer.auth.awaits_dh_key()
            && auth::read_dh_key(body).is_ok_and(|key| self.peers.note_answer(tag, version, key));
        if is_copy && self.exchange.note_copy() {
            outputs.push(Output::Event(Event::AnswerCopied));
        }
        let Some(peer) = self.peers.find(tag) else { return };
        let state = mem::take(&mut peer.auth);
        let own = self.config.own(version);
        let (state, reaction) = state.receive(header.message_type, body, tag, own);
        peer.auth = state;
        let reaction = match (reaction, &peer.revealed) {
            (reaction @ (Reaction::Nothing | Reaction::Failed), Some(revealed))
                if header.message_type == MessageType::Signature =>
            {
                let completed = revealed.complete(body, self.config.own(version));
                if matches!(completed, Reaction::Complete(..)) { completed } else { reaction }
            }
            (reaction, _) => reaction,
        };
        match reaction {
            Reaction::Nothing => {}
            Reaction::Reply(message) => {
                // The program that is copied may have its session already: nothing is begun.
                if !is_copy {
                    self.exchange.join(now, self.config.stall_ms);
                }
                self.exchange.progress(now);
                self.config.transmit_auth(&message, version, Some(tag), outputs);
            }
            Reaction::Complete(established, reply) => {
                if let Some(message) = reply {
                    self.config.transmit_auth(&message, version, Some(tag), outputs);
                }
                self.exchange.progress(now);
                self.exchange.start = None;
                self.begin_session(tag, &established, now, outputs);
            }
            Reaction::BrokenPromise => self.commit_instead(tag, version, now, outputs),
            Reaction::Reflected => outputs.push(Output::Event(Event::Reflected)),
            Reaction::Failed => outputs.push(Output::Event(Event::SetupFailed)),
            Reaction::Malformed => outputs.push(Output::Event(Event::Malformed)),
        }
    }

    /// The peer's D-H Commit leads nowhere, so ours is to, once in an exchange. libotr spoils its
    /// own if a Reveal Signature comes after it, as it may where both have started.
    fn commit_instead(
        &mut self,
        tag: InstanceTag,
        version: Version,
        now: Timestamp,
        outputs: &mut Vec<Output>,
    ) {
        let Some(start) = self.exchange.start.as_mut().filter(|start| start.commits_left > 0)
        else {
            return;
        };
        start.commits_left = start.commits_left.saturating_sub(1);
        start.step(now);
        let Some(peer) = self.peers.find(tag) else { return };
        let commit = Arc::new(OwnCommit::new(Some(tag), self.config.own(version)));
        self.config.transmit_auth(commit.message(), version, Some(tag), outputs);
        peer.auth = AuthState::AwaitingDhKey(commit);
    }

    /// The only way into a private conversation.
    fn begin_session(
        &mut self,
        instance: InstanceTag,
        established: &Established,
        now: Timestamp,
        outputs: &mut Vec<Output>,
    ) {
        self.peers.hears(instance);
        let Some(peer) = self.peers.find(instance) else { return };
        let mut session = Session::new(established, &mut *self.config.rng, now);
        let Established { version, fingerprint, ssid, .. } = *established;
        (peer.parting, peer.revealed) = (None, None);
        self.v3_seen |= version == Version::V3;
        self.exchange.tag_start_at = Some(now);
        let event = match mem::replace(&mut peer.privacy, Privacy::Plaintext) {
            Privacy::Plaintext | Privacy::Finished { .. } => {
                Event::SessionStarted { instance, fingerprint, ssid }
            }
            Privacy::Encrypted(mut old) => {
                let previous = old.fingerprint;
                if old.smp.abort().is_some() {
                    let aborted = Event::SmpAborted { instance, fingerprint: previous };
                    outputs.push(Output::Event(aborted));
                }
                session.keys.reveal_for(old.keys);
                if previous == fingerprint {
                    Event::SessionRefreshed { instance, fingerprint, ssid }
                } else {
                    Event::SessionKeyChanged { instance, fingerprint, previous, ssid }
                }
            }
        };
        peer.privacy = Privacy::Encrypted(Box::new(session));
        if let Some(displaced) = self.peers.crowded_out() {
            let is_new = displaced.tag == instance;
            self.displace(displaced, now, outputs);
            if is_new {
                return;
            }
        }
        self.peers.saw(fingerprint);
        outputs.push(Output::Event(event));
    }
}
