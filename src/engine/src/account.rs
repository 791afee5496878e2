//! One task per account: routes between its link, its roster and its contacts.
//!
//! Not here: connecting and signing in (the link), anything said (the contacts).

mod archive;
mod commands;
mod earlier;
mod learnt;
mod mailbox;
mod past;
mod permissions;
mod pictures;
mod requests;
mod resume_point;
mod strangers;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::contact::{
    Contact, Input as ContactInput, Received, Setup as ContactSetup, Unread, sleep_until,
};
use crate::keys::{KeyReport, KeyReports};
use crate::mailbox::Inbox;
use crate::message::{
    AccountCommand, AccountEvent, AccountState, Availability, BareJid, ChatCommand, ChatEvent,
    ChatId, ContactCommand, Event, MessageId, NotKept, PinnedKey,
};
use crate::roster::{Roster, program_named};
use crate::store::{Identity, Known, NotRead, Note, Place, Store};
use earlier::Keeping;
use mailbox::Mailboxes;
use past::Past;
use pictures::Pictures;
use requests::Requests;
use resume_point::ResumePoint;

/// How long the link may take to close its stream.
const SIGN_OUT: Duration = Duration::from_secs(2);

/// What an account is told.
#[derive(Debug)]
pub(crate) enum Input {
    Command(AccountCommand),
    Contact(BareJid, ContactCommand),
    Chat(BareJid, ChatCommand),
    Reconnect,
    Hurry,
    TrustServer(PinnedKey),
    SetActive(bool),
    SetAvailability(Availability),
    /// More is known of contacts' keys than before.
    KeysLearnt,
}

/// What to remember once signing in worked.
pub(crate) struct Credentials {
    pub(crate) place: Place,
    pub(crate) password: Zeroizing<String>,
}

/// What an account starts from.
pub(crate) struct Setup {
    pub(crate) jid: BareJid,
    pub(crate) identity: Identity,
    pub(crate) known: Known,
    pub(crate) credentials: Option<Credentials>,
    /// How contacts are to see us.
    pub(crate) availability: Availability,
    pub(crate) store: Store,
    pub(crate) to_window: mpsc::Sender<Event>,
    pub(crate) reports: KeyReports,
    pub(crate) offer: Arc<str>,
    pub(crate) to_link: mpsc::Sender<xmpp::Command>,
    pub(crate) from_link: mpsc::Receiver<xmpp::Event>,
}

pub(crate) struct Account {
    setup: Setup,
    online: bool,
    roster: Roster,
    mailboxes: Mailboxes,
    actors: JoinSet<()>,
    /// Told when the last secret that is being kept is kept.
    kept: Option<oneshot::Receiver<()>>,
    /// What the link had no room for, and is to have before all else, online or not.
    pressing: VecDeque<xmpp::Command>,
    /// Changes of the list that wait until we are online, and for room in the link.
    wishes: VecDeque<xmpp::Command>,
    /// When it is to be told what of strangers was not kept.
    tell_not_kept_at: Option<Instant>,
    told_not_kept: NotKept,
    requests: Requests,
    pictures: Pictures,
    past: Past,
    /// Whose sendings an earlier process left on their way, by the tags it gave them.
    left_behind: HashMap<u64, BareJid>,
    awaited_started: bool,
    resume_point: ResumePoint,
    /// Says to the server that what came is in safety.
    confirmation: Option<xmpp::Command>,
    /// What strangers wrote that is not written down.
    unwritten: Vec<(BareJid, NotRead)>,
    /// Strangers whose words the window was told.
    told_strangers: BTreeSet<BareJid>,
    /// Whose messages may not be written down, by the numbers that their tags carry.
    unkept: BTreeSet<usize>,
    keeping: Option<Keeping>,
}

impl Account {
    pub(crate) fn new(mut setup: Setup) -> Self {
        let shown = std::mem::take(&mut setup.known.shown);
        let past = Past::new(setup.known.archive.take().as_deref(), &shown, setup.store.numbers());
        Self {
            setup,
            online: false,
            roster: Roster::default(),
            mailboxes: Mailboxes::default(),
            actors: JoinSet::new(),
            kept: None,
            pressing: VecDeque::new(),
            wishes: VecDeque::new(),
            tell_not_kept_at: None,
            told_not_kept: NotKept::default(),
            requests: Requests::new(),
            pictures: Pictures::default(),
            past,
            left_behind: HashMap::new(),
            awaited_started: false,
            resume_point: ResumePoint::default(),
            confirmation: None,
            unwritten: Vec::new(),
            told_strangers: BTreeSet::new(),
            unkept: BTreeSet::new(),
            keeping: None,
        }
    }

    /// Runs until the inbox closes or the link ends; then says goodbye.
    pub(crate) async fn run(mut self, mut inbox: Inbox<Input>) {
        self.left_behind = self.find_left_behind().await;
        let fingerprint = self.setup.identity.key.fingerprint();
        self.tell(Event::Account(self.setup.jid.clone(), AccountEvent::OwnKey(fingerprint))).await;
        self.tell_manners().await;
        self.ask_link(xmpp::Command::SetPresence(self.setup.availability));
        self.show_what_is_known().await;
        let (to_link, backlog) = (self.setup.to_link.clone(), Arc::clone(&self.mailboxes.backlog));
        loop {
            tokio::select! {
                permit = to_link.reserve(), if self.has_wish() => {
                    match (permit, self.next_wish()) {
                        (Ok(permit), Some(wish)) => permit.send(wish),
                        // The link is gone: we are shutting down.
                        (Err(_), _) | (Ok(_), None) => {}
                    }
                }
                () = Keeping::done(&mut self.keeping) => self.has_kept().await,
                () = backlog.room(), if !backlog.has_room() => {}
                () = sleep_until(self.tell_not_kept_at) => self.tell_not_kept().await,
                input = inbox.recv() => match input {
                    Some(input) => self.take(input).await,
                    None => break,
                },
                event = self.setup.from_link.recv(), if backlog.has_room() => match event {
                    Some(xmpp::Event::Response(tag, Ok(xmpp::Response::Done))) => {
                        if self.done(tag).await {
                            return self.say_removed().await;
                        }
                    }
                    Some(event) => {
                        self.observe(event).await;
                        self.keep_soon().await;
                    }
                    None => break,
                },
            }
        }
        self.say_goodbye().await;
    }

    /// There is no such account any more.
    async fn say_removed(self) {
        self.tell(Event::Account(self.setup.jid.clone(), AccountEvent::Removed)).await;
        self.setup.reports.send(KeyReport::Changed);
    }

    async fn observe(&mut self, event: xmpp::Event) {
        match event {
            xmpp::Event::Connecting { .. } => self.state(AccountState::Connecting).await,
            xmpp::Event::Secured(security) => self.secured(security).await,
            xmpp::Event::Online { resumed, .. } => self.online(resumed).await,
            xmpp::Event::ReplayComplete => self.tell_contacts(|| ContactInput::CaughtUp),
            xmpp::Event::Offline { reason, retry_in } => {
                self.offline().await;
                self.state(AccountState::Offline { reason, retry_in }).await;
            }
            xmpp::Event::Refused(error) => {
                self.offline().await;
                self.state(AccountState::Refused(error)).await;
            }
            xmpp::Event::Roster { items, version } => {
                self.remember_roster(&items, version).await;
                self.roster.replace(items);
                self.standings_changed();
                self.review_pictures().await;
                self.show_roster().await;
                self.start_awaited().await;
                self.catch_up().await;
            }
            xmpp::Event::RosterChanged(item) => {
                let contact = item.jid.clone();
                self.remember_change(&contact, Some(item.clone())).await;
                self.roster.put(item);
                self.standing_changed(&contact);
                self.show(&contact).await;
                self.review_pictures().await;
            }
            xmpp::Event::RosterRemoved(contact) => {
                self.remember_change(&contact, None).await;
                self.roster.remove(&contact);
                self.standing_changed(&contact);
                self.review_pictures().await;
                self.tell_chat(contact, ChatEvent::Removed).await;
            }
            xmpp::Event::Presence { from, availability, program } => {
                self.presence(from, availability, program).await;
            }
            // We have listed them: that they may see us is our own wish.
            // While we are invisible it waits: the server says it again when we show ourselves (RFC
            // 6121 §3.1.3).
            xmpp::Event::SubscriptionRequested(contact) if self.roster.lists(&contact) => {
                if self.setup.availability == Availability::Offline {
                    return;
                }
                self.wish(xmpp::Command::Approve(contact));
            }
            xmpp::Event::SubscriptionRequested(contact) => self.stranger_asks(&contact).await,
            xmpp::Event::Unaddressable(address) => self.cannot_be_read(address.into_inner()),
            xmpp::Event::MessageReceived {
                from,
                id,
                body,
                delayed,
                wants_receipt,
                archive_id,
                replaces,
            } => {
                let bare = Received::of(from, body.into_inner());
                let received = Received { id, delayed, wants_receipt, replaces, ..bare };
                self.came(archive_id, received).await;
            }
            xmpp::Event::Receipt { from, id } => {
                let receipt = ContactInput::Receipt { from: from.clone(), id: MessageId::from(id) };
                self.pass(&from, receipt);
            }
            xmpp::Event::DeliveryFailed { from, id, condition } => {
                tracing::debug!(condition, "a message came back");
                let bounced = ContactInput::Bounced { from: from.clone(), id: MessageId::from(id) };
                self.pass(&from, bounced);
            }
            xmpp::Event::Acked { tag } => self.sent(tag, ContactInput::Acked(tag)),
            xmpp::Event::DeliveryUnknown { tags } => {
                for tag in tags {
                    self.sent(tag, ContactInput::Unsure(tag));
                }
            }
            xmpp::Event::Unencodable { tag } => {
                self.sent(tag, ContactInput::Unsendable(tag));
            }
            xmpp::Event::Carbon { message, .. } => self.copied(message).await,
            xmpp::Event::Blocked(jids) => self.blocked(jids).await,
            // No feature answers any yet, so none is reported.
            xmpp::Event::Requested { .. } => {}
            xmpp::Event::Response(tag, result) => self.answered(tag, result).await,
            xmpp::Event::ResumeTokenChanged(resume) => self.resume_point.put(resume),
            xmpp::Event::ChatState { from, state } => self.chat_state(&from, state),
            xmpp::Event::Traffic { direction, xml, dropped } => {
                let (account, xml) = (self.setup.jid.clone(), xml.into_inner());
                self.tell(Event::Account(
                    account,
                    AccountEvent::Traffic { direction, xml, dropped },
                ))
                .await;
            }
            xmpp::Event::AvatarChanged { jid, hash } => self.avatar_changed(jid, hash).await,
        }
    }

    async fn online(&mut self, resumed: bool) {
        self.online = true;
        self.begin_past(resumed).await;
        if !resumed {
            self.roster.forget_presence();
            self.roster.strangers.are_told_again();
            self.tell_not_kept_soon();
        }
        self.remember_account();
        let goes_on_after_a_crash = self.setup.known.resume.take().is_some() && resumed;
        if goes_on_after_a_crash {
            // What was on its way is settled next, and must find its owner.
            self.start_awaited().await;
        }
        self.tell_contacts(|| ContactInput::LinkUp { resumed });
        if goes_on_after_a_crash {
            // A resumed session tells nobody's presence again: only one who comes is told.
            self.ask_link(xmpp::Command::SetPresence(Availability::Offline));
            self.ask_link(xmpp::Command::SetPresence(self.setup.availability));
        }
        if !resumed {
            self.left_behind.clear();
        }
        self.state(AccountState::Online).await;
        self.fetch_picture();
    }

    async fn offline(&mut self) {
        self.online = false;
        self.tell_contacts(|| ContactInput::LinkDown);
    }

    fn tell_contacts(&self, input: impl Fn() -> ContactInput) {
        for mailbox in self.mailboxes.iter() {
            mailbox.put(input());
        }
    }

    async fn presence(
        &mut self,
        from: xmpp::FullJid,
        availability: Availability,
        program: Option<String>,
    ) {
        let contact = from.to_bare();
        if contact == self.setup.jid {
            return;
        }
        let before = self.roster.info(&contact);
        let program = program_named(program.as_deref());
        if !self.roster.observe(from.clone(), availability, program) {
            return;
        }
        if self.roster.info(&contact) != before {
            self.show(&contact).await;
        }
        if let Some(mailbox) = self.mailbox(&contact) {
            mailbox.put(ContactInput::Presence { from, availability, program });
        }
    }

    fn spawn(&mut self, contact: &BareJid) -> usize {
        let number = self.mailboxes.next();
        let is_told = self.told_strangers.contains(contact);
        let unread = if is_told { Unread::Told } else { Unread::Tell };
        let setup = ContactSetup {
            chat: self.chat(contact.clone()),
            number,
            key: self.setup.identity.key.clone(),
            instance: self.setup.identity.instance,
            store: self.setup.store.clone(),
            to_link: self.setup.to_link.clone(),
            to_window: self.setup.to_window.clone(),
            reports: self.setup.reports.clone(),
            offer: Arc::clone(&self.setup.offer),
            online: self.online,
            standing: self.standing(contact),
            resources: self.roster.resources(contact),
            programs: self.roster.programs(contact),
            left_behind: self.left_behind_by(contact),
            unread,
        };
        let mailbox = Contact::spawn(&mut self.actors, setup, &self.mailboxes.backlog);
        self.mailboxes.add(contact, mailbox)
    }

    async fn show_roster(&self) {
        let (account, contacts) = (self.setup.jid.clone(), self.roster.contacts());
        self.tell(Event::Account(account, AccountEvent::Roster(contacts))).await;
    }

    async fn show(&self, contact: &BareJid) {
        self.tell_chat(contact.clone(), ChatEvent::Info(self.roster.info(contact))).await;
    }

    async fn state(&self, state: AccountState) {
        self.tell(Event::Account(self.setup.jid.clone(), AccountEvent::State(state))).await;
    }

    async fn tell_chat(&self, contact: BareJid, event: ChatEvent) {
        self.tell(Event::Chat(self.chat(contact), event)).await;
    }

    async fn tell(&self, event: Event) {
        // The window may be gone while we say goodbye.
        let _ = self.setup.to_window.send(event).await;
    }

    fn chat(&self, contact: BareJid) -> ChatId {
        ChatId { account: self.setup.jid.clone(), contact }
    }

    /// Closing the mailboxes tells every contact to say goodbye; the stream closes behind them.
    async fn say_goodbye(mut self) {
        self.mailboxes.close();
        loop {
            tokio::select! {
                actor = self.actors.join_next() => if actor.is_none() { break },
                // Nothing is listened to any more, but the link must not wait for us.
                event = self.setup.from_link.recv() => if event.is_none() { break },
            }
        }
        while self.actors.join_next().await.is_some() {}
        // The contacts have ended, so all that came is written down.
        self.keep_strangers().await;
        let kept = self.end_keeping().await;
        self.save_archive().await;
        let newest = self.resume_point.take().or(kept).map(|resume| resume.confirm());
        if let Some(confirmation) = newest.or(self.confirmation.take()) {
            let _ = self.setup.to_link.send(confirmation).await;
        }
        let Setup { jid, store, to_link, mut from_link, .. } = self.setup;
        let close = async move {
            let _ = to_link.send(xmpp::Command::SignOut).await;
            drop(to_link);
            while from_link.recv().await.is_some() {}
        };
        let is_closed = tokio::time::timeout(SIGN_OUT, close).await.is_ok();
        if is_closed {
            store.note(&jid, Note::Resume(None)).await;
        }
    }
}
