//! From the start to the conversations, without an engine.

mod asks;
mod desk;
mod focus;
mod keys;
mod list;
mod small;
mod untrusted;

use std::cell::RefCell;
use std::rc::Rc;

use engine::{
    AccountState, ImportCommand, ImportEvent, PracticeCommand, Registration, RegistrationCommand,
    SignInFailure, VaultCommand, VaultFailure,
};
use iced_test::simulator;

use super::*;
use crate::screen::onboarding::{sign_in, start};

type Told = Rc<RefCell<Vec<Command>>>;

struct Window {
    app: App,
    id: window::Id,
    told: Told,
}

impl Window {
    fn open(beginning: StartMode) -> Self {
        let told = Told::default();
        let pen = Rc::clone(&told);
        let tell = Box::new(move |command| {
            pen.borrow_mut().push(command);
            None
        });
        let (mut app, _) = App::boot(tell, beginning);
        assert!(told.borrow().is_empty(), "nothing is opened before there is a window");
        let id = *app.windows.keys().next().unwrap();
        let _ = app.update(Message::Opened(id));
        Self { app, id, told }
    }

    fn event(&mut self, event: Event) {
        let _ = self.app.update(Message::Events(vec![event]));
    }

    fn state(&mut self, account: &str, state: AccountState) {
        self.event(Event::Account(account.parse().unwrap(), AccountEvent::State(state)));
    }

    fn press(&mut self, label: &str) {
        let mut ui = simulator(self.app.view(self.id));
        ui.click(label).unwrap();
        for message in ui.into_messages().collect::<Vec<_>>() {
            let _ = self.app.update(message);
        }
    }

    fn type_into(&mut self, field: iced::widget::Id, typed: &str) {
        let mut ui = simulator(self.app.view(self.id));
        ui.click(field).unwrap();
        let _ = ui.typewrite(typed);
        for message in ui.into_messages().collect::<Vec<_>>() {
            let _ = self.app.update(message);
        }
    }

    fn key(&mut self, shortcut: Shortcut) {
        let _ = self.app.update(Message::Key(self.id, shortcut));
    }

    fn shows(&self, words: &str) -> bool {
        simulator(self.app.view(self.id)).find(words).is_ok()
    }

    fn last_told(&self) -> Command {
        self.told.borrow().last().unwrap().clone()
    }
}

fn vault_open(accounts: &[&str]) -> Event {
    Event::Vault(VaultEvent::Opened {
        accounts: accounts.iter().map(|a| a.parse().unwrap()).collect(),
    })
}

#[test]
fn the_keyring_is_asked_first_and_quietly() {
    let window = Window::open(StartMode::Keyring);
    assert!(matches!(window.last_told(), Command::Vault(VaultCommand::Open(VaultChoice::Keyring))));
    assert!(window.shows(&t!("opening")));
}

#[test]
fn a_sealed_profile_asks_the_person_first() {
    let mut window = Window::open(StartMode::Sealed);
    assert!(window.told.borrow().is_empty());
    window.type_into(id::PASSPHRASE, "correct horse");
    window.press(&t!("vault-open"));
    assert!(matches!(
        window.last_told(),
        Command::Vault(VaultCommand::Open(VaultChoice::Sealed { passphrase })) if passphrase.expose() == "correct horse"
    ));
}

#[test]
fn escape_goes_back_from_a_passphrase_to_the_ways() {
    let mut window = Window::open(StartMode::Keyring);
    window.event(Event::Vault(VaultEvent::Failed(VaultFailure::NoKeyring)));
    window.press(&t!("vault-protect"));
    assert!(window.shows(&t!("vault-protect-title")));
    window.key(Shortcut::Escape);
    assert!(window.shows(&t!("vault-title")));
    // Not from under what is being opened.
    let mut window = Window::open(StartMode::Sealed);
    window.type_into(id::PASSPHRASE, "correct horse");
    window.press(&t!("vault-open"));
    window.key(Shortcut::Escape);
    assert!(window.shows(&t!("vault-ask-title")));
}

#[test]
fn a_vault_that_does_not_open_lets_the_person_choose() {
    let mut window = Window::open(StartMode::Keyring);
    window.event(Event::Vault(VaultEvent::Failed(VaultFailure::NoKeyring)));
    assert!(window.shows(&t!("vault-no-keyring")));
    window.press(&t!("vault-session"));
    assert!(matches!(window.last_told(), Command::Vault(VaultCommand::Open(VaultChoice::Memory))));
    window.event(vault_open(&[]));
    assert!(window.shows(&t!("start-title")));
}

#[test]
fn a_newcomer_signs_in() {
    let mut window = Window::open(StartMode::Keyring);
    window.event(vault_open(&[]));
    window.press(&t!("start-sign-in"));
    window.type_into(id::ADDRESS, "alice@example.org");
    window.type_into(id::PASSWORD, "secret");
    window.press(&t!("sign-in"));
    assert!(matches!(window.last_told(), Command::Connection(_, ConnectionCommand::SignIn { .. })));

    window.state("alice@example.org", AccountState::Connecting);
    window.state("alice@example.org", AccountState::Refused(SignInFailure::WrongPassword));
    assert!(window.shows(&t!("refused-wrong-password")));
    window.press(&t!("try-again"));
    window.state("alice@example.org", AccountState::Online);
    assert!(window.shows(&t!("empty-title")));
    assert!(window.shows("alice@example.org"));
}

#[test]
fn turning_away_from_a_failed_attempt_forgets_the_account() {
    let mut window = Window::open(StartMode::Keyring);
    window.event(vault_open(&[]));
    window.press(&t!("start-sign-in"));
    window.type_into(id::ADDRESS, "alice@example.org");
    window.type_into(id::PASSWORD, "secret");
    window.press(&t!("sign-in"));
    window.state("alice@example.org", AccountState::Refused(SignInFailure::NoTls));
    window.key(Shortcut::Escape);
    assert!(matches!(window.last_told(), Command::Connection(_, ConnectionCommand::SignOut)));
    assert!(window.shows(&t!("start-title")));
}

#[test]
fn known_accounts_go_straight_to_the_conversations() {
    let mut window = Window::open(StartMode::Keyring);
    window.event(vault_open(&["alice@example.org"]));
    assert!(window.shows(&t!("account-connecting")));
}

#[test]
fn an_account_of_another_program_is_imported_and_then_signed_in() {
    let mut window = Window::open(StartMode::Keyring);
    window.event(vault_open(&[]));
    window.press(&t!("start-import"));
    assert!(matches!(
        window.last_told(),
        Command::Import(ImportCommand::Scan { passphrase: None })
    ));
    let id = engine::ImportId {
        program: engine::Program::Pidgin,
        account: "alice@example.org".parse().unwrap(),
    };
    let server =
        engine::Server::At { host: "xmpp.example.org".to_owned(), port: 5223, direct_tls: true };
    let found = engine::ImportableAccount {
        id: id.clone(),
        server: server.clone(),
        has_password: true,
        key: None,
        contact_keys: 0,
        verified: 0,
        has_key_here: false,
    };
    window.event(Event::Import(ImportEvent::Found { accounts: vec![found], troubles: Vec::new() }));
    window.press(&t!("import-bring"));
    assert!(
        matches!(window.last_told(), Command::Import(ImportCommand::Import(asked)) if asked == id)
    );
    let password = Some(engine::Secret::new("secret".to_owned()));
    window.event(Event::Import(ImportEvent::Imported {
        id,
        server: server.clone(),
        route: Some(engine::Route::Direct),
        password,
        own_key: true,
    }));
    assert!(window.shows("xmpp.example.org:5223"));
    assert!(window.shows("The keys from Pidgin are here now."));
    assert!(
        matches!(window.last_told(), Command::Import(ImportCommand::Discard)),
        "nothing is sent by itself"
    );
    window.press(&t!("sign-in"));
    let Command::Connection(account, ConnectionCommand::SignIn { password, server: there, .. }) =
        window.last_told()
    else {
        panic!("not signed in");
    };
    assert_eq!(account.to_string(), "alice@example.org");
    assert_eq!((password.expose(), there), ("secret", server));
}

#[test]
fn another_account_is_added_in_any_way_or_not_at_all() {
    let mut window = Window::open(StartMode::Keyring);
    window.event(vault_open(&["alice@example.org"]));
    let _ = window.app.update(Message::Messenger(messenger::Message::AddAccount));
    assert!(window.shows(&t!("start-register")));
    window.press(&t!("start-import"));
    window.key(Shortcut::Escape);
    assert!(matches!(window.last_told(), Command::Import(ImportCommand::Discard)));
    assert!(window.shows(&t!("start-sign-in")));
    window.key(Shortcut::Escape);
    assert!(window.shows(&t!("account-connecting")));
}

#[test]
fn practice_starts_from_the_first_screen_and_leads_back_to_it() {
    let mut window = Window::open(StartMode::Keyring);
    window.event(vault_open(&[]));
    window.press(&t!("start-practice"));
    assert!(matches!(
        window.last_told(),
        Command::Practice(PracticeCommand::Start(script)) if !script.replies.is_empty()
    ));
    // As the engine tells it: the key of an account comes before anything else of it.
    window.event(Event::Account(
        "you@practice.invalid".parse().unwrap(),
        AccountEvent::OwnKey(engine::Fingerprint::V3([7; 20])),
    ));
    window.state("you@practice.invalid", AccountState::Connecting);
    window.state("you@practice.invalid", AccountState::Online);
    assert!(window.shows(&t!("practice-title")));
    window.event(Event::Account(
        "you@practice.invalid".parse().unwrap(),
        AccountEvent::Roster(vec![engine::ContactInfo {
            contact: "partner@practice.invalid".parse().unwrap(),
            name: Some("Robin".to_owned()),
            availability: engine::Availability::Online,
            subscription: engine::Subscription::Both,
            blocked: false,
            groups: Vec::new(),
        }]),
    ));
    assert!(matches!(window.last_told(), Command::Chat(_, ChatCommand::Open)));
    // An account that was started again knows nothing of what is looked at.
    window.state("you@practice.invalid", AccountState::Connecting);
    let told = window.told.borrow().len();
    window.state("you@practice.invalid", AccountState::Online);
    assert_eq!(window.told.borrow().len(), told + 1);
    assert!(matches!(window.last_told(), Command::Chat(_, ChatCommand::Open)));
    window.event(Event::Account("you@practice.invalid".parse().unwrap(), AccountEvent::Removed));
    assert!(window.shows(&t!("start-title")));
}

#[test]
fn practice_can_be_asked_for_on_the_command_line() {
    let mut window = Window::open(StartMode::Practice);
    assert!(matches!(window.last_told(), Command::Vault(VaultCommand::Open(VaultChoice::Memory))));
    window.event(vault_open(&[]));
    assert!(matches!(window.last_told(), Command::Practice(PracticeCommand::Start(_))));
}

#[test]
fn a_command_that_is_not_taken_leaves_everything_typed() {
    let (mut app, _) = App::boot(Box::new(Some), StartMode::Keyring);
    let id = *app.windows.keys().next().unwrap();
    let _ = app.update(Message::Events(vec![vault_open(&[])]));
    let _ = app.update(Message::Onboarding(onboarding::Message::Start(start::Message::SignIn)));
    for message in [
        sign_in::Message::Address("alice@example.org".to_owned()),
        sign_in::Message::Password(engine::Secret::new("secret".to_owned())),
        sign_in::Message::Submit,
    ] {
        let _ = app.update(Message::Onboarding(onboarding::Message::SignIn(message)));
    }
    let mut ui = simulator(app.view(id));
    assert!(ui.find(t!("engine-busy").as_str()).is_ok());
    assert!(ui.find("alice@example.org").is_ok());
}

#[test]
fn the_text_grows_and_shrinks_within_bounds() {
    let mut window = Window::open(StartMode::Keyring);
    for _ in 0..100 {
        window.key(Shortcut::ZoomIn);
    }
    assert!((window.app.scale(window.id) - 2.5).abs() < f32::EPSILON);
    for _ in 0..100 {
        window.key(Shortcut::ZoomOut);
    }
    assert!((window.app.scale(window.id) - 0.7).abs() < f32::EPSILON);
    window.key(Shortcut::ResetZoom);
    assert!((window.app.scale(window.id) - 1.0).abs() < f32::EPSILON);
}

#[test]
fn the_size_of_text_is_kept_for_the_next_start() {
    let mut window = Window::open(StartMode::Keyring);
    window.event(vault_open(&[]));
    window.key(Shortcut::ZoomIn);
    assert!(matches!(window.last_told(), Command::Set(Setting::TextSize(110))));

    let mut window = Window::open(StartMode::Keyring);
    window.event(vault_open(&[]));
    window.event(Event::Setting(Setting::TextSize(150)));
    assert!((window.app.scale(window.id) - 1.5).abs() < f32::EPSILON);

    // What is chosen on the first screen is chosen.
    let mut window = Window::open(StartMode::Keyring);
    window.key(Shortcut::ZoomIn);
    window.event(vault_open(&[]));
    assert!(matches!(window.last_told(), Command::Set(Setting::TextSize(110))));
    window.event(Event::Setting(Setting::TextSize(150)));
    assert!((window.app.scale(window.id) - 1.1).abs() < f32::EPSILON);
}

#[test]
fn a_session_that_keeps_nothing_says_so_beside_the_accounts() {
    let mut window = Window::open(StartMode::Keyring);
    window.event(vault_open(&["alice@example.org"]));
    assert!(!window.shows(&t!("keeps-nothing")));
    window.event(Event::Vault(VaultEvent::KeepsNothing));
    assert!(window.shows(&t!("keeps-nothing")));
}

#[test]
fn the_key_codes_have_one_window_of_their_own() {
    let mut window = Window::open(StartMode::Keyring);
    window.event(vault_open(&["alice@example.org"]));
    window.press(&t!("key-codes"));
    window.press(&t!("key-codes"));
    assert_eq!(window.app.windows.len(), 2);
    let other = *window.app.windows.iter().find(|(_, kind)| **kind == WindowKind::Keys).unwrap().0;
    assert_ne!(window.app.title(other), window.app.title(window.id));
    let _ = window.app.update(Message::Closed(other));
    assert_eq!(window.app.windows.len(), 1);
}

#[test]
fn the_engine_is_told_when_somebody_begins_and_stops_to_look() {
    let mut window = Window::open(StartMode::Keyring);
    let (main, keys) = (window.id, window::Id::unique());
    for (id, focused) in [(main, true), (keys, true), (main, false), (keys, false)] {
        let _ = window.app.update(Message::Focus(id, focused));
    }
    let told: Vec<bool> = window
        .told
        .borrow()
        .iter()
        .filter_map(|command| {
            let Command::SetActive(active) = command else { return None };
            Some(*active)
        })
        .collect();
    assert_eq!(told, [true, false]);
}

#[test]
fn a_newcomer_makes_an_account() {
    let mut window = Window::open(StartMode::Keyring);
    window.event(vault_open(&[]));
    window.press(&t!("start-register"));
    window.type_into(id::DOMAIN, "example.org");
    window.press(&t!("register-ask"));
    assert!(matches!(window.last_told(), Command::Registration(RegistrationCommand::Open { .. })));
    window
        .event(Event::Registration(Registration::Failed(engine::RegistrationFailure::NotOffered)));
    assert!(window.shows(&t!("register-not-offered")));
    window.key(Shortcut::Escape);
    assert!(window.shows(&t!("start-title")));
}

#[test]
fn a_stream_that_nobody_watches_is_not_shown_on() {
    let mut window = Window::open(StartMode::Keyring);
    window.event(vault_open(&["alice@example.org"]));
    let (account, direction) = ("alice@example.org".parse().unwrap(), engine::Flow::In);
    window.event(Event::Account(
        account,
        AccountEvent::Traffic { direction, xml: "<r/>".to_owned(), dropped: 0 },
    ));
    let told = window.last_told();
    assert!(
        matches!(told, Command::Account(_, AccountCommand::SetConsole(engine::Console::Off))),
        "{told:?}"
    );
}
