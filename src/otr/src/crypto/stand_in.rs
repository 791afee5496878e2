//! Small numbers in the place of the protocol's, for tests that take millions of exchanges of keys:
//! a hundred times as fast, and no secrets at all.
//!
//! They are in no other build: `test` is set for this crate's own tests alone, never for a crate that
//! others depend on, and `fuzzing` by cargo-fuzz alone, which a release refuses (`lib.rs`). And a
//! thread has to ask for them.

use core::cell::Cell;

use sha1::{Digest as _, Sha1};

/// p, of 62 bits, where (p - 1) / 2 is prime too.
const PRIME: u128 = 0x3fff_ffff_ffff_d6bb;

std::thread_local! {
    static ARE_ON: Cell<bool> = const { Cell::new(false) };
}

/// While it lives, this thread computes with small numbers.
pub(crate) struct SmallNumbers(());

impl SmallNumbers {
    pub(crate) fn begin() -> Self {
        ARE_ON.set(true);
        Self(())
    }
}

impl Drop for SmallNumbers {
    fn drop(&mut self) {
        ARE_ON.set(false);
    }
}

pub(super) fn are_on() -> bool {
    ARE_ON.get()
}

/// A power in the small group; of the exponent the last eight bytes count.
pub(super) fn power(base: u64, exponent: &[u8]) -> u64 {
    let bits = exponent
        .iter()
        .rev()
        .take(8)
        .rev()
        .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1));
    let mut power = 1;
    for bit in bits {
        power = power * power % PRIME;
        if bit == 1 {
            power = power * u128::from(base) % PRIME;
        }
    }
    u64::try_from(power).unwrap_or_default()
}

/// What counts as the signature of the owner of a public key.
pub(super) fn signature(public: &[u8], message: &[u8; 32]) -> [u8; 40] {
    let mut signature = [0; 40];
    for (half, part) in signature.chunks_mut(20).zip(0_u8..) {
        let hash = Sha1::new().chain_update([part]).chain_update(public).chain_update(message);
        half.copy_from_slice(&hash.finalize());
    }
    signature
}
