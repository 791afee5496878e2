//! Key files: what was read can be written, and read again as the same.

use alloc::vec::Vec;

#[cfg(feature = "coyim")]
use crate::keyfile::coyim;
use crate::keyfile::{
    AccountKey, Contents, Fault, WriteError, WriteFault, read_fingerprints, read_instance_tags,
    read_key3, read_private_keys, write_fingerprints, write_instance_tags, write_key3,
    write_private_keys,
};

/// One file, for every reader.
pub fn keyfile(data: &[u8]) {
    if let Ok(key) = read_key3(data) {
        let written = write_key3(&key);
        let again = read_key3(&written).map(|key| key.fingerprint());
        assert_eq!(again, Ok(key.fingerprint()));
        assert!(written.len() <= data.len());
    }
    same(data, read_fingerprints, write_fingerprints);
    same(data, read_instance_tags, write_instance_tags);

    if let Ok(keys) = read_private_keys(data)
        && let Some(file) = unless_too_long(write_private_keys(&keys.entries))
    {
        let again = read_private_keys(file.as_bytes());
        let again = again.as_ref().map(|again| (names(&again.entries), again.skipped.len()));
        assert_eq!(again, Ok((names(&keys.entries), 0)));
    }
    #[cfg(feature = "coyim")]
    coyim_file(data);
}

/// Reads, writes, and reads again.
fn same<T: PartialEq + core::fmt::Debug, E: core::fmt::Debug>(
    data: &[u8],
    read: impl Fn(&[u8]) -> Result<Contents<T, E>, Fault<E>>,
    write: impl Fn(&[T]) -> Result<alloc::string::String, WriteFault>,
) {
    let Ok(contents) = read(data) else { return };
    let Some(file) = unless_too_long(write(&contents.entries)) else { return };
    let again = read(file.as_bytes());
    assert!(again.is_ok_and(|again| again.entries == contents.entries && again.skipped.is_empty()));
}

/// What was written. Names can grow when they are written; nothing else may stop it.
fn unless_too_long<T>(written: Result<T, WriteFault>) -> Option<T> {
    if let Err(fault) = &written {
        assert_eq!(fault.reason, WriteError::TooLong);
    }
    written.ok()
}

/// Keys cannot be compared, but their short names can.
fn names(keys: &[AccountKey]) -> Vec<impl PartialEq + core::fmt::Debug + use<'_>> {
    keys.iter().map(|key| (&key.account, key.key.fingerprint())).collect()
}

#[cfg(feature = "coyim")]
fn coyim_file(data: &[u8]) {
    if let Ok(accounts) = coyim::read_accounts(data)
        && let Ok(file) = write_private_keys(&accounts.keys)
    {
        assert!(read_private_keys(file.as_bytes()).is_ok());
    }
    // scrypt may be as dear as a file wants it to be, up to a second: not here.
    let is_cheap = !data.windows(2).any(|two| matches!(two, [b'0'..=b'9', b'0'..=b'9']));
    if is_cheap {
        let _ = coyim::open_accounts(data, "passphrase");
    }
}
