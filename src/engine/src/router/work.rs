//! What may wait for the keyring is done beside the routing: a keyring that hangs stops nobody else.
//!
//! Commands for an account that is being worked on wait in line, and are obeyed in their order
//! afterwards; while a vault is being opened, so do those that it takes a vault for.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::time::Duration;

use tokio::sync::mpsc;
use zeroize::Zeroizing;

use super::{Router, Start};
use crate::elsewhere::{Foreign, Found};
use crate::message::{
    AccountEvent, BareJid, Command, ContactCommand, Event, ForeignAccount, VaultEvent, VaultFailure,
};
use crate::practice::is_practice;
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

/// What was opened, and the accounts that rest in it.
pub(super) type Opened = (Store, Vec<(BareJid, Result<Resting, VaultFailure>)>);

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
    Found(Found, Vec<ForeignAccount>),
    /// It was brought over, with the account's own key or without; or could not be kept.
    BroughtOver(Box<Foreign>, Option<bool>),
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
    fn line_up(&mut self, command: Command) -> Option<Command> {
        let account = command.account();
        if self.opening.is_some() && account.is_some_and(|account| !is_practice(account)) {
            self.for_vault.push_back(command);
            return None;
        }
        let line = account.cloned().and_then(|account| self.accounts.get_mut(&account));
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
                self.tell_keys().await;
                waited.unwrap_or_default()
            }
            Done::Found(found, shown) => return self.found(found, shown).await,
            Done::BroughtOver(foreign, own_key) => {
                return self.brought_over(*foreign, own_key).await;
            }
        };
        for command in waited {
            self.take(command).await;
        }
    }

    /// At the end: what was typed for an account that is being started is written down, if that does
    /// not take long.
    pub(super) async fn finish_all(&mut self) {
        let wait = tokio::time::sleep(LAST_WAIT);
        tokio::pin!(wait);
        while self.work.accounts.values().any(|line| !line.is_empty()) {
            tokio::select! {
                done = self.work.done() => self.finish(done).await,
                () = &mut wait => return,
            }
        }
    }
}
