//! What other programs keep, as a person meets it.

use engine::{Fingerprint, Server};
use iced_test::simulator;

use super::*;

fn id(program: Program) -> ImportId {
    ImportId { program, account: "alice@example.org".parse().unwrap() }
}

fn account() -> ImportableAccount {
    ImportableAccount {
        id: id(Program::Pidgin),
        server: Server::Discover,
        has_password: true,
        key: Some(Fingerprint::V3([0xAB; 20])),
        contact_keys: 3,
        verified: 2,
        has_key_here: false,
    }
}

fn with(accounts: Vec<ImportableAccount>, troubles: Vec<(Program, ImportError)>) -> Import {
    let mut screen = Import::default();
    let _ = screen.look();
    screen.found(accounts, troubles);
    screen
}

fn shows(screen: &Import, words: &str) -> bool {
    simulator(screen.view()).find(words).is_ok()
}

fn click(screen: &mut Import, words: &str) -> Action {
    let messages: Vec<_> = {
        let mut ui = simulator(screen.view());
        ui.click(words).unwrap();
        ui.into_messages().collect()
    };
    messages.into_iter().map(|message| screen.update(message)).last().unwrap_or(Action::None)
}

#[test]
fn each_account_says_what_comes_along() {
    let screen = with(vec![account()], Vec::new());
    for words in [
        "alice@example.org",
        "From Pidgin",
        "Its own key comes along, so that contacts know you by it.",
        "3 keys of contacts, 2 of them verified.",
        "Its password comes along.",
    ] {
        assert!(shows(&screen, words), "{words}");
    }
    let poor = ImportableAccount { has_password: false, key: None, contact_keys: 0, ..account() };
    let screen = with(vec![poor], Vec::new());
    assert!(shows(&screen, "It has no key of its own there."));
    assert!(shows(&screen, "Its password is not kept there so that it can be read."));
    let here = ImportableAccount { has_key_here: true, contact_keys: 1, verified: 0, ..account() };
    let screen = with(vec![here], Vec::new());
    assert!(shows(&screen, "It has a key in Sotto already, which stays."));
    assert!(shows(&screen, "One key of a contact, not verified."));
}

#[test]
fn one_is_brought_over_at_a_time_and_a_failure_is_told() {
    let other = ImportableAccount { id: id(Program::Gajim), ..account() };
    let mut screen = with(vec![account(), other], Vec::new());
    let Action::Command(Command::Import(ImportCommand::Import(asked))) =
        click(&mut screen, "Bring over")
    else {
        panic!("not asked");
    };
    assert_eq!(asked, id(Program::Pidgin));
    assert!(shows(&screen, "Bringing over…"));
    assert!(matches!(click(&mut screen, "Bring over"), Action::None), "one at a time");
    screen.not_saved(&VaultFailure::DiskFull);
    assert!(shows(&screen, &error_text::not_saved(&VaultFailure::DiskFull)));
    assert!(matches!(click(&mut screen, "Bring over"), Action::Command(_)));
}

#[test]
fn what_was_not_read_is_told_and_what_is_sealed_can_be_opened() {
    let troubles = vec![
        (Program::Pidgin, ImportError::Damaged),
        (Program::Gajim, ImportError::Unreadable),
        (Program::CoyIm, ImportError::Sealed),
    ];
    let mut screen = with(Vec::new(), troubles.clone());
    for words in [
        "Something of Pidgin is damaged. What could be read is shown.",
        "Something of Gajim could not be read, as if it were another user's.",
        "What CoyIM keeps is locked with a passphrase.",
    ] {
        assert!(shows(&screen, words), "{words}");
    }
    let _ = screen.update(Message::Passphrase(Secret::new("wrong".to_owned())));
    let Action::Command(Command::Import(ImportCommand::Scan { passphrase: Some(passphrase) })) =
        click(&mut screen, "Open")
    else {
        panic!("not asked");
    };
    assert_eq!(passphrase.expose(), "wrong");
    screen.found(Vec::new(), troubles);
    assert!(shows(&screen, "The passphrase does not open what CoyIM keeps."));
}

#[test]
fn nothing_found_is_said() {
    let mut screen = Import::default();
    let _ = screen.look();
    assert!(shows(&screen, "Looking…"));
    screen.found(Vec::new(), Vec::new());
    assert!(shows(&screen, "Nothing found of Pidgin, Gajim, Profanity, Psi or CoyIM."));
    assert!(matches!(
        click(&mut screen, "Look again"),
        Action::Command(Command::Import(ImportCommand::Scan { passphrase: None }))
    ));
}
