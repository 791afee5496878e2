//! What people who are not on the list may cause: a request that waits, and what they wrote with it.

use std::time::{Duration, SystemTime};

use otr::{TextKind, carries_nothing};
use tokio::time::Instant;

use xmpp::Delay;
use zeroize::Zeroizing;

use super::Account;
use crate::contact::{Received, is_private};
use crate::message::{
    AccountEvent, ArchivePlace, BareJid, ChatEvent, Event, Label, MessageId, Notice, Provenance,
};
use crate::stamp;
use crate::store::{NotRead, Note};
use crate::strangers::Fate;

/// What is not kept is counted for so long before it is told: it comes in floods.
const TELLING_DELAY: Duration = Duration::from_millis(250);

impl Account {
    /// Somebody asks to see our presence whom we have not listed.
    pub(super) async fn stranger_asks(&mut self, who: &BareJid) {
        if self.roster.strangers.asks(who) {
            self.show(who).await;
        }
        self.tell_not_kept_soon();
    }

    /// Those whose requests an earlier life was told of: a server tells them again to a new session
    /// only (RFC 6121 §3.1.3), and not to one that goes on.
    pub(super) async fn who_asked_before(&mut self) {
        for who in std::mem::take(&mut self.setup.known.requests) {
            if !self.roster.lists(&who) {
                self.stranger_asks(&who).await;
            }
        }
    }

    /// Writes down who asks, if that changed.
    pub(super) async fn keep_requests(&mut self) {
        if let Some(requests) = self.roster.strangers.take_changed_requests() {
            self.remember(Note::Requests(requests)).await;
        }
    }

    /// Something came from an address that can't be read: that is all that can be said of it.
    pub(super) fn cannot_be_read(&mut self, address: String) {
        self.roster.strangers.cannot_be_read(address);
        self.tell_not_kept_soon();
    }

    /// Somebody wrote whom we do not know. Nothing answers them, so no conversation is begun.
    pub(super) async fn stranger_wrote(&mut self, who: &BareJid, received: Received) {
        let Received { id, body, delayed, replaces, place, came, .. } = received;
        if is_private(&body) && !carries_nothing(&body) && self.was_private(who).await {
            // As of somebody who was taken off the list: it can't be read, but it came.
            return self.stranger_wrote_in_private(who).await;
        }
        if TextKind::of(&body) == TextKind::Protocol {
            return tracing::debug!("a stranger's offer to go private gets no answer");
        }
        let text = body.trim_end_matches([' ', '\t']).to_owned();
        let (is_new, fate) = self.roster.strangers.wrote(who, text.len());
        if is_new {
            self.show(who).await;
        }
        match fate {
            Fate::Kept => {
                let provenance = Provenance::Plain;
                let said = delayed.map_or_else(SystemTime::now, Delay::at);
                let at = stamp::believable(said);
                let label = Label::Outside {
                    id: id.map(MessageId::from),
                    replaces: replaces.map(MessageId::from),
                };
                let number = self.setup.store.next_number();
                let text = Zeroizing::new(text);
                let is_live = place.is_none();
                let place = place.unwrap_or(ArchivePlace::of_live(came));
                let unread = NotRead { number, text, at, provenance, label, place, is_live };
                self.tell_chat(who.clone(), unread.event()).await;
                self.unwritten.push((who.clone(), unread));
                self.told_strangers.insert(who.clone());
            }
            Fate::FirstNotKept => {
                self.tell_chat(who.clone(), ChatEvent::Notice(Notice::NotKept)).await;
            }
            Fate::NotKept => {}
        }
        self.tell_not_kept_soon();
    }

    /// Whether a key of theirs is known.
    async fn was_private(&self, who: &BareJid) -> bool {
        let keys = self.setup.store.keys_of(&self.chat(who.clone())).await;
        keys.is_some_and(|keys| !keys.is_empty())
    }

    async fn stranger_wrote_in_private(&mut self, who: &BareJid) {
        let (is_new, fate) = self.roster.strangers.wrote(who, 0);
        if is_new {
            self.show(who).await;
        }
        let notice = match fate {
            Fate::Kept => Notice::Unreadable,
            Fate::FirstNotKept => Notice::NotKept,
            Fate::NotKept => return self.tell_not_kept_soon(),
        };
        self.tell_chat(who.clone(), ChatEvent::Notice(notice)).await;
        self.tell_not_kept_soon();
    }

    /// What somebody wrote in an earlier life whom we still do not know.
    pub(super) async fn stranger_waits(&mut self, who: &BareJid) {
        let chat = self.chat(who.clone());
        let mut last = None;
        for unread in self.setup.store.unread_of(&chat).await.unwrap_or_default() {
            let (is_new, fate) = self.roster.strangers.wrote(who, unread.text.len());
            if is_new {
                self.show(who).await;
            }
            self.told_strangers.insert(who.clone());
            if fate == Fate::Kept {
                self.tell_chat(who.clone(), unread.event()).await;
                last = last.max(Some(unread.number));
            }
        }
        if let Some(last) = last {
            self.tell_chat(who.clone(), ChatEvent::Unread(last)).await;
        }
    }

    /// They are refused: what they wrote is wiped, read or not.
    pub(super) async fn forget_stranger(&mut self, who: &BareJid) {
        self.unwritten.retain(|(writer, _)| writer != who);
        self.told_strangers.remove(who);
        self.setup.store.read_until(&self.chat(who.clone()), u64::MAX).await;
    }

    /// The person speaks to somebody, asks or accepts them; from now on they are no stranger.
    pub(super) async fn acquaint(&mut self, contact: &BareJid) {
        if self.roster.is_acquainted(contact) {
            return;
        }
        self.roster.speak_to(contact);
        self.standing_changed(contact);
        self.show(contact).await;
    }

    /// Has it told in a moment what was not kept, if that is news.
    pub(super) fn tell_not_kept_soon(&mut self) {
        if self.roster.strangers.not_kept() != self.told_not_kept {
            self.tell_not_kept_at.get_or_insert_with(|| Instant::now() + TELLING_DELAY);
        }
    }

    pub(super) async fn tell_not_kept(&mut self) {
        self.tell_not_kept_at = None;
        self.told_not_kept = self.roster.strangers.not_kept();
        let (account, not_kept) = (self.setup.jid.clone(), self.told_not_kept);
        self.tell(Event::Account(account, AccountEvent::NotKept(not_kept))).await;
    }
}
