//! Sessions that begin or go on along with the sign-in (XEP-0388, XEP-0386, XEP-0198), with the
//! community's modules.

use std::path::Path;

use kit::{Options, Prosody, Relay, XmppServer as _};
use sotto_xmpp::{Account, Command, Event, MessageKind, Server, SignInError};

use crate::server::{Accounts as _, options};
use crate::skipped;
use crate::support::peer::Peer;
use crate::support::{came_online, offline, scenarios};

const COMMUNITY: &str = "/usr/lib/prosody/modules/mod_sasl2";
const INLINE: (&str, &str) = ("inline", include_str!("mod_inline.lua"));
const EXPORTER: (&str, &str) = ("exporter", include_str!("mod_exporter.lua"));

fn start(
    users: &'static [&'static str],
    own_modules: &'static [(&'static str, &'static str)],
) -> Prosody {
    assert!(
        Path::new(COMMUNITY).exists(),
        "Prosody's community modules are not installed; install them (prosody-modules on Debian), \
         or set SOTTO_SKIP_INTEROP=1"
    );
    let modules =
        &["register", "mam", "blocklist", "csi_simple", "sasl2", "sasl2_bind2", "sasl2_sm"];
    Prosody::with(Options { own_modules, modules, ..options(users) })
}

/// Prosody makes such resources only of what was asked for along with the sign-in.
fn came_along(resource: &str) -> bool {
    resource.starts_with("sotto~")
}

#[tokio::test]
async fn a_session_begins_along_with_the_sign_in_and_contacts_talk() {
    if skipped() {
        return;
    }
    let server = start(&["alice", "bob"], &[INLINE]);
    let alice = server.account_with_direct_tls("alice");
    let mut peer = Peer::new(alice.clone());
    let (jid, resumed) = peer.online().await;
    assert!(!resumed && came_along(jid.resource().as_str()), "{jid}");
    peer.leave().await;
    scenarios::contacts_talk(alice, server.account("bob")).await;
}

#[tokio::test]
async fn another_device_gets_copies_that_were_turned_on_along_with_the_sign_in() {
    if skipped() {
        return;
    }
    let server = start(&["alice", "bob"], &[INLINE]);
    scenarios::copies(server.account("alice"), server.account("bob")).await;
}

#[tokio::test]
async fn a_cut_wire_is_mended_along_with_the_sign_in_and_nothing_is_lost() {
    if skipped() {
        return;
    }
    let server = start(&["alice", "bob"], &[INLINE]);
    scenarios::a_cut_wire_is_mended(server.account("alice"), server.account("bob")).await;
}

#[tokio::test]
async fn a_later_process_goes_on_along_with_the_sign_in() {
    if skipped() {
        return;
    }
    let server = start(&["alice", "bob"], &[INLINE]);
    scenarios::a_later_process_goes_on(server.account("alice"), server.account("bob")).await;
}

#[tokio::test]
async fn what_was_written_while_the_wire_was_cut_arrives_when_the_session_goes_on() {
    if skipped() {
        return;
    }
    let server = start(&["alice", "bob"], &[INLINE]);
    let (peer, mut bob) =
        scenarios::befriended(server.account("alice"), server.account("bob")).await;
    peer.leave().await;
    let relay = Relay::to(server.port()).await;
    let at = Server::At { host: "127.0.0.1".into(), port: relay.port, direct_tls: false };
    let mut alice = Peer::new(Account { server: at, ..server.account("alice") });
    let (jid, _) = alice.online().await;
    bob.wait(came_online(&alice.bare)).await;
    for round in 0..3 {
        relay.cut();
        for tag in 0..5 {
            let body = format!("{round} {tag}");
            bob.say(tag, jid.clone(), &body, MessageKind::Otr).await;
        }
        alice.wait(offline).await;
        alice.ask(Command::Reconnect).await;
        assert_eq!(alice.online().await, (jid.clone(), true));
        for tag in 0..5 {
            assert_eq!(alice.hears().await.1, format!("{round} {tag}"));
        }
    }
}

#[tokio::test]
async fn a_session_that_the_server_forgot_is_followed_by_another() {
    if skipped() {
        return;
    }
    let mut server = start(&["alice"], &[INLINE]);
    let mut alice = Peer::new(server.account("alice"));
    alice.online().await;
    server.kill();
    alice.wait(offline).await;
    server.start_again();
    alice.ask(Command::Reconnect).await;
    let (jid, resumed) = alice.online().await;
    assert!(!resumed && came_along(jid.resource().as_str()), "{jid}");
    alice.wait(|event| matches!(event, Event::Roster { .. }).then_some(())).await;
}

#[tokio::test]
async fn a_sign_in_that_carries_wishes_is_bound_to_the_connection_that_openssl_sees() {
    if skipped() {
        return;
    }
    let server = start(&["alice"], &[INLINE, EXPORTER]);
    let mut alice = Peer::new(server.account("alice"));
    let strength = alice.wait(|event| match event {
        Event::Secured(security) => Some(security.strength.name()),
        Event::Refused(error) => panic!("{error}"),
        _ => None,
    });
    assert_eq!(strength.await, "SCRAM-SHA-256-PLUS");
    let (jid, _) = alice.online().await;
    assert!(came_along(jid.resource().as_str()), "{jid}");
}

#[tokio::test]
async fn a_wrong_password_is_refused() {
    if skipped() {
        return;
    }
    let server = start(&["alice"], &[INLINE]);
    let mut account = server.account("alice");
    account.password = "wrong".to_owned().into();
    let mut alice = Peer::new(account);
    assert_eq!(alice.refused_at_once().await, SignInError::WrongPassword);
}
