//! Where something stands that the server's archive tells (XEP-0313).

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

impl ArchivePlace {
    /// Of what came by itself, under a number of the same row as those of the gaps.
    #[must_use]
    pub const fn of_live(number: u64) -> Self {
        Self { gap: number, order: 0 }
    }
}
