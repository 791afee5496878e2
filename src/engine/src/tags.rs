//! Names for sendings: those of one conversation are drawn by its core.

pub(crate) use chat::{ACCOUNT, Tags, names, owner};
