//! What a person does goes to whom the person saw, or nowhere: texts, questions, records, keys and
//! answers, whoever has come in between.
#![allow(clippy::unwrap_used, clippy::panic, clippy::wildcard_enum_match_arm, reason = "test code")]

mod support;

use otr::{Audience, Event, Policy, Record, RecordError, SendError, SmpError, SmpRequest};
use support::{ALICE, BOB, Party, Setup, carry, private_pair};

/// Another program, with another key.
const OTHER: Setup = Setup { key: 2, tag: 0xb0c, ..BOB };

/// Alice is private with Bob; then another program with another key comes, which is the best now.
fn overtaken() -> (Party, Party, Party) {
    let (mut alice, bob) = private_pair(ALICE, BOB);
    let mut other = Party::new(OTHER);
    alice.wait_millis(1_000);
    other.start();
    carry(&mut other, &mut alice);
    assert_eq!(alice.conversation.audience(), Audience::Key(other.conversation.own_fingerprint()));
    (alice, bob, other)
}

fn request(party: &Party) -> SmpRequest {
    let asked = party.events.iter().rev().find_map(|event| match event {
        Event::SmpRequested { request, .. } => Some(*request),
        _ => None,
    });
    asked.unwrap()
}

#[test]
fn from_start_to_end_no_text_goes_out_in_clear_but_those_that_were_written_before() {
    let mut alice = Party::new(ALICE);
    assert_eq!(alice.conversation.audience(), Audience::Everybody);
    alice.start();
    alice.sent.clear();
    let written = |alice: &mut Party, audience| {
        let sent = alice.conversation.send("secret", audience, alice.now).map(|_| ());
        assert!(sent.is_err());
        sent
    };
    // While keys are exchanged, and after nobody has answered.
    for _ in 0..4 {
        let audience = alice.conversation.audience();
        assert_eq!(audience, Audience::Contact);
        assert_eq!(written(&mut alice, audience), Err(SendError::NotPrivate));
        let everybody = written(&mut alice, Audience::Everybody);
        assert_eq!(everybody, Err(SendError::EncryptionRequired));
        alice.wait_millis(16_000);
        let outputs = alice.conversation.handle_timeout(alice.now);
        alice.take(outputs);
    }
    assert!(!alice.conversation.is_starting() && alice.conversation.is_wanted());
    alice.end();
    assert_eq!(alice.conversation.audience(), Audience::Everybody);
    alice.send("in clear");
    assert_eq!(alice.sent.last().map(String::as_str), Some("in clear"));
}

#[test]
fn at_every_step_of_an_exchange_the_audience_is_the_contact_alone() {
    for alice_asks in [true, false] {
        let (mut alice, mut bob) = (Party::new(ALICE), Party::new(BOB));
        if alice_asks {
            alice.start()
        } else {
            bob.start()
        };
        while !alice.is_private() {
            if alice.conversation.is_starting() {
                assert_eq!(alice.conversation.audience(), Audience::Contact);
                let sent =
                    alice.conversation.send("secret", alice.conversation.audience(), alice.now);
                assert_eq!(sent, Err(SendError::NotPrivate));
            }
            for wire in std::mem::take(&mut alice.sent) {
                bob.receive(&wire);
            }
            for wire in std::mem::take(&mut bob.sent) {
                alice.receive(&wire);
            }
        }
        let bobs_key = Audience::Key(bob.conversation.own_fingerprint());
        assert_eq!(alice.conversation.audience(), bobs_key);
        // And when they go private anew, it is whom they knew.
        alice.end();
        assert_eq!(alice.conversation.audience(), Audience::Everybody);
        alice.start();
        assert_eq!(alice.conversation.audience(), bobs_key);
    }
}

#[test]
fn a_wish_that_was_kept_and_a_policy_hold_texts_before_anything_has_begun() {
    let mut alice = Party::new(ALICE);
    alice.conversation.set_wanted(true);
    assert_eq!(alice.conversation.audience(), Audience::Contact);
    let known = Party::new(BOB).conversation.own_fingerprint();
    alice.conversation.set_trusted([known]);
    assert_eq!(alice.conversation.audience(), Audience::Key(known));
    alice.conversation.set_trusted([known, alice.conversation.own_fingerprint()]);
    assert_eq!(alice.conversation.audience(), Audience::Contact);
    alice.conversation.set_wanted(false);
    assert_eq!(alice.conversation.audience(), Audience::Everybody);
    alice.conversation.set_policy(Policy::ALWAYS);
    assert_eq!(alice.conversation.audience(), Audience::Contact);
}

#[test]
fn a_start_that_has_no_version_to_speak_is_told_and_holds_what_is_written() {
    let mut alice = Party::new(Setup { policy: Policy::NEVER, ..ALICE });
    alice.start();
    assert_eq!(alice.events, [Event::NoVersion]);
    let sent = alice.conversation.send("secret", alice.conversation.audience(), alice.now);
    assert_eq!(sent, Err(SendError::NotPrivate));
    let sent = alice.conversation.send("secret", Audience::Everybody, alice.now);
    assert_eq!(sent, Err(SendError::EncryptionRequired));
}

#[test]
fn a_question_a_record_and_a_key_go_to_whom_the_person_saw() {
    let (mut alice, mut bob, mut other) = overtaken();
    let (whom, now) = (bob.conversation.own_fingerprint(), alice.now);
    let asked = alice.conversation.verify(whom, &"secret".into(), Some("who?"), now).unwrap();
    alice.take(asked);
    let record = Record { number: 9, value: b"value" };
    let sent = alice.conversation.send_record(whom, "text", record, now).unwrap();
    alice.take(sent);
    let (_, told) = alice.conversation.extra_key(whom, 1, b"", now).unwrap();
    alice.take(told);
    for wire in std::mem::take(&mut alice.sent) {
        bob.receive(&wire);
        other.receive(&wire);
    }
    assert!(bob.has(|event| matches!(event, Event::SmpRequested { .. })));
    assert!(bob.has(|event| matches!(event, Event::RecordReceived { .. })));
    assert!(bob.has(|event| matches!(event, Event::ExtraKeyReceived { .. })));
    assert_eq!(bob.private_texts(), ["text"]);
    assert!(
        other.events.iter().all(|event| {
            matches!(event, Event::ForOtherInstance | Event::SessionStarted { .. })
        })
    );
}

#[test]
fn where_only_another_key_is_private_nothing_goes_out() {
    let (mut alice, mut bob) = private_pair(ALICE, BOB);
    let (whom, now) = (bob.conversation.own_fingerprint(), alice.now);
    // At the same instance.
    let mut other = Party::new(Setup { tag: BOB.tag, ..OTHER });
    other.start();
    carry(&mut other, &mut alice);
    alice.sent.clear();
    let key = other.conversation.own_fingerprint();
    let asked = alice.conversation.verify(whom, &"secret".into(), None, now);
    assert_eq!(asked, Err(SmpError::OtherKey(key)));
    let record = Record { number: 9, value: b"value" };
    let sent = alice.conversation.send_record(whom, "text", record, now);
    assert_eq!(sent, Err(RecordError::OtherKey(key)));
    let told = alice.conversation.extra_key(whom, 1, b"", now).map(|_| ());
    assert_eq!(told, Err(RecordError::OtherKey(key)));
    bob.end();
}

#[test]
fn a_request_is_answered_in_its_own_conversation_only() {
    let (mut with_bob, mut bob) = private_pair(ALICE, BOB);
    let (mut with_carol, mut carol) = private_pair(ALICE, OTHER);
    // The same person in a second account has the same key.
    let (mut with_bob_again, mut bob_again) = private_pair(ALICE, BOB);
    for (asker, asked) in [
        (&mut bob, &mut with_bob),
        (&mut carol, &mut with_carol),
        (&mut bob_again, &mut with_bob_again),
    ] {
        asker.verify("secret", None);
        carry(asker, asked);
    }
    let request = request(&with_bob);
    assert_eq!(request.fingerprint(), bob.conversation.own_fingerprint());
    for other in [&mut with_carol, &mut with_bob_again] {
        let answer = other.conversation.answer(request, &"secret".into(), other.now);
        assert_eq!(answer, Err(SmpError::StaleRequest));
    }
    assert!(with_bob.conversation.answer(request, &"secret".into(), with_bob.now).is_ok());
}

#[test]
fn an_empty_secret_verifies_nobody_and_costs_no_request() {
    let (mut alice, mut bob) = private_pair(ALICE, BOB);
    let whom = alice.shown_key();
    let asked = alice.conversation.verify(whom, &"".into(), Some("?"), alice.now);
    assert_eq!(asked, Err(SmpError::EmptySecret));
    bob.verify("secret", None);
    carry(&mut bob, &mut alice);
    let request = request(&alice);
    let empty = alice.conversation.answer(request, &"".into(), alice.now);
    assert_eq!(empty, Err(SmpError::EmptySecret));
    assert!(alice.conversation.answer(request, &"secret".into(), alice.now).is_ok());
}

#[test]
fn records_of_the_protocol_itself_are_refused() {
    let (mut alice, bob) = private_pair(ALICE, BOB);
    let whom = bob.conversation.own_fingerprint();
    for number in 0..=8 {
        let record = Record { number, value: &[] };
        let sent = alice.conversation.send_record(whom, "text", record, alice.now);
        assert_eq!(sent, Err(RecordError::Reserved));
    }
    assert!(alice.is_private());
}
