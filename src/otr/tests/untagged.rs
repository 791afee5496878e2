//! In version 2 nothing tells two programs of a contact apart: to us they are one.

mod support;

use otr::{Audience, Event, MessageState, Policy, SendError};
use support::{ALICE, BOB, Party, Setup, Side as _, carry, private_pair};

const ALICE_2: Setup = Setup { policy: Policy::ALLOW_V2, ..ALICE };
const BOB_2: Setup = Setup { policy: Policy::ALLOW_V2, ..BOB };

#[test]
fn a_second_program_takes_the_place_of_the_first() {
    let (mut alice, mut first) = private_pair(ALICE_2, BOB_2);
    let mut second = Party::new(BOB_2);
    second.start();
    carry(&mut second, &mut alice);
    assert!(alice.has(|event| matches!(event, Event::SessionRefreshed { .. })));

    first.send("am I heard?");
    carry(&mut first, &mut alice);
    assert_eq!(alice.private_texts(), [""; 0]);
    assert!(alice.has(|event| *event == Event::Unreadable));
    alice.send("for whoever is there now");
    let wire = alice.take_sent().remove(0);
    first.receive(&wire);
    second.receive(&wire);
    assert_eq!(first.private_texts(), [""; 0]);
    assert_eq!(second.private_texts(), ["for whoever is there now"]);
}

#[test]
fn with_another_key_it_gets_nothing_that_was_meant_for_the_first() {
    let (mut alice, first) = private_pair(ALICE_2, BOB_2);
    let meant = first.conversation.own_fingerprint();
    let mut second = Party::new(Setup { key: 2, ..BOB_2 });
    second.start();
    carry(&mut second, &mut alice);
    let other = second.conversation.own_fingerprint();
    assert!(matches!(alice.conversation.message_state(),
        MessageState::Encrypted { fingerprint, .. } if fingerprint == other));
    let refusal = alice.conversation.send("secret", Audience::Key(meant), alice.now).unwrap_err();
    assert_eq!(refusal, SendError::OtherKey(other));
}
