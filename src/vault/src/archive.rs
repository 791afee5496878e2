//! How far an account has read its server's archive (XEP-0313): where it stands, and the names of
//! the messages that were shown last, so that none is shown twice after a restart.
//!
//! Not here: what the names and the state mean; their owner makes and reads them.

use std::time::SystemTime;

use rusqlite::params;

use crate::value::Moment;
use crate::{Vault, VaultError};

/// The note that the state is kept under.
const NOTE: &str = "archive";

/// A message that was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShownMessage {
    /// A hash of what it is called.
    pub name: u64,
    /// When it was archived, by the server's clock, if that is known.
    pub at: Option<SystemTime>,
}

impl Vault {
    /// The messages that were shown last, oldest first.
    ///
    /// # Errors
    /// [`VaultError::Damaged`], [`VaultError::System`].
    pub fn shown_messages(&self, account: &str) -> Result<Vec<ShownMessage>, VaultError> {
        let database = self.database();
        let mut shown = database
            .prepare("SELECT name, at FROM shown_message WHERE account = ?1 ORDER BY place")?;
        let found = shown.query_map([account], |row| {
            let (name, at): (i64, Option<Moment>) = (row.get(0)?, row.get(1)?);
            Ok(ShownMessage { name: name.cast_unsigned(), at: at.map(|Moment(at)| at) })
        })?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// Writes down where an account stands and what it showed since, all or nothing; of all names
    /// the latest `kept` stay.
    ///
    /// # Errors
    /// [`VaultError::DiskFull`], [`VaultError::Damaged`], [`VaultError::System`].
    pub fn save_archive(
        &self,
        account: &str,
        state: &str,
        shown: &[ShownMessage],
        kept: u32,
    ) -> Result<(), VaultError> {
        let mut database = self.database();
        let transaction = database.transaction()?;
        transaction.execute(
            "REPLACE INTO note (account, name, value) VALUES (?1, ?2, ?3)",
            params![account, NOTE, state],
        )?;
        {
            let mut insert = transaction
                .prepare("INSERT INTO shown_message (account, name, at) VALUES (?1, ?2, ?3)")?;
            for message in shown {
                let at = message.at.map(Moment);
                insert.execute(params![account, message.name.cast_signed(), at])?;
            }
            let mut forget = transaction.prepare(
                "DELETE FROM shown_message WHERE account = ?1 AND place <= (
                     SELECT place FROM shown_message WHERE account = ?1
                     ORDER BY place DESC LIMIT 1 OFFSET ?2)",
            )?;
            forget.execute(params![account, kept])?;
        }
        transaction.commit()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::MemorySecrets;

    fn shown(name: u64) -> ShownMessage {
        let at = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(name % 1_000));
        ShownMessage { name, at: at.filter(|_| !name.is_multiple_of(3)) }
    }

    fn names(vault: &Vault, account: &str) -> Vec<ShownMessage> {
        vault.shown_messages(account).unwrap()
    }

    #[test]
    fn the_latest_names_stay_in_order_and_go_with_their_account() {
        let vault = Vault::in_memory(Arc::new(MemorySecrets::default())).unwrap();
        let (juliet, nurse) = ("juliet@capulet.example", "nurse@capulet.example");
        vault.save_archive(nurse, "hers", &[shown(7)], 3).unwrap();
        assert!(names(&vault, juliet).is_empty());
        vault.save_archive(juliet, "first", &[shown(u64::MAX), shown(1)], 3).unwrap();
        vault.save_archive(juliet, "second", &[shown(2), shown(3)], 3).unwrap();
        vault.save_archive(juliet, "third", &[], 3).unwrap();
        assert_eq!(names(&vault, juliet), [shown(1), shown(2), shown(3)]);
        let note = |account: &str| vault.notes(account).unwrap().get(NOTE).cloned();
        assert_eq!(note(juliet).as_deref(), Some("third"));
        vault.forget_account(juliet).unwrap();
        assert!(names(&vault, juliet).is_empty());
        assert_eq!((names(&vault, nurse), note(nurse).as_deref()), (vec![shown(7)], Some("hers")));
    }
}
