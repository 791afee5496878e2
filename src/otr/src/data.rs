//! Private messages (OTRv3, "Data Message" and "Key Management").

mod extra_key;
mod key_ring;
mod message;
mod received;
#[cfg(test)]
mod tests;

pub use extra_key::ExtraKey;
pub(crate) use key_ring::{KeyRing, Opened, Unopened};
pub(crate) use message::{DataMessage, IGNORE_UNREADABLE};
