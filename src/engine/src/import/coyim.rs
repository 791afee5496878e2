//! CoyIM: `accounts.json`, or `accounts.json.enc` under a passphrase, which CoyIM prefers.

use std::borrow::Cow;
use std::path::Path;

use otr::keyfile::coyim::{AccountError, OpenError, open_accounts, read_accounts};
use serde::Deserialize;
use serde::de::IgnoredAny;
use zeroize::Zeroizing;

use xmpp::Route;

use super::collector::{Collector, Login, own_address};
use super::proxy;
use crate::message::{ImportError, Secret, UserDirs};

pub(super) fn look(shelf: &mut Collector, homes: &UserDirs, passphrase: Option<&Secret>) {
    // The same in most places; elsewhere CoyIM keeps to the second.
    let mut folders = vec![homes.config.clone(), homes.home.join(".config")];
    folders.dedup();
    for folder in folders {
        let folder = folder.join("coyim");
        let (sealed, plain) = (folder.join("accounts.json.enc"), folder.join("accounts.json"));
        if let Some(bytes) = shelf.read(&sealed) {
            let opened = passphrase
                .ok_or(ImportError::Sealed)
                .and_then(|passphrase| open_accounts(&bytes, passphrase.expose()).map_err(trouble));
            match opened {
                Ok(bytes) => accounts(shelf, &sealed, &bytes),
                Err(why) => shelf.trouble(&sealed, why),
            }
        } else if let Some(bytes) = shelf.read(&plain) {
            accounts(shelf, &plain, &bytes);
        }
    }
}

fn trouble(error: OpenError) -> ImportError {
    match error {
        OpenError::WrongPassphrase => ImportError::Sealed,
        OpenError::Json(_) | OpenError::Malformed | OpenError::Cost => ImportError::Damaged,
    }
}

fn accounts(shelf: &mut Collector, path: &Path, bytes: &[u8]) {
    let logins = serde_json::from_slice(bytes).map(|File { accounts }| accounts);
    let mut is_sound = logins.is_ok();
    for entry in logins.unwrap_or_default() {
        is_sound &= match entry {
            Listed::Account(entry) => shelf.login((*entry).into()).is_ok(),
            Listed::Other(_) => false,
        };
    }
    let Ok(contents) = read_accounts(bytes) else { return shelf.damaged(path) };
    // CoyIM uses the first.
    for key in contents.keys.into_iter().rev() {
        if let Ok(id) = own_address(&key.account.name) {
            shelf.key(id, key.key);
        }
    }
    let contacts = shelf.contacts(contents.fingerprints, |account| own_address(&account.name));
    is_sound &= contacts.is_ok();
    // Tags are not taken over anyway.
    is_sound &= contents.skipped.iter().all(|fault| fault.reason == AccountError::InstanceTag);
    if !is_sound {
        shelf.damaged(path);
    }
}

/// What the file tells about signing in.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct File<'a> {
    #[serde(borrow)]
    accounts: Vec<Listed<'a>>,
}

/// One that is no account hides no other.
#[derive(Deserialize)]
#[serde(untagged)]
enum Listed<'a> {
    #[serde(borrow)]
    Account(Box<Entry<'a>>),
    Other(IgnoredAny),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry<'a> {
    #[serde(borrow)]
    account: Cow<'a, str>,
    #[serde(borrow, default)]
    server: Cow<'a, str>,
    #[serde(default)]
    port: i64,
    /// One behind the other.
    #[serde(borrow, default)]
    proxies: Option<Vec<Cow<'a, str>>>,
    #[serde(borrow, default)]
    password: Cow<'a, str>,
}

impl From<Entry<'_>> for Login {
    fn from(entry: Entry<'_>) -> Self {
        Self {
            address: entry.account.into_owned(),
            host: entry.server.into_owned(),
            port: u16::try_from(entry.port).ok(),
            direct_tls: false,
            route: match entry.proxies.as_deref().unwrap_or_default() {
                [] => Some(Route::Direct),
                [proxy] => proxy::of_url(proxy),
                // None of ours goes through several.
                [_, _, ..] => None,
            },
            password: Zeroizing::new(entry.password.into_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Home;
    use crate::message::{ImportError, Route, Server};

    const PLAIN: &str = ".config/coyim/accounts.json";
    const SEALED: &str = ".config/coyim/accounts.json.enc";

    // Two accounts with one key, some faults, and the same under a passphrase.
    const ACCOUNTS: &str = include_str!("../../../otr/tests/vectors/keyfile_coyim.json");
    const SEALED_ACCOUNTS: &str = include_str!("../../../otr/tests/vectors/keyfile_coyim.json.enc");
    const PASSPHRASE: &str = "open sesame ö";

    #[test]
    fn an_account_comes_with_server_password_and_keys_of_contacts() {
        let home = Home::new();
        home.write(
            PLAIN,
            "{\"Accounts\":[{\"Account\":\"Alice@Example.org\",\"Server\":\"xmpp.example.org\",\
             \"Proxies\":[],\"Password\":\"open \\u0073esame\",\"Port\":5269,\"PrivateKeys\":null,\
             \"Peers\":[{\"UserID\":\"bob@example.org\",\"Fingerprints\":[{\"FingerprintHex\":\
             \"0123456789abcdef0123456789abcdef01234567\",\"Trusted\":true}]}],\"InstanceTag\":1},\
             {\"Account\":\"bob@example.org\",\"Server\":\"\",\"Port\":-1}],\"ShowMenu\":true}",
        );
        let found = home.look();
        assert_eq!(found.troubles, []);
        let [alice, bob] = found.accounts.as_slice() else { panic!("{found:?}") };
        assert_eq!(alice.id.account.as_str(), "alice@example.org");
        let host = "xmpp.example.org".to_owned();
        assert_eq!(alice.server, Server::At { host, port: 5269, direct_tls: false });
        assert_eq!(alice.route, Some(Route::Direct));
        assert_eq!(alice.password(), Some("open sesame"));
        assert_eq!(alice.known(), [("bob@example.org", true)]);
        assert_eq!((&bob.server, bob.password()), (&Server::Discover, None));
    }

    #[test]
    fn what_is_sound_is_taken_and_the_rest_told() {
        let home = Home::new();
        home.write(PLAIN, ACCOUNTS);
        let found = home.look();
        assert_eq!(found.faults(), [(home.file(PLAIN), ImportError::Damaged)]);
        let keys: Vec<_> =
            found.accounts.iter().map(|it| (it.id.account.as_str(), it.key.is_some())).collect();
        assert_eq!(keys, [("alice@example.org", true), ("old@example.org", true)]);
    }

    #[test]
    fn a_sealed_file_waits_for_its_passphrase_and_hides_an_open_one() {
        let home = Home::new();
        home.write(SEALED, SEALED_ACCOUNTS);
        home.write(PLAIN, "{\"Accounts\":[{\"Account\":\"stale@example.org\"}]}");
        for wrong in [None, Some(""), Some("open sesame")] {
            let found = home.look_with(wrong);
            assert_eq!(found.faults(), [(home.file(SEALED), ImportError::Sealed)]);
            assert!(found.accounts.is_empty());
        }
        let found = home.look_with(Some(PASSPHRASE));
        assert_eq!(found.addresses(), ["alice@example.org", "old@example.org"]);
    }

    #[test]
    fn garbage_is_damaged_sealed_or_not() {
        for file in [PLAIN, SEALED] {
            for bytes in [&b"\0\xff"[..], b"", b"{}", b"[]", &b"[".repeat(1 << 20)] {
                let home = Home::new();
                home.write(file, bytes);
                let found = home.look_with(Some(PASSPHRASE));
                assert_eq!(found.faults(), [(home.file(file), ImportError::Damaged)]);
            }
        }
        for other in [
            "{\"Account\":\"@\"}",
            "{\"Account\":7}",
            "{\"Account\":\"carol@example.org\",\"Port\":\"no\"}",
            "null",
            "7",
        ] {
            let home = Home::new();
            let text = format!("{{\"Accounts\":[{other},{{\"Account\":\"bob@example.org\"}}]}}");
            home.write(PLAIN, text);
            let found = home.look();
            assert_eq!(found.faults(), [(home.file(PLAIN), ImportError::Damaged)], "{other}");
            assert_eq!(found.addresses(), ["bob@example.org"], "{other}");
        }
    }
}
