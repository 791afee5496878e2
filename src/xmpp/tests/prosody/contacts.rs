//! The roster and who sees whom.

use sotto_xmpp::{Account, Availability, Command, Event, KnownRoster, Subscription};

use crate::server::{self, Accounts as _};
use crate::support::peer::Peer;
use crate::support::requested;
use crate::{befriended, skipped};

#[tokio::test]
async fn contacts_find_see_and_lose_each_other() {
    if skipped() {
        return;
    }
    let server = server::start(&["alice", "bob"]);
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
    alice.ask(Command::RosterSet { jid: bob.bare.clone(), name: name.clone(), groups: None }).await;
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
async fn a_roster_that_did_not_change_is_not_sent_again() {
    if skipped() {
        return;
    }
    let server = server::start(&["alice", "bob"]);
    let (mut alice, bob) = befriended(&server).await;
    let both = |event: &Event| match event {
        Event::RosterChanged(item) if item.subscription == Subscription::Both => Some(()),
        _ => None,
    };
    alice.wait(both).await;
    alice.leave().await;
    let told = |event: &Event| match event {
        Event::Roster { items, version } => Some((items.clone(), version.clone())),
        _ => None,
    };
    let mut alice = Peer::new(server.account("alice"));
    let (items, version) = alice.wait(told).await;
    let version = version.expect("Prosody knows versions");
    alice.leave().await;
    // Had all of it been sent, this would not have survived.
    let mut marked = items.clone();
    marked[0].groups = vec!["only we know".into()];
    let roster = Some(KnownRoster { version: version.clone(), items: marked.clone() });
    let mut alice = Peer::new(Account { roster, ..server.account("alice") });
    assert_eq!(alice.wait(told).await, (marked, Some(version)));
    // What changes is told, and the group that we think they are in goes along.
    let name = Some("Bob".to_owned());
    alice.ask(Command::RosterSet { jid: bob.bare.clone(), name, groups: None }).await;
    let groups = alice.wait(|event| match event {
        Event::RosterChanged(item) => Some(item.groups.clone()),
        _ => None,
    });
    assert_eq!(groups.await, ["only we know"]);
    alice.leave().await;
    let roster = Some(KnownRoster { version: "of old".into(), items: Vec::new() });
    let mut alice = Peer::new(Account { roster, ..server.account("alice") });
    let (items, _) = alice.wait(told).await;
    assert_eq!((items.len(), items[0].name.as_deref()), (1, Some("Bob")));
}

#[tokio::test]
async fn a_declined_request_is_taken_back() {
    if skipped() {
        return;
    }
    let server = server::start(&["alice", "bob"]);
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
