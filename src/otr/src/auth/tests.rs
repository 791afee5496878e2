//! The state table of the key exchange: every state with every message (otr3 A34 to A41).

mod layouts;

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

    fn own<'a>(&'a self, rng: &'a mut dyn CryptoRng) -> Own<'a> {
        Own { key: &self.key, tag: self.tag, version: Version::V3, rng }
    }

    fn commit(&self) -> Arc<OwnCommit> {
        let rng = &mut rand::rng();
        let own = self.own(rng);
        Arc::new(OwnCommit::new(None, own))
    }

    fn commit_again(&self, state: &mut AuthState, peer: InstanceTag) -> Vec<u8> {
        let rng = &mut rand::rng();
        let own = self.own(rng);
        state.repeated_commit(peer, own).unwrap()
    }

    /// Takes a message of the other.
    fn take(&self, state: AuthState, message: &[u8]) -> (AuthState, Reaction) {
        let mut body = Reader::new(message);
        let header = Header::read(&mut body).unwrap().unwrap();
        let rng = &mut rand::rng();
        let own = self.own(rng);
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
