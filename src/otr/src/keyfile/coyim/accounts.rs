//! Keys, fingerprints and instance tags in `accounts.json`; the rest is not looked at.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use serde::Deserialize;
use zeroize::Zeroize as _;

use super::ACCOUNTS_BYTES_MAX;
use crate::crypto::PrivateKey;
use crate::error::KeyError;
use crate::fingerprint::Fingerprint;
use crate::instance::InstanceTag;
use crate::keyfile::{
    Account, AccountKey, AccountTag, Fault, KnownFingerprint, Trust, sexp, without_mark,
};

/// What the accounts that are read here have as protocol: CoyIM speaks no other.
pub const PROTOCOL: &str = "xmpp";

/// The tag of a fingerprint that was verified by a secret. Any other is a name that the person
/// gave to it.
const SMP_TAG: &str = "SMP";

/// What an `accounts.json` tells about OTR.
#[derive(Clone, Debug)]
pub struct Accounts {
    /// The keys of own accounts, several for one account if there are.
    pub keys: Vec<AccountKey>,
    /// The keys of contacts. CoyIM notes [`Trust::Smp`] also when only the contact asked and the
    /// person answered.
    pub fingerprints: Vec<KnownFingerprint>,
    /// The tags of own accounts. Not to be taken over.
    pub tags: Vec<AccountTag>,
    /// What was passed over, and why.
    pub skipped: Vec<AccountFault>,
}

/// What is wrong with an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("account {account}: {reason}")]
pub struct AccountFault {
    /// The account's place in the file, counted from 0.
    pub account: usize,
    /// What is wrong with it.
    #[source]
    pub reason: AccountError,
}

/// Why a part of an account was passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// The account has no name, and was passed over as a whole.
    #[error("the account's name is missing")]
    NameMissing,
    /// A key is not base64.
    #[error("a key is not base64")]
    NotBase64,
    /// A key is not one that we could use.
    #[error("{0}")]
    Key(#[from] KeyError),
    /// A contact has no name.
    #[error("a contact's name is missing")]
    ContactMissing,
    /// A fingerprint is not 40 hexadecimal digits.
    #[error("a fingerprint is not 40 hexadecimal digits")]
    Fingerprint,
    /// The instance tag is below 0x100.
    #[error("the instance tag is below 0x100")]
    InstanceTag,
}

/// Why a file is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// The file is longer than [`ACCOUNTS_BYTES_MAX`], and was not read.
    #[error("the file is too long")]
    FileTooLong,
    /// Not JSON, or with other fields.
    #[error("not a file of CoyIM")]
    Malformed,
}

/// Reads `accounts.json`. What makes no sense in an account is passed over and reported. Every key
/// is checked: its sizes, and that y is g to the x.
///
/// # Errors
/// [`JsonError`], when the file as a whole is another thing.
pub fn read_accounts(bytes: &[u8]) -> Result<Accounts, Fault<JsonError>> {
    let file: File<'_> = read_json(bytes)?;
    let (keys, fingerprints, tags, skipped) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut accounts = Accounts { keys, fingerprints, tags, skipped };
    for (index, entry) in file.accounts.iter().enumerate() {
        accounts.add(index, entry);
    }
    Ok(accounts)
}

/// Reads JSON of limited length. What the parser complains of is not passed on: it may quote.
pub(super) fn read_json<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Fault<JsonError>> {
    if bytes.len() > ACCOUNTS_BYTES_MAX {
        return Err(Fault::new(1, JsonError::FileTooLong));
    }
    serde_json::from_slice(without_mark(bytes))
        .map_err(|error| Fault::new(error.line().max(1), JsonError::Malformed))
}

impl Accounts {
    fn add(&mut self, index: usize, entry: &Entry<'_>) {
        let skipped = &mut self.skipped;
        let mut skip = |reason| skipped.push(AccountFault { account: index, reason });
        if entry.account.is_empty() {
            return skip(AccountError::NameMissing);
        }
        let account =
            Account { name: String::from(entry.account.as_ref()), protocol: PROTOCOL.into() };
        for text in entry.private_keys.iter().flatten().chain(&entry.private_key) {
            match text.key() {
                Ok(key) => self.keys.push(AccountKey { account: account.clone(), key }),
                Err(reason) => skip(reason),
            }
        }
        let peers = entry.peers.iter().flatten().flat_map(|peer| {
            let prints = peer.fingerprints.iter().flatten();
            prints.map(|print| (&peer.user_id, &print.fingerprint_hex, print.trust()))
        });
        let old = entry.known_fingerprints.iter().flatten().map(|print| {
            let trust = if print.untrusted { Trust::Untrusted } else { Trust::Verified };
            (&print.user_id, &print.fingerprint_hex, trust)
        });
        // CoyIM drops those without digits, and says nothing.
        for (contact, digits, trust) in peers.chain(old).filter(|(_, digits, _)| !digits.is_empty())
        {
            match (contact.is_empty(), digits.parse::<Fingerprint>()) {
                (true, _) => skip(AccountError::ContactMissing),
                (false, Err(_)) => skip(AccountError::Fingerprint),
                (false, Ok(fingerprint)) => self.fingerprints.push(KnownFingerprint {
                    contact: String::from(contact.as_ref()),
                    account: account.clone(),
                    fingerprint,
                    trust,
                }),
            }
        }
        match (entry.instance_tag, InstanceTag::new(entry.instance_tag)) {
            (0, _) => {}
            (_, None) => skip(AccountError::InstanceTag),
            (_, Some(tag)) => self.tags.push(AccountTag { account, tag }),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct File<'a> {
    #[serde(borrow)]
    accounts: Vec<Entry<'a>>,
}

/// One account. Lists may be `null`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry<'a> {
    #[serde(borrow)]
    account: Cow<'a, str>,
    private_keys: Option<Vec<Secret<'a>>>,
    /// From times with one key for each account.
    private_key: Option<Secret<'a>>,
    peers: Option<Vec<Peer<'a>>>,
    /// From times before `peers`.
    known_fingerprints: Option<Vec<KnownPrint<'a>>>,
    #[serde(default)]
    instance_tag: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Peer<'a> {
    #[serde(borrow, rename = "UserID")]
    user_id: Cow<'a, str>,
    fingerprints: Option<Vec<Print<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Print<'a> {
    #[serde(borrow)]
    fingerprint_hex: Cow<'a, str>,
    #[serde(default)]
    trusted: bool,
    #[serde(borrow, default)]
    tag: Cow<'a, str>,
}

impl Print<'_> {
    fn trust(&self) -> Trust {
        match (self.trusted, self.tag.as_ref()) {
            (false, _) => Trust::Untrusted,
            (true, SMP_TAG) => Trust::Smp,
            (true, _) => Trust::Verified,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct KnownPrint<'a> {
    #[serde(borrow, rename = "UserID")]
    user_id: Cow<'a, str>,
    #[serde(borrow)]
    fingerprint_hex: Cow<'a, str>,
    #[serde(default)]
    untrusted: bool,
}

/// A key in base64. It stays where it is in the file, and is wiped if it had to be copied.
#[derive(Deserialize)]
struct Secret<'a>(#[serde(borrow)] Cow<'a, str>);

impl Secret<'_> {
    fn key(&self) -> Result<PrivateKey, AccountError> {
        let bytes = sexp::base64(self.0.as_bytes()).map_err(|_| AccountError::NotBase64)?;
        Ok(PrivateKey::from_bytes(&bytes)?)
    }
}

impl Drop for Secret<'_> {
    fn drop(&mut self) {
        if let Cow::Owned(text) = &mut self.0 {
            text.zeroize();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_not_copied_out_of_the_file() {
        let json = br#"{"Accounts":[{"Account":"a","PrivateKeys":["AAAA"],"PrivateKey":"AA=="}]}"#;
        let file: File<'_> = read_json(json).unwrap();
        let [entry] = file.accounts.as_slice() else { panic!("not one account") };
        let keys: Vec<_> = entry.private_keys.iter().flatten().chain(&entry.private_key).collect();
        assert_eq!(keys.len(), 2);
        assert!(keys.iter().all(|key| matches!(key.0, Cow::Borrowed(_))));
    }
    #[test]
    fn a_mark_before_the_file_is_passed_over() {
        let json = "\u{feff}{\"Accounts\":[{\"Account\":\"a\"}]}\r\n";
        let file: File<'_> = read_json(json.as_bytes()).unwrap();
        assert_eq!(file.accounts.len(), 1);
    }
}
