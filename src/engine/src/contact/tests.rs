//! One contact with several programs, each at the end of a wire that the test holds.

mod inside;
mod keys;
mod outside;

use otr::{Audience, Conversation, Output, Outputs};
use xmpp::{Jid, MessageKind};

use super::*;
use crate::message::{
    Delivery, MessageId, Outgoing, Proof, Provenance, Secret, VaultChoice, Verification,
};
use crate::roster;
use crate::store::Half;

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
    mailbox: mpsc::Sender<Input>,
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
            conversation: session::conversation(private_key.clone(), instance),
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
    Received {
        from: from.clone().into(),
        id: None,
        body: body.to_owned(),
        delayed: None,
        wants_receipt: false,
        replaces: None,
        named: None,
    }
}

impl Bench {
    /// Online, with a contact who is on the list and whose programs are there.
    async fn with(programs: &[&Program]) -> Self {
        Self::with_program(programs, roster::Program::Other).await
    }

    /// The same, where each says that it is this one.
    async fn with_program(programs: &[&Program], what: roster::Program) -> Self {
        let (untold, _) = mpsc::channel(1);
        let store = Store::open(None, VaultChoice::Memory, Half::Refuse, untold).await.unwrap();
        Self::on(store, programs, what).await
    }

    /// The next life of our program, with what rests of this one.
    async fn restarted(self, programs: &[&Program]) -> Self {
        let store = self.store.clone();
        self.stop().await;
        Self::on(store, programs, roster::Program::Other).await
    }

    async fn on(store: Store, programs: &[&Program], what: roster::Program) -> Self {
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
            standing: Standing {
                accepted: true,
                seen: true,
                sees_us: true,
                confirms: true,
                tells_writing: false,
            },
            resources: programs
                .iter()
                .map(|program| (program.at.clone(), Availability::Online))
                .collect(),
            programs: programs.iter().map(|program| (program.at.clone(), what)).collect(),
            left_behind: Vec::new(),
        };
        let mut actors = JoinSet::new();
        let mailbox = Contact::spawn(&mut actors, setup);
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

    async fn put(&self, input: Input) {
        self.mailbox.send(input).await.unwrap();
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
            ChatEvent::Info(_)
            | ChatEvent::AvatarChanged(_)
            | ChatEvent::Removed
            | ChatEvent::Writing(_)
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
        self.put(Input::Asked(Asked::AcceptKey(key))).await;
        self.carry_until_padlock(programs, padlock).await;
    }

    async fn trust(&mut self, program: &mut Program) {
        let fingerprint = program.key();
        let proof = Some(Proof::Compared);
        self.put(Input::Asked(Asked::SetTrust { fingerprint, proof })).await;
        self.carry_until(&mut [program], |step| step.is_verified()).await;
    }

    /// Types a text under `seen` and waits until a program has it.
    async fn say(&mut self, programs: &mut [&mut Program], text: &str, seen: Padlock) {
        let id = MessageId::random();
        let said = Asked::Send(Typed { id, text: text.to_owned(), seen, replaces: None });
        self.put(Input::Asked(said)).await;
        self.carry_until(programs, |step| matches!(step, Step::Heard(heard) if heard == text))
            .await;
    }

    /// Waits until everything that went in before was dealt with.
    async fn pass(&mut self, programs: &mut [&mut Program]) {
        let text = MessageId::random().as_str().to_owned();
        let from = "bob@b.example/other".parse().unwrap();
        self.receive(&from, &text).await;
        self.carry_until(programs, |step| step.is_received(&text)).await;
    }

    async fn shows(&mut self, program: &Program, availability: Availability) {
        self.put(Input::Presence {
            from: program.at.clone(),
            availability,
            program: roster::Program::Other,
        })
        .await;
    }

    /// Everything that goes to the link until we are told to stop.
    async fn stop(mut self) -> Vec<(Jid, String)> {
        drop(self.mailbox);
        let mut sent = Vec::new();
        while let Some(command) = self.to_link.recv().await {
            if let xmpp::Command::SendMessage { to, body, kind, .. } = command {
                assert_eq!(kind, MessageKind::Otr);
                sent.push((to, body));
            }
        }
        sent
    }
}

#[tokio::test]
async fn an_exchange_that_the_contact_began_is_not_crossed_by_an_offer_of_ours() {
    let mut phone = Program::new("phone");
    let mut bench = Bench::with(&[&phone]).await;
    let offer = phone.conversation.start(bench.now());
    bench.deliver(&phone.at, offer).await;
    // The answer is on its way; now the person opens the chat, which asks for privacy.
    bench.put(Input::Asked(Asked::Open)).await;
    let is_starting =
        |event: &ChatEvent| matches!(event, ChatEvent::PadlockChanged(Padlock::Starting));
    let wait = async {
        loop {
            let Event::Chat(_, event) = bench.to_window.recv().await.unwrap() else { continue };
            if is_starting(&event) {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.unwrap();
    let sent = bench.stop().await;
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert!(sent[0].1.starts_with("?OTR:"), "{sent:?}");
}

#[tokio::test]
async fn a_verified_program_is_preferred_for_as_long_as_it_is_there() {
    let (mut desk, mut phone) = (Program::new("desk"), Program::new("phone"));
    let mut bench = Bench::with(&[&desk, &phone]).await;
    bench.go_private(&mut desk).await;
    bench.trust(&mut desk).await;
    bench.go_private(&mut phone).await;
    bench.pass(&mut [&mut desk, &mut phone]).await;
    assert_eq!(bench.padlock, Some(Padlock::Verified(desk.key())));

    bench.trust(&mut phone).await;
    let mut programs = [&mut desk, &mut phone];
    let keys = programs.each_ref().map(|program| program.key());
    bench.carry_until_padlock(&mut programs, Padlock::Verified(keys[1])).await;
    bench.say(&mut programs, "to the phone", Padlock::Verified(keys[1])).await;
    assert_eq!(programs[1].heard, ["to the phone"]);

    // What spoke last goes, and nothing is lost to it.
    let phone_jid = programs[1].at.clone();
    bench
        .put(Input::Presence {
            from: phone_jid,
            availability: Availability::Offline,
            program: roster::Program::Other,
        })
        .await;
    bench.carry_until_padlock(&mut programs, Padlock::Verified(keys[0])).await;
    bench.say(&mut programs, "to the desk", Padlock::Verified(keys[0])).await;
    assert_eq!(programs[0].heard, ["to the desk"]);
}

#[tokio::test]
async fn a_verified_program_that_has_gone_is_not_preferred_to_one_that_is_there() {
    let (mut desk, mut phone) = (Program::new("desk"), Program::new("phone"));
    let mut bench = Bench::with(&[&desk, &phone]).await;
    bench.go_private(&mut desk).await;
    bench.trust(&mut desk).await;
    bench.go_private(&mut phone).await;
    bench.pass(&mut [&mut desk, &mut phone]).await;
    bench.shows(&desk, Availability::Offline).await;
    let key = phone.key();
    bench.carry_until_padlock(&mut [&mut phone], Padlock::KeyChanged(key)).await;

    // The person agrees; later the desk is heard again.
    bench.put(Input::Asked(Asked::AcceptKey(key))).await;
    bench.carry_until_padlock(&mut [&mut phone], Padlock::Private(key)).await;
    bench.say(&mut [&mut phone], "hello", Padlock::Private(key)).await;
    assert_eq!(phone.heard, ["hello"]);
    let audience = desk.conversation.audience();
    let back = desk.conversation.send("back", audience, bench.now()).unwrap();
    assert_ne!(audience, Audience::Everybody);
    bench.deliver(&desk.at, back).await;
    let wanted = Padlock::Verified(desk.key());
    bench.carry_until_padlock(&mut [&mut desk, &mut phone], wanted).await;
}

#[tokio::test]
async fn what_was_sent_to_a_program_that_has_gone_is_in_doubt_though_another_is_there() {
    let (mut desk, mut phone) = (Program::new("desk"), Program::new("phone"));
    let mut bench = Bench::with(&[&desk, &phone]).await;
    bench.go_private(&mut phone).await;
    bench.go_private(&mut desk).await;
    let padlock = Padlock::Private(desk.key());
    bench.accept(&mut [&mut desk, &mut phone], padlock).await;
    desk.confirms = true;
    bench.say(&mut [&mut desk], "confirmed", padlock).await;
    desk.confirms = false;
    bench.say(&mut [&mut desk], "not confirmed", padlock).await;
    bench.pass(&mut [&mut desk]).await;
    let audience = phone.conversation.audience();
    let word = phone.conversation.send("now here", audience, bench.now()).unwrap();
    bench.deliver(&phone.at, word).await;
    let on_phone = Padlock::Private(phone.key());
    bench.carry_until_padlock(&mut [&mut phone], on_phone).await;
    let in_doubt = |delivery: &Delivery| matches!(delivery, Delivery::Failed { .. });
    assert!(!bench.deliveries.iter().any(in_doubt), "{:?}", bench.deliveries);

    bench.shows(&desk, Availability::Offline).await;
    let is_in_doubt = |step: Step<'_>| matches!(step, Step::Told(ChatEvent::Outgoing(sent)) if in_doubt(&sent.delivery));
    bench.carry_until(&mut [&mut phone], is_in_doubt).await;
    assert_eq!(bench.padlock, Some(on_phone));
}

#[tokio::test]
async fn what_is_not_confirmed_though_a_later_one_is_is_in_doubt() {
    let mut desk = Program::new("desk");
    let mut bench = Bench::with(&[&desk]).await;
    bench.go_private(&mut desk).await;
    let padlock = Padlock::Private(desk.key());
    desk.confirms = true;
    bench.say(&mut [&mut desk], "confirmed", padlock).await;
    desk.confirms = false;
    bench.say(&mut [&mut desk], "as if lost", padlock).await;
    bench.pass(&mut [&mut desk]).await;
    desk.confirms = true;
    bench.say(&mut [&mut desk], "confirmed, too", padlock).await;
    let in_doubt = |step: Step<'_>| {
        matches!(step, Step::Told(ChatEvent::Outgoing(sent)) if sent.text == "as if lost"
            && matches!(sent.delivery, Delivery::Failed { .. }))
    };
    bench.carry_until(&mut [&mut desk], in_doubt).await;
}

#[tokio::test]
async fn a_program_that_crashed_is_answered_where_it_is_now() {
    let mut desk = Program::new("desk");
    let mut bench = Bench::with(&[&desk]).await;
    bench.go_private(&mut desk).await;
    let mut reborn = desk.reborn("desk-again");
    let key = reborn.key();
    bench.shows(&reborn, Availability::Online).await;
    let offer = reborn.conversation.start(bench.now());
    bench.deliver(&reborn.at.clone(), offer).await;
    bench.carry_until(&mut [&mut reborn], |step| step.is_renewed()).await;
    bench.say(&mut [&mut reborn], "welcome back", Padlock::Private(key)).await;
}

#[tokio::test]
async fn a_question_goes_to_the_key_that_the_person_saw_and_to_no_other() {
    let (mut desk, mut phone) = (Program::new("desk"), Program::new("phone"));
    let mut bench = Bench::with(&[&desk, &phone]).await;
    bench.go_private(&mut desk).await;
    let seen = desk.key();
    // Another program with another key takes the conversation over just before the question.
    bench.go_private(&mut phone).await;
    let ask = |key, secret: &str| Asked::Verify {
        key,
        question: Some("Where did we meet?".to_owned()),
        secret: Secret::new(secret.to_owned()),
    };
    let is_told = |wanted: Verification| move |step: Step<'_>| matches!(step, Step::Told(ChatEvent::Verification(told)) if *told == wanted);
    bench.put(Input::Asked(ask(Program::new("stranger").key(), "in Prague"))).await;
    bench.carry_until(&mut [&mut desk, &mut phone], is_told(Verification::OtherKey)).await;
    for nothing in ["", "  "] {
        bench.put(Input::Asked(ask(seen, nothing))).await;
        let programs = &mut [&mut desk, &mut phone];
        bench.carry_until(programs, is_told(Verification::NothingTyped)).await;
    }
    bench.put(Input::Asked(ask(seen, "in Prague"))).await;
    let programs = &mut [&mut desk, &mut phone];
    bench.carry_until(programs, is_told(Verification::InProgress)).await;
    bench.pass(programs).await;
    assert_eq!((desk.asked, phone.asked), (1, 0));
}

/// Whoever has the contact's password sees what the contact's programs send, and can send it again.
#[tokio::test]
async fn a_copy_of_what_a_program_said_draws_no_text_to_where_it_came_from() {
    let mut desk = Program::new("desk");
    let mut bench = Bench::with(&[&desk]).await;
    bench.go_private(&mut desk).await;
    let padlock = Padlock::Private(desk.key());
    let copyist = "bob@b.example/copyist".parse().unwrap();
    for text in ["one", "two"] {
        let audience = desk.conversation.audience();
        let said = desk.conversation.send(text, audience, bench.now()).unwrap();
        bench.deliver(&desk.at, said.clone()).await;
        bench.deliver(&copyist, said).await;
        bench.carry_until(&mut [&mut desk], |step| step.is_received(text)).await;
        bench.say(&mut [&mut desk], &format!("I read {text}"), padlock).await;
    }
}
