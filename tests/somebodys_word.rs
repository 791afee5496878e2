//! What stands around a private message is somebody's word, and changes nothing about it.
#![expect(clippy::wildcard_enum_match_arm, reason = "one event of many is looked for")]

use engine::{ChatEvent, Delivery, Event, Label, MessageId, Provenance};
use stories::{Chat, Device, Person, Prosody, Setup, Wire};

/// Says of every private message that it is old, stored, and corrects another.
fn write_around(said: &str) -> String {
    let around = "</body><replace xmlns='urn:xmpp:message-correct:0' id='another'/>\
        <delay xmlns='urn:xmpp:delay' from='localhost' stamp='9999-12-31T23:59:59-14:00'/>\
        <received xmlns='urn:xmpp:receipts' id='another'/>";
    said.replace(".</body>", &format!(".{around}"))
}

fn label_of(chat: &Chat<'_>, wanted: &str) -> Label {
    chat.wait(&format!("{wanted:?} should arrive"), |events, id| {
        events.iter().find_map(|event| match event {
            Event::Chat(at, ChatEvent::Received { text, label, .. })
                if at == id && text == wanted =>
            {
                Some(label.clone())
            }
            _ => None,
        })
    })
}

fn inside(id: MessageId, replaces: Option<MessageId>) -> Label {
    Label::Inside { id, replaces }
}

fn is_delivered(delivery: Delivery) -> bool {
    matches!(delivery, Delivery::Delivered(Provenance::Private(_)))
}

#[test]
fn a_server_that_writes_around_private_texts_takes_none_away_and_moves_none() {
    let server = Prosody::start();
    let wire = Wire::tap(&server);
    let alice = Person::sign_in_with(&Setup::of("alice", &server).by_direct_tls(wire.port()));
    let bob = Person::sign_in("bob", &server);
    let (chat, other) = (alice.with("bob"), bob.with("alice"));
    chat.open();
    chat.wait_until_private();
    other.wait_until_private();
    wire.forge(write_around);

    let first = other.say("do NOT send the money");
    assert_eq!(label_of(&chat, "do NOT send the money"), inside(first, None));
    let second = other.say("yes, fine wiht me");
    assert_eq!(label_of(&chat, "yes, fine wiht me"), inside(second.clone(), None));
    let third = other.correct(&second, "yes, fine with me");
    assert_eq!(label_of(&chat, "yes, fine with me"), inside(third.clone(), Some(second)));
    assert_eq!(chat.received().len(), 3);
    other.wait_for_delivery(&third, "delivered by her own word", is_delivered);
    assert!(wire.from_client().contains("?OTR:"));
    assert!(!wire.from_client().contains("urn:xmpp:receipts' id"), "nothing is confirmed outside");
}

#[test]
fn a_receipt_in_the_contacts_name_delivers_nothing_and_their_own_does() {
    let server = Prosody::start();
    let wire = Wire::tap(&server);
    let alice = Person::sign_in("alice", &server);
    let bob = Person::sign_in_with(&Setup::of("bob", &server).by_direct_tls(wire.port()));
    let chat = alice.with("bob");
    chat.open();
    chat.wait_until_private();
    bob.with("alice").wait_until_private();
    let first = chat.say("can you hear me?");
    chat.wait_for_delivery(&first, "delivered", is_delivered);

    // It is kept from him, and somebody with his password says that he has it.
    wire.mute();
    let id = chat.say("kept from him");
    chat.wait_for_delivery(&id, "sent", |delivery| matches!(delivery, Delivery::Sent(_)));
    let mut intruder = Device::sign_in("bob", &server);
    let receipt = format!("<received xmlns='urn:xmpp:receipts' id='{}'/>", id.as_str());
    intruder.send(&format!("<message to='alice@localhost' type='chat'>{receipt}</message>"));
    intruder.send("<message to='alice@localhost' type='chat'><body>it is me</body></message>");
    assert_eq!(chat.wait_for_text("it is me"), Provenance::PlainInPrivate);
    let now = chat.outgoing(&id).map(|outgoing| outgoing.delivery);
    assert!(matches!(now, Some(Delivery::Sent(_))), "{now:?}");

    wire.flow();
    chat.wait_for_delivery(&id, "delivered", is_delivered);
    bob.with("alice").wait_for_text("kept from him");
}
