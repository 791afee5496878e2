//! What is shown of the stream.

use sotto_xmpp::{Command, Console, Event, Flow, Jid, MessageKind, Request};

use crate::stage::{PASSWORD, Stage};
use crate::support::peer::Peer;
use crate::wire::{ALICE, message};

/// What is shown until this text is.
async fn shown_until(alice: &mut Peer, words: &str) -> Vec<(Flow, String)> {
    let mut all = Vec::new();
    alice
        .wait(|event| match event {
            Event::Traffic { direction, xml, dropped: 0 } => {
                all.push((*direction, xml.to_string()));
                xml.contains(words).then_some(())
            }
            Event::Traffic { dropped, .. } => panic!("{dropped} dropped"),
            _ => None,
        })
        .await;
    all
}

#[tokio::test]
async fn the_stream_is_shown_both_ways_after_sign_in_and_the_sign_in_never() {
    let stage = Stage::new().await;
    let mut alice = Peer::new(stage.account());
    alice.ask(Command::SetConsole(Console::Whole)).await;
    let mut wire = stage.serve().await;
    wire.says(message("hello")).await;
    let shown = shown_until(&mut alice, "hello").await;
    for (flow, words) in [
        (Flow::Out, "jabber:iq:roster"),
        (Flow::Out, "<presence"),
        (Flow::Out, "<r "),
        (Flow::In, "<a "),
        (Flow::In, "<body>hello</body>"),
    ] {
        let found = shown.iter().any(|(way, xml)| *way == flow && xml.contains(words));
        assert!(found, "{words} in {shown:?}");
    }
    let all: String = shown.iter().map(|(_, xml)| xml.as_str()).collect();
    for secret in
        [PASSWORD, "urn:ietf:params:xml:ns:xmpp-sasl", "xmpp-bind", "<enable xmlns='urn:xmpp:sm:3'"]
    {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
    let change = Request::ChangePassword("secret".to_owned().into());
    alice.ask(Command::Request(1, change)).await;
    let shown = shown_until(&mut alice, "jabber:iq:register").await;
    assert!(shown.iter().all(|(_, xml)| !xml.contains("secret")), "{shown:?}");
}

#[tokio::test]
async fn what_is_written_is_hidden_and_nothing_is_shown_when_that_is_off() {
    let stage = Stage::new().await;
    let mut alice = Peer::new(stage.account());
    alice.ask(Command::SetConsole(Console::Hidden)).await;
    let mut wire = stage.serve().await;
    wire.says(message("secret")).await;
    let to: Jid = ALICE.parse().unwrap();
    alice.say(1, to, "secret", MessageKind::Plain).await;
    let shown = shown_until(&mut alice, "id1").await;
    alice.ask(Command::SetConsole(Console::Off)).await;
    assert!(shown.iter().all(|(_, xml)| !xml.contains("secret")), "{shown:?}");
    // What was on its way is told; then nothing more.
    wire.hears("id1").await;
    wire.asks_count().await;
    wire.says(message("marks the end")).await;
    alice
        .wait(|event| match event {
            Event::MessageReceived { body, .. } => (*body == "marks the end").then_some(()),
            _ => None,
        })
        .await;
    wire.says(message("unshown")).await;
    let next = alice.next().await;
    assert!(matches!(next, Event::MessageReceived { .. }), "{next:?}");
}

#[tokio::test]
async fn a_reader_that_is_behind_loses_only_what_is_shown_and_is_told_how_much() {
    const COUNT: usize = 1_000;
    let stage = Stage::new().await;
    let mut alice = Peer::new(stage.account());
    alice.ask(Command::SetConsole(Console::Whole)).await;
    let mut wire = stage.serve().await;
    alice.online().await;
    // Nobody reads until all of it was said.
    let talker = tokio::spawn(async move {
        for number in 0..COUNT {
            wire.says(message(&number.to_string())).await;
        }
        wire
    });
    let mut wire = talker.await.unwrap();
    let (mut heard, mut shown, mut dropped) = (0, 0, 0);
    while heard < COUNT {
        match alice.next().await {
            Event::MessageReceived { body, .. } => {
                assert_eq!(*body, heard.to_string());
                heard += 1;
            }
            Event::Traffic { direction: Flow::In, xml, dropped: more } => {
                shown += usize::from(xml.contains("<message"));
                dropped += more;
            }
            Event::Traffic { dropped: more, .. } => dropped += more,
            _ => {}
        }
    }
    wire.says(message("the end")).await;
    while !matches!(alice.next().await, Event::Traffic { xml, dropped: more, .. }
        if { dropped += more; xml.contains("the end") })
    {}
    assert!(shown < COUNT && dropped > 0, "{shown} shown, {dropped} dropped");
}
