//! Zero-knowledge proofs that the messages were made as they should be. Each hash begins with its
//! own byte, so that no proof fits in another place.

use rand_core::CryptoRng;

use crate::crypto::{Base, Element, Exponent, Raise, sha256};
use crate::wire::{Malformed, Reader, Writer};

/// A challenge (c): a hash as a number.
type Challenge = [u8; 32];

/// SHA256 over a byte and one or two numbers.
fn hash(prefix: u8, elements: &[Element]) -> Challenge {
    let writer = elements
        .iter()
        .fold(Writer::new().byte(prefix), |writer, element| writer.mpi(&*element.to_bytes()));
    sha256(&[writer.as_bytes()])
}

fn read_challenge(reader: &mut Reader<'_>) -> Result<Challenge, Malformed> {
    let bytes = reader.mpi()?;
    let mut challenge = [0; 32];
    let start = challenge.len().checked_sub(bytes.len()).ok_or(Malformed)?;
    challenge.get_mut(start..).ok_or(Malformed)?.copy_from_slice(bytes);
    Ok(challenge)
}

/// Its author knows the logarithm of an element (c2 and D2, c3 and D3).
pub(super) struct KnownLog {
    c: Challenge,
    d: Exponent,
}

impl KnownLog {
    pub(super) fn new(prefix: u8, exponent: &Exponent, rng: &mut dyn CryptoRng) -> Self {
        let r = Exponent::random(rng);
        let c = hash(prefix, &[Element::generator_pow(&r)]);
        Self { d: r.response(exponent, &c), c }
    }

    pub(super) fn holds(&self, prefix: u8, element: Element) -> bool {
        let commitment = Element::generator_pow(&self.d).times(element.pow_challenge(&self.c));
        self.c == hash(prefix, &[commitment])
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { c: read_challenge(reader)?, d: Exponent::read(reader)? })
    }

    pub(super) fn write(&self, writer: Writer) -> Writer {
        writer.mpi(&self.c).mpi(&*self.d.to_bytes())
    }
}

/// P and Q were made with the same exponent (cP, D5 and D6).
pub(super) struct SameSecret {
    c: Challenge,
    d5: Exponent,
    d6: Exponent,
}

impl SameSecret {
    pub(super) fn new(
        prefix: u8,
        g2: &Base,
        g3: &Base,
        r4: &Exponent,
        secret: &Exponent,
        rng: &mut dyn CryptoRng,
    ) -> Self {
        let (r5, r6) = (Exponent::random(rng), Exponent::random(rng));
        let second = Element::generator_pow(&r5).times(g2.pow(&r6));
        let c = hash(prefix, &[g3.pow(&r5), second]);
        Self { d5: r5.response(r4, &c), d6: r6.response(secret, &c), c }
    }

    pub(super) fn holds(
        &self,
        prefix: u8,
        g2: &impl Raise,
        g3: &impl Raise,
        p: Element,
        q: Element,
    ) -> bool {
        let Self { c, d5, d6 } = self;
        let first = g3.pow_times(d5, p, c);
        let second = Element::generator_pow(d5).times(g2.pow_times(d6, q, c));
        *c == hash(prefix, &[first, second])
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            c: read_challenge(reader)?,
            d5: Exponent::read(reader)?,
            d6: Exponent::read(reader)?,
        })
    }

    pub(super) fn write(&self, writer: Writer) -> Writer {
        writer.mpi(&self.c).mpi(&*self.d5.to_bytes()).mpi(&*self.d6.to_bytes())
    }
}

/// R was made from Qa / Qb with the exponent that made g3a or g3b (cR and D7).
pub(super) struct EqualLogs {
    c: Challenge,
    d7: Exponent,
}

impl EqualLogs {
    pub(super) fn new(
        prefix: u8,
        qa_over_qb: &Base,
        exponent: &Exponent,
        rng: &mut dyn CryptoRng,
    ) -> Self {
        let r7 = Exponent::random(rng);
        let c = hash(prefix, &[Element::generator_pow(&r7), qa_over_qb.pow(&r7)]);
        Self { d7: r7.response(exponent, &c), c }
    }

    /// `public` is g1 to the power of the exponent: g3a or g3b.
    pub(super) fn holds(
        &self,
        prefix: u8,
        public: Element,
        qa_over_qb: &impl Raise,
        r: Element,
    ) -> bool {
        let Self { c, d7 } = self;
        let first = Element::generator_pow(d7).times(public.pow_challenge(c));
        let second = qa_over_qb.pow_times(d7, r, c);
        *c == hash(prefix, &[first, second])
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { c: read_challenge(reader)?, d7: Exponent::read(reader)? })
    }

    pub(super) fn write(&self, writer: Writer) -> Writer {
        writer.mpi(&self.c).mpi(&*self.d7.to_bytes())
    }
}
