//! Who is writing.

use iced::widget::text_editor;

use super::*;
use crate::t;

fn type_in(chat: &mut Chat, text: &str) -> Vec<Command> {
    let mut told = Vec::new();
    for letter in text.chars() {
        let edit = text_editor::Action::Edit(text_editor::Edit::Insert(letter));
        let action = chat.update(Message::Composer(composer::Message::Edited(edit)));
        if let Action::Command(command) = action {
            told.push(command);
        }
    }
    told
}

#[test]
fn the_engine_is_told_once_that_something_is_written_and_once_that_it_is_not() {
    let mut chat = under(Padlock::Private(KEY));
    let told = type_in(&mut chat, "hi");
    assert!(matches!(told.as_slice(), [Command::Chat(_, ChatCommand::Writing(true))]), "{told:?}");
    let mut told = Vec::new();
    for _ in 0..3 {
        let edit = text_editor::Action::Edit(text_editor::Edit::Backspace);
        let action = chat.update(Message::Composer(composer::Message::Edited(edit)));
        told.extend(matches!(action, Action::Command(_)).then(|| command(action)));
    }
    assert!(matches!(told.as_slice(), [Command::Chat(_, ChatCommand::Writing(false))]), "{told:?}");
    assert_eq!(type_in(&mut chat, "yes").len(), 1);
    let seen = chat.padlock();
    let sent = chat.update(Message::Composer(composer::Message::Send { seen }));
    assert!(matches!(command(sent), Command::Chat(_, ChatCommand::Send(_))));
    assert_eq!(type_in(&mut chat, "more").len(), 1, "the next text is news again");
}

#[test]
fn it_is_shown_that_they_write_until_they_have_written() {
    let mut chat = under(Padlock::Private(KEY));
    assert!(!look(&chat).shows(&t!("chat-writing")));
    chat.observe(ChatEvent::Writing(true));
    assert!(look(&chat).shows(&t!("chat-writing")));
    receive(&mut chat, "hello", Provenance::Private(KEY));
    assert!(!look(&chat).shows(&t!("chat-writing")));
    chat.observe(ChatEvent::Writing(true));
    let info = ContactInfo { availability: Availability::Offline, ..chat.info.clone() };
    chat.observe(ChatEvent::Info(info));
    assert!(!look(&chat).shows(&t!("chat-writing")));
}

#[test]
fn what_the_engine_was_too_busy_to_hear_is_told_with_the_next_key() {
    let mut chat = under(Padlock::Unasked);
    let told = type_in(&mut chat, "h");
    for command in told {
        chat.command_rejected(command);
    }
    let told = type_in(&mut chat, "i");
    assert!(matches!(told.as_slice(), [Command::Chat(_, ChatCommand::Writing(true))]), "{told:?}");
}
