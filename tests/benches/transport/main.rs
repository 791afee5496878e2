//! How fast and how light the way through a server is: `cargo bench -p stories`.
//!
//! Signing in is measured by criterion; the rest is counted once, as it takes ten thousand
//! messages to see anything. Prosody does its part on the same processors, and is named apart.
//! libstrophe, on which Profanity is built, does the same in the same run where it is installed
//! (`libstrophe-dev` on Debian). It only moves stanzas: our messages are also written down before
//! they leave, confirmed by the other side, and told to a window.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    reason = "a measurement that cannot be made ends, and what was measured is printed"
)]

use std::collections::HashSet;
use std::fs;
use std::time::{Duration, Instant};

use cpu_time::ProcessTime;
use criterion::Criterion;
use engine::{
    AccountEvent, AccountState, BareJid, ChatCommand, ChatEvent, ChatId, Command, Config,
    ConnectionCommand, Delivery, Engine, Event, Events, Handle, NewMessage, Padlock, Secret,
    VaultChoice, VaultCommand, VaultEvent, new_message_id,
};
use futures::StreamExt;
use futures::executor::block_on;
use stories::{Options, PASSWORD, Prosody, Setup, authority};
use strophe::Strophe;

mod strophe;

/// Messages in one run.
const MESSAGES: usize = 10_000;
/// Messages that are on their way at once, at most.
const IN_FLIGHT: usize = 64;
/// People on the list of the one who has many.
const CONTACTS: usize = 5_000;

fn main() {
    let server = Prosody::with(Options { crowd: CONTACTS, ..Options::default() });
    let strophe = Strophe::build();
    let mut criterion = Criterion::default().sample_size(20).configure_from_args();
    let mut sign_in = criterion.benchmark_group("sign in");
    sign_in.bench_function("the engine, with a new key", |bencher| {
        bencher.iter_custom(|times| (0..times).map(|_| connect(&server)).sum());
    });
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    sign_in.bench_function("the link alone", |bencher| {
        bencher.iter_custom(|times| (0..times).map(|_| runtime.block_on(link(&server))).sum());
    });
    if let Some(strophe) = &strophe {
        sign_in.bench_function("libstrophe", |bencher| {
            bencher.iter_custom(|times| strophe.connect(&server, times));
        });
    }
    sign_in.finish();
    criterion.final_summary();
    // Only to be measured, not to be tested.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    crowd(&server);
    match strophe {
        Some(strophe) => {
            let (passed, used) = strophe.messages(&server, MESSAGES);
            report("plain messages by libstrophe", passed, used);
        }
        None => println!("libstrophe is not installed, so nothing is compared"),
    }
    messages(&server, "plain");
    messages(&server, "private");
}

fn report(what: &str, passed: Duration, used: Duration) {
    println!(
        "{MESSAGES} {what}: {:.0} per second; processor per message: {:.0} µs for both ends",
        MESSAGES as f64 / passed.as_secs_f64(),
        used.as_micros() as f64 / MESSAGES as f64,
    );
}

/// From the command to sign in until the account is online. Its key is made on the way, which is
/// about half of it.
fn connect(server: &Prosody) -> Duration {
    let mut alice = ChatClient::start("alice", server);
    let began = Instant::now();
    alice.sign_in();
    let passed = began.elapsed();
    alice.stop();
    passed
}

/// The same of the link, which libstrophe is to be compared with.
async fn link(server: &Prosody) -> Duration {
    let Setup { server: place, route, .. } = Setup::of("alice", server);
    let password = PASSWORD.to_owned().into();
    let (link, commands, mut events) = xmpp::Link::new(xmpp::Account {
        server: place,
        route,
        extra_roots: vec![authority(server)],
        ..xmpp::Account::new("alice@localhost".parse().expect("a JID"), password)
    });
    let began = Instant::now();
    let task = tokio::spawn(link.run());
    while !matches!(events.recv().await, Some(xmpp::Event::Online { .. })) {}
    let passed = began.elapsed();
    drop(commands);
    while events.recv().await.is_some() {}
    task.await.expect("the link ends");
    passed
}

/// What a list of many costs.
fn crowd(server: &Prosody) {
    let mut few = ChatClient::start("bob", server);
    few.sign_in();
    few.wait(|event| matches!(event, Event::Account(_, AccountEvent::Roster(_))).then_some(()));
    let before = resident();
    let mut many = ChatClient::start("crowded", server);
    let began = Instant::now();
    many.sign_in();
    let count = many.wait(|event| match event {
        Event::Account(_, AccountEvent::Roster(contacts)) => Some(contacts.len()),
        _ => None,
    });
    println!(
        "roster of {count}: {} ms to the list, {} kB more than before",
        began.elapsed().as_millis(),
        resident().saturating_sub(before)
    );
    many.stop();
    few.stop();
}

/// Messages from one to the other, until the last is read.
fn messages(server: &Prosody, how: &str) {
    let (mut alice, mut bob) =
        (ChatClient::start("alice", server), ChatClient::start("bob", server));
    alice.sign_in();
    bob.sign_in();
    let seen = if how == "private" {
        alice.ask(Command::Chat(alice.chat("bob"), ChatCommand::Open));
        alice.wait(|event| match event {
            Event::Chat(_, ChatEvent::PadlockChanged(padlock @ Padlock::Private(_))) => {
                Some(*padlock)
            }
            _ => None,
        })
    } else {
        for (one, other) in [(&alice, "bob"), (&bob, "alice")] {
            one.ask(Command::Chat(one.chat(other), ChatCommand::EndPrivate));
        }
        Padlock::NotPrivate
    };
    let (began, ours, theirs) = (Instant::now(), ProcessTime::now(), server.processor_time());
    let reader = std::thread::spawn(move || {
        let mut read = 0;
        while read < MESSAGES {
            bob.wait(|event| {
                matches!(event, Event::Chat(_, ChatEvent::Received { .. })).then_some(())
            });
            read += 1;
        }
        bob
    });
    let mut on_their_way = HashSet::new();
    for number in 0..MESSAGES {
        while on_their_way.len() == IN_FLIGHT {
            let arrived = alice.wait(|event| {
                let Event::Chat(_, ChatEvent::Outgoing(outgoing)) = event else { return None };
                let is_there =
                    matches!(outgoing.delivery, Delivery::Sent(_) | Delivery::Delivered(_));
                is_there.then(|| outgoing.id.clone())
            });
            on_their_way.remove(&arrived);
        }
        let (chat, id) = (alice.chat("bob"), new_message_id());
        let text = format!("message {number} of many, as long as most are that people write");
        on_their_way.insert(id.clone());
        alice.ask(Command::Chat(
            chat,
            ChatCommand::Send(NewMessage { id, text, seen, replaces: None }),
        ));
    }
    let bob = reader.join().expect("the reader");
    let (passed, ours) = (began.elapsed(), ours.elapsed());
    let theirs = server.processor_time().saturating_sub(theirs);
    report(&format!("{how} messages"), passed, ours);
    println!("    {:.0} µs of each for Prosody", theirs.as_micros() as f64 / MESSAGES as f64);
    alice.stop();
    bob.stop();
}

/// Memory of this process that is in use, in kB.
fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// An engine that is only measured.
struct ChatClient {
    account: BareJid,
    setup: Setup,
    engine: Engine,
    handle: Handle,
    events: Events,
}

impl ChatClient {
    fn start(name: &str, server: &Prosody) -> Self {
        let setup = Setup::of(name, server);
        let extra_roots = vec![authority(server)];
        let config = Config { extra_roots, ..Config::default() };
        let (engine, handle, events) = Engine::start(config).expect("threads");
        let account = format!("{name}@localhost").parse().expect("a JID");
        let mut talker = Self { account, setup, engine, handle, events };
        talker.ask(Command::Vault(VaultCommand::Open(VaultChoice::Memory)));
        talker.wait(|event| matches!(event, Event::Vault(VaultEvent::Opened { .. })).then_some(()));
        talker
    }

    fn sign_in(&mut self) {
        self.ask(Command::Connection(
            self.account.clone(),
            ConnectionCommand::SignIn {
                password: Secret::new(PASSWORD.to_owned()),
                server: self.setup.server.clone(),
                route: self.setup.route.clone(),
                trusted_key: None,
            },
        ));
        self.wait(|event| {
            let Event::Account(_, AccountEvent::State(state)) = event else { return None };
            (*state == AccountState::Online).then_some(())
        });
    }

    fn chat(&self, name: &str) -> ChatId {
        let contact = format!("{name}@localhost").parse().expect("a JID");
        ChatId { account: self.account.clone(), contact }
    }

    /// Asks; waits where the engine has enough to do.
    fn ask(&self, command: Command) {
        let mut refused = self.handle.send(command).err();
        while let Some(command) = refused {
            std::thread::yield_now();
            refused = self.handle.send(command).err();
        }
    }

    fn wait<T>(&mut self, look: impl Fn(&Event) -> Option<T>) -> T {
        loop {
            let event = block_on(self.events.next());
            let Some(event) = event else { panic!("the engine is gone") };
            if let Some(found) = look(&event) {
                return found;
            }
        }
    }

    fn stop(self) {
        drop(self.handle);
        self.engine.shutdown();
    }
}
