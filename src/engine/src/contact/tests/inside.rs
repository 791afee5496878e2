//! Two Sottos: a hello, then names, corrections and receipts inside of the encryption.

use super::*;
use crate::contact::records::Json;
use crate::message::{HeldReason, Label};
use chat::records::{self, Abilities, Named, Receipt, RecordCodec};

impl Program {
    /// A record of its own, beside a text or alone.
    fn record(&mut self, bench: &Bench, text: &str, number: u16, value: &[u8]) -> Outputs {
        let whom = self.conversation.message_state();
        let otr::MessageState::Encrypted { fingerprint, .. } = whom else { panic!("not private") };
        let record = otr::Record { number, value };
        self.conversation.send_record(fingerprint, text, record, bench.now()).unwrap()
    }

    fn hellos(&self) -> usize {
        self.records.iter().filter(|(number, _)| *number == records::HELLO).count()
    }

    fn names(&self) -> Vec<Named> {
        let names = self.records.iter().filter(|(number, _)| *number == records::NAME);
        names.map(|(_, value)| Json.read_name(value).unwrap()).collect()
    }
}

impl Bench {
    /// Private with a program that is Sotto and has said hello.
    async fn with_sotto(desk: &mut Program) -> Self {
        let mut bench = Self::with_program(&[desk], roster::Program::Sotto).await;
        bench.go_private(desk).await;
        let hello = desk.record(&bench, "", records::HELLO, &Abilities::Confirms.hello());
        bench.deliver(&desk.at, hello).await;
        bench.pass(&mut [desk]).await;
        bench
    }

    async fn is_delivered(&mut self, desk: &mut Program, id: &MessageId) {
        let is_delivered = |step: Step<'_>| {
            matches!(step, Step::Told(ChatEvent::Outgoing(sent)) if sent.id == *id
                && matches!(sent.delivery, Delivery::Delivered(_)))
        };
        self.carry_until(&mut [desk], is_delivered).await;
    }
}

#[tokio::test]
async fn a_hello_is_said_once_in_each_session_to_who_says_that_it_is_sotto() {
    let mut desk = Program::new("desk");
    let mut bench = Bench::with_sotto(&mut desk).await;
    assert_eq!(desk.hellos(), 1);
    let again = desk.record(&bench, "", records::HELLO, &Abilities::Confirms.hello());
    bench.deliver(&desk.at, again).await;
    bench.pass(&mut [&mut desk]).await;
    assert_eq!(desk.hellos(), 1, "ours was the answer");
    let refresh = desk.conversation.start(bench.now());
    bench.deliver(&desk.at.clone(), refresh).await;
    bench.carry_until(&mut [&mut desk], |step| step.is_renewed()).await;
    bench.pass(&mut [&mut desk]).await;
    assert_eq!(desk.hellos(), 2);
}

#[tokio::test]
async fn nobody_else_gets_a_record_before_they_said_hello() {
    let mut desk = Program::new("desk");
    let mut bench = Bench::with(&[&desk]).await;
    bench.go_private(&mut desk).await;
    let padlock = Padlock::Private(desk.key());
    bench.say(&mut [&mut desk], "no records, please", padlock).await;
    assert_eq!(desk.records, []);
    // They are Sotto, though nothing outside says so: they are answered, once.
    for hellos in [1, 1] {
        let hello = desk.record(&bench, "", records::HELLO, &Abilities::Confirms.hello());
        bench.deliver(&desk.at, hello).await;
        bench.pass(&mut [&mut desk]).await;
        assert_eq!(desk.hellos(), hellos);
    }
    bench.say(&mut [&mut desk], "now with a name", padlock).await;
    assert_eq!(desk.names().len(), 1);
}

#[tokio::test]
async fn only_the_contacts_own_word_makes_a_private_text_delivered() {
    let mut desk = Program::new("desk");
    let mut bench = Bench::with_sotto(&mut desk).await;
    // What it says outside counts for nothing.
    desk.confirms = true;
    let padlock = Padlock::Private(desk.key());
    bench.say(&mut [&mut desk], "did you get this?", padlock).await;
    bench.pass(&mut [&mut desk]).await;
    let is_settled = |it: &Delivery| matches!(it, Delivery::Reported(_) | Delivery::Delivered(_));
    assert!(!bench.deliveries.iter().any(is_settled), "{:?}", bench.deliveries);
    let named = desk.names().remove(0);
    assert_eq!((&named.replaces, named.receipt), (&None, Receipt::Wanted));
    let value = Json.write_receipts(&[&named.id]).unwrap();
    let receipt = desk.record(&bench, "", records::RECEIPTS, &value);
    bench.deliver(&desk.at.clone(), receipt).await;
    bench.is_delivered(&mut desk, &named.id).await;
}

#[tokio::test]
async fn a_receipt_inside_counts_for_texts_to_the_same_key_alone() {
    let (mut desk, mut phone) = (Program::new("desk"), Program::new("phone"));
    let mut bench = Bench::with_sotto(&mut desk).await;
    let padlock = Padlock::Private(desk.key());
    bench.say(&mut [&mut desk], "for the desk", padlock).await;
    let named = desk.names().remove(0);
    bench.shows(&phone, Availability::Online).await;
    bench.go_private(&mut phone).await;
    let value = Json.write_receipts(&[&named.id]).unwrap();
    let forged = phone.record(&bench, "", records::RECEIPTS, &value);
    bench.deliver(&phone.at.clone(), forged).await;
    bench.pass(&mut [&mut desk, &mut phone]).await;
    let is_delivered = |it: &Delivery| matches!(it, Delivery::Delivered(_));
    assert!(!bench.deliveries.iter().any(is_delivered), "{:?}", bench.deliveries);
}

#[tokio::test]
async fn texts_wait_for_the_answer_to_a_hello_and_not_for_ever() {
    let mut desk = Program::new("desk");
    let mut bench = Bench::with_program(&[&desk], roster::Program::Sotto).await;
    bench.go_private(&mut desk).await;
    let padlock = Padlock::Private(desk.key());
    bench.say(&mut [&mut desk], "are you Sotto?", padlock).await;
    assert_eq!((desk.hellos(), desk.names()), (1, vec![]), "it has not said so inside");
    assert!(bench.deliveries.contains(&Delivery::Held(HeldReason::GoingPrivate)));
}

#[tokio::test]
async fn what_they_call_their_texts_inside_is_their_word_and_is_confirmed_inside() {
    let mut desk = Program::new("desk");
    let mut bench = Bench::with_sotto(&mut desk).await;
    let (id, replaces) = (new_message_id(), Some(new_message_id()));
    let named = Named { id: id.clone(), replaces: replaces.clone(), receipt: Receipt::Wanted };
    for _ in 0..2 {
        let value = Json.write_name(&named).unwrap();
        let sent = desk.record(&bench, "at seven", records::NAME, &value);
        let Some(Output::Send { wire, .. }) = sent.into_iter().next() else { panic!("not sent") };
        // Outside it is called and said to correct something else.
        let (name, other) = (Some("b".repeat(32)), Some("c".repeat(32)));
        let stanza = received(&desk.at, wire.as_str());
        let stanza = Received { id: name, replaces: other, wants_receipt: true, ..stanza };
        bench.put(Input::Received(stanza)).await;
    }
    let expected = Label::Inside { id: id.clone(), replaces };
    let is_told = |step: Step<'_>| {
        matches!(step, Step::Told(ChatEvent::Received { text, label, .. })
            if text == "at seven" && *label == expected)
    };
    bench.carry_until(&mut [&mut desk], is_told).await;
    let mark = new_message_id().as_str().to_owned();
    bench.receive(&"bob@b.example/other".parse().unwrap(), &mark).await;
    let is_next = |step: Step<'_>| match step {
        Step::Told(ChatEvent::Received { text, .. }) => {
            assert_eq!(*text, mark, "what came twice is shown once");
            true
        }
        Step::Told(_) | Step::Heard(_) => false,
    };
    bench.carry_until(&mut [&mut desk], is_next).await;
    bench.pass(&mut [&mut desk]).await;
    let receipts = desk.records.iter().filter(|(number, _)| *number == records::RECEIPTS);
    let confirmed: Vec<_> = receipts.map(|(_, value)| Json.read_receipts(value).unwrap()).collect();
    assert_eq!(confirmed, [vec![id.clone()], vec![id]]);
}

#[tokio::test]
async fn who_wants_no_receipts_sent_sends_none_and_says_so() {
    let mut desk = Program::new("desk");
    let mut bench = Bench::with_program(&[&desk], roster::Program::Sotto).await;
    let standing = ContactPermissions {
        accepted: true,
        seen: true,
        sees_us: true,
        ..ContactPermissions::default()
    };
    bench.put(Input::ContactPermissions(standing)).await;
    bench.go_private(&mut desk).await;
    bench.pass(&mut [&mut desk]).await;
    let named = Named { id: new_message_id(), replaces: None, receipt: Receipt::Wanted };
    let sent = desk.record(&bench, "hi", records::NAME, &Json.write_name(&named).unwrap());
    bench.deliver(&desk.at.clone(), sent).await;
    bench.pass(&mut [&mut desk]).await;
    assert_eq!(desk.records, [(records::HELLO, Abilities::Names.hello())]);
}

// A program that was killed does not know any more what it has shown.
#[tokio::test]
async fn a_text_that_was_not_confirmed_is_in_doubt_in_the_next_session_and_never_comes_twice() {
    let mut desk = Program::new("desk");
    let mut bench = Bench::with_sotto(&mut desk).await;
    let padlock = Padlock::Private(desk.key());
    bench.say(&mut [&mut desk], "lost on the way back", padlock).await;
    let mut reborn = desk.reborn("desk");
    let offer = reborn.conversation.start(bench.now());
    bench.deliver(&reborn.at.clone(), offer).await;
    bench.carry_until(&mut [&mut reborn], |step| step.is_renewed()).await;
    let hello = reborn.record(&bench, "", records::HELLO, &Abilities::Confirms.hello());
    bench.deliver(&reborn.at.clone(), hello).await;
    bench.pass(&mut [&mut reborn]).await;
    assert_eq!(reborn.heard, [""; 0]);
    let last = bench.deliveries.last();
    assert!(matches!(last, Some(Delivery::Failed { .. })), "{last:?}");
}
