//! The partner of a practice: reads what happens, and answers as its script says.

use tokio::sync::mpsc;
use xmpp::Availability;

use super::server::Server;
use crate::account::Input;
use crate::keys::KeyReports;
use crate::message::{
    BareJid, ChatCommand, ChatEvent, Event, NewMessage, Notice, Padlock, PracticeAct,
    PracticeScript, Secret, VaultFailure, Verification, new_message_id,
};
use crate::router::Running;
use crate::store::Store;

const EVENTS_DEPTH: usize = 256;

pub(super) struct Partner {
    script: PracticeScript,
    server: Server,
    account: BareJid,
    contact: BareJid,
    store: Store,
    running: Running,
    events: mpsc::Receiver<Event>,
    padlock: Padlock,
    said: usize,
    greeted: bool,
}

impl Partner {
    pub(super) async fn new(
        script: PracticeScript,
        server: Server,
        account: BareJid,
        contact: BareJid,
    ) -> Result<Self, VaultFailure> {
        let (store, running, events) = sign_in(&server, &account, &contact, None).await?;
        Ok(Self {
            script,
            server,
            account,
            contact,
            store,
            running,
            events,
            padlock: Padlock::default(),
            said: 0,
            greeted: false,
        })
    }

    /// Runs until nobody asks any more.
    pub(super) async fn run(mut self, mut acts: mpsc::Receiver<PracticeAct>) {
        // Looking at the conversation asks nobody for anything, so the partner does.
        self.ask(ChatCommand::GoPrivate);
        loop {
            tokio::select! {
                act = acts.recv() => match act {
                    Some(act) => self.act(act).await,
                    None => break,
                },
                event = self.events.recv() => match event {
                    Some(Event::Chat(_, event)) => self.observe(event),
                    Some(_) => {}
                    None => break,
                },
            }
        }
        self.running.crash().await;
    }

    async fn act(&mut self, act: PracticeAct) {
        match act {
            PracticeAct::AskQuestion => {
                let Some(key) = self.padlock.fingerprint() else { return };
                let question = Some(self.script.question.clone());
                let secret = Secret::new(self.script.answer.clone());
                self.ask(ChatCommand::Verify { key, question, secret });
            }
            PracticeAct::LeavePrivate => self.ask(ChatCommand::EndPrivate),
            PracticeAct::LoseSession => self.start_anew(Some(self.store.clone())).await,
            PracticeAct::ChangeKey => self.start_anew(None).await,
            PracticeAct::WritePlainly => {
                let line = self.script.plain_line.clone();
                self.server.inject(&self.account, &self.contact, line);
            }
            PracticeAct::GoAway => self.server.show(&self.account, Availability::Offline),
            PracticeAct::ComeBack => self.server.show(&self.account, Availability::Online),
        }
    }

    /// Crashes and comes back; without a store, as somebody with another key.
    async fn start_anew(&mut self, store: Option<Store>) {
        self.server.cut(&self.account);
        let Ok((store, running, events)) =
            sign_in(&self.server, &self.account, &self.contact, store).await
        else {
            return;
        };
        self.store = store;
        self.events = events;
        self.padlock = Padlock::default();
        std::mem::replace(&mut self.running, running).crash().await;
    }

    fn observe(&mut self, event: ChatEvent) {
        match event {
            ChatEvent::PadlockChanged(padlock) => {
                self.padlock = padlock;
                // A wrong answer is part of practising: whoever gave one is talked to all the same.
                if let Padlock::Doubted(key) = padlock {
                    self.ask(ChatCommand::AcceptKey(key));
                }
                if padlock.fingerprint().is_some() && !self.greeted {
                    self.greeted = true;
                    self.say(self.script.greeting.clone());
                }
            }
            ChatEvent::Received { provenance, .. } => {
                // What is said of privacy must be true of the message it answers.
                let (replies, seen) = match provenance.key() {
                    Some(_) => (&self.script.replies, self.padlock),
                    // The other side has ended it, and so have we, though that may be told later.
                    None => (&self.script.plain_replies, Padlock::NotPrivate),
                };
                let reply = replies.get(self.said % replies.len().max(1)).cloned();
                self.said += 1;
                if let Some(reply) = reply {
                    self.say_under(seen, reply);
                }
            }
            ChatEvent::Unread(number) => self.ask(ChatCommand::Read(number)),
            // The other side chose to go on without privacy: so do we.
            ChatEvent::Notice(Notice::EndedByContact) => self.ask(ChatCommand::EndPrivate),
            ChatEvent::Verification(Verification::Requested { request, .. }) => {
                let secret = Secret::new(self.script.answer.clone());
                self.ask(ChatCommand::Answer { request, secret });
            }
            ChatEvent::Info(_)
            | ChatEvent::AvatarChanged(_)
            | ChatEvent::Writing(_)
            | ChatEvent::Draft(_)
            | ChatEvent::SentElsewhere { .. }
            | ChatEvent::Removed
            | ChatEvent::Outgoing(_)
            | ChatEvent::Discarded(_)
            | ChatEvent::Notice(_)
            | ChatEvent::EarlierNotice { .. }
            | ChatEvent::NewKeyBeside(_)
            | ChatEvent::OlderVersion(_)
            | ChatEvent::Verification(_) => {}
        }
    }

    fn say(&self, text: String) {
        self.say_under(self.padlock, text);
    }

    fn say_under(&self, seen: Padlock, text: String) {
        let id = new_message_id();
        self.ask(ChatCommand::Send(NewMessage { id, text, seen, replaces: None }));
    }

    fn ask(&self, asked: ChatCommand) {
        self.running.ask(Input::Chat(self.contact.clone(), asked));
    }
}

async fn sign_in(
    server: &Server,
    account: &BareJid,
    contact: &BareJid,
    store: Option<Store>,
) -> Result<(Store, Running, mpsc::Receiver<Event>), VaultFailure> {
    let (to_window, events) = mpsc::channel(EVENTS_DEPTH);
    let store = match store {
        Some(store) => store,
        None => Store::that_forgets(to_window.clone()).await?,
    };
    let link = server.join(account.clone(), contact.clone(), "");
    let running =
        super::join(account, store.clone(), link, to_window, KeyReports::default()).await?;
    Ok((store, running, events))
}
