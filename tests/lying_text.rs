//! Text that lies, in the built window.

use stories::{Desktop, Device, Keyring, Person, Prosody, Window, pictures};

#[test]
fn a_text_that_turns_is_read_as_it_was_written() {
    let server = Prosody::start();
    let mut phone = Device::sign_in("alice", &server);
    let lie = "\u{202e}deifirev\u{202c}";
    let (name, group) = (format!("Bob {lie}"), format!("Team {lie}"));
    let item = format!("<item jid='bob@localhost' name='{name}'><group>{group}</group></item>");
    phone.set("", &format!("<query xmlns='jabber:iq:roster'>{item}</query>"));

    let desktop = Desktop::log_in(Keyring::Unlocked);
    let bob = Person::sign_in("bob", &server);
    let other = bob.with("alice");
    let display = desktop.display();
    let window = Window::open(&desktop, &server);
    window.sign_in("alice");
    display.wait_for_text("Online");
    // The mark that turns is shown as its number.
    display.wait_for_part("Team u202edeifirev");
    let bob_row = display.wait_for_part("Bob u202edeifirev");
    display.click(bob_row);
    other.go_private();
    other.wait_until_private();
    for text in [
        "invoice\u{202e}fdp.exe now".to_owned(),
        format!("ok? {}\u{1f512}", "\u{601} ".repeat(60)),
        "12 \u{628}\u{628} ".repeat(40),
        "\u{661}\u{662} ".repeat(60),
        format!("tower{}", "\u{30d}".repeat(60)),
        "see https://\u{430}pple.com now".to_owned(),
    ] {
        other.say(&text);
    }
    display.wait_for_text("It goes to xn pple 43d com");
    window.photograph(&pictures(), "lying-text");
    let read = display.text();
    assert!(read.contains("fdp") && !read.contains("pdf"), "{read}");
    assert!(!read.contains("verified bob") && !read.contains("bob verified"), "{read}");
    for (width, height, name) in [(880, 560, "lying-text-small"), (1000, 700, "lying-text-usual")] {
        display.resize(width, height);
        window.photograph(&pictures(), name);
    }
    for _ in 0..10 {
        display.press("ctrl+plus");
    }
    window.photograph(&pictures(), "lying-text-large");
    window.quit();
}
