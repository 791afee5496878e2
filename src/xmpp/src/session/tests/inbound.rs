//! IQ requests that the engine answers.

use super::*;
use crate::{Answer, AnswerError, InboundRequest, IqKind, Payload};

const NAMESPACE: &str = "urn:x-test:transfer";
const BOB: &str = "from='bob@example.org/x'";

/// Bob sees us, and what he asks in that namespace is for the engine.
async fn desk() -> Desk {
    let mut desk = Desk::new();
    let roster = "<query xmlns='jabber:iq:roster'>\
        <item jid='bob@example.org' subscription='both'/></query>";
    desk.answers(&desk.asked[0].clone(), "result", "", roster);
    let command = Command::SetAnswered(vec![NAMESPACE.to_owned()]);
    desk.session.command(command, &mut desk.state);
    desk.events().await;
    desk.written();
    desk
}

fn open() -> String {
    format!("<open xmlns='{NAMESPACE}'>secret</open>")
}

impl Desk {
    /// The number under which the only request is reported.
    async fn reported(&mut self) -> u64 {
        let events = self.events().await;
        let [Event::Requested { number, from, request }] = &events[..] else {
            panic!("{events:?}");
        };
        assert_eq!(from.as_str(), "bob@example.org/x");
        assert!(request.payload.is("open", NAMESPACE) && request.kind == IqKind::Set);
        assert!(!format!("{events:?}").contains("secret"), "{events:?}");
        *number
    }

    fn answer(&mut self, number: u64, answer: Answer) -> Vec<Element> {
        self.session.command(Command::Answer(number, answer), &mut self.state);
        let mut written = self.written();
        written.retain(|element| element.name() == "iq");
        written
    }
}

#[tokio::test]
async fn what_the_engine_answers_is_reported_and_answered_once() {
    let mut desk = desk().await;
    let payload = Payload::new(Element::bare("opened", NAMESPACE));
    for (answer, kind, child) in [
        (Answer::Result(None), "result", None),
        (Answer::Result(Some(payload)), "result", Some("opened")),
        (Answer::Error(AnswerError::NotAcceptable), "error", Some("error")),
    ] {
        desk.answers("q", "set", BOB, &open());
        let number = desk.reported().await;
        assert!(desk.written().iter().all(|element| element.name() != "iq"), "not yet answered");
        let written = desk.answer(number, answer.clone());
        let [iq] = &written[..] else { panic!("{written:?}") };
        let told = (iq.attr("type"), iq.attr("id"), iq.attr("to"));
        assert_eq!(told, (Some(kind), Some("q"), Some("bob@example.org/x")));
        assert_eq!(iq.children().next().map(Element::name), child);
        if let Some(error) = iq.get_child("error", ns::CLIENT) {
            assert_eq!(error.attr("type"), Some("modify"));
            assert!(error.has_child("not-acceptable", ns::STANZAS));
        }
        assert!(desk.answer(number, answer).is_empty(), "twice");
    }
}

#[tokio::test]
async fn everybody_else_and_everything_else_is_refused_at_once() {
    for (from, payload, hides) in [
        ("from='mallory@example.org/x'", open(), false),
        ("", open(), false),
        (BOB, "<open xmlns='urn:x-test:other'/>".to_owned(), false),
        (BOB, String::new(), false),
        (BOB, open(), true),
    ] {
        let mut desk = desk().await;
        if hides {
            let hidden = Command::SetPresence(Availability::Offline);
            desk.session.command(hidden, &mut desk.state);
            desk.written();
        }
        desk.answers("q", "set", from, &payload);
        assert!(desk.events().await.is_empty(), "{from} {payload}");
        assert_eq!(desk.written()[0].attr("type"), Some("error"), "{from} {payload}");
    }
}

#[tokio::test]
async fn who_has_lost_sight_of_us_since_learns_nothing_from_the_answer() {
    let mut desk = desk().await;
    desk.answers("q", "set", BOB, &open());
    let number = desk.reported().await;
    desk.session.command(Command::SetPresence(Availability::Offline), &mut desk.state);
    let written = desk.answer(number, Answer::Result(None));
    let error = written[0].get_child("error", ns::CLIENT).unwrap();
    assert!(error.has_child("service-unavailable", ns::STANZAS));
}

#[tokio::test(start_paused = true)]
async fn whom_the_engine_does_not_answer_is_refused_in_time_and_too_many_at_once() {
    let mut desk = desk().await;
    let mut reported = 0;
    loop {
        desk.answers("q", "get", BOB, &open());
        match &desk.events().await[..] {
            [] => break,
            [Event::Requested { request: InboundRequest { kind: IqKind::Get, .. }, .. }] => {
                reported += 1;
            }
            other => panic!("{other:?}"),
        }
        assert!(reported < 1_000, "without end");
    }
    let refused = |elements: &[Element]| {
        elements.iter().filter(|element| element.attr("type") == Some("error")).count()
    };
    assert!(reported > 1);
    assert_eq!(refused(&desk.written()), 1);
    let deadline = desk.session.deadline().unwrap();
    tokio::time::advance(deadline - Instant::now()).await;
    desk.session.expire(&mut desk.state);
    // The server acknowledges what it has, or no more is sent.
    let (mut sent, mut all) = (5, 0);
    while all < reported {
        desk.receive(&format!("<a xmlns='urn:xmpp:sm:3' h='{sent}'/>")).unwrap();
        let now = refused(&desk.written());
        assert!(now > 0, "{all} of {reported}");
        (sent, all) = (sent + now, all + now);
    }
    assert_eq!(all, reported);
    assert!(desk.session.deadline().is_none());
}
