//! What outlives the program: what nobody has read, what did not arrive, what is not finished.
#![expect(clippy::wildcard_enum_match_arm, reason = "one event of many is looked for")]

use tokio::sync::oneshot;

use super::*;
use crate::message::{FailReason, NewMessage};

const DESK: &str = "bob@b.example/desk";

/// A readable message of this name, whose author wants to know that it arrives.
fn readable(id: &str, text: &str) -> Received {
    let from: FullJid = DESK.parse().unwrap();
    Received { id: Some(id.to_owned()), wants_receipt: true, ..received(&from, text) }
}

/// What the window is told until all that was put in is dealt with; the last number to be read.
async fn told(bench: &mut Bench) -> (Vec<ChatEvent>, Option<u64>) {
    let (done, mut is_done) = oneshot::channel();
    bench.put(Input::Keep(done)).await;
    let (mut told, mut last) = (Vec::new(), None);
    loop {
        tokio::select! {
            biased;
            event = bench.to_window.recv() => match event.unwrap() {
                Event::Chat(_, ChatEvent::Unread(number)) => last = Some(number),
                Event::Chat(_, event) => told.push(event),
                _ => {}
            },
            _ = &mut is_done => return (told, last),
        }
    }
}

fn texts(told: &[ChatEvent]) -> Vec<(&str, Provenance)> {
    let text = |event| match event {
        &ChatEvent::Received { ref text, provenance, .. } => Some((text.as_str(), provenance)),
        _ => None,
    };
    told.iter().filter_map(text).collect()
}

#[tokio::test]
async fn what_nobody_has_read_is_there_in_the_next_life_as_it_was_and_gone_once_it_is_read() {
    let mut desk = Program::new("desk");
    let mut bench = Bench::with(&[&desk]).await;
    bench.put(Input::Received(readable("1", "in the clear"))).await;
    bench.go_private(&mut desk).await;
    let audience = desk.conversation.audience();
    let outputs = desk.conversation.send("in private", audience, bench.now()).unwrap();
    bench.deliver(&desk.at, outputs).await;
    let (first, number) = told(&mut bench).await;
    let before = [
        bench.received.clone(),
        texts(&first).into_iter().map(|(text, how)| (text.to_owned(), how)).collect(),
    ]
    .concat();
    assert_eq!(before.len(), 2, "{before:?}");
    assert!(number.is_some());

    let mut bench = bench.restarted(&[&desk]).await;
    let (again, number) = told(&mut bench).await;
    let again: Vec<_> =
        texts(&again).into_iter().map(|(text, how)| (text.to_owned(), how)).collect();
    assert_eq!(again, before);

    bench.put(Input::Command(ChatCommand::Read(number.unwrap()))).await;
    bench.put(Input::Received(readable("3", "later"))).await;
    let (_, later) = told(&mut bench).await;
    assert!(later > number);
    let mut bench = bench.restarted(&[&desk]).await;
    let (left, _) = told(&mut bench).await;
    assert_eq!(texts(&left), [("later", Provenance::Plain)]);
}

#[tokio::test]
async fn nothing_is_confirmed_to_its_author_before_it_is_kept() {
    let mut bench = Bench::with(&[]).await;
    bench.put(Input::Received(readable("a name", "remember this"))).await;
    let confirmed = loop {
        if let xmpp::Command::SendReceipt { id, .. } = bench.to_link.recv().await.unwrap() {
            break id;
        }
    };
    assert_eq!(confirmed, "a name");
    let kept = bench.store.unread_of(&chat()).await.unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].text.as_str(), "remember this");
}

#[tokio::test]
async fn what_a_server_sends_again_to_the_next_life_is_shown_once() {
    let mut bench = Bench::with(&[]).await;
    for (id, text) in [("1", "one"), ("2", "two")] {
        bench.put(Input::Received(readable(id, text))).await;
    }
    told(&mut bench).await;
    let mut bench = bench.restarted(&[]).await;
    for (id, text) in [("2", "two"), ("3", "two"), ("1", "another one")] {
        bench.put(Input::Received(readable(id, text))).await;
    }
    let (told, _) = told(&mut bench).await;
    let texts: Vec<_> = texts(&told).into_iter().map(|(text, _)| text).collect();
    assert_eq!(texts, ["one", "two", "two", "another one"]);
}

#[tokio::test]
async fn what_is_beyond_the_bound_is_shown_and_said_not_to_be_kept_and_never_confirmed() {
    const BYTES: usize = 8 * 1024 * 1024;
    let mut bench = Bench::with(&[]).await;
    let mut all = Vec::new();
    for number in 0..10 {
        let text = format!("{number}{}", "x".repeat(BYTES - 1));
        bench.put(Input::Received(readable(&format!("n{number}"), &text))).await;
        all.extend(told(&mut bench).await.0);
    }
    assert_eq!(texts(&all).len(), 10);
    let not_kept = |event: &&ChatEvent| matches!(event, ChatEvent::Notice(Notice::NotKept));
    assert_eq!(all.iter().filter(not_kept).count(), 1);
    let mut confirmed = Vec::new();
    while let Ok(command) = bench.to_link.try_recv() {
        if let xmpp::Command::SendReceipt { id, .. } = command {
            confirmed.push(id);
        }
    }
    assert_eq!(confirmed, ["n0", "n1", "n2", "n3", "n4", "n5", "n6", "n7"]);
    assert_eq!(bench.store.unread_of(&chat()).await.unwrap().len(), 8);
}

#[tokio::test]
async fn a_message_that_failed_keeps_its_story() {
    let mut bench = Bench::with(&[]).await;
    bench.put(Input::Command(ChatCommand::EndPrivate)).await;
    let (back, never) = (new_message_id(), new_message_id());
    for (id, text) in [(&back, "to nobody"), (&never, "?OTR is what I type")] {
        let typed = NewMessage {
            id: id.clone(),
            text: text.to_owned(),
            seen: Padlock::NotPrivate,
            replaces: None,
        };
        bench.put(Input::Command(ChatCommand::Send(typed))).await;
    }
    told(&mut bench).await;
    let from = Jid::from(chat().contact);
    bench.put(Input::Bounced { from, id: back.clone() }).await;
    told(&mut bench).await;
    while bench.to_link.try_recv().is_ok() {}
    for _ in 0..2 {
        bench = bench.restarted(&[]).await;
        let (again, _) = told(&mut bench).await;
        let failed = |wanted: &MessageId| {
            again.iter().find_map(|event| match event {
                ChatEvent::Outgoing(Outgoing { id, delivery, .. }) if id == wanted => {
                    Some(*delivery)
                }
                _ => None,
            })
        };
        let as_failed = |reason| Some(Delivery::Failed { provenance: Provenance::Plain, reason });
        assert_eq!(failed(&back), as_failed(FailReason::Undeliverable));
        assert_eq!(failed(&never), as_failed(FailReason::Reserved));
        // Nor is it told a second time as another device's.
        let elsewhere = SentElsewhere {
            body: "to nobody".to_owned(),
            at: SystemTime::now(),
            id: Some(back.clone()),
            replaces: None,
            place: None,
        };
        bench.put(Input::SentElsewhere(elsewhere)).await;
        let (twice, _) = told(&mut bench).await;
        assert!(!twice.iter().any(|event| matches!(event, ChatEvent::SentElsewhere { .. })));
    }
}

#[tokio::test]
async fn a_draft_is_there_in_the_next_life_until_it_is_sent() {
    let bench = Bench::with(&[]).await;
    let draft = |text: &str| Input::Command(ChatCommand::SaveDraft(Secret::new(text.to_owned())));
    bench.put(draft("half a sen")).await;
    bench.put(draft("half a sentence")).await;
    let found = |told: &[ChatEvent]| {
        told.iter().find_map(|event| match event {
            ChatEvent::Draft(text) => Some(text.clone()),
            _ => None,
        })
    };
    let mut bench = bench.restarted(&[]).await;
    let (again, _) = told(&mut bench).await;
    assert_eq!(found(&again).as_deref(), Some("half a sentence"));
    // What was kept of it last may be only its beginning.
    bench.put(draft("half a sent")).await;
    let typed = NewMessage {
        id: new_message_id(),
        text: "half a sentence".to_owned(),
        seen: Padlock::Waiting,
        replaces: None,
    };
    bench.put(Input::Command(ChatCommand::Send(typed))).await;
    let mut bench = bench.restarted(&[]).await;
    let (again, _) = told(&mut bench).await;
    assert_eq!(found(&again), None);
    let sent = |event: &ChatEvent| matches!(event, ChatEvent::Outgoing(out) if out.text == "half a sentence");
    assert_eq!(again.iter().filter(|event| sent(event)).count(), 1);
}

/// Private messages that overtook one another are shown in the order of their writing.
#[tokio::test]
async fn what_was_shown_in_another_order_than_it_came_stands_so_in_the_next_life() {
    let mut bench = Bench::with(&[]).await;
    for (came, text) in [(7, "written first"), (5, "written second"), (9, "written third")] {
        bench.put(Input::Received(Received { came, ..readable(text, text) })).await;
    }
    told(&mut bench).await;
    let mut bench = bench.restarted(&[]).await;
    let (told, _) = told(&mut bench).await;
    let texts: Vec<_> = texts(&told).into_iter().map(|(text, _)| text).collect();
    assert_eq!(texts, ["written first", "written second", "written third"]);
}

/// The window puts what came around what we wrote: so it has to know of that first.
#[tokio::test]
async fn what_waits_to_go_out_is_told_before_what_nobody_has_read() {
    let mut bench = Bench::with(&[]).await;
    let (id, text, seen) = (new_message_id(), "ours".to_owned(), Padlock::Unasked);
    bench.ask(ChatCommand::Send(NewMessage { id, text, seen, replaces: None })).await;
    bench.put(Input::Received(readable("1", "theirs"))).await;
    told(&mut bench).await;
    let mut bench = bench.restarted(&[]).await;
    let (again, _) = told(&mut bench).await;
    let order = again.iter().filter_map(|event| match event {
        ChatEvent::Received { text, .. } => Some(text.as_str()),
        ChatEvent::Outgoing(outgoing) => Some(outgoing.text.as_str()),
        _ => None,
    });
    let mut order: Vec<_> = order.collect();
    order.dedup();
    assert_eq!(order, ["ours", "theirs"]);
}
