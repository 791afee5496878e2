//! Every mechanism ejabberd offers, over both kinds of TLS.

use sotto_xmpp::{Account, Event, Security, SignInError, TlsVersion};

use crate::server::Ejabberd;
use crate::support::peer::Peer;

async fn secured(account: Account) -> Security {
    let mut alice = Peer::new(account);
    let security = alice
        .wait(|event| match event {
            Event::Secured(security) => Some(security.clone()),
            Event::Refused(error) => panic!("{error}"),
            _ => None,
        })
        .await;
    alice.online().await;
    alice.leave().await;
    security
}

#[tokio::test]
async fn every_mechanism_and_both_kinds_of_tls_lead_online() {
    let Some(server) = Ejabberd::shared() else { return };
    for (host, mechanism) in [
        ("sha1.localhost", "SCRAM-SHA-1"),
        ("sha256.localhost", "SCRAM-SHA-256"),
        ("sha512.localhost", "SCRAM-SHA-512"),
        // All at once: the best is taken. Its -PLUS are not, for it does not say of which kind.
        ("localhost", "SCRAM-SHA-512"),
    ] {
        for direct_tls in [false, true] {
            let security = secured(server.account_at("alice", host, direct_tls)).await;
            assert_eq!(security.strength.name(), mechanism);
            assert_eq!(security.tls, TlsVersion::V1_3);
            assert!(security.key.is_some());
        }
    }
}

#[tokio::test]
async fn a_server_that_takes_passwords_only_plainly_gets_none_without_consent() {
    let Some(server) = Ejabberd::shared() else { return };
    let mut alice = Peer::new(server.account_at("alice", "plain.localhost", true));
    let expected = SignInError::NoMechanism { plain_offered: true };
    assert_eq!(alice.refused_at_once().await, expected);
    let mut account = server.account_at("alice", "plain.localhost", true);
    account.allow_plain = true;
    assert_eq!(secured(account).await.strength.name(), "PLAIN");
    let mut account = server.account_at("alice", "sha1.localhost", true);
    account.known_strength = Some("SCRAM-SHA-256".parse().unwrap());
    let mut alice = Peer::new(account);
    assert!(matches!(alice.refused_at_once().await, SignInError::Downgraded { .. }));
}

#[tokio::test]
async fn a_wrong_password_is_refused() {
    let Some(server) = Ejabberd::shared() else { return };
    let mut account = server.account("alice");
    account.password = "wrong".to_owned().into();
    assert_eq!(Peer::new(account).refused_at_once().await, SignInError::WrongPassword);
}
