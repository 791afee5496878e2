//! Private messages (OTRv3, "Data Message" and "Key Management").

mod key_ring;
mod message;
#[cfg(test)]
mod tests;

pub(crate) use key_ring::{KeyRing, Unreadable};
pub(crate) use message::{DataMessage, IGNORE_UNREADABLE};
