//! One signed-in account, as the engine would hold it.

use std::time::Duration;

use sotto_xmpp::{
    Account, BareJid, Command, Event, FullJid, Jid, Link, MessageKind, OfflineReason, ResumeToken,
    SignInError,
};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Only guards against hanging.
const EVENT_TIMEOUT: Duration = Duration::from_secs(60);

/// A running link.
pub(crate) struct Peer {
    /// The way in.
    pub(crate) commands: mpsc::Sender<Command>,
    events: mpsc::Receiver<Event>,
    task: JoinHandle<()>,
    /// Its account.
    pub(crate) bare: BareJid,
    /// The newest that was told.
    pub(crate) resume: Option<ResumeToken>,
}

impl Peer {
    /// Runs a link.
    pub(crate) fn new(account: Account) -> Self {
        let bare = account.jid.clone();
        let (link, commands, events) = Link::new(account);
        Self { commands, events, task: tokio::spawn(link.run()), bare, resume: None }
    }

    /// The next event that is not about resuming.
    pub(crate) async fn next(&mut self) -> Event {
        self.next_or_end().await.expect("a link that lives")
    }

    async fn next_or_end(&mut self) -> Option<Event> {
        loop {
            match timeout(EVENT_TIMEOUT, self.events.recv()).await.expect("an event in time") {
                Some(Event::ResumeTokenChanged(resume)) => self.keep(resume),
                other => return other,
            }
        }
    }

    fn keep(&mut self, resume: ResumeToken) {
        let _ = self.commands.try_send(resume.confirm());
        self.resume = Some(resume);
    }

    /// Waits until there is something to keep, and has it confirmed.
    pub(crate) async fn keeps(&mut self) {
        match timeout(EVENT_TIMEOUT, self.events.recv()).await.expect("an event in time") {
            Some(Event::ResumeTokenChanged(resume)) => self.keep(resume),
            other => panic!("{other:?}"),
        }
    }

    /// The first event of this kind; earlier ones are dropped.
    pub(crate) async fn wait<T>(&mut self, mut pick: impl FnMut(&Event) -> Option<T>) -> T {
        loop {
            let event = self.next().await;
            if let Some(found) = pick(&event) {
                return found;
            }
        }
    }

    /// Waits until online; our JID, and whether the session was resumed.
    pub(crate) async fn online(&mut self) -> (FullJid, bool) {
        self.wait(|event| match event {
            Event::Online { jid, resumed } => Some((jid.clone(), *resumed)),
            Event::Refused(error) => panic!("{error}"),
            _ => None,
        })
        .await
    }

    /// The refusal, which must be the answer to the first attempt.
    pub(crate) async fn refused_at_once(&mut self) -> SignInError {
        match (self.next().await, self.next().await) {
            (Event::Connecting { attempt: 1 }, Event::Refused(error)) => error,
            other => panic!("{other:?}"),
        }
    }

    /// Why the first attempt failed for now.
    pub(crate) async fn offline_at_once(&mut self) -> OfflineReason {
        match (self.next().await, self.next().await) {
            (Event::Connecting { attempt: 1 }, Event::Offline { reason, .. }) => reason,
            other => panic!("{other:?}"),
        }
    }

    /// Asks for something.
    pub(crate) async fn ask(&self, command: Command) {
        self.commands.send(command).await.expect("a link that lives");
    }

    /// Sends a message with its tag as id, and asks for a receipt.
    pub(crate) async fn say(&self, tag: u64, to: impl Into<Jid>, body: &str, kind: MessageKind) {
        let (to, id, body) = (to.into(), format!("id{tag}"), body.into());
        let command =
            Command::SendMessage { tag, to, id, body, kind, request_receipt: true, replaces: None };
        self.ask(command).await;
    }

    /// The next message's sender and text.
    pub(crate) async fn hears(&mut self) -> (Jid, String) {
        self.wait(|event| match event {
            Event::MessageReceived { from, body, .. } => Some((from.clone(), body.to_string())),
            _ => None,
        })
        .await
    }

    /// Signs out, and makes sure that nothing but the end follows.
    pub(crate) async fn leave(mut self) -> Vec<Event> {
        self.ask(Command::SignOut).await;
        self.ends().await
    }

    /// Ends it without a word, as a crash would. What its session could be resumed by.
    pub(crate) async fn crash(mut self) -> Option<ResumeToken> {
        self.task.abort();
        while self.next_or_end().await.is_some() {}
        self.resume
    }

    /// What it tells until its end.
    pub(crate) async fn ends(&mut self) -> Vec<Event> {
        let mut rest = Vec::new();
        while let Some(event) = self.next_or_end().await {
            rest.push(event);
        }
        (&mut self.task).await.expect("a link that ends well");
        rest
    }
}
