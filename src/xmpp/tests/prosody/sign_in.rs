//! Getting online, and being refused.

use kit::{Options, Prosody, Tls, XmppServer as _};
use sotto_xmpp::{
    Account, CertificateProblem, Command, Event, Jid, MessageKind, OfflineReason, Server,
    SignInError, TlsVersion,
};
use zeroize::Zeroizing;

use crate::server::{self, Accounts as _, PASSWORD, options, tls};
use crate::skipped;
use crate::support::free_port;
use crate::support::peer::Peer;

/// Whether the certificate is what was wrong, and its key was told.
fn refused_for(error: &SignInError, expected: CertificateProblem) -> bool {
    matches!(error, SignInError::CertificateRefused { host, problem, key: Some(_) }
        if host == "localhost" && *problem == expected)
}

#[tokio::test]
async fn both_kinds_of_tls_lead_online_and_signing_out_ends_cleanly() {
    if skipped() {
        return;
    }
    let server = server::start(&["alice"]);
    for account in [server.account("alice"), server.account_with_direct_tls("alice")] {
        let mut alice = Peer::new(account);
        let (jid, resumed) = alice.online().await;
        assert!(!resumed && jid.resource().as_str().starts_with("sotto."), "{jid}");
        let items = alice.wait(|event| match event {
            Event::Roster { items, .. } => Some(items.clone()),
            _ => None,
        });
        assert_eq!(items.await, []);
        let rest = alice.leave().await;
        assert!(rest.iter().all(|event| matches!(event, Event::Blocked(_))), "{rest:?}");
    }
}

#[tokio::test]
async fn tls_1_2_is_enough() {
    if skipped() {
        return;
    }
    let tls = tls("protocol = \"tlsv1_2\"");
    let server = Prosody::with(Options { tls, ..options(&["alice"]) });
    let mut alice = Peer::new(server.account("alice"));
    alice.online().await;
}

#[tokio::test]
async fn ciphers_without_authentication_and_older_tls_are_not_spoken() {
    if skipped() {
        return;
    }
    let cbc = "protocol = \"tlsv1_2\", ciphers = \"ECDHE-ECDSA-AES256-SHA384\"";
    let old = "protocol = \"tlsv1_1\", ciphers = \"ALL:@SECLEVEL=0\"";
    for tls in [cbc, old].map(tls) {
        let server = Prosody::with(Options { tls, ..options(&["alice"]) });
        let mut alice = Peer::new(server.account_with_direct_tls("alice"));
        let reason = alice.offline_at_once().await;
        assert!(
            matches!(&reason, OfflineReason::Protocol(words) if words.starts_with("TLS")),
            "{reason:?}"
        );
    }
}

#[tokio::test]
async fn every_mechanism_leads_online() {
    if skipped() {
        return;
    }
    const CASES: [(&[&str], &str); 2] = [
        (&["PLAIN", "SCRAM-SHA-1"], "SCRAM-SHA-256"),
        (&["PLAIN", "SCRAM-SHA-256"], "SCRAM-SHA-1"),
    ];
    for (refused_mechanisms, mechanism) in CASES {
        let server = Prosody::with(Options { refused_mechanisms, ..options(&["alice"]) });
        let mut alice = Peer::new(server.account("alice"));
        let used = alice.wait(|event| match event {
            Event::Secured(security) => Some(security.strength.name()),
            Event::Refused(error) => panic!("{error}"),
            _ => None,
        });
        assert_eq!(used.await, mechanism);
    }
}

#[tokio::test]
async fn a_sign_in_is_bound_to_the_connection_that_openssl_sees() {
    if skipped() {
        return;
    }
    let own_modules = &[("exporter", include_str!("mod_exporter.lua"))];
    let server = Prosody::with(Options { own_modules, ..options(&["alice"]) });
    for account in [server.account("alice"), server.account_with_direct_tls("alice")] {
        let mut alice = Peer::new(account.clone());
        let used = alice.wait(|event| match event {
            Event::Secured(security) => Some(security.strength),
            Event::Refused(error) => panic!("{error}"),
            _ => None,
        });
        let used = used.await;
        assert_eq!(used.name(), "SCRAM-SHA-256-PLUS");
        alice.leave().await;
        // From then on nothing unbound is done.
        let known_strength = Some("SCRAM-SHA-512-PLUS".parse().unwrap());
        let mut alice = Peer::new(Account { known_strength, ..account });
        let refusal = alice.refused_at_once().await;
        assert!(
            matches!(refusal, SignInError::Downgraded { offered: Some(best), .. } if best == used)
        );
    }
}

#[tokio::test]
async fn a_sign_in_is_bound_to_the_certificate_that_openssl_hashes() {
    if skipped() {
        return;
    }
    let own_modules = &[("end_point", include_str!("mod_end_point.lua"))];
    for (settings, version) in
        [("protocol = \"tlsv1_2\"", TlsVersion::V1_2), ("protocol = \"tlsv1_3\"", TlsVersion::V1_3)]
    {
        let options = Options { tls: tls(settings), own_modules, ..options(&["alice"]) };
        let server = Prosody::with(options);
        let mut alice = Peer::new(server.account("alice"));
        let used = alice.wait(|event| match event {
            Event::Secured(security) => Some((security.tls, security.strength.to_string())),
            Event::Refused(error) => panic!("{error}"),
            _ => None,
        });
        let expected = "SCRAM-SHA-256-PLUS tls-server-end-point".to_owned();
        assert_eq!(used.await, (version, expected));
        alice.online().await;
    }
}

#[tokio::test]
async fn a_wrong_password_is_tried_once_and_the_right_one_then_works() {
    if skipped() {
        return;
    }
    let server = server::start(&["alice"]);
    let mut account = server.account("alice");
    account.password = Zeroizing::new("wrong".into());
    let mut alice = Peer::new(account);
    assert_eq!(alice.refused_at_once().await, SignInError::WrongPassword);
    // A message now cannot leave, and nothing else is said: nothing was tried again.
    alice.say(9, Jid::new("bob@localhost").unwrap(), "hi", MessageKind::Plain).await;
    assert!(matches!(alice.next().await, Event::DeliveryUnknown { tags } if tags == [9]));
    alice.ask(Command::SignIn { password: PASSWORD.to_owned().into() }).await;
    alice.online().await;
}

#[tokio::test]
async fn passwords_with_characters_newer_than_unicode_3_2_are_taken() {
    if skipped() {
        return;
    }
    let own_passwords = &[
        ("key", "key\u{1f511}"),
        ("square", "m\u{b2}"),
        ("squarekey", "m\u{b2}\u{1f511}"),
        ("family", "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}"),
        ("heart", "\u{2764}\u{fe0f}\u{200d}\u{1f525}"),
        ("bitcoin", "x\u{20bf}\u{a0}y"),
        ("combined", "e\u{301}\u{1f511}"),
        ("great", "GRO\u{1e9e}\u{a0}x"),
    ];
    let server = Prosody::with(Options { own_passwords, ..options(&[]) });
    for (user, password) in own_passwords {
        let mut account = server.account(user);
        account.password = Zeroizing::new((*password).to_owned());
        let mut peer = Peer::new(account);
        peer.online().await;
        peer.leave().await;
    }
}

#[tokio::test]
async fn an_unknown_account_is_refused_like_a_wrong_password() {
    if skipped() {
        return;
    }
    let server = server::start(&["alice"]);
    let mut nobody = Peer::new(server.account("nobody"));
    assert_eq!(nobody.refused_at_once().await, SignInError::WrongPassword);
}

#[tokio::test]
async fn a_server_that_only_takes_the_password_plainly_gets_it_by_consent() {
    if skipped() {
        return;
    }
    let server = Prosody::with(Options {
        refused_mechanisms: &["SCRAM-SHA-1", "SCRAM-SHA-256"],
        extra: "insecure_sasl_mechanisms = {}",
        ..options(&["alice"])
    });
    let account = server.account("alice");
    let mut alice = Peer::new(account.clone());
    let expected = SignInError::NoMechanism { plain_offered: true };
    assert_eq!(alice.refused_at_once().await, expected);
    // But by consent.
    let consenting = Account { allow_plain: true, ..account };
    let mut alice = Peer::new(consenting.clone());
    let strength = alice.wait(|event| match event {
        Event::Secured(security) => Some(security.strength.name()),
        Event::Refused(error) => panic!("{error}"),
        _ => None,
    });
    assert_eq!(strength.await, "PLAIN");
    alice.online().await;
    let mut alice = Peer::new(Account { password: "wrong".to_owned().into(), ..consenting });
    assert_eq!(alice.refused_at_once().await, SignInError::WrongPassword);
}

#[tokio::test]
async fn untrusted_certificates_are_refused() {
    if skipped() {
        return;
    }
    let server = server::start(&["alice"]);
    for (port, direct_tls) in [(server.port(), false), (server.direct_tls_port(), true)] {
        let mut account = server.account_at("alice", port, direct_tls);
        account.extra_roots.clear();
        let mut alice = Peer::new(account);
        let refusal = alice.refused_at_once().await;
        assert!(refused_for(&refusal, CertificateProblem::UnknownIssuer), "{refusal:?}");
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    if skipped() {
        return;
    }
    let options = options(&["alice"]);
    let tls = Tls { certificate_name: "elsewhere.example", ..options.tls };
    let server = Prosody::with(Options { tls, ..options });
    let mut alice = Peer::new(server.account("alice"));
    let refusal = alice.refused_at_once().await;
    assert!(refused_for(&refusal, CertificateProblem::WrongName), "{refusal:?}");
}

#[tokio::test]
async fn an_absent_server_is_unreachable_until_it_is_there() {
    if skipped() {
        return;
    }
    let mut server = server::start(&["alice"]);
    server.kill();
    let mut alice = Peer::new(server.account("alice"));
    let expected = OfflineReason::Unreachable { host: "127.0.0.1".into() };
    assert_eq!(alice.offline_at_once().await, expected);
    server.start_again();
    alice.ask(Command::Reconnect).await;
    alice.online().await;
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_told() {
    if skipped() {
        return;
    }
    let server = server::start(&[]);
    let mut account = server.account_at("alice", free_port(), false);
    let host = "nowhere.invalid".to_owned();
    account.server = Server::At { host: host.clone(), port: 5222, direct_tls: false };
    let mut alice = Peer::new(account);
    assert_eq!(alice.offline_at_once().await, OfflineReason::HostUnknown { host });
}
