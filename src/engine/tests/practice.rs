//! The practice account: two real accounts and real OTR inside one program, driven as the window
//! drives it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test that fails says where; it waits for one kind of event among many"
)]

use std::time::Duration;

use futures::StreamExt;
use sotto_engine::{
    AccountEvent, ChatCommand, ChatEvent, ChatId, Command, Config, Delivery, Engine, Event, Events,
    Handle, HeldReason, MessageId, NewMessage, Notice, Padlock, PracticeAct, PracticeCommand,
    PracticeScript, Proof, Provenance, Secret, Verification, VerificationResult, new_message_id,
};

/// Guards against hanging only.
const PATIENCE: Duration = Duration::from_secs(60);

struct Person {
    engine: Option<Engine>,
    handle: Option<Handle>,
    events: Events,
    runtime: tokio::runtime::Runtime,
    chat: ChatId,
    padlock: Padlock,
    /// What came and was not waited for: a reply may overtake the word that its cause arrived.
    texts: Vec<(String, Provenance)>,
}

impl Person {
    fn new() -> Self {
        let (engine, handle, events) = Engine::start(Config::default()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let chat = ChatId {
            account: "you@practice.invalid".parse().unwrap(),
            contact: "partner@practice.invalid".parse().unwrap(),
        };
        let padlock = Padlock::default();
        let mut person = Self {
            engine: Some(engine),
            handle: Some(handle),
            events,
            runtime,
            chat,
            padlock,
            texts: Vec::new(),
        };
        person.ask(Command::Practice(PracticeCommand::Start(PracticeScript {
            name: "Sam".into(),
            greeting: "hello there".into(),
            replies: vec!["first reply".into(), "second reply".into()],
            plain_replies: vec!["first plain reply".into(), "second plain reply".into()],
            plain_line: "not private at all".into(),
            question: "What colour is the house?".into(),
            answer: "blue".into(),
        })));
        person.until(|event| {
            matches!(event, Event::Account(_, AccountEvent::Roster(_))).then_some(())
        });
        person
    }

    fn private() -> Self {
        let mut person = Self::new();
        person.ask(Command::Chat(person.chat.clone(), ChatCommand::Open));
        person.wait_padlock(|padlock| matches!(padlock, Padlock::Private(_)));
        person.wait_text("hello there");
        person
    }

    fn ask(&mut self, command: Command) {
        self.handle.as_ref().unwrap().send(command).unwrap();
    }

    fn until<T>(&mut self, mut wanted: impl FnMut(&Event) -> Option<T>) -> T {
        loop {
            let next = async { tokio::time::timeout(PATIENCE, self.events.next()).await };
            let event = self.runtime.block_on(next).expect("the event comes").expect("it lives");
            if let Event::Chat(_, ChatEvent::PadlockChanged(padlock)) = &event {
                self.padlock = *padlock;
            }
            if let Event::Chat(_, ChatEvent::Received { text, provenance, .. }) = &event {
                self.texts.push((text.clone(), *provenance));
            }
            if let Some(found) = wanted(&event) {
                return found;
            }
        }
    }

    fn chat_event<T>(&mut self, mut wanted: impl FnMut(&ChatEvent) -> Option<T>) -> T {
        self.until(|event| match event {
            Event::Chat(_, event) => wanted(event),
            _ => None,
        })
    }

    fn wait_padlock(&mut self, wanted: impl Fn(Padlock) -> bool) -> Padlock {
        if wanted(self.padlock) {
            return self.padlock;
        }
        self.chat_event(|event| match event {
            ChatEvent::PadlockChanged(padlock) if wanted(*padlock) => Some(*padlock),
            _ => None,
        })
    }

    fn wait_text(&mut self, wanted: &str) -> Provenance {
        loop {
            if let Some(index) = self.texts.iter().position(|(text, _)| text == wanted) {
                return self.texts.remove(index).1;
            }
            self.chat_event(|event| matches!(event, ChatEvent::Received { .. }).then_some(()));
        }
    }

    fn say(&mut self, text: &str) -> MessageId {
        let (chat, id, seen) = (self.chat.clone(), new_message_id(), self.padlock);
        self.ask(Command::Chat(
            chat,
            ChatCommand::Send(NewMessage {
                id: id.clone(),
                text: text.into(),
                seen,
                replaces: None,
            }),
        ));
        id
    }

    fn wait_delivery(&mut self, id: &MessageId, wanted: impl Fn(Delivery) -> bool) -> Delivery {
        self.chat_event(|event| match event {
            ChatEvent::Outgoing(message) if message.id == *id && wanted(message.delivery) => {
                Some(message.delivery)
            }
            _ => None,
        })
    }

    fn verification(&mut self, wanted: impl Fn(&Verification) -> bool) -> Verification {
        self.chat_event(|event| match event {
            ChatEvent::Verification(verification) if wanted(verification) => {
                Some(verification.clone())
            }
            _ => None,
        })
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        self.handle.take();
        if let Some(engine) = self.engine.take() {
            engine.shutdown();
        }
    }
}

#[test]
fn a_practice_is_private_because_the_partner_asks_for_it_and_is_answered() {
    let mut person = Person::private();
    let id = person.say("how are you?");
    let delivered = person.wait_delivery(&id, |now| matches!(now, Delivery::Delivered(_)));
    assert!(matches!(delivered, Delivery::Delivered(Provenance::Private(_))));
    assert!(matches!(person.wait_text("first reply"), Provenance::Private(_)));
}

#[test]
fn text_typed_before_the_conversation_is_private_is_held_then_sent_privately() {
    let mut person = Person::new();
    // The window has heard of no padlock yet: the open one is its default.
    let id = person.say("typed too early");
    let delivered = person.wait_delivery(&id, |now| matches!(now, Delivery::Delivered(_)));
    assert!(matches!(delivered, Delivery::Delivered(Provenance::Private(_))));
}

#[test]
fn a_question_of_ours_verifies_the_partner_and_a_wrong_answer_does_not() {
    let mut person = Person::private();
    let chat = person.chat.clone();
    let key = person.padlock.fingerprint().unwrap();
    let ask = |secret: &str| {
        Command::Chat(
            chat.clone(),
            ChatCommand::Verify {
                key,
                question: Some("What colour?".into()),
                secret: Secret::new(secret.into()),
            },
        )
    };
    person.ask(ask("red"));
    person.verification(|now| *now == Verification::Failed);
    assert!(matches!(person.padlock, Padlock::Private(_)));
    person.ask(ask("blue"));
    person.verification(|now| {
        *now == Verification::Succeeded(VerificationResult::WeLearnt(Proof::Question))
    });
    person.wait_padlock(|padlock| matches!(padlock, Padlock::Verified(_)));
    let id = person.say("now I know you");
    let sent = person.wait_delivery(&id, |now| matches!(now, Delivery::Sent(_)));
    assert!(matches!(sent, Delivery::Sent(Provenance::Verified(_))));
}

#[test]
fn answering_their_question_proves_us_and_not_them() {
    let mut person = Person::private();
    person.ask(Command::Practice(PracticeCommand::Act(PracticeAct::AskQuestion)));
    let asked = person.verification(|now| matches!(now, Verification::Requested { .. }));
    let Verification::Requested { request, question } = asked else { unreachable!() };
    assert_eq!(question.as_deref(), Some("What colour is the house?"));
    let (chat, secret) = (person.chat.clone(), Secret::new("blue".into()));
    person.ask(Command::Chat(chat, ChatCommand::Answer { request, secret }));
    person.verification(|now| *now == Verification::Succeeded(VerificationResult::TheyLearnt));
    assert!(matches!(person.padlock, Padlock::Private(_)));
}

#[test]
fn when_the_partner_leaves_nothing_goes_out_until_the_person_chooses() {
    let mut person = Person::private();
    person.ask(Command::Practice(PracticeCommand::Act(PracticeAct::LeavePrivate)));
    person.wait_padlock(|padlock| padlock == Padlock::Finished);
    let id = person.say("are you still there?");
    let held = person.wait_delivery(&id, |_| true);
    assert_eq!(held, Delivery::Held(HeldReason::Finished));
    person.ask(Command::Chat(person.chat.clone(), ChatCommand::GoPrivate));
    person.wait_delivery(&id, |now| matches!(now, Delivery::Delivered(Provenance::Private(_))));
}

#[test]
fn going_on_without_privacy_leaves_held_text_held() {
    let mut person = Person::private();
    person.ask(Command::Practice(PracticeCommand::Act(PracticeAct::LeavePrivate)));
    person.wait_padlock(|padlock| padlock == Padlock::Finished);
    let held = person.say("only for your ears");
    person.wait_delivery(&held, |now| now == Delivery::Held(HeldReason::Finished));
    person.ask(Command::Chat(person.chat.clone(), ChatCommand::EndPrivate));
    person.wait_delivery(&held, |now| now == Delivery::Held(HeldReason::PadlockChanged));
    person.wait_padlock(|padlock| padlock == Padlock::NotPrivate);
    let open = person.say("the weather is fine");
    person.wait_delivery(&open, |now| now == Delivery::Delivered(Provenance::Plain));
    person.wait_text("first plain reply");
    let (chat, seen) = (person.chat.clone(), person.padlock);
    person.ask(Command::Chat(chat, ChatCommand::Retry { id: held.clone(), seen }));
    person.wait_delivery(&held, |now| now == Delivery::Delivered(Provenance::Plain));
}

#[test]
fn a_partner_who_lost_the_session_gets_a_new_one_with_the_same_key() {
    let mut person = Person::private();
    let before = person.padlock;
    person.ask(Command::Practice(PracticeCommand::Act(PracticeAct::LoseSession)));
    person.wait_padlock(|padlock| padlock != before);
    person.wait_padlock(|padlock| padlock == before);
    let id = person.say("welcome back");
    person.wait_delivery(&id, |now| matches!(now, Delivery::Delivered(Provenance::Private(_))));
}

#[test]
fn a_new_key_of_a_verified_partner_stops_everything_until_the_person_decides() {
    let mut person = Person::private();
    let old = person.padlock.fingerprint().unwrap();
    let (chat, proof) = (person.chat.clone(), Some(Proof::Compared));
    person.ask(Command::Chat(chat, ChatCommand::SetTrust { fingerprint: old, proof }));
    person.wait_padlock(|padlock| padlock == Padlock::Verified(old));
    person.ask(Command::Practice(PracticeCommand::Act(PracticeAct::ChangeKey)));
    let changed = person.wait_padlock(|padlock| matches!(padlock, Padlock::KeyChanged(_)));
    let new = changed.fingerprint().unwrap();
    assert_ne!(new, old);
    let id = person.say("is it you?");
    person.wait_delivery(&id, |now| now == Delivery::Held(HeldReason::KeyChanged));
    person.ask(Command::Chat(person.chat.clone(), ChatCommand::AcceptKey(new)));
    person.wait_delivery(&id, |now| now == Delivery::Delivered(Provenance::Private(new)));
}

#[test]
fn a_new_key_of_a_partner_whom_nobody_verified_stops_everything_too() {
    let mut person = Person::private();
    let old = person.padlock.fingerprint().unwrap();
    person.ask(Command::Practice(PracticeCommand::Act(PracticeAct::ChangeKey)));
    let changed = person.wait_padlock(|padlock| matches!(padlock, Padlock::KeyChanged(_)));
    let new = changed.fingerprint().unwrap();
    assert_ne!(new, old);
    let id = person.say("is it you?");
    person.wait_delivery(&id, |now| now == Delivery::Held(HeldReason::KeyChanged));
    person.ask(Command::Chat(person.chat.clone(), ChatCommand::AcceptKey(new)));
    person.wait_delivery(&id, |now| now == Delivery::Delivered(Provenance::Private(new)));
}

#[test]
fn a_plain_line_inside_a_private_conversation_is_marked() {
    let mut person = Person::private();
    person.ask(Command::Practice(PracticeCommand::Act(PracticeAct::WritePlainly)));
    assert_eq!(person.wait_text("not private at all"), Provenance::PlainInPrivate);
}

#[test]
fn what_was_not_private_is_not_answered_as_if_it_were() {
    let mut person = Person::private();
    person.say("private");
    person.wait_text("first reply");
    person.ask(Command::Chat(person.chat.clone(), ChatCommand::EndPrivate));
    person.wait_padlock(|padlock| padlock == Padlock::NotPrivate);
    person.say("in clear");
    person.wait_text("second plain reply");
}

#[test]
fn text_waits_for_a_partner_who_is_away() {
    let mut person = Person::private();
    person.ask(Command::Practice(PracticeCommand::Act(PracticeAct::GoAway)));
    person.wait_padlock(|padlock| padlock == Padlock::Waiting);
    let id = person.say("for later");
    person.wait_delivery(&id, |now| now == Delivery::Held(HeldReason::ContactAway));
    person.ask(Command::Practice(PracticeCommand::Act(PracticeAct::ComeBack)));
    person.wait_delivery(&id, |now| matches!(now, Delivery::Delivered(Provenance::Private(_))));
}

#[test]
fn ending_the_conversation_ourselves_is_told_and_makes_it_plain() {
    let mut person = Person::private();
    person.ask(Command::Chat(person.chat.clone(), ChatCommand::EndPrivate));
    person.chat_event(|event| matches!(event, ChatEvent::Notice(Notice::EndedByUs)).then_some(()));
    person.wait_padlock(|padlock| padlock == Padlock::NotPrivate);
}
