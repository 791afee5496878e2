//! What earlier lives of the program left behind: texts that wait to be sent, to be read, and to be
//! finished; and what has to be in safety before the server is told that it came.

use std::collections::{BTreeMap, HashMap};

use tokio::sync::oneshot;

use super::Account;
use crate::contact::Input as ContactInput;
use crate::message::{BareJid, ChatEvent, MessageId};
use crate::store::Note;
use crate::tags;

/// While more keeps coming, what strangers wrote is written down after so much of it at the latest.
const UNWRITTEN_MAX: usize = 256;

impl Account {
    /// What an earlier process sent without learning whether it arrived, and its server may still
    /// tell: whose it is, by tag.
    pub(super) async fn find_left_behind(&self) -> HashMap<u64, BareJid> {
        let Some(resume) = &self.setup.known.resume else { return HashMap::new() };
        let awaited = self.setup.store.awaited(&self.setup.jid).await;
        let owner = |tag: u64| {
            let is_its =
                |(_, ids): &(_, &Vec<MessageId>)| ids.iter().any(|id| tags::names(tag, id));
            awaited.iter().find(is_its).map(|(contact, _)| (tag, contact.clone()))
        };
        resume.unconfirmed().filter_map(owner).collect()
    }

    pub(super) fn left_behind_by(&self, contact: &BareJid) -> Vec<u64> {
        let theirs = self.left_behind.iter().filter(|(_, whose)| *whose == contact);
        theirs.map(|(tag, _)| *tag).collect()
    }

    /// Shows the list as it was last told, and what waits, before the server says anything.
    pub(super) async fn show_what_is_known(&mut self) {
        let Some(known) = &self.setup.known.roster else { return };
        self.roster.replace(known.items.clone());
        self.show_roster().await;
        self.start_awaited().await;
    }

    /// Starts the contacts that something waits for since an earlier life.
    pub(super) async fn start_awaited(&mut self) {
        if std::mem::replace(&mut self.awaited_started, true) {
            return;
        }
        let (store, account) = (self.setup.store.clone(), self.setup.jid.clone());
        for contact in store.awaited(&account).await.into_keys() {
            self.acquaint(&contact).await;
            self.wake(&contact);
        }
        for contact in store.draft_contacts(&account).await {
            self.wake(&contact);
        }
        for contact in store.unread_contacts(&account).await {
            if self.roster.standing(&contact).accepted {
                self.wake(&contact);
            } else {
                self.stranger_waits(&contact).await;
            }
        }
    }

    fn wake(&mut self, contact: &BareJid) {
        if !self.numbers.contains_key(contact) {
            self.spawn(contact);
        }
    }

    /// Writes down what is news, unless more is there already.
    pub(super) async fn keep_soon(&mut self) {
        let more = !self.setup.from_link.is_empty();
        if !more || self.unwritten.len() >= UNWRITTEN_MAX {
            self.keep_strangers().await;
        }
        self.save_archive_soon(more).await;
        self.write_resume_point(more).await;
    }

    /// Writes it down now.
    pub(super) async fn keep_strangers(&mut self) {
        let unwritten = std::mem::take(&mut self.unwritten);
        if unwritten.is_empty() {
            return;
        }
        let last: BTreeMap<_, _> =
            unwritten.iter().map(|(who, one)| (who.clone(), one.number)).collect();
        let unread = unwritten.into_iter().map(|(who, one)| (self.chat(who), one)).collect();
        if self.setup.store.keep_unread(unread).await.is_some() {
            for (who, number) in last {
                self.tell_chat(who, ChatEvent::Unread(number)).await;
            }
        }
    }

    /// Has all that came written down.
    pub(super) async fn keep_all(&mut self) {
        self.keep_strangers().await;
        let mut kept = Vec::new();
        for number in std::mem::take(&mut self.unkept) {
            let (done, is_done) = oneshot::channel();
            if let Some(mailbox) = self.mailboxes.get(number) {
                let _ = mailbox.send(ContactInput::Keep(done)).await;
                kept.push(is_done);
            }
        }
        for is_done in kept {
            // One that has ended has nothing more to keep.
            let _ = is_done.await;
        }
    }

    /// Writes down how far the stream is, unless more of it is there already; before that, what came
    /// on it. Then the server may be told.
    async fn write_resume_point(&mut self, more: bool) {
        if let Some(resume) = self.resume_point.due(more) {
            self.keep_all().await;
            self.confirmation = Some(resume.confirm());
            self.remember(Note::Resume(Some(resume))).await;
        }
    }
}
