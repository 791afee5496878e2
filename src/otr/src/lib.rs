//! Off-the-Record messaging, version 3, as a sans-IO state machine.
//!
//! Nothing here opens a socket, reads a clock, or asks the operating system for randomness: bytes,
//! time and a random number generator come in, outputs come out.
#![no_std]
extern crate alloc;
#[cfg(test)]
extern crate std;

mod fingerprint;

pub use fingerprint::{Fingerprint, ParseFingerprintError};
