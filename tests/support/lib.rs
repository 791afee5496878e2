//! What stories share: throw-away servers, real contacts, a display.
//!
//! Everything here is real and owned by one story: a Prosody with a certificate authority of its
//! own, Profanity in a terminal, the engine with its vault in memory, a window on a virtual
//! display. Nothing listens beyond the loopback, and dropping a fixture ends what it started and
//! removes what it wrote. A program that is not installed fails the story with a sentence; nothing
//! is skipped.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a fixture that cannot be set up, or the one event that never comes, fails its story"
)]

mod chat;
mod desktop;
mod display;
mod event_log;
mod memory;
mod peer;
mod person;
mod process_client;
mod profanity;
mod reading;
mod terminal;
mod window;
mod wire;

pub use chat::Chat;
pub use desktop::{Desktop, Keyring};
pub use display::{Display, Spot};
pub use event_log::chat as told;
pub use kit::{
    Archivist, Certificates, Daemon, Device, Ejabberd, EjabberdOptions, GUARD, Listener,
    NetworkNamespace, Options, PASSWORD, Prosody, Scratch, XmppServer, program, run, until,
};
pub use memory::Memory;
pub use peer::Peer;
pub use person::{OFFER, PASSPHRASE, Person, Setup, authority, code};
pub use process_client::ProcessClient;
pub use profanity::{PeerTrust, Profanity};
pub use terminal::Terminal;
pub use window::{Window, pictures};
pub use wire::{Cut, Forger, Wire};
