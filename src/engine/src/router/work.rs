//! What may wait for the keyring is done beside the routing: a keyring that hangs stops nobody else.
//!
//! Commands for an account that is being worked on wait in line, and are obeyed in their order
//! afterwards; while a vault is being opened, so do those that it takes a vault for.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use zeroize::Zeroizing;

use super::{Router, Start};
use crate::import::{Found, Imported};
use crate::message::{
    AccountEvent, Availability, BareJid, Command, ContactCommand, Event, ImportableAccount, KeyRow,
    VaultEvent, VaultFailure,
};
use crate::practice::{Practice, is_practice, our_account};
use crate::store::{GivenUp, Identity, Known, Place, Resting, Store};

/// How many results may wait to be taken.
const RESULTS: usize = 64;
/// How long, at the end, commands may wait for what is being worked on.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// An account that can start.
pub(super) struct Ready {
    pub(super) jid: BareJid,
    pub(super) place: Place,
    pub(super) password: Zeroizing<String>,
    pub(super) start: Start,
    pub(super) known: Known,
    pub(super) identity: Identity,
}

/// What was opened, and what rests in it.
pub(super) struct Opened {
    pub(super) store: Store,
    pub(super) resting: Vec<(BareJid, Result<Resting, VaultFailure>)>,
    /// How large text was drawn in the life before.
    pub(super) text_size: Option<u16>,
    /// How contacts were shown us.
    pub(super) availability: Option<Availability>,
}

impl Opened {
    /// Reads what it takes to begin.
    pub(super) async fn read(store: Store) -> Result<Self, VaultFailure> {
        let resting = store.accounts().await?;
        let (text_size, availability) = (store.text_size().await, store.availability().await);
        Ok(Self { store, resting, text_size, availability })
    }
}

/// Something that was done beside.
pub(super) enum Done {
    /// The vault of this number opened, or did not.
    Opened(u64, Box<Result<Opened, VaultFailure>>),
    /// The vault of this number has not opened yet, as the keyring does not answer.
    Silent(u64),
    /// An account can start.
    Ready(Box<Ready>),
    /// What rests of an account was read.
    Rested(BareJid, Option<Resting>),
    /// It can't be read.
    Unreadable(BareJid, VaultFailure),
    /// An account is forgotten.
    Forgotten(BareJid),
    /// What other programs keep was found.
    Found(Found, Vec<ImportableAccount>),
    /// Practice begins, or can't.
    Practising(BareJid, Box<Result<Practice, VaultFailure>>),
    /// Every key known was read, if it could be.
    Keys(Option<Vec<KeyRow>>),
    /// It was brought over, with the account's own key or without; or could not be kept.
    AccountImported(Box<Imported>, Option<bool>),
}

/// A vault that is being opened.
#[derive(Debug)]
pub(super) struct Opening {
    pub(super) number: u64,
    pub(super) by_keyring: bool,
    pub(super) given_up: GivenUp,
}

/// All that is being done beside.
pub(super) struct Work {
    results: mpsc::Sender<Done>,
    done: mpsc::Receiver<Done>,
    /// Commands for accounts that are being worked on.
    accounts: HashMap<BareJid, VecDeque<Command>>,
    pub(super) opening: Option<Opening>,
    /// Commands that it takes a vault for.
    for_vault: VecDeque<Command>,
    openings: u64,
    writer: Option<Writer>,
    keys: Keys,
}

/// What is written down, one after another.
struct Writer {
    queue: mpsc::UnboundedSender<BoxFuture<'static, ()>>,
    task: JoinHandle<()>,
}

/// Whether the list of keys is being read: once at a time, and once more if there was news meanwhile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Keys {
    #[default]
    AtRest,
    BeingRead,
    OutdatedAlready,
}

impl Default for Work {
    fn default() -> Self {
        let (results, done) = mpsc::channel(RESULTS);
        Self {
            results,
            done,
            accounts: HashMap::new(),
            opening: None,
            for_vault: VecDeque::new(),
            openings: 0,
            writer: None,
            keys: Keys::AtRest,
        }
    }
}

impl Work {
    /// Waits for something to be done. Nothing is lost if the wait is broken off.
    pub(super) async fn done(&mut self) -> Done {
        match self.done.recv().await {
            Some(done) => done,
            // We hold a sender ourselves.
            None => std::future::pending().await,
        }
    }

    /// Does something beside.
    pub(super) fn begin(&self, work: impl Future<Output = Done> + Send + 'static) {
        let results = self.results.clone();
        drop(tokio::spawn(async move {
            let done = work.await;
            let _ = results.send(done).await;
        }));
    }

    /// Does something for an account; commands for it wait.
    pub(super) fn begin_for(
        &mut self,
        account: BareJid,
        work: impl Future<Output = Done> + Send + 'static,
    ) {
        self.accounts.entry(account).or_default();
        self.begin(work);
    }

    /// Writes something down, after all that is to be written down before.
    pub(super) fn write(&mut self, writing: impl Future<Output = ()> + Send + 'static) {
        let writer = self.writer.get_or_insert_with(|| {
            let (queue, mut queued) = mpsc::unbounded_channel::<BoxFuture<'static, ()>>();
            let task = tokio::spawn(async move {
                while let Some(writing) = queued.recv().await {
                    writing.await;
                }
            });
            Writer { queue, task }
        });
        let _ = writer.queue.send(writing.boxed());
    }

    /// Waits until all is written down.
    async fn all_is_written(&mut self) {
        if let Some(Writer { queue, task }) = self.writer.take() {
            drop(queue);
            let _ = task.await;
        }
    }

    /// Reads the list of keys, unless that is going on; then it is to be read again.
    pub(super) fn read_keys(
        &mut self,
        reading: impl Future<Output = Option<Vec<KeyRow>>> + Send + 'static,
    ) {
        if self.keys == Keys::AtRest {
            self.keys = Keys::BeingRead;
            self.begin(async move { Done::Keys(reading.await) });
        } else {
            self.keys = Keys::OutdatedAlready;
        }
    }

    /// A new vault is being opened; the one that was is given up.
    pub(super) fn open(&mut self, by_keyring: bool) -> (u64, GivenUp) {
        self.give_up_opening();
        self.openings += 1;
        let (number, given_up) = (self.openings, GivenUp::default());
        self.opening = Some(Opening { number, by_keyring, given_up: given_up.clone() });
        (number, given_up)
    }

    /// Whatever is being opened comes too late.
    pub(super) fn give_up_opening(&mut self) {
        if let Some(opening) = self.opening.take() {
            opening.given_up.now();
        }
    }

    /// Whether this is the vault that is being opened.
    pub(super) fn opens(&self, number: u64) -> bool {
        self.opening.as_ref().is_some_and(|opening| opening.number == number)
    }

    /// Takes a command that has to wait; gives back one that has not.
    pub(super) fn line_up(&mut self, command: Command) -> Option<Command> {
        let account = command.account();
        if self.opening.is_some() && account.is_some_and(|account| !is_practice(account)) {
            self.for_vault.push_back(command);
            return None;
        }
        let practice = matches!(command, Command::Practice(_)).then(our_account).flatten();
        let account = account.cloned().or(practice);
        let line = account.and_then(|account| self.accounts.get_mut(&account));
        match line {
            Some(line) => {
                line.push_back(command);
                None
            }
            None => Some(command),
        }
    }
}

impl Router {
    /// Obeys a command, or lets it wait in line.
    pub(super) async fn take(&mut self, command: Command) {
        if let Command::DeclineAll(chats) = command {
            for chat in chats {
                self.take_one(Command::Contact(chat, ContactCommand::Decline)).await;
            }
        } else {
            self.take_one(command).await;
        }
    }

    async fn take_one(&mut self, command: Command) {
        if let Some(command) = self.work.line_up(command) {
            self.dispatch(command).await;
        }
    }

    /// Takes in what was done beside; what waited for it goes on.
    pub(super) async fn finish(&mut self, done: Done) {
        let waited = match done {
            Done::Opened(number, opened) => {
                if !self.work.opens(number) {
                    return;
                }
                self.work.opening = None;
                self.opened(*opened).await;
                std::mem::take(&mut self.work.for_vault)
            }
            Done::Silent(number) => {
                if self.work.opens(number) {
                    let profile = self.config.profile.clone();
                    let kept = profile.is_some_and(|profile| {
                        // What can't be looked at may be there.
                        vault::Vault::is_in(&profile).unwrap_or(true)
                    });
                    self.tell(Event::Vault(VaultEvent::Failed(VaultFailure::KeyringSilent {
                        kept,
                    })))
                    .await;
                }
                return;
            }
            Done::Ready(ready) => {
                let waited = self.work.accounts.remove(&ready.jid);
                self.launch(*ready).await;
                waited.unwrap_or_default()
            }
            Done::Rested(jid, resting) => {
                let waited = self.work.accounts.remove(&jid);
                self.rested(jid, resting).await;
                waited.unwrap_or_default()
            }
            Done::Unreadable(jid, failure) => {
                let waited = self.work.accounts.remove(&jid);
                self.unreadable(jid, failure).await;
                waited.unwrap_or_default()
            }
            Done::Forgotten(jid) => {
                let waited = self.work.accounts.remove(&jid);
                self.tell(Event::Account(jid, AccountEvent::Removed)).await;
                self.tell_keys();
                waited.unwrap_or_default()
            }
            Done::Practising(account, practice) => {
                let waited = self.work.accounts.remove(&account);
                match *practice {
                    Ok(practice) => self.practice = Some(practice),
                    Err(failure) => self.tell(Event::Vault(VaultEvent::Failed(failure))).await,
                }
                waited.unwrap_or_default()
            }
            Done::Keys(rows) => {
                if std::mem::take(&mut self.work.keys) == Keys::OutdatedAlready {
                    self.tell_keys();
                }
                if let Some(rows) = rows {
                    self.tell(Event::Keys(rows)).await;
                }
                return;
            }
            Done::Found(found, shown) => return self.found(found, shown).await,
            Done::AccountImported(foreign, own_key) => {
                return self.account_imported(*foreign, own_key).await;
            }
        };
        for command in waited {
            self.take(command).await;
        }
    }

    /// At the end: what was typed for an account that is being started is written down, if that does
    /// not take long, as is what is being written already.
    pub(super) async fn finish_all(&mut self) {
        let wait = tokio::time::sleep(LAST_WAIT);
        tokio::pin!(wait);
        while self.work.accounts.values().any(|line| !line.is_empty()) {
            tokio::select! {
                done = self.work.done() => self.finish(done).await,
                () = &mut wait => break,
            }
        }
        let _ = tokio::time::timeout(LAST_WAIT, self.work.all_is_written()).await;
    }
}
