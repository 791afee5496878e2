//! Two key rings against each other.

use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use super::extra_key::ExtraKey;
use super::key_ring::{KeyRing, REVEALED_MAX, Unopened};
use super::message::DataMessage;
use super::received::WINDOW;
use crate::auth::Established;
use crate::crypto::{DhKeyPair, SessionKeys, powers_computed};
use crate::fingerprint::Fingerprint;
use crate::instance::InstanceTag;
use crate::message_state::{Ssid, SsidHalf};
use crate::version::Version;
use crate::wire::{Header, Malformed, MessageType, Reader};

fn rings() -> (KeyRing, KeyRing) {
    let rng = &mut rand::rng();
    let (a, b) = (Arc::new(DhKeyPair::generate(rng)), Arc::new(DhKeyPair::generate(rng)));
    let ring = |ours: &Arc<DhKeyPair>, theirs: &Arc<DhKeyPair>| {
        let established = Established {
            version: Version::V3,
            fingerprint: Fingerprint::V3([0; 20]),
            ssid: Ssid::new([0; 8], SsidHalf::First),
            our_key: Arc::clone(ours),
            their_key: *theirs.public(),
            their_key_id: 1,
            session_keys: Arc::new(SessionKeys::new(
                &ours.shared_secret(theirs.public()),
                ours.public(),
                theirs.public(),
            )),
        };
        KeyRing::new(&established, &mut rand::rng())
    };
    (ring(&a, &b), ring(&b, &a))
}

fn header() -> Header {
    Header {
        version: Version::V3,
        message_type: MessageType::Data,
        sender: InstanceTag::new(0x100).unwrap(),
        receiver: InstanceTag::new(0x200),
    }
}

fn seal(ring: &mut KeyRing, text: &str) -> Vec<u8> {
    ring.seal(header(), 0, text.as_bytes().to_vec())
}

fn read(message: &[u8]) -> Result<DataMessage<'_>, Malformed> {
    let mut body = Reader::new(message);
    Header::read(&mut body).unwrap();
    DataMessage::read(message, body)
}

fn open(ring: &mut KeyRing, message: &[u8]) -> Result<Vec<u8>, Unopened> {
    ring.open(&read(message).unwrap(), &mut rand::rng()).map(|opened| opened.plaintext.to_vec())
}

/// The MAC keys that a message reveals, and the key that its own MAC needs.
fn revealed(message: &[u8]) -> Vec<Vec<u8>> {
    let data = read(message).unwrap();
    let mut reader = Reader::new(&message[data.authenticated.len() + 20..]);
    reader.data().unwrap().chunks(20).map(<[u8]>::to_vec).collect()
}

// Three powers a message: one session key on each side, and a new D-H key. The first messages need
// no session key, as the exchange has computed theirs.
#[test]
fn a_message_that_changes_keys_costs_three_powers() {
    let (mut alice, mut bob) = rings();
    let before = powers_computed();
    let first = seal(&mut alice, "x");
    open(&mut bob, &first).unwrap();
    assert_eq!(powers_computed() - before, 0);
    let mut costs = Vec::new();
    for round in 0..8 {
        let (from, to) =
            if round % 2 == 0 { (&mut bob, &mut alice) } else { (&mut alice, &mut bob) };
        let before = powers_computed();
        let message = seal(from, "x");
        open(to, &message).unwrap();
        costs.push(powers_computed() - before);
    }
    assert_eq!(costs, [3; 8]);
}

// otr3 A46, A53: ping-pong reveals nothing three times, then one key each, as libotr's does.
#[test]
fn keys_change_and_old_mac_keys_are_revealed() {
    let (mut alice, mut bob) = rings();
    let mut counts = Vec::new();
    for round in 0..8 {
        let (from, to) =
            if round % 2 == 0 { (&mut alice, &mut bob) } else { (&mut bob, &mut alice) };
        let message = seal(from, "x");
        counts.push(revealed(&message).len());
        assert_eq!(open(to, &message), Ok(b"x".to_vec()));
    }
    assert_eq!(counts, [0, 0, 0, 1, 1, 1, 1, 1]);
    assert!(read(&seal(&mut alice, "x")).unwrap().sender_key_id > 3);
}

// otr3 A53: what is revealed verifies an old message, and no message that is still accepted.
#[test]
fn a_revealed_key_is_not_accepted_any_more() {
    let (mut alice, mut bob) = rings();
    let mut seen: Vec<Vec<u8>> = Vec::new();
    for _ in 0..6 {
        let to_bob = seal(&mut alice, "to bob");
        open(&mut bob, &to_bob).unwrap();
        seen.push(to_bob);
        let to_alice = seal(&mut bob, "to alice");
        for key in revealed(&to_alice) {
            let key: [u8; 20] = key.try_into().unwrap();
            let matching: Vec<&Vec<u8>> = seen
                .iter()
                .filter(|message| {
                    let data = read(message).unwrap();
                    crate::crypto::MacKey::new(key).mac(data.authenticated) == data.mac
                })
                .collect();
            assert_eq!(matching.len(), 1, "a receiving key, of one message that came");
            // With the key, anybody can forge that message now; Bob must refuse it.
            let mut forged = matching[0].clone();
            let (covered, counter_at) = {
                let data = read(&forged).unwrap();
                (data.authenticated.len(), data.authenticated.len() - data.encrypted.len() - 12)
            };
            forged[counter_at] = 0xff;
            let mac = crate::crypto::MacKey::new(key).mac(&forged[..covered]);
            forged[covered..covered + 20].copy_from_slice(&mac);
            assert_eq!(open(&mut bob, &forged), Err(Unopened::Unreadable));
        }
        open(&mut alice, &to_alice).unwrap();
    }
}

// otr3 A47, A48, A49
#[test]
fn a_replay_or_a_forged_counter_changes_nothing() {
    let (mut alice, mut bob) = rings();
    let one = seal(&mut alice, "one");
    let two = seal(&mut alice, "two");
    assert_eq!(read(&one).unwrap().counter, [0, 0, 0, 0, 0, 0, 0, 1]);
    assert_eq!(read(&two).unwrap().counter, [0, 0, 0, 0, 0, 0, 0, 2]);
    let counter_at = {
        let data = read(&one).unwrap();
        data.authenticated.len() - data.encrypted.len() - 12
    };
    let mut forged = one.clone();
    forged[counter_at] = 0xff;
    assert_eq!(open(&mut bob, &forged), Err(Unopened::Unreadable));
    assert_eq!(open(&mut bob, &one), Ok(b"one".to_vec()));
    assert_eq!(open(&mut bob, &one), Err(Unopened::Repeated));
    assert_eq!(open(&mut bob, &two), Ok(b"two".to_vec()));
    assert_eq!(open(&mut bob, &one), Err(Unopened::Repeated));
}

// otr3 A49: of what came before, so much is remembered for each pair of keys.
#[test]
fn a_copy_is_told_from_what_came_too_late() {
    let (mut alice, mut bob) = rings();
    let messages: Vec<_> = (0..=WINDOW).map(|_| seal(&mut alice, "x")).collect();
    let (late, rest) = messages.split_first().unwrap();
    let (later, rest) = rest.split_first().unwrap();
    let (last, rest) = rest.split_last().unwrap();
    for message in rest {
        assert!(open(&mut bob, message).is_ok());
        assert_eq!(open(&mut bob, message), Err(Unopened::Repeated));
    }
    // Never opened, whether the window still reaches there or not.
    assert_eq!(open(&mut bob, late), Err(Unopened::Unreadable));
    assert!(open(&mut bob, last).is_ok());
    assert_eq!(open(&mut bob, late), Err(Unopened::Unreadable));
    assert_eq!(open(&mut bob, later), Err(Unopened::Unreadable));
    for message in rest.iter().chain([last]) {
        assert_eq!(open(&mut bob, message), Err(Unopened::Repeated));
    }
    // A counter may jump; what lies further back than the window is not known any more.
    for _ in 0..WINDOW {
        seal(&mut alice, "lost");
    }
    assert!(open(&mut bob, &seal(&mut alice, "y")).is_ok());
    assert_eq!(open(&mut bob, last), Err(Unopened::Unreadable));
    // Whoever has no key makes no copies.
    let mut forged = messages[1].clone();
    let end = forged.len() - 24;
    forged[end] ^= 1;
    assert_eq!(open(&mut bob, &forged), Err(Unopened::Unreadable));
}

// otr3 A47: any altered byte that the MAC covers, or of the MAC.
#[test]
fn altered_messages_are_unreadable() {
    let (mut alice, mut bob) = rings();
    let message = seal(&mut alice, "text");
    let covered = read(&message).unwrap().authenticated.len();
    for index in (11..covered + 20).step_by(7) {
        let mut altered = message.clone();
        altered[index] ^= 1;
        let opened = read(&altered).map(|data| bob.open(&data, &mut rand::rng()).is_ok());
        assert!(matches!(opened, Ok(false) | Err(Malformed)), "byte {index}");
    }
    assert_eq!(open(&mut bob, &message), Ok(b"text".to_vec()));
}

// otr3 A46
#[test]
fn messages_of_the_previous_key_are_read_and_of_older_ones_not() {
    let (mut alice, mut bob) = rings();
    let late = seal(&mut alice, "late");
    let very_late = seal(&mut alice, "very late");
    let turn = |alice: &mut KeyRing, bob: &mut KeyRing| {
        open(bob, &seal(alice, "ping")).unwrap();
        open(alice, &seal(bob, "pong")).unwrap();
    };
    assert_eq!(open(&mut bob, &late), Ok(b"late".to_vec()));
    turn(&mut alice, &mut bob);
    turn(&mut alice, &mut bob);
    turn(&mut alice, &mut bob);
    assert_eq!(open(&mut bob, &very_late), Err(Unopened::Unreadable));
}

// otr3 A48: the trap of one counter for the whole session.
#[test]
fn counters_are_kept_for_each_pair_of_keys() {
    let (mut alice, mut bob) = rings();
    for text in ["1", "2", "3"] {
        assert!(open(&mut bob, &seal(&mut alice, text)).is_ok());
    }
    assert!(open(&mut alice, &seal(&mut bob, "4")).is_ok());
    let next = seal(&mut alice, "5");
    assert_eq!(read(&next).unwrap().counter, [0, 0, 0, 0, 0, 0, 0, 1]);
    assert!(open(&mut bob, &next).is_ok());
}

// otr3 A46
#[test]
fn unknown_key_ids_and_bad_next_keys_are_refused() {
    let (mut alice, mut bob) = rings();
    let message = seal(&mut alice, "x");
    for (sender, receiver) in [(0, 1), (1, 0), (2, 1), (1, 3), (u32::MAX, 1), (1, u32::MAX)] {
        let mut data = read(&message).unwrap();
        (data.sender_key_id, data.receiver_key_id) = (sender, receiver);
        assert_eq!(bob.open(&data, &mut rand::rng()).err(), Some(Unopened::Unreadable));
    }
    // next_dh = 1
    let at = 11 + 1 + 4 + 4;
    let bad = [&message[..at], &[0, 0, 0, 1, 1], &message[at + 4 + 192..]].concat();
    assert!(read(&bad).is_err());
    let cut = vec![0; 3];
    assert!(read(&[&message[..11], &cut].concat()).is_err());
}

// otr3 A45, A60: that of the pair, which changes with it; not one for the whole session.
#[test]
fn both_sides_have_the_extra_key_of_a_message() {
    let (mut alice, mut bob) = rings();
    let mut keys = Vec::new();
    for round in 0..6 {
        let (from, to) =
            if round % 2 == 0 { (&mut alice, &mut bob) } else { (&mut bob, &mut alice) };
        let key = from.sending_extra_key();
        let message = seal(from, "x");
        assert_eq!(from.sending_extra_key(), key);
        let opened = to.open(&read(&message).unwrap(), &mut rand::rng()).unwrap();
        assert_eq!(opened.extra_key(), key);
        assert!(!keys.contains(&key));
        keys.push(key);
    }
}

// otr3 A53
#[test]
fn a_new_session_reveals_what_the_old_one_had_left() {
    let (mut alice, mut bob) = rings();
    open(&mut bob, &seal(&mut alice, "x")).unwrap();
    let (_, mut next) = rings();
    next.reveal_for(bob);
    assert_eq!(revealed(&seal(&mut next, "y")).len(), 1);
}

// otr3 A53
#[test]
fn only_so_many_mac_keys_wait_to_be_revealed() {
    let (_, mut next) = rings();
    for _ in 0..=REVEALED_MAX {
        let (mut alice, mut bob) = rings();
        open(&mut bob, &seal(&mut alice, "x")).unwrap();
        next.reveal_for(bob);
    }
    assert_eq!(revealed(&seal(&mut next, "y")).len(), REVEALED_MAX);
    assert!(revealed(&seal(&mut next, "y")).is_empty());
}

// otr3 A56: a message costs its reader one new key and one pair, and its writer one pair.
#[test]
fn session_keys_are_computed_when_they_are_needed() {
    let (mut alice, mut bob) = rings();
    // The first pair comes from the exchange.
    assert_eq!((alice.pairs_len(), bob.pairs_len()), (1, 1));
    open(&mut bob, &seal(&mut alice, "x")).unwrap();
    open(&mut bob, &seal(&mut alice, "x")).unwrap();
    assert_eq!((alice.pairs_len(), bob.pairs_len()), (1, 1));
    for round in 0..12 {
        let (from, to) =
            if round % 2 == 0 { (&mut bob, &mut alice) } else { (&mut alice, &mut bob) };
        let before = to.pairs_len();
        let message = seal(from, "x");
        open(to, &message).unwrap();
        assert!(to.pairs_len() <= before + 1);
        assert!(to.pairs_len() <= 3 && from.pairs_len() <= 3);
    }
}

#[test]
fn an_extra_key_is_not_shown() {
    assert_eq!(alloc::format!("{:?}", ExtraKey::new(&[7; 32])), "ExtraKey(…)");
}
