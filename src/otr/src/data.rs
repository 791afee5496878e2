//! Private messages (OTRv3, "Data Message" and "Key Management").

mod extra_key;
mod key_ring;
mod message;
mod position;
#[cfg(test)]
mod tests;

pub use extra_key::ExtraKey;
pub(crate) use key_ring::{KeyRing, Opened, Unreadable};
pub(crate) use message::{DataMessage, IGNORE_UNREADABLE};
pub use position::Position;
