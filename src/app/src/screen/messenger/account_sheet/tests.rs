//! The sheet of an account as a person meets it.

use engine::{AccountState, RequestFailure, Route, Secret, Security, Server, SignInFailure, Via};
use iced_test::Simulator;

use super::super::account::ConnectionSettings;
use super::*;

fn jid(text: &str) -> BareJid {
    text.parse().unwrap()
}

fn known() -> Account {
    let (server, route) = (Server::Discover, Route::Direct);
    Account {
        state: AccountState::Online,
        connection: Some(ConnectionSettings { server, route, key_is_pinned: true }),
        security: Some(Security {
            via: Via::Tor,
            tls: engine::TlsVersion::V1_3,
            key: None,
            strength: "SCRAM-SHA-256-PLUS".parse().unwrap(),
        }),
        blocked: Some(vec![jid("eve@example.net")]),
        ..Account::default()
    }
}

fn sheet() -> AccountSheet {
    AccountSheet::new(jid("me@example.org"))
}

fn look<'a>(sheet: &'a AccountSheet, known: &'a Account) -> Simulator<'a, Message> {
    let view = sheet.view(known, Availability::Online);
    Simulator::with_size(iced::Settings::default(), [560.0, 1600.0], view)
}

fn shows(sheet: &AccountSheet, words: &str) -> bool {
    look(sheet, &known()).find(words).is_ok()
}

fn press(sheet: &mut AccountSheet, known: &Account, label: &str) -> Action {
    let mut ui = look(sheet, known);
    ui.click(label).unwrap();
    let message = ui.into_messages().next().unwrap();
    sheet.update(message, known)
}

fn command(action: Action) -> Command {
    let Action::Command(command) = action else { panic!("{action:?}") };
    command
}

#[test]
fn the_stream_is_shown_only_while_it_is_watched_and_never_at_first() {
    let mut sheet = sheet();
    let pass = |sheet: &mut AccountSheet, words: &str| {
        let xml = format!("<message><body>{words}</body></message>\n");
        let (account, direction) = (jid("me@example.org"), engine::Flow::In);
        sheet.observe(&Event::Account(
            account,
            AccountEvent::Traffic { direction, xml, dropped: 0 },
        ));
    };
    let _ = press(&mut sheet, &known(), &t!("console"));
    assert!(sheet.watches(&jid("me@example.org")) && !sheet.watches(&jid("eve@example.net")));
    assert!(shows(&sheet, &t!("console-warning")));
    pass(&mut sheet, "unasked");
    let told = command(press(&mut sheet, &known(), &t!("console-hidden")));
    let Command::Account(_, AccountCommand::SetConsole(console)) = told else { panic!("{told:?}") };
    assert_eq!(console, engine::Console::Hidden);
    pass(&mut sheet, "…");
    assert!(shows(&sheet, "<message><body>…</body></message>"));
    assert!(!shows(&sheet, "<message><body>unasked</body></message>"));
    let _ = press(&mut sheet, &known(), &t!("back"));
    assert!(!sheet.watches(&jid("me@example.org")));
}

#[test]
fn what_contacts_learn_is_a_choice() {
    let mut sheet = sheet();
    let told = command(press(&mut sheet, &known(), &t!("privacy-writing")));
    let Command::Account(_, AccountCommand::SetPrivacySettings(manners)) = told else {
        panic!("{told:?}")
    };
    assert_eq!(manners, PrivacySettings { writing: true, ..PrivacySettings::default() });
    let told = command(press(&mut sheet, &known(), &t!("privacy-receipts")));
    let Command::Account(_, AccountCommand::SetPrivacySettings(manners)) = told else {
        panic!("{told:?}")
    };
    assert_eq!(manners, PrivacySettings { receipts: false, ..PrivacySettings::default() });
    let told = command(press(&mut sheet, &known(), &t!("privacy-pictures")));
    let Command::Account(_, AccountCommand::SetPrivacySettings(manners)) = told else {
        panic!("{told:?}")
    };
    assert_eq!(manners, PrivacySettings { pictures: false, ..PrivacySettings::default() });
}

#[test]
fn protection_is_told_in_words_and_names_only_on_request() {
    let mut sheet = sheet();
    assert!(shows(&sheet, &t!("secured-tor")) && shows(&sheet, &t!("secured-bound")));
    let names = t!("secured-details", tls = "TLS 1.3", how = "SCRAM-SHA-256-PLUS");
    assert!(!shows(&sheet, &names));
    let _ = press(&mut sheet, &known(), &t!("details"));
    assert!(shows(&sheet, &names));
}

#[test]
fn our_own_status_is_chosen_here() {
    for (label, wanted) in [
        (t!("presence-away"), Availability::Away),
        (t!("presence-busy"), Availability::Busy),
        (t!("presence-invisible"), Availability::Offline),
    ] {
        let told = command(press(&mut sheet(), &known(), &label));
        assert!(matches!(told, Command::Set(Setting::Availability(shown)) if shown == wanted));
    }
}

#[test]
fn a_way_is_changed_and_its_fields_stay_until_it_is_taken() {
    let mut sheet = sheet();
    let _ = press(&mut sheet, &known(), &t!("change"));
    let _ = press(&mut sheet, &known(), &t!("route-tor-required"));
    let told = command(press(&mut sheet, &known(), &t!("route-apply")));
    assert!(matches!(
        told,
        Command::Connection(_, ConnectionCommand::Move { route: Route::TorRequired(_), .. })
    ));
    sheet.command_rejected();
    assert!(shows(&sheet, &t!("route-title")) && sheet.holds_text());
    sheet.observe(&Event::Account(
        jid("me@example.org"),
        AccountEvent::Place {
            server: Server::Discover,
            route: Route::Direct,
            key_is_pinned: false,
        },
    ));
    assert!(!shows(&sheet, &t!("route-title")));
}

#[test]
fn a_trusted_key_is_given_up_for_certificates() {
    let told = command(press(&mut sheet(), &known(), &t!("trust-give-up")));
    assert!(matches!(told, Command::Connection(_, ConnectionCommand::TrustServer(None))));
}

#[test]
fn a_new_password_is_typed_twice_and_kept_until_the_server_has_it() {
    let mut sheet = sheet();
    let _ = press(&mut sheet, &known(), &t!("change-password"));
    let secret = |text: &str| Secret::new(text.to_owned());
    let _ = sheet.update(Message::Password(password::Message::New(secret("new one"))), &known());
    let _ = sheet.update(Message::Password(password::Message::Submit), &known());
    assert!(shows(&sheet, &t!("passphrase-different")));
    let _ = sheet.update(Message::Password(password::Message::Again(secret("new one"))), &known());
    let submit = || Message::Password(password::Message::Submit);
    let told = command(sheet.update(submit(), &known()));
    assert!(matches!(
        told,
        Command::Account(_, AccountCommand::ChangePassword(password)) if password.expose() == "new one"
    ));
    assert!(matches!(sheet.update(submit(), &known()), Action::None), "it is asked once");

    let changed =
        |result| Event::Account(jid("me@example.org"), AccountEvent::PasswordChanged(result));
    sheet.observe(&changed(Err(RequestFailure::TimedOut)));
    assert!(shows(&sheet, &t!("not-done-unsure")));
    let again = command(sheet.update(submit(), &known()));
    assert!(
        matches!(again, Command::Account(_, AccountCommand::ChangePassword(_))),
        "what was typed is still there"
    );
    sheet.observe(&changed(Ok(())));
    assert!(shows(&sheet, &t!("change-password-done")));
}

#[test]
fn people_who_are_blocked_are_named_and_let_through() {
    let mut sheet = sheet();
    assert!(shows(&sheet, "eve@example.net"));
    let told = command(press(&mut sheet, &known(), &t!("chat-unblock")));
    assert!(
        matches!(told, Command::Contact(chat, ContactCommand::Unblock) if chat.contact == jid("eve@example.net"))
    );
}

#[test]
fn removing_the_account_says_what_is_lost_and_asks_once_more() {
    let mut sheet = sheet();
    assert!(matches!(press(&mut sheet, &known(), &t!("remove-account")), Action::None));
    assert!(shows(&sheet, &t!("remove-account-about", account = "me@example.org")));
    let told = command(press(&mut sheet, &known(), &t!("remove-account-yes")));
    assert!(matches!(told, Command::Account(_, AccountCommand::Delete)));
    let failure = RequestFailure::Offline;
    sheet.observe(&Event::Account(jid("me@example.org"), AccountEvent::NotDeleted(failure)));
    assert!(shows(&sheet, &t!("not-done-offline")));
}

#[test]
fn a_refusal_is_decided_here() {
    let strength = |name: &str| name.parse().unwrap();
    let (known_before, offered) = (strength("SCRAM-SHA-256"), Some(strength("SCRAM-SHA-1")));
    let failure = SignInFailure::Downgraded { known: known_before, offered };
    let known = Account { state: AccountState::Refused(failure), ..Account::default() };
    let told = command(press(&mut sheet(), &known, &t!("weaker-accept")));
    assert!(matches!(told, Command::Connection(_, ConnectionCommand::AcceptWeaker)));
    let told = command(press(&mut sheet(), &known, &t!("try-again")));
    assert!(matches!(told, Command::Connection(_, ConnectionCommand::Reconnect)));
}
