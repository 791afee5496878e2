//! Gajim's OTR plugin: `NAME.key3` and `NAME.fpr`, where `NAME` is what Gajim calls the account.
//!
//! Whose a key is, the lines of the other file tell, or `NAME` if it is an address. If neither
//! does, the key is nobody's. Not here: Gajim's own settings, which changed their form many times.

use std::collections::BTreeSet;
use std::ffi::OsStr;

use otr::keyfile::read_key3;

use super::collector::{Collector, of_protocol, own_address};
use crate::message::{BareJid, UserDirs};

const PROTOCOLS: &[&str] = &["xmpp"];

pub(super) fn look(shelf: &mut Collector, homes: &UserDirs) {
    let folder = homes.data.join("gajim");
    let files = shelf.list(&folder);
    let is_ours = |extension: &OsStr| extension == "key3" || extension == "fpr";
    let files = files.iter().filter(|path| path.extension().is_some_and(is_ours));
    let names: BTreeSet<&OsStr> = files.filter_map(|path| path.file_stem()).collect();
    for name in names {
        let path = |extension: &str| {
            let mut file = name.to_owned();
            file.push(extension);
            folder.join(file)
        };
        let mut owners: BTreeSet<BareJid> = BTreeSet::new();
        shelf.fingerprints(&path(".fpr"), |account| {
            let owner = of_protocol(PROTOCOLS)(account)?;
            owners.insert(owner.clone());
            Ok(owner)
        });
        let named = || name.to_str().and_then(|name| own_address(name).ok());
        let owner = if owners.len() == 1 { owners.pop_first() } else { named() };
        let Some(owner) = owner else { continue };
        let path = path(".key3");
        let Some(bytes) = shelf.read(&path) else { continue };
        match read_key3(&bytes) {
            Ok(key) => shelf.key(owner, key),
            Err(_) => shelf.damaged(&path),
        }
    }
}

#[cfg(test)]
mod tests {
    use otr::keyfile::write_key3;

    use super::super::testing::{DIGITS, Home, key};
    use crate::message::ImportError;

    fn line(account: &str, protocol: &str) -> String {
        format!("bob@example.org\t{account}\t{protocol}\t{DIGITS}\tverified\n")
    }

    fn write_key(home: &Home, name: &str) {
        home.write(&format!(".local/share/gajim/{name}.key3"), write_key3(key()));
    }

    fn write_line(home: &Home, name: &str, account: &str) {
        home.write(&format!(".local/share/gajim/{name}.fpr"), line(account, "xmpp"));
    }

    #[test]
    fn lines_of_contacts_tell_whose_the_key_is() {
        let home = Home::new();
        write_key(&home, "Work");
        write_line(&home, "Work", "alice@example.org");
        let found = home.look();
        let alice = found.only();
        assert_eq!(alice.id.account.as_str(), "alice@example.org");
        assert_eq!(alice.key.as_ref().unwrap().fingerprint(), key().fingerprint());
        assert_eq!(alice.known(), [("bob@example.org", true)]);
    }

    #[test]
    fn without_them_the_name_does_if_it_is_an_address() {
        let home = Home::new();
        for name in ["alice@example.org", "Work", "example.org", "a b@example.org"] {
            write_key(&home, name);
        }
        home.write(".local/share/gajim/logs.db", "");
        assert_eq!(home.look().only().id.account.as_str(), "alice@example.org");
    }

    #[test]
    fn a_key_that_may_be_of_two_accounts_is_nobodys() {
        let home = Home::new();
        write_key(&home, "Work");
        let lines = [line("alice@example.org", "xmpp"), line("carol@example.org", "xmpp")];
        home.write(".local/share/gajim/Work.fpr", lines.concat() + &line("dora", "IRC"));
        let found = home.look();
        assert_eq!(found.addresses(), ["alice@example.org", "carol@example.org"]);
        assert!(found.accounts.iter().all(|it| it.key.is_none()) && found.troubles.is_empty());
    }

    #[test]
    fn a_damaged_key_is_told_and_the_contacts_are_taken() {
        let home = Home::new();
        write_line(&home, "Work", "alice@example.org");
        home.write(".local/share/gajim/Work.key3", "not a key");
        let found = home.look();
        let path = home.file(".local/share/gajim/Work.key3");
        assert_eq!(found.faults(), [(path, ImportError::Damaged)]);
        assert_eq!(found.accounts[0].known(), [("bob@example.org", true)]);
    }
}
