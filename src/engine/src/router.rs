//! Takes the window's commands to the accounts they are for, and keeps the list of keys.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use zeroize::Zeroizing;

use crate::account::{Account, Credentials, Input, Setup};
use crate::contact::Asked;
use crate::keys::{KeyReport, KeyReports, KeysInUse};
use crate::message::{AccountState, BareJid, ChatId, Command, Event, Secret, Server, VaultChoice};
use crate::practice::Practice;
use crate::runtime::Config;
use crate::store::Store;

/// How many commands may wait for one account.
const INBOX_DEPTH: usize = 256;
/// How long an account may take to say goodbye before its place is taken.
const GOODBYE: Duration = Duration::from_secs(2);

/// An account's task, and the way to it.
pub(crate) struct Running {
    inbox: mpsc::Sender<Input>,
    task: JoinHandle<()>,
}

impl Running {
    /// Starts an account that is ready to run.
    pub(crate) fn start(setup: Setup) -> Self {
        let (inbox, receiver) = mpsc::channel(INBOX_DEPTH);
        Self { inbox, task: tokio::spawn(Account::new(setup).run(receiver)) }
    }

    /// Asks the account.
    pub(crate) async fn ask(&self, input: Input) {
        let _ = self.inbox.send(input).await;
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

pub(crate) struct Router {
    config: Config,
    to_window: mpsc::Sender<Event>,
    store: Option<Store>,
    accounts: HashMap<BareJid, Running>,
    practice: Option<Practice>,
    in_use: KeysInUse,
    reports: KeyReports,
    reported: mpsc::UnboundedReceiver<KeyReport>,
}

impl Router {
    pub(crate) fn new(config: Config, to_window: mpsc::Sender<Event>) -> Self {
        let (reports, reported) = mpsc::unbounded_channel();
        Self {
            config,
            to_window,
            store: None,
            accounts: HashMap::new(),
            practice: None,
            in_use: KeysInUse::default(),
            reports,
            reported,
        }
    }

    /// Runs until every handle is dropped; then everybody says goodbye.
    pub(crate) async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        loop {
            tokio::select! {
                command = commands.recv() => match command {
                    Some(command) => self.obey(command).await,
                    None => break,
                },
                Some(report) = self.reported.recv() => self.keys_reported(report).await,
            }
        }
        let practice = self.practice.take();
        let goodbyes = self.accounts.drain().map(|(_, running)| running.stop());
        futures::future::join(
            futures::future::join_all(goodbyes),
            futures::future::join_all(practice.map(Practice::stop)),
        )
        .await;
    }

    async fn obey(&mut self, command: Command) {
        match command {
            Command::OpenVault(choice) => self.open_vault(choice).await,
            Command::SignIn { account, password, server } => {
                self.sign_in(account, password, server).await;
            }
            Command::Reconnect(account) => self.ask(&account, Input::Reconnect).await,
            Command::SignOut(account) => self.sign_out(account).await,
            Command::StartPractice(script) => {
                self.stop_practice().await;
                let to_window = self.to_window.clone();
                match Practice::start(script, to_window, self.reports.clone()).await {
                    Ok(practice) => self.practice = Some(practice),
                    Err(failure) => self.tell(Event::VaultFailed(failure)).await,
                }
            }
            Command::Practice(act) => {
                if let Some(practice) = &self.practice {
                    practice.act(act).await;
                }
            }
            Command::StopPractice => self.stop_practice().await,
            Command::AddContact(chat) => self.ask_for(chat, Input::Add).await,
            Command::AcceptContact(chat) => self.ask_for(chat, Input::Accept).await,
            Command::DeclineContact(chat) => self.ask_for(chat, Input::Decline).await,
            Command::RemoveContact(chat) => self.ask_for(chat, Input::Remove).await,
            Command::OpenChat(chat) => self.ask_contact(chat, Asked::Open).await,
            Command::SendMessage { chat, id, text, seen } => {
                self.ask_contact(chat, Asked::Send { id, text, seen }).await;
            }
            Command::Retry { chat, id, seen } => {
                self.ask_contact(chat, Asked::Retry { id, seen }).await;
            }
            Command::Discard { chat, id } => self.ask_contact(chat, Asked::Discard(id)).await,
            Command::GoPrivate(chat) => self.ask_contact(chat, Asked::GoPrivate).await,
            Command::EndPrivate(chat) => self.ask_contact(chat, Asked::EndPrivate).await,
            Command::Verify { chat, question, secret } => {
                self.ask_contact(chat, Asked::Verify { question, secret }).await;
            }
            Command::Answer { chat, request, secret } => {
                self.ask_contact(chat, Asked::Answer { request, secret }).await;
            }
            Command::CancelVerification(chat) => {
                self.ask_contact(chat, Asked::CancelVerification).await;
            }
            Command::SetTrust { chat, fingerprint, proof } => {
                self.ask_contact(chat, Asked::SetTrust { fingerprint, proof }).await;
            }
            Command::AcceptKey { chat, fingerprint } => {
                self.ask_contact(chat, Asked::AcceptKey(fingerprint)).await;
            }
            Command::ForgetKey { chat, fingerprint } => {
                self.ask_contact(chat, Asked::ForgetKey(fingerprint)).await;
            }
        }
    }

    async fn open_vault(&mut self, choice: VaultChoice) {
        if self.store.is_some() {
            return;
        }
        match Store::open(self.config.profile.as_deref(), choice, self.to_window.clone()).await {
            Ok(store) => {
                let resting = store.accounts().await;
                self.store = Some(store);
                let accounts = resting.iter().map(|account| account.jid.clone()).collect();
                self.tell(Event::VaultOpened { accounts }).await;
                self.tell_keys().await;
                for account in resting {
                    self.start(account.jid, account.server, account.password, false).await;
                }
            }
            Err(failure) => self.tell(Event::VaultFailed(failure)).await,
        }
    }

    async fn sign_in(&mut self, jid: BareJid, password: Secret, server: Server) {
        if self.store.is_none() {
            // The window asks for the vault first; without one, nothing is kept.
            self.open_vault(VaultChoice::Memory).await;
        }
        if let Some(running) = self.accounts.remove(&jid) {
            running.stop().await;
        }
        let password = Zeroizing::new(password.expose().to_owned());
        self.start(jid, server, password, true).await;
    }

    async fn start(
        &mut self,
        jid: BareJid,
        server: Server,
        password: Zeroizing<String>,
        remember: bool,
    ) {
        let Some(store) = self.store.clone() else { return };
        let state = AccountState::Connecting;
        self.tell(Event::Account { account: jid.clone(), state }).await;
        let identity = store.identity(&jid).await;
        let (link, to_link, from_link) = xmpp::Link::new(xmpp::Account {
            server: server.clone(),
            extra_roots: self.config.extra_roots.clone(),
            ..xmpp::Account::new(jid.clone(), password.clone())
        });
        drop(tokio::spawn(link.run()));
        let running = Running::start(Setup {
            jid: jid.clone(),
            identity,
            credentials: remember.then_some(Credentials { server, password }),
            store,
            to_window: self.to_window.clone(),
            reports: self.reports.clone(),
            offer: self.config.offer.as_str().into(),
            to_link,
            from_link,
        });
        self.accounts.insert(jid, running);
    }

    async fn sign_out(&mut self, jid: BareJid) {
        if let Some(running) = self.accounts.remove(&jid) {
            running.stop().await;
        }
        if let Some(store) = &self.store {
            store.forget_account(&jid).await;
        }
        self.tell(Event::AccountRemoved(jid)).await;
        self.tell_keys().await;
    }

    async fn stop_practice(&mut self) {
        if let Some(practice) = self.practice.take() {
            let account = practice.account().clone();
            practice.stop().await;
            self.tell(Event::AccountRemoved(account)).await;
            self.tell_keys().await;
        }
    }

    async fn ask_contact(&self, chat: ChatId, asked: Asked) {
        self.ask_for(chat, |contact| Input::Asked(contact, asked)).await;
    }

    async fn ask_for(&self, chat: ChatId, input: impl FnOnce(BareJid) -> Input) {
        self.ask(&chat.account, input(chat.contact)).await;
    }

    async fn ask(&self, account: &BareJid, input: Input) {
        if let Some(running) = self.accounts.get(account) {
            return running.ask(input).await;
        }
        if let Some(practice) = self.practice.as_ref().filter(|one| one.account() == account) {
            practice.ask(input).await;
        }
    }

    async fn keys_reported(&mut self, report: KeyReport) {
        let mut changed = self.in_use.observe(report);
        while let Ok(report) = self.reported.try_recv() {
            changed |= self.in_use.observe(report);
        }
        if changed {
            self.tell_keys().await;
        }
    }

    async fn tell_keys(&self) {
        let mut all = Vec::new();
        let practice = self.practice.as_ref().map(Practice::store);
        for store in self.store.iter().chain(practice) {
            // A list that can't be read is not shown as empty; the failure was told.
            let Some(rows) = store.keys(&self.in_use).await else { return };
            all.extend(rows);
        }
        self.tell(Event::Keys(all)).await;
    }

    async fn tell(&self, event: Event) {
        let _ = self.to_window.send(event).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::VaultFailure;

    #[tokio::test]
    async fn a_vault_that_forgets_opens_without_a_profile() {
        let (to_window, mut events) = mpsc::channel(16);
        let (commands, receiver) = mpsc::channel(4);
        let router = tokio::spawn(Router::new(Config::default(), to_window).run(receiver));
        commands.send(Command::OpenVault(VaultChoice::Keyring)).await.unwrap();
        let Some(Event::VaultOpened { accounts }) = events.recv().await else { panic!() };
        assert!(accounts.is_empty());
        drop(commands);
        router.await.unwrap();
    }

    #[tokio::test]
    async fn a_profile_that_cannot_be_made_is_told() {
        let (to_window, mut events) = mpsc::channel(16);
        let (commands, receiver) = mpsc::channel(4);
        let profile = Some("/dev/null/profile".into());
        let config = Config { profile, ..Config::default() };
        let router = tokio::spawn(Router::new(config, to_window).run(receiver));
        let passphrase = Secret::new("a passphrase".into());
        commands.send(Command::OpenVault(VaultChoice::Sealed { passphrase })).await.unwrap();
        let event = events.recv().await;
        assert!(matches!(event, Some(Event::VaultFailed(VaultFailure::System(_)))), "{event:?}");
        drop(commands);
        router.await.unwrap();
    }
}
