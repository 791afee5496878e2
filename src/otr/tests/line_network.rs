//! Networks whose messages are single lines, and short ones: nothing leaves that they would cut,
//! refuse, or take for a command.
#![expect(clippy::expect_used, reason = "test code")]

mod support;

use otr::{
    Audience, Config, Conversation, InstanceTag, LineBreaks, Output, Outputs, Policy, SendError,
    Timestamp,
};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use support::{ALICE, BOB, Party, Setup, carry, key};

const NOW: Timestamp = Timestamp::from_millis(1_000_000);

/// An IRC message has 512 bytes with its head.
const BYTES_MAX: usize = 350;

fn config() -> Config {
    let rng = StdRng::from_rng(&mut rand::rng());
    Config::new(key(0), InstanceTag::new(0xa11).expect("valid"), rng)
}

fn wires(outputs: Outputs) -> Vec<String> {
    let sent = outputs.into_iter().filter_map(|output| match output {
        Output::Send { wire, .. } => Some(wire.into_string()),
        Output::Event(_) => None,
    });
    sent.collect()
}

#[test]
fn no_line_break_leaves_unless_the_network_carries_it() {
    let words = "Let us talk\r\nin private,\nby OTR.";
    let mut one = Conversation::new(config().invitation(words));
    assert_eq!(wires(one.start(NOW)), ["?OTRv23? Let us talk  in private, by OTR."]);
    drop(one.end(NOW));
    for text in ["two\nlines", "two\rlines", "\r\n"] {
        let refused = one.send(text, Audience::Everybody, NOW);
        assert_eq!(refused, Err(SendError::LineBreak));
    }
    one.set_policy(Policy::NEVER);
    assert_eq!(one.send("two\nlines", Audience::Everybody, NOW), Err(SendError::LineBreak));

    let many = config().invitation(words).line_breaks(LineBreaks::Allowed);
    let mut many = Conversation::new(many);
    assert_eq!(wires(many.start(NOW)), [format!("?OTRv23?\n{words}")]);
    drop(many.end(NOW));
    let sent = many.send("two\nlines", Audience::Everybody, NOW);
    assert_eq!(sent.map(wires), Ok(vec!["two\nlines".to_owned()]));
}

#[test]
fn in_private_a_text_may_have_lines_and_any_length_and_leaves_in_short_single_lines() {
    let setup = Setup { bytes_max: Some(BYTES_MAX), ..ALICE };
    let (mut alice, mut bob) = (Party::new(setup), Party::new(BOB));
    let text = "a line\r\n".repeat(300);
    alice.start();
    alice.conversation.set_invitation("x\n".repeat(1_000));
    let (mut sent, mut rounds) = (Vec::new(), 0);
    while rounds < 20 && !(alice.sent.is_empty() && bob.sent.is_empty()) {
        rounds += 1;
        sent.extend(alice.sent.iter().cloned());
        carry(&mut alice, &mut bob);
    }
    let audience = alice.conversation.audience();
    let outputs = alice.conversation.send(&text, audience, alice.now).expect("private");
    let wires = wires(outputs);
    assert!(wires.len() > 5);
    sent.extend(wires.iter().cloned());
    for wire in &sent {
        assert!(wire.len() <= BYTES_MAX && !wire.contains(['\r', '\n']), "{wire}");
    }
    wires.iter().for_each(|wire| bob.receive(wire));
    assert_eq!(bob.private_texts(), [text]);
}

#[test]
fn what_cannot_be_cut_is_refused_at_the_limit_and_an_invitation_is_cut() {
    let policy = Policy::OPPORTUNISTIC;
    let config = config().policy(policy).fragment_bytes_max(BYTES_MAX).invitation("ü".repeat(500));
    let mut conversation = Conversation::new(config);
    let query = wires(conversation.start(NOW)).remove(0);
    assert!(query.len() == BYTES_MAX || query.len() == BYTES_MAX - 1, "{}", query.len());
    drop(conversation.end(NOW));

    let mut send = |bytes| {
        let text = "x".repeat(bytes);
        conversation.send(&text, Audience::Everybody, NOW).map(|outputs| wires(outputs).remove(0))
    };
    assert_eq!(send(BYTES_MAX + 1), Err(SendError::TooLongInClear(BYTES_MAX)));
    // The offer in blanks is left out where there is no room.
    assert_eq!(send(BYTES_MAX).map(|wire| wire.len()), Ok(BYTES_MAX));
    assert_eq!(send(BYTES_MAX - 31).map(|wire| wire.len()), Ok(BYTES_MAX - 31));
    assert_eq!(send(BYTES_MAX - 32).map(|wire| wire.len()), Ok(BYTES_MAX));
}

#[test]
fn an_empty_text_is_refused_in_private_and_in_clear() {
    let mut conversation = Conversation::new(config());
    let empty = conversation.send("", Audience::Everybody, NOW);
    assert_eq!(empty, Err(SendError::Empty));
    let (mut alice, _bob) = support::private_pair(ALICE, BOB);
    let empty = alice.conversation.send("", alice.conversation.audience(), alice.now);
    assert_eq!(empty, Err(SendError::Empty));
}
