//! What the built program does as a process: how it ends, what others may see of its memory, what
//! stays there, what it writes.
#![expect(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "what is missing fails its story"
)]

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, ExitStatus, Stdio};

use engine::{Availability, Event, Padlock, Provenance};
use stories::{
    Chat, Desktop, Keyring, Memory, Options, PASSWORD, Person, Prosody, Window, program, until,
};

/// What a text is written for that goes to a conversation in private.
fn talk(window: &Window<'_>, other: &Chat<'_>, text: &str) {
    window.display().type_text(text);
    window.display().press("Return");
    assert!(matches!(other.wait_for_text(text), Provenance::Private(_)));
}

/// Waits until the contact sees that nobody is there any more: the session, then the presence. A
/// server tells the latter only when the stream was closed, not when it broke.
fn sees_the_end(person: &Person, chat: &Chat<'_>) {
    chat.wait_for_padlock("finished", |padlock| padlock == Padlock::Finished);
    until("alice should be offline for bob", || {
        let last = person.wait_for_last("contacts", |event| match event {
            Event::Roster { contacts, .. } => contacts
                .iter()
                .find(|info| info.contact == chat.id().contact)
                .map(|info| info.availability),
            _ => None,
        });
        (last == Availability::Offline).then_some(())
    });
}

#[test]
fn whichever_signal_ends_it_it_says_goodbye_and_keeps_what_waits() {
    let server = Prosody::with(Options { users: &["alice", "bob", "carol"], ..Options::default() });
    let desktop = Desktop::log_in(Keyring::Unlocked);
    let display = desktop.display();
    let bob = Person::sign_in("bob", &server);
    let other = bob.with("alice");
    let mut window = Window::open(&desktop, &server);
    window.sign_in("alice");
    display.wait_for_text("Online");
    // She is not there.
    window.open_chat("carol");
    display.type_text("until you are there");
    display.press("Return");
    display.wait_for_text("until you are there");

    for signal in ["TERM", "INT", "HUP"] {
        display.click_on("bob");
        other.wait_until_private();
        window.signal(signal);
        let status = window.wait_until_ended();
        assert!(status.success(), "{signal}: {status}");
        sees_the_end(&bob, &other);
        window = Window::open(&desktop, &server);
        display.wait_for_text("Online");
        other.go_private();
    }

    let carol = Person::sign_in("carol", &server);
    let provenance = carol.with("alice").wait_for_text("until you are there");
    assert!(matches!(provenance, Provenance::Private(_)));
    window.quit();
}

#[test]
fn a_display_that_goes_away_ends_it_with_a_goodbye() {
    let server = Prosody::start();
    let desktop = Desktop::log_in(Keyring::Unlocked);
    let bob = Person::sign_in("bob", &server);
    let other = bob.with("alice");
    let window = Window::open(&desktop, &server);
    window.sign_in("alice");
    window.open_chat("bob");
    other.wait_until_private();
    desktop.display().end();
    sees_the_end(&bob, &other);
    window.wait_until_ended();
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let server = Prosody::start();
    let desktop = Desktop::log_in(Keyring::Unlocked);
    let window = Window::open(&desktop, &server);
    window.sign_in("alice");
    desktop.display().wait_for_text("Online");
    // A server that does not answer makes goodbyes long.
    server.pause();
    window.signal("TERM");
    window.signal("INT");
    let status = window.wait_until_ended();
    server.go_on();
    assert_eq!(status.code(), Some(128 + 2), "{status}");
}

/// How a program ended that was told to crash where the shell allows core dumps.
fn crash(start: impl FnOnce(&[&str]) -> ExitStatus) -> ExitStatus {
    start(&["sh", "-c", "ulimit -c unlimited; exec \"$0\""])
}

#[test]
fn a_crash_leaves_no_core_dump() {
    let server = Prosody::start();
    let desktop = Desktop::log_in(Keyring::Absent);
    // What the assertion below is worth: another program, crashed in the same way, leaves one.
    let other = crash(|shell| {
        let (first, words) = shell.split_first().unwrap();
        let kill_oneself = "kill -SEGV $$";
        let mut command = desktop.command(program(first));
        command.args(words).arg(program("sh")).args(["-c", kill_oneself]);
        command.status().unwrap()
    });
    assert!(other.core_dumped(), "core dumps must be possible for this story: {other}");

    let sotto = crash(|shell| {
        let window = Window::open_by(&desktop, &server, shell);
        desktop.display().wait_for_text("No keyring answers");
        window.signal("SEGV");
        window.wait_until_ended()
    });
    assert_eq!(sotto.signal(), Some(11), "{sotto}");
    assert!(!sotto.core_dumped(), "{sotto}");
}

/// Whether a program of the same person may look into this one. The administrator's right to look
/// into everybody's is given up first.
fn may_look_into(process: u32) -> bool {
    let file = format!("/proc/{process}/mem");
    let mut look = Command::new(program("setpriv"));
    look.args(["--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace"]);
    look.arg(program("head")).args(["--bytes=0", &file]);
    look.stderr(Stdio::null()).status().unwrap().success()
}

#[test]
fn no_other_program_of_the_person_may_look_into_its_memory() {
    let server = Prosody::start();
    let desktop = Desktop::log_in(Keyring::Absent);
    let window = Window::open(&desktop, &server);
    desktop.display().wait_for_text("No keyring answers");
    assert!(may_look_into(std::process::id()), "this story must start from a memory that is open");
    assert!(!may_look_into(window.id()));
}

/// How much of a program's memory is locked, in KiB.
fn locked(window: &Window<'_>) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", window.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmLck:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn memory_is_kept_out_of_swap_where_the_system_sets_no_limit_to_that() {
    let server = Prosody::start();
    let desktop = Desktop::log_in(Keyring::Absent);
    let limited = ["prlimit", "--memlock=8388608:8388608"];
    let window = Window::open_by(&desktop, &server, &limited);
    desktop.display().wait_for_text("No keyring answers");
    let little = locked(&window);
    assert!(little <= 8192, "{little} KiB");
    window.quit();

    let unlimited = ["prlimit", "--memlock=unlimited:unlimited"];
    let window = Window::open_by(&desktop, &server, &unlimited);
    desktop.display().wait_for_text("No keyring answers");
    let resident = fs::read_to_string(format!("/proc/{}/statm", window.id())).unwrap();
    let pages: u64 = resident.split_whitespace().nth(1).unwrap().parse().unwrap();
    let all = locked(&window);
    assert!(all >= pages * 4, "{all} KiB of {} in use are locked", pages * 4);
    window.quit();
}

#[test]
fn secrets_and_private_words_leave_the_memory_when_they_are_done_with() {
    let server = Prosody::start();
    let desktop = Desktop::log_in(Keyring::Absent);
    let display = desktop.display();
    let bob = Person::sign_in("bob", &server);
    let other = bob.with("alice");
    let window = Window::open(&desktop, &server);
    let memory = Memory::of(window.id());

    let passphrase = "velvet quokka under umbrella";
    display.click_on("Use a passphrase");
    display.wait_for_text("Choose a passphrase");
    display.type_text(passphrase);
    until("what is typed is in memory", || (memory.count(passphrase) > 0).then_some(()));
    display.press("Return");
    display.type_text(passphrase);
    display.press("Return");
    display.wait_for_text("Try it without an account");
    assert_eq!(memory.count(passphrase), 0, "the passphrase, once the vault is open");

    window.sign_in("alice");
    window.open_chat("bob");
    other.wait_until_private();
    let (mine, theirs) = ("okapi beneath the jacaranda", "pangolin above the tamarind");
    talk(&window, &other, mine);
    other.say(theirs);
    display.wait_for_text(theirs);
    assert!(memory.count(mine) > 0 && memory.count(theirs) > 0, "they are on the screen");
    assert!(memory.count(PASSWORD) > 0, "it is needed whenever the connection comes back");

    display.click_on("alice");
    display.click_on("Sign out");
    display.wait_for_text("Sign out?");
    display.press("Return");
    display.wait_for_text("Try it without an account");
    other.wait_for_padlock("finished", |padlock| padlock == Padlock::Finished);
    for gone in [mine, theirs, PASSWORD] {
        assert_eq!(memory.count(gone), 0, "{gone:?}, after signing out");
    }
    window.quit();
}

#[test]
fn nothing_secret_is_logged_however_much_is_asked_for() {
    let server = Prosody::start();
    let desktop = Desktop::log_in(Keyring::Unlocked);
    let display = desktop.display();
    let bob = Person::sign_in("bob", &server);
    let other = bob.with("alice");
    let wish = "RUST_LOG=trace,tokio_xmpp::xmlstream=trace,rxml::parser=trace,iced_winit=trace";
    let window = Window::open_by(&desktop, &server, &["env", wish]);
    window.sign_in("alice");
    window.open_chat("bob");
    other.wait_until_private();
    talk(&window, &other, "okapi beneath the jacaranda");
    other.say("pangolin above the tamarind");
    display.wait_for_text("pangolin above the tamarind");
    other.end_private();
    display.wait_for_text("left the private conversation");
    other.say("a readable tapir");
    display.wait_for_text("a readable tapir");

    let log = window.log();
    assert!(log.contains("signing in"), "it says what it does:\n{log}");
    for secret in ["okapi", "pangolin", "tapir", PASSWORD, "?OTR", "<message", "<auth", "bob@"] {
        assert!(!log.contains(secret), "{secret:?} is logged:\n{log}");
    }
    window.quit();
}
