//! Somebody who uses Sotto, without its window.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use engine::{
    AccountEvent, AccountState, BareJid, CertificateDer, ChatId, Command, Config,
    ConnectionCommand, Engine, Event, VaultCommand, VaultEvent,
};
use engine::{
    Fingerprint, Handle, KeyRow, PinnedKey, Route, Secret, Server, UserDirs, VaultChoice,
};
use futures::StreamExt;
use tokio_rustls::rustls::pki_types::pem::PemObject;

use crate::event_log::{self, EventLog};
use crate::{Chat, PASSWORD, Prosody, Scratch, XmppServer};

/// Behind which a profile is sealed.
pub const PASSPHRASE: &str = "a passphrase";
/// What a contact without OTR reads when we offer to go private.
pub const OFFER: &str = "I would like to talk privately.";

/// An engine of one account, with all that it told. Dropping it closes the program properly:
/// private conversations are ended first.
#[derive(Debug)]
pub struct Person {
    account: BareJid,
    engine: Option<Engine>,
    handle: Option<Handle>,
    pub(crate) diary: Arc<EventLog>,
}

/// What an engine is started with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The name before `@localhost`.
    pub name: String,
    /// Where the server is.
    pub server: Server,
    /// Which way to go there.
    pub route: Route,
    /// The authorities to trust besides the system's, in PEM.
    pub authorities: Vec<PathBuf>,
    /// The folder of the profile.
    pub profile: Option<PathBuf>,
    /// Where secrets rest.
    pub vault: VaultChoice,
    /// The password typed.
    pub password: String,
    /// The key of the server that is trusted from the first sign-in on.
    pub trusted_key: Option<PinnedKey>,
    /// Where other programs keep what is theirs.
    pub homes: Option<UserDirs>,
}

impl Setup {
    /// `name` on this server by STARTTLS, everything right and nothing kept on disk.
    #[must_use]
    pub fn of(name: &str, server: &Prosody) -> Self {
        Self {
            name: name.to_owned(),
            server: at(server.port(), false),
            route: Route::Direct,
            authorities: vec![server.certificates().authority()],
            profile: None,
            vault: VaultChoice::Memory,
            password: PASSWORD.to_owned(),
            trusted_key: None,
            homes: None,
        }
    }

    /// The same, but one who keeps what there is to keep, and comes back.
    #[must_use]
    pub fn keeper(name: &str, server: &Prosody, profile: &Scratch) -> Self {
        Self {
            profile: Some(profile.directory("profile")),
            vault: VaultChoice::Sealed { passphrase: Secret::new(PASSPHRASE.to_owned()) },
            ..Self::of(name, server)
        }
    }

    /// The same on any server, by TLS from the first byte.
    #[must_use]
    pub fn keeper_on(name: &str, server: &impl XmppServer, profile: &Scratch) -> Self {
        Self {
            name: name.to_owned(),
            server: at(server.direct_tls_port(), true),
            route: Route::Direct,
            authorities: vec![server.certificates().authority()],
            profile: Some(profile.directory("profile")),
            vault: VaultChoice::Sealed { passphrase: Secret::new(PASSPHRASE.to_owned()) },
            password: PASSWORD.to_owned(),
            trusted_key: None,
            homes: None,
        }
    }

    /// By TLS from the first byte on this port.
    #[must_use]
    pub fn by_direct_tls(mut self, port: u16) -> Self {
        self.server = at(port, true);
        self
    }
}

impl Person {
    /// Starts the engine, signs in as `name` and waits until online.
    ///
    /// # Panics
    /// When that fails.
    #[must_use]
    pub fn sign_in(name: &str, server: &Prosody) -> Self {
        Self::sign_in_with(&Setup::of(name, server))
    }

    /// The same, set up in another way.
    ///
    /// # Panics
    /// When that fails.
    #[must_use]
    pub fn sign_in_with(setup: &Setup) -> Self {
        let person = Self::start(setup);
        person.open_vault(setup);
        person.ask_to_sign_in(setup);
        person.wait_until_online();
        person
    }

    /// Starts the program again: it signs in by itself.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn come_back(setup: &Setup) -> Self {
        let person = Self::start(setup);
        person.open_vault(setup);
        person
    }

    /// Starts the engine and asks it nothing.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(setup: &Setup) -> Self {
        let extra_roots = setup.authorities.iter().map(|file| certificate(file)).collect();
        let config = Config {
            profile: setup.profile.clone(),
            homes: setup.homes.clone(),
            extra_roots,
            offer: OFFER.to_owned(),
        };
        let (engine, handle, mut events) = Engine::start(config).expect("the engine starts");
        let diary = Arc::new(EventLog::default());
        let writer = Arc::clone(&diary);
        thread::spawn(move || {
            futures::executor::block_on(async {
                while let Some(event) = events.next().await {
                    writer.write(event);
                }
            });
        });
        let account = format!("{}@localhost", setup.name).parse().expect("a JID");
        Self { account, engine: Some(engine), handle: Some(handle), diary }
    }

    /// Opens the vault and waits until it is open.
    ///
    /// # Panics
    /// When it does not open.
    pub fn open_vault(&self, setup: &Setup) {
        self.command(Command::Vault(VaultCommand::Open(setup.vault.clone())));
        self.wait_for("the vault should open", |event| {
            matches!(event, Event::Vault(VaultEvent::Opened { .. })).then_some(())
        });
    }

    /// Asks to be signed in, and waits for nothing.
    pub fn ask_to_sign_in(&self, setup: &Setup) {
        self.command(Command::Connection(
            self.account.clone(),
            ConnectionCommand::SignIn {
                password: Secret::new(setup.password.clone()),
                server: setup.server.clone(),
                route: setup.route.clone(),
                trusted_key: setup.trusted_key.map(Box::new),
            },
        ));
    }

    /// Waits until the account is online now.
    pub fn wait_until_online(&self) {
        self.wait_for_account("should be online", |state| *state == AccountState::Online);
    }

    /// Waits until the account is offline now, whatever the reason.
    pub fn wait_until_offline(&self) {
        self.wait_for_account("should be offline", |state| {
            matches!(state, AccountState::Offline { .. })
        });
    }

    /// Waits until the account stands as wished, and says how.
    pub fn wait_for_account(
        &self,
        what: &str,
        wish: impl Fn(&AccountState) -> bool,
    ) -> AccountState {
        self.diary.wait(&format!("{} {what}", self.account), |events| {
            event_log::account(events).filter(|state| wish(state)).cloned()
        })
    }

    /// Waits for an event that may have come before, too.
    pub fn wait_for<T>(&self, what: &str, look: impl Fn(&Event) -> Option<T>) -> T {
        self.diary
            .wait(&format!("{}: {what}", self.account), |events| events.iter().find_map(&look))
    }

    /// Waits for the event of this number, from nought, of those that are looked for.
    pub fn wait_for_nth<T>(&self, nth: usize, what: &str, look: impl Fn(&Event) -> Option<T>) -> T {
        self.diary.wait(&format!("{}: {what}", self.account), |events| {
            events.iter().filter_map(&look).nth(nth)
        })
    }

    /// Waits for an event, and tells the last of its kind so far.
    pub fn wait_for_last<T>(&self, what: &str, look: impl Fn(&Event) -> Option<T>) -> T {
        self.diary.wait(&format!("{}: {what}", self.account), |events| {
            events.iter().rev().find_map(&look)
        })
    }

    /// Looks at each event that was told, one after another, and at those that come, until one shows
    /// what is looked for. It may take long, as long as something comes.
    pub fn follow<T>(&self, what: &str, look: impl FnMut(&Event) -> Option<T>) -> T {
        self.diary.follow(&format!("{}: {what}", self.account), look)
    }

    /// How often an event came.
    pub fn count(&self, look: impl Fn(&Event) -> bool) -> usize {
        self.diary.read(|events| events.iter().filter(|event| look(event)).count())
    }

    /// The conversation with somebody on the same server, by name.
    ///
    /// # Panics
    /// When the name cannot be part of a JID.
    #[must_use]
    pub fn with(&self, name: &str) -> Chat<'_> {
        let contact = format!("{name}@localhost").parse().expect("a JID");
        Chat::new(self, ChatId { account: self.account.clone(), contact })
    }

    /// Its own key code.
    #[must_use]
    pub fn own_key(&self) -> Fingerprint {
        self.wait_for("a key should be made", |event| match event {
            Event::Account(_, AccountEvent::OwnKey(fingerprint)) => Some(*fingerprint),
            _ => None,
        })
    }

    /// Waits until the list of keys, as it was told last, is so.
    pub fn wait_for_keys(&self, what: &str, is_so: impl Fn(&[KeyRow]) -> bool) -> Vec<KeyRow> {
        self.diary.wait(&format!("{}: {what}", self.account), |events| {
            let last = events.iter().rev().find_map(|event| match event {
                Event::Keys(keys) => Some(keys),
                _ => None,
            });
            last.filter(|keys| is_so(keys)).cloned()
        })
    }

    /// Hands a command to the engine.
    ///
    /// # Panics
    /// When the engine does not take it.
    pub fn command(&self, command: Command) {
        let handle = self.handle.as_ref().expect("the engine runs");
        if let Err(refused) = handle.send(command) {
            panic!("{}: the engine refused {refused:?}", self.account);
        }
    }

    /// Ends the program as a crash would: nobody is told anything.
    pub fn crash(mut self) {
        // The engine says goodbye once every handle is gone; ours stays until its threads are not.
        drop(self.engine.take());
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        self.handle = None;
        if let Some(engine) = self.engine.take() {
            engine.shutdown();
        }
    }
}

/// A code as libotr prints it without spaces: 40 hexadecimal digits in capitals.
#[must_use]
pub fn code(fingerprint: &Fingerprint) -> String {
    fingerprint.to_string().split_whitespace().collect::<String>().to_uppercase()
}

/// The authority that a server's certificate is from.
///
/// # Panics
/// When it cannot be read.
#[must_use]
pub fn authority(server: &Prosody) -> CertificateDer<'static> {
    certificate(&server.certificates().authority())
}

fn at(port: u16, direct_tls: bool) -> Server {
    Server::At { host: "127.0.0.1".to_owned(), port, direct_tls }
}

fn certificate(file: &Path) -> CertificateDer<'static> {
    CertificateDer::from_pem_file(file).expect("a certificate in PEM")
}
