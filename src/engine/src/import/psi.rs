//! Psi and Psi+ with the OTR plugin: for each profile `accounts.xml` in the folder for settings,
//! `otr.keys` and `otr.fingerprints` in the one for data, where accounts are called by an id that
//! the first explains. Old ones keep both in `~/.psi`.
//!
//! The plugin notes that a key is verified in the language of the person: only English is
//! understood here.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;
use std::path::Path;

use otr::keyfile::Account;
use zeroize::Zeroizing;

use super::collector::{Collector, Login, Stray};
use super::xml;
use crate::message::{BareJid, UserDirs};

/// What the plugin calls XMPP.
const PROTOCOL: &str = "prpl-jabber";

/// Addresses by what Psi calls the account.
type Ids = BTreeMap<String, BareJid>;

pub(super) fn look(shelf: &mut Collector, homes: &UserDirs) {
    let mut settled = [&homes.config, &homes.data].to_vec();
    settled.dedup();
    for name in ["psi+", "psi"] {
        let folders: Vec<_> = settled.iter().map(|home| home.join(name)).collect();
        profiles(shelf, &folders.iter().map(|folder| folder.as_path()).collect::<Vec<_>>());
    }
    profiles(shelf, &[&homes.home.join(".psi")]);
}

/// Reads all profiles that lie in these folders, each in one or in several of them.
fn profiles(shelf: &mut Collector, folders: &[&Path]) {
    let folders: Vec<_> = folders.iter().map(|folder| folder.join("profiles")).collect();
    let paths: Vec<_> = folders.iter().flat_map(|folder| shelf.list(folder)).collect();
    let names: BTreeSet<_> = paths.iter().filter_map(|path| path.file_name()).collect();
    for name in names {
        let profile: Vec<_> = folders.iter().map(|folder| folder.join(name)).collect();
        let mut ids = Ids::new();
        for folder in &profile {
            accounts(shelf, &folder.join("accounts.xml"), &mut ids);
        }
        let owner = |account: &Account| {
            let id = ids.get(&account.name).filter(|_| account.protocol == PROTOCOL);
            id.cloned().ok_or(Stray::Unrelated)
        };
        for folder in &profile {
            shelf.private_keys(&folder.join("otr.keys"), owner);
            shelf.fingerprints(&folder.join("otr.fingerprints"), owner);
        }
    }
}

/// An account as Psi writes it down.
#[derive(Default)]
struct Entry {
    id: String,
    login: Login,
    uses_host: bool,
    hidden: Zeroizing<String>,
}

fn accounts(shelf: &mut Collector, path: &Path, ids: &mut Ids) {
    let Some(bytes) = shelf.read(path) else { return };
    let mut entry = Entry::default();
    let mut is_sound = true;
    let read = xml::read(&bytes, "accounts", |element| {
        let Some(place) = element.path.strip_prefix("accounts/") else { return };
        let Some((_, field)) = place.split_once('/') else {
            let (id, login) = mem::take(&mut entry).open();
            match shelf.login(login) {
                Ok(address) => drop(ids.insert(id, address)),
                Err(_) => is_sound = false,
            }
            return;
        };
        match field {
            "id" => element.text.clone_into(&mut entry.id),
            "jid" => element.text.clone_into(&mut entry.login.address),
            "use-host" => entry.uses_host = element.text == "true",
            "host" => element.text.clone_into(&mut entry.login.host),
            "port" => entry.login.port = element.text.parse().ok(),
            "ssl" => entry.login.direct_tls = element.text == "legacy",
            "password" => entry.hidden = Zeroizing::new(element.text.to_owned()),
            _ => {}
        }
    });
    if read.is_err() || !is_sound {
        shelf.damaged(path);
    }
}

impl Entry {
    fn open(mut self) -> (String, Login) {
        if !self.uses_host {
            self.login.host.clear();
        }
        self.login.password = bare(&self.hidden, &self.login.address).unwrap_or_default();
        (self.id, self.login)
    }
}

/// A password as it was typed. Psi hides it from passers-by only: its UTF-16 is mixed with that of
/// the address, and each unit written as four digits.
fn bare(hidden: &str, address: &str) -> Option<Zeroizing<String>> {
    let digits = hidden.as_bytes().chunks_exact(4);
    if address.is_empty() || !digits.remainder().is_empty() {
        return None;
    }
    let mut units = Zeroizing::new(Vec::with_capacity(digits.len()));
    for (digits, mask) in digits.zip(address.encode_utf16().cycle()) {
        let unit = u16::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?;
        units.push(unit ^ mask);
    }
    // Never grown: a unit takes three bytes at most.
    let mut text = Zeroizing::new(String::with_capacity(units.len().saturating_mul(3)));
    for c in char::decode_utf16(units.iter().copied()) {
        text.push(c.ok()?);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{DIGITS, Home, key};
    use super::*;
    use crate::message::{ImportError, Server};

    const ID: &str = "{6f1c5b0e-95a8-4c35-8a4f-3a1b2c3d4e5f}";

    fn hidden(password: &str, address: &str) -> String {
        let masks = address.encode_utf16().cycle();
        let units = password.encode_utf16().zip(masks).map(|(unit, mask)| unit ^ mask);
        units.map(|unit| format!("{unit:04x}")).collect()
    }

    /// Settings with one account, in the form of Psi's writer.
    fn settings(id: &str, jid: &str, rest: &str) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE accounts>\n\
             <accounts version=\"1.5\" xmlns=\"http://psi-im.org/options\">\n <accounts>\n  <a0>\n\
             \x20  <roster-cache>\n    <a0>\n     <jid type=\"QString\">dora@example.org</jid>\n\
             \x20    <groups type=\"QStringList\"><item>Friends</item></groups>\n    </a0>\n\
             \x20  </roster-cache>\n   <id type=\"QString\">{id}</id>\n\
             \x20  <jid type=\"QString\">{jid}</jid>\n{rest}  </a0>\n </accounts>\n\
             <order type=\"QStringList\"><item>{id}</item></order>\n</accounts>\n"
        )
    }

    fn fingerprint(account: &str, trust: &str) -> String {
        format!("bob@example.org/psi\t{account}\tprpl-jabber\t{DIGITS}\t{trust}\n")
    }

    #[test]
    fn settings_explain_whose_the_keys_are_wherever_they_lie() {
        for (config, data) in [
            (".config/psi+", ".local/share/psi+"),
            (".config/psi", ".local/share/psi"),
            (".local/share/psi+", ".local/share/psi+"),
            (".psi", ".psi"),
        ] {
            let home = Home::new();
            let (config, data) =
                (format!("{config}/profiles/default"), format!("{data}/profiles/default"));
            let address = "Alice@Example.org";
            let rest = format!(
                "<password type=\"QString\">{}</password><host type=\"QString\">a.b</host>\
                 <port type=\"int\">443</port><ssl type=\"QString\">legacy</ssl>\
                 <use-host type=\"bool\">true</use-host>",
                hidden("sésame 🗝", address)
            );
            home.write(&format!("{config}/accounts.xml"), settings(ID, address, &rest));
            home.write_key(&format!("{data}/otr.keys"), ID, "prpl-jabber");
            let lines = [fingerprint(ID, "verified"), fingerprint("{gone}", "verified")];
            home.write(&format!("{data}/otr.fingerprints"), lines.concat());
            let found = home.look();
            let alice = found.only();
            assert_eq!(alice.id.account.as_str(), "alice@example.org");
            assert_eq!(alice.password(), Some("sésame 🗝"));
            assert_eq!(alice.key.as_ref().unwrap().fingerprint(), key().fingerprint());
            assert_eq!(alice.known(), [("bob@example.org", true)]);
            let host = "a.b".to_owned();
            assert_eq!(alice.server, Server::At { host, port: 443, direct_tls: true });
        }
    }

    #[test]
    fn ids_count_in_their_own_profile_only() {
        let home = Home::new();
        let other = "bob@example.org";
        home.write(".config/psi/profiles/a/accounts.xml", settings(ID, "alice@example.org", ""));
        home.write(".config/psi/profiles/b/accounts.xml", settings(ID, other, ""));
        home.write_key(".local/share/psi/profiles/b/otr.keys", ID, "prpl-jabber");
        home.write_key(".local/share/psi/profiles/c/otr.keys", ID, "prpl-jabber");
        let found = home.look();
        assert_eq!(found.troubles, []);
        let keys: Vec<_> =
            found.accounts.iter().map(|it| (it.id.account.as_str(), it.key.is_some())).collect();
        assert_eq!(keys, [("alice@example.org", false), (other, true)]);
    }

    #[test]
    fn a_word_in_another_language_verifies_nothing_and_a_host_out_of_use_is_left() {
        let home = Home::new();
        let rest = "<host>a.b</host><use-host>false</use-host>";
        home.write(".psi/profiles/a/accounts.xml", settings(ID, "alice@example.org", rest));
        home.write(".psi/profiles/a/otr.fingerprints", fingerprint(ID, "überprüft"));
        let found = home.look();
        assert_eq!(found.only().known(), [("bob@example.org", false)]);
        assert_eq!(found.only().server, Server::Discover);
    }

    #[test]
    fn a_password_that_makes_no_sense_is_none() {
        for hidden in ["0", "00g0", "d83d", "é00", "+++++"] {
            assert_eq!(bare(hidden, "\0"), None, "{hidden}");
        }
        assert_eq!(bare("0061", ""), None);
        assert_eq!(bare("", "a").as_deref().map(String::as_str), Some(""));
    }

    #[test]
    fn damaged_settings_are_told() {
        for text in [settings(ID, "@", ""), "<accounts><accounts>".repeat(1 << 16), String::new()] {
            let home = Home::new();
            home.write(".psi/profiles/a/accounts.xml", text);
            home.write_key(".psi/profiles/a/otr.keys", ID, "prpl-jabber");
            let found = home.look();
            let path = home.file(".psi/profiles/a/accounts.xml");
            assert_eq!(found.faults(), [(path, ImportError::Damaged)]);
            assert!(found.accounts.is_empty());
        }
    }
}
