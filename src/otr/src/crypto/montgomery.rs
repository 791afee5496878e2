//! Arithmetic modulo an odd number that takes the same time whatever the operands.
//!
//! A number is kept in limbs of 60 bits. A column of a product then is a sum of at most 2N products
//! of 120 bits, for which 128 bits suffice: nothing carries while we add, and no branch and no index
//! depends on a value. Montgomery's R is 2^(60N), at least 2^20 times the modulus; so a number may
//! stand for itself plus some times the modulus, and only what leaves is brought below it.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "indices and sizes are constants or run to N; what the peer sends is added by `plus`"
)]

use alloc::vec::Vec;

use zeroize::{Zeroize, Zeroizing};

const LIMB_BITS: usize = 60;
const MASK: u64 = (1 << LIMB_BITS) - 1;
/// R over the modulus, at least, as a power of 2.
const SLACK_BITS: usize = 20;

/// A number in Montgomery's form, below four times its modulus.
#[derive(Clone, Copy)]
pub(super) struct Residue<const N: usize>(pub(super) [u64; N]);

impl<const N: usize> Zeroize for Residue<N> {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

/// An odd modulus with what belongs to it. N is even.
pub(super) struct Modulus<const N: usize> {
    limbs: [u64; N],
    /// -1 / modulus, modulo 2^60.
    negative_inverse: u64,
    /// R
    one: Residue<N>,
    /// R²
    r_squared: Residue<N>,
}

/// Adds a b to a column, which has room for it.
const fn plus(column: u128, a: u64, b: u64) -> u128 {
    column.wrapping_add((a as u128).wrapping_mul(b as u128))
}

impl<const N: usize> Modulus<N> {
    /// Bytes that fill all limbs.
    const BYTES: usize = LIMB_BITS * N / 8;
    /// Columns that the compiler is to lay out one after another.
    const STEP: usize = if N % 4 == 2 { 4 } else { 2 };

    /// From big-endian bytes. `None` if it is even, below 3, or too long for N limbs. The modulus
    /// itself is no secret.
    pub(super) fn new(bytes: &[u8]) -> Option<Self> {
        let zeroes = bytes.iter().take_while(|byte| **byte == 0).count();
        let bytes = bytes.get(zeroes..)?;
        let first = *bytes.first()?;
        let bits = bytes.len() * 8 - first.leading_zeros() as usize;
        if bytes.last()? & 1 == 0 || bits < 2 || bits + SLACK_BITS > LIMB_BITS * N {
            return None;
        }
        let limbs = limbs(bytes);
        // Newton: each step doubles the bits that are right.
        let inverse = (0..6).fold(1_u64, |inverse, _| {
            inverse.wrapping_mul(2_u64.wrapping_sub(limbs[0].wrapping_mul(inverse)))
        });
        let mut modulus = Self {
            limbs,
            negative_inverse: inverse.wrapping_neg() & MASK,
            one: Residue([0; N]),
            r_squared: Residue([0; N]),
        };
        let mut power = [0; N];
        power[bits / LIMB_BITS] = 1 << (bits % LIMB_BITS);
        // 2^bits, then R; and from twice R by squaring R².
        modulus.one = modulus.reduced(Residue(power));
        for _ in bits..LIMB_BITS * N {
            modulus.one = modulus.double(&modulus.one);
        }
        let exponent = LIMB_BITS * N;
        modulus.r_squared = modulus.one;
        for bit in (0..usize::BITS - exponent.leading_zeros()).rev() {
            modulus.r_squared = modulus.square(&modulus.r_squared);
            if exponent >> bit & 1 == 1 {
                modulus.r_squared = modulus.double(&modulus.reduced(modulus.r_squared));
            }
        }
        Some(modulus)
    }

    pub(super) const fn one(&self) -> &Residue<N> {
        &self.one
    }

    /// From big-endian bytes, however many; the length is no secret.
    pub(super) fn residue(&self, bytes: &[u8]) -> Residue<N> {
        bytes.rchunks(Self::BYTES).rev().fold(Residue([0; N]), |sum, chunk| {
            let shifted = self.mul(&sum, &self.r_squared);
            self.add(&shifted, &self.mul(&Residue(limbs(chunk)), &self.r_squared))
        })
    }

    /// The number itself, below the modulus, in so many big-endian bytes: as many as the modulus
    /// has, at least.
    pub(super) fn bytes<const BYTES: usize>(&self, residue: &Residue<N>) -> Zeroizing<[u8; BYTES]> {
        let mut unit = [0; N];
        unit[0] = 1;
        let number = Zeroizing::new(self.reduced(self.mul(residue, &Residue(unit))));
        let mut bytes = Zeroizing::new([0; BYTES]);
        let (mut pending, mut bits) = (0_u128, 0);
        let mut limbs = number.0.iter();
        for byte in bytes.iter_mut().rev() {
            if bits < 8 {
                pending |= u128::from(limbs.next().copied().unwrap_or(0)) << bits;
                bits += LIMB_BITS;
            }
            *byte = pending as u8;
            pending >>= 8;
            bits -= 8;
        }
        bytes
    }

    /// a + b, of which one at least was not added before.
    pub(super) fn add(&self, a: &Residue<N>, b: &Residue<N>) -> Residue<N> {
        let mut sums = [0; N];
        for ((sum, a), b) in sums.iter_mut().zip(&a.0).zip(&b.0) {
            *sum = u128::from(*a).wrapping_add(u128::from(*b));
        }
        carried(&sums)
    }

    /// a b
    pub(super) fn mul(&self, a: &Residue<N>, b: &Residue<N>) -> Residue<N> {
        let (b, p) = (&b.0, &self.limbs);
        let mut t = [0_u128; N];
        // Two rows at once, and what makes their lowest two columns vanish.
        for [a0, a1] in a.0.as_chunks::<2>().0 {
            let (a0, a1) = (*a0, *a1);
            let s0 = plus(t[0], a0, b[0]);
            let (m0, carry) = self.vanish(s0);
            let s1 = plus(plus(plus(t[1].wrapping_add(carry), a0, b[1]), a1, b[0]), m0, p[1]);
            let (m1, carry) = self.vanish(s1);
            for k in 2..N {
                let column = plus(plus(t[k], a0, b[k]), a1, b[k - 1]);
                t[k - 2] = plus(plus(column, m0, p[k]), m1, p[k - 1]);
            }
            t[0] = t[0].wrapping_add(carry);
            t[N - 2] = plus(plus(0, a1, b[N - 1]), m1, p[N - 1]);
            t[N - 1] = 0;
        }
        carried(&t)
    }

    /// a²
    pub(super) fn square(&self, a: &Residue<N>) -> Residue<N> {
        let mut t = [[0_u128; N]; 2];
        let t = t.as_flattened_mut();
        for i in 0..N {
            let a_i = a.0[i];
            t[2 * i] = plus(t[2 * i], a_i, a_i);
            for (t, a_j) in t[2 * i + 1..].iter_mut().zip(&a.0[i + 1..]) {
                *t = plus(*t, a_i << 1, *a_j);
            }
        }
        self.redc(t)
    }

    /// Divides 2N columns by R.
    fn redc(&self, t: &mut [u128]) -> Residue<N> {
        let p = &self.limbs;
        for i in 0..N / 2 {
            let t = &mut t[2 * i..][..N + 1];
            let (m0, carry) = self.vanish(t[0]);
            let (m1, carry) = self.vanish(plus(t[1].wrapping_add(carry), m0, p[1]));
            t[2] = t[2].wrapping_add(carry);
            let mut k = 2;
            while k + Self::STEP <= N {
                for _ in 0..Self::STEP {
                    t[k] = plus(plus(t[k], m0, p[k]), m1, p[k - 1]);
                    k += 1;
                }
            }
            t[N] = plus(t[N], m1, p[N - 1]);
        }
        carried(&t[N..])
    }

    /// How many times the modulus makes the lowest limb of a column vanish, and what carries.
    const fn vanish(&self, column: u128) -> (u64, u128) {
        let times = (column as u64).wrapping_mul(self.negative_inverse) & MASK;
        (times, plus(column, times, self.limbs[0]) >> LIMB_BITS)
    }

    /// 2 a, for what is below the modulus.
    fn double(&self, a: &Residue<N>) -> Residue<N> {
        self.reduced(self.add(a, a))
    }

    /// Takes the modulus away once, if it is not above.
    fn reduced(&self, a: Residue<N>) -> Residue<N> {
        let mut less = Zeroizing::new([0; N]);
        let mut borrow = 0;
        for ((less, a), p) in less.iter_mut().zip(&a.0).zip(&self.limbs) {
            let difference = a.wrapping_sub(*p).wrapping_sub(borrow);
            *less = difference & MASK;
            borrow = difference >> 63;
        }
        // All ones if `a` was below the modulus.
        let keep = core::hint::black_box(borrow).wrapping_neg();
        let mut result = a;
        for (result, less) in result.0.iter_mut().zip(less.iter()) {
            *result = (*result & keep) | (less & !keep);
        }
        result
    }

    /// 1 / a modulo a prime: a^(p - 2) (Fermat). 0 for 0.
    pub(super) fn inverse(&self, a: &Residue<N>) -> Residue<N> {
        let mut exponent = self.limbs;
        let mut borrow = 2;
        for limb in &mut exponent {
            // The lowest limb may be 1.
            let difference = limb.wrapping_sub(borrow);
            *limb = difference & MASK;
            borrow = difference >> 63;
        }
        let exponent: Vec<u8> = exponent
            .as_chunks::<2>()
            .0
            .iter()
            .rev()
            .flat_map(|[low, high]| {
                let pair = u128::from(*high) << LIMB_BITS | u128::from(*low);
                pair.to_be_bytes().into_iter().skip(1)
            })
            .collect();
        super::powers::product(self, [(*a, &exponent)])
    }
}

/// Big-endian bytes as limbs; what does not fit is cut.
fn limbs<const N: usize>(bytes: &[u8]) -> [u64; N] {
    let mut limbs = [0; N];
    let (mut pending, mut bits) = (0_u128, 0);
    let mut rest = bytes.iter().rev();
    for limb in &mut limbs {
        while bits < LIMB_BITS
            && let Some(byte) = rest.next()
        {
            pending |= u128::from(*byte) << bits;
            bits += 8;
        }
        *limb = pending as u64 & MASK;
        pending >>= LIMB_BITS;
        bits = bits.saturating_sub(LIMB_BITS);
    }
    limbs
}

/// Columns as limbs.
fn carried<const N: usize>(columns: &[u128]) -> Residue<N> {
    let mut limbs = [0; N];
    let mut carry = 0_u128;
    for (limb, column) in limbs.iter_mut().zip(columns) {
        carry = column.wrapping_add(carry);
        *limb = carry as u64 & MASK;
        carry >>= LIMB_BITS;
    }
    Residue(limbs)
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use num_bigint::BigUint;
    use rand::Rng as _;

    use super::*;

    fn number(bytes: &[u8]) -> BigUint {
        BigUint::from_bytes_be(bytes)
    }

    /// Compares every operation with plain arithmetic, for values at the edges and random ones.
    fn agrees<const N: usize, const BYTES: usize>(modulus: &[u8]) {
        let (m, p) = (Modulus::<N>::new(modulus).unwrap(), number(modulus));
        let mut values: Vec<BigUint> = vec![
            BigUint::ZERO,
            1_u8.into(),
            2_u8.into(),
            (&p >> 1_u8) + 1_u8,
            &p - 1_u8,
            p.clone(),
            &p + 1_u8,
            number(&[0xff; BYTES]),
            number(&[0xff; 200]),
        ];
        values.extend((0..4).map(|_| {
            let mut bytes = [0; BYTES];
            rand::rng().fill_bytes(&mut bytes);
            number(&bytes)
        }));
        let bytes = |residue: &Residue<N>| number(&*m.bytes::<BYTES>(residue));
        for a in &values {
            let x = m.residue(&a.to_bytes_be());
            assert_eq!(bytes(&x), a % &p);
            assert_eq!(bytes(&m.square(&x)), a * a % &p);
            for b in &values {
                let y = m.residue(&b.to_bytes_be());
                assert_eq!(bytes(&m.mul(&x, &y)), a * b % &p);
                assert_eq!(bytes(&m.add(&x, &y)), (a + b) % &p);
            }
        }
        assert_eq!(bytes(m.one()), 1_u8.into());
    }

    #[test]
    fn every_operation_agrees_with_plain_arithmetic() {
        for last in [1, 3, 0x7f, 0xff] {
            let mut modulus = [0xff; 192];
            modulus[191] = last;
            agrees::<26, 192>(&modulus);
            agrees::<18, 128>(&modulus[64..]);
            agrees::<4, 20>(&modulus[172..]);
            modulus[64..191].fill(0);
            modulus[172] = 0x80;
            modulus[64] = 0x80;
            agrees::<18, 128>(&modulus[64..]);
            agrees::<4, 20>(&modulus[172..]);
        }
        agrees::<4, 2>(&[0, 3]);
        for _ in 0..10 {
            let mut modulus = [0; 192];
            rand::rng().fill_bytes(&mut modulus);
            modulus[191] |= 1;
            agrees::<26, 192>(&modulus);
        }
    }

    #[test]
    fn the_inverse_times_the_number_is_1() {
        for prime in [(1_u128 << 127) - 1, (1 << 61) - 1, 3, 5, 257, 65_537] {
            let m = Modulus::<4>::new(&prime.to_be_bytes()).unwrap();
            for value in [1_u8, 2, 200] {
                if u128::from(value) % prime != 0 {
                    let x = m.residue(&[value]);
                    let one = m.mul(&x, &m.inverse(&x));
                    assert_eq!(number(&*m.bytes::<16>(&one)), 1_u8.into(), "{value} mod {prime}");
                }
            }
        }
    }

    #[test]
    fn moduli_that_are_even_or_too_small_or_too_long_are_refused() {
        for bytes in [&[][..], &[0], &[1], &[2], &[0xff, 0xfe], &[1; 31]] {
            assert!(Modulus::<4>::new(bytes).is_none());
        }
        assert!(Modulus::<4>::new(&[0xff; 27]).is_some());
        assert!(Modulus::<4>::new(&[0xff; 28]).is_none());
    }
}
