//! What a conversation between two people is: who can read what is typed next, what is held and
//! why, what was delivered, which devices there are, how far a verification is. It keeps the promise
//! of *held, never downgraded*: a text leaves as well protected as the person saw when typing it, or
//! not at all ([`decide`]).
//!
//! A sans-IO state machine between the protocol (`otr`) and whoever carries stanzas, writes to disk
//! and paints. [`Chat`] takes [`Input`]s, the time and randomness, and returns [`Effect`]s. Nothing
//! here opens a socket or a file, reads a clock, or logs.

mod address;
mod archive;
mod attention;
mod chat;
mod claimed_error;
mod command;
mod delivery;
mod devices;
mod effect;
mod greeting;
mod inbound;
mod input;
mod invitation;
mod keys;
mod label;
mod message;
mod notice;
mod older_version;
mod outbox;
mod padlock;
mod permissions;
mod privacy;
mod program;
mod provenance;
mod recent;
pub mod records;
mod secret;
mod sessions;
mod stamp;
mod start;
mod tags;
mod trust;
mod verification;
mod wire;

pub use address::Destination;
pub use archive::ArchivePlace;
pub use chat::Chat;
pub use claimed_error::ClaimedError;
pub use command::ChatCommand;
pub use delivery::ArchivePage;
pub use effect::{Confirmation, Effect, KeptMessage, Now, SentByOtherDevice, Stanza, Told, Write};
pub use input::{Delay, Input, Received};
pub use keys::{Sighted, UNDECIDED_KEYS_MAX};
pub use label::Label;
pub use message::{Delivery, FailReason, HeldReason, MessageId, NewMessage, Outgoing};
pub use notice::Notice;
pub use older_version::OlderVersion;
pub use outbox::decide;
pub use padlock::Padlock;
pub use permissions::Permissions;
pub use privacy::Intent;
pub use program::Program;
pub use provenance::{Provenance, RequiredProtection};
pub use secret::Secret;
pub use stamp::{believable, within};
pub use start::{KnownVersion, Memory, Start};
pub use tags::{ACCOUNT, Tags, names, owner};
pub use trust::{Doubt, Proof, Trust};
pub use verification::{RequestId, Verification, VerificationResult};
pub use wire::{is_of_a_session, is_private};
