//! What is asked back before it is done, version 2 with somebody who has spoken version 3 above all.

use engine::OlderVersion;

use super::*;

fn wanted(padlock: Padlock) -> Chat {
    let mut chat = under(padlock);
    chat.observe(ChatEvent::OlderVersion(OlderVersion::Wanted));
    chat
}

#[test]
fn the_way_on_that_is_offered_is_not_weaker_than_the_one_that_was_refused() {
    for padlock in [Padlock::Unanswered, Padlock::Unasked, Padlock::Starting, Padlock::Waiting] {
        let chat = wanted(padlock);
        assert!(look(&chat).shows("Use the older way…"), "{padlock:?}");
        assert!(!look(&chat).shows("Go on without privacy…"), "{padlock:?}");
    }
    let again = command(click(&mut wanted(Padlock::Unanswered), "Try again"));
    assert!(matches!(again, Command::Chat(_, ChatCommand::GoPrivate)));
}

#[test]
fn the_older_way_is_explained_and_confirmed_before_it_is_taken() {
    let mut chat = wanted(Padlock::Starting);
    assert!(matches!(click(&mut chat, "Use the older way…"), Action::None));
    // Nobody answered meanwhile, and the question stands.
    chat.observe(ChatEvent::PadlockChanged(Padlock::Unanswered));
    assert!(look(&chat).shows("Use the older way"));
    let _ = click(&mut chat, "Only the newer way");
    let _ = click(&mut chat, "Use the older way…");
    let allowed = command(click(&mut chat, "Use the older way"));
    assert!(matches!(allowed, Command::Chat(_, ChatCommand::AllowOlderVersion(true))));
    assert!(look(&chat).shows("Use the older way…"), "until the engine says so");
}

#[test]
fn what_was_allowed_is_said_and_can_be_taken_back_in_one_click() {
    let mut chat = under(Padlock::Private(KEY));
    chat.observe(ChatEvent::OlderVersion(OlderVersion::Allowed));
    let back = command(click(&mut chat, "Allow it no longer"));
    assert!(matches!(back, Command::Chat(_, ChatCommand::AllowOlderVersion(false))));
    chat.observe(ChatEvent::OlderVersion(OlderVersion::Refused));
    assert!(!look(&chat).shows("Allow it no longer"));
}

#[test]
fn a_question_that_has_become_pointless_goes_away() {
    let mut chat = wanted(Padlock::Starting);
    let _ = click(&mut chat, "Use the older way…");
    chat.observe(ChatEvent::OlderVersion(OlderVersion::Refused));
    assert!(!look(&chat).shows("Only the newer way"));
}

#[test]
fn the_click_that_asks_does_not_answer() {
    let mut chat = under(Padlock::Finished);
    let _ = click(&mut chat, "Go on without privacy…");
    // Where the hand is, and at once.
    assert!(matches!(chat.update(Message::EndPrivate), Action::None));
    assert!(look(&chat).shows("Stay private"), "it is asked still");
    let yes = command(click(&mut chat, "Go on without privacy"));
    assert!(matches!(yes, Command::Chat(_, ChatCommand::EndPrivate)));
}
