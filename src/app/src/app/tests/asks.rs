//! What is asked has the keyboard, and what waits for the person leaves a mark.

use std::time::SystemTime;

use engine::{
    ChatCommand, ChatEvent, Command, Delivery, Event, FailReason, Fingerprint, HeldReason, Notice,
    Outgoing, Padlock, Provenance, RequestId, Subscription, VaultEvent, Verification,
    new_message_id,
};
use iced::keyboard::Modifiers;
use iced::keyboard::key::{Code, Named};

use super::super::{Message, messenger, onboarding};
use super::desk::{Desk, chat, ctrl, tap, typed};
use crate::t;
use crate::text::strip_isolates;

const KEY: Fingerprint = Fingerprint::V3([7; 20]);

fn desk() -> Desk {
    let mut desk = Desk::with(&["bob", "carol"]);
    stands(&mut desk, Padlock::Verified(KEY));
    let click = desk.click("bob");
    desk.at_once(click);
    desk
}

fn stands(desk: &mut Desk, padlock: Padlock) {
    desk.event(Event::Chat(chat("bob"), ChatEvent::PadlockChanged(padlock)));
}

fn press(desk: &mut Desk, words: &str) {
    let click = desk.click(words);
    desk.at_once(click);
}

fn asked(desk: &mut Desk) {
    let question = Some("Where did we meet?".to_owned());
    let told = Verification::Requested { request: RequestId(1), question };
    desk.event(Event::Chat(chat("bob"), ChatEvent::Verification(told)));
}

#[test]
fn while_a_banner_asks_enter_takes_the_safe_answer_and_nothing_is_sent() {
    type Open = fn(&mut Desk);
    let openings: [(&str, Open); 3] = [
        ("ending the private conversation", |desk| {
            press(desk, &t!("chat-more"));
            press(desk, &t!("chat-end-private"));
        }),
        ("going on without privacy", |desk| {
            stands(desk, Padlock::Unanswered);
            press(desk, &t!("chat-go-on-plain"));
        }),
        ("removing the contact", |desk| {
            press(desk, &t!("chat-more"));
            press(desk, &t!("chat-remove"));
        }),
    ];
    for (what, open) in openings {
        let mut desk = desk();
        desk.at_once(typed("half a sentence"));
        open(&mut desk);
        let before = desk.told().len();
        desk.at_once(tap(Named::Enter));
        assert_eq!(desk.told().len(), before, "{what}: {:?}", desk.told());
        // It is not asked any more, and one types where one was.
        desk.at_once([typed("!"), tap(Named::Enter)].concat());
        let sent = desk.sent();
        assert_eq!(sent, [("bob@example.org".to_owned(), "half a sentence!".to_owned())], "{what}");
    }
}

#[test]
fn enter_in_a_composer_that_was_clicked_sends_nothing_while_a_banner_asks() {
    let mut desk = desk();
    desk.at_once(typed("half a sentence"));
    press(&mut desk, &t!("chat-more"));
    press(&mut desk, &t!("chat-end-private"));
    desk.at_once([tap(Named::Tab), tap(Named::Tab)].concat());
    let _ = desk.tabs_reach(&t!("composer-send-private"));
    desk.at_once(tap(Named::Enter));
    assert!(desk.sent().is_empty());
}

#[test]
fn while_it_is_asked_whether_to_decline_all_strangers_enter_declines_nobody_and_sends_nothing() {
    let mut desk = desk();
    for name in ["eve", "mallory"] {
        let info = engine::ContactInfo {
            contact: chat(name).contact,
            name: None,
            availability: engine::Availability::Offline,
            subscription: Subscription::Wrote,
            blocked: false,
            groups: Vec::new(),
        };
        desk.event(Event::Chat(chat(name), ChatEvent::Info(info)));
    }
    desk.pause();
    desk.at_once(typed("half a sentence"));
    press(&mut desk, &t!("requests-decline-all"));
    let before = desk.told().len();
    desk.at_once(tap(Named::Enter));
    assert_eq!(desk.told().len(), before, "{:?}", desk.told());
    assert!(desk.sent().is_empty());
}

#[test]
fn the_tab_key_stays_within_an_open_menu() {
    let mut desk = desk();
    press(&mut desk, &t!("chat-more"));
    assert!(!desk.tabs_reach(&t!("composer-send-private")));
    assert!(desk.tabs_reach(&t!("chat-end-private")));
    desk.at_once(tap(Named::Enter));
    assert!(desk.is_seen(&strip_isolates(&t!("confirm-no"))));
}

#[test]
fn the_key_for_verifying_opens_what_the_contact_asks() {
    let mut desk = desk();
    asked(&mut desk);
    desk.at_once([ctrl("V", Code::KeyV, Modifiers::SHIFT)]);
    assert!(desk.is_seen("“Where did we meet?”"), "{:?}", desk.written());
    desk.at_once([typed("Prague"), tap(Named::Enter)].concat());
    let told = desk.told();
    let answered =
        told.iter().any(|told| matches!(told, Command::Chat(_, ChatCommand::Answer { .. })));
    assert!(answered, "{told:?}");
}

#[test]
fn what_is_told_in_words_only_counts_as_unread_and_is_read_once_it_was_in_sight() {
    let mut desk = Desk::with(&["bob", "carol"]);
    for notice in [Notice::ForOtherDevice, Notice::QuestionLost] {
        desk.event(Event::Chat(chat("bob"), ChatEvent::Notice(notice)));
    }
    desk.event(Event::Chat(chat("bob"), ChatEvent::Notice(Notice::PrivateRefreshed)));
    desk.event(Event::Chat(chat("bob"), ChatEvent::Unread(9)));
    assert_eq!(desk.title(), "(2) Sotto");
    let is_read = |desk: &Desk| {
        let told = desk.told();
        told.iter().any(|told| matches!(told, Command::Chat(_, ChatCommand::Read(9))))
    };
    assert!(!is_read(&desk));
    press(&mut desk, "bob");
    assert!(is_read(&desk));
    assert_eq!(desk.title(), "Sotto");
    let lost = strip_isolates(&t!("notice-question-lost", name = "bob"));
    assert!(desk.is_seen(&lost), "{:?}", desk.written());
}

fn comes(desk: &mut Desk, text: &str, number: u64) {
    let received = ChatEvent::Received {
        text: text.to_owned(),
        provenance: Provenance::Plain,
        at: SystemTime::now(),
        label: engine::Label::default(),
        place: None,
    };
    desk.event(Event::Chat(chat("bob"), received));
    desk.event(Event::Chat(chat("bob"), ChatEvent::Unread(number)));
}

fn is_read(desk: &Desk, number: u64) -> bool {
    let is_it = |told: &Command| matches!(told, Command::Chat(_, ChatCommand::Read(read)) if *read == number);
    desk.told().iter().any(is_it)
}

#[test]
fn what_comes_into_the_open_conversation_of_a_window_without_the_focus_is_unread_until_it_is_back()
{
    let mut desk = desk();
    desk.focus(true);
    comes(&mut desk, "looked at", 1);
    assert_eq!((desk.title().as_str(), is_read(&desk, 1)), ("Sotto", true));
    desk.focus(false);
    assert_eq!(desk.title(), "Sotto");
    comes(&mut desk, "nobody looks", 2);
    assert_eq!((desk.title().as_str(), is_read(&desk, 2)), ("(1) Sotto", false));
    assert!(desk.is_seen("New"));
    desk.focus(true);
    assert_eq!((desk.title().as_str(), is_read(&desk, 2)), ("Sotto", true));
    assert!(desk.is_seen("New"), "where it begins is still to be seen");
    desk.focus(false);
    desk.focus(true);
    assert!(!desk.is_seen("New"));
}

#[test]
fn what_comes_while_an_account_is_added_is_unread() {
    let mut desk = desk();
    let add = Message::Messenger(messenger::Message::AddAccount);
    let _ = desk.app.update(add);
    comes(&mut desk, "hello", 1);
    assert_eq!((desk.title().as_str(), is_read(&desk, 1)), ("(1) Sotto", false));
    let back = Message::Onboarding(onboarding::Message::Start(onboarding::start::Message::Back));
    let _ = desk.app.update(back);
    assert_eq!((desk.title().as_str(), is_read(&desk, 1)), ("Sotto", true));
}

#[test]
fn turning_to_another_window_and_back_closes_no_menu_and_loses_no_draft() {
    let mut desk = desk();
    desk.at_once(typed("half a sentence"));
    let more = desk.click(&t!("chat-more"));
    desk.at_once(more);
    desk.focus(false);
    assert!(!desk.written().iter().any(|(text, _)| strip_isolates(text) == t!("contact-draft")));
    desk.focus(true);
    assert!(desk.is_seen(&t!("chat-keys")));
}

#[test]
fn the_list_marks_what_failed_what_is_held_and_what_is_half_written() {
    let outgoing = |delivery| {
        ChatEvent::Outgoing(Outgoing {
            id: new_message_id(),
            text: "hello".to_owned(),
            at: SystemTime::now(),
            delivery,
            resent: false,
            replaces: None,
        })
    };
    let failed =
        Delivery::Failed { provenance: Provenance::Plain, reason: FailReason::Undeliverable };
    let marks = [
        (outgoing(failed), t!("contact-failed")),
        (outgoing(Delivery::Held(HeldReason::ContactAway)), t!("contact-held")),
        (ChatEvent::Draft("half a sentence".to_owned()), t!("contact-draft")),
    ];
    for (event, words) in marks {
        let mut desk = Desk::with(&["bob"]);
        desk.event(Event::Vault(VaultEvent::KeepsNothing));
        desk.event(Event::Chat(chat("bob"), event));
        let written = desk.written();
        let is_said = written.iter().any(|(text, _)| strip_isolates(text) == words);
        assert!(is_said, "{words}: {written:?}");
    }
    // Of what is typed right now nobody has to be told.
    let mut desk = desk();
    desk.at_once(typed("half a sentence"));
    assert!(!desk.written().iter().any(|(text, _)| strip_isolates(text) == t!("contact-draft")));
}
