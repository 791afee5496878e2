//! One task per account: routes between its link, its roster and its contacts.
//!
//! Not here: connecting and signing in (the link), anything said (the contacts).

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use xmpp::Jid;
use zeroize::Zeroizing;

use crate::contact::{Asked, Contact, Input as ContactInput, Received, Setup as ContactSetup};
use crate::keys::KeyReports;
use crate::message::{AccountState, BareJid, ChatEvent, ChatId, Event, MessageId, Server};
use crate::roster::Roster;
use crate::store::{Identity, Store};
use crate::tags;

/// How many people not on the list may have a conversation at once; more are not listened to.
const STRANGERS_MAX: usize = 256;
/// How many changes of the list wait for the account to be online.
const WISHES_MAX: usize = 256;
/// How long the link may take to close its stream.
const SIGN_OUT: Duration = Duration::from_secs(2);

/// What an account is told.
#[derive(Debug)]
pub(crate) enum Input {
    Asked(BareJid, Asked),
    Add(BareJid),
    Accept(BareJid),
    Decline(BareJid),
    Remove(BareJid),
    Reconnect,
}

/// What to remember once signing in worked.
pub(crate) struct Credentials {
    pub(crate) server: Server,
    pub(crate) password: Zeroizing<String>,
}

/// What an account starts from.
pub(crate) struct Setup {
    pub(crate) jid: BareJid,
    pub(crate) identity: Identity,
    pub(crate) credentials: Option<Credentials>,
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
    /// The contacts' mailboxes, by the number their tags carry.
    mailboxes: Vec<mpsc::Sender<ContactInput>>,
    numbers: HashMap<BareJid, usize>,
    actors: JoinSet<()>,
    /// Changes of the list that wait for the link.
    wishes: VecDeque<xmpp::Command>,
    awaited_started: bool,
}

impl Account {
    pub(crate) fn new(setup: Setup) -> Self {
        Self {
            setup,
            online: false,
            roster: Roster::default(),
            mailboxes: Vec::new(),
            numbers: HashMap::new(),
            actors: JoinSet::new(),
            wishes: VecDeque::new(),
            awaited_started: false,
        }
    }

    /// Runs until the inbox closes or the link ends; then says goodbye.
    pub(crate) async fn run(mut self, mut inbox: mpsc::Receiver<Input>) {
        let fingerprint = self.setup.identity.key.fingerprint();
        self.tell(Event::OwnKey { account: self.setup.jid.clone(), fingerprint }).await;
        self.to_link(xmpp::Command::SetPresence(xmpp::Availability::Online));
        loop {
            tokio::select! {
                input = inbox.recv() => match input {
                    Some(input) => self.asked(input).await,
                    None => break,
                },
                event = self.setup.from_link.recv() => match event {
                    Some(event) => self.observe(event).await,
                    None => break,
                },
            }
        }
        self.say_goodbye().await;
    }

    async fn asked(&mut self, input: Input) {
        match input {
            Input::Asked(contact, asked) => {
                self.deliver(&contact, ContactInput::Asked(asked)).await;
            }
            Input::Add(contact) => {
                self.wish(xmpp::Command::RosterSet { jid: contact.clone(), name: None });
                self.wish(xmpp::Command::Subscribe(contact));
            }
            Input::Accept(contact) => {
                let name = self.roster.info(&contact).name;
                self.wish(xmpp::Command::Approve(contact.clone()));
                self.wish(xmpp::Command::RosterSet { jid: contact.clone(), name });
                if !self.roster.standing(&contact).seen {
                    self.wish(xmpp::Command::Subscribe(contact.clone()));
                }
                self.roster.answered(&contact);
                self.show(&contact).await;
            }
            Input::Decline(contact) => {
                self.wish(xmpp::Command::Decline(contact.clone()));
                self.roster.answered(&contact);
                self.tell_chat(contact, ChatEvent::Removed).await;
            }
            Input::Remove(contact) => {
                self.wish(xmpp::Command::RosterRemove(contact.clone()));
                if !self.roster.knows(&contact) {
                    self.tell_chat(contact, ChatEvent::Removed).await;
                }
            }
            Input::Reconnect => self.to_link(xmpp::Command::Reconnect),
        }
    }

    async fn observe(&mut self, event: xmpp::Event) {
        match event {
            xmpp::Event::Connecting { .. } => self.state(AccountState::Connecting).await,
            xmpp::Event::Secured(security) => tracing::debug!(?security, "signed in"),
            xmpp::Event::Online { resumed, .. } => self.online(resumed).await,
            xmpp::Event::Offline { reason, retry_in } => {
                self.offline().await;
                self.state(AccountState::Offline { reason, retry_in }).await;
            }
            xmpp::Event::Refused(error) => {
                self.offline().await;
                self.state(AccountState::Refused(error)).await;
            }
            xmpp::Event::Roster(items) => {
                self.roster.replace(items);
                self.standings_changed().await;
                self.show_roster().await;
                self.start_awaited().await;
            }
            xmpp::Event::RosterChanged(item) => {
                let contact = item.jid.clone();
                self.roster.put(item);
                self.standing_changed(&contact).await;
                self.show(&contact).await;
            }
            xmpp::Event::RosterRemoved(contact) => {
                self.roster.remove(&contact);
                self.standing_changed(&contact).await;
                self.tell_chat(contact, ChatEvent::Removed).await;
            }
            xmpp::Event::Presence { from, availability } => {
                self.presence(from, availability).await;
            }
            // We have listed them: that they may see us is our own wish.
            xmpp::Event::SubscriptionRequested(contact)
                if self.roster.standing(&contact).accepted =>
            {
                self.wish(xmpp::Command::Approve(contact));
            }
            xmpp::Event::SubscriptionRequested(contact) => {
                self.roster.request(contact.clone());
                self.show(&contact).await;
            }
            xmpp::Event::MessageReceived {
                from,
                id,
                body,
                delayed,
                awaited_us,
                wants_receipt,
                ..
            } => {
                let stored = delayed.is_some() && !awaited_us;
                self.message(Received { from, id, body, delayed, stored, wants_receipt }).await;
            }
            xmpp::Event::Receipt { from, id } => {
                self.pass(&from, ContactInput::Receipt(MessageId::from(id))).await;
            }
            xmpp::Event::Bounced { from, id, condition } => {
                tracing::debug!(condition, "a message came back");
                let bounced = ContactInput::Bounced { from: from.clone(), id: MessageId::from(id) };
                self.pass(&from, bounced).await;
            }
            xmpp::Event::Acked { tag } => self.sent(tag, ContactInput::Acked(tag)).await,
            xmpp::Event::Unsure { tags } => {
                for tag in tags {
                    self.sent(tag, ContactInput::Unsure(tag)).await;
                }
            }
            xmpp::Event::Unsendable { tag } => {
                self.sent(tag, ContactInput::Unsendable(tag)).await;
            }
            // Nothing of it is asked for, and copies are of no conversation of ours.
            xmpp::Event::Copied { .. }
            | xmpp::Event::ArchivePage(_)
            | xmpp::Event::Blocked(_)
            | xmpp::Event::Done { .. }
            | xmpp::Event::Failed { .. }
            | xmpp::Event::Resumable(_) => {}
        }
    }

    async fn online(&mut self, resumed: bool) {
        self.online = true;
        if !resumed {
            self.roster.forget_presence();
        }
        if let Some(Credentials { server, password }) = self.setup.credentials.take() {
            let instance = self.setup.identity.instance;
            self.setup.store.remember(&self.setup.jid, server, instance, password).await;
        }
        for wish in std::mem::take(&mut self.wishes) {
            self.to_link(wish);
        }
        for mailbox in &self.mailboxes {
            let _ = mailbox.send(ContactInput::LinkUp { resumed }).await;
        }
        self.state(AccountState::Online).await;
    }

    async fn offline(&mut self) {
        self.online = false;
        for mailbox in &self.mailboxes {
            let _ = mailbox.send(ContactInput::LinkDown).await;
        }
    }

    async fn presence(&mut self, from: xmpp::FullJid, availability: xmpp::Availability) {
        let contact = from.to_bare();
        if contact == self.setup.jid {
            return;
        }
        let before = self.roster.info(&contact);
        self.roster.observe(from.clone(), availability);
        if self.roster.info(&contact) != before {
            self.show(&contact).await;
        }
        if let Some(mailbox) = self.mailbox(&contact) {
            let _ = mailbox.send(ContactInput::Presence { from, availability }).await;
        }
    }

    async fn message(&mut self, received: Received) {
        let contact = received.from.to_bare();
        if contact == self.setup.jid {
            return;
        }
        if !self.roster.standing(&contact).accepted && !self.numbers.contains_key(&contact) {
            let strangers =
                self.numbers.keys().filter(|jid| !self.roster.standing(jid).accepted).count();
            if strangers >= STRANGERS_MAX {
                return tracing::warn!("too many strangers write; one more is not listened to");
            }
            if received.body.contains("?OTR") {
                return tracing::debug!("a stranger's offer to go private gets no answer");
            }
            self.show(&contact).await;
        }
        self.deliver(&contact, ContactInput::Received(received)).await;
    }

    /// To a contact, whose actor is started if it has none.
    async fn deliver(&mut self, contact: &BareJid, input: ContactInput) {
        let number = match self.numbers.get(contact) {
            Some(number) => *number,
            None => self.spawn(contact),
        };
        if let Some(mailbox) = self.mailboxes.get(number) {
            let _ = mailbox.send(input).await;
        }
    }

    /// To a contact that has an actor.
    async fn pass(&self, from: &Jid, input: ContactInput) {
        if let Some(mailbox) = self.mailbox(&from.to_bare()) {
            let _ = mailbox.send(input).await;
        }
    }

    /// To the contact whose sending it was.
    async fn sent(&self, tag: u64, input: ContactInput) {
        if let Some(mailbox) = self.mailboxes.get(tags::owner(tag)) {
            let _ = mailbox.send(input).await;
        }
    }

    fn mailbox(&self, contact: &BareJid) -> Option<&mpsc::Sender<ContactInput>> {
        self.numbers.get(contact).and_then(|number| self.mailboxes.get(*number))
    }

    fn spawn(&mut self, contact: &BareJid) -> usize {
        let number = self.mailboxes.len();
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
            standing: self.roster.standing(contact),
            resources: self.roster.resources(contact),
        };
        self.mailboxes.push(Contact::spawn(&mut self.actors, setup));
        self.numbers.insert(contact.clone(), number);
        number
    }

    /// Starts the contacts that something waits for since an earlier life.
    async fn start_awaited(&mut self) {
        if std::mem::replace(&mut self.awaited_started, true) {
            return;
        }
        for contact in self.setup.store.awaited(&self.setup.jid).await {
            if !self.numbers.contains_key(&contact) {
                self.spawn(&contact);
            }
        }
    }

    async fn standing_changed(&self, contact: &BareJid) {
        if let Some(mailbox) = self.mailbox(contact) {
            let _ = mailbox.send(ContactInput::Standing(self.roster.standing(contact))).await;
        }
    }

    async fn standings_changed(&self) {
        for contact in self.numbers.keys() {
            self.standing_changed(contact).await;
        }
    }

    /// A change of the list: done now, or once online.
    fn wish(&mut self, command: xmpp::Command) {
        if self.online {
            self.to_link(command);
        } else if self.wishes.len() < WISHES_MAX {
            self.wishes.push_back(command);
        }
    }

    /// Never waits: the link may be waiting for us.
    fn to_link(&self, command: xmpp::Command) {
        if self.setup.to_link.try_send(command).is_err() {
            tracing::warn!("the link does not keep up; a change of the list is dropped");
        }
    }

    async fn show_roster(&self) {
        let (account, contacts) = (self.setup.jid.clone(), self.roster.contacts());
        self.tell(Event::Roster { account, contacts }).await;
    }

    async fn show(&self, contact: &BareJid) {
        self.tell_chat(contact.clone(), ChatEvent::Info(self.roster.info(contact))).await;
    }

    async fn state(&self, state: AccountState) {
        self.tell(Event::Account { account: self.setup.jid.clone(), state }).await;
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
        self.mailboxes.clear();
        loop {
            tokio::select! {
                actor = self.actors.join_next() => if actor.is_none() { break },
                // Nothing is listened to any more, but the link must not wait for us.
                event = self.setup.from_link.recv() => if event.is_none() { break },
            }
        }
        while self.actors.join_next().await.is_some() {}
        let Setup { to_link, mut from_link, .. } = self.setup;
        let close = async move {
            let _ = to_link.send(xmpp::Command::SignOut).await;
            drop(to_link);
            while from_link.recv().await.is_some() {}
        };
        let _ = tokio::time::timeout(SIGN_OUT, close).await;
    }
}
