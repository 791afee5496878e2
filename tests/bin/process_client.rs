//! Somebody who uses Sotto in a process of its own, for stories that kill it: a life ends with its
//! process, what it kept does not.
//!
//! `talker NAME PROFILE AUTHORITY PORT` signs in to `localhost` by direct TLS, or is signed in by
//! what the profile keeps. It reads `open WHO` and `say WHO ID TEXT`, and prints `online`,
//! `offline`, `padlock PADLOCK`, `notice NOTICE`, `received TEXT` and `mine ID DELIVERY`. Whenever it goes
//! offline it tries again at once, like a person who clicks.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "its output is its result, and a wrong call is a broken story"
)]

use std::env;
use std::io::{BufRead, stdin};
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use engine::{
    AccountEvent, AccountState, BareJid, CertificateDer, ChatCommand, ChatEvent, ChatId, Command,
    Config, ConnectionCommand, Delivery, Engine, Event, Events, MessageId, NewMessage, Padlock,
    Route, Secret, Server, VaultChoice, VaultCommand, VaultEvent,
};
use futures::StreamExt;
use futures::executor::block_on;
use stories::PASSWORD;
use tokio_rustls::rustls::pki_types::pem::PemObject;

fn main() {
    let mut arguments = env::args().skip(1);
    let mut argument = || arguments.next().expect("four arguments");
    let account: BareJid = format!("{}@localhost", argument()).parse().expect("a JID");
    let profile = PathBuf::from(argument());
    let authority = CertificateDer::from_pem_file(argument()).expect("a certificate");
    let port = argument().parse().expect("a port");

    let extra_roots = vec![authority];
    let config = Config { profile: Some(profile), extra_roots, ..Config::default() };
    let (engine, handle, mut events) = Engine::start(config).expect("the engine starts");
    let passphrase = Secret::new(PASSWORD.to_owned());
    let ask = |command| handle.send(command).expect("the engine listens");
    ask(Command::Vault(VaultCommand::Open(VaultChoice::Sealed { passphrase })));
    if block_on(resting(&mut events)).is_empty() {
        let server = Server::At { host: "127.0.0.1".to_owned(), port, direct_tls: true };
        let password = Secret::new(PASSWORD.to_owned());
        ask(Command::Connection(
            account.clone(),
            ConnectionCommand::SignIn { password, server, route: Route::Direct, trusted_key: None },
        ));
    }
    // What the engine can't take at once is given to it again, while its events are listened to.
    let (impatient, commands) = mpsc::channel();
    let giver = handle.clone();
    thread::spawn(move || {
        for mut command in commands {
            while let Err(refused) = giver.send(command) {
                command = refused;
                thread::sleep(Duration::from_millis(1));
            }
        }
    });
    thread::spawn(move || {
        block_on(async {
            while let Some(event) = events.next().await {
                if let Event::Account(account, AccountEvent::State(AccountState::Offline { .. })) =
                    &event
                {
                    let _ = impatient
                        .send(Command::Connection(account.clone(), ConnectionCommand::Reconnect));
                }
                // Whoever talks reads what comes.
                if let Event::Chat(chat, ChatEvent::Unread(number)) = &event {
                    let read = Command::Chat(chat.clone(), ChatCommand::Read(*number));
                    let _ = impatient.send(read);
                }
                tell(event);
            }
        });
    });

    for line in stdin().lock().lines() {
        let line = line.expect("UTF-8");
        let mut words = line.splitn(4, ' ');
        let mut word = || words.next().expect("a whole line");
        let what = word();
        let contact = format!("{}@localhost", word()).parse().expect("a JID");
        let chat = ChatId { account: account.clone(), contact };
        ask(match what {
            "open" => {
                ask(Command::Chat(chat.clone(), ChatCommand::Open));
                Command::Chat(chat, ChatCommand::Writing(true))
            }
            _ => {
                let id = MessageId::from(word().to_owned());
                // Whoever types before it is private wants it private all the same.
                let (text, seen) = (word().to_owned(), Padlock::Starting);
                Command::Chat(
                    chat,
                    ChatCommand::Send(NewMessage { id, text, seen, replaces: None }),
                )
            }
        });
    }
    drop((handle, engine));
}

/// The accounts that rest in the vault.
async fn resting(events: &mut Events) -> Vec<BareJid> {
    loop {
        match events.next().await.expect("the engine answers") {
            Event::Vault(VaultEvent::Opened { accounts }) => return accounts,
            Event::Vault(VaultEvent::Failed(failure)) => {
                panic!("the vault stays closed: {failure:?}")
            }
            _ => {}
        }
    }
}

fn tell(event: Event) {
    match event {
        Event::Account(_, AccountEvent::State(AccountState::Online)) => println!("online"),
        Event::Account(_, AccountEvent::State(AccountState::Offline { .. })) => println!("offline"),
        Event::Chat(_, ChatEvent::PadlockChanged(padlock)) => println!("padlock {padlock:?}"),
        Event::Chat(_, ChatEvent::Received { text, .. }) => println!("received {text}"),
        Event::Chat(_, ChatEvent::Unread(number)) => println!("unread {number}"),
        Event::Chat(_, ChatEvent::Outgoing(outgoing)) => {
            let delivery = match outgoing.delivery {
                Delivery::Held(reason) => format!("held {reason:?}"),
                Delivery::Queued(_) => "queued".to_owned(),
                Delivery::Sent(_) => "sent".to_owned(),
                Delivery::Reported(_) => "reported".to_owned(),
                Delivery::Delivered(_) => "delivered".to_owned(),
                Delivery::Failed { .. } => "failed".to_owned(),
            };
            println!("mine {} {delivery}", outgoing.id.as_str());
        }
        Event::Chat(_, ChatEvent::Notice(notice)) => println!("notice {notice:?}"),
        _ => {}
    }
}
