//! What an item of the timeline holds. All that differs from kind to kind is told by the methods here
//! and drawn in one place (`timeline_view`), so that a new kind is added here and there.

use std::time::SystemTime;

use engine::{ArchiveGap, Delivery, FailReason, MessageId, Notice, Outgoing, Provenance};

use crate::screen::Unsent;

/// Who sent a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::screen::chat) enum Side {
    /// We, from any device.
    Ours,
    /// The contact.
    Theirs,
}

/// What an item holds.
pub(in crate::screen::chat) enum Content {
    /// A message from the contact.
    Received {
        /// Text, never markup.
        text: String,
        /// How it was protected.
        provenance: Provenance,
        /// When it was written, as the server or this computer says.
        at: SystemTime,
    },
    /// A message of ours that was written here.
    Outgoing(Outgoing),
    /// A message of ours that another device sent in plaintext (carbon copy, XEP-0280, or archive).
    SentByOtherDevice {
        /// Text, never markup.
        text: String,
        /// When it was written, as the server or this computer says.
        at: SystemTime,
    },
    /// A notice of the engine.
    Notice {
        /// What happened.
        notice: Notice,
        /// When it was written, as the server or this computer says.
        at: SystemTime,
    },
    /// A gap of the archive (XEP-0313).
    Gap(ArchiveGap),
}

impl Content {
    /// The length of its text, in bytes.
    pub(super) fn weight(&self) -> usize {
        self.text().map_or(0, str::len)
    }

    /// When it happened.
    pub(super) const fn at(&self) -> SystemTime {
        match self {
            Self::Received { at, .. }
            | Self::SentByOtherDevice { at, .. }
            | Self::Notice { at, .. } => *at,
            Self::Outgoing(outgoing) => outgoing.at,
            Self::Gap(gap) => match (gap.before, gap.after) {
                (Some(at), _) | (None, Some(at)) => at,
                (None, None) => SystemTime::UNIX_EPOCH,
            },
        }
    }

    /// Who wrote it; nobody wrote a notice.
    pub(in crate::screen::chat) const fn side(&self) -> Option<Side> {
        match self {
            Self::Received { .. } => Some(Side::Theirs),
            Self::Outgoing(_) | Self::SentByOtherDevice { .. } => Some(Side::Ours),
            Self::Notice { .. } | Self::Gap(_) => None,
        }
    }

    /// The text of a message; notices have none.
    pub(in crate::screen::chat) fn text(&self) -> Option<&str> {
        match self {
            Self::Received { text, .. } | Self::SentByOtherDevice { text, .. } => Some(text),
            Self::Outgoing(outgoing) => Some(&outgoing.text),
            Self::Notice { .. } | Self::Gap(_) => None,
        }
    }

    /// Whether it waits to be seen: a message, or a notice of something that is nowhere else.
    pub(in crate::screen::chat) fn is_news(&self) -> bool {
        match self {
            Self::Notice { notice, .. } => notice.waits_to_be_seen(),
            Self::Received { .. } | Self::Outgoing(_) | Self::SentByOtherDevice { .. } => true,
            Self::Gap(_) => false,
        }
    }

    /// How the message was protected; `None` while it is held or cannot be sent.
    pub(in crate::screen::chat) const fn provenance(&self) -> Option<Provenance> {
        match self {
            Self::Received { provenance, .. } => Some(*provenance),
            Self::SentByOtherDevice { .. } => Some(Provenance::Plain),
            Self::Outgoing(outgoing) => match outgoing.delivery {
                Delivery::Held(_)
                | Delivery::Failed {
                    reason: FailReason::Unsendable | FailReason::Reserved, ..
                } => None,
                Delivery::Queued(provenance)
                | Delivery::Sent(provenance)
                | Delivery::Reported(provenance)
                | Delivery::Delivered(provenance)
                | Delivery::Failed { provenance, .. } => Some(provenance),
            },
            Self::Notice { .. } | Self::Gap(_) => None,
        }
    }

    /// The message of ours that was written here, if it is one.
    pub(in crate::screen::chat) const fn outgoing(&self) -> Option<&Outgoing> {
        match self {
            Self::Outgoing(outgoing) => Some(outgoing),
            Self::Received { .. }
            | Self::SentByOtherDevice { .. }
            | Self::Notice { .. }
            | Self::Gap(_) => None,
        }
    }

    /// The gap of the archive (XEP-0313), if it is one.
    pub(super) const fn gap(&self) -> Option<&ArchiveGap> {
        match self {
            Self::Gap(gap) => Some(gap),
            Self::Received { .. }
            | Self::Outgoing(_)
            | Self::SentByOtherDevice { .. }
            | Self::Notice { .. } => None,
        }
    }

    /// Whether it is the message of ours with this id.
    pub(super) fn is_outgoing(&self, id: &MessageId) -> bool {
        self.outgoing().is_some_and(|outgoing| outgoing.id == *id)
    }

    /// What the message waits for, if it has not gone out.
    pub(super) fn unsent(&self) -> Option<Unsent> {
        match self.outgoing()?.delivery {
            Delivery::Failed { .. } => Some(Unsent::Failed),
            Delivery::Held(_) => Some(Unsent::Held),
            Delivery::Queued(_)
            | Delivery::Sent(_)
            | Delivery::Reported(_)
            | Delivery::Delivered(_) => None,
        }
    }

    /// Whether it must stay: a message of ours that is not known to have gone out, or a gap of the
    /// archive.
    pub(super) fn is_unsettled(&self) -> bool {
        let is_queued = |outgoing: &Outgoing| matches!(outgoing.delivery, Delivery::Queued(_));
        self.unsent().is_some() || self.outgoing().is_some_and(is_queued) || self.gap().is_some()
    }
}
