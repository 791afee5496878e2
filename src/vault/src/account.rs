//! The accounts that are signed in by themselves, and their secrets.

use rusqlite::{Row, params};
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
    /// All accounts, by JID.
    ///
    /// # Errors
    /// [`VaultError::Damaged`], [`VaultError::System`].
    pub fn accounts(&self) -> Result<Vec<AccountRecord>, VaultError> {
        let database = self.database();
        let mut accounts = database.prepare(
            "SELECT jid, host, port, direct_tls, instance_tag FROM account ORDER BY jid",
        )?;
        let records = accounts.query_map([], read)?.collect::<Result<_, _>>()?;
        Ok(records)
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
        transaction.execute("DELETE FROM intent WHERE account = ?1", [account])?;
        transaction.execute("DELETE FROM contact_key WHERE account = ?1", [account])?;
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
