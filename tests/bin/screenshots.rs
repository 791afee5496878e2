//! Draws the pictures of the README: the built window, a real server, a contact who plays along.
//!
//! `screenshots FOLDER`
#![expect(
    clippy::expect_used,
    reason = "a picture that cannot be taken is told, not worked around"
)]

use std::path::PathBuf;

use stories::{Desktop, Keyring, Options, Person, Prosody, Window};

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).expect("a folder for the pictures"));
    let users = &["nora", "ada", "emil", "mira", "jonas"];
    let server = Prosody::with(Options { users, ..Options::default() });
    let desktop = Desktop::log_in(Keyring::Unlocked);
    let ada = Person::sign_in("ada", &server);
    let emil = Person::sign_in("emil", &server);
    let display = desktop.display();
    let window = Window::open(&desktop, &server);
    display.wait_for_text("Say it quietly");
    window.photograph(&folder, "start");
    window.sign_in("nora");

    // Somebody whose key nobody has verified.
    window.open_chat("emil");
    let emils = emil.with("nora");
    emils.wait_until_private();
    emils.say("Are you coming on Thursday?");
    display.wait_for_text("Are you coming on Thursday");
    display.press("ctrl+shift+v");
    display.wait_for_text("How do you want to make sure");
    window.photograph(&folder, "verify");
    display.press("Escape");
    display.wait_until_gone("How do you want to make sure");

    // Somebody who answers the right way.
    window.open_chat("ada");
    let adas = ada.with("nora");
    adas.wait_until_private();
    adas.say("Did the papers arrive?");
    display.wait_for_text("Did the papers arrive");
    say(&window, "All of them. Before we go on, one question.");
    adas.wait_for_text("All of them. Before we go on, one question.");
    window.ask("Where did we first meet?", "on the night train");
    let request = adas.wait_for_request(Some("Where did we first meet?"));
    adas.answer(request, "on the night train");
    display.wait_for_text("It is ada");
    window.photograph(&folder, "verified");
    display.press("Escape");
    display.wait_for_text("Private and verified");
    say(&window, "Good. Then page seven is the one to read.");
    adas.wait_for_text("Good. Then page seven is the one to read.");
    adas.say("I thought so. I will call it a misprint until you publish.");
    display.wait_for_text("call it a misprint");
    window.photograph(&folder, "conversation");

    window.open_keys();
    display.wait_for_text("Verified with a question");
    window.photograph(&folder, "keys");
    window.close_keys();

    emils.end_private();
    display.click_on("emil");
    display.wait_for_text("left the private conversation");
    window.photograph(&folder, "finished");
    window.quit();
}

/// Types into the composer and sends.
fn say(window: &Window<'_>, text: &str) {
    window.display().click_on("Private message");
    window.display().type_text(text);
    window.display().press("Return");
}
