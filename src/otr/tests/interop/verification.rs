//! Who knows the same secret, whoever asks, and how it may end.

use otr::SmpRole;

use super::*;

const SECRET: &str = "sesame ö";

/// With or without a question; the answer.
const RUNS: [(Option<&str>, &str); 4] = [
    (None, SECRET),
    (None, "wrong"),
    (Some("what opens?"), SECRET),
    (Some("what opens? ü"), "sesame Ö"),
];

/// What we learn from a run.
fn result(ours: &Party, expected: SmpRole) -> Option<bool> {
    ours.events.iter().find_map(|event| match event {
        Event::SmpSucceeded { role, .. } if *role == expected => Some(true),
        Event::SmpFailed { role, .. } if *role == expected => Some(false),
        _ => None,
    })
}

fn is_aborted(event: &Event) -> bool {
    matches!(event, Event::SmpAborted { .. })
}

/// Answers what we ask: `otrr` wants to know before it is asked.
fn ask(kind: Kind, ours: &mut Party, theirs: &mut Peer, question: Option<&str>, answer: &str) {
    if kind == Kind::Otrr {
        theirs.answer(answer);
    }
    ours.verify(SECRET, question);
    carry(ours, theirs);
    let request = match question {
        Some(question) => format!("EVENT SMP_ASK_FOR_ANSWER question={question}"),
        None => "EVENT SMP_ASK_FOR_SECRET".to_owned(),
    };
    assert!(theirs.has(&request), "{kind:?}: {:?}", theirs.told);
    if kind != Kind::Otrr {
        theirs.answer(answer);
        carry(ours, theirs);
    }
}

// otr3 A62, A63, A64, A65, A67, A68, A70, A88
#[test]
fn we_verify_them_by_a_secret_or_a_question() {
    for kind in Kind::all() {
        let (mut ours, mut theirs) = private_pair(kind, ALICE);
        for (question, answer) in RUNS {
            ask(kind, &mut ours, &mut theirs, question, answer);
            let is_right = answer == SECRET;
            assert!(ours.has(|event| matches!(event, Event::SmpInProgress { .. })));
            let asked = SmpRole::Asked { question: question.is_some() };
            // That the answer is wrong, potr says by breaking off.
            assert_eq!(result(&ours, asked), Some(is_right), "{kind:?}: {:?}", ours.events);
            assert!(!ours.has(is_aborted), "{kind:?}: {:?}", ours.events);
            let expected = if is_right { "EVENT SMP_SUCCESS" } else { "EVENT SMP_FAILURE" };
            assert!(theirs.has(expected), "{kind:?}: {:?}", theirs.told);
            ours.events.clear();
            theirs.told.clear();
        }
        talk(kind, &mut ours, &mut theirs);
    }
}

// otr3 A62, A63, A64, A65, A67, A68, A70, A88
#[test]
fn they_verify_us_by_a_secret_or_a_question() {
    for kind in Kind::all() {
        let (mut ours, mut theirs) = private_pair(kind, ALICE);
        for (question, answer) in RUNS {
            theirs.verify(SECRET, question);
            carry(&mut ours, &mut theirs);
            assert!(ours.has(|event| matches!(
                event, Event::SmpRequested { question: asked, .. } if asked.as_deref() == question
            )));
            ours.answer(answer);
            carry(&mut ours, &mut theirs);
            let is_right = answer == SECRET;
            let answered = SmpRole::Answered { question: question.is_some() };
            assert_eq!(result(&ours, answered), Some(is_right), "{kind:?}: {:?}", ours.events);
            let expected = if is_right { "EVENT SMP_SUCCESS" } else { "EVENT SMP_FAILURE" };
            assert!(theirs.has(expected), "{kind:?}: {:?}", theirs.told);
            ours.events.clear();
            theirs.told.clear();
        }
        talk(kind, &mut ours, &mut theirs);
    }
}

// otr3 A58, A66, A70: whoever asked, and whoever breaks off.
#[test]
fn a_verification_may_be_broken_off_by_either() {
    for kind in Kind::some(&[Kind::Libotr3, Kind::Libotr2, Kind::Potr, Kind::Converse3]) {
        let (mut ours, mut theirs) = private_pair(kind, ALICE);
        for we_ask in [true, false] {
            for we_abort in [true, false] {
                if we_ask {
                    ours.verify(SECRET, None);
                } else {
                    theirs.verify(SECRET, None);
                }
                carry(&mut ours, &mut theirs);
                if we_abort {
                    ours.abort();
                } else {
                    theirs.command("SMP_ABORT");
                }
                carry(&mut ours, &mut theirs);
                if we_abort {
                    assert!(theirs.has("EVENT SMP_ABORT"), "{kind:?}: {:?}", theirs.told);
                } else {
                    assert!(ours.has(is_aborted), "{kind:?}: {:?}", ours.events);
                }
                ours.events.clear();
                theirs.told.clear();
            }
        }
        ask(kind, &mut ours, &mut theirs, None, SECRET);
        assert_eq!(result(&ours, SmpRole::Asked { question: false }), Some(true), "{kind:?}");
    }
}

// otr3 A66
#[test]
fn crossing_verifications_end_and_a_new_one_succeeds() {
    for kind in Kind::libotrs() {
        let (mut ours, mut theirs) = private_pair(kind, ALICE);
        ours.verify(SECRET, None);
        theirs.verify(SECRET, None);
        carry(&mut ours, &mut theirs);
        assert!(ours.has(is_aborted), "{kind:?}: {:?}", ours.events);
        theirs.verify(SECRET, None);
        carry(&mut ours, &mut theirs);
        ours.answer(SECRET);
        carry(&mut ours, &mut theirs);
        assert_eq!(result(&ours, SmpRole::Answered { question: false }), Some(true), "{kind:?}");
        assert!(theirs.has("EVENT SMP_SUCCESS"), "{kind:?}: {:?}", theirs.told);
    }
}

// otr3 A70: new keys, or the end, and nobody waits for an answer any more.
#[test]
fn a_verification_does_not_outlive_its_session() {
    for kind in Kind::libotrs() {
        let (mut ours, mut theirs) = private_pair(kind, ALICE);
        ours.verify(SECRET, None);
        carry(&mut ours, &mut theirs);
        theirs.start();
        carry(&mut ours, &mut theirs);
        assert!(ours.has(is_aborted), "{kind:?}: {:?}", ours.events);
        ask(kind, &mut ours, &mut theirs, None, SECRET);
        assert_eq!(result(&ours, SmpRole::Asked { question: false }), Some(true), "{kind:?}");

        ours.events.clear();
        ours.verify(SECRET, None);
        carry(&mut ours, &mut theirs);
        theirs.end();
        carry(&mut ours, &mut theirs);
        assert!(ours.has(is_aborted), "{kind:?}: {:?}", ours.events);
    }
}
