//! What strangers can do to the built window: ask, and nothing else.
#![expect(clippy::unwrap_used, reason = "what is written to a text is written")]

use std::fmt::Write;

use stories::{Desktop, Keyring, Options, Person, Prosody, Window, Wire, pictures};

/// So many come online who are not on the list.
const PRESENCES: usize = 30_000;
/// So many ask to see us.
const REQUESTS: usize = 20_000;
/// So much more memory may that take.
const MEMORY_MAX: usize = 16 * 1024 * 1024;
/// What the server says at once.
const AT_ONCE: usize = 100;

fn say(wire: &Wire, count: usize, stanza: impl Fn(usize) -> String) {
    for first in (0..count).step_by(AT_ONCE) {
        let mut xml = String::new();
        for number in first..(first + AT_ONCE).min(count) {
            write!(xml, "{}", stanza(number)).unwrap();
        }
        wire.say(&xml);
    }
}

#[test]
fn a_flood_of_strangers_changes_neither_the_list_nor_the_memory() {
    let server = Prosody::with(Options { stream_management: false, ..Options::default() });
    let wire = Wire::tap(&server);
    let desktop = Desktop::log_in(Keyring::Unlocked);
    let bob = Person::sign_in("bob", &server);
    let other = bob.with("alice");
    let display = desktop.display();
    let window = Window::open(&desktop, &server);
    window.sign_in_over("alice", &wire);
    window.open_chat("bob");
    other.wait_until_private();
    other.say("before all this");
    display.wait_for_text("before all this");
    let before = window.memory();

    say(&wire, PRESENCES, |number| format!("<presence from='t{number}@evil.example/x'/>"));
    other.say("after the first");
    display.wait_for_text("after the first");
    window.photograph(&pictures(), "strangers-presences");
    let presences = window.memory();

    say(&wire, REQUESTS, |number| {
        format!("<presence from='bob@r{number}.example' type='subscribe'/>")
    });
    other.say("after the second");
    display.wait_for_text("after the second");
    display.wait_for_text("Want to reach you 256");
    display.wait_for_text("19744 more requests");
    window.photograph(&pictures(), "strangers-requests");
    display.click_on("Show");
    display.wait_for_text("Not the bob@localhost on your list");
    window.photograph(&pictures(), "strangers-cards");
    let requests = window.memory();
    let mib = |bytes: usize| bytes / 1024 / 1024;
    assert!(
        requests.max(presences) <= before + MEMORY_MAX,
        "{} MiB before, {} after presences, {} after requests",
        mib(before),
        mib(presences),
        mib(requests)
    );

    // It answers as before.
    display.click_on("Hide");
    display.press("ctrl+k");
    display.type_text("bob@localhost");
    display.press("Return");
    display.type_text("still here");
    display.press("Return");
    other.wait_for_text("still here");
    window.quit();
}
