//! The messenger without its window: one [`Command`] in, one [`Event`] out.
//!
//! Not here: how anything looks, which words are used, where the profile lies on disk.

mod message;

pub use message::*;
