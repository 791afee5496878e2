//! Nothing that was typed for one person leaves readable, whatever happens around it.

use engine::{ChatCommand, Command, Delivery, Padlock};
use stories::{
    Chat, Cut, OFFER, Options, PASSWORD, Person, Profanity, Prosody, Setup, Wire, XmppServer,
};

/// Words that stand nowhere else, one for each moment.
struct Markers(Vec<String>);

impl Markers {
    fn new() -> Self {
        Self(Vec::new())
    }

    /// Writes the next one.
    fn say(&mut self, chat: &Chat<'_>) -> engine::MessageId {
        let marker = format!("quagga{:02}unheard", self.0.len());
        let id = chat.say(&format!("a word for you alone: {marker} and no more"));
        self.0.push(marker);
        id
    }

    /// Fails if any of them can be read in what left.
    fn stayed_private(&self, wire: &Wire) {
        for marker in &self.0 {
            assert!(!wire.betrays(marker), "{marker} left readable:\n{}", wire.from_client());
        }
    }
}

/// What makes the assertion above worth something: words that were meant to be readable are found.
fn the_wire_reads_everything(chat: &Chat<'_>, wire: &Wire) {
    chat.end_private();
    chat.wait_for_padlock("open", |padlock| padlock == Padlock::NotPrivate);
    let id = chat.say("a word for everybody: okapi99overheard");
    chat.wait_for_delivery(&id, "sent", |delivery| {
        matches!(delivery, Delivery::Sent(_) | Delivery::Delivered(_))
    });
    assert!(wire.betrays("okapi99overheard"), "the wire reads what is readable");
    assert!(!wire.betrays(PASSWORD), "the password left readable");
}

fn is_held(delivery: Delivery) -> bool {
    matches!(delivery, Delivery::Held(_))
}

#[test]
fn nothing_leaves_readable_while_a_profanity_ends_crashes_and_comes_back() {
    let server = Prosody::start();
    let wire = Wire::tap(&server);
    let mut bob = Profanity::sign_in(&server, "bob", "alice@localhost");
    let alice = Person::sign_in_with(&Setup::of("alice", &server).by_direct_tls(wire.port()));
    let chat = alice.with("bob");
    let mut markers = Markers::new();

    // Before anything is known, while it starts, and when it is private.
    markers.say(&chat);
    chat.open();
    markers.say(&chat);
    chat.wait_until_private();
    bob.wait_until_private();
    assert!(wire.betrays(OFFER), "who has no OTR should read why they got a strange message");
    markers.say(&chat);
    bob.wait_for_text("quagga02unheard");
    assert!(wire.from_client().contains("?OTR:"), "what left is of the protocol");

    // The contact leaves private, and writes readably.
    bob.end_private();
    chat.wait_for_padlock("finished", |padlock| padlock == Padlock::Finished);
    let held = markers.say(&chat);
    chat.wait_for_delivery(&held, "held", is_held);
    bob.say("can you hear me?");
    chat.wait_for_text("can you hear me?");
    let held = markers.say(&chat);
    chat.wait_for_delivery(&held, "held", is_held);

    // Our connection breaks meanwhile, and comes back.
    wire.cut(Cut::Close);
    alice.wait_until_offline();
    markers.say(&chat);
    alice.wait_until_online();
    markers.say(&chat);
    chat.go_private();
    chat.wait_until_private();
    bob.wait_for_text("quagga06unheard");

    // The contact's program crashes and knows nothing of the session any more.
    bob.crash();
    markers.say(&chat);
    bob.start_again("alice@localhost");
    markers.say(&chat);
    bob.say("who are you?");
    chat.wait_for_text("who are you?");
    markers.say(&chat);
    chat.go_private();
    bob.wait_until_private();
    chat.wait_until_private();
    markers.say(&chat);
    bob.wait_for_text(markers.0.last().unwrap());

    markers.stayed_private(&wire);
    the_wire_reads_everything(&chat, &wire);
    markers.stayed_private(&wire);
}

#[test]
fn nothing_leaves_readable_while_another_sotto_leaves_crashes_and_comes_back_with_a_new_key() {
    let server = Prosody::start();
    let wire = Wire::tap(&server);
    let bob = Person::sign_in("bob", &server);
    let alice = Person::sign_in_with(&Setup::of("alice", &server).by_direct_tls(wire.port()));
    let chat = alice.with("bob");
    let mut markers = Markers::new();

    markers.say(&chat);
    chat.wait_until_private();
    bob.with("alice").wait_for_text("a word for you alone: quagga00unheard and no more");
    bob.crash();
    markers.say(&chat);
    let bob = Person::sign_in("bob", &server);
    markers.say(&chat);
    chat.go_private();
    chat.wait_for_padlock("under the new key", |padlock| {
        padlock.fingerprint() == Some(bob.own_key())
    });
    let held = markers.say(&chat);
    chat.wait_for_delivery(&held, "held", is_held);
    let (id, fingerprint) = (chat.id().clone(), bob.own_key());
    alice.command(Command::Chat(id, ChatCommand::AcceptKey(fingerprint)));
    chat.wait_for_delivery(&held, "delivered", |it| matches!(it, Delivery::Delivered(_)));
    drop(bob);
    chat.wait_for_padlock("finished", |padlock| padlock == Padlock::Finished);
    let held = markers.say(&chat);
    chat.wait_for_delivery(&held, "held", is_held);
    wire.cut(Cut::Close);
    alice.wait_until_offline();
    markers.say(&chat);
    alice.wait_until_online();
    let held = markers.say(&chat);
    chat.wait_for_delivery(&held, "held", is_held);

    markers.stayed_private(&wire);
    the_wire_reads_everything(&chat, &wire);
    // Giving privacy up sends nothing that was typed before.
    markers.stayed_private(&wire);
}

#[test]
fn nothing_leaves_readable_across_restarts_of_a_server_that_forgets_streams() {
    let mut server = Prosody::with(Options { stream_management: false, ..Options::default() });
    let wire = Wire::tap(&server);
    let bob = Person::sign_in("bob", &server);
    let alice = Person::sign_in_with(&Setup::of("alice", &server).by_direct_tls(wire.port()));
    let chat = alice.with("bob");
    let mut markers = Markers::new();
    chat.open();
    chat.wait_until_private();

    for _ in 0..2 {
        markers.say(&chat);
        server.kill();
        alice.wait_until_offline();
        markers.say(&chat);
        server.start_again();
        alice.wait_until_online();
        bob.wait_until_online();
        markers.say(&chat);
        chat.wait_until_private();
        let id = markers.say(&chat);
        chat.wait_for_delivery(&id, "delivered", |delivery| {
            matches!(delivery, Delivery::Delivered(_))
        });
    }

    markers.stayed_private(&wire);
    the_wire_reads_everything(&chat, &wire);
    markers.stayed_private(&wire);
}
