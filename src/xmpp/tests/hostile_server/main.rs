//! A link against servers of the test's own: honest, careless and hostile ones.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test may fail, and waits for one kind of event"
)]

mod binding;
mod console;
mod downgrade;
mod keys;
mod requests;
mod routes;
mod sasl2_inline;
mod scram;
mod sign_in;
mod stage;
mod stanzas;
#[path = "../support/mod.rs"]
mod support;
mod wire;
