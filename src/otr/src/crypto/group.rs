//! The Diffie-Hellman group of 1536 bits (RFC 3526, group 5) and its exponents. Exponentiation
//! takes the same time whatever the exponent.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use crypto_bigint::modular::ConstMontyForm;
use crypto_bigint::{CtEq as _, U256, U320, U1536};
use rand_core::CryptoRng;

use zeroize::Zeroizing;

use super::kdf::SharedSecret;
use crate::wire::{Malformed, Reader, Writer};

/// The macro makes its types public.
#[allow(unreachable_pub, missing_docs)]
mod modulus {
    use crypto_bigint::U1536;

    crypto_bigint::const_monty_params!(
        P,
        U1536,
        "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7edee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf0598da48361c55d39a69163fa8fd24cf5f83655d23dca3ad961c62f356208552bb9ed529077096966d670c354e4abc9804f1746c08ca237327ffffffffffffffff",
        "The prime of the group."
    );
    crypto_bigint::const_monty_params!(
        Q,
        U1536,
        "7fffffffffffffffe487ed5110b4611a62633145c06e0e68948127044533e63a0105df531d89cd9128a5043cc71a026ef7ca8cd9e69d218d98158536f92f8a1ba7f09ab6b6a8e122f242dabb312f3f637a262174d31bf6b585ffae5b7a035bf6f71c35fdad44cfd2d74f9208be258ff324943328f6722d9ee1003e5c50b1df82cc6d241b0e2ae9cd348b1fd47e9267afc1b2ae91ee51d6cb0e3179ab1042a95dcf6a9483b84b4b36b3861aa7255e4c0278ba36046511b993ffffffffffffffff",
        "The order of its large subgroup."
    );
}

type ModP = ConstMontyForm<modulus::P, { U1536::LIMBS }>;
type ModQ = ConstMontyForm<modulus::Q, { U1536::LIMBS }>;

const BYTES: usize = 192;
const GENERATOR: U1536 = U1536::from_u8(2);

/// Big-endian bytes without leading zeroes, as a number.
fn number(bytes: &[u8]) -> Result<U1536, Malformed> {
    if bytes.len() > BYTES {
        return Err(Malformed);
    }
    Ok(U1536::from_be_slice_truncated(bytes, U1536::BITS))
}

/// Whether 2 <= `value` <= p - 2.
fn is_in_range(value: &U1536) -> bool {
    *value >= GENERATOR && *value <= ModP::MODULUS.get().wrapping_sub(&GENERATOR)
}

/// A public D-H key: from 2 to p - 2, by construction.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DhPublic(U1536);

impl DhPublic {
    /// Reads an MPI and checks its range.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let value = number(reader.mpi()?)?;
        if is_in_range(&value) { Ok(Self(value)) } else { Err(Malformed) }
    }

    /// The MPI.
    pub(crate) fn to_mpi(self) -> Vec<u8> {
        Writer::new().mpi(&self.0.to_be_bytes()).into_bytes()
    }
}

/// A private D-H key of 320 bits with its public half.
pub(crate) struct DhKeyPair {
    private: Box<Zeroizing<U320>>,
    public: DhPublic,
}

impl DhKeyPair {
    pub(crate) fn generate(rng: &mut dyn CryptoRng) -> Self {
        loop {
            let mut bytes = Zeroizing::new([0; 40]);
            rng.fill_bytes(&mut *bytes);
            // Out of range with a probability of about 2^-319.
            if let Some(pair) = Self::from_private(&bytes) {
                return pair;
            }
        }
    }

    pub(crate) fn from_private(bytes: &[u8; 40]) -> Option<Self> {
        let private = Box::new(Zeroizing::new(U320::from_be_slice(bytes)));
        let public = ModP::new(&GENERATOR).pow(&**private).retrieve();
        is_in_range(&public).then_some(Self { private, public: DhPublic(public) })
    }

    pub(crate) const fn public(&self) -> &DhPublic {
        &self.public
    }

    /// The secret that only the owners of the two keys can compute.
    pub(crate) fn shared_secret(&self, theirs: &DhPublic) -> SharedSecret {
        let secret = Zeroizing::new(ModP::new(&theirs.0).pow(&**self.private).retrieve());
        let bytes = Zeroizing::new(secret.to_be_bytes());
        SharedSecret::from_number(bytes.as_ref())
    }
}

/// A member of the group, for SMP.
#[derive(Clone, Copy)]
pub(crate) struct Element(ModP);

impl Element {
    /// g1
    pub(crate) const fn generator() -> Self {
        Self(ModP::new(&GENERATOR))
    }

    /// Reads an MPI and checks that it is from 2 to p - 2.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        DhPublic::read(reader).map(|public| Self(ModP::new(&public.0)))
    }

    /// Big-endian bytes.
    pub(crate) fn to_bytes(self) -> Zeroizing<Vec<u8>> {
        let value = Zeroizing::new(self.0.retrieve());
        Zeroizing::new(Zeroizing::new(value.to_be_bytes()).as_ref().to_vec())
    }

    pub(crate) fn pow(self, exponent: &Exponent) -> Self {
        Self(self.0.pow(&**exponent.0))
    }

    /// To the power of a hash, which everybody may know.
    pub(crate) fn pow_challenge(self, challenge: &[u8; 32]) -> Self {
        Self(self.0.pow(&U256::from_be_slice(challenge)))
    }

    pub(crate) fn times(self, other: Self) -> Self {
        Self(self.0.mul(&other.0))
    }

    /// The quotient. `None` for a divisor of 0, which no element is.
    pub(crate) fn over(self, divisor: Self) -> Option<Self> {
        let inverse = divisor.0.invert().into_option()?;
        Some(self.times(Self(inverse)))
    }
}

impl PartialEq for Element {
    /// In constant time.
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

/// A secret exponent, always used with all its 1536 bits.
#[derive(Clone)]
pub(crate) struct Exponent(Box<Zeroizing<U1536>>);

impl Exponent {
    pub(crate) fn random(rng: &mut dyn CryptoRng) -> Self {
        let mut bytes = Zeroizing::new([0; BYTES]);
        rng.fill_bytes(&mut *bytes);
        Self::from_number(U1536::from_be_slice(&*bytes))
    }

    /// A hash as a number.
    pub(crate) fn from_hash(hash: &[u8; 32]) -> Self {
        Self::from_number(U1536::from_be_slice_truncated(hash, U1536::BITS))
    }

    /// Reads an MPI and checks that it is from 1 to q - 1.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let value = number(reader.mpi()?)?;
        if value == U1536::ZERO || value >= ModQ::MODULUS.get() {
            return Err(Malformed);
        }
        Ok(Self::from_number(value))
    }

    /// Big-endian bytes.
    pub(crate) fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(Zeroizing::new(self.0.to_be_bytes()).as_ref().to_vec())
    }

    /// D = r - a c mod q, where `self` is r.
    pub(crate) fn response(&self, a: &Self, challenge: &[u8; 32]) -> Self {
        let c = Self::from_hash(challenge);
        let product = ModQ::new(&a.0).mul(&ModQ::new(&c.0));
        Self::from_number(ModQ::new(&self.0).sub(&product).retrieve())
    }

    fn from_number(number: U1536) -> Self {
        Self(Box::new(Zeroizing::new(number)))
    }
}

impl fmt::Debug for Exponent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Exponent(…)")
    }
}

#[cfg(test)]
mod tests {
    use num_bigint::BigUint;

    use super::*;

    fn p() -> BigUint {
        BigUint::from_bytes_be(ModP::MODULUS.get().to_be_bytes().as_ref())
    }

    fn read(number: &BigUint) -> Result<DhPublic, Malformed> {
        let mpi = Writer::new().mpi(&number.to_bytes_be()).into_bytes();
        DhPublic::read(&mut Reader::new(&mpi))
    }

    #[test]
    fn q_is_half_of_p() {
        let q = BigUint::from_bytes_be(ModQ::MODULUS.get().to_be_bytes().as_ref());
        assert_eq!(q * 2_u8 + 1_u8, p());
    }

    // otr3 A29
    #[test]
    fn numbers_below_2_and_above_p_minus_2_are_no_keys() {
        for number in [BigUint::ZERO, 1_u8.into(), p() - 1_u8, p(), p() + 2_u8, p() << 8_u8] {
            assert!(read(&number).is_err());
        }
        for number in [2_u8.into(), p() - 2_u8] {
            assert_eq!(
                read(&number).unwrap().to_mpi(),
                Writer::new().mpi(&number.to_bytes_be()).into_bytes()
            );
        }
    }

    // otr3 A27, against another implementation of the arithmetic
    #[test]
    fn powers_agree_with_plain_arithmetic() {
        let mut rng = rand::rng();
        let (a, b) = ([0x9d; 40], DhKeyPair::generate(&mut rng));
        let pair = DhKeyPair::from_private(&a).unwrap();
        let expected = BigUint::from(2_u8).modpow(&BigUint::from_bytes_be(&a), &p());
        assert!(read(&expected).unwrap() == *pair.public());

        let exponent = Exponent::random(&mut rng);
        let power = Element::generator().pow(&exponent).to_bytes();
        let expected =
            BigUint::from(2_u8).modpow(&BigUint::from_bytes_be(&exponent.to_bytes()), &p());
        assert_eq!(BigUint::from_bytes_be(&power), expected);

        let (left, right) = (pair.shared_secret(b.public()), b.shared_secret(pair.public()));
        assert_eq!(super::super::AkeKeys::new(&left).ssid, super::super::AkeKeys::new(&right).ssid);
    }

    // otr3 A63
    #[test]
    fn a_response_is_r_minus_a_c_modulo_q() {
        let mut rng = rand::rng();
        let (r, a, c) = (Exponent::random(&mut rng), Exponent::random(&mut rng), [0xf3; 32]);
        let number = |e: &Exponent| BigUint::from_bytes_be(&e.to_bytes());
        let q = (p() - 1_u8) / 2_u8;
        let product = number(&a) * BigUint::from_bytes_be(&c) % &q;
        let expected = (number(&r) + &q - product) % &q;
        assert_eq!(number(&r.response(&a, &c)), expected);
    }

    // otr3 A65
    #[test]
    fn responses_of_0_or_from_q_upwards_are_refused() {
        let q = (p() - 1_u8) / 2_u8;
        for (number, is_right) in
            [(BigUint::ZERO, false), (1_u8.into(), true), (&q - 1_u8, true), (q, false)]
        {
            let mpi = Writer::new().mpi(&number.to_bytes_be()).into_bytes();
            assert_eq!(Exponent::read(&mut Reader::new(&mpi)).is_ok(), is_right);
        }
        let long = Writer::new().data(&[1; BYTES + 1]).into_bytes();
        assert!(Exponent::read(&mut Reader::new(&long)).is_err());
    }
}
