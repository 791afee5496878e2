//! Sessions that begin or go on along with the sign-in (XEP-0388, XEP-0386, XEP-0198).

use base64::Engine as _;
use sotto_xmpp::{Account, Event, Jid, MessageKind, OfflineReason, SignInError};

use crate::scram::Exchange;
use crate::stage::{PASSWORD, Stage};
use crate::support::peer::Peer;
use crate::support::{acked, offline};
use crate::wire::{ALICE, FEATURES, MECHANISMS, Wire, message};

/// Everything that may be asked for along with the sign-in.
const INLINE: &str = "<bind xmlns='urn:xmpp:bind:0'><inline><feature var='urn:xmpp:carbons:2'/>\
    <feature var='urn:xmpp:sm:3'/></inline></bind><sm xmlns='urn:xmpp:sm:3'/>";
/// A new session with all of it.
const BOUND: &str = "<bound xmlns='urn:xmpp:bind:0'><enabled xmlns='urn:xmpp:sm:3' id='session' \
    resume='1'/><enabled xmlns='urn:xmpp:carbons:2'/></bound>";
const FAILED: &str = "<failed xmlns='urn:xmpp:sm:3'><item-not-found \
    xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>";

/// The feature that takes wishes.
fn authentication(names: &str, inline: &str) -> String {
    let names = names.split_whitespace().map(|name| format!("<mechanism>{name}</mechanism>"));
    let names: String = names.collect();
    format!(
        "<authentication xmlns='urn:xmpp:sasl:2'>{names}<inline>{inline}</inline></authentication>"
    )
}

/// What a server offers that can do all this.
fn offers() -> String {
    authentication("PLAIN SCRAM-SHA-256", INLINE) + MECHANISMS
}

async fn says_features(wire: &mut Wire) {
    wire.says(format!("<stream:features>{FEATURES}</stream:features>")).await;
}

/// Lets our client sign in and begin a session with one answer. What it asked for.
async fn begins(stage: &Stage) -> (Wire, String) {
    let mut wire = stage.accept().await;
    wire.opens(&offers()).await;
    let (wishes, signature) = wire.takes_wishes(PASSWORD).await;
    wire.grants(&signature, ALICE, BOUND).await;
    says_features(&mut wire).await;
    wire.hears("<r ").await;
    wire.confirms_nothing().await;
    (wire, wishes)
}

async fn left_for_now(alice: &mut Peer) {
    let reason = alice.wait(offline).await;
    assert!(matches!(reason, OfflineReason::Protocol(_)), "{reason:?}");
}

#[tokio::test]
async fn a_session_begins_along_with_the_sign_in() {
    let stage = Stage::new().await;
    let mut alice = Peer::new(stage.account());
    let mut wire = stage.accept().await;
    wire.opens(&offers()).await;
    let (wishes, signature) = wire.takes_wishes(PASSWORD).await;
    for wish in ["mechanism='SCRAM-SHA-256'", "<tag>sotto</tag>", "<enable", "urn:xmpp:carbons:2"] {
        assert!(wishes.contains(wish), "{wish} in {wishes}");
    }
    assert!(!wishes.contains("<resume") && !wishes.contains("alice"), "{wishes}");
    wire.grants(&signature, ALICE, BOUND).await;
    // What comes before the features counts too.
    wire.says(message("early")).await;
    says_features(&mut wire).await;
    let (jid, resumed) = alice.online().await;
    assert_eq!((jid.as_str(), resumed), (ALICE, false));
    assert_eq!(alice.hears().await.1, "early");
    let asked = wire.hears("<r ").await;
    // For the roster and for whom is blocked; copies came along.
    assert_eq!(asked.matches("<iq").count(), 2, "{asked}");
    let (count, ()) = tokio::join!(wire.asks_count(), alice.keeps());
    assert_eq!(count, 1);
    alice.ask(sotto_xmpp::Command::SetActive(false)).await;
    wire.hears("<inactive ").await;
}

#[tokio::test]
async fn the_same_run_has_the_same_name_and_another_run_another() {
    let stage = Stage::new().await;
    let agent = |wishes: &str| {
        let id = wishes.split("<user-agent").nth(1).unwrap().split("id='").nth(1).unwrap();
        id.split('\'').next().unwrap().to_owned()
    };
    let mut alice = Peer::new(stage.account());
    let (wire, first) = begins(&stage).await;
    alice.online().await;
    drop(wire);
    alice.wait(offline).await;
    alice.ask(sotto_xmpp::Command::Reconnect).await;
    let mut wire = stage.accept().await;
    wire.opens(&offers()).await;
    let (_, again) = wire.hears_wishes().await;
    let _other = Peer::new(stage.account());
    let (_wire, another) = begins(&stage).await;
    assert_eq!(agent(&first), agent(&again));
    assert_ne!(agent(&first), agent(&another));
}

#[tokio::test]
async fn a_session_goes_on_along_with_the_sign_in_and_loses_nothing() {
    let stage = Stage::new().await;
    let mut alice = Peer::new(stage.account());
    let (mut wire, _) = begins(&stage).await;
    alice.online().await;
    wire.says(message("one")).await;
    assert_eq!(alice.hears().await.1, "one");
    let to: Jid = "bob@example.org/x".parse().unwrap();
    alice.say(1, to.clone(), "arrives", MessageKind::Otr).await;
    alice.say(2, to, "is lost on the way", MessageKind::Otr).await;
    wire.hears("is lost on the way").await;
    drop(wire);
    alice.wait(offline).await;
    alice.ask(sotto_xmpp::Command::Reconnect).await;
    let mut wire = stage.accept().await;
    wire.opens(&offers()).await;
    let (wishes, signature) = wire.takes_wishes(PASSWORD).await;
    let resume = wishes.split("<resume").nth(1).unwrap();
    assert!(resume.contains("previd='session'") && resume.contains("h='1'"), "{resume}");
    // Two questions, the presence and the first message.
    let resumed = "<resumed xmlns='urn:xmpp:sm:3' previd='session' h='4'/>";
    wire.grants(&signature, "alice@example.org", resumed).await;
    wire.says(message("while away")).await;
    says_features(&mut wire).await;
    assert_eq!(alice.wait(acked).await, 1);
    assert!(alice.online().await.1);
    assert_eq!(alice.hears().await.1, "while away");
    wire.hears("is lost on the way").await;
    wire.says("<a xmlns='urn:xmpp:sm:3' h='5'/>").await;
    assert_eq!(alice.wait(acked).await, 2);
}

#[tokio::test]
async fn a_refused_resumption_tells_what_is_unsure_and_the_new_session_holds() {
    let stage = Stage::new().await;
    let mut alice = Peer::new(stage.account());
    let (mut wire, _) = begins(&stage).await;
    alice.online().await;
    let to: Jid = "bob@example.org/x".parse().unwrap();
    alice.say(7, to, "into the void", MessageKind::Otr).await;
    wire.hears("into the void").await;
    drop(wire);
    alice.wait(offline).await;
    alice.ask(sotto_xmpp::Command::Reconnect).await;
    let mut wire = stage.accept().await;
    wire.opens(&offers()).await;
    let (wishes, signature) = wire.takes_wishes(PASSWORD).await;
    assert!(wishes.contains("<resume") && wishes.contains("<tag>"), "{wishes}");
    wire.grants(&signature, ALICE, &format!("{FAILED}{BOUND}")).await;
    says_features(&mut wire).await;
    let unsure = alice.wait(|event| match event {
        Event::DeliveryUnknown { tags } => Some(tags.clone()),
        Event::Online { .. } => panic!("online before it is told"),
        _ => None,
    });
    assert_eq!(unsure.await, [7]);
    assert!(!alice.online().await.1);
    let rest = wire.hears("<r ").await;
    assert!(!rest.contains("into the void"), "nothing goes out twice by itself");
}

#[tokio::test]
async fn nothing_that_comes_along_counts_without_a_good_signature() {
    let stage = Stage::new().await;
    let forged = |proof: &str| {
        format!(
            "<success xmlns='urn:xmpp:sasl:2'>{proof}<authorization-identifier>{ALICE}\
             </authorization-identifier>{BOUND}</success>"
        )
    };
    let mut alice = Peer::new(stage.account());
    let mut wire = stage.accept().await;
    wire.opens(&offers()).await;
    let (_, signature) = wire.takes_wishes("guessed").await;
    wire.grants(&signature, ALICE, BOUND).await;
    assert_eq!(alice.refused_at_once().await, SignInError::ServerProofInvalid);
    assert_eq!(wire.hears_the_end().await, "");

    for proof in ["", "<additional-data/>", "<additional-data>=</additional-data>"] {
        let mut alice = Peer::new(stage.account());
        let mut wire = stage.accept().await;
        wire.opens(&offers()).await;
        wire.takes_wishes(PASSWORD).await;
        wire.says(forged(proof)).await;
        assert_eq!(alice.refused_at_once().await, SignInError::ServerProofInvalid, "{proof}");
    }
    // Before we have proved anything.
    let mut alice = Peer::new(stage.account());
    let mut wire = stage.accept().await;
    wire.opens(&offers()).await;
    wire.hears_wishes().await;
    wire.says(forged("")).await;
    assert_eq!(alice.refused_at_once().await, SignInError::ServerProofInvalid);
    assert!(!stage.was_called().await);
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_absurd_rounds_are_not_hashed() {
    let stage = Stage::new().await;
    let mut alice = Peer::new(stage.account());
    let mut wire = stage.accept().await;
    wire.opens(&offers()).await;
    wire.takes_wishes(PASSWORD).await;
    wire.says(
        "<failure xmlns='urn:xmpp:sasl:2'><not-authorized \
         xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/></failure>",
    )
    .await;
    assert_eq!(alice.refused_at_once().await, SignInError::WrongPassword);

    let mut alice = Peer::new(stage.account());
    let mut wire = stage.accept().await;
    wire.opens(&offers()).await;
    let (first, _) = wire.hears_wishes().await;
    let (_, challenge) = Exchange::begin(&first, 20_000_000);
    let challenge = base64::engine::general_purpose::STANDARD.encode(challenge);
    wire.says(format!("<challenge xmlns='urn:xmpp:sasl:2'>{challenge}</challenge>")).await;
    assert!(!wire.hears_the_end().await.contains("response"));
    assert_eq!(alice.refused_at_once().await, SignInError::NoMechanism { plain_offered: false });
}

#[tokio::test]
async fn what_nobody_asked_for_or_another_account_ends_the_attempt() {
    let stage = Stage::new().await;
    let resumed = "<resumed xmlns='urn:xmpp:sm:3' previd='session' h='0'/>";
    for (who, along) in [
        ("mallory@example.org/x", BOUND),
        ("", BOUND),
        ("alice@example.org", BOUND),
        (ALICE, resumed),
    ] {
        let mut alice = Peer::new(stage.account());
        let mut wire = stage.accept().await;
        wire.opens(&offers()).await;
        let (_, signature) = wire.takes_wishes(PASSWORD).await;
        wire.grants(&signature, who, along).await;
        left_for_now(&mut alice).await;
    }
}

#[tokio::test]
async fn a_further_step_is_refused_in_words_once_the_server_has_proved_itself() {
    let stage = Stage::new().await;
    let wants_more = |proof: &str| {
        format!("<continue xmlns='urn:xmpp:sasl:2'>{proof}<tasks><task>X</task></tasks></continue>")
    };
    for (password, expected) in [
        (PASSWORD, SignInError::AdditionalStepRequired),
        ("guessed", SignInError::ServerProofInvalid),
    ] {
        let mut alice = Peer::new(stage.account());
        let mut wire = stage.accept().await;
        wire.opens(&offers()).await;
        let (_, signature) = wire.takes_wishes(password).await;
        let signature = base64::engine::general_purpose::STANDARD.encode(signature);
        let proof = format!("<additional-data>{signature}</additional-data>");
        wire.says(wants_more(&proof)).await;
        assert_eq!(alice.refused_at_once().await, expected);
        assert_eq!(wire.hears_the_end().await, "");
    }
    // Without a proof, before ours and after it.
    for early in [true, false] {
        let mut alice = Peer::new(stage.account());
        let mut wire = stage.accept().await;
        wire.opens(&offers()).await;
        if early {
            wire.hears_wishes().await;
        } else {
            wire.takes_wishes(PASSWORD).await;
        }
        wire.says(wants_more("")).await;
        assert_eq!(alice.refused_at_once().await, SignInError::ServerProofInvalid);
    }
    // To the password itself nothing is proved.
    let mut alice = Peer::new(Account { allow_plain: true, ..stage.account() });
    let mut wire = stage.accept().await;
    wire.opens(&authentication("PLAIN", INLINE)).await;
    wire.hears_wishes().await;
    wire.says(wants_more("")).await;
    assert_eq!(alice.refused_at_once().await, SignInError::AdditionalStepRequired);
    assert!(!stage.was_called().await);
}

#[tokio::test]
async fn a_list_weaker_than_before_is_refused_in_either_words() {
    let stage = Stage::new().await;
    let mut alice = Peer::new(stage.account());
    let (wire, _) = begins(&stage).await;
    alice.online().await;
    drop(wire);
    alice.wait(offline).await;
    alice.ask(sotto_xmpp::Command::Reconnect).await;
    let mut wire = stage.accept().await;
    wire.opens(&authentication("PLAIN SCRAM-SHA-1", INLINE)).await;
    let refusal = alice.wait(|event| match event {
        Event::Refused(error) => Some(error.clone()),
        Event::Online { .. } => panic!("signed in"),
        _ => None,
    });
    let strength = |name: &str| name.parse().unwrap();
    let (known, offered) = (strength("SCRAM-SHA-256"), Some(strength("SCRAM-SHA-1")));
    assert_eq!(refusal.await, SignInError::Downgraded { known, offered });
    assert_eq!(wire.hears_the_end().await, "");
}

#[tokio::test]
async fn the_stronger_words_are_taken_and_the_other_if_only_they_are_acceptable() {
    let stage = Stage::new().await;
    let known_strength = Some("SCRAM-SHA-256".parse().unwrap());
    for offered in ["SCRAM-SHA-1", "PLAIN", ""] {
        let _alice = Peer::new(Account { known_strength, ..stage.account() });
        let mut wire = stage.accept().await;
        wire.opens(&(authentication(offered, INLINE) + MECHANISMS)).await;
        wire.hears("<auth ").await;
        wire.hears("mechanism='SCRAM-SHA-256'").await;
    }
}

#[tokio::test]
async fn a_sign_in_that_carries_wishes_is_bound_to_the_connection_too() {
    let stage = Stage::new().await;
    let mut alice = Peer::new(stage.account());
    let mut wire = stage.accept().await;
    let offered = authentication("SCRAM-SHA-256 SCRAM-SHA-256-PLUS", INLINE);
    wire.opens(&format!(
        "{offered}<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'>\
         <channel-binding type='tls-exporter'/></sasl-channel-binding>"
    ))
    .await;
    let (first, wishes) = wire.hears_wishes().await;
    assert!(wishes.contains("SCRAM-SHA-256-PLUS") && first.starts_with("p=tls-exporter,,"));
    let (exchange, challenge) = Exchange::usual(&first);
    let base64 = base64::engine::general_purpose::STANDARD;
    let challenge = base64.encode(challenge);
    wire.says(format!("<challenge xmlns='urn:xmpp:sasl:2'>{challenge}</challenge>")).await;
    let (last, _) = wire.hears_sasl("response").await;
    let bound = [b"p=tls-exporter,,".as_slice(), &wire.exporter()].concat();
    assert!(last.starts_with(&format!("c={},", base64.encode(bound))));
    let signature = exchange.finish(&last, PASSWORD).unwrap();
    wire.grants(&signature, ALICE, BOUND).await;
    let bound = alice.wait(|event| match event {
        Event::Secured(security) => Some(security.strength.binding().is_some()),
        _ => None,
    });
    assert!(bound.await);
}

#[tokio::test]
async fn what_cannot_be_settled_along_is_settled_afterwards() {
    let stage = Stage::new().await;
    // A resource, but no stream management.
    let mut alice = Peer::new(stage.account());
    let mut wire = stage.accept().await;
    wire.opens(&authentication("SCRAM-SHA-256", "<bind xmlns='urn:xmpp:bind:0'/>")).await;
    let (wishes, signature) = wire.takes_wishes(PASSWORD).await;
    assert!(wishes.contains("<tag>") && !wishes.contains("<enable"), "{wishes}");
    wire.grants(&signature, ALICE, "<bound xmlns='urn:xmpp:bind:0'/>").await;
    says_features(&mut wire).await;
    wire.hears("<enable ").await;
    wire.says("<enabled xmlns='urn:xmpp:sm:3' id='session' resume='true'/>").await;
    alice.online().await;
    drop(wire);
    alice.wait(offline).await;
    // Nor resuming: then nothing may be bound before that was tried.
    alice.ask(sotto_xmpp::Command::Reconnect).await;
    let mut wire = stage.accept().await;
    wire.opens(&authentication("SCRAM-SHA-256", "<bind xmlns='urn:xmpp:bind:0'/>")).await;
    let (wishes, signature) = wire.takes_wishes(PASSWORD).await;
    assert!(!wishes.contains("<tag>") && !wishes.contains("<resume"), "{wishes}");
    wire.grants(&signature, "alice@example.org", "").await;
    says_features(&mut wire).await;
    wire.hears("<resume").await;
    wire.says("<resumed xmlns='urn:xmpp:sm:3' previd='session' h='0'/>").await;
    assert!(alice.online().await.1);

    // Nothing at all.
    let mut other = Peer::new(stage.account());
    let mut wire = stage.accept().await;
    wire.opens(
        "<authentication xmlns='urn:xmpp:sasl:2'><mechanism>SCRAM-SHA-256</mechanism>\
        </authentication>",
    )
    .await;
    let (_, signature) = wire.takes_wishes(PASSWORD).await;
    wire.grants(&signature, "alice@example.org", "").await;
    says_features(&mut wire).await;
    let id = wire.hears_iq().await;
    wire.says(format!(
        "<iq type='result' id='{id}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
         <jid>{ALICE}</jid></bind></iq>"
    ))
    .await;
    wire.hears("<enable").await;
    wire.says("<enabled xmlns='urn:xmpp:sm:3'/>").await;
    other.online().await;
}
