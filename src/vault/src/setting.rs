//! Small things to remember, by name.

use rusqlite::OptionalExtension;

use crate::{Vault, VaultError};

impl Vault {
    /// What was saved under this name.
    ///
    /// # Errors
    /// [`VaultError::Damaged`], [`VaultError::System`].
    pub fn setting(&self, name: &str) -> Result<Option<String>, VaultError> {
        let value = self
            .database()
            .query_row("SELECT value FROM setting WHERE name = ?1", [name], |row| row.get(0))
            .optional()?;
        Ok(value)
    }

    /// Keeps a value under a name, in place of the former one.
    ///
    /// # Errors
    /// [`VaultError::DiskFull`], [`VaultError::Damaged`], [`VaultError::System`].
    pub fn save_setting(&self, name: &str, value: &str) -> Result<(), VaultError> {
        self.database()
            .execute("REPLACE INTO setting (name, value) VALUES (?1, ?2)", [name, value])?;
        Ok(())
    }
}
