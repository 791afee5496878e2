//! Two sides that disagree about whether they have a session, or where the other one is.

use engine::{Availability, Command, Delivery, FailReason, Notice, Provenance, Setting};
use stories::{Device, Options, Peer, Person, Prosody, Scratch, Setup};

/// Nothing is kept for who is not there, but by the archive.
const NOTHING_STORED: &str = "modules_disabled = { \"offline\" }";

struct Meeting {
    alice: Person,
    bob: Peer,
    server: Prosody,
}

/// Alice uses Sotto and is private with Bob.
fn meet() -> Meeting {
    meet_on(Prosody::start())
}

fn meet_on(server: Prosody) -> Meeting {
    let alice = Person::sign_in("alice", &server);
    let mut bob = Peer::sign_in("bob", "alice@localhost", &server);
    bob.go_private();
    alice.with("bob").wait_until_private();
    Meeting { alice, bob, server }
}

#[test]
fn what_is_written_to_us_while_we_are_invisible_arrives() {
    let Meeting { alice, mut bob, server: _server } = meet();
    let chat = alice.with("bob");
    alice.command(Command::Set(Setting::Availability(Availability::Offline)));
    bob.device().wait_for("type='unavailable'");
    bob.say("privately to nobody");
    bob.say_readably("readably to nobody");
    bob.device().sync();
    alice.command(Command::Set(Setting::Availability(Availability::Online)));
    assert!(matches!(chat.wait_for_text("privately to nobody"), Provenance::Private(_)));
    assert_eq!(chat.wait_for_text("readably to nobody"), Provenance::PlainInPrivate);
    assert!(!chat.notices().contains(&Notice::ForOtherDevice));
}

#[test]
fn what_a_server_put_into_the_archive_alone_while_we_are_invisible_arrives() {
    let options = Options { modules: &["mam"], extra: NOTHING_STORED, ..Options::default() };
    let Meeting { alice, mut bob, server: _server } = meet_on(Prosody::with(options));
    let chat = alice.with("bob");
    alice.command(Command::Set(Setting::Availability(Availability::Offline)));
    bob.device().wait_for("type='unavailable'");
    for number in 0..3 {
        bob.say(&format!("privately to nobody {number}"));
    }
    bob.say_readably("readably to nobody");
    bob.device().sync();
    alice.command(Command::Set(Setting::Availability(Availability::Online)));
    for number in 0..3 {
        let travelled = chat.wait_for_text(&format!("privately to nobody {number}"));
        assert!(matches!(travelled, Provenance::Private(_)));
    }
    assert_eq!(chat.wait_for_text("readably to nobody"), Provenance::PlainInPrivate);
    assert_eq!(chat.received().len(), 4);
}

/// What is not to be archived is kept by the server for who comes, and Prosody gives that to a new
/// session only.
#[test]
fn what_no_archive_has_arrives_when_we_show_ourselves() {
    let options = Options { modules: &["mam"], ..Options::default() };
    let Meeting { alice, mut bob, server: _server } = meet_on(Prosody::with(options));
    let chat = alice.with("bob");
    alice.command(Command::Set(Setting::Availability(Availability::Offline)));
    bob.device().wait_for("type='unavailable'");
    bob.device().send(
        "<message to='alice@localhost' type='chat' id='not-archived'><body>for nobody's \
         archive</body><no-permanent-store xmlns='urn:xmpp:hints'/></message>",
    );
    bob.device().sync();
    alice.command(Command::Set(Setting::Availability(Availability::Online)));
    assert_eq!(chat.wait_for_text("for nobody's archive"), Provenance::PlainInPrivate);
    // And they go on where they were.
    chat.say("I am back");
    bob.wait_for_text("I am back");
}

#[test]
fn who_lost_the_session_and_writes_readably_gets_a_new_one() {
    let Meeting { alice, mut bob, server: _server } = meet();
    let chat = alice.with("bob");
    bob.forget();
    let lost = chat.say("nobody can read this any more");
    chat.wait_for_delivery(&lost, "sent", |it| matches!(it, Delivery::Sent(_)));
    bob.say_readably("I have just started again");
    assert_eq!(chat.wait_for_text("I have just started again"), Provenance::PlainInPrivate);
    bob.wait_until_private();
    let doubted = |it| matches!(it, Delivery::Failed { reason: FailReason::Unsure, .. });
    chat.wait_for_delivery(&lost, "in doubt", doubted);
    chat.say("and are private again");
    bob.wait_for_text("and are private again");
}

#[test]
fn what_is_for_us_and_goes_to_another_device_of_ours_is_read() {
    let Meeting { alice, mut bob, server } = meet();
    let chat = alice.with("bob");
    let _other = Device::sign_in("alice", &server).listen();
    let other = loop {
        let heard = bob.device().wait_for("from='alice@localhost/");
        let resource = heard.split("alice@localhost/").nth(1).and_then(|it| it.split('\'').next());
        if let Some(resource) = resource.filter(|resource| !resource.starts_with("sotto.")) {
            break format!("alice@localhost/{resource}");
        }
    };
    bob.speak_to(&other);
    bob.say("for one, to the other");
    assert!(matches!(chat.wait_for_text("for one, to the other"), Provenance::Private(_)));
    assert!(!chat.notices().contains(&Notice::ForOtherDevice));
}

#[test]
fn what_was_written_in_private_to_a_program_that_had_died_is_told_of_in_every_life() {
    let server = Prosody::with(Options { modules: &["mam"], ..Options::default() });
    let profile = Scratch::new("first-life");
    let setup = Setup::keeper("alice", &server, &profile);
    let mut alice = Person::sign_in_with(&setup);
    let mut bob = Peer::sign_in("bob", "alice@localhost", &server);
    for life in 0..2 {
        bob.go_private();
        alice.with("bob").wait_until_private();
        alice.crash();
        bob.say(&format!("nobody can read this, life {life}"));
        bob.device().sync();
        alice = Person::come_back(&setup);
        alice.wait_until_online();
        alice.with("bob").wait_for_notice("of a text that is lost", |notice| {
            matches!(notice, Notice::ForOtherDevice | Notice::Unreadable).then_some(())
        });
        alice.with("bob").read();
        bob.forget();
    }
}
