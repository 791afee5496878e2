//! Why something could not be kept or read back.

use std::io;

use rusqlite::ErrorCode;
use thiserror::Error;

/// Why the vault did not open, or would not take something. Carries no secret: neither SQL nor
/// values, only codes and the system's words.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum VaultError {
    /// No keyring service answers, or it has no keyring to write to.
    #[error("no keyring answers")]
    NoKeyring,
    /// The keyring is locked and was not unlocked.
    #[error("the keyring is locked")]
    KeyringLocked,
    /// A keyring is there, but has not answered in time: it may be waiting for the person.
    #[error("the keyring does not answer")]
    KeyringSilent,
    /// The passphrase is not the one that sealed the file.
    #[error("the passphrase is wrong")]
    WrongPassphrase,
    /// There is a database, but its key is not where secrets rest. The database is left alone.
    #[error("the key of the database is missing")]
    KeyMissing,
    /// The key of a database is where secrets rest, but the database is not there. The key is left
    /// alone.
    #[error("the database is missing")]
    DatabaseMissing,
    /// The disk is full. What was to be written is not; what was there before still is.
    #[error("the disk is full")]
    DiskFull,
    /// Another process has this profile open.
    #[error("the profile is in use")]
    InUse,
    /// What rests is damaged, or was written by a newer Sotto.
    #[error("the stored data is damaged or too new")]
    Damaged,
    /// The operating system said no; its words.
    #[error("the system refused: {0}")]
    System(String),
}

impl From<io::Error> for VaultError {
    fn from(error: io::Error) -> Self {
        if matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
            Self::DiskFull
        } else {
            Self::System(error.to_string())
        }
    }
}

impl From<rusqlite::Error> for VaultError {
    /// Takes the code and leaves the message: SQLite's message may quote SQL, and SQL may hold the
    /// key.
    fn from(error: rusqlite::Error) -> Self {
        let Some(failure) = error.sqlite_error() else {
            // A value of the wrong type or out of range: nothing that we wrote.
            return Self::Damaged;
        };
        let code = failure.code;
        if code == ErrorCode::DiskFull {
            Self::DiskFull
        } else if matches!(code, ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) {
            Self::InUse
        } else if matches!(code, ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) {
            Self::Damaged
        } else {
            Self::System(failure.to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_device_without_room_is_a_full_disk() {
        use std::io::Write;

        let mut full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let refused = full.write_all(b"anything").unwrap_err();
        assert_eq!(VaultError::from(refused), VaultError::DiskFull);
    }

    #[test]
    fn a_refused_statement_is_not_quoted() {
        let database = rusqlite::Connection::open_in_memory().unwrap();
        let refused = database.execute_batch("PRAGMA secret = no such (x'c0ffee')").unwrap_err();
        assert!(refused.to_string().contains("c0ffee"), "the test must start from a leak");
        assert!(!VaultError::from(refused).to_string().contains("c0ffee"));
    }
}
