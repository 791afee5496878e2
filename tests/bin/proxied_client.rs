//! Somebody who signs in from a place that leads nowhere, and says how it goes.
//!
//! `hermit WAY PORT` signs in to `hermit.example`, wherever that is: by `tor`, `socks` or `connect`
//! through this port of the loopback, or by `direct`. It prints `offline REASON` after each attempt,
//! and tries again at once, until it is killed.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::panic,
    reason = "its output is its result, and a wrong call is a broken story"
)]

use std::env;

use engine::{
    AccountEvent, AccountState, Command, Config, ConnectionCommand, Engine, Event, Proxy, Route,
    Secret, Server, Tor, VaultChoice, VaultCommand,
};
use futures::StreamExt;
use futures::executor::block_on;

fn main() {
    let mut arguments = env::args().skip(1);
    let mut argument = || arguments.next().expect("two arguments");
    let way = argument();
    let port = argument().parse().expect("a port");
    let proxy = Proxy { host: "127.0.0.1".to_owned(), port, credentials: None };
    let route = match &*way {
        "tor" => Route::TorRequired(Tor { ports: vec![port] }),
        "socks" => Route::Socks5(proxy),
        "connect" => Route::HttpConnect(proxy),
        "direct" => Route::Direct,
        other => panic!("{other} is no way"),
    };
    let (_engine, handle, mut events) = Engine::start(Config::default()).expect("threads");
    let ask = |command| handle.send(command).expect("the engine listens");
    let account: engine::BareJid = "me@hermit.example".parse().expect("a JID");
    ask(Command::Vault(VaultCommand::Open(VaultChoice::Memory)));
    let (password, server) = (Secret::new("a password".to_owned()), Server::Discover);
    let trusted_key = None;
    ask(Command::Connection(
        account.clone(),
        ConnectionCommand::SignIn { password, server, route, trusted_key },
    ));
    block_on(async {
        while let Some(event) = events.next().await {
            if let Event::Account(_, AccountEvent::State(AccountState::Offline { reason, .. })) =
                event
            {
                println!("offline {reason:?}");
                ask(Command::Connection(account.clone(), ConnectionCommand::Reconnect));
            }
        }
    });
}
