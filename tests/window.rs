//! The built window, on a real desktop with a real keyring and a real server, by mouse and keys.

use engine::{Padlock, Provenance};
use stories::{Desktop, Keyring, Person, Prosody, Window, pictures, program, run};

#[test]
fn a_person_signs_in_talks_verifies_and_finds_it_all_again_after_a_restart() {
    let pictures = pictures();
    let server = Prosody::start();
    let desktop = Desktop::log_in(Keyring::Unlocked);
    let bob = Person::sign_in("bob", &server);
    let other = bob.with("alice");
    let display = desktop.display();

    let window = Window::open(&desktop, &server);
    display.wait_for_text("Say it quietly");
    window.photograph(&pictures, "start");
    window.sign_in("alice");
    display.wait_for_text("Online");
    window.photograph(&pictures, "signed-in");

    // It goes private because something is typed.
    window.open_chat("bob");
    other.wait_until_private();
    display.wait_for_text("Private not verified");
    display.type_text("hello from the window");
    display.press("Return");
    assert!(matches!(other.wait_for_text("hello from the window"), Provenance::Private(_)));
    other.say("hello from outside");
    display.wait_for_text("hello from outside");
    window.photograph(&pictures, "private");

    window.ask("Where did we meet", "in Prague");
    let request = other.wait_for_request(Some("Where did we meet"));
    window.photograph(&pictures, "asked");
    other.answer(request, "in Prague");
    display.wait_for_text("It is bob");
    window.photograph(&pictures, "verified");
    display.press("Escape");
    display.wait_for_text("Private and verified");

    window.open_keys();
    display.wait_for_text("Verified with a question");
    display.wait_for_text("In use now");
    window.photograph(&pictures, "keys");
    window.close_keys();

    // The key to what was kept is in the keyring, and what was kept is no plain text.
    let found = desktop.command(program("secret-tool")).args(KEPT).output().unwrap();
    assert!(!found.stdout.is_empty(), "the keyring holds something of Sotto's");
    let grep = ["-rlE", "hello from|correct horse|bob@localhost"];
    let kept = desktop.command(program("grep")).args(grep).arg(desktop.file("data")).output();
    assert_eq!(String::from_utf8_lossy(&kept.unwrap().stdout), "", "files that betray something");

    window.quit();
    other.wait_for_padlock("finished: Sotto says goodbye", |padlock| padlock == Padlock::Finished);
    other.go_private();
    let window = Window::open(&desktop, &server);
    display.wait_for_text("Online");
    display.click_on("bob");
    display.wait_for_text("Private and verified");
    other.wait_until_private();
    window.photograph(&pictures, "again");
    window.quit();
}

/// Finds what Sotto keeps in the keyring.
const KEPT: [&str; 3] = ["lookup", "service", "Sotto"];

#[test]
fn when_the_contact_leaves_the_window_sends_nothing_until_the_person_chooses() {
    let server = Prosody::start();
    let desktop = Desktop::log_in(Keyring::Unlocked);
    let bob = Person::sign_in("bob", &server);
    let other = bob.with("alice");
    let display = desktop.display();
    let window = Window::open(&desktop, &server);
    window.sign_in("alice");
    window.open_chat("bob");
    other.wait_until_private();
    display.type_text("before you leave");
    display.press("Return");
    other.wait_for_text("before you leave");

    other.end_private();
    display.wait_for_text("left the private conversation");
    window.photograph(&pictures(), "finished");
    // Nothing is sent; what is typed waits where it was typed.
    display.type_text("nobody may read this");
    display.press("Return");

    display.click_on("Go private again");
    display.wait_for_text("Private not verified");
    other.wait_until_private();
    assert_eq!(other.received().len(), 1, "{:?}", other.received());
    display.type_text(" yet");
    display.press("Return");
    let kept = "nobody may read this yet";
    assert!(matches!(other.wait_for_text(kept), Provenance::Private(_)));
    assert_eq!(other.received().len(), 2, "{:?}", other.received());
    window.quit();
}

#[test]
fn a_wrong_password_is_told_and_can_be_corrected() {
    let server = Prosody::start();
    let desktop = Desktop::log_in(Keyring::Unlocked);
    let window = Window::open(&desktop, &server);
    window.sign_in("nobody");
    desktop.display().wait_for_text("Check both and try again");
    window.photograph(&pictures(), "refused");
}

#[test]
fn without_a_keyring_the_person_is_asked_and_may_keep_nothing() {
    let server = Prosody::start();
    let desktop = Desktop::log_in(Keyring::Absent);
    let window = Window::open(&desktop, &server);
    let display = desktop.display();
    display.wait_for_text("No keyring answers on this computer");
    window.photograph(&pictures(), "no-keyring");
    display.click_on("Keep nothing");
    window.sign_in("alice");
    display.wait_for_text("Online");
    window.quit();
    let files = ["-type", "f", "-not", "-name", "profile.id"];
    let kept = run(desktop.command(program("find")).arg(desktop.file("data")).args(files));
    assert_eq!(kept, "", "nothing was to be kept but the profile's random name");
}

#[test]
fn a_locked_keyring_is_told() {
    let server = Prosody::start();
    let desktop = Desktop::log_in(Keyring::Locked);
    let window = Window::open(&desktop, &server);
    desktop.display().wait_for_text("The keyring is locked and was not unlocked");
    window.photograph(&pictures(), "locked");
}

#[test]
fn a_full_disk_is_told_and_nothing_typed_is_lost() {
    let server = Prosody::start();
    let desktop = Desktop::log_in(Keyring::Unlocked);
    let bob = Person::sign_in("bob", &server);
    let other = bob.with("alice");
    let window = Window::open_on_full_disk(&desktop, &server);
    let display = desktop.display();
    display.wait_for_text("The disk is full");
    window.photograph(&pictures(), "disk-full");
    window.make_room();
    // "Try again", by the keyboard.
    display.press("Tab");
    display.press("Return");
    window.sign_in("alice");
    display.wait_for_text("Online");
    window.open_chat("bob");
    other.wait_until_private();

    window.fill_disk();
    display.type_text("without a free byte");
    display.press("Return");
    other.wait_for_text("without a free byte");
    display.wait_for_text("The disk is full");
    window.photograph(&pictures(), "disk-full-while-talking");
    window.make_room();
    display.type_text("with room again");
    display.press("Return");
    other.wait_for_text("with room again");
    window.photograph(&pictures(), "disk-roomy");
    window.quit();
}
