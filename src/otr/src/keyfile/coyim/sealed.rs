//! `accounts.json.enc`: AES-256-GCM under a key that scrypt makes of the passphrase.
//!
//! A JSON object with `Params` (`Nonce` and `Salt` in hexadecimal digits, scrypt's `N`, `R` and
//! `P`) and `Data`, hexadecimal digits too. Of scrypt's 48 bytes the first 32 are the key, and the
//! other 16 the associated data.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use aes_gcm::aead::AeadInOut as _;
use aes_gcm::{Aes256Gcm, KeyInit as _};
use scrypt::Params;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::accounts::{JsonError, read_json};
use crate::keyfile::{Fault, sexp};

/// The most memory that a file may make scrypt take: twice what CoyIM asks for.
pub const MEMORY_BYTES_MAX: usize = 512 << 20;

/// How often, at most, scrypt may go over it. CoyIM asks for once.
pub const PARALLELISM_MAX: u32 = 4;

const KEY_BYTES: usize = 32;
const DERIVED_BYTES: usize = 48;
const NONCE_BYTES: usize = 12;

/// Why a file stays shut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Not a sealed file.
    #[error("{0}")]
    Json(#[from] Fault<JsonError>),
    /// Nonce, salt or data are not hexadecimal digits of a right length.
    #[error("nonce, salt or data make no sense")]
    Malformed,
    /// N is no power of two, or scrypt would take more than [`MEMORY_BYTES_MAX`] or go over it more
    /// often than [`PARALLELISM_MAX`].
    #[error("the passphrase would cost more than is allowed")]
    Cost,
    /// The passphrase is another one, or the file was altered.
    #[error("the passphrase is wrong, or the file was altered")]
    WrongPassphrase,
}

/// Opens `accounts.json.enc`, and gives the `accounts.json` inside. Takes about a second, and
/// 256 MiB of memory.
///
/// # Errors
/// [`OpenError`] names each.
pub fn open_accounts(bytes: &[u8], passphrase: &str) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let file: Sealed<'_> = read_json(bytes)?;
    let digits = |text: &str| sexp::hex(text.as_bytes()).map_err(|_| OpenError::Malformed);
    let (salt, nonce) = (digits(&file.params.salt)?, digits(&file.params.nonce)?);
    let mut text = digits(&file.data)?;
    let nonce = <[u8; NONCE_BYTES]>::try_from(nonce.as_slice());
    let nonce = nonce.map_err(|_| OpenError::Malformed)?;
    if salt.is_empty() {
        return Err(OpenError::Malformed);
    }

    let params = file.params.cost()?;
    let mut derived = Zeroizing::new([0; DERIVED_BYTES]);
    scrypt::scrypt(passphrase.as_bytes(), &salt, &params, derived.as_mut_slice())
        .map_err(|_| OpenError::Cost)?;
    let (key, associated) = derived.split_at(KEY_BYTES);
    let cipher = Aes256Gcm::new_from_slice(key).map_err(|_| OpenError::Malformed)?;
    cipher
        .decrypt_in_place(&nonce.into(), associated, &mut *text)
        .map_err(|_| OpenError::WrongPassphrase)?;
    Ok(text)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Sealed<'a> {
    #[serde(borrow)]
    params: Parameters<'a>,
    #[serde(borrow)]
    data: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Parameters<'a> {
    #[serde(borrow)]
    nonce: Cow<'a, str>,
    #[serde(borrow)]
    salt: Cow<'a, str>,
    n: u64,
    r: u32,
    p: u32,
}

impl Parameters<'_> {
    /// The cost, if it is one that we bear.
    fn cost(&self) -> Result<Params, OpenError> {
        let memory_bytes = self.n.checked_mul(128).and_then(|n| n.checked_mul(self.r.into()));
        let is_bearable = memory_bytes
            .and_then(|bytes| usize::try_from(bytes).ok())
            .is_some_and(|bytes| bytes <= MEMORY_BYTES_MAX);
        let is_sound = self.n > 1 && self.n.is_power_of_two();
        if !is_bearable || !is_sound || self.p > PARALLELISM_MAX {
            return Err(OpenError::Cost);
        }
        let log_n = u8::try_from(self.n.trailing_zeros()).map_err(|_| OpenError::Cost)?;
        Params::new(log_n, self.r, self.p).map_err(|_| OpenError::Cost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(n: u64, r: u32, p: u32) -> Result<Params, OpenError> {
        Parameters { nonce: "".into(), salt: "".into(), n, r, p }.cost()
    }

    #[test]
    fn what_coyim_asks_for_is_borne_and_twice_as_much() {
        for (n, r, p) in [(1 << 18, 8, 1), (1 << 19, 8, PARALLELISM_MAX), (2, 1 << 21, 1)] {
            assert!(cost(n, r, p).is_ok());
        }
    }

    #[test]
    fn a_file_cannot_ask_for_any_cost() {
        for (n, r, p) in [
            (1 << 20, 8, 1),
            (1 << 19, 9, 1),
            (1 << 18, 8, PARALLELISM_MAX + 1),
            (1 << 63, u32::MAX, 1),
            (u64::MAX, 8, 1),
            (0, 8, 1),
            (1, 8, 1),
            (1000, 8, 1),
            (1024, 0, 1),
            (1024, 8, 0),
        ] {
            assert_eq!(cost(n, r, p), Err(OpenError::Cost), "{n} {r} {p}");
        }
    }
}
