//! What the history is told in words, and that nobody has seen when the program ends.
#![expect(clippy::wildcard_enum_match_arm, reason = "one event of many is looked for")]

use std::time::SystemTime;

use otr::SmpSecret;
use tokio::sync::oneshot;
use xmpp::Delay;

use super::*;

/// What the window is told until all that was put in is dealt with, and the last number.
async fn told(bench: &mut Bench) -> (Vec<Notice>, Option<u64>) {
    let (done, mut is_done) = oneshot::channel();
    bench.put(Input::Keep(done)).await;
    let (mut told, mut last) = (Vec::new(), None);
    loop {
        tokio::select! {
            biased;
            event = bench.to_window.recv() => match event.unwrap() {
                Event::Chat(_, ChatEvent::Unread(number)) => last = Some(number),
                Event::Chat(
                    _,
                    ChatEvent::Notice(notice) | ChatEvent::EarlierNotice { notice, .. },
                ) => told.push(notice),
                _ => {}
            },
            _ = &mut is_done => return (told, last),
        }
    }
}

#[tokio::test]
async fn a_private_message_that_was_lost_is_told_in_every_life_until_that_was_seen() {
    let mut bench = Bench::with(&[]).await;
    let from: FullJid = "bob@b.example/desk".parse().unwrap();
    let stored = Some(Delay::Stored(SystemTime::now()));
    let lost = Received { delayed: stored, ..received(&from, "?OTR:AAMDbG9zdA==.") };
    bench.put(Input::Received(lost)).await;
    let (first, number) = told(&mut bench).await;
    assert_eq!(first, [Notice::ForOtherDevice]);
    assert!(number.is_some(), "it waits to be seen");
    for _ in 0..2 {
        bench = bench.restarted(&[]).await;
        let (again, last) = told(&mut bench).await;
        assert_eq!((again, last), (first.clone(), number));
    }
    bench.put(Input::Command(ChatCommand::Read(number.unwrap()))).await;
    told(&mut bench).await;
    let mut bench = bench.restarted(&[]).await;
    assert_eq!(told(&mut bench).await, (Vec::new(), None));
}

/// Private with a program that has asked us a question, which the window was told of.
async fn asked(desk: &mut Program) -> Bench {
    let mut bench = Bench::with(&[desk]).await;
    bench.go_private(desk).await;
    let otr::MessageState::Encrypted { fingerprint, .. } = desk.conversation.message_state() else {
        panic!("not private")
    };
    let secret = SmpSecret::from("Prague");
    let question = Some("Where did we meet?");
    let outputs = desk.conversation.verify(fingerprint, &secret, question, bench.now()).unwrap();
    bench.deliver(&desk.at.clone(), outputs).await;
    let is_asked = |step: Step<'_>| {
        matches!(step, Step::Told(ChatEvent::Verification(Verification::Requested { .. })))
    };
    bench.carry_until(&mut [desk], is_asked).await;
    bench
}

#[tokio::test]
async fn a_question_that_nobody_answered_is_said_to_be_lost_in_the_next_life() {
    let mut desk = Program::new("desk");
    let mut bench = asked(&mut desk).await;
    // That the texts before it were read makes no difference.
    bench.put(Input::Received(received(&desk.at, "a text"))).await;
    let (_, number) = told(&mut bench).await;
    bench.put(Input::Command(ChatCommand::Read(number.unwrap()))).await;
    told(&mut bench).await;
    let mut bench = bench.restarted(&[]).await;
    let (notices, number) = told(&mut bench).await;
    assert_eq!(notices, [Notice::QuestionLost]);
    bench.put(Input::Command(ChatCommand::Read(number.unwrap()))).await;
    told(&mut bench).await;
    let mut bench = bench.restarted(&[]).await;
    assert_eq!(told(&mut bench).await.0, []);
}

#[tokio::test]
async fn a_question_that_was_answered_or_refused_is_not_lost() {
    for answer in [true, false] {
        let mut desk = Program::new("desk");
        let mut bench = asked(&mut desk).await;
        let asked = if answer {
            let secret = Secret::new("Prague".to_owned());
            ChatCommand::Answer { request: crate::message::RequestId(1), secret }
        } else {
            ChatCommand::CancelVerification
        };
        bench.put(Input::Command(asked)).await;
        told(&mut bench).await;
        let mut bench = bench.restarted(&[]).await;
        assert_eq!(told(&mut bench).await.0, [], "answered: {answer}");
    }
}

#[tokio::test]
async fn a_question_that_is_taken_back_leaves_a_row() {
    let mut desk = Program::new("desk");
    let mut bench = asked(&mut desk).await;
    let outputs = desk.conversation.abort_verification(bench.now());
    bench.deliver(&desk.at.clone(), outputs).await;
    let (notices, number) = told(&mut bench).await;
    assert_eq!(notices, [Notice::QuestionLost]);
    assert!(number.is_some());
}

/// What was sent to another program of ours, so that this one can make nothing of it.
fn sent_to_another(desk: &mut Program, bench: &Bench, text: Option<&str>) -> Vec<String> {
    let mut other = Program::new("other");
    let both = [&mut *desk, &mut other];
    let mut wires: Vec<(usize, String)> = Vec::new();
    let wire_of = |outputs: Outputs| -> Vec<String> {
        let wire = |output: Output| match output {
            Output::Send { wire, .. } => Some(wire.into_string()),
            Output::Event(_) => None,
        };
        outputs.into_iter().filter_map(wire).collect()
    };
    let offer = both[1].conversation.start(bench.now());
    wires.extend(wire_of(offer).into_iter().map(|wire| (0, wire)));
    let mut from_desk = Vec::new();
    while !wires.is_empty() {
        let (to, wire) = wires.remove(0);
        let outputs = both[to].conversation.receive(&wire, bench.now());
        for wire in wire_of(outputs) {
            if to == 0 {
                from_desk.push(wire.clone());
            }
            wires.push((1 - to, wire));
        }
    }
    if let Some(text) = text {
        let audience = desk.conversation.audience();
        return wire_of(desk.conversation.send(text, audience, bench.now()).unwrap());
    }
    // The first goes to everybody.
    from_desk.split_off(1)
}

#[tokio::test]
async fn of_what_is_for_another_program_texts_are_told_once_and_exchanges_of_keys_are_not() {
    let mut desk = Program::new("desk");
    let mut bench = Bench::with(&[&desk]).await;
    let exchange = sent_to_another(&mut desk, &bench, None);
    assert!(!exchange.is_empty());
    for wire in exchange {
        bench.receive(&desk.at, &wire).await;
    }
    let for_another =
        |told: &[Notice]| told.iter().filter(|one| **one == Notice::ForOtherDevice).count();
    let (notices, _) = told(&mut bench).await;
    assert_eq!(for_another(&notices), 0);
    for wire in ["one", "two"].map(|text| sent_to_another(&mut desk, &bench, Some(text))).concat() {
        bench.receive(&desk.at, &wire).await;
    }
    let (notices, _) = told(&mut bench).await;
    assert_eq!(for_another(&notices), 1);
}
