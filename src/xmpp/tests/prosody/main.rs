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
mod peer;
mod proxy;
mod resumption;
mod server;
mod sign_in;

use sotto_xmpp::{Availability, BareJid, Command, Event, Jid, OfflineReason};

use peer::Peer;
use server::Prosody;

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

/// Who asks to see our presence.
fn requested(event: &Event) -> Option<BareJid> {
    match event {
        Event::SubscriptionRequested(who) => Some(who.clone()),
        _ => None,
    }
}

/// The JID of this account once it shows up.
fn came_online(from: &BareJid) -> impl FnMut(&Event) -> Option<Jid> {
    move |event| match event {
        Event::Presence { from: who, availability: Availability::Online }
            if who.to_bare() == *from =>
        {
            Some(who.clone().into())
        }
        _ => None,
    }
}

/// Which message arrived.
fn receipt(event: &Event) -> Option<String> {
    match event {
        Event::Receipt { id, .. } => Some(id.clone()),
        _ => None,
    }
}

/// Which message the server has.
fn acked(event: &Event) -> Option<u64> {
    match event {
        Event::Acked { tag } => Some(*tag),
        _ => None,
    }
}

/// Why the connection is gone.
fn offline(event: &Event) -> Option<OfflineReason> {
    match event {
        Event::Offline { reason, .. } => Some(reason.clone()),
        _ => None,
    }
}
