//! The roster and who sees whom.

use sotto_xmpp::{Availability, Command, Event, Subscription};

use crate::server::Prosody;
use crate::support::peer::Peer;
use crate::support::requested;
use crate::{befriended, skipped};

#[tokio::test]
async fn contacts_find_see_and_lose_each_other() {
    if skipped() {
        return;
    }
    let server = Prosody::start(&["alice", "bob"]);
    let (mut alice, mut bob) = befriended(&server).await;
    let both = |event: &Event| match event {
        Event::RosterChanged(item) if item.subscription == Subscription::Both => {
            Some(item.jid.clone())
        }
        _ => None,
    };
    assert_eq!(alice.wait(both).await, bob.bare);
    bob.wait(both).await;

    bob.ask(Command::SetPresence(Availability::Busy)).await;
    alice
        .wait(|event| {
            matches!(event, Event::Presence { availability: Availability::Busy, .. }).then_some(())
        })
        .await;

    let name = Some("Bob <3".to_owned());
    alice.ask(Command::RosterSet { jid: bob.bare.clone(), name: name.clone() }).await;
    alice
        .wait(|event| {
            matches!(event, Event::RosterChanged(item) if item.name == name).then_some(())
        })
        .await;

    let bob_bare = bob.bare.clone();
    bob.leave().await;
    alice
        .wait(|event| {
            matches!(event, Event::Presence { availability: Availability::Offline, .. })
                .then_some(())
        })
        .await;

    alice.ask(Command::RosterRemove(bob_bare.clone())).await;
    alice
        .wait(|event| matches!(event, Event::RosterRemoved(jid) if *jid == bob_bare).then_some(()))
        .await;
}

#[tokio::test]
async fn a_declined_request_is_taken_back() {
    if skipped() {
        return;
    }
    let server = Prosody::start(&["alice", "bob"]);
    let mut alice = Peer::new(server.account("alice"));
    let mut bob = Peer::new(server.account("bob"));
    alice.online().await;
    bob.online().await;
    alice.ask(Command::Subscribe(bob.bare.clone())).await;
    let asked = |expected: bool| {
        move |event: &Event| {
            matches!(event, Event::RosterChanged(item) if item.asked == expected).then_some(())
        }
    };
    alice.wait(asked(true)).await;
    bob.wait(requested).await;
    bob.ask(Command::Decline(alice.bare.clone())).await;
    alice.wait(asked(false)).await;
}
