//! What a text from the network is taken for, and what is made of it.
#![allow(clippy::expect_used, reason = "test code")]

mod support;

use otr::{Event, MessageState, Policy, Security};
use support::{ALICE, BOB, Party, Setup, carry, decode, encode, private_pair};

/// A private message whose base 64 ends with two signs that stand for nothing.
fn padded(from: &mut Party) -> String {
    let wires = ["x", "xx", "xxx"].map(|text| {
        from.send(text);
        from.sent.remove(0)
    });
    wires.into_iter().find(|wire| wire.ends_with("==.")).expect("one of three lengths")
}

// otr3 A1, A2: the first marker decides; what is unknown is told, and never shown as a text.
#[test]
fn the_first_marker_decides_what_happens() {
    let mut alice = Party::new(ALICE);
    for text in ["?OTRx ?OTRv3?", "?OTR", "?OTR v3?", "?OTR!", "x ?OTRerror ?OTR:AAM."] {
        alice.receive(text);
        assert_eq!(alice.events, [Event::Unrecognized], "{text}");
        assert!(alice.sent.is_empty());
        alice.events.clear();
    }
    for text in ["?otrv3?", "?OT R", "OTRv3?"] {
        alice.receive(text);
        let expected = Event::Text { text: text.to_owned(), security: Security::Plain };
        assert_eq!(alice.events, [expected]);
        alice.events.clear();
    }
    // A fragment before anything else, also one that cannot be used.
    alice.receive("?OTR,1,2, ?OTRv3?");
    alice.receive("?OTR|0|0 ?OTRv3?");
    assert!(alice.sent.is_empty() && alice.events.is_empty());
    alice.receive("hello ?OTRv3? there");
    assert_eq!(alice.sent.len(), 1);
}

// otr3 A3: the bytes behind the colon are version and type, by which libotr knows a message.
#[test]
fn version_and_type_of_a_message_open_its_text() {
    for (policy, version) in [(Policy::ALLOW_V3, "AAM"), (Policy::ALLOW_V2, "AAI")] {
        let mut alice = Party::new(Setup { policy, ..ALICE });
        let mut bob = Party::new(Setup { policy, ..BOB });
        alice.receive(match version {
            "AAM" => "?OTRv3?",
            _ => "?OTRv2?",
        });
        let mut seen = Vec::new();
        for kind in ["C", "K", "R", "S"] {
            let (from, to) = if matches!(kind, "C" | "R") {
                (&mut alice, &mut bob)
            } else {
                (&mut bob, &mut alice)
            };
            let wire = from.sent.remove(0);
            assert!(wire.starts_with(&format!("?OTR:{version}{kind}")), "{wire}");
            to.receive(&wire);
            seen.push(decode(&wire)[2]);
        }
        assert_eq!(seen, [0x02, 0x0a, 0x11, 0x12]);
        alice.send("x");
        assert!(alice.sent[0].starts_with(&format!("?OTR:{version}D")));
        assert_eq!(decode(&alice.sent[0])[2], 0x03);
    }
}

// otr3 A4: the end and the filling must be there; what stands around, or between, need not.
#[test]
fn a_message_may_be_wrapped_but_not_cut() {
    let (mut alice, mut bob) = private_pair(ALICE, BOB);
    let wire = padded(&mut bob);
    for cut in [wire.trim_end_matches('.'), &wire.replace("==.", "."), &wire.replace("==.", "=.")] {
        alice.receive(cut);
        assert_eq!(alice.events, [Event::Malformed], "{cut}");
        alice.events.clear();
    }
    let (head, tail) = wire.split_at(80);
    alice.receive(&format!("<p>{head}\r\n \t{tail}</p> and more"));
    assert_eq!(alice.private_texts().len(), 1);
}

// otr3 A6: nothing may follow the last field.
#[test]
fn what_is_longer_than_its_fields_is_malformed() {
    let longer = |wire: &str| encode(&[decode(wire).as_slice(), &[0]].concat());
    for policy in [Policy::ALLOW_V2, Policy::ALLOW_V3] {
        let (mut alice, mut bob) = private_pair(Setup { policy, ..ALICE }, Setup { policy, ..BOB });
        bob.send("x");
        alice.receive(&longer(&bob.sent[0]));
        assert_eq!(alice.events, [Event::Malformed]);
        let mut carol = Party::new(Setup { policy, ..BOB });
        carol.receive(if policy == Policy::ALLOW_V2 { "?OTRv2?" } else { "?OTRv3?" });
        alice.receive(&longer(&carol.sent[0]));
        assert_eq!(alice.events, [Event::Malformed, Event::Malformed]);
        assert!(alice.is_private());
    }
}

// otr3 A7, A8: what was encrypted is a text, whatever it looks like.
#[test]
fn a_private_text_is_never_a_message() {
    let (mut alice, mut bob) = private_pair(ALICE, BOB);
    bob.send("x");
    let message = bob.sent.remove(0);
    let texts =
        ["?OTRv3?", "?OTR Error: no", "?OTR|b0b|a11,1,1,x,", "?OTR,1,1,x,", "?OTRx", &message];
    for text in texts {
        bob.send(text);
    }
    carry(&mut alice, &mut bob);
    assert_eq!(alice.private_texts(), texts);
    assert_eq!(alice.events.len(), texts.len());
}

// otr3 A7: a fragment cannot be fragmented.
#[test]
fn what_was_put_together_is_not_put_together_again() {
    let (mut alice, _) = private_pair(ALICE, BOB);
    for inner in ["?OTR|b0b|a11", "?OTR", "x ?OTR"] {
        let rest = if inner.ends_with("a11") { ";1;1;x" } else { "|b0b" };
        alice.receive(&format!("?OTR|b0b|a11,1,2,{inner},"));
        alice.receive(&format!("?OTR|b0b|a11,2,2,{rest},"));
    }
    assert!(alice.events.is_empty(), "{:?}", alice.events);
    // Anything else that was put together is what it would have been in one piece.
    alice.receive("?OTR|b0b|a11,1,2,?OTR Err,");
    alice.receive("?OTR|b0b|a11,2,2,or: no,");
    assert_eq!(alice.events, [Event::PeerError("no".to_owned())]);
}

// otr3 A13: with a D-H Commit, in every state, and without a word.
#[test]
fn a_query_is_answered_in_every_state_and_never_shown() {
    let mut plain = Party::new(ALICE);
    let (mut private, mut bob) = private_pair(ALICE, BOB);
    let (mut finished, mut carol) = private_pair(ALICE, BOB);
    carol.end();
    carry(&mut carol, &mut finished);
    finished.events.clear();
    for party in [&mut plain, &mut private, &mut finished] {
        let before = party.conversation.message_state();
        party.receive("?OTRv23?\n<b>Bob</b> would like to talk");
        assert_eq!(party.sent.len(), 1);
        assert!(party.sent[0].starts_with("?OTR:AAMC"));
        assert!(party.events.is_empty());
        assert_eq!(party.conversation.message_state(), before);
    }
    assert!(matches!(finished.conversation.message_state(), MessageState::Finished { .. }));
    carry(&mut private, &mut bob);
    assert!(private.has(|event| matches!(event, Event::SessionRefreshed { .. })));
}

// otr3 A14: the group of version 1 may stand before the others, and offers nothing.
#[test]
fn a_tag_may_begin_with_version_1() {
    let base = " \t  \t\t\t\t \t \t \t  ";
    let groups = [" \t \t  \t ", "  \t\t  \t ", "  \t\t  \t\t"];
    for (count, expected) in [(1, None), (2, Some("?OTR:AAI")), (3, Some("?OTR:AAM"))] {
        let policy = Policy::MANUAL.with(Policy::WHITESPACE_START_AKE);
        let mut alice = Party::new(Setup { policy, ..ALICE });
        alice.receive(&format!("hi{base}{}", groups[..count].concat()));
        let text = Event::Text { text: "hi".to_owned(), security: Security::Plain };
        assert_eq!(alice.events, [text]);
        assert_eq!(alice.sent.first().map(|wire| &wire[..8]), expected);
    }
}
