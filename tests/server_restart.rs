//! The server is killed in mid-conversation and comes back.

use engine::{Delivery, MessageId};
use stories::{Chat, Options, Person, Prosody, XmppServer};

/// Says this many at once.
fn say_some(chat: &Chat<'_>, when: &str) -> Vec<(MessageId, String)> {
    (1..=5)
        .map(|number| {
            let text = format!("{when} {number}");
            (chat.say(&text), text)
        })
        .collect()
}

/// Each arrived once, or its author is told that it may not have; in no case twice, or unseen.
fn all_are_accounted_for(chat: &Chat<'_>, other: &Chat<'_>, said: &[(MessageId, String)]) {
    for (id, text) in said {
        let delivery = chat.wait_for_delivery(id, "settled", |delivery| {
            matches!(delivery, Delivery::Delivered(_) | Delivery::Failed { .. })
        });
        let arrived = other.received().iter().filter(|line| line.0 == *text).count();
        if matches!(delivery, Delivery::Delivered(_)) {
            assert_eq!(arrived, 1, "{text:?} is shown as delivered");
        } else {
            assert!(arrived <= 1, "{text:?} arrived {arrived} times");
        }
    }
}

fn survive(options: Options) {
    let mut server = Prosody::with(options);
    let alice = Person::sign_in("alice", &server);
    let bob = Person::sign_in("bob", &server);
    let (chat, other) = (alice.with("bob"), bob.with("alice"));
    chat.open();
    chat.wait_until_private();
    other.wait_until_private();
    let (hello, answer) = (chat.say("hello"), other.say("hello to you"));
    // From these on, each knows that the other's program confirms what it reads.
    chat.wait_for_delivery(&hello, "delivered", |it| matches!(it, Delivery::Delivered(_)));
    other.wait_for_delivery(&answer, "delivered", |it| matches!(it, Delivery::Delivered(_)));

    let mut ours = say_some(&chat, "ours before");
    let mut theirs = say_some(&other, "theirs before");
    server.kill();
    alice.wait_until_offline();
    bob.wait_until_offline();
    let (ours_while_down, theirs_while_down) =
        (say_some(&chat, "ours while down"), say_some(&other, "theirs while down"));
    for (id, text) in &ours_while_down {
        let delivery = chat.wait_for_delivery(id, "shown", |_| true);
        assert!(matches!(delivery, Delivery::Held(_)), "{text:?} is {delivery:?}");
    }

    server.start_again();
    alice.wait_until_online();
    bob.wait_until_online();
    let ours_after = say_some(&chat, "ours after");
    let theirs_after = say_some(&other, "theirs after");
    chat.wait_until_private();
    other.wait_until_private();

    // What was typed while it was down or later is not lost to the crash: it all arrives.
    for (id, _) in ours_while_down.iter().chain(&ours_after) {
        chat.wait_for_delivery(id, "delivered", |it| matches!(it, Delivery::Delivered(_)));
    }
    for (id, _) in theirs_while_down.iter().chain(&theirs_after) {
        other.wait_for_delivery(id, "delivered", |it| matches!(it, Delivery::Delivered(_)));
    }
    ours.push((hello, "hello".to_owned()));
    ours.extend(ours_while_down.into_iter().chain(ours_after));
    theirs.push((answer, "hello to you".to_owned()));
    theirs.extend(theirs_while_down.into_iter().chain(theirs_after));
    all_are_accounted_for(&chat, &other, &ours);
    all_are_accounted_for(&other, &chat, &theirs);
}

#[test]
fn after_a_crash_of_the_server_the_conversation_is_private_again_and_no_message_is_lost_unseen() {
    survive(Options::default());
}

#[test]
fn the_same_holds_for_a_server_without_stream_management() {
    survive(Options { stream_management: false, ..Options::default() });
}
