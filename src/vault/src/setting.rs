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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::MemorySecrets;

    #[test]
    fn a_setting_is_what_was_saved_last() {
        let vault = Vault::in_memory(Arc::new(MemorySecrets::default())).unwrap();
        assert_eq!(vault.setting("language").unwrap(), None);
        vault.save_setting("language", "de").unwrap();
        vault.save_setting("language", "").unwrap();
        vault.save_setting("theme", "dark").unwrap();
        assert_eq!(vault.setting("language").unwrap().as_deref(), Some(""));
        assert_eq!(vault.setting("theme").unwrap().as_deref(), Some("dark"));
    }
}
