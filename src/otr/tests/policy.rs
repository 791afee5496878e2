//! What a conversation does by itself, flag by flag, and how long it waits.

mod support;

use otr::{Audience, Event, Output, Policy, Security, SendError};
use support::{ALICE, BOB, Party, Setup, carry, private_pair};

/// A whitespace tag that offers version 3.
const TAG: &str = " \t  \t\t\t\t \t \t \t    \t\t  \t\t";

fn with(policy: Policy) -> Party {
    Party::new(Setup { policy, ..ALICE })
}

fn send(party: &mut Party, text: &str) -> Result<(), SendError> {
    let outputs = party.conversation.send(text, Audience::Everybody, party.now)?;
    party.take(outputs);
    Ok(())
}

fn is_tagged(wire: &str) -> bool {
    wire.contains(&TAG[..16])
}

// otr3 A19, A72
#[test]
fn where_encryption_is_required_nothing_goes_out_and_what_comes_in_clear_is_marked() {
    let mut alice = with(Policy::MANUAL.with(Policy::REQUIRE_ENCRYPTION));
    assert_eq!(send(&mut alice, "secret"), Err(SendError::EncryptionRequired));
    alice.receive("in clear");
    alice.receive(&format!("with a tag{TAG}"));
    let marked =
        |text: &str| Event::Text { text: text.to_owned(), security: Security::PlainInPrivate };
    assert_eq!(alice.events, [marked("in clear"), marked("with a tag")]);
    assert!(alice.sent.is_empty());

    alice.start();
    let mut bob = Party::new(BOB);
    carry(&mut alice, &mut bob);
    assert_eq!(send(&mut alice, "secret"), Ok(()));
    carry(&mut alice, &mut bob);
    assert_eq!(bob.private_texts(), ["secret"]);
    alice.end();
    alice.sent.clear();
    assert_eq!(send(&mut alice, "secret"), Err(SendError::EncryptionRequired));
}

// otr3 A18, A19: a policy that demands what it does not allow is a mistake that costs no text.
#[test]
fn encryption_that_is_required_but_not_allowed_lets_nothing_out() {
    let mut alice = with(Policy::REQUIRE_ENCRYPTION);
    assert_eq!(send(&mut alice, "secret"), Err(SendError::EncryptionRequired));
    alice.start();
    alice.receive("?OTRv23?");
    alice.receive(&format!("hi{TAG}"));
    assert!(alice.sent.is_empty());
}

// otr3 A17
#[test]
fn an_offer_that_was_taken_or_refused_is_not_made_again() {
    let answers: [&str; 6] =
        ["plain", "?OTR Error: x", "?OTRv4?", "?OTRx", &format!("tagged{TAG}"), "?OTR:AAMD."];
    for answer in answers {
        let policy = Policy::MANUAL.with(Policy::SEND_WHITESPACE_TAG);
        let mut alice = with(policy);
        // What comes before there was an offer says nothing about it.
        alice.receive(answer);
        alice.sent.clear();
        send(&mut alice, "one").unwrap();
        send(&mut alice, "two").unwrap();
        alice.receive(answer);
        send(&mut alice, "three").unwrap();
        let tagged: Vec<bool> = alice.sent.iter().map(|wire| is_tagged(wire)).collect();
        assert_eq!(tagged, [true, true, false], "{answer}");
    }
}

// otr3 A17: reset when the conversation is in clear again.
#[test]
fn after_a_private_conversation_the_offer_is_made_anew() {
    let policy = Policy::OPPORTUNISTIC;
    let (mut alice, mut bob) = private_pair(Setup { policy, ..ALICE }, BOB);
    alice.end();
    carry(&mut alice, &mut bob);
    send(&mut alice, "one").unwrap();
    assert!(is_tagged(&alice.sent[0]));
    alice.receive("plain");
    alice.end();
    send(&mut alice, "two").unwrap();
    assert!(!is_tagged(&alice.sent[1]));
}

// otr3 A17: an offer of nothing is none.
#[test]
fn without_a_version_to_offer_there_is_no_tag_and_no_query() {
    let mut alice = with(Policy::ALLOW_V2.with(Policy::SEND_WHITESPACE_TAG));
    send(&mut alice, "hi").unwrap();
    assert!(is_tagged(&alice.sent[0]));
    alice.conversation.set_v3_seen();
    send(&mut alice, "hi").unwrap();
    assert_eq!(alice.sent[1], "hi");
    alice.start();
    assert_eq!(alice.sent.len(), 2);
    alice.conversation.forget_v3_seen();
    alice.start();
    assert_eq!(alice.sent[2], "?OTRv2?");
}

// otr3 A16: in private too, once a minute, beside the session that goes on until there is another.
#[test]
fn a_tag_starts_a_conversation_whatever_we_believe_of_the_one_before() {
    let policy = Policy::MANUAL.with(Policy::WHITESPACE_START_AKE);
    let (mut alice, mut bob) = private_pair(Setup { policy, ..ALICE }, BOB);
    for (wait, starts) in [(0, 0), (59_999, 0), (1, 1), (59_999, 0), (1, 1)] {
        alice.wait_millis(wait);
        alice.sent.clear();
        alice.receive(&format!("hi{TAG}"));
        assert_eq!(alice.sent.len(), starts);
        assert!(alice.is_private());
    }
    // Bob had lost the session, and has one now.
    let mut reborn = Party::new(BOB);
    carry(&mut alice, &mut reborn);
    assert!(alice.is_private() && reborn.is_private());
    alice.send("here again");
    carry(&mut alice, &mut reborn);
    assert_eq!(reborn.private_texts(), ["here again"]);
    reborn.end();
    carry(&mut reborn, &mut alice);
    alice.receive(&format!("hi{TAG}"));
    assert_eq!(alice.sent.len(), 1);
    drop(bob.conversation.end(bob.now));

    for policy in [Policy::MANUAL, Policy::ALWAYS.without(Policy::WHITESPACE_START_AKE)] {
        let mut alice = with(policy);
        alice.receive(&format!("hi{TAG}"));
        assert!(alice.sent.is_empty());
    }
}

// otr3 A18, A54
#[test]
fn errors_start_a_conversation_once_a_minute_and_only_by_policy() {
    let error = "?OTR Error: You transmitted an unreadable encrypted message.";
    let mut alice = with(Policy::MANUAL);
    alice.receive(error);
    assert!(alice.sent.is_empty());
    let mut alice = with(Policy::MANUAL.with(Policy::ERROR_START_AKE));
    for wait in [0, 0, 59_999, 1, 0, 60_000] {
        alice.wait_millis(wait);
        alice.receive(error);
    }
    assert_eq!(alice.sent, ["?OTRv23?"; 3]);
    // In a private conversation it asks for new keys; the old ones hold until then.
    let policy = Policy::MANUAL.with(Policy::ERROR_START_AKE);
    let (mut alice, mut bob) = private_pair(Setup { policy, ..ALICE }, BOB);
    alice.receive(error);
    assert!(alice.is_private());
    carry(&mut alice, &mut bob);
    assert!(alice.has(|event| matches!(event, Event::SessionRefreshed { .. })));
}

// otr3 A12
#[test]
fn an_invitation_follows_every_offer_and_hides_it_from_nobody() {
    let mut alice = with(Policy::MANUAL);
    let words = "Your program does not know ?OTRv9? conversations.";
    alice.conversation.set_invitation(words);
    alice.start();
    alice.now = alice.conversation.deadline().unwrap();
    let outputs = alice.conversation.handle_timeout(alice.now);
    alice.take(outputs);
    assert_eq!(alice.sent, [format!("?OTRv23? {words}"), format!("?OTRv23? {words}")]);
    let mut bob = Party::new(BOB);
    carry(&mut alice, &mut bob);
    assert!(alice.is_private() && bob.is_private());
    assert!(bob.events.iter().all(|event| !matches!(event, Event::Text { .. })));
}

// otr3 A38
#[test]
fn an_exchange_that_the_peer_began_is_under_way_until_it_stalls() {
    let mut bob = Party::new(BOB);
    assert!(!bob.conversation.is_starting());
    bob.receive("?OTRv3?");
    assert!(bob.conversation.is_starting());
    // One more step, one more time of patience.
    let mut alice = with(Policy::MANUAL);
    alice.receive(&bob.sent.remove(0));
    assert!(alice.conversation.is_starting());
    bob.wait_millis(14_000);
    bob.receive(&alice.sent.remove(0));
    assert_eq!(bob.sent.len(), 1);
    let deadline = bob.conversation.deadline().unwrap();
    assert_eq!(deadline.as_millis(), bob.now.as_millis() + 15_000);
    // The peer is the one to ask again; we only tell.
    bob.sent.clear();
    assert!(bob.conversation.handle_timeout(bob.now).is_empty());
    bob.now = deadline;
    let outputs = bob.conversation.handle_timeout(bob.now);
    assert_eq!(outputs[..], [Output::Event(Event::StartTimedOut)]);
    assert!(!bob.conversation.is_starting());
    assert_eq!(bob.conversation.deadline(), None);
}

// otr3 A38
#[test]
fn an_exchange_is_no_more_under_way_when_it_is_complete_or_given_up() {
    let (mut alice, mut bob) = (with(Policy::MANUAL), Party::new(BOB));
    alice.start();
    assert!(alice.conversation.is_starting());
    carry(&mut alice, &mut bob);
    assert!(alice.is_private() && bob.is_private());
    assert!(!alice.conversation.is_starting() && !bob.conversation.is_starting());
    alice.start();
    alice.end();
    assert!(!alice.conversation.is_starting());
}

// otr3 A38: a second start while one is under way is a new one, with as many tries.
#[test]
fn a_start_is_tried_twice_however_often_it_is_asked_for() {
    let mut alice = with(Policy::MANUAL);
    alice.receive("?OTRv3?");
    alice.sent.clear();
    alice.start();
    for (sent, events) in [(2, 0), (2, 1)] {
        alice.now = alice.conversation.deadline().unwrap();
        let outputs = alice.conversation.handle_timeout(alice.now);
        alice.take(outputs);
        assert_eq!((alice.sent.len(), alice.events.len()), (sent, events));
    }
    // Nobody allows any version any more: there is nothing to ask again.
    alice.start();
    alice.conversation.set_policy(Policy::NEVER);
    alice.now = alice.conversation.deadline().unwrap();
    let outputs = alice.conversation.handle_timeout(alice.now);
    assert_eq!(outputs[..], [Output::Event(Event::StartTimedOut)]);
}

#[test]
fn nothing_is_told_of_a_conversation_but_its_state() {
    let (mut alice, _) = private_pair(ALICE, BOB);
    alice.conversation.set_invitation("words");
    let told = format!("{:?}", alice.conversation);
    assert!(told.contains("Encrypted") && told.contains("ALLOW_V3"), "{told}");
    assert!(!told.contains("words") && !told.contains("rng"), "{told}");
}
