//! The Socialist Millionaires' Protocol: do two people know the same secret? (OTRv3, "Socialist
//! Millionaires' Protocol")
//!
//! The one who asks is Alice in the specification, the one who answers is Bob. Whatever does not
//! fit ends the run.

mod messages;
mod proofs;
mod secret;

use alloc::boxed::Box;
use alloc::string::String;

use rand_core::CryptoRng;

use messages::{Message1, Message2, Message3, Message4};
use proofs::{EqualLogs, SameSecret};
pub(crate) use secret::Binding;
pub use secret::SmpSecret;

use crate::crypto::{Base, Element, Exponent};
use crate::error::SmpError;
use crate::fingerprint::Fingerprint;
use crate::tlv::{Tlv, TlvKind};
use crate::wire::Malformed;

/// Names one request of the peer, so that an answer cannot reach another question, nor a question
/// in another conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SmpRequest {
    fingerprint: Fingerprint,
    /// Drawn anew for each.
    nonce: u64,
}

impl SmpRequest {
    fn new(fingerprint: Fingerprint, rng: &mut dyn CryptoRng) -> Self {
        Self { fingerprint, nonce: rng.next_u64() }
    }

    /// Whose request it is.
    #[must_use]
    pub const fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }
}

/// Who began a verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SmpRole {
    /// We did.
    Asked {
        /// With a question of ours.
        question: bool,
    },
    /// The peer did.
    Answered {
        /// With a question of theirs: success then proves nothing about them.
        question: bool,
    },
}

/// What a step means to the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Requested(SmpRequest, Option<String>),
    InProgress,
    Succeeded(SmpRole),
    Failed(SmpRole),
    Aborted,
    Cheated,
}

/// What a record led to.
#[derive(Default)]
pub(crate) struct Step {
    pub(crate) reply: Option<Tlv>,
    pub(crate) outcome: Option<Outcome>,
}

/// The verification with one client, from first to last message. Dropping it wipes it.
#[derive(Default)]
pub(crate) struct Smp(State);

/// Which message is awaited, and what is needed to take it.
#[derive(Default)]
enum State {
    /// The first, of either side.
    #[default]
    Idle,
    /// The answer of our user.
    Requested { request: SmpRequest, message: Box<Message1>, question: bool },
    /// The second.
    AwaitingMessage2 { a2: Exponent, a3: Exponent, x: Exponent, question: bool },
    /// The third.
    AwaitingMessage3(Box<Responder>),
    /// The fourth.
    AwaitingMessage4(Box<Initiator>),
}

/// What the one who answered keeps.
struct Responder {
    g2: Element,
    g3: Element,
    g3a: Element,
    b3: Exponent,
    pb: Element,
    qb: Element,
    question: bool,
}

/// What the one who asked keeps.
struct Initiator {
    a3: Exponent,
    g3b: Element,
    pa_over_pb: Element,
    qa_over_qb: Element,
    question: bool,
}

impl Smp {
    /// Asks. The caller has bound `x` to the session, ourselves first, and has aborted what was
    /// under way.
    pub(crate) fn start(
        &mut self,
        x: Exponent,
        question: Option<&str>,
        rng: &mut dyn CryptoRng,
    ) -> Tlv {
        let (a2, a3) = (Exponent::random(rng), Exponent::random(rng));
        let message = Message1::new(&a2, &a3, rng);
        let tlv = message.to_tlv(question);
        self.0 = State::AwaitingMessage2 { a2, a3, x, question: question.is_some() };
        tlv
    }

    /// Whether `request` still waits for our user.
    pub(crate) fn awaits(&self, request: SmpRequest) -> bool {
        matches!(&self.0, State::Requested { request: waiting, .. } if *waiting == request)
    }

    /// Answers `request`; the caller has bound `y` to the session, the peer first.
    ///
    /// # Errors
    /// [`SmpError::StaleRequest`] if it does not wait any more; nothing changes then.
    pub(crate) fn answer(
        &mut self,
        request: SmpRequest,
        y: &Exponent,
        rng: &mut dyn CryptoRng,
    ) -> Result<Tlv, SmpError> {
        if !self.awaits(request) {
            return Err(SmpError::StaleRequest);
        }
        let State::Requested { message, question, .. } = core::mem::take(&mut self.0) else {
            return Err(SmpError::StaleRequest);
        };
        let (responder, reply) = respond(&message, y, question, rng);
        self.0 = State::AwaitingMessage3(Box::new(responder));
        Ok(reply.to_tlv())
    }

    /// Breaks off; what to send, if anything was under way.
    pub(crate) fn abort(&mut self) -> Option<Tlv> {
        match core::mem::take(&mut self.0) {
            State::Idle => None,
            State::Requested { .. }
            | State::AwaitingMessage2 { .. }
            | State::AwaitingMessage3(_)
            | State::AwaitingMessage4(_) => Some(Tlv::empty(TlvKind::SmpAbort)),
        }
    }

    /// Takes a record of the peer, the owner of the key `from`.
    pub(crate) fn receive(
        &mut self,
        tlv: &Tlv,
        from: Fingerprint,
        rng: &mut dyn CryptoRng,
    ) -> Step {
        let state = core::mem::take(&mut self.0);
        let was_idle = matches!(state, State::Idle);
        let taken = match (state, tlv.kind) {
            (State::Idle | State::Requested { .. }, TlvKind::Smp1 | TlvKind::Smp1Q) => {
                take_message_1(tlv, SmpRequest::new(from, rng))
            }
            (State::AwaitingMessage2 { a2, a3, x, question }, TlvKind::Smp2) => {
                take_message_2(tlv, &a2, a3, &x, question, rng)
            }
            (State::AwaitingMessage3(responder), TlvKind::Smp3) => {
                take_message_3(tlv, &responder, rng)
            }
            (State::AwaitingMessage4(initiator), TlvKind::Smp4) => take_message_4(tlv, &initiator),
            // Nobody is asked anything between messages 3 and 4: it is what otr3 2db8f2c (CoyIM) and
            // python-potr send in the place of message 4 when the secrets differ.
            (State::AwaitingMessage4(initiator), TlvKind::SmpAbort) => {
                let outcome = Outcome::Failed(SmpRole::Asked { question: initiator.question });
                return Step { reply: None, outcome: Some(outcome) };
            }
            (_, TlvKind::SmpAbort) => {
                let outcome = (!was_idle).then_some(Outcome::Aborted);
                return Step { reply: None, outcome };
            }
            (
                _,
                TlvKind::Disconnected | TlvKind::ExtraKey | TlvKind::Padding | TlvKind::Other(_),
            ) => return Step::default(),
            (_, TlvKind::Smp1 | TlvKind::Smp1Q | TlvKind::Smp2 | TlvKind::Smp3 | TlvKind::Smp4) => {
                let outcome = (!was_idle).then_some(Outcome::Aborted);
                return Step { reply: Some(Tlv::empty(TlvKind::SmpAbort)), outcome };
            }
        };
        match taken {
            Ok((state, step)) => {
                self.0 = state;
                step
            }
            Err(Malformed) => {
                Step { reply: Some(Tlv::empty(TlvKind::SmpAbort)), outcome: Some(Outcome::Cheated) }
            }
        }
    }
}

type Taken = Result<(State, Step), Malformed>;

fn take_message_1(tlv: &Tlv, request: SmpRequest) -> Taken {
    let (message, question) = Message1::from_tlv(tlv)?;
    let state =
        State::Requested { request, message: Box::new(message), question: question.is_some() };
    let outcome = Some(Outcome::Requested(request, question));
    Ok((state, Step { reply: None, outcome }))
}

/// Message 2, from the one who answers.
fn respond(
    message: &Message1,
    y: &Exponent,
    question: bool,
    rng: &mut dyn CryptoRng,
) -> (Responder, Message2) {
    let (b2, b3, r4) = (Exponent::random(rng), Exponent::random(rng), Exponent::random(rng));
    let g2 = message.g2a.pow(&b2);
    let g3 = message.g3a.pow(&b3);
    let (base2, base3) = (Base::new(g2), Base::new(g3));
    let pb = base3.pow(&r4);
    let qb = Element::generator_pow(&r4).times(base2.pow(y));
    let proof = SameSecret::new(5, &base2, &base3, &r4, y, rng);
    let reply = Message2::new(&b2, &b3, pb, qb, proof, rng);
    (Responder { g2, g3, g3a: message.g3a, b3, pb, qb, question }, reply)
}

fn take_message_2(
    tlv: &Tlv,
    a2: &Exponent,
    a3: Exponent,
    x: &Exponent,
    question: bool,
    rng: &mut dyn CryptoRng,
) -> Taken {
    let message = Message2::from_tlv(tlv)?;
    let g2 = Base::new(message.g2b.pow(a2));
    let g3 = Base::new(message.g3b.pow(&a3));
    if !message.proof.holds(5, &g2, &g3, message.pb, message.qb) {
        return Err(Malformed);
    }
    let r4 = Exponent::random(rng);
    let pa = g3.pow(&r4);
    let qa = Element::generator_pow(&r4).times(g2.pow(x));
    if pa == message.pb || qa == message.qb {
        return Err(Malformed);
    }
    let pa_over_pb = pa.over(message.pb).ok_or(Malformed)?;
    let qa_over_qb = qa.over(message.qb).ok_or(Malformed)?;
    let quotient = Base::new(qa_over_qb);
    let reply = Message3 {
        pa,
        qa,
        proof: SameSecret::new(6, &g2, &g3, &r4, x, rng),
        ra: quotient.pow(&a3),
        equal: EqualLogs::new(7, &quotient, &a3, rng),
    };
    let initiator = Initiator { a3, g3b: message.g3b, pa_over_pb, qa_over_qb, question };
    let step = Step { reply: Some(reply.to_tlv()), outcome: Some(Outcome::InProgress) };
    Ok((State::AwaitingMessage4(Box::new(initiator)), step))
}

/// The last message is sent whatever the result: the peer shall learn it too.
fn take_message_3(tlv: &Tlv, own: &Responder, rng: &mut dyn CryptoRng) -> Taken {
    let message = Message3::from_tlv(tlv)?;
    let Message3 { pa, qa, proof, ra, equal } = &message;
    if *pa == own.pb || *qa == own.qb || !proof.holds(6, &own.g2, &own.g3, *pa, *qa) {
        return Err(Malformed);
    }
    let pa_over_pb = pa.over(own.pb).ok_or(Malformed)?;
    let qa_over_qb = qa.over(own.qb).ok_or(Malformed)?;
    let quotient = Base::new(qa_over_qb);
    if !equal.holds(7, own.g3a, &quotient, *ra) {
        return Err(Malformed);
    }
    let reply =
        Message4 { rb: quotient.pow(&own.b3), equal: EqualLogs::new(8, &quotient, &own.b3, rng) };
    let role = SmpRole::Answered { question: own.question };
    let outcome = outcome(ra.pow(&own.b3) == pa_over_pb, role);
    Ok((State::Idle, Step { reply: Some(reply.to_tlv()), outcome: Some(outcome) }))
}

fn take_message_4(tlv: &Tlv, own: &Initiator) -> Taken {
    let message = Message4::from_tlv(tlv)?;
    if !message.equal.holds(8, own.g3b, &own.qa_over_qb, message.rb) {
        return Err(Malformed);
    }
    let role = SmpRole::Asked { question: own.question };
    let outcome = outcome(message.rb.pow(&own.a3) == own.pa_over_pb, role);
    Ok((State::Idle, Step { reply: None, outcome: Some(outcome) }))
}

const fn outcome(is_same: bool, role: SmpRole) -> Outcome {
    if is_same { Outcome::Succeeded(role) } else { Outcome::Failed(role) }
}

#[cfg(test)]
mod tests;

/// What the replay of a recording needs to look into.
#[cfg(test)]
pub(crate) mod replay {
    use alloc::string::String;
    use alloc::vec::Vec;

    use super::messages::{Message1, Message2, Message3, Message4};
    use crate::tlv::{Tlv, TlvKind};
    use crate::wire::Malformed;

    /// Checks every proof of a run that needs no secret; the question.
    pub(crate) fn check(
        one: Vec<u8>,
        two: Vec<u8>,
        three: Vec<u8>,
        four: Vec<u8>,
    ) -> Result<String, Malformed> {
        let (one, question) = Message1::from_tlv(&Tlv { kind: TlvKind::Smp1Q, value: one })?;
        let two = Message2::from_tlv(&Tlv { kind: TlvKind::Smp2, value: two })?;
        let three = Message3::from_tlv(&Tlv { kind: TlvKind::Smp3, value: three })?;
        let four = Message4::from_tlv(&Tlv { kind: TlvKind::Smp4, value: four })?;
        let qa_over_qb = three.qa.over(two.qb).ok_or(Malformed)?;
        assert!(three.equal.holds(7, one.g3a, &qa_over_qb, three.ra));
        assert!(four.equal.holds(8, two.g3b, &qa_over_qb, four.rb));
        assert!(!four.equal.holds(7, two.g3b, &qa_over_qb, four.rb));
        question.ok_or(Malformed)
    }
}
