//! What nobody has read yet, and what stands in the composer: both outlive the program. Nothing is
//! confirmed to its author before it is kept here, so that nothing confirmed is lost.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, SystemTime};

use chat::Permissions;
use tokio::time::Instant;
use xmpp::Jid;
use zeroize::Zeroizing;

use super::Contact;
use super::records::Named;
use crate::message::{ArchivePlace, ChatEvent, Fingerprint, Label, Notice, Provenance, Secret};
use crate::store::NotRead;

/// While more keeps coming, it is written down after so many messages at the latest.
const UNWRITTEN_MAX: usize = 256;
/// So much of one contact waits to be read, in messages and bytes. What is beyond that is shown and
/// not confirmed, and it is said that it is not kept.
const MESSAGES_MAX: usize = 200_000;
const BYTES_MAX: usize = 64 * 1024 * 1024;
/// So many confirmations wait while we are invisible.
const CONFIRMATIONS_MAX: usize = 10_000;
/// A draft is written down no more often.
const DRAFT_PAUSE: Duration = Duration::from_millis(500);

/// Whether what an earlier life left is told to the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// It is.
    Tell,
    /// The account told it.
    Told,
}

/// What waits to be read.
#[derive(Default)]
pub(super) struct Waiting {
    unwritten: Vec<NotRead>,
    confirmations: Vec<Confirmation>,
    /// By number, with bytes, of what is written down.
    kept: Vec<(u64, usize)>,
    kept_bytes: usize,
    /// Where the last stands that came by itself.
    last_live: u64,
    /// Up to which number the person has read.
    read: u64,
    /// Whether it was told that not all is kept.
    is_full: bool,
    /// What an earlier life showed, by keyed hashes of its names and words: it may come again.
    earlier: HashSet<u64>,
    hasher: RandomState,
}

/// To be sent once what it confirms is kept.
enum Confirmation {
    Inside(Fingerprint, Named),
    Outside { to: Jid, id: String },
}

/// What stands in the composer.
#[derive(Default)]
pub(super) struct Draft {
    unwritten: Option<Secret>,
    written_at: Option<Instant>,
}

impl Draft {
    /// When it is to be written down.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let written_at = self.written_at.unwrap_or_else(Instant::now);
        self.unwritten.as_ref().map(|_| written_at + DRAFT_PAUSE)
    }
}

impl Waiting {
    /// Something that takes no room is written down under this number.
    pub(super) fn keeps_notice(&mut self, number: u64) {
        self.kept.push((number, 0));
    }

    fn name(&self, label: &Label, text: &str) -> Option<u64> {
        label.id().map(|id| self.hasher.hash_one((id.as_str(), text)))
    }
}

impl Contact {
    /// Takes up what an earlier life left, and tells it.
    pub(super) async fn take_up_unread(&mut self, unread: Unread) {
        let left = self.store.unread_of(&self.chat).await.unwrap_or_default();
        let notices = self.take_up_notices().await;
        if unread == Unread::Tell && !left.is_empty() {
            // What follows may take its time, and the person may look meanwhile.
            self.tell_padlock(self.padlock()).await;
        }
        let last = left.iter().map(|one| one.number).filter(|_| unread == Unread::Tell);
        let last = last.chain(notices.iter().map(|notice| notice.number)).max();
        let mut notices = notices.into_iter().peekable();
        for one in left {
            self.unread.kept.push((one.number, one.text.len()));
            self.unread.kept_bytes += one.text.len();
            self.unread.earlier.extend(self.unread.name(&one.label, &one.text));
            while let Some(notice) = notices.next_if(|notice| notice.number < one.number) {
                self.tell(notice.event()).await;
            }
            if unread == Unread::Tell {
                self.tell(one.event()).await;
            }
        }
        for notice in notices {
            self.tell(notice.event()).await;
        }
        if let Some(last) = last {
            self.tell(ChatEvent::Unread(last)).await;
        }
        if let Some(draft) = self.store.draft(&self.chat).await {
            self.tell(ChatEvent::Draft(draft.as_str().to_owned())).await;
        }
    }

    /// Whether an earlier life has shown this, which nobody has read yet: a server sends again what
    /// it was not told to have arrived.
    pub(super) fn was_shown_before(&mut self, label: &Label, text: &str) -> bool {
        self.unread.name(label, text).is_some_and(|name| self.unread.earlier.remove(&name))
    }

    /// This was shown, and is to be read.
    pub(super) fn leave_unread(
        &mut self,
        text: &str,
        provenance: Provenance,
        at: SystemTime,
        label: &Label,
        (place, came): (Option<ArchivePlace>, Option<u64>),
    ) {
        let number = self.store.next_number();
        let is_live = place.is_none();
        // What came out of order stands where it was shown.
        let live = came.unwrap_or(number).max(self.unread.last_live);
        if is_live {
            self.unread.last_live = live;
        }
        let place = place.unwrap_or(ArchivePlace::of_live(live));
        let text = Zeroizing::new(text.to_owned());
        self.unread.unwritten.push(NotRead {
            number,
            text,
            at,
            provenance,
            label: label.clone(),
            place,
            is_live,
        });
    }

    /// Says, once it is kept, that a text arrived.
    pub(super) fn confirm_inside(&mut self, key: Fingerprint, named: Named) {
        self.unread.confirmations.push(Confirmation::Inside(key, named));
    }

    /// The same for what stands outside of the encryption (XEP-0184).
    pub(super) fn confirm_outside(&mut self, to: Jid, id: String) {
        self.unread.confirmations.push(Confirmation::Outside { to, id });
    }

    /// Writes down what came, unless more of it is there already; then says that it arrived.
    pub(super) async fn keep_unread_soon(&mut self) {
        if self.inbox.is_empty() || self.unread.unwritten.len() >= UNWRITTEN_MAX {
            self.keep_unread().await;
        }
    }

    /// Writes it down now.
    pub(super) async fn keep_unread(&mut self) {
        if !self.make_room().await {
            // Their author learns that it may be lost: from us nothing is heard.
            return self.unread.confirmations.clear();
        }
        let unwritten = std::mem::take(&mut self.unread.unwritten);
        if let Some(last) = unwritten.last().map(|one| one.number) {
            let sizes: Vec<_> = unwritten.iter().map(|one| (one.number, one.text.len())).collect();
            let unread = unwritten.into_iter().map(|one| (self.chat.clone(), one)).collect();
            if self.store.keep_unread(unread).await.is_none() {
                return self.unread.confirmations.clear();
            }
            self.unread.kept_bytes += sizes.iter().map(|(_, bytes)| bytes).sum::<usize>();
            self.unread.kept.extend(sizes);
            self.tell(ChatEvent::Unread(last)).await;
        }
        if self.permissions.contains(Permissions::INVISIBLE) {
            // Once we show ourselves.
            let surplus = self.unread.confirmations.len().saturating_sub(CONFIRMATIONS_MAX);
            self.unread.confirmations.drain(..surplus);
            return;
        }
        for confirmation in std::mem::take(&mut self.unread.confirmations) {
            match confirmation {
                Confirmation::Inside(key, named) => self.confirm(key, &named),
                Confirmation::Outside { to, id } => {
                    self.hand_over(xmpp::Command::SendReceipt { to, id });
                }
            }
        }
    }

    /// Whether there is room for what came; if not, that is said once.
    async fn make_room(&mut self) -> bool {
        if self.unread.unwritten.is_empty() {
            return true;
        }
        let unwritten = self.unread.unwritten.iter().map(|one| one.text.len());
        let bytes = unwritten.fold(self.unread.kept_bytes, usize::saturating_add);
        let count = self.unread.kept.len() + self.unread.unwritten.len();
        if count <= MESSAGES_MAX && bytes <= BYTES_MAX {
            return true;
        }
        self.unread.unwritten.clear();
        if !std::mem::replace(&mut self.unread.is_full, true) {
            self.notice(Notice::NotKept).await;
        }
        false
    }

    /// The person has read all up to this number. What a stranger wrote stays until they are
    /// accepted or refused.
    pub(super) async fn read(&mut self, number: u64) {
        self.unread.read = self.unread.read.max(number);
        self.forget_read().await;
    }

    /// Wipes what was read.
    pub(super) async fn forget_read(&mut self) {
        let read = self.unread.read;
        let is_read = |(number, _): &(u64, usize)| *number <= read;
        if !self.permissions.contains(Permissions::ACCEPTED)
            || !self.unread.kept.iter().any(is_read)
        {
            return;
        }
        self.unread.kept.retain(|(number, _)| *number > read);
        self.unread.kept_bytes = self.unread.kept.iter().map(|(_, bytes)| bytes).sum();
        self.unread.is_full = false;
        self.notices_are_seen(read).await;
        self.store.read_until(&self.chat, read).await;
    }

    /// This stands in the composer now.
    pub(super) async fn drafted(&mut self, text: Secret) {
        self.draft.unwritten = Some(text);
        if self.draft.written_at.is_none_or(|at| at.elapsed() >= DRAFT_PAUSE) {
            self.keep_draft().await;
        }
    }

    pub(super) async fn keep_draft_if_due(&mut self) {
        if self.draft.deadline().is_some_and(|at| at <= Instant::now()) {
            self.keep_draft().await;
        }
    }

    /// Writes it down now.
    pub(super) async fn keep_draft(&mut self) {
        if let Some(text) = self.draft.unwritten.take() {
            self.store.save_draft(&self.chat, text).await;
            self.draft.written_at = Some(Instant::now());
        }
    }
}
