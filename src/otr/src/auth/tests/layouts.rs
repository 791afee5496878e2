//! What is wrong inside of a message.

use super::*;

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
