//! Takes the window's commands to the accounts they are for, and keeps the list of keys.

mod accounts;
mod import;
mod resting;
mod work;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use zeroize::Zeroizing;

use self::work::{Done, Work};
use crate::account::{Account, Input, Setup};
use crate::import::Imported;
use crate::keys::KeyReports;
use crate::mailbox::{Mailbox, mailbox};
use crate::message::{
    AccountEvent, Availability, BareJid, ChatId, Command, ContactCommand, Event, PracticeCommand,
    PracticeScript, RegistrationCommand, Setting, VaultCommand,
};
use crate::practice::{Practice, is_practice, our_account};
use crate::registration::Registering;
use crate::runtime::{Config, Ending};
use crate::store::{Half, Place, Store};
use crate::watch::Watch;

/// How much later each further account starts, at most.
const STAGGER: Duration = Duration::from_millis(1_500);
/// How long an account may take to say goodbye before its place is taken.
const GOODBYE: Duration = Duration::from_secs(2);

/// An account's task, and the way to it.
pub(crate) struct Running {
    inbox: Mailbox<Input>,
    task: JoinHandle<()>,
}

impl Running {
    /// Starts an account that is ready to run.
    pub(crate) fn start(setup: Setup) -> Self {
        // What a person asks is never too much.
        let (inbox, receiver) = mailbox(&Arc::default());
        Self { inbox, task: tokio::spawn(Account::new(setup).run(receiver)) }
    }

    /// Asks the account.
    pub(crate) fn ask(&self, input: Input) {
        self.inbox.put(input);
    }

    /// Lets it say goodbye, for a while.
    pub(crate) async fn stop(self) {
        let Self { inbox, mut task } = self;
        drop(inbox);
        if tokio::time::timeout(GOODBYE, &mut task).await.is_err() {
            task.abort();
        }
    }

    /// Ends it at once, goodbye unsaid, as a crash would.
    pub(crate) async fn crash(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}

/// An account, and what it takes to start it again.
struct SignedIn {
    running: Running,
    place: Place,
    password: Zeroizing<String>,
}

/// Why an account starts.
#[derive(Clone, Copy, Debug)]
enum Start {
    /// It rests in the vault, behind so many others.
    Resting { place_in_line: usize },
    /// The person asks for it.
    New,
}

impl Start {
    /// How long to wait, so that several accounts are not seen to belong together: the first
    /// starts at once, each further one a while later, never the same while.
    fn patience(self) -> Duration {
        match self {
            Self::Resting { place_in_line: 0 } | Self::New => Duration::ZERO,
            Self::Resting { place_in_line } => {
                let longest = STAGGER.saturating_mul(u32::try_from(place_in_line).unwrap_or(1));
                longest.mul_f64(rand::random_range(0.5..1.0))
            }
        }
    }
}

pub(crate) struct Router {
    config: Config,
    to_window: mpsc::Sender<Event>,
    store: Option<Store>,
    accounts: HashMap<BareJid, SignedIn>,
    /// How the person chose to be shown, in this life or an earlier one.
    availability: Option<Availability>,
    registering: Option<Registering>,
    practice: Option<Practice>,
    /// What was found of other programs.
    elsewhere: Vec<Imported>,
    reports: KeyReports,
    /// What is done beside the routing, and may wait for the keyring.
    work: Work,
}

impl Router {
    pub(crate) fn new(config: Config, to_window: mpsc::Sender<Event>) -> Self {
        Self {
            config,
            to_window,
            store: None,
            accounts: HashMap::new(),
            availability: None,
            registering: None,
            practice: None,
            elsewhere: Vec::new(),
            reports: KeyReports::default(),
            work: Work::default(),
        }
    }

    /// Runs until every handle is dropped or it is to end; then everybody says goodbye.
    pub(crate) async fn run(mut self, mut commands: mpsc::Receiver<Command>, ending: Ending) {
        let mut watch = Watch::begin();
        let reports = self.reports.clone();
        loop {
            tokio::select! {
                command = commands.recv() => match command {
                    Some(command) => self.take(command).await,
                    None => break,
                },
                done = self.work.done() => self.finish(done).await,
                () = reports.changed() => self.tell_keys(),
                () = ending.begun() => break,
                () = watch.noticed() => self.ask_all(|| Input::Hurry),
            }
        }
        // What was typed before the end was begun is written down first.
        while let Ok(command) = commands.try_recv() {
            self.take(command).await;
        }
        self.finish_all().await;
        let practice = self.practice.take();
        let accounts = std::mem::take(&mut self.accounts);
        let goodbyes = accounts.into_values().map(|account| account.running.stop());
        futures::future::join(
            futures::future::join_all(goodbyes),
            futures::future::join_all(practice.map(Practice::stop)),
        )
        .await;
    }

    async fn dispatch(&mut self, command: Command) {
        match command {
            Command::Vault(VaultCommand::Open(choice)) => self.open_vault(choice, Half::Refuse),
            Command::Vault(VaultCommand::BeginAnew(choice)) => {
                self.open_vault(choice, Half::BeginAnew);
            }
            Command::Connection(account, command) => self.connection(account, command).await,
            Command::Account(account, command) => {
                self.ask(&account, Input::Command(command));
            }
            Command::Contact(chat, command) => {
                self.ask(&chat.account, Input::Contact(chat.contact, command));
            }
            Command::DeclineAll(chats) => {
                for ChatId { account, contact } in chats {
                    self.ask(&account, Input::Contact(contact, ContactCommand::Decline));
                }
            }
            Command::Chat(chat, command) => {
                self.ask(&chat.account, Input::Chat(chat.contact, command));
            }
            Command::Registration(command) => self.registration(command),
            Command::Import(command) => self.import(command),
            Command::Practice(command) => self.practise(command),
            Command::Set(setting) => self.set(setting),
            Command::SetActive(active) => self.ask_all(|| Input::SetActive(active)),
        }
    }

    fn registration(&mut self, command: RegistrationCommand) {
        match (command, &self.registering) {
            (RegistrationCommand::Open { domain, server, route, trusted_key }, _) => {
                let place = xmpp::Account {
                    server,
                    route,
                    extra_roots: self.config.extra_roots.clone(),
                    pinned_key: trusted_key.map(|key| *key),
                    ..xmpp::Account::new(domain, Zeroizing::default())
                };
                self.registering = Some(Registering::start(place, self.to_window.clone()));
            }
            (RegistrationCommand::Submit(form), Some(registering)) => registering.submit(form),
            (RegistrationCommand::RefreshForm, Some(registering)) => registering.again(),
            (RegistrationCommand::Submit(_) | RegistrationCommand::RefreshForm, None) => {}
            (RegistrationCommand::Close, _) => self.registering = None,
        }
    }

    fn practise(&mut self, command: PracticeCommand) {
        match command {
            PracticeCommand::Start(script) => self.start_practice(script),
            PracticeCommand::Act(act) => {
                if let Some(practice) = &self.practice {
                    practice.act(act);
                }
            }
            PracticeCommand::Stop => self.stop_practice(),
        }
    }

    fn start_practice(&mut self, script: PracticeScript) {
        let Some(account) = our_account() else { return };
        let former = self.practice.take();
        let (to_window, reports) = (self.to_window.clone(), self.reports.clone());
        self.work.begin_for(account.clone(), async move {
            if let Some(former) = former {
                former.stop().await;
                let _ =
                    to_window.send(Event::Account(account.clone(), AccountEvent::Removed)).await;
            }
            Done::Practising(account, Box::new(Practice::start(script, to_window, reports).await))
        });
    }

    fn stop_practice(&mut self) {
        let (Some(account), Some(practice)) = (our_account(), self.practice.take()) else { return };
        self.work.begin_for(account.clone(), async move {
            practice.stop().await;
            Done::Forgotten(account)
        });
    }

    fn set(&mut self, setting: Setting) {
        if let Some(store) = self.store.clone() {
            self.work.write(async move { store.save_setting(setting).await });
        }
        match setting {
            Setting::TextSize(_) => {}
            Setting::Availability(availability) => {
                self.availability = Some(availability);
                self.ask_all(|| Input::SetAvailability(availability));
            }
        }
    }

    fn ask(&self, account: &BareJid, input: Input) {
        if let Some(account) = self.accounts.get(account) {
            return account.running.ask(input);
        }
        if let Some(practice) = self.practice.as_ref().filter(|_| is_practice(account)) {
            practice.ask(input);
        }
    }

    fn ask_all(&self, input: impl Fn() -> Input) {
        for account in self.accounts.values() {
            account.running.ask(input());
        }
    }

    /// Reads the list of keys; told once that is done.
    fn tell_keys(&mut self) {
        let in_use = self.reports.in_use();
        let practice = self.practice.as_ref().map(Practice::store);
        let stores: Vec<_> = self.store.iter().chain(practice).cloned().collect();
        self.work.read_keys(async move {
            let mut all = Vec::new();
            for store in stores {
                // A list that can't be read is not shown as empty; the failure was told.
                all.extend(store.keys(&in_use).await?);
            }
            Some(all)
        });
    }

    async fn tell(&self, event: Event) {
        let _ = self.to_window.send(event).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Secret, VaultChoice, VaultEvent, VaultFailure};

    #[tokio::test]
    async fn a_vault_that_forgets_opens_without_a_profile() {
        let (to_window, mut events) = mpsc::channel(16);
        let (commands, receiver) = mpsc::channel(4);
        let router = tokio::spawn(
            Router::new(Config::default(), to_window).run(receiver, Ending::default()),
        );
        commands.send(Command::Vault(VaultCommand::Open(VaultChoice::Keyring))).await.unwrap();
        let Some(Event::Vault(VaultEvent::Opened { accounts })) = events.recv().await else {
            panic!()
        };
        assert!(accounts.is_empty());
        drop(commands);
        router.await.unwrap();
    }

    /// A life of the program with this profile; what is asked of it, and what it tells.
    fn life(
        profile: &std::path::Path,
    ) -> (mpsc::Sender<Command>, mpsc::Receiver<Event>, JoinHandle<()>) {
        let (to_window, events) = mpsc::channel(16);
        let (commands, receiver) = mpsc::channel(4);
        let config = Config { profile: Some(profile.to_owned()), ..Config::default() };
        let router = tokio::spawn(Router::new(config, to_window).run(receiver, Ending::default()));
        (commands, events, router)
    }

    fn open_by_passphrase() -> Command {
        let passphrase = Secret::new("a passphrase".into());
        Command::Vault(VaultCommand::Open(VaultChoice::Sealed { passphrase }))
    }

    #[tokio::test]
    async fn how_large_text_is_drawn_is_told_in_the_next_life() {
        let directory = tempfile::tempdir().unwrap();
        let mut told = Vec::new();
        for percent in [150, 200] {
            let (commands, mut events, router) = life(directory.path());
            commands.send(open_by_passphrase()).await.unwrap();
            let is_open = async {
                while !matches!(events.recv().await, Some(Event::Vault(VaultEvent::Opened { .. })))
                {
                }
            };
            is_open.await;
            commands.send(Command::Set(Setting::TextSize(percent))).await.unwrap();
            drop(commands);
            router.await.unwrap();
            while let Some(event) = events.recv().await {
                assert!(!matches!(event, Event::Vault(VaultEvent::KeepsNothing)));
                if let Event::Setting(Setting::TextSize(percent)) = event {
                    told.push(percent);
                }
            }
        }
        assert_eq!(told, [150]);
    }

    #[tokio::test]
    async fn how_we_are_shown_is_kept_for_the_next_life_whenever_it_was_chosen() {
        use Availability::{Away, Offline};
        let directory = tempfile::tempdir().unwrap();
        let mut told = Vec::new();
        // Chosen before there is a place to keep it, and afterwards.
        for (before, after) in
            [(None, Some(Offline)), (None, None), (Some(Away), None), (None, None)]
        {
            let (commands, mut events, router) = life(directory.path());
            let choice = |chosen: Option<Availability>| {
                chosen.map(|chosen| Command::Set(Setting::Availability(chosen)))
            };
            for command in choice(before).into_iter().chain([open_by_passphrase()]) {
                commands.send(command).await.unwrap();
            }
            let mut shown = None;
            loop {
                let event = events.recv().await.unwrap();
                if let Event::Setting(Setting::Availability(availability)) = event {
                    shown = Some(availability);
                } else if matches!(event, Event::Keys(_)) {
                    break;
                }
            }
            told.push(shown);
            if let Some(command) = choice(after) {
                commands.send(command).await.unwrap();
            }
            drop(commands);
            router.await.unwrap();
        }
        assert_eq!(told, [None, Some(Offline), None, Some(Away)]);
    }

    #[tokio::test]
    async fn that_nothing_is_kept_is_told() {
        let directory = tempfile::tempdir().unwrap();
        let (commands, mut events, router) = life(directory.path());
        commands.send(Command::Vault(VaultCommand::Open(VaultChoice::Memory))).await.unwrap();
        while !matches!(events.recv().await.unwrap(), Event::Vault(VaultEvent::KeepsNothing)) {}
        drop(commands);
        router.await.unwrap();
    }

    #[tokio::test]
    async fn a_profile_that_cannot_be_made_is_told() {
        let (commands, mut events, router) = life(std::path::Path::new("/dev/null/profile"));
        commands.send(open_by_passphrase()).await.unwrap();
        let event = events.recv().await;
        assert!(
            matches!(event, Some(Event::Vault(VaultEvent::Failed(VaultFailure::System(_))))),
            "{event:?}"
        );
        drop(commands);
        router.await.unwrap();
    }
}
