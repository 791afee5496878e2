//! What was typed and is not known to have arrived.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::{Row, params};
use zeroize::Zeroizing;

use crate::value::Moment;
use crate::{Peer, Vault, VaultError, schema};

/// A message that waits. It goes out only as it was meant: to `meant_for`, or readably where the
/// person allowed that.
#[derive(Clone, PartialEq, Eq)]
pub struct OutboxRecord {
    /// Ours, a bare JID.
    pub account: String,
    /// Theirs, a bare JID.
    pub contact: String,
    /// Names the message, unlike any other.
    pub id: String,
    /// What was typed.
    pub text: Zeroizing<String>,
    /// When it was typed.
    pub at: SystemTime,
    /// The fingerprint of the only key it may go to; `None` if none was there when it was typed.
    /// Bytes that are no fingerprint stand for a key that nobody has.
    pub meant_for: Option<Vec<u8>>,
    /// Whether the person saw an open padlock when they sent it.
    pub plain_allowed: bool,
    /// The id of an earlier message that it corrects.
    pub replaces: Option<String>,
    /// Why it came back, in a word of the caller's, if it did: then it goes again only if the person
    /// says so. An empty word: nobody knows.
    pub failure: Option<String>,
    /// Whether it was sent before, and may have arrived twice.
    pub resent: bool,
}

impl fmt::Debug for OutboxRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutboxRecord").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Vault {
    /// All that waits, in the order it was first put in.
    ///
    /// # Errors
    /// [`VaultError::Damaged`], [`VaultError::System`].
    pub fn outbox(&self) -> Result<Vec<OutboxRecord>, VaultError> {
        let database = self.database();
        let mut outbox = database.prepare(&format!("{SELECT} ORDER BY place"))?;
        let records = outbox.query_map([], read)?.collect::<Result<_, _>>()?;
        Ok(records)
    }

    /// What waits for one contact, in the order it was first put in. No other text is read.
    ///
    /// # Errors
    /// [`VaultError::Damaged`], [`VaultError::System`].
    pub fn outbox_for(&self, peer: Peer<'_>) -> Result<Vec<OutboxRecord>, VaultError> {
        let database = self.database();
        let question = format!("{SELECT} WHERE account = ?1 AND contact = ?2 ORDER BY place");
        let mut outbox = database.prepare(&question)?;
        let records = outbox.query_map([peer.account, peer.contact], read)?;
        Ok(records.collect::<Result<_, _>>()?)
    }

    /// For whom of an account something waits, and what it is called: contact and id, in the order
    /// it was first put in. No text is read.
    ///
    /// # Errors
    /// [`VaultError::Damaged`], [`VaultError::System`].
    pub fn outbox_names(&self, account: &str) -> Result<Vec<(String, String)>, VaultError> {
        let database = self.database();
        let question = "SELECT contact, id FROM outbox WHERE account = ?1 ORDER BY place";
        let mut outbox = database.prepare(question)?;
        let names = outbox.query_map([account], |row| Ok((row.get("contact")?, row.get("id")?)))?;
        Ok(names.collect::<Result<_, _>>()?)
    }

    /// Puts a message in; one with the same id is replaced and keeps its place. A draft of the same
    /// text is what was sent, and is wiped along with it.
    ///
    /// # Errors
    /// [`VaultError::DiskFull`], [`VaultError::Damaged`], [`VaultError::System`].
    pub fn put(&self, message: &OutboxRecord) -> Result<(), VaultError> {
        self.write(message, false)
    }

    /// The same for one that was typed just now: a draft that is its beginning is wiped along with
    /// it.
    ///
    /// # Errors
    /// [`VaultError::DiskFull`], [`VaultError::Damaged`], [`VaultError::System`].
    pub fn put_new(&self, message: &OutboxRecord) -> Result<(), VaultError> {
        self.write(message, true)
    }

    fn write(&self, message: &OutboxRecord, is_new: bool) -> Result<(), VaultError> {
        let mut database = self.database();
        let transaction = database.transaction()?;
        transaction.execute(
            "INSERT INTO outbox
                 (account, contact, id, text, at, meant_for, plain_allowed, replaces, failure,
                  resent)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             ON CONFLICT (id) DO UPDATE SET
                 account = ?1, contact = ?2, text = ?4, at = ?5, meant_for = ?6, plain_allowed = ?7,
                 replaces = ?8, failure = ?9, failed = FALSE, resent = ?10",
            params![
                message.account,
                message.contact,
                message.id,
                message.text.as_str(),
                Moment(message.at),
                message.meant_for,
                message.plain_allowed,
                message.replaces,
                message.failure,
                message.resent,
            ],
        )?;
        transaction.execute(
            "DELETE FROM draft WHERE account = ?1 AND contact = ?2
                 AND (text = ?3 OR (?4 AND substr(?3, 1, length(text)) = text))",
            params![message.account, message.contact, message.text.as_str(), is_new],
        )?;
        transaction.commit()?;
        schema::wipe_last_row(&mut database)
    }

    /// Takes a message out and overwrites where it rested; one that is not there is fine.
    ///
    /// # Errors
    /// [`VaultError::DiskFull`], [`VaultError::Damaged`], [`VaultError::System`].
    pub fn remove(&self, id: &str) -> Result<(), VaultError> {
        self.database().execute("DELETE FROM outbox WHERE id = ?1", [id])?;
        Ok(())
    }
}

/// Everything of a record.
const SELECT: &str =
    "SELECT account, contact, id, text, at, meant_for, plain_allowed, replaces, resent,
            coalesce(failure, CASE WHEN failed THEN '' END) AS failure FROM outbox";

/// What can't be read of one message hides neither the message nor the others: it is taken for what
/// lets it go to nobody before the person has decided.
fn read(row: &Row<'_>) -> rusqlite::Result<OutboxRecord> {
    Ok(OutboxRecord {
        account: row.get("account")?,
        contact: row.get("contact")?,
        id: row.get("id")?,
        text: Zeroizing::new(row.get("text")?),
        at: row.get("at").map_or(UNIX_EPOCH, |Moment(at)| at),
        meant_for: row.get("meant_for").unwrap_or(Some(Vec::new())),
        plain_allowed: row.get("plain_allowed").unwrap_or(false),
        replaces: row.get("replaces")?,
        failure: row.get("failure").unwrap_or_else(|_| Some(String::new())),
        resent: row.get("resent").unwrap_or(true),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::MemorySecrets;

    fn vault() -> Vault {
        Vault::in_memory(Arc::new(MemorySecrets::default())).unwrap()
    }

    fn message(id: &str, text: &str) -> OutboxRecord {
        OutboxRecord {
            account: "juliet@capulet.example".to_owned(),
            contact: "romeo@montague.example".to_owned(),
            id: id.to_owned(),
            text: Zeroizing::new(text.to_owned()),
            at: UNIX_EPOCH + Duration::new(1_800_000_000, 5),
            meant_for: None,
            plain_allowed: false,
            replaces: None,
            failure: None,
            resent: false,
        }
    }

    #[test]
    fn messages_come_back_whole_and_in_the_order_they_were_typed() {
        let vault = vault();
        let mut meant = message("z", "čau 🌹\n'\" \\ ;--");
        meant.meant_for = Some(vec![0xAB; 20]);
        let mut plain = message("a", "");
        plain.plain_allowed = true;
        // The clock went back between the two: the order is still that of typing.
        plain.at = UNIX_EPOCH;
        for message in [&meant, &plain] {
            vault.put(message).unwrap();
        }
        assert_eq!(vault.outbox().unwrap(), [meant, plain]);
    }

    #[test]
    fn what_waits_for_one_contact_is_read_alone() {
        let vault = vault();
        let (first, last) = (message("z", "first"), message("a", "last"));
        let nurse =
            OutboxRecord { contact: "nurse@capulet.example".to_owned(), ..message("n", "") };
        let other = OutboxRecord { account: "paris@verona.example".to_owned(), ..message("p", "") };
        for message in [&first, &nurse, &other, &last] {
            vault.put(message).unwrap();
        }
        let peer = Peer { account: &first.account, contact: &first.contact };
        let names = vault.outbox_names(&first.account).unwrap();
        let named: Vec<_> = names.iter().map(|(contact, id)| (&**contact, &**id)).collect();
        let romeo = first.contact.as_str();
        assert_eq!(named, [(romeo, "z"), ("nurse@capulet.example", "n"), (romeo, "a")]);
        assert_eq!(vault.outbox_for(peer).unwrap(), [first.clone(), last]);
        let plan: String = vault
            .database()
            .query_row(
                &format!(
                    "EXPLAIN QUERY PLAN {SELECT} WHERE account = ?1 AND contact = ?2 ORDER BY place"
                ),
                ["", ""],
                |row| row.get("detail"),
            )
            .unwrap();
        assert!(plan.contains("USING INDEX"), "others' texts are not gone through: {plan}");
    }

    #[test]
    fn a_message_put_again_changes_and_keeps_its_place() {
        let vault = vault();
        vault.put(&message("first", "good night")).unwrap();
        vault.put(&message("second", "good night")).unwrap();
        let mut changed = message("first", "parting is such sweet sorrow");
        changed.meant_for = Some(vec![1; 20]);
        changed.replaces = Some("zero".to_owned());
        vault.put(&changed).unwrap();
        assert_eq!(vault.outbox().unwrap(), [changed, message("second", "good night")]);
    }

    #[test]
    fn a_removed_message_is_gone_and_gives_its_place_to_nobody() {
        let vault = vault();
        for id in ["first", "second"] {
            vault.put(&message(id, id)).unwrap();
        }
        vault.remove("second").unwrap();
        vault.remove("second").unwrap();
        vault.remove("first").unwrap();
        assert!(vault.outbox().unwrap().is_empty());
        for id in ["third", "first"] {
            vault.put(&message(id, id)).unwrap();
        }
        assert_eq!(vault.outbox().unwrap(), [message("third", "third"), message("first", "first")]);
    }

    #[test]
    fn a_message_of_which_a_part_cannot_be_read_is_there_and_goes_to_nobody() {
        // Bytes that are no fingerprint.
        for (change, meant_for) in [("x'ab'", vec![0xAB]), ("x''", Vec::new())] {
            let vault = vault();
            vault.put(&message("first", "good night")).unwrap();
            vault.put(&message("second", "parting is such sweet sorrow")).unwrap();
            let change =
                format!("UPDATE outbox SET at = -1, meant_for = {change} WHERE id = 'first'");
            vault.database().execute(&change, []).unwrap();
            let left = vault.outbox().unwrap();
            let damaged = OutboxRecord {
                at: UNIX_EPOCH,
                meant_for: Some(meant_for),
                plain_allowed: false,
                ..message("first", "good night")
            };
            assert_eq!(left, [damaged, message("second", "parting is such sweet sorrow")]);
        }
    }

    #[test]
    fn a_text_is_not_printed() {
        assert!(!format!("{:?}", message("id", "good night")).contains("good"));
    }
}
