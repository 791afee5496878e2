//! What can be done with a key, and what can't.

use std::time::SystemTime;

use engine::{Doubt, Trust};

use super::*;
use crate::test_support::Probe;

const KEY: Fingerprint = Fingerprint::V3([0x33; 20]);
const OTHER_KEY: Fingerprint = Fingerprint::V3([0x44; 20]);
const OURS: Fingerprint = Fingerprint::V3([0x55; 20]);

fn id(contact: &str) -> ChatId {
    ChatId { account: "alice@example.org".parse().unwrap(), contact: contact.parse().unwrap() }
}

fn row(contact: &str, fingerprint: Fingerprint, trust: Trust, in_use: bool) -> KeyRow {
    let at = SystemTime::now();
    KeyRow { chat: id(contact), fingerprint, trust, first_seen: at, last_seen: at, in_use }
}

fn keys(rows: Vec<KeyRow>) -> Keys {
    let mut keys = Keys::default();
    let account = id("bob@example.org").account;
    keys.observe(&Event::Account(account, AccountEvent::OwnKey(OURS)));
    keys.observe(&Event::Keys(rows));
    keys
}

fn verified() -> Trust {
    Trust::Verified { proof: Proof::Question, at: SystemTime::now() }
}

fn look(keys: &Keys) -> Probe<'_, Message> {
    Probe::new(keys.view())
}

fn click(keys: &mut Keys, words: &str) -> Action {
    let messages = look(keys).click(words);
    messages.into_iter().map(|message| keys.update(message)).last().unwrap_or(Action::None)
}

#[test]
fn a_key_is_shown_with_its_owner_code_and_history() {
    let keys = keys(vec![row("bob@example.org", KEY, verified(), true)]);
    let mut seen = look(&keys);
    for words in [
        "bob@example.org",
        "3333 3333 3333 3333 3333 3333 3333 3333 3333 3333",
        "Verified",
        "In use now",
        "Verified with a question · Today",
        "First seen: Today · Last seen: Today",
    ] {
        assert!(seen.shows(words), "{words}");
    }
}

#[test]
fn a_key_in_use_says_why_it_cannot_be_forgotten() {
    let rows = vec![row("bob@example.org", KEY, verified(), true)];
    assert!(look(&keys(rows)).shows(&t!("keys-forget-in-use")));
    let rows = vec![row("bob@example.org", KEY, verified(), false)];
    assert!(!look(&keys(rows)).shows(&t!("keys-forget-in-use")));
}

#[test]
fn the_name_we_gave_stands_above_the_address() {
    let mut keys = keys(vec![row("bob@example.org", KEY, Trust::First, false)]);
    let contacts = vec![engine::ContactInfo {
        contact: "bob@example.org".parse().unwrap(),
        name: Some("Bob".to_owned()),
        availability: engine::Availability::Offline,
        subscription: engine::Subscription::Both,
        blocked: false,
        groups: Vec::new(),
    }];
    keys.observe(&Event::Account(id("bob@example.org").account, AccountEvent::Roster(contacts)));
    assert!(look(&keys).shows("Bob"));
}

#[test]
fn comparing_verifies_exactly_the_key_that_was_shown() {
    let rows = vec![
        row("bob@example.org", KEY, verified(), false),
        row("carol@example.org", OTHER_KEY, Trust::First, false),
    ];
    let mut keys = keys(rows);
    let _ = click(&mut keys, "Compare");
    let mut seen = look(&keys);
    assert!(seen.shows("4444 4444") && seen.shows("5555 5555"));
    drop(seen);
    assert!(matches!(
        click(&mut keys, "They match"),
        Action::Command(Command::Chat(
            _,
            ChatCommand::SetTrust { fingerprint: OTHER_KEY, proof: Some(Proof::Compared), .. }
        ))
    ));
}

#[test]
fn codes_that_differ_are_explained() {
    let mut keys = keys(vec![row("bob@example.org", KEY, Trust::First, true)]);
    let _ = click(&mut keys, "Compare");
    assert!(matches!(
        click(&mut keys, "They differ"),
        Action::Command(Command::Chat(_, ChatCommand::DoubtKey(KEY)))
    ));
    let _ = click(&mut keys, "Done");
    assert!(!look(&keys).shows("Done"));
}

#[test]
fn withdrawing_trust_is_asked_back() {
    let mut keys = keys(vec![row("bob@example.org", KEY, verified(), true)]);
    assert!(matches!(click(&mut keys, "Withdraw trust"), Action::None));
    assert!(matches!(
        click(&mut keys, "Withdraw"),
        Action::Command(Command::Chat(
            _,
            ChatCommand::SetTrust { fingerprint: KEY, proof: None, .. }
        ))
    ));
}

#[test]
fn a_key_is_forgotten_only_when_confirmed_and_out_of_use() {
    let mut keys = keys(vec![row("bob@example.org", KEY, Trust::First, false)]);
    assert!(matches!(click(&mut keys, "Forget"), Action::None));
    assert!(matches!(
        click(&mut keys, "Forget this key"),
        Action::Command(Command::Chat(_, ChatCommand::ForgetKey(KEY)))
    ));

    keys.observe(&Event::Keys(vec![row("bob@example.org", KEY, Trust::First, true)]));
    assert!(look(&keys).click("Forget").is_empty());
    let forced = Message::Forget((id("bob@example.org"), KEY));
    assert!(matches!(keys.update(forced), Action::None));
}

#[test]
fn search_finds_names_addresses_and_pieces_of_codes() {
    let rows = vec![
        row("bob@example.org", KEY, Trust::First, false),
        row("carol@example.org", OTHER_KEY, Trust::First, false),
    ];
    let mut keys = keys(rows);
    for (search, bob, carol) in [
        ("BOB@", true, false),
        ("4444 4444", false, true),
        ("", true, true),
        ("nobody", false, false),
    ] {
        let _ = keys.update(Message::Searched(search.to_owned()));
        let mut seen = look(&keys);
        assert_eq!(seen.shows("bob@example.org"), bob, "{search}");
        assert_eq!(seen.shows("carol@example.org"), carol, "{search}");
    }
    let _ = keys.update(Message::Searched("nobody".to_owned()));
    assert!(look(&keys).shows("No key matches."));
}

#[test]
fn our_own_keys_are_on_the_second_tab_and_can_be_copied() {
    let mut keys = keys(Vec::new());
    let _ = click(&mut keys, "Yours");
    let mut seen = look(&keys);
    assert!(seen.shows("alice@example.org") && seen.shows("5555 5555"));
    drop(seen);
    assert!(matches!(click(&mut keys, "Copy"), Action::Task(_)));
}

#[test]
fn a_forgotten_account_takes_its_own_key_along() {
    let mut keys = keys(Vec::new());
    keys.observe(&Event::Account(id("bob@example.org").account, AccountEvent::Removed));
    assert!(keys.own.is_empty());
}

#[test]
fn what_was_decided_about_a_key_stands_with_it_and_can_be_taken_back() {
    let at = SystemTime::now();
    let rows: [(Trust, &[&str], &[&str]); 5] = [
        (Trust::First, &["Not verified"], &["Compare"]),
        (Trust::Undecided, &["New"], &["Compare"]),
        (
            Trust::Accepted { at },
            &["Not verified", "Accepted as a new key · Today"],
            &["Compare", "Withdraw trust"],
        ),
        (
            Trust::Doubted { doubt: Doubt::Differs, at },
            &["In doubt", "Its code differed when it was compared · Today"],
            &["Compare"],
        ),
        (
            Trust::Doubted { doubt: Doubt::NotMatched, at },
            &["In doubt", "A verification did not match · Today"],
            &["Compare"],
        ),
    ];
    for (trust, words, buttons) in rows {
        let keys = keys(vec![row("bob@example.org", KEY, trust, false)]);
        let mut seen = look(&keys);
        for words in words {
            assert!(seen.shows(words), "{trust:?}: {words}");
        }
        for button in ["Compare", "Withdraw trust"] {
            assert_eq!(seen.shows(button), buttons.contains(&button), "{trust:?}: {button}");
        }
        assert!(seen.shows("Forget"));
    }
}
