//! The keys that contacts came with, and what the person decided about them.

use std::time::SystemTime;

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{OptionalExtension, Row, params};

use crate::value::Moment;
use crate::{Peer, Proof, Trust, Vault, VaultError};

/// One key of one contact, as seen from one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// Ours, a bare JID.
    pub account: String,
    /// Theirs, a bare JID.
    pub contact: String,
    /// SHA-1 of the public key (OTRv3, "Fingerprint").
    pub fingerprint: [u8; 20],
    /// What the person decided.
    pub trust: Trust,
    /// When it first came up.
    pub first_seen: SystemTime,
    /// When it last came up.
    pub last_seen: SystemTime,
}

/// A key that came up in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// As it rests now.
    pub key: KeyRecord,
    /// Whether it was never seen before.
    pub is_new: bool,
}

const COLUMNS: &str = "account, contact, fingerprint, proof, verified_at, first_seen, last_seen";

impl Vault {
    /// Every key, by account, contact and when it first came up.
    ///
    /// # Errors
    /// [`VaultError::Damaged`], [`VaultError::System`].
    pub fn keys(&self) -> Result<Vec<KeyRecord>, VaultError> {
        let database = self.database();
        let mut keys = database.prepare(&format!(
            "SELECT {COLUMNS} FROM contact_key ORDER BY account, contact, first_seen, fingerprint"
        ))?;
        let records = keys.query_map([], read)?.collect::<Result<_, _>>()?;
        Ok(records)
    }

    /// One key of one contact, if it ever came up.
    ///
    /// # Errors
    /// [`VaultError::Damaged`], [`VaultError::System`].
    pub fn key(
        &self,
        peer: Peer<'_>,
        fingerprint: [u8; 20],
    ) -> Result<Option<KeyRecord>, VaultError> {
        let record = self
            .database()
            .query_row(
                &format!(
                    "SELECT {COLUMNS} FROM contact_key
                     WHERE account = ?1 AND contact = ?2 AND fingerprint = ?3"
                ),
                params![peer.account, peer.contact, fingerprint],
                read,
            )
            .optional()?;
        Ok(record)
    }

    /// Notes that a key came up. A new one is unverified; of a known one only `last_seen` moves,
    /// and only forwards.
    ///
    /// # Errors
    /// [`VaultError::DiskFull`], [`VaultError::Damaged`], [`VaultError::System`].
    pub fn saw_key(
        &self,
        peer: Peer<'_>,
        fingerprint: [u8; 20],
        at: SystemTime,
    ) -> Result<Sighting, VaultError> {
        let mut database = self.database();
        let transaction = database.transaction()?;
        let inserted = transaction.execute(
            "INSERT OR IGNORE INTO contact_key
                 (account, contact, fingerprint, first_seen, last_seen)
             VALUES (?1, ?2, ?3, ?4, ?4)",
            params![peer.account, peer.contact, fingerprint, Moment(at)],
        )?;
        let key = transaction.query_row(
            &format!(
                "UPDATE contact_key SET last_seen = max(last_seen, ?4)
                 WHERE account = ?1 AND contact = ?2 AND fingerprint = ?3
                 RETURNING {COLUMNS}"
            ),
            params![peer.account, peer.contact, fingerprint, Moment(at)],
            read,
        )?;
        transaction.commit()?;
        Ok(Sighting { key, is_new: inserted == 1 })
    }

    /// Remembers what the person decided about a key. Returns whether it is known; nothing is
    /// remembered of one that never came up.
    ///
    /// # Errors
    /// [`VaultError::DiskFull`], [`VaultError::Damaged`], [`VaultError::System`].
    pub fn set_trust(
        &self,
        peer: Peer<'_>,
        fingerprint: [u8; 20],
        trust: Trust,
    ) -> Result<bool, VaultError> {
        let (proof, verified_at) = match trust {
            Trust::Unverified => (None, None),
            Trust::Verified { proof, at } => (Some(proof), Some(Moment(at))),
        };
        let changed = self.database().execute(
            "UPDATE contact_key SET proof = ?4, verified_at = ?5
             WHERE account = ?1 AND contact = ?2 AND fingerprint = ?3",
            params![peer.account, peer.contact, fingerprint, proof, verified_at],
        )?;
        Ok(changed == 1)
    }

    /// Forgets a key and what was decided about it.
    ///
    /// # Errors
    /// [`VaultError::DiskFull`], [`VaultError::Damaged`], [`VaultError::System`].
    pub fn forget_key(&self, peer: Peer<'_>, fingerprint: [u8; 20]) -> Result<(), VaultError> {
        self.database().execute(
            "DELETE FROM contact_key WHERE account = ?1 AND contact = ?2 AND fingerprint = ?3",
            params![peer.account, peer.contact, fingerprint],
        )?;
        Ok(())
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<KeyRecord> {
    let trust = match row.get("proof")? {
        None => Trust::Unverified,
        Some(proof) => Trust::Verified { proof, at: row.get::<_, Moment>("verified_at")?.0 },
    };
    Ok(KeyRecord {
        account: row.get("account")?,
        contact: row.get("contact")?,
        fingerprint: row.get("fingerprint")?,
        trust,
        first_seen: row.get::<_, Moment>("first_seen")?.0,
        last_seen: row.get::<_, Moment>("last_seen")?.0,
    })
}

impl ToSql for Proof {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Question => "question",
            Self::SharedSecret => "shared secret",
            Self::Compared => "compared",
            Self::Imported => "imported",
        }
        .into())
    }
}

impl FromSql for Proof {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_str()? {
            "question" => Ok(Self::Question),
            "shared secret" => Ok(Self::SharedSecret),
            "compared" => Ok(Self::Compared),
            "imported" => Ok(Self::Imported),
            _ => Err(FromSqlError::InvalidType),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::MemorySecrets;

    const PEER: Peer<'_> =
        Peer { account: "juliet@capulet.example", contact: "romeo@montague.example" };
    const KEY: [u8; 20] = [0xAB; 20];

    fn vault() -> Vault {
        Vault::in_memory(Arc::new(MemorySecrets::default())).unwrap()
    }

    fn day(number: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(number * 86_400)
    }

    #[test]
    fn a_key_is_new_once_and_starts_unverified() {
        let vault = vault();
        assert_eq!(vault.key(PEER, KEY).unwrap(), None);
        let first = vault.saw_key(PEER, KEY, day(1)).unwrap();
        assert!(first.is_new);
        assert_eq!(first.key.trust, Trust::Unverified);
        assert_eq!((first.key.first_seen, first.key.last_seen), (day(1), day(1)));
        let second = vault.saw_key(PEER, KEY, day(2)).unwrap();
        assert!(!second.is_new);
        assert_eq!((second.key.first_seen, second.key.last_seen), (day(1), day(2)));
        assert_eq!(vault.key(PEER, KEY).unwrap(), Some(second.key.clone()));
        assert_eq!(vault.keys().unwrap(), [second.key]);
    }

    #[test]
    fn a_clock_set_back_does_not_move_a_key_back() {
        let vault = vault();
        vault.saw_key(PEER, KEY, day(2)).unwrap();
        let again = vault.saw_key(PEER, KEY, day(1)).unwrap();
        assert_eq!((again.key.first_seen, again.key.last_seen), (day(2), day(2)));
    }

    #[test]
    fn every_decision_comes_back_and_survives_a_sighting() {
        let vault = vault();
        vault.saw_key(PEER, KEY, day(1)).unwrap();
        let verified = |proof| Trust::Verified { proof, at: day(2) };
        for trust in [
            verified(Proof::Question),
            verified(Proof::SharedSecret),
            verified(Proof::Compared),
            verified(Proof::Imported),
            Trust::Unverified,
        ] {
            assert!(vault.set_trust(PEER, KEY, trust).unwrap());
            assert_eq!(vault.key(PEER, KEY).unwrap().unwrap().trust, trust);
            assert_eq!(vault.saw_key(PEER, KEY, day(3)).unwrap().key.trust, trust);
        }
    }

    #[test]
    fn a_key_that_never_came_up_cannot_be_trusted() {
        let vault = vault();
        let trust = Trust::Verified { proof: Proof::Compared, at: day(1) };
        assert!(!vault.set_trust(PEER, KEY, trust).unwrap());
        assert!(vault.keys().unwrap().is_empty());
    }

    #[test]
    fn trust_is_for_one_key_of_one_contact_of_one_account() {
        let vault = vault();
        let others = [
            (PEER, [0xAC; 20]),
            (Peer { contact: "paris@verona.example", ..PEER }, KEY),
            (Peer { account: "nurse@capulet.example", ..PEER }, KEY),
            (Peer { account: PEER.contact, contact: PEER.account }, KEY),
        ];
        vault.saw_key(PEER, KEY, day(1)).unwrap();
        for (peer, key) in others {
            assert!(vault.saw_key(peer, key, day(1)).unwrap().is_new);
        }
        let trust = Trust::Verified { proof: Proof::Compared, at: day(1) };
        vault.set_trust(PEER, KEY, trust).unwrap();
        for (peer, key) in others {
            assert_eq!(vault.key(peer, key).unwrap().unwrap().trust, Trust::Unverified);
        }
    }

    #[test]
    fn a_forgotten_key_is_new_again() {
        let vault = vault();
        vault.saw_key(PEER, KEY, day(1)).unwrap();
        vault.saw_key(PEER, [1; 20], day(1)).unwrap();
        let trust = Trust::Verified { proof: Proof::Compared, at: day(1) };
        vault.set_trust(PEER, KEY, trust).unwrap();
        vault.forget_key(PEER, KEY).unwrap();
        assert_eq!(vault.keys().unwrap().len(), 1);
        let again = vault.saw_key(PEER, KEY, day(2)).unwrap();
        assert!(again.is_new);
        assert_eq!(again.key.trust, Trust::Unverified);
    }
}
