//! What was typed and not sent.

use rusqlite::params;
use zeroize::Zeroizing;

use crate::{Peer, Vault, VaultError, schema};

impl Vault {
    /// What stands in the composer of a conversation, if anything.
    ///
    /// # Errors
    /// [`VaultError::Damaged`], [`VaultError::System`].
    pub fn draft(&self, peer: Peer<'_>) -> Result<Option<Zeroizing<String>>, VaultError> {
        let database = self.database();
        let mut draft =
            database.prepare("SELECT text FROM draft WHERE account = ?1 AND contact = ?2")?;
        let mut found = draft.query_map([peer.account, peer.contact], |row| row.get(0))?;
        Ok(found.next().transpose()?.map(Zeroizing::new))
    }

    /// Which contacts of an account there are drafts for.
    ///
    /// # Errors
    /// [`VaultError::Damaged`], [`VaultError::System`].
    pub fn draft_contacts(&self, account: &str) -> Result<Vec<String>, VaultError> {
        let database = self.database();
        let mut contacts = database.prepare("SELECT contact FROM draft WHERE account = ?1")?;
        let contacts = contacts.query_map([account], |row| row.get(0))?;
        Ok(contacts.collect::<Result<_, _>>()?)
    }

    /// Keeps what stands in a composer in place of what stood there; an empty text wipes it.
    ///
    /// # Errors
    /// [`VaultError::DiskFull`], [`VaultError::Damaged`], [`VaultError::System`].
    pub fn save_draft(&self, peer: Peer<'_>, text: &str) -> Result<(), VaultError> {
        let mut database = self.database();
        if text.is_empty() {
            let wipe = "DELETE FROM draft WHERE account = ?1 AND contact = ?2";
            database.execute(wipe, [peer.account, peer.contact])?;
            Ok(())
        } else {
            database.execute(
                "REPLACE INTO draft (account, contact, text) VALUES (?1, ?2, ?3)",
                params![peer.account, peer.contact, text],
            )?;
            schema::wipe_last_row(&mut database)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::MemorySecrets;

    #[test]
    fn a_draft_is_what_stood_there_last() {
        let vault = Vault::in_memory(Arc::new(MemorySecrets::default())).unwrap();
        let peer = Peer { account: "juliet@capulet.example", contact: "romeo@montague.example" };
        let other = Peer { contact: "nurse@capulet.example", ..peer };
        let text = |peer| vault.draft(peer).unwrap().map(|text| text.as_str().to_owned());
        assert_eq!(text(peer), None);
        vault.save_draft(peer, "Good ni").unwrap();
        vault.save_draft(peer, "Good night\n").unwrap();
        vault.save_draft(other, "Who").unwrap();
        assert_eq!(text(peer).as_deref(), Some("Good night\n"));
        assert_eq!(vault.draft_contacts(peer.account).unwrap(), [other.contact, peer.contact]);
        vault.save_draft(peer, "").unwrap();
        assert_eq!(text(peer), None);
        assert_eq!(text(other).as_deref(), Some("Who"));
        vault.forget_account(peer.account).unwrap();
        assert_eq!(text(other), None);
    }
}
