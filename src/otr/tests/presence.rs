//! Clients that have gone, and the choice between several.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "test code")]

mod support;

use otr::{
    Audience, Event, Fingerprint, InstanceTag, MessageState, Recipient, Record, RecordError,
    SendError, SmpError, UnknownInstance,
};
use support::{ALICE, BOB, Party, Setup, carry, private_pair};

const PHONE: Setup = Setup { key: 2, tag: 0xb0c, ..BOB };

fn tag(setup: Setup) -> InstanceTag {
    InstanceTag::new(setup.tag).unwrap()
}

/// The client that a text would go to.
fn shown(party: &Party) -> Option<InstanceTag> {
    match party.conversation.message_state() {
        MessageState::Plaintext => None,
        MessageState::Encrypted { instance, .. } | MessageState::Finished { instance, .. } => {
            Some(instance)
        }
    }
}

/// Alice in private with Bob's desk, which was heard first and is verified, and then his phone.
fn with_two() -> (Party, Party, Party) {
    let (mut alice, desk) = private_pair(ALICE, BOB);
    alice.conversation.set_trusted([desk.conversation.own_fingerprint()]);
    alice.wait_millis(1_000);
    let mut phone = Party::new(PHONE);
    phone.start();
    carry(&mut phone, &mut alice);
    assert!(phone.is_private());
    alice.events.clear();
    (alice, desk, phone)
}

/// What Alice's clients can be told by: the keys.
fn is_sent(alice: &mut Party, audience: Audience) -> Result<(), SendError> {
    let outputs = alice.conversation.send("text", audience, alice.now)?;
    alice.take(outputs);
    Ok(())
}

// otr3 A79
#[test]
fn a_verified_client_that_has_gone_is_not_preferred_to_a_living_one() {
    let (mut alice, mut desk, mut phone) = with_two();
    assert_eq!(shown(&alice), Some(tag(BOB)));
    alice.conversation.set_present(tag(BOB), false);
    assert!(!alice.conversation.is_present(tag(BOB)));
    assert_eq!(shown(&alice), Some(tag(PHONE)));
    alice.send("to the phone");
    carry(&mut alice, &mut phone);
    assert_eq!(phone.private_texts(), ["to the phone"]);

    // It is there again when it says something that is authenticated, and not before.
    alice.receive("?OTRv3?");
    alice.receive("hello");
    alice.sent.clear();
    assert_eq!(shown(&alice), Some(tag(PHONE)));
    desk.send("back");
    carry(&mut desk, &mut alice);
    assert!(alice.conversation.is_present(tag(BOB)));
    assert_eq!(shown(&alice), Some(tag(BOB)));
}

#[test]
fn a_text_is_not_lost_at_a_client_that_has_gone() {
    let (mut alice, mut bob) = private_pair(ALICE, BOB);
    let audience = alice.conversation.audience();
    alice.conversation.set_present(tag(BOB), false);
    assert_eq!(alice.conversation.audience(), audience);
    for audience in [audience, Audience::Contact, Audience::Everybody] {
        assert_eq!(is_sent(&mut alice, audience), Err(SendError::Absent));
    }
    let (whom, now, nobody) = (bob.conversation.own_fingerprint(), alice.now, SmpError::Absent);
    assert_eq!(alice.conversation.verify(whom, &"x".into(), None, now), Err(nobody));
    let record = Record { number: 9, value: b"x" };
    let record = alice.conversation.send_record(whom, "text", record, now);
    assert_eq!(record, Err(RecordError::Absent));
    let extra_key = alice.conversation.extra_key(whom, 1, b"", now).map(|_| ());
    assert_eq!(extra_key, Err(RecordError::Absent));
    assert!(alice.sent.is_empty());

    // New keys show that it is there.
    alice.start();
    carry(&mut alice, &mut bob);
    assert_eq!(is_sent(&mut alice, audience), Ok(()));
    alice.conversation.set_present(tag(BOB), false);
    alice.conversation.set_present(tag(BOB), true);
    assert_eq!(is_sent(&mut alice, audience), Ok(()));
}

#[test]
fn a_text_for_the_key_of_a_client_that_has_gone_waits_for_it() {
    let (mut alice, desk, _) = with_two();
    alice.conversation.set_present(tag(BOB), false);
    let meant = Audience::Key(desk.conversation.own_fingerprint());
    assert_eq!(is_sent(&mut alice, meant), Err(SendError::Absent));
}

// otr3 A71, A79: of two that get nothing, the one that left is shown: there the person must choose.
#[test]
fn a_client_that_has_gone_never_makes_a_text_go_out_in_clear() {
    let (mut alice, mut desk, mut phone) = with_two();
    phone.end();
    carry(&mut alice, &mut phone);
    alice.conversation.set_present(tag(BOB), false);
    assert_eq!(shown(&alice), Some(tag(PHONE)));
    assert_eq!(is_sent(&mut alice, Audience::Everybody), Err(SendError::Finished));
    alice.conversation.set_present(tag(PHONE), false);
    assert_eq!(is_sent(&mut alice, Audience::Everybody), Err(SendError::Absent));
    // Somebody new who has shared no keys changes nothing of that.
    alice.receive("?OTRv3?");
    let mut third = Party::new(Setup { tag: 0xb0d, ..PHONE });
    third.receive(&alice.sent.remove(0));
    let dh_key = third.sent.remove(0);
    alice.receive(&dh_key);
    assert_eq!(is_sent(&mut alice, Audience::Everybody), Err(SendError::Absent));
    alice.sent.clear();
    desk.send("back");
    carry(&mut desk, &mut alice);
    assert_eq!(is_sent(&mut alice, Audience::Everybody), Ok(()));
}

// otr3 A79
#[test]
fn the_person_may_choose_the_client() {
    let (mut alice, mut desk, mut phone) = with_two();
    assert_eq!(alice.conversation.recipient(), Recipient::Best);
    assert_eq!(shown(&alice), Some(tag(BOB)));
    alice.conversation.set_recipient(Recipient::Recent).unwrap();
    assert_eq!(shown(&alice), Some(tag(PHONE)));
    alice.wait_millis(1_000);
    desk.send("here");
    carry(&mut desk, &mut alice);
    assert_eq!(shown(&alice), Some(tag(BOB)));

    // A chosen one stays, also when it has gone or left, and gets no text for another key.
    alice.conversation.set_recipient(Recipient::Instance(tag(PHONE))).unwrap();
    assert_eq!(shown(&alice), Some(tag(PHONE)));
    let desk_key = desk.conversation.own_fingerprint();
    let phone_key = phone.conversation.own_fingerprint();
    let refused = is_sent(&mut alice, Audience::Key(desk_key));
    assert_eq!(refused, Err(SendError::OtherKey(phone_key)));
    alice.conversation.set_present(tag(PHONE), false);
    assert_eq!(is_sent(&mut alice, Audience::Key(phone_key)), Err(SendError::Absent));
    phone.end();
    carry(&mut phone, &mut alice);
    assert_eq!(is_sent(&mut alice, Audience::Key(phone_key)), Err(SendError::Finished));
    assert_eq!(shown(&alice), Some(tag(PHONE)));

    // The one that is verified is the one that was chosen.
    alice.conversation.set_recipient(Recipient::Instance(tag(BOB))).unwrap();
    alice.verify("secret", None);
    carry(&mut alice, &mut desk);
    assert!(desk.has(|event| matches!(event, Event::SmpRequested { .. })));
    alice.end();
    assert_eq!(alice.conversation.recipient(), Recipient::Best);
    assert_eq!(shown(&alice), None);
}

#[test]
fn a_client_that_shares_no_keys_cannot_be_chosen() {
    let (mut alice, _, _) = with_two();
    let nobody = Recipient::Instance(InstanceTag::new(0x999).unwrap());
    assert_eq!(alice.conversation.set_recipient(nobody), Err(UnknownInstance));
    assert_eq!(alice.conversation.recipient(), Recipient::Best);
    assert!(!alice.conversation.is_present(InstanceTag::new(0x999).unwrap()));
    assert_eq!(alice.conversation.set_recipient(Recipient::Instance(tag(BOB))), Ok(()));
    let mut fresh = Party::new(ALICE);
    let unknown = fresh.conversation.set_recipient(Recipient::Instance(tag(BOB)));
    assert_eq!(unknown, Err(UnknownInstance));
}

// otr3 A79: END
#[test]
fn we_leave_every_client_also_those_that_have_gone() {
    let (mut alice, mut desk, mut phone) = with_two();
    alice.conversation.set_present(tag(BOB), false);
    alice.end();
    assert_eq!(alice.events, [Event::SessionEnded]);
    assert_eq!(alice.sent.len(), 2);
    for wire in std::mem::take(&mut alice.sent) {
        desk.receive(&wire);
        phone.receive(&wire);
    }
    for party in [&desk, &phone] {
        assert!(matches!(party.conversation.message_state(), MessageState::Finished { .. }));
    }
    assert_eq!(alice.conversation.instances().count(), 0);
}

#[test]
fn each_private_client_is_listed_with_its_key() {
    let (alice, desk, phone) = with_two();
    let mut listed: Vec<(InstanceTag, Fingerprint)> = alice
        .conversation
        .instances()
        .filter_map(|state| match state {
            MessageState::Encrypted { instance, fingerprint, .. } => Some((instance, fingerprint)),
            MessageState::Plaintext | MessageState::Finished { .. } => None,
        })
        .collect();
    listed.sort();
    let expected = [
        (tag(BOB), desk.conversation.own_fingerprint()),
        (tag(PHONE), phone.conversation.own_fingerprint()),
    ];
    assert_eq!(listed, expected);
}
