//! What is known of a message after it left, and whose word that is.

use otr::{InstanceTag, Ssid, Timestamp};

use crate::address::Destination;

/// What a receipt outside of the encryption is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It counts: as far as we see, the program that was written to is there as it was.
    Counts,
    /// That program has shown itself anew since: perhaps it was started again, and could not read.
    Suspect,
    /// Such a one came. It counts once the session shows life.
    Waiting,
    /// It came, and the session has shown life since.
    Proven,
    /// Nothing: the program confirms inside.
    Inside,
    /// Nothing: the program confirms nothing at all.
    Nowhere,
}

/// How a private message went out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent<D> {
    /// The program whose keys it went out under.
    pub to: InstanceTag,
    /// Where that program was.
    pub at: Destination<D>,
    /// The session.
    pub ssid: Ssid,
    /// Counts what was sent.
    pub number: u64,
    /// Since when one that was sent later is known to have arrived.
    pub overtaken_at: Option<Timestamp>,
    /// What is said of its arrival.
    pub claim: Claim,
    /// Whether the program that it went to wrote in the session since.
    pub outlived: bool,
}
