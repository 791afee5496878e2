//! What rests: secrets in the OS keyring, everything else in an encrypted database.

mod trust;

pub use trust::{Proof, Trust};
