//! The fixtures themselves: a story that fails should fail for the program's sake.

use stories::{PeerTrust, Profanity, Prosody};

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
