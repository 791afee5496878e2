//! CoyIM's `accounts.json`, and `accounts.json.enc`, which is the same under a passphrase.
//!
//! Read only: the file holds all settings of that program, and one with our part alone would reset
//! the others, those for safety among them. Who goes back to CoyIM writes
//! [`otr.private_key`](super::write_private_keys) and
//! [`otr.fingerprints`](super::write_fingerprints), which it imports.

mod accounts;
mod sealed;

pub use accounts::{AccountError, AccountFault, Accounts, JsonError, PROTOCOL, read_accounts};
pub use sealed::{MEMORY_BYTES_MAX, OpenError, PARALLELISM_MAX, open_accounts};

/// The longest file that is read, in bytes. There is more in it than keys.
pub const ACCOUNTS_BYTES_MAX: usize = 8 << 20;
