//! Cut wires and servers that go away.

use kit::XmppServer as _;
use sotto_xmpp::{Command, Event, MessageKind, OfflineReason};

use crate::server::{self, Accounts as _};
use crate::support::peer::Peer;
use crate::support::{came_online, offline, scenarios};
use crate::{befriended, skipped};

#[tokio::test]
async fn a_cut_wire_is_mended_and_the_session_goes_on() {
    if skipped() {
        return;
    }
    let server = server::start(&["alice", "bob"]);
    scenarios::a_cut_wire_is_mended(server.account("alice"), server.account("bob")).await;
}

#[tokio::test]
async fn a_crashed_server_is_found_again_with_a_new_session() {
    if skipped() {
        return;
    }
    let mut server = server::start(&["alice", "bob"]);
    let (mut alice, mut bob) = befriended(&server).await;
    let to = alice.wait(came_online(&bob.bare)).await;
    server.kill();
    // Whatever becomes of it, it is told.
    alice.say(7, to, "into the void", MessageKind::Otr).await;
    assert_eq!(alice.wait(offline).await, OfflineReason::ConnectionLost);
    server.start_again();
    alice.ask(Command::Reconnect).await;
    let mut unsure = Vec::new();
    let resumed = alice
        .wait(|event| match event {
            Event::DeliveryUnknown { tags } => {
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
    let mut server = server::start(&["alice"]);
    let mut alice = Peer::new(server.account("alice"));
    alice.online().await;
    alice.wait(|event| matches!(event, Event::Roster { .. }).then_some(())).await;
    server.stop();
    let reason = alice.wait(offline).await;
    // Prosody 0.12 may close its sockets before it has said why.
    assert!(matches!(reason, OfflineReason::ServerShutdown | OfflineReason::ConnectionLost));
    server.start_again();
    alice.ask(Command::Reconnect).await;
    let (_, resumed) = alice.online().await;
    assert!(!resumed);
}
