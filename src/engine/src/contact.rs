//! The OTR actor: one task owns one contact's conversation and outbox, so nothing is locked.
//!
//! Not here: who is on the contact list (the account knows), how keys are written down (the store).

mod earlier;
mod greeting;
mod input;
mod keys;
mod notices;
mod presence;
mod privacy;
mod receipts;
mod receiving;
mod records;
mod sending;
mod session;
mod settlement;
#[cfg(test)]
mod tests;
mod unread;
mod verification;
mod version;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use chat::{
    Attention, Devices, Intent, Invitation, Outbox, OutboxMessage, Permissions, Privacy, Reach,
    VersionFloor,
};
use otr::reorder::ReorderBuffer;
use otr::{Conversation, InstanceTag, Output, PrivateKey, Timestamp};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;
use xmpp::FullJid;

use crate::keys::{KeyReport, KeyReports};
use crate::message::{
    Availability, ChatCommand, ChatEvent, ChatId, ClaimedError, Doubt, Event, Notice, Padlock,
};
use crate::roster::Program;
use crate::store::Store;
use crate::tags::Tags;
pub(crate) use input::{Input, Received, SentElsewhere, Standing};
use keys::Keys;
pub(crate) use receiving::{is_of_a_session, is_private};
pub(crate) use session::conversation;
use settlement::Settlement;
pub(crate) use unread::Unread;

/// How many inputs may wait for one contact.
const MAILBOX_DEPTH: usize = 64;
/// How many stanzas may wait for the link; beyond it, answers to the contact are dropped.
const PENDING_MAX: usize = 4096;
/// Texts are taken out of the outbox as long as fewer wait; that leaves room for answers, and no
/// text ever meets that bound.
const TEXTS_PENDING_MAX: usize = 1024;
/// How long the receipt of a private message may be missing after that of a later one came:
/// the protocol drops what comes after a later one.
const RECEIPT_PATIENCE: Duration = Duration::from_secs(5);

/// What an actor starts from.
pub(crate) struct Setup {
    pub(crate) chat: ChatId,
    pub(crate) number: usize,
    pub(crate) key: PrivateKey,
    pub(crate) instance: InstanceTag,
    pub(crate) store: Store,
    pub(crate) to_link: mpsc::Sender<xmpp::Command>,
    pub(crate) to_window: mpsc::Sender<Event>,
    pub(crate) reports: KeyReports,
    /// Follows an offer to go private, for people whose program does not know it.
    pub(crate) offer: Arc<str>,
    pub(crate) online: bool,
    pub(crate) standing: Standing,
    pub(crate) resources: BTreeMap<FullJid, Availability>,
    pub(crate) programs: BTreeMap<FullJid, Program>,
    /// The tags of what an earlier process sent, and the server may still tell of.
    pub(crate) left_behind: Vec<u64>,
    /// Whether what nobody has read is to be told.
    pub(crate) unread: Unread,
}

pub(crate) struct Contact {
    chat: ChatId,
    conversation: Conversation,
    epoch: Instant,
    inbox: mpsc::Receiver<Input>,
    reorder: ReorderBuffer<Received>,
    to_link: mpsc::Sender<xmpp::Command>,
    to_window: mpsc::Sender<Event>,
    reports: KeyReports,
    store: Store,
    tags: Tags,
    /// Stanzas that the link has not taken yet.
    pending: VecDeque<xmpp::Command>,
    online: bool,
    permissions: Permissions,
    devices: Devices<FullJid>,
    attention: Attention,
    invitation: Invitation,
    outbox: Outbox<FullJid>,
    /// How many private texts were sent.
    sent_count: u64,
    settlement: Settlement,
    unread: unread::Waiting,
    draft: unread::Draft,
    notices: notices::Kept,
    privacy: Privacy,
    keys: Keys,
    older: VersionFloor,
    requests: verification::Requests,
    recent: receiving::Recent,
    /// Ids of what we sent in the clear, which our server may copy to us.
    sent: receiving::Recent,
    left_behind: Vec<u64>,
    /// Which errors were told of since something was last read.
    claimed_errors: BTreeSet<ClaimedError>,
    /// When new keys were offered last to a program that wrote readably in a session.
    asked_beside_at: Option<Instant>,
    greetings: greeting::Greetings,
    /// Whether it was said that another device of ours talks in private.
    other_device_told: bool,
    /// Whether the contact's program has ever confirmed a message.
    receipts_come: bool,
    shown: Option<Padlock>,
}

impl Contact {
    /// Starts the actor; its mailbox is its life.
    pub(crate) fn spawn(actors: &mut JoinSet<()>, setup: Setup) -> mpsc::Sender<Input> {
        let (mailbox, inbox) = mpsc::channel(MAILBOX_DEPTH);
        drop(actors.spawn(async move { Self::new(setup, inbox).await.run().await }));
        mailbox
    }

    async fn new(setup: Setup, inbox: mpsc::Receiver<Input>) -> Self {
        let intent = match setup.store.intent(&setup.chat).await.unwrap_or_default() {
            vault::Intent::Private => Intent::Private,
            vault::Intent::Plain => Intent::Plain,
        };
        let restored = setup.store.outbox(&setup.chat).await.unwrap_or_default();
        let keys = Keys::of(&setup.store, &setup.chat).await;
        let facts = setup.store.facts(&setup.chat).await;
        let mut programs = setup.programs;
        let in_sight = setup.resources.into_keys().map(|device| {
            let program = programs.remove(&device).unwrap_or_default();
            (device, program)
        });
        let in_sight = in_sight.collect();
        let mut contact = Self {
            conversation: conversation(setup.key, setup.instance),
            epoch: Instant::now(),
            inbox,
            reorder: ReorderBuffer::new(setup.instance),
            tags: Tags::of(setup.number),
            chat: setup.chat,
            to_link: setup.to_link,
            to_window: setup.to_window,
            reports: setup.reports,
            store: setup.store,
            pending: VecDeque::new(),
            online: setup.online,
            permissions: setup.standing.permissions(),
            devices: Devices::new(in_sight),
            attention: Attention::default(),
            invitation: Invitation::new(setup.offer, facts.invited),
            outbox: Outbox::default(),
            sent_count: 0,
            settlement: Settlement::default(),
            unread: unread::Waiting::default(),
            draft: unread::Draft::default(),
            notices: notices::Kept::default(),
            privacy: Privacy::new(intent),
            keys,
            older: VersionFloor::new(facts.v2_allowed),
            requests: verification::Requests::default(),
            recent: receiving::Recent::default(),
            sent: receiving::Recent::default(),
            left_behind: setup.left_behind,
            claimed_errors: BTreeSet::new(),
            asked_beside_at: None,
            greetings: greeting::Greetings::default(),
            other_device_told: false,
            receipts_come: false,
            shown: None,
        };
        if facts.v3_seen && !facts.v2_allowed {
            contact.conversation.set_v3_seen();
        }
        contact.restore(restored).await;
        // The window puts what was written to us in an earlier life around what we wrote in it.
        contact.settle().await;
        contact.take_up_unread(setup.unread).await;
        contact
    }

    async fn run(mut self) {
        self.settle().await;
        let to_link = self.to_link.clone();
        loop {
            let deadline = self.deadline();
            tokio::select! {
                permit = to_link.reserve(), if !self.pending.is_empty() => {
                    match (permit, self.pending.pop_front()) {
                        (Ok(permit), Some(command)) => permit.send(command),
                        // The link is gone: we are shutting down.
                        (Err(_), _) => self.pending.clear(),
                        (Ok(_), None) => {}
                    }
                    // Then there is room for what waits in the outbox.
                    if !self.pending.is_empty() {
                        continue;
                    }
                }
                input = self.inbox.recv() => match input {
                    Some(input) => self.handle(input).await,
                    None => return self.say_goodbye().await,
                },
                () = sleep_until(deadline) => self.time_passed().await,
            }
            self.settle().await;
        }
    }

    async fn handle(&mut self, input: Input) {
        if let Input::Received(received) = &input {
            self.hears(received);
        }
        match input {
            Input::LinkUp { resumed } => self.link_up(resumed).await,
            Input::CaughtUp => self.reorder.caught_up(self.now()),
            Input::LinkDown => {
                self.online = false;
                self.reorder.link_down();
                self.settlement.link_down();
            }
            Input::Standing(standing) => self.stands(standing).await,
            Input::Keep(done) => {
                self.keep_unread().await;
                let _ = done.send(());
            }
            Input::Presence { from, availability, program } => {
                self.presence(from, availability, program).await;
            }
            // Its author was told that it may be lost, and wrote on.
            Input::Received(received)
                if received.is_stored() && self.reorder.is_overtaken(&received.body) =>
            {
                self.for_other_device(true).await;
            }
            Input::Received(received) if received.is_stored() && !self.may_read(&received) => {
                self.received(received).await;
            }
            Input::Received(received) => {
                let ready = self.reorder.push(received, self.now());
                self.all_received(ready).await;
            }
            Input::SentElsewhere(sent) => self.sent_elsewhere(sent).await,
            Input::Acked(tag) if self.is_left_behind(tag) => self.has_left_behind(tag).await,
            Input::Acked(tag) => self.acked(tag).await,
            Input::Unsure(tag) if self.is_left_behind(tag) => self.forget_left_behind(tag),
            Input::Unsure(tag) => self.unsure(tag).await,
            Input::Unsendable(tag) => self.unsendable(tag).await,
            Input::Receipt { from, id } => self.receipt(&from, &id).await,
            Input::Archived(page) => self.archived(page).await,
            Input::NotArchived { tag, error } => self.not_archived(tag, &error),
            Input::Writing(writing) => {
                if self.permissions.contains(Permissions::ACCEPTED) {
                    self.tell(ChatEvent::Writing(writing)).await;
                }
            }
            Input::Bounced { from, id } => self.bounced(&from, &id).await,
            Input::Command(command) => self.obey(command).await,
            Input::Leave { then } => {
                self.leave().await;
                self.pending.push_back(then);
                // Until they are let through again, nothing we offer reaches them.
                self.attention = Attention::default();
                self.privacy.may_not_be_asked();
            }
            Input::ReviewKeys => self.review_keys().await,
        }
    }

    async fn obey(&mut self, command: ChatCommand) {
        match command {
            ChatCommand::Open => {
                self.attention.in_view(self.now());
                self.shown = None;
            }
            ChatCommand::Leave => self.attention.looks_away(),
            ChatCommand::Send(typed) => self.accept_text(typed).await,
            ChatCommand::Retry { id, seen } => self.retry(&id, seen).await,
            ChatCommand::Discard(id) => self.discard(&id).await,
            ChatCommand::Writing(writing) => {
                self.attention.writes(writing);
                self.tell_writing(writing);
            }
            ChatCommand::Read(number) => self.read(number).await,
            ChatCommand::SaveDraft(text) => self.drafted(text).await,
            ChatCommand::GoPrivate => self.go_private().await,
            ChatCommand::TryNow => self.try_now().await,
            ChatCommand::AllowOlderVersion(allows) => self.allow_older_version(allows).await,
            ChatCommand::EndPrivate => self.end_private().await,
            ChatCommand::Verify { key, question, secret } => {
                self.verify(key, question, &secret).await
            }
            ChatCommand::Answer { request, secret } => self.answer(request, &secret).await,
            ChatCommand::CancelVerification => self.cancel_verification().await,
            ChatCommand::SetTrust { fingerprint, proof } => {
                self.set_trust(fingerprint, proof).await
            }
            ChatCommand::AcceptKey(fingerprint) => self.accept_key(fingerprint).await,
            ChatCommand::DoubtKey(fingerprint) => self.doubt_key(fingerprint, Doubt::Differs).await,
            ChatCommand::ForgetKey(fingerprint) => self.forget_key(fingerprint).await,
        }
    }

    /// Brings everything in line after any change: starts what is wanted, sends what may go, shows
    /// the padlock.
    async fn settle(&mut self) {
        self.follow_best_instance();
        self.settle_doubts();
        if self.should_start() {
            self.start().await;
        }
        self.greet();
        self.flush().await;
        self.keep_failures().await;
        self.show_changes().await;
        self.show_padlock().await;
        self.show_key_beside().await;
        self.show_older_version().await;
        self.keep_unread_soon().await;
    }

    /// Tells the window of the padlock, if it changed and somebody may look.
    async fn show_padlock(&mut self) {
        let padlock = self.padlock();
        if self.shown != Some(padlock)
            && (self.attention.is_wanted()
                || self.shown.is_some()
                || padlock.fingerprint().is_some())
        {
            self.tell_padlock(padlock).await;
        }
    }

    async fn tell_padlock(&mut self, padlock: Padlock) {
        self.shown = Some(padlock);
        self.tell(ChatEvent::PadlockChanged(padlock)).await;
    }

    /// Who can read what is typed next, as of now.
    fn padlock(&self) -> Padlock {
        self.privacy.padlock(self.reach(), |key| self.keys.standing(key))
    }

    fn reach(&self) -> Reach {
        match (self.online, self.contact_is_there()) {
            (false, _) => Reach::Offline,
            (true, false) => Reach::Away,
            (true, true) => Reach::There,
        }
    }

    /// Whether text can go out under the session's keys right now.
    fn session_is_usable(&self) -> bool {
        self.online && self.privacy.active().is_some()
    }

    fn deadline(&self) -> Option<Instant> {
        // Without a connection no receipt comes either.
        let doubt = self.outbox.overtaken_since().filter(|_| self.online);
        let doubt = doubt.map(|since| since + RECEIPT_PATIENCE);
        let due = self
            .conversation
            .deadline()
            .into_iter()
            .chain(self.reorder.deadline())
            .chain(doubt)
            .chain(self.devices.deadline())
            .chain(self.attention.deadline())
            .min();
        let due = due.map(|due| self.epoch + Duration::from_millis(due.as_millis()));
        let draft = self.draft.deadline();
        let all = [due, self.hello_deadline(), draft];
        all.into_iter().flatten().min()
    }

    async fn time_passed(&mut self) {
        self.keep_draft_if_due().await;
        self.attention.handle_timeout(self.now());
        self.devices.handle_timeout(self.now());
        let ready = self.reorder.handle_timeout(self.now());
        self.all_received(ready).await;
        let now = self.now();
        if self.online {
            let is_overdue = |message: &OutboxMessage<FullJid>| {
                message.overtaken_at().is_some_and(|since| since + RECEIPT_PATIENCE <= now)
            };
            self.doubt_unconfirmed(is_overdue).await;
        }
        let is_there = self.contact_is_there();
        for output in self.conversation.handle_timeout(self.now()) {
            match output {
                Output::Send { wire, to } if is_there => {
                    let to = self.address(self.devices.route_again(to, self.permissions));
                    self.transmit_quietly_to(wire, to);
                }
                // Whoever is away is not asked again.
                Output::Send { .. } => {}
                Output::Event(event) => self.observe(event, None).await,
            }
        }
    }

    async fn not_answered(&mut self) {
        self.privacy.exchange_failed();
        self.no_version_answered();
        self.tell(ChatEvent::Notice(Notice::Unanswered)).await;
    }

    fn now(&self) -> Timestamp {
        let millis = self.epoch.elapsed().as_millis();
        Timestamp::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
    }

    async fn tell(&self, event: ChatEvent) {
        // The window may be gone while we say goodbye.
        let _ = self.to_window.send(Event::Chat(self.chat.clone(), event)).await;
    }

    fn report(&self, report: KeyReport) {
        self.reports.send(report);
    }

    async fn say_goodbye(mut self) {
        self.keep_draft().await;
        self.keep_unread().await;
        if self.online {
            let outputs = self.conversation.end(self.now());
            self.perform(outputs, None).await;
            for command in std::mem::take(&mut self.pending) {
                if self.to_link.send(command).await.is_err() {
                    break;
                }
            }
        }
        self.report(KeyReport::InUse(self.chat.clone(), None));
        self.privacy.leave();
        self.privacy.exchange_broke();
        self.online = false;
        self.show_padlock().await;
    }
}

/// Never ends without a deadline.
pub(crate) async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
