//! The vault, off the async workers. What cannot be written down is said once and still holds in
//! memory: a full disk never stops a conversation.

mod accounts;
mod foreign;
mod place;
mod written;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use vault::{
    Intent, KeyringSecrets, MemorySecrets, OutboxRecord, Peer, SealedSecrets, SecretStore, Vault,
    VaultError,
};
use zeroize::Zeroizing;

pub(crate) use accounts::{Identity, Known, Note, Resting, SHOWN_MAX};
pub(crate) use place::Place;

use crate::keys::KeysInUse;
use crate::message::{
    BareJid, ChatId, Event, Fingerprint, KeyRow, MessageId, Trust, VaultChoice, VaultFailure,
};

/// What to do where only half of what was kept is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Half {
    /// Leave it, and tell.
    Refuse,
    /// Begin with an empty database, as the person said.
    BeginAnew,
}

/// A message that waits, as it is written down.
pub(crate) struct Waiting {
    pub(crate) id: MessageId,
    pub(crate) text: Zeroizing<String>,
    pub(crate) at: SystemTime,
    pub(crate) meant_for: Option<Fingerprint>,
    pub(crate) plain_allowed: bool,
    pub(crate) replaces: Option<MessageId>,
    /// Whether it came back, and goes again only if the person says so.
    pub(crate) failed: bool,
}

/// A contact's key that came up, as it is written down now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sighted {
    pub(crate) trust: Trust,
    /// Whether it was never seen before.
    pub(crate) is_new: bool,
}

/// The open vault, shared by accounts and contacts.
#[derive(Clone)]
pub(crate) struct Store {
    vault: Arc<Vault>,
    to_window: mpsc::Sender<Event>,
}

impl Store {
    /// Opens the vault of a profile; without a profile, or by choice, one that forgets.
    pub(crate) async fn open(
        profile: Option<&Path>,
        choice: VaultChoice,
        half: Half,
        to_window: mpsc::Sender<Event>,
    ) -> Result<Self, VaultFailure> {
        let profile = profile.map(Path::to_owned);
        let opened = spawn_blocking(move || {
            let Some(profile) = profile else {
                return Vault::in_memory(Arc::new(MemorySecrets::default()));
            };
            let secrets: Arc<dyn SecretStore> = match choice {
                VaultChoice::Memory => {
                    return Vault::in_memory(Arc::new(MemorySecrets::default()));
                }
                VaultChoice::Keyring => Arc::new(KeyringSecrets::open(&profile)?),
                VaultChoice::Sealed { passphrase } => Arc::new(match half {
                    Half::Refuse => SealedSecrets::open(&profile, passphrase.expose())?,
                    Half::BeginAnew => SealedSecrets::begin_anew(&profile, passphrase.expose())?,
                }),
            };
            match half {
                Half::Refuse => Vault::open(&profile, secrets),
                Half::BeginAnew => Vault::begin_anew(&profile, secrets),
            }
        });
        match opened.await {
            Ok(Ok(vault)) => Ok(Self { vault: Arc::new(vault), to_window }),
            Ok(Err(error)) => Err(failure(error)),
            Err(_) => Err(VaultFailure::System(String::new())),
        }
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Vault) -> Result<T, VaultError> + Send + 'static,
    ) -> Option<T> {
        match self.attempt(work).await {
            Ok(value) => Some(value),
            Err(failure) => {
                let _ = self.to_window.send(Event::NotSaved(failure)).await;
                None
            }
        }
    }

    /// The same, where the failure is told by whoever asked.
    async fn attempt<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Vault) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, VaultFailure> {
        let vault = Arc::clone(&self.vault);
        match spawn_blocking(move || work(&vault)).await {
            Ok(done) => done.map_err(failure),
            Err(_) => Err(VaultFailure::System(String::new())),
        }
    }

    async fn with_peer<T: Send + 'static>(
        &self,
        chat: &ChatId,
        work: impl FnOnce(&Vault, Peer<'_>) -> Result<T, VaultError> + Send + 'static,
    ) -> Option<T> {
        let chat = chat.clone();
        self.run(move |vault| {
            work(vault, Peer { account: chat.account.as_str(), contact: chat.contact.as_str() })
        })
        .await
    }

    /// What the person wants the conversation to be.
    pub(crate) async fn intent(&self, chat: &ChatId) -> Option<Intent> {
        self.with_peer(chat, |vault, peer| vault.intent(peer)).await
    }

    /// Writes down what the person wants.
    pub(crate) async fn save_intent(&self, chat: &ChatId, intent: Intent) {
        self.with_peer(chat, move |vault, peer| vault.set_intent(peer, intent)).await;
    }

    /// Whether the contact has spoken version 3 of the protocol. If that can't be read, it is taken
    /// for granted: version 2 is the weaker one.
    pub(crate) async fn v3_seen(&self, chat: &ChatId) -> bool {
        let (account, name) = (chat.account.to_string(), v3_seen_name(chat));
        self.run(move |vault| Ok(vault.notes(&account)?.contains_key(&name))).await.unwrap_or(true)
    }

    /// Writes down that the contact speaks version 3.
    pub(crate) async fn save_v3_seen(&self, chat: &ChatId) {
        let (account, name) = (chat.account.to_string(), v3_seen_name(chat));
        self.run(move |vault| vault.save_note(&account, &name, Some("yes"))).await;
    }

    /// What waits for this contact, oldest first.
    pub(crate) async fn outbox(&self, chat: &ChatId) -> Option<Vec<Waiting>> {
        self.with_peer(chat, |vault, peer| {
            Ok(vault.outbox_for(peer)?.into_iter().map(Waiting::from).collect())
        })
        .await
    }

    /// Which contacts of the account something waits for, and what.
    pub(crate) async fn awaited(&self, account: &BareJid) -> HashMap<BareJid, Vec<MessageId>> {
        let account = account.to_string();
        let found = self.run(move |vault| {
            let mut contacts: HashMap<_, Vec<_>> = HashMap::new();
            for (contact, id) in vault.outbox_names(&account)? {
                if let Ok(contact) = contact.parse::<BareJid>() {
                    contacts.entry(contact).or_default().push(MessageId::from(id));
                }
            }
            Ok(contacts)
        });
        found.await.unwrap_or_default()
    }

    /// Writes a waiting message down.
    pub(crate) async fn keep(&self, chat: &ChatId, waiting: Waiting) {
        let record = OutboxRecord {
            account: chat.account.to_string(),
            contact: chat.contact.to_string(),
            id: waiting.id.as_str().to_owned(),
            text: waiting.text,
            at: waiting.at,
            meant_for: waiting.meant_for.map(|key| *key.as_bytes()),
            plain_allowed: waiting.plain_allowed,
            replaces: waiting.replaces.map(|id| id.as_str().to_owned()),
            failed: waiting.failed,
        };
        self.run(move |vault| vault.put(&record)).await;
    }

    /// Wipes a message that needs no more waiting.
    pub(crate) async fn settle(&self, id: &MessageId) {
        let id = id.clone();
        self.run(move |vault| vault.remove(id.as_str())).await;
    }

    /// A contact came with this key; nothing if it could not be written down.
    pub(crate) async fn saw_key(&self, chat: &ChatId, key: Fingerprint) -> Option<Sighted> {
        self.with_peer(chat, move |vault, peer| {
            let sighting = vault.saw_key(peer, *key.as_bytes(), SystemTime::now())?;
            Ok(Sighted { trust: sighting.key.trust, is_new: sighting.is_new })
        })
        .await
    }

    /// The contact's keys and what was decided about them; nothing if the database can't tell.
    pub(crate) async fn keys_of(&self, chat: &ChatId) -> Option<Vec<(Fingerprint, Trust)>> {
        self.with_peer(chat, |vault, peer| {
            let keys = vault.keys_of(peer)?.into_iter();
            Ok(keys.map(|key| (Fingerprint::from_bytes(key.fingerprint), key.trust)).collect())
        })
        .await
    }

    /// Writes down what the person decided.
    pub(crate) async fn set_trust(&self, chat: &ChatId, key: Fingerprint, trust: Trust) {
        self.with_peer(chat, move |vault, peer| vault.set_trust(peer, *key.as_bytes(), trust))
            .await;
    }

    /// Forgets a key.
    pub(crate) async fn forget_key(&self, chat: &ChatId, key: Fingerprint) {
        self.with_peer(chat, move |vault, peer| vault.forget_key(peer, *key.as_bytes())).await;
    }

    /// Every key, as the fingerprint manager shows it.
    pub(crate) async fn keys(&self, in_use: &KeysInUse) -> Option<Vec<KeyRow>> {
        let records = self.run(Vault::keys).await?;
        let rows = records.into_iter().filter_map(|record| {
            let (account, contact) = (record.account.parse().ok()?, record.contact.parse().ok()?);
            let chat = ChatId { account, contact };
            let fingerprint = Fingerprint::from_bytes(record.fingerprint);
            Some(KeyRow {
                in_use: in_use.contains(&chat, fingerprint),
                chat,
                fingerprint,
                trust: record.trust,
                first_seen: record.first_seen,
                last_seen: record.last_seen,
            })
        });
        Some(rows.collect())
    }
}

impl From<OutboxRecord> for Waiting {
    fn from(record: OutboxRecord) -> Self {
        Self {
            id: MessageId::from(record.id),
            text: record.text,
            at: record.at,
            meant_for: record.meant_for.map(Fingerprint::from_bytes),
            plain_allowed: record.plain_allowed,
            replaces: record.replaces.map(MessageId::from),
            failed: record.failed,
        }
    }
}

fn v3_seen_name(chat: &ChatId) -> String {
    format!("v3-seen {}", chat.contact)
}

fn failure(error: VaultError) -> VaultFailure {
    match error {
        VaultError::NoKeyring => VaultFailure::NoKeyring,
        VaultError::KeyringLocked => VaultFailure::KeyringLocked,
        VaultError::WrongPassphrase => VaultFailure::WrongPassphrase,
        VaultError::KeyMissing => VaultFailure::KeyMissing,
        VaultError::DatabaseMissing => VaultFailure::DatabaseMissing,
        VaultError::DiskFull => VaultFailure::DiskFull,
        VaultError::InUse => VaultFailure::InUse,
        VaultError::Damaged => VaultFailure::Damaged,
        VaultError::System(words) => VaultFailure::System(words),
    }
}
