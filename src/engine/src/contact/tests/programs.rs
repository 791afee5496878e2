//! Several programs of the contact, and those that come back.

use otr::Policy;

use super::*;
use crate::message::{FailReason, NewMessage};

#[tokio::test]
async fn an_exchange_that_the_contact_began_is_not_crossed_by_an_offer_of_ours() {
    let mut phone = Program::new("phone");
    let mut bench = Bench::with(&[&phone]).await;
    let offer = phone.conversation.start(bench.now());
    bench.deliver(&phone.at, offer).await;
    // The answer is on its way; now the person writes, which asks for privacy.
    bench.put(Input::Command(ChatCommand::Writing(true))).await;
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
    bench.put(Input::Command(ChatCommand::AcceptKey(key))).await;
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
    let ask = |key, secret: &str| ChatCommand::Verify {
        key,
        question: Some("Where did we meet?".to_owned()),
        secret: Secret::new(secret.to_owned()),
    };
    let is_told = |wanted: Verification| move |step: Step<'_>| matches!(step, Step::Told(ChatEvent::Verification(told)) if *told == wanted);
    bench.put(Input::Command(ask(Program::new("stranger").key(), "in Prague"))).await;
    bench.carry_until(&mut [&mut desk, &mut phone], is_told(Verification::OtherKey)).await;
    for nothing in ["", "  "] {
        bench.put(Input::Command(ask(seen, nothing))).await;
        let programs = &mut [&mut desk, &mut phone];
        bench.carry_until(programs, is_told(Verification::NothingTyped)).await;
    }
    bench.put(Input::Command(ask(seen, "in Prague"))).await;
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

#[tokio::test]
async fn what_came_back_goes_again_after_a_restart_only_if_the_person_says_so() {
    let mut desk = Program::new("desk");
    let mut bench = Bench::with(&[&desk]).await;
    bench.go_private(&mut desk).await;
    let seen = Padlock::Private(desk.key());
    let id = new_message_id();
    let typed = NewMessage { id: id.clone(), text: "once".to_owned(), seen, replaces: None };
    bench.put(Input::Command(ChatCommand::Send(typed))).await;
    bench.carry_until(&mut [&mut desk], |step| matches!(step, Step::Heard("once"))).await;
    bench.put(Input::Bounced { from: desk.at.clone().into(), id: id.clone() }).await;
    bench.pass(&mut [&mut desk]).await;
    let came_back = |bench: &Bench| {
        let last = bench.deliveries.last();
        matches!(last, Some(Delivery::Failed { reason: FailReason::Undeliverable, .. }))
    };
    assert!(came_back(&bench), "{:?}", bench.deliveries);

    let mut desk = desk.reborn("desk");
    let mut bench = bench.restarted(&[&desk]).await;
    bench.go_private(&mut desk).await;
    bench.pass(&mut [&mut desk]).await;
    assert!(desk.heard.is_empty() && came_back(&bench), "{:?}", bench.deliveries);
    bench.put(Input::Command(ChatCommand::Retry { id: id.clone(), seen })).await;
    bench.carry_until(&mut [&mut desk], |step| matches!(step, Step::Heard("once"))).await;
    // In the life after that it is still one that was sent again.
    bench.put(Input::Bounced { from: desk.at.clone().into(), id: id.clone() }).await;
    bench.pass(&mut [&mut desk]).await;
    assert!(came_back(&bench), "{:?}", bench.deliveries);
    let mut desk = desk.reborn("desk");
    let mut bench = bench.restarted(&[&desk]).await;
    let is_told = |step: Step<'_>| matches!(step, Step::Told(ChatEvent::Outgoing(sent)) if sent.id == id && sent.resent);
    bench.carry_until(&mut [&mut desk], is_told).await;
}

#[tokio::test]
async fn that_a_key_is_another_one_is_told_once_however_often_a_session_begins_with_it() {
    let mut desk = Program::new("desk");
    let mut bench = Bench::with(&[&desk]).await;
    bench.go_private(&mut desk).await;
    bench.shows(&desk, Availability::Offline).await;
    let mut phone = Program::new("phone");
    for _ in 0..2 {
        bench.shows(&phone, Availability::Online).await;
        bench.go_private(&mut phone).await;
        let changed = Padlock::KeyChanged(phone.key());
        bench.carry_until_padlock(&mut [&mut phone], changed).await;
        let end = phone.conversation.end(bench.now());
        bench.deliver(&phone.at.clone(), end).await;
        bench.carry_until_padlock(&mut [&mut phone], Padlock::Finished).await;
    }
    let changes = bench.notices.iter().filter(|one| matches!(one, Notice::KeyChanged { .. }));
    assert_eq!(changes.count(), 1, "{:?}", bench.notices);
}

#[tokio::test]
async fn a_session_that_another_program_begins_with_the_same_key_is_told() {
    let mut desk = Program::new("desk");
    let mut bench = Bench::with(&[&desk]).await;
    bench.go_private(&mut desk).await;
    let tag = InstanceTag::random(&mut rand::rng());
    let mut other = Program::with("desk", desk.private_key.clone(), tag);
    let offer = other.conversation.start(bench.now());
    bench.deliver(&other.at.clone(), offer).await;
    bench.carry_until(&mut [&mut other], |step| step.is_renewed()).await;
}

/// Who writes a readable line that offers privacy has no session with us, whatever we believe.
#[tokio::test(start_paused = true)]
async fn a_readable_line_with_an_offer_makes_new_keys_beside_a_session_that_seems_to_run() {
    let mut desk = Program::new("desk");
    let mut bench = Bench::with(&[&desk]).await;
    bench.go_private(&mut desk).await;
    tokio::time::sleep(Duration::from_secs(61)).await;
    // It was killed, and presence shows nothing of that.
    let mut reborn = desk.reborn("desk");
    reborn.conversation.set_policy(Policy::OPPORTUNISTIC);
    let line = reborn.conversation.send("are you there?", Audience::Everybody, bench.now());
    bench.deliver(&reborn.at.clone(), line.unwrap()).await;
    bench.carry_until(&mut [&mut reborn], |step| step.is_renewed()).await;
    let framed = ("are you there?".to_owned(), Provenance::PlainInPrivate);
    assert!(bench.received.contains(&framed), "{:?}", bench.received);
    let seen = Padlock::Private(reborn.key());
    bench.say(&mut [&mut reborn], "I am", seen).await;
}
