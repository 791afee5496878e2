//! The stanzas Sotto speaks: one kind per file, each both ways.

pub(crate) mod archive;
pub(crate) mod avatar;
pub(crate) mod blocking;
pub(crate) mod carbons;
pub(crate) mod chat_state;
pub(crate) mod disco;
pub(crate) mod form;
mod forwarded;
pub(crate) mod iq;
pub(crate) mod message;
pub(crate) mod presence;
pub(crate) mod register;
pub(crate) mod roster;
