//! What nobody has read yet: it outlives the program. Nothing is confirmed to its author before it is
//! kept here, so that nothing confirmed is lost.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::time::SystemTime;

use chat::{Confirmation, Permissions, SentByOtherDevice, Told};
use xmpp::FullJid;
use zeroize::Zeroizing;

use super::Contact;
use super::carrier::Carrier;
use super::notices::Notices;
use crate::message::{ArchivePlace, ChatEvent, Label, Notice, Provenance};
use crate::store::NotRead;

/// While more keeps coming, it is written down after so many messages at the latest.
const UNWRITTEN_MAX: usize = 256;
/// So much of one contact waits to be read, in messages and bytes. What is beyond that is shown and
/// not confirmed, and it is said that it is not kept.
const MESSAGES_MAX: usize = 200_000;
const BYTES_MAX: usize = 64 * 1024 * 1024;
/// So many confirmations wait while we are invisible.
const CONFIRMATIONS_MAX: usize = 10_000;

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
    confirmations: Vec<Confirmation<FullJid>>,
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
    /// What the history tells in words waits along with texts.
    pub(super) notices: Notices,
}

impl Waiting {
    /// Tells of something that the history tells in words.
    pub(super) async fn notice(&mut self, notice: Notice, carrier: &Carrier) {
        if let Some(number) = self.notices.tell(notice, carrier).await {
            // It takes no room.
            self.kept.push((number, 0));
            carrier.tell(ChatEvent::Unread(number)).await;
        }
    }

    /// The person has read all up to this number.
    pub(super) fn has_read(&mut self, number: u64) {
        self.read = self.read.max(number);
    }

    /// Says, once it is kept, that a text arrived.
    pub(super) fn confirm(&mut self, confirmation: Confirmation<FullJid>) {
        self.confirmations.push(confirmation);
    }

    /// What the window is told; what the contact wrote is to be read, unless an earlier life has shown
    /// it, which nobody has read yet: a server sends again what it was not told to have arrived.
    pub(super) fn shows(&mut self, told: Told, carrier: &Carrier) -> Option<ChatEvent> {
        Some(match told {
            Told::Received { text, provenance, at, label, place, came } => {
                if self.was_shown_before(&label, &text) {
                    tracing::debug!("a message that was sent again is shown once");
                    return None;
                }
                self.leave(&text, (provenance, at), &label, (place, came), carrier);
                ChatEvent::Received { text, provenance, at, label, place }
            }
            Told::SentByOtherDevice(SentByOtherDevice { body, at, id, replaces, place }) => {
                ChatEvent::SentElsewhere { text: body, at, id, replaces, place }
            }
            Told::PadlockChanged(padlock) => ChatEvent::PadlockChanged(padlock),
            Told::NewKeyBeside(key) => ChatEvent::NewKeyBeside(key),
            Told::OlderVersion(version) => ChatEvent::OlderVersion(version),
            Told::Outgoing(outgoing) => ChatEvent::Outgoing(outgoing),
            Told::Discarded(id) => ChatEvent::Discarded(id),
            Told::Notice(notice) => ChatEvent::Notice(notice.into()),
            Told::Verification(verification) => ChatEvent::Verification(verification),
            Told::Typing(is_typing) => ChatEvent::Writing(is_typing),
        })
    }

    fn name(&self, label: &Label, text: &str) -> Option<u64> {
        label.id().map(|id| self.hasher.hash_one((id.as_str(), text)))
    }

    fn was_shown_before(&mut self, label: &Label, text: &str) -> bool {
        self.name(label, text).is_some_and(|name| self.earlier.remove(&name))
    }

    /// This is shown, and is to be read.
    fn leave(
        &mut self,
        text: &str,
        (provenance, at): (Provenance, SystemTime),
        label: &Label,
        (place, came): (Option<ArchivePlace>, Option<u64>),
        carrier: &Carrier,
    ) {
        let number = carrier.store.next_number();
        let is_live = place.is_none();
        // What came out of order stands where it was shown.
        let live = came.unwrap_or(number).max(self.last_live);
        if is_live {
            self.last_live = live;
        }
        let place = place.unwrap_or(ArchivePlace::of_live(live));
        let (text, label) = (Zeroizing::new(text.to_owned()), label.clone());
        self.unwritten.push(NotRead { number, text, at, provenance, label, place, is_live });
    }

    /// Writes down what came; whether that worked.
    async fn write(&mut self, carrier: &Carrier) -> bool {
        if !self.make_room(carrier).await {
            return false;
        }
        let unwritten = std::mem::take(&mut self.unwritten);
        let Some(last) = unwritten.last().map(|one| one.number) else { return true };
        let sizes: Vec<_> = unwritten.iter().map(|one| (one.number, one.text.len())).collect();
        let unread = unwritten.into_iter().map(|one| (carrier.chat.clone(), one)).collect();
        if carrier.store.keep_unread(unread).await.is_none() {
            return false;
        }
        self.kept_bytes += sizes.iter().map(|(_, bytes)| bytes).sum::<usize>();
        self.kept.extend(sizes);
        carrier.tell(ChatEvent::Unread(last)).await;
        true
    }

    /// Whether there is room for what came; if not, that is said once.
    async fn make_room(&mut self, carrier: &Carrier) -> bool {
        if self.unwritten.is_empty() {
            return true;
        }
        let unwritten = self.unwritten.iter().map(|one| one.text.len());
        let bytes = unwritten.fold(self.kept_bytes, usize::saturating_add);
        let count = self.kept.len() + self.unwritten.len();
        if count <= MESSAGES_MAX && bytes <= BYTES_MAX {
            return true;
        }
        self.unwritten.clear();
        if !std::mem::replace(&mut self.is_full, true) {
            self.notice(Notice::NotKept, carrier).await;
        }
        false
    }

    /// What is to be said to authors now that it is kept. While we are invisible that waits.
    fn confirmations(&mut self, is_invisible: bool) -> Vec<Confirmation<FullJid>> {
        if is_invisible {
            let surplus = self.confirmations.len().saturating_sub(CONFIRMATIONS_MAX);
            self.confirmations.drain(..surplus);
            return Vec::new();
        }
        std::mem::take(&mut self.confirmations)
    }

    /// Wipes what was read.
    async fn forget_read(&mut self, carrier: &Carrier) {
        let read = self.read;
        if !self.kept.iter().any(|(number, _)| *number <= read) {
            return;
        }
        self.kept.retain(|(number, _)| *number > read);
        self.kept_bytes = self.kept.iter().map(|(_, bytes)| bytes).sum();
        self.is_full = false;
        self.notices.are_seen(read, carrier).await;
        carrier.store.read_until(&carrier.chat, read).await;
    }
}

impl Contact {
    /// Takes up what an earlier life left, and tells it.
    pub(super) async fn take_up_unread(&mut self, unread: Unread) {
        let (store, chat) = (&self.carrier.store, &self.carrier.chat);
        let left = store.unread_of(chat).await.unwrap_or_default();
        let notices = self.unread.notices.take_up(&self.carrier).await;
        self.unread.kept.extend(notices.iter().map(|notice| (notice.number, 0)));
        if unread == Unread::Tell && !left.is_empty() {
            // What follows may take its time, and the person may look meanwhile.
            self.take_in(chat::Input::ShowPadlock).await;
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
        if let Some(draft) = self.carrier.store.draft(&self.carrier.chat).await {
            self.tell(ChatEvent::Draft(draft.as_str().to_owned())).await;
        }
    }

    pub(super) fn is_invisible(&self) -> bool {
        self.chat.permissions().contains(Permissions::INVISIBLE)
    }

    /// Writes down what came, unless more of it is there already; then says that it arrived.
    pub(super) async fn unread_soon(&mut self) {
        if self.inbox.is_empty() || self.unread.unwritten.len() >= UNWRITTEN_MAX {
            self.keep_unread().await;
        }
    }

    /// Writes it down now.
    pub(super) async fn keep_unread(&mut self) {
        if !self.unread.write(&self.carrier).await {
            // Their author learns that it may be lost: from us nothing is heard.
            return self.unread.confirmations.clear();
        }
        for confirmation in self.unread.confirmations(self.is_invisible()) {
            let effects = self.chat.confirm(confirmation, self.now());
            self.carry(effects).await;
        }
    }

    /// Wipes what was read. What a stranger wrote stays until they are accepted or refused.
    pub(super) async fn forget_read(&mut self) {
        if self.chat.permissions().contains(Permissions::ACCEPTED) {
            self.unread.forget_read(&self.carrier).await;
        }
    }
}
