//! Where keys go that are typed faster than the window moves.

use engine::{
    AccountEvent, ChatCommand, ChatEvent, Command, ConnectionCommand, ContactCommand, Event,
    Padlock, SignInFailure, VaultCommand, VaultEvent, VaultFailure,
};
use iced::keyboard::Modifiers;
use iced::keyboard::key::{Code, Named};

use super::desk::{Desk, alt, chat, ctrl, tap, typed};
use crate::t;

/// Bob's conversation is open, and nothing is private.
fn desk_with_bob_open() -> Desk {
    let mut desk = Desk::with(&["bob", "carol", "dave"]);
    for name in ["bob", "carol", "dave"] {
        desk.event(Event::Chat(chat(name), ChatEvent::PadlockChanged(Padlock::NotPrivate)));
    }
    let click = desk.click("bob");
    desk.at_once(click);
    desk
}

fn to(name: &str, text: &str) -> (String, String) {
    (format!("{name}@example.org"), text.to_owned())
}

#[test]
fn what_is_typed_behind_the_search_key_is_searched_for_and_goes_to_nobody() {
    let mut desk = desk_with_bob_open();
    let search = ctrl("k", Code::KeyK, Modifiers::empty());
    let inputs = [vec![search], typed("carol"), tap(Named::Enter)].concat();
    desk.at_once(inputs);
    assert_eq!(desk.sent(), []);
    desk.at_once([typed("hello"), tap(Named::Enter)].concat());
    assert_eq!(desk.sent(), [to("carol", "hello")], "the one that was searched for is open");
    let back = desk.click("bob");
    desk.at_once([back, tap(Named::Enter)].concat());
    assert_eq!(desk.sent().len(), 1, "nothing was left behind");
}

#[test]
fn all_of_it_may_come_at_once() {
    let mut desk = desk_with_bob_open();
    let search = ctrl("k", Code::KeyK, Modifiers::empty());
    let inputs =
        [vec![search], typed("carol"), tap(Named::Enter), typed("hello"), tap(Named::Enter)];
    desk.at_once(inputs.concat());
    assert_eq!(desk.sent(), [to("carol", "hello")]);
}

#[test]
fn keys_follow_a_click_to_the_conversation_it_opens() {
    let mut desk = desk_with_bob_open();
    let click = desk.click("carol");
    desk.at_once([click, typed("hello"), tap(Named::Enter)].concat());
    assert_eq!(desk.sent(), [to("carol", "hello")]);
}

#[test]
fn keys_follow_the_step_to_the_next_conversation() {
    let mut desk = desk_with_bob_open();
    let down = alt(Named::ArrowDown, Code::ArrowDown);
    desk.at_once([vec![down.clone()], typed("hello"), tap(Named::Enter)].concat());
    assert_eq!(desk.sent(), [to("carol", "hello")]);
    desk.at_once([vec![down], typed("hi"), tap(Named::Enter)].concat());
    assert_eq!(desk.sent()[1..], [to("dave", "hi")]);
}

#[test]
fn what_is_typed_behind_the_key_for_a_new_contact_names_the_contact() {
    let mut desk = desk_with_bob_open();
    let new = ctrl("n", Code::KeyN, Modifiers::empty());
    desk.at_once([vec![new], typed("eve@example.org"), tap(Named::Enter)].concat());
    assert_eq!(desk.sent(), []);
    let told = desk.told();
    let added = told.iter().any(|told| {
        matches!(told, Command::Contact(chat, ContactCommand::Add) if chat.contact.to_string() == "eve@example.org")
    });
    assert!(added);
}

#[test]
fn no_shortcut_pastes_or_types() {
    let mut desk = desk_with_bob_open();
    desk.copy("my password");
    for letter in 'a'..='z' {
        // These are meant to: paste, cut, copy, select; and this one ends it all.
        let code = Code::KeyA;
        let plain = ctrl(&letter.to_string(), code, Modifiers::empty());
        let shifted = ctrl(&letter.to_uppercase().to_string(), code, Modifiers::SHIFT);
        let inputs = if matches!(letter, 'v' | 'x' | 'c' | 'a' | 'w' | 'q') {
            vec![shifted]
        } else {
            vec![shifted, plain]
        };
        desk.at_once(inputs);
        desk.at_once(tap(Named::Escape));
        desk.at_once(tap(Named::Escape));
    }
    let back = desk.click("bob");
    desk.at_once([back, tap(Named::Enter)].concat());
    assert_eq!(desk.sent(), []);
    let paste = ctrl("v", Code::KeyV, Modifiers::empty());
    desk.at_once([vec![paste], tap(Named::Enter)].concat());
    assert_eq!(desk.sent(), [to("bob", "my password")], "the usual key does");
}

#[test]
fn the_verify_sheet_is_used_without_a_mouse_and_leads_back_to_the_message() {
    let mut desk = desk_with_bob_open();
    let key = engine::Fingerprint::V3([7; 20]);
    desk.event(Event::Chat(chat("bob"), ChatEvent::PadlockChanged(Padlock::Private(key))));
    let verify = ctrl("V", Code::KeyV, Modifiers::SHIFT);
    let inputs = [
        vec![verify],
        tap(Named::Enter),
        typed("where?"),
        tap(Named::Tab),
        typed("Prague"),
        tap(Named::Enter),
    ];
    desk.at_once(inputs.concat());
    let asked = desk.told().iter().any(|told| {
        matches!(
            told,
            Command::Chat(_, ChatCommand::Verify { question: Some(question), secret, .. })
                if question == "where?" && secret.expose() == "Prague"
        )
    });
    assert!(asked);
    desk.at_once([tap(Named::Escape), typed("there?"), tap(Named::Enter)].concat());
    assert_eq!(desk.sent(), [to("bob", "there?")]);
}

#[test]
fn what_is_typed_behind_a_sheet_waits_for_nobody() {
    let mut desk = desk_with_bob_open();
    desk.at_once([tap(Named::F1), typed("secret"), tap(Named::F1)].concat());
    desk.at_once(tap(Named::Enter));
    assert_eq!(desk.sent(), []);
    // Enter closes it: that is its one button.
    desk.at_once([tap(Named::F1), typed("secret"), tap(Named::Enter)].concat());
    desk.at_once([typed("hello"), tap(Named::Enter)].concat());
    assert_eq!(desk.sent(), [to("bob", "hello")]);
}

#[test]
fn one_writes_on_after_a_decision() {
    let mut desk = desk_with_bob_open();
    desk.event(Event::Chat(chat("bob"), ChatEvent::PadlockChanged(Padlock::Unanswered)));
    let plain = desk.click(&t!("chat-go-on-plain"));
    desk.at_once(plain);
    desk.pause();
    let yes = desk.click(&t!("confirm-plain-yes"));
    desk.at_once(yes);
    desk.event(Event::Chat(chat("bob"), ChatEvent::PadlockChanged(Padlock::NotPrivate)));
    desk.at_once([typed("in clear, then"), tap(Named::Enter)].concat());
    assert_eq!(desk.sent(), [to("bob", "in clear, then")]);
}

#[test]
fn what_is_typed_when_the_other_side_ends_it_is_kept() {
    let mut desk = desk_with_bob_open();
    let key = engine::Fingerprint::V3([7; 20]);
    desk.event(Event::Chat(chat("bob"), ChatEvent::PadlockChanged(Padlock::Private(key))));
    desk.at_once(typed("my secret "));
    desk.event(Event::Chat(chat("bob"), ChatEvent::PadlockChanged(Padlock::Finished)));
    desk.at_once([typed("is safe"), tap(Named::Enter)].concat());
    assert_eq!(desk.sent(), [], "nothing leaves");
    desk.event(Event::Chat(chat("bob"), ChatEvent::PadlockChanged(Padlock::Private(key))));
    desk.at_once(tap(Named::Enter));
    assert_eq!(desk.sent(), [to("bob", "my secret is safe")], "and nothing is lost");
}

#[test]
fn a_wrong_password_is_typed_again_at_once() {
    let mut desk = Desk::open();
    desk.event(Event::Vault(VaultEvent::Opened { accounts: Vec::new() }));
    let sign_in = desk.click(&t!("start-sign-in"));
    desk.at_once([sign_in, typed("alice@example.org"), tap(Named::Enter)].concat());
    desk.at_once([typed("wrong"), tap(Named::Enter)].concat());
    // Somebody looks at another window, and the field loses the focus.
    let title = desk.click(&t!("sign-in-title"));
    desk.at_once(title);
    let account = "alice@example.org".parse().unwrap();
    let state = engine::AccountState::Refused(SignInFailure::WrongPassword);
    desk.event(Event::Account(account, AccountEvent::State(state)));
    desk.at_once([typed("!"), tap(Named::Enter)].concat());
    let told = desk.told();
    let Some(Command::Connection(_, ConnectionCommand::SignIn { password, .. })) = told.last()
    else {
        panic!("{told:?}")
    };
    assert_eq!(password.expose(), "wrong!");
}

#[test]
fn a_wrong_passphrase_is_typed_again_at_once() {
    let mut desk = Desk::open();
    desk.event(Event::Vault(VaultEvent::Failed(VaultFailure::NoKeyring)));
    let protect = desk.click(&t!("vault-protect"));
    desk.at_once([protect, typed("wrong one"), tap(Named::Enter), typed("wrong one")].concat());
    desk.at_once(tap(Named::Enter));
    desk.event(Event::Vault(VaultEvent::Failed(VaultFailure::WrongPassphrase)));
    desk.at_once([typed("!"), tap(Named::Enter)].concat());
    let told = desk.told();
    let Some(Command::Vault(VaultCommand::Open(engine::VaultChoice::Sealed { passphrase }))) =
        told.last()
    else {
        panic!("{told:?}");
    };
    assert_eq!(passphrase.expose(), "wrong one!");
}
