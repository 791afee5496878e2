//! What the window is told of the archive that the server keeps (XEP-0313).

use std::time::SystemTime;

/// Where something belongs that is told after the fact: not at the end of its history, but where
/// the gap of this number was first told of, above what came since. Of one gap, what has a lower
/// order stands above.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ArchivePlace {
    /// The gap; those of later absences have higher numbers.
    pub gap: u64,
    /// Where in the gap.
    pub order: i64,
}

/// A stretch of an account's archive that was not read, or is being read. Whose messages lie in it
/// nobody knows before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArchiveGap {
    /// Names it as long as the program runs.
    pub number: u64,
    /// What was archived until then is told, by the server's clock; `None` if there is no such.
    pub after: Option<SystemTime>,
    /// What was archived from then on is told, by the server's clock; `None` if none of it is yet.
    pub before: Option<SystemTime>,
    /// What becomes of it.
    pub state: GapState,
}

/// Numbers that one run of an account gives at most.
const RUN: u64 = 1 << 20;

impl ArchiveGap {
    /// Whether the same run of the account told of the gap with this number: an account that is
    /// started again tells of its gaps anew.
    #[must_use]
    pub const fn is_of_one_run_with(&self, number: u64) -> bool {
        self.number / RUN == number / RUN
    }

    /// The first number of this run of an account.
    pub(crate) const fn first_number(run: u64) -> u64 {
        run * RUN
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
