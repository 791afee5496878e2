//! The stanzas Sotto speaks: one kind per file, each both ways.

pub(crate) mod avatar;
pub(crate) mod blocking;
pub(crate) mod chat_state;
pub(crate) mod disco;
pub(crate) mod form;
pub(crate) mod iq;
pub(crate) mod message;
pub(crate) mod past;
pub(crate) mod presence;
pub(crate) mod register;
pub(crate) mod roster;
