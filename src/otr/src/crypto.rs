//! The primitives, as the protocol uses them.

mod cipher;
mod dsa;
mod group;
mod kdf;
mod montgomery;
mod plaintext;
mod powers;
#[cfg(any(test, fuzzing))]
mod stand_in;

pub(crate) use cipher::{Mac20, MacKey, aes_ctr, hmac_sha256, mac_equal, sha256};
pub use dsa::PrivateKey;
pub(crate) use dsa::{PublicKey, SIGNATURE_BYTES};
#[cfg(test)]
pub(crate) use group::powers_computed;
pub(crate) use group::{Base, DhKeyPair, DhPublic, Element, Exponent, Raise};
pub(crate) use kdf::{AkeKeys, SessionKeys, SignatureKeys};
pub(crate) use plaintext::Plaintext;
#[cfg(any(test, fuzzing))]
pub(crate) use stand_in::SmallNumbers;
