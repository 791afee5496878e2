//! What is remembered of accounts.

use std::collections::BTreeSet;

use otr::{InstanceTag, PrivateKey};
use tokio::task::spawn_blocking;
use vault::{AccountRecord, ServerRecord, ShownMessage, Vault, VaultError};
use xmpp::{AuthStrength, KnownRoster, PinnedKey, ResumeToken, Route, Server};
use zeroize::Zeroizing;

use super::place::{self, Place};
use super::{Store, written};
use crate::message::{BareJid, PrivacySettings, VaultFailure};

/// An account that rests in the vault.
pub(crate) struct Resting {
    pub(crate) place: Place,
    pub(crate) password: Zeroizing<String>,
}

/// What an account is to the protocol.
pub(crate) struct Identity {
    pub(crate) key: PrivateKey,
    pub(crate) instance: InstanceTag,
}

/// What an account learnt of its server.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    /// The one key that the person trusts.
    pub(crate) trusted_key: Option<PinnedKey>,
    /// How it signed in before.
    pub(crate) strength: Option<AuthStrength>,
    /// The session of a process that ended without a word.
    pub(crate) resume: Option<ResumeToken>,
    /// How far its archive was read.
    pub(crate) archive: Option<String>,
    /// The messages that were shown last.
    pub(crate) shown: Vec<ShownMessage>,
    /// Whether its server may be shown the password itself.
    pub(crate) allow_plain: bool,
    /// The contacts as they were last told.
    pub(crate) roster: Option<KnownRoster>,
    /// How much contacts are told.
    pub(crate) manners: PrivacySettings,
    /// Who asked to see our presence, and was not answered.
    pub(crate) requests: BTreeSet<BareJid>,
}

/// One thing that an account remembers.
#[derive(Clone, Debug)]
pub(crate) enum Note {
    PinnedKey(Option<PinnedKey>),
    Strength(Option<AuthStrength>),
    Resume(Option<ResumeToken>),
    AllowPlain,
    Roster(KnownRoster),
    PrivacySettings(PrivacySettings),
    Requests(BTreeSet<BareJid>),
}

/// Names of messages that are kept, so that none is shown twice after a restart.
pub(crate) const SHOWN_MAX: u32 = 8_192;

const ROUTE: &str = "route";
const TRUSTED_KEY: &str = "trusted-key";
const STRENGTH: &str = "strength";
const RESUME: &str = "resume";
const ARCHIVE: &str = "archive";
const ALLOW_PLAIN: &str = "allow-plain";
const ROSTER: &str = "roster";
const PRIVACY_SETTINGS: &str = "manners";
const REQUESTS: &str = "requests";

impl Store {
    /// The accounts that rest here; of each, what it takes to sign in, or why that can't be read.
    ///
    /// # Errors
    /// Why the list of them can't be read: that nobody is listed is another thing.
    pub(crate) async fn accounts(
        &self,
    ) -> Result<Vec<(BareJid, Result<Resting, VaultFailure>)>, VaultFailure> {
        let jids = self.attempt(Vault::accounts).await?;
        let mut accounts = Vec::new();
        // Each by itself: one that can't be read hides no other.
        for jid in jids.iter().filter_map(|jid| jid.parse::<BareJid>().ok()) {
            let resting = self.resting(&jid).await.and_then(|resting| {
                // Whoever is listed is kept; it is gone only if it went this moment.
                resting.ok_or(VaultFailure::Damaged)
            });
            accounts.push((jid, resting));
        }
        Ok(accounts)
    }

    /// What it takes to sign in to an account, if it rests here.
    ///
    /// # Errors
    /// [`VaultFailure::KeyMissing`] if its password is gone, [`VaultFailure::Damaged`], and
    /// whatever the keyring answers.
    pub(crate) async fn resting(&self, jid: &BareJid) -> Result<Option<Resting>, VaultFailure> {
        let account = jid.clone();
        self.attempt(move |vault| {
            let Some(record) = vault.account(account.as_str())? else { return Ok(None) };
            let route = match vault.notes(account.as_str())?.get(ROUTE) {
                // A way that can't be read is never taken for the open one.
                Some(text) => place::read(text).ok_or(VaultError::Damaged)?,
                None => Route::Direct,
            };
            let place = Place { server: from_record(record.server), route };
            let password = vault.password(account.as_str())?.ok_or(VaultError::KeyMissing)?;
            Ok(Some(Resting { place, password }))
        })
        .await
    }

    /// Remembers an account that could sign in.
    pub(crate) async fn remember(
        &self,
        jid: &BareJid,
        place: Place,
        instance: InstanceTag,
        password: Zeroizing<String>,
    ) {
        let jid = jid.to_string();
        self.run(move |vault| {
            // The way comes first: without it, the account would go out directly.
            vault.save_note(&jid, ROUTE, Some(&place::write(&place.route)))?;
            vault.save_account(&AccountRecord {
                jid: jid.clone(),
                server: to_record(place.server),
                instance_tag: instance.get(),
            })?;
            vault.save_password(&jid, &password)
        })
        .await;
    }

    /// Remembers another password; says whether that worked.
    pub(crate) async fn save_password(&self, jid: &BareJid, password: Zeroizing<String>) -> bool {
        let jid = jid.to_string();
        self.run(move |vault| vault.save_password(&jid, &password)).await.is_some()
    }

    /// What the account learnt.
    ///
    /// # Errors
    /// [`VaultFailure::Damaged`] if it can't be read which key of the server is trusted, or how
    /// strongly the account signed in before: taken for unknown, either would let in whom it keeps
    /// out. What only saves time is asked for again instead.
    pub(crate) async fn known(&self, jid: &BareJid) -> Result<Known, VaultFailure> {
        let jid = jid.to_string();
        let read = move |vault: &Vault| Ok((vault.notes(&jid)?, vault.shown_messages(&jid)?));
        let (notes, shown) = self.attempt(read).await?;
        let note = |name: &str| notes.get(name).map(String::as_str);
        Ok(Known {
            trusted_key: guard(note(TRUSTED_KEY))?,
            strength: guard(note(STRENGTH))?,
            resume: note(RESUME).and_then(|text| text.parse().ok()),
            archive: note(ARCHIVE).map(str::to_owned),
            shown,
            allow_plain: note(ALLOW_PLAIN).is_some(),
            roster: note(ROSTER).and_then(written::read_roster),
            manners: note(PRIVACY_SETTINGS).map(written::read_manners).unwrap_or_default(),
            requests: note(REQUESTS).map(written::read_requests).unwrap_or_default(),
        })
    }

    /// Remembers one thing.
    pub(crate) async fn note(&self, jid: &BareJid, note: Note) {
        let jid = jid.to_string();
        let (name, value) = match note {
            Note::PinnedKey(key) => (TRUSTED_KEY, key.map(|key| key.to_string())),
            Note::Strength(strength) => (STRENGTH, strength.map(|strength| strength.to_string())),
            Note::Resume(resume) => (RESUME, resume.map(|resume| resume.to_string())),
            Note::AllowPlain => (ALLOW_PLAIN, Some("yes".to_owned())),
            Note::Roster(roster) => (ROSTER, written::roster(&roster)),
            Note::PrivacySettings(manners) => (PRIVACY_SETTINGS, written::manners(manners)),
            Note::Requests(requests) => (REQUESTS, written::requests(&requests)),
        };
        let value = value.map(Zeroizing::new);
        self.run(move |vault| {
            vault.save_note(&jid, name, value.as_ref().map(|value| value.as_str()))
        })
        .await;
    }

    /// Remembers how far an account's archive was read, and what it showed since.
    pub(crate) async fn save_archive(
        &self,
        jid: &BareJid,
        state: String,
        shown: Vec<ShownMessage>,
    ) {
        let jid = jid.to_string();
        self.run(move |vault| vault.save_archive(&jid, &state, &shown, SHOWN_MAX)).await;
    }

    /// Forgets an account and all that belongs to it.
    pub(crate) async fn forget_account(&self, jid: &BareJid) {
        let jid = jid.to_string();
        self.run(move |vault| vault.forget_account(&jid)).await;
    }

    /// The account's key and instance tag, made now if there are none. A key that can't be kept
    /// lives for this session only, which is told.
    ///
    /// # Errors
    /// [`VaultFailure::Damaged`] and whatever the keyring answers, if there may be a key that can't
    /// be read: another one would be a stranger's to every contact.
    pub(crate) async fn identity(&self, jid: &BareJid) -> Result<Identity, VaultFailure> {
        let account = jid.to_string();
        let read = move |vault: &Vault| {
            let instance = vault.account(&account)?.map(|record| record.instance_tag);
            let key = vault.otr_key(&account)?;
            let key = key.map(|bytes| PrivateKey::from_bytes(&bytes));
            Ok((instance, key.transpose().map_err(|_| VaultError::Damaged)?))
        };
        let (instance, key) = self.attempt(read).await?;
        let instance = instance
            .and_then(InstanceTag::new)
            .unwrap_or_else(|| InstanceTag::random(&mut rand::rng()));
        let key = match key {
            Some(key) => key,
            None => self.new_key(jid).await,
        };
        Ok(Identity { key, instance })
    }

    async fn new_key(&self, jid: &BareJid) -> PrivateKey {
        let make = || PrivateKey::generate(&mut rand::rng());
        let key = spawn_blocking(make).await.unwrap_or_else(|_| make());
        let (account, bytes) = (jid.to_string(), key.to_bytes());
        self.run(move |vault| vault.save_otr_key(&account, &bytes)).await;
        key
    }
}

/// What keeps somebody out, as it was written down.
fn guard<T: std::str::FromStr>(written: Option<&str>) -> Result<Option<T>, VaultFailure> {
    written.map(|text| text.parse().map_err(|_| VaultFailure::Damaged)).transpose()
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
