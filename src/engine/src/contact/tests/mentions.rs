//! Texts in which the mark of the protocol stands.

use std::time::SystemTime;

use xmpp::Delay;

use super::*;
use crate::message::{FailReason, NewMessage};

const MENTIONS: [&str; 6] = [
    "do you know the ?OTR plugin",
    "my client says ?OTRv23? what is that",
    "?OTR",
    "the log says ?OTR:AAMC",
    "I saw ?OTR Error: something",
    "lower ?otr is fine",
];

async fn shown(bench: &mut Bench, desk: &mut Program) -> Vec<String> {
    bench.pass(&mut [desk]).await;
    // That all came is seen by a last one.
    let _ = bench.received.pop();
    bench.received.iter().map(|(text, _)| text.clone()).collect()
}

#[tokio::test]
async fn what_people_write_about_the_protocol_is_shown_live_and_stored() {
    for delayed in [None, Some(Delay::Stored(SystemTime::now()))] {
        let mut desk = Program::new("desk");
        let mut bench = Bench::with(&[&desk]).await;
        for text in MENTIONS {
            let received = Received { delayed, ..received(&desk.at, text) };
            bench.put(Input::Received(received)).await;
        }
        assert_eq!(shown(&mut bench, &mut desk).await, MENTIONS);
        assert!(!bench.notices.contains(&Notice::Unreadable), "{:?}", bench.notices);
        let is_claimed = |notice: &Notice| matches!(notice, Notice::ErrorClaimed(_));
        assert!(!bench.notices.iter().any(is_claimed), "{:?}", bench.notices);
    }
}

#[tokio::test]
async fn in_a_private_conversation_it_is_shown_as_what_was_not_private() {
    let mut desk = Program::new("desk");
    let mut bench = Bench::with(&[&desk]).await;
    bench.go_private(&mut desk).await;
    bench.receive(&desk.at, "do you know the ?OTR plugin").await;
    let _ = shown(&mut bench, &mut desk).await;
    assert_eq!(
        bench.received,
        [("do you know the ?OTR plugin".to_owned(), Provenance::PlainInPrivate)]
    );
}

#[tokio::test]
async fn a_query_in_a_sentence_is_answered_and_shown() {
    let mut desk = Program::new("desk");
    let mut bench = Bench::with(&[&desk]).await;
    bench.receive(&desk.at, "my client says ?OTRv3? what is that").await;
    let is_private = |step: Step<'_>| {
        matches!(step, Step::Told(ChatEvent::Notice(Notice::PrivateStarted { .. })))
    };
    bench.carry_until(&mut [&mut desk], is_private).await;
    let shown: Vec<_> = bench.received.iter().map(|(text, _)| text.as_str()).collect();
    assert_eq!(shown, ["my client says ?OTRv3? what is that"]);
}

#[tokio::test]
async fn our_own_text_about_the_protocol_says_why_it_cannot_go_and_goes_in_private() {
    let mut desk = Program::new("desk");
    let mut bench = Bench::with(&[&desk]).await;
    bench.put(Input::Command(ChatCommand::EndPrivate)).await;
    let id = new_message_id();
    let typed = NewMessage {
        id: id.clone(),
        text: "do you know the ?OTR plugin".to_owned(),
        seen: Padlock::NotPrivate,
        replaces: None,
    };
    bench.put(Input::Command(ChatCommand::Send(typed))).await;
    let why = loop {
        let event = bench.to_window.recv().await.unwrap();
        if let Event::Chat(_, ChatEvent::Outgoing(Outgoing { delivery, .. })) = event {
            break delivery;
        }
    };
    assert!(matches!(why, Delivery::Failed { reason: FailReason::Reserved, .. }), "{why:?}");
    bench.put(Input::Command(ChatCommand::GoPrivate)).await;
    bench.go_private(&mut desk).await;
    let seen = bench.padlock.unwrap();
    bench.put(Input::Command(ChatCommand::Retry { id, seen })).await;
    let is_heard = |step: Step<'_>| matches!(step, Step::Heard("do you know the ?OTR plugin"));
    bench.carry_until(&mut [&mut desk], is_heard).await;
}
