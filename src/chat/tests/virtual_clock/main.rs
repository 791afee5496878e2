//! The whole conversation without a runtime: time is a number, and whoever carries, writes to disk
//! and paints is a value that the test holds.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a world that breaks fails its test"
)]

mod held_never_downgraded;
mod table;
mod world;
