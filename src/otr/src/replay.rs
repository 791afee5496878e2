//! Conversations that libotr 4.1.1 had with itself, in versions 2 and 3, recorded with all their
//! secrets, computed again.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use serde_json::Value;

use crate::auth::{Established, replay as auth};
use crate::crypto::{AkeKeys, DhKeyPair, DhPublic, MacKey, SessionKeys, aes_ctr, sha256};
use crate::data::{DataMessage, KeyRing};
use crate::fingerprint::Fingerprint;
use crate::message_state::{Ssid, SsidHalf};
use crate::smp::replay as smp;
use crate::testing::unhex;
use crate::tlv;
use crate::version::Version;
use crate::wire::{self, Header, MessageType, Reader, Writer};

/// One in each version, with the same secrets.
fn recordings() -> [(Version, Value); 2] {
    let v2 = include_str!("../tests/vectors/libotr_v2.json");
    let v3 = include_str!("../tests/vectors/libotr_v3.json");
    [(Version::V2, v2), (Version::V3, v3)]
        .map(|(version, text)| (version, serde_json::from_str(text).unwrap()))
}

fn bytes(value: &Value) -> Vec<u8> {
    unhex(value.as_str().unwrap())
}

fn pair(private: &Value) -> DhKeyPair {
    DhKeyPair::from_private(&bytes(private).try_into().unwrap()).unwrap()
}

fn public(value: &Value) -> DhPublic {
    let mpi = Writer::new().mpi(&bytes(value)).into_bytes();
    DhPublic::read(&mut Reader::new(&mpi)).unwrap()
}

/// The message of a log entry.
fn message(recording: &Value, index: usize) -> Vec<u8> {
    wire::decode(recording["log"][index]["wire"].as_str().unwrap()).unwrap()
}

/// Its header and what follows.
fn opened(message: &[u8]) -> (Header, Reader<'_>) {
    let mut reader = Reader::new(message);
    (Header::read(&mut reader).unwrap().unwrap(), reader)
}

/// A result line of a log entry that begins so.
fn result(recording: &Value, index: usize, beginning: &str) -> Option<String> {
    recording["log"][index]["result"]
        .as_array()
        .unwrap()
        .iter()
        .find_map(|line| line.as_str().unwrap().strip_prefix(beginning).map(String::from))
}

// otr3 A28, A30, A31, A33, A34, A88
#[test]
fn the_key_exchange_is_computed_again() {
    for (version, recording) in recordings() {
        let bob = pair(&recording["bob_commit"]["auth_priv"]);
        let alice = pair(&recording["after_ake"]["alice"]["auth_priv"]);
        assert!(*bob.public() == public(&recording["bob_commit"]["auth_pub"]));
        assert!(*alice.public() == public(&recording["after_ake"]["alice"]["auth_pub"]));

        // D-H Commit
        let commit = message(&recording, 1);
        let (header, mut body) = opened(&commit);
        assert_eq!((header.message_type, header.receiver), (MessageType::DhCommit, None));
        assert_eq!(header.version, version);
        let r: [u8; 16] = bytes(&recording["bob_commit"]["auth_r"]).try_into().unwrap();
        let mut promised = body.data().unwrap().to_vec();
        aes_ctr(&r, [0; 8], &mut promised);
        assert_eq!(promised, bob.public().to_mpi());
        assert_eq!(body.data().unwrap(), sha256(&[&promised]));

        // D-H Key
        let dh_key = message(&recording, 2);
        let (header, mut body) = opened(&dh_key);
        assert_eq!(header.message_type, MessageType::DhKey);
        assert!(DhPublic::read(&mut body).unwrap() == *alice.public());

        // The keys
        let keys = AkeKeys::new(&bob.shared_secret(alice.public()));
        let noted = recording["ssid"]["alice"].as_str().unwrap();
        assert_eq!(keys.ssid.as_slice(), unhex(noted.split(' ').next().unwrap()));

        // Reveal Signature and Signature
        let reveal = message(&recording, 3);
        let (header, body) = opened(&reveal);
        assert_eq!(header.message_type, MessageType::RevealSignature);
        let identity = auth::open_reveal(&keys, bob.public(), alice.public(), body, &r).unwrap();
        assert_eq!(identity, (fingerprint(&recording, "bob"), 1));
        let signature = message(&recording, 4);
        let (header, body) = opened(&signature);
        assert_eq!(header.message_type, MessageType::Signature);
        let identity = auth::open_signature(&keys, alice.public(), bob.public(), body).unwrap();
        assert_eq!(identity, (fingerprint(&recording, "alice"), 1));
    }
}

fn fingerprint(recording: &Value, who: &str) -> Fingerprint {
    recording["fingerprints"][who].as_str().unwrap().parse().unwrap()
}

/// The MAC keys of a pair, and its extra key, as libotr noted them.
fn noted_keys(state: &Value, ours: usize, theirs: usize) -> [Vec<u8>; 3] {
    let line = state[format!("sess[{ours}][{theirs}]")].as_str().unwrap();
    let field =
        |name: &str| unhex(line.split(' ').find_map(|field| field.strip_prefix(name)).unwrap());
    ["sendmac=", "rcvmac=", "extra="].map(field)
}

// otr3 A45
#[test]
fn session_keys_are_computed_again() {
    for (_, recording) in recordings() {
        let states = recording["states"].as_array().unwrap();
        let mut count = 0;
        for state in states.iter().chain([&recording["after_ake"]]) {
            for who in ["alice", "bob"] {
                let state = &state[who];
                for (i, ours) in ["our_priv", "our_old_priv"].into_iter().enumerate() {
                    for (j, theirs) in ["their_y", "their_old_y"].into_iter().enumerate() {
                        if state[theirs].as_str() == Some("-") {
                            continue;
                        }
                        let (ours, theirs) = (pair(&state[ours]), public(&state[theirs]));
                        let keys =
                            SessionKeys::new(&ours.shared_secret(&theirs), ours.public(), &theirs);
                        let [sending, receiving, extra] = noted_keys(state, i, j);
                        assert_eq!(keys.sending_mac.as_bytes().as_slice(), sending);
                        assert_eq!(keys.receiving_mac.as_bytes().as_slice(), receiving);
                        assert_eq!(keys.extra.as_slice(), extra);
                        count += 1;
                    }
                }
            }
        }
        assert!(count > 40, "{count}");
    }
}

type Keys<T> = BTreeMap<(bool, u32), T>;

/// Every private key that was noted, by its owner (Alice?) and serial number.
fn private_keys(recording: &Value) -> Keys<DhKeyPair> {
    let mut keys = Keys::new();
    for state in recording["states"].as_array().unwrap().iter().chain([&recording["after_ake"]]) {
        for who in ["alice", "bob"] {
            let id: u32 = state[who]["our_keyid"].as_str().unwrap().parse().unwrap();
            keys.insert((who == "alice", id), pair(&state[who]["our_priv"]));
            keys.insert((who == "alice", id - 1), pair(&state[who]["our_old_priv"]));
        }
    }
    keys
}

// otr3 A44, A45, A48, A50, A60, A88
#[test]
fn data_messages_are_verified_and_decrypted() {
    for (version, recording) in recordings() {
        let privates = private_keys(&recording);
        let mut publics: Keys<DhPublic> =
            privates.iter().map(|(name, pair)| (*name, *pair.public())).collect();
        let (mut texts, mut extra_keys) = (0, 0);
        for index in 5..=16 {
            let from_alice = recording["log"][index]["from"] == "alice";
            let whole = message(&recording, index);
            let (header, body) = opened(&whole);
            assert_eq!((header.version, header.message_type), (version, MessageType::Data));
            let data = DataMessage::read(&whole, body).unwrap();
            publics.insert((from_alice, data.sender_key_id + 1), data.next_key);
            let sender = (from_alice, data.sender_key_id);
            let receiver = (!from_alice, data.receiver_key_id);
            // As the receiver, or with the sender's own key where only that was noted.
            let (mac_key, cipher_key, extra) =
                match (privates.get(&receiver), privates.get(&sender)) {
                    (Some(ours), _) => {
                        let theirs = &publics[&sender];
                        let keys =
                            SessionKeys::new(&ours.shared_secret(theirs), ours.public(), theirs);
                        (
                            *keys.receiving_mac.as_bytes(),
                            *keys.receiving_cipher.as_bytes(),
                            keys.extra,
                        )
                    }
                    (None, Some(ours)) => {
                        let theirs = &publics[&receiver];
                        let keys =
                            SessionKeys::new(&ours.shared_secret(theirs), ours.public(), theirs);
                        (*keys.sending_mac.as_bytes(), *keys.sending_cipher.as_bytes(), keys.extra)
                    }
                    (None, None) => panic!("no key was noted for message {index}"),
                };
            assert_eq!(MacKey::new(mac_key).mac(data.authenticated), data.mac);
            let mut plain = data.encrypted.to_vec();
            aes_ctr(&cipher_key, data.counter, &mut plain);
            let (text, tlvs) = tlv::split(&plain);
            if let Some(expected) = result(&recording, index, "PLAIN ") {
                assert_eq!(text, expected);
                texts += 1;
            } else if let Some(tlv) = tlvs.first() {
                let noted = result(&recording, index, "TLV ").unwrap();
                let (_, value) = noted.split_once(' ').unwrap();
                assert_eq!(tlv.value, unhex(value));
            }
            if let Some(noted) = result(&recording, index, "EVENT SYMKEY ") {
                assert_eq!(extra.as_slice(), unhex(noted.rsplit_once("key=").unwrap().1));
                extra_keys += 1;
            }
        }
        assert_eq!((texts, extra_keys), (8, 1));
    }
}

/// Bob's keys as they were after the key exchange, the next key included.
fn bobs_ring(version: Version, recording: &Value) -> KeyRing {
    let bob = &recording["after_ake"]["bob"];
    let (ours, theirs) = (pair(&bob["our_old_priv"]), public(&bob["their_y"]));
    let secret = ours.shared_secret(&theirs);
    let established = Established {
        version,
        fingerprint: fingerprint(recording, "alice"),
        ssid: Ssid::new([0; 8], SsidHalf::First),
        session_keys: Arc::new(SessionKeys::new(&secret, ours.public(), &theirs)),
        our_key: Arc::new(ours),
        their_key: theirs,
        their_key_id: 1,
    };
    KeyRing::with_next_key(&established, pair(&bob["our_priv"]))
}

// otr3 A46, A49
#[test]
fn a_key_ring_reads_what_libotr_sent_and_only_once() {
    for (version, recording) in recordings() {
        let mut ring = bobs_ring(version, &recording);
        for index in [5, 6, 8] {
            let whole = message(&recording, index);
            let (_, body) = opened(&whole);
            let data = DataMessage::read(&whole, body).unwrap();
            let plain = ring.open(&data, &mut rand::rng()).unwrap().plaintext;
            assert_eq!(tlv::split(&plain).0, result(&recording, index, "PLAIN ").unwrap());
            assert!(ring.open(&data, &mut rand::rng()).is_err());
        }
    }
}

// otr3 A63, A64
#[test]
fn the_proofs_of_a_verification_hold() {
    for (_, recording) in recordings() {
        let values: Vec<Vec<u8>> = (14..=17)
            .map(|index| {
                let noted = result(&recording, index, "TLV ").unwrap();
                unhex(noted.split_once(' ').unwrap().1)
            })
            .collect();
        let [one, two, three, four] = values.try_into().unwrap();
        assert_eq!(smp::check(one, two, three, four).as_deref(), Ok("the question?"));
    }
}
