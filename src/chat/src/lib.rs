//! What a conversation between two people is: who can read what is typed next, what is held and
//! why, what was delivered. It keeps the promise of *held, never downgraded*: a text leaves as well
//! protected as the person saw when typing it, or not at all ([`decide`]).
//!
//! A sans-IO state machine between the protocol (`otr`) and whoever carries stanzas, writes to disk
//! and paints: time and randomness are parameters, and what is to be done is returned. Nothing here
//! opens a socket or a file, reads a clock, or logs.

mod address;
mod archive;
mod attention;
mod claimed_error;
mod delivery;
mod devices;
mod invitation;
mod label;
mod message;
mod older_version;
mod outbox;
mod padlock;
mod permissions;
mod privacy;
mod program;
mod provenance;
mod tags;
mod trust;
mod verification;

pub use address::Destination;
pub use archive::ArchivePlace;
pub use attention::Attention;
pub use claimed_error::ClaimedError;
pub use delivery::{Claim, Sent};
pub use devices::{Cause, Devices};
pub use invitation::Invitation;
pub use label::Label;
pub use message::{Delivery, FailReason, HeldReason, MessageId, NewMessage, Outgoing};
pub use older_version::{OlderVersion, VersionFloor};
pub use outbox::{DeliveryState, Outbox, OutboxMessage, Persisted, decide};
pub use padlock::Padlock;
pub use permissions::Permissions;
pub use privacy::{Intent, KeyStanding, Privacy, Reach, Session};
pub use program::Program;
pub use provenance::{Provenance, RequiredProtection};
pub use tags::{ACCOUNT, Tags, names, owner};
pub use trust::{Doubt, Proof, Trust};
pub use verification::{RequestId, Verification, VerificationResult};
