//! The accounts that are signed in by themselves, and their secrets.

use rusqlite::{OptionalExtension, Row, params};
use zeroize::Zeroizing;

use crate::{SecretId, Vault, VaultError};

/// Where the server of an account is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerRecord {
    /// Ask the DNS.
    Discover,
    /// The person knows better.
    At {
        /// Name or address.
        host: String,
        /// TCP port.
        port: u16,
        /// Whether TLS is spoken from the first byte; otherwise STARTTLS.
        direct_tls: bool,
    },
}

/// An account as it rests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRecord {
    /// Its bare JID.
    pub jid: String,
    /// Where it signs in.
    pub server: ServerRecord,
    /// The OTR instance tag of this installation for the account. Not checked here.
    pub instance_tag: u32,
}

impl Vault {
    /// The JIDs of all accounts, in order. Names only, so that a record that can't be read hides
    /// no other.
    ///
    /// # Errors
    /// [`VaultError::Damaged`], [`VaultError::System`].
    pub fn accounts(&self) -> Result<Vec<String>, VaultError> {
        let database = self.database();
        let mut accounts = database.prepare("SELECT jid FROM account ORDER BY jid")?;
        let jids = accounts.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(jids)
    }

    /// One account, if it is kept.
    ///
    /// # Errors
    /// [`VaultError::Damaged`], [`VaultError::System`].
    pub fn account(&self, jid: &str) -> Result<Option<AccountRecord>, VaultError> {
        let record = self
            .database()
            .query_row(
                "SELECT jid, host, port, direct_tls, instance_tag FROM account WHERE jid = ?1",
                [jid],
                read,
            )
            .optional()?;
        Ok(record)
    }

    /// Keeps an account, in place of a former record of the same JID.
    ///
    /// # Errors
    /// [`VaultError::DiskFull`], [`VaultError::Damaged`], [`VaultError::System`].
    pub fn save_account(&self, account: &AccountRecord) -> Result<(), VaultError> {
        let (host, port, direct_tls) = match &account.server {
            ServerRecord::Discover => (None, None, None),
            ServerRecord::At { host, port, direct_tls } => {
                (Some(host), Some(port), Some(direct_tls))
            }
        };
        self.database().execute(
            "REPLACE INTO account (jid, host, port, direct_tls, instance_tag)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            params![account.jid, host, port, direct_tls, account.instance_tag],
        )?;
        Ok(())
    }

    /// Forgets an account and all that is its own: secrets, its contacts' keys, intents, outbox.
    ///
    /// # Errors
    /// As [`save_account`](Self::save_account), and whatever the secret store answers. The account
    /// then still stands and can be forgotten again.
    pub fn forget_account(&self, account: &str) -> Result<(), VaultError> {
        // Secrets first: an account that still stands can be tried again, a secret without an
        // account would lie there for ever.
        self.secrets().delete(&SecretId::Password(account.to_owned()))?;
        self.secrets().delete(&SecretId::OtrKey(account.to_owned()))?;
        let mut database = self.database();
        let transaction = database.transaction()?;
        transaction.execute("DELETE FROM outbox WHERE account = ?1", [account])?;
        transaction.execute("DELETE FROM unread WHERE account = ?1", [account])?;
        transaction.execute("DELETE FROM draft WHERE account = ?1", [account])?;
        transaction.execute("DELETE FROM intent WHERE account = ?1", [account])?;
        transaction.execute("DELETE FROM contact_key WHERE account = ?1", [account])?;
        transaction.execute("DELETE FROM note WHERE account = ?1", [account])?;
        transaction.execute("DELETE FROM shown_message WHERE account = ?1", [account])?;
        transaction.execute("DELETE FROM account WHERE jid = ?1", [account])?;
        transaction.commit()?;
        Ok(())
    }

    /// The password of an account, if kept.
    ///
    /// # Errors
    /// Whatever the secret store answers; [`VaultError::Damaged`] if it is not UTF-8.
    pub fn password(&self, account: &str) -> Result<Option<Zeroizing<String>>, VaultError> {
        let Some(bytes) = self.secrets().load(&SecretId::Password(account.to_owned()))? else {
            return Ok(None);
        };
        let text = str::from_utf8(&bytes).map_err(|_| VaultError::Damaged)?;
        Ok(Some(Zeroizing::new(text.to_owned())))
    }

    /// Keeps the password of an account.
    ///
    /// # Errors
    /// Whatever the secret store answers.
    pub fn save_password(&self, account: &str, password: &str) -> Result<(), VaultError> {
        self.secrets().save(&SecretId::Password(account.to_owned()), password.as_bytes())
    }

    /// The private OTR key of an account, as it was saved.
    ///
    /// # Errors
    /// Whatever the secret store answers.
    pub fn otr_key(&self, account: &str) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        self.secrets().load(&SecretId::OtrKey(account.to_owned()))
    }

    /// Keeps the private OTR key of an account. At most 1,800 bytes, the least that every keyring
    /// takes.
    ///
    /// # Errors
    /// Whatever the secret store answers.
    pub fn save_otr_key(&self, account: &str, key: &[u8]) -> Result<(), VaultError> {
        self.secrets().save(&SecretId::OtrKey(account.to_owned()), key)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<AccountRecord> {
    let server = match row.get("host")? {
        None => ServerRecord::Discover,
        Some(host) => {
            ServerRecord::At { host, port: row.get("port")?, direct_tls: row.get("direct_tls")? }
        }
    };
    Ok(AccountRecord { jid: row.get("jid")?, server, instance_tag: row.get("instance_tag")? })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::{Intent, MemorySecrets, OutboxRecord, Peer, SecretStore};

    fn at(host: &str) -> ServerRecord {
        ServerRecord::At { host: host.to_owned(), port: u16::MAX, direct_tls: true }
    }

    fn account(jid: &str, server: ServerRecord) -> AccountRecord {
        AccountRecord { jid: jid.to_owned(), server, instance_tag: u32::MAX }
    }

    fn vault() -> Vault {
        Vault::in_memory(Arc::new(MemorySecrets::default())).unwrap()
    }

    fn records(vault: &Vault) -> Vec<AccountRecord> {
        let jids = vault.accounts().unwrap().into_iter();
        jids.map(|jid| vault.account(&jid).unwrap().unwrap()).collect()
    }

    #[test]
    fn an_account_whose_record_cannot_be_read_hides_no_other() {
        let vault = vault();
        let (juliet, nurse) = ("juliet@capulet.example", "nurse@capulet.example");
        vault.save_account(&account(juliet, at("first.example"))).unwrap();
        vault.save_account(&account(nurse, at("first.example"))).unwrap();
        let change = "UPDATE account SET port = 70000 WHERE jid = ?1";
        vault.database().execute(change, [juliet]).unwrap();
        assert_eq!(vault.accounts().unwrap(), [juliet, nurse]);
        assert_eq!(vault.account(juliet), Err(VaultError::Damaged));
        assert_eq!(vault.account(nurse).unwrap(), Some(account(nurse, at("first.example"))));
        assert_eq!(vault.account("romeo@montague.example").unwrap(), None);
    }

    #[test]
    fn accounts_come_back_as_they_were_saved() {
        let vault = vault();
        let romeo = account("romeo@montague.example", at("[2001:db8::1]"));
        let juliet = account("juliet@capulet.example", ServerRecord::Discover);
        vault.save_account(&romeo).unwrap();
        vault.save_account(&juliet).unwrap();
        assert_eq!(records(&vault), [juliet, romeo]);
    }

    #[test]
    fn saving_an_account_again_replaces_it() {
        let vault = vault();
        let jid = "juliet@capulet.example";
        vault.save_account(&account(jid, at("first.example"))).unwrap();
        let second = account(jid, ServerRecord::Discover);
        vault.save_account(&second).unwrap();
        assert_eq!(records(&vault), [second]);
    }

    #[test]
    fn forgetting_an_account_forgets_all_that_is_its_own_and_nothing_else() {
        let vault = vault();
        let (mine, other) = ("juliet@capulet.example", "nurse@capulet.example");
        let contact = "romeo@montague.example";
        for account in [mine, other] {
            let peer = Peer { account, contact };
            vault.save_account(&self::account(account, ServerRecord::Discover)).unwrap();
            vault.save_password(account, "wherefore").unwrap();
            vault.save_otr_key(account, &[0, 0xFF]).unwrap();
            vault.saw_key(peer, &[1; 20], UNIX_EPOCH).unwrap();
            vault.set_intent(peer, Intent::Plain).unwrap();
            let message = OutboxRecord {
                account: account.to_owned(),
                contact: contact.to_owned(),
                id: account.to_owned(),
                text: Zeroizing::new("good night".to_owned()),
                at: UNIX_EPOCH,
                meant_for: None,
                plain_allowed: false,
                replaces: None,
                failure: None,
                resent: false,
            };
            vault.put(&message).unwrap();
        }
        vault.forget_account(mine).unwrap();

        assert_eq!(vault.accounts().unwrap(), [other]);
        assert!(vault.password(mine).unwrap().is_none());
        assert!(vault.otr_key(mine).unwrap().is_none());
        assert_eq!(vault.password(other).unwrap().unwrap().as_str(), "wherefore");
        assert_eq!(*vault.otr_key(other).unwrap().unwrap(), [0, 0xFF]);
        assert!(vault.keys().unwrap().iter().all(|key| key.account == other));
        assert_eq!(vault.keys().unwrap().len(), 1);
        assert_eq!(vault.intent(Peer { account: mine, contact }).unwrap(), Intent::Private);
        assert_eq!(vault.intent(Peer { account: other, contact }).unwrap(), Intent::Plain);
        assert!(vault.outbox().unwrap().iter().all(|message| message.account == other));
        assert_eq!(vault.outbox().unwrap().len(), 1);
    }

    struct Locked;

    impl SecretStore for Locked {
        fn load(&self, _: &SecretId) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
            Err(VaultError::KeyringLocked)
        }
        fn save(&self, _: &SecretId, _: &[u8]) -> Result<(), VaultError> {
            Err(VaultError::KeyringLocked)
        }
        fn delete(&self, _: &SecretId) -> Result<(), VaultError> {
            Err(VaultError::KeyringLocked)
        }
    }

    #[test]
    fn an_account_whose_secrets_cannot_be_deleted_still_stands() {
        let vault = Vault::in_memory(Arc::new(Locked)).unwrap();
        let juliet = account("juliet@capulet.example", ServerRecord::Discover);
        vault.save_account(&juliet).unwrap();
        assert_eq!(vault.forget_account(&juliet.jid), Err(VaultError::KeyringLocked));
        assert_eq!(records(&vault), [juliet]);
    }

    #[test]
    fn a_password_that_is_not_text_is_damage() {
        let secrets = Arc::new(MemorySecrets::default());
        let vault = Vault::in_memory(secrets.clone()).unwrap();
        secrets.save(&SecretId::Password("juliet".to_owned()), &[0xFF]).unwrap();
        assert_eq!(vault.password("juliet").unwrap_err(), VaultError::Damaged);
    }
}
