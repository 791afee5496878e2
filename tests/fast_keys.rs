//! Keys in the built window: a shortcut pastes nothing, and what is typed faster than the window moves
//! reaches nobody it is not meant for.

use stories::{Desktop, Device, Keyring, Person, Prosody, Window, pictures};

/// How many people are on the list: enough that a frame takes longer than a key.
const CONTACTS: usize = 1_500;

/// What their names are made of. None of it is easily misread, as digits are, and no two names
/// contain each other, or `bob`.
const SYLLABLES: [&str; 12] =
    ["ba", "du", "fa", "ka", "mu", "na", "pa", "ru", "sa", "tu", "wa", "za"];

/// A name of three syllables, another for each number.
fn name(number: usize) -> String {
    let digits = [number / 144, number / 12, number];
    digits.iter().filter_map(|digit| SYLLABLES.get(digit % 12)).copied().collect()
}

#[test]
fn the_key_that_verifies_pastes_nothing_into_the_message() {
    let server = Prosody::start();
    let desktop = Desktop::log_in(Keyring::Unlocked);
    let bob = Person::sign_in("bob", &server);
    let other = bob.with("alice");
    let display = desktop.display();
    let window = Window::open(&desktop, &server);
    window.sign_in("alice");
    window.open_chat("bob");
    other.wait_until_private();

    // A password lies in the clipboard.
    display.type_text("correct horse");
    display.press("ctrl+a");
    display.press("ctrl+x");
    display.press("ctrl+shift+v");
    display.wait_for_text("How do you want to make sure");
    window.photograph(&pictures(), "verify-by-key");
    // The first way has the focus: no mouse is needed.
    display.press("Return");
    display.wait_for_text("Your question");
    display.press("Escape");
    display.wait_until_gone("Your question");
    // And behind the sheet one goes on writing.
    display.press("Return");
    display.type_text("hello");
    display.press("Return");
    other.wait_for_text("hello");
    let received: Vec<_> = other.received().into_iter().map(|(text, _)| text).collect();
    assert_eq!(received, ["hello"], "the password was sent");
    window.quit();
}

#[test]
fn what_is_typed_behind_the_search_key_reaches_nobody_else() {
    let server = Prosody::start();
    let mut phone = Device::sign_in("alice", &server);
    for number in 0..CONTACTS {
        let item = format!("<item jid='{}@localhost'/>", name(number));
        phone.set("", &format!("<query xmlns='jabber:iq:roster'>{item}</query>"));
    }
    let desktop = Desktop::log_in(Keyring::Unlocked);
    let bob = Person::sign_in("bob", &server);
    let other = bob.with("alice");
    let display = desktop.display();
    let window = Window::open(&desktop, &server);
    window.sign_in("alice");
    display.wait_for_text("Online");
    window.open_chat("bob");
    other.wait_until_private();
    display.type_text("first");
    display.press("Return");
    other.wait_for_text("first");

    for number in [7, 123, 1_400] {
        // All in one go, far faster than the window draws.
        let name = name(number);
        display.press_and_type("ctrl+k", &name);
        display.wait_for_text(&format!("{name}@localhost"));
        window.photograph(&pictures(), "searched");
        display.press_and_type("ctrl+k", "bob");
        display.wait_for_text("bob@localhost");
    }
    display.type_text("last");
    display.press("Return");
    other.wait_for_text("last");
    let received: Vec<_> = other.received().into_iter().map(|(text, _)| text).collect();
    assert_eq!(received, ["first", "last"], "what was searched for was sent");
    window.quit();
}
