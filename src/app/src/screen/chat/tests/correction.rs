//! Putting messages right.

use iced::keyboard::key::Named;

use super::*;

fn sent(chat: &mut Chat, provenance: Provenance) {
    chat.observe(ChatEvent::Outgoing(outgoing(Delivery::Sent(provenance))));
}

fn send(chat: &mut Chat) -> (String, Option<MessageId>) {
    let seen = chat.padlock;
    let action = chat.update(Message::Composer(composer::Message::Send { seen }));
    let Command::Chat(_, ChatCommand::Send(NewMessage { text, replaces, .. })) = command(action)
    else {
        panic!("not sent")
    };
    (text, replaces)
}

fn typed(chat: &Chat) -> String {
    chat.composer.draft().to_string()
}

#[test]
fn the_arrow_upwards_edits_the_last_message_of_ours() {
    let mut chat = under(Padlock::Private(KEY));
    sent(&mut chat, Provenance::Private(KEY));
    let messages = {
        let mut seen = look(&chat);
        seen.ui().click(id::COMPOSER).unwrap();
        let _ = seen.ui().tap_key(Named::ArrowUp);
        seen.into_messages()
    };
    for message in messages {
        let _ = chat.update(message);
    }
    assert_eq!(typed(&chat), "hello");
    assert!(look(&chat).shows("You are editing your last message."));
    draft(&mut chat, "oh,");
    assert_eq!(send(&mut chat), ("oh,\nhello".to_owned(), Some(MessageId::from("m1".to_owned()))));
    assert!(!look(&chat).shows("You are editing your last message."));
    draft(&mut chat, "next");
    assert_eq!(send(&mut chat).1, None);
}

#[test]
fn a_correction_stands_in_the_old_place_with_the_word_edited() {
    let mut chat = under(Padlock::NotPrivate);
    sent(&mut chat, Provenance::Plain);
    let later = Outgoing {
        id: MessageId::from("m2".to_owned()),
        text: "hello you".to_owned(),
        replaces: Some(MessageId::from("m1".to_owned())),
        ..outgoing(Delivery::Sent(Provenance::Plain))
    };
    chat.observe(ChatEvent::Outgoing(later));
    assert!(look(&chat).shows("hello you") && look(&chat).shows("Edited"));
    assert!(!look(&chat).shows("hello"));
    let _ = chat.update(Message::EditLast);
    assert_eq!(send(&mut chat).1, Some(MessageId::from("m1".to_owned())), "the first is named");
}

#[test]
fn what_was_being_typed_comes_back_after_an_edit_or_without_one() {
    for stops in [true, false] {
        let mut chat = under(Padlock::NotPrivate);
        sent(&mut chat, Provenance::Plain);
        draft(&mut chat, "half a thought");
        let _ = chat.update(Message::EditLast);
        assert_eq!(typed(&chat), "hello");
        if stops {
            let _ = click(&mut chat, "Cancel");
        } else {
            let _ = send(&mut chat);
        }
        assert_eq!(typed(&chat), "half a thought");
    }
}

#[test]
fn a_private_message_is_never_put_right_in_the_clear() {
    let mut chat = under(Padlock::NotPrivate);
    sent(&mut chat, Provenance::Private(KEY));
    assert!(matches!(chat.update(Message::EditLast), Action::None));

    let mut chat = under(Padlock::Private(KEY));
    sent(&mut chat, Provenance::Private(KEY));
    let _ = chat.update(Message::EditLast);
    chat.observe(ChatEvent::PadlockChanged(Padlock::NotPrivate));
    assert_eq!(typed(&chat), "hello", "nothing is lost");
    let seen = chat.padlock;
    assert!(matches!(
        chat.update(Message::Composer(composer::Message::Send { seen })),
        Action::None
    ));
    chat.let_pauses_pass();
    let sent = command(chat.update(Message::SendDraft));
    let Command::Chat(_, ChatCommand::Send(sent)) = sent else { panic!("{sent:?}") };
    assert_eq!(sent.replaces, None);
}

#[test]
fn an_edit_that_the_engine_did_not_take_is_still_an_edit() {
    let mut chat = under(Padlock::NotPrivate);
    sent(&mut chat, Provenance::Plain);
    let _ = chat.update(Message::EditLast);
    let seen = chat.padlock;
    let action = chat.update(Message::Composer(composer::Message::Send { seen }));
    chat.command_rejected(command(action));
    assert_eq!(send(&mut chat), ("hello".to_owned(), Some(MessageId::from("m1".to_owned()))));
}

#[test]
fn a_correction_of_theirs_is_marked_and_not_counted_as_new() {
    let mut chat = under(Padlock::NotPrivate);
    let receive = |chat: &mut Chat, text: &str, id: &str, replaces: Option<&str>| {
        let name = |name: &str| MessageId::from(name.to_owned());
        chat.observe(ChatEvent::Received {
            text: text.to_owned(),
            provenance: Provenance::Plain,
            at: SystemTime::now(),
            label: Label::Outside { id: Some(name(id)), replaces: replaces.map(name) },
            place: None,
        });
    };
    receive(&mut chat, "teh", "a", None);
    receive(&mut chat, "the", "b", Some("a"));
    assert_eq!(chat.unread(), 1);
    let mut seen = look(&chat);
    assert!(seen.shows("the") && seen.shows("Edited") && !seen.shows("teh"));
}

#[test]
fn an_action_is_told_with_the_name_of_who_acts() {
    let mut chat = under(Padlock::NotPrivate);
    receive(&mut chat, "/me waves", Provenance::Plain);
    chat.observe(ChatEvent::SentElsewhere {
        text: "/me waves back".to_owned(),
        at: SystemTime::now(),
        id: None,
        replaces: None,
        place: None,
    });
    let mut seen = look(&chat);
    assert!(seen.shows("* Bob waves") && seen.shows("* alice waves back"));
    assert!(seen.shows("From another device"));
}
