//! Making a key. Only x is secret; the search for p and q takes as long as it takes.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "small numbers only, and none comes from outside"
)]

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use crypto_bigint::{Limb, NonZero, U1024};
use crypto_primes::{Flavor, is_prime, random_prime};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{ModP, P_BYTES, Q_BITS, Q_BYTES};
use crate::crypto::powers;

/// Multiples of 2q that are searched for p; fewer than one search in 300 finds none.
const SPAN: usize = 2048;
/// Candidates that a smaller prime divides are not looked at.
const SMALL_PRIMES_BELOW: u32 = 4096;

/// p, q, g, y and x.
pub(super) struct Numbers {
    pub(super) p: [u8; P_BYTES],
    pub(super) q: [u8; Q_BYTES],
    pub(super) g: [u8; P_BYTES],
    pub(super) y: [u8; P_BYTES],
    pub(super) x: Box<Zeroizing<[u8; Q_BYTES]>>,
}

/// New numbers; `None` if the search fails, as it does now and then.
pub(super) fn numbers<R: CryptoRng + ?Sized>(rng: &mut R) -> Option<Numbers> {
    let q: U1024 = random_prime(rng, Flavor::Any, Q_BITS);
    let p = prime_after_multiple(&q, rng)?;
    let cofactor = p.wrapping_sub(&U1024::ONE).wrapping_div(&NonZero::new(q).into_option()?);
    let p: [u8; P_BYTES] = bytes(&p)?;
    let modulus = ModP::new(&p)?;
    // 2^((p - 1) / q) has order q, unless it is 1.
    let two = modulus.residue(&[2]);
    let g = powers::product(&modulus, [(two, &bytes::<P_BYTES>(&cofactor)?)]);
    let mut x = Box::new(Zeroizing::new([0; Q_BYTES]));
    rng.fill_bytes(x.as_mut_slice());
    let y = powers::product(&modulus, [(g, x.as_slice())]);
    let (g, y) = (*modulus.bytes(&g), *modulus.bytes(&y));
    Some(Numbers { p, q: bytes(&q)?, g, y, x })
}

/// A prime of 1024 bits that is 1 modulo q.
fn prime_after_multiple<R: CryptoRng + ?Sized>(q: &U1024, rng: &mut R) -> Option<U1024> {
    let mut start = [0; P_BYTES];
    rng.fill_bytes(&mut start);
    *start.first_mut()? |= 0x80;
    let start = U1024::from_be_slice(&start);
    let step = q.shl_vartime(1);
    let excess = start.rem_vartime(&NonZero::new(step).into_option()?);
    let start = start.wrapping_sub(&excess).wrapping_add(&U1024::ONE);

    let mut is_composite = vec![false; SPAN];
    for prime in small_primes() {
        let rest =
            |number: &U1024| number.rem_limb(NonZero::<Limb>::new_unwrap(Limb::from_u32(prime))).0;
        let (mut rest_of_candidate, rest_of_step) = (rest(&start), rest(&step));
        for is_composite in &mut is_composite {
            *is_composite |= rest_of_candidate == 0;
            rest_of_candidate += rest_of_step;
            if rest_of_candidate >= prime.into() {
                rest_of_candidate -= crypto_bigint::Word::from(prime);
            }
        }
    }
    let mut candidate = start;
    is_composite.into_iter().find_map(|is_composite| {
        let is_found = !is_composite
            && candidate.bit_width_vartime() == 1024
            && is_prime(Flavor::Any, &candidate);
        let found = is_found.then_some(candidate);
        candidate = candidate.wrapping_add(&step);
        found
    })
}

/// The odd ones.
fn small_primes() -> Vec<u32> {
    let mut primes: Vec<u32> = Vec::new();
    for number in (3..SMALL_PRIMES_BELOW).step_by(2) {
        let mut divisors = primes.iter().take_while(|prime| *prime * *prime <= number);
        if divisors.all(|prime| number % prime != 0) {
            primes.push(number);
        }
    }
    primes
}

/// The low end, big-endian.
fn bytes<const N: usize>(number: &U1024) -> Option<[u8; N]> {
    number.to_be_bytes().as_ref().last_chunk::<N>().copied()
}

#[cfg(test)]
mod tests {
    use num_bigint::BigUint;

    use super::*;

    #[test]
    fn small_primes_are_the_primes_but_2() {
        let primes = small_primes();
        assert_eq!(primes[..8], [3, 5, 7, 11, 13, 17, 19, 23]);
        assert_eq!((primes.len(), primes.last()), (563, Some(&4093)));
    }

    #[test]
    fn new_numbers_belong_together() {
        let rng = &mut rand::rng();
        let numbers = core::iter::repeat_with(|| numbers(rng)).flatten().next().unwrap();
        let Numbers { p, q, g, y, x } = numbers;
        assert!(p[0] >= 0x80 && q[0] >= 0x80);
        assert!(is_prime(Flavor::Any, &U1024::from_be_slice(&p)));
        let [p, q, g, y] = [&p[..], &q, &g, &y].map(BigUint::from_bytes_be);
        let one = BigUint::from(1_u8);
        assert_eq!((&p - &one) % &q, BigUint::ZERO);
        assert_eq!(g.modpow(&q, &p), one);
        assert_ne!(g, one);
        assert_eq!(g.modpow(&BigUint::from_bytes_be(x.as_slice()), &p), y);
    }
}
