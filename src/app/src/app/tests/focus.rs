//! Whatever was done and is over, what is typed next arrives where one writes.

use engine::{
    AccountEvent, Availability, BareJid, ChatCommand, ChatEvent, Command, ContactCommand,
    ContactInfo, Event, Fingerprint, Padlock, Subscription, VaultEvent, Verification,
};
use iced::keyboard::Modifiers;
use iced::keyboard::key::{Code, Named};

use super::desk::{Desk, chat, ctrl, tap, typed};
use crate::t;

const KEY: Fingerprint = Fingerprint::V3([7; 20]);

fn desk() -> Desk {
    let mut desk = Desk::with(&["bob", "carol"]);
    for name in ["bob", "carol"] {
        desk.event(Event::Chat(chat(name), ChatEvent::PadlockChanged(Padlock::Private(KEY))));
    }
    let click = desk.click("bob");
    desk.at_once(click);
    desk
}

fn to(name: &str, text: &str) -> (String, String) {
    (format!("{name}@example.org"), text.to_owned())
}

/// What is typed now arrives at `name`, and nowhere else.
fn arrives(desk: &mut Desk, name: &str, after: &str) {
    let before = desk.sent().len();
    desk.at_once([typed("hello"), tap(Named::Enter)].concat());
    assert_eq!(desk.sent().get(before..), Some(&[to(name, "hello")][..]), "after {after}");
}

fn stranger(subscription: Subscription) -> Event {
    let info = ContactInfo {
        contact: chat("eve").contact,
        name: None,
        availability: Availability::Online,
        subscription,
        blocked: false,
        groups: Vec::new(),
    };
    Event::Chat(chat("eve"), ChatEvent::Info(info))
}

#[test]
fn after_a_stranger_is_accepted() {
    let mut desk = Desk::with(&["bob"]);
    desk.event(stranger(Subscription::Wrote));
    desk.pause();
    let open = desk.click("eve@example.org");
    desk.at_once(open);
    let accept = desk.click_last(&t!("banner-accept"));
    desk.at_once(accept);
    let asked =
        desk.told().iter().any(|told| matches!(told, Command::Contact(_, ContactCommand::Accept)));
    assert!(asked);
    // The engine says so a while later; only then is there anything to write in.
    desk.event(stranger(Subscription::Asked));
    arrives(&mut desk, "eve", "accepting in the conversation");

    let mut desk = self::desk();
    desk.event(stranger(Subscription::Wrote));
    desk.pause();
    let accept = desk.click(&t!("accept"));
    desk.at_once(accept);
    let asked =
        desk.told().iter().any(|told| matches!(told, Command::Contact(_, ContactCommand::Accept)));
    assert!(asked);
    arrives(&mut desk, "bob", "accepting in the list");
    desk.event(stranger(Subscription::Asked));
    arrives(&mut desk, "bob", "the engine's answer");
}

#[test]
fn after_the_window_of_key_codes_closes_by_whatever() {
    type Close = fn(&mut Desk);
    let ways: [(&str, Close); 3] = [
        ("Escape", |desk| desk.at_once(tap(Named::Escape))),
        ("Ctrl+W", |desk| desk.at_once([ctrl("w", Code::KeyW, Modifiers::empty())])),
        ("the title bar", |desk| desk.close()),
    ];
    for (way, close) in ways {
        let mut desk = desk();
        let keys = desk.click(&t!("key-codes"));
        desk.at_once(keys);
        assert_eq!(desk.windows(), 2);
        desk.look_at_keys();
        close(&mut desk);
        assert_eq!(desk.windows(), 1, "{way} closes it");
        arrives(&mut desk, "bob", way);
    }
}

#[test]
fn after_every_sheet_that_escape_closes() {
    type Open = fn(&mut Desk);
    let openings: [(&str, Open); 6] = [
        ("the shortcuts", |desk| desk.at_once(tap(Named::F1))),
        ("a new contact", |desk| desk.at_once([ctrl("n", Code::KeyN, Modifiers::empty())])),
        ("verification", |desk| desk.at_once([ctrl("V", Code::KeyV, Modifiers::SHIFT)])),
        ("an account", |desk| press(desk, "alice@example.org")),
        ("the menu", |desk| press(desk, &t!("chat-more"))),
        ("the contact editor", |desk| {
            press(desk, &t!("chat-more"));
            press(desk, &t!("chat-edit-contact"));
        }),
    ];
    for (what, open) in openings {
        let mut desk = desk();
        open(&mut desk);
        desk.at_once(tap(Named::Escape));
        arrives(&mut desk, "bob", what);
    }
}

fn press(desk: &mut Desk, words: &str) {
    let click = desk.click(words);
    desk.at_once(click);
}

#[test]
fn after_whatever_is_clicked_beside_the_composer() {
    let mut desk = desk();
    let account: BareJid = chat("bob").account;
    desk.event(Event::Vault(VaultEvent::NotSaved(engine::VaultFailure::DiskFull)));
    press(&mut desk, &t!("understood"));
    arrives(&mut desk, "bob", "a notice");
    let state = engine::AccountState::Offline {
        reason: engine::OfflineReason::ConnectionLost,
        retry_in: std::time::Duration::from_secs(9),
    };
    desk.event(Event::Account(account, AccountEvent::State(state)));
    press(&mut desk, &t!("try-now"));
    arrives(&mut desk, "bob", "trying to connect");
}

#[test]
fn enter_on_a_result_takes_its_first_button() {
    let mut desk = desk();
    let verify = ctrl("V", Code::KeyV, Modifiers::SHIFT);
    desk.at_once([vec![verify], tap(Named::Enter), typed("where?"), tap(Named::Tab)].concat());
    desk.at_once([typed("Prague"), tap(Named::Enter)].concat());
    let told = Verification::CancelledByContact;
    desk.event(Event::Chat(chat("bob"), ChatEvent::Verification(told)));
    desk.at_once(tap(Named::Enter));
    arrives(&mut desk, "bob", "a result");

    desk.at_once(tap(Named::F1));
    desk.at_once(tap(Named::Enter));
    arrives(&mut desk, "bob", "the shortcuts");
}

#[test]
fn what_is_searched_for_is_not_taken_away_by_what_the_engine_tells() {
    let mut desk = desk();
    desk.event(stranger(Subscription::Wrote));
    desk.pause();
    press(&mut desk, "eve@example.org");
    let accept = desk.click_last(&t!("banner-accept"));
    desk.at_once(accept);
    desk.at_once([vec![ctrl("k", Code::KeyK, Modifiers::empty())], typed("car")].concat());
    desk.event(stranger(Subscription::Asked));
    desk.at_once([typed("ol"), tap(Named::Enter)].concat());
    arrives(&mut desk, "carol", "searching");
}

#[test]
fn what_is_typed_letter_by_letter_into_a_sheet_is_all_there() {
    for (width, height) in [(1000.0, 760.0), (640.0, 480.0), (320.0, 240.0)] {
        let mut desk = desk();
        desk.resize(width, height);
        desk.at_once([ctrl("V", Code::KeyV, Modifiers::SHIFT)]);
        desk.at_once(tap(Named::Enter));
        for letter in "where did we meet".chars() {
            desk.at_once(typed(&letter.to_string()));
        }
        desk.at_once(tap(Named::Tab));
        for letter in "Prague".chars() {
            desk.at_once(typed(&letter.to_string()));
        }
        desk.at_once(tap(Named::Enter));
        let told = desk.told();
        let asked = told.iter().find_map(|told| {
            let Command::Chat(_, ChatCommand::Verify { question, secret, .. }) = told else {
                return None;
            };
            Some((question.clone(), secret.clone()))
        });
        let Some((Some(question), secret)) = asked else { panic!("{told:?}") };
        assert_eq!((question.as_str(), secret.expose()), ("where did we meet", "Prague"));
    }
}

/// Whoever is typing goes on for a moment, and presses Space and Enter.
#[test]
fn what_is_still_typed_into_an_answer_that_can_no_longer_be_given_goes_nowhere() {
    let account = chat("bob").account;
    let offline = engine::AccountState::Offline {
        reason: engine::OfflineReason::ConnectionLost,
        retry_in: std::time::Duration::from_secs(9),
    };
    let verification = |told| Event::Chat(chat("bob"), ChatEvent::Verification(told));
    let padlock = |padlock| Event::Chat(chat("bob"), ChatEvent::PadlockChanged(padlock));
    let endings = [
        vec![verification(Verification::CancelledByContact)],
        vec![verification(Verification::Interrupted)],
        vec![verification(Verification::Outdated)],
        vec![padlock(Padlock::Waiting)],
        vec![padlock(Padlock::Finished)],
        vec![padlock(Padlock::Private(Fingerprint::V3([8; 20])))],
        vec![
            Event::Account(account.clone(), AccountEvent::State(offline)),
            padlock(Padlock::Waiting),
            verification(Verification::Interrupted),
        ],
        vec![Event::Chat(chat("bob"), ChatEvent::Removed)],
        vec![Event::Account(account, AccountEvent::Removed)],
    ];
    for ending in endings {
        let mut desk = desk();
        let question = Some("Where?".to_owned());
        let request = engine::RequestId(1);
        desk.event(verification(Verification::Requested { request, question }));
        desk.at_once([ctrl("V", Code::KeyV, Modifiers::SHIFT)]);
        desk.at_once(typed("my secret"));
        for event in ending.clone() {
            desk.event(event);
        }
        desk.at_once([typed(" answer is "), typed("xyz"), tap(Named::Space)].concat());
        desk.at_once(
            [typed("and more"), tap(Named::Enter), typed("x"), tap(Named::Enter)].concat(),
        );
        assert_eq!(desk.sent(), [], "{ending:?}");
    }
}

#[test]
fn what_is_still_typed_into_a_question_goes_nowhere_when_privacy_ends() {
    let mut desk = desk();
    desk.at_once([vec![ctrl("V", Code::KeyV, Modifiers::SHIFT)], tap(Named::Enter)].concat());
    desk.at_once(typed("where did"));
    desk.event(Event::Chat(chat("bob"), ChatEvent::PadlockChanged(Padlock::Finished)));
    desk.at_once([typed(" we meet"), tap(Named::Space), typed("x"), tap(Named::Enter)].concat());
    assert_eq!(desk.sent(), []);
}

#[test]
fn after_a_click_where_there_is_nothing() {
    let mut desk = desk();
    for (x, y) in [(700.0, 300.0), (600.0, 20.0), (120.0, 600.0)] {
        let click = desk.click_at(x, y);
        desk.at_once(click);
        arrives(&mut desk, "bob", &format!("a click at {x}, {y}"));
    }
}
