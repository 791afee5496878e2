//! Readable messages whose connection broke before the server confirmed them: its archive
//! (XEP-0313) is asked whether it has them before they are sent again.
//!
//! Not here: private ones, of which no archive knows. They go again to the same key, and the
//! contact's program drops a double.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use super::Deliveries;
use crate::effect::{Out, Stanza};
use crate::message::{HeldReason, MessageId};
use crate::outbox::DeliveryState;
use crate::provenance::Provenance;

/// Pages that are looked through, from the newest back.
const PAGES_MAX: u8 = 10;
/// How far the server's clock may be from ours.
const CLOCKS_APART: Duration = Duration::from_secs(3600);

/// What is in doubt, and what was asked about it.
#[derive(Debug, Default)]
pub(super) struct ArchiveCheck {
    doubts: BTreeSet<MessageId>,
    asked: Option<Asked>,
}

/// A page that was asked for.
#[derive(Clone, Copy, Debug)]
struct Asked {
    tag: u64,
    pages: u8,
}

/// A page of the archive, as far as it says what arrived.
#[derive(Clone, Debug)]
pub struct ArchivePage {
    /// The request that it answers.
    pub tag: u64,
    /// The names of messages that our account sent.
    pub ours: Vec<MessageId>,
    /// When the oldest message of the page that says so was archived.
    pub oldest: Option<SystemTime>,
    /// The archive's name for the first message.
    pub first: Option<String>,
    /// Whether there is nothing before it.
    pub is_complete: bool,
}

impl ArchiveCheck {
    /// Nobody knows whether this one arrived.
    pub(super) fn doubt(&mut self, id: MessageId) {
        self.doubts.insert(id);
    }

    /// What becomes of this one is known by other means.
    pub(super) fn is_known(&mut self, id: &MessageId) {
        self.doubts.remove(id);
    }

    /// Whether an answer is to what was asked last; it is answered by this.
    fn answered(&mut self, tag: u64) -> Option<Asked> {
        self.asked.take_if(|asked| asked.tag == tag)
    }
}

impl<D: Clone + Eq> Deliveries<D> {
    /// Whether readable texts must wait, so that none overtakes one in doubt.
    pub(crate) fn is_checking(&self) -> bool {
        !self.check.doubts.is_empty()
    }

    /// The connection is gone, and with it what was asked.
    pub(crate) fn link_down(&mut self) {
        self.check.asked = None;
    }

    /// Asks the archive about what is in doubt; to be called while it can be asked.
    pub(crate) fn check_archive(&mut self, out: &mut Out<D>) {
        if self.is_checking() && self.check.asked.is_none() {
            self.ask(None, 1, out);
        }
    }

    fn ask(&mut self, before: Option<String>, pages: u8, out: &mut Out<D>) {
        let tag = out.tags.draw();
        out.send(Stanza::QueryArchive { tag, before });
        self.check.asked = Some(Asked { tag, pages });
    }

    /// The archive answers.
    pub(crate) fn archived(&mut self, page: ArchivePage, out: &mut Out<D>) {
        let Some(Asked { pages, .. }) = self.check.answered(page.tag) else { return };
        for id in page.ours {
            self.has_arrived(&id, out);
        }
        match page.first {
            Some(first)
                if self.is_checking()
                    && !page.is_complete
                    && pages < PAGES_MAX
                    && !self.is_before_all_doubts(page.oldest) =>
            {
                self.ask(Some(first), pages + 1, out);
            }
            // What is not there never came to the server.
            Some(_) | None => self.send_doubts_again(false),
        }
    }

    /// There is no archive, or it does not answer. While the connection is lost it is asked again on
    /// the next one (`asks_again`).
    pub(crate) fn not_archived(&mut self, tag: u64, asks_again: bool) {
        if self.check.answered(tag).is_some() && !asks_again {
            self.send_doubts_again(true);
        }
    }

    /// The server has it.
    pub(super) fn has_arrived(&mut self, id: &MessageId, out: &mut Out<D>) {
        if !self.check.doubts.contains(id) {
            return;
        }
        self.check.is_known(id);
        if let Some(message) = self.outbox.find(id) {
            message.state = DeliveryState::Sent(Provenance::Plain);
            message.resent = false;
        }
        self.forget(id, out);
        self.show(id, out);
    }

    fn send_doubts_again(&mut self, perhaps_twice: bool) {
        for id in std::mem::take(&mut self.check.doubts) {
            if let Some(message) = self.outbox.find(&id) {
                message.state = DeliveryState::Held(HeldReason::Offline);
                message.resent &= perhaps_twice;
            }
        }
    }

    fn is_before_all_doubts(&self, at: Option<SystemTime>) -> bool {
        let doubts = &self.check.doubts;
        let in_doubt = self.outbox.iter().filter(|message| doubts.contains(&message.id));
        let oldest = in_doubt.map(|message| message.at).min();
        at.zip(oldest).is_some_and(|(at, oldest)| {
            oldest.checked_sub(CLOCKS_APART).is_some_and(|oldest| at < oldest)
        })
    }
}
