//! Trusting a server by its key, with a real one whose certificate nobody vouches for.

#![expect(clippy::wildcard_enum_match_arm, reason = "what is missing fails its story")]

use engine::{
    AccountEvent, AccountState, CertificateProblem, Command, ConnectionCommand, Event, Form,
    PinnedKey, Registration, RegistrationCommand, RegistrationFailure, Route, SignInFailure,
};

use stories::{Options, Person, Prosody, Scratch, Setup, XmppServer};

#[test]
fn exactly_the_key_that_was_shown_is_trusted_and_stays_so() {
    let server = Prosody::start();
    let profile = Scratch::new("trust");
    let setup = Setup { authorities: Vec::new(), ..Setup::keeper("alice", &server, &profile) };
    let alice = Person::start(&setup);
    alice.open_vault(&setup);
    alice.ask_to_sign_in(&setup);
    let refused = alice.wait_for_account("should be refused", |state| {
        matches!(state, AccountState::Refused(SignInFailure::CertificateRefused { .. }))
    });
    let AccountState::Refused(SignInFailure::CertificateRefused { problem, key, .. }) = refused
    else {
        panic!("not refused");
    };
    assert_eq!(problem, CertificateProblem::UnknownIssuer);
    let account = alice.with("bob").id().account.clone();
    let is_pinned = |event: &Event| match event {
        Event::Account(_, AccountEvent::Place { key_is_pinned: true, .. }) => Some(()),
        _ => None,
    };
    alice.command(Command::Connection(account.clone(), ConnectionCommand::TrustServer(key)));
    alice.wait_for("the key should be the one trusted", is_pinned);
    alice.wait_until_online();
    drop(alice);

    let alice = Person::come_back(&setup);
    alice.wait_until_online();
    alice.wait_for("the key should still be the one trusted", is_pinned);
    alice.command(Command::Connection(account, ConnectionCommand::TrustServer(None)));
    alice.wait_for_account("should be refused again", |state| {
        matches!(state, AccountState::Refused(SignInFailure::CertificateRefused { .. }))
    });
}

#[test]
fn a_trusted_key_is_renewed_quietly_by_its_authority_and_by_nobody_else() {
    let mut server = Prosody::start();
    let profile = Scratch::new("renewal");
    let setup = Setup { authorities: Vec::new(), ..Setup::keeper("alice", &server, &profile) };
    let alice = Person::start(&setup);
    alice.open_vault(&setup);
    alice.ask_to_sign_in(&setup);
    let offered = alice.wait_for("a key should be offered", |event| match event {
        Event::Account(
            _,
            AccountEvent::State(AccountState::Refused(SignInFailure::CertificateRefused {
                key,
                ..
            })),
        ) => *key,
        _ => None,
    });
    assert!(offered.issuer.is_some());
    let account = alice.with("bob").id().account.clone();
    alice.command(Command::Connection(account, ConnectionCommand::TrustServer(Some(offered))));
    alice.wait_until_online();
    drop(alice);

    server.stop();
    server.certificates().renew();
    server.start_again();
    let alice = Person::come_back(&setup);
    alice.wait_until_online();
    let renewed = alice.wait_for("the key should be told", |event| match event {
        Event::Account(_, AccountEvent::Secured(security)) => security.key,
        _ => None,
    });
    assert_ne!(renewed, offered.key);
    drop(alice);

    server.stop();
    server.certificates().replace();
    server.start_again();
    let alice = Person::come_back(&setup);
    let refused = alice.wait_for_account("should be refused", |state| {
        matches!(state, AccountState::Refused(SignInFailure::KeyChanged { .. }))
    });
    let AccountState::Refused(SignInFailure::KeyChanged { trusted, .. }) = refused else {
        panic!("not refused");
    };
    assert_eq!(trusted, renewed, "it has taken the place of the first");
}

#[test]
fn an_account_is_made_and_used_where_only_the_key_is_trusted() {
    let server = Prosody::with(Options { modules: &["register"], ..Options::default() });
    let profile = Scratch::new("new");
    let keeper = Setup::keeper("carol", &server, &profile);
    let setup = Setup { authorities: Vec::new(), password: "a new password".into(), ..keeper };
    let carol = Person::start(&setup);
    carol.open_vault(&setup);
    let open = |trusted_key: Option<PinnedKey>| {
        carol.command(Command::Registration(RegistrationCommand::Open {
            domain: "localhost".parse().expect("a JID"),
            server: setup.server.clone(),
            route: Route::Direct,
            trusted_key: trusted_key.map(Box::new),
        }));
    };
    open(None);
    let offered = carol.wait_for("a key should be offered", |event| match event {
        Event::Registration(Registration::Failed(RegistrationFailure::Untrusted(
            SignInFailure::CertificateRefused { key, .. },
        ))) => *key,
        _ => None,
    });
    open(Some(offered));
    let mut form: Form = carol.wait_for("a form should come", |event| match event {
        Event::Registration(Registration::Form(form)) => Some(form.clone()),
        _ => None,
    });
    assert!(form.fill("username", "carol") && form.fill("password", &setup.password));
    carol.command(Command::Registration(RegistrationCommand::Submit(form)));
    carol.wait_for("there should be an account", |event| {
        matches!(event, Event::Registration(Registration::Done)).then_some(())
    });
    carol.ask_to_sign_in(&Setup { trusted_key: Some(offered), ..setup.clone() });
    carol.wait_until_online();
    drop(carol);

    let carol = Person::come_back(&setup);
    carol.wait_until_online();
}
