//! A contact with a new key, in the built window: what is typed waits, in words, until the person
//! decides; and the decision is in the window of key codes.

use stories::{Desktop, Keyring, Person, Prosody, Window, pictures};

#[test]
fn what_is_typed_for_a_new_key_waits_in_words_until_the_person_goes_on() {
    let server = Prosody::start();
    let desktop = Desktop::log_in(Keyring::Unlocked);
    let display = desktop.display();
    let bob = Person::sign_in("bob", &server);
    let window = Window::open(&desktop, &server);
    window.sign_in("alice");
    window.open_chat("bob");
    bob.with("alice").wait_until_private();
    display.wait_for_text("Private not verified");
    drop(bob);
    display.wait_for_text("left the private conversation");

    let bob = Person::sign_in("bob", &server);
    let other = bob.with("alice");
    other.go_private();
    other.wait_until_private();
    display.wait_for_text("bob has a new key");
    display.wait_for_text("What you write is held here");
    other.say("it is me");
    display.wait_for_text("it is me");
    display.type_text("for bob alone");
    display.press("Return");
    display.wait_for_text("Held bob has a new key");
    window.photograph(&pictures(), "new-key");
    display.resize(880, 560);
    display.click_on("What does this mean");
    display.wait_for_text("Go on with the new key");
    window.photograph(&pictures(), "new-key-small");
    assert_eq!(other.received(), []);

    // It is asked about again after a restart, and what waits still waits.
    window.quit();
    let window = Window::open(&desktop, &server);
    display.wait_for_text("Online");
    display.press("ctrl+k");
    display.type_text("bob@localhost");
    display.press("Return");
    display.wait_for_text("Held bob has a new key");
    assert_eq!(other.received(), []);

    display.click_on("What does this mean");
    display.click_on("Go on with the new key");
    other.wait_for_text("for bob alone");
    display.wait_for_text("Private not verified");
    window.photograph(&pictures(), "new-key-accepted");

    // Both keys are there, and what was decided about each.
    window.open_keys();
    display.wait_for_text("In use now");
    window.photograph(&pictures(), "new-key-codes");
    window.quit();
}
