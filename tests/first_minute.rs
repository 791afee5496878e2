//! The first minute of somebody new, in the built window: whatever is clicked leads where it says.

use stories::{Desktop, Keyring, Prosody, Window, pictures};

#[test]
fn every_card_of_the_first_screen_leads_where_it_says() {
    let server = Prosody::start();
    let desktop = Desktop::log_in(Keyring::Unlocked);
    let display = desktop.display();
    let window = Window::open(&desktop, &server);
    display.wait_for_text("Say it quietly");
    for (card, screen) in [
        ("Sign in", "Your account"),
        ("Make an account", "A new account"),
        ("Bring it from another program", "From another program"),
    ] {
        display.click_on(card);
        display.wait_for_text(screen);
        display.press("Escape");
        display.wait_for_text("Say it quietly");
    }

    display.click_on("Try it without an account");
    display.wait_for_text("Private not verified");
    display.wait_for_text("Robin");
    window.photograph(&pictures(), "practice");
    display.type_text("is anybody there");
    display.press("Return");
    display.wait_for_text("is anybody there");
    window.quit();
}

#[test]
fn practice_begins_by_a_word_on_the_command_line() {
    let server = Prosody::start();
    let desktop = Desktop::log_in(Keyring::Absent);
    let display = desktop.display();
    let window = Window::open_with(&desktop, &server, &["--practice"]);
    display.wait_for_text("Private not verified");
    display.type_text("and nobody else");
    display.press("Return");
    display.wait_for_text("and nobody else");
    window.quit();
}
