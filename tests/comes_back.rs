//! What a person finds who ends the program and starts it again: nothing that came or was typed is
//! gone.

use stories::{Desktop, Device, Display, Keyring, Prosody, Window, pictures};

/// Bob's program speaks no OTR, so nothing becomes private.
fn open_chat(display: &Display) {
    display.press("ctrl+k");
    display.type_text("bob@localhost");
    display.press("Return");
}

#[test]
fn what_nobody_has_read_and_what_is_not_finished_is_there_after_a_new_start() {
    let server = Prosody::start();
    let desktop = Desktop::log_in(Keyring::Unlocked);
    let display = desktop.display();
    let window = Window::open(&desktop, &server);
    window.sign_in("alice");
    display.wait_for_text("No conversation open");
    let mut bob = Device::sign_in("bob", &server);
    for (id, text) in [("1", "the first word"), ("2", "another word"), ("3", "the third word")] {
        bob.send(&format!(
            "<message to='alice@localhost' type='chat' id='{id}'><body>{text}</body></message>"
        ));
    }
    display.wait_for_text("the third word");
    window.quit();

    let window = Window::open(&desktop, &server);
    display.wait_for_text("the third word");
    window.photograph(&pictures(), "comes-back-list");
    open_chat(display);
    for text in ["the first word", "another word", "the third word"] {
        display.wait_for_text(text);
    }
    display.type_text("half a sentence");
    display.wait_for_text("half a sentence");
    window.photograph(&pictures(), "comes-back-unread");
    window.quit();

    let window = Window::open(&desktop, &server);
    open_chat(display);
    display.wait_for_text("half a sentence");
    window.photograph(&pictures(), "comes-back-draft");
    assert!(!display.text().contains("the first word"), "it was read");
    window.quit();
}
