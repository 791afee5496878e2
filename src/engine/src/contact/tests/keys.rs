//! A key that is new where another one is known, and what the person decides about it.

use super::*;
use crate::message::{Doubt, HeldReason, NewMessage, RequestId, Secret, Trust, Verification};

const HELD: Delivery = Delivery::Held(HeldReason::KeyChanged);

/// A text from a program of the contact.
async fn hear(bench: &mut Bench, program: &mut Program, text: &str) -> Provenance {
    let audience = program.conversation.audience();
    assert_ne!(audience, Audience::Everybody);
    let outputs = program.conversation.send(text, audience, bench.now()).unwrap();
    bench.deliver(&program.at.clone(), outputs).await;
    bench.carry_until(&mut [program], |step| step.is_received(text)).await;
    bench.received.iter().find(|(heard, _)| heard == text).unwrap().1
}

/// Types a text that waits.
async fn type_in_vain(bench: &mut Bench, programs: &mut [&mut Program], text: &str) {
    let (id, seen) = (new_message_id(), bench.padlock.unwrap());
    let said = ChatCommand::Send(NewMessage { id, text: text.to_owned(), seen, replaces: None });
    bench.put(Input::Command(said)).await;
    let is_held = |step: Step<'_>| {
        matches!(step, Step::Told(ChatEvent::Outgoing(sent))
            if sent.text == text && matches!(sent.delivery, Delivery::Held(_)))
    };
    bench.carry_until(programs, is_held).await;
}

fn told_of_change(bench: &Bench) -> usize {
    bench.notices.iter().filter(|notice| matches!(notice, Notice::KeyChanged { .. })).count()
}

fn told_as_new(bench: &Bench) -> usize {
    let is_new = |notice: &&Notice| matches!(notice, Notice::PrivateStarted { new_key: true, .. });
    bench.notices.iter().filter(is_new).count()
}

#[tokio::test]
async fn a_text_is_not_shown_as_verified_because_another_program_of_the_contact_is() {
    let (mut desk, mut phone) = (Program::new("desk"), Program::new("phone"));
    let mut bench = Bench::with(&[&desk, &phone]).await;
    bench.go_private(&mut desk).await;
    bench.trust(&mut desk).await;
    bench.go_private(&mut phone).await;
    bench.pass(&mut [&mut desk, &mut phone]).await;
    assert_eq!(bench.padlock, Some(Padlock::Verified(desk.key())));
    let forged = hear(&mut bench, &mut phone, "send it to the new account").await;
    assert_eq!(forged, Provenance::Unaccepted(phone.key()));
    let own = hear(&mut bench, &mut desk, "hello").await;
    assert_eq!(own, Provenance::Verified(desk.key()));
}

#[tokio::test]
async fn the_first_key_of_a_contact_is_accepted_and_told_once_as_the_first() {
    let mut desk = Program::new("desk");
    let mut bench = Bench::with(&[&desk]).await;
    bench.go_private(&mut desk).await;
    let open = Padlock::Private(desk.key());
    bench.carry_until_padlock(&mut [&mut desk], open).await;
    bench.say(&mut [&mut desk], "hello", open).await;
    assert_eq!((told_as_new(&bench), told_of_change(&bench)), (1, 0));

    let mut desk = desk.reborn("desk");
    let mut bench = bench.restarted(&[&desk]).await;
    bench.go_private(&mut desk).await;
    bench.carry_until_padlock(&mut [&mut desk], open).await;
    assert_eq!((told_as_new(&bench), told_of_change(&bench)), (0, 0));
}

#[tokio::test]
async fn texts_do_not_follow_a_second_program_with_a_new_key() {
    let (mut desk, mut phone) = (Program::new("desk"), Program::new("phone"));
    let mut bench = Bench::with(&[&desk, &phone]).await;
    bench.go_private(&mut desk).await;
    let to_desk = Padlock::Private(desk.key());
    bench.say(&mut [&mut desk, &mut phone], "before", to_desk).await;
    bench.go_private(&mut phone).await;
    let heard = hear(&mut bench, &mut phone, "I am here now").await;
    assert_eq!(heard, Provenance::Unaccepted(phone.key()));
    bench.pass(&mut [&mut desk, &mut phone]).await;
    assert_eq!(bench.padlock, Some(to_desk));
    assert_eq!(bench.beside, Some(phone.key()));
    assert_eq!(told_of_change(&bench), 1);
    bench.say(&mut [&mut desk, &mut phone], "after", to_desk).await;
    assert_eq!((desk.heard.len(), phone.heard.len()), (2, 0));

    // New keys of the same program are no news.
    bench.go_private_again(&mut phone).await;
    bench.pass(&mut [&mut desk, &mut phone]).await;
    assert_eq!(told_of_change(&bench), 1);

    // Once the person goes on with it, both are known, and texts go where the contact is.
    let to_phone = Padlock::Private(phone.key());
    bench.accept(&mut [&mut desk, &mut phone], to_phone).await;
    bench.say(&mut [&mut desk, &mut phone], "to the phone", to_phone).await;
    assert_eq!(bench.beside, None);
    assert_eq!(hear(&mut bench, &mut desk, "back").await, Provenance::Private(desk.key()));
    bench.carry_until_padlock(&mut [&mut desk, &mut phone], to_desk).await;
    bench.say(&mut [&mut desk, &mut phone], "to the desk", to_desk).await;
    assert_eq!((desk.heard.len(), phone.heard.len()), (3, 1));
}

#[tokio::test]
async fn where_the_known_program_leaves_a_new_key_holds_until_the_person_decides() {
    let (mut desk, mut phone) = (Program::new("desk"), Program::new("phone"));
    let mut bench = Bench::with(&[&desk, &phone]).await;
    bench.go_private(&mut desk).await;
    bench.go_private(&mut phone).await;
    bench.shows(&desk, Availability::Offline).await;
    let changed = Padlock::KeyChanged(phone.key());
    bench.carry_until_padlock(&mut [&mut desk, &mut phone], changed).await;
    type_in_vain(&mut bench, &mut [&mut desk, &mut phone], "is it you?").await;
    assert_eq!(bench.deliveries.last(), Some(&HELD));
    bench.pass(&mut [&mut desk, &mut phone]).await;
    assert!(phone.heard.is_empty());

    bench.put(Input::Command(ChatCommand::AcceptKey(phone.key()))).await;
    let is_heard = |step: Step<'_>| matches!(step, Step::Heard("is it you?"));
    bench.carry_until(&mut [&mut phone], is_heard).await;
}

#[tokio::test]
async fn a_new_key_under_the_tag_of_a_known_program_holds() {
    let mut desk = Program::new("desk");
    let mut bench = Bench::with(&[&desk]).await;
    bench.go_private(&mut desk).await;
    let mut other = Program::with("desk", PrivateKey::generate(&mut rand::rng()), desk.instance);
    bench.go_private(&mut other).await;
    let changed = Padlock::KeyChanged(other.key());
    bench.carry_until_padlock(&mut [&mut other], changed).await;
    type_in_vain(&mut bench, &mut [&mut other], "is it you?").await;
    bench.pass(&mut [&mut other]).await;
    assert!(other.heard.is_empty());
}

#[tokio::test]
async fn a_new_key_holds_though_the_conversation_with_the_known_one_is_over() {
    let (mut desk, mut phone) = (Program::new("desk"), Program::new("phone"));
    let mut bench = Bench::with(&[&desk, &phone]).await;
    bench.go_private(&mut desk).await;
    let goodbye = desk.conversation.end(bench.now());
    bench.deliver(&desk.at.clone(), goodbye).await;
    bench.carry_until_padlock(&mut [&mut desk], Padlock::Finished).await;
    bench.go_private(&mut phone).await;
    let changed = Padlock::KeyChanged(phone.key());
    bench.carry_until_padlock(&mut [&mut phone], changed).await;
    type_in_vain(&mut bench, &mut [&mut phone], "is it you?").await;
    bench.pass(&mut [&mut phone]).await;
    assert!(phone.heard.is_empty());
}

#[tokio::test]
async fn a_new_key_holds_after_a_restart_and_a_decision_is_kept_over_the_next() {
    let mut desk = Program::new("desk");
    let mut bench = Bench::with(&[&desk]).await;
    bench.go_private(&mut desk).await;

    let mut phone = Program::new("phone");
    let (changed, open) = (Padlock::KeyChanged(phone.key()), Padlock::Private(phone.key()));
    let mut bench = bench.restarted(&[&phone]).await;
    bench.go_private(&mut phone).await;
    bench.carry_until_padlock(&mut [&mut phone], changed).await;
    type_in_vain(&mut bench, &mut [&mut phone], "is it you?").await;
    assert_eq!(bench.deliveries.last(), Some(&HELD));

    // Undecided, it holds still, and so does what was typed.
    let mut phone = phone.reborn("phone");
    let mut bench = bench.restarted(&[&phone]).await;
    bench.go_private(&mut phone).await;
    bench.carry_until_padlock(&mut [&mut phone], changed).await;
    bench.pass(&mut [&mut phone]).await;
    assert!(phone.heard.is_empty());
    assert_eq!((told_as_new(&bench), told_of_change(&bench)), (0, 1));
    bench.put(Input::Command(ChatCommand::AcceptKey(phone.key()))).await;
    let is_heard = |step: Step<'_>| matches!(step, Step::Heard("is it you?"));
    bench.carry_until(&mut [&mut phone], is_heard).await;

    // Decided, nothing is asked or told again, about either key.
    let (mut phone, mut desk) = (phone.reborn("phone"), desk.reborn("desk"));
    let mut bench = bench.restarted(&[&phone, &desk]).await;
    bench.go_private(&mut phone).await;
    bench.say(&mut [&mut phone], "good", open).await;
    bench.go_private(&mut desk).await;
    let to_desk = Padlock::Private(desk.key());
    bench.say(&mut [&mut desk], "to the desk", to_desk).await;
    assert_eq!((told_as_new(&bench), told_of_change(&bench)), (0, 0));

    // It was about that key: a third one holds.
    let mut third = Program::new("third");
    bench.shows(&desk, Availability::Offline).await;
    bench.shows(&phone, Availability::Offline).await;
    bench.shows(&third, Availability::Online).await;
    bench.go_private(&mut third).await;
    let changed = Padlock::KeyChanged(third.key());
    bench.carry_until_padlock(&mut [&mut third], changed).await;
}

#[tokio::test]
async fn a_forgotten_key_holds_again_with_what_was_typed_meanwhile() {
    let (mut desk, mut phone) = (Program::new("desk"), Program::new("phone"));
    let mut bench = Bench::with(&[&desk, &phone]).await;
    bench.go_private(&mut desk).await;
    bench.trust(&mut desk).await;
    bench.shows(&desk, Availability::Offline).await;
    bench.go_private(&mut phone).await;
    let (changed, open) = (Padlock::KeyChanged(phone.key()), Padlock::Private(phone.key()));
    bench.carry_until_padlock(&mut [&mut phone], changed).await;
    bench.accept(&mut [&mut phone], open).await;
    let goodbye = phone.conversation.end(bench.now());
    bench.deliver(&phone.at.clone(), goodbye).await;
    bench.carry_until_padlock(&mut [&mut phone], Padlock::Finished).await;
    bench.put(Input::Command(ChatCommand::ForgetKey(phone.key()))).await;
    type_in_vain(&mut bench, &mut [&mut phone], "for later").await;
    bench.go_private(&mut phone).await;
    bench.carry_until_padlock(&mut [&mut phone], changed).await;
    bench.pass(&mut [&mut phone]).await;
    assert!(phone.heard.is_empty());
    assert_eq!((told_as_new(&bench), told_of_change(&bench)), (3, 2));
}

#[tokio::test]
async fn a_decision_ends_when_trust_is_withdrawn() {
    let (mut desk, mut phone) = (Program::new("desk"), Program::new("phone"));
    let mut bench = Bench::with(&[&desk, &phone]).await;
    bench.go_private(&mut desk).await;
    bench.shows(&desk, Availability::Offline).await;
    bench.go_private(&mut phone).await;
    let (changed, open) = (Padlock::KeyChanged(phone.key()), Padlock::Private(phone.key()));
    bench.carry_until_padlock(&mut [&mut phone], changed).await;
    bench.accept(&mut [&mut phone], open).await;
    bench.trust(&mut phone).await;
    let verified = Padlock::Verified(phone.key());
    bench.carry_until_padlock(&mut [&mut phone], verified).await;
    let withdrawn = ChatCommand::SetTrust { fingerprint: phone.key(), proof: None };
    bench.put(Input::Command(withdrawn)).await;
    let doubted = Padlock::Doubted(phone.key());
    bench.carry_until_padlock(&mut [&mut phone], doubted).await;
    type_in_vain(&mut bench, &mut [&mut phone], "is it you?").await;
    bench.pass(&mut [&mut phone]).await;
    assert!(phone.heard.is_empty());
}

#[tokio::test]
async fn codes_that_differ_hold_what_is_typed_and_are_told_until_the_person_decides() {
    let mut desk = Program::new("desk");
    let mut bench = Bench::with(&[&desk]).await;
    bench.go_private(&mut desk).await;
    bench.trust(&mut desk).await;
    let (doubted, key) = (Padlock::Doubted(desk.key()), desk.key());
    bench.put(Input::Command(ChatCommand::DoubtKey(key))).await;
    bench.carry_until_padlock(&mut [&mut desk], doubted).await;
    assert!(bench.notices.contains(&Notice::KeyDiffers));
    type_in_vain(&mut bench, &mut [&mut desk], "who are you?").await;
    assert_eq!(bench.deliveries.last(), Some(&Delivery::Held(HeldReason::Doubted)));
    assert_eq!(hear(&mut bench, &mut desk, "me").await, Provenance::Unaccepted(key));

    // A restart forgets neither the doubt nor the text.
    let mut desk = desk.reborn("desk");
    let mut bench = bench.restarted(&[&desk]).await;
    bench.go_private(&mut desk).await;
    bench.carry_until_padlock(&mut [&mut desk], doubted).await;
    bench.pass(&mut [&mut desk]).await;
    assert!(desk.heard.is_empty());
    bench.put(Input::Command(ChatCommand::AcceptKey(key))).await;
    let is_heard = |step: Step<'_>| matches!(step, Step::Heard("who are you?"));
    bench.carry_until(&mut [&mut desk], is_heard).await;
    bench.pass(&mut [&mut desk]).await;
    assert!(bench.notices.contains(&Notice::KeyAccepted));
}

/// Alice asks `question`, or for the shared secret, and the contact gives another answer.
async fn fail(bench: &mut Bench, desk: &mut Program, question: Option<&str>) {
    let secret = Secret::new("in Prague".to_owned());
    let question = question.map(str::to_owned);
    bench.put(Input::Command(ChatCommand::Verify { key: desk.key(), question, secret })).await;
    loop {
        let command = bench.to_link.recv().await.unwrap();
        let xmpp::Command::SendMessage { body, .. } = command else { continue };
        let outputs = desk.conversation.receive(&body, bench.now());
        let asked = outputs.iter().find_map(|output| match output {
            Output::Event(otr::Event::SmpRequested { request, .. }) => Some(*request),
            Output::Event(_) | Output::Send { .. } => None,
        });
        if let Some(request) = asked {
            let wrong = otr::SmpSecret::from("in Vienna");
            let outputs = desk.conversation.answer(request, &wrong, bench.now()).unwrap();
            return bench.deliver(&desk.at.clone(), outputs).await;
        }
    }
}

#[tokio::test]
async fn a_contact_who_answers_wrongly_gets_nothing_until_the_person_decides() {
    for question in [Some("Where did we meet?"), None] {
        let mut desk = Program::new("desk");
        let mut bench = Bench::with(&[&desk]).await;
        bench.go_private(&mut desk).await;
        bench.trust(&mut desk).await;
        fail(&mut bench, &mut desk, question).await;
        let is_failed = |step: Step<'_>| {
            matches!(step, Step::Told(ChatEvent::Verification(Verification::Failed)))
        };
        bench.carry_until(&mut [&mut desk], is_failed).await;
        let doubted = Padlock::Doubted(desk.key());
        bench.carry_until_padlock(&mut [&mut desk], doubted).await;
        assert!(bench.notices.contains(&Notice::NotVerified));
        type_in_vain(&mut bench, &mut [&mut desk], "who are you?").await;
        bench.pass(&mut [&mut desk]).await;
        assert!(desk.heard.is_empty());
        let rests = bench.store.keys_of(&chat()).await.unwrap();
        assert!(matches!(rests[..], [(key, Trust::Doubted { doubt: Doubt::NotMatched, .. })]
            if key == desk.key()));
        // Making sure of them ends the doubt, and what was typed goes out.
        bench
            .put(Input::Command(ChatCommand::SetTrust {
                fingerprint: desk.key(),
                proof: Some(Proof::Compared),
            }))
            .await;
        let is_heard = |step: Step<'_>| matches!(step, Step::Heard("who are you?"));
        bench.carry_until(&mut [&mut desk], is_heard).await;
    }
}

#[tokio::test]
async fn who_answers_wrongly_learns_nothing_of_the_contact() {
    let mut desk = Program::new("desk");
    let mut bench = Bench::with(&[&desk]).await;
    bench.go_private(&mut desk).await;
    bench.trust(&mut desk).await;
    let secret = otr::SmpSecret::from("in Prague");
    let Audience::Key(us) = desk.conversation.audience() else { panic!("not private") };
    let outputs =
        desk.conversation.verify(us, &secret, Some("Where did we meet?"), bench.now()).unwrap();
    bench.deliver(&desk.at.clone(), outputs).await;
    let is_asked = |step: Step<'_>| {
        matches!(step, Step::Told(ChatEvent::Verification(Verification::Requested { .. })))
    };
    bench.carry_until(&mut [&mut desk], is_asked).await;
    let (request, secret) = (RequestId(1), Secret::new("in Vienna".to_owned()));
    bench.put(Input::Command(ChatCommand::Answer { request, secret })).await;
    let is_over = |step: Step<'_>| {
        matches!(step, Step::Told(ChatEvent::Verification(Verification::NotProved)))
    };
    bench.carry_until(&mut [&mut desk], is_over).await;
    bench.pass(&mut [&mut desk]).await;
    assert!(bench.notices.contains(&Notice::NotProved));
    assert!(!bench.notices.contains(&Notice::NotVerified));
    assert_eq!(bench.padlock, Some(Padlock::Verified(desk.key())));
}

#[tokio::test]
async fn keys_that_were_brought_over_are_known_and_make_another_one_wait() {
    let mut desk = Program::new("desk");
    let mut bench = Bench::with(&[&desk]).await;
    let other = Program::new("other").key();
    bench.store.saw_key(&chat(), other).await;
    bench.put(Input::ReviewKeys).await;
    bench.go_private(&mut desk).await;
    let changed = Padlock::KeyChanged(desk.key());
    bench.carry_until_padlock(&mut [&mut desk], changed).await;
}

#[tokio::test]
async fn whoever_has_spoken_version_3_is_not_answered_in_version_2_after_a_restart_either() {
    let mut desk = Program::new("desk");
    let mut bench = Bench::with(&[&desk]).await;
    bench.receive(&desk.at, "?OTRv2?").await;
    let ours = bench.to_link.recv().await;
    let is_version_2 = |body: &str| body.starts_with("?OTR:AAI");
    assert!(matches!(&ours, Some(xmpp::Command::SendMessage { body, .. }) if is_version_2(body)));

    let mut bench = Bench::with(&[&desk]).await;
    bench.go_private(&mut desk).await;
    let mut bench = bench.restarted(&[&desk]).await;
    bench.receive(&desk.at, "?OTRv2?").await;
    let is_refused =
        |step: Step<'_>| matches!(step, Step::Told(ChatEvent::Notice(Notice::DowngradeRefused)));
    bench.carry_until(&mut [], is_refused).await;
}

/// Nobody vouches for the address: what is said there first opens nothing, and moves nothing for good.
#[tokio::test]
async fn a_session_at_the_address_of_another_makes_that_one_wait_until_it_shows_life() {
    let (mut desk, mut other) = (Program::new("desk"), Program::new("desk"));
    let mut bench = Bench::with(&[&desk]).await;
    bench.go_private(&mut desk).await;
    let (open, changed) = (Padlock::Private(desk.key()), Padlock::KeyChanged(other.key()));
    bench.go_private(&mut other).await;
    bench.carry_until_padlock(&mut [&mut other], changed).await;
    type_in_vain(&mut bench, &mut [&mut other], "is it you?").await;

    assert_eq!(hear(&mut bench, &mut desk, "it is").await, Provenance::Private(desk.key()));
    bench.carry_until_padlock(&mut [&mut desk], open).await;
    bench.say(&mut [&mut desk], "good", open).await;
    assert!(other.heard.is_empty());
}

#[tokio::test]
async fn what_was_held_for_a_key_in_doubt_does_not_go_to_it_once_it_is_forgotten() {
    let mut desk = Program::new("desk");
    let mut bench = Bench::with(&[&desk]).await;
    bench.go_private(&mut desk).await;
    let key = desk.key();
    bench.put(Input::Command(ChatCommand::DoubtKey(key))).await;
    bench.carry_until_padlock(&mut [&mut desk], Padlock::Doubted(key)).await;
    type_in_vain(&mut bench, &mut [&mut desk], "for the real Bob").await;
    let goodbye = desk.conversation.end(bench.now());
    bench.deliver(&desk.at.clone(), goodbye).await;
    bench.carry_until_padlock(&mut [&mut desk], Padlock::Finished).await;
    bench.put(Input::Command(ChatCommand::ForgetKey(key))).await;
    bench.go_private(&mut desk).await;
    bench.carry_until_padlock(&mut [&mut desk], Padlock::KeyChanged(key)).await;
    bench.pass(&mut [&mut desk]).await;
    assert!(desk.heard.is_empty());

    // After a restart, too.
    let mut desk = desk.reborn("desk");
    let mut bench = bench.restarted(&[&desk]).await;
    bench.go_private(&mut desk).await;
    bench.carry_until_padlock(&mut [&mut desk], Padlock::KeyChanged(key)).await;
    bench.pass(&mut [&mut desk]).await;
    assert!(desk.heard.is_empty());
    bench.put(Input::Command(ChatCommand::AcceptKey(key))).await;
    bench
        .carry_until(&mut [&mut desk], |step| matches!(step, Step::Heard("for the real Bob")))
        .await;
}

#[tokio::test]
async fn trust_that_is_withdrawn_holds_though_no_other_key_is_known() {
    let mut desk = Program::new("desk");
    let mut bench = Bench::with(&[&desk]).await;
    bench.go_private(&mut desk).await;
    bench.trust(&mut desk).await;
    let key = desk.key();
    bench.put(Input::Command(ChatCommand::SetTrust { fingerprint: key, proof: None })).await;
    bench.carry_until_padlock(&mut [&mut desk], Padlock::Doubted(key)).await;
    type_in_vain(&mut bench, &mut [&mut desk], "are you there?").await;
    bench.pass(&mut [&mut desk]).await;
    assert!(desk.heard.is_empty() && bench.notices.contains(&Notice::TrustWithdrawn));
}

#[tokio::test]
async fn whose_key_waits_for_a_decision_asks_nothing_in_the_name_of_the_contact() {
    let (mut desk, mut phone) = (Program::new("desk"), Program::new("phone"));
    let mut bench = Bench::with(&[&desk, &phone]).await;
    bench.go_private(&mut desk).await;
    bench.go_private(&mut phone).await;
    let ask = |program: &mut Program, bench: &Bench| {
        let Audience::Key(whom) = program.conversation.audience() else { panic!("private") };
        let secret = otr::SmpSecret::from("a guess");
        program.conversation.verify(whom, &secret, Some("Who?"), bench.now()).unwrap()
    };
    let asked = ask(&mut phone, &bench);
    bench.deliver(&phone.at.clone(), asked).await;
    bench
        .carry_until(&mut [&mut phone], |step| {
            matches!(step, Step::Told(ChatEvent::Notice(Notice::AskedUnaccepted)))
        })
        .await;
    let asked = ask(&mut desk, &bench);
    bench.deliver(&desk.at.clone(), asked).await;
    bench
        .carry_until(&mut [&mut desk], |step| {
            matches!(step, Step::Told(ChatEvent::Verification(Verification::Requested { .. })))
        })
        .await;
    // A key that is doubted meanwhile gets no answer either.
    bench.put(Input::Command(ChatCommand::DoubtKey(desk.key()))).await;
    let (request, secret) = (RequestId(1), Secret::new("in Prague".to_owned()));
    bench.put(Input::Command(ChatCommand::Answer { request, secret })).await;
    bench
        .carry_until(&mut [&mut desk], |step| {
            matches!(step, Step::Told(ChatEvent::Verification(Verification::Outdated)))
        })
        .await;
}
