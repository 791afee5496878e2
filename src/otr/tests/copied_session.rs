//! Nothing in a key exchange names the two programs, so whoever carries it can copy what one program
//! of the contact said under another instance tag. No two sessions may come of one D-H secret.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code")]

mod support;

use otr::{Event, MessageState, Policy};
use support::key_streams::KeyStreams;
use support::{ALICE, BOB, Party, Setup, Side as _, carry, decode, encode};

const COPY: u32 = 0x777;

/// The same message from another program of its author.
fn copied(wire: &str, tag: u32) -> String {
    let mut message = decode(wire);
    message[3..7].copy_from_slice(&tag.to_be_bytes());
    encode(&message)
}

/// The same message for another program.
fn readdressed(wire: &str, tag: u32) -> String {
    let mut message = decode(wire);
    message[7..11].copy_from_slice(&tag.to_be_bytes());
    encode(&message)
}

/// The encrypted part of a data message of version 3.
fn encrypted(wire: &str) -> Vec<u8> {
    let message = decode(wire);
    let length = |at: usize| {
        usize::try_from(u32::from_be_bytes(message[at..at + 4].try_into().unwrap())).unwrap()
    };
    let key = 11 + 1 + 4 + 4;
    let data = key + 4 + length(key) + 8;
    message[data + 4..data + 4 + length(data)].to_vec()
}

fn sessions(party: &Party) -> usize {
    let begun = |event: &&Event| {
        matches!(event, Event::SessionStarted { .. } | Event::SessionRefreshed { .. })
    };
    party.events.iter().filter(begun).count()
}

fn copies_told(party: &Party) -> usize {
    party.events.iter().filter(|event| **event == Event::AnswerCopied).count()
}

/// Alice and Bob, and what he answers to a D-H Commit for everybody: D-H Key and Signature.
struct Exchange {
    alice: Party,
    bob: Party,
    key: String,
    signature: String,
}

impl Exchange {
    /// Before Alice has heard anything of it.
    fn begun() -> (Party, Party, String) {
        let (mut alice, mut bob) = (Party::new(ALICE), Party::new(BOB));
        // Anybody on the way can write that.
        alice.receive("?OTRv3?");
        bob.receive(&alice.take_sent()[0]);
        let key = bob.take_sent().remove(0);
        (alice, bob, key)
    }

    fn completed() -> Self {
        let (mut alice, mut bob, key) = Self::begun();
        alice.receive(&key);
        bob.receive(&alice.take_sent()[0]);
        let signature = bob.take_sent().remove(0);
        alice.receive(&signature);
        assert!(alice.is_private() && bob.is_private());
        Self { alice, bob, key, signature }
    }
}

#[test]
fn an_answer_copied_under_another_tag_makes_no_second_session_of_the_same_secret() {
    let Exchange { mut alice, mut bob, key, signature } = Exchange::completed();
    let first = "hello bob, how are you today my friend?";
    alice.send(first);
    let sent = alice.take_sent().remove(0);

    alice.wait_millis(1_000);
    alice.receive(&copied(&key, COPY));
    alice.receive(&copied(&signature, COPY));
    alice.take_sent();
    let second = "the safe code is 48151623 tell nobody";
    alice.send(second);
    let sent_then = alice.take_sent().remove(0);

    let told: Vec<u8> = encrypted(&sent)
        .iter()
        .zip(encrypted(&sent_then))
        .zip(first.bytes())
        .map(|((one, other), known)| one ^ other ^ known)
        .collect();
    assert!(
        !String::from_utf8_lossy(&told).starts_with(second),
        "one who knows the first text reads the second: {:?}",
        String::from_utf8_lossy(&told)
    );
    let MessageState::Encrypted { instance, .. } = alice.conversation.message_state() else {
        panic!("not private");
    };
    assert_eq!(instance.get(), BOB.tag, "what she writes goes to nobody");
    assert_eq!(sessions(&alice), 1);
    bob.receive(&sent_then);
    carry(&mut alice, &mut bob);
    assert_eq!(bob.private_texts().last(), Some(&second));
}

#[test]
fn a_copied_answer_is_told_once_and_does_not_look_like_a_start_that_failed() {
    let Exchange { mut alice, key, signature, .. } = Exchange::completed();
    for tag in COPY..COPY + 5 {
        alice.receive(&copied(&key, tag));
        alice.receive(&copied(&signature, tag));
    }
    alice.pass(60_000);
    assert_eq!((copies_told(&alice), sessions(&alice)), (1, 1));
    assert!(!alice.has(|event| matches!(event, Event::SetupFailed | Event::StartTimedOut)));
}

// Who is copied may come second.
#[test]
fn the_program_that_was_copied_still_comes_to_its_session() {
    let (mut alice, mut bob, key) = Exchange::begun();
    alice.receive(&copied(&key, COPY));
    let reveal = alice.take_sent().remove(0);
    alice.receive(&key);
    assert_eq!(copies_told(&alice), 1);
    // Bob believes what comes first.
    bob.receive(&readdressed(&reveal, BOB.tag));
    let signature = bob.take_sent().remove(0);
    alice.receive(&copied(&signature, COPY));
    carry(&mut alice, &mut bob);
    assert_eq!(sessions(&alice), 2);
    let mut streams = KeyStreams::default();
    for text in ["the first text of them all", "the second text of them all"] {
        alice.send(text);
        let wire = alice.take_sent().remove(0);
        streams.note(text, &wire);
        bob.receive(&wire);
        bob.send("an answer that is heard");
        carry(&mut alice, &mut bob);
    }
    assert_eq!(bob.private_texts().last(), Some(&"the second text of them all"));
}

/// What each session of Alice's is sent, at once and under keys of its own.
fn assert_streams_differ(alice: &mut Party, streams: &mut KeyStreams, texts: &str) {
    let instances: Vec<_> = alice
        .conversation
        .instances()
        .filter_map(|state| match state {
            MessageState::Encrypted { instance, .. } => Some(instance),
            MessageState::Plaintext | MessageState::Finished { .. } => None,
        })
        .collect();
    for instance in instances {
        alice.conversation.set_recipient(otr::Recipient::Instance(instance)).unwrap();
        let text = format!("{texts}, to {instance}");
        alice.send(&text);
        streams.note(&text, &alice.take_sent().remove(0));
    }
}

// However many sessions begin meanwhile, with whatever keys.
#[test]
fn no_number_of_other_sessions_makes_an_old_answer_count_again() {
    let Exchange { mut alice, key, signature, .. } = Exchange::completed();
    let mut streams = KeyStreams::default();
    assert_streams_differ(&mut alice, &mut streams, "the first text of them all");
    for number in 0..70 {
        let mut other = Party::new(Setup { key: 2, tag: 0x1000 + number, ..BOB });
        other.receive("?OTRv3?");
        carry(&mut other, &mut alice);
        assert!(other.is_private());
        other.end();
        carry(&mut other, &mut alice);
    }
    let before = sessions(&alice);
    for tag in [BOB.tag, COPY, 0x1001] {
        alice.receive(&copied(&key, tag));
        alice.receive(&copied(&signature, tag));
        alice.take_sent();
    }
    assert_eq!(sessions(&alice), before);
    assert_streams_differ(&mut alice, &mut streams, "the second text of them all");
}

// A D-H Commit in version 2 takes the place of the one for everybody, but not of what it began.
#[test]
fn an_offer_in_the_other_version_makes_nobody_forget_what_was_answered() {
    let (mut alice, mut bob) = (Party::new(ALICE), Party::new(BOB));
    let mut desk = Party::new(Setup { tag: COPY, key: 2, ..BOB });
    alice.conversation.set_policy(Policy::MANUAL);
    // Both programs are known, so that both await an answer.
    for program in [&mut bob, &mut desk] {
        program.receive("?OTRv3?");
        carry(program, &mut alice);
    }
    alice.receive("?OTRv3?");
    let commit = alice.take_sent().remove(0);
    bob.receive(&commit);
    let key = bob.take_sent().remove(0);
    alice.conversation.forget_v3_seen();
    alice.receive("?OTRv2?");
    alice.take_sent();
    alice.receive(&key);
    let reveal = alice.take_sent().remove(0);
    alice.receive(&copied(&key, COPY));
    alice.take_sent();
    bob.receive(&reveal);
    let signature = bob.take_sent().remove(0);
    let before = sessions(&alice);
    alice.receive(&signature);
    alice.receive(&copied(&signature, COPY));
    assert_eq!(sessions(&alice), before + 1);
    assert_streams_differ(&mut alice, &mut KeyStreams::default(), "a text for each of them");
}

// In the other role: each D-H Commit gets a D-H key of its own, whoever is named as its author.
#[test]
fn a_commit_and_what_reveals_it_make_one_session_however_they_are_copied() {
    let (mut alice, mut bob) = (Party::new(ALICE), Party::new(BOB));
    bob.receive("?OTRv3?");
    let commit = bob.take_sent().remove(0);
    for tag in [BOB.tag, COPY] {
        alice.receive(&copied(&commit, tag));
    }
    let keys = alice.take_sent();
    assert_ne!(decode(&keys[0])[11..], decode(&keys[1])[11..]);
    bob.receive(&keys[0]);
    let reveal = bob.take_sent().remove(0);
    for tag in [BOB.tag, COPY, BOB.tag, COPY] {
        alice.receive(&copied(&reveal, tag));
    }
    assert_eq!(sessions(&alice), 1);
    // All of it again, later.
    alice.wait_millis(70_000);
    for tag in [COPY, BOB.tag] {
        alice.receive(&copied(&commit, tag));
        alice.receive(&copied(&reveal, tag));
    }
    assert_eq!(sessions(&alice), 1);
    alice.take_sent();
    assert_streams_differ(&mut alice, &mut KeyStreams::default(), "a text for each of them");
}

// Version 2 has no tags to be changed; what is left is to send the same again.
#[test]
fn an_answer_in_version_2_that_comes_again_makes_no_second_session() {
    let version_2 = |setup| Party::new(Setup { policy: Policy::ALLOW_V2, ..setup });
    let (mut alice, mut bob) = (version_2(ALICE), version_2(BOB));
    alice.receive("?OTRv2?");
    bob.receive(&alice.take_sent()[0]);
    let key = bob.take_sent().remove(0);
    alice.receive(&key);
    bob.receive(&alice.take_sent()[0]);
    let signature = bob.take_sent().remove(0);
    for _ in 0..3 {
        alice.receive(&signature);
        alice.receive(&key);
    }
    alice.receive("?OTRv2?");
    alice.take_sent();
    alice.receive(&key);
    alice.receive(&signature);
    assert_eq!(sessions(&alice), 1);
}

// A query is anybody's: while the last D-H Commit is unanswered, it brings the same once more.
#[test]
fn queries_in_a_private_conversation_bring_no_new_keys_while_nobody_answers() {
    let Exchange { mut alice, .. } = Exchange::completed();
    alice.wait_millis(61_000);
    let mut commits = Vec::new();
    for _ in 0..10 {
        alice.wait_millis(2_000);
        alice.receive("?OTRv3?");
        commits.append(&mut alice.take_sent());
    }
    assert_eq!(commits.len(), 10);
    commits.dedup();
    assert_eq!(commits.len(), 1);
    // Old ones are not kept alive.
    alice.wait_millis(30_000);
    alice.receive("?OTRv3?");
    assert_ne!(alice.take_sent(), commits);
}
