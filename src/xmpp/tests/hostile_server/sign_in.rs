//! Servers that do not sign us in as they should.

use sotto_xmpp::{Account, AuthStrength, Event, OfflineReason, SignInError, TlsVersion, Via};

use crate::scram::Exchange;
use crate::stage::{PASSWORD, Stage};
use crate::support::offline;
use crate::support::peer::Peer;
use crate::wire::{MECHANISMS, Wire};

fn strength(name: &str) -> AuthStrength {
    name.parse().unwrap()
}

fn mechanisms(names: &str) -> String {
    let names = names.split_whitespace().map(|name| format!("<mechanism>{name}</mechanism>"));
    let names: String = names.collect();
    format!("<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{names}</mechanisms>")
}

/// The only one: a link that was refused does not come back by itself.
async fn refused(peer: &mut Peer, stage: &Stage) -> SignInError {
    let error = peer.refused_at_once().await;
    assert!(!stage.was_called().await);
    error
}

#[tokio::test]
async fn an_honest_server_signs_us_in_and_what_protects_us_is_told() {
    let stage = Stage::new().await;
    let mut alice = Peer::new(stage.account());
    let _wire = stage.serve().await;
    let security = alice
        .wait(|event| match event {
            Event::Secured(security) => Some(security.clone()),
            Event::Online { .. } => panic!("online before it is told how"),
            _ => None,
        })
        .await;
    assert_eq!((security.via, security.tls), (Via::Direct, TlsVersion::V1_3));
    assert_eq!(security.strength, strength("SCRAM-SHA-256"));
    assert!(security.key.is_some());
    alice.online().await;
}

#[tokio::test]
async fn a_sign_in_is_bound_to_the_encrypted_connection_where_the_server_can() {
    let stage = Stage::new().await;
    let mut alice = Peer::new(stage.account());
    let mut wire = stage.accept().await;
    let offered = mechanisms("SCRAM-SHA-512 SCRAM-SHA-256 SCRAM-SHA-256-PLUS");
    wire.opens(&format!(
        "{offered}<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'>\
         <channel-binding type='tls-exporter'/></sasl-channel-binding>"
    ))
    .await;
    let (first, tag) = wire.hears_sasl("auth").await;
    assert!(tag.contains("SCRAM-SHA-256-PLUS") && first.starts_with("p=tls-exporter,,"));
    let (exchange, challenge) = Exchange::usual(&first);
    wire.says_sasl("challenge", &challenge).await;
    let (last, _) = wire.hears_sasl("response").await;
    let bound = [b"p=tls-exporter,,".as_slice(), &wire.exporter()].concat();
    use base64::Engine as _;
    let bound = base64::engine::general_purpose::STANDARD.encode(bound);
    assert!(last.starts_with(&format!("c={bound},")), "bound to another connection");
    wire.says_sasl("success", &exchange.finish(&last, PASSWORD).unwrap()).await;
    wire.begins_session().await;
    let secured = alice.wait(|event| match event {
        Event::Secured(security) => Some(security.strength),
        _ => None,
    });
    assert!(secured.await.binding().is_some());
}

#[tokio::test]
async fn a_server_that_does_not_know_the_password_is_left() {
    let stage = Stage::new().await;
    let mut alice = Peer::new(stage.account());
    let mut wire = stage.accept().await;
    wire.opens(MECHANISMS).await;
    let (first, _) = wire.hears_sasl("auth").await;
    let (exchange, challenge) = Exchange::usual(&first);
    wire.says_sasl("challenge", &challenge).await;
    let (last, _) = wire.hears_sasl("response").await;
    wire.says_sasl("success", &exchange.signature(&last, "guessed")).await;
    assert_eq!(refused(&mut alice, &stage).await, SignInError::ServerProofInvalid);
}

#[tokio::test]
async fn twenty_million_rounds_are_not_hashed() {
    let stage = Stage::new().await;
    let mut alice = Peer::new(stage.account());
    let mut wire = stage.accept().await;
    wire.opens(MECHANISMS).await;
    let (first, _) = wire.hears_sasl("auth").await;
    let (_, challenge) = Exchange::begin(&first, 20_000_000);
    wire.says_sasl("challenge", &challenge).await;
    assert_eq!(
        refused(&mut alice, &stage).await,
        SignInError::NoMechanism { plain_offered: false }
    );
    // Not even a first step was answered.
    assert!(!wire.hears_the_end().await.contains("response"));
}

#[tokio::test]
async fn nothing_weaker_than_what_the_caller_knows_is_done() {
    let stage = Stage::new().await;
    let known = strength("SCRAM-SHA-256");
    for (offered, best) in [
        ("PLAIN", None),
        ("SCRAM-SHA-1", Some(strength("SCRAM-SHA-1"))),
        ("PLAIN SCRAM-SHA-1 SCRAM-SHA-1-PLUS", Some(strength("SCRAM-SHA-1"))),
    ] {
        let mut account = stage.account();
        account.known_strength = Some(known);
        let mut alice = Peer::new(account);
        let mut wire = stage.accept().await;
        wire.opens(&mechanisms(offered)).await;
        let expected = SignInError::Downgraded { known, offered: best };
        assert_eq!(refused(&mut alice, &stage).await, expected, "{offered}");
        assert_eq!(wire.hears_the_end().await, "", "{offered}");
    }
}

#[tokio::test]
async fn the_password_is_shown_only_by_consent() {
    let stage = Stage::new().await;
    let mut alice = Peer::new(stage.account());
    let mut wire = stage.accept().await;
    wire.opens(&mechanisms("LOGIN PLAIN")).await;
    let expected = SignInError::NoMechanism { plain_offered: true };
    assert_eq!(refused(&mut alice, &stage).await, expected);
    assert_eq!(wire.hears_the_end().await, "");

    let mut alice = Peer::new(Account { allow_plain: true, ..stage.account() });
    let mut wire = stage.accept().await;
    wire.opens(&mechanisms("LOGIN PLAIN")).await;
    let (shown, tag) = wire.hears_sasl("auth").await;
    assert!(tag.contains("mechanism='PLAIN'"), "{tag}");
    assert_eq!(shown, format!("\0alice\0{PASSWORD}"));
    wire.says_sasl("success", "").await;
    wire.begins_session().await;
    let strength = alice.wait(|event| match event {
        Event::Secured(security) => Some(security.strength),
        _ => None,
    });
    assert!(strength.await.is_plain());
}

#[tokio::test]
async fn consent_is_not_enough_where_proofs_are_taken_or_known() {
    let stage = Stage::new().await;
    let both = "<authentication xmlns='urn:xmpp:sasl:2'><mechanism>PLAIN</mechanism>\
        </authentication>"
        .to_owned()
        + &mechanisms("PLAIN SCRAM-SHA-1-PLUS");
    for (features, known) in [
        (mechanisms("PLAIN SCRAM-SHA-1-PLUS"), None),
        (both, None),
        (mechanisms("PLAIN"), Some(strength("SCRAM-SHA-1"))),
    ] {
        let account = Account { allow_plain: true, known_strength: known, ..stage.account() };
        let mut alice = Peer::new(account);
        let mut wire = stage.accept().await;
        wire.opens(&features).await;
        let expected = match known {
            Some(known) => SignInError::Downgraded { known, offered: Some(strength("PLAIN")) },
            None => SignInError::NoMechanism { plain_offered: false },
        };
        assert_eq!(refused(&mut alice, &stage).await, expected, "{features}");
        assert_eq!(wire.hears_the_end().await, "", "{features}");
    }
}

#[tokio::test]
async fn a_list_downgraded_between_two_connections_is_refused() {
    let stage = Stage::new().await;
    let mut alice = Peer::new(stage.account());
    let wire = stage.serve().await;
    alice.online().await;
    drop(wire);
    alice.wait(offline).await;
    alice.ask(sotto_xmpp::Command::Reconnect).await;
    let mut wire = stage.accept().await;
    wire.opens(&mechanisms("PLAIN SCRAM-SHA-1")).await;
    let refusal = alice.wait(|event| match event {
        Event::Refused(error) => Some(error.clone()),
        Event::Online { .. } => panic!("signed in"),
        _ => None,
    });
    assert!(matches!(refusal.await, SignInError::Downgraded { .. }));
    assert_eq!(wire.hears_the_end().await, "");
}

/// Each is refused by the reader of XML, and must not expand, load or run anything.
const FORBIDDEN: [&str; 6] = [
    "<!DOCTYPE lolz [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]>",
    "<!ENTITY x SYSTEM \"file:///etc/passwd\">",
    "<message><body>&lol;</body></message>",
    "<?xml-stylesheet href='http://example.org/x'?>",
    "<!-- a comment -->",
    "<a></b>",
];

async fn leaves_for_now(alice: &mut Peer) {
    let reason = alice.wait(offline).await;
    assert!(matches!(reason, OfflineReason::Protocol(_)), "{reason:?}");
}

#[tokio::test]
async fn what_xml_must_not_hold_ends_the_stream_before_sign_in() {
    let stage = Stage::new().await;
    for forbidden in FORBIDDEN {
        let mut alice = Peer::new(stage.account());
        let mut wire = stage.accept().await;
        wire.hears("<stream:stream").await;
        wire.says(format!(
            "<?xml version='1.0'?>{}<stream:stream xmlns='jabber:client' version='1.0' id='s' \
             xmlns:stream='http://etherx.jabber.org/streams' from='example.org'>{forbidden}",
            if forbidden.starts_with("<!D") { forbidden } else { "" }
        ))
        .await;
        leaves_for_now(&mut alice).await;
    }
}

#[tokio::test]
async fn what_xml_must_not_hold_ends_the_stream_after_sign_in() {
    let stage = Stage::new().await;
    for forbidden in FORBIDDEN {
        let mut alice = Peer::new(stage.account());
        let mut wire = stage.serve().await;
        alice.online().await;
        wire.says(forbidden).await;
        leaves_for_now(&mut alice).await;
    }
}

#[tokio::test]
async fn without_encryption_nothing_is_said() {
    let stage = Stage::new().await;
    for features in [MECHANISMS, ""] {
        let mut alice = Peer::new(stage.account_with_starttls());
        let mut wire = stage.accept_plain().await;
        let header = wire.hears("<stream:stream").await + &wire.hears(">").await;
        // Not even who we are.
        assert!(!header.contains("alice"), "{header}");
        wire.says(format!(
            "<stream:stream xmlns='jabber:client' version='1.0' id='s' from='example.org' \
             xmlns:stream='http://etherx.jabber.org/streams'>\
             <stream:features>{features}</stream:features>"
        ))
        .await;
        assert_eq!(refused(&mut alice, &stage).await, SignInError::NoTls);
        assert_eq!(wire.hears_the_end().await, "");
    }
}

#[tokio::test]
async fn what_was_said_before_encryption_counts_for_nothing_after_it() {
    let stage = Stage::new().await;
    let mut alice = Peer::new(stage.account_with_starttls());
    let mut wire = stage.accept_plain().await;
    wire.opens("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>").await;
    wire.hears("<starttls").await;
    wire.hears(">").await;
    let injected = mechanisms("PLAIN");
    // Somebody on the way adds to what the server says, in the same packet.
    wire.says(format!(
        "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/><stream:features>{injected}\
         </stream:features>"
    ))
    .await;
    let mut wire: Wire = wire.secured(&stage.acceptor()).await.unwrap();
    wire.goes_online().await;
    alice.online().await;
}
