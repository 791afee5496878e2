//! Small windows and large text, in the built window: a contact is verified, asked back and left
//! alone, told by what is on the screen.

use engine::Verification;
use stories::{Desktop, Display, Keyring, Person, Prosody, Window, pictures};

#[test]
fn at_640_by_480_a_question_is_asked_answered_and_cancelled() {
    tell("640x480", |display| display.resize(640, 480));
}

#[test]
fn with_text_twice_as_large_a_question_is_asked_answered_and_cancelled() {
    tell("200-percent", |display| {
        for _ in 0..10 {
            display.press("ctrl+plus");
        }
    });
}

#[test]
fn at_640_by_480_with_text_twice_as_large_a_question_is_asked_answered_and_cancelled() {
    tell("640x480-200-percent", |display| {
        for _ in 0..10 {
            display.press("ctrl+plus");
        }
        display.resize(640, 480);
    });
}

#[test]
fn the_window_opens_within_a_small_screen() {
    let server = Prosody::start();
    let (width, height) = (1024, 600);
    let desktop = Desktop::log_in_at(Display::of_size(width, height), Keyring::Absent);
    let window = Window::open_with(&desktop, &server, &["--practice"]);
    desktop.display().wait_until_within(width, height);
    desktop.display().wait_for_text("Private message");
    window.photograph(&pictures().join("small-window"), "small-screen");
    window.quit();
}

fn tell(name: &str, make_small: fn(&Display)) {
    let pictures = pictures().join("small-window").join(name);
    let server = Prosody::start();
    let desktop = Desktop::log_in(Keyring::Unlocked);
    let display = desktop.display();
    let bob = Person::sign_in("bob", &server);
    let other = bob.with("alice");
    let window = Window::open(&desktop, &server);
    window.sign_in("alice");
    display.wait_for_text("Online");
    make_small(display);
    display.wait_for_text("Search");
    window.photograph(&pictures, "list");
    display.press("ctrl+k");
    display.type_text("bob");
    display.press("Return");
    display.wait_for_part("Goes private");
    window.photograph(&pictures, "unasked");
    // Whoever looks has said nothing; whoever begins to write wants it private.
    display.type_text("x");
    display.press("BackSpace");
    other.wait_until_private();
    display.wait_for_text("Private not verified");
    display.wait_for_text("More");
    window.photograph(&pictures, "conversation");

    // Asked, by keys; and the result leads back to the message.
    display.press("ctrl+shift+v");
    display.wait_for_text("Ask a question");
    window.photograph(&pictures, "choose");
    display.press("Return");
    display.type_text("Where did we meet");
    window.photograph(&pictures, "ask");
    display.press("Tab");
    display.type_text("in Prague");
    display.press("Return");
    let request = other.wait_for_request(Some("Where did we meet"));
    display.wait_for_part("Waiting for bob");
    window.photograph(&pictures, "wait");
    other.answer(request, "in Prague");
    display.wait_for_text("It is bob");
    window.photograph(&pictures, "result");
    display.press("Return");
    display.wait_for_text("Private and verified");
    display.type_text("so it is you");
    display.press("Return");
    other.wait_for_text("so it is you");

    // Answered: the strip and its button are there.
    other.ask("Which bridge", "Charles");
    display.wait_for_text("Answer bob");
    window.photograph(&pictures, "asked");
    display.click_on("Answer bob");
    display.wait_for_part("wants to make sure");
    window.photograph(&pictures, "answer");
    display.type_text("Charles");
    display.press("Return");
    display.wait_for_part("knows that it is you");
    window.photograph(&pictures, "answered");
    display.press("Escape");

    // Cancelled, by its button, wherever one has to scroll to.
    display.press("ctrl+shift+v");
    display.wait_for_text("Ask a question");
    display.press("Return");
    display.type_text("And who was there");
    display.press("Tab");
    display.type_text("nobody");
    display.press("Return");
    let _ = other.wait_for_request(Some("And who was there"));
    display.wait_for_part("Waiting for bob");
    // The last letter stands too near to the edge of the button to be read.
    let cancel = display.scroll_to_part("Cance");
    window.photograph(&pictures, "cancel");
    display.click(cancel);
    other.wait_for_verification(&Verification::CancelledByContact);
    display.wait_until_gone("Waiting");
    display.type_text("never mind");
    display.press("Return");
    other.wait_for_text("never mind");

    // Every other sheet.
    display.press("ctrl+shift+v");
    display.wait_for_text("Ask a question");
    let compare = display.scroll_to_part("Compare key codes");
    display.click(compare);
    let _ = display.scroll_to_part("whoever");
    window.photograph(&pictures, "compare");
    display.press("Escape");
    display.press("F1");
    display.wait_for_part("Search");
    window.photograph(&pictures, "help");
    display.press("Escape");
    display.press("ctrl+n");
    display.wait_for_text("Add a contact");
    window.photograph(&pictures, "new-contact");
    display.press("Escape");
    display.click_on("More");
    display.wait_for_text("Key codes");
    window.photograph(&pictures, "menu");
    display.press("Escape");
    window.quit();
}
