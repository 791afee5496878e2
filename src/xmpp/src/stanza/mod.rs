//! The stanzas Sotto speaks: one kind per file, each both ways.

pub(crate) mod iq;
pub(crate) mod message;
pub(crate) mod presence;
pub(crate) mod roster;
