//! What the server offers to sign in by, changed on the way (XEP-0474).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sotto_xmpp::SignInError;

use crate::scram::Exchange;
use crate::stage::{PASSWORD, Stage};
use crate::support::peer::Peer;
use crate::wire::ALICE;

/// What our server offers, and what it says a hash of.
const NAMES: [&str; 3] = ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-1", "SCRAM-SHA-256"];
const BINDINGS: [&str; 2] = ["tls-unique", "tls-exporter"];
const OFFERED: &str =
    "SCRAM-SHA-1\x1eSCRAM-SHA-256\x1eSCRAM-SHA-256-PLUS\x1ftls-exporter\x1etls-unique";

fn mechanisms(names: &[&str]) -> String {
    let names: String = names.iter().map(|name| format!("<mechanism>{name}</mechanism>")).collect();
    format!("<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{names}</mechanisms>")
}

fn bindings(types: &[&str]) -> String {
    let types: String =
        types.iter().map(|one| format!("<channel-binding type='{one}'/>")).collect();
    format!("<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'>{types}</sasl-channel-binding>")
}

#[tokio::test]
async fn what_arrives_as_it_was_offered_leads_online() {
    let stage = Stage::new().await;
    let mut alice = Peer::new(stage.account());
    let mut wire = stage.accept().await;
    wire.opens(&(mechanisms(&NAMES) + &bindings(&BINDINGS))).await;
    let (first, _) = wire.hears_sasl("auth").await;
    let (exchange, challenge) = Exchange::telling(&first, OFFERED);
    wire.says_sasl("challenge", &challenge).await;
    let (last, _) = wire.hears_sasl("response").await;
    wire.says_sasl("success", &exchange.finish(&last, PASSWORD).unwrap()).await;
    wire.begins_session().await;
    alice.online().await;
}

#[tokio::test]
async fn of_two_lists_that_which_is_used_counts() {
    let stage = Stage::new().await;
    let mut alice = Peer::new(stage.account());
    let mut wire = stage.accept().await;
    let extensible = "<authentication xmlns='urn:xmpp:sasl:2'><mechanism>SCRAM-SHA-256</mechanism>\
        <inline><bind xmlns='urn:xmpp:bind:0'/></inline></authentication>";
    wire.opens(&(extensible.to_owned() + &mechanisms(&["SCRAM-SHA-1"]))).await;
    let (first, _) = wire.hears_wishes().await;
    let (exchange, challenge) = Exchange::telling(&first, "SCRAM-SHA-256");
    let challenge = BASE64.encode(challenge);
    wire.says(format!("<challenge xmlns='urn:xmpp:sasl:2'>{challenge}</challenge>")).await;
    let (last, _) = wire.hears_sasl("response").await;
    let signature = exchange.finish(&last, PASSWORD).unwrap();
    wire.grants(&signature, ALICE, "<bound xmlns='urn:xmpp:bind:0'/>").await;
    wire.says("<stream:features/>").await;
    alice.online().await;
}

#[tokio::test]
async fn whatever_was_changed_on_the_way_is_refused_before_anything_is_proved() {
    for changed in [
        mechanisms(&["SCRAM-SHA-256"]) + &bindings(&BINDINGS),
        mechanisms(&["PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"])
            + &bindings(&BINDINGS),
        mechanisms(&NAMES) + &bindings(&["tls-unique"]),
        mechanisms(&NAMES) + &bindings(&["tls-exporter", "tls-unique", "tls-unheard-of"]),
        mechanisms(&NAMES),
    ] {
        let stage = Stage::new().await;
        let mut alice = Peer::new(stage.account());
        let mut wire = stage.accept().await;
        wire.opens(&changed).await;
        let (first, _) = wire.hears_sasl("auth").await;
        let (_, challenge) = Exchange::telling(&first, OFFERED);
        wire.says_sasl("challenge", &challenge).await;
        assert_eq!(alice.refused_at_once().await, SignInError::MechanismsTampered, "{changed}");
        assert!(!wire.hears_the_end().await.contains("<response"), "{changed}");
        assert!(!stage.was_called().await);
    }
}

#[tokio::test]
async fn whoever_changes_the_hash_or_leaves_it_out_spoils_the_proof() {
    for told in [Some("SCRAM-SHA-256"), None] {
        let stage = Stage::new().await;
        let mut alice = Peer::new(stage.account());
        let mut wire = stage.accept().await;
        wire.opens(&mechanisms(&["SCRAM-SHA-256"])).await;
        let (first, _) = wire.hears_sasl("auth").await;
        let (_, challenge) = match told {
            Some(told) => Exchange::telling(&first, told),
            None => Exchange::usual(&first),
        };
        wire.says_sasl("challenge", &challenge).await;
        let (last, _) = wire.hears_sasl("response").await;
        // What our server makes of it.
        let honest = || Exchange::telling(&first, OFFERED).0;
        assert!(honest().finish(&last, PASSWORD).is_err());
        wire.says_sasl("success", &honest().signature(&last, PASSWORD)).await;
        assert_eq!(alice.refused_at_once().await, SignInError::ServerProofInvalid);
    }
}
