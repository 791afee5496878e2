//! Certificates that do not verify, and keys that are trusted without.

use std::path::Path;

use sotto_xmpp::{CertificateProblem, Command, Event, ServerKey, SignInError};

use crate::stage::{DOMAIN, Stage};
use crate::support::certificates::{make_authority, make_certificate, make_key, make_self_signed};
use crate::support::peer::Peer;

/// The SHA-256 of the server's key, by OpenSSL.
fn key_by_openssl(directory: &Path) -> ServerKey {
    let output = std::process::Command::new("sh")
        .arg("-c")
        .arg("openssl pkey -in server.key -pubout -outform DER | openssl dgst -sha256 -r")
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
        let key = Some(key_by_openssl(stage.directory.path()));
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
    assert_eq!(key, key_by_openssl(path));
    // The person compares, and trusts.
    alice.ask(Command::TrustKey(key)).await;
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
        account.trusted_key = Some(key);
        let mut alice = Peer::new(account);
        let _wire = stage.serve().await;
        alice.online().await;
    }
}

#[tokio::test]
async fn another_key_than_the_trusted_one_is_refused_even_with_a_good_certificate() {
    let stage = Stage::new().await;
    let path = stage.directory.path();
    let trusted = key_by_openssl(path);
    make_key(path, "server");
    make_certificate(path, "server", &[DOMAIN], 2);
    let found = key_by_openssl(path);
    assert_ne!(trusted, found);
    let mut account = stage.account();
    account.trusted_key = Some(trusted);
    let mut alice = Peer::new(account);
    let ((), error) = tokio::join!(stage.accept_refusal(), alice.refused_at_once());
    assert_eq!(error, SignInError::KeyChanged { host: DOMAIN.to_owned(), trusted, found });
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
