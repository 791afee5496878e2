//! Cut wires and servers that go away.

use sotto_xmpp::{Command, Event, MessageKind, OfflineReason};

use crate::proxy::Proxy;
use crate::server::Prosody;
use crate::support::peer::Peer;
use crate::support::{acked, came_online, offline};
use crate::{befriended, skipped};

#[tokio::test]
async fn a_cut_wire_is_mended_and_the_session_goes_on() {
    if skipped() {
        return;
    }
    let server = Prosody::start(&["alice", "bob"]);
    let (alice, mut bob) = befriended(&server).await;
    alice.leave().await;
    let proxy = Proxy::to(server.port).await;
    let mut alice = Peer::new(server.account_at("alice", proxy.port, false));
    let (jid, _) = alice.online().await;
    let to = alice.wait(came_online(&bob.bare)).await;
    for round in 0..3 {
        alice.say(round, to.clone(), &format!("before {round}"), MessageKind::Otr).await;
        proxy.cut();
        let mut lost = None;
        let mut fate = None;
        let resumed = alice
            .wait(|event| match event {
                Event::Offline { reason, .. } => {
                    lost = Some(reason.clone());
                    None
                }
                Event::Online { jid, resumed } => Some((jid.clone(), *resumed)),
                Event::Unsure { tags } => panic!("{tags:?}"),
                other => {
                    fate = fate.or(acked(other));
                    None
                }
            })
            .await;
        assert_eq!(lost, Some(OfflineReason::ConnectionLost));
        assert_eq!(resumed, (jid.clone(), true));
        if fate.is_none() {
            fate = Some(alice.wait(acked).await);
        }
        assert_eq!(fate, Some(round));
        assert_eq!(bob.hears().await.1, format!("before {round}"));
        bob.say(round, jid.clone(), &format!("after {round}"), MessageKind::Otr).await;
        assert_eq!(alice.hears().await.1, format!("after {round}"));
    }
}

#[tokio::test]
async fn a_crashed_server_is_found_again_with_a_new_session() {
    if skipped() {
        return;
    }
    let mut server = Prosody::start(&["alice", "bob"]);
    let (mut alice, mut bob) = befriended(&server).await;
    let to = alice.wait(came_online(&bob.bare)).await;
    server.kill();
    // Whatever becomes of it, it is told.
    alice.say(7, to, "into the void", MessageKind::Otr).await;
    assert_eq!(alice.wait(offline).await, OfflineReason::ConnectionLost);
    server.run();
    alice.ask(Command::Reconnect).await;
    let mut unsure = Vec::new();
    let resumed = alice
        .wait(|event| match event {
            Event::Unsure { tags } => {
                unsure.extend(tags.clone());
                None
            }
            Event::Online { resumed, .. } => Some(*resumed),
            _ => None,
        })
        .await;
    assert!(!resumed);
    assert_eq!(unsure, [7]);
    bob.ask(Command::Reconnect).await;
    bob.online().await;
    alice.wait(came_online(&bob.bare)).await;
}

#[tokio::test]
async fn a_server_that_was_shut_down_is_found_again() {
    if skipped() {
        return;
    }
    let mut server = Prosody::start(&["alice"]);
    let mut alice = Peer::new(server.account("alice"));
    alice.online().await;
    alice.wait(|event| matches!(event, Event::Roster(_)).then_some(())).await;
    server.shut_down();
    let reason = alice.wait(offline).await;
    // Prosody 0.12 may close its sockets before it has said why.
    assert!(matches!(reason, OfflineReason::ServerShutdown | OfflineReason::ConnectionLost));
    server.run();
    alice.ask(Command::Reconnect).await;
    let (_, resumed) = alice.online().await;
    assert!(!resumed);
}
