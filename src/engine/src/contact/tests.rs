//! One contact with several programs, each at the end of a wire that the test holds.

mod attempts;
mod html;
mod inside;
mod keys;
mod looking;
mod mentions;
mod notices;
mod outside;
mod presence;
mod programs;
mod readable;
mod unread;
mod version;

use std::sync::Arc;
use std::time::Duration;

use otr::{Audience, Conversation, InstanceTag, Output, Outputs, PrivateKey};
use xmpp::{Jid, MessageKind};

use super::*;
use crate::keys::KeyReports;
use crate::message::{
    Availability, ChatId, Delivery, Event, Fingerprint, MessageId, NewMessage, Notice, Outgoing,
    Padlock, Proof, Provenance, Secret, Verification, new_message_id,
};
use crate::roster;
use crate::store::Store;
use tokio::sync::mpsc;

/// Somebody on the list, whom we see and who sees us.
const VISIBLE: ContactPermissions = ContactPermissions {
    accepted: true,
    seen: true,
    sees_us: true,
    confirms: true,
    tells_writing: false,
    access: Access::Open,
    invisible: false,
};

/// Guards against a test that would hang, not a measure of anything.
const PATIENCE: Duration = Duration::from_secs(60);

fn chat() -> ChatId {
    ChatId {
        account: "alice@a.example".parse().unwrap(),
        contact: "bob@b.example".parse().unwrap(),
    }
}

/// Our side of one contact, with what goes in and what comes out.
struct Bench {
    mailbox: Mailbox<Input>,
    to_link: mpsc::Receiver<xmpp::Command>,
    to_window: mpsc::Receiver<Event>,
    padlock: Option<Padlock>,
    /// How far our messages came, as it was told.
    deliveries: Vec<Delivery>,
    /// Texts that were received, and how they travelled.
    received: Vec<(String, Provenance)>,
    notices: Vec<Notice>,
    /// The new key of a second program that waits for a decision.
    beside: Option<Fingerprint>,
    store: Store,
    epoch: Instant,
}

/// What happened on either side.
enum Step<'a> {
    Told(&'a ChatEvent),
    Heard(&'a str),
}

impl Step<'_> {
    fn is_padlock(&self, wanted: Padlock) -> bool {
        matches!(self, Self::Told(ChatEvent::PadlockChanged(padlock)) if *padlock == wanted)
    }

    fn is_received(&self, wanted: &str) -> bool {
        matches!(self, Self::Told(ChatEvent::Received { text, .. }) if text == wanted)
    }

    fn is_start_with(&self, key: Fingerprint) -> bool {
        matches!(self, Self::Told(ChatEvent::Notice(Notice::PrivateStarted { fingerprint, .. }))
            if *fingerprint == key)
    }

    fn is_renewed(&self) -> bool {
        matches!(self, Self::Told(ChatEvent::Notice(Notice::PrivateRefreshed)))
    }

    fn is_verified(&self) -> bool {
        matches!(self, Self::Told(ChatEvent::Notice(Notice::Verified(_))))
    }
}

/// A program of the contact.
struct Program {
    at: FullJid,
    private_key: PrivateKey,
    instance: InstanceTag,
    conversation: Conversation,
    heard: Vec<String>,
    /// What came beside texts or without one.
    records: Vec<(u16, Vec<u8>)>,
    /// Whether it confirms what it gets.
    confirms: bool,
    /// How often it was asked who it is.
    asked: usize,
}

impl Program {
    fn new(resource: &str) -> Self {
        let key = PrivateKey::generate(&mut rand::rng());
        Self::with_key(resource, key)
    }

    fn with_key(resource: &str, key: PrivateKey) -> Self {
        Self::with(resource, key, InstanceTag::random(&mut rand::rng()))
    }

    fn with(resource: &str, private_key: PrivateKey, instance: InstanceTag) -> Self {
        Self {
            at: format!("bob@b.example/{resource}").parse().unwrap(),
            conversation: conversation(private_key.clone(), instance),
            private_key,
            instance,
            heard: Vec::new(),
            records: Vec::new(),
            confirms: false,
            asked: 0,
        }
    }

    /// The same program after a crash: it knows what it kept, and has forgotten its sessions.
    fn reborn(&self, resource: &str) -> Self {
        Self::with(resource, self.private_key.clone(), self.instance)
    }

    fn key(&self) -> Fingerprint {
        self.conversation.own_fingerprint()
    }

    /// Notes texts; whether one of them is what was waited for.
    fn hear(&mut self, outputs: &[Output], is_done: &impl Fn(Step<'_>) -> bool) -> bool {
        let texts = outputs.iter().filter_map(|output| match output {
            Output::Event(otr::Event::Text { text, .. }) => Some(text.clone()),
            Output::Event(_) | Output::Send { .. } => None,
        });
        let is_asked =
            |output: &&Output| matches!(output, Output::Event(otr::Event::SmpRequested { .. }));
        self.asked += outputs.iter().filter(is_asked).count();
        self.records.extend(outputs.iter().filter_map(|output| match output {
            Output::Event(otr::Event::RecordReceived { number, value, .. }) => {
                Some((*number, value.clone()))
            }
            Output::Event(_) | Output::Send { .. } => None,
        }));
        let known = self.heard.len();
        self.heard.extend(texts);
        self.heard.iter().skip(known).any(|text| is_done(Step::Heard(text)))
    }
}

/// A message as it comes, with nothing around its text.
fn received(from: &FullJid, body: &str) -> Received {
    Received::of(from.clone().into(), body.to_owned())
}

impl Bench {
    /// Online, with a contact who is on the list and whose programs are there.
    async fn with(programs: &[&Program]) -> Self {
        Self::with_program(programs, roster::Program::Other).await
    }

    /// The same, where each says that it is this one.
    async fn with_program(programs: &[&Program], what: roster::Program) -> Self {
        let (untold, _) = mpsc::channel(1);
        let store = Store::that_forgets(untold).await.unwrap();
        Self::on(store, programs, what, VISIBLE).await
    }

    /// The next life of our program, with what rests of this one.
    async fn restarted(self, programs: &[&Program]) -> Self {
        let store = self.store.clone();
        self.stop().await;
        Self::on(store, programs, roster::Program::Other, VISIBLE).await
    }

    /// The same where we stand otherwise with the contact.
    async fn restarted_as(self, programs: &[&Program], standing: ContactPermissions) -> Self {
        let store = self.store.clone();
        self.stop().await;
        Self::on(store, programs, roster::Program::Other, standing).await
    }

    async fn on(
        store: Store,
        programs: &[&Program],
        what: roster::Program,
        standing: ContactPermissions,
    ) -> Self {
        let (to_link, from_contact) = mpsc::channel(256);
        let (to_window, window) = mpsc::channel(256);
        let rests = store.clone();
        let setup = Setup {
            chat: chat(),
            number: 1,
            key: PrivateKey::generate(&mut rand::rng()),
            instance: InstanceTag::random(&mut rand::rng()),
            store,
            to_link,
            to_window,
            reports: KeyReports::default(),
            offer: Arc::from("Let us talk in private."),
            online: true,
            standing,
            resources: programs
                .iter()
                .map(|program| (program.at.clone(), Availability::Online))
                .collect(),
            programs: programs.iter().map(|program| (program.at.clone(), what)).collect(),
            left_behind: Vec::new(),
            unread: Unread::Tell,
        };
        let mut actors = JoinSet::new();
        let mailbox = Contact::spawn(&mut actors, setup, &Arc::default());
        actors.detach_all();
        let epoch = Instant::now();
        Self {
            mailbox,
            to_link: from_contact,
            to_window: window,
            padlock: None,
            deliveries: Vec::new(),
            received: Vec::new(),
            notices: Vec::new(),
            beside: None,
            store: rests,
            epoch,
        }
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(u64::try_from(self.epoch.elapsed().as_millis()).unwrap())
    }

    async fn ask(&self, asked: ChatCommand) {
        self.put(Input::Command(asked)).await;
    }

    async fn put(&self, input: Input) {
        self.mailbox.put(input);
    }

    async fn receive(&self, from: &FullJid, body: &str) {
        self.put(Input::Received(received(from, body))).await;
    }

    /// Gives the outputs of a program to us.
    async fn deliver(&self, from: &FullJid, outputs: Outputs) {
        for output in outputs {
            if let Output::Send { wire, .. } = output {
                self.receive(from, wire.as_str()).await;
            }
        }
    }

    /// Carries to and fro until `is_done` says so of a step.
    async fn carry_until(
        &mut self,
        programs: &mut [&mut Program],
        is_done: impl Fn(Step<'_>) -> bool,
    ) {
        let carried = async {
            loop {
                tokio::select! {
                    // What was done before something is told was done before.
                    biased;
                    command = self.to_link.recv() => {
                        let command = command.unwrap();
                        let xmpp::Command::SendMessage { tag, to, id, body, .. } = command else {
                            continue;
                        };
                        self.put(Input::Acked(tag)).await;
                        for program in programs.iter_mut() {
                            if program.at == to || to.resource().is_none() {
                                let now = self.now();
                                let outputs = program.conversation.receive(&body, now);
                                let is_heard = program.hear(&outputs, &is_done);
                                if program.confirms {
                                    let from = program.at.clone().into();
                                    let id = MessageId::from(id.clone());
                                    self.put(Input::Receipt { from, id }).await;
                                }
                                self.deliver(&program.at, outputs).await;
                                if is_heard {
                                    return;
                                }
                            }
                        }
                    }
                    event = self.to_window.recv() => {
                        let Event::Chat(_, event) = event.unwrap() else { continue };
                        self.note(&event);
                        if is_done(Step::Told(&event)) {
                            return;
                        }
                    }
                }
            }
        };
        tokio::time::timeout(PATIENCE, carried).await.unwrap();
    }

    fn note(&mut self, event: &ChatEvent) {
        match event {
            ChatEvent::PadlockChanged(padlock) => self.padlock = Some(*padlock),
            ChatEvent::NewKeyBeside(key) => self.beside = *key,
            ChatEvent::Outgoing(Outgoing { delivery, .. }) => self.deliveries.push(*delivery),
            ChatEvent::Received { text, provenance, .. } => {
                self.received.push((text.clone(), *provenance));
            }
            ChatEvent::Notice(notice) => self.notices.push(notice.clone()),
            ChatEvent::EarlierNotice { .. }
            | ChatEvent::Info(_)
            | ChatEvent::AvatarChanged(_)
            | ChatEvent::Removed
            | ChatEvent::Writing(_)
            | ChatEvent::OlderVersion(_)
            | ChatEvent::Unread(_)
            | ChatEvent::Draft(_)
            | ChatEvent::SentElsewhere { .. }
            | ChatEvent::Discarded(_)
            | ChatEvent::Verification(_) => {}
        }
    }

    async fn carry_until_padlock(&mut self, programs: &mut [&mut Program], wanted: Padlock) {
        if self.padlock != Some(wanted) {
            self.carry_until(programs, |step| step.is_padlock(wanted)).await;
        }
    }

    /// `program` asks for a private conversation and gets it.
    async fn go_private(&mut self, program: &mut Program) {
        let outputs = program.conversation.start(self.now());
        self.deliver(&program.at.clone(), outputs).await;
        let key = program.key();
        self.carry_until(&mut [program], |step| step.is_start_with(key)).await;
    }

    /// `program` asks for new keys and gets them.
    async fn go_private_again(&mut self, program: &mut Program) {
        let outputs = program.conversation.start(self.now());
        self.deliver(&program.at.clone(), outputs).await;
        let ours = self.to_link.recv().await;
        let Some(xmpp::Command::SendMessage { body, .. }) = ours else { panic!("{ours:?}") };
        let outputs = program.conversation.receive(&body, self.now());
        self.deliver(&program.at.clone(), outputs).await;
        self.pass(&mut [program]).await;
    }

    /// Goes on with the key of `padlock`.
    async fn accept(&mut self, programs: &mut [&mut Program], padlock: Padlock) {
        let key = padlock.fingerprint().unwrap();
        self.put(Input::Command(ChatCommand::AcceptKey(key))).await;
        self.carry_until_padlock(programs, padlock).await;
    }

    async fn trust(&mut self, program: &mut Program) {
        let fingerprint = program.key();
        let proof = Some(Proof::Compared);
        self.put(Input::Command(ChatCommand::SetTrust { fingerprint, proof })).await;
        self.carry_until(&mut [program], |step| step.is_verified()).await;
    }

    /// Types a text under `seen` and waits until a program has it.
    async fn say(&mut self, programs: &mut [&mut Program], text: &str, seen: Padlock) {
        let id = new_message_id();
        let said =
            ChatCommand::Send(NewMessage { id, text: text.to_owned(), seen, replaces: None });
        self.put(Input::Command(said)).await;
        self.carry_until(programs, |step| matches!(step, Step::Heard(heard) if heard == text))
            .await;
    }

    /// Waits until everything that went in before was dealt with.
    async fn pass(&mut self, programs: &mut [&mut Program]) {
        let text = new_message_id().as_str().to_owned();
        let from = "bob@b.example/other".parse().unwrap();
        self.receive(&from, &text).await;
        self.carry_until(programs, |step| step.is_received(&text)).await;
        // Behind what it kept of it, it does all that is due before it waits again.
        self.carry_until(programs, |step| matches!(step, Step::Told(ChatEvent::Unread(_)))).await;
    }

    async fn shows(&mut self, program: &Program, availability: Availability) {
        self.put(Input::Presence {
            from: program.at.clone(),
            availability,
            program: roster::Program::Other,
        })
        .await;
    }

    /// What goes to the contact next, within a minute.
    async fn next_sent(&mut self) -> Option<(Jid, String)> {
        let next = async {
            loop {
                let command = self.to_link.recv().await.unwrap();
                if let xmpp::Command::SendMessage { to, body, .. } = command {
                    return (to, body.into_inner());
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(59), next).await.ok()
    }

    /// Everything that goes to the link until we are told to stop.
    async fn stop(mut self) -> Vec<(Jid, String)> {
        drop(self.mailbox);
        let mut sent = Vec::new();
        while let Some(command) = self.to_link.recv().await {
            if let xmpp::Command::SendMessage { to, body, kind, .. } = command {
                assert_eq!(kind, MessageKind::Otr);
                sent.push((to, body.into_inner()));
            }
        }
        sent
    }
}
