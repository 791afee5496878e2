//! Signing in as a person meets it.

use std::time::Duration;

use engine::{CertificateProblem, OfflineReason, PinnedKey, Server, SignInFailure};
use iced_test::{Simulator, simulator};

use super::*;

fn filled() -> SignIn {
    let mut screen = SignIn::default();
    let _ = screen.update(Message::Address("alice@example.org".to_owned()));
    let _ = screen.update(Message::Password(Secret::new("secret".to_owned())));
    screen
}

fn shows(screen: &SignIn, words: &str) -> bool {
    simulator(screen.view()).find(words).is_ok()
}

#[test]
fn what_is_typed_becomes_a_command() {
    let mut screen = SignIn::default();
    for (field, typed) in [(id::ADDRESS, "alice@example.org"), (id::PASSWORD, "secret")] {
        let mut ui = simulator(screen.view());
        ui.click(field).unwrap();
        let _ = ui.typewrite(typed);
        for message in ui.into_messages().collect::<Vec<_>>() {
            let _ = screen.update(message);
        }
    }
    let mut ui = simulator(screen.view());
    ui.click(t!("sign-in").as_str()).unwrap();
    let submit = ui.into_messages().next().unwrap();
    let Action::Command(Command::Connection(
        account,
        ConnectionCommand::SignIn { password, server, .. },
    )) = screen.update(submit)
    else {
        panic!("no command");
    };
    assert_eq!(account.to_string(), "alice@example.org");
    assert_eq!(password.expose(), "secret");
    assert_eq!(server, Server::Discover);
}

#[test]
fn a_key_trusted_while_making_the_account_is_trusted_at_its_server_only() {
    let secret = || Secret::new("secret".to_owned());
    let trusted = Some(("example.org".parse().unwrap(), key("a")));
    let mut screen =
        SignIn::with("alice@example.org".to_owned(), secret(), ConnectionForm::default(), trusted);
    let asked = screen.update(Message::Submit);
    assert!(matches!(
        asked,
        Action::Command(Command::Connection(_, ConnectionCommand::SignIn { trusted_key: Some(trusted), .. })) if *trusted == key("a")
    ));
    let _ = screen.update(Message::Address("alice@example.net".to_owned()));
    let asked = screen.update(Message::Submit);
    assert!(matches!(
        asked,
        Action::Instead(
            _,
            Command::Connection(_, ConnectionCommand::SignIn { trusted_key: None, .. })
        )
    ));
}

#[test]
fn a_malformed_address_is_named_while_typing() {
    let mut screen = SignIn::default();
    let _ = screen.update(Message::Address("alice smith@example.org".to_owned()));
    assert!(shows(&screen, &t!("address-malformed")));
}

#[test]
fn an_unfinished_address_is_named_on_submit_only() {
    let mut screen = filled();
    let _ = screen.update(Message::Address("alice".to_owned()));
    assert!(!shows(&screen, &t!("address-no-server")));
    assert!(matches!(screen.update(Message::Submit), Action::Task(_)));
    assert!(shows(&screen, &t!("address-no-server")));
}

#[test]
fn a_refusal_is_told_and_everything_typed_stays() {
    let mut screen = filled();
    let _ = screen.update(Message::Submit);
    let account = "alice@example.org".parse().unwrap();
    screen.observe(&account, &AccountState::Refused(SignInFailure::WrongPassword));
    assert!(shows(&screen, &t!("refused-wrong-password")));
    assert!(shows(&screen, &t!("try-again")));
    assert!(matches!(
        screen.update(Message::Submit),
        Action::Command(Command::Connection(_, ConnectionCommand::SignIn { password, .. })) if password.expose() == "secret"
    ));
}

#[test]
fn a_server_that_can_not_be_reached_is_told() {
    let mut screen = filled();
    let _ = screen.update(Message::Submit);
    let account = "alice@example.org".parse().unwrap();
    let reason = OfflineReason::ConnectionLost;
    screen.observe(&account, &AccountState::Offline { reason, retry_in: Duration::from_secs(5) });
    assert!(shows(&screen, &t!("offline-connection-lost")));
}

#[test]
fn news_of_another_account_change_nothing() {
    let mut screen = filled();
    let _ = screen.update(Message::Submit);
    let other = "bob@example.org".parse().unwrap();
    screen.observe(&other, &AccountState::Refused(SignInFailure::WrongPassword));
    assert!(shows(&screen, &t!("signing-in")));
}

#[test]
fn a_server_given_by_hand_is_used() {
    let mut screen = filled();
    let _ = screen
        .update(Message::Connection(connection_form::Message::Host(" 127.0.0.1 ".to_owned())));
    let _ = screen.update(Message::Connection(connection_form::Message::Port("5223".to_owned())));
    let _ = screen.update(Message::Connection(connection_form::Message::DirectTls(true)));
    let Action::Command(Command::Connection(_, ConnectionCommand::SignIn { server, .. })) =
        screen.update(Message::Submit)
    else {
        panic!("no command");
    };
    let host = "127.0.0.1".to_owned();
    assert_eq!(server, Server::At { host, port: 5223, direct_tls: true });
}

#[test]
fn a_port_alone_is_one_of_the_domain_of_the_address() {
    let mut screen = filled();
    let _ = screen.update(Message::Connection(connection_form::Message::Port("5299".to_owned())));
    assert!(shows(&screen, "example.org:5299"));
    let Action::Command(Command::Connection(_, ConnectionCommand::SignIn { server, .. })) =
        screen.update(Message::Submit)
    else {
        panic!("no command");
    };
    let host = "example.org".to_owned();
    assert_eq!(server, Server::At { host, port: 5299, direct_tls: false });
}

#[test]
fn a_port_that_is_none_is_refused_where_it_was_typed() {
    let mut screen = filled();
    let _ =
        screen.update(Message::Connection(connection_form::Message::Host("localhost".to_owned())));
    let _ = screen.update(Message::Connection(connection_form::Message::Port("70000".to_owned())));
    assert!(matches!(screen.update(Message::Submit), Action::Task(_)));
    assert!(shows(&screen, &t!("port-wrong")));
}

#[test]
fn a_corrected_address_takes_the_place_of_the_one_tried_before() {
    let mut screen = filled();
    let _ = screen.update(Message::Submit);
    let _ = screen.update(Message::Address("alice@example.net".to_owned()));
    assert!(matches!(
        screen.update(Message::Submit),
        Action::Instead(before, Command::Connection(account, ConnectionCommand::SignIn { .. }))
            if before.domain().as_str() == "example.org"
                && account.domain().as_str() == "example.net"
    ));
}

#[test]
fn going_back_forgets_only_an_account_that_was_new() {
    let mut screen = filled();
    let _ = screen.update(Message::Submit);
    assert!(matches!(screen.update(Message::Back), Action::Back(Some(_))));

    let mut screen = SignIn::again(&"alice@example.org".parse().unwrap());
    let _ = screen.update(Message::Password(Secret::new("secret".to_owned())));
    let _ = screen.update(Message::Submit);
    assert!(matches!(screen.update(Message::Back), Action::Back(None)));
}

fn refused(failure: SignInFailure) -> SignIn {
    let mut screen = filled();
    let _ = screen.update(Message::Submit);
    let account = "alice@example.org".parse().unwrap();
    screen.observe(&account, &AccountState::Refused(failure));
    screen
}

fn press(screen: &mut SignIn, label: &str) -> Action {
    let size = [800.0, 1200.0];
    let mut ui = Simulator::with_size(iced::Settings::default(), size, screen.view());
    ui.click(label).unwrap();
    let message = ui.into_messages().next().unwrap();
    screen.update(message)
}

fn key(digit: &str) -> PinnedKey {
    digit.repeat(64).parse().unwrap()
}

#[test]
fn a_server_nobody_vouches_for_is_trusted_by_its_key_alone() {
    let (host, problem) = ("example.org".to_owned(), CertificateProblem::SelfSigned);
    let found = key("a");
    let failure = SignInFailure::CertificateRefused { host, problem, key: Some(found) };
    let mut screen = refused(failure);
    assert!(shows(&screen, &t!("refused-self-signed", host = "example.org")));
    assert!(matches!(press(&mut screen, &t!("details")), Action::None));
    assert!(matches!(
        press(&mut screen, &t!("trust-exactly")),
        Action::Command(Command::Connection(account, ConnectionCommand::TrustServer(Some(trusted))))
            if trusted == found && account.to_string() == "alice@example.org"
    ));
    assert!(shows(&screen, &t!("signing-in")));
}

#[test]
fn a_weaker_sign_in_is_taken_only_knowingly() {
    let strength = |name: &str| name.parse().unwrap();
    let mut screen = refused(SignInFailure::Downgraded {
        known: strength("SCRAM-SHA-256-PLUS"),
        offered: Some(strength("SCRAM-SHA-1")),
    });
    assert!(matches!(
        press(&mut screen, &t!("weaker-accept")),
        Action::Command(Command::Connection(_, ConnectionCommand::AcceptWeaker))
    ));
}
