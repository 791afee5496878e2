//! The state table of the key exchange: every state with every message (otr3 A34 to A41).

use alloc::vec;

use super::*;
use crate::testing;
use crate::wire::Writer;

/// One of the two.
struct Side {
    key: PrivateKey,
    tag: InstanceTag,
}

impl Side {
    fn alice() -> Self {
        Self { key: testing::key(0), tag: InstanceTag::new(0xa11).unwrap() }
    }

    fn bob() -> Self {
        Self { key: testing::key(1), tag: InstanceTag::new(0xb0b).unwrap() }
    }

    fn commit(&self) -> Arc<OwnCommit> {
        let own = Own { key: &self.key, tag: self.tag, rng: &mut rand::rng() };
        Arc::new(OwnCommit::new(None, own))
    }

    fn commit_again(&self, state: &mut AuthState, peer: InstanceTag) -> Vec<u8> {
        let own = Own { key: &self.key, tag: self.tag, rng: &mut rand::rng() };
        state.repeated_commit(peer, own).unwrap()
    }

    /// Takes a message of the other.
    fn take(&self, state: AuthState, message: &[u8]) -> (AuthState, Reaction) {
        let mut body = Reader::new(message);
        let header = Header::read(&mut body).unwrap().unwrap();
        let own = Own { key: &self.key, tag: self.tag, rng: &mut rand::rng() };
        state.receive(header.message_type, body, header.sender, own)
    }
}

/// A commit of each, the first of which outranks the other: of two pairs, one does.
fn ranked(higher: &Side, lower: &Side) -> (Arc<OwnCommit>, Arc<OwnCommit>) {
    let outranks = |ours: &OwnCommit, theirs: &OwnCommit| {
        let mut reader = Reader::new(theirs.message());
        Header::read(&mut reader).unwrap();
        ours.outranks(&commit::TheirCommit::read(reader).unwrap())
    };
    let mut pairs = (0..64).map(|_| (higher.commit(), lower.commit()));
    pairs.find(|(ours, theirs)| outranks(ours, theirs)).unwrap()
}

// otr3 A35
#[test]
fn of_two_commits_the_one_with_the_higher_hash_wins() {
    let hash = |commit: &OwnCommit| {
        let mut reader = Reader::new(commit.message());
        Header::read(&mut reader).unwrap();
        reader.data().unwrap();
        reader.data().unwrap().to_vec()
    };
    let (higher, lower) = ranked(&Side::alice(), &Side::alice());
    assert!(hash(&higher) > hash(&lower));
}

const fn name(state: &AuthState) -> &'static str {
    match state {
        AuthState::None => "NONE",
        AuthState::AwaitingDhKey(_) => "AWAITING_DHKEY",
        AuthState::AwaitingRevealSignature(_, None) => "AWAITING_REVEALSIG",
        AuthState::AwaitingRevealSignature(_, Some(_)) => "AWAITING_REVEALSIG and a commit",
        AuthState::AwaitingSignature(_, None) => "AWAITING_SIG",
        AuthState::AwaitingSignature(_, Some(_)) => "AWAITING_SIG and a D-H key",
    }
}

fn reply(reaction: Reaction) -> Vec<u8> {
    match reaction {
        Reaction::Reply(message) | Reaction::Complete(_, Some(message)) => message,
        Reaction::Nothing
        | Reaction::Complete(_, None)
        | Reaction::BrokenPromise
        | Reaction::Reflected
        | Reaction::Failed
        | Reaction::Malformed => panic!("no reply"),
    }
}

fn kind(message: &[u8]) -> MessageType {
    Header::read(&mut Reader::new(message)).unwrap().unwrap().message_type
}

/// The four messages of an exchange in which Bob commits, and both sides' states on the way.
struct Run {
    alice: Side,
    bob: Side,
    commit: Arc<OwnCommit>,
    alice_awaits_reveal: AuthState,
    dh_key: Vec<u8>,
    bob_awaits_signature: AuthState,
    reveal: Vec<u8>,
}

impl Run {
    fn new() -> Self {
        let (alice, bob) = (Side::alice(), Side::bob());
        let commit = bob.commit();
        let (alice_awaits_reveal, reaction) = alice.take(AuthState::None, commit.message());
        let dh_key = reply(reaction);
        let state = AuthState::AwaitingDhKey(Arc::clone(&commit));
        let (bob_awaits_signature, reaction) = bob.take(state, &dh_key);
        let reveal = reply(reaction);
        Self { alice, bob, commit, alice_awaits_reveal, dh_key, bob_awaits_signature, reveal }
    }
}

/// A message of another exchange.
fn foreign(message_type: MessageType) -> Vec<u8> {
    let run = Run::new();
    match message_type {
        MessageType::DhKey => run.dh_key,
        MessageType::RevealSignature => run.reveal,
        MessageType::Signature => {
            let signed = run.alice.take(run.alice_awaits_reveal, &run.reveal).1;
            reply(signed)
        }
        MessageType::DhCommit | MessageType::Data => panic!("not needed"),
    }
}

/// Flips a bit in the MAC, which ends both messages.
fn forged(message: &[u8]) -> Vec<u8> {
    let mut forged = message.to_vec();
    *forged.last_mut().unwrap() ^= 1;
    forged
}

#[test]
fn an_undisturbed_exchange_completes_on_both_sides() {
    let run = Run::new();
    assert_eq!(kind(run.commit.message()), MessageType::DhCommit);
    assert_eq!(kind(&run.dh_key), MessageType::DhKey);
    assert_eq!(kind(&run.reveal), MessageType::RevealSignature);
    assert_eq!(name(&run.alice_awaits_reveal), "AWAITING_REVEALSIG");
    assert_eq!(name(&run.bob_awaits_signature), "AWAITING_SIG");
    let (state, reaction) = run.alice.take(run.alice_awaits_reveal, &run.reveal);
    assert_eq!(name(&state), "NONE");
    let Reaction::Complete(at_alice, Some(signature)) = reaction else { panic!("not complete") };
    assert_eq!(kind(&signature), MessageType::Signature);
    let (state, reaction) = run.bob.take(run.bob_awaits_signature, &signature);
    assert_eq!(name(&state), "NONE");
    let Reaction::Complete(at_bob, None) = reaction else { panic!("not complete") };
    assert_eq!(at_alice.fingerprint, run.bob.key.fingerprint());
    assert_eq!(at_bob.fingerprint, run.alice.key.fingerprint());
    assert_eq!(at_alice.ssid.as_bytes(), at_bob.ssid.as_bytes());
    assert_ne!(at_alice.ssid.bold(), at_bob.ssid.bold());
    assert!(at_alice.their_key == *at_bob.our_key.public());
}

// otr3 A34, A35, A40: the row "Commit"
#[test]
fn a_commit_is_answered_in_every_state() {
    // NONE
    let run = Run::new();
    // AWAITING_DHKEY, ours is higher: our commit again.
    let (higher, theirs) = ranked(&run.alice, &run.bob);
    let state = AuthState::AwaitingDhKey(Arc::clone(&higher));
    let (state, reaction) = run.alice.take(state, theirs.message());
    assert_eq!(name(&state), "AWAITING_DHKEY");
    let again = reply(reaction);
    assert_eq!((&again[..7], &again[11..]), (&higher.message()[..7], &higher.message()[11..]));
    assert_eq!(again[7..11], run.bob.tag.get().to_be_bytes(), "but to this client alone");
    // AWAITING_DHKEY, ours is lower: as in NONE, but ours is kept (otr3 A37).
    let (theirs, lower) = ranked(&run.bob, &run.alice);
    let state = AuthState::AwaitingDhKey(lower);
    let (state, reaction) = run.alice.take(state, theirs.message());
    assert_eq!(name(&state), "AWAITING_REVEALSIG and a commit");
    assert_eq!(kind(&reply(reaction)), MessageType::DhKey);
    // AWAITING_REVEALSIG: the same D-H Key again, for the new commit.
    let next = run.bob.commit();
    let (state, reaction) = run.alice.take(run.alice_awaits_reveal, next.message());
    assert_eq!(name(&state), "AWAITING_REVEALSIG");
    assert_eq!(reply(reaction), run.dh_key);
    let awaiting = AuthState::AwaitingDhKey(next);
    let reveal = reply(run.bob.take(awaiting, &run.dh_key).1);
    let (state, reaction) = run.alice.take(state, &run.reveal);
    assert_eq!(name(&state), "AWAITING_REVEALSIG");
    assert!(matches!(reaction, Reaction::BrokenPromise), "the old one is forgotten");
    assert!(matches!(run.alice.take(state, &reveal).1, Reaction::Complete(..)));
    // AWAITING_SIG: a new D-H Key.
    let theirs = run.alice.commit();
    let (state, reaction) = run.bob.take(run.bob_awaits_signature, theirs.message());
    assert_eq!(name(&state), "AWAITING_REVEALSIG");
    let new_key = reply(reaction);
    assert_eq!(kind(&new_key), MessageType::DhKey);
    assert_ne!(new_key[11..], run.dh_key[11..]);
}

// otr3 A34, A40: the row "DH-Key"
#[test]
fn a_dh_key_is_answered_only_where_it_is_awaited() {
    let run = Run::new();
    let other = foreign(MessageType::DhKey);
    let (state, reaction) = run.bob.take(AuthState::None, &run.dh_key);
    assert!(matches!((state, reaction), (AuthState::None, Reaction::Nothing)));
    let (state, reaction) = run.bob.take(run.alice_awaits_reveal, &other);
    assert_eq!(name(&state), "AWAITING_REVEALSIG");
    assert!(matches!(reaction, Reaction::Nothing));
    // The same one again: the same Reveal Signature, byte for byte.
    let (state, reaction) = run.bob.take(run.bob_awaits_signature, &run.dh_key);
    assert_eq!(name(&state), "AWAITING_SIG");
    assert_eq!(reply(reaction), run.reveal);
    let (state, reaction) = run.bob.take(state, &other);
    assert_eq!(name(&state), "AWAITING_SIG");
    assert!(matches!(reaction, Reaction::Nothing));
}

// otr3 A78: nothing in an exchange names a program, so each that answers gets keys of its own.
#[test]
fn a_commit_is_answered_once_and_who_comes_later_gets_another() {
    for gave_way in [false, true] {
        let run = Run::new();
        let state = |commit| match gave_way {
            false => AuthState::AwaitingDhKey(commit),
            true => {
                let state = run.bob.take(AuthState::None, run.alice.commit().message()).0;
                let AuthState::AwaitingRevealSignature(responder, None) = state else {
                    panic!("no key")
                };
                AuthState::AwaitingRevealSignature(responder, Some(commit))
            }
        };
        let (mut at_bob, reaction) = run.bob.take(state(Arc::clone(&run.commit)), &run.dh_key);
        // Whoever gave way leaves it to the peer, and asks again only if nothing comes of that.
        let again = if gave_way {
            assert!(matches!(reaction, Reaction::Nothing));
            run.bob.commit_again(&mut at_bob, run.alice.tag)
        } else {
            reply(reaction)
        };
        assert_eq!(kind(&again), MessageType::DhCommit);
        assert_eq!(again[7..11], run.alice.tag.get().to_be_bytes(), "to this client alone");
        assert_ne!(again[11..], run.commit.message()[11..]);
        let (at_alice, reaction) = run.alice.take(run.alice_awaits_reveal, &again);
        assert_eq!(reply(reaction), run.dh_key);
        let (at_bob, reaction) = run.bob.take(at_bob, &run.dh_key);
        assert_ne!(reply_of(&at_bob), run.reveal);
        let signature = reply(run.alice.take(at_alice, &reply(reaction)).1);
        let Reaction::Complete(second, None) = run.bob.take(at_bob, &signature).1 else {
            panic!("not complete")
        };
        assert!(second.our_key.public() != run.commit.key().public());
    }
}

/// What is awaited to be answered.
fn reply_of(state: &AuthState) -> &[u8] {
    let AuthState::AwaitingSignature(initiator, _) = state else { panic!("{}", name(state)) };
    initiator.message()
}

// otr3 A34: the row "RevealSig"
#[test]
fn a_reveal_signature_counts_only_where_it_is_awaited() {
    let run = Run::new();
    let state = AuthState::AwaitingDhKey(run.alice.commit());
    for state in [AuthState::None, state, run.bob_awaits_signature] {
        let before = name(&state);
        let (state, reaction) = run.alice.take(state, &run.reveal);
        assert_eq!(name(&state), before);
        assert!(matches!(reaction, Reaction::Nothing));
    }
}

// otr3 A34: the row "Signature"
#[test]
fn a_signature_counts_only_where_it_is_awaited() {
    let run = Run::new();
    let signature = foreign(MessageType::Signature);
    let state = AuthState::AwaitingDhKey(run.bob.commit());
    for state in [AuthState::None, state, run.alice_awaits_reveal] {
        let before = name(&state);
        let (state, reaction) = run.bob.take(state, &signature);
        assert_eq!(name(&state), before);
        assert!(matches!(reaction, Reaction::Nothing));
    }
}

// otr3 A39
#[test]
fn after_forged_messages_the_right_ones_still_complete() {
    let run = Run::new();
    let (state, reaction) = run.alice.take(run.alice_awaits_reveal, &forged(&run.reveal));
    assert!(matches!(reaction, Reaction::Failed));
    let (state, reaction) = run.alice.take(state, &foreign(MessageType::RevealSignature));
    assert!(matches!(reaction, Reaction::BrokenPromise));
    let (_, reaction) = run.alice.take(state, &run.reveal);
    let signature = reply(reaction);
    let (state, reaction) = run.bob.take(run.bob_awaits_signature, &forged(&signature));
    assert_eq!(name(&state), "AWAITING_SIG");
    assert!(matches!(reaction, Reaction::Failed));
    let (state, reaction) = run.bob.take(state, &foreign(MessageType::Signature));
    assert!(matches!(reaction, Reaction::Failed));
    assert!(matches!(run.bob.take(state, &signature).1, Reaction::Complete(..)));
}

// otr3 A37: the peer gave way too, and we are the one that it answers first.
#[test]
fn when_both_give_way_either_half_may_complete() {
    for reveal_comes_first in [true, false] {
        let (alice, bob) = (Side::alice(), Side::bob());
        // Alice gives way by the rule; Bob, as libotr does, whatever the hashes are.
        let (theirs, ours) = ranked(&bob, &alice);
        let state = AuthState::AwaitingDhKey(Arc::clone(&ours));
        let (state, reaction) = alice.take(state, theirs.message());
        let alices_key = reply(reaction);
        let (bob_awaits_reveal, reaction) = bob.take(AuthState::None, ours.message());
        let bobs_key = reply(reaction);
        let (state, reaction) = alice.take(state, &bobs_key);
        assert_eq!(name(&state), "AWAITING_SIG and a D-H key");
        let alices_reveal = reply(reaction);
        if reveal_comes_first {
            let awaiting = AuthState::AwaitingDhKey(theirs);
            let bobs_reveal = reply(bob.take(awaiting, &alices_key).1);
            let (state, reaction) = alice.take(state, &bobs_reveal);
            assert_eq!(name(&state), "NONE");
            assert!(matches!(reaction, Reaction::Complete(_, Some(_))));
        } else {
            let bobs_signature = reply(bob.take(bob_awaits_reveal, &alices_reveal).1);
            let (state, reaction) = alice.take(state, &bobs_signature);
            assert_eq!(name(&state), "NONE");
            assert!(matches!(reaction, Reaction::Complete(_, None)));
        }
    }
}

// otr3 A37: several starts on both sides may leave both with both halves, and complete both.
#[test]
fn of_two_complete_halves_the_one_of_the_higher_commit_counts_on_both_sides() {
    let (alice, bob) = (Side::alice(), Side::bob());
    let (alices, bobs) = ranked(&alice, &bob);
    // Each has given way to the other's commit, and keeps its own.
    let give_way = |side: &Side, own: &Arc<OwnCommit>, theirs: &OwnCommit| {
        let (state, reaction) = side.take(AuthState::None, theirs.message());
        let AuthState::AwaitingRevealSignature(responder, None) = state else { panic!("no key") };
        let own = Some(Arc::clone(own));
        (AuthState::AwaitingRevealSignature(responder, own), reply(reaction))
    };
    let (at_alice, alices_key) = give_way(&alice, &alices, &bobs);
    let (at_bob, bobs_key) = give_way(&bob, &bobs, &alices);
    let (at_alice, alices_reveal) = alice.take(at_alice, &bobs_key);
    let (at_bob, bobs_reveal) = bob.take(at_bob, &alices_key);
    let (at_alice, alices_signature) = alice.take(at_alice, &reply(bobs_reveal));
    let (at_bob, bobs_signature) = bob.take(at_bob, &reply(alices_reveal));
    assert_eq!((name(&at_alice), name(&at_bob)), ("AWAITING_SIG", "NONE"));
    let Reaction::Complete(last_at_bob, Some(bobs_signature)) = bobs_signature else {
        panic!("not complete")
    };
    let (_, reaction) = bob.take(at_bob, &reply(alices_signature));
    assert!(matches!(reaction, Reaction::Nothing));
    let (at_alice, reaction) = alice.take(at_alice, &bobs_signature);
    let Reaction::Complete(last_at_alice, None) = reaction else { panic!("not complete") };
    assert_eq!(name(&at_alice), "NONE");
    assert_eq!(last_at_alice.ssid.as_bytes(), last_at_bob.ssid.as_bytes());
}

// otr3 A26
#[test]
fn our_own_messages_and_our_own_key_are_refused() {
    let run = Run::new();
    let state = AuthState::AwaitingDhKey(Arc::clone(&run.commit));
    let (state, reaction) = run.bob.take(state, run.commit.message());
    assert_eq!(name(&state), "AWAITING_DHKEY");
    assert!(matches!(reaction, Reaction::Reflected));
    let header = run.commit.message()[..11].to_vec();
    let key = Writer::new().bytes(&header).bytes(&run.commit.key().public().to_mpi()).into_bytes();
    let key = [&[0, 3, 0x0a], &key[3..]].concat();
    let (state, reaction) = run.bob.take(state, &key);
    assert_eq!(name(&state), "AWAITING_DHKEY");
    assert!(matches!(reaction, Reaction::Reflected));

    // Somebody else with our long-term key.
    let twin = Side { key: testing::key(0), tag: InstanceTag::new(0x222).unwrap() };
    let commit = twin.commit();
    let (state, reaction) = run.alice.take(AuthState::None, commit.message());
    let dh_key = reply(reaction);
    let reveal = reply(twin.take(AuthState::AwaitingDhKey(commit), &dh_key).1);
    assert!(matches!(run.alice.take(state, &reveal).1, Reaction::Failed));
}

// otr3 A6, A28, A29, A32
#[test]
fn wrong_layouts_and_numbers_are_malformed_and_change_nothing() {
    let run = Run::new();
    let (header, commit_body) = run.commit.message().split_at(11);
    let mut reader = Reader::new(commit_body);
    let encrypted = reader.data().unwrap();
    let with_type = |byte: u8| {
        let mut writer = Writer::new().bytes(&header[..2]).byte(byte);
        writer = writer.bytes(&header[3..]);
        writer
    };
    let p_minus_1 = {
        let p = testing::unhex(concat!(
            "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a",
            "08798e3404ddef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9",
            "a637ed6b0bff5cb6f406b7edee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163",
            "bf0598da48361c55d39a69163fa8fd24cf5f83655d23dca3ad961c62f356208552bb9ed529077096966d",
            "670c354e4abc9804f1746c08ca237327fffffffffffffffe"
        ));
        assert_eq!(p.len(), 192);
        p
    };
    let messages = [
        with_type(0x02).data(encrypted).data(&[0; 31]).into_bytes(),
        [run.commit.message(), &[0]].concat(),
        with_type(0x0a).mpi(&[]).into_bytes(),
        with_type(0x0a).mpi(&[1]).into_bytes(),
        with_type(0x0a).mpi(&p_minus_1).into_bytes(),
        with_type(0x0a).mpi(&[2]).byte(0).into_bytes(),
        with_type(0x0a).into_bytes(),
    ];
    let mut state = AuthState::AwaitingDhKey(run.alice.commit());
    for message in messages {
        let (next, reaction) = run.alice.take(state, &message);
        assert!(matches!(reaction, Reaction::Malformed));
        assert_eq!(name(&next), "AWAITING_DHKEY");
        state = next;
    }
    let reveals =
        [[run.reveal.as_slice(), &[0]].concat(), run.reveal[..run.reveal.len() - 1].to_vec()];
    let mut state = run.alice_awaits_reveal;
    for message in reveals {
        let (next, reaction) = run.alice.take(state, &message);
        assert!(matches!(reaction, Reaction::Malformed));
        state = next;
    }
    assert!(matches!(run.alice.take(state, &run.reveal).1, Reaction::Complete(..)));
}

// otr3 A28, A32: otr.js 0.2.16 makes a number of r, and of that hexadecimal digits.
#[test]
fn a_secret_has_no_leading_zero_digit() {
    let alice = Side::alice();
    // One in 16 would.
    assert!((0..400).all(|_| alice.commit().secret()[0] >= 0x10));
}

// otr3 A32: otr.js 0.2.16 leaves out leading zeros of r; what is promised with it cannot be opened.
#[test]
fn a_secret_of_another_length_breaks_the_promise() {
    let run = Run::new();
    let header = &run.reveal[..11];
    let mut state = run.alice_awaits_reveal;
    for length in [0, 1, 15, 17] {
        let reveal = Writer::new().bytes(header).data(&vec![1; length]);
        let reveal = reveal.data(&[]).bytes(&[0; 20]).into_bytes();
        let (next, reaction) = run.alice.take(state, &reveal);
        assert!(matches!(reaction, Reaction::BrokenPromise), "{length}");
        state = next;
    }
    assert!(matches!(run.alice.take(state, &run.reveal).1, Reaction::Complete(..)));
}

// otr3 A29: a promise may be kept and still hold a bad key.
#[test]
fn a_promised_key_out_of_range_is_refused() {
    let run = Run::new();
    let secret = [3; 16];
    let mut promised = Writer::new().mpi(&[1]).into_bytes();
    let hash = crate::crypto::sha256(&[&promised]);
    crate::crypto::aes_ctr(&secret, [0; 8], &mut promised);
    let header = &run.commit.message()[..11];
    let commit = Writer::new().bytes(header).data(&promised).data(&hash).into_bytes();
    let (state, _) = run.alice.take(AuthState::None, &commit);
    let reveal = [&[0, 3, 0x11], &header[3..]].concat();
    let reveal = Writer::new().bytes(&reveal).data(&secret).data(&[]).bytes(&[0; 20]).into_bytes();
    let (state, reaction) = run.alice.take(state, &reveal);
    assert_eq!(name(&state), "AWAITING_REVEALSIG");
    assert!(matches!(reaction, Reaction::BrokenPromise));
}

// otr3 A21, A25: 40 bytes, however small the numbers; and the D-H key has a number that is not 0.
#[test]
fn a_signature_of_another_length_and_a_key_without_a_number_are_refused() {
    let run = Run::new();
    let AuthState::AwaitingRevealSignature(alice, None) = run.alice_awaits_reveal else {
        panic!("not awaiting")
    };
    let (bob, alice) = (run.commit.key().public(), alice.key());
    let keys = crate::crypto::AkeKeys::new(&alice.shared_secret(bob)).initiator;
    let alice = alice.public();
    let public = run.bob.key.public().as_bytes();
    let opens = |key_id: u32, signature: &dyn Fn([u8; 40]) -> Vec<u8>| {
        let parts = [&bob.to_mpi(), &alice.to_mpi(), public, &key_id.to_be_bytes()];
        let signed = crate::crypto::hmac_sha256(&keys.signed, &parts);
        let signature = signature(run.bob.key.sign(&signed, &mut rand::rng()).unwrap());
        let mut plain = Writer::new().bytes(public).int(key_id).bytes(&signature).into_bytes();
        crate::crypto::aes_ctr(&keys.cipher, [0; 8], &mut plain);
        let sealed = Writer::new().data(&plain);
        let mac = crate::crypto::hmac_sha256(&keys.mac, &[sealed.as_bytes()]);
        let sealed = sealed.bytes(&mac[..20]).into_bytes();
        let sealed = identity::Sealed::read(&mut Reader::new(&sealed)).unwrap();
        identity::open(&keys, bob, alice, sealed).map(|peer| peer.key_id)
    };
    assert_eq!(opens(7, &|signature| signature.to_vec()), Some(7));
    assert_eq!(opens(0, &|signature| signature.to_vec()), None);
    assert_eq!(opens(7, &|signature| signature[..39].to_vec()), None);
    assert_eq!(opens(7, &|signature| [&signature[..], &[0]].concat()), None);
}

// otr3 A21, A25
#[test]
fn small_numbers_of_a_signature_are_filled_up_and_no_nonce_is_used_twice() {
    let key = testing::key(0);
    let mut seen = Vec::new();
    let has_zero = |signature: &[u8; 40]| signature[0] == 0 || signature[20] == 0;
    let mut message = [0; 32];
    // One in 128.
    while !seen.last().is_some_and(has_zero) {
        message[..2].copy_from_slice(&u16::try_from(seen.len()).unwrap().to_be_bytes());
        let signature = key.sign(&message, &mut rand::rng()).unwrap();
        assert!(key.public().verify(&message, &signature));
        assert!(seen.iter().all(|earlier: &[u8; 40]| earlier[..20] != signature[..20]));
        seen.push(signature);
    }
}
