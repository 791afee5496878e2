//! What was received and that nobody has read yet. It rests here until somebody has.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::{OptionalExtension as _, Row, params};
use zeroize::Zeroizing;

use crate::value::{Moment, Number};
use crate::{Peer, Vault, VaultError, schema};

/// A received text.
#[derive(Clone, PartialEq, Eq)]
pub struct UnreadRecord {
    /// Ours, a bare JID.
    pub account: String,
    /// Theirs, a bare JID.
    pub contact: String,
    /// Names it, unlike any other here; the later one is the greater one.
    pub number: u64,
    /// What they wrote.
    pub text: Zeroizing<String>,
    /// When.
    pub at: SystemTime,
    /// How it travelled, in a word of the caller's.
    pub way: String,
    /// The fingerprint of the key it came under, if any. Bytes that are no fingerprint stand for none.
    pub key: Option<Vec<u8>>,
    /// What it is called.
    pub id: Option<String>,
    /// The id of an earlier message that it corrects.
    pub replaces: Option<String>,
    /// Where it belongs, in words of the caller's, if that is not behind what came before.
    pub place: Option<String>,
}

impl fmt::Debug for UnreadRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnreadRecord").field("number", &self.number).finish_non_exhaustive()
    }
}

impl Vault {
    /// What a contact wrote that nobody has read, oldest first.
    ///
    /// # Errors
    /// [`VaultError::Damaged`], [`VaultError::System`].
    pub fn unread_of(&self, peer: Peer<'_>) -> Result<Vec<UnreadRecord>, VaultError> {
        let database = self.database();
        let mut unread = database.prepare(
            "SELECT account, contact, number, text, at, way, key, id, replaces, place FROM unread
             WHERE account = ?1 AND contact = ?2 ORDER BY number",
        )?;
        let records = unread.query_map([peer.account, peer.contact], read)?;
        Ok(records.collect::<Result<_, _>>()?)
    }

    /// Whose texts rest here with an account, by contact.
    ///
    /// # Errors
    /// [`VaultError::Damaged`], [`VaultError::System`].
    pub fn unread_contacts(&self, account: &str) -> Result<Vec<String>, VaultError> {
        let database = self.database();
        let question = "SELECT contact FROM unread WHERE account = ?1
                        GROUP BY contact ORDER BY min(number)";
        let mut contacts = database.prepare(question)?;
        let contacts = contacts.query_map([account], |row| row.get(0))?;
        Ok(contacts.collect::<Result<_, _>>()?)
    }

    /// The greatest number there is; 0 if none.
    ///
    /// # Errors
    /// [`VaultError::Damaged`], [`VaultError::System`].
    pub fn last_unread(&self) -> Result<u64, VaultError> {
        let question = "SELECT number FROM unread ORDER BY number DESC LIMIT 1";
        let last = self.database().query_row(question, [], |row| row.get(0)).optional()?;
        Ok(last.map_or(0, |Number(last)| last))
    }

    /// Forgets one, read or not.
    ///
    /// # Errors
    /// [`VaultError::DiskFull`], [`VaultError::Damaged`], [`VaultError::System`].
    pub fn forget_unread(&self, number: u64) -> Result<(), VaultError> {
        self.database().execute("DELETE FROM unread WHERE number = ?1", [Number(number)])?;
        Ok(())
    }

    /// Keeps these until they are read, all or none.
    ///
    /// # Errors
    /// [`VaultError::DiskFull`], [`VaultError::Damaged`], [`VaultError::System`].
    pub fn keep_unread(&self, records: &[UnreadRecord]) -> Result<(), VaultError> {
        let mut database = self.database();
        let transaction = database.transaction()?;
        {
            let mut insert = transaction.prepare(
                "REPLACE INTO unread
                     (account, contact, number, text, at, way, key, id, replaces, place)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?;
            for record in records {
                insert.execute(params![
                    record.account,
                    record.contact,
                    Number(record.number),
                    record.text.as_str(),
                    Moment(record.at),
                    record.way,
                    record.key,
                    record.id,
                    record.replaces,
                    record.place,
                ])?;
            }
        }
        transaction.commit()?;
        schema::wipe_last_row(&mut database)
    }

    /// What a contact wrote was read, up to this number: it is overwritten where it rested.
    ///
    /// # Errors
    /// [`VaultError::DiskFull`], [`VaultError::Damaged`], [`VaultError::System`].
    pub fn read_until(&self, peer: Peer<'_>, number: u64) -> Result<(), VaultError> {
        self.database().execute(
            "DELETE FROM unread WHERE account = ?1 AND contact = ?2 AND number <= ?3",
            params![peer.account, peer.contact, Number(number)],
        )?;
        Ok(())
    }
}

/// What can't be read of one message hides neither the message nor the others.
fn read(row: &Row<'_>) -> rusqlite::Result<UnreadRecord> {
    Ok(UnreadRecord {
        account: row.get("account")?,
        contact: row.get("contact")?,
        number: row.get::<_, Number>("number")?.0,
        text: Zeroizing::new(row.get("text")?),
        at: row.get("at").map_or(UNIX_EPOCH, |Moment(at)| at),
        way: row.get("way").unwrap_or_default(),
        key: row.get("key").unwrap_or_default(),
        id: row.get("id").unwrap_or_default(),
        replaces: row.get("replaces").unwrap_or_default(),
        place: row.get("place").unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::MemorySecrets;

    const PEER: Peer<'_> =
        Peer { account: "juliet@capulet.example", contact: "romeo@montague.example" };

    fn vault() -> Vault {
        Vault::in_memory(Arc::new(MemorySecrets::default())).unwrap()
    }

    fn record(number: u64, text: &str) -> UnreadRecord {
        UnreadRecord {
            account: PEER.account.to_owned(),
            contact: PEER.contact.to_owned(),
            number,
            text: Zeroizing::new(text.to_owned()),
            at: UNIX_EPOCH + Duration::new(1_800_000_000, 5),
            way: "private".to_owned(),
            key: Some(vec![0xAB; 20]),
            id: Some("an id".to_owned()),
            replaces: Some("another".to_owned()),
            place: Some("1 2 3".to_owned()),
        }
    }

    #[test]
    fn what_nobody_read_comes_back_whole_and_in_order_and_is_gone_once_read() {
        let vault = vault();
        let plain = UnreadRecord { key: None, id: None, replaces: None, ..record(2, "") };
        let nurse = UnreadRecord { contact: "nurse@capulet.example".to_owned(), ..record(1, "a") };
        let all = [record(7, "good night\n\u{1F339}"), plain, nurse.clone()];
        assert_eq!(vault.last_unread().unwrap(), 0);
        vault.keep_unread(&all).unwrap();
        let [late, early, _] = all;
        assert_eq!(vault.unread_of(PEER).unwrap(), [early, late.clone()]);
        assert_eq!(vault.last_unread().unwrap(), 7);
        assert_eq!(vault.unread_contacts(PEER.account).unwrap(), [&nurse.contact, PEER.contact]);
        assert!(vault.unread_contacts("paris@verona.example").unwrap().is_empty());
        vault.read_until(PEER, 6).unwrap();
        assert_eq!(vault.unread_of(PEER).unwrap(), [late]);
        vault.read_until(PEER, 7).unwrap();
        assert!(vault.unread_of(PEER).unwrap().is_empty());
        let other = Peer { contact: &nurse.contact, ..PEER };
        assert_eq!(vault.unread_of(other).unwrap(), [nurse]);
    }

    #[test]
    fn a_text_of_which_a_part_cannot_be_read_is_there() {
        let vault = vault();
        vault.keep_unread(&[record(1, "good night"), record(2, "and again")]).unwrap();
        let change = "UPDATE unread SET at = -1, key = x'ab' WHERE number = 1";
        vault.database().execute(change, []).unwrap();
        let key = Some(vec![0xAB]);
        let damaged = UnreadRecord { at: UNIX_EPOCH, key, ..record(1, "good night") };
        assert_eq!(vault.unread_of(PEER).unwrap(), [damaged, record(2, "and again")]);
    }

    #[test]
    fn a_text_is_not_printed() {
        assert!(!format!("{:?}", record(1, "good night")).contains("good"));
    }
}
