//! CoyIM's `accounts.json`, and the sealed one: made by another program, from the description.

use otr::keyfile::coyim::{
    ACCOUNTS_BYTES_MAX, AccountError, AccountFault, JsonError, OpenError, open_accounts,
    read_accounts,
};
use otr::keyfile::{Fault, Trust};
use otr::{Fingerprint, KeyError};
use proptest::prelude::*;

const PLAIN: &[u8] = include_bytes!("vectors/keyfile_coyim.json");
const SEALED: &str = include_str!("vectors/keyfile_coyim.json.enc");
const PASSPHRASE: &str = "open sesame ö";

// otr3 C
#[test]
fn keys_are_read_and_broken_ones_passed_over() {
    let accounts = read_accounts(PLAIN).unwrap();
    let keys: Vec<_> = accounts
        .keys
        .iter()
        .map(|it| (it.account.name.as_str(), it.account.protocol.as_str(), it.key.fingerprint()))
        .collect();
    // The second has its key in the old field.
    let key = keys[0].2;
    assert_eq!(keys, [("alice@example.org", "xmpp", key), ("old@example.org", "xmpp", key)]);
    assert_eq!(
        accounts.skipped,
        [
            (0, AccountError::Key(KeyError::Malformed)),
            (0, AccountError::NotBase64),
            (0, AccountError::Fingerprint),
            (1, AccountError::InstanceTag),
            (2, AccountError::NameMissing),
        ]
        .map(|(account, reason)| AccountFault { account, reason })
    );
    assert_eq!(accounts.skipped[1].to_string(), "account 0: a key is not base64");
    let tags: Vec<_> = accounts.tags.iter().map(|it| (&*it.account.name, it.tag.get())).collect();
    assert_eq!(tags, [("alice@example.org", 0x0bad_cafe)]);
}

// otr3 C
#[test]
fn fingerprints_are_read_with_their_trust_from_new_and_old_fields() {
    let accounts = read_accounts(PLAIN).unwrap();
    let fingerprints: Vec<_> = accounts
        .fingerprints
        .iter()
        .map(|it| (&*it.account.name, &*it.contact, it.fingerprint, it.trust.clone()))
        .collect();
    let print = |byte| Fingerprint::V3([byte; 20]);
    let (alice, bob, old) = ("alice@example.org", "bob@example.org", "old@example.org");
    assert_eq!(
        fingerprints,
        [
            (alice, bob, print(0xb0), Trust::Smp),
            (alice, bob, print(0xb1), Trust::Verified),
            (alice, bob, print(0xb2), Trust::Untrusted),
            (old, "carol@example.org", print(0xca), Trust::Verified),
            (old, "dave@example.org", print(0xda), Trust::Untrusted),
        ]
    );
}

// otr3 C
#[test]
fn another_file_is_refused_with_line_and_reason() {
    for (file, line) in [
        (&b""[..], 1),
        (b"[]", 1),
        (b"{}", 1),
        (b"{\n\"Accounts\": [\n{\"Account\": 1}]}", 3),
        (SEALED.as_bytes(), 10),
    ] {
        let fault = read_accounts(file).unwrap_err();
        let told = file.escape_ascii().to_string();
        assert_eq!(fault.reason, JsonError::Malformed, "{told}");
        assert_eq!(fault.line, line, "{told}");
    }
}

#[test]
fn a_file_is_as_long_as_the_limit_and_no_longer() {
    let mut file = b"{\"Accounts\":[]}".to_vec();
    file.resize(ACCOUNTS_BYTES_MAX, b'\n');
    assert!(read_accounts(&file).unwrap().keys.is_empty());
    file.push(b'\n');
    let fault = Fault { line: 1, reason: JsonError::FileTooLong };
    assert_eq!(read_accounts(&file).unwrap_err(), fault);
    assert_eq!(open_accounts(&file, "").unwrap_err(), OpenError::Json(fault));
}

// otr3 C
#[test]
fn a_sealed_file_opens_with_its_passphrase_only() {
    assert_eq!(*open_accounts(SEALED.as_bytes(), PASSPHRASE).unwrap(), PLAIN);
    for wrong in ["", "open sesame", "open sesame o\u{308}"] {
        let error = open_accounts(SEALED.as_bytes(), wrong).unwrap_err();
        assert_eq!(error, OpenError::WrongPassphrase);
    }
}

// otr3 C
#[test]
fn a_sealed_file_that_was_altered_stays_shut() {
    let open = |from: &str, to: &str| {
        assert!(SEALED.contains(from), "{from}");
        open_accounts(SEALED.replacen(from, to, 1).as_bytes(), PASSPHRASE)
    };
    assert!(open("Nonce\": \"78", "Nonce\": \"7 8").is_ok());
    assert!(open("Nonce\": \"78377b", "Nonce\": \"78377B").is_ok());
    for (from, to, error) in [
        ("Nonce\": \"78", "Nonce\": \"79", OpenError::WrongPassphrase),
        ("Salt\": \"63", "Salt\": \"62", OpenError::WrongPassphrase),
        ("Data\": \"01", "Data\": \"00", OpenError::WrongPassphrase),
        ("Data\": \"01", "Data\": \"", OpenError::WrongPassphrase),
        ("\"N\": 1024", "\"N\": 2048", OpenError::WrongPassphrase),
        ("\"N\": 1024", "\"N\": 1073741824", OpenError::Cost),
        ("Nonce\": \"78", "Nonce\": \"", OpenError::Malformed),
        ("Nonce\": \"78", "Nonce\": \"7", OpenError::Malformed),
        ("Nonce\": \"78", "Nonce\": \"7g", OpenError::Malformed),
        ("63479ad69a090b258277ec8fba6f9941", "", OpenError::Malformed),
        ("Data", "Date", OpenError::Json(Fault { line: 10, reason: JsonError::Malformed })),
    ] {
        assert_eq!(open(from, to).unwrap_err(), error, "{from} {to}");
    }
    let error =
        open_accounts(br#"{"Params":{"Nonce":"","Salt":"","N":2,"R":1,"P":1},"Data":""}"#, "");
    assert_eq!(error.unwrap_err(), OpenError::Malformed);
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes: Vec<u8>) {
        prop_assert!(read_accounts(&bytes).is_err());
        prop_assert!(open_accounts(&bytes, "").is_err());
    }

    #[test]
    fn an_altered_file_never_yields_another_key(at in any::<prop::sample::Index>(), byte: u8) {
        let sound = read_accounts(PLAIN).unwrap().keys[0].key.to_bytes();
        let mut file = PLAIN.to_vec();
        let at = at.index(file.len());
        file[at] = byte;
        for it in read_accounts(&file).map_or(vec![], |accounts| accounts.keys) {
            prop_assert_eq!(it.key.to_bytes(), sound.clone());
        }
    }
}
