//! What a network can do to two of ours, and what it cannot.

mod support;

use otr::{Event, MessageState, Policy};
use proptest::prelude::*;
use support::{ALICE, BOB, Party, Setup, carry, private_pair};

/// What happens next, for two parties over a bad network.
#[derive(Clone, Debug)]
enum Step {
    Send { from_alice: bool },
    Deliver { to_alice: bool, index: usize },
    Repeat { to_alice: bool, index: usize },
    Lose { to_alice: bool, index: usize },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (0..8_u8, any::<bool>(), 0..4_usize).prop_map(|(kind, side, index)| match kind {
        0..=2 => Step::Send { from_alice: side },
        3..=5 => Step::Deliver { to_alice: side, index },
        6 => Step::Repeat { to_alice: side, index },
        _ => Step::Lose { to_alice: side, index },
    });
    prop::collection::vec(step, 1..60)
}

/// Any text that could look like OTR.
fn hostile_text() -> impl Strategy<Value = String> {
    let beginning = prop::sample::select(vec![
        "",
        "?OTR",
        "?OTR:",
        "?OTR:AAM",
        "?OTR:AAMD",
        "?OTR:AAMK",
        "?OTR:AAMC",
        "?OTR:AAMR",
        "?OTR:AAMS",
        "?OTR:AAID",
        "?OTR:AAIK",
        "?OTR:AAIC",
        "?OTR:AAIR",
        "?OTR:AAIS",
        "?OTRv",
        "?OTR?",
        "?OTR|",
        "?OTR|100|0,1,1,?OTR:",
        "?OTR|b0b|a11,1,2,",
        "?OTR|b0b|a11,2,2,",
        "?OTR,1,1,",
        "?OTR,1,1,?OTR:AAI",
        "?OTR Error:",
        "?OTR:AAMDAAALCwAAChE",
        "?OTR:AAIDAAAAAAEAAAAB",
        " \t  \t\t\t\t",
    ]);
    (beginning, ".{0,40}|[A-Za-z0-9+/=]{0,400}\\.?|[ \t]{0,60}|[0-9a-f|,]{0,30}")
        .prop_map(|(beginning, rest)| format!("{beginning}{rest}"))
}

/// Messages of an outsider who knows both instance tags but no key: a whole exchange and more,
/// under Bob's tag, with another client of Alice's name.
fn outsider_messages(version: Policy) -> Vec<String> {
    let policy = version.with(Policy::REQUIRE_ENCRYPTION);
    let mut mallory = Party::new(Setup { key: 2, policy, ..BOB });
    let mut victim = Party::new(ALICE);
    let mut seen = Vec::new();
    mallory.start();
    victim.start();
    for _ in 0..6 {
        for wire in std::mem::take(&mut mallory.sent) {
            seen.push(wire.clone());
            victim.receive(&wire);
        }
        for wire in std::mem::take(&mut victim.sent) {
            seen.push(wire.clone());
            mallory.receive(&wire);
        }
    }
    mallory.verify("x", None);
    mallory.end();
    seen.append(&mut mallory.sent);
    seen.push("?OTR Error: start again".to_owned());
    seen.push("?OTRv23?".to_owned());
    seen.push("?OTRv2?".to_owned());
    seen.push("plain".to_owned());
    seen
}

// otr3 B: what crashed or misled others, as texts.
#[test]
fn known_attacks_are_survived() {
    let (mut alice, mut bob) = private_pair(ALICE, BOB);
    bob.send("x");
    let genuine = bob.sent[0].clone();
    let attacks = [
        // CVE-2012-3461
        "?OTR:===.".to_owned(),
        "?OTR:.".to_owned(),
        // CVE-2016-2851: lengths that wrap, and more than is ever put together
        format!("?OTR:{}.", "A".repeat(1 << 20)),
        format!("?OTR|b0b|a11,1,2,{},", "A".repeat(1 << 20)),
        format!("{}/////w==.", &genuine[..genuine.len() - 40]),
        // A message that is too short for its header
        "?OTR:AAMD.".to_owned(),
        "?OTR:AAMDAAALCw==.".to_owned(),
    ];
    for attack in &attacks {
        alice.receive(attack);
        assert!(alice.is_private());
    }
    // CVE-2012-2369: words of the peer stay words.
    alice.receive("?OTR Error: %n%n%s");
    assert!(alice.has(|event| *event == Event::PeerError("%n%n%s".to_owned())));
    alice.receive(&genuine);
    assert_eq!(alice.private_texts(), ["x"]);
}

// otr3 A85: an encoded message has a limit too.
#[test]
fn a_message_longer_than_the_limit_is_malformed() {
    let mut alice = Party::new(ALICE);
    alice.receive(&format!("?OTR:{}.", "A".repeat(1 << 20)));
    assert_eq!(alice.events, [Event::Malformed]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    // otr3 A46 to A49: whatever is lost, late or doubled, no text comes twice or altered, and the
    // two can still talk afterwards.
    #[test]
    fn a_bad_network_only_loses_messages(steps in steps()) {
        let (mut alice, mut bob) = private_pair(ALICE, BOB);
        let (mut to_alice, mut to_bob): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
        let mut count = 0;
        for step in steps {
            match step {
                Step::Send { from_alice } => {
                    count += 1;
                    let sender = if from_alice { &mut alice } else { &mut bob };
                    sender.send(&format!("text {count}"));
                }
                Step::Deliver { to_alice: side, index } | Step::Repeat { to_alice: side, index } => {
                    let (party, queue) =
                        if side { (&mut alice, &mut to_alice) } else { (&mut bob, &mut to_bob) };
                    if queue.is_empty() {
                        continue;
                    }
                    let index = index % queue.len();
                    party.receive(&queue[index].clone());
                    if matches!(step, Step::Deliver { .. }) {
                        queue.remove(index);
                    }
                }
                Step::Lose { to_alice: side, index } => {
                    let queue = if side { &mut to_alice } else { &mut to_bob };
                    if !queue.is_empty() {
                        queue.remove(index % queue.len());
                    }
                }
            }
            to_bob.append(&mut alice.sent);
            to_alice.append(&mut bob.sent);
        }
        for party in [&mut alice, &mut bob] {
            let mut texts = party.private_texts();
            let all = texts.len();
            texts.sort_unstable();
            texts.dedup();
            prop_assert_eq!(texts.len(), all);
            prop_assert!(texts.iter().all(|text| text.starts_with("text ")));
            party.sent.clear();
        }
        for _ in 0..2 {
            alice.send("still here");
            carry(&mut alice, &mut bob);
            bob.send("me too");
            carry(&mut alice, &mut bob);
        }
        prop_assert!(bob.private_texts().ends_with(&["still here"]));
        prop_assert!(alice.private_texts().ends_with(&["me too"]));
    }

    // otr3 A42, A73, B: nothing unauthenticated ends a private conversation, also in the middle
    // of a refresh.
    #[test]
    fn outsiders_cannot_make_us_send_in_clear(
        order in prop::collection::vec(0..13_usize, 1..30),
        noise in prop::collection::vec(hostile_text(), 0..10),
        is_refreshing in any::<bool>(),
        versions in prop::sample::select(vec![
            (Policy::MANUAL, Policy::ALLOW_V3),
            (Policy::MANUAL, Policy::ALLOW_V2),
            (Policy::ALLOW_V2, Policy::ALLOW_V2),
        ]),
    ) {
        let (ours, theirs) = versions;
        let setup = |setup| Setup { policy: ours, ..setup };
        let (mut alice, mut bob) = private_pair(setup(ALICE), setup(BOB));
        if is_refreshing {
            alice.start();
            alice.sent.clear();
        }
        let before = alice.conversation.message_state();
        let messages = outsider_messages(theirs);
        let hostile = order.iter().map(|index| &messages[index % messages.len()]);
        for wire in hostile.chain(&noise) {
            alice.receive(wire);
            prop_assert_eq!(alice.conversation.message_state(), before);
            let sent = alice.conversation.send("secret", otr::Audience::Everybody, alice.now).unwrap();
            let debug = format!("{sent:?}");
            alice.take(sent);
            prop_assert!(alice.sent.last().unwrap().starts_with("?OTR:"), "{}", debug);
        }
        alice.sent.retain(|wire| wire.starts_with("?OTR:"));
        carry(&mut alice, &mut bob);
        prop_assert_eq!(bob.private_texts(), vec!["secret"; order.len() + noise.len()]);
    }

    // otr3 B: length fields, truncations, anything.
    #[test]
    fn any_text_is_survived(texts in prop::collection::vec(hostile_text(), 1..40)) {
        let mut alice = Party::new(Setup { policy: Policy::OPPORTUNISTIC, ..ALICE });
        for text in &texts {
            alice.receive(text);
        }
        prop_assert_eq!(alice.conversation.message_state(), MessageState::Plaintext);
    }

    // otr3 B: a message cut or altered anywhere.
    #[test]
    fn damaged_messages_are_survived(
        which in 0..8_usize,
        at in 0..3000_usize,
        byte in any::<u8>(),
        is_cut in any::<bool>(),
    ) {
        let (mut alice, mut bob) = (Party::new(ALICE), Party::new(BOB));
        let mut count = 0;
        alice.start();
        for _ in 0..4 {
            for to_bob in [true, false] {
                let (from, to) = if to_bob { (&mut alice, &mut bob) } else { (&mut bob, &mut alice) };
                for wire in std::mem::take(&mut from.sent) {
                    if count == which {
                        let at = at % wire.len();
                        let mut damaged = wire.clone().into_bytes();
                        if is_cut { damaged.truncate(at) } else { damaged[at] = byte & 0x7f }
                        to.receive(&String::from_utf8(damaged).unwrap());
                    }
                    count += 1;
                    to.receive(&wire);
                }
            }
        }
        // An altered number can spoil an exchange, as loss can; a cut message is none.
        prop_assert!(!is_cut || (alice.is_private() && bob.is_private()));
    }
}
