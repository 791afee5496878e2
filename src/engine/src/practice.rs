//! A practice account: a second account of the same kind inside the program, joined to the first by
//! a server in memory. Both ends speak real OTR; nothing here is a mock, and nothing is kept.

mod partner;
mod server;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::account::{Input, Setup};
use crate::keys::KeyReports;
use crate::message::{Availability, BareJid, Event, PracticeAct, PracticeScript, VaultFailure};
use crate::router::Running;
use crate::store::{Known, Store};
use partner::Partner;
use server::Server;

/// Where practice accounts live: `.invalid` is nobody's domain (RFC 6761 §6.4).
pub(crate) const PRACTICE_DOMAIN: &str = "practice.invalid";
/// Our name there.
const OURS: &str = "you";
/// The partner's.
const THEIRS: &str = "partner";
const ACTS_DEPTH: usize = 16;

/// A practice that is going on.
pub(crate) struct Practice {
    ours: Running,
    store: Store,
    acts: mpsc::Sender<PracticeAct>,
    partner: JoinHandle<()>,
}

impl Practice {
    /// Opens both accounts.
    pub(crate) async fn start(
        script: PracticeScript,
        to_window: mpsc::Sender<Event>,
        reports: KeyReports,
    ) -> Result<Self, VaultFailure> {
        let (Some(account), Some(contact)) = (address(OURS), address(THEIRS)) else {
            return Err(VaultFailure::System(String::new()));
        };
        let store = Store::that_forgets(to_window.clone()).await?;
        let server = Server::start();
        let link = server.join(account.clone(), contact.clone(), &script.name);
        let ours = join(&account, store.clone(), link, to_window, reports).await?;
        let (acts, acted) = mpsc::channel(ACTS_DEPTH);
        let partner = Partner::new(script, server, contact, account.clone()).await?;
        let partner = tokio::spawn(partner.run(acted));
        Ok(Self { ours, store, acts, partner })
    }

    /// Where our practice account's keys are.
    pub(crate) const fn store(&self) -> &Store {
        &self.store
    }

    /// Asks our practice account.
    pub(crate) fn ask(&self, input: Input) {
        self.ours.ask(input);
    }

    /// Lets the partner do something.
    pub(crate) fn act(&self, act: PracticeAct) {
        let _ = self.acts.try_send(act);
    }

    /// Ends it and forgets everything.
    pub(crate) async fn stop(self) {
        self.ours.stop().await;
        drop(self.acts);
        let _ = self.partner.await;
    }
}

/// Starts an account on a link into the server.
async fn join(
    account: &BareJid,
    store: Store,
    (to_link, from_link): (mpsc::Sender<xmpp::Command>, mpsc::Receiver<xmpp::Event>),
    to_window: mpsc::Sender<Event>,
    reports: KeyReports,
) -> Result<Running, VaultFailure> {
    Ok(Running::start(Setup {
        jid: account.clone(),
        identity: store.identity(account).await?,
        known: Known::default(),
        credentials: None,
        availability: Availability::Online,
        store,
        to_window,
        reports,
        offer: "".into(),
        to_link,
        from_link,
    }))
}

/// Our account there.
pub(crate) fn our_account() -> Option<BareJid> {
    address(OURS)
}

/// Whether an account is the practice account, whose partner runs inside the program.
#[must_use]
pub fn is_practice(account: &BareJid) -> bool {
    account.domain().as_str() == PRACTICE_DOMAIN
}

fn address(name: &str) -> Option<BareJid> {
    format!("{name}@{PRACTICE_DOMAIN}").parse().ok()
}
