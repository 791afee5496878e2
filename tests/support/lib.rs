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

mod certificates;
mod chat;
mod clock;
mod daemon;
mod desktop;
mod device;
mod diary;
mod display;
mod ejabberd;
mod island;
mod memory;
mod peer;
mod person;
mod profanity;
mod prosody;
mod reading;
mod scratch;
mod server;
mod talker;
mod terminal;
mod wait;
mod window;
mod wire;

pub use certificates::Certificates;
pub use chat::Chat;
pub use daemon::{Daemon, program, run};
pub use desktop::{Desktop, Keyring};
pub use device::{Device, Listener};
pub use diary::chat as told;
pub use display::{Display, Spot};
pub use ejabberd::{Ejabberd, EjabberdOptions};
pub use island::Island;
pub use memory::Memory;
pub use peer::Peer;
pub use person::{OFFER, PASSPHRASE, Person, Setup, authority, code};
pub use profanity::{PeerTrust, Profanity};
pub use prosody::{Options, PASSWORD, Prosody};
pub use scratch::Scratch;
pub use server::{Archivist, XmppServer};
pub use talker::Talker;
pub use terminal::Terminal;
pub use wait::{GUARD, until};
pub use window::{Window, pictures};
pub use wire::{Cut, Forger, Wire};
