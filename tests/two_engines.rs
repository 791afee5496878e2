//! Two people who both use Sotto.

use engine::{
    BareJid, ChatCommand, Command, ContactCommand, Delivery, FailReason, Fingerprint, HeldReason,
    Notice, Padlock, Proof, Provenance, Trust, Verification, VerificationResult,
};
use stories::{OFFER, Options, Person, Prosody, Scratch, Setup, Wire};

fn meet() -> (Prosody, Person, Person) {
    let server = Prosody::start();
    let alice = Person::sign_in("alice", &server);
    let bob = Person::sign_in("bob", &server);
    alice.with("bob").open();
    alice.with("bob").wait_until_private();
    bob.with("alice").wait_until_private();
    (server, alice, bob)
}

fn is_held(reason: HeldReason) -> impl Fn(Delivery) -> bool {
    move |delivery| delivery == Delivery::Held(reason)
}

fn is_delivered(delivery: Delivery) -> bool {
    matches!(delivery, Delivery::Delivered(_))
}

/// Alice asks Bob, who answers rightly.
fn verify(alice: &Person, bob: &Person) -> Fingerprint {
    let (chat, other) = (alice.with("bob"), bob.with("alice"));
    chat.ask("Where did we meet?", "in Prague");
    let request = other.wait_for_request(Some("Where did we meet?"));
    other.answer(request, "in Prague");
    chat.wait_until_verified()
}

#[test]
fn a_private_conversation_carries_text_both_ways_under_the_keys_both_see() {
    let (_server, alice, bob) = meet();
    let (chat, other) = (alice.with("bob"), bob.with("alice"));
    assert_eq!(chat.padlock(), Padlock::Private(bob.own_key()));
    assert_eq!(other.padlock(), Padlock::Private(alice.own_key()));

    let id = chat.say("Grüße, 你好, <b>&amp;</b>\nand a second line");
    let travelled = other.wait_for_text("Grüße, 你好, <b>&amp;</b>\nand a second line");
    assert_eq!(travelled, Provenance::Private(alice.own_key()));
    chat.wait_for_delivery(&id, "delivered", is_delivered);

    let long = "all the way to the end ".repeat(1500);
    other.say(&long);
    assert_eq!(chat.wait_for_text(&long), Provenance::Private(bob.own_key()));
}

#[test]
fn to_look_at_somebody_is_not_to_speak_and_to_write_or_to_look_at_a_friend_is() {
    let server = Prosody::start();
    let wire = Wire::tap(&server);
    let kept = Scratch::new("kept");
    let setup = Setup::keeper("alice", &server, &kept).by_direct_tls(wire.port());
    let alice = Person::sign_in_with(&setup);
    let bob = Person::sign_in("bob", &server);
    let chat = alice.with("bob");
    chat.look();
    chat.wait_for_padlock("not asked for", |padlock| padlock == Padlock::Unasked);
    // What is sent behind it is there, and no query is.
    chat.end_private();
    chat.wait_for_padlock("open", |padlock| padlock == Padlock::NotPrivate);
    chat.say("readable");
    bob.with("alice").wait_for_text("readable");
    assert!(!wire.from_client().contains("?OTR"), "nobody was to hear of a look");
    alice.crash();

    let alice = Person::sign_in_with(&setup);
    alice.with("bob").go_private();
    alice.with("bob").wait_until_private();
    drop(alice);
    let alice = Person::sign_in_with(&setup);
    alice.with("bob").look();
    alice.with("bob").wait_until_private();
    assert_eq!(wire.from_client().matches(OFFER).count(), 1, "once a day");
}

#[test]
fn the_one_who_asks_a_question_learns_and_the_one_who_answers_does_not() {
    let (_server, alice, bob) = meet();
    let (chat, other) = (alice.with("bob"), bob.with("alice"));

    assert_eq!(verify(&alice, &bob), bob.own_key());
    chat.wait_for_verification(&Verification::Succeeded(VerificationResult::WeLearnt(
        Proof::Question,
    )));
    other.wait_for_verification(&Verification::Succeeded(VerificationResult::TheyLearnt));
    assert_eq!(other.padlock(), Padlock::Private(alice.own_key()));

    chat.say("to a verified key");
    other.wait_for_text("to a verified key");
    other.say("from a verified key");
    assert_eq!(chat.wait_for_text("from a verified key"), Provenance::Verified(bob.own_key()));

    let key = bob.own_key();
    alice.wait_for_keys("Bob's key should be verified and in use", |rows| {
        let row = rows.iter().find(|row| row.fingerprint == key);
        row.is_some_and(|row| {
            row.in_use && matches!(row.trust, Trust::Verified { proof: Proof::Question, .. })
        })
    });
}

#[test]
fn a_shared_secret_verifies_both() {
    let (_server, alice, bob) = meet();
    let (chat, other) = (alice.with("bob"), bob.with("alice"));
    chat.ask_for_secret("the blue door");
    let request = other.wait_for_request(None);
    other.answer(request, "the blue door");
    assert_eq!(chat.wait_until_verified(), bob.own_key());
    assert_eq!(other.wait_until_verified(), alice.own_key());
}

#[test]
fn a_wrong_answer_verifies_nobody_and_holds_what_the_one_who_asked_types() {
    let (_server, alice, bob) = meet();
    let (chat, other) = (alice.with("bob"), bob.with("alice"));
    chat.ask("What did we drink?", "tea");
    let request = other.wait_for_request(Some("What did we drink?"));
    other.answer(request, "coffee");
    chat.wait_for_verification(&Verification::Failed);
    other.wait_for_verification(&Verification::NotProved);
    let doubted = Padlock::Doubted(bob.own_key());
    chat.wait_for_padlock("in doubt", |padlock| padlock == doubted);
    assert_eq!(other.padlock(), Padlock::Private(alice.own_key()));
    assert!(chat.notices().contains(&Notice::NotVerified));
    assert!(other.notices().contains(&Notice::NotProved));
    let held = chat.say("are you Bob?");
    chat.wait_for_delivery(&held, "held", is_held(HeldReason::Doubted));
    other.say("coffee it was");
    assert_eq!(chat.wait_for_text("coffee it was"), Provenance::Unaccepted(bob.own_key()));
    assert_eq!(other.received(), []);

    // Nothing is stuck: the next try succeeds, and what was typed goes out.
    assert_eq!(verify(&alice, &bob), bob.own_key());
    other.wait_for_text("are you Bob?");
}

#[test]
fn a_cancelled_verification_is_told_to_the_contact_and_its_answer_comes_too_late() {
    let (_server, alice, bob) = meet();
    let (chat, other) = (alice.with("bob"), bob.with("alice"));
    chat.ask("Where did we meet?", "in Prague");
    let request = other.wait_for_request(Some("Where did we meet?"));
    alice.command(Command::Chat(chat.id().clone(), ChatCommand::CancelVerification));
    other.wait_for_verification(&Verification::CancelledByContact);
    other.answer(request, "in Prague");
    other.wait("the answer should come too late", |events, id| {
        let told = events.iter().any(|event| {
            matches!(event, engine::Event::Chat(chat, engine::ChatEvent::Verification(step))
                if chat == id && matches!(step, Verification::Outdated | Verification::Interrupted))
        });
        told.then_some(())
    });
    assert_eq!(chat.padlock(), Padlock::Private(bob.own_key()));
}

#[test]
fn comparing_key_codes_verifies_and_can_be_withdrawn() {
    let (_server, alice, bob) = meet();
    let chat = alice.with("bob");
    let set = |proof| {
        Command::Chat(
            chat.id().clone(),
            ChatCommand::SetTrust { fingerprint: bob.own_key(), proof },
        )
    };
    alice.command(set(Some(Proof::Compared)));
    assert_eq!(chat.wait_until_verified(), bob.own_key());
    alice.command(set(None));
    chat.wait_for_padlock("in doubt", |padlock| padlock == Padlock::Doubted(bob.own_key()));
    chat.wait_for_notice("withdrawn trust", |notice| {
        (*notice == Notice::TrustWithdrawn).then_some(())
    });
}

#[test]
fn a_conversation_the_contact_left_holds_what_is_typed_until_it_is_private_again() {
    let (_server, alice, bob) = meet();
    let (chat, other) = (alice.with("bob"), bob.with("alice"));
    other.end_private();
    chat.wait_for_padlock("finished", |padlock| padlock == Padlock::Finished);
    other.wait_for_padlock("open", |padlock| padlock == Padlock::NotPrivate);
    let id = chat.say("only for you");
    chat.wait_for_delivery(&id, "held", is_held(HeldReason::Finished));

    chat.go_private();
    chat.wait_until_private();
    assert_eq!(other.wait_for_text("only for you"), Provenance::Private(alice.own_key()));
    chat.wait_for_delivery(&id, "delivered", is_delivered);
}

#[test]
fn who_leaves_private_writes_readably_and_the_other_side_sees_it_so() {
    let (_server, alice, bob) = meet();
    let (chat, other) = (alice.with("bob"), bob.with("alice"));
    other.end_private();
    chat.wait_for_padlock("finished", |padlock| padlock == Padlock::Finished);
    chat.end_private();
    chat.wait_for_padlock("open", |padlock| padlock == Padlock::NotPrivate);

    chat.say("for everybody on the way");
    assert_eq!(other.wait_for_text("for everybody on the way"), Provenance::Plain);
}

#[test]
fn what_is_held_can_be_taken_back_and_never_arrives() {
    let (_server, alice, bob) = meet();
    let (chat, other) = (alice.with("bob"), bob.with("alice"));
    other.end_private();
    chat.wait_for_padlock("finished", |padlock| padlock == Padlock::Finished);
    let regretted = chat.say("better not");
    chat.wait_for_delivery(&regretted, "held", is_held(HeldReason::Finished));
    let kept = chat.say("this instead");
    chat.wait_for_delivery(&kept, "held", is_held(HeldReason::Finished));
    chat.discard(&regretted);
    chat.wait_until_taken_back(&regretted);

    chat.go_private();
    other.wait_for_text("this instead");
    assert_eq!(other.received().len(), 1);
}

#[test]
fn what_was_typed_under_a_verified_padlock_waits_when_trust_is_withdrawn() {
    let (_server, alice, bob) = meet();
    let (chat, other) = (alice.with("bob"), bob.with("alice"));
    let key = verify(&alice, &bob);
    let seen = chat.padlock();
    let (id, fingerprint) = (chat.id().clone(), key);
    alice.command(Command::Chat(id, ChatCommand::SetTrust { fingerprint, proof: None }));
    chat.wait_for_padlock("in doubt", |padlock| padlock == Padlock::Doubted(key));

    let message = chat.say_under(seen, "for a verified key");
    chat.wait_for_delivery(&message, "held", is_held(HeldReason::Doubted));
    let id = chat.id().clone();
    alice.command(Command::Chat(id, ChatCommand::AcceptKey(key)));
    chat.wait_for_delivery(&message, "delivered", is_delivered);
    other.wait_for_text("for a verified key");
}

#[test]
fn a_verified_contact_with_a_new_key_gets_nothing_until_the_person_accepts_it() {
    let (server, alice, bob) = meet();
    let chat = alice.with("bob");
    let old = verify(&alice, &bob);
    // Kept in memory alone, the key is gone with the program.
    drop(bob);
    chat.wait_for_padlock("finished", |padlock| padlock == Padlock::Finished);
    let bob = Person::sign_in("bob", &server);
    let other = bob.with("alice");
    chat.go_private();
    let new = bob.own_key();
    chat.wait_for_padlock("about a new key", |padlock| padlock == Padlock::KeyChanged(new));
    assert_ne!(old, new);
    let message = chat.say("are you really Bob?");
    chat.wait_for_delivery(&message, "held", is_held(HeldReason::KeyChanged));
    other.say("it is me");
    assert_eq!(chat.wait_for_text("it is me"), Provenance::Unaccepted(new));
    assert_eq!(other.received(), []);

    alice.command(Command::Chat(chat.id().clone(), ChatCommand::AcceptKey(new)));
    chat.wait_for_padlock("private", |padlock| padlock == Padlock::Private(new));
    other.wait_for_text("are you really Bob?");
    chat.wait_for_delivery(&message, "delivered", is_delivered);
}

#[test]
fn what_is_typed_to_a_contact_who_is_away_goes_out_privately_when_they_are_back() {
    let server = Prosody::start();
    let alice = Person::sign_in("alice", &server);
    let chat = alice.with("bob");
    chat.open();
    chat.wait_for_padlock("waiting", |padlock| padlock == Padlock::Waiting);
    let first = chat.say("when you are back");
    chat.wait_for_delivery(&first, "held", is_held(HeldReason::ContactAway));

    let bob = Person::sign_in("bob", &server);
    let travelled = bob.with("alice").wait_for_text("when you are back");
    assert_eq!(travelled, Provenance::Private(alice.own_key()));
    chat.wait_for_delivery(&first, "delivered", is_delivered);
}

#[test]
fn a_contact_whose_program_crashed_is_private_again_once_back_and_loses_nothing_unseen() {
    let (server, alice, bob) = meet();
    let chat = alice.with("bob");
    let before = chat.say("before the crash");
    chat.wait_for_delivery(&before, "delivered", is_delivered);
    bob.crash();
    let during = chat.say("during the crash");
    let bob = Person::sign_in("bob", &server);
    chat.go_private();
    chat.wait_for_padlock("about the new key", |padlock| {
        padlock == Padlock::KeyChanged(bob.own_key())
    });
    let (id, fingerprint) = (chat.id().clone(), bob.own_key());
    alice.command(Command::Chat(id, ChatCommand::AcceptKey(fingerprint)));
    chat.wait_for_padlock("closed under the new key", |padlock| {
        padlock == Padlock::Private(bob.own_key())
    });
    // It went to a session that is gone: its author is told, and it is not sent to the new key.
    let settled = chat.wait_for_delivery(&during, "failed", |delivery| {
        matches!(delivery, Delivery::Failed { .. })
    });
    let Delivery::Failed { reason, .. } = settled else { unreachable!() };
    assert!(matches!(
        reason,
        FailReason::Unsure | FailReason::Undeliverable | FailReason::Unreadable
    ));
    let after = chat.say("after the crash");
    bob.with("alice").wait_for_text("after the crash");
    chat.wait_for_delivery(&after, "delivered", is_delivered);
    assert_eq!(bob.with("alice").received().len(), 1);
}

#[test]
fn somebody_new_is_asked_for_accepted_and_then_private() {
    let server = Prosody::with(Options { strangers: true, ..Options::default() });
    let alice = Person::sign_in("alice", &server);
    let bob = Person::sign_in("bob", &server);
    let (chat, other) = (alice.with("bob"), bob.with("alice"));
    alice.command(Command::Contact(chat.id().clone(), ContactCommand::Add));
    other.wait_for_subscription("asked for", engine::Subscription::Requested);
    bob.command(Command::Contact(other.id().clone(), ContactCommand::Accept));
    // Bob's acceptance asks back, and Alice, who has listed him, need not say so again.
    chat.wait_for_subscription("both ways", engine::Subscription::Both);
    other.wait_for_subscription("both ways", engine::Subscription::Both);
    chat.open();
    chat.wait_until_private();
    let id = chat.say("nice to meet you");
    other.wait_for_text("nice to meet you");
    chat.wait_for_delivery(&id, "delivered", is_delivered);
}

#[test]
fn a_jid_that_is_none_cannot_even_be_asked_for() {
    for text in
        ["", "@localhost", "alice@", "alice@local host", "alice@@localhost", "a b@localhost"]
    {
        assert!(text.parse::<BareJid>().is_err(), "{text:?} is no JID");
    }
}
