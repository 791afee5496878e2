//! What the built program does as a process: how it ends, what others may see of its memory, what
//! stays there, what it writes.
#![expect(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "what is missing fails its story"
)]

use std::fs;
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};

use engine::{AccountEvent, Availability, Event, Padlock, Provenance};
use stories::{
    Chat, Daemon, Desktop, Keyring, Memory, Options, PASSWORD, Person, Prosody, Window, program,
    run, until,
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
            Event::Account(_, AccountEvent::Roster(contacts)) => contacts
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
    display.click_on("carol");
    display.click_on("Goes out privately when carol is back");
    display.type_text("until you are there");
    display.press("Return");
    display.wait_for_text("Held: goes out privately when carol is back");

    for signal in ["TERM", "INT", "HUP"] {
        window.open_chat("bob");
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

/// Words before a command that take an administrator's rights from it. Who has them may look into
/// every memory, and who lacks them not into that of one who has them: only between two who both lack
/// them does it show whether a program keeps its memory to itself.
fn without_rights() -> &'static [&'static str] {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let rights = status.lines().find_map(|line| line.strip_prefix("CapEff:")).unwrap();
    if rights.trim().chars().all(|digit| digit == '0') {
        &["env"]
    } else {
        &["setpriv", "--bounding-set=-all", "--inh-caps=-all"]
    }
}

/// Runs a command as somebody who is no administrator.
fn by_anybody(desktop: &Desktop, command: &[&str]) -> Command {
    let (first, words) = without_rights().split_first().unwrap();
    let mut whole = desktop.command(program(first));
    whole.args(words).args(command).stdin(Stdio::null());
    whole
}

/// Whether a program of the same person may open this file of the process, which shows its memory.
fn may_open(desktop: &Desktop, process: u32, file: &str) -> bool {
    let file = format!("/proc/{process}/{file}");
    let mut look = by_anybody(desktop, &["head", "--bytes=0", &file]);
    look.stderr(Stdio::null()).status().unwrap().success()
}

/// The limits to core dumps of a process, in bytes: the one in force and the one it may be raised to.
fn core_limits(process: u32) -> Vec<String> {
    let limits = fs::read_to_string(format!("/proc/{process}/limits")).unwrap();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max core file size")).unwrap();
    line.split_whitespace().take(2).map(str::to_owned).collect()
}

/// Says what this system does not let a story show. It is to be read in the log of one that holds.
fn say(words: &str) {
    // Not by a macro that prints: what those print is kept back of a story that holds.
    std::io::stderr().write_all(format!("{words}\n").as_bytes()).unwrap();
}

#[test]
fn a_crash_leaves_no_core_dump() {
    /// `SIGABRT`: unlike `SIGSEGV`, nobody but the system acts on it.
    const ABORTED: i32 = 6;
    /// Allows core dumps as far as the system does.
    const ALLOW: &str = "ulimit -S -c \"$(ulimit -H -c)\"; exec \"$0\" \"$@\"";
    let server = Prosody::start();
    let desktop = Desktop::log_in(Keyring::Absent);
    let start = [without_rights(), &["sh", "-c", ALLOW]].concat();

    // What the assertions below are worth: another program, started and crashed in the same way.
    let mut other = Daemon::start(&mut by_anybody(&desktop, &["sh", "-c", ALLOW, "sleep", "600"]));
    until("it should become the other program", || {
        let name = fs::read_to_string(format!("/proc/{}/comm", other.id())).ok()?;
        (name.trim() == "sleep").then_some(())
    });
    let allowed = core_limits(other.id());
    run(Command::new(program("kill")).args(["-ABRT", &other.id().to_string()]));
    let other = until("the other program should crash", || other.ended());
    assert_eq!(other.signal(), Some(ABORTED), "{other}");
    if !other.core_dumped() {
        let pattern = fs::read_to_string("/proc/sys/kernel/core_pattern").unwrap_or_default();
        say(&format!(
            "This system dumps nobody's core (limits: {allowed:?}, pattern: {:?}): only what \
             forbids it is looked at.",
            pattern.trim()
        ));
    }

    let window = Window::open_by(&desktop, &server, &start);
    desktop.display().wait_for_text("No keyring answers");
    assert_eq!(core_limits(window.id()), ["0", "0"], "of {allowed:?}");
    // What holds a collector of core dumps off, whom no limit stops.
    assert!(!may_open(&desktop, window.id(), "environ"), "it can be dumped");
    window.signal("ABRT");
    let sotto = window.wait_until_ended();
    assert_eq!(sotto.signal(), Some(ABORTED), "{sotto}");
    assert!(!sotto.core_dumped(), "{sotto}");
}

#[test]
fn no_other_program_of_the_person_may_look_into_its_memory() {
    let server = Prosody::start();
    let desktop = Desktop::log_in(Keyring::Absent);
    // What the assertions below are worth: another program, started in the same way, is open. Where
    // the system closes everybody's `mem` to all but debuggers, `environ` still is.
    let other = Daemon::start(&mut by_anybody(&desktop, &["sleep", "600"]));
    until("another program is open", || may_open(&desktop, other.id(), "environ").then_some(()));

    let window = Window::open_by(&desktop, &server, without_rights());
    desktop.display().wait_for_text("No keyring answers");
    for file in ["environ", "maps", "mem"] {
        assert!(!may_open(&desktop, window.id(), file), "{file} is open");
    }
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
    // Less than any system sets: whoever it is may go down to it.
    let limited = ["prlimit", "--memlock=65536:65536"];
    let window = Window::open_by(&desktop, &server, &limited);
    desktop.display().wait_for_text("No keyring answers");
    let little = locked(&window);
    assert!(little <= 64, "{little} KiB");
    window.quit();

    let without_limit = "--memlock=unlimited:unlimited";
    let mut lift = Command::new(program("prlimit"));
    if !lift.arg(without_limit).arg(program("true")).output().unwrap().status.success() {
        say(
            "This system lets nobody here lift its limit to locked memory: that all is locked where \
             there is none is not looked at.",
        );
        return;
    }
    let window = Window::open_by(&desktop, &server, &["prlimit", without_limit]);
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

    display.click_on("alice@localhost");
    // Signing out is at the end of what there is about an account.
    let beginning = display.wait_for_text("Show me as");
    display.roll_to_end(beginning);
    display.wait_until_gone("Show me as");
    display.click_on("Sign out");
    display.wait_for_part("forgets its password");
    // Nothing that ends something has the focus by itself: from "Cancel" to "Sign out".
    display.press("Tab");
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
