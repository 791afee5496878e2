//! The Diffie-Hellman group of 1536 bits (RFC 3526, group 5) and its exponents. Exponentiation
//! takes the same time whatever the exponent.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use crypto_bigint::modular::ConstMontyForm;
use crypto_bigint::{Odd, U1536};
use once_cell::race::OnceBox;
use rand_core::CryptoRng;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::kdf::SharedSecret;
use super::montgomery::{Modulus, Residue};
use super::powers::{self, Powers};
#[cfg(any(test, fuzzing))]
use super::stand_in;
use crate::wire::{Malformed, Reader, Writer};

/// p
const PRIME: Odd<U1536> = Odd::<U1536>::from_be_hex(
    "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7edee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf0598da48361c55d39a69163fa8fd24cf5f83655d23dca3ad961c62f356208552bb9ed529077096966d670c354e4abc9804f1746c08ca237327ffffffffffffffff",
);

/// The macro makes its types public.
#[allow(unreachable_pub, missing_docs)]
mod order {
    use crypto_bigint::U1536;

    crypto_bigint::const_monty_params!(
        Q,
        U1536,
        "7fffffffffffffffe487ed5110b4611a62633145c06e0e68948127044533e63a0105df531d89cd9128a5043cc71a026ef7ca8cd9e69d218d98158536f92f8a1ba7f09ab6b6a8e122f242dabb312f3f637a262174d31bf6b585ffae5b7a035bf6f71c35fdad44cfd2d74f9208be258ff324943328f6722d9ee1003e5c50b1df82cc6d241b0e2ae9cd348b1fd47e9267afc1b2ae91ee51d6cb0e3179ab1042a95dcf6a9483b84b4b36b3861aa7255e4c0278ba36046511b993ffffffffffffffff",
        "The order of the large subgroup."
    );
}

type ModQ = ConstMontyForm<order::Q, { U1536::LIMBS }>;

const BYTES: usize = 192;
const GENERATOR: U1536 = U1536::from_u8(2);
/// 26 limbs of 60 bits for 1536 and some to spare.
const LIMBS: usize = 26;

/// What is computed once for the whole program: 80 kB.
struct Group {
    modulus: Modulus<LIMBS>,
    generator: Powers<LIMBS>,
}

impl Group {
    fn get() -> &'static Self {
        static GROUP: OnceBox<Group> = OnceBox::new();
        GROUP.get_or_init(|| {
            #[expect(clippy::expect_used, reason = "p is odd and fits")]
            let modulus = Modulus::new(&PRIME.to_be_bytes()).expect("a modulus");
            let generator = Powers::new(&modulus, &modulus.residue(&[2]), BYTES);
            Box::new(Self { modulus, generator })
        })
    }

    fn residue(&self, number: &U1536) -> Residue<LIMBS> {
        self.modulus.residue(number.to_be_bytes().as_ref())
    }

    fn number(&self, residue: &Residue<LIMBS>) -> Zeroizing<U1536> {
        Zeroizing::new(U1536::from_be_slice(&*self.modulus.bytes::<BYTES>(residue)))
    }
}

/// Big-endian bytes without leading zeroes, as a number.
fn number(bytes: &[u8]) -> Result<U1536, Malformed> {
    if bytes.len() > BYTES {
        return Err(Malformed);
    }
    Ok(U1536::from_be_slice_truncated(bytes, U1536::BITS))
}

/// Whether 2 <= `value` <= p - 2.
fn is_in_range(value: &U1536) -> bool {
    *value >= GENERATOR && *value <= PRIME.get().wrapping_sub(&GENERATOR)
}

/// A public D-H key: from 2 to p - 2, by construction. Big-endian bytes, as every message carries
/// one, and nearly none of them is computed with.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DhPublic([u8; BYTES]);

impl DhPublic {
    /// Reads an MPI and checks its range.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let digits = reader.mpi()?;
        let mut value = [0; BYTES];
        let start = BYTES.checked_sub(digits.len()).ok_or(Malformed)?;
        value.get_mut(start..).ok_or(Malformed)?.copy_from_slice(digits);
        // Whether a number is far from both ends of the range is seen at a glance.
        let is_far = digits.len() > 1 && !value.starts_with(&[0xff; 8]);
        if is_far || is_in_range(&U1536::from_be_slice(&value)) {
            Ok(Self(value))
        } else {
            Err(Malformed)
        }
    }

    /// Big-endian bytes.
    pub(crate) const fn as_bytes(&self) -> &[u8; BYTES] {
        &self.0
    }

    /// The MPI.
    pub(crate) fn to_mpi(self) -> Vec<u8> {
        Writer::new().mpi(&self.0).into_bytes()
    }
}

/// A private D-H key of 320 bits with its public half.
pub(crate) struct DhKeyPair {
    private: Box<Zeroizing<[u8; 40]>>,
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
        let private = Box::new(Zeroizing::new(*bytes));
        #[cfg(test)]
        count_power();
        #[cfg(any(test, fuzzing))]
        if stand_in::are_on() {
            let public = U1536::from_u64(stand_in::power(2, bytes));
            let mut digits = [0; BYTES];
            digits.copy_from_slice(public.to_be_bytes().as_ref());
            return is_in_range(&public).then_some(Self { private, public: DhPublic(digits) });
        }
        let group = Group::get();
        let public = group.modulus.bytes(&group.generator.pow(&group.modulus, bytes));
        let is_in_range = is_in_range(&U1536::from_be_slice(&*public));
        is_in_range.then_some(Self { private, public: DhPublic(*public) })
    }

    /// What somebody claims as their own who has only seen the public half.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn claimed(public: DhPublic) -> Self {
        Self { private: Box::new(Zeroizing::new([1; 40])), public }
    }

    pub(crate) const fn public(&self) -> &DhPublic {
        &self.public
    }

    /// The secret that only the owners of the two keys can compute.
    pub(crate) fn shared_secret(&self, theirs: &DhPublic) -> SharedSecret {
        #[cfg(test)]
        count_power();
        #[cfg(any(test, fuzzing))]
        if stand_in::are_on() {
            let base = theirs.0.last_chunk().copied().map_or(0, u64::from_be_bytes);
            let power = stand_in::power(base, self.private.as_slice());
            return SharedSecret::from_number(&power.to_be_bytes());
        }
        let group = Group::get();
        let theirs = group.modulus.residue(&theirs.0);
        let power = powers::product(&group.modulus, [(theirs, self.private.as_slice())]);
        SharedSecret::from_number(&*group.modulus.bytes::<BYTES>(&power))
    }
}

#[cfg(test)]
std::thread_local! {
    static POWERS: core::cell::Cell<usize> = const { core::cell::Cell::new(0) };
}

#[cfg(test)]
fn count_power() {
    POWERS.with(|count| count.set(count.get() + 1));
}

/// Powers that this thread has computed for D-H keys.
#[cfg(test)]
pub(crate) fn powers_computed() -> usize {
    POWERS.with(core::cell::Cell::get)
}

/// A member of the group, for SMP.
#[derive(Clone, Copy)]
pub(crate) struct Element(Residue<LIMBS>);

impl Element {
    /// Reads an MPI and checks that it is from 2 to p - 2.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        DhPublic::read(reader).map(|public| Self(Group::get().modulus.residue(&public.0)))
    }

    /// Big-endian bytes.
    pub(crate) fn to_bytes(self) -> Zeroizing<[u8; BYTES]> {
        Group::get().modulus.bytes(&self.0)
    }

    /// g1 to a power.
    pub(crate) fn generator_pow(exponent: &Exponent) -> Self {
        let group = Group::get();
        Self(group.generator.pow(&group.modulus, &*exponent.to_bytes()))
    }

    pub(crate) fn pow(self, exponent: &Exponent) -> Self {
        Self::product([(self, &*exponent.to_bytes())])
    }

    /// To the power of a hash, which everybody may know.
    pub(crate) fn pow_challenge(self, challenge: &[u8; 32]) -> Self {
        Self::product([(self, challenge)])
    }

    fn product<const K: usize>(powers: [(Self, &[u8]); K]) -> Self {
        let modulus = &Group::get().modulus;
        Self(powers::product(modulus, powers.map(|(base, exponent)| (base.0, exponent))))
    }

    pub(crate) fn times(self, other: Self) -> Self {
        Self(Group::get().modulus.mul(&self.0, &other.0))
    }

    /// The quotient. `None` for a divisor of 0, which no element is.
    pub(crate) fn over(self, divisor: Self) -> Option<Self> {
        let group = Group::get();
        let inverse = group.number(&divisor.0).invert_odd_mod(&PRIME).into_option()?;
        Some(self.times(Self(group.residue(&inverse))))
    }
}

impl PartialEq for Element {
    /// In constant time.
    fn eq(&self, other: &Self) -> bool {
        self.to_bytes().ct_eq(&*other.to_bytes()).into()
    }
}

/// What is raised to powers of which the exponents are known, to check a proof.
pub(crate) trait Raise {
    /// A power of `self` times a power of `other`.
    fn pow_times(&self, exponent: &Exponent, other: Element, challenge: &[u8; 32]) -> Element;
}

impl Raise for Element {
    fn pow_times(&self, exponent: &Exponent, other: Element, challenge: &[u8; 32]) -> Element {
        Self::product([(*self, &*exponent.to_bytes()), (other, challenge)])
    }
}

/// An element that is raised to two powers or more: for two, that is a quarter faster.
pub(crate) struct Base(Powers<LIMBS>);

impl Raise for Base {
    fn pow_times(&self, exponent: &Exponent, other: Element, challenge: &[u8; 32]) -> Element {
        self.pow(exponent).times(other.pow_challenge(challenge))
    }
}

impl Base {
    pub(crate) fn new(element: Element) -> Self {
        Self(Powers::new(&Group::get().modulus, &element.0, BYTES))
    }

    pub(crate) fn pow(&self, exponent: &Exponent) -> Element {
        Element(self.0.pow(&Group::get().modulus, &*exponent.to_bytes()))
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
    pub(crate) fn to_bytes(&self) -> Zeroizing<[u8; BYTES]> {
        let mut bytes = Zeroizing::new([0; BYTES]);
        bytes.copy_from_slice(self.0.to_be_bytes().as_ref());
        bytes
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
        BigUint::from_bytes_be(PRIME.to_be_bytes().as_ref())
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
        let number = |element: Element| BigUint::from_bytes_be(&*element.to_bytes());
        let big_exponent = BigUint::from_bytes_be(&*exponent.to_bytes());
        let power = Element::generator_pow(&exponent);
        assert_eq!(number(power), BigUint::from(2_u8).modpow(&big_exponent, &p()));

        let expected = number(power).modpow(&big_exponent, &p());
        assert_eq!(number(power.pow(&exponent)), expected);
        assert_eq!(number(Base::new(power).pow(&exponent)), expected);
        let by_challenge = number(power).modpow(&BigUint::from_bytes_be(&[0xf7; 32]), &p());
        assert_eq!(number(power.pow_challenge(&[0xf7; 32])), by_challenge);
        let product = power.pow_times(&exponent, power, &[0xf7; 32]);
        assert_eq!(number(product), expected * by_challenge % p());
        assert!(product.over(power.pow_challenge(&[0xf7; 32])).unwrap() == power.pow(&exponent));

        let (left, right) = (pair.shared_secret(b.public()), b.shared_secret(pair.public()));
        assert_eq!(super::super::AkeKeys::new(&left).ssid, super::super::AkeKeys::new(&right).ssid);
    }

    // otr3 A63
    #[test]
    fn a_response_is_r_minus_a_c_modulo_q() {
        let mut rng = rand::rng();
        let (r, a, c) = (Exponent::random(&mut rng), Exponent::random(&mut rng), [0xf3; 32]);
        let number = |e: &Exponent| BigUint::from_bytes_be(&*e.to_bytes());
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
