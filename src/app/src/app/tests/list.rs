//! Finding somebody, adding somebody, and where one lands.

use engine::{
    Availability, ChatCommand, ChatEvent, Command, ContactCommand, ContactInfo, Event, Fingerprint,
    Padlock, Provenance, Subscription,
};
use iced::keyboard::Modifiers;
use iced::keyboard::key::{Code, Named};

use super::desk::{Desk, chat, ctrl, shift_tab, tap, typed};
use crate::t;
use crate::text::strip_isolates;

const KEY: Fingerprint = Fingerprint::V3([7; 20]);

fn stranger(name: &str) -> Event {
    let info = ContactInfo {
        contact: chat(name).contact,
        name: None,
        availability: Availability::Offline,
        subscription: Subscription::Wrote,
        blocked: false,
        groups: Vec::new(),
    };
    Event::Chat(chat(name), ChatEvent::Info(info))
}

fn opened(desk: &Desk) -> Option<String> {
    let told = desk.told();
    told.iter().rev().find_map(|told| {
        let Command::Chat(chat, ChatCommand::Open) = told else { return None };
        Some(chat.contact.to_string())
    })
}

#[test]
fn the_search_finds_a_stranger_too_but_whoever_is_known_first() {
    let mut desk = Desk::with(&["evelyn"]);
    desk.event(stranger("eve"));
    let search = |text: &str| {
        let key = ctrl("k", Code::KeyK, Modifiers::empty());
        [vec![key], typed(text), tap(Named::Enter)].concat()
    };
    desk.at_once(search("eve"));
    assert_eq!(opened(&desk).as_deref(), Some("evelyn@example.org"));
    desk.at_once(search("eve@"));
    assert_eq!(opened(&desk).as_deref(), Some("eve@example.org"));
}

#[test]
fn whoever_was_added_is_whom_one_writes_to_next() {
    let mut desk = Desk::with(&["bob"]);
    desk.at_once([ctrl("n", Code::KeyN, Modifiers::empty())]);
    desk.at_once([typed("dave@example.org"), tap(Named::Enter)].concat());
    assert_eq!(opened(&desk).as_deref(), Some("dave@example.org"));
    let added = desk
        .told()
        .iter()
        .position(|told| matches!(told, Command::Contact(_, ContactCommand::Add)));
    let seen =
        desk.told().iter().position(|told| matches!(told, Command::Chat(_, ChatCommand::Open)));
    assert!(added < seen, "added before it is looked at");
    desk.at_once([typed("hello"), tap(Named::Enter)].concat());
    assert_eq!(desk.sent(), [("dave@example.org".to_owned(), "hello".to_owned())]);
}

#[test]
fn what_cannot_be_sent_before_something_is_chosen_says_so() {
    let mut desk = Desk::with(&["bob"]);
    let click = desk.click("bob");
    desk.at_once(click);
    let finished = ChatEvent::PadlockChanged(Padlock::Finished);
    desk.event(Event::Chat(chat("bob"), finished));
    let says = |desk: &mut Desk| desk.is_seen(&strip_isolates(&t!("banner-undecided")));
    desk.at_once([typed("two"), tap(Named::Enter)].concat());
    assert!(desk.sent().is_empty());
    assert!(says(&mut desk));
    // It is still there, and goes on being typed.
    desk.at_once(typed(" lines"));
    assert!(!says(&mut desk));
    let private = ChatEvent::PadlockChanged(Padlock::Verified(KEY));
    desk.event(Event::Chat(chat("bob"), private));
    desk.at_once(tap(Named::Enter));
    assert_eq!(desk.sent(), [("bob@example.org".to_owned(), "two lines".to_owned())]);
}

#[test]
fn the_tab_key_goes_round_and_something_always_has_the_focus() {
    let mut desk = Desk::with(&["bob"]);
    desk.at_once(tap(Named::F1));
    for _ in 0..4 {
        desk.at_once([shift_tab()]);
        assert!(desk.focus_is_seen());
    }
    for _ in 0..8 {
        desk.at_once(tap(Named::Tab));
        assert!(desk.focus_is_seen());
    }
}

#[test]
fn the_number_of_unread_messages_keeps_its_form() {
    let mut desk = Desk::with(&["bob"]);
    let info = ContactInfo {
        contact: chat("bob").contact,
        name: None,
        availability: Availability::Offline,
        subscription: Subscription::Asked,
        blocked: false,
        groups: Vec::new(),
    };
    desk.event(Event::Chat(chat("bob"), ChatEvent::Info(info)));
    for number in 0..120 {
        let received = ChatEvent::Received {
            text: format!("{number}: a line that is too long for any list"),
            provenance: Provenance::Plain,
            at: std::time::SystemTime::now(),
            label: engine::Label::default(),
            place: None,
        };
        desk.event(Event::Chat(chat("bob"), received));
    }
    for (width, height) in [(1000.0, 760.0), (320.0, 240.0), (200.0, 400.0)] {
        desk.resize(width, height);
        let written = desk.written();
        let (_, bounds) = written.iter().find(|(text, _)| text == "99+").unwrap();
        assert!(bounds.height < 20.0 && bounds.width > 15.0, "{bounds:?} at {width}");
        assert!(bounds.x + bounds.width <= width, "{bounds:?} at {width}");
    }
}

#[test]
fn a_click_on_the_edge_below_the_composer_leaves_the_focus_where_one_writes() {
    let mut desk = Desk::with(&["bob"]);
    desk.resize(1000.0, 760.0);
    let click = desk.click("bob");
    desk.at_once(click);
    desk.at_once(typed("one"));
    for (x, y) in [(700.0, 757.0), (990.0, 757.0)] {
        let click = desk.click_at(x, y);
        desk.at_once(click);
        desk.at_once(typed("more"));
    }
    desk.at_once(tap(Named::Enter));
    assert_eq!(desk.sent(), [("bob@example.org".to_owned(), "onemoremore".to_owned())]);
}
