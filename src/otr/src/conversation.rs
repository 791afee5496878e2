//! A conversation with one contact, with all of the contact's clients. Dispatch only.

mod config;
mod exchange;
mod private;
mod receiving;
mod records;
mod sending;

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use core::num::NonZero;

use crate::audience::Audience;
use crate::data::ExtraKey;
use crate::error::{RecordError, SendError, SmpError, UnknownInstance};
use crate::fingerprint::Fingerprint;
use crate::fragment::Assembler;
use crate::instance::InstanceTag;
use crate::message_state::MessageState;
use crate::output::Output;
use crate::peer::Peers;
use crate::policy::Policy;
use crate::recipient::Recipient;
use crate::smp::{RequestNames, SmpRequest, SmpSecret};
use crate::timestamp::Timestamp;
pub use config::Config;
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
    invitation: String,
    requests: RequestNames,
    v3_seen: bool,
}

impl Conversation {
    /// Begins in plaintext.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            config,
            peers: Peers::default(),
            assembler: Assembler::default(),
            exchange: Exchange::default(),
            tag_offer: TagOffer::default(),
            invitation: String::new(),
            requests: RequestNames::default(),
            v3_seen: false,
        }
    }

    /// Takes a text from the network, as it came. Never fails: whatever came becomes events, or
    /// nothing.
    ///
    /// Feed it what the peer sent *now, to this client*: never a copy from an archive, from another
    /// device of ours, or one that was delayed. Those were meant for other keys.
    pub fn receive(&mut self, wire: &str, now: Timestamp) -> Vec<Output> {
        self.receive_text(wire, now)
    }

    /// Asks for a private conversation with every client of the contact, or for new keys where
    /// there is one. If nobody finishes the exchange of keys, it asks once more, and then there is
    /// [`Event::StartTimedOut`](crate::Event::StartTimedOut); see [`Conversation::deadline`].
    ///
    /// Nothing happens if there is no version to speak: none that the policy allows, or only
    /// version 2 with a contact that speaks version 3 ([`Conversation::set_v3_seen`]).
    pub fn start(&mut self, now: Timestamp) -> Vec<Output> {
        if !self.versions().is_enabled() {
            return Vec::new();
        }
        self.exchange.begin(now);
        vec![self.query()]
    }

    /// Sends a text, UTF-8 and without NUL characters: encrypted, if the conversation is private.
    /// `audience` is for whom it was written ([`Audience`]); the same at the first attempt and at
    /// every other. To send something again that was refused or got lost is just this: to call it
    /// again with what was kept.
    ///
    /// # Errors
    /// See [`SendError`]; nothing is sent then.
    pub fn send(
        &mut self,
        text: &str,
        audience: Audience,
        now: Timestamp,
    ) -> Result<Vec<Output>, SendError> {
        self.send_text(text, audience, now)
    }

    /// Leaves the private conversation with every client, tells them, and gives up an exchange
    /// under way. Texts go out in clear again: to be called only when the person asked for it, or
    /// when the program ends.
    pub fn end(&mut self, now: Timestamp) -> Vec<Output> {
        self.end_private(now)
    }

    /// Asks the peer for a secret that both know, or to answer a question
    /// (at most 32,768 bytes, no NUL character). A verification that is under way is
    /// broken off. What comes of it is told by the `Smp…` events, and holds for the fingerprint
    /// that they name.
    ///
    /// # Errors
    /// [`SmpError::NotPrivate`] without a private conversation, [`SmpError::Absent`] if its other
    /// end has gone, [`SmpError::NulInQuestion`] or [`SmpError::QuestionTooLong`]; nothing is sent
    /// then.
    pub fn verify(
        &mut self,
        secret: &SmpSecret,
        question: Option<&str>,
        now: Timestamp,
    ) -> Result<Vec<Output>, SmpError> {
        self.start_smp(secret, question, now)
    }

    /// Answers a request of the peer: the one that
    /// [`Event::SmpRequested`](crate::Event::SmpRequested) named.
    ///
    /// # Errors
    /// [`SmpError::StaleRequest`] if that request was withdrawn, answered, or replaced by another;
    /// nothing is sent then.
    pub fn answer(
        &mut self,
        request: SmpRequest,
        secret: &SmpSecret,
        now: Timestamp,
    ) -> Result<Vec<Output>, SmpError> {
        self.answer_smp(request, secret, now)
    }

    /// Breaks off a verification, with whichever client one is under way, also one that only waits
    /// for our answer.
    pub fn abort_verification(&mut self, now: Timestamp) -> Vec<Output> {
        self.abort_smp(now)
    }

    /// Tells the peer that we use the extra symmetric key for `purpose`, a number that both
    /// programs understand, with at most 65,531 bytes of `data` to say more; and the key (OTRv3,
    /// "Extra symmetric key").
    ///
    /// # Errors
    /// [`RecordError::NotPrivate`] without a private conversation, [`RecordError::Absent`] if its
    /// other end has gone, [`RecordError::TooLong`] if `data` is longer; nothing is sent then.
    pub fn extra_key(
        &mut self,
        purpose: u32,
        data: &[u8],
        now: Timestamp,
    ) -> Result<(ExtraKey, Vec<Output>), RecordError> {
        self.use_extra_key(purpose, data, now)
    }

    /// Sends a private text, or none, with a record: its type, and a value of at most 65,535
    /// bytes. Types that the protocol knows mean to the peer what they always mean. The text goes
    /// to the key that [`Conversation::message_state`] names: what waited for another goes by
    /// [`Conversation::send`].
    ///
    /// # Errors
    /// See [`RecordError`]; nothing is sent then.
    pub fn send_record(
        &mut self,
        text: &str,
        record: (u16, &[u8]),
        now: Timestamp,
    ) -> Result<Vec<Output>, RecordError> {
        self.send_with_record(text, record, now)
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
        self.invitation = words.into();
    }

    /// Changes the greatest network message, as in [`Config::fragment_bytes_max`].
    pub const fn set_fragment_bytes_max(&mut self, bytes_max: Option<NonZero<usize>>) {
        self.config.fragment_bytes_max = bytes_max;
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
    /// from now on version 2 is neither offered nor accepted:
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
        self.exchange.deadline()
    }

    /// Does what is due at `now`; nothing before [`Conversation::deadline`].
    pub fn handle_timeout(&mut self, now: Timestamp) -> Vec<Output> {
        self.continue_start(now)
    }

    /// The short name of our own key.
    #[must_use]
    pub fn own_fingerprint(&self) -> Fingerprint {
        self.config.key.fingerprint()
    }

    /// Whether text passes untouched: no version is allowed, nothing is or was private, and nobody
    /// demands that it be.
    fn is_off(&self) -> bool {
        let policy = self.config.policy;
        !policy.is_enabled()
            && !policy.contains(Policy::REQUIRE_ENCRYPTION)
            && self.message_state() == MessageState::Plaintext
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
