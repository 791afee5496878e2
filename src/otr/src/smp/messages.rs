//! The four messages. Reading one checks ranges, and the proofs that need nothing else.

use alloc::string::String;

use rand_core::CryptoRng;

use super::proofs::{EqualLogs, KnownLog, SameSecret};
use crate::crypto::{Element, Exponent};
use crate::tlv::{Tlv, TlvKind};
use crate::wire::{Malformed, Reader, Writer};

/// Opens a record: the number of numbers in it must be right.
fn open(value: &[u8], count: u32) -> Result<Reader<'_>, Malformed> {
    let mut reader = Reader::new(value);
    if reader.int()? == count { Ok(reader) } else { Err(Malformed) }
}

/// g2a and g3a, from the one who asks.
pub(super) struct Message1 {
    pub(super) g2a: Element,
    pub(super) g3a: Element,
    proof2: KnownLog,
    proof3: KnownLog,
}

impl Message1 {
    const COUNT: u32 = 6;

    pub(super) fn new(a2: &Exponent, a3: &Exponent, rng: &mut dyn CryptoRng) -> Self {
        Self {
            g2a: Element::generator_pow(a2),
            g3a: Element::generator_pow(a3),
            proof2: KnownLog::new(1, a2, rng),
            proof3: KnownLog::new(2, a3, rng),
        }
    }

    pub(super) fn to_tlv(&self, question: Option<&str>) -> Tlv {
        let (kind, writer) = match question {
            Some(text) => (TlvKind::Smp1Q, Writer::new().bytes(text.as_bytes()).byte(0)),
            None => (TlvKind::Smp1, Writer::new()),
        };
        let writer = self.proof2.write(writer.int(Self::COUNT).mpi(&*self.g2a.to_bytes()));
        let writer = self.proof3.write(writer.mpi(&*self.g3a.to_bytes()));
        Tlv { kind, value: writer.into_bytes() }
    }

    /// The message, and the question before it.
    pub(super) fn from_tlv(tlv: &Tlv) -> Result<(Self, Option<String>), Malformed> {
        let (question, value) = if tlv.kind == TlvKind::Smp1Q {
            let end = tlv.value.iter().position(|byte| *byte == 0).ok_or(Malformed)?;
            let (question, rest) = tlv.value.split_at_checked(end).ok_or(Malformed)?;
            let question = String::from_utf8_lossy(question).into_owned();
            (Some(question), rest.get(1..).ok_or(Malformed)?)
        } else {
            (None, tlv.value.as_slice())
        };
        let mut reader = open(value, Self::COUNT)?;
        let g2a = Element::read(&mut reader)?;
        let proof2 = KnownLog::read(&mut reader)?;
        let g3a = Element::read(&mut reader)?;
        let proof3 = KnownLog::read(&mut reader)?;
        if !proof2.holds(1, g2a) || !proof3.holds(2, g3a) {
            return Err(Malformed);
        }
        Ok((Self { g2a, g3a, proof2, proof3 }, question))
    }
}

/// g2b, g3b, Pb and Qb, from the one who answers.
pub(super) struct Message2 {
    pub(super) g2b: Element,
    pub(super) g3b: Element,
    proof2: KnownLog,
    proof3: KnownLog,
    pub(super) pb: Element,
    pub(super) qb: Element,
    /// To be checked by who knows g2 and g3.
    pub(super) proof: SameSecret,
}

impl Message2 {
    const COUNT: u32 = 11;

    pub(super) fn new(
        b2: &Exponent,
        b3: &Exponent,
        pb: Element,
        qb: Element,
        proof: SameSecret,
        rng: &mut dyn CryptoRng,
    ) -> Self {
        Self {
            g2b: Element::generator_pow(b2),
            g3b: Element::generator_pow(b3),
            proof2: KnownLog::new(3, b2, rng),
            proof3: KnownLog::new(4, b3, rng),
            pb,
            qb,
            proof,
        }
    }

    pub(super) fn to_tlv(&self) -> Tlv {
        let writer = Writer::new().int(Self::COUNT).mpi(&*self.g2b.to_bytes());
        let writer = self.proof2.write(writer).mpi(&*self.g3b.to_bytes());
        let writer = self.proof3.write(writer).mpi(&*self.pb.to_bytes()).mpi(&*self.qb.to_bytes());
        Tlv { kind: TlvKind::Smp2, value: self.proof.write(writer).into_bytes() }
    }

    pub(super) fn from_tlv(tlv: &Tlv) -> Result<Self, Malformed> {
        let mut reader = open(&tlv.value, Self::COUNT)?;
        let g2b = Element::read(&mut reader)?;
        let proof2 = KnownLog::read(&mut reader)?;
        let g3b = Element::read(&mut reader)?;
        let proof3 = KnownLog::read(&mut reader)?;
        let pb = Element::read(&mut reader)?;
        let qb = Element::read(&mut reader)?;
        let proof = SameSecret::read(&mut reader)?;
        if !proof2.holds(3, g2b) || !proof3.holds(4, g3b) {
            return Err(Malformed);
        }
        Ok(Self { g2b, g3b, proof2, proof3, pb, qb, proof })
    }
}

/// Pa, Qa and Ra, from the one who asks.
pub(super) struct Message3 {
    pub(super) pa: Element,
    pub(super) qa: Element,
    pub(super) proof: SameSecret,
    pub(super) ra: Element,
    pub(super) equal: EqualLogs,
}

impl Message3 {
    const COUNT: u32 = 8;

    pub(super) fn to_tlv(&self) -> Tlv {
        let writer = Writer::new().int(Self::COUNT).mpi(&*self.pa.to_bytes());
        let writer = self.proof.write(writer.mpi(&*self.qa.to_bytes())).mpi(&*self.ra.to_bytes());
        Tlv { kind: TlvKind::Smp3, value: self.equal.write(writer).into_bytes() }
    }

    pub(super) fn from_tlv(tlv: &Tlv) -> Result<Self, Malformed> {
        let mut reader = open(&tlv.value, Self::COUNT)?;
        Ok(Self {
            pa: Element::read(&mut reader)?,
            qa: Element::read(&mut reader)?,
            proof: SameSecret::read(&mut reader)?,
            ra: Element::read(&mut reader)?,
            equal: EqualLogs::read(&mut reader)?,
        })
    }
}

/// Rb, from the one who answers.
pub(super) struct Message4 {
    pub(super) rb: Element,
    pub(super) equal: EqualLogs,
}

impl Message4 {
    const COUNT: u32 = 3;

    pub(super) fn to_tlv(&self) -> Tlv {
        let writer = Writer::new().int(Self::COUNT).mpi(&*self.rb.to_bytes());
        Tlv { kind: TlvKind::Smp4, value: self.equal.write(writer).into_bytes() }
    }

    pub(super) fn from_tlv(tlv: &Tlv) -> Result<Self, Malformed> {
        let mut reader = open(&tlv.value, Self::COUNT)?;
        Ok(Self { rb: Element::read(&mut reader)?, equal: EqualLogs::read(&mut reader)? })
    }
}
