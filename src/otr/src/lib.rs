//! Off-the-Record messaging, version 3, as a sans-IO state machine.
//!
//! Nothing here opens a socket, reads a clock, or asks the operating system for randomness: bytes,
//! time and a random number generator come in, outputs come out. The caller keeps the texts that
//! wait for a session, and decides whom to trust.
#![no_std]
extern crate alloc;
#[cfg(test)]
extern crate std;

mod auth;
mod conversation;
mod crypto;
mod data;
mod error;
mod fingerprint;
mod fragment;
mod incoming;
mod instance;
mod message_state;
mod output;
mod peer;
mod policy;
mod query;
mod session;
mod smp;
mod timestamp;
mod tlv;
mod version;
mod wire;

pub use conversation::{Config, Conversation, TEXT_BYTES_MAX};
pub use crypto::PrivateKey;
pub use error::{KeyError, SendError, SmpError};
pub use fingerprint::{Fingerprint, ParseFingerprintError};
pub use instance::InstanceTag;
pub use message_state::{MessageState, Ssid, SsidHalf};
pub use output::{Event, Output, Security, WireText};
pub use policy::Policy;
pub use smp::{SmpRequest, SmpRole, SmpSecret};
pub use timestamp::Timestamp;
pub use version::Version;
pub use wire::sender_instance;
