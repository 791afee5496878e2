//! A keyring that takes every call and answers none, in the built program: there is a way on, nothing
//! is written in its place, and messages go on.

use engine::Provenance;
use stories::{Desktop, Keyring, Options, Person, Prosody, Window, pictures, program, run};

#[test]
fn a_newcomer_whose_keyring_does_not_answer_is_offered_a_way_on() {
    let server = Prosody::start();
    let desktop = Desktop::log_in(Keyring::Unlocked);
    desktop.freeze_keyring();
    let display = desktop.display();
    let window = Window::open(&desktop, &server);
    display.wait_for_part("has not answered yet");
    window.photograph(&pictures(), "keyring-silent");
    display.click_on("Keep nothing");
    window.sign_in("alice");
    display.wait_for_text("Online");
    let bob = Person::sign_in("bob", &server);
    window.open_chat("bob");
    bob.with("alice").wait_until_private();
    display.type_text("without a keyring");
    display.press("Return");
    bob.with("alice").wait_for_text("without a keyring");
    // The keyring answers at last: too late, and nothing is put into it.
    desktop.thaw_keyring();
    bob.with("alice").say("is it still you");
    display.wait_for_text("is it still you");
    window.quit();
    let files = ["-type", "f", "-not", "-name", "profile.id"];
    let kept = run(desktop.command(program("find")).arg(desktop.file("data")).args(files));
    let ours: Vec<_> = kept.lines().filter(|file| !file.contains("keyrings")).collect();
    assert!(ours.is_empty(), "nothing was to be kept: {ours:?}");
}

#[test]
fn a_keyring_that_answers_late_is_taken_if_nothing_else_was_chosen() {
    let server = Prosody::start();
    let desktop = Desktop::log_in(Keyring::Unlocked);
    desktop.freeze_keyring();
    let display = desktop.display();
    let window = Window::open(&desktop, &server);
    display.wait_for_part("has not answered yet");
    desktop.thaw_keyring();
    display.wait_for_text("Say it quietly");
    window.quit();
}

#[test]
fn messages_go_on_while_the_keyring_hangs_and_what_is_kept_is_not_given_up() {
    let server = Prosody::with(Options { modules: &["register"], ..Options::default() });
    let desktop = Desktop::log_in(Keyring::Unlocked);
    let display = desktop.display();
    let bob = Person::sign_in("bob", &server);
    let other = bob.with("alice");
    let window = Window::open(&desktop, &server);
    window.sign_in("alice");
    display.wait_for_text("Online");
    window.open_chat("bob");
    other.wait_until_private();

    // It hangs from the moment on at which something is to be kept in it.
    desktop.freeze_keyring();
    display.click_on("alice@localhost");
    let change = display.scroll_to_part("Change password");
    display.click(change);
    display.wait_for_text("New password");
    display.type_text("another password");
    display.press("Return");
    display.type_text("another password");
    display.press("Return");
    display.wait_for_text("The password is changed");
    display.press("Escape");
    display.press("Escape");
    display.type_text("while it hangs");
    display.press("Return");
    assert!(matches!(other.wait_for_text("while it hangs"), Provenance::Private(_)));
    other.say("an answer from outside");
    display.wait_for_part("answer from");
    display.wait_for_text("The keyring did not take this");
    window.photograph(&pictures(), "keyring-hangs");
    // It was asked once, and is not waited for again.
    display.type_text("and once more");
    display.press("Return");
    other.wait_for_text("and once more");
    window.quit();

    // At the next start there is something that only the keyring opens: no other lock is offered.
    let window = Window::open(&desktop, &server);
    display.wait_for_text("Go on without the keyring");
    let read = display.text();
    assert!(!read.contains("passphrase"), "{read}");
    window.photograph(&pictures(), "keyring-silent-kept");
    desktop.thaw_keyring();
    display.wait_until_gone("Go on without the keyring");
    window.quit();
}
