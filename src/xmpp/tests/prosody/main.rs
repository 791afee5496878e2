//! Links against a real Prosody. Fails without one, unless `SOTTO_SKIP_INTEROP=1` is set.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test may fail, and waits for one kind of event"
)]

mod contacts;
mod messages;
mod proxy;
mod resumption;
mod server;
mod sign_in;
#[path = "../support/mod.rs"]
mod support;

use sotto_xmpp::Command;

use server::Prosody;
use support::peer::Peer;
use support::requested;

/// Whether to leave these tests out.
fn skipped() -> bool {
    support::skipped("prosody")
}

/// Signs two accounts in and lets them see each other.
async fn befriended(server: &Prosody) -> (Peer, Peer) {
    let mut alice = Peer::new(server.account("alice"));
    let mut bob = Peer::new(server.account("bob"));
    alice.online().await;
    bob.online().await;
    alice.ask(Command::Subscribe(bob.bare.clone())).await;
    assert_eq!(bob.wait(requested).await, alice.bare);
    bob.ask(Command::Approve(alice.bare.clone())).await;
    bob.ask(Command::Subscribe(alice.bare.clone())).await;
    assert_eq!(alice.wait(requested).await, bob.bare);
    alice.ask(Command::Approve(bob.bare.clone())).await;
    (alice, bob)
}
