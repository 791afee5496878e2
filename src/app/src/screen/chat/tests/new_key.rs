//! Keys that are new, or in doubt.

use super::*;

#[test]
fn a_new_key_is_explained_and_accepted_only_as_shown() {
    let mut chat = under(Padlock::KeyChanged(OTHER_KEY));
    assert!(!look(&chat).shows("Go on with the new key"));
    let _ = click(&mut chat, "What does this mean?");
    let accepted = command(click(&mut chat, "Go on with the new key"));
    assert!(matches!(accepted, Command::Chat(_, ChatCommand::AcceptKey(OTHER_KEY))));
}

#[test]
fn a_doubted_key_is_explained_and_gone_on_with_only_as_shown() {
    let mut chat = under(Padlock::Doubted(OTHER_KEY));
    assert!(!look(&chat).shows("Go on all the same"));
    let _ = click(&mut chat, "What does this mean?");
    let accepted = command(click(&mut chat, "Go on all the same"));
    assert!(matches!(accepted, Command::Chat(_, ChatCommand::AcceptKey(OTHER_KEY))));
}

#[test]
fn a_second_program_with_a_new_key_is_told_beside_the_conversation_that_goes_on() {
    let mut chat = under(Padlock::Private(KEY));
    chat.observe(ChatEvent::NewKeyBeside(Some(OTHER_KEY)));
    let words = "Another app answers as Bob, with a new key. What you write goes only to the key \
                 you know.";
    assert!(look(&chat).shows(words));
    assert!(look(&chat).shows("Private – not verified"));
    let _ = click(&mut chat, "What does this mean?");
    let accepted = command(click(&mut chat, "Go on with the new key"));
    assert!(matches!(accepted, Command::Chat(_, ChatCommand::AcceptKey(OTHER_KEY))));
    chat.observe(ChatEvent::NewKeyBeside(None));
    assert!(!look(&chat).shows(words) && !look(&chat).shows("Go on with the new key"));
}

#[test]
fn a_text_under_a_key_that_was_not_accepted_is_marked_for_ever() {
    let mut chat = under(Padlock::KeyChanged(OTHER_KEY));
    receive(&mut chat, "it is me", Provenance::Unaccepted(OTHER_KEY));
    let words = "Somebody else may have written this: you had not accepted this key then";
    assert!(look(&chat).shows(words));
    chat.observe(ChatEvent::PadlockChanged(Padlock::Private(OTHER_KEY)));
    assert!(look(&chat).shows(words));
}
