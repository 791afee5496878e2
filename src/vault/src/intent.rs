//! What a person wants a conversation to be.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{OptionalExtension, params};

use crate::{Peer, Vault, VaultError};

/// Whether a conversation is to be private.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Intent {
    /// Go private by itself; send nothing readable.
    #[default]
    Private,
    /// The person left private knowingly.
    Plain,
}

impl Vault {
    /// What the person wants with a contact; [`Intent::Private`] unless they said otherwise.
    ///
    /// # Errors
    /// [`VaultError::Damaged`], [`VaultError::System`].
    pub fn intent(&self, peer: Peer<'_>) -> Result<Intent, VaultError> {
        let said = self
            .database()
            .query_row(
                "SELECT intent FROM intent WHERE account = ?1 AND contact = ?2",
                [peer.account, peer.contact],
                |row| row.get(0),
            )
            .optional()?;
        Ok(said.unwrap_or_default())
    }

    /// Remembers what the person wants with a contact.
    ///
    /// # Errors
    /// [`VaultError::DiskFull`], [`VaultError::Damaged`], [`VaultError::System`].
    pub fn set_intent(&self, peer: Peer<'_>, intent: Intent) -> Result<(), VaultError> {
        self.database().execute(
            "REPLACE INTO intent (account, contact, intent) VALUES (?1, ?2, ?3)",
            params![peer.account, peer.contact, intent],
        )?;
        Ok(())
    }
}

impl ToSql for Intent {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Private => "private",
            Self::Plain => "plain",
        }
        .into())
    }
}

impl FromSql for Intent {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_str()? {
            "private" => Ok(Self::Private),
            "plain" => Ok(Self::Plain),
            _ => Err(FromSqlError::InvalidType),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::MemorySecrets;

    #[test]
    fn a_conversation_is_to_be_private_until_the_person_says_otherwise() {
        let vault = Vault::in_memory(Arc::new(MemorySecrets::default())).unwrap();
        let peer = Peer { account: "juliet@capulet.example", contact: "romeo@montague.example" };
        let swapped = Peer { account: peer.contact, contact: peer.account };
        assert_eq!(vault.intent(peer).unwrap(), Intent::Private);
        for intent in [Intent::Plain, Intent::Private, Intent::Plain] {
            vault.set_intent(peer, intent).unwrap();
            assert_eq!(vault.intent(peer).unwrap(), intent);
        }
        assert_eq!(vault.intent(swapped).unwrap(), Intent::Private);
    }
}
