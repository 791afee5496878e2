//! What a person finds who ends the program and starts it again: nothing that came or was typed is
//! gone.

use stories::{Desktop, Device, Display, Keyring, Options, Person, Prosody, Window, pictures};

#[test]
fn what_was_never_in_sight_is_not_taken_as_read() {
    let server = Prosody::start();
    let desktop = Desktop::log_in(Keyring::Unlocked);
    let display = desktop.display();
    let window = Window::open(&desktop, &server);
    window.sign_in("alice");
    display.wait_for_text("No conversation open");
    let mut bob = Device::sign_in("bob", &server);
    for number in 1..=60 {
        bob.send(&format!(
            "<message to='alice@localhost' type='chat' id='{number}'>\
             <body>word {number} of sixty</body></message>"
        ));
    }
    display.wait_for_text("word 60 of sixty");
    // Looked at for a moment, at its end.
    open_chat(display);
    display.wait_for_text("60 new messages from further up");
    window.photograph(&pictures(), "comes-back-unseen");
    window.quit();

    let window = Window::open(&desktop, &server);
    display.wait_for_text("No conversation open");
    open_chat(display);
    display.click_on("60 new messages from further up");
    display.wait_for_text("word 1 of sixty");
    window.photograph(&pictures(), "comes-back-from-the-first");
    display.click_on("To the end");
    display.wait_for_text("word 60 of sixty");
    window.quit();

    let window = Window::open(&desktop, &server);
    display.wait_for_text("No conversation open");
    open_chat(display);
    display.wait_for_part("bob");
    assert!(!display.text().contains("of sixty"), "all of it was seen");
    window.quit();
}

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
    display.wait_for_text("No conversation open");
    open_chat(display);
    display.wait_for_text("half a sentence");
    window.photograph(&pictures(), "comes-back-draft");
    assert!(!display.text().contains("the first word"), "it was read");
    window.quit();
}

#[test]
fn a_question_that_nobody_answered_before_sotto_died_is_told_until_it_was_seen() {
    let server = Prosody::start();
    let desktop = Desktop::log_in(Keyring::Unlocked);
    let display = desktop.display();
    let bob = Person::sign_in("bob", &server);
    let other = bob.with("alice");
    let window = Window::open(&desktop, &server);
    window.sign_in("alice");
    display.wait_for_text("No conversation open");
    other.go_private();
    open_chat(display);
    other.wait_until_private();
    display.wait_for_text("Private not verified");
    // The person reads with letters of another size, which is kept as well.
    display.press("ctrl+plus");
    other.ask("Which bridge", "Charles");
    display.wait_for_text("Answer bob");
    window.signal("KILL");
    let _ = window.wait_until_ended();

    let window = Window::open(&desktop, &server);
    display.wait_for_text("No conversation open");
    window.photograph(&pictures(), "comes-back-asked");
    open_chat(display);
    display.wait_for_part("please ask bob to ask again");
    window.photograph(&pictures(), "comes-back-asked-row");
    window.quit();

    let window = Window::open(&desktop, &server);
    display.wait_for_text("No conversation open");
    open_chat(display);
    display.wait_for_part("More");
    assert!(!display.text().contains("to ask again"), "it was seen");
    window.quit();
}

/// What was there before the program ended, and what came while it was not running.
#[test]
fn what_came_meanwhile_stands_below_what_was_there() {
    let options = Options { modules: &["mam"], ..Options::default() };
    let server = Prosody::with(options);
    let desktop = Desktop::log_in(Keyring::Unlocked);
    let display = desktop.display();
    let mut window = Window::open(&desktop, &server);
    window.sign_in("alice");
    display.wait_for_text("No conversation open");
    let mut bob = Device::sign_in("bob", &server);
    let mut say = |text: &str| {
        bob.send(&format!(
            "<message to='alice@localhost' type='chat'><body>{text}</body></message>"
        ));
    };
    let words = |time: &str| [1, 2, 3].map(|number| format!("word {number} {time}"));
    let (before, away, dead) = (words("of before"), words("while away"), words("while dead"));
    before.iter().for_each(|text| say(text));
    display.wait_for_text(&before[2]);
    // Once as a person ends it, once as the power does.
    window.quit();
    away.iter().for_each(|text| say(text));
    window = Window::open(&desktop, &server);
    display.wait_for_text(&away[2]);
    window.signal("KILL");
    let _ = window.wait_until_ended();
    dead.iter().for_each(|text| say(text));
    window = Window::open(&desktop, &server);
    display.wait_for_text(&dead[2]);
    open_chat(display);
    // The pointer shall not cover anything.
    display.click_on("Today");
    display.wait_for_text(&before[0]);
    window.photograph(&pictures(), "comes-back-in-order");
    let shown = display.text();
    let chat = shown.find(&before[0]).and_then(|start| shown.get(start..)).unwrap_or_default();
    let texts = before.iter().chain(&away).chain(&dead);
    let places: Vec<_> = texts.map(|text| chat.find(text)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?} in {shown}");
    window.quit();
}
