//! Signing in to scripted servers, honest and not.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::*;
use crate::scripted_server::ScriptedServer;
use crate::xml::ns;
use crate::{ChannelBindingType, OfflineReason};

const MECHANISMS: &str = "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>\
    <mechanism>PLAIN</mechanism><mechanism>SCRAM-SHA-256</mechanism></mechanisms>\
    <unheard-of xmlns='urn:example'><type>?</type></unheard-of>";

fn alice() -> Account {
    Account::new("alice@example.org".parse().unwrap(), "pencil".to_owned().into())
}

/// What our client makes of this server.
async fn outcome(features: &str, server: impl AsyncFnOnce(&mut Script)) -> Result<(), Failure> {
    with_password("pencil", &mut PasswordForm::default(), features, server).await
}

async fn with_password(
    password: &str,
    form: &mut PasswordForm,
    features: &str,
    server: impl AsyncFnOnce(&mut Script),
) -> Result<(), Failure> {
    let (opened, fake) = ScriptedServer::opened(features).await;
    let account = Account { password: password.to_owned().into(), ..alice() };
    let mut script = Script { fake, first: String::new(), challenge: String::new() };
    let client = authenticate(opened, &[], &account, Vec::new(), form);
    let (outcome, ()) = tokio::join!(client, server(&mut script));
    outcome.map(drop)
}

/// A server under way.
struct Script {
    fake: ScriptedServer,
    first: String,
    challenge: String,
}

impl Script {
    /// The text of the next element of this name, decoded.
    async fn expect(&mut self, name: &str) -> String {
        let xml = self.fake.expect(&format!("</{name}>")).await;
        let text = xml.trim_end_matches(&format!("</{name}>")).rsplit('>').next().unwrap();
        String::from_utf8(BASE64.decode(text).unwrap()).unwrap()
    }

    async fn send(&mut self, name: &str, message: &str) {
        let text = BASE64.encode(message);
        self.fake.send(&format!("<{name} xmlns='{}'>{text}</{name}>", ns::SASL)).await;
    }

    async fn fails(&mut self, condition: &str) {
        let xml = format!("<failure xmlns='{}'><{condition}/></failure>", ns::SASL);
        self.fake.send(&xml).await;
    }

    /// Challenges our client.
    async fn challenges(&mut self, iterations: u32) {
        self.first = self.expect("auth").await;
        let nonce = self.first.rsplit("r=").next().unwrap();
        self.challenge = format!("r={nonce}theirs,s=QUJD,i={iterations}");
        self.send("challenge", &self.challenge.clone()).await;
    }

    /// Hears the proof; the signature of a server that knows this password.
    async fn signature(&mut self, password: &str) -> String {
        let last = self.expect("response").await;
        let without_proof = last.split(",p=").next().unwrap();
        let bare = self.first.strip_prefix("n,,").unwrap();
        let auth_message = format!("{bare},{},{without_proof}", self.challenge);
        scram::server_signature(password, b"ABC", 4096, &auth_message)
    }
}

const NONE: SignInError = SignInError::NoMechanism { plain_offered: false };

fn refused(error: SignInError) -> Result<(), Failure> {
    Err(Failure::Permanent(error))
}

#[tokio::test]
async fn a_genuine_server_lets_us_in() {
    let result = outcome(MECHANISMS, async |server| {
        server.challenges(4096).await;
        let signature = server.signature("pencil").await;
        server.send("success", &signature).await;
        server.fake.open("").await;
    });
    assert_eq!(result.await, Ok(()));
}

#[tokio::test]
async fn the_signature_may_come_before_the_success() {
    let result = outcome(MECHANISMS, async |server| {
        server.challenges(4096).await;
        let signature = server.signature("pencil").await;
        server.send("challenge", &signature).await;
        assert_eq!(server.expect("response").await, "");
        server.send("success", "").await;
        server.fake.open("").await;
    });
    assert_eq!(result.await, Ok(()));
}

#[tokio::test]
async fn a_server_that_does_not_know_the_password_is_not_genuine() {
    let result = outcome(MECHANISMS, async |server| {
        server.challenges(4096).await;
        let signature = server.signature("another").await;
        server.send("success", &signature).await;
    });
    assert_eq!(result.await, refused(SignInError::ServerProofInvalid));
}

#[tokio::test]
async fn a_success_without_a_signature_is_not_genuine() {
    let early = outcome(MECHANISMS, async |server| {
        server.expect("auth").await;
        server.send("success", "").await;
    });
    assert_eq!(early.await, refused(SignInError::ServerProofInvalid));
    let late = outcome(MECHANISMS, async |server| {
        server.challenges(4096).await;
        server.expect("response").await;
        server.send("success", "").await;
    });
    assert_eq!(late.await, refused(SignInError::ServerProofInvalid));
}

#[tokio::test]
async fn too_few_or_too_many_rounds_are_not_hashed() {
    for iterations in [1, 4_000_000_000] {
        let result = outcome(MECHANISMS, async |server| server.challenges(iterations).await);
        assert_eq!(result.await, refused(NONE), "{iterations}");
    }
}

#[tokio::test]
async fn nothing_is_said_to_a_server_that_offers_nothing_acceptable() {
    let plain = "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>\
        <mechanism>PLAIN</mechanism></mechanisms>";
    for (features, plain_offered) in [(plain, true), ("", false)] {
        let (opened, fake) = ScriptedServer::opened(features).await;
        let account = alice();
        let result = authenticate(opened, &[], &account, Vec::new(), &mut PasswordForm::default())
            .await
            .map(drop);
        assert_eq!(result, refused(SignInError::NoMechanism { plain_offered }));
        assert_eq!(fake.expect_end().await, "");
    }
}

#[tokio::test]
async fn the_servers_refusals_are_told_apart() {
    for (condition, error) in [
        ("not-authorized", SignInError::WrongPassword),
        ("account-disabled", SignInError::AccountDisabled),
        ("invalid-mechanism", NONE),
    ] {
        let result = outcome(MECHANISMS, async |server| {
            server.expect("auth").await;
            server.fails(condition).await;
        });
        assert_eq!(result.await, refused(error), "{condition}");
    }
    let result = outcome(MECHANISMS, async |server| {
        server.challenges(4096).await;
        server.expect("response").await;
        server.fails("temporary-auth-failure").await;
    });
    assert!(matches!(result.await, Err(Failure::Transient(OfflineReason::Protocol(_)))));
}

#[tokio::test]
async fn the_connection_is_bound_to_where_the_server_can() {
    let features = "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>\
        <mechanism>SCRAM-SHA-256</mechanism><mechanism>SCRAM-SHA-256-PLUS</mechanism></mechanisms>\
        <sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'><channel-binding type='tls-exporter'/>\
        <channel-binding type='tls-unheard-of'/></sasl-channel-binding>";
    let (opened, mut fake) = ScriptedServer::opened(features).await;
    let (kind, account, mut form) =
        (ChannelBindingType::Exporter, alice(), PasswordForm::default());
    let bindings = [ChannelBinding { kind, data: vec![7; 32] }];
    let client = authenticate(opened, &bindings, &account, Vec::new(), &mut form);
    let server = async move { fake.expect("</auth>").await };
    let (_, auth) = tokio::join!(client, server);
    assert!(auth.contains("SCRAM-SHA-256-PLUS"), "{auth}");
    assert!(auth.contains(&BASE64.encode("p=tls-exporter,,n=")), "{auth}");
}

#[tokio::test]
async fn a_connection_cut_at_any_step_may_be_tried_again() {
    for steps in 0..3 {
        let (opened, fake) = ScriptedServer::opened(MECHANISMS).await;
        let server = async move {
            let mut server = Script { fake, first: String::new(), challenge: String::new() };
            if steps == 0 {
                server.expect("auth").await;
                return;
            }
            server.challenges(4096).await;
            let signature = server.signature("pencil").await;
            if steps == 2 {
                server.send("success", &signature).await;
                server.fake.expect("<stream:stream").await;
            }
        };
        let (account, mut form) = (alice(), PasswordForm::default());
        let client = authenticate(opened, &[], &account, Vec::new(), &mut form);
        let (result, ()) = tokio::join!(client, server);
        assert_eq!(result.map(drop), Err(Failure::lost()), "after {steps} steps");
    }
}

#[tokio::test]
async fn nonsense_ends_the_attempt() {
    for xml in [
        "<proceed xmlns='urn:example'/>",
        "<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>?</challenge>",
        "</a>",
    ] {
        let result = outcome(MECHANISMS, async |server| {
            server.expect("auth").await;
            server.fake.send(xml).await;
        });
        assert!(
            matches!(result.await, Err(Failure::Transient(OfflineReason::Protocol(_)))),
            "{xml}"
        );
    }
}

#[tokio::test]
async fn a_refused_password_is_tried_once_in_its_other_form_and_that_is_remembered() {
    let mut form = PasswordForm::default();
    for tries in [2, 1] {
        let result = with_password("m\u{b2}", &mut form, MECHANISMS, async |server| {
            if tries == 2 {
                server.challenges(4096).await;
                server.expect("response").await;
                server.fails("not-authorized").await;
            }
            server.challenges(4096).await;
            let signature = server.signature("m\u{b2}").await;
            server.send("success", &signature).await;
            server.fake.open("").await;
        });
        assert_eq!(result.await, Ok(()));
        assert_eq!(form, PasswordForm::AsTyped);
    }
    // Prepared is what comes next, should that be right by now.
    let result = with_password("m\u{b2}", &mut form, MECHANISMS, async |server| {
        server.challenges(4096).await;
        server.expect("response").await;
        server.fails("not-authorized").await;
        server.challenges(4096).await;
        let signature = server.signature("m2").await;
        server.send("success", &signature).await;
        server.fake.open("").await;
    });
    assert_eq!((result.await, form), (Ok(()), PasswordForm::Prepared));
}

#[tokio::test]
async fn a_wrong_password_is_tried_no_more_often_than_can_help() {
    let mut form = PasswordForm::default();
    let wrong = refused(SignInError::WrongPassword);
    // What has one form only is tried once.
    for (password, tries) in [("pencil", 1), ("key\u{1f511}", 1), ("m\u{b2}", 2)] {
        let result = with_password(password, &mut form, MECHANISMS, async |server| {
            for _ in 0..tries {
                server.challenges(4096).await;
                server.expect("response").await;
                server.fails("not-authorized").await;
            }
        });
        assert_eq!(result.await, wrong, "{password}");
    }
    // Nobody looked at the password.
    let (opened, mut fake) = ScriptedServer::opened(MECHANISMS).await;
    let account = Account { password: "m\u{b2}".to_owned().into(), ..alice() };
    let client = authenticate(opened, &[], &account, Vec::new(), &mut form);
    let server = async move {
        fake.expect("</auth>").await;
        fake.send(&format!("<failure xmlns='{}'><not-authorized/></failure>", ns::SASL)).await;
        assert_eq!(fake.expect_end().await, "");
    };
    let (result, ()) = tokio::join!(client, server);
    assert_eq!(result.map(drop), wrong);
    // A server that has had enough has refused it all the same.
    let result = with_password("m\u{b2}", &mut form, MECHANISMS, async |server| {
        server.challenges(4096).await;
        server.expect("response").await;
        server.fails("not-authorized").await;
        server.fake.send("</stream:stream>").await;
    });
    assert_eq!(result.await, wrong);
}
