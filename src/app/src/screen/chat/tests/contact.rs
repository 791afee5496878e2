//! Strangers, and what can be done about a contact.

use super::*;

fn with(info: impl FnOnce(&mut ContactInfo)) -> Chat {
    let mut chat = chat();
    let mut changed = chat.info.clone();
    info(&mut changed);
    chat.observe(ChatEvent::Info(changed));
    chat
}

fn asking(subscription: Subscription) -> Chat {
    with(|info| info.subscription = subscription)
}

#[test]
fn a_stranger_is_accepted_declined_or_blocked_and_answered_by_nothing_before() {
    for (subscription, words) in [
        (Subscription::Requested, "Bob asks to see when you are online."),
        (Subscription::Wrote, "Bob wrote to you and is not on your list."),
    ] {
        let mut chat = asking(subscription);
        assert!(look(&chat).shows(words));
        assert!(matches!(command(click(&mut chat, "Accept")), Command::AcceptContact(_)));
        assert!(matches!(command(click(&mut chat, "Decline")), Command::DeclineContact(_)));
        assert!(matches!(command(click(&mut chat, "Block")), Command::Block(_)));

        draft(&mut chat, "who are you?");
        let send = composer::Message::Send { seen: Padlock::NotPrivate };
        assert!(matches!(chat.update(Message::Composer(send.clone())), Action::None));
        chat.observe(ChatEvent::Info(super::chat().info));
        assert!(matches!(
            command(chat.update(Message::Composer(send))),
            Command::SendMessage { text, .. } if text == "who are you?"
        ));
    }
}

#[test]
fn a_blocked_contact_is_marked_and_can_be_let_through_again() {
    let mut chat = with(|info| info.blocked = true);
    chat.observe(ChatEvent::PadlockChanged(Padlock::Unanswered));
    assert!(!look(&chat).shows("Try again"), "there is nothing to be said");
    assert!(look(&chat).shows("Blocked"));
    assert!(look(&chat).shows("Bob is blocked: the server lets nothing through, either way."));
    draft(&mut chat, "kept");
    let send = composer::Message::Send { seen: Padlock::NotPrivate };
    assert!(matches!(chat.update(Message::Composer(send)), Action::None));
    assert!(matches!(command(click(&mut chat, "Unblock")), Command::Unblock(_)));
}

#[test]
fn a_contact_is_blocked_from_the_menu() {
    let mut chat = chat();
    let _ = click(&mut chat, "More");
    assert!(matches!(command(click(&mut chat, "Block")), Command::Block(_)));
    assert!(!look(&chat).shows("Block"), "the menu is closed");
}

#[test]
fn removing_a_contact_is_asked_back_once() {
    let mut chat = chat();
    let _ = click(&mut chat, "More");
    assert!(matches!(click(&mut chat, "Remove from list…"), Action::None));
    let remove = command(click(&mut chat, "Remove from list"));
    assert!(matches!(remove, Command::RemoveContact(_)));
}

#[test]
fn a_contact_gets_another_name_or_loses_it() {
    for (typed, wanted) in [("Bobby", Some("Bobby")), ("  ", None)] {
        let mut chat = chat();
        let _ = click(&mut chat, "More");
        assert!(matches!(click(&mut chat, "Rename…"), Action::Task(_)));
        assert!(look(&chat).ui().find(id::RENAME).is_ok());
        let _ = chat.update(Message::Rename(Some(typed.to_owned())));
        let Command::RenameContact { name, .. } = command(click(&mut chat, "Rename")) else {
            panic!("not renamed");
        };
        assert_eq!(name.as_deref(), wanted);
        assert!(look(&chat).ui().find(id::RENAME).is_err());
    }
}

#[test]
fn the_practice_partner_is_on_no_list() {
    let mut chat = chat();
    chat.id.account = "you@practice.invalid".parse().unwrap();
    let _ = click(&mut chat, "More");
    assert!(look(&chat).shows("Key codes"));
    assert!(!look(&chat).shows("Remove from list…"));
}
