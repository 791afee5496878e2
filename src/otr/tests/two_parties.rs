//! Two of ours with each other.

mod support;

use std::num::NonZero;

use otr::{Event, MessageState, Output, Policy, Security, SendError, SmpError, Version};
use support::{ALICE, BOB, Party, Setup, Side as _, carry, crossing, decode, encode, private_pair};

fn with_policy(setup: Setup, policy: Policy) -> Setup {
    Setup { policy, ..setup }
}

#[test]
fn a_conversation_can_move_between_threads() {
    fn is_send<T: Send>() {}
    is_send::<otr::Conversation>();
}

// otr3 A42
#[test]
fn a_started_conversation_is_private_on_both_sides() {
    let (mut alice, mut bob) = (Party::new(ALICE), Party::new(BOB));
    alice.start();
    assert_eq!(alice.sent, ["?OTRv23?"]);
    carry(&mut alice, &mut bob);
    let [Event::SessionStarted { instance, fingerprint, ssid: at_alice }] = alice.events[..] else {
        panic!("{:?}", alice.events);
    };
    assert_eq!(instance.get(), BOB.tag);
    assert_eq!(fingerprint, bob.conversation.own_fingerprint());
    let [Event::SessionStarted { ssid: at_bob, .. }] = bob.events[..] else {
        panic!("{:?}", bob.events);
    };
    assert_eq!(at_alice.as_bytes(), at_bob.as_bytes());
    assert_ne!(at_alice.bold(), at_bob.bold());
    let state =
        MessageState::Encrypted { instance, version: Version::V3, fingerprint, ssid: at_alice };
    assert_eq!(alice.conversation.message_state(), state);
}

#[test]
fn private_texts_are_not_readable_on_the_wire() {
    let (mut alice, mut bob) = private_pair(ALICE, BOB);
    for round in 0..5 {
        alice.send(&format!("secret {round}"));
        bob.send(&format!("answer {round} é"));
        for wire in alice.sent.iter().chain(&bob.sent) {
            assert!(wire.starts_with("?OTR:") && !wire.contains("secret"));
        }
        carry(&mut alice, &mut bob);
    }
    assert_eq!(bob.private_texts().len(), 5);
    assert_eq!(alice.private_texts()[4], "answer 4 é");
}

// otr3 A8: a text that looks like a command is a text.
#[test]
fn a_private_text_may_look_like_a_command() {
    let (mut alice, mut bob) = private_pair(ALICE, BOB);
    alice.send("?OTRv3?");
    carry(&mut alice, &mut bob);
    assert_eq!(bob.private_texts(), ["?OTRv3?"]);
    alice.end();
    carry(&mut alice, &mut bob);
    let refused = alice.conversation.send("see ?OTRv3?", otr::Audience::Everybody, alice.now);
    assert_eq!(refused, Err(SendError::Reserved));
}

// otr3 A19, A76
#[test]
fn texts_that_cannot_go_are_refused() {
    let mut alice = Party::new(with_policy(ALICE, Policy::ALWAYS));
    let send = |party: &mut Party, text: &str| {
        party.conversation.send(text, otr::Audience::Everybody, party.now)
    };
    assert_eq!(send(&mut alice, "hi"), Err(SendError::EncryptionRequired));
    assert_eq!(send(&mut alice, "h\0i"), Err(SendError::NulInText));
    let (mut alice, _) = private_pair(ALICE, BOB);
    assert_eq!(send(&mut alice, "h\0i"), Err(SendError::NulInText));
    assert_eq!(send(&mut alice, &"x".repeat(otr::TEXT_BYTES_MAX + 1)), Err(SendError::TooLong));
    assert!(send(&mut alice, &"x".repeat(otr::TEXT_BYTES_MAX)).is_ok());
}

#[test]
fn the_longest_text_arrives() {
    let (mut alice, mut bob) = private_pair(ALICE, Setup { bytes_max: Some(300), ..BOB });
    let text = "x".repeat(otr::TEXT_BYTES_MAX);
    alice.send(&text);
    bob.send(&text);
    carry(&mut alice, &mut bob);
    assert!(alice.private_texts() == [text.as_str()] && bob.private_texts() == [text.as_str()]);
}

// otr3 A86, A87: Yahoo, MSN, Gadu-Gadu, AIM, ICQ, Novell, and IRC as Pidgin and as irssi has it.
#[test]
fn texts_arrive_at_the_message_sizes_of_the_usual_networks() {
    let (mut alice, mut bob) = private_pair(ALICE, BOB);
    for (round, bytes_max) in [799, 1409, 1999, 2343, 2346, 1792, 417, 400].into_iter().enumerate()
    {
        alice.conversation.set_fragment_bytes_max(NonZero::new(bytes_max));
        let text = "x".repeat(7 * bytes_max + round);
        alice.send(&text);
        assert!(alice.sent.len() > 7);
        assert!(alice.sent.iter().all(|wire| wire.len() <= bytes_max && !wire.ends_with(",,")));
        carry(&mut alice, &mut bob);
        assert_eq!(bob.private_texts().last(), Some(&&*text), "{bytes_max}");
    }
}

// otr3 A35, A37
#[test]
fn crossing_starts_meet_in_lock_step() {
    for _ in 0..10 {
        let (mut alice, mut bob) = (Party::new(ALICE), Party::new(BOB));
        alice.start();
        bob.start();
        for _ in 0..10 {
            let (to_bob, to_alice) =
                (std::mem::take(&mut alice.sent), std::mem::take(&mut bob.sent));
            to_bob.iter().for_each(|wire| bob.receive(wire));
            to_alice.iter().for_each(|wire| alice.receive(wire));
        }
        alice.send("hello");
        bob.send("hello");
        carry(&mut alice, &mut bob);
        assert_eq!(alice.private_texts(), ["hello"]);
        assert_eq!(bob.private_texts(), ["hello"]);
        assert_eq!(alice.conversation.deadline(), None);
    }
}

// otr3 A38
#[test]
fn a_start_without_answer_is_repeated_once_and_given_up() {
    let mut alice = Party::new(ALICE);
    alice.start();
    alice.sent.clear();
    let deadline = alice.conversation.deadline().unwrap();
    assert_eq!(deadline.as_millis(), alice.now.as_millis() + 15_000);
    assert!(alice.conversation.handle_timeout(alice.now).is_empty());
    alice.now = deadline;
    let outputs = alice.conversation.handle_timeout(alice.now);
    alice.take(outputs);
    assert_eq!(alice.sent, ["?OTRv23?"]);
    alice.now = alice.conversation.deadline().unwrap();
    let outputs = alice.conversation.handle_timeout(alice.now);
    assert_eq!(outputs[..], [Output::Event(Event::StartTimedOut)]);
    assert_eq!(alice.conversation.deadline(), None);
}

// otr3 A38
#[test]
fn a_lost_message_of_the_exchange_is_made_good_by_the_second_try() {
    for lost in 1..4 {
        let (mut alice, mut bob) = (Party::new(ALICE), Party::new(BOB));
        alice.start();
        for step in 0..lost {
            let (from, to) =
                if step % 2 == 0 { (&mut alice, &mut bob) } else { (&mut bob, &mut alice) };
            let wires = std::mem::take(&mut from.sent);
            wires.iter().for_each(|wire| to.receive(wire));
        }
        alice.sent.clear();
        bob.sent.clear();
        alice.wait_millis(16_000);
        bob.wait_millis(16_000);
        let outputs = alice.conversation.handle_timeout(alice.now);
        alice.take(outputs);
        carry(&mut alice, &mut bob);
        assert!(alice.is_private() && bob.is_private(), "message {lost} lost");
    }
}

// otr3 A13: storms are not answered.
#[test]
fn repeated_queries_get_one_answer_until_time_has_passed() {
    let mut bob = Party::new(BOB);
    for _ in 0..5 {
        bob.receive("?OTRv3?");
    }
    assert_eq!(bob.sent.len(), 1);
    bob.wait_millis(2_000);
    bob.receive("?OTRv3?");
    assert_eq!(bob.sent.len(), 2);
}

// otr3 A42, A43
#[test]
fn a_refresh_keeps_the_old_session_usable_until_the_new_one_stands() {
    let (mut alice, mut bob) = private_pair(ALICE, BOB);
    alice.start();
    let query = std::mem::take(&mut alice.sent);
    alice.send("in between");
    bob.receive(&query[0]);
    bob.send("me too");
    carry(&mut alice, &mut bob);
    assert_eq!(bob.private_texts(), ["in between"]);
    assert_eq!(alice.private_texts(), ["me too"]);
    for party in [&alice, &bob] {
        assert!(party.has(|event| matches!(event, Event::SessionRefreshed { .. })));
    }
    alice.send("after");
    carry(&mut alice, &mut bob);
    assert_eq!(bob.private_texts(), ["in between", "after"]);
}

// otr3 A42: the loud event
#[test]
fn another_key_in_mid_session_is_a_separate_event() {
    let (mut alice, bob) = private_pair(ALICE, BOB);
    let mut mallory = Party::new(Setup { key: 2, ..BOB });
    mallory.start();
    carry(&mut mallory, &mut alice);
    let previous = bob.conversation.own_fingerprint();
    let fingerprint = mallory.conversation.own_fingerprint();
    assert!(
        alice.has(
            |event| matches!(event, Event::SessionKeyChanged { fingerprint: f, previous: p, .. }
        if *f == fingerprint && *p == previous)
        )
    );
    assert!(!alice.has(|event| matches!(event, Event::SessionRefreshed { .. })));
}

// otr3 A59, A71, A73
#[test]
fn a_finished_conversation_refuses_to_send() {
    let (mut alice, mut bob) = private_pair(ALICE, BOB);
    alice.end();
    assert_eq!(alice.events, [Event::SessionEnded]);
    assert_eq!(alice.conversation.message_state(), MessageState::Plaintext);
    carry(&mut alice, &mut bob);
    assert!(bob.has(|event| matches!(event, Event::SessionFinished { .. })));
    assert_eq!(
        bob.conversation.send("secret", otr::Audience::Everybody, bob.now),
        Err(SendError::Finished)
    );
    let whom = alice.conversation.own_fingerprint();
    assert_eq!(
        bob.conversation.verify(whom, &"x".into(), None, bob.now),
        Err(SmpError::NotPrivate)
    );
    bob.receive("a text in clear");
    assert!(
        bob.has(|event| matches!(event, Event::Text { security: Security::PlainInPrivate, .. }))
    );
    bob.end();
    assert_eq!(bob.events.last(), Some(&Event::SessionEnded));
    bob.send("in clear");
    assert_eq!(bob.sent, ["in clear"]);
    bob.sent.clear();
    bob.end();
    assert!(bob.sent.is_empty());
}

// otr3 A72
#[test]
fn a_plain_text_in_a_private_conversation_is_marked() {
    let (mut alice, _) = private_pair(ALICE, BOB);
    alice.receive("forged");
    let expected = Event::Text { text: "forged".into(), security: Security::PlainInPrivate };
    assert_eq!(alice.events, [expected]);
}

// otr3 A55
#[test]
fn a_private_message_without_a_session_is_told_and_answered_once_a_minute() {
    let (_, mut bob) = private_pair(ALICE, BOB);
    bob.send("unheard");
    let mut alice = Party::new(ALICE);
    let (unheard, mut answers) = (bob.sent.remove(0), Vec::new());
    // Under any name: who writes is not known.
    let mut other = decode(&unheard);
    other[6] ^= 1;
    for (wait, wire) in [(0, &unheard), (59_999, &encode(&other)), (1, &unheard)] {
        alice.wait_millis(wait);
        alice.receive(wire);
        answers.push(alice.sent.len());
    }
    assert_eq!(alice.events, [Event::NotInPrivate, Event::NotInPrivate, Event::NotInPrivate]);
    assert_eq!(answers, [1, 1, 2]);
    carry(&mut alice, &mut bob);
    assert!(matches!(bob.events[..], [Event::PeerError(_), Event::PeerError(_)]));
    assert!(bob.is_private() && bob.sent.is_empty());
    // What has nothing to read is nothing to complain about.
    let mut alice = Party::new(ALICE);
    bob.end();
    alice.receive(&bob.sent.remove(0));
    assert!(alice.events.is_empty() && alice.sent.is_empty());

    // In version 2, it may have been for another program of ours.
    let version_2 = |setup: Setup| Setup { policy: Policy::ALLOW_V2, ..setup };
    let (_, mut bob) = private_pair(version_2(ALICE), version_2(BOB));
    bob.send("unheard");
    let mut alice = Party::new(ALICE);
    alice.receive(&bob.sent.remove(0));
    assert_eq!(alice.events, [Event::NotInPrivate]);
    assert!(alice.sent.is_empty());
}

// otr3 A59: what the peer wrote before our goodbye came is read, for as long as a network may take.
#[test]
fn what_crosses_our_goodbye_is_read_and_a_goodbye_that_crosses_it_says_nothing() {
    for is_late in [false, true] {
        let (mut alice, mut bob) = private_pair(ALICE, BOB);
        bob.send("under way");
        bob.end();
        alice.end();
        assert!(!alice.is_private());
        assert_eq!(alice.conversation.message_state(), MessageState::Plaintext);
        let goodbye = alice.sent.remove(0);
        alice.events.clear();
        let until = alice.conversation.deadline().unwrap();
        assert_eq!(until.as_millis(), alice.now.as_millis() + 10_000);
        alice.pass(if is_late { 10_000 } else { 9_999 });
        for wire in bob.take_sent() {
            alice.receive(&wire);
            alice.receive(&wire);
        }
        if is_late {
            assert_eq!(alice.conversation.deadline(), None);
            assert_eq!(alice.events, vec![Event::NotInPrivate; 2]);
            assert_eq!(alice.sent.len(), 1);
        } else {
            assert_eq!(alice.private_texts(), ["under way"]);
            assert!(alice.events.len() == 1 && alice.sent.is_empty(), "{:?}", alice.events);
        }
        // To write there is nothing any more, and a new session is a new one.
        alice.events.clear();
        alice.sent.clear();
        bob.receive(&goodbye);
        bob.start();
        carry(&mut alice, &mut bob);
        assert!(alice.is_private() && bob.is_private());
        assert_eq!(crossing::outcome(&mut alice, &mut bob), Ok(()));
    }
}

// otr3 A54
#[test]
fn errors_are_sent_at_most_once_a_minute() {
    let (mut alice, mut bob) = private_pair(ALICE, BOB);
    bob.send("once");
    let mut message = decode(&bob.sent.remove(0));
    let mac = message.len() - 24;
    message[mac] ^= 1;
    let wire = encode(&message);
    for _ in 0..4 {
        alice.receive(&wire);
    }
    assert_eq!(alice.events.iter().filter(|event| **event == Event::Unreadable).count(), 4);
    assert_eq!(alice.sent, ["?OTR Error: You transmitted an unreadable encrypted message."]);
    alice.wait_millis(60_000);
    alice.receive(&wire);
    assert_eq!(alice.sent.len(), 2);
    bob.receive(&alice.sent[0]);
    let words = "You transmitted an unreadable encrypted message.".to_owned();
    assert_eq!(bob.events, [Event::PeerError(words)]);
    assert!(bob.sent.is_empty() && bob.is_private());
}

// otr3 A18: an error starts nothing unless the policy says so, and then not again and again.
#[test]
fn an_error_may_start_a_conversation_once() {
    let mut alice = Party::new(with_policy(ALICE, Policy::ALWAYS));
    for _ in 0..3 {
        alice.receive("?OTR Error: no");
    }
    assert_eq!(alice.sent, ["?OTRv23?"]);
}

// otr3 A18
#[test]
fn without_a_version_text_passes_untouched() {
    let mut alice = Party::new(with_policy(ALICE, Policy::NEVER));
    alice.receive("?OTRv3?");
    let expected = Event::Text { text: "?OTRv3?".into(), security: Security::Plain };
    assert_eq!(alice.events, [expected]);
    alice.send("?OTR:");
    assert_eq!(alice.sent, ["?OTR:"]);
    alice.start();
    assert_eq!(alice.sent.len(), 1);
}

// otr3 A73: nor does a change of policy make a private conversation plain.
#[test]
fn a_private_conversation_outlives_its_policy() {
    let (mut alice, mut bob) = private_pair(ALICE, BOB);
    alice.conversation.set_policy(Policy::NEVER);
    alice.send("secret");
    assert!(alice.sent[0].starts_with("?OTR:"));
    carry(&mut alice, &mut bob);
    bob.send("too");
    carry(&mut alice, &mut bob);
    assert_eq!(alice.private_texts(), ["too"]);
}

// otr3 A6
#[test]
fn an_exchange_that_the_policy_forbids_is_ignored() {
    let (mut alice, mut bob) = (Party::new(ALICE), Party::new(with_policy(BOB, Policy::ALLOW_V2)));
    bob.receive("?OTRv3?");
    assert!(bob.sent.is_empty());
    alice.receive("?OTRv3?");
    carry(&mut alice, &mut bob);
    assert!(!alice.is_private() && !bob.is_private());
}

// otr3 A16, A17
#[test]
fn the_whitespace_tag_is_sent_until_it_is_refused() {
    let tagged = 2 + 16 + 8 + 8;
    let mut alice = Party::new(with_policy(ALICE, Policy::OPPORTUNISTIC));
    alice.send("hi");
    alice.send("hi");
    alice.receive("hello");
    alice.send("hi");
    let lengths: Vec<usize> = alice.sent.iter().map(String::len).collect();
    assert_eq!(lengths, [tagged, tagged, 2]);
}

// otr3 A16, A17
#[test]
fn the_whitespace_tag_starts_a_conversation() {
    let mut alice = Party::new(with_policy(ALICE, Policy::OPPORTUNISTIC));
    let mut bob = Party::new(with_policy(BOB, Policy::OPPORTUNISTIC));
    alice.send("hi");
    carry(&mut alice, &mut bob);
    assert!(alice.is_private());
    let expected = Event::Text { text: "hi".into(), security: Security::Plain };
    assert_eq!(bob.events[0], expected);
    // Not again at once, and not without the flag.
    let tag = " \t  \t\t\t\t \t \t \t  \u{20}\u{20}\t\t\u{20}\u{20}\t\t";
    bob.receive(&format!("x{tag}"));
    assert!(bob.sent.is_empty());
    let mut carol = Party::new(BOB);
    carol.receive(&format!("x{tag}"));
    assert!(carol.sent.is_empty());
}

// otr3 A61
#[test]
fn a_text_after_a_long_silence_of_ours_is_answered_by_a_heartbeat() {
    let (mut alice, mut bob) = private_pair(ALICE, BOB);
    for (wait, is_answered) in [(60_000, false), (1_000, true)] {
        alice.wait_millis(wait);
        bob.send("hi");
        let wire = bob.sent.remove(0);
        alice.receive(&wire);
        assert_eq!(alice.sent.len(), usize::from(is_answered));
    }
    carry(&mut alice, &mut bob);
    assert!(bob.has(|event| matches!(event, Event::HeartbeatReceived { .. })));
    assert!(bob.sent.is_empty(), "a heartbeat is not answered by one");
}
