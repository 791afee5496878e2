//! Sign-ins that are tied to the server's certificate (RFC 5929 §4).

use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use kit::openssl::make_self_signed_by;
use sotto_xmpp::{Account, AuthStrength, Event, PinnedKey, SignInError};
use tokio_rustls::rustls::ALL_VERSIONS;

use crate::scram::Exchange;
use crate::stage::{PASSWORD, Stage};
use crate::support::peer::Peer;
use crate::wire::Wire;

/// What a server offers that can be bound to by its certificate.
const OFFERS: &str = "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>\
    <mechanism>SCRAM-SHA-256</mechanism><mechanism>SCRAM-SHA-256-PLUS</mechanism></mechanisms>\
    <sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'>\
    <channel-binding type='tls-server-end-point'/></sasl-channel-binding>";

/// The hash of the server's certificate, by OpenSSL.
fn hash_by_openssl(directory: &Path, hash: &str) -> Vec<u8> {
    let command = format!("openssl x509 -in server.crt -outform DER | openssl {hash} -binary");
    Command::new("sh").arg("-c").arg(command).current_dir(directory).output().unwrap().stdout
}

/// A server with such a certificate, and somebody who trusts its key.
async fn server(words: &str) -> (Stage, Account) {
    let stage = Stage::with_certificate(|path| make_self_signed_by(path, "server", words)).await;
    let mut nobody = Peer::new(stage.account());
    let ((), error) = tokio::join!(stage.accept_refusal(), nobody.refused_at_once());
    let SignInError::CertificateRefused { key: Some(key), .. } = error else { panic!("{error}") };
    let pinned_key = Some(PinnedKey { issuer: None, ..key });
    let account = Account { pinned_key, ..stage.account() };
    (stage, account)
}

/// How strongly it was signed in.
async fn strength(alice: &mut Peer) -> AuthStrength {
    alice
        .wait(|event| match event {
            Event::Secured(security) => Some(security.strength),
            Event::Refused(error) => panic!("{error}"),
            _ => None,
        })
        .await
}

/// Hears what the client binds to, and lets it sign in all the same.
async fn bound(wire: &mut Wire) -> Vec<u8> {
    wire.opens(OFFERS).await;
    let (first, _) = wire.hears_sasl("auth").await;
    let (exchange, challenge) = Exchange::usual(&first);
    wire.says_sasl("challenge", &challenge).await;
    let (last, _) = wire.hears_sasl("response").await;
    let signature = exchange.finish(&last, PASSWORD).unwrap();
    wire.says_sasl("success", &signature).await;
    wire.begins_session().await;
    let binding = last.strip_prefix("c=").unwrap().split(',').next().unwrap();
    BASE64.decode(binding).unwrap()
}

#[tokio::test]
async fn a_sign_in_is_bound_to_the_certificate_as_openssl_hashes_it() {
    for (words, hash) in [
        ("-newkey ec -pkeyopt ec_paramgen_curve:P-256 -sha256", "sha256"),
        ("-newkey ec -pkeyopt ec_paramgen_curve:P-384 -sha384", "sha384"),
        ("-newkey ec -pkeyopt ec_paramgen_curve:P-256 -sha512", "sha512"),
        ("-newkey ec -pkeyopt ec_paramgen_curve:P-256 -sha1", "sha256"),
        ("-newkey rsa:2048 -sha256", "sha256"),
        ("-newkey rsa:2048 -sha384", "sha384"),
        ("-newkey rsa:2048 -sha512", "sha512"),
        ("-newkey rsa:2048 -sha1", "sha256"),
        ("-newkey rsa:2048 -md5", "sha256"),
        (
            "-newkey rsa:2048 -sha384 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest",
            "sha384",
        ),
    ] {
        let (stage, account) = server(words).await;
        let hash = hash_by_openssl(stage.directory.path(), hash);
        for version in ALL_VERSIONS {
            let mut alice = Peer::new(account.clone());
            let acceptor = stage.acceptor_of(&[version]);
            let mut wire = stage.accept_plain().await.secured(&acceptor).await.unwrap();
            let expected = [b"p=tls-server-end-point,,".as_slice(), &hash].concat();
            assert_eq!(bound(&mut wire).await, expected, "{words} {version:?}");
            let strength = strength(&mut alice).await;
            assert_eq!(strength.to_string(), "SCRAM-SHA-256-PLUS tls-server-end-point");
        }
    }
}

#[tokio::test]
async fn a_certificate_that_is_signed_without_a_hash_is_not_bound_to() {
    let (stage, account) = server("-newkey ed25519").await;
    let mut alice = Peer::new(account.clone());
    let mut wire = stage.accept().await;
    assert_eq!(bound(&mut wire).await, b"n,,");
    assert_eq!(strength(&mut alice).await.to_string(), "SCRAM-SHA-256");
}

#[tokio::test]
async fn whoever_was_bound_to_the_connection_is_not_bound_to_the_certificate_only() {
    let stage = Stage::new().await;
    let known = "SCRAM-SHA-256-PLUS".parse().unwrap();
    let mut alice = Peer::new(Account { known_strength: Some(known), ..stage.account() });
    let mut wire = stage.accept().await;
    wire.opens(OFFERS).await;
    let offered = "SCRAM-SHA-256-PLUS tls-server-end-point".parse().ok();
    assert_eq!(alice.refused_at_once().await, SignInError::Downgraded { known, offered });
    assert_eq!(wire.hears_the_end().await, "");
}
