//! What the archive tells an account, and in which order.

use otr::{Audience, Conversation, InstanceTag, Outputs, PrivateKey, Timestamp};
use xmpp::{
    ArchivePage, ArchivePosition, ArchiveQuery, ArchiveRange, ForwardedMessage, RequestError,
};

use super::*;
use crate::contact::conversation;
use crate::message::{ArchiveGap, GapState, Padlock};

const AT_ONCE: Timestamp = Timestamp::from_millis(0);

/// The contact's program.
struct Program(Conversation);

impl Program {
    fn new() -> Self {
        let rng = &mut rand::rng();
        Self(conversation(PrivateKey::generate(rng), InstanceTag::random(rng)))
    }

    fn writes(&mut self, text: &str) -> String {
        let audience = self.0.audience();
        assert_ne!(audience, Audience::Everybody);
        wires(self.0.send(text, audience, AT_ONCE).unwrap()).remove(0)
    }
}

fn wires(outputs: Outputs) -> Vec<String> {
    let sent = outputs.into_iter().filter_map(|output| match output {
        otr::Output::Send { wire, .. } => Some(wire.into_string()),
        otr::Output::Event(_) => None,
    });
    sent.collect()
}

/// An archive of bodies, each an entry.
struct Server(Vec<String>);

impl Server {
    fn answer(&self, tag: u64, query: &ArchiveQuery) -> xmpp::Event {
        let place = |id: &str| self.0.len().min(id.parse::<usize>().unwrap());
        let max = usize::from(query.page.min(10));
        let (from, to) = match &query.range {
            ArchiveRange::After(id) => (place(id) + 1, self.0.len().min(place(id) + 1 + max)),
            ArchiveRange::Before(id) => (place(id).saturating_sub(max), place(id)),
            _ => (self.0.len().saturating_sub(max), self.0.len()),
        };
        let complete = match query.range {
            ArchiveRange::After(_) => to == self.0.len(),
            _ => from == 0,
        };
        let position = |at: usize| ArchivePosition { id: at.to_string(), at: None };
        let message = |at: usize| ForwardedMessage {
            from: "bob@b.example/x".parse().unwrap(),
            to: "alice@a.example".parse().unwrap(),
            id: None,
            archive_id: Some(at.to_string()),
            body: self.0[at].clone().into(),
            at: Some(std::time::SystemTime::now()),
            replaces: None,
        };
        let (entries, messages) =
            ((from..to).map(position).collect(), (from..to).map(message).collect());
        let page = ArchivePage { messages, entries, complete };
        xmpp::Event::Response(tag, Ok(xmpp::Response::Archive(page)))
    }
}

impl Bench {
    async fn asks_archive(&mut self) -> (u64, ArchiveQuery) {
        self.asks(|command| match command {
            xmpp::Command::Request(tag, xmpp::Request::QueryArchive(query)) => Some((tag, query)),
            _ => None,
        })
        .await
    }

    /// Answers what is asked of the archive until nothing is left to read.
    async fn reads(&mut self, server: &Server) -> Vec<Event> {
        let mut told = Vec::new();
        loop {
            let (tag, query) = tokio::select! {
                asked = self.asks_archive() => asked,
                () = tokio::time::sleep(Duration::from_secs(5)) => break,
            };
            // Longer than anybody waits for what may come out of order.
            tokio::time::sleep(Duration::from_secs(1)).await;
            self.tell(server.answer(tag, &query)).await;
        }
        while let Ok(event) = self.to_window.try_recv() {
            told.push(event);
        }
        told
    }

    async fn go_private(&mut self, bob: &mut Program) {
        let mut to_us = wires(bob.0.start(AT_ONCE));
        while !to_us.is_empty() {
            for (number, wire) in to_us.drain(..).enumerate() {
                self.tell(message(&jid("bob@b.example"), &format!("{number}"), &wire)).await;
            }
            if matches!(bob.0.message_state(), otr::MessageState::Encrypted { .. }) {
                break;
            }
            let body = self
                .asks(|command| match command {
                    xmpp::Command::SendMessage { body, .. } => Some(body),
                    _ => None,
                })
                .await;
            to_us = wires(bob.0.receive(&body, AT_ONCE));
        }
        self.until(|event| {
            matches!(event, Event::Chat(_, ChatEvent::PadlockChanged(Padlock::Private(_))))
        })
        .await;
    }
}

fn gap(event: &Event) -> Option<ArchiveGap> {
    match event {
        Event::Account(_, AccountEvent::ArchiveGap(gap)) => Some(*gap),
        _ => None,
    }
}

#[tokio::test(start_paused = true)]
async fn private_messages_of_a_session_that_goes_on_are_opened_in_the_order_of_their_sending() {
    let mut bench = Bench::new().await;
    let mut server = Server(vec!["long ago".to_owned()]);
    bench.reads(&server).await;
    let mut bob = Program::new();
    bench.go_private(&mut bob).await;
    // We are away, and another device of ours is not: nothing of it is stored for us but there.
    for number in 0..40 {
        server.0.push(bob.writes(&format!("private {number}")));
    }
    bench.signs_in().await;
    let told = bench.reads(&server).await;
    let mut lines: Vec<_> = told
        .iter()
        .filter_map(|event| match event {
            Event::Chat(_, ChatEvent::Received { text, provenance, place, .. }) => {
                assert!(matches!(provenance, Provenance::Private(_)), "{text}");
                Some((place.unwrap(), text.clone()))
            }
            Event::Chat(_, ChatEvent::Notice(notice)) => panic!("{notice:?}"),
            _ => None,
        })
        .collect();
    lines.sort();
    let texts: Vec<_> = lines.into_iter().map(|(_, text)| text).collect();
    let wanted: Vec<_> = (0..40).map(|number| format!("private {number}")).collect();
    assert_eq!(texts, wanted);
    assert_eq!(told.iter().rev().find_map(gap).unwrap().state, GapState::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_does_not_come_leaves_a_gap_that_can_be_fetched() {
    let mut bench = Bench::new().await;
    let mut server = Server(vec!["long ago".to_owned()]);
    bench.reads(&server).await;
    server.0.extend((0..40).map(|number| format!("away {number}")));
    bench.signs_in().await;
    for _ in 0..2 {
        let (tag, query) = bench.asks_archive().await;
        bench.tell(server.answer(tag, &query)).await;
    }
    let (tag, _) = bench.asks_archive().await;
    bench.tell(xmpp::Event::Response(tag, Err(RequestError::TimedOut))).await;
    let told = bench.until(|event| gap(event).is_some_and(|gap| gap.state == GapState::Open)).await;
    let number = told.last().and_then(gap).unwrap().number;
    // What comes now is told, and nothing is forgotten.
    bench.until_bob_says("here I am").await;
    bench.ask(Input::Command(AccountCommand::FetchGap(number)));
    let told = bench.reads(&server).await;
    let texts = told.iter().filter(|event| {
        matches!(event, Event::Chat(_, ChatEvent::Received { text, place: Some(place), .. })
            if text.starts_with("away") && place.gap == number)
    });
    assert_eq!(texts.count(), 30, "the others came before it broke off");
    assert_eq!(told.iter().rev().find_map(gap).unwrap().state, GapState::Closed);
}

#[tokio::test(start_paused = true)]
async fn what_was_stored_for_us_and_is_in_the_archive_too_is_told_once_however_much_it_is() {
    const MANY: usize = 2_500;
    let mut bench = Bench::new().await;
    let mut server = Server(vec!["long ago".to_owned()]);
    bench.reads(&server).await;
    server.0.extend((1..=MANY).map(|number| format!("away {number}")));
    bench.signs_in().await;
    let stored = |number: usize| xmpp::Event::MessageReceived {
        from: "bob@b.example/x".parse().unwrap(),
        id: None,
        body: format!("away {number}").into(),
        delayed: Some(xmpp::Delay::Stored(std::time::SystemTime::now())),
        wants_receipt: false,
        archive_id: Some(number.to_string()),
        replaces: None,
    };
    for number in 1..=MANY {
        bench.tell(stored(number)).await;
    }
    let told = bench.reads(&server).await;
    let mut lines: Vec<_> = told
        .iter()
        .filter_map(|event| match event {
            Event::Chat(_, ChatEvent::Received { text, place, .. }) => Some((*place, text.clone())),
            _ => None,
        })
        .collect();
    lines.sort();
    let texts: Vec<_> = lines.into_iter().map(|(_, text)| text).collect();
    let wanted: Vec<_> = (1..=MANY).map(|number| format!("away {number}")).collect();
    assert_eq!(texts, wanted);
    // The server said that one more is in its archive, and it is not.
    server.0.push("a new one".to_owned());
    bench.signs_in().await;
    for number in (1..=MANY).map(|number| number + MANY) {
        bench.tell(stored(number)).await;
    }
    let told = bench.reads(&server).await;
    assert_eq!(told.iter().rev().find_map(gap).unwrap().state, GapState::Open, "it is said");
}

#[tokio::test(start_paused = true)]
async fn what_is_between_others_is_not_shown_as_if_it_was_to_us() {
    let mut bench = Bench::new().await;
    let mut server = Server(vec!["long ago".to_owned()]);
    bench.reads(&server).await;
    server.0.extend(["to carol".to_owned(), "to us".to_owned()]);
    bench.signs_in().await;
    let (tag, query) = bench.asks_archive().await;
    let xmpp::Event::Response(_, Ok(xmpp::Response::Archive(mut page))) =
        server.answer(tag, &query)
    else {
        panic!()
    };
    page.messages[0].to = "carol@c.example".parse().unwrap();
    bench.tell(xmpp::Event::Response(tag, Ok(xmpp::Response::Archive(page)))).await;
    let told = bench.reads(&server).await;
    let texts = told.iter().filter_map(|event| match event {
        Event::Chat(_, ChatEvent::Received { text, .. }) => Some(&**text),
        _ => None,
    });
    assert_eq!(texts.collect::<Vec<_>>(), ["to us"]);
}
