//! Profanity: `accounts`, which is a key file of GLib, and `otr/alice_at_example.org/` with
//! `keys.txt` and `fingerprints.txt`.

use std::mem;
use std::path::Path;

use zeroize::Zeroizing;

use super::collector::{Collector, Login, of_protocol};
use crate::message::UserDirs;

const PROTOCOLS: &[&str] = &["xmpp"];

pub(super) fn look(shelf: &mut Collector, homes: &UserDirs) {
    // The same in most places; elsewhere Profanity keeps to the second.
    let mut folders = vec![homes.data.clone(), homes.home.join(".local").join("share")];
    folders.dedup();
    for folder in folders {
        let folder = folder.join("profanity");
        accounts(shelf, &folder.join("accounts"));
        for account in shelf.list(&folder.join("otr")) {
            shelf.private_keys(&account.join("keys.txt"), of_protocol(PROTOCOLS));
            shelf.fingerprints(&account.join("fingerprints.txt"), of_protocol(PROTOCOLS));
        }
    }
}

fn accounts(shelf: &mut Collector, path: &Path) {
    let Some(bytes) = shelf.read(path) else { return };
    let mut login: Option<Login> = None;
    let mut is_sound = true;
    for line in bytes.split(|byte| *byte == b'\n') {
        let Ok(line) = str::from_utf8(line) else {
            is_sound = false;
            continue;
        };
        let line = line.trim_start_matches('\u{feff}').trim_start().trim_end_matches('\r');
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[') {
            let name = name.trim_end().strip_suffix(']').unwrap_or_default();
            let login = login.replace(Login { address: name.to_owned(), ..Login::default() });
            is_sound &= login.is_none_or(|login| shelf.login(login).is_ok());
        } else if let (Some(login), Some((key, value))) = (&mut login, line.split_once('=')) {
            is_sound &= set(login, key.trim_end(), value.trim_start()).is_some();
        } else {
            is_sound = false;
        }
    }
    is_sound &= login.is_none_or(|login| shelf.login(login).is_ok());
    if !is_sound {
        shelf.damaged(path);
    }
}

/// Takes in one setting; `None` if its value is none.
fn set(login: &mut Login, key: &str, value: &str) -> Option<()> {
    match key {
        "jid" => login.address = mem::take(&mut *unescaped(value)?),
        "server" => login.host = mem::take(&mut *unescaped(value)?),
        "port" => login.port = Some(value.trim_end().parse().ok()?),
        // Newer ones say `direct`.
        "tls.policy" => login.direct_tls = matches!(value, "legacy" | "direct"),
        "password" => login.password = unescaped(value)?,
        _ => {}
    }
    Some(())
}

/// Resolves GLib's escapes; `None` for one that it does not know.
fn unescaped(value: &str) -> Option<Zeroizing<String>> {
    // Never grown: the escapes are longer.
    let mut text = Zeroizing::new(String::with_capacity(value.len()));
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        text.push(match c {
            '\\' => match chars.next()? {
                's' => ' ',
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                '\\' => '\\',
                _ => return None,
            },
            c => c,
        });
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{DIGITS, Home, key};
    use crate::message::{ImportError, Server};

    const ACCOUNTS: &str = ".local/share/profanity/accounts";

    // As Profanity 0.13 writes it, after `/account add Alice@Example.org` and so on.
    const WRITTEN: &str = "[Alice@Example.org]\nenabled=true\njid=alice@example.org\n\
        resource=profanity.tG3r\nmuc.nick=alice\npresence.last=online\npriority.online=0\n\
        server=xmpp.example.org\nport=26223\ntls.policy=legacy\npassword=\\sa\\\\b;c=é d#\n\n\
        [work]\nenabled=true\njid=bob@example.org\nresource=desk\n";

    #[test]
    fn accounts_are_read_as_profanity_writes_them() {
        let home = Home::new();
        // As it was written, and as an editor on Windows leaves it.
        let edited = format!("\u{feff}{}", WRITTEN.replace('\n', "\r\n"));
        home.write(ACCOUNTS, edited);
        let found = home.look();
        assert_eq!(found.troubles, []);
        assert_eq!(found.addresses(), ["alice@example.org", "bob@example.org"]);
        home.write(ACCOUNTS, WRITTEN);
        let found = home.look();
        assert_eq!(found.troubles, []);
        assert_eq!(found.addresses(), ["alice@example.org", "bob@example.org"]);
        let [alice, bob] = found.accounts.as_slice() else { panic!() };
        let host = "xmpp.example.org".to_owned();
        assert_eq!(alice.server, Server::At { host, port: 26223, direct_tls: true });
        assert_eq!(alice.password(), Some(" a\\b;c=é d#"));
        assert_eq!((&bob.server, bob.password()), (&Server::Discover, None));
    }

    #[test]
    fn keys_and_those_of_contacts_belong_to_the_account() {
        let home = Home::new();
        home.write(ACCOUNTS, "[alice@example.org]\npassword=sesame\n");
        let folder = ".local/share/profanity/otr/alice_at_example.org";
        home.write_key(&format!("{folder}/keys.txt"), "alice@example.org", "xmpp");
        let line = |contact, trust| {
            format!("{contact}@example.org\talice@example.org\txmpp\t{DIGITS}\t{trust}\n")
        };
        let lines = [line("bob", "trusted"), line("carol", "smp"), line("dora", "")];
        home.write(&format!("{folder}/fingerprints.txt"), lines.concat());
        let found = home.look();
        let alice = found.only();
        assert_eq!(alice.password(), Some("sesame"));
        assert_eq!(alice.key.as_ref().unwrap().fingerprint(), key().fingerprint());
        let known = [("bob@example.org", true), ("carol@example.org", true)];
        assert_eq!(alice.known()[..2], known);
        assert_eq!(alice.known()[2..], [("dora@example.org", false)]);
    }

    #[test]
    fn what_is_sound_in_a_damaged_file_is_taken() {
        for other in [
            "jid=eve@example.org\n",
            "[@]\n",
            "[work]\n",
            "[eve\u{1}@example.org]\n",
            "[broken\n",
            "no setting\n",
            "[eve]\njid=\\q\n",
            "\0\n",
        ] {
            let home = Home::new();
            home.write(ACCOUNTS, format!("{other}[alice@example.org]\r\n# a comment\r\n"));
            let found = home.look();
            assert_eq!(found.faults(), [(home.file(ACCOUNTS), ImportError::Damaged)]);
            assert_eq!(found.addresses(), ["alice@example.org"], "{other}");
        }
        let home = Home::new();
        home.write(ACCOUNTS, b"[alice@example.org]\nport=99999\npassword=\\q\n\xff\xfe");
        let found = home.look();
        assert_eq!(found.faults(), [(home.file(ACCOUNTS), ImportError::Damaged)]);
        assert_eq!(found.accounts[0].password(), None);
    }
}
