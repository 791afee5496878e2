//! Opens a vault in a process of its own and prints the engine's answer, for stories about
//! keyrings and disks: both belong to a process, not to an engine.
//!
//! `open-vault PROFILE keyring | sealed PASSPHRASE [wait | anew]`; with `wait`, the vault stays open
//! until the input ends; with `anew`, it is begun anew where half of it is missing.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::panic,
    reason = "its output is its result, and a wrong call is a broken story"
)]

use std::io::Read;
use std::path::PathBuf;
use std::{env, io};

use engine::{Command, Config, Engine, Event, Secret, VaultChoice, VaultCommand, VaultEvent};
use futures::StreamExt;
use futures::executor::block_on;

fn main() {
    let mut arguments = env::args().skip(1);
    let profile = PathBuf::from(arguments.next().expect("a folder for the profile"));
    let choice = match arguments.next().as_deref() {
        Some("keyring") => VaultChoice::Keyring,
        Some("sealed") => {
            let passphrase = Secret::new(arguments.next().expect("a passphrase"));
            VaultChoice::Sealed { passphrase }
        }
        other => panic!("keyring or sealed, not {other:?}"),
    };
    let config = Config { profile: Some(profile), ..Config::default() };
    let (engine, handle, mut events) = Engine::start(config).expect("the engine starts");
    let last = arguments.next();
    let command = match last.as_deref() {
        Some("anew") => Command::Vault(VaultCommand::BeginAnew(choice)),
        _ => Command::Vault(VaultCommand::Open(choice)),
    };
    handle.send(command).expect("the engine listens");
    let answer = block_on(async {
        loop {
            if let Event::Vault(answer @ (VaultEvent::Opened { .. } | VaultEvent::Failed(_))) =
                events.next().await.expect("the engine answers")
            {
                return answer;
            }
        }
    });
    println!("{answer:?}");
    if last.as_deref() == Some("wait") {
        let _ = io::stdin().read_to_end(&mut Vec::new());
    }
    drop((handle, events));
    engine.shutdown();
}
