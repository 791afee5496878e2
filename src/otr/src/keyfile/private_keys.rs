//! The keys of own accounts: libotr's `otr.private_key`, an S-expression.
//!
//! `(privkeys (account (name …) (protocol …) (private-key (dsa (p #…#) (q …) (g …) (y …) (x …)))) …)`

use alloc::string::String;

use zeroize::Zeroizing;

use super::sexp::{self, Item, List, SyntaxError};
use super::{Account, Contents, FILE_BYTES_MAX, Fault, WriteError, WriteFault};
use crate::crypto::PrivateKey;
use crate::error::KeyError;
use crate::wire::{Malformed, Reader, Writer};

/// The numbers of a key, in the order in which they are written.
const NUMBERS: [&str; 5] = ["p", "q", "g", "y", "x"];

/// The most that is written of a key beside its names.
const KEY_BYTES_MAX: usize = 1280;

/// Our key for one account.
#[derive(Clone, Debug)]
pub struct AccountKey {
    /// Whose key it is.
    pub account: Account,
    /// The key.
    pub key: PrivateKey,
}

/// What is wrong with a file of private keys, or with one account in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrivateKeysError {
    /// Not an S-expression.
    #[error("{0}")]
    Syntax(#[from] SyntaxError),
    /// An S-expression of another kind.
    #[error("not a file of private keys")]
    NotPrivateKeys,
    /// Something else than an account.
    #[error("not an account")]
    NotAnAccount,
    /// The account has no name.
    #[error("the account's name is missing")]
    NameMissing,
    /// The account has no protocol.
    #[error("the account's protocol is missing")]
    ProtocolMissing,
    /// The account has no private key.
    #[error("the account's private key is missing")]
    KeyMissing,
    /// The key is not one for DSA.
    #[error("not a DSA key")]
    NotDsa,
    /// One of p, q, g, y and x is missing.
    #[error("a number of the key is missing")]
    NumberMissing,
    /// A name is not UTF-8, or holds a NUL.
    #[error("a name is not text")]
    NotText,
    /// The numbers are no key that we could use.
    #[error("{0}")]
    Key(#[from] KeyError),
}

/// Reads `otr.private_key`. Accounts that make no sense are passed over and reported; libotr would
/// refuse the whole file. Every key is checked: its sizes, and that y is g to the x.
///
/// # Errors
/// [`PrivateKeysError::Syntax`] and [`PrivateKeysError::NotPrivateKeys`], when the file as a whole
/// is another thing.
pub fn read_private_keys(
    bytes: &[u8],
) -> Result<Contents<AccountKey, PrivateKeysError>, Fault<PrivateKeysError>> {
    let file = sexp::read(bytes).map_err(|fault| fault.map(PrivateKeysError::Syntax))?;
    if file.name() != Some(b"privkeys") {
        return Err(Fault::new(file.line, PrivateKeysError::NotPrivateKeys));
    }
    let mut contents = Contents::new();
    for item in file.items.iter().skip(1) {
        contents.add(match item {
            Item::List(list) => entry(list),
            Item::Atom { line, .. } => Err(Fault::new(*line, PrivateKeysError::NotAnAccount)),
        });
    }
    Ok(contents)
}

/// Writes `otr.private_key`, as libotr would.
///
/// # Errors
/// [`WriteError::Control`] for a name with a NUL, [`WriteError::TooLong`] for a file too long to be
/// read again.
pub fn write_private_keys(keys: &[AccountKey]) -> Result<Zeroizing<String>, WriteFault> {
    let bytes_max = keys
        .iter()
        .fold(KEY_BYTES_MAX, |sum, key| sum.saturating_add(entry_bytes_max(&key.account)));
    // Never grown: growing would leave parts of keys behind in freed memory.
    let mut file = Zeroizing::new(String::with_capacity(bytes_max.min(FILE_BYTES_MAX)));
    file.push_str("(privkeys\n");
    for (index, AccountKey { account, key }) in keys.iter().enumerate() {
        if account.name.contains('\0') || account.protocol.contains('\0') {
            return Err(WriteFault { index, reason: WriteError::Control });
        }
        if entry_bytes_max(account) > FILE_BYTES_MAX.saturating_sub(file.len()) {
            return Err(WriteFault { index, reason: WriteError::TooLong });
        }
        file.push_str(" (account\n(name ");
        push_name(&mut file, &account.name);
        file.push_str(")\n(protocol ");
        push_name(&mut file, &account.protocol);
        file.push_str(")\n");
        push_key(&mut file, key);
        file.push_str(" )\n");
    }
    file.push_str(")\n");
    Ok(file)
}

fn entry(list: &List) -> Result<AccountKey, Fault<PrivateKeysError>> {
    let here = |reason| Fault::new(list.line, reason);
    if list.name() != Some(b"account") {
        return Err(here(PrivateKeysError::NotAnAccount));
    }
    let text = |name, missing| {
        let found = list.find(name).ok_or(here(missing))?;
        let fault = |reason| Fault::new(found.line, reason);
        let bytes = found.value().ok_or(fault(missing))?;
        let text = str::from_utf8(bytes).ok().filter(|text| !text.contains('\0'));
        text.map(String::from).ok_or(fault(PrivateKeysError::NotText))
    };
    let account = Account {
        name: text("name", PrivateKeysError::NameMissing)?,
        protocol: text("protocol", PrivateKeysError::ProtocolMissing)?,
    };
    let key = list.find("private-key").ok_or(here(PrivateKeysError::KeyMissing))?;
    let fault = |reason| Fault::new(key.line, reason);
    let dsa = key.find("dsa").ok_or(fault(PrivateKeysError::NotDsa))?;
    let mut bytes = Zeroizing::new(Writer::new().short(0).into_bytes());
    // The secret number comes last, so that growing never moves it.
    for name in NUMBERS {
        let number = dsa.find(name).and_then(List::value);
        let number = number.ok_or(fault(PrivateKeysError::NumberMissing))?;
        bytes.extend_from_slice(&Zeroizing::new(Writer::new().mpi(number).into_bytes()));
    }
    let key = PrivateKey::from_bytes(&bytes).map_err(|error| fault(error.into()))?;
    Ok(AccountKey { account, key })
}

/// The most that an account takes: escaped or as digits, names grow to twice their length.
const fn entry_bytes_max(account: &Account) -> usize {
    let names_bytes = account.name.len().saturating_add(account.protocol.len());
    names_bytes.saturating_mul(2).saturating_add(KEY_BYTES_MAX)
}

/// A name as libgcrypt writes it: bare, in quotes, or as hexadecimal digits.
fn push_name(file: &mut String, name: &str) {
    let bytes = name.as_bytes();
    let has_token_bytes = bytes.iter().all(|byte| sexp::is_token(*byte));
    if bytes.first().is_some_and(|byte| !byte.is_ascii_digit()) && has_token_bytes {
        file.push_str(name);
    } else if bytes.first().is_some_and(|byte| !byte.is_ascii()) || bytes.iter().any(is_binary) {
        file.push('#');
        push_digits(file, bytes);
        file.push('#');
    } else {
        file.push('"');
        for c in name.chars() {
            match c {
                '\x08' => file.push_str("\\b"),
                '\t' => file.push_str("\\t"),
                '\x0b' => file.push_str("\\v"),
                '\n' => file.push_str("\\n"),
                '\x0c' => file.push_str("\\f"),
                '\r' => file.push_str("\\r"),
                '"' | '\'' | '\\' => {
                    file.push('\\');
                    file.push(c);
                }
                c => file.push(c),
            }
        }
        file.push('"');
    }
}

/// Bytes that libgcrypt puts into no text.
const fn is_binary(byte: &u8) -> bool {
    matches!(byte, 0..=0x07 | 0x0e..=0x1f | 0x7f..=0xa0)
}

fn push_key(file: &mut String, key: &PrivateKey) {
    file.push_str("(private-key \n (dsa \n");
    let bytes = key.to_bytes();
    // What our own writer wrote has all its fields.
    let _: Result<(), Malformed> = push_numbers(file, Reader::new(&bytes));
    file.push_str("  )\n )\n");
}

fn push_numbers(file: &mut String, mut reader: Reader<'_>) -> Result<(), Malformed> {
    reader.short()?;
    for name in NUMBERS {
        let number = reader.mpi()?;
        file.push_str("  (");
        file.push_str(name);
        // Without the zeroes, libgcrypt would take some numbers for negative ones.
        let has_top_bit = number.first().is_some_and(|byte| byte & 0x80 != 0);
        file.push_str(if has_top_bit { " #00" } else { " #" });
        push_digits(file, number);
        file.push_str("#)\n");
    }
    reader.end()
}

fn push_digits(file: &mut String, bytes: &[u8]) {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or_default();
    for byte in bytes {
        file.push(digit(byte >> 4).to_ascii_uppercase());
        file.push(digit(byte & 15).to_ascii_uppercase());
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::testing;

    #[test]
    fn a_written_file_never_grows_its_buffer() {
        let account = Account { name: "\"".repeat(300), protocol: "é".repeat(200) };
        let keys = Vec::from(
            [0, 1, 0]
                .map(|index| AccountKey { account: account.clone(), key: testing::key(index) }),
        );
        for count in 0..=keys.len() {
            let keys = &keys[..count];
            let file = write_private_keys(keys).unwrap();
            let bytes_max = KEY_BYTES_MAX * (count + 1) + 2 * 700 * count;
            assert!(file.len() <= bytes_max, "{} {bytes_max}", file.len());
            assert_eq!(file.capacity(), bytes_max);
        }
    }

    #[test]
    fn a_file_that_could_not_be_read_again_is_not_written() {
        let write = |length| {
            let account = Account { name: "a".repeat(length), protocol: String::from("xmpp") };
            write_private_keys(&[AccountKey { account, key: testing::key(0) }])
        };
        let length_max = (FILE_BYTES_MAX - KEY_BYTES_MAX - "(privkeys\n".len()) / 2 - 4;
        let file = write(length_max).unwrap();
        assert_eq!(read_private_keys(file.as_bytes()).unwrap().entries.len(), 1);
        let fault = write(length_max + 1).unwrap_err();
        assert_eq!(fault, WriteFault { index: 0, reason: WriteError::TooLong });
    }
}
