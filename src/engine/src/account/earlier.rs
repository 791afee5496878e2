//! What earlier lives of the program left behind: texts that wait to be sent, to be read, and to be
//! finished; and what has to be in safety before the server is told that it came.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;
use vault::ShownMessage;
use xmpp::ResumeToken;

use super::Account;
use crate::contact::Input as ContactInput;
use crate::message::{BareJid, ChatEvent, MessageId};
use crate::store::Note;
use crate::tags;

/// While more keeps coming, what strangers wrote is written down after so much of it at the latest.
const UNWRITTEN_MAX: usize = 256;
/// So long everybody waits for a contact that writes down what came; afterwards the others go on.
const MOMENT: Duration = Duration::from_millis(30);

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
        self.who_asked_before().await;
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
        if self.mailboxes.number(contact).is_none() {
            self.spawn(contact);
        }
    }

    /// Writes down what is news, unless more is there already.
    pub(super) async fn keep_soon(&mut self) {
        let more = !self.setup.from_link.is_empty();
        if !more || self.unwritten.len() >= UNWRITTEN_MAX {
            self.keep_strangers().await;
        }
        if self.keeping.is_some() {
            // What came since is written down next.
            return;
        }
        let archive = self.past.is_save_due(more).then(|| self.past.take_unsaved());
        let resume = self.resume_point.due(more);
        if archive.is_some() || resume.is_some() {
            self.keep_strangers().await;
            self.keeping = Some(Keeping { archive, resume, done: self.ask_to_keep() });
            // Most often that is a moment: what is read and wiped meanwhile would be told again by the
            // archive after a crash.
            if timeout(MOMENT, Keeping::done(&mut self.keeping)).await.is_ok() {
                self.write_kept().await;
            }
        }
    }

    /// Writes it down now.
    pub(super) async fn keep_strangers(&mut self) {
        self.keep_requests().await;
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

    /// Has the contacts write down all that came; told when they have. A slow one stops nobody.
    fn ask_to_keep(&mut self) -> oneshot::Receiver<()> {
        let (all, is_done) = oneshot::channel();
        let mut kept = Vec::new();
        for number in std::mem::take(&mut self.unkept) {
            if let Some(mailbox) = self.mailboxes.get(number) {
                let (done, is_done) = oneshot::channel();
                mailbox.put(ContactInput::Keep(done));
                kept.push(is_done);
            }
        }
        self.actors.spawn(async move {
            // One that has ended has nothing more to keep.
            futures::future::join_all(kept).await;
            let _ = all.send(());
        });
        is_done
    }

    /// All that had come is written down: so is how far archive and stream were then, and the server
    /// may be told.
    pub(super) async fn has_kept(&mut self) {
        self.write_kept().await;
        // As long as it took, more may have come.
        self.keep_soon().await;
    }

    async fn write_kept(&mut self) {
        if let Some(resume) = self.end_keeping().await {
            self.confirmation = Some(resume.confirm());
            self.remember(Note::Resume(Some(resume))).await;
        }
    }

    /// The contacts have kept what came; how far the stream was.
    pub(super) async fn end_keeping(&mut self) -> Option<ResumeToken> {
        let Keeping { archive, resume, .. } = self.keeping.take()?;
        if let Some((state, shown)) = archive {
            self.setup.store.save_archive(&self.setup.jid, state, shown).await;
        }
        resume
    }
}

/// What is written down as soon as the contacts have written down what came before it.
#[derive(Debug)]
pub(super) struct Keeping {
    archive: Option<(String, Vec<ShownMessage>)>,
    resume: Option<ResumeToken>,
    done: oneshot::Receiver<()>,
}

impl Keeping {
    /// Waits for the contacts. Nothing is lost if the wait is broken off.
    pub(super) async fn done(keeping: &mut Option<Self>) {
        match keeping {
            Some(keeping) => {
                let _ = (&mut keeping.done).await;
            }
            None => std::future::pending().await,
        }
    }
}
