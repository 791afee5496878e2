//! Private keys as other clients write them, with every quirk that was seen.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code")]

mod support;

use otr::keyfile::{
    Account, AccountKey, Contents, Fault, PrivateKeysError, SyntaxError, read_key3,
    read_private_keys, write_key3, write_private_keys,
};
use otr::{KeyError, PrivateKey};
use proptest::prelude::*;

const VECTORS: &str = include_str!("vectors/dsa_libotr.txt");

/// A number of a key that libotr made: hexadecimal digits, with leading zeroes where libgcrypt
/// writes them.
fn number(name: &str) -> String {
    let line = VECTORS.lines().find_map(|line| line.strip_prefix(&format!("{name}="))).unwrap();
    let zeroes = if line.starts_with(['8', '9', 'a', 'b', 'c', 'd', 'e', 'f']) { "00" } else { "" };
    format!("{zeroes}{line}").to_uppercase()
}

/// The same key by another way.
fn libotr_key() -> PrivateKey {
    let mut bytes = vec![0, 0];
    for name in ["p", "q", "g", "y", "x"] {
        let digits = number(name);
        let digits = digits.strip_prefix("00").unwrap_or(&digits);
        bytes.extend_from_slice(&u32::try_from(digits.len() / 2).unwrap().to_be_bytes());
        bytes.extend(unhex(digits));
    }
    PrivateKey::from_bytes(&bytes).unwrap()
}

fn unhex(digits: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
    (0..digits.len()).step_by(2).map(byte).collect()
}

/// A file with one account, laid out as libotr does.
fn libotr_file(name: &str) -> String {
    let numbers: String =
        ["p", "q", "g", "y", "x"].map(|name| format!("  ({name} #{}#)\n", number(name))).concat();
    format!(
        "(privkeys\n (account\n(name {name})\n(protocol prpl-jabber)\n(private-key \n (dsa \n\
         {numbers}  )\n )\n )\n)\n"
    )
}

/// Asserts that a file holds libotr's key for this account, and nothing else.
#[track_caller]
fn holds(file: &[u8], name: &str) {
    let contents = read_private_keys(file).unwrap();
    assert_eq!(contents.skipped, []);
    assert_eq!(contents.entries.len(), 1);
    let AccountKey { account, key } = &contents.entries[0];
    assert_eq!((account.name.as_str(), account.protocol.as_str()), (name, "prpl-jabber"));
    assert_eq!(key.fingerprint(), libotr_key().fingerprint());
    assert_eq!(key.to_bytes(), libotr_key().to_bytes());
}

// otr3 C
#[test]
fn a_key_of_libotr_is_read() {
    holds(libotr_file("\"alice@test\"").as_bytes(), "alice@test");
}

// otr3 C
#[test]
fn a_key_is_written_as_libotr_writes_it() {
    let account = Account { name: "alice@test".into(), protocol: "prpl-jabber".into() };
    let file = write_private_keys(&[AccountKey { account, key: libotr_key() }]).unwrap();
    assert_eq!(*file, libotr_file("\"alice@test\""));
}

// otr3 C
#[test]
fn numbers_and_fields_come_in_any_order() {
    let [p, q, g, y, x] = ["p", "q", "g", "y", "x"].map(number);
    let file = format!(
        "(privkeys (account (private-key (other one) (dsa (x #{x}#)(y #{y}#)(more)(g #{g}#)(q #{q}#)\
         (p #{p}#))) (protocol prpl-jabber) (colour red) (name alice)))"
    );
    holds(file.as_bytes(), "alice");
}

// otr3 C
#[test]
fn hexadecimal_digits_may_be_lower_case() {
    let mut file = libotr_file("alice");
    for name in ["p", "q", "g", "y", "x"] {
        file = file.replace(&number(name), &number(name).to_lowercase());
    }
    assert_ne!(file, libotr_file("alice"));
    holds(file.as_bytes(), "alice");
}

// otr3 C
#[test]
fn leading_zeroes_may_be_missing_or_many() {
    let file = libotr_file("alice");
    assert!(file.contains("#00"));
    holds(file.replace("#00", "#").as_bytes(), "alice");
    holds(file.replace("(x #", "(x #000000").as_bytes(), "alice");
}

// otr3 C
#[test]
fn lines_may_end_with_a_carriage_return() {
    holds(libotr_file("alice").replace('\n', "\r\n").as_bytes(), "alice");
}

// otr3 C
#[test]
fn a_file_may_be_one_line() {
    holds(libotr_file("alice").replace('\n', "").as_bytes(), "alice");
}

// otr3 C
#[test]
fn numbers_and_names_may_be_base64() {
    use base64::Engine as _;
    let mut file = libotr_file("|YWxpY2U=|");
    for name in ["p", "q", "g", "y", "x"] {
        let encoded = base64::engine::general_purpose::STANDARD.encode(unhex(&number(name)));
        file = file.replace(&format!("#{}#", number(name)), &format!("|{encoded}|"));
    }
    assert!(!file.contains('#'));
    holds(file.as_bytes(), "alice");
}

// otr3 C
#[test]
fn names_and_numbers_may_be_canonical() {
    let canonical = |bytes: &[u8]| [format!("{}:", bytes.len()).as_bytes(), bytes].concat();
    let mut file = b"(8:privkeys(7:account(4:name10:alice@test)(8:protocol11:prpl-jabber)\
                     (11:private-key(3:dsa"
        .to_vec();
    for name in ["p", "q", "g", "y", "x"] {
        file.extend([&b"(1:"[..], name.as_bytes()].concat());
        file.extend(canonical(&unhex(&number(name))));
        file.push(b')');
    }
    file.extend_from_slice(b"))))");
    holds(&file, "alice@test");
    holds(libotr_file("10:alice@test").as_bytes(), "alice@test");
}

// otr3 C
#[test]
fn a_number_may_stand_as_raw_bytes_in_quotes() {
    // As libgcrypt writes one whose bytes all look like letters of Latin-1.
    let file = libotr_file("bob");
    let (before, after) = file.split_once(&format!("#{}#", number("x"))).unwrap();
    let mut raw = before.as_bytes().to_vec();
    raw.push(b'"');
    for byte in unhex(&number("x")) {
        if matches!(byte, b'"' | b'\\' | b'\r' | b'\n') {
            raw.extend(format!("\\x{byte:02x}").into_bytes());
        } else {
            raw.push(byte);
        }
    }
    raw.push(b'"');
    raw.extend_from_slice(after.as_bytes());
    assert!(str::from_utf8(&raw).is_err(), "the bytes are no text");
    holds(&raw, "bob");
}

// otr3 C
#[test]
fn names_in_quotes_have_the_escapes_of_c() {
    holds(libotr_file(r#""a \"b\" \\ \t\'\x41\102""#).as_bytes(), "a \"b\" \\ \t'AB");
}

// otr3 C
#[test]
fn names_outside_of_ascii_are_hexadecimal_digits_or_raw() {
    holds(libotr_file("#C3BC6C6961407465 7374#").as_bytes(), "ülia@test");
    holds(libotr_file("\"jürgen@test\"").as_bytes(), "jürgen@test");
}

// otr3 C
#[test]
fn what_follows_the_keys_is_not_looked_at() {
    for garbage in ["garbage", ")))", "\0\u{7f}", "#1#", "(privkeys"] {
        holds(format!("{}{garbage}", libotr_file("alice")).as_bytes(), "alice");
    }
}

// otr3 C
#[test]
fn an_odd_number_of_digits_is_refused_with_its_line() {
    let file = libotr_file("alice").replace("(g #", "(g #0");
    let reason = PrivateKeysError::Syntax(SyntaxError::OddHex);
    let fault = read_private_keys(file.as_bytes()).unwrap_err();
    assert_eq!(fault, Fault { line: 9, reason });
    assert_eq!(fault.to_string(), "line 9: an odd number of hexadecimal digits");
}

// otr3 C
#[test]
fn another_file_is_refused_with_line_and_reason() {
    let syntax = PrivateKeysError::Syntax;
    for (file, line, reason) in [
        ("", 1, syntax(SyntaxError::UnexpectedEnd)),
        ("<?xml version='1.0'?>", 1, syntax(SyntaxError::UnexpectedByte)),
        ("\n\n(privkeys\n(account", 4, syntax(SyntaxError::UnexpectedEnd)),
        ("\n(public-keys)", 2, PrivateKeysError::NotPrivateKeys),
        ("((privkeys))", 1, PrivateKeysError::NotPrivateKeys),
        ("()", 1, PrivateKeysError::NotPrivateKeys),
    ] {
        let fault = read_private_keys(file.as_bytes()).unwrap_err();
        assert_eq!(fault, Fault { line, reason }, "{file}");
    }
}

// otr3 C
#[test]
fn an_account_without_a_sound_key_is_passed_over_with_line_and_reason() {
    let good = libotr_file("alice");
    let account = good.strip_prefix("(privkeys\n").unwrap().strip_suffix(")\n").unwrap();
    let short_p = format!("#{}#", &number("p")[..number("p").len() - 2]);
    let [q, g, y, x] = ["q", "g", "y", "x"].map(number);
    let swap = |from: &str, to: &str| account.replacen(from, to, 1);
    for (bad, line, reason) in [
        ("stray\n".into(), 2, PrivateKeysError::NotAnAccount),
        (swap("account", "acount"), 2, PrivateKeysError::NotAnAccount),
        (swap("(name alice)", ""), 2, PrivateKeysError::NameMissing),
        (swap("(name alice)", "(name)"), 3, PrivateKeysError::NameMissing),
        (swap("(name alice)", "(name (a))"), 3, PrivateKeysError::NameMissing),
        (swap("alice", "#FF#"), 3, PrivateKeysError::NotText),
        (swap("alice", "#6100#"), 3, PrivateKeysError::NotText),
        (swap("(protocol", "(p"), 2, PrivateKeysError::ProtocolMissing),
        (swap("(private-key", "(public-key"), 2, PrivateKeysError::KeyMissing),
        (swap("(dsa", "(rsa"), 5, PrivateKeysError::NotDsa),
        (swap("(q ", "(u "), 5, PrivateKeysError::NumberMissing),
        (swap(&format!("#{}#", number("p")), &short_p), 5, PrivateKeysError::Key(KeyError::Size)),
        (swap("(p #", &format!("(p #{}", "11".repeat(9000))), 5, KeyError::Size.into()),
        (swap(&y, &format!("{}05", &y[..y.len() - 2])), 5, KeyError::Inconsistent.into()),
        (swap(&x, &format!("{}05", &x[..x.len() - 2])), 5, KeyError::Inconsistent.into()),
        (swap(&x, "00"), 5, KeyError::Inconsistent.into()),
        // otr3 A24: sizes that some arithmetic rounds, and some panics over.
        (swap(&q, &format!("01{}", &q[2..])), 5, KeyError::Size.into()),
        (swap(&q, &q[..38]), 5, KeyError::Size.into()),
        (swap(&g, "05"), 5, KeyError::Inconsistent.into()),
        (swap(&g, "01"), 5, KeyError::Inconsistent.into()),
        (swap(&y, "05"), 5, KeyError::Inconsistent.into()),
        (swap(&y, ""), 5, KeyError::Inconsistent.into()),
    ] {
        let file = format!("(privkeys\n{bad}{account})");
        let contents = read_private_keys(file.as_bytes()).unwrap();
        assert_eq!(contents.skipped, [Fault { line, reason }], "{bad}");
        assert_eq!(contents.entries.len(), 1, "the sound one is read: {bad}");
    }
}

#[test]
fn a_key_is_not_shown_by_debug() {
    let contents = read_private_keys(libotr_file("alice").as_bytes()).unwrap();
    let shown = format!("{contents:?}").to_uppercase();
    for name in ["p", "x"] {
        assert!(!shown.contains(&number(name)));
    }
    assert!(shown.contains(&libotr_key().fingerprint().to_string()));
}

// otr3 C
#[test]
fn a_key_of_gajim_is_read_as_it_is_written() {
    let key = libotr_key();
    let bytes = write_key3(&key);
    assert_eq!(bytes[..6], [0, 0, 0, 0, 0, 128]);
    assert_eq!(read_key3(&bytes).unwrap().fingerprint(), key.fingerprint());
    assert_eq!(read_key3(&bytes[1..]).unwrap_err(), KeyError::Malformed);
    assert_eq!(read_key3(&[&bytes[..], b"\n"].concat()).unwrap_err(), KeyError::Malformed);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn keys_with_any_names_are_read_as_they_were_written(
        names in proptest::collection::vec(("[^\\x00]{0,30}", "[^\\x00]{0,30}"), 0..3)
    ) {
        let keys: Vec<_> = names
            .into_iter()
            .enumerate()
            .map(|(index, (name, protocol))| AccountKey {
                account: Account { name, protocol },
                key: support::key(index),
            })
            .collect();
        let file = write_private_keys(&keys).unwrap();
        let Contents { entries, skipped } = read_private_keys(file.as_bytes()).unwrap();
        prop_assert_eq!(skipped, []);
        prop_assert_eq!(entries.len(), keys.len());
        for (read, written) in entries.iter().zip(&keys) {
            prop_assert_eq!(&read.account, &written.account);
            prop_assert_eq!(read.key.to_bytes(), written.key.to_bytes());
        }
    }

    #[test]
    fn any_bytes_are_survived(bytes: Vec<u8>) {
        prop_assert!(read_private_keys(&bytes).is_err());
        prop_assert!(read_key3(&bytes).is_err());
    }

    #[test]
    fn any_heap_of_marks_is_survived(
        marks in "[()#|\"\\\\:a09x \n]{0,200}", head in prop::sample::select(vec![
            "(privkeys ", "(privkeys (account (name a) (protocol b) (private-key (dsa ", "",
        ])
    ) {
        let contents = read_private_keys(format!("{head}{marks}").as_bytes());
        prop_assert!(contents.map_or(true, |contents| contents.entries.is_empty()));
    }

    #[test]
    fn an_altered_file_never_yields_another_key(
        at in any::<prop::sample::Index>(), byte: u8, cut in any::<Option<prop::sample::Index>>()
    ) {
        let mut file = libotr_file("\"alice@test\"").into_bytes();
        let at = at.index(file.len());
        file[at] = byte;
        if let Some(cut) = cut {
            file.truncate(cut.index(file.len()));
        }
        for AccountKey { key, .. } in read_private_keys(&file).map_or(vec![], |it| it.entries) {
            prop_assert_eq!(key.to_bytes(), libotr_key().to_bytes());
        }
    }
}
