//! Who writes HTML, and who reads it.

use super::*;
use crate::message::NewMessage;

const MARKS: &str = "wrap it in <b> and </b>";

async fn heard(what: roster::Program, texts: &[&str]) -> (Vec<String>, String) {
    let mut desk = Program::new("desk");
    let mut bench = Bench::with_program(&[&desk], what).await;
    bench.go_private(&mut desk).await;
    let padlock = Padlock::Private(desk.key());
    bench.accept(&mut [&mut desk], padlock).await;
    for text in texts {
        let audience = desk.conversation.audience();
        let wire = desk.conversation.send(text, audience, bench.now()).unwrap();
        bench.deliver(&desk.at, wire).await;
    }
    let id = new_message_id();
    let said =
        ChatCommand::Send(NewMessage { id, text: MARKS.to_owned(), seen: padlock, replaces: None });
    bench.put(Input::Command(said)).await;
    let is_it = |step: Step<'_>| matches!(step, Step::Heard(heard) if heard.starts_with("wrap"));
    bench.carry_until(&mut [&mut desk], is_it).await;
    let last = desk.heard.pop().unwrap();
    // What came last shows that the rest did.
    bench.pass(&mut [&mut desk]).await;
    bench.received.pop();
    (bench.received.iter().map(|(text, _)| text.clone()).collect(), last)
}

#[tokio::test]
async fn what_a_program_writes_that_shows_what_was_typed_is_shown_as_typed() {
    let (shown, sent) = heard(roster::Program::AsTyped, &[MARKS, "&lt;"]).await;
    assert_eq!((shown, sent.as_str()), (vec![MARKS.to_owned(), "&lt;".to_owned()], MARKS));
}

#[tokio::test]
async fn once_it_wrote_what_nobody_types_it_is_read_as_html() {
    let texts = ["<font>so</font>", "5 &lt; 6"];
    let (shown, sent) = heard(roster::Program::AsTyped, &texts).await;
    assert_eq!(shown, ["so", "5 < 6"]);
    assert_eq!(sent, "wrap it in &lt;b&gt; and &lt;/b&gt;");
}

#[tokio::test]
async fn of_another_it_is_read_as_html() {
    for what in [roster::Program::Other, roster::Program::Libpurple, roster::Program::Sotto] {
        let (shown, _) = heard(what, &["so <b>on</b>", "5 &lt; 6"]).await;
        assert_eq!(shown, ["so on", "5 < 6"], "{what:?}");
    }
}
