//! What is asked has the keyboard, and what waits for the person leaves a mark.

use std::time::SystemTime;

use engine::{
    ChatEvent, Delivery, Event, FailReason, Fingerprint, HeldReason, Notice, Outgoing, Padlock,
    Provenance, RequestId, Subscription, VaultEvent, Verification, new_message_id,
};
use iced::keyboard::Modifiers;
use iced::keyboard::key::{Code, Named};

use super::desk::{Desk, chat, ctrl, tap, typed};
use crate::t;
use crate::text::plain;

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
fn while_a_strip_asks_enter_takes_the_safe_answer_and_nothing_is_sent() {
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
fn enter_in_a_composer_that_was_clicked_sends_nothing_while_a_strip_asks() {
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
    assert!(desk.is_seen(&plain(&t!("confirm-no"))));
}

#[test]
fn the_key_for_verifying_opens_what_the_contact_asks() {
    let mut desk = desk();
    asked(&mut desk);
    desk.at_once([ctrl("V", Code::KeyV, Modifiers::SHIFT)]);
    assert!(desk.is_seen("“Where did we meet?”"), "{:?}", desk.written());
    desk.at_once([typed("Prague"), tap(Named::Enter)].concat());
    let told = desk.told();
    let answered = told
        .iter()
        .any(|told| matches!(told, engine::Command::Chat(_, engine::ChatCommand::Answer { .. })));
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
        told.iter()
            .any(|told| matches!(told, engine::Command::Chat(_, engine::ChatCommand::Read(9))))
    };
    assert!(!is_read(&desk));
    press(&mut desk, "bob");
    assert!(is_read(&desk));
    assert_eq!(desk.title(), "Sotto");
    let lost = plain(&t!("notice-question-lost", name = "bob"));
    assert!(desk.is_seen(&lost), "{:?}", desk.written());
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
        let is_said = written.iter().any(|(text, _)| plain(text) == words);
        assert!(is_said, "{words}: {written:?}");
    }
    // Of what is typed right now nobody has to be told.
    let mut desk = desk();
    desk.at_once(typed("half a sentence"));
    assert!(!desk.written().iter().any(|(text, _)| plain(text) == t!("contact-draft")));
}
