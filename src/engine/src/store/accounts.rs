//! What is remembered of accounts.

use otr::{InstanceTag, PrivateKey};
use tokio::task::spawn_blocking;
use vault::{AccountRecord, ServerRecord, VaultError};
use xmpp::{KnownRoster, Resume, Route, Server, Strength, TrustedKey};
use zeroize::Zeroizing;

use super::place::{self, Place};
use super::{Store, fresh_identity, written};
use crate::message::{BareJid, Manners};

/// An account that rests in the vault.
pub(crate) struct Resting {
    pub(crate) jid: BareJid,
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
    pub(crate) trusted_key: Option<TrustedKey>,
    /// How it signed in before.
    pub(crate) strength: Option<Strength>,
    /// The session of a process that ended without a word.
    pub(crate) resume: Option<Resume>,
    /// The last message of the archive that was seen.
    pub(crate) archive: Option<String>,
    /// Whether its server may be shown the password itself.
    pub(crate) allow_plain: bool,
    /// The contacts as they were last told.
    pub(crate) roster: Option<KnownRoster>,
    /// How much contacts are told.
    pub(crate) manners: Manners,
}

/// One thing that an account remembers.
#[derive(Clone, Debug)]
pub(crate) enum Note {
    TrustedKey(Option<TrustedKey>),
    Strength(Option<Strength>),
    Resume(Option<Resume>),
    Archive(Option<String>),
    AllowPlain,
    Roster(KnownRoster),
    Manners(Manners),
}

const ROUTE: &str = "route";
const TRUSTED_KEY: &str = "trusted-key";
const STRENGTH: &str = "strength";
const RESUME: &str = "resume";
const ARCHIVE: &str = "archive";
const ALLOW_PLAIN: &str = "allow-plain";
const ROSTER: &str = "roster";
const MANNERS: &str = "manners";

impl Store {
    /// The accounts that rest here and their passwords. One without a password is left out.
    pub(crate) async fn accounts(&self) -> Vec<Resting> {
        self.run(|vault| {
            let mut resting = Vec::new();
            for record in vault.accounts()? {
                let (Ok(jid), Some(password)) = (record.jid.parse(), vault.password(&record.jid)?)
                else {
                    continue;
                };
                let route = match vault.notes(&record.jid)?.get(ROUTE) {
                    // A way that can't be read is never taken for the open one.
                    Some(text) => place::read(text).ok_or(VaultError::Damaged)?,
                    None => Route::Direct,
                };
                let place = Place { server: from_record(record.server), route };
                resting.push(Resting { jid, place, password });
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

    /// What the account learnt. If that can't be read, nothing of it is known.
    pub(crate) async fn known(&self, jid: &BareJid) -> Known {
        let jid = jid.to_string();
        let notes = self.run(move |vault| vault.notes(&jid)).await.unwrap_or_default();
        let note = |name: &str| notes.get(name).map(String::as_str);
        Known {
            trusted_key: note(TRUSTED_KEY).and_then(|text| text.parse().ok()),
            strength: note(STRENGTH).and_then(|text| text.parse().ok()),
            resume: note(RESUME).and_then(|text| text.parse().ok()),
            archive: note(ARCHIVE).map(str::to_owned),
            allow_plain: note(ALLOW_PLAIN).is_some(),
            roster: note(ROSTER).and_then(written::read_roster),
            manners: note(MANNERS).map(written::read_manners).unwrap_or_default(),
        }
    }

    /// Remembers one thing.
    pub(crate) async fn note(&self, jid: &BareJid, note: Note) {
        let jid = jid.to_string();
        let (name, value) = match note {
            Note::TrustedKey(key) => (TRUSTED_KEY, key.map(|key| key.to_string())),
            Note::Strength(strength) => (STRENGTH, strength.map(|strength| strength.to_string())),
            Note::Resume(resume) => (RESUME, resume.map(|resume| resume.to_string())),
            Note::Archive(id) => (ARCHIVE, id),
            Note::AllowPlain => (ALLOW_PLAIN, Some("yes".to_owned())),
            Note::Roster(roster) => (ROSTER, written::roster(&roster)),
            Note::Manners(manners) => (MANNERS, written::manners(manners)),
        };
        let value = value.map(Zeroizing::new);
        self.run(move |vault| {
            vault.save_note(&jid, name, value.as_ref().map(|value| value.as_str()))
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
