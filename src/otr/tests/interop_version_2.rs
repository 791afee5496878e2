//! Conversations with the real libotr in version 2.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "test code"
)]

mod support;

use otr::{Event, InstanceTag, Policy, SmpRole};
use support::libotr::{Libotr, carry, is_skipped};
use support::{ALICE, Party, Setup};

const THEIR_TAG: u32 = 0x11b0_0700;

/// A libotr that speaks version 2 only.
fn libotr() -> Libotr {
    let mut theirs = Libotr::new(THEIR_TAG);
    theirs.command("POLICY V2");
    theirs
}

/// Both in a private conversation, with nothing noted.
fn private_pair(setup: Setup) -> (Party, Libotr) {
    let (mut ours, mut theirs) = (Party::new(setup), libotr());
    ours.start();
    carry(&mut ours, &mut theirs);
    assert!(ours.is_private(), "{:?} {:?}", ours.events, theirs.told);
    ours.events.clear();
    theirs.told.clear();
    (ours, theirs)
}

// otr3 A9, A11, A34, A88
#[test]
fn either_side_may_start() {
    if is_skipped() {
        return;
    }
    for we_start in [true, false] {
        let (mut ours, mut theirs) = (Party::new(ALICE), libotr());
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
        assert_eq!(instance, InstanceTag::UNTAGGED);
        let digits = |print: otr::Fingerprint| print.to_string().replace(' ', "").to_lowercase();
        assert_eq!(theirs.ask("FINGERPRINT", "FPR ours "), digits(fingerprint));
        theirs.command("STATE");
        let state = theirs.told.iter().find(|line| line.contains("msg=ENCRYPTED")).unwrap();
        let (first, second) = ssid.halves();
        assert!(state.contains(&format!("ssid={first:08x}{second:08x}")), "{state}");
        assert!(state.contains("their=00000000"), "{state}");
    }
}

#[test]
fn of_two_versions_the_better_is_spoken() {
    if is_skipped() {
        return;
    }
    for (ours, theirs, expected) in [
        (Policy::MANUAL, "V2,V3", THEIR_TAG),
        (Policy::ALLOW_V2, "V2,V3", 0),
        (Policy::ALLOW_V3, "V2,V3", THEIR_TAG),
    ] {
        for we_start in [true, false] {
            let mut ours = Party::new(Setup { policy: ours, ..ALICE });
            let mut libotr = Libotr::new(THEIR_TAG);
            libotr.command(&format!("POLICY {theirs}"));
            if we_start {
                ours.start()
            } else {
                libotr.command("START")
            }
            carry(&mut ours, &mut libotr);
            let Event::SessionStarted { instance, .. } = ours.events[0] else {
                panic!("{:?}", ours.events);
            };
            assert_eq!(instance.get(), expected);
        }
    }
}

// otr3 A42, A43
#[test]
fn texts_arrive_both_ways_while_the_keys_change() {
    if is_skipped() {
        return;
    }
    let (mut ours, mut theirs) = private_pair(ALICE);
    let mut sent = Vec::new();
    for round in 0..9 {
        let text = format!("round {round} <b>&amp; äöü 漢字 🦀</b>\nsecond line");
        for _ in 0..=round % 3 {
            ours.send(&text);
            theirs.send(&text);
            sent.push(text.clone());
        }
        assert!(ours.sent.iter().chain(&theirs.sent).all(|wire| wire.starts_with("?OTR:AAI")));
        carry(&mut ours, &mut theirs);
        if round == 4 {
            ours.start();
            carry(&mut ours, &mut theirs);
            assert!(ours.has(|event| matches!(event, Event::SessionRefreshed { .. })));
        }
    }
    assert_eq!(ours.private_texts(), sent);
    assert_eq!(theirs.texts(), sent);
}

// otr3 A81, A83
#[test]
fn long_texts_and_every_message_may_come_in_pieces() {
    if is_skipped() {
        return;
    }
    for bytes_max in [400, 1409] {
        let mut ours = Party::new(Setup { bytes_max: Some(bytes_max), ..ALICE });
        let mut theirs = libotr();
        theirs.command(&format!("MTU {bytes_max}"));
        ours.start();
        carry(&mut ours, &mut theirs);
        assert!(ours.is_private(), "{:?} {:?}", ours.events, theirs.told);
        let text = "long ü ".repeat(700);
        ours.send(&text);
        theirs.send(&text);
        assert!(ours.sent.len() > 1 && theirs.sent.len() > 1);
        assert!(ours.sent.iter().chain(&theirs.sent).all(|wire| wire.starts_with("?OTR,")));
        assert!(ours.sent.iter().all(|wire| wire.len() <= bytes_max));
        carry(&mut ours, &mut theirs);
        assert_eq!(ours.private_texts(), [text.as_str()]);
        assert_eq!(theirs.texts(), [text]);
    }
}

// otr3 A65, A88
#[test]
fn either_verifies_the_other() {
    if is_skipped() {
        return;
    }
    let (mut ours, mut theirs) = private_pair(ALICE);
    for (question, is_right) in [(None, true), (None, false), (Some("what opens?"), true)] {
        let answer = if is_right { "sesame ö" } else { "wrong" };
        let event = if is_right { "EVENT SMP_SUCCESS" } else { "EVENT SMP_FAILURE" };
        let is_told = |party: &Party, expected: SmpRole| {
            party.has(|event| match event {
                Event::SmpSucceeded { role, .. } => is_right && *role == expected,
                Event::SmpFailed { role, .. } => !is_right && *role == expected,
                _ => false,
            })
        };
        ours.verify("sesame ö", question);
        carry(&mut ours, &mut theirs);
        theirs.command(&format!("SMP_RESPOND {answer}"));
        carry(&mut ours, &mut theirs);
        assert!(theirs.has(event), "{:?}", theirs.told);
        assert!(is_told(&ours, SmpRole::Asked { question: question.is_some() }));
        theirs.told.clear();

        let tail = question.map_or(String::new(), |question| format!("\t{question}"));
        theirs.command(&format!("SMP_START sesame ö{tail}"));
        carry(&mut ours, &mut theirs);
        ours.answer(answer);
        carry(&mut ours, &mut theirs);
        assert!(theirs.has(event), "{:?}", theirs.told);
        assert!(is_told(&ours, SmpRole::Answered { question: question.is_some() }));
        ours.events.clear();
        theirs.told.clear();
    }
}

// otr3 A35, A36, A37: libotr always gives way in version 2, so that both wait if we do too.
#[test]
fn crossing_starts_meet() {
    if is_skipped() {
        return;
    }
    for _ in 0..12 {
        let (mut ours, mut theirs) = (Party::new(ALICE), libotr());
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

// otr3 A59, A73
#[test]
fn either_may_leave() {
    if is_skipped() {
        return;
    }
    let (mut ours, mut theirs) = private_pair(ALICE);
    theirs.command("END");
    carry(&mut ours, &mut theirs);
    assert!(ours.has(|event| matches!(event, Event::SessionFinished { .. })));
    ours.start();
    carry(&mut ours, &mut theirs);
    assert!(ours.is_private());
    ours.end();
    carry(&mut ours, &mut theirs);
    assert!(theirs.has("EVENT DISCONNECTED"));
}

// otr3 A49, A54
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
    ours.send("once");
    let wire = ours.sent[ours.sent.len() - 1].clone();
    carry(&mut ours, &mut theirs);
    theirs.receive(&wire);
    assert!(theirs.has("EVENT RCVDMSG_UNREADABLE"));
    carry(&mut ours, &mut theirs);
    assert!(ours.is_private());
}

// otr3 A14, A17
#[test]
fn a_whitespace_tag_starts_a_conversation_both_ways() {
    if is_skipped() {
        return;
    }
    for we_write in [true, false] {
        let mut ours = Party::new(Setup { policy: Policy::OPPORTUNISTIC, ..ALICE });
        let mut theirs = libotr();
        theirs.command("POLICY V2,SEND_WHITESPACE_TAG,WHITESPACE_START_AKE");
        if we_write {
            ours.send("hi")
        } else {
            theirs.send("hi")
        }
        carry(&mut ours, &mut theirs);
        assert!(ours.is_private() && theirs.has("EVENT GONE_SECURE"));
    }
}
