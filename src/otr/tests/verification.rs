//! SMP between two of ours.
#![expect(clippy::wildcard_enum_match_arm, reason = "test code")]

mod support;

use otr::{Event, SmpError, SmpRole};
use support::{ALICE, BOB, carry, private_pair};

#[test]
fn a_verification_tells_both_and_names_the_roles() {
    let (mut alice, mut bob) = private_pair(ALICE, BOB);
    for (question, answer, is_right) in
        [(None, "sesame", true), (None, "nope", false), (Some("open?"), "sesame", true)]
    {
        alice.verify("sesame", question);
        carry(&mut alice, &mut bob);
        assert!(bob.has(|event| matches!(
            event, Event::SmpRequested { question: q, .. } if q.as_deref() == question
        )));
        bob.answer(answer);
        carry(&mut alice, &mut bob);
        let question = question.is_some();
        for (party, expected) in
            [(&mut alice, SmpRole::Asked { question }), (&mut bob, SmpRole::Answered { question })]
        {
            assert!(party.events.iter().any(|event| match event {
                Event::SmpSucceeded { role, .. } => is_right && *role == expected,
                Event::SmpFailed { role, .. } => !is_right && *role == expected,
                _ => false,
            }));
            party.events.clear();
        }
    }
}

// otr3 A66, A70
#[test]
fn a_verification_ends_with_abort_crossing_or_session() {
    let (mut alice, mut bob) = private_pair(ALICE, BOB);
    let is_aborted = |event: &Event| matches!(event, Event::SmpAborted { .. });
    alice.verify("a", None);
    carry(&mut alice, &mut bob);
    let outputs = bob.conversation.abort_verification(bob.now);
    bob.take(outputs);
    carry(&mut alice, &mut bob);
    assert!(alice.has(is_aborted) && !bob.has(is_aborted));
    assert!(bob.conversation.abort_verification(bob.now).is_empty());

    alice.events.clear();
    alice.verify("a", None);
    bob.verify("a", None);
    carry(&mut alice, &mut bob);
    assert!(alice.has(is_aborted) && bob.has(is_aborted));

    alice.events.clear();
    alice.verify("a", None);
    carry(&mut alice, &mut bob);
    alice.start();
    carry(&mut alice, &mut bob);
    assert!(alice.has(is_aborted));
    let request = bob.events.iter().rev().find_map(|event| match event {
        Event::SmpRequested { request, .. } => Some(*request),
        _ => None,
    });
    let stale = bob.conversation.answer(request.unwrap(), &"a".into(), bob.now);
    assert_eq!(stale, Err(SmpError::StaleRequest));
}

#[test]
fn questions_that_cannot_be_asked_are_refused() {
    let (mut alice, _) = private_pair(ALICE, BOB);
    let whom = alice.shown_key();
    let mut ask = |question: &str| {
        alice.conversation.verify(whom, &"a".into(), Some(question), alice.now).map(|_| ())
    };
    assert_eq!(ask("a\0b"), Err(SmpError::NulInQuestion));
    assert_eq!(ask(&"q".repeat(32_769)), Err(SmpError::QuestionTooLong));
    assert_eq!(ask(&"q".repeat(32_768)), Ok(()));
}
