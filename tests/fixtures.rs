//! The fixtures themselves: a story that fails should fail for the program's sake.

use std::process::{Command, Stdio};

use stories::{
    Daemon, Desktop, Keyring, PeerTrust, Profanity, Prosody, XmppServer, program, run, until,
};

#[test]
fn a_server_keeps_what_it_stored_when_it_is_killed() {
    let mut server = Prosody::start();
    let alice = Profanity::sign_in(&server, "alice", "bob@localhost");
    alice.say("are you there?");
    alice.wait_for_text("me: are you there?");
    // A second line follows the first through the server, so the first is stored when it is back.
    alice.terminal().enter("/ping");
    alice.terminal().enter("/win 1");
    alice.terminal().wait_for("Ping response from server");
    drop(alice);

    server.kill();
    server.start_again();

    let bob = Profanity::sign_in(&server, "bob", "alice@localhost");
    bob.wait_for_text("are you there?");
}

#[test]
fn two_profanities_talk_privately_and_verify_each_other() {
    let server = Prosody::start();
    let alice = Profanity::sign_in(&server, "alice", "bob@localhost");
    let bob = Profanity::sign_in(&server, "bob", "alice@localhost");
    let (alice_code, bob_code) = (alice.own_fingerprint(), bob.own_fingerprint());

    alice.go_private();
    alice.wait_until_private();
    bob.wait_until_private();
    alice.wait_for_trust("bob@localhost", &bob_code, &PeerTrust::Unverified);

    alice.ask("Where did we meet?", "in Prague");
    bob.wait_for_text("Where did we meet?");
    bob.answer("in Prague");
    alice.wait_until_trusted();
    alice.wait_for_trust("bob@localhost", &bob_code, &PeerTrust::Smp);
    bob.wait_for_trust("alice@localhost", &alice_code, &PeerTrust::Unverified);

    alice.end_private();
    alice.wait_until_plain();
}

#[test]
fn a_keyring_gives_its_secret_only_while_it_is_unlocked() {
    let mut desktop = Desktop::log_in(Keyring::Unlocked);
    let script = "printf secret | secret-tool store --label=ours what test";
    run(desktop.command(program("sh")).args(["-c", script]));
    let look = |desktop: &Desktop| {
        let mut command = desktop.command(program("secret-tool"));
        command.args(["lookup", "what", "test"]).stdin(Stdio::null()).output().unwrap().stdout
    };
    assert_eq!(look(&desktop), b"secret");

    desktop.lock_keyring();
    assert_eq!(look(&desktop), b"");

    desktop.unlock_keyring();
    assert_eq!(look(&desktop), b"secret");
}

#[test]
fn what_a_window_shows_can_be_read_and_is_reached_by_mouse_and_keys() {
    let desktop = Desktop::log_in(Keyring::Absent);
    let picture = desktop.file("question.png");
    let mut draw = Command::new(program("convert"));
    draw.args(["-background", "white", "-size", "600x300", "-gravity", "center"]);
    draw.args(["-font", "DejaVu-Sans", "-pointsize", "18", "label:Shall we meet tomorrow?"]);
    run(draw.arg(&picture));
    let mut window = Daemon::start(
        desktop.command(program("display")).args(["-title", "question"]).arg(&picture),
    );
    let display = desktop.display();
    display.show_window("question");
    // A click opens its menu, which is a window of its own.
    display.click_on("meet tomorrow");
    display.show_window("Commands");
    display.show_window("question");
    display.press("q");
    let status = until("the program should end", || window.ended());
    assert!(status.success());
}
