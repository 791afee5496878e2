//! The keys of contacts: libotr's `otr.fingerprints`, and Gajim's `.fpr`, which is the same.
//!
//! A line holds contact, account, protocol, 40 hexadecimal digits, and how much the key is
//! trusted, with tabs between. libotr also takes other letters for the digit 0; we do not.

use alloc::string::String;

use super::{Account, Contents, Fault, LineError, Trust, WriteFault, line};
use crate::fingerprint::Fingerprint;

/// A key that a contact was seen with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownFingerprint {
    /// Whose key it is: a bare JID, in most clients.
    pub contact: String,
    /// The own account that saw it.
    pub account: Account,
    /// The key's short name.
    pub fingerprint: Fingerprint,
    /// How much it was trusted.
    pub trust: Trust,
}

/// Reads `otr.fingerprints` or `.fpr`. Lines that make no sense are passed over and reported.
///
/// # Errors
/// [`LineError::FileTooLong`], and nothing else.
pub fn read_fingerprints(
    bytes: &[u8],
) -> Result<Contents<KnownFingerprint, LineError>, Fault<LineError>> {
    line::read(bytes, entry)
}

/// Writes `otr.fingerprints` or `.fpr`. Each line has all five fields, without which Gajim
/// reads nothing.
///
/// # Errors
/// [`WriteError`](super::WriteError) for a name that is empty or holds control characters, and
/// for a line or a file too long to be read again.
pub fn write_fingerprints(fingerprints: &[KnownFingerprint]) -> Result<String, WriteFault> {
    let mut file = String::new();
    for (index, known) in fingerprints.iter().enumerate() {
        let digits = digits(known.fingerprint);
        let names = [&known.contact, &known.account.name, &known.account.protocol, &digits];
        line::write(&mut file, index, &names.map(String::as_str), known.trust.as_str())?;
    }
    Ok(file)
}

fn entry(line: &str) -> Result<KnownFingerprint, LineError> {
    let (contact, account, protocol, digits, trust) = match line::fields(line) {
        Ok([contact, account, protocol, digits, trust]) => {
            (contact, account, protocol, digits, trust)
        }
        Err(LineError::FieldMissing) => {
            let [contact, account, protocol, digits] = line::fields(line)?;
            (contact, account, protocol, digits, "")
        }
        Err(error) => return Err(error),
    };
    // Parsing alone would let blanks through.
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(LineError::Fingerprint);
    }
    Ok(KnownFingerprint {
        contact: line::name(contact)?,
        account: line::account(account, protocol)?,
        fingerprint: digits.parse().map_err(|_| LineError::Fingerprint)?,
        trust: Trust::from(trust),
    })
}

/// 40 lower-case digits, as libotr writes them.
fn digits(fingerprint: Fingerprint) -> String {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or_default();
    let nibbles = fingerprint.as_bytes().iter().flat_map(|byte| [byte >> 4, byte & 15]);
    nibbles.map(digit).collect()
}
