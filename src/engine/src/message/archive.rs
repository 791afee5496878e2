//! What the window is told of the archive that the server keeps (XEP-0313).

use std::time::SystemTime;

/// A stretch of an account's archive that was not read, or is being read. Whose messages lie in it
/// nobody knows before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArchiveGap {
    /// Names it as long as the profile lasts.
    pub number: u64,
    /// Which run of the account tells of it: one that is started again tells of its gaps anew.
    pub run: u64,
    /// What was archived until then is told, by the server's clock; `None` if there is no such.
    pub after: Option<SystemTime>,
    /// What was archived from then on is told, by the server's clock; `None` if none of it is yet.
    pub before: Option<SystemTime>,
    /// What becomes of it.
    pub state: GapState,
}

/// What becomes of a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GapState {
    /// It is being read.
    Filling,
    /// It could not be read to its end; the person may have that tried again.
    Open,
    /// All there is of it is told, but the server keeps nothing that old any more: some of it may
    /// be missing for ever.
    Incomplete,
    /// All of it is told.
    Closed,
}
