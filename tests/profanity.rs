//! A contact who uses Profanity, whose OTR is libotr's.

#![expect(clippy::wildcard_enum_match_arm, reason = "a story looks for one event of many")]

use engine::{
    ChatCommand, ChatEvent, Command, Delivery, Event, FailReason, HeldReason, Notice, OlderVersion,
    Padlock, Proof, Provenance, Verification, VerificationResult,
};
use stories::{Chat, PeerTrust, Person, Profanity, Prosody, Scratch, Setup, code};

struct Meeting {
    alice: Person,
    bob: Profanity,
    bob_code: String,
    alice_code: String,
    _server: Prosody,
}

impl Meeting {
    /// Alice uses Sotto, Bob uses Profanity, and neither has started anything.
    fn arrange() -> Self {
        let server = Prosody::start();
        let bob = Profanity::sign_in(&server, "bob", "alice@localhost");
        let bob_code = bob.own_fingerprint();
        let alice = Person::sign_in("alice", &server);
        let alice_code = code(&alice.own_key());
        Self { alice, bob, bob_code, alice_code, _server: server }
    }

    fn chat(&self) -> Chat<'_> {
        self.alice.with("bob")
    }

    /// Both see that it is private, and each other's key.
    fn both_are_private(&self) {
        self.chat().wait_until_private();
        self.bob.wait_until_private();
        assert_eq!(self.chat().key_code().as_deref(), Some(self.bob_code.as_str()));
        let unverified = &PeerTrust::Unverified;
        self.bob.wait_for_trust("alice@localhost", &self.alice_code, unverified);
    }

    fn started_by_us() -> Self {
        let meeting = Self::arrange();
        meeting.chat().open();
        meeting.both_are_private();
        meeting
    }

    fn started_by_them() -> Self {
        let meeting = Self::arrange();
        meeting.bob.go_private();
        meeting.both_are_private();
        meeting
    }

    /// Twenty messages each way, and a long one each way.
    fn talk(&self) {
        let chat = self.chat();
        for number in 1..=20 {
            let ours = format!("ours {number}: Grüße, 你好, <b>5 & 6</b>");
            chat.say(&ours);
            self.bob.wait_for_text(&ours);
            let theirs = format!("theirs {number}: naïve, Ω, \"quoted\"; a < b & c > d");
            self.bob.say(&theirs);
            let travelled = chat.wait_for_text(&theirs);
            assert!(matches!(travelled, Provenance::Private(key) if code(&key) == self.bob_code));
        }
        // What would be HTML elsewhere is what was typed here.
        let marks = "wrap it in <b> and </b>, with &lt; between";
        chat.say(&format!("ours: {marks}"));
        self.bob.wait_for_text(&format!("ours: {marks}"));
        self.bob.say(&format!("theirs: {marks}"));
        chat.wait_for_text(&format!("theirs: {marks}"));
        let long = |who: &str| -> String {
            (1..=500)
                .map(|number| format!("{who}-{number:04} "))
                .collect::<String>()
                .trim_end()
                .to_owned()
        };
        let ours = long("ours");
        assert!(ours.len() >= 4900);
        chat.say(&ours);
        self.bob.wait_for_text(&ours);
        let theirs = long("them");
        self.bob.say(&theirs);
        chat.wait_for_text(&theirs);
        let received = chat.received();
        assert_eq!(received.len(), 22, "each arrived once");
    }
}

#[test]
fn a_conversation_that_we_started_is_private_for_both_and_carries_everything() {
    Meeting::started_by_us().talk();
}

#[test]
fn a_conversation_that_they_started_is_private_for_both_and_carries_everything() {
    Meeting::started_by_them().talk();
}

#[test]
fn before_it_is_private_both_read_each_other_in_the_clear_and_see_it_so() {
    let meeting = Meeting::arrange();
    let chat = meeting.chat();
    chat.end_private();
    chat.wait_for_padlock("open", |padlock| padlock == Padlock::NotPrivate);
    chat.say("plainly: <b>5 & 6</b>, Grüße");
    meeting.bob.wait_for_text("plainly: <b>5 & 6</b>, Grüße");
    meeting.bob.say("read by everybody: ü < & >");
    assert_eq!(chat.wait_for_text("read by everybody: ü < & >"), Provenance::Plain);
    assert_eq!(chat.padlock(), Padlock::NotPrivate);
}

#[test]
fn our_question_answered_rightly_verifies_them_to_us_alone() {
    let meeting = Meeting::started_by_us();
    let chat = meeting.chat();
    chat.ask("Where did we meet?", "in Prague");
    meeting.bob.wait_for_text("Where did we meet?");
    meeting.bob.answer("in Prague");
    chat.wait_until_verified();
    let learnt = VerificationResult::WeLearnt(Proof::Question);
    chat.wait_for_verification(&Verification::Succeeded(learnt));
    let unverified = &PeerTrust::Unverified;
    meeting.bob.wait_for_trust("alice@localhost", &meeting.alice_code, unverified);
}

#[test]
fn their_question_answered_rightly_verifies_us_to_them_alone() {
    let meeting = Meeting::started_by_them();
    let chat = meeting.chat();
    meeting.bob.ask("Where did we meet?", "in Prague");
    let request = chat.wait_for_request(Some("Where did we meet?"));
    chat.answer(request, "in Prague");
    meeting.bob.wait_until_trusted();
    meeting.bob.wait_for_trust("alice@localhost", &meeting.alice_code, &PeerTrust::Smp);
    chat.wait_for_verification(&Verification::Succeeded(VerificationResult::TheyLearnt));
    assert!(matches!(chat.padlock(), Padlock::Private(_)), "we know no more of them");
}

#[test]
fn a_wrong_answer_makes_who_asked_doubt_and_tells_who_answered_nothing() {
    let meeting = Meeting::started_by_us();
    let chat = meeting.chat();
    let key = chat.wait_until_private();
    meeting.bob.ask("What did we drink?", "tea");
    let request = chat.wait_for_request(Some("What did we drink?"));
    chat.answer(request, "coffee");
    chat.wait_for_verification(&Verification::NotProved);
    meeting.bob.wait_for_text("Authentication failed");
    assert_eq!(chat.padlock(), Padlock::Private(key));
    let unverified = &PeerTrust::Unverified;
    meeting.bob.wait_for_trust("alice@localhost", &meeting.alice_code, unverified);
    chat.say("still private");
    meeting.bob.wait_for_text("still private");

    chat.ask("Where did we meet?", "in Prague");
    meeting.bob.wait_for_text("Where did we meet?");
    meeting.bob.answer("in Vienna");
    chat.wait_for_verification(&Verification::Failed);
    chat.wait_for_padlock("in doubt", |padlock| padlock == Padlock::Doubted(key));
    let id = chat.say("not before it is clear");
    chat.wait_for_delivery(&id, "held", |delivery| delivery == Delivery::Held(HeldReason::Doubted));
    meeting.bob.say("are you there?");
    assert_eq!(chat.wait_for_text("are you there?"), Provenance::Unaccepted(key));
    assert!(!meeting.bob.terminal().screen().contains("not before it is clear"));
}

#[test]
fn a_shared_secret_that_we_ask_for_verifies_both() {
    let meeting = Meeting::started_by_us();
    let chat = meeting.chat();
    chat.ask_for_secret("the blue door");
    meeting.bob.wait_for_text("/otr secret");
    meeting.bob.share_secret("the blue door");
    chat.wait_until_verified();
    meeting.bob.wait_until_trusted();
    meeting.bob.wait_for_trust("alice@localhost", &meeting.alice_code, &PeerTrust::Smp);
}

#[test]
fn a_shared_secret_that_they_ask_for_verifies_both() {
    let meeting = Meeting::started_by_them();
    let chat = meeting.chat();
    meeting.bob.share_secret("the blue door");
    let request = chat.wait_for_request(None);
    chat.answer(request, "the blue door");
    chat.wait_until_verified();
    meeting.bob.wait_until_trusted();
    meeting.bob.wait_for_trust("alice@localhost", &meeting.alice_code, &PeerTrust::Smp);
}

#[test]
fn when_we_end_it_they_are_in_the_clear_and_it_can_start_again() {
    let meeting = Meeting::started_by_us();
    let chat = meeting.chat();
    chat.end_private();
    meeting.bob.wait_until_plain();
    chat.wait_for_padlock("open", |padlock| padlock == Padlock::NotPrivate);
    chat.go_private();
    meeting.both_are_private();
    chat.say("private again");
    meeting.bob.wait_for_text("private again");
}

#[test]
fn when_they_end_it_we_send_nothing_until_it_is_private_again() {
    let meeting = Meeting::started_by_us();
    let chat = meeting.chat();
    chat.say("still between us");
    meeting.bob.wait_for_text("still between us");
    meeting.bob.end_private();
    chat.wait_for_padlock("finished", |padlock| padlock == Padlock::Finished);
    let id = chat.say("not for the servers");
    chat.wait_for_delivery(&id, "held", |delivery| {
        delivery == Delivery::Held(HeldReason::Finished)
    });
    // What they write now is readable, and shown so.
    meeting.bob.say("in the clear");
    let travelled = chat.wait_for_text("in the clear");
    assert!(matches!(travelled, Provenance::Plain | Provenance::PlainInPrivate));
    assert!(!meeting.bob.terminal().screen().contains("not for the servers"));

    meeting.bob.go_private();
    meeting.both_are_private();
    meeting.bob.wait_for_text("not for the servers");
}

#[test]
fn when_their_program_crashes_we_are_private_again_once_it_is_back() {
    let mut meeting = Meeting::started_by_us();
    meeting.bob.crash();
    meeting.bob.start_again("alice@localhost");
    meeting.chat().go_private();
    meeting.bob.wait_until_private();
    let chat = meeting.chat();
    chat.wait_until_private();
    chat.say("welcome back");
    meeting.bob.wait_for_text("welcome back");
}

#[test]
fn what_a_killed_profanity_could_not_read_is_not_delivered_whatever_the_next_one_confirms() {
    let mut meeting = Meeting::started_by_us();
    let chat = meeting.chat();
    let first = chat.say("it confirms what it reads");
    // It says so outside of the encryption: that is the server's word.
    chat.wait_for_delivery(&first, "reported", |it| matches!(it, Delivery::Reported(_)));
    meeting.bob.crash();
    let chat = meeting.chat();
    let lost = chat.say("nobody read this");
    meeting.bob.start_again("alice@localhost");
    // It gets what was for the one before it, and confirms that, too.
    meeting.bob.wait_for_text("no private connection established");
    // It complains, and so they are private again by themselves.
    let chat = meeting.chat();
    meeting.bob.wait_until_private();
    chat.wait_until_private();
    let last = chat.say("can you read this?");
    meeting.bob.wait_for_text("can you read this?");
    chat.wait_for_delivery(&last, "reported", |it| matches!(it, Delivery::Reported(_)));
    chat.wait_for_delivery(&lost, "in doubt", |it| {
        matches!(it, Delivery::Failed { reason: FailReason::Unsure, .. })
    });
    let claimed = |event: &ChatEvent| {
        matches!(event, ChatEvent::Outgoing(sent) if sent.id == lost
            && matches!(sent.delivery, Delivery::Delivered(_) | Delivery::Reported(_)))
    };
    assert_eq!(chat.count(claimed), 0, "nobody ever said that he has it");
}

/// Waits until so much is told of version 2.
fn wait_for_older(chat: &Chat<'_>, wanted: OlderVersion) {
    chat.wait(&format!("version 2 should be {wanted:?}"), |events, id| {
        let told = events.iter().rev().find_map(|event| match event {
            Event::Chat(of, ChatEvent::OlderVersion(state)) if of == id => Some(*state),
            _ => None,
        });
        (told.unwrap_or_default() == wanted).then_some(())
    });
}

#[test]
fn who_has_spoken_version_3_is_private_from_profanity_once_the_person_allows_version_2() {
    let server = Prosody::start();
    let kept = Scratch::new("kept");
    let setup = Setup::keeper("alice", &server, &kept);
    let alice = Person::sign_in_with(&setup);
    let newer = Person::sign_in("bob", &server);
    alice.with("bob").open();
    alice.with("bob").wait_until_private();
    newer.with("alice").wait_until_private();
    drop(newer);

    let mut older = Profanity::sign_in(&server, "bob", "alice@localhost");
    let chat = alice.with("bob");
    older.go_private();
    chat.wait_for_notice("the refusal", |told| (*told == Notice::DowngradeRefused).then_some(()));
    wait_for_older(&chat, OlderVersion::Wanted);
    let allow = |allowed| Command::Chat(chat.id().clone(), ChatCommand::AllowOlderVersion(allowed));
    alice.command(allow(true));
    let is_new = |padlock| matches!(padlock, Padlock::KeyChanged(_));
    let padlock = chat.wait_for_padlock("about the new key", is_new);
    let fingerprint = padlock.fingerprint().expect("a new key");
    assert_eq!(code(&fingerprint), older.own_fingerprint());
    alice.command(Command::Chat(chat.id().clone(), ChatCommand::AcceptKey(fingerprint)));
    chat.wait_until_private();
    chat.say("in the older way");
    older.wait_for_text("in the older way");
    wait_for_older(&chat, OlderVersion::Allowed);
    drop(alice);
    older.wait_until_plain();

    // It holds in the next life.
    let alice = Person::sign_in_with(&setup);
    let chat = alice.with("bob");
    older.go_private();
    chat.wait_until_private();
    older.say("and again");
    chat.wait_for_text("and again");
    wait_for_older(&chat, OlderVersion::Allowed);
    older.crash();

    // And until the newer one works again.
    let newer = Person::sign_in("bob", &server);
    newer.with("alice").go_private();
    chat.wait_for_notice("the end of it", |told| {
        (*told == Notice::NewerVersionAgain).then_some(())
    });
    wait_for_older(&chat, OlderVersion::Refused);
}
