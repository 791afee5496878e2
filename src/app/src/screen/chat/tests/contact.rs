//! Strangers, and what can be done about a contact.

use engine::{AccountCommand, ArchiveGap, GapState};

use super::*;
use iced::widget::Id;

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
        assert!(matches!(
            command(click(&mut chat, "Accept")),
            Command::Contact(_, ContactCommand::Accept)
        ));
        assert!(matches!(
            command(click(&mut chat, "Decline")),
            Command::Contact(_, ContactCommand::Decline)
        ));
        assert!(matches!(
            command(click(&mut chat, "Block")),
            Command::Contact(_, ContactCommand::Block)
        ));

        draft(&mut chat, "who are you?");
        let send = composer::Message::Send { seen: Padlock::NotPrivate };
        assert!(matches!(chat.update(Message::Composer(send.clone())), Action::None));
        chat.observe(ChatEvent::Info(super::chat().info));
        assert!(matches!(
            command(chat.update(Message::Composer(send))),
            Command::Chat(_, ChatCommand::Send(NewMessage { text, .. })) if text == "who are you?"
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
    assert!(matches!(
        command(click(&mut chat, "Unblock")),
        Command::Contact(_, ContactCommand::Unblock)
    ));
}

#[test]
fn a_contact_is_blocked_from_the_menu() {
    let mut chat = chat();
    let _ = click(&mut chat, "More");
    assert!(matches!(
        command(click(&mut chat, "Block")),
        Command::Contact(_, ContactCommand::Block)
    ));
    assert!(!look(&chat).shows("Block"), "the menu is closed");
}

#[test]
fn removing_a_contact_is_asked_back_once() {
    let mut chat = chat();
    let _ = click(&mut chat, "More");
    assert!(matches!(click(&mut chat, "Remove from list…"), Action::None));
    let remove = command(click(&mut chat, "Remove from list"));
    assert!(matches!(remove, Command::Contact(_, ContactCommand::Remove)));
}

/// Opens the fields for the name and the groups.
fn contact_editor(groups: &[&str]) -> Chat {
    let mut chat = with(|info| info.groups = groups.iter().map(|it| (*it).to_owned()).collect());
    let _ = click(&mut chat, "More");
    assert!(matches!(click(&mut chat, "Name and groups…"), Action::Task(_)));
    chat
}

fn set(chat: &mut Chat) -> (Option<String>, Vec<String>) {
    let Command::Contact(_, ContactCommand::Edit { name, groups, .. }) =
        command(click(chat, "Save"))
    else {
        panic!("not set");
    };
    (name, groups)
}

fn type_into(chat: &mut Chat, field: Id, typed: &str, then: Option<Named>) {
    let messages = {
        let mut seen = look(chat);
        seen.ui().click(field).unwrap();
        let _ = seen.ui().typewrite(typed);
        then.map(|key| seen.ui().tap_key(key));
        seen.into_messages()
    };
    for message in messages {
        let _ = chat.update(message);
    }
}

#[test]
fn a_contact_gets_another_name_or_loses_it_and_stays_in_their_groups() {
    for (typed, wanted) in [("Bobby", Some("Bobby")), ("  ", None)] {
        let mut chat = contact_editor(&["Friends, old ones"]);
        assert!(look(&chat).ui().find(id::CONTACT_NAME).is_ok());
        let _ =
            chat.update(Message::ContactEditor(contact_editor::Message::Name(typed.to_owned())));
        let (name, groups) = set(&mut chat);
        assert_eq!((name.as_deref(), groups), (wanted, vec!["Friends, old ones".to_owned()]));
        assert!(look(&chat).ui().find(id::CONTACT_NAME).is_err());
    }
}

#[test]
fn a_contact_is_put_into_groups_and_taken_out_of_them() {
    let mut chat = contact_editor(&["Friends", "Work"]);
    type_into(&mut chat, id::CONTACT_GROUP, "Family", Some(Named::Enter));
    assert!(look(&chat).shows("Family"));
    let _ = click(&mut chat, "Work");
    assert!(!look(&chat).shows("Work"));
    // What was typed and not entered counts too, but nothing counts twice.
    type_into(&mut chat, id::CONTACT_GROUP, " Friends ", Some(Named::Enter));
    type_into(&mut chat, id::CONTACT_GROUP, "Chess", None);
    assert_eq!(set(&mut chat).1, ["Friends", "Family", "Chess"]);
}

#[test]
fn enter_takes_the_group_that_was_typed_and_then_all_of_it() {
    let mut chat = contact_editor(&[]);
    let _ = chat.update(Message::ContactEditor(contact_editor::Message::Group("Chess".to_owned())));
    // One types on in the same place.
    let join = || Message::ContactEditor(contact_editor::Message::AddGroup);
    assert!(matches!(chat.update(join()), Action::Task(_)));
    let Command::Contact(_, ContactCommand::Edit { groups, .. }) = command(chat.update(join()))
    else {
        panic!()
    };
    assert_eq!(groups, ["Chess"]);
}

#[test]
fn groups_that_are_typed_are_short_and_not_without_end() {
    let mut chat = contact_editor(&[]);
    for number in 0..40 {
        let typed = format!("{number} {}", "x".repeat(100));
        let _ = chat.update(Message::ContactEditor(contact_editor::Message::Group(typed)));
        let _ = chat.update(Message::ContactEditor(contact_editor::Message::AddGroup));
    }
    assert!(look(&chat).ui().find(id::CONTACT_GROUP).is_err());
    let (_, groups) = set(&mut chat);
    assert_eq!(groups.len(), 32);
    assert!(groups.iter().all(|group| group.chars().count() == 64));
}

#[test]
fn what_the_engine_did_not_take_of_it_is_typed_still() {
    let mut chat = contact_editor(&["Friends"]);
    let _ = chat.update(Message::ContactEditor(contact_editor::Message::Name("Bobby".to_owned())));
    let command = command(click(&mut chat, "Save"));
    chat.command_rejected(command);
    assert_eq!(set(&mut chat), (Some("Bobby".to_owned()), vec!["Friends".to_owned()]));
}

#[test]
fn a_picture_replaces_the_letter_unless_it_is_outdated_or_none() {
    let mut chat = chat();
    let avatar = |byte| Avatar::new(vec![byte]);
    let avatar_image = || Some(crate::image::tests::avatar_image());
    let shows_letter = |chat: &Chat| look(chat).shows("B");
    chat.observe(ChatEvent::AvatarChanged(Some(avatar(1))));
    assert!(shows_letter(&chat), "it is being decoded");
    chat.decoded(&avatar(1), avatar_image());
    assert!(!shows_letter(&chat));
    chat.observe(ChatEvent::AvatarChanged(Some(avatar(2))));
    chat.decoded(&avatar(2), None);
    assert!(shows_letter(&chat), "it cannot be shown");
    chat.observe(ChatEvent::AvatarChanged(Some(avatar(3))));
    chat.observe(ChatEvent::AvatarChanged(None));
    chat.decoded(&avatar(3), avatar_image());
    assert!(shows_letter(&chat), "it is withdrawn");
}

#[test]
fn the_practice_partner_is_on_no_list() {
    let mut chat = chat();
    chat.id.account = "you@practice.invalid".parse().unwrap();
    let _ = click(&mut chat, "More");
    assert!(look(&chat).shows("Key codes"));
    assert!(!look(&chat).shows("Remove from list…"));
}

#[test]
fn the_list_learns_of_no_padlock_before_there_is_one() {
    assert_eq!(chat().padlock_told(), None);
    assert_eq!(under(Padlock::NotPrivate).padlock_told(), Some(Padlock::NotPrivate));
    assert_eq!(under(Padlock::Waiting).padlock_told(), Some(Padlock::Waiting));
}

#[test]
fn what_is_missing_can_be_fetched_as_long_as_the_server_may_have_it() {
    let mut chat = chat();
    let gap = |state| ArchiveGap { number: 7, run: 0, after: None, before: None, state };
    chat.observe_gap(gap(GapState::Open));
    assert!(look(&chat).shows("Some messages may not be here."));
    assert!(matches!(
        command(click(&mut chat, "Fetch them")),
        Command::Account(account, AccountCommand::FetchGap(7)) if account == chat.id().account
    ));
    let filling = ArchiveGap { before: Some(SystemTime::now()), ..gap(GapState::Filling) };
    chat.observe_gap(filling);
    assert!(look(&chat).shows("Fetching earlier messages…") && !look(&chat).shows("Fetch them"));
    chat.observe_gap(gap(GapState::Incomplete));
    assert!(!look(&chat).shows("Fetch them"));
    chat.observe_gap(gap(GapState::Closed));
    assert!(!look(&chat).shows("Some messages may not be here."));
}
