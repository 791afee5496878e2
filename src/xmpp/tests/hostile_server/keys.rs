//! Certificates that do not verify, and keys that are trusted without.

use std::path::Path;

use kit::openssl::{
    forge_authority, make_authority, make_certificate, make_key, make_self_signed, show_along,
};
use sotto_xmpp::{Account, CertificateProblem, Command, Event, PinnedKey, ServerKey, SignInError};

use crate::stage::{DOMAIN, Stage};
use crate::support::offline;
use crate::support::peer::Peer;

/// The SHA-256 of the key in `{file}.key`, by OpenSSL.
fn key_by_openssl(directory: &Path, file: &str) -> ServerKey {
    let output = std::process::Command::new("sh")
        .arg("-c")
        .arg(format!("openssl pkey -in {file}.key -pubout -outform DER | openssl dgst -sha256 -r"))
        .current_dir(directory)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()[..64].parse().unwrap()
}

/// What is wrong with this server's certificate.
async fn refusal(stage: &Stage) -> SignInError {
    let mut alice = Peer::new(stage.account());
    let ((), error) = tokio::join!(stage.accept_refusal(), alice.refused_at_once());
    assert!(!stage.was_called().await);
    error
}

#[tokio::test]
async fn what_is_wrong_is_told_with_the_key() {
    type Make = fn(&Path);
    let cases: [(CertificateProblem, Make); 4] = [
        (CertificateProblem::WrongName, |path| {
            make_certificate(path, "server", &["example.net"], 2);
        }),
        (CertificateProblem::Expired, |path| make_certificate(path, "server", &[DOMAIN], -1)),
        (CertificateProblem::SelfSigned, |path| make_self_signed(path, "server", DOMAIN)),
        (CertificateProblem::UnknownIssuer, |path| {
            make_certificate(path, "server", &[DOMAIN], 2);
            // The one that signed is gone.
            make_authority(path);
        }),
    ];
    for (expected, make) in cases {
        let stage = Stage::with_certificate(make).await;
        let key = key_by_openssl(stage.directory.path(), "server");
        let key = Some(PinnedKey { key, issuer: None });
        let (host, problem) = (DOMAIN.to_owned(), expected);
        assert_eq!(refusal(&stage).await, SignInError::CertificateRefused { host, problem, key });
    }
}

#[tokio::test]
async fn a_trusted_key_is_taken_in_any_certificate_and_quietly_when_that_is_renewed() {
    let stage =
        Stage::with_certificate(|path| make_self_signed(path, "server", "example.net")).await;
    let path = stage.directory.path();
    let mut alice = Peer::new(stage.account());
    let ((), error) = tokio::join!(stage.accept_refusal(), alice.refused_at_once());
    let SignInError::CertificateRefused { key: Some(key), .. } = error else { panic!("{error}") };
    assert_eq!(key, PinnedKey { key: key_by_openssl(path, "server"), issuer: None });
    // The person compares, and trusts.
    alice.ask(Command::PinKey(key)).await;
    let wire = stage.serve().await;
    alice.online().await;
    drop((alice, wire));
    type Make = fn(&Path);
    let renewals: [Make; 3] = [
        |path| make_self_signed(path, "server", DOMAIN),
        |path| make_certificate(path, "server", &[DOMAIN], 2),
        |path| make_certificate(path, "server", &["example.net"], -1),
    ];
    for renew in renewals {
        renew(path);
        let mut account = stage.account();
        account.pinned_key = Some(key);
        let mut alice = Peer::new(account);
        let _wire = stage.serve().await;
        alice.online().await;
    }
}

#[tokio::test]
async fn another_key_than_the_trusted_one_is_refused_even_with_a_good_certificate() {
    let stage = Stage::new().await;
    let path = stage.directory.path();
    let trusted = key_by_openssl(path, "server");
    make_key(path, "server");
    make_certificate(path, "server", &[DOMAIN], 2);
    let found = key_by_openssl(path, "server");
    assert_ne!(trusted, found);
    let mut account = stage.account();
    account.pinned_key = Some(PinnedKey { key: trusted, issuer: None });
    let mut alice = Peer::new(account);
    let ((), error) = tokio::join!(stage.accept_refusal(), alice.refused_at_once());
    let host = DOMAIN.to_owned();
    let expected = Box::new(PinnedKey { key: found, issuer: None });
    assert_eq!(error, SignInError::KeyChanged { host, trusted, found: expected });
    assert!(!stage.was_called().await);
    // Without that trust it would have been good.
    let mut alice = Peer::new(stage.account());
    let _wire = stage.serve().await;
    let key = alice.wait(|event| match event {
        Event::Secured(security) => Some(security.key),
        _ => None,
    });
    assert_eq!(key.await, Some(found));
}

/// A server whose authority nobody else trusts and that shows who that is; what is offered to be
/// trusted there.
async fn private() -> (Stage, PinnedKey) {
    let stage = Stage::with_certificate(|path| {
        make_certificate(path, "server", &[DOMAIN], 2);
        show_along(path, "server", "ca");
    })
    .await;
    let offered = offered(&stage).await;
    (stage, offered)
}

/// Somebody who trusts no authority.
fn wary(stage: &Stage) -> Account {
    Account { extra_roots: Vec::new(), ..stage.account() }
}

/// What a server that is refused offers to be trusted.
async fn offered(stage: &Stage) -> PinnedKey {
    let mut alice = Peer::new(wary(stage));
    let ((), error) = tokio::join!(stage.accept_refusal(), alice.refused_at_once());
    let SignInError::CertificateRefused { key: Some(key), .. } = error else { panic!("{error}") };
    key
}

/// A new key and a certificate for it from who holds `ca.key`, which is shown along.
fn renew(path: &Path, name: &str, days: i32) {
    make_key(path, "server");
    make_certificate(path, "server", &[name], days);
    show_along(path, "server", "ca");
}

#[tokio::test]
async fn an_issuer_is_told_if_it_signed_the_certificate_be_it_good_or_not() {
    type Make = fn(&Path);
    let signed: [Make; 3] = [
        |path| renew(path, DOMAIN, 2),
        |path| renew(path, DOMAIN, -1),
        |path| renew(path, "example.net", 2),
    ];
    for make in signed {
        let stage = Stage::with_certificate(make).await;
        let path = stage.directory.path();
        let issuer = Some(key_by_openssl(path, "ca"));
        let key = key_by_openssl(path, "server");
        assert_eq!(offered(&stage).await, PinnedKey { key, issuer });
    }
    let not_signed: [Make; 3] = [
        |path| {
            make_self_signed(path, "server", DOMAIN);
            show_along(path, "server", "server");
        },
        |path| {
            make_certificate(path, "server", &[DOMAIN], 2);
            make_authority(path);
            show_along(path, "server", "ca");
        },
        |path| {
            forge_authority(path, "forged");
            make_certificate(path, "server", &[DOMAIN], 2);
            show_along(path, "server", "forged");
        },
    ];
    for make in not_signed {
        let stage = Stage::with_certificate(make).await;
        assert_eq!(offered(&stage).await.issuer, None);
    }
}

#[tokio::test]
async fn the_issuer_of_a_trusted_key_renews_it_quietly_and_the_new_one_takes_its_place() {
    let (stage, trusted) = private().await;
    let path = stage.directory.path();
    let mut alice = Peer::new(Account { pinned_key: Some(trusted), ..wary(&stage) });
    let wire = stage.serve().await;
    alice.online().await;
    drop(wire);
    alice.wait(offline).await;
    renew(path, DOMAIN, 2);
    let renewed = key_by_openssl(path, "server");
    alice.ask(Command::Reconnect).await;
    let wire = stage.serve().await;
    let found = alice.wait(|event| match event {
        Event::Secured(security) => Some(security.key),
        Event::Refused(error) => panic!("{error}"),
        _ => None,
    });
    assert_eq!(found.await, Some(renewed));
    drop(wire);
    alice.wait(offline).await;
    // Now that one is taken in any certificate.
    make_self_signed(path, "server", "example.net");
    alice.ask(Command::Reconnect).await;
    let wire = stage.serve().await;
    alice.online().await;
    drop(wire);
    alice.wait(offline).await;
    // And any other is refused.
    make_key(path, "server");
    make_self_signed(path, "server", DOMAIN);
    alice.ask(Command::Reconnect).await;
    stage.accept_refusal().await;
    let trusted = alice.wait(|event| match event {
        Event::Refused(SignInError::KeyChanged { trusted, .. }) => Some(*trusted),
        Event::Online { .. } => panic!("signed in"),
        _ => None,
    });
    assert_eq!(trusted.await, renewed);
}

#[tokio::test]
async fn another_key_is_refused_unless_the_issuer_really_gave_it_to_the_server_for_now() {
    type Make = fn(&Path);
    let cases: [(&str, Make); 6] = [
        ("another name", |path| renew(path, "example.net", 2)),
        ("out of date", |path| renew(path, DOMAIN, -1)),
        ("another issuer of the same name", |path| {
            make_authority(path);
            renew(path, DOMAIN, 2);
        }),
        ("an issuer that did not sign", |path| {
            forge_authority(path, "forged");
            renew(path, DOMAIN, 2);
            show_along(path, "server", "forged");
        }),
        ("an issuer that is not shown", |path| {
            make_key(path, "server");
            make_certificate(path, "server", &[DOMAIN], 2);
        }),
        ("nobody", |path| {
            make_key(path, "server");
            make_self_signed(path, "server", DOMAIN);
            show_along(path, "server", "ca");
        }),
    ];
    for (by, make) in cases {
        let (stage, trusted) = private().await;
        make(stage.directory.path());
        // Not even if an authority of the system says so.
        let mut alice = Peer::new(Account { pinned_key: Some(trusted), ..stage.account() });
        let ((), error) = tokio::join!(stage.accept_refusal(), alice.refused_at_once());
        let key = key_by_openssl(stage.directory.path(), "server");
        assert!(
            matches!(error, SignInError::KeyChanged { trusted: before, found, .. }
                if before == trusted.key && found.key == key),
            "{by}"
        );
        assert!(!stage.was_called().await, "{by}");
    }
}
