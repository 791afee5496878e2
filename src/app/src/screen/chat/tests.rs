//! The conversation as a person meets it.

use std::time::Duration;

use engine::{
    Availability, Delivery, FailReason, HeldReason, Label, MessageId, Notice, Outgoing, Proof,
    Provenance, RequestId, Subscription, Verification, VerificationResult,
};
use iced::keyboard::key::Named;

use super::*;
use crate::screen::verify;
use crate::test_support::Probe;
use crate::widget::id;

mod contact;
mod correction;
mod failed;
mod lies;
mod new_key;
mod older;
mod writing;

const KEY: Fingerprint = Fingerprint::V3([0xAB; 20]);
const OTHER_KEY: Fingerprint = Fingerprint::V3([0xCD; 20]);

fn chat() -> Chat {
    let id = ChatId {
        account: "alice@example.org".parse().unwrap(),
        contact: "bob@example.org".parse().unwrap(),
    };
    let info = ContactInfo {
        contact: id.contact.clone(),
        name: Some("Bob".to_owned()),
        availability: Availability::Online,
        subscription: Subscription::Both,
        blocked: false,
        groups: Vec::new(),
    };
    Chat::new(id, info)
}

fn under(padlock: Padlock) -> Chat {
    let mut chat = chat();
    chat.observe(ChatEvent::PadlockChanged(padlock));
    chat
}

fn look(chat: &Chat) -> Probe<'_, Message> {
    Probe::new(chat.view(SystemTime::now()))
}

/// Clicks, and takes in what that asks for; returns the last thing the parent has to do.
fn click(chat: &mut Chat, words: &str) -> Action {
    chat.debounce.passes();
    let messages = look(chat).click(words);
    messages.into_iter().map(|message| chat.update(message)).last().unwrap_or(Action::None)
}

fn command(action: Action) -> Command {
    match action {
        Action::Command(command) => command,
        Action::None
        | Action::Task(_)
        | Action::OpenKeys
        | Action::OpenPractice
        | Action::Leave => panic!("no command"),
    }
}

fn draft(chat: &mut Chat, text: &str) {
    chat.composer.put_back(text);
}

fn receive(chat: &mut Chat, text: &str, provenance: Provenance) {
    let (text, at, label) = (text.to_owned(), SystemTime::now(), Label::default());
    chat.observe(ChatEvent::Received { text, provenance, at, label, place: None });
}

fn outgoing(delivery: Delivery) -> Outgoing {
    let (id, text) = (MessageId::from("m1".to_owned()), "hello".to_owned());
    Outgoing { id, text, at: SystemTime::now(), delivery, resent: false, replaces: None }
}

#[test]
fn each_padlock_has_its_words_and_its_buttons() {
    let states: [(Padlock, &str, &[&str]); 10] = [
        (Padlock::NotPrivate, "Not private", &["Go private"]),
        (Padlock::Unasked, "Goes private when you write", &["Go private"]),
        (Padlock::Starting, "Going private…", &["Cancel"]),
        (Padlock::Private(KEY), "Private – not verified", &["Verify Bob"]),
        (Padlock::Verified(KEY), "Private and verified", &[]),
        (
            Padlock::Finished,
            "Bob left the private conversation",
            &["Go private again", "Go on without privacy…"],
        ),
        (Padlock::Waiting, "Waiting for Bob", &["Try now"]),
        (Padlock::Unanswered, "No answer from Bob’s app", &["Try again", "Go on without privacy…"]),
        (Padlock::KeyChanged(KEY), "Bob has a new key", &["Verify again", "What does this mean?"]),
        (Padlock::Doubted(KEY), "This may not be Bob", &["Verify again", "What does this mean?"]),
    ];
    for (padlock, words, buttons) in states {
        let chat = under(padlock);
        let mut seen = look(&chat);
        assert!(seen.shows(words), "{words}");
        for (_, other, theirs) in states {
            for button in theirs {
                assert_eq!(seen.shows(button), buttons.contains(button), "{words}: {button}");
            }
            assert_eq!(seen.shows(other), other == words, "{words}: {other}");
        }
    }
}

#[test]
fn a_long_name_leaves_room_for_the_padlock() {
    let mut chat = under(Padlock::Finished);
    let name = Some("Bartholomew of the very long and winding road".to_owned());
    chat.observe(ChatEvent::Info(ContactInfo { name, ..chat.info.clone() }));
    assert!(look(&chat).shows("Bartholomew of the very… left the private conversation"));
}

#[test]
fn each_padlock_button_does_what_it_says() {
    let go = command(click(&mut under(Padlock::NotPrivate), "Go private"));
    assert!(matches!(go, Command::Chat(_, ChatCommand::GoPrivate)));
    let cancel = command(click(&mut under(Padlock::Starting), "Cancel"));
    assert!(matches!(cancel, Command::Chat(_, ChatCommand::EndPrivate)));
    let again = command(click(&mut under(Padlock::Finished), "Go private again"));
    assert!(matches!(again, Command::Chat(_, ChatCommand::GoPrivate)));
    let now = command(click(&mut under(Padlock::Waiting), "Try now"));
    assert!(matches!(now, Command::Chat(_, ChatCommand::TryNow)));
    let retry = command(click(&mut under(Padlock::Unanswered), "Try again"));
    assert!(matches!(retry, Command::Chat(_, ChatCommand::GoPrivate)));
}

#[test]
fn stepping_down_is_asked_back_once() {
    for padlock in [Padlock::Finished, Padlock::Unanswered] {
        let mut chat = under(padlock);
        assert!(matches!(click(&mut chat, "Go on without privacy…"), Action::None));
        let _ = click(&mut chat, "Stay private");
        assert!(!look(&chat).shows("Go on without privacy"));
        let _ = click(&mut chat, "Go on without privacy…");
        let yes = command(click(&mut chat, "Go on without privacy"));
        assert!(matches!(yes, Command::Chat(_, ChatCommand::EndPrivate)));
    }
}

#[test]
fn a_private_conversation_is_ended_from_the_menu_and_asked_back() {
    let mut chat = under(Padlock::Verified(KEY));
    let _ = click(&mut chat, "More");
    assert!(matches!(click(&mut chat, "End private conversation…"), Action::None));
    let end = command(click(&mut chat, "End private conversation"));
    assert!(matches!(end, Command::Chat(_, ChatCommand::EndPrivate)));
}

#[test]
fn the_menu_opens_the_key_codes() {
    let mut chat = under(Padlock::NotPrivate);
    let _ = click(&mut chat, "More");
    assert!(matches!(click(&mut chat, "Key codes"), Action::OpenKeys));
}

#[test]
fn enter_sends_under_the_padlock_that_was_drawn() {
    let mut chat = under(Padlock::Private(KEY));
    let messages = {
        let mut seen = look(&chat);
        seen.ui().click(id::COMPOSER).unwrap();
        let _ = seen.ui().typewrite("hi");
        seen.into_messages()
    };
    for message in messages {
        let _ = chat.update(message);
    }
    assert_eq!(chat.composer.draft().as_str(), "hi");
    let entered = {
        let mut seen = look(&chat);
        seen.ui().click(id::COMPOSER).unwrap();
        let _ = seen.ui().tap_key(Named::Enter);
        seen.into_messages()
    };
    // The padlock opens between drawing and pressing.
    chat.observe(ChatEvent::PadlockChanged(Padlock::NotPrivate));
    let action = entered.into_iter().map(|message| chat.update(message)).last().unwrap();
    let Command::Chat(_, ChatCommand::Send(NewMessage { text, seen, .. })) = command(action) else {
        panic!("not sent")
    };
    assert_eq!((text.as_str(), seen), ("hi", Padlock::Private(KEY)));
    assert!(chat.composer.is_blank());
}

#[test]
fn a_refused_command_puts_the_text_back() {
    let mut chat = under(Padlock::NotPrivate);
    draft(&mut chat, "wait");
    let refused = command(click(&mut chat, "Send"));
    assert!(chat.composer.is_blank());
    chat.command_rejected(refused);
    assert_eq!(chat.composer.draft().as_str(), "wait");
    let told = "Sotto is too busy to take this now. Nothing is lost: please try again.";
    assert!(look(&chat).shows(told));
}

#[test]
fn a_finished_conversation_refuses_to_send_and_keeps_the_draft() {
    let mut chat = under(Padlock::Finished);
    draft(&mut chat, "wait");
    let told = look(&chat).click("Send");
    assert!(told.iter().all(|told| matches!(told, Message::BesideComposer)), "{told:?}");
    for seen in [Padlock::Finished, Padlock::Private(KEY)] {
        let send = Message::Composer(composer::Message::Send { seen });
        assert!(matches!(chat.update(send), Action::None));
    }
    assert_eq!(chat.composer.draft().as_str(), "wait");
    let typed = {
        let mut seen = look(&chat);
        let _ = seen.ui().click(id::COMPOSER);
        let _ = seen.ui().typewrite("more");
        seen.into_messages()
    };
    assert!(!typed.is_empty(), "what is typed meanwhile is a draft too");
    for message in typed {
        assert!(!matches!(
            chat.update(message),
            Action::Command(Command::Chat(_, ChatCommand::Send(_)))
        ));
    }
    assert_eq!(chat.composer.draft().as_str(), "waitmore");
}

#[test]
fn the_send_button_says_how_the_text_goes() {
    let labels = [
        (Padlock::NotPrivate, "Send"),
        (Padlock::Unasked, "Send when private"),
        (Padlock::Starting, "Send when private"),
        (Padlock::Waiting, "Send later"),
        (Padlock::Unanswered, "Send later"),
        (Padlock::Private(KEY), "Send privately"),
        (Padlock::Verified(KEY), "Send privately"),
        (Padlock::KeyChanged(KEY), "Send later"),
        (Padlock::Doubted(KEY), "Send later"),
    ];
    for (padlock, label) in labels {
        let mut chat = under(padlock);
        draft(&mut chat, "hi");
        let sent = command(click(&mut chat, label));
        assert!(
            matches!(sent, Command::Chat(_, ChatCommand::Send(NewMessage { seen, .. })) if seen == padlock),
            "{label}"
        );
    }
}

#[test]
fn the_last_message_of_ours_says_in_words_where_it_is() {
    let plain = Provenance::Plain;
    let states = [
        (Delivery::Held(HeldReason::GoingPrivate), "Held: goes out when private"),
        (Delivery::Held(HeldReason::ContactAway), "Held: goes out privately when Bob is back"),
        (Delivery::Held(HeldReason::Offline), "Held: goes out when you are online"),
        (
            Delivery::Held(HeldReason::Settling),
            "Held: your server is asked first whether it has it",
        ),
        (Delivery::Held(HeldReason::Finished), "Held: Bob left the private conversation"),
        (Delivery::Held(HeldReason::KeyChanged), "Held: Bob has a new key"),
        (Delivery::Held(HeldReason::Doubted), "Held: this may not be Bob"),
        (Delivery::Held(HeldReason::Unanswered), "Held: Bob’s app does not answer"),
        (
            Delivery::Held(HeldReason::PadlockChanged),
            "Held: the padlock changed before it went out",
        ),
        (Delivery::Queued(plain), "Queued"),
        (Delivery::Sent(plain), "Sent"),
        (Delivery::Delivered(plain), "Delivered"),
        (Delivery::Reported(Provenance::Private(KEY)), "Sent. The server says it arrived."),
        (Delivery::Delivered(Provenance::Private(KEY)), "Delivered: Bob’s app confirms it"),
        (
            Delivery::Failed { provenance: plain, reason: FailReason::Undeliverable },
            "The server says that it could not reach Bob",
        ),
        (
            Delivery::Failed { provenance: plain, reason: FailReason::Unreadable },
            "Bob’s app could not read it",
        ),
        (
            Delivery::Failed { provenance: plain, reason: FailReason::Unsure },
            "Bob may or may not have it",
        ),
        (
            Delivery::Failed { provenance: plain, reason: FailReason::Unsendable },
            "Can’t be sent like this: too long, or with a character no app can carry",
        ),
    ];
    for (delivery, words) in states {
        let mut chat = under(Padlock::NotPrivate);
        chat.observe(ChatEvent::Outgoing(outgoing(delivery)));
        let mut seen = look(&chat);
        assert!(seen.shows(words), "{words}");
        for button in ["Edit", "Copy", "Discard"] {
            assert_eq!(seen.shows(button), delivery::is_exception(delivery), "{words}: {button}");
        }
    }
}

#[test]
fn a_message_sent_again_says_so() {
    let mut chat = under(Padlock::Private(KEY));
    let again = Outgoing { resent: true, ..outgoing(Delivery::Sent(Provenance::Private(KEY))) };
    chat.observe(ChatEvent::Outgoing(again));
    assert!(look(&chat).shows("Sent again"));
}

#[test]
fn a_readable_message_inside_a_private_conversation_is_loud() {
    let loud = "Not private: readable on the way, though this conversation was private";
    let mut chat = under(Padlock::Verified(KEY));
    receive(&mut chat, "one", Provenance::Verified(KEY));
    assert!(!look(&chat).shows(loud));
    receive(&mut chat, "two", Provenance::PlainInPrivate);
    assert!(look(&chat).shows(loud));
    chat.observe(ChatEvent::PadlockChanged(Padlock::NotPrivate));
    assert!(look(&chat).shows(loud), "what was true of a message stays true");
}

#[test]
fn received_text_is_text_and_never_markup() {
    let mut chat = under(Padlock::NotPrivate);
    let text = "<b>bold</b> [link](https://example.org) *star*";
    receive(&mut chat, text, Provenance::Plain);
    assert!(look(&chat).shows(text));
}

#[test]
fn a_very_long_text_is_cut_until_more_is_wanted() {
    let mut chat = under(Padlock::NotPrivate);
    let text = "x".repeat(timeline::item::SHOWN_STEP + 5);
    receive(&mut chat, &text, Provenance::Plain);
    assert!(!look(&chat).shows(&text));
    let _ = click(&mut chat, "Show more");
    let mut seen = look(&chat);
    assert!(seen.shows(&text) && !seen.shows("Show more"));
}

#[test]
fn ten_thousand_messages_become_a_screenful_of_widgets() {
    let mut chat = under(Padlock::NotPrivate);
    for index in 0..10_000 {
        receive(&mut chat, &format!("message {index}"), Provenance::Plain);
    }
    let mut seen = look(&chat);
    assert!(seen.shows("message 9999"));
    assert!(!seen.shows("message 9900"));
    assert!(!seen.shows("message 0"));
}

#[test]
fn what_arrives_while_scrolled_up_waits_behind_a_button() {
    let mut chat = under(Padlock::NotPrivate);
    chat.set_visibility(Visibility::Visible);
    for index in 0..100 {
        receive(&mut chat, &format!("message {index}"), Provenance::Plain);
    }
    let up = Message::Scrolled { from_end: 900.0, viewport: 600.0, width: 900.0 };
    let _ = chat.update(up);
    receive(&mut chat, "late", Provenance::Plain);
    assert!(!look(&chat).shows("late"));
    assert!(matches!(click(&mut chat, "1 new message"), Action::Task(_)));
    assert!(look(&chat).shows("late"));
}

#[test]
fn only_what_nobody_looked_at_is_unread() {
    let mut chat = under(Padlock::NotPrivate);
    chat.set_visibility(Visibility::Visible);
    receive(&mut chat, "seen", Provenance::Plain);
    assert_eq!(chat.unread(), 0);
    chat.set_visibility(Visibility::Closed);
    receive(&mut chat, "one", Provenance::Plain);
    receive(&mut chat, "two", Provenance::Plain);
    assert_eq!(chat.unread(), 2);
    chat.set_visibility(Visibility::Visible);
    assert_eq!(chat.unread(), 0);
    assert!(look(&chat).shows("New"));
    chat.set_visibility(Visibility::Closed);
    chat.set_visibility(Visibility::Visible);
    assert!(!look(&chat).shows("New"));
}

#[test]
fn a_request_is_answered_under_its_own_number() {
    let mut chat = under(Padlock::Private(KEY));
    let ask = |number, question: &str| {
        ChatEvent::Verification(Verification::Requested {
            request: RequestId(number),
            question: Some(question.to_owned()),
        })
    };
    chat.observe(ask(1, "Where did we meet?"));
    assert!(look(&chat).shows("Bob wants to make sure it is you."));
    let _ = click(&mut chat, "Answer Bob");
    assert!(look(&chat).shows("“Where did we meet?”"));
    let typed = verify::Message::SecretTyped(engine::Secret::new("Rome".to_owned()));
    let _ = chat.update(Message::Verify(typed));

    chat.observe(ask(2, "And when?"));
    assert!(look(&chat).shows("“And when?”"));
    assert!(look(&chat).click("Answer").is_empty(), "an old answer fits no new question");
    let typed = verify::Message::SecretTyped(engine::Secret::new("May".to_owned()));
    let _ = chat.update(Message::Verify(typed));
    let answer = command(click(&mut chat, "Answer"));
    assert!(matches!(
        answer,
        Command::Chat(_, ChatCommand::Answer { request: RequestId(2), secret, .. }) if secret.expose() == "May"
    ));

    chat.observe(ChatEvent::Verification(Verification::Succeeded(VerificationResult::TheyLearnt)));
    assert!(look(&chat).shows("Bob knows that it is you"));
    let _ = click(&mut chat, "Ask Bob a question too");
    assert!(look(&chat).shows("Ask Bob a question"));
}

#[test]
fn escape_closes_what_is_on_top_and_nothing_else() {
    let mut chat = under(Padlock::Private(KEY));
    draft(&mut chat, "kept");
    let _ = click(&mut chat, "Verify Bob");
    let how = "How do you want to make sure it is Bob?";
    assert!(look(&chat).shows(how));
    let _ = chat.update(Message::Escape);
    assert!(!look(&chat).shows(how));
    assert_eq!(chat.composer.draft().as_str(), "kept");
}

#[test]
fn the_shortcuts_do_what_the_buttons_do() {
    let mut chat = under(Padlock::NotPrivate);
    let asked = command(chat.shortcut(Shortcut::GoPrivate));
    assert!(matches!(asked, Command::Chat(_, ChatCommand::GoPrivate)));
    let mut chat = under(Padlock::Verified(KEY));
    assert!(matches!(chat.shortcut(Shortcut::GoPrivate), Action::None));
    let _ = chat.shortcut(Shortcut::Verify);
    assert!(look(&chat).shows("How do you want to make sure it is Bob?"));
    let _ = chat.shortcut(Shortcut::Close);
    assert!(!chat.verify.is_open());
}

#[test]
fn history_tells_what_happened_once_and_in_plain_words() {
    let mut chat = under(Padlock::Verified(KEY));
    chat.observe(ChatEvent::Notice(Notice::PrivateStarted {
        fingerprint: KEY,
        verified: false,
        new_key: false,
    }));
    chat.observe(ChatEvent::Notice(Notice::Verified(Proof::Compared)));
    let mut seen = look(&chat);
    let started = "Private conversation started. What was read in it is not kept on this computer.";
    assert!(seen.shows(started));
    let at = crate::time_format::clock(chat.timeline.items()[1].at());
    assert!(seen.shows(&format!("Verified by comparing key codes, {at}.")));
}

#[test]
fn being_offline_is_told_and_nothing_of_who_is_there() {
    let mut chat = under(Padlock::Waiting);
    let told = "You are offline. What you write is kept here until you are back.";
    assert!(look(&chat).shows("Online") && look(&chat).shows("Waiting for Bob"));
    chat.account_changed(&AccountState::Offline {
        reason: engine::OfflineReason::ConnectionLost,
        retry_in: Duration::from_secs(5),
    });
    assert!(look(&chat).shows(told) && look(&chat).shows("You are offline"));
    assert!(!look(&chat).shows("Online") && !look(&chat).shows("Waiting for Bob"));
    chat.account_changed(&AccountState::Online);
    assert!(!look(&chat).shows(told) && look(&chat).shows("Waiting for Bob"));
}

#[test]
fn nothing_said_or_typed_shows_in_debug_output() {
    let mut chat = under(Padlock::NotPrivate);
    draft(&mut chat, "secret draft");
    receive(&mut chat, "secret line", Provenance::Plain);
    assert!(!format!("{chat:?}").contains("secret"));
}
