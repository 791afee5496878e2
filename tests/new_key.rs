//! A contact comes with another key than the one that is known. What is typed waits until the person
//! decides, and the decision is kept until it is taken back.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "what is missing fails its story, which looks for one event of many"
)]

use engine::{
    ChatCommand, Command, Delivery, Fingerprint, HeldReason, MessageId, Notice, Padlock, Proof,
    Provenance, Verification,
};
use stories::{Chat, Person, Profanity, Prosody, Scratch, Setup};

const ALICE: &str = "alice@localhost";

/// Whether the history tells of a key that is new where another one is known.
fn tells_of_change(chat: &Chat<'_>, key: Fingerprint) -> bool {
    let is_it = |notice: &Notice| matches!(notice, Notice::KeyChanged { fingerprint, .. } if *fingerprint == key);
    chat.notices().iter().any(is_it)
}

fn wait_until_told(chat: &Chat<'_>, key: Fingerprint) {
    chat.wait_for_notice("a new key", |notice| match notice {
        Notice::KeyChanged { fingerprint, .. } if *fingerprint == key => Some(()),
        _ => None,
    });
}

fn wait_until_changed(chat: &Chat<'_>, key: Fingerprint) {
    chat.wait_for_padlock("about a new key", |padlock| padlock == Padlock::KeyChanged(key));
}

fn wait_until_open_to(chat: &Chat<'_>, key: Fingerprint) {
    chat.wait_for_padlock("closed under this key", |padlock| padlock == Padlock::Private(key));
}

fn hold(chat: &Chat<'_>, text: &str, why: HeldReason) -> MessageId {
    let id = chat.say(text);
    chat.wait_for_delivery(&id, "held", |delivery| delivery == Delivery::Held(why));
    id
}

fn accept(alice: &Person, chat: &Chat<'_>, fingerprint: Fingerprint) {
    alice.command(Command::Chat(chat.id().clone(), ChatCommand::AcceptKey(fingerprint)));
}

fn set_trust(alice: &Person, chat: &Chat<'_>, fingerprint: Fingerprint, proof: Option<Proof>) {
    alice.command(Command::Chat(chat.id().clone(), ChatCommand::SetTrust { fingerprint, proof }));
}

#[test]
fn a_second_program_with_another_key_gets_nothing_before_the_person_goes_on_with_it() {
    let server = Prosody::start();
    let (alice, desk) = (Person::sign_in("alice", &server), Person::sign_in("bob", &server));
    let chat = alice.with("bob");
    chat.open();
    let known = chat.wait_until_private();
    assert_eq!(known, desk.own_key());
    chat.say("before");
    desk.with("alice").wait_for_text("before");

    let phone = Person::sign_in("bob", &server);
    let new = phone.own_key();
    phone.with("alice").go_private();
    wait_until_told(&chat, new);
    phone.with("alice").wait_until_private();
    phone.with("alice").say("send it here from now on");
    assert_eq!(chat.wait_for_text("send it here from now on"), Provenance::Unaccepted(new));
    assert_eq!(chat.padlock(), Padlock::Private(known));
    let after = chat.say("after");
    assert_eq!(desk.with("alice").wait_for_text("after"), Provenance::Private(alice.own_key()));
    chat.wait_for_delivery(&after, "delivered", |it| matches!(it, Delivery::Delivered(_)));
    assert_eq!(phone.with("alice").received(), []);

    // Known both, texts go to the one that was heard last, and nothing waits.
    accept(&alice, &chat, new);
    chat.wait_for_notice("the key is accepted", |notice| {
        (*notice == Notice::KeyAccepted).then_some(())
    });
    phone.with("alice").say("on the phone");
    assert_eq!(chat.wait_for_text("on the phone"), Provenance::Private(new));
    wait_until_open_to(&chat, new);
    let there = chat.say("to the phone");
    phone.with("alice").wait_for_text("to the phone");
    chat.wait_for_delivery(&there, "delivered", |it| matches!(it, Delivery::Delivered(_)));
    desk.with("alice").say("at the desk again");
    assert_eq!(chat.wait_for_text("at the desk again"), Provenance::Private(known));
    wait_until_open_to(&chat, known);
    chat.say("to the desk");
    desk.with("alice").wait_for_text("to the desk");
    assert_eq!(phone.with("alice").received().len(), 1);
}

#[test]
fn a_new_key_is_asked_about_after_a_restart_and_once() {
    let server = Prosody::start();
    let (alices, bobs) = (Scratch::new("alice"), Scratch::new("bob"));
    let setup = Setup::keeper("alice", &server, &alices);
    let alice = Person::sign_in_with(&setup);
    let bob = Person::sign_in("bob", &server);
    alice.with("bob").open();
    alice.with("bob").wait_until_private();
    drop(alice);
    drop(bob);

    let bob = Person::sign_in_with(&Setup::keeper("bob", &server, &bobs));
    let new = bob.own_key();
    let alice = Person::come_back(&setup);
    alice.wait_until_online();
    let chat = alice.with("bob");
    chat.go_private();
    wait_until_changed(&chat, new);
    let held = hold(&chat, "are you Bob?", HeldReason::KeyChanged);
    bob.with("alice").say("it is me");
    assert_eq!(chat.wait_for_text("it is me"), Provenance::Unaccepted(new));
    assert_eq!(bob.with("alice").received(), []);
    accept(&alice, &chat, new);
    bob.with("alice").wait_for_text("are you Bob?");
    chat.wait_for_delivery(&held, "delivered", |it| matches!(it, Delivery::Delivered(_)));

    drop(alice);
    let alice = Person::come_back(&setup);
    alice.wait_until_online();
    let chat = alice.with("bob");
    chat.go_private();
    wait_until_open_to(&chat, new);
    chat.say("good to see you");
    bob.with("alice").wait_for_text("good to see you");
    assert!(!tells_of_change(&chat, new), "{:?}", chat.notices());
}

#[test]
fn a_decision_ends_with_the_key_that_is_forgotten_and_with_trust_that_is_withdrawn() {
    let server = Prosody::start();
    let profile = Scratch::new("bob");
    let alice = Person::sign_in("alice", &server);
    let chat = alice.with("bob");
    let first = Person::sign_in("bob", &server);
    chat.open();
    let known = chat.wait_until_private();
    set_trust(&alice, &chat, known, Some(Proof::Compared));
    chat.wait_until_verified();
    first.with("alice").wait_until_private();
    drop(first);
    chat.wait_for_padlock("finished", |padlock| padlock == Padlock::Finished);

    let keeper = Setup::keeper("bob", &server, &profile);
    let bob = Person::sign_in_with(&keeper);
    let new = bob.own_key();
    chat.go_private();
    wait_until_changed(&chat, new);
    accept(&alice, &chat, new);
    wait_until_open_to(&chat, new);
    bob.with("alice").wait_until_private();
    drop(bob);
    chat.wait_for_padlock("finished", |padlock| padlock == Padlock::Finished);
    alice.command(Command::Chat(chat.id().clone(), ChatCommand::ForgetKey(new)));
    alice.wait_for_last("the key should be gone", |event| match event {
        engine::Event::Keys(rows) => rows.iter().all(|row| row.fingerprint != new).then_some(()),
        _ => None,
    });
    let held = hold(&chat, "for Bob alone", HeldReason::Finished);

    let bob = Person::come_back(&keeper);
    bob.wait_until_online();
    bob.with("alice").go_private();
    wait_until_changed(&chat, new);
    bob.with("alice").wait_until_private();
    bob.with("alice").say("back again");
    chat.wait_for_text("back again");
    chat.wait_for_delivery(&held, "held", |it| it == Delivery::Held(HeldReason::KeyChanged));
    assert_eq!(bob.with("alice").received(), []);

    set_trust(&alice, &chat, new, Some(Proof::Compared));
    chat.wait_for_padlock("verified", |padlock| padlock == Padlock::Verified(new));
    set_trust(&alice, &chat, new, None);
    chat.wait_for_padlock("in doubt", |padlock| padlock == Padlock::Doubted(new));
    hold(&chat, "are you still Bob?", HeldReason::Doubted);
    bob.with("alice").say("no");
    chat.wait_for_text("no");
    let heard = bob.with("alice").received();
    assert!(heard.iter().all(|(text, _)| text != "are you still Bob?"), "{heard:?}");
}

#[test]
fn codes_that_differ_hold_what_is_typed_through_a_restart() {
    let server = Prosody::start();
    let profile = Scratch::new("alice");
    let setup = Setup::keeper("alice", &server, &profile);
    let alice = Person::sign_in_with(&setup);
    let bob = Person::sign_in("bob", &server);
    alice.with("bob").open();
    let key = alice.with("bob").wait_until_private();
    let chat = alice.with("bob");
    set_trust(&alice, &chat, key, Some(Proof::Compared));
    chat.wait_until_verified();
    alice.command(Command::Chat(chat.id().clone(), ChatCommand::DoubtKey(key)));
    chat.wait_for_padlock("in doubt", |padlock| padlock == Padlock::Doubted(key));
    chat.wait_for_notice("codes that differ", |notice| {
        (*notice == Notice::KeyDiffers).then_some(())
    });
    hold(&chat, "who are you?", HeldReason::Doubted);
    drop(alice);

    let alice = Person::come_back(&setup);
    alice.wait_until_online();
    let chat = alice.with("bob");
    chat.go_private();
    chat.wait_for_padlock("in doubt", |padlock| padlock == Padlock::Doubted(key));
    bob.with("alice").wait_until_private();
    bob.with("alice").say("me");
    assert_eq!(chat.wait_for_text("me"), Provenance::Unaccepted(key));
    assert_eq!(bob.with("alice").received(), []);
    accept(&alice, &chat, key);
    bob.with("alice").wait_for_text("who are you?");
}

#[test]
fn another_program_of_the_contact_with_a_new_key_waits_for_the_person() {
    let server = Prosody::start();
    let mut bob = Profanity::sign_in(&server, "bob", ALICE);
    let alice = Person::sign_in("alice", &server);
    let chat = alice.with("bob");
    chat.open();
    let known = chat.wait_until_private();
    chat.say("before");
    bob.wait_for_text("before");

    bob.crash();
    // Its server waits for the old program to come back, and says that it is there.
    chat.say("are you there?");
    bob.change_key();
    bob.start_again(ALICE);
    bob.go_private();
    let padlock = chat
        .wait_for_padlock("about a new key", |padlock| matches!(padlock, Padlock::KeyChanged(_)));
    let new = padlock.fingerprint().expect("it has one");
    assert_ne!(new, known);
    bob.wait_until_private();
    hold(&chat, "is it still you?", HeldReason::KeyChanged);
    bob.say("yes");
    assert_eq!(chat.wait_for_text("yes"), Provenance::Unaccepted(new));
    assert!(!bob.terminal().screen().contains("is it still you?"));

    // A question that is answered wrongly makes it worse, one that is answered rightly mends it.
    chat.ask("Where did we meet?", "in Prague");
    bob.wait_for_text("Where did we meet?");
    bob.answer("in Vienna");
    chat.wait_for_verification(&Verification::Failed);
    chat.wait_for_padlock("in doubt", |padlock| padlock == Padlock::Doubted(new));
    chat.ask("Where did we eat?", "in Prague");
    bob.wait_for_text("Where did we eat?");
    bob.answer("in Prague");
    chat.wait_until_verified();
    bob.wait_for_text("is it still you?");
}
