//! The state machine, and dishonest peers.

use alloc::vec;
use alloc::vec::Vec;

use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::*;
use crate::message_state::{Ssid, SsidHalf};
use crate::wire::Writer;

const THEM: Fingerprint = Fingerprint::V3([2; 20]);

fn secret(text: &str) -> Exponent {
    Binding {
        initiator: Fingerprint::V3([1; 20]),
        responder: Fingerprint::V3([2; 20]),
        ssid: Ssid::new([3; 8], SsidHalf::First),
    }
    .exponent(&text.into())
}

/// One side.
#[derive(Default)]
struct Side {
    smp: Smp,
}

impl Side {
    fn take(&mut self, tlv: &Tlv) -> Step {
        self.smp.receive(tlv, THEM, &mut rand::rng())
    }

    fn ask(&mut self, text: &str, question: Option<&str>) -> Tlv {
        self.smp.start(secret(text), question, &mut rand::rng())
    }

    /// Takes the first message and answers it.
    fn answer(&mut self, first: &Tlv, text: &str) -> Tlv {
        let Some(Outcome::Requested(request, _)) = self.take(first).outcome else {
            panic!("not asked");
        };
        self.smp.answer(request, &secret(text), &mut rand::rng()).unwrap()
    }
}

fn is_abort(tlv: Option<&Tlv>) -> bool {
    tlv.is_some_and(|tlv| tlv.kind == TlvKind::SmpAbort)
}

/// A whole run; what both sides learn.
fn run(x: &str, y: &str, question: Option<&str>) -> (Option<Outcome>, Option<Outcome>) {
    let (mut alice, mut bob) = (Side::default(), Side::default());
    let one = alice.ask(x, question);
    let two = bob.answer(&one, y);
    let three = alice.take(&two);
    assert_eq!(three.outcome, Some(Outcome::InProgress));
    let four = bob.take(&three.reply.unwrap());
    let end = alice.take(&four.reply.unwrap());
    assert!(end.reply.is_none());
    (end.outcome, four.outcome)
}

// otr3 A62, A67, A68
#[test]
fn both_learn_whether_the_secrets_are_the_same() {
    for question in [None, Some("why?")] {
        let asked = SmpRole::Asked { question: question.is_some() };
        let answered = SmpRole::Answered { question: question.is_some() };
        assert_eq!(
            run("a", "a", question),
            (Some(Outcome::Succeeded(asked)), Some(Outcome::Succeeded(answered)))
        );
        assert_eq!(
            run("a", "A", question),
            (Some(Outcome::Failed(asked)), Some(Outcome::Failed(answered)))
        );
    }
}

// otr3 A66: every state with every message that it does not await
#[test]
fn an_unexpected_message_breaks_off() {
    let (mut alice, mut bob) = (Side::default(), Side::default());
    let one = alice.ask("a", None);
    let two = bob.answer(&one, "a");
    let three = alice.take(&two).reply.unwrap();
    let four = bob.take(&three).reply.unwrap();
    let messages = [one, two, three, four];
    // Idle, requested, awaiting message 2, 3, 4
    for state in 0..5 {
        for (index, message) in messages.iter().enumerate() {
            let awaited: &[usize] = match state {
                0 | 1 => &[0],
                other => &[other - 1],
            };
            if awaited.contains(&index) {
                continue;
            }
            let mut side = Side::default();
            match state {
                0 => {}
                1 => drop(side.take(&messages[0])),
                2 => drop(side.ask("a", None)),
                3 => drop(side.answer(&messages[0], "a")),
                _ => {
                    let one = side.ask("a", None);
                    let two = Side::default().answer(&one, "a");
                    drop(side.take(&two));
                }
            }
            let step = side.take(message);
            assert!(is_abort(step.reply.as_ref()), "state {state}, message {index}");
            assert_eq!(step.outcome, (state != 0).then_some(Outcome::Aborted));
            assert!(side.smp.abort().is_none(), "it is idle again");
        }
    }
}

// otr3 A70
#[test]
fn either_may_abort_in_every_state() {
    let abort = Tlv::empty(TlvKind::SmpAbort);
    let (mut alice, mut bob) = (Side::default(), Side::default());
    assert!(alice.smp.abort().is_none());
    assert!(alice.take(&abort).outcome.is_none());
    let one = alice.ask("a", None);
    assert!(is_abort(alice.smp.abort().as_ref()));
    assert!(bob.take(&one).outcome.is_some());
    let step = bob.take(&abort);
    assert!(step.reply.is_none());
    assert_eq!(step.outcome, Some(Outcome::Aborted));
    // otr3 A58
    let long = Tlv { kind: TlvKind::SmpAbort, value: vec![0; 4] };
    drop(bob.answer(&alice.ask("a", None), "a"));
    assert_eq!(bob.take(&long).outcome, Some(Outcome::Aborted));
}

// otr3 A67: between messages 3 and 4 nobody is asked anything, so an abort in the place of message 4
// is what otr3 2db8f2c (CoyIM) and python-potr make of secrets that differ.
#[test]
fn an_abort_in_the_place_of_the_last_message_says_that_the_secrets_differ() {
    for question in [None, Some("why?")] {
        let (mut alice, mut bob) = (Side::default(), Side::default());
        let one = alice.ask("a", question);
        let two = bob.answer(&one, "b");
        assert!(alice.take(&two).reply.is_some());
        let step = alice.take(&Tlv { kind: TlvKind::SmpAbort, value: vec![0; 4] });
        let asked = SmpRole::Asked { question: question.is_some() };
        assert_eq!(step.outcome, Some(Outcome::Failed(asked)));
        assert!(step.reply.is_none() && alice.smp.abort().is_none(), "it is over");
    }
}

// otr3 A69
#[test]
fn a_second_request_makes_the_first_stale() {
    let mut bob = Side::default();
    let first = Side::default().ask("a", Some("one?"));
    let second = Side::default().ask("a", Some("two?"));
    let Some(Outcome::Requested(stale, _)) = bob.take(&first).outcome else { panic!("not asked") };
    let Some(Outcome::Requested(request, question)) = bob.take(&second).outcome else {
        panic!("not asked");
    };
    assert_eq!(question.as_deref(), Some("two?"));
    let mut answer = |request| bob.smp.answer(request, &secret("a"), &mut rand::rng());
    assert_eq!(answer(stale), Err(SmpError::StaleRequest));
    assert!(answer(request).is_ok());
    assert_eq!(answer(request), Err(SmpError::StaleRequest));
}

/// The numbers in a record.
fn numbers(tlv: &Tlv) -> Vec<Vec<u8>> {
    let mut reader = crate::wire::Reader::new(&tlv.value);
    let count = reader.int().unwrap();
    (0..count).map(|_| reader.mpi().unwrap().to_vec()).collect()
}

fn with_numbers(kind: TlvKind, numbers: &[Vec<u8>]) -> Tlv {
    let count = u32::try_from(numbers.len()).unwrap();
    let writer = numbers.iter().fold(Writer::new().int(count), |writer, n| writer.mpi(n));
    Tlv { kind, value: writer.into_bytes() }
}

/// Every number in turn replaced by 0, by 1, and by itself with a bit flipped.
fn spoilt(tlv: &Tlv) -> Vec<Tlv> {
    let honest = numbers(tlv);
    let mut all = Vec::new();
    for index in 0..honest.len() {
        let mut flipped = honest[index].clone();
        *flipped.last_mut().unwrap() ^= 1;
        for number in [vec![], vec![1], flipped] {
            let mut numbers = honest.clone();
            numbers[index] = number;
            all.push(with_numbers(tlv.kind, &numbers));
        }
    }
    let mut fewer = honest.clone();
    fewer.pop();
    all.push(with_numbers(tlv.kind, &fewer));
    all.push(Tlv { kind: tlv.kind, value: tlv.value[..tlv.value.len() - 1].to_vec() });
    all.push(Tlv { kind: tlv.kind, value: vec![] });
    all
}

// otr3 A65: a dishonest peer
#[test]
fn no_spoilt_first_message_is_believed() {
    for bad in spoilt(&Side::default().ask("a", None)) {
        let step = Side::default().take(&bad);
        assert_eq!(step.outcome, Some(Outcome::Cheated));
        assert!(is_abort(step.reply.as_ref()));
    }
}

// otr3 A65
#[test]
fn no_spoilt_answer_is_believed() {
    let mut alice = Side::default();
    let honest = Side::default().answer(&alice.ask("a", None), "a");
    for bad in spoilt(&honest) {
        // The state is gone after each, so that each meets the state of the honest run.
        let State::AwaitingMessage2 { a2, a3, x, .. } = &alice.smp.0 else { panic!("lost") };
        let (a2, a3, x) = (a2.clone(), a3.clone(), x.clone());
        assert_eq!(alice.take(&bad).outcome, Some(Outcome::Cheated));
        alice.smp.0 = State::AwaitingMessage2 { a2, a3, x, question: false };
    }
    assert_eq!(alice.take(&honest).outcome, Some(Outcome::InProgress));
}

// otr3 A70
#[test]
fn a_question_without_end_is_malformed() {
    let bad = Tlv { kind: TlvKind::Smp1Q, value: b"why?".to_vec() };
    assert_eq!(Side::default().take(&bad).outcome, Some(Outcome::Cheated));
}

// otr3 A65: equal numbers on both sides would always "match".
#[test]
fn a_peer_that_returns_our_own_numbers_is_refused() {
    let (mut alice, mut bob) = (Side::default(), Side::default());
    let two = bob.answer(&alice.ask("a", None), "a");
    let three = alice.take(&two).reply.unwrap();
    let (two, mut three_numbers) = (numbers(&two), numbers(&three));
    three_numbers[0] = two[6].clone();
    three_numbers[1] = two[7].clone();
    let step = bob.take(&with_numbers(TlvKind::Smp3, &three_numbers));
    assert_eq!(step.outcome, Some(Outcome::Cheated));
}

// otr3 A65
#[test]
fn no_spoilt_third_message_is_believed() {
    let (mut alice, mut bob) = (Side::default(), Side::default());
    let two = bob.answer(&alice.ask("a", None), "a");
    let three = alice.take(&two).reply.unwrap();
    for bad in spoilt(&three) {
        let State::AwaitingMessage3(own) = &bob.smp.0 else { panic!("lost") };
        let kept = Box::new(Responder { b3: own.b3.clone(), ..**own });
        assert_eq!(bob.take(&bad).outcome, Some(Outcome::Cheated));
        bob.smp.0 = State::AwaitingMessage3(kept);
    }
    assert!(matches!(bob.take(&three).outcome, Some(Outcome::Succeeded(_))));
}

// otr3 A65
#[test]
fn no_spoilt_last_message_is_believed() {
    let (mut alice, mut bob) = (Side::default(), Side::default());
    let two = bob.answer(&alice.ask("a", None), "a");
    let three = alice.take(&two).reply.unwrap();
    let four = bob.take(&three).reply.unwrap();
    for bad in spoilt(&four) {
        let State::AwaitingMessage4(own) = &alice.smp.0 else { panic!("lost") };
        let kept = Box::new(Initiator { a3: own.a3.clone(), ..**own });
        assert_eq!(alice.take(&bad).outcome, Some(Outcome::Cheated));
        alice.smp.0 = State::AwaitingMessage4(kept);
    }
    assert!(matches!(alice.take(&four).outcome, Some(Outcome::Succeeded(_))));
}

/// What somebody draws whose randomness is known.
fn known() -> StdRng {
    StdRng::seed_from_u64(7)
}

// otr3 A65: P is the same on both sides if r4 is, whatever is compared.
#[test]
fn an_answer_with_our_own_pa_is_refused() {
    for (rng, outcome) in [
        (&mut known() as &mut dyn CryptoRng, Outcome::Cheated),
        (&mut rand::rng(), Outcome::InProgress),
    ] {
        let mut alice = Side::default();
        let one = Message1::from_tlv(&alice.ask("a", None)).unwrap().0;
        let (b2, b3) = (Exponent::random(&mut rand::rng()), Exponent::random(&mut rand::rng()));
        let (g2, g3) = (Base::new(one.g2a.pow(&b2)), Base::new(one.g3a.pow(&b3)));
        let (r4, y) = (Exponent::random(&mut known()), secret("b"));
        let (pb, qb) = (g3.pow(&r4), Element::generator_pow(&r4).times(g2.pow(&y)));
        let proof = SameSecret::new(5, &g2, &g3, &r4, &y, &mut rand::rng());
        let two = Message2::new(&b2, &b3, pb, qb, proof, &mut rand::rng()).to_tlv();
        let step = alice.smp.receive(&two, THEM, rng);
        assert_eq!(step.outcome, Some(outcome));
    }
}

// otr3 A65
#[test]
fn a_third_message_with_our_own_pb_is_refused() {
    for is_same in [true, false] {
        let rng = &mut rand::rng();
        let (a2, a3) = (Exponent::random(rng), Exponent::random(rng));
        let one = Message1::new(&a2, &a3, rng).to_tlv(None);
        let mut bob = Side::default();
        let Some(Outcome::Requested(request, _)) = bob.take(&one).outcome else {
            panic!("not asked");
        };
        let two = bob.smp.answer(request, &secret("b"), &mut known()).unwrap();
        let two = Message2::from_tlv(&two).unwrap();
        // Bob drew b2, b3 and r4.
        let drawn = &mut known();
        let [_, _, theirs] = [(); 3].map(|()| Exponent::random(drawn));
        let r4 = if is_same { theirs } else { Exponent::random(rng) };
        let (g2, g3) = (Base::new(two.g2b.pow(&a2)), Base::new(two.g3b.pow(&a3)));
        let (x, pa) = (secret("a"), g3.pow(&r4));
        let qa = Element::generator_pow(&r4).times(g2.pow(&x));
        let quotient = Base::new(qa.over(two.qb).unwrap());
        let proof = SameSecret::new(6, &g2, &g3, &r4, &x, rng);
        let equal = EqualLogs::new(7, &quotient, &a3, rng);
        let three = Message3 { pa, qa, proof, ra: quotient.pow(&a3), equal };
        let outcome = bob.take(&three.to_tlv()).outcome.unwrap();
        let honest = Outcome::Failed(SmpRole::Answered { question: false });
        assert_eq!(
            (outcome, pa == two.pb),
            (if is_same { Outcome::Cheated } else { honest }, is_same)
        );
    }
}

#[test]
fn a_secret_is_not_shown() {
    assert_eq!(alloc::format!("{:?}", SmpSecret::from("sesame")), "SmpSecret(…)");
}
