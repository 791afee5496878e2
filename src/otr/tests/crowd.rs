//! More programs of a contact than we keep: whoever comes last still gets in.
#![expect(clippy::wildcard_enum_match_arm, reason = "test code")]

mod support;

use otr::{Event, InstanceTag, MessageState, Policy, Recipient};
use support::{ALICE, BOB, Party, Setup, Side as _, carry};

/// The most that are kept.
const PLACES: u32 = 16;

/// A program with a key that nobody has verified.
fn stranger(number: u32) -> Party {
    Party::new(Setup { key: 2, tag: 0x2000 + number, policy: Policy::MANUAL, bytes_max: None })
}

fn begin(program: &mut Party, alice: &mut Party) {
    alice.wait_millis(1);
    program.start();
    carry(program, alice);
    alice.wait_millis(1);
}

fn displaced(alice: &Party) -> Vec<u32> {
    let tag = |event: &Event| match event {
        Event::SessionDisplaced { instance, .. } => Some(instance.get()),
        _ => None,
    };
    alice.events.iter().filter_map(tag).collect()
}

fn is_private_with(alice: &Party, tag: u32) -> bool {
    let is_it = |state: MessageState| matches!(state, MessageState::Encrypted { instance, .. } if instance.get() == tag);
    alice.conversation.instances().any(is_it)
}

#[test]
fn programs_that_have_left_give_way_first() {
    let mut alice = Party::new(ALICE);
    let mut strangers: Vec<Party> = (0..PLACES).map(stranger).collect();
    for (number, program) in strangers.iter_mut().enumerate() {
        begin(program, &mut alice);
        if number >= 14 {
            program.end();
            carry(program, &mut alice);
        }
    }
    assert_eq!(displaced(&alice), [0; 0]);
    let mut bob = Party::new(BOB);
    begin(&mut bob, &mut alice);
    assert!(bob.is_private() && is_private_with(&alice, BOB.tag));
    assert_eq!(displaced(&alice), [0x200e]);
    assert_eq!(u32::try_from(alice.conversation.instances().count()), Ok(PLACES));
}

#[test]
fn of_programs_that_are_there_the_one_heard_longest_ago_gives_way_and_is_told() {
    let mut alice = Party::new(ALICE);
    let mut strangers: Vec<Party> = (0..PLACES).map(stranger).collect();
    strangers.iter_mut().for_each(|program| begin(program, &mut alice));
    strangers[0].send("still here");
    carry(&mut strangers[0], &mut alice);
    let mut bob = Party::new(BOB);
    bob.start();
    carry(&mut bob, &mut alice);
    assert!(bob.is_private());
    assert_eq!(displaced(&alice), [0x2001]);
    let last = |is_it: fn(&Event) -> bool| alice.events.iter().rposition(is_it).unwrap();
    let goodbye = last(|event| matches!(event, Event::SessionDisplaced { .. }));
    let new = last(|event| matches!(event, Event::SessionStarted { .. }));
    assert_eq!(goodbye + 1, new, "it is told before the new one: {:?}", alice.events);
}

#[test]
fn a_program_that_gives_way_learns_of_it() {
    let mut alice = Party::new(ALICE);
    let mut first = stranger(0);
    begin(&mut first, &mut alice);
    for number in 1..=PLACES {
        let mut program = stranger(number);
        program.start();
        for _ in 0..4 {
            for wire in program.take_sent() {
                alice.receive(&wire);
            }
            for wire in alice.take_sent() {
                program.receive(&wire);
                first.receive(&wire);
            }
        }
        alice.wait_millis(1);
    }
    assert!(matches!(first.conversation.message_state(), MessageState::Finished { .. }));
}

// Neither what is verified nor what was chosen gives way to whoever comes along.
#[test]
fn a_verified_program_and_the_chosen_one_stay() {
    let mut alice = Party::new(ALICE);
    let mut bob = Party::new(BOB);
    begin(&mut bob, &mut alice);
    alice.conversation.set_trusted([bob.conversation.own_fingerprint()]);
    let mut chosen = stranger(0x100);
    begin(&mut chosen, &mut alice);
    let recipient = Recipient::Instance(InstanceTag::new(0x2100).unwrap());
    alice.conversation.set_recipient(recipient).unwrap();
    for number in 0..2 * PLACES {
        begin(&mut stranger(number), &mut alice);
    }
    assert!(is_private_with(&alice, BOB.tag) && is_private_with(&alice, 0x2100));
    alice.send("for the chosen one");
    carry(&mut alice, &mut chosen);
    assert_eq!(chosen.private_texts(), ["for the chosen one"]);
}

// And where every place is verified, a stranger gets none.
#[test]
fn a_stranger_takes_no_verified_place() {
    let mut alice = Party::new(ALICE);
    let verified = |number| Party::new(Setup { tag: 0x3000 + number, ..BOB });
    alice.conversation.set_trusted([verified(0).conversation.own_fingerprint()]);
    (0..PLACES).for_each(|number| begin(&mut verified(number), &mut alice));
    let mut late = stranger(0);
    begin(&mut late, &mut alice);
    assert_eq!(displaced(&alice), [0x2000]);
    assert!(!is_private_with(&alice, 0x2000));
    assert!(matches!(late.conversation.message_state(), MessageState::Finished { .. }));
    let mut next = verified(PLACES);
    begin(&mut next, &mut alice);
    assert!(is_private_with(&alice, 0x3000 + PLACES));
}

// What anybody can send takes no place of a session.
#[test]
fn offers_that_lead_nowhere_end_no_session() {
    let mut alice = Party::new(ALICE);
    let mut strangers: Vec<Party> = (0..PLACES).map(stranger).collect();
    strangers.iter_mut().for_each(|program| begin(program, &mut alice));
    for number in 0..100 {
        let mut other = stranger(0x500 + number);
        other.receive("?OTRv3?");
        other.take_sent().iter().for_each(|commit| alice.receive(commit));
        alice.take_sent();
    }
    assert_eq!(displaced(&alice), [0; 0]);
    assert!((0..PLACES).all(|number| is_private_with(&alice, 0x2000 + number)));
    let mut bob = Party::new(BOB);
    begin(&mut bob, &mut alice);
    assert!(is_private_with(&alice, BOB.tag));
}
