//! What rests: secrets in the OS keyring, everything else in an encrypted database.
//!
//! A [`SecretStore`] keeps a few small secrets; one of them is the key of the database that a
//! [`Vault`] keeps the rest in. No file of a profile holds anything readable.
//!
//! This crate knows no protocol: accounts and contacts are bare JIDs as text, keys are bytes. All
//! calls block, on the disk or even on the person: keep them off async workers.
//!
//! ```
//! # use std::{sync::Arc, time::SystemTime};
//! # use sotto_vault as vault;
//! use vault::{MemorySecrets, Peer, Vault, VaultError};
//!
//! # fn main() -> Result<(), VaultError> {
//! let vault = Vault::in_memory(Arc::new(MemorySecrets::default()))?;
//! let romeo = Peer { account: "juliet@capulet.example", contact: "romeo@montague.example" };
//! let seen = vault.saw_key(romeo, &[0xAB; 20], SystemTime::now())?;
//! assert!(seen.is_new && !seen.key.trust.is_verified());
//! # Ok(())
//! # }
//! ```

mod account;
mod archive;
mod draft;
mod envelope;
mod error;
mod intent;
mod key;
mod keyring;
mod note;
mod outbox;
mod patience;
mod profile;
mod schema;
mod sealed;
mod secret;
mod setting;
mod trust;
mod unread;
mod value;
mod vault;

pub use account::{AccountRecord, ServerRecord};
pub use archive::ShownMessage;
pub use error::VaultError;
pub use intent::Intent;
pub use key::{KeyRecord, Sighting, UNDECIDED_KEYS_MAX};
pub use keyring::KeyringSecrets;
pub use outbox::OutboxRecord;
pub use patience::{PATIENCE, PatientSecrets};
pub use sealed::SealedSecrets;
pub use secret::{MemorySecrets, SecretId, SecretStore};
pub use trust::{Doubt, Proof, Trust};
pub use unread::UnreadRecord;
pub use vault::{Peer, Vault};
