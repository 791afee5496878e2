//! The messenger without its window: one [`Command`] in, one [`Event`] out.
//!
//! Not here: how anything looks, which words are used, where the profile lies on disk.

mod account;
mod contact;
mod import;
mod keys;
mod mailbox;
mod message;
mod practice;
mod registration;
mod roster;
mod router;
mod runtime;
mod stamp;
mod store;
mod strangers;
mod tags;
mod watch;

pub use message::*;
pub use practice::is_practice;
pub use runtime::{Config, Ending, Engine, Events, Handle};
pub use xmpp::{CertificateDer, QUIET_TARGETS};
