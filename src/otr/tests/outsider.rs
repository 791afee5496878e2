//! What somebody without a key can do to a private conversation: make it lose time, nothing more.
//!
//! The outsider sees all that travels, writes under any name, and keeps back what it likes.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "what goes wrong here is a failed test"
)]

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use otr::{Audience, Event, Fingerprint, MessageState, Policy, SendError};
use proptest::prelude::*;
use support::key_streams::{DataParts, KeyStreams, hmac_sha1};
use support::{ALICE, BOB, Party, Setup, carry, encode, private_pair};

/// What the whitespace tag begins with, and its groups for versions 2 and 3.
const TAG: [&str; 3] =
    [" \t  \t\t\t\t \t \t \t  ", "\x20\x20\t\t\x20\x20\t\x20", "\x20\x20\t\t\x20\x20\t\t"];

/// The kinds of encoded messages: D-H Commit, data, D-H Key, Reveal Signature, Signature.
const TYPES: [u8; 5] = [0x02, 0x03, 0x0a, 0x11, 0x12];

/// A sound number: below the modulus, and with all its bytes.
const NUMBER: [u8; 196] = {
    let mut number = [0x7f; 196];
    (number[0], number[1], number[2], number[3]) = (0, 0, 0, 192);
    number
};

/// One act of the outsider.
#[derive(Clone, Debug)]
enum Attack {
    /// A text of the list.
    Say(usize),
    /// Something that was once sent, by either side, in this session or an older one.
    Replay(usize),
    /// The same with a changed byte inside.
    Alter { index: usize, at: usize, mask: u8 },
    /// Before the peer's next message, a copy of it with a changed byte inside.
    Meddle { at: usize, mask: u8 },
    /// Something that was once sent, cut off inside.
    Cut { index: usize, at: usize },
    /// And in pieces, of which some come.
    Pieces { index: usize, bytes: usize, from: usize },
    /// A sound D-H Commit or D-H Key under the peer's tag, in version 3 or not.
    Begin { is_commit: bool, is_v3: bool, number: u8 },
    /// Something that was once sent, from another program of the same author.
    Copy { index: usize, tag: u32 },
    /// The peer's next message comes from another program too, and so does each that it leads to.
    Double { tag: u32 },
    /// A text of the peer's with other words, and a MAC by a key that was given away.
    Reuse { index: usize, key: usize, tag: u32 },
    /// A message of any type under the peer's tag, with any body.
    Forge { kind: usize, is_v3: bool, body: Vec<u8> },
    /// Time passes meanwhile.
    Wait(u64),
}

fn act() -> impl Strategy<Value = Attack> {
    let body = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40),
        // Lengths, keys and MACs that could be sound.
        prop::collection::vec(prop::sample::select(fields()), 0..7)
            .prop_map(|parts| parts.concat()),
    ];
    prop_oneof![
        2 => (0..says().len()).prop_map(Attack::Say),
        2 => (0..1000_usize).prop_map(Attack::Replay),
        2 => (0..1000_usize, 0..2000_usize, 1..=255_u8)
            .prop_map(|(index, at, mask)| Attack::Alter { index, at, mask }),
        // In key ids, next key and counter, or anywhere.
        3 => (prop_oneof![12..20_usize, 208..226_usize, 0..300_usize], 1..=255_u8)
            .prop_map(|(at, mask)| Attack::Meddle { at, mask }),
        1 => (0..1000_usize, 0..2000_usize).prop_map(|(index, at)| Attack::Cut { index, at }),
        1 => (0..1000_usize, 40..400_usize, 1..4_usize)
            .prop_map(|(index, bytes, from)| Attack::Pieces { index, bytes, from }),
        3 => (any::<bool>(), any::<bool>(), any::<u8>())
            .prop_map(|(is_commit, is_v3, number)| Attack::Begin { is_commit, is_v3, number }),
        3 => (0..TYPES.len(), any::<bool>(), body)
            .prop_map(|(kind, is_v3, body)| Attack::Forge { kind, is_v3, body }),
        3 => (0..1000_usize, tag()).prop_map(|(index, tag)| Attack::Copy { index, tag }),
        3 => tag().prop_map(|tag| Attack::Double { tag }),
        2 => (0..1000_usize, 0..1000_usize, tag())
            .prop_map(|(index, key, tag)| Attack::Reuse { index, key, tag }),
        1 => prop::sample::select(vec![500, 3_000, 61_000]).prop_map(Attack::Wait),
    ]
}

/// Of Bob's program, and of none.
fn tag() -> impl Strategy<Value = u32> {
    prop::sample::select(vec![BOB.tag, 0x777, 0x777, 0x778])
}

fn says() -> Vec<String> {
    let texts = ["?OTRv23?", "?OTRv3?", "?OTRv2?", "?OTR?v2?", "?OTR?", "?OTRv4?", "?OTR:===."];
    let more = ["?OTR Error: start again", "?OTR Error:%n", "?OTR", "?OTRx", "in clear", ""];
    let tags = [1, 2].map(|version| format!("hi{}{}", TAG[0], TAG[version]));
    texts.iter().chain(&more).map(|text| (*text).to_owned()).chain(tags).collect()
}

fn fields() -> Vec<Vec<u8>> {
    let data = |bytes: &[u8]| [&u32::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat();
    vec![
        vec![0],
        vec![1],
        vec![0, 0, 0, 1],
        vec![0, 0, 0, 2],
        NUMBER.to_vec(),
        vec![0, 0, 0, 0, 0, 0, 0, 1],
        vec![0xff; 8],
        data(b"encrypted"),
        data(&[7; 16]),
        vec![9; 20],
        data(&[]),
        vec![0xff, 0xff, 0xff, 0xff],
    ]
}

/// A message from Bob to Alice, if anybody believes it.
fn message(kind: u8, is_v3: bool, body: &[u8]) -> String {
    let (bob, alice) = (BOB.tag.to_be_bytes(), ALICE.tag.to_be_bytes());
    let header =
        if is_v3 { [&[0, 3, kind], &bob[..], &alice[..]].concat() } else { vec![0, 2, kind] };
    format!("?OTR:{}.", STANDARD.encode([&header, body].concat()))
}

/// Changes the bytes of an encoded message, or of a text as it is.
fn changed(wire: &str, change: impl FnOnce(&mut Vec<u8>)) -> String {
    let inside = wire.strip_prefix("?OTR:").and_then(|rest| rest.strip_suffix('.'));
    let mut bytes = inside.map_or_else(|| wire.into(), |inside| STANDARD.decode(inside).unwrap());
    change(&mut bytes);
    match inside {
        Some(_) => format!("?OTR:{}.", STANDARD.encode(bytes)),
        None => String::from_utf8_lossy(&bytes).into_owned(),
    }
}

fn altered(wire: &str, at: usize, mask: u8) -> String {
    changed(wire, |bytes| {
        let at = at % bytes.len();
        bytes[at] ^= mask;
    })
}

/// The same from another program, for Alice's; nothing of version 2, which has no tags.
fn copied(wire: &str, tag: u32) -> Option<String> {
    let is_v3 = wire.starts_with("?OTR:AAM");
    is_v3.then(|| {
        changed(wire, |bytes| {
            bytes[3..7].copy_from_slice(&tag.to_be_bytes());
            bytes[7..11].copy_from_slice(&ALICE.tag.to_be_bytes());
        })
    })
}

/// A data message with another text, and with a MAC by a key that anybody may know.
fn reused(wire: &str, key: &[u8; 20], tag: u32) -> Option<String> {
    let mut parts = DataParts::of(wire)?;
    parts.set_sender(tag);
    let (at, mac_at) = (parts.encrypted.start, parts.mac_at);
    parts.whole[at] ^= 1;
    let mac = hmac_sha1(key, &parts.whole[..mac_at]);
    let forged = [&parts.whole[..mac_at], &mac, &[0; 4]].concat();
    Some(encode(&forged))
}

/// What Alice gets of one act.
fn texts(act: &Attack, past: &[String]) -> Vec<String> {
    let old = |index: usize| &past[index % past.len()];
    match act {
        Attack::Say(index) => vec![says()[*index].clone()],
        Attack::Replay(index) => vec![old(*index).clone()],
        Attack::Alter { index, at, mask } => vec![altered(old(*index), *at, *mask)],
        Attack::Cut { index, at } => {
            vec![changed(old(*index), |bytes| bytes.truncate(at % bytes.len()))]
        }
        Attack::Pieces { index, bytes, from } => {
            let pieces: Vec<&[u8]> = old(*index).as_bytes().chunks(*bytes).collect();
            let cut = pieces.iter().enumerate().skip(from - 1).map(|(piece, text)| {
                let (count, text) = (pieces.len(), String::from_utf8_lossy(text));
                format!("?OTR|{:x}|{:x},{},{count},{text},", BOB.tag, ALICE.tag, piece + 1)
            });
            cut.collect()
        }
        Attack::Begin { is_commit: true, is_v3, number } => {
            let body = [&[0, 0, 0, 196], &[*number; 196][..], &[0, 0, 0, 32], &[*number; 32]];
            vec![message(0x02, *is_v3, &body.concat())]
        }
        Attack::Begin { is_commit: false, is_v3, number } => {
            let mut key = NUMBER;
            key[100] = *number;
            vec![message(0x0a, *is_v3, &key)]
        }
        Attack::Forge { kind, is_v3, body } => vec![message(TYPES[*kind], *is_v3, body)],
        Attack::Copy { index, tag } => copied(old(*index), *tag).into_iter().collect(),
        Attack::Reuse { index, key, tag } => {
            let keys: Vec<_> = past.iter().filter_map(|wire| DataParts::of(wire)).collect();
            let keys: Vec<_> = keys.iter().flat_map(|parts| &parts.revealed).collect();
            let texts: Vec<_> = past.iter().filter(|wire| DataParts::of(wire).is_some()).collect();
            let forged = keys.get(key % keys.len().max(1)).zip(texts.get(index % texts.len()));
            forged.and_then(|(key, wire)| reused(wire, key, *tag)).into_iter().collect()
        }
        Attack::Double { .. } | Attack::Meddle { .. } | Attack::Wait(_) => Vec::new(),
    }
}

/// Two in private, and what the outsider has seen: an older session of theirs, this one, and a
/// whole exchange of its own with somebody of Alice's name.
fn watched_pair(alice: Setup, bob: Setup) -> (Party, Party, Vec<String>) {
    let (mut alice, mut bob) = (Party::new(alice), Party::new(bob));
    let mut past = Vec::new();
    for text in ["long ago", "before"] {
        alice.start();
        watch(&mut alice, &mut bob, &mut past);
        alice.send(text);
        bob.send(text);
        watch(&mut alice, &mut bob, &mut past);
    }
    let mut outsider = Party::new(Setup { key: 2, policy: Policy::MANUAL, ..BOB });
    let mut victim = Party::new(ALICE);
    outsider.start();
    watch(&mut outsider, &mut victim, &mut past);
    outsider.verify("guess", None);
    outsider.end();
    past.append(&mut outsider.sent);
    assert!(alice.is_private() && bob.is_private());
    (alice, bob, past)
}

/// Carries everything, and keeps a copy.
fn watch(alice: &mut Party, bob: &mut Party, past: &mut Vec<String>) {
    while !(alice.sent.is_empty() && bob.sent.is_empty()) {
        past.extend(deliver(alice, bob));
        past.extend(deliver(bob, alice));
    }
}

/// Carries what one has sent, and tells what that was.
fn deliver(from: &mut Party, to: &mut Party) -> Vec<String> {
    let wires = std::mem::take(&mut from.sent);
    wires.iter().for_each(|wire| to.receive(wire));
    wires
}

fn private_with(party: &Party) -> Fingerprint {
    let state = party.conversation.message_state();
    let MessageState::Encrypted { fingerprint, .. } = state else {
        panic!("not private: {state:?}");
    };
    fingerprint
}

/// One types a text, and the other gets it at once and in private.
fn say(from: &mut Party, to: &mut Party, text: &str, streams: &mut KeyStreams) -> Vec<String> {
    from.sent.clear();
    from.send(text);
    streams.note(text, &from.sent[0]);
    assert!(from.sent.iter().all(|wire| wire.starts_with("?OTR:") && !wire.contains(text)));
    let wires = deliver(from, to);
    assert_eq!(to.private_texts().last(), Some(&text));
    wires
}

/// The two get new keys, and all that Bob says in it comes from another program too.
fn doubled(alice: &mut Party, bob: &mut Party, tag: u32, past: &mut Vec<String>) {
    alice.receive("?OTRv23?");
    while !alice.sent.is_empty() {
        past.extend(deliver(alice, bob));
        for wire in std::mem::take(&mut bob.sent) {
            alice.receive(&wire);
            copied(&wire, tag).iter().for_each(|copy| alice.receive(copy));
            past.push(wire);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    // otr3 A42, A47, A73: nothing that comes unauthenticated makes us send in clear or to another
    // key, or keeps the peer from reading; also not in the middle of a refresh by either side.
    #[test]
    fn an_outsider_neither_reads_nor_ends_what_is_private(
        acts in prop::collection::vec(act(), 1..24),
        // How much of a refresh has been carried, and who began it.
        stage in 0..4_usize,
        is_alices in any::<bool>(),
        policies in prop::sample::select(vec![
            (Policy::MANUAL, Policy::MANUAL),
            (Policy::ALWAYS, Policy::OPPORTUNISTIC),
            (Policy::ALLOW_V2, Policy::MANUAL),
        ]),
    ) {
        let setup = |setup, policy| Setup { policy, ..setup };
        let (mut alice, mut bob, mut past) =
            watched_pair(setup(ALICE, policies.0), setup(BOB, policies.1));
        let starter = if is_alices { &mut alice } else { &mut bob };
        starter.start();
        for carried in 0..stage {
            let (from, to) = if (carried % 2 == 0) == is_alices {
                (&mut alice, &mut bob)
            } else {
                (&mut bob, &mut alice)
            };
            past.extend(deliver(from, to));
        }
        let held = [&mut alice, &mut bob].map(|party| std::mem::take(&mut party.sent));

        let fingerprint = bob.conversation.own_fingerprint();
        let mut streams = KeyStreams::default();
        for (count, act) in acts.iter().enumerate() {
            if let Attack::Wait(millis) = act {
                alice.wait_millis(*millis);
                bob.wait_millis(*millis);
            }
            for text in texts(act, &past) {
                alice.receive(&text);
                prop_assert_eq!(private_with(&alice), fingerprint, "after {}", text);
                past.append(&mut alice.sent);
            }
            if let Attack::Double { tag } = act {
                doubled(&mut alice, &mut bob, *tag, &mut past);
                prop_assert_eq!(private_with(&alice), fingerprint);
            }
            past.extend(say(&mut alice, &mut bob, &format!("secret number {count:4}"), &mut streams));
            bob.sent.clear();
            let answer = format!("answer number {count:4}");
            bob.send(&answer);
            streams.note(&answer, &bob.sent[0]);
            past.push(bob.sent[0].clone());
            if let Attack::Meddle { at, mask } = act {
                alice.receive(&altered(&bob.sent[0], *at, *mask));
            }
            deliver(&mut bob, &mut alice);
        }

        // What was kept back comes late, or never; then the two begin again.
        let [from_alice, from_bob] = held;
        from_alice.iter().for_each(|wire| bob.receive(wire));
        from_bob.iter().for_each(|wire| alice.receive(wire));
        carry(&mut alice, &mut bob);
        prop_assert_eq!(private_with(&alice), fingerprint);
        alice.wait_millis(120_000);
        bob.wait_millis(120_000);
        alice.start();
        carry(&mut alice, &mut bob);
        say(&mut alice, &mut bob, "at last, in private", &mut streams);
        let mut told = alice.events.iter().chain(&bob.events);
        let is_end = |event: &Event| {
            matches!(event, Event::SessionKeyChanged { .. } | Event::SessionFinished { .. })
        };
        prop_assert!(!told.any(is_end));
        let answers = (0..acts.len()).map(|count| format!("answer number {count:4}"));
        let texts = ["long ago", "before"].map(String::from).into_iter().chain(answers);
        prop_assert!(texts.eq(alice.private_texts()), "a text came twice, or is made up");
    }
}

// otr3 A42, A75, A79: who brings a key of its own, under the peer's name or beside it, gets no text
// that was meant for the peer.
#[test]
fn an_outsider_with_a_key_gets_no_text_for_the_peer() {
    for (tag, policy) in
        [(BOB.tag, Policy::ALLOW_V3), (0xca5, Policy::ALLOW_V3), (BOB.tag, Policy::ALLOW_V2)]
    {
        for carried in 0..8 {
            let version_2 = Policy::MANUAL.without(policy) == Policy::ALLOW_V3;
            let alices = Setup { policy: if version_2 { policy } else { ALICE.policy }, ..ALICE };
            let (mut alice, mut bob) = private_pair(alices, BOB);
            let mut outsider = Party::new(Setup { key: 2, tag, policy, ..BOB });
            let meant = Audience::Key(bob.conversation.own_fingerprint());
            outsider.start();
            for step in 0..carried {
                let (from, to) = if step % 2 == 0 {
                    (&mut outsider, &mut alice)
                } else {
                    (&mut alice, &mut outsider)
                };
                deliver(from, to);
            }
            alice.sent.clear();
            match alice.conversation.send("secret", meant, alice.now) {
                Ok(outputs) => alice.take(outputs),
                Err(refusal) => {
                    let other = outsider.conversation.own_fingerprint();
                    assert_eq!(refusal, SendError::OtherKey(other));
                    let changed = |event: &Event| matches!(event, Event::SessionKeyChanged { .. });
                    assert!(alice.has(changed) && alice.sent.is_empty());
                    continue;
                }
            }
            for wire in std::mem::take(&mut alice.sent) {
                outsider.receive(&wire);
                bob.receive(&wire);
            }
            assert_eq!(outsider.private_texts(), [""; 0]);
            assert_eq!(bob.private_texts(), ["secret"]);
        }
    }
}
