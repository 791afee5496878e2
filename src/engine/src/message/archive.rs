//! What the window is told of the archive that the server keeps (XEP-0313).

use std::time::SystemTime;

/// Where something belongs that is told after the fact: not at the end of its history, but among
/// what else has a place, and in the gap of this number where that was first told of, above what
/// came since. Of one gap, what has a lower order stands above. Places hold for as long as the
/// profile does, so that an earlier life of the program and this one agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ArchivePlace {
    /// The gap, or what came by itself, which is numbered along with the gaps; what came later has
    /// the higher number.
    pub gap: u64,
    /// Where in the gap.
    pub order: i64,
}

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

impl ArchivePlace {
    /// Of what came by itself, under a number of the same row as those of the gaps.
    pub(crate) const fn of_live(number: u64) -> Self {
        Self { gap: number, order: 0 }
    }
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
