//! The keys that contacts came with, and what the person decided about them.

use std::time::SystemTime;

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{OptionalExtension, Row, params};

use crate::value::Moment;
use crate::{Doubt, Peer, Proof, Trust, Vault, VaultError};

/// So many keys of one contact wait for a decision; of more, those go that came up longest ago.
pub const UNDECIDED_KEYS_MAX: usize = 32;

/// One key of one contact, as seen from one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// Ours, a bare JID.
    pub account: String,
    /// Theirs, a bare JID.
    pub contact: String,
    /// SHA-1 of the public key (OTRv3, "Fingerprint").
    pub fingerprint: Vec<u8>,
    /// What the person decided.
    pub trust: Trust,
    /// Whether the person took trust in it back, or doubted it, and has not made sure of it since.
    pub distrusted: bool,
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

const COLUMNS: &str = "account, contact, fingerprint, decision, decided_at, distrusted, first_seen, \
                       last_seen";

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

    /// Every key of one contact, by when it first came up.
    ///
    /// # Errors
    /// [`VaultError::Damaged`], [`VaultError::System`].
    pub fn keys_of(&self, peer: Peer<'_>) -> Result<Vec<KeyRecord>, VaultError> {
        let database = self.database();
        let mut keys = database.prepare(&format!(
            "SELECT {COLUMNS} FROM contact_key WHERE account = ?1 AND contact = ?2
             ORDER BY first_seen, fingerprint"
        ))?;
        let records = keys.query_map([peer.account, peer.contact], read)?;
        Ok(records.collect::<Result<_, _>>()?)
    }

    /// One key of one contact, if it ever came up.
    ///
    /// # Errors
    /// [`VaultError::Damaged`], [`VaultError::System`].
    pub fn key(&self, peer: Peer<'_>, fingerprint: &[u8]) -> Result<Option<KeyRecord>, VaultError> {
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

    /// Notes that a key came up. The first of a contact is [`Trust::First`], a further one
    /// [`Trust::Undecided`]; of a known one only `last_seen` moves, and only forwards.
    ///
    /// # Errors
    /// [`VaultError::DiskFull`], [`VaultError::Damaged`], [`VaultError::System`].
    pub fn saw_key(
        &self,
        peer: Peer<'_>,
        fingerprint: &[u8],
        at: SystemTime,
    ) -> Result<Sighting, VaultError> {
        let mut database = self.database();
        let transaction = database.transaction()?;
        // One that was forgotten counts: whatever comes next is not the first.
        let is_known: bool = transaction.query_row(
            "SELECT EXISTS (SELECT 1 FROM contact_key WHERE account = ?1 AND contact = ?2)
                 OR EXISTS (SELECT 1 FROM note WHERE account = ?1 AND name = ?3)",
            params![peer.account, peer.contact, forgotten(peer)],
            |row| row.get(0),
        )?;
        let decision = if !is_known { Decision::First } else { Decision::Undecided };
        let inserted = transaction.execute(
            "INSERT OR IGNORE INTO contact_key
                 (account, contact, fingerprint, decision, first_seen, last_seen)
             VALUES (?1, ?2, ?3, ?5, ?4, ?4)",
            params![peer.account, peer.contact, fingerprint, Moment(at), decision],
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
        transaction.execute(
            "DELETE FROM contact_key
             WHERE account = ?1 AND contact = ?2 AND fingerprint IN (
                 SELECT fingerprint FROM contact_key
                 WHERE account = ?1 AND contact = ?2 AND decision = ?3 AND NOT distrusted
                   AND fingerprint <> ?4
                 ORDER BY last_seen DESC LIMIT -1 OFFSET ?5)",
            params![
                peer.account,
                peer.contact,
                Decision::Undecided,
                fingerprint,
                // Beside the one that came up now.
                u32::try_from(UNDECIDED_KEYS_MAX.saturating_sub(1)).unwrap_or(u32::MAX)
            ],
        )?;
        transaction.commit()?;
        Ok(Sighting { key, is_new: inserted == 1 })
    }

    /// Remembers what the person decided about a key. Returns whether it is known; nothing is
    /// remembered of one that never came up. A key that is undecided or the first again, after
    /// anything else was decided, is distrusted.
    ///
    /// # Errors
    /// [`VaultError::DiskFull`], [`VaultError::Damaged`], [`VaultError::System`].
    pub fn set_trust(
        &self,
        peer: Peer<'_>,
        fingerprint: &[u8],
        trust: Trust,
    ) -> Result<bool, VaultError> {
        let taken_back = "distrusted OR decision NOT IN ('undecided', 'first')";
        let (decision, at, distrusted) = match trust {
            Trust::Undecided => (Decision::Undecided, None, taken_back),
            Trust::First => (Decision::First, None, taken_back),
            Trust::Accepted { at } => (Decision::Accepted, Some(at), "distrusted"),
            Trust::Verified { proof, at } => (Decision::Verified(proof), Some(at), "FALSE"),
            Trust::Doubted { doubt, at } => (Decision::Doubted(doubt), Some(at), "TRUE"),
        };
        let changed = self.database().execute(
            &format!(
                "UPDATE contact_key SET decision = ?4, decided_at = ?5, distrusted = {distrusted}
                 WHERE account = ?1 AND contact = ?2 AND fingerprint = ?3"
            ),
            params![peer.account, peer.contact, fingerprint, decision, at.map(Moment)],
        )?;
        Ok(changed == 1)
    }

    /// Forgets a key and what was decided about it. That the contact had one is remembered: if it
    /// comes again, or another does, it counts as new.
    ///
    /// # Errors
    /// [`VaultError::DiskFull`], [`VaultError::Damaged`], [`VaultError::System`].
    pub fn forget_key(&self, peer: Peer<'_>, fingerprint: &[u8]) -> Result<(), VaultError> {
        let mut database = self.database();
        let transaction = database.transaction()?;
        let deleted = transaction.execute(
            "DELETE FROM contact_key WHERE account = ?1 AND contact = ?2 AND fingerprint = ?3",
            params![peer.account, peer.contact, fingerprint],
        )?;
        if deleted > 0 {
            transaction.execute(
                "INSERT OR IGNORE INTO note (account, name, value) VALUES (?1, ?2, 'yes')",
                params![peer.account, forgotten(peer)],
            )?;
        }
        transaction.commit()?;
        Ok(())
    }
}

/// The note that a key of the contact was forgotten.
fn forgotten(peer: Peer<'_>) -> String {
    format!("key-forgotten {}", peer.contact)
}

fn read(row: &Row<'_>) -> rusqlite::Result<KeyRecord> {
    let at = || Ok::<_, rusqlite::Error>(row.get::<_, Moment>("decided_at")?.0);
    let trust = match row.get("decision")? {
        Decision::Undecided => Trust::Undecided,
        Decision::First => Trust::First,
        Decision::Accepted => Trust::Accepted { at: at()? },
        Decision::Verified(proof) => Trust::Verified { proof, at: at()? },
        Decision::Doubted(doubt) => Trust::Doubted { doubt, at: at()? },
    };
    Ok(KeyRecord {
        account: row.get("account")?,
        contact: row.get("contact")?,
        fingerprint: row.get("fingerprint")?,
        trust,
        distrusted: row.get("distrusted")?,
        first_seen: row.get::<_, Moment>("first_seen")?.0,
        last_seen: row.get::<_, Moment>("last_seen")?.0,
    })
}

/// What was decided about a key, as it is written down.
enum Decision {
    Undecided,
    First,
    Accepted,
    Verified(Proof),
    Doubted(Doubt),
}

impl ToSql for Decision {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Undecided => "undecided",
            Self::First => "first",
            Self::Accepted => "accepted",
            Self::Verified(Proof::Question) => "question",
            Self::Verified(Proof::SharedSecret) => "shared secret",
            Self::Verified(Proof::Compared) => "compared",
            Self::Verified(Proof::Imported) => "imported",
            Self::Doubted(Doubt::Differs) => "differs",
            Self::Doubted(Doubt::NotMatched) => "not matched",
            Self::Doubted(Doubt::Withdrawn) => "withdrawn",
        }
        .into())
    }
}

impl FromSql for Decision {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_str()? {
            "undecided" => Ok(Self::Undecided),
            "first" => Ok(Self::First),
            "accepted" => Ok(Self::Accepted),
            "question" => Ok(Self::Verified(Proof::Question)),
            "shared secret" => Ok(Self::Verified(Proof::SharedSecret)),
            "compared" => Ok(Self::Verified(Proof::Compared)),
            "imported" => Ok(Self::Verified(Proof::Imported)),
            "differs" => Ok(Self::Doubted(Doubt::Differs)),
            "not matched" => Ok(Self::Doubted(Doubt::NotMatched)),
            "withdrawn" => Ok(Self::Doubted(Doubt::Withdrawn)),
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
    fn the_first_key_of_a_contact_is_new_once_and_accepted_as_the_first() {
        let vault = vault();
        assert_eq!(vault.key(PEER, &KEY).unwrap(), None);
        let first = vault.saw_key(PEER, &KEY, day(1)).unwrap();
        assert!(first.is_new);
        assert_eq!(first.key.trust, Trust::First);
        assert_eq!((first.key.first_seen, first.key.last_seen), (day(1), day(1)));
        let second = vault.saw_key(PEER, &KEY, day(2)).unwrap();
        assert!(!second.is_new);
        assert_eq!((second.key.first_seen, second.key.last_seen), (day(1), day(2)));
        assert_eq!(vault.key(PEER, &KEY).unwrap(), Some(second.key.clone()));
        assert_eq!(vault.keys().unwrap(), [second.key]);
    }

    #[test]
    fn a_clock_set_back_does_not_move_a_key_back() {
        let vault = vault();
        vault.saw_key(PEER, &KEY, day(2)).unwrap();
        let again = vault.saw_key(PEER, &KEY, day(1)).unwrap();
        assert_eq!((again.key.first_seen, again.key.last_seen), (day(2), day(2)));
    }

    #[test]
    fn every_decision_comes_back_and_survives_a_sighting() {
        let vault = vault();
        vault.saw_key(PEER, &KEY, day(1)).unwrap();
        let verified = |proof| Trust::Verified { proof, at: day(2) };
        for trust in [
            verified(Proof::Question),
            verified(Proof::SharedSecret),
            verified(Proof::Compared),
            verified(Proof::Imported),
            Trust::Doubted { doubt: Doubt::Differs, at: day(2) },
            Trust::Doubted { doubt: Doubt::NotMatched, at: day(2) },
            Trust::Doubted { doubt: Doubt::Withdrawn, at: day(2) },
            Trust::Accepted { at: day(2) },
            Trust::Undecided,
            Trust::First,
        ] {
            assert!(vault.set_trust(PEER, &KEY, trust).unwrap());
            assert_eq!(vault.key(PEER, &KEY).unwrap().unwrap().trust, trust);
            assert_eq!(vault.saw_key(PEER, &KEY, day(3)).unwrap().key.trust, trust);
        }
    }

    #[test]
    fn a_key_is_distrusted_from_the_doubt_or_the_withdrawal_until_somebody_makes_sure_of_it() {
        let doubted = Trust::Doubted { doubt: Doubt::Differs, at: day(2) };
        let verified = Trust::Verified { proof: Proof::Compared, at: day(2) };
        let accepted = Trust::Accepted { at: day(2) };
        let vault = vault();
        vault.saw_key(PEER, &KEY, day(1)).unwrap();
        for (trust, distrusted) in [
            (Trust::First, false),
            (Trust::Undecided, false),
            (accepted, false),
            (Trust::Undecided, true),
            (Trust::Undecided, true),
            (accepted, true),
            (verified, false),
            (Trust::First, true),
            (verified, false),
            (doubted, true),
            (accepted, true),
        ] {
            vault.set_trust(PEER, &KEY, trust).unwrap();
            assert_eq!(vault.key(PEER, &KEY).unwrap().unwrap().distrusted, distrusted, "{trust:?}");
            assert_eq!(vault.saw_key(PEER, &KEY, day(3)).unwrap().key.distrusted, distrusted);
        }
        vault.forget_key(PEER, &KEY).unwrap();
        assert!(!vault.saw_key(PEER, &KEY, day(4)).unwrap().key.distrusted);
    }

    #[test]
    fn a_key_that_never_came_up_cannot_be_trusted() {
        let vault = vault();
        let trust = Trust::Verified { proof: Proof::Compared, at: day(1) };
        assert!(!vault.set_trust(PEER, &KEY, trust).unwrap());
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
        vault.saw_key(PEER, &KEY, day(1)).unwrap();
        for (peer, key) in others {
            assert!(vault.saw_key(peer, &key, day(1)).unwrap().is_new);
        }
        let trust = Trust::Verified { proof: Proof::Compared, at: day(1) };
        vault.set_trust(PEER, &KEY, trust).unwrap();
        for (peer, key) in others {
            let trust = vault.key(peer, &key).unwrap().unwrap().trust;
            assert!(matches!(trust, Trust::First | Trust::Undecided), "{trust:?}");
        }
    }

    #[test]
    fn a_forgotten_key_is_new_again() {
        let vault = vault();
        vault.saw_key(PEER, &KEY, day(1)).unwrap();
        vault.saw_key(PEER, &[1; 20], day(1)).unwrap();
        let trust = Trust::Verified { proof: Proof::Compared, at: day(1) };
        vault.set_trust(PEER, &KEY, trust).unwrap();
        vault.forget_key(PEER, &KEY).unwrap();
        assert_eq!(vault.keys().unwrap().len(), 1);
        let again = vault.saw_key(PEER, &KEY, day(2)).unwrap();
        assert!(again.is_new);
        assert_eq!(again.key.trust, Trust::Undecided);
    }

    #[test]
    fn a_further_key_waits_for_a_decision_whatever_was_decided_about_the_first() {
        for trust in [
            Trust::First,
            Trust::Verified { proof: Proof::Compared, at: day(1) },
            Trust::Doubted { doubt: Doubt::Differs, at: day(1) },
        ] {
            let vault = vault();
            vault.saw_key(PEER, &KEY, day(1)).unwrap();
            vault.set_trust(PEER, &KEY, trust).unwrap();
            let further = vault.saw_key(PEER, &[1; 20], day(2)).unwrap();
            assert_eq!(further.key.trust, Trust::Undecided);
            let other = Peer { contact: "paris@verona.example", ..PEER };
            assert_eq!(vault.saw_key(other, &[1; 20], day(2)).unwrap().key.trust, Trust::First);
            assert_eq!(vault.keys_of(PEER).unwrap().len(), 2);
        }
    }

    #[test]
    fn of_too_many_undecided_keys_the_oldest_go_and_no_other() {
        let vault = vault();
        let decided = [Trust::First, Trust::Accepted { at: day(1) }, Trust::Undecided];
        let keys = [KEY, [1; 20], [2; 20]];
        for (key, trust) in keys.into_iter().zip(decided) {
            vault.saw_key(PEER, &key, day(0)).unwrap();
            vault.set_trust(PEER, &key, Trust::Accepted { at: day(0) }).unwrap();
            vault.set_trust(PEER, &key, trust).unwrap();
        }
        let key = |number: u32| {
            let mut key = [0xEE; 20];
            key[..4].copy_from_slice(&number.to_be_bytes());
            key
        };
        for number in 0..=u32::try_from(UNDECIDED_KEYS_MAX).unwrap() {
            assert_eq!(vault.keys_of(PEER).unwrap().len(), 3 + number as usize);
            vault.saw_key(PEER, &key(number), day(1 + u64::from(number))).unwrap();
        }
        assert_eq!(vault.keys_of(PEER).unwrap().len(), 3 + UNDECIDED_KEYS_MAX);
        assert_eq!(vault.key(PEER, &key(0)).unwrap(), None);
        for (key, trust) in keys.into_iter().zip(decided) {
            assert_eq!(vault.key(PEER, &key).unwrap().unwrap().trust, trust);
        }
        // A clock set back does not lose the one that came up now.
        vault.saw_key(PEER, &key(0), day(0)).unwrap();
        assert!(vault.key(PEER, &key(0)).unwrap().is_some());
    }
}
