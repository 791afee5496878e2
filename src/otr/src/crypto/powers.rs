//! Exponentiation that takes the same time whatever base and exponent. Exponents are big-endian
//! bytes; only their length is public.

use alloc::vec::Vec;

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::montgomery::{Modulus, Residue};

/// Bits of a digit.
const DIGIT_BITS: usize = 4;

/// The product of powers, each a base and its exponent; they share the squarings.
pub(super) fn product<const N: usize, const K: usize>(
    modulus: &Modulus<N>,
    powers: [(Residue<N>, &[u8]); K],
) -> Residue<N> {
    let bytes_max = powers.iter().map(|(_, exponent)| exponent.len()).max().unwrap_or(0);
    let powers = powers.map(|(base, exponent)| (Digits::new(modulus, &base), exponent));
    let mut product = Zeroizing::new(*modulus.one());
    for place in (0..bytes_max).rev() {
        for shift in [DIGIT_BITS, 0] {
            raise_by_digit(modulus, &mut product);
            for (digits, exponent) in &powers {
                let Some(byte) = exponent.iter().rev().nth(place) else { continue };
                *product = modulus.mul(&product, &digits.power(byte >> shift));
            }
        }
    }
    *product
}

/// Powers of a base of which many are needed: computed once, they save most squarings.
pub(super) struct Powers<const N: usize>(
    /// For each 64 bits of an exponent, lowest first.
    Vec<Digits<N>>,
);

impl<const N: usize> Powers<N> {
    /// For exponents of at most so many bytes, a multiple of 8.
    pub(super) fn new(modulus: &Modulus<N>, base: &Residue<N>, bytes: usize) -> Self {
        let mut base = *base;
        let digits = |index: usize| {
            if index > 0 {
                (0..64).for_each(|_| base = modulus.square(&base));
            }
            Digits::new(modulus, &base)
        };
        Self((0..bytes / 8).map(digits).collect())
    }

    /// The power. Of a longer exponent than announced, only the low end counts.
    pub(super) fn pow(&self, modulus: &Modulus<N>, exponent: &[u8]) -> Residue<N> {
        let mut power = Zeroizing::new(*modulus.one());
        for place in (0..8).rev() {
            for shift in [DIGIT_BITS, 0] {
                raise_by_digit(modulus, &mut power);
                for (digits, word) in self.0.iter().zip(exponent.rchunks(8)) {
                    let Some(byte) = word.iter().rev().nth(place) else { continue };
                    *power = modulus.mul(&power, &digits.power(byte >> shift));
                }
            }
        }
        *power
    }
}

/// The powers of a base for one digit of an exponent: 0 to 15.
struct Digits<const N: usize>([Residue<N>; 1 << DIGIT_BITS]);

impl<const N: usize> Digits<N> {
    fn new(modulus: &Modulus<N>, base: &Residue<N>) -> Self {
        let mut next = *modulus.one();
        Self([(); 1 << DIGIT_BITS].map(|()| {
            let power = next;
            next = modulus.mul(&next, base);
            power
        }))
    }

    /// The power of the low 4 bits of `byte`. Every entry is read, whichever is meant.
    fn power(&self, byte: u8) -> Zeroizing<Residue<N>> {
        let mut chosen = Zeroizing::new(Residue([0; N]));
        for (power, digit) in self.0.iter().zip(0_u8..) {
            let is_meant = digit.ct_eq(&(byte & 0xf)).unwrap_u8();
            let mask = u64::from(is_meant).wrapping_neg();
            for (chosen, limb) in chosen.0.iter_mut().zip(&power.0) {
                *chosen |= limb & mask;
            }
        }
        chosen
    }
}

fn raise_by_digit<const N: usize>(modulus: &Modulus<N>, power: &mut Residue<N>) {
    (0..DIGIT_BITS).for_each(|_| *power = modulus.square(power));
}

#[cfg(test)]
mod tests {
    use num_bigint::BigUint;
    use rand::Rng as _;

    use super::*;

    const MODULUS: [u8; 128] = [0xe7; 128];

    fn random<const BYTES: usize>() -> [u8; BYTES] {
        let mut bytes = [0; BYTES];
        rand::rng().fill_bytes(&mut bytes);
        bytes
    }

    fn number(bytes: &[u8]) -> BigUint {
        BigUint::from_bytes_be(bytes)
    }

    fn expected(base: &[u8], exponent: &[u8]) -> BigUint {
        number(base).modpow(&number(exponent), &number(&MODULUS))
    }

    #[test]
    fn powers_and_their_products_agree_with_plain_arithmetic() {
        let modulus = Modulus::<18>::new(&MODULUS).unwrap();
        let (a, b) = (random::<128>(), random::<128>());
        let (x, y) = (modulus.residue(&a), modulus.residue(&b));
        let bytes = |residue: &Residue<18>| number(&*modulus.bytes::<128>(residue));
        for exponent in [&[][..], &[0; 20], &[1], &[0x0f, 0xf0], &[0xff; 40], &random::<21>()] {
            let power = expected(&a, exponent);
            assert_eq!(bytes(&product(&modulus, [(x, exponent)])), power);
            assert_eq!(bytes(&Powers::new(&modulus, &x, 40).pow(&modulus, exponent)), power);
            let other = random::<20>();
            let both = product(&modulus, [(x, exponent), (y, &other)]);
            assert_eq!(bytes(&both), power * expected(&b, &other) % number(&MODULUS));
        }
    }
}
