//! What a client keeps comes back as it was, or not at all.
#![expect(clippy::wildcard_enum_match_arm, reason = "test code")]

mod support;

use std::time::Duration;

use otr::{Audience, Event, Fingerprint, InstanceTag, MessageState, Policy, Timestamp};
use support::{ALICE, BOB, Party, Setup, carry, private_pair};

#[test]
fn an_audience_is_kept_in_bytes_and_nothing_else_is_taken_for_one() {
    let key = Fingerprint::V3([7; 20]);
    for audience in [Audience::Everybody, Audience::Contact, Audience::Key(key)] {
        let bytes = audience.to_bytes();
        assert_eq!(Audience::from_bytes(&bytes), Some(audience));
        assert_eq!(Audience::from_bytes(&bytes[..20]), None);
        assert_eq!(Audience::from_bytes(&[&bytes[..], &[0]].concat()), None);
    }
    // A damaged note never widens the audience.
    let mut damaged = Audience::Key(key).to_bytes();
    for kind in [0, 1, 3, 255] {
        damaged[0] = kind;
        assert_eq!(Audience::from_bytes(&damaged), None);
    }
    assert_eq!(Audience::from_bytes(&[]), None);
}

#[test]
fn an_instance_tag_is_read_as_it_is_written() {
    for tag in [0x100, 0xa11, u32::MAX] {
        let tag = InstanceTag::new(tag);
        assert_eq!(tag.and_then(|tag| tag.to_string().parse().ok()), tag);
    }
    assert_eq!("A11".parse().ok(), InstanceTag::new(0xa11));
    for wrong in ["", "0", "ff", "+a11", "0xa11", "100000000", " a11", "g00"] {
        assert!(wrong.parse::<InstanceTag>().is_err(), "{wrong}");
    }
}

#[test]
fn a_policy_is_kept_as_a_number_and_unknown_flags_are_refused() {
    for policy in [Policy::NEVER, Policy::MANUAL, Policy::OPPORTUNISTIC, Policy::ALWAYS] {
        assert_eq!(Policy::from_bits(policy.bits()), Some(policy));
    }
    assert_eq!(Policy::MANUAL.bits(), 3);
    assert_eq!(Policy::from_bits(0x40), None);
    assert_eq!(Policy::from_bits(0xff), None);
}

#[test]
fn time_is_added_to_and_measured() {
    let origin = Timestamp::from(Duration::from_secs(2));
    assert_eq!(origin, Timestamp::from_millis(2_000));
    let later = origin + Duration::from_millis(5);
    assert_eq!(later.saturating_since(origin), Duration::from_millis(5));
    assert_eq!(origin.saturating_since(later), Duration::ZERO);
    assert_eq!(origin + Duration::MAX, Timestamp::from_millis(u64::MAX));
}

#[test]
fn another_program_that_texts_go_to_now_is_told_if_its_key_is_another() {
    let (mut alice, mut bob) = private_pair(ALICE, BOB);
    let bobs = alice.conversation.message_state();
    assert_eq!(bobs.fingerprint(), Some(bob.conversation.own_fingerprint()));
    assert!(bobs.is_private() && bobs.instance() == Some(bob.conversation.own_instance()));
    let changes = |party: &Party| -> Vec<MessageState> {
        let changes = party.events.iter().filter_map(|event| match event {
            Event::RecipientChanged(state) => Some(*state),
            _ => None,
        });
        changes.collect()
    };
    // The same key at another program is the same person.
    let mut tablet = Party::new(Setup { tag: 0xb0d, ..BOB });
    alice.wait_millis(1_000);
    tablet.start();
    carry(&mut tablet, &mut alice);
    assert!(changes(&alice).is_empty());
    // Another key is perhaps another person.
    let mut other = Party::new(Setup { key: 2, tag: 0xb0c, ..BOB });
    alice.wait_millis(1_000);
    other.start();
    carry(&mut other, &mut alice);
    let others = alice.conversation.message_state();
    assert_eq!(changes(&alice), [others]);
    assert_eq!(others.fingerprint(), Some(other.conversation.own_fingerprint()));
    assert_eq!(alice.events.last().and_then(Event::peer), None);
    // And back, by a mere text.
    alice.wait_millis(1_000);
    alice.events.clear();
    let key = bob.conversation.own_fingerprint();
    bob.send("here");
    carry(&mut bob, &mut alice);
    assert_eq!(changes(&alice), [bobs]);
    assert_eq!(alice.events[0].peer().map(|(_, from)| from), Some(key));
}

#[test]
fn what_is_kept_of_a_contact_is_given_to_a_conversation_as_it_begins() {
    use otr::{Config, Conversation, PrivateKey};
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;
    let config = || {
        let mut rng = StdRng::from_rng(&mut rand::rng());
        let (key, instance) = (PrivateKey::generate(&mut rng), InstanceTag::random(&mut rng));
        Config::new(key, instance, rng).policy(Policy::ALWAYS)
    };
    assert!(Conversation::new(config().v3_seen(true)).v3_seen());
    assert!(!Conversation::new(config()).v3_seen());
    let key = Fingerprint::V3([7; 20]);
    assert_eq!(Conversation::new(config().trusted([key])).audience(), Audience::Key(key));
}
