//! Readable messages whose connection broke before the server confirmed them: its archive
//! (XEP-0313) is asked whether it has them before they are sent again.
//!
//! Not here: private ones, of which no archive knows. They go again to the same key, and the
//! contact's program drops a double.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use chat::DeliveryState;
use xmpp::{ArchivePage, ArchiveQuery, ArchiveRange, RequestError};

use super::Contact;
use crate::message::{HeldReason, MessageId, Provenance};

/// Messages of one page of the archive.
const PAGE: u8 = 50;
/// Pages that are looked through, from the newest back.
const PAGES_MAX: u8 = 10;
/// How far the server's clock may be from ours.
const CLOCKS_APART: Duration = Duration::from_secs(3600);

/// What is in doubt, and what was asked about it.
#[derive(Debug, Default)]
pub(super) struct Settlement {
    doubts: BTreeSet<MessageId>,
    asked: Option<Asked>,
}

/// A page that was asked for.
#[derive(Clone, Copy, Debug)]
struct Asked {
    tag: u64,
    pages: u8,
}

impl Settlement {
    /// Nobody knows whether this one arrived.
    pub(super) fn doubt(&mut self, id: MessageId) {
        self.doubts.insert(id);
    }

    /// What becomes of this one is known by other means.
    pub(super) fn is_known(&mut self, id: &MessageId) {
        self.doubts.remove(id);
    }

    /// Whether readable texts must wait, so that none overtakes one in doubt.
    pub(super) fn is_open(&self) -> bool {
        !self.doubts.is_empty()
    }

    /// The connection is gone, and with it what was asked.
    pub(super) fn link_down(&mut self) {
        self.asked = None;
    }

    /// Whether an answer is to what was asked last; it is answered by this.
    fn answered(&mut self, tag: u64) -> Option<Asked> {
        self.asked.take_if(|asked| asked.tag == tag)
    }
}

impl Contact {
    /// Asks the archive about what is in doubt, as soon as it can be asked.
    pub(super) fn settle_doubts(&mut self) {
        if self.online && self.settlement.is_open() && self.settlement.asked.is_none() {
            self.ask_archive(ArchiveRange::Newest, 1);
        }
    }

    fn ask_archive(&mut self, range: ArchiveRange, pages: u8) {
        let tag = self.tags.draw();
        let with = Some(self.chat.contact.clone());
        let query = ArchiveQuery { with, range, page: PAGE };
        self.hand_over(xmpp::Command::QueryArchive { tag, query });
        self.settlement.asked = Some(Asked { tag, pages });
    }

    pub(super) async fn archived(&mut self, page: ArchivePage) {
        let Some(Asked { pages, .. }) = self.settlement.answered(page.tag) else { return };
        for message in &page.messages {
            let is_ours = message.from.to_bare() == self.chat.account;
            if let Some(id) = message.id.clone().filter(|_| is_ours) {
                self.has_arrived(MessageId::from(id)).await;
            }
        }
        let oldest = page.messages.iter().find_map(|message| message.at);
        match page.first().map(|first| first.id.clone()) {
            Some(first)
                if self.settlement.is_open()
                    && !page.complete
                    && pages < PAGES_MAX
                    && !self.is_before_all_doubts(oldest) =>
            {
                self.ask_archive(ArchiveRange::Before(first), pages + 1);
            }
            // What is not there never came to the server.
            Some(_) | None => self.send_doubts_again(false),
        }
    }

    /// There is no archive, or it does not answer.
    pub(super) fn not_archived(&mut self, tag: u64, error: &RequestError) {
        if self.settlement.answered(tag).is_none() {
            return;
        }
        match error {
            // Asked again on the next connection.
            RequestError::Offline | RequestError::Lost => {}
            RequestError::TimedOut
            | RequestError::Busy
            | RequestError::Unusable
            | RequestError::TooLong
            | RequestError::Unsendable
            | RequestError::Refused { .. } => self.send_doubts_again(true),
        }
    }

    /// The server has it.
    pub(super) async fn has_arrived(&mut self, id: MessageId) {
        if !self.settlement.doubts.contains(&id) {
            return;
        }
        self.settlement.is_known(&id);
        if let Some(entry) = self.outbox.find(&id) {
            entry.state = DeliveryState::Sent(Provenance::Plain);
            entry.resent = false;
        }
        self.wipe(&id).await;
        self.show(&id).await;
    }

    fn send_doubts_again(&mut self, perhaps_twice: bool) {
        for id in std::mem::take(&mut self.settlement.doubts) {
            if let Some(entry) = self.outbox.find(&id) {
                entry.state = DeliveryState::Held(HeldReason::Offline);
                entry.resent &= perhaps_twice;
            }
        }
    }

    fn is_before_all_doubts(&mut self, at: Option<SystemTime>) -> bool {
        let doubts = &self.settlement.doubts;
        let in_doubt = self.outbox.iter_mut().filter(|entry| doubts.contains(&entry.id));
        let oldest = in_doubt.map(|entry| entry.at).min();
        at.zip(oldest).is_some_and(|(at, oldest)| {
            oldest.checked_sub(CLOCKS_APART).is_some_and(|oldest| at < oldest)
        })
    }
}
