//! What is to be done: each call of the conversation returns it, in order, to be carried out in that
//! order.

use std::time::SystemTime;

use otr::{Audience, Fingerprint, Timestamp};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::address::Destination;
use crate::archive::ArchivePlace;
use crate::label::Label;
use crate::message::{FailReason, MessageId, Outgoing};
use crate::notice::Notice;
use crate::older_version::OlderVersion;
use crate::padlock::Padlock;
use crate::privacy::Intent;
use crate::provenance::Provenance;
use crate::records::Named;
use crate::tags::Tags;
use crate::trust::Trust;
use crate::verification::Verification;

/// Texts are taken out of the outbox as long as fewer stanzas wait; that leaves room for answers.
const TEXTS_PENDING_MAX: usize = 1024;

/// One thing to be done.
pub enum Effect<D> {
    /// Give this to the network.
    Send(Stanza<D>),
    /// Write this down.
    Store(Write),
    /// Look up what is known of this key, which a session began with, and answer by
    /// [`Chat::key_sighted`](crate::Chat::key_sighted). Nothing comes behind it.
    SightKey(Fingerprint),
    /// Tell the person's window.
    Tell(Told),
    /// Once everything that was told before is in safety: say that it arrived, by
    /// [`Chat::confirm`](crate::Chat::confirm).
    Confirm(Confirmation<D>),
    /// Another key is in use, or none.
    KeyInUse(Option<Fingerprint>),
    /// What is known of keys changed.
    KeysChanged,
}

/// For the network. `tag` comes back with what became of it.
pub enum Stanza<D> {
    /// A text in clear, for the contact.
    Plain {
        /// Names the request.
        tag: u64,
        /// Names the message.
        id: MessageId,
        /// The text.
        body: String,
        /// Whether its arrival is to be confirmed (XEP-0184).
        wants_receipt: bool,
        /// The earlier message that it corrects (XEP-0308).
        replaces: Option<MessageId>,
    },
    /// A message of the protocol, or a piece of one.
    Otr {
        /// Names the request.
        tag: u64,
        /// Where it goes.
        to: Destination<D>,
        /// Names the message.
        id: MessageId,
        /// The message.
        body: String,
        /// Whether its arrival is to be confirmed outside of the encryption (XEP-0184).
        wants_receipt: bool,
        /// The earlier message that it corrects, said outside of the encryption (XEP-0308).
        replaces: Option<MessageId>,
    },
    /// This message of theirs arrived (XEP-0184).
    Receipt {
        /// Where it came from.
        to: Destination<D>,
        /// Its name.
        id: String,
    },
    /// The person writes, or stopped (XEP-0085). Only the last is true.
    Typing {
        /// To whom.
        to: Destination<D>,
        /// Whether the person writes.
        is_typing: bool,
    },
    /// A page of the archive with this contact (XEP-0313).
    QueryArchive {
        /// Names the request.
        tag: u64,
        /// The page before this message; `None`: the newest.
        before: Option<String>,
    },
}

/// For the disk.
pub enum Write {
    /// A message of ours that waits or failed, in place of an earlier record of this name.
    Keep(KeptMessage),
    /// The same for one that was just typed; a draft that is its beginning is wiped along with it.
    KeepNew(KeptMessage),
    /// A message of ours that needs no more waiting.
    Forget(MessageId),
    /// What was decided about a key.
    Trust(Fingerprint, Trust),
    /// Forget a key, and that it was known.
    ForgetKey(Fingerprint),
    /// What the person wants.
    Intent(Intent),
    /// The contact has spoken version 3.
    V3Seen,
    /// Whether version 2 is allowed all the same.
    V2Allowed(bool),
    /// When the contact was told in words what an offer is.
    Invited(SystemTime),
    /// The contact's question waits for an answer: if this life ends before, the next one says that it
    /// can't be answered any more.
    QuestionWaits,
    /// It waits no more.
    NoQuestionWaits,
}

/// A message of ours, as it is kept.
pub struct KeptMessage {
    /// Names it.
    pub id: MessageId,
    /// What was typed.
    pub text: Zeroizing<String>,
    /// When.
    pub at: SystemTime,
    /// For whom.
    pub audience: Audience,
    /// The earlier message that it corrects.
    pub replaces: Option<MessageId>,
    /// Why it came back, if it did: then it goes again only if the person says so.
    pub failed: Option<FailReason>,
    /// Whether it may have been sent more than once.
    pub resent: bool,
}

/// For the window.
pub enum Told {
    /// Who can read what is typed next changed.
    PadlockChanged(Padlock),
    /// Beside the client that texts go to, another one is private with us, with this new key that
    /// waits for a decision; `None`: none any more.
    NewKeyBeside(Option<Fingerprint>),
    /// Whether version 2 may be spoken changed.
    OlderVersion(OlderVersion),
    /// The contact wrote.
    Received {
        /// What: text, never markup.
        text: String,
        /// How it travelled.
        provenance: Provenance,
        /// When it was written, as far as known.
        at: SystemTime,
        /// What stands beside the text.
        label: Label,
        /// Where it belongs, if it is from the archive; else at the end.
        place: Option<ArchivePlace>,
        /// Which number it has among all that came.
        came: Option<u64>,
    },
    /// Another device of ours sent this, readable.
    SentByOtherDevice(SentByOtherDevice),
    /// A message of ours appeared or moved on.
    Outgoing(Outgoing),
    /// A message of ours was taken back.
    Discarded(MessageId),
    /// Something that the history tells in words.
    Notice(Notice),
    /// A verification moved on.
    Verification(Verification),
    /// The contact writes, or stopped.
    Typing(bool),
}

/// What another device of ours sent.
pub struct SentByOtherDevice {
    /// What.
    pub body: String,
    /// When, as far as known.
    pub at: SystemTime,
    /// Names it.
    pub id: Option<MessageId>,
    /// An earlier message of ours that this one corrects.
    pub replaces: Option<MessageId>,
    /// Where it belongs, if it is from the archive; else at the end.
    pub place: Option<ArchivePlace>,
}

/// That a text arrived, to be said to its author.
pub enum Confirmation<D> {
    /// Inside of the encryption.
    Inside(Fingerprint, Named),
    /// Outside of it (XEP-0184).
    Outside {
        /// Where it came from.
        to: Destination<D>,
        /// What it is called there.
        id: String,
    },
}

/// What a call is told of the world.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// The time on a monotonic clock, always the same.
    pub at: Timestamp,
    /// The time of day.
    pub wall: SystemTime,
    /// How many stanzas the network has not taken yet.
    pub queued: usize,
}

/// Where effects are gathered, and what they need.
pub(crate) struct Out<D> {
    pub(crate) now: Now,
    pub(crate) tags: Tags,
    rng: Box<dyn CryptoRng + Send + Sync>,
    effects: Vec<Effect<D>>,
}

impl<D> Out<D> {
    pub(crate) const fn new(now: Now, tags: Tags, rng: Box<dyn CryptoRng + Send + Sync>) -> Self {
        Self { now, tags, rng, effects: Vec::new() }
    }

    pub(crate) fn take(&mut self) -> Vec<Effect<D>> {
        std::mem::take(&mut self.effects)
    }

    pub(crate) fn push(&mut self, effect: Effect<D>) {
        self.effects.push(effect);
    }

    pub(crate) fn send(&mut self, stanza: Stanza<D>) {
        self.now.queued = self.now.queued.saturating_add(1);
        self.push(Effect::Send(stanza));
    }

    pub(crate) fn store(&mut self, write: Write) {
        self.push(Effect::Store(write));
    }

    pub(crate) fn tell(&mut self, told: Told) {
        self.push(Effect::Tell(told));
    }

    pub(crate) fn notice(&mut self, notice: Notice) {
        self.tell(Told::Notice(notice));
    }

    /// Whether the network has room for texts.
    pub(crate) const fn has_room(&self) -> bool {
        self.now.queued < TEXTS_PENDING_MAX
    }

    /// A name for what is no message of the person's.
    pub(crate) fn new_id(&mut self) -> MessageId {
        MessageId::random(&mut *self.rng)
    }
}
