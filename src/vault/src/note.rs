//! Small things to remember of an account, by name; they go with it.

use std::collections::BTreeMap;

use rusqlite::params;

use crate::{Vault, VaultError};

impl Vault {
    /// All that is remembered of an account, by name.
    ///
    /// # Errors
    /// [`VaultError::Damaged`], [`VaultError::System`].
    pub fn notes(&self, account: &str) -> Result<BTreeMap<String, String>, VaultError> {
        let database = self.database();
        let mut notes = database.prepare("SELECT name, value FROM note WHERE account = ?1")?;
        let found = notes.query_map([account], |row| {
            // One that is no text is no reason to hide the others: its reader will not know it.
            let value = row.get_ref(1)?.as_bytes_or_null()?.unwrap_or_default();
            Ok((row.get(0)?, String::from_utf8_lossy(value).into_owned()))
        })?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// Remembers a value under a name, in place of the former one; `None` forgets it.
    ///
    /// # Errors
    /// [`VaultError::DiskFull`], [`VaultError::Damaged`], [`VaultError::System`].
    pub fn save_note(
        &self,
        account: &str,
        name: &str,
        value: Option<&str>,
    ) -> Result<(), VaultError> {
        let database = self.database();
        match value {
            Some(value) => database.execute(
                "REPLACE INTO note (account, name, value) VALUES (?1, ?2, ?3)",
                params![account, name, value],
            )?,
            None => database
                .execute("DELETE FROM note WHERE account = ?1 AND name = ?2", [account, name])?,
        };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::MemorySecrets;

    #[test]
    fn a_note_that_is_no_text_hides_no_other() {
        let vault = Vault::in_memory(Arc::new(MemorySecrets::default())).unwrap();
        vault.save_note("juliet", "route", Some("direct")).unwrap();
        vault.save_note("juliet", "archive", Some("7")).unwrap();
        let change = "UPDATE note SET value = CAST(x'ff' AS TEXT) WHERE name = 'route'";
        vault.database().execute(change, []).unwrap();
        let notes = vault.notes("juliet").unwrap();
        assert_eq!(notes.get("archive").map(String::as_str), Some("7"));
        assert_eq!(notes.get("route").map(String::as_str), Some("\u{FFFD}"));
    }

    #[test]
    fn a_note_is_what_was_saved_last_and_goes_with_its_account() {
        let vault = Vault::in_memory(Arc::new(MemorySecrets::default())).unwrap();
        let (juliet, nurse) = ("juliet@capulet.example", "nurse@capulet.example");
        vault.save_note(juliet, "route", Some("tor")).unwrap();
        vault.save_note(juliet, "route", Some("direct")).unwrap();
        vault.save_note(juliet, "archive", Some("7")).unwrap();
        vault.save_note(juliet, "archive", None).unwrap();
        vault.save_note(juliet, "archive", None).unwrap();
        vault.save_note(nurse, "route", Some("tor")).unwrap();
        let route = |value: &str| BTreeMap::from([("route".to_owned(), value.to_owned())]);
        assert_eq!(vault.notes(juliet).unwrap(), route("direct"));
        vault.forget_account(juliet).unwrap();
        assert!(vault.notes(juliet).unwrap().is_empty());
        assert_eq!(vault.notes(nurse).unwrap(), route("tor"));
    }
}
