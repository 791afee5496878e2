//! The vault, off the async workers. What cannot be written down is said once and still holds in
//! memory: a full disk never stops a conversation.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use otr::{InstanceTag, PrivateKey};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use vault::{
    AccountRecord, Intent, KeyringSecrets, MemorySecrets, OutboxRecord, Peer, SealedSecrets,
    SecretStore, ServerRecord, Vault, VaultError,
};
use zeroize::Zeroizing;

use crate::keys::KeysInUse;
use crate::message::{
    BareJid, ChatId, Event, Fingerprint, KeyRow, MessageId, Server, Trust, VaultChoice,
    VaultFailure,
};

/// A message that waits, as it is written down.
pub(crate) struct Waiting {
    pub(crate) id: MessageId,
    pub(crate) text: Zeroizing<String>,
    pub(crate) at: SystemTime,
    pub(crate) meant_for: Option<Fingerprint>,
    pub(crate) plain_allowed: bool,
}

/// What is known of a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeyStanding {
    /// Whether it was never seen before.
    pub(crate) new: bool,
    /// Whether it is verified.
    pub(crate) verified: bool,
    /// Whether the contact has another one that is verified.
    pub(crate) other_verified: bool,
}

/// An account that rests in the vault.
pub(crate) struct Resting {
    pub(crate) jid: BareJid,
    pub(crate) server: Server,
    pub(crate) password: Zeroizing<String>,
}

/// What an account is to the protocol.
pub(crate) struct Identity {
    pub(crate) key: PrivateKey,
    pub(crate) instance: InstanceTag,
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
                VaultChoice::Sealed { passphrase } => {
                    Arc::new(SealedSecrets::open(&profile, passphrase.expose())?)
                }
            };
            Vault::open(&profile, secrets)
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
        let vault = Arc::clone(&self.vault);
        let failure = match spawn_blocking(move || work(&vault)).await {
            Ok(Ok(value)) => return Some(value),
            Ok(Err(error)) => failure(error),
            Err(_) => VaultFailure::System(String::new()),
        };
        let _ = self.to_window.send(Event::NotSaved(failure)).await;
        None
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

    /// The accounts that rest here and their passwords. One without a password is left out.
    pub(crate) async fn accounts(&self) -> Vec<Resting> {
        self.run(|vault| {
            let mut resting = Vec::new();
            for record in vault.accounts()? {
                let (Ok(jid), Some(password)) = (record.jid.parse(), vault.password(&record.jid)?)
                else {
                    continue;
                };
                resting.push(Resting { jid, server: from_record(record.server), password });
            }
            Ok(resting)
        })
        .await
        .unwrap_or_default()
    }

    /// Remembers an account that could sign in.
    pub(crate) async fn remember(
        &self,
        jid: &BareJid,
        server: Server,
        instance: InstanceTag,
        password: Zeroizing<String>,
    ) {
        let jid = jid.to_string();
        self.run(move |vault| {
            vault.save_account(&AccountRecord {
                jid: jid.clone(),
                server: to_record(server),
                instance_tag: instance.get(),
            })?;
            vault.save_password(&jid, &password)
        })
        .await;
    }

    /// Forgets an account and all that belongs to it.
    pub(crate) async fn forget_account(&self, jid: &BareJid) {
        let jid = jid.to_string();
        self.run(move |vault| vault.forget_account(&jid)).await;
    }

    /// The account's key and instance tag, made now if there are none.
    pub(crate) async fn identity(&self, jid: &BareJid) -> Identity {
        let jid = jid.to_string();
        let kept = self
            .run(move |vault| {
                let instance = vault
                    .accounts()?
                    .into_iter()
                    .find(|record| record.jid == jid)
                    .and_then(|record| InstanceTag::new(record.instance_tag))
                    .unwrap_or_else(|| InstanceTag::random(&mut rand::rng()));
                if let Some(bytes) = vault.otr_key(&jid)? {
                    // A key that can't be read is never replaced: contacts have verified it.
                    let key = PrivateKey::from_bytes(&bytes).map_err(|_| VaultError::Damaged)?;
                    return Ok(Identity { key, instance });
                }
                let key = PrivateKey::generate(&mut rand::rng());
                vault.save_otr_key(&jid, &key.to_bytes())?;
                Ok(Identity { key, instance })
            })
            .await;
        match kept {
            Some(identity) => identity,
            // Said already (NotSaved): this key lives for this session only.
            None => spawn_blocking(fresh_identity).await.unwrap_or_else(|_| fresh_identity()),
        }
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
        let name = v3_seen_name(chat);
        self.run(move |vault| Ok(vault.setting(&name)?.is_some())).await.unwrap_or(true)
    }

    /// Writes down that the contact speaks version 3.
    pub(crate) async fn save_v3_seen(&self, chat: &ChatId) {
        let name = v3_seen_name(chat);
        self.run(move |vault| vault.save_setting(&name, "yes")).await;
    }

    /// What waits for this contact, oldest first.
    pub(crate) async fn outbox(&self, chat: &ChatId) -> Option<Vec<Waiting>> {
        let (account, contact) = (chat.account.to_string(), chat.contact.to_string());
        self.run(move |vault| {
            let mut records = vault.outbox()?;
            records.retain(|record| record.account == account && record.contact == contact);
            Ok(records.into_iter().map(Waiting::from).collect())
        })
        .await
    }

    /// Which contacts of the account something waits for.
    pub(crate) async fn awaited(&self, account: &BareJid) -> Vec<BareJid> {
        let account = account.to_string();
        let found = self.run(move |vault| {
            let mut contacts = HashSet::new();
            for record in vault.outbox()? {
                if record.account == account
                    && let Ok(contact) = record.contact.parse::<BareJid>()
                {
                    contacts.insert(contact);
                }
            }
            Ok(contacts)
        });
        found.await.unwrap_or_default().into_iter().collect()
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
        };
        self.run(move |vault| vault.put(&record)).await;
    }

    /// Wipes a message that needs no more waiting.
    pub(crate) async fn settle(&self, id: &MessageId) {
        let id = id.clone();
        self.run(move |vault| vault.remove(id.as_str())).await;
    }

    /// A contact came with this key.
    pub(crate) async fn saw_key(&self, chat: &ChatId, key: Fingerprint) -> KeyStanding {
        let new = self
            .with_peer(chat, move |vault, peer| {
                Ok(vault.saw_key(peer, *key.as_bytes(), SystemTime::now())?.is_new)
            })
            .await
            .unwrap_or_default();
        KeyStanding { new, ..self.key_standing(chat, key).await }
    }

    /// What is known of a contact's key. If the database can't tell, the key is taken for a changed
    /// one, so that the person decides.
    pub(crate) async fn key_standing(&self, chat: &ChatId, key: Fingerprint) -> KeyStanding {
        let chat = chat.clone();
        self.run(move |vault| {
            let mut standing = KeyStanding::default();
            for record in vault.keys()? {
                let theirs = record.account == chat.account.as_str()
                    && record.contact == chat.contact.as_str();
                if theirs && record.trust.is_verified() {
                    if record.fingerprint == *key.as_bytes() {
                        standing.verified = true;
                    } else {
                        standing.other_verified = true;
                    }
                }
            }
            Ok(standing)
        })
        .await
        .unwrap_or(KeyStanding { new: false, verified: false, other_verified: true })
    }

    /// The contact's verified keys; nothing if the database can't tell.
    pub(crate) async fn verified_keys(&self, chat: &ChatId) -> Option<Vec<Fingerprint>> {
        let chat = chat.clone();
        self.run(move |vault| {
            let mut records = vault.keys()?;
            records.retain(|record| {
                record.account == chat.account.as_str()
                    && record.contact == chat.contact.as_str()
                    && record.trust.is_verified()
            });
            Ok(records.iter().map(|record| Fingerprint::from_bytes(record.fingerprint)).collect())
        })
        .await
    }

    /// Whether a contact's key is verified.
    pub(crate) async fn is_verified(&self, chat: &ChatId, key: Fingerprint) -> bool {
        self.key_standing(chat, key).await.verified
    }

    /// Writes down what the person decided; says whether that worked and the key is known.
    pub(crate) async fn set_trust(&self, chat: &ChatId, key: Fingerprint, trust: Trust) -> bool {
        self.with_peer(chat, move |vault, peer| vault.set_trust(peer, *key.as_bytes(), trust))
            .await
            .unwrap_or(false)
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
        }
    }
}

fn v3_seen_name(chat: &ChatId) -> String {
    format!("v3-seen {} {}", chat.account, chat.contact)
}

fn fresh_identity() -> Identity {
    let mut rng = rand::rng();
    Identity { key: PrivateKey::generate(&mut rng), instance: InstanceTag::random(&mut rng) }
}

fn from_record(server: ServerRecord) -> Server {
    match server {
        ServerRecord::Discover => Server::Discover,
        ServerRecord::At { host, port, direct_tls } => Server::At { host, port, direct_tls },
    }
}

fn to_record(server: Server) -> ServerRecord {
    match server {
        Server::Discover => ServerRecord::Discover,
        Server::At { host, port, direct_tls } => ServerRecord::At { host, port, direct_tls },
    }
}

fn failure(error: VaultError) -> VaultFailure {
    match error {
        VaultError::NoKeyring => VaultFailure::NoKeyring,
        VaultError::KeyringLocked => VaultFailure::KeyringLocked,
        VaultError::WrongPassphrase => VaultFailure::WrongPassphrase,
        VaultError::KeyMissing => VaultFailure::KeyMissing,
        VaultError::DiskFull => VaultFailure::DiskFull,
        VaultError::InUse => VaultFailure::InUse,
        VaultError::Damaged => VaultFailure::Damaged,
        VaultError::System(words) => VaultFailure::System(words),
    }
}
