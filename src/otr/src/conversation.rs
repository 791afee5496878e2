//! A conversation with one contact, with all of the contact's clients. Dispatch only.

mod config;
mod exchange;
mod private;
mod receiving;
mod records;
mod sending;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::mem;
use core::num::NonZero;

use crate::audience::Audience;
use crate::data::ExtraKey;
use crate::error::{RecordError, SendError, SmpError, UnknownInstance};
use crate::fingerprint::Fingerprint;
use crate::fragment::Assembler;
use crate::instance::InstanceTag;
use crate::message_state::MessageState;
use crate::output::{Event, Output};
use crate::outputs::Outputs;
use crate::peer::Peers;
#[cfg(any(test, fuzzing))]
use crate::peer::Privacy;
use crate::policy::Policy;
use crate::recipient::Recipient;
use crate::record::Record;
use crate::smp::{SmpRequest, SmpSecret};
use crate::timestamp::Timestamp;
pub use config::{Config, LineBreaks};
use exchange::Exchange;
use sending::TagOffer;

/// The longest text in bytes that can be sent, in clear or not.
pub const TEXT_BYTES_MAX: usize = 1 << 18;

/// The conversation with one contact: with all of the contact's clients, each of which may have a
/// session and a key of its own.
///
/// Every call returns what follows from it, in order; see [`Output`]. After each call,
/// [`Conversation::message_state`] and [`Conversation::deadline`] may have changed. The
/// [guide](crate::guide) tells what to do with all of it.
pub struct Conversation {
    config: Config,
    peers: Peers,
    assembler: Assembler,
    exchange: Exchange,
    tag_offer: TagOffer,
    wish: WantedPrivacy,
    /// What came due in a call that failed: the next call tells it.
    due: Vec<Output>,
    v3_seen: bool,
    /// When we last told a client that nothing is private with it.
    refused_at: Option<Timestamp>,
}

/// What the person wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum WantedPrivacy {
    #[default]
    Unspoken,
    /// No text in clear, until the person says otherwise.
    Private,
}

impl Conversation {
    /// Begins in plaintext.
    #[must_use]
    pub fn new(mut config: Config) -> Self {
        let mut peers = Peers::default();
        peers.set_trusted(mem::take(&mut config.trusted));
        Self {
            v3_seen: config.v3_seen,
            config,
            peers,
            assembler: Assembler::default(),
            exchange: Exchange::default(),
            tag_offer: TagOffer::default(),
            wish: WantedPrivacy::default(),
            due: Vec::new(),
            refused_at: None,
        }
    }

    /// Takes a text from the network, as it came. Never fails: whatever came becomes events, or
    /// nothing.
    ///
    /// Feed it what the peer sent *now, to this client*: never a copy from an archive, from another
    /// device of ours, or one that was delayed. Those were meant for other keys.
    pub fn receive(&mut self, wire: &str, now: Timestamp) -> Outputs {
        let before = self.message_state();
        let mut outputs = self.take_due(now);
        outputs.extend(self.receive_text(wire, now));
        outputs.extend(self.recipient_change(before));
        Outputs::new(outputs)
    }

    /// Asks for a private conversation with every client of the contact, or for new keys where
    /// there is one. If nobody finishes the exchange of keys, it asks once more, by a D-H Commit
    /// where the contact's version is known, and then there is
    /// [`Event::StartTimedOut`](crate::Event::StartTimedOut); see [`Conversation::deadline`].
    ///
    /// From here on the person wants privacy, whoever answers: see [`Conversation::set_wanted`].
    ///
    /// There is [`Event::NoVersion`](crate::Event::NoVersion) if there is no version to speak: none
    /// that the policy allows, or only version 2 with a contact that speaks version 3
    /// ([`Conversation::set_v3_seen`]).
    pub fn start(&mut self, now: Timestamp) -> Outputs {
        self.after_due(now, |it| it.start_private(now))
    }

    /// Sends a text, UTF-8 and without NUL characters: encrypted, if the conversation is private.
    /// `audience` is for whom it was written: [`Conversation::audience`] at the moment when it was;
    /// the same at the first attempt and at every other. To send something again that was refused
    /// or got lost is just this: to call it again with what was kept.
    ///
    /// # Errors
    /// See [`SendError`]; nothing is sent then.
    pub fn send(
        &mut self,
        text: &str,
        audience: Audience,
        now: Timestamp,
    ) -> Result<Outputs, SendError> {
        self.do_due(now);
        let sent = self.send_text(text, audience, now)?;
        Ok(self.behind_due(sent))
    }

    /// For whom a text is that somebody writes now: for the owner of the key that the conversation
    /// is or was private with; for the contact in private while keys are exchanged, while the
    /// person wants privacy ([`Conversation::set_wanted`]) and where the policy demands it; else
    /// for everybody.
    ///
    /// To be taken when the text is finished, and kept with it. Taken anew when an old text is sent
    /// again, it would name whoever is there now. A client that keeps the keys it has seen knows
    /// more than this conversation where nothing was private yet, and may take
    /// [`Audience::Key`] of the last in place of [`Audience::Contact`].
    #[must_use]
    pub fn audience(&self) -> Audience {
        match self.message_state() {
            MessageState::Encrypted { fingerprint, .. }
            | MessageState::Finished { fingerprint, .. } => Audience::Key(fingerprint),
            MessageState::Plaintext if !self.is_private_due() => Audience::Everybody,
            MessageState::Plaintext => {
                self.peers.expected().map_or(Audience::Contact, Audience::Key)
            }
        }
    }

    /// Whether the person wants privacy: since [`Conversation::start`], or as told by
    /// [`Conversation::set_wanted`], until [`Conversation::end`].
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        self.wish == WantedPrivacy::Private
    }

    /// Tells that the person wants this conversation private, as kept from the last time, or wants
    /// it no more. While it is wanted no text goes out in clear, neither before the exchange of
    /// keys nor after one that nobody answered.
    pub fn set_wanted(&mut self, is_wanted: bool) {
        self.wish = if is_wanted { WantedPrivacy::Private } else { WantedPrivacy::Unspoken };
    }

    /// Leaves the private conversation with every client, tells them, and gives up an exchange
    /// under way. Texts go out in clear again: to be called only when the person asked for it, or
    /// when the program ends. What a client had on its way until then is read for ten seconds more;
    /// then its keys are forgotten too ([`Conversation::deadline`]).
    pub fn end(&mut self, now: Timestamp) -> Outputs {
        self.after_due(now, |it| it.end_private(now))
    }

    /// Asks the owner of the key `whom`, which the window shows, for a secret that both know, or
    /// to answer a question (at most 32,768 bytes, no NUL character). A verification with them that
    /// is under way is broken off. What comes of it is told by the `Smp…` events, and holds for the
    /// fingerprint that they name.
    ///
    /// # Errors
    /// [`SmpError::NotPrivate`] without a private conversation, [`SmpError::OtherKey`] if it is with
    /// others only, [`SmpError::Absent`] if its other end has gone, [`SmpError::EmptySecret`],
    /// [`SmpError::NulInQuestion`] or [`SmpError::QuestionTooLong`]; nothing is sent then.
    #[doc(alias = "trust")]
    pub fn verify(
        &mut self,
        whom: Fingerprint,
        secret: &SmpSecret,
        question: Option<&str>,
        now: Timestamp,
    ) -> Result<Outputs, SmpError> {
        self.do_due(now);
        let sent = self.start_smp(whom, secret, question, now)?;
        Ok(self.behind_due(sent))
    }

    /// Answers a request of the peer: the one that
    /// [`Event::SmpRequested`](crate::Event::SmpRequested) named.
    ///
    /// # Errors
    /// [`SmpError::StaleRequest`] if that request was withdrawn, answered, replaced by another, or
    /// made in another conversation; [`SmpError::EmptySecret`], and the request still waits.
    /// Nothing is sent then.
    pub fn answer(
        &mut self,
        request: SmpRequest,
        secret: &SmpSecret,
        now: Timestamp,
    ) -> Result<Outputs, SmpError> {
        self.do_due(now);
        let sent = self.answer_smp(request, secret, now)?;
        Ok(self.behind_due(sent))
    }

    /// Breaks off a verification, with whichever client one is under way, also one that only waits
    /// for our answer.
    pub fn abort_verification(&mut self, now: Timestamp) -> Outputs {
        self.after_due(now, |it| it.abort_smp(now))
    }

    /// Tells the owner of the key `whom` that we use the extra symmetric key for `purpose`, a
    /// number that both programs understand, with at most 65,531 bytes of `data` to say more; and
    /// the key (OTRv3, "Extra symmetric key").
    ///
    /// # Errors
    /// [`RecordError::NotPrivate`] without a private conversation, [`RecordError::OtherKey`] if it
    /// is with others only, [`RecordError::Absent`] if its other end has gone,
    /// [`RecordError::TooLong`] if `data` is longer; nothing is sent then.
    pub fn extra_key(
        &mut self,
        whom: Fingerprint,
        purpose: u32,
        data: &[u8],
        now: Timestamp,
    ) -> Result<(ExtraKey, Outputs), RecordError> {
        self.do_due(now);
        let (key, sent) = self.use_extra_key(whom, purpose, data, now)?;
        Ok((key, self.behind_due(sent)))
    }

    /// Sends the owner of the key `whom` a private text, or none, with a record. Padding makes the
    /// whole a multiple of 256 bytes.
    ///
    /// Some programs stumble over types that they do not know: potr 1.0.2 loses the text beside
    /// one. Find out first what the other side understands.
    ///
    /// # Errors
    /// See [`RecordError`]; nothing is sent then.
    #[doc(alias = "TLV")]
    pub fn send_record(
        &mut self,
        whom: Fingerprint,
        text: &str,
        record: Record<'_>,
        now: Timestamp,
    ) -> Result<Outputs, RecordError> {
        self.do_due(now);
        let sent = self.send_with_record(whom, text, record, now)?;
        Ok(self.behind_due(sent))
    }

    /// What would happen to a text that is written and sent now: what the window should show.
    #[must_use]
    pub fn message_state(&self) -> MessageState {
        self.peers.message_state()
    }

    /// The state with each client of the contact that is or was private, in no order.
    pub fn instances(&self) -> impl Iterator<Item = MessageState> {
        self.peers.states().filter(|state| *state != MessageState::Plaintext)
    }

    /// Whether keys are being exchanged, by our wish or the peer's. It ends with a session, or with
    /// [`Event::StartTimedOut`](crate::Event::StartTimedOut). An own [`Conversation::start`]
    /// meanwhile would only cross with it.
    #[must_use]
    pub const fn is_starting(&self) -> bool {
        self.exchange.is_under_way()
    }

    /// How the client is chosen that texts go to.
    #[must_use]
    pub const fn recipient(&self) -> Recipient {
        self.peers.recipient()
    }

    /// Chooses how the client is chosen that texts go to, and that we verify. [`Conversation::end`]
    /// goes back to [`Recipient::Best`].
    ///
    /// # Errors
    /// [`UnknownInstance`] if it names a client with which nothing is or was private; nothing
    /// changes then.
    pub fn set_recipient(&mut self, recipient: Recipient) -> Result<(), UnknownInstance> {
        if self.peers.set_recipient(recipient) { Ok(()) } else { Err(UnknownInstance) }
    }

    /// Tells whether a client of the contact is there, as the network shows it. One that has gone
    /// comes after one that is there, and gets nothing ([`SendError::Absent`]). It counts as there
    /// again as soon as an authenticated message comes from it, or a new session begins.
    ///
    /// Do not tell so of a program that comes back under its old address: it may have been started
    /// anew and have lost its keys. [`Conversation::start`] finds out.
    pub fn set_present(&mut self, instance: InstanceTag, is_present: bool) {
        if let Some(peer) = self.peers.find(instance) {
            peer.is_present = is_present;
        }
    }

    /// Whether a client is known and counts as there; see [`Conversation::set_present`].
    #[must_use]
    pub fn is_present(&self, instance: InstanceTag) -> bool {
        self.peers.iter().any(|peer| peer.tag == instance && peer.is_present)
    }

    /// Tells which keys of this contact the person has verified: of several clients, one with such
    /// a key is preferred, and with [`Audience::Contact`] no other gets anything.
    pub fn set_trusted(&mut self, trusted: impl IntoIterator<Item = Fingerprint>) {
        self.peers.set_trusted(trusted.into_iter().collect());
    }

    /// Changes the words that follow each offer to speak in private, for people whose program
    /// knows nothing of it; at first there are none. They travel in clear.
    pub fn set_invitation(&mut self, words: impl Into<String>) {
        self.config.invitation = words.into();
    }

    /// Changes the greatest network message, as with [`Config::fragment_bytes_max`].
    pub const fn set_fragment_bytes_max(&mut self, bytes_max: Option<NonZero<usize>>) {
        self.config.fragment_bytes_max = bytes_max;
    }

    /// What the conversation may do by itself.
    #[must_use]
    pub const fn policy(&self) -> Policy {
        self.config.policy
    }

    /// Our instance tag.
    #[must_use]
    pub const fn own_instance(&self) -> InstanceTag {
        self.config.instance
    }

    /// The greatest network message in bytes; `None`: no limit.
    #[must_use]
    pub const fn fragment_bytes_max(&self) -> Option<NonZero<usize>> {
        self.config.fragment_bytes_max
    }

    /// Changes what the conversation may do by itself. What is private stays private.
    pub fn set_policy(&mut self, policy: Policy) {
        self.config.policy = policy;
    }

    /// Whether the contact has been private with us in version 3, here or as told by
    /// [`Conversation::set_v3_seen`]: to be kept with the contact.
    #[must_use]
    pub const fn v3_seen(&self) -> bool {
        self.v3_seen
    }

    /// Tells that the contact speaks version 3. Nothing binds the version that a query names, so
    /// from now on version 2 is not accepted, though an offer still names it if the policy does:
    /// [`Event::DowngradeRefused`](crate::Event::DowngradeRefused).
    pub const fn set_v3_seen(&mut self) {
        self.v3_seen = true;
    }

    /// Allows version 2 with the contact again, until version 3 is spoken: only for a person who
    /// was asked and knows that the contact has gone back to an older program.
    pub const fn forget_v3_seen(&mut self) {
        self.v3_seen = false;
    }

    /// When [`Conversation::handle_timeout`] wants to be called next; `None`: nothing is due. To be
    /// asked for after each call.
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        if self.due.is_empty() {
            self.exchange.deadline().into_iter().chain(self.peers.next_parting()).min()
        } else {
            Some(Timestamp::default())
        }
    }

    /// Does what is due at `now`; nothing before [`Conversation::deadline`]. Every other call that
    /// takes the time does it too, before all else, so that nothing waits for ever in a client that
    /// forgets its clock.
    pub fn handle_timeout(&mut self, now: Timestamp) -> Outputs {
        self.after_due(now, |_| Vec::new())
    }

    /// The short name of our own key.
    #[must_use]
    pub fn own_fingerprint(&self) -> Fingerprint {
        self.config.key.fingerprint()
    }

    /// The keys of all pairs of all sessions, for whoever watches them.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn cipher_keys(&self) -> Vec<[u8; 16]> {
        let sessions = self.peers.iter().filter_map(|peer| match &peer.privacy {
            Privacy::Encrypted(session) => Some(session),
            Privacy::Plaintext | Privacy::Finished { .. } => None,
        });
        sessions.flat_map(|session| session.keys.cipher_keys()).collect()
    }

    /// Names a key as our next one in every session, whosever it is.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn claim_next_key(&mut self, public: crate::crypto::DhPublic) {
        let sessions = self.peers.iter_mut().filter_map(crate::peer::Peer::session);
        sessions.for_each(|session| session.keys.claim_next_key(public));
    }

    /// Does what is due at `now`, and keeps what came of it until a call can tell it.
    fn do_due(&mut self, now: Timestamp) {
        self.peers.forget_partings(now);
        let outputs = self.continue_start(now);
        self.due.extend(outputs);
    }

    /// Does what is due; what came of it, and of earlier calls that failed.
    fn take_due(&mut self, now: Timestamp) -> Vec<Output> {
        self.do_due(now);
        mem::take(&mut self.due)
    }

    fn behind_due(&mut self, outputs: Vec<Output>) -> Outputs {
        let mut all = mem::take(&mut self.due);
        all.extend(outputs);
        Outputs::new(all)
    }

    fn after_due(&mut self, now: Timestamp, act: impl FnOnce(&mut Self) -> Vec<Output>) -> Outputs {
        self.do_due(now);
        let outputs = act(self);
        self.behind_due(outputs)
    }

    /// Tells that texts go to another program now, with another key.
    fn recipient_change(&self, before: MessageState) -> Option<Output> {
        let state = self.message_state();
        let is_other = before.instance().is_some_and(|instance| Some(instance) != state.instance())
            && before.fingerprint() != state.fingerprint();
        is_other.then_some(Output::Event(Event::RecipientChanged(state)))
    }

    /// Whether text passes untouched: no version is allowed, nothing is or was private, and nobody
    /// demands that it be.
    fn is_off(&self) -> bool {
        let policy = self.config.policy;
        !policy.is_enabled()
            && !policy.contains(Policy::REQUIRE_ENCRYPTION)
            && self.wish == WantedPrivacy::Unspoken
            && self.message_state() == MessageState::Plaintext
    }

    /// Whether a text that is written before a conversation is private is not for everybody.
    fn is_private_due(&self) -> bool {
        self.is_private_demanded() || self.is_starting()
    }

    /// Whether nothing may go out in clear: by the policy, or because the person wants privacy.
    fn is_private_demanded(&self) -> bool {
        self.wish == WantedPrivacy::Private
            || self.config.policy.contains(Policy::REQUIRE_ENCRYPTION)
    }

    /// The policy with the versions that this contact may still be spoken to in.
    const fn versions(&self) -> Policy {
        let policy = self.config.policy;
        if self.v3_seen { policy.without(Policy::ALLOW_V2) } else { policy }
    }
}

impl fmt::Debug for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conversation")
            .field("config", &self.config)
            .field("message_state", &self.message_state())
            .finish_non_exhaustive()
    }
}
