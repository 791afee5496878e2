//! From the first query to the last goodbye.

use otr::{Event, MessageState, Policy, SendError, SsidHalf};

use super::support::peer::THEIR_TAG;
use super::*;

// otr3 A9, A11, A12, A20, A33, A34, A42, A88
#[test]
fn either_side_may_start() {
    for kind in Kind::all() {
        for we_start in [true, false] {
            let (mut ours, mut theirs) = (Party::new(ALICE), Peer::new(kind));
            start(&mut ours, &mut theirs, we_start);
            assert!(theirs.has("EVENT GONE_SECURE"), "{kind:?}: {:?}", theirs.told);
            let [Event::SessionStarted { instance, fingerprint, ssid }] = ours.events[..] else {
                panic!("{kind:?}: {:?}", ours.events);
            };
            assert_eq!(ours.conversation.message_state().version(), Some(kind.version()));
            assert_eq!(instance.get(), theirs.tag);

            // Both name both keys alike.
            let digits =
                |print: otr::Fingerprint| print.to_string().replace(' ', "").to_lowercase();
            assert_eq!(theirs.ask("FINGERPRINT", "FPR ours "), digits(fingerprint));
            let own = digits(ours.conversation.own_fingerprint());
            if kind != Kind::Otrr {
                assert_eq!(theirs.ask("FINGERPRINT", "FPR theirs "), own);
            }

            // Both show the same session id, and each reads another half aloud.
            let state = theirs.state();
            let (first, second) = ssid.halves();
            assert!(state.contains(&format!("ssid={first:08x}{second:08x}")), "{state}");
            let their_half = match ssid.bold() {
                SsidHalf::First => "half=second",
                SsidHalf::Second => "half=first",
            };
            assert!(kind == Kind::Otrr || state.contains(their_half), "{state}");
            talk(kind, &mut ours, &mut theirs);
        }
    }
}

// otr3 A9, A11
#[test]
fn of_two_versions_the_better_is_spoken() {
    for (policy, expected) in
        [(Policy::MANUAL, THEIR_TAG), (Policy::ALLOW_V2, 0), (Policy::ALLOW_V3, THEIR_TAG)]
    {
        for kind in Kind::some(&[Kind::Libotr3]) {
            for we_start in [true, false] {
                let mut ours = Party::new(Setup { policy, ..ALICE });
                let mut theirs = Peer::new(kind);
                theirs.command("POLICY V2,V3");
                start(&mut ours, &mut theirs, we_start);
                let Event::SessionStarted { instance, .. } = ours.events[0] else {
                    panic!("{:?}", ours.events);
                };
                assert_eq!(instance.get(), expected);
            }
        }
    }
}

// otr3 A43, A46, A48, A53, A76
#[test]
fn texts_arrive_both_ways_while_the_keys_change() {
    let kinds = [Kind::Libotr3, Kind::Libotr2, Kind::Potr, Kind::Converse3, Kind::OtrJs];
    for kind in Kind::some(&kinds) {
        let (mut ours, mut theirs) = private_pair(kind, ALICE);
        let mut sent = Vec::new();
        for round in 0..12 {
            let text = format!("round {round} <b>&amp; äöü 漢字 🦀</b>\nsecond line");
            for _ in 0..=round % 3 {
                ours.send(&text);
                theirs.send(&text);
                sent.push(text.clone());
            }
            let beginning = match kind.version() {
                Version::V2 => "?OTR:AAI",
                Version::V3 => "?OTR:AAM",
            };
            assert!(ours.sent.iter().chain(&theirs.sent).all(|wire| wire.starts_with(beginning)));
            carry(&mut ours, &mut theirs);
        }
        assert_eq!(ours.private_texts(), sent);
        assert_eq!(theirs.texts(), sent);
        assert!(ours.events.iter().all(|event| matches!(event, Event::Text { .. })));
        assert!(!theirs.has_like("EVENT"), "{:?}", theirs.told);
    }
}

// otr3 A81, A83, A86, A87
#[test]
fn long_texts_and_every_message_may_come_in_pieces() {
    for kind in Kind::all() {
        let mut theirs = Peer::new(kind);
        for bytes_max in [100, 400, 417, 799, 1409, 2343] {
            theirs.reset();
            theirs.command(&format!("MTU {bytes_max}"));
            let mut ours = Party::new(Setup { bytes_max: Some(bytes_max), ..ALICE });
            ours.start();
            carry(&mut ours, &mut theirs);
            assert!(ours.is_private(), "{kind:?}: {:?} {:?}", ours.events, theirs.told);
            let text = "long ü ".repeat(700);
            ours.send(&text);
            assert!(ours.sent.len() > 1);
            let header = match kind.version() {
                Version::V2 => "?OTR,",
                Version::V3 => "?OTR|",
            };
            assert!(ours.sent.iter().all(|wire| wire.starts_with(header)));
            assert!(ours.sent.iter().all(|wire| wire.len() <= bytes_max));
            carry(&mut ours, &mut theirs);
            theirs.send(&text);
            assert!(theirs.sent.len() > 1);
            carry(&mut ours, &mut theirs);
            assert_eq!(ours.private_texts(), [text.as_str()], "{kind:?}, {bytes_max}");
            assert_eq!(theirs.texts(), [text], "{kind:?}, {bytes_max}");
        }
    }
}

// otr3 A13, A42, A43
#[test]
fn either_may_refresh_in_mid_session() {
    for kind in Kind::all() {
        let (mut ours, mut theirs) = private_pair(kind, ALICE);
        for we_start in [true, false, true] {
            talk(kind, &mut ours, &mut theirs);
            start(&mut ours, &mut theirs, we_start);
            assert!(ours.has(|event| matches!(event, Event::SessionRefreshed { .. })), "{kind:?}");
            ours.events.clear();
        }
        talk(kind, &mut ours, &mut theirs);
    }
}

// otr3 A59, A71, A73
#[test]
fn when_they_end_we_refuse_to_send_until_we_end_or_start_anew() {
    for kind in Kind::all() {
        let (mut ours, mut theirs) = private_pair(kind, ALICE);
        theirs.end();
        carry(&mut ours, &mut theirs);
        assert!(ours.has(|event| matches!(event, Event::SessionFinished { .. })), "{kind:?}");
        assert!(matches!(ours.conversation.message_state(), MessageState::Finished { .. }));
        assert_eq!(
            ours.conversation.send("secret", otr::Audience::Everybody, ours.now),
            Err(SendError::Finished)
        );
        ours.start();
        carry(&mut ours, &mut theirs);
        talk(kind, &mut ours, &mut theirs);
        theirs.end();
        carry(&mut ours, &mut theirs);
        ours.end();
        assert_eq!(ours.conversation.message_state(), MessageState::Plaintext);
        ours.send("in clear");
        carry(&mut ours, &mut theirs);
        assert_eq!(theirs.texts().last().unwrap(), "in clear");
    }
}

// otr3 A52, A59, A71, A73
#[test]
fn when_we_end_they_are_told() {
    for kind in Kind::all() {
        let (mut ours, mut theirs) = private_pair(kind, ALICE);
        ours.end();
        assert_eq!(ours.events, [Event::SessionEnded]);
        carry(&mut ours, &mut theirs);
        assert!(theirs.has("EVENT DISCONNECTED"), "{kind:?}: {:?}", theirs.told);
        theirs.send("not sent");
        assert!(theirs.has("EVENT CONNECTION_ENDED") && theirs.sent.is_empty(), "{kind:?}");
        theirs.end();
        theirs.start();
        carry(&mut ours, &mut theirs);
        talk(kind, &mut ours, &mut theirs);
    }
}

// otr3 A14, A15, A16, A17
#[test]
fn a_whitespace_tag_starts_a_conversation_both_ways() {
    for kind in Kind::all() {
        for we_write in [true, false] {
            let mut ours = Party::new(Setup { policy: Policy::OPPORTUNISTIC, ..ALICE });
            let mut theirs = Peer::new(kind);
            let version = match kind.version() {
                Version::V2 => "V2",
                Version::V3 => "V3",
            };
            theirs.command(&format!("POLICY {version},SEND_WHITESPACE_TAG,WHITESPACE_START_AKE"));
            if we_write {
                ours.send("hi")
            } else {
                theirs.send("hi")
            }
            carry(&mut ours, &mut theirs);
            assert!(ours.is_private() && theirs.has("EVENT GONE_SECURE"), "{kind:?}");
            let is_hi = |event: &Event| matches!(event, Event::Text { text, .. } if text == "hi");
            assert!(if we_write { theirs.has("PLAIN hi") } else { ours.has(is_hi) }, "{kind:?}");
        }
    }
}

// otr3 A47, A49, A52, A54
#[test]
fn a_replay_says_nothing_here_and_does_no_harm_there() {
    let kinds = [Kind::Libotr3, Kind::Libotr2, Kind::Potr, Kind::Converse3, Kind::Converse2];
    for kind in Kind::some(&kinds) {
        let (mut ours, mut theirs) = private_pair(kind, ALICE);
        theirs.send("once");
        let wire = theirs.sent[0].clone();
        carry(&mut ours, &mut theirs);
        ours.receive(&wire);
        assert!(ours.events.len() == 1 && ours.sent.is_empty(), "{kind:?}: {:?}", ours.events);
        // What never was in a session is complained about.
        ours.receive(&altered(&wire));
        assert!(ours.has(|event| *event == Event::Unreadable), "{kind:?}");
        carry(&mut ours, &mut theirs);
        assert!(theirs.has_like("EVENT RCVDMSG_GENERAL_ERR"), "{kind:?}: {:?}", theirs.told);

        ours.send("once");
        let wire = ours.sent[0].clone();
        carry(&mut ours, &mut theirs);
        theirs.receive(&wire);
        assert!(theirs.has("EVENT RCVDMSG_UNREADABLE"), "{kind:?}: {:?}", theirs.told);
        carry(&mut ours, &mut theirs);
        assert_eq!(theirs.texts(), ["once"]);
        assert_eq!(ours.private_texts(), ["once"]);
        talk(kind, &mut ours, &mut theirs);
    }
}

// otr3 A55: after a new start of our program, their text cannot be read. Without a word its author
// would not know; see docs/decisions for what each program does then.
#[test]
fn whoever_writes_into_a_session_that_we_have_lost_is_told() {
    for kind in Kind::some(&[Kind::Libotr3, Kind::Libotr2, Kind::Converse3, Kind::Converse2]) {
        let (_, mut theirs) = private_pair(kind, ALICE);
        let mut ours = Party::new(ALICE);
        theirs.send("lost");
        carry(&mut ours, &mut theirs);
        assert_eq!(ours.events, [Event::NotInPrivate], "{kind:?}");
        // In version 2 it may have been for another program of ours.
        let is_told = theirs.has_like("EVENT RCVDMSG_GENERAL_ERR");
        assert_eq!(is_told, kind.version() == Version::V3, "{kind:?}: {:?}", theirs.told);
        ours.start();
        carry(&mut ours, &mut theirs);
        talk(kind, &mut ours, &mut theirs);
    }
}

// otr3 A59
#[test]
fn goodbyes_that_cross_are_said_and_no_more() {
    let kinds = [Kind::Libotr3, Kind::Libotr2, Kind::Converse3, Kind::Converse2];
    for kind in Kind::some(&kinds) {
        let (mut ours, mut theirs) = private_pair(kind, ALICE);
        theirs.send("under way");
        theirs.end();
        ours.end();
        carry(&mut ours, &mut theirs);
        assert_eq!(ours.private_texts(), ["under way"], "{kind:?}: {:?}", ours.events);
        assert_eq!(ours.events.len(), 2, "{kind:?}: {:?}", ours.events);
        assert!(ours.sent.is_empty() && !theirs.has_like("EVENT RCVDMSG"), "{:?}", theirs.told);
        ours.start();
        carry(&mut ours, &mut theirs);
        talk(kind, &mut ours, &mut theirs);
    }
}

// otr3 A54, A74: whose error it is, the other shows.
#[test]
fn an_error_of_libotr_is_told_and_changes_nothing() {
    for kind in Kind::libotrs() {
        let (mut ours, mut theirs) = private_pair(kind, ALICE);
        ours.send("once");
        let wire = ours.sent[0].clone();
        carry(&mut ours, &mut theirs);
        theirs.receive(&wire);
        carry(&mut ours, &mut theirs);
        let words = "You transmitted an unreadable message.".to_owned();
        assert_eq!(ours.events, [Event::PeerError(words)], "{kind:?}");
        talk(kind, &mut ours, &mut theirs);
    }
}

// otr3 A51, A61: after a minute of silence, and not before.
#[test]
fn both_sides_give_signs_of_life() {
    for kind in Kind::libotrs() {
        let (mut ours, mut theirs) = private_pair(kind, ALICE);
        talk(kind, &mut ours, &mut theirs);
        ours.events.clear();
        theirs.told.clear();
        theirs.command("TIMEADD 100");
        ours.wait_millis(100_000);
        theirs.send("are you there");
        carry(&mut ours, &mut theirs);
        assert_eq!(theirs.told, ["EVENT LOG_HEARTBEAT_RCVD"], "{kind:?}");
        assert_eq!(ours.private_texts(), ["are you there"]);

        ours.events.clear();
        theirs.command("TIMEADD 100");
        ours.wait_millis(1_000);
        ours.send("and you");
        carry(&mut ours, &mut theirs);
        assert!(theirs.has("EVENT LOG_HEARTBEAT_SENT"), "{kind:?}: {:?}", theirs.told);
        assert!(matches!(ours.events[..], [Event::HeartbeatReceived { .. }]), "{kind:?}");
    }
}

// otr3 A19, A75: a text that libotr held back reaches us once we are private, and in no other way.
#[test]
fn a_text_that_waits_for_privacy_comes_privately() {
    for kind in Kind::libotrs() {
        let (mut ours, mut theirs) = (Party::new(ALICE), Peer::new(kind));
        theirs.command(match kind.version() {
            Version::V2 => "POLICY V2,REQUIRE_ENCRYPTION",
            Version::V3 => "POLICY V3,REQUIRE_ENCRYPTION",
        });
        theirs.send("first");
        assert!(theirs.has_like("EVENT ENCRYPTION_REQUIRED"), "{:?}", theirs.told);
        assert!(!theirs.sent[0].contains("first"));
        carry(&mut ours, &mut theirs);
        assert_eq!(ours.private_texts(), ["first"], "{kind:?}");
    }
}

// otr3 A75: an error may make libotr send its last text again, to the key that it was for.
#[test]
fn a_text_that_was_lost_is_sent_again_in_the_next_session() {
    for kind in Kind::libotrs() {
        let (mut ours, mut theirs) = private_pair(kind, ALICE);
        theirs.send("lost");
        theirs.sent.clear();
        ours.start();
        let query = ours.sent.remove(0);
        theirs.receive("?OTR Error: it was lost");
        theirs.receive(&query);
        carry(&mut ours, &mut theirs);
        // Whoever signed first does not send again, nor does version 3: nothing must come twice.
        assert!(ours.private_texts().len() <= 1, "{kind:?}");
        talk(kind, &mut ours, &mut theirs);
    }
}
