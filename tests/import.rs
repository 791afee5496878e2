//! Somebody who used another program comes to Sotto, and is known by the same key.

#![expect(clippy::wildcard_enum_match_arm, reason = "a story looks for one event of many")]

use engine::{
    ChatCommand, Command, Event, ImportCommand, ImportEvent, ImportId, Padlock, Program, Proof,
    Trust,
};
use stories::{PASSWORD, PeerTrust, Person, Profanity, Prosody, Setup, code};

#[test]
fn the_key_and_what_was_verified_come_along_from_profanity() {
    let server = Prosody::start();
    let bob = Person::sign_in("bob", &server);
    let mut former = Profanity::sign_in(&server, "alice", "bob@localhost");
    let to_alice = bob.with("alice");
    to_alice.open();
    let key = to_alice.wait_until_private();
    let (chat, proof) = (to_alice.id().clone(), Some(Proof::Compared));
    bob.command(Command::Chat(chat, ChatCommand::SetTrust { fingerprint: key, proof }));
    to_alice.wait_for_padlock("verified", |padlock| padlock == Padlock::Verified(key));
    former.trust();
    former.wait_for_trust("bob@localhost", &code(&bob.own_key()), &PeerTrust::Trusted);
    former.crash();

    let setup = Setup { homes: Some(former.homes()), ..Setup::of("alice", &server) };
    let alice = Person::start(&setup);
    alice.open_vault(&setup);
    alice.command(Command::Import(ImportCommand::Scan { passphrase: None }));
    let (accounts, troubles) = alice.wait_for("Profanity should be found", |event| match event {
        Event::Import(ImportEvent::Found { accounts, troubles }) => {
            Some((accounts.clone(), troubles.clone()))
        }
        _ => None,
    });
    assert!(troubles.is_empty(), "{troubles:?}");
    let [found] = accounts.as_slice() else { panic!("{accounts:?}") };
    let account = "alice@localhost".parse().unwrap();
    assert_eq!(found.id, ImportId { program: Program::Profanity, account });
    assert_eq!((found.key, found.has_key_here), (Some(key), false));
    assert_eq!((found.contact_keys, found.verified), (1, 1));
    assert!(found.has_password);

    alice.command(Command::Import(ImportCommand::Import(found.id.clone())));
    let brought = alice.wait_for("it should come over", |event| match event {
        Event::Import(ImportEvent::Imported { server, password, own_key: true, .. }) => {
            Some((server.clone(), password.clone()))
        }
        _ => None,
    });
    let (place, Some(password)) = brought else { panic!("its password stays behind") };
    assert_eq!((password.expose(), &place), (PASSWORD, &setup.server));

    alice.command(Command::Import(ImportCommand::Discard));
    alice.ask_to_sign_in(&setup);
    alice.wait_until_online();
    assert_eq!(alice.own_key(), key);
    let to_bob = alice.with("bob");
    to_bob.look();
    let bobs = Padlock::Verified(bob.own_key());
    to_bob.wait_for_padlock("verified at once", |padlock| padlock == bobs);
    to_alice.wait_for_padlock("verified still", |padlock| padlock == Padlock::Verified(key));
    to_bob.say("the same as ever");
    to_alice.wait_for_text("the same as ever");
    let is_imported = |trust| matches!(trust, Trust::Verified { proof: Proof::Imported, .. });
    alice.wait_for_keys("the key should be imported", |rows| {
        rows.iter().any(|row| is_imported(row.trust))
    });
}

#[test]
fn a_key_that_is_here_stays_and_what_was_verified_holds_at_once() {
    let server = Prosody::start();
    let bob = Person::sign_in("bob", &server);
    let mut former = Profanity::sign_in(&server, "alice", "bob@localhost");
    bob.with("alice").open();
    bob.with("alice").wait_until_private();
    former.trust();
    former.wait_for_trust("bob@localhost", &code(&bob.own_key()), &PeerTrust::Trusted);
    former.crash();

    let setup = Setup { homes: Some(former.homes()), ..Setup::of("alice", &server) };
    let alice = Person::sign_in_with(&setup);
    let key = alice.own_key();
    let to_bob = alice.with("bob");
    to_bob.open();
    let private = Padlock::Private(bob.own_key());
    to_bob.wait_for_padlock("closed, not verified", |padlock| padlock == private);

    alice.command(Command::Import(ImportCommand::Scan { passphrase: None }));
    let found = alice.wait_for("Profanity should be found", |event| match event {
        Event::Import(ImportEvent::Found { accounts, .. }) => accounts.first().cloned(),
        _ => None,
    });
    assert!(found.has_key_here);
    let id = found.id;
    alice.command(Command::Import(ImportCommand::Import(id.clone())));
    alice.wait_for("its own key should stay", |event| {
        matches!(event, Event::Import(ImportEvent::Imported { own_key: false, .. })).then_some(())
    });
    let verified = Padlock::Verified(bob.own_key());
    to_bob.wait_for_padlock("verified", |padlock| padlock == verified);
    assert_eq!(alice.own_key(), key);

    // Trust that is withdrawn stays so, however often the account comes over.
    let (chat, fingerprint) = (to_bob.id().clone(), bob.own_key());
    alice.command(Command::Chat(chat, ChatCommand::SetTrust { fingerprint, proof: None }));
    let doubted = Padlock::Doubted(bob.own_key());
    to_bob.wait_for_padlock("in doubt", |padlock| padlock == doubted);
    alice.command(Command::Import(ImportCommand::Import(id)));
    alice.wait_for_nth(1, "it should come over again", |event| {
        matches!(event, Event::Import(ImportEvent::Imported { .. })).then_some(())
    });
    alice.wait_for_keys("it should stay withdrawn", |rows| {
        !rows.is_empty() && rows.iter().all(|row| !row.trust.is_verified())
    });
    assert_eq!(to_bob.padlock(), doubted);
}
