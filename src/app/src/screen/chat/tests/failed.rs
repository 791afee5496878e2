//! A message that did not arrive: it stays until the person has decided.

use super::*;

#[test]
fn a_failed_message_is_retried_edited_or_discarded() {
    let failed = Delivery::Failed { provenance: Provenance::Plain, reason: FailReason::Unsure };
    let mut chat = under(Padlock::NotPrivate);
    chat.observe(ChatEvent::Outgoing(outgoing(failed)));
    let retried = command(click(&mut chat, "Retry"));
    assert!(matches!(
        retried,
        Command::Chat(_, ChatCommand::Retry { seen: Padlock::NotPrivate, .. })
    ));
    // What was typed is not thrown away by one click.
    assert!(matches!(click(&mut chat, "Discard"), Action::None));
    let keep = click(&mut chat, "Keep it");
    assert!(matches!(keep, Action::None));
    let _ = click(&mut chat, "Discard");
    let discarded = command(click(&mut chat, "Discard message"));
    assert!(matches!(discarded, Command::Chat(_, ChatCommand::Discard(_))));
    assert!(matches!(click(&mut chat, "Copy"), Action::Task(_)));

    draft(&mut chat, "and more");
    assert!(matches!(command(click(&mut chat, "Edit")), Command::Chat(_, ChatCommand::Discard(_))));
    assert_eq!(chat.composer.draft().as_str(), "hello\nand more");
    chat.observe(ChatEvent::Discarded(MessageId::from("m1".to_owned())));
    assert!(!look(&chat).shows("hello"));
}

#[test]
fn whoever_removes_a_contact_is_told_of_what_has_not_gone_out() {
    let mut chat = chat();
    let ask = |chat: &mut Chat| {
        let _ = chat.update(Message::Confirmation(Some(Confirmation::Remove)));
    };
    let warning = "What you wrote and has not gone out yet is lost.";
    let warns = |chat: &Chat| {
        let mut found = false;
        let _ = look(chat).ui().find(|candidate: iced_test::selector::Candidate<'_>| {
            if let iced_test::selector::Candidate::Text { content, .. } = candidate {
                found |= content.contains(warning);
            }
            None::<iced_test::selector::Target>
        });
        found
    };
    ask(&mut chat);
    assert!(!warns(&chat));
    draft(&mut chat, "a letter half written");
    assert!(warns(&chat));
    let mut chat = under(Padlock::Private(KEY));
    chat.observe(ChatEvent::Outgoing(outgoing(Delivery::Held(HeldReason::ContactAway))));
    ask(&mut chat);
    assert!(warns(&chat));
}

#[test]
fn a_private_message_is_not_sent_readable_by_a_button_called_retry() {
    let failed =
        Delivery::Failed { provenance: Provenance::Private(KEY), reason: FailReason::Unsure };
    let mut chat = under(Padlock::NotPrivate);
    chat.observe(ChatEvent::Outgoing(outgoing(failed)));
    {
        let mut seen = look(&chat);
        assert!(seen.shows("Send without privacy") && !seen.shows("Retry"));
    }
    // Nor by one press at all.
    assert!(matches!(click(&mut chat, "Send without privacy"), Action::None));
    assert!(look(&chat).shows(&crate::t!("confirm-readable")));
    let id = MessageId::from("m1".to_owned());
    assert!(matches!(chat.update(Message::SendReadable(id.clone())), Action::None), "too soon");
    chat.let_pauses_pass();
    let asked = command(chat.update(Message::SendReadable(id.clone())));
    let Command::Chat(_, ChatCommand::Retry { id: again, seen }) = asked else { panic!() };
    assert_eq!((again, seen), (id, Padlock::NotPrivate));
}

/// Nor by taking it back into the composer, where one Enter would send it.
#[test]
fn what_was_written_to_be_private_asks_before_it_is_sent_readable_from_the_composer() {
    let mut chat = under(Padlock::NotPrivate);
    let held = Delivery::Held(HeldReason::PadlockChanged);
    chat.observe(ChatEvent::Outgoing(outgoing(held)));
    let _ = command(click(&mut chat, "Edit"));
    let mut drafted = under(Padlock::Private(KEY));
    draft(&mut drafted, "hello");
    drafted.observe(ChatEvent::PadlockChanged(Padlock::Finished));
    drafted.observe(ChatEvent::PadlockChanged(Padlock::NotPrivate));
    for mut chat in [chat, drafted] {
        let enter = || Message::Composer(composer::Message::Send { seen: Padlock::NotPrivate });
        assert!(matches!(chat.update(enter()), Action::None));
        assert!(look(&chat).shows(&crate::t!("confirm-readable")));
        assert!(matches!(chat.update(Message::SendDraft), Action::None), "too soon");
        let _ = chat.update(Message::Confirmation(None));
        assert_eq!(chat.composer.draft().as_str(), "hello", "it is kept");
        let _ = chat.update(enter());
        chat.let_pauses_pass();
        let sent = command(chat.update(Message::SendDraft));
        let Command::Chat(_, ChatCommand::Send(sent)) = sent else { panic!("{sent:?}") };
        assert_eq!((sent.text.as_str(), sent.seen), ("hello", Padlock::NotPrivate));
        // What is typed afterwards is typed under an open padlock.
        draft(&mut chat, "as it is");
        let sent = command(chat.update(enter()));
        assert!(matches!(sent, Command::Chat(_, ChatCommand::Send(_))));
    }
}
