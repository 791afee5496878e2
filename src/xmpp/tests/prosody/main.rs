//! Links against a real Prosody. Fails without one, unless `SOTTO_SKIP_INTEROP=1` is set.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test may fail, and waits for one kind of event"
)]

mod contacts;
mod messages;
mod requests;
mod resumption;
mod sasl2_inline;
mod server;
mod sign_in;
mod strangers;
#[path = "../support/mod.rs"]
mod support;

use kit::Prosody;
use server::Accounts as _;
use support::peer::Peer;
use support::scenarios;

/// Whether to leave these tests out.
fn skipped() -> bool {
    support::skipped("prosody")
}

/// Signs two accounts in and lets them see each other.
async fn befriended(server: &Prosody) -> (Peer, Peer) {
    scenarios::befriended(server.account("alice"), server.account("bob")).await
}
