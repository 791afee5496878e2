//! Making an account as a person meets it.

use base64::Engine as _;
use engine::{CertificateProblem, Choice, Field, FieldKind, Picture, SignInFailure};
use iced_test::Simulator;

use super::*;

fn field(name: &str, kind: FieldKind) -> Field {
    Field {
        name: name.to_owned(),
        label: None,
        kind,
        required: false,
        values: Vec::new(),
        choices: Vec::new(),
        picture: None,
    }
}

fn usual() -> Vec<Field> {
    let needed = |name, kind| Field { required: true, ..field(name, kind) };
    vec![needed("username", FieldKind::Text), needed("password", FieldKind::Secret)]
}

/// A whole form is made by a server only; its fields are what is shown.
fn opened(fields: Vec<Field>) -> Register {
    let mut screen = Register::default();
    let _ = screen.update(Message::Domain(" example.org ".to_owned()));
    let Action::Command(Command::Registration(RegistrationCommand::Open { domain, .. })) =
        screen.update(Message::Submit)
    else {
        panic!("no command");
    };
    assert_eq!(domain.to_string(), "example.org");
    screen.show(Fields::new(fields, None));
    screen
}

fn answers(screen: &Register) -> Vec<String> {
    let answers = screen.fields.as_ref().unwrap().answers();
    answers.iter().map(|field| field.values.join("|")).collect()
}

fn look(screen: &Register) -> Simulator<'_, Message> {
    Simulator::with_size(iced::Settings::default(), [800.0, 1400.0], screen.view())
}

fn shows(screen: &Register, words: &str) -> bool {
    look(screen).find(words).is_ok()
}

fn type_into(screen: &mut Register, index: usize, text: &str) {
    let mut ui = look(screen);
    ui.click(fields::id(index)).unwrap();
    let _ = ui.typewrite(text);
    for message in ui.into_messages().collect::<Vec<_>>() {
        let _ = screen.update(message);
    }
}

fn press(screen: &mut Register, label: &str) -> Action {
    let mut ui = look(screen);
    ui.click(label).unwrap();
    let messages: Vec<_> = ui.into_messages().collect();
    messages.into_iter().map(|message| screen.update(message)).last().unwrap()
}

#[test]
fn a_server_must_look_like_one() {
    let mut screen = Register::default();
    let _ = screen.update(Message::Domain("me@example.org".to_owned()));
    assert!(matches!(screen.update(Message::Submit), Action::Task(_)));
    assert!(shows(&screen, &t!("register-domain-wrong")));
}

#[test]
fn a_port_alone_is_one_of_the_server_that_was_named() {
    let mut screen = Register::default();
    let _ = screen.update(Message::Domain(" example.org ".to_owned()));
    let _ = screen.update(Message::Connection(connection_form::Message::Port("5299".to_owned())));
    assert!(shows(&screen, "example.org:5299"));
    let Action::Command(Command::Registration(RegistrationCommand::Open { server, .. })) =
        screen.update(Message::Submit)
    else {
        panic!("no command");
    };
    let host = "example.org".to_owned();
    assert_eq!(server, engine::Server::At { host, port: 5299, direct_tls: false });
}

#[test]
fn a_form_is_filled_in_and_then_signs_in_with_what_was_typed() {
    let mut screen = opened(usual());
    assert!(shows(&screen, &t!("field-required", label = t!("field-username"))));
    assert!(matches!(press(&mut screen, &t!("register-yes")), Action::Task(_)));
    assert!(shows(&screen, &t!("field-missing")));
    type_into(&mut screen, 0, "alice");
    type_into(&mut screen, 1, "secret");
    assert_eq!(answers(&screen), ["alice", "secret"]);
    assert!(screen.fields.as_ref().unwrap().missing().is_none());
    assert!(!format!("{screen:?}").contains("secret"));
    let Action::SignIn { address, password, .. } = screen.observe(Registration::Done) else {
        panic!("not signed in");
    };
    assert_eq!((address.as_str(), password.expose()), ("alice@example.org", "secret"));
}

#[test]
fn a_refusal_is_told_in_place_and_nothing_typed_is_lost() {
    let mut screen = opened(usual());
    type_into(&mut screen, 0, "alice");
    type_into(&mut screen, 1, "secret");
    let failures = [
        (RegistrationFailure::NameTaken, t!("register-name-taken")),
        (RegistrationFailure::NotOffered, t!("register-not-offered")),
        (
            RegistrationFailure::Elsewhere { url: "https://example.org".to_owned() },
            t!("register-on-website", url = "https://example.org"),
        ),
    ];
    for (failure, words) in failures {
        let _ = screen.observe(Registration::Failed(failure));
        assert!(shows(&screen, &words));
        assert!(shows(&screen, "alice"));
    }
    assert_eq!(answers(&screen), ["alice", "secret"]);
}

/// A server that only its key speaks for, and that key.
fn untrusted() -> (RegistrationFailure, PinnedKey) {
    let (host, problem) = ("example.org".to_owned(), CertificateProblem::SelfSigned);
    let key: PinnedKey = "a".repeat(64).parse().unwrap();
    let failure = SignInFailure::CertificateRefused { host, problem, key: Some(key) };
    (RegistrationFailure::Untrusted(failure), key)
}

#[test]
fn a_server_nobody_vouches_for_is_trusted_by_its_key_here_and_when_signing_in() {
    let mut screen = Register::default();
    let _ = screen.update(Message::Domain("example.org".to_owned()));
    let _ = screen.update(Message::Submit);
    let (failure, key) = untrusted();
    let _ = screen.observe(Registration::Failed(failure));
    assert!(shows(&screen, &t!("refused-self-signed", host = "example.org")));
    assert!(!shows(&screen, &t!("trust-exactly")));
    let _ = press(&mut screen, &t!("details"));
    let asked = press(&mut screen, &t!("trust-exactly"));
    assert!(matches!(
        asked,
        Action::Command(Command::Registration(RegistrationCommand::Open { trusted_key: Some(trusted), .. }))
            if *trusted == key
    ));
    assert!(shows(&screen, &t!("asking-server")));
    screen.show(Fields::new(usual(), None));
    type_into(&mut screen, 0, "alice");
    type_into(&mut screen, 1, "secret");
    let Action::SignIn { trusted: Some((server, trusted)), .. } =
        screen.observe(Registration::Done)
    else {
        panic!("not signed in");
    };
    assert_eq!((server.to_string().as_str(), trusted), ("example.org", key));
}

#[test]
fn the_key_of_one_server_is_never_trusted_at_another() {
    let mut screen = Register::default();
    let _ = screen.update(Message::Domain("example.org".to_owned()));
    let _ = screen.update(Message::Submit);
    let (failure, key) = untrusted();
    let _ = screen.observe(Registration::Failed(failure));
    let _ = screen.update(Message::SignInError(sign_in_error::Message::Trust(key)));
    let (failure, _) = untrusted();
    let _ = screen.observe(Registration::Failed(failure));
    let _ = screen.update(Message::Domain("example.net".to_owned()));
    assert!(!shows(&screen, &t!("refused-self-signed", host = "example.org")));
    assert!(matches!(
        screen.update(Message::Submit),
        Action::Command(Command::Registration(RegistrationCommand::Open { trusted_key: None, .. }))
    ));
}

#[test]
fn every_kind_of_field_is_shown_and_answered() {
    let choices = || {
        ["a", "b"]
            .map(|value| Choice { label: Some(format!("Plan {value}")), value: value.to_owned() })
            .to_vec()
    };
    let values = |text: &str| vec![text.to_owned()];
    let mut screen = opened(vec![
        Field { values: values("not to be seen"), ..field("key", FieldKind::Hidden) },
        Field { values: values("Read this."), ..field("", FieldKind::Fixed) },
        field("agree", FieldKind::Boolean),
        Field { choices: choices(), ..field("one", FieldKind::One) },
        Field {
            choices: vec![Choice { label: None, value: "news".to_owned() }],
            ..field("several", FieldKind::Several)
        },
        field("about", FieldKind::Lines),
    ]);
    assert!(!shows(&screen, "not to be seen"));
    assert!(shows(&screen, "Read this."));
    let _ = press(&mut screen, "agree");
    let _ = press(&mut screen, "Plan b");
    let _ = press(&mut screen, "news");
    type_into(&mut screen, 5, "x");
    assert_eq!(answers(&screen), ["not to be seen", "Read this.", "true", "b", "news", "x"]);
}

#[test]
fn a_picture_is_good_for_one_answer_and_the_rest_of_the_form_stays() {
    let bytes = base64::engine::general_purpose::STANDARD.decode(crate::image::tests::PNG).unwrap();
    let with = |bytes: Vec<u8>| {
        let picture = Some(Picture { media_type: "image/png".to_owned(), bytes });
        let mut fields = usual();
        fields.push(Field { picture, ..field("ocr", FieldKind::Text) });
        fields
    };
    let mut screen = opened(with(bytes));
    assert!(!shows(&screen, &t!("picture-unreadable")));
    type_into(&mut screen, 0, "alice");
    type_into(&mut screen, 1, "secret");
    type_into(&mut screen, 2, "letters");
    let failed = Registration::Failed(RegistrationFailure::NameTaken);
    assert!(matches!(
        screen.observe(failed),
        Action::Command(Command::Registration(RegistrationCommand::RefreshForm))
    ));
    // But nobody asks a server again and again that cannot be trusted.
    let (failure, _) = untrusted();
    assert!(matches!(screen.observe(Registration::Failed(failure)), Action::None));
    let _ = screen.observe(Registration::Failed(RegistrationFailure::NameTaken));
    screen.show(Fields::new(with(b"no picture".to_vec()), screen.fields.as_ref()));
    assert!(shows(&screen, &t!("register-name-taken")), "why it failed is still told");
    assert!(shows(&screen, "alice") && !shows(&screen, "letters"));
    assert!(shows(&screen, &t!("picture-unreadable")));
    assert!(matches!(
        press(&mut screen, &t!("picture-again")),
        Action::Command(Command::Registration(RegistrationCommand::RefreshForm))
    ));
}

#[test]
fn back_leads_from_the_form_to_the_server_and_from_there_away() {
    let mut screen = opened(usual());
    assert!(matches!(
        screen.update(Message::Back),
        Action::Command(Command::Registration(RegistrationCommand::Close))
    ));
    assert!(shows(&screen, " example.org "));
    assert!(matches!(screen.update(Message::Back), Action::Back));
}
