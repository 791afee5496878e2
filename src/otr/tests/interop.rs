//! Conversations with the real libotr.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code")]

mod support;

use otr::{Event, MessageState, Policy, SendError, SmpRole};
use support::libotr::{Libotr, carry, is_skipped};
use support::{ALICE, Party, Setup};

const THEIR_TAG: u32 = 0x11b0_0700;

/// Both in a private conversation, with nothing noted.
fn private_pair(setup: Setup) -> (Party, Libotr) {
    let (mut ours, mut theirs) = (Party::new(setup), Libotr::new(THEIR_TAG));
    ours.start();
    carry(&mut ours, &mut theirs);
    assert!(ours.is_private(), "{:?} {:?}", ours.events, theirs.told);
    ours.events.clear();
    theirs.told.clear();
    (ours, theirs)
}

#[test]
fn either_side_may_start() {
    if is_skipped() {
        return;
    }
    for we_start in [true, false] {
        let (mut ours, mut theirs) = (Party::new(ALICE), Libotr::new(THEIR_TAG));
        if we_start {
            ours.start()
        } else {
            theirs.command("START")
        }
        carry(&mut ours, &mut theirs);
        assert!(theirs.has("EVENT GONE_SECURE"), "{:?}", theirs.told);
        let Event::SessionStarted { instance, fingerprint, ssid } = ours.events[0] else {
            panic!("{:?}", ours.events);
        };
        assert_eq!(ours.events.len(), 1);
        assert_eq!(instance.get(), THEIR_TAG);

        // otr3 A20: both name both keys alike.
        let digits = |print: otr::Fingerprint| print.to_string().replace(' ', "").to_lowercase();
        assert_eq!(theirs.ask("FINGERPRINT", "FPR ours "), digits(fingerprint));
        let own = digits(ours.conversation.own_fingerprint());
        assert_eq!(theirs.ask("FINGERPRINT", "FPR theirs "), own);

        // otr3 A34: both show the same session id, and each reads another half aloud.
        theirs.command("STATE");
        let state = theirs.told.iter().find(|line| line.contains("msg=ENCRYPTED")).unwrap();
        let (first, second) = ssid.halves();
        assert!(state.contains(&format!("ssid={first:08x}{second:08x}")), "{state}");
        let their_half = match ssid.bold() {
            otr::SsidHalf::First => "half=second",
            otr::SsidHalf::Second => "half=first",
        };
        assert!(state.contains(their_half), "{state}");
    }
}

#[test]
fn texts_arrive_both_ways_while_the_keys_change() {
    if is_skipped() {
        return;
    }
    let (mut ours, mut theirs) = private_pair(ALICE);
    let mut sent = Vec::new();
    for round in 0..12 {
        let text = format!("round {round} <b>&amp; äöü 漢字 🦀</b>\nsecond line");
        for _ in 0..=round % 3 {
            ours.send(&text);
            theirs.send(&text);
            sent.push(text.clone());
        }
        assert!(ours.sent.iter().chain(&theirs.sent).all(|wire| wire.starts_with("?OTR:")));
        carry(&mut ours, &mut theirs);
    }
    assert_eq!(ours.private_texts(), sent);
    assert_eq!(theirs.texts(), sent);
    assert!(ours.events.iter().all(|event| matches!(event, Event::Text { .. })));
    assert!(!theirs.told.iter().any(|line| line.starts_with("EVENT")), "{:?}", theirs.told);
}

#[test]
fn long_texts_and_every_message_may_come_in_pieces() {
    if is_skipped() {
        return;
    }
    for bytes_max in [400, 1409, 2343] {
        let (mut ours, mut theirs) =
            (Party::new(Setup { bytes_max: Some(bytes_max), ..ALICE }), Libotr::new(THEIR_TAG));
        theirs.command(&format!("MTU {bytes_max}"));
        ours.start();
        carry(&mut ours, &mut theirs);
        assert!(ours.is_private(), "{:?} {:?}", ours.events, theirs.told);
        let text = "long ü ".repeat(700);
        ours.send(&text);
        theirs.send(&text);
        assert!(ours.sent.len() > 1 && theirs.sent.len() > 1);
        assert!(ours.sent.iter().all(|wire| wire.len() <= bytes_max));
        carry(&mut ours, &mut theirs);
        assert_eq!(ours.private_texts(), [text.as_str()]);
        assert_eq!(theirs.texts(), [text]);
    }
}

#[test]
fn they_verify_us_by_a_secret_or_a_question() {
    if is_skipped() {
        return;
    }
    let (mut ours, mut theirs) = private_pair(ALICE);
    for (question, answer, is_right) in
        [(None, "sesame ö", true), (None, "wrong", false), (Some("what opens?"), "sesame ö", true)]
    {
        let tail = question.map_or(String::new(), |question| format!("\t{question}"));
        theirs.command(&format!("SMP_START sesame ö{tail}"));
        carry(&mut ours, &mut theirs);
        assert!(ours.has(|event| matches!(
            event, Event::SmpRequested { question: asked, .. } if asked.as_deref() == question
        )));
        ours.answer(answer);
        carry(&mut ours, &mut theirs);
        let answered = SmpRole::Answered { question: question.is_some() };
        assert!(theirs.has(if is_right { "EVENT SMP_SUCCESS" } else { "EVENT SMP_FAILURE" }));
        assert_eq!(
            ours.has(|e| matches!(e, Event::SmpSucceeded { role, .. } if *role == answered)),
            is_right
        );
        assert_eq!(
            ours.has(|e| matches!(e, Event::SmpFailed { role, .. } if *role == answered)),
            !is_right
        );
        ours.events.clear();
        theirs.told.clear();
    }
}

#[test]
fn we_verify_them_by_a_secret_or_a_question() {
    if is_skipped() {
        return;
    }
    let (mut ours, mut theirs) = private_pair(ALICE);
    for (question, answer, is_right) in
        [(None, "sesame ö", true), (None, "wrong", false), (Some("what opens?"), "sesame ö", true)]
    {
        ours.verify("sesame ö", question);
        carry(&mut ours, &mut theirs);
        assert!(theirs.has(&match question {
            Some(question) => format!("EVENT SMP_ASK_FOR_ANSWER question={question}"),
            None => "EVENT SMP_ASK_FOR_SECRET".to_owned(),
        }));
        theirs.command(&format!("SMP_RESPOND {answer}"));
        carry(&mut ours, &mut theirs);
        let asked = SmpRole::Asked { question: question.is_some() };
        assert!(theirs.has(if is_right { "EVENT SMP_SUCCESS" } else { "EVENT SMP_FAILURE" }));
        assert!(ours.has(|event| matches!(event, Event::SmpInProgress { .. })));
        assert_eq!(
            ours.has(|e| matches!(e, Event::SmpSucceeded { role, .. } if *role == asked)),
            is_right
        );
        assert_eq!(
            ours.has(|e| matches!(e, Event::SmpFailed { role, .. } if *role == asked)),
            !is_right
        );
        ours.events.clear();
        theirs.told.clear();
    }
}

#[test]
fn a_verification_may_be_broken_off_by_either() {
    if is_skipped() {
        return;
    }
    let (mut ours, mut theirs) = private_pair(ALICE);
    theirs.command("SMP_START sesame");
    carry(&mut ours, &mut theirs);
    theirs.command("SMP_ABORT");
    carry(&mut ours, &mut theirs);
    assert!(ours.has(|event| matches!(event, Event::SmpAborted { .. })));

    theirs.command("SMP_START sesame");
    carry(&mut ours, &mut theirs);
    let outputs = ours.conversation.abort_verification(ours.now);
    ours.take(outputs);
    carry(&mut ours, &mut theirs);
    assert!(theirs.has("EVENT SMP_ABORT"));

    ours.verify("again", None);
    carry(&mut ours, &mut theirs);
    theirs.command("SMP_RESPOND again");
    carry(&mut ours, &mut theirs);
    assert!(theirs.has("EVENT SMP_SUCCESS"));
}

// otr3 A71, A73
#[test]
fn when_they_end_we_refuse_to_send_until_we_end_or_start_anew() {
    if is_skipped() {
        return;
    }
    let (mut ours, mut theirs) = private_pair(ALICE);
    theirs.command("END");
    carry(&mut ours, &mut theirs);
    assert!(ours.has(|event| matches!(event, Event::SessionFinished { .. })));
    assert!(matches!(ours.conversation.message_state(), MessageState::Finished { .. }));
    assert_eq!(
        ours.conversation.send("secret", otr::Audience::Everybody, ours.now),
        Err(SendError::Finished)
    );
    ours.start();
    carry(&mut ours, &mut theirs);
    assert!(ours.is_private());
    theirs.command("END");
    carry(&mut ours, &mut theirs);
    ours.end();
    assert_eq!(ours.conversation.message_state(), MessageState::Plaintext);
    ours.send("in clear");
    carry(&mut ours, &mut theirs);
    assert_eq!(theirs.texts(), ["in clear"]);
}

#[test]
fn when_we_end_they_are_told() {
    if is_skipped() {
        return;
    }
    let (mut ours, mut theirs) = private_pair(ALICE);
    ours.end();
    assert_eq!(ours.events, [Event::SessionEnded]);
    carry(&mut ours, &mut theirs);
    assert!(theirs.has("EVENT DISCONNECTED"));
    theirs.send("lost");
    assert!(theirs.has("EVENT CONNECTION_ENDED"));
    theirs.command("END");
    theirs.command("START");
    carry(&mut ours, &mut theirs);
    assert!(ours.is_private());
}

// otr3 A13, A42, A43
#[test]
fn either_may_refresh_in_mid_session() {
    if is_skipped() {
        return;
    }
    let (mut ours, mut theirs) = private_pair(ALICE);
    for we_start in [true, false] {
        if we_start {
            ours.start()
        } else {
            theirs.command("START")
        }
        carry(&mut ours, &mut theirs);
        assert!(ours.has(|event| matches!(event, Event::SessionRefreshed { .. })));
        ours.send("still");
        theirs.send("here");
        carry(&mut ours, &mut theirs);
        assert_eq!(ours.private_texts().last(), Some(&"here"));
        assert_eq!(theirs.texts().last().unwrap(), "still");
        ours.events.clear();
    }
}

// otr3 A35, A36, A37: in lock-step, many times, as the hashes decide by chance.
#[test]
fn crossing_starts_meet() {
    if is_skipped() {
        return;
    }
    for _ in 0..8 {
        let (mut ours, mut theirs) = (Party::new(ALICE), Libotr::new(THEIR_TAG));
        ours.start();
        theirs.command("START");
        for _ in 0..20 {
            let to_them = std::mem::take(&mut ours.sent);
            let to_us = std::mem::take(&mut theirs.sent);
            to_them.iter().for_each(|wire| theirs.receive(wire));
            to_us.iter().for_each(|wire| ours.receive(wire));
        }
        assert!(ours.is_private(), "{:?} {:?}", ours.events, theirs.told);
        ours.send("hello");
        theirs.send("hello");
        carry(&mut ours, &mut theirs);
        assert_eq!(ours.private_texts(), ["hello"]);
        assert_eq!(theirs.texts(), ["hello"]);
    }
}

// otr3 A16, A17
#[test]
fn a_whitespace_tag_starts_a_conversation_both_ways() {
    if is_skipped() {
        return;
    }
    for we_write in [true, false] {
        let mut ours = Party::new(Setup { policy: Policy::OPPORTUNISTIC, ..ALICE });
        let mut theirs = Libotr::new(THEIR_TAG);
        theirs.command("POLICY OPPORTUNISTIC");
        if we_write {
            ours.send("hi")
        } else {
            theirs.send("hi")
        }
        carry(&mut ours, &mut theirs);
        assert!(ours.is_private() && theirs.has("EVENT GONE_SECURE"));
    }
}

// otr3 A49, A52, A54
#[test]
fn a_replay_is_unreadable_on_both_sides() {
    if is_skipped() {
        return;
    }
    let (mut ours, mut theirs) = private_pair(ALICE);
    theirs.send("once");
    let wire = theirs.sent[0].clone();
    carry(&mut ours, &mut theirs);
    ours.receive(&wire);
    assert!(ours.has(|event| *event == Event::Unreadable));
    carry(&mut ours, &mut theirs);
    assert!(theirs.told.iter().any(|line| line.starts_with("EVENT RCVDMSG_GENERAL_ERR")));

    ours.send("once");
    let wire = ours.sent[0].clone();
    carry(&mut ours, &mut theirs);
    theirs.receive(&wire);
    assert!(theirs.has("EVENT RCVDMSG_UNREADABLE"));
    carry(&mut ours, &mut theirs);
    assert!(ours.has(|event| matches!(event, Event::PeerError(_))));
    assert!(ours.is_private());
}

// otr3 A66
#[test]
fn crossing_verifications_end_and_a_new_one_succeeds() {
    if is_skipped() {
        return;
    }
    let (mut ours, mut theirs) = private_pair(ALICE);
    ours.verify("sesame", None);
    theirs.command("SMP_START sesame");
    carry(&mut ours, &mut theirs);
    assert!(ours.has(|event| matches!(event, Event::SmpAborted { .. })));
    theirs.command("SMP_START sesame");
    carry(&mut ours, &mut theirs);
    ours.answer("sesame");
    carry(&mut ours, &mut theirs);
    assert!(ours.has(|event| matches!(event, Event::SmpSucceeded { .. })));
    assert!(theirs.has("EVENT SMP_SUCCESS"));
}

// otr3 A78, A79: each login of the same libotr user has a session of its own.
#[test]
fn two_logins_of_the_contact_have_sessions_of_their_own() {
    if is_skipped() {
        return;
    }
    let mut ours = Party::new(ALICE);
    let (mut desk, mut phone) = (Libotr::new(THEIR_TAG), Libotr::new(THEIR_TAG + 1));
    ours.start();
    for _ in 0..6 {
        for wire in std::mem::take(&mut ours.sent) {
            desk.receive(&wire);
            phone.receive(&wire);
        }
        for wire in desk.sent.drain(..).chain(phone.sent.drain(..)) {
            ours.receive(&wire);
        }
    }
    assert!(desk.has("EVENT GONE_SECURE") && phone.has("EVENT GONE_SECURE"));
    for from_desk in [true, false, true] {
        ours.wait_millis(1000);
        let (speaker, silent) =
            if from_desk { (&mut desk, &mut phone) } else { (&mut phone, &mut desk) };
        speaker.send("here");
        let wires = std::mem::take(&mut speaker.sent);
        wires.iter().for_each(|wire| ours.receive(wire));
        ours.send("there");
        for wire in std::mem::take(&mut ours.sent) {
            speaker.receive(&wire);
            silent.receive(&wire);
        }
        assert_eq!(speaker.texts().last().map(String::as_str), Some("there"));
        assert_eq!(silent.told.last().unwrap(), "EVENT RCVDMSG_FOR_OTHER_INSTANCE");
    }
    assert_eq!(ours.private_texts(), ["here"; 3]);
}
