//! The vault, off the async workers. What cannot be written down is said once and still holds in
//! memory: a full disk never stops a conversation.

mod accounts;
mod facts;
mod import;
mod notices;
mod place;
mod preferences;
mod trust;
mod unread;
mod written;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::SystemTime;

use chat::Sighted;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use vault::{
    Intent, KeyringSecrets, MemorySecrets, OutboxRecord, PATIENCE, PatientSecrets, Peer,
    SealedSecrets, SecretStore, Vault, VaultError,
};
use zeroize::Zeroizing;

pub(crate) use accounts::{Identity, Known, Note, Resting, SHOWN_MAX};
pub(crate) use notices::NotSeen;
pub(crate) use place::Place;
pub(crate) use unread::NotRead;

use crate::keys::KeysInUse;
use crate::message::{
    BareJid, ChatId, Event, FailReason, Fingerprint, KeyRow, MessageId, Trust, VaultChoice,
    VaultEvent, VaultFailure,
};

/// What to do where only half of what was kept is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Half {
    /// Leave it, and tell.
    Refuse,
    /// Begin with an empty database, as the person said.
    BeginAnew,
}

/// Whether the opening of a vault was given up, as another was chosen.
#[derive(Clone, Debug, Default)]
pub(crate) struct GivenUp(Arc<AtomicBool>);

impl GivenUp {
    /// Gives it up.
    pub(crate) fn now(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    fn is_so(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// A message that waits, as it is written down.
pub(crate) struct Waiting {
    pub(crate) id: MessageId,
    pub(crate) text: Zeroizing<String>,
    pub(crate) at: SystemTime,
    pub(crate) meant_for: Option<Fingerprint>,
    pub(crate) plain_allowed: bool,
    pub(crate) replaces: Option<MessageId>,
    /// Why it came back, if it did: then it goes again only if the person says so.
    pub(crate) failed: Option<FailReason>,
    /// Whether it was sent before, and may have arrived twice.
    pub(crate) resent: bool,
}

/// Numbers in the order in which things came: of each, greater than all that a profile gave before.
#[derive(Clone, Debug, Default)]
pub(crate) struct Numbers(Arc<AtomicU64>);

impl Numbers {
    /// The next.
    pub(crate) fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// An earlier life came as far as this.
    pub(crate) fn go_on_from(&self, last: u64) {
        self.0.fetch_max(last, Ordering::Relaxed);
    }
}

/// The open vault, shared by accounts and contacts.
#[derive(Clone)]
pub(crate) struct Store {
    vault: Arc<Vault>,
    /// Of texts that wait to be read, and gaps of archives.
    numbers: Numbers,
    keeps: bool,
    to_window: mpsc::Sender<Event>,
}

impl Store {
    /// One that forgets.
    pub(crate) async fn that_forgets(to_window: mpsc::Sender<Event>) -> Result<Self, VaultFailure> {
        let given_up = GivenUp::default();
        Self::open(None, VaultChoice::Memory, Half::Refuse, to_window, given_up).await
    }

    /// Opens the vault of a profile; without a profile, or by choice, one that forgets. Nothing more
    /// is done once it is given up, however late the keyring answers.
    pub(crate) async fn open(
        profile: Option<&Path>,
        choice: VaultChoice,
        half: Half,
        to_window: mpsc::Sender<Event>,
        given_up: GivenUp,
    ) -> Result<Self, VaultFailure> {
        let profile = profile.map(Path::to_owned);
        let keeps = profile.is_some() && !matches!(choice, VaultChoice::Memory);
        let open = move || {
            let Some(profile) = profile else {
                return Vault::in_memory(Arc::new(MemorySecrets::default()));
            };
            let secrets: Arc<dyn SecretStore> = match choice {
                VaultChoice::Memory => {
                    return Vault::in_memory(Arc::new(MemorySecrets::default()));
                }
                VaultChoice::Keyring => {
                    // As long as it takes: the keyring may be asking the person for its password.
                    let keyring = KeyringSecrets::open(&profile)?;
                    if given_up.is_so() {
                        return Err(VaultError::KeyringSilent);
                    }
                    Arc::new(PatientSecrets::new(Arc::new(keyring), PATIENCE))
                }
                VaultChoice::Sealed { passphrase } => Arc::new(match half {
                    Half::Refuse => SealedSecrets::open(&profile, passphrase.expose())?,
                    Half::BeginAnew => SealedSecrets::begin_anew(&profile, passphrase.expose())?,
                }),
            };
            match half {
                Half::Refuse => Vault::open(&profile, secrets),
                Half::BeginAnew => Vault::begin_anew(&profile, secrets),
            }
        };
        let opened = spawn_blocking(move || {
            let vault = open()?;
            let last_unread = vault.last_unread()?;
            Ok((vault, last_unread))
        });
        match opened.await {
            Ok(Ok((vault, last_unread))) => {
                let numbers = Numbers::default();
                numbers.go_on_from(last_unread);
                Ok(Self { vault: Arc::new(vault), numbers, keeps, to_window })
            }
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
                let _ = self.to_window.send(Event::Vault(VaultEvent::NotSaved(failure))).await;
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
        let record = record(chat, waiting);
        self.run(move |vault| vault.put(&record)).await;
    }

    /// The same for one that was just typed, and wipes the draft that is its beginning.
    pub(crate) async fn keep_new(&self, chat: &ChatId, waiting: Waiting) {
        let record = record(chat, waiting);
        self.run(move |vault| vault.put_new(&record)).await;
    }

    /// Wipes a message that needs no more waiting.
    pub(crate) async fn settle(&self, id: &MessageId) {
        let id = id.clone();
        self.run(move |vault| vault.remove(id.as_str())).await;
    }

    /// A contact came with this key; nothing if it could not be written down.
    pub(crate) async fn saw_key(&self, chat: &ChatId, key: Fingerprint) -> Option<Sighted> {
        self.with_peer(chat, move |vault, peer| {
            let sighting = vault.saw_key(peer, key.as_bytes(), SystemTime::now())?;
            Ok(Sighted { trust: trust::told(sighting.key.trust), is_new: sighting.is_new })
        })
        .await
    }

    /// The contact's keys and what was decided about them; nothing if the database can't tell.
    pub(crate) async fn keys_of(&self, chat: &ChatId) -> Option<Vec<(Fingerprint, Trust)>> {
        self.with_peer(chat, |vault, peer| {
            let keys = vault.keys_of(peer)?.into_iter();
            keys.map(|key| {
                let fingerprint = Fingerprint::from_bytes(&key.fingerprint);
                Ok((fingerprint.ok_or(VaultError::Damaged)?, trust::told(key.trust)))
            })
            .collect()
        })
        .await
    }

    /// Writes down what the person decided.
    pub(crate) async fn set_trust(&self, chat: &ChatId, key: Fingerprint, trust: Trust) {
        let kept = trust::kept(trust);
        self.with_peer(chat, move |vault, peer| vault.set_trust(peer, key.as_bytes(), kept)).await;
    }

    /// Forgets a key.
    pub(crate) async fn forget_key(&self, chat: &ChatId, key: Fingerprint) {
        self.with_peer(chat, move |vault, peer| vault.forget_key(peer, key.as_bytes())).await;
    }

    /// Every key, as the fingerprint manager shows it.
    pub(crate) async fn keys(&self, in_use: &KeysInUse) -> Option<Vec<KeyRow>> {
        let records = self.run(Vault::keys).await?;
        let rows = records.into_iter().filter_map(|record| {
            let (account, contact) = (record.account.parse().ok()?, record.contact.parse().ok()?);
            let chat = ChatId { account, contact };
            let fingerprint = Fingerprint::from_bytes(&record.fingerprint)?;
            Some(KeyRow {
                in_use: in_use.contains(&chat, fingerprint),
                chat,
                fingerprint,
                trust: trust::told(record.trust),
                first_seen: record.first_seen,
                last_seen: record.last_seen,
            })
        });
        Some(rows.collect())
    }
}

impl From<OutboxRecord> for Waiting {
    fn from(record: OutboxRecord) -> Self {
        let meant_for = record.meant_for.map(|key| Fingerprint::from_bytes(&key));
        Self {
            id: MessageId::from(record.id),
            text: record.text,
            at: record.at,
            meant_for: meant_for.map(|key| key.unwrap_or(Fingerprint::NOBODY)),
            plain_allowed: record.plain_allowed,
            replaces: record.replaces.map(MessageId::from),
            failed: record.failure.map(|word| written::read_failure(&word)),
            resent: record.resent,
        }
    }
}

fn failure(error: VaultError) -> VaultFailure {
    match error {
        VaultError::NoKeyring => VaultFailure::NoKeyring,
        VaultError::KeyringLocked => VaultFailure::KeyringLocked,
        VaultError::KeyringSilent => VaultFailure::KeyringSilent { kept: true },
        VaultError::WrongPassphrase => VaultFailure::WrongPassphrase,
        VaultError::KeyMissing => VaultFailure::KeyMissing,
        VaultError::DatabaseMissing => VaultFailure::DatabaseMissing,
        VaultError::DiskFull => VaultFailure::DiskFull,
        VaultError::InUse => VaultFailure::InUse,
        VaultError::Damaged => VaultFailure::Damaged,
        VaultError::System(words) => VaultFailure::System(words),
    }
}

fn record(chat: &ChatId, waiting: Waiting) -> OutboxRecord {
    OutboxRecord {
        account: chat.account.to_string(),
        contact: chat.contact.to_string(),
        id: waiting.id.as_str().to_owned(),
        text: waiting.text,
        at: waiting.at,
        meant_for: waiting.meant_for.map(|key| key.as_bytes().to_vec()),
        plain_allowed: waiting.plain_allowed,
        replaces: waiting.replaces.map(|id| id.as_str().to_owned()),
        failure: waiting.failed.map(|reason| written::failure(reason).to_owned()),
        resent: waiting.resent,
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn a_text_whose_key_cannot_be_read_is_for_nobody() {
        let meant_for = |bytes: Option<&[u8]>| {
            let record = OutboxRecord {
                account: String::new(),
                contact: String::new(),
                id: String::new(),
                text: Zeroizing::new(String::new()),
                at: UNIX_EPOCH,
                meant_for: bytes.map(<[u8]>::to_vec),
                plain_allowed: false,
                replaces: None,
                failure: None,
                resent: false,
            };
            Waiting::from(record).meant_for
        };
        assert_eq!(meant_for(None), None);
        let key = Fingerprint::V3([7; 20]);
        assert_eq!(meant_for(Some(key.as_bytes())), Some(key));
        for damaged in [&[][..], &[7; 19], &[7; 21]] {
            assert_eq!(meant_for(Some(damaged)), Some(Fingerprint::NOBODY));
        }
    }
}
