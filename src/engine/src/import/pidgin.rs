//! Pidgin and Finch: `.purple` with `accounts.xml`, `otr.private_key` and `otr.fingerprints`.
//!
//! Not here: Adium, which stands on the same library, but numbers its accounts and explains the
//! numbers in a property list.

use std::mem;
use std::path::Path;

use zeroize::Zeroizing;

use super::collector::{Collector, Login, of_protocol};
use super::proxy::TypedProxy;
use super::xml;
use crate::message::UserDirs;

/// What Pidgin calls XMPP; the short one is from old times.
const PROTOCOLS: &[&str] = &["prpl-jabber", "jabber"];

pub(super) fn look(shelf: &mut Collector, homes: &UserDirs) {
    let home = if cfg!(windows) { &homes.config } else { &homes.home };
    let folder = home.join(".purple");
    accounts(shelf, &folder.join("accounts.xml"));
    shelf.private_keys(&folder.join("otr.private_key"), of_protocol(PROTOCOLS));
    shelf.fingerprints(&folder.join("otr.fingerprints"), of_protocol(PROTOCOLS));
}

fn accounts(shelf: &mut Collector, path: &Path) {
    let Some(bytes) = shelf.read(path) else { return };
    let (mut protocol, mut login) = (String::new(), Login::default());
    let mut typed = TypedProxy::default();
    let mut is_sound = true;
    let read = xml::read(&bytes, "account", |element| match (element.path, element.label) {
        ("account/protocol", _) => element.text.clone_into(&mut protocol),
        ("account/name", _) => element.text.clone_into(&mut login.address),
        ("account/password", _) => login.password = Zeroizing::new(element.text.to_owned()),
        ("account/proxy/type", _) => element.text.clone_into(&mut typed.kind),
        ("account/proxy/host", _) => element.text.clone_into(&mut typed.host),
        ("account/proxy/port", _) => typed.port = element.text.parse().ok(),
        ("account/proxy/username", _) => element.text.clone_into(&mut typed.user),
        ("account/proxy/password", _) => typed.password = Zeroizing::new(element.text.to_owned()),
        ("account/settings/setting", "connect_server") => {
            element.text.clone_into(&mut login.host);
        }
        ("account/settings/setting", "port") => login.port = element.text.parse().ok(),
        ("account/settings/setting", "connection_security") => {
            login.direct_tls = element.text == "old_ssl";
        }
        ("account", _) => {
            login.route = mem::take(&mut typed).route();
            let login = mem::take(&mut login);
            if PROTOCOLS.contains(&mem::take(&mut protocol).as_str()) {
                is_sound &= shelf.login(login).is_ok();
            }
        }
        _ => {}
    });
    if read.is_err() || !is_sound {
        shelf.damaged(path);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{DIGITS, Home, key};
    use super::super::{Found, file};
    use crate::message::{ImportError, Route, Server, Tor};

    const ACCOUNTS: &str = ".purple/accounts.xml";
    const KEYS: &str = ".purple/otr.private_key";
    const FINGERPRINTS: &str = ".purple/otr.fingerprints";

    /// An account as Pidgin 2.14 writes it.
    fn account(protocol: &str, name: &str, settings: &str) -> String {
        format!(
            "\t<account>\n\t\t<protocol>{protocol}</protocol>\n\t\t<name>{name}</name>\n\
             \t\t<password>&lt;open&gt; sesame&apos;</password>\n\
             \t\t<statuses>\n\t\t\t<status type='away' name='Away' active='true'>\n\
             \t\t\t\t<attributes>\n\t\t\t\t\t<attribute id='message' value='I&apos;m out'/>\n\
             \t\t\t\t</attributes>\n\t\t\t</status>\n\t\t</statuses>\n\
             \t\t<userinfo>&lt;vCard xmlns=&apos;vcard-temp&apos;/&gt;</userinfo>\n\
             \t\t<settings>\n{settings}\t\t</settings>\n\
             \t\t<settings ui='gtk-gaim'>\n\
             \t\t\t<setting name='auto-login' type='bool'>1</setting>\n\t\t</settings>\n\
             \t\t<current_error/>\n\t</account>\n"
        )
    }

    fn setting(name: &str, value: &str) -> String {
        format!("\t\t\t<setting name='{name}' type='string'>{value}</setting>\n")
    }

    fn document(accounts: &[String]) -> String {
        let accounts = accounts.concat();
        format!(
            "<?xml version='1.0' encoding='UTF-8' ?>\n\n<account version='1.0'>\n{accounts}\
             </account>\n"
        )
    }

    fn server(settings: &[(&str, &str)]) -> Server {
        let home = Home::new();
        let settings: String = settings.iter().map(|(name, value)| setting(name, value)).collect();
        home.write(ACCOUNTS, document(&[account("prpl-jabber", "alice@example.org/", &settings)]));
        home.look().only().server.clone()
    }

    fn at(host: &str, port: u16, direct_tls: bool) -> Server {
        Server::At { host: host.to_owned(), port, direct_tls }
    }

    fn damaged(home: &Home, file: &str) -> Found {
        let found = home.look();
        assert_eq!(found.faults(), [(home.file(file), ImportError::Damaged)]);
        found
    }

    #[test]
    fn an_account_comes_with_its_password_its_key_and_the_keys_of_contacts() {
        let home = Home::new();
        home.write(ACCOUNTS, document(&[account("prpl-jabber", "Alice@Example.org/pidgin", "")]));
        home.write_key(KEYS, "Alice@Example.org/pidgin", "prpl-jabber");
        let line = |contact: &str, trust: &str| {
            format!("{contact}\tAlice@Example.org/pidgin\tprpl-jabber\t{DIGITS}\t{trust}\n")
        };
        let lines = [
            line("bob@example.org", "verified"),
            line("Carol@Example.org", "smp"),
            line("dora@example.org", ""),
            line("eve@example.org", "by Eve in Rome"),
        ];
        home.write(FINGERPRINTS, lines.concat());
        let found = home.look();
        let alice = found.only();
        assert_eq!(alice.id.account.as_str(), "alice@example.org");
        assert_eq!(alice.password(), Some("<open> sesame'"));
        assert_eq!(alice.key.as_ref().unwrap().fingerprint(), key().fingerprint());
        assert_eq!(alice.contacts[0].fingerprint, DIGITS.parse().unwrap());
        assert_eq!(
            alice.known(),
            [
                ("bob@example.org", true),
                ("carol@example.org", true),
                ("dora@example.org", false),
                ("eve@example.org", false)
            ]
        );
    }

    #[test]
    fn a_server_is_taken_as_it_is_set_there() {
        assert_eq!(server(&[("port", "5222"), ("connect_server", "")]), Server::Discover);
        let host = ("connect_server", "xmpp.example.org");
        assert_eq!(server(&[host]), at("xmpp.example.org", 5222, false));
        assert_eq!(server(&[host, ("port", "26222")]), at("xmpp.example.org", 26222, false));
        let old = ("connection_security", "old_ssl");
        assert_eq!(server(&[old, host]), at("xmpp.example.org", 5223, true));
        let tls = ("connection_security", "require_tls");
        assert_eq!(server(&[tls, host, ("port", "0")]), at("xmpp.example.org", 5222, false));
        assert_eq!(server(&[host, ("port", "99999")]), at("xmpp.example.org", 5222, false));
        assert_eq!(server(&[("connect_server", "two words")]), Server::Discover);
        assert_eq!(server(&[("connect_server", "a&#10;b")]), Server::Discover);
    }

    #[test]
    fn the_way_is_taken_as_it_is_set_there_each_for_its_own_account() {
        let home = Home::new();
        let proxied = |name: &str, proxy: &str| {
            let account = account("prpl-jabber", name, "");
            let proxy = format!("\t\t<proxy>\n{proxy}\t\t</proxy>\n\t\t<current_error/>");
            account.replace("\t\t<current_error/>", &proxy)
        };
        let tor = "\t\t\t<type>tor</type>\n\t\t\t<host>localhost</host>\n\t\t\t<port>9050</port>\n";
        let direct = "\t\t\t<type>none</type>\n";
        let accounts = [
            proxied("a@example.org/", tor),
            account("prpl-jabber", "b@example.org/", ""),
            proxied("c@example.org/", direct),
        ];
        home.write(ACCOUNTS, document(&accounts));
        let routes: Vec<_> = home.look().accounts.into_iter().map(|it| it.route).collect();
        let tor = Route::TorRequired(Tor { ports: vec![9050] });
        assert_eq!(routes, [Some(tor), None, Some(Route::Direct)]);
    }

    #[test]
    fn other_networks_are_passed_over() {
        let home = Home::new();
        home.write(
            ACCOUNTS,
            document(&[
                account("prpl-irc", "alice@irc.example.org", ""),
                account("jabber", "bob@example.org/", ""),
            ]),
        );
        home.write_key(KEYS, "alice@irc.example.org", "prpl-irc");
        home.write(FINGERPRINTS, format!("bob\talice@irc.example.org\tprpl-irc\t{DIGITS}\tsmp\n"));
        assert_eq!(home.look().only().id.account.as_str(), "bob@example.org");
    }

    #[test]
    fn a_key_without_a_known_account_is_one_and_two_resources_are_one() {
        let home = Home::new();
        home.write_key(KEYS, "alice@example.org/", "prpl-jabber");
        let line = |account: &str, trust: &str| {
            format!("bob@example.org\t{account}\tprpl-jabber\t{DIGITS}\t{trust}\n")
        };
        let (one, two) = ("alice@example.org/a", "alice@example.org/b");
        home.write(FINGERPRINTS, [line(one, "verified"), line(two, "")].concat());
        let found = home.look();
        let alice = found.only();
        assert!(alice.key.is_some() && alice.password.is_none());
        assert_eq!(alice.server, Server::Discover);
        assert_eq!(alice.known(), [("bob@example.org", true)]);
        // The same line twice: the later counts.
        home.write(FINGERPRINTS, [line(one, "verified"), line(one, "")].concat());
        assert_eq!(home.look().only().known(), [("bob@example.org", false)]);
    }

    #[test]
    fn what_is_sound_in_a_damaged_file_is_taken() {
        let home = Home::new();
        let alice = account("prpl-jabber", "alice@example.org/", "");
        for other in ["@", "example.org", "a\u{1}@example.org", "a b@example.org/", ""] {
            let other = account("prpl-jabber", other, "");
            home.write(ACCOUNTS, document(&[other, alice.clone()]));
            assert_eq!(damaged(&home, ACCOUNTS).addresses(), ["alice@example.org"]);
        }
        let whole = document(&[alice]);
        for rest in ["", "<account>", &"<account>".repeat(1 << 18), "\0\u{1}</a>", "&bad;"] {
            home.write(ACCOUNTS, whole.replace("</account>\n</account>\n", "</account>\n") + rest);
            assert_eq!(damaged(&home, ACCOUNTS).addresses(), ["alice@example.org"]);
        }
    }

    #[test]
    fn lines_that_make_no_sense_are_told_once_and_the_others_taken() {
        let home = Home::new();
        let lines = format!(
            "bob@example.org\talice@example.org/\tprpl-jabber\t{DIGITS}\tsmp\n\
             @\talice@example.org/\tprpl-jabber\t{DIGITS}\tsmp\n\
             eve@example.org\t@\tprpl-jabber\t{DIGITS}\tsmp\n\
             eve\u{1}@example.org\talice@example.org/\tprpl-jabber\t{DIGITS}\tsmp\n\
             eve@example.org\n"
        );
        home.write(FINGERPRINTS, lines);
        let found = damaged(&home, FINGERPRINTS);
        assert_eq!(found.accounts[0].known(), [("bob@example.org", true)]);
        assert_eq!(found.accounts.len(), 1);
    }

    #[test]
    fn garbage_is_survived_in_every_file() {
        for file in [ACCOUNTS, KEYS, FINGERPRINTS] {
            let home = Home::new();
            let long = vec![b'('; usize::try_from(file::BYTES_MAX).unwrap() + 1];
            for bytes in [&b"\0\xff\xfe<(((\x80"[..], &b"(".repeat(1 << 16), &long] {
                home.write(file, bytes);
                assert!(damaged(&home, file).accounts.is_empty());
            }
        }
    }

    #[test]
    fn a_folder_in_place_of_a_file_is_told_and_the_rest_read() {
        let home = Home::new();
        std::fs::create_dir_all(home.file(ACCOUNTS)).unwrap();
        home.write_key(KEYS, "alice@example.org/", "prpl-jabber");
        let found = home.look();
        assert_eq!(found.faults(), [(home.file(ACCOUNTS), ImportError::Unreadable)]);
        assert_eq!(found.addresses(), ["alice@example.org"]);
    }

    #[test]
    fn the_last_of_several_keys_counts() {
        let home = Home::new();
        let other = otr::PrivateKey::generate(&mut rand::rng());
        let last = other.fingerprint();
        let keys = [("alice@example.org/a", key().clone()), ("alice@example.org/b", other)];
        let keys = keys.map(|(name, key)| otr::keyfile::AccountKey {
            account: otr::keyfile::Account {
                name: name.to_owned(),
                protocol: "prpl-jabber".to_owned(),
            },
            key,
        });
        home.write(KEYS, otr::keyfile::write_private_keys(&keys).unwrap().as_bytes());
        assert_eq!(home.look().only().key.as_ref().unwrap().fingerprint(), last);
    }
}
