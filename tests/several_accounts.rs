//! Several accounts in one program: each on its own way, and none the worse for another's end.

#![expect(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "what is missing fails its story, which waits for one thing at a time"
)]

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use engine::{
    AccountEvent, AccountState, BareJid, Command, ConnectionCommand, Event, OfflineReason, Padlock,
    Route, Secret, Server, Tor, Via,
};
use kit::proxy::{Kind, Proxy};
use stories::{PASSWORD, Person, Prosody, Setup, XmppServer, until};

/// Where nobody is to come: how often somebody came.
struct Forbidden {
    port: u16,
    visits: Arc<AtomicUsize>,
}

impl Forbidden {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let visits = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&visits);
        thread::spawn(move || {
            for _ in listener.incoming() {
                counted.fetch_add(1, Ordering::Relaxed);
            }
        });
        Self { port, visits }
    }

    fn visits(&self) -> usize {
        self.visits.load(Ordering::Relaxed)
    }
}

fn jid(name: &str) -> BareJid {
    format!("{name}@localhost").parse().unwrap()
}

fn sign_in(person: &Person, name: &str, server: &Server, route: &Route) {
    person.command(Command::Connection(
        jid(name),
        ConnectionCommand::SignIn {
            password: Secret::new(PASSWORD.to_owned()),
            server: server.clone(),
            route: route.clone(),
            trusted_key: None,
        },
    ));
}

fn wait_for(person: &Person, name: &str, what: &str, wish: impl Fn(&AccountState) -> bool) {
    let account = jid(name);
    until(&format!("{name} should be {what}"), || {
        let last = person.wait_for_last("a state", |event| match event {
            Event::Account(told, AccountEvent::State(state)) if *told == account => {
                Some(state.clone())
            }
            _ => None,
        });
        wish(&last).then_some(())
    });
}

fn is_online(state: &AccountState) -> bool {
    *state == AccountState::Online
}

#[test]
fn each_account_shows_tor_another_name_and_none_goes_round_it() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = Prosody::start();
    let direct = Forbidden::new();
    let new_proxy = Proxy::new(Kind::Socks5, None, direct.port, server.direct_tls_port());
    let proxy = runtime.block_on(new_proxy);
    let setup = Setup::of("alice", &server);
    let person = Person::start(&setup);
    person.open_vault(&setup);
    // By its address, whoever goes there directly is seen.
    let place = Server::At { host: "127.0.0.1".to_owned(), port: direct.port, direct_tls: true };
    let route = Route::TorRequired(Tor { ports: vec![proxy.port] });
    for name in ["alice", "bob"] {
        sign_in(&person, name, &place, &route);
        wait_for(&person, name, "online", is_online);
    }
    let through_tor = person.count(
        |event| matches!(event, Event::Account(_, AccountEvent::Secured(security)) if security.via == Via::Tor),
    );
    assert_eq!(through_tor, 2);
    let logins: Vec<_> = proxy.asked().into_iter().map(|asked| asked.login.unwrap()).collect();
    let [first, second] = logins.as_slice() else { panic!("{} logins", logins.len()) };
    assert!(first.0 != second.0 && first.1 != second.1);

    // Without Tor they stay where they are.
    drop((proxy, runtime));
    for name in ["alice", "bob"] {
        let is_stuck = |state: &AccountState| {
            matches!(state, AccountState::Offline { reason: OfflineReason::TorUnavailable, .. })
        };
        person.command(Command::Connection(jid(name), ConnectionCommand::Reconnect));
        wait_for(&person, name, "without Tor", is_stuck);
    }
    assert_eq!(direct.visits(), 0);
    // Whoever is let, goes: the count counts.
    person.command(Command::Connection(
        jid("alice"),
        ConnectionCommand::Move { server: place, route: Route::Direct },
    ));
    until("alice should go directly", || (direct.visits() > 0).then_some(()));
}

#[test]
fn an_account_whose_server_dies_harms_no_other() {
    let mut dying = Prosody::start();
    let living = Prosody::start();
    // One program for both: alice there, bob here.
    let setup = Setup { server: Setup::of("alice", &dying).server, ..Setup::of("alice", &living) };
    let authorities = vec![dying.certificates().authority(), living.certificates().authority()];
    let setup = Setup { authorities, ..setup };
    let person = Person::sign_in_with(&setup);
    sign_in(&person, "bob", &Setup::of("bob", &living).server, &Route::Direct);
    wait_for(&person, "bob", "online", is_online);
    let friend = Person::sign_in("alice", &living);
    let theirs = friend.with("bob");
    theirs.open();
    theirs.wait_until_private();

    dying.kill();
    wait_for(&person, "alice", "offline", |state| matches!(state, AccountState::Offline { .. }));
    let id = theirs.say("are you still there?");
    theirs.wait_for_delivery(&id, "delivered", |it| matches!(it, engine::Delivery::Delivered(_)));
    wait_for(&person, "bob", "online", is_online);
    dying.start_again();
    person.command(Command::Connection(jid("alice"), ConnectionCommand::Reconnect));
    wait_for(&person, "alice", "online again", is_online);
}

#[test]
fn an_account_that_goes_another_way_leaves_what_is_private_and_shows_so() {
    let server = Prosody::start();
    let (alice, bob) = (Person::sign_in("alice", &server), Person::sign_in("bob", &server));
    let (chat, theirs) = (alice.with("bob"), bob.with("alice"));
    chat.open();
    chat.wait_until_private();
    let place = Setup::of("alice", &server).server;
    let nowhere = Route::TorRequired(Tor { ports: vec![1] });
    let way = |route| {
        Command::Connection(jid("alice"), ConnectionCommand::Move { server: place.clone(), route })
    };
    alice.command(way(nowhere));
    theirs.wait_for_padlock("struck through", |padlock| padlock == Padlock::Finished);
    chat.wait_for_padlock("an hourglass", |padlock| padlock == Padlock::Waiting);

    alice.command(way(Route::Direct));
    wait_for(&alice, "alice", "online", is_online);
    // As the window does that shows it.
    chat.look();
    chat.wait_until_private();
}
