//! What the conversation is told.

use std::fmt;
use std::time::SystemTime;

use otr::{Fingerprint, sender_instance};

use crate::address::Destination;
use crate::archive::ArchivePlace;
use crate::command::ChatCommand;
use crate::delivery::ArchivePage;
use crate::devices::Cause;
use crate::effect::SentByOtherDevice;
use crate::label::Label;
use crate::message::MessageId;
use crate::permissions::Permissions;
use crate::program::Program;
use crate::records::Named;
use crate::trust::Trust;

/// One thing that happened, or that the person asks.
pub enum Input<D> {
    /// We are online.
    LinkUp {
        /// Whether the session with the server goes on where it broke (XEP-0198).
        resumed: bool,
    },
    /// After a resumption: what the server kept for us has been told.
    CaughtUp,
    /// We are offline.
    LinkDown,
    /// What the contact may know of us changed, or what we know of them.
    Permissions(Permissions),
    /// Presence shows a device.
    Shown {
        /// Which.
        device: D,
        /// What it says that it runs.
        program: Program,
    },
    /// Presence says that a device is gone.
    Gone(D),
    /// A message came.
    Received(Received<D>),
    /// Another device of ours sent something.
    SentByOtherDevice(SentByOtherDevice),
    /// The server has what was given to it under this tag.
    Acked(u64),
    /// The connection broke before the server said so.
    Unsure(u64),
    /// It can't be written into a stanza.
    Unsendable(u64),
    /// Somebody who writes from there says that this one of ours arrived.
    Receipt {
        /// Where it came from.
        from: Destination<D>,
        /// Which.
        id: MessageId,
    },
    /// Somebody who writes from there says that this one of ours did not arrive.
    Bounced {
        /// Where it came from.
        from: Destination<D>,
        /// Which.
        id: MessageId,
    },
    /// The archive answers.
    Archived(ArchivePage),
    /// It does not.
    NotArchived {
        /// The request.
        tag: u64,
        /// Whether it is only the connection that is lost.
        is_link_lost: bool,
    },
    /// They write, or stopped.
    Typing(bool),
    /// The person asks for something.
    Command(ChatCommand),
    /// They are kept away from us: end what is private, still wanting it so.
    Leave,
    /// Something else wrote down what is known of the contact's keys, which is this by now; `None` if
    /// it cannot be read.
    KeysReviewed(Option<Vec<(Fingerprint, Trust)>>),
    /// Nothing: but the network may have room again.
    Room,
    /// The window wants to know the padlock, whether it changed or not.
    ShowPadlock,
}

/// Since when a message is on its way, and whose word that is. Anybody can put a stamp on what they
/// send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delay {
    /// The sender, or somebody else on the way, says that it was written then.
    Claimed(SystemTime),
    /// Our server says so: it stored this before our session began.
    Stored(SystemTime),
    /// Our server says so: this only waited for the session to be resumed (XEP-0198 §5).
    Awaited(SystemTime),
}

/// A message that came.
pub struct Received<D> {
    /// Where it came from.
    pub from: Destination<D>,
    /// Its text, as it came.
    pub body: String,
    /// Its name outside of the encryption.
    pub id: Option<String>,
    /// Since when it is on its way, if somebody says so.
    pub delayed: Option<Delay>,
    /// Whether its author wants to hear that it arrived, as said outside of the encryption.
    pub wants_receipt: bool,
    /// Their earlier message that this one corrects, as said outside of the encryption.
    pub replaces: Option<String>,
    /// Where it belongs, if it is from the archive.
    pub place: Option<ArchivePlace>,
    /// Which number it has among all that came.
    pub came: u64,
    /// What its author calls it inside of the encryption, once that is read.
    pub(crate) named: Option<Named>,
}

impl<D> Received<D> {
    /// One of which nothing else is said.
    #[must_use]
    pub const fn new(from: Destination<D>, body: String) -> Self {
        Self {
            from,
            body,
            id: None,
            delayed: None,
            wants_receipt: false,
            replaces: None,
            place: None,
            came: 0,
            named: None,
        }
    }

    /// Whether our server says that it kept it before we came: then it should belong to no session
    /// of ours.
    pub(crate) const fn is_stored(&self) -> bool {
        matches!(self.delayed, Some(Delay::Stored(_)))
    }

    /// What stands beside its text.
    pub(crate) fn label(&self) -> Label {
        if let Some(Named { id, replaces, .. }) = self.named.clone() {
            return Label::Inside { id, replaces };
        }
        let name = |id: &Option<String>| id.clone().map(MessageId::from);
        Label::Outside { id: name(&self.id), replaces: name(&self.replaces) }
    }
}

impl<D: Clone> Received<D> {
    /// As something to be answered.
    pub(crate) fn cause(&self) -> Cause<D> {
        Cause { from: self.from.clone(), instance: sender_instance(&self.body) }
    }
}

/// Its text, as it came.
impl<D> AsRef<str> for Received<D> {
    fn as_ref(&self) -> &str {
        &self.body
    }
}

impl<D> fmt::Debug for Received<D> {
    /// Nothing of what it says.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received").finish_non_exhaustive()
    }
}
