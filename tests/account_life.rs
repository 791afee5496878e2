//! What an account goes through besides conversations, with a real server: strangers, blocking,
//! other devices, time away, other passwords, a new account and an end.

#![expect(
    clippy::expect_used,
    clippy::wildcard_enum_match_arm,
    reason = "what is missing fails its story"
)]

use std::fs;
use std::sync::Arc;

use engine::{
    AccountCommand, AccountEvent, AccountState, ChatEvent, ChatId, Command, ConnectionCommand,
    ContactCommand, Delivery, Event, Form, Label, MessageId, Notice, Outgoing, Padlock, Provenance,
    Registration, RegistrationCommand, Route, Secret, SignInFailure, Subscription,
};
use vault::{SealedSecrets, Vault};

use stories::{
    Chat, Cut, Options, PASSPHRASE, PASSWORD, Person, Prosody, Scratch, Setup, Wire, until,
};

/// Writes readably, as the person wants it here.
fn say_plainly(chat: &Chat<'_>, text: &str) -> MessageId {
    chat.end_private();
    chat.say_under(Padlock::NotPrivate, text)
}

/// Whether the session that a later process would go on with awaits the server's word on this.
fn is_on_its_way(profile: &Scratch, id: &MessageId) -> bool {
    let copy = Scratch::new("copy");
    for name in ["sotto.db", "sotto.db-journal", "secrets.sealed", "profile.id"] {
        if let Ok(bytes) = fs::read(profile.file("profile").join(name)) {
            copy.write(name, bytes);
        }
    }
    // A copy of what is being written may be none.
    let resume = || {
        let secrets = SealedSecrets::open(copy.path(), PASSPHRASE).ok()?;
        let vault = Vault::open(copy.path(), Arc::new(secrets)).ok()?;
        vault.notes("alice@localhost").ok()?.remove("resume")
    };
    // The low 40 bits of a tag are the first of its message's id.
    let name = u64::from_str_radix(&id.as_str()[..10], 16).expect("hexadecimal");
    let tags = resume().and_then(|resume| resume.lines().nth(4).map(str::to_owned));
    let tags = tags.unwrap_or_default();
    let mut tags = tags.split(',').filter_map(|tag| tag.parse::<u64>().ok());
    tags.any(|tag| tag & ((1 << 40) - 1) == name)
}

fn texts(chat: &Chat<'_>) -> Vec<String> {
    chat.received().into_iter().map(|(text, _)| text).collect()
}

fn wait_until_sent(chat: &Chat<'_>, id: &MessageId) {
    let is_sent = |it| matches!(it, Delivery::Sent(_) | Delivery::Delivered(_));
    chat.wait_for_delivery(id, "sent", is_sent);
}

fn blocked(person: &Person) -> Vec<String> {
    person.wait_for_last("a list of those kept away", |event| match event {
        Event::Account(_, AccountEvent::Blocked(contacts)) => {
            Some(contacts.iter().map(ToString::to_string).collect())
        }
        _ => None,
    })
}

fn elsewhere(chat: &Chat<'_>) -> Vec<String> {
    chat.wait("something", |events, id| {
        let sent = events.iter().filter_map(|event| match event {
            Event::Chat(chat, ChatEvent::SentElsewhere { text, .. }) if chat == id => {
                Some(text.clone())
            }
            _ => None,
        });
        Some(sent.collect())
    })
}

#[test]
fn a_stranger_waits_until_accepted_and_learns_nothing_before() {
    let modules = &["blocklist"];
    let server = Prosody::with(Options { strangers: true, modules, ..Options::default() });
    let (alice, bob) = (Person::sign_in("alice", &server), Person::sign_in("bob", &server));
    let (chat, theirs) = (alice.with("bob"), bob.with("alice"));

    // An offer to go private gets no answer, a text is kept apart.
    theirs.go_private();
    let first = say_plainly(&theirs, "you do not know me");
    assert_eq!(chat.wait_for_text("you do not know me"), Provenance::Plain);
    chat.wait_for_subscription("asked by a text", Subscription::Wrote);
    wait_until_sent(&theirs, &first);

    // Declined, they are gone; they may try again.
    alice.command(Command::Contact(chat.id().clone(), ContactCommand::Decline));
    chat.wait_for_subscription("none", Subscription::None);
    let second = say_plainly(&theirs, "please");
    chat.wait_for_subscription("asked by a text again", Subscription::Wrote);

    // Kept away, nothing of theirs arrives, and they are told so.
    alice.command(Command::Contact(chat.id().clone(), ContactCommand::Block));
    until("bob should be kept away", || (blocked(&alice) == ["bob@localhost"]).then_some(()));
    let third = say_plainly(&theirs, "are you there?");
    theirs.wait_for_delivery(&third, "failed", |it| matches!(it, Delivery::Failed { .. }));
    alice.command(Command::Contact(chat.id().clone(), ContactCommand::Unblock));
    until("bob should be let through", || blocked(&alice).is_empty().then_some(()));

    let fourth = say_plainly(&theirs, "at last");
    chat.wait_for_text("at last");
    alice.command(Command::Contact(chat.id().clone(), ContactCommand::Accept));
    theirs.wait_for_subscription("asked for", Subscription::Requested);
    bob.command(Command::Contact(theirs.id().clone(), ContactCommand::Accept));
    chat.wait_for_subscription("shared", Subscription::Both);
    theirs.wait_for_subscription("shared", Subscription::Both);

    // Not before, they learn that something was read.
    let fifth = say_plainly(&theirs, "thank you");
    theirs.wait_for_delivery(&fifth, "delivered", |it| matches!(it, Delivery::Delivered(_)));
    for id in [first, second, fourth] {
        let delivery = theirs.outgoing(&id).expect("it is shown").delivery;
        assert!(matches!(delivery, Delivery::Sent(_)), "{delivery:?}");
    }
    chat.wait_for_text("thank you");
    assert_eq!(texts(&chat), ["you do not know me", "please", "at last", "thank you"]);
}

#[test]
fn whoever_is_kept_away_is_left_first() {
    let server = Prosody::with(Options { modules: &["blocklist"], ..Options::default() });
    let (alice, bob) = (Person::sign_in("alice", &server), Person::sign_in("bob", &server));
    let (chat, theirs) = (alice.with("bob"), bob.with("alice"));
    chat.open();
    chat.wait_until_private();
    theirs.wait_until_private();
    alice.command(Command::Contact(chat.id().clone(), ContactCommand::Block));
    theirs.wait_for_padlock("struck through", |padlock| padlock == Padlock::Finished);
    until("bob should be kept away", || (blocked(&alice) == ["bob@localhost"]).then_some(()));
    alice.command(Command::Contact(chat.id().clone(), ContactCommand::Unblock));
    until("bob should be let through", || blocked(&alice).is_empty().then_some(()));
    // It is still wanted private.
    theirs.go_private();
    chat.wait_until_private();
}

#[test]
fn what_was_written_while_away_is_told_once_and_in_order() {
    let modules = &["mam"];
    let server = Prosody::with(Options { modules, ..Options::default() });
    let profile = Scratch::new("away");
    let setup = Setup::keeper("alice", &server, &profile);
    let bob = Person::sign_in("bob", &server);
    let theirs = bob.with("alice");
    let alice = Person::sign_in_with(&setup);
    say_plainly(&theirs, "before");
    alice.with("bob").wait_for_text("before");
    alice.with("bob").read();
    drop(alice);

    // More than one page of it.
    let while_away: Vec<String> = (0..70).map(|number| format!("while away {number}")).collect();
    for text in &while_away {
        let id = say_plainly(&theirs, text);
        wait_until_sent(&theirs, &id);
    }
    let alice = Person::come_back(&setup);
    let chat = alice.with("bob");
    alice.wait_until_online();
    chat.wait_for_text("while away 69");
    say_plainly(&theirs, "after");
    chat.wait_for_text("after");
    // The newest page comes first, and the rest behind it.
    let mut expected = while_away;
    expected.push("after".to_owned());
    until("all should be told", || (texts(&chat).len() >= expected.len()).then_some(()));
    assert_eq!(texts(&chat), expected);

    // The same program, after a break.
    chat.read();
    drop(alice);
    let alice = Person::come_back(&setup);
    alice.wait_until_online();
    say_plainly(&theirs, "and again");
    alice.with("bob").wait_for_text("and again");
    assert_eq!(texts(&alice.with("bob")), ["and again"]);
}

/// A connection that cannot be resumed breaks with two texts on their way, one of which the server
/// has. How often each then left in all, and how each stands.
fn broken_off(modules: &'static [&'static str], crash: bool) -> [(usize, Outgoing); 2] {
    let options = Options { modules, stream_management: false, ..Options::default() };
    let server = Prosody::with(options);
    let wire = Wire::tap(&server);
    let profile = Scratch::new("broken-off");
    let setup = Setup::keeper("alice", &server, &profile).by_direct_tls(wire.port());
    let bob = Person::sign_in("bob", &server);
    let theirs = bob.with("alice");
    theirs.end_private();
    let mut alice = Person::sign_in_with(&setup);
    let id = say_plainly(&alice.with("bob"), "hello");
    wait_until_sent(&alice.with("bob"), &id);

    wire.mute();
    let with_server = say_plainly(&alice.with("bob"), "the server has it");
    theirs.wait_for_text("the server has it");
    wire.stall();
    let lost = say_plainly(&alice.with("bob"), "it went nowhere");
    let is_queued = |it| matches!(it, Delivery::Queued(_));
    alice.with("bob").wait_for_delivery(&lost, "queued", is_queued);
    if crash {
        alice.crash();
        wire.cut(Cut::Reset);
        wire.flow();
        alice = Person::come_back(&setup);
    } else {
        wire.cut(Cut::Reset);
        alice.wait_until_offline();
        wire.flow();
    }
    alice.wait_until_online();
    let chat = alice.with("bob");
    theirs.wait_for_text("it went nowhere");
    say_plainly(&chat, "goodbye");
    theirs.wait_for_text("goodbye");
    assert_eq!(texts(&theirs), ["hello", "the server has it", "it went nowhere", "goodbye"]);
    [with_server, lost].map(|id| {
        wait_until_sent(&chat, &id);
        let outgoing = chat.outgoing(&id).expect("it is shown");
        let body = format!("<body>{}</body>", outgoing.text);
        (wire.from_client().matches(&body).count(), outgoing)
    })
}

#[test]
fn what_the_archive_has_is_not_sent_again_after_a_break() {
    for crash in [false, true] {
        let [(times, with_server), (_, lost)] = broken_off(&["mam"], crash);
        assert_eq!((times, with_server.resent, lost.resent), (1, false, false), "{crash}");
    }
}

#[test]
fn without_an_archive_what_may_be_lost_is_sent_again_and_shown_once() {
    for crash in [false, true] {
        let [(times, with_server), _] = broken_off(&[], crash);
        assert_eq!((times, with_server.resent), (2, !crash), "{crash}");
    }
}

#[test]
fn another_device_shows_what_is_readable_and_nothing_of_what_is_private() {
    let server = Prosody::start();
    let (desk, phone) = (Person::sign_in("alice", &server), Person::sign_in("alice", &server));
    let bob = Person::sign_in("bob", &server);
    let (at_desk, at_phone, theirs) = (desk.with("bob"), phone.with("bob"), bob.with("alice"));
    theirs.end_private();
    say_plainly(&at_desk, "from the desk");
    assert_eq!(theirs.wait_for_text("from the desk"), Provenance::Plain);
    until("the phone should know", || (elsewhere(&at_phone) == ["from the desk"]).then_some(()));
    say_plainly(&theirs, "to wherever you are");
    at_desk.wait_for_text("to wherever you are");
    at_phone.wait_for_text("to wherever you are");

    at_desk.go_private();
    at_desk.wait_until_private();
    let id = at_desk.say("a private word");
    theirs.wait_for_text("a private word");
    at_desk.wait_for_delivery(&id, "delivered", |it| matches!(it, Delivery::Delivered(_)));
    theirs.say("another");
    at_desk.wait_for_text("another");
    // A readable word behind it all proves that the phone has heard what there was to hear.
    at_phone.end_private();
    at_phone.say_under(Padlock::NotPrivate, "from the phone");
    until("the desk should know", || (elsewhere(&at_desk) == ["from the phone"]).then_some(()));
    assert_eq!(elsewhere(&at_phone), ["from the desk"]);
    assert_eq!(texts(&at_phone), ["to wherever you are"]);
    let told = at_phone.notices().into_iter().filter(|notice| *notice == Notice::ForOtherDevice);
    assert!(told.count() <= 1);
}

#[test]
fn a_corrected_message_names_the_one_it_replaces() {
    let server = Prosody::start();
    let (alice, bob) = (Person::sign_in("alice", &server), Person::sign_in("bob", &server));
    let (chat, theirs) = (alice.with("bob"), bob.with("alice"));
    chat.open();
    chat.wait_until_private();
    theirs.wait_until_private();
    let wrong = chat.say("at sevn");
    theirs.wait_for_text("at sevn");
    let right = chat.correct(&wrong, "at seven");
    let label = theirs.wait("the correction should arrive", |events, chat| {
        events.iter().find_map(|event| match event {
            Event::Chat(at, ChatEvent::Received { text, label, .. })
                if at == chat && text == "at seven" =>
            {
                Some(label.clone())
            }
            _ => None,
        })
    });
    assert_eq!(label, Label::Inside { id: right, replaces: Some(wrong) });
}

#[test]
fn a_server_that_offers_less_than_before_is_refused_until_the_person_agrees() {
    let mut server = Prosody::start();
    let profile = Scratch::new("downgrade");
    let setup = Setup::keeper("alice", &server, &profile);
    drop(Person::sign_in_with(&setup));
    let refused_mechanisms = &["SCRAM-SHA-256"];
    server.become_another(Options { refused_mechanisms, ..Options::default() });

    let alice = Person::come_back(&setup);
    alice.wait_for_account("should be refused", |state| {
        matches!(state, AccountState::Refused(SignInFailure::Downgraded { .. }))
    });
    let account = alice.with("bob").id().account.clone();
    alice.command(Command::Connection(account, ConnectionCommand::AcceptWeaker));
    alice.wait_until_online();
}

#[test]
fn a_session_goes_on_in_another_process_and_settles_what_was_on_its_way() {
    let server = Prosody::start();
    let wire = Wire::tap(&server);
    let profile = Scratch::new("resume");
    let setup = Setup::keeper("alice", &server, &profile).by_direct_tls(wire.port());
    let bob = Person::sign_in("bob", &server);
    let theirs = bob.with("alice");
    theirs.end_private();
    let alice = Person::sign_in_with(&setup);
    let chat = alice.with("bob");
    let id = say_plainly(&chat, "hello");
    wait_until_sent(&chat, &id);
    theirs.wait_for_text("hello");

    // One is with the server, which can't tell us any more; one is not.
    wire.mute();
    let with_server = say_plainly(&chat, "it is with the server");
    theirs.wait_for_text("it is with the server");
    chat.wait_for_delivery(&with_server, "queued", |it| matches!(it, Delivery::Queued(_)));
    until("what is on its way should be written down", || {
        is_on_its_way(&profile, &with_server).then_some(())
    });
    wire.stall();
    let lost = say_plainly(&chat, "it went nowhere");
    chat.wait_for_delivery(&lost, "queued", |it| matches!(it, Delivery::Queued(_)));
    alice.crash();
    wire.flow();
    // Nobody is signed in now, but the server keeps it for the session.
    let meanwhile = say_plainly(&theirs, "meanwhile");
    wait_until_sent(&theirs, &meanwhile);

    let alice = Person::come_back(&setup);
    let chat = alice.with("bob");
    alice.wait_until_online();
    chat.wait_for_text("meanwhile");
    wait_until_sent(&chat, &lost);
    theirs.wait_for_text("it went nowhere");
    say_plainly(&chat, "goodbye");
    theirs.wait_for_text("goodbye");
    assert_eq!(texts(&theirs), ["hello", "it is with the server", "it went nowhere", "goodbye"]);
    assert_eq!(texts(&chat), ["meanwhile"]);
}

#[test]
fn a_password_is_changed_at_the_server_and_here() {
    let server = Prosody::with(Options { modules: &["register"], ..Options::default() });
    let profile = Scratch::new("password");
    let setup = Setup::keeper("alice", &server, &profile);
    let alice = Person::sign_in_with(&setup);
    let account = alice.with("bob").id().account.clone();
    let password = Secret::new("battery staple".into());
    alice.command(Command::Account(account.clone(), AccountCommand::ChangePassword(password)));
    let result = alice.wait_for("the password should be changed", |event| match event {
        Event::Account(_, AccountEvent::PasswordChanged(result)) => Some(result.clone()),
        _ => None,
    });
    assert_eq!(result, Ok(()));
    drop(alice);
    let alice = Person::come_back(&setup);
    alice.wait_until_online();
    drop(alice);
    // The former one is worth nothing.
    let alice = Person::start(&Setup::of("alice", &server));
    alice.open_vault(&Setup::of("alice", &server));
    alice.ask_to_sign_in(&Setup { password: PASSWORD.to_owned(), ..Setup::of("alice", &server) });
    alice.wait_for_account("should be refused", |state| {
        *state == AccountState::Refused(SignInFailure::WrongPassword)
    });
}

#[test]
fn an_account_is_made_used_and_removed() {
    let server = Prosody::with(Options { modules: &["register"], ..Options::default() });
    let setup = Setup { password: "a new password".to_owned(), ..Setup::of("carol", &server) };
    let carol = Person::start(&setup);
    carol.open_vault(&setup);
    let form = |nth: usize| -> Form {
        carol.wait_for_nth(nth, "a form should come", |event| match event {
            Event::Registration(Registration::Form(form)) => Some(form.clone()),
            _ => None,
        })
    };
    carol.command(Command::Registration(RegistrationCommand::Open {
        domain: "localhost".parse().expect("a JID"),
        server: setup.server.clone(),
        route: Route::Direct,
        trusted_key: None,
    }));
    // A name that is taken; then another.
    let mut first = form(0);
    assert!(first.fill("username", "alice") && first.fill("password", "a new password"));
    carol.command(Command::Registration(RegistrationCommand::Submit(first.clone())));
    carol.wait_for("the name should be taken", |event| match event {
        Event::Registration(Registration::Failed(failure)) => Some(failure.clone()),
        _ => None,
    });
    first.fill("username", "carol");
    carol.command(Command::Registration(RegistrationCommand::Submit(first)));
    carol.wait_for("there should be an account", |event| {
        matches!(event, Event::Registration(Registration::Done)).then_some(())
    });
    carol.ask_to_sign_in(&setup);
    carol.wait_until_online();

    let ChatId { account, .. } = carol.with("bob").id().clone();
    carol.command(Command::Account(account.clone(), AccountCommand::Delete));
    carol.wait_for("the account should be removed", |event| {
        matches!(event, Event::Account(removed, AccountEvent::Removed) if *removed == account)
            .then_some(())
    });
    carol.ask_to_sign_in(&setup);
    carol.wait_for_account("should be refused", |state| {
        *state == AccountState::Refused(SignInFailure::WrongPassword)
    });
}
