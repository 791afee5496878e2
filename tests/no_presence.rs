//! A contact whose presence is not seen, and who is there.

use engine::{ChatCommand, Command, Delivery, HeldReason, Padlock};
use stories::{Desktop, Device, Keyring, Person, Prosody, Window, pictures};

#[test]
fn who_hides_and_writes_is_asked_to_go_private_and_who_is_away_only_by_hand() {
    let server = Prosody::start();
    let alice = Person::sign_in("alice", &server);
    let chat = alice.with("bob");
    let mut bob = Device::sign_in("bob", &server);
    bob.send("<presence type='unavailable'/>");
    chat.open();
    chat.wait_for_padlock("waiting", |padlock| padlock == Padlock::Waiting);
    let id = chat.say("only for you");
    chat.wait_for_delivery(&id, "held", |it| it == Delivery::Held(HeldReason::ContactAway));

    bob.send("<message to='alice@localhost' type='chat'><body>I am here</body></message>");
    chat.wait_for_text("I am here");
    let heard = bob.wait_for("</message");
    assert!(heard.contains("?OTRv23?") && heard.contains("to='bob@localhost/"), "{heard}");
    assert!(!heard.contains("only for you"), "{heard}");

    // He goes for good, and is asked where he was heard of last: the server tells him.
    bob.send("<presence/>");
    bob.sync();
    bob.send("<presence type='unavailable'/>");
    chat.wait_for_padlock("waiting again", |padlock| padlock == Padlock::Waiting);
    alice.command(Command::Chat(chat.id().clone(), ChatCommand::TryNow));
    let heard = bob.wait_for("?OTRv23?");
    assert!(heard.contains("to='bob@localhost/"), "{heard}");
}

#[test]
fn in_the_window_the_way_on_with_somebody_away_is_to_try_now() {
    let server = Prosody::start();
    let desktop = Desktop::log_in(Keyring::Unlocked);
    let display = desktop.display();
    let window = Window::open(&desktop, &server);
    window.sign_in("alice");
    display.wait_for_text("Online");
    display.click_on("bob");
    display.wait_for_text("Waiting for bob");
    window.photograph(&pictures(), "away");
    display.resize(640, 480);
    display.wait_for_text("Try now");
    window.photograph(&pictures(), "away-640x480");
    display.click_on("Try now");
    display.wait_for_part("Going private");
    window.quit();
}
