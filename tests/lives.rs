//! One life of the program after another, each ended as it may happen: what nobody has read, what
//! is not finished, what waits and what failed is there again, each once and with its story.
#![expect(clippy::print_stdout, reason = "what was tried is worth knowing")]
#![expect(clippy::wildcard_enum_match_arm, reason = "one event of many is looked for")]

use std::fmt::Write as _;

use engine::{ChatCommand, ChatEvent, Command, Delivery, MessageId, Secret};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use stories::{Cut, Device, Options, Person, Prosody, Scratch, Setup, Wire};

/// So many lives; more by `SOTTO_LIVES`.
const LIVES: usize = 60;

/// What has to be there.
#[derive(Default)]
struct Expected {
    /// What bob wrote, and nobody has read.
    unread: Vec<String>,
    draft: String,
    /// What waits for a private conversation.
    held: Vec<(MessageId, String)>,
    /// What came back.
    failed: Vec<(MessageId, String)>,
}

/// How a life ends.
#[derive(Clone, Copy, Debug)]
enum End {
    Quits,
    IsKilled,
    LosesTheNetworkAndIsKilled,
    LosesTheNetworkAndQuits,
}

const ENDS: [End; 4] =
    [End::Quits, End::IsKilled, End::LosesTheNetworkAndIsKilled, End::LosesTheNetworkAndQuits];

/// What a life is told of a conversation until now: texts, and the last draft.
fn texts(person: &Person, name: &str) -> Vec<String> {
    person.with(name).received().into_iter().map(|(text, _)| text).collect()
}

/// Waits until all is there again, and that nothing is there twice.
fn check(alice: &Person, expected: &Expected, life: &str) {
    let bob = alice.with("bob");
    for text in &expected.unread {
        bob.wait_for_text(text);
    }
    assert_eq!(texts(alice, "bob"), expected.unread, "{life}");
    let carol = alice.with("carol");
    if !expected.draft.is_empty() {
        let draft = carol.wait("the draft should be there", |events, id| {
            stories::told(events, id).find_map(|event| match event {
                ChatEvent::Draft(text) => Some(text.clone()),
                _ => None,
            })
        });
        assert_eq!(draft, expected.draft, "{life}");
    }
    for (id, text) in &expected.held {
        let delivery =
            carol.wait_for_delivery(id, "held", |delivery| matches!(delivery, Delivery::Held(_)));
        assert!(matches!(delivery, Delivery::Held(_)), "{life}: {text} is {delivery:?}");
    }
    let nobody = alice.with("nobody");
    for (id, text) in &expected.failed {
        let is_failed = |delivery| matches!(delivery, Delivery::Failed { .. });
        let delivery = nobody.wait_for_delivery(id, "failed", is_failed);
        assert!(is_failed(delivery), "{life}: {text} is {delivery:?}");
    }
    let ours = expected.held.len() + expected.failed.len();
    let mut shown = std::collections::HashSet::new();
    for chat in [&carol, &nobody] {
        chat.wait("ours should be told", |events, id| {
            for event in stories::told(events, id) {
                if let ChatEvent::Outgoing(outgoing) = event {
                    shown.insert(outgoing.text.clone());
                }
            }
            Some(())
        });
        let elsewhere = chat.count(|event| matches!(event, ChatEvent::SentElsewhere { .. }));
        assert_eq!(elsewhere, 0, "{life}: ours came as another device’s");
    }
    assert_eq!(shown.len(), ours, "{life}: {shown:?}");
}

#[test]
fn after_every_life_each_thing_is_there_once_and_with_its_story() {
    let lives = std::env::var("SOTTO_LIVES").map(|lives| lives.parse().expect("a number"));
    let lives = lives.unwrap_or(LIVES);
    // Carol is never there.
    let users = &["alice", "bob", "carol"];
    let server = Prosody::with(Options { users, modules: &["mam"], ..Options::default() });
    let wire = Wire::tap(&server);
    let profile = Scratch::new("lives");
    let setup = Setup::keeper("alice", &server, &profile).by_direct_tls(wire.port());
    let mut bob = Device::sign_in("bob", &server);
    let mut rng = StdRng::seed_from_u64(0x5077_0107);
    let mut expected = Expected::default();
    let mut alice = Person::sign_in_with(&setup);
    let mut written = 0;
    for life in 0..lives {
        let end = ENDS[rng.random_range(0..ENDS.len())];
        let told = format!("life {life}, before it {end:?}");
        alice.wait_until_online();
        check(&alice, &expected, &told);
        if rng.random_bool(0.3) && !expected.unread.is_empty() {
            alice.with("bob").read_for_good();
            expected.unread.clear();
        }
        // What is typed is known to be kept when what is typed behind it is shown.
        if rng.random_bool(0.5) {
            expected.draft = format!("draft of life {life}");
            let (chat, text) = (alice.with("carol").id().clone(), expected.draft.clone());
            alice.command(Command::Chat(chat, ChatCommand::SaveDraft(Secret::new(text))));
        }
        if rng.random_bool(0.5) && expected.failed.len() < 8 {
            let nobody = alice.with("nobody");
            nobody.end_private();
            let text = format!("to nobody in life {life}");
            let id = nobody.say_under(engine::Padlock::NotPrivate, &text);
            nobody.wait_for_delivery(&id, "back", |it| matches!(it, Delivery::Failed { .. }));
            expected.failed.push((id, text));
        }
        if expected.held.len() < 8 {
            let text = format!("held in life {life}");
            let id = alice.with("carol").say_under(engine::Padlock::Waiting, &text);
            alice
                .with("carol")
                .wait_for_delivery(&id, "held", |it| matches!(it, Delivery::Held(_)));
            expected.held.push((id, text));
        } else {
            let (id, _) = expected.held.remove(0);
            alice.with("carol").discard(&id);
            alice.with("carol").wait_until_taken_back(&id);
        }
        let mut burst = String::new();
        for _ in 0..rng.random_range(0..30) {
            written += 1;
            let text = format!("text {written} of life {life}");
            let message = "<message to='alice@localhost' type='chat' id='";
            write!(burst, "{message}n{written}'><body>{text}</body></message>").expect("text");
            expected.unread.push(text);
        }
        bob.send(&burst);
        // Somewhere in the middle of it.
        if let Some(some) = expected.unread.last().filter(|_| rng.random_bool(0.5)) {
            alice.with("bob").wait_for_text(some);
        }
        match end {
            End::Quits => drop(alice),
            End::IsKilled => alice.crash(),
            End::LosesTheNetworkAndIsKilled => {
                wire.cut(Cut::Reset);
                alice.crash();
            }
            End::LosesTheNetworkAndQuits => {
                wire.cut(Cut::Strand);
                drop(alice);
            }
        }
        alice = Person::come_back(&setup);
    }
    alice.wait_until_online();
    check(&alice, &expected, "at the end");
    println!("{lives} lives, {written} texts: each there once");
}
