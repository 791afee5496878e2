//! Key files to and from the real libotr.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "test code")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use otr::Fingerprint;
use otr::keyfile::{
    Account, AccountKey, KnownFingerprint, Trust, read_fingerprints, read_instance_tags,
    read_private_keys, write_fingerprints, write_instance_tags, write_private_keys,
};
use support::peer::is_skipped;

/// The C program beside this file, built once.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let program = scratch("program");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/keyfile_libotr.c");
        let output = Command::new("cc")
            .args(["-O1", "-o"])
            .args([&program, &source])
            .args(["-lotr", "-lgcrypt"])
            .output()
            .unwrap();
        let help = "needs libotr with headers (Debian: libotr5-dev)";
        assert!(output.status.success(), "{help}\n{}", String::from_utf8_lossy(&output.stderr));
        program
    })
}

/// A place for one test's file.
fn scratch(name: &str) -> PathBuf {
    let name = format!("keyfile_libotr_{}_{name}", std::process::id());
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// What libotr says; an error is what it complains of.
fn libotr(arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(program()).args(arguments).output().unwrap();
    if output.status.success() {
        Ok(String::from_utf8(output.stdout).unwrap())
    } else {
        Err(String::from_utf8(output.stderr).unwrap())
    }
}

/// What libotr says of a file with these bytes.
fn libotr_reads(command: &str, name: &str, bytes: &[u8]) -> Result<String, String> {
    let path = scratch(name);
    fs::write(&path, bytes).unwrap();
    let said = libotr(&[command, path.to_str().unwrap()]);
    fs::remove_file(path).unwrap();
    said
}

/// The lines, sorted: libotr keeps its lists backwards.
fn sorted(said: &str) -> Vec<&str> {
    let mut lines: Vec<_> = said.lines().collect();
    lines.sort_unstable();
    lines
}

fn digits(fingerprint: Fingerprint) -> String {
    fingerprint.to_string().replace(' ', "").to_lowercase()
}

/// Keys as the C program prints them.
fn lines_of_keys(keys: &[AccountKey]) -> String {
    let line = |AccountKey { account, key }: &AccountKey| {
        format!("[{}][{}][{}]\n", account.name, account.protocol, digits(key.fingerprint()))
    };
    keys.iter().map(line).collect()
}

/// Fingerprints as the C program prints them.
fn lines_of_fingerprints(known: &[KnownFingerprint]) -> String {
    let line = |KnownFingerprint { contact, account, fingerprint, trust }: &KnownFingerprint| {
        let Account { name, protocol } = account;
        let (digits, trust) = (digits(*fingerprint), trust.as_str());
        format!("[{contact}][{name}][{protocol}][{digits}][{trust}]\n")
    };
    known.iter().map(line).collect()
}

const NAMES: [&str; 16] = [
    "alice@test",
    "alice",
    "prpl-jabber",
    "a.b/c_d:e*f+g=",
    "9alice",
    "-alice",
    "alice at home",
    "\"a\\b\" 'c'",
    "a\tb\nc\rd\x0be\x0cf\x08",
    "\x01alice",
    "alice\x7f",
    "jürgen@test",
    "ülia@test",
    "xày",
    "漢字",
    "a漢",
];

fn keys() -> Vec<AccountKey> {
    let key = |(index, name): (usize, &&str)| AccountKey {
        account: Account { name: (*name).into(), protocol: "prpl-jabber".into() },
        key: support::key(index % 2),
    };
    NAMES.iter().enumerate().map(key).collect()
}

// otr3 C
#[test]
fn libotr_reads_the_keys_that_we_write() {
    if is_skipped() {
        return;
    }
    let keys = keys();
    let file = write_private_keys(&keys).unwrap();
    let said = libotr_reads("keys", "ours", file.as_bytes()).unwrap();
    assert_eq!(sorted(&said), sorted(&lines_of_keys(&keys)));
}

// otr3 C
#[test]
fn we_read_the_keys_that_libotr_writes() {
    if is_skipped() {
        return;
    }
    let path = scratch("theirs");
    let mut arguments = vec!["generate", path.to_str().unwrap()];
    for name in &NAMES[..4] {
        arguments.extend([name, "prpl-jabber"]);
    }
    arguments.extend(["ülia \"x\"", "IRC"]);
    let said = libotr(&arguments).unwrap();
    let file = fs::read(&path).unwrap();
    fs::remove_file(path).unwrap();

    let contents = read_private_keys(&file).unwrap();
    assert_eq!(contents.skipped, []);
    assert_eq!(contents.entries.len(), 5);
    assert_eq!(sorted(&lines_of_keys(&contents.entries)), sorted(&said));
    // Not only the same values: the same bytes. Only a number whose bytes happen to look like
    // letters of Latin-1, one in some hundreds, libgcrypt writes as a text.
    if let Ok(file) = str::from_utf8(&file) {
        assert_eq!(write_private_keys(&contents.entries).unwrap().as_str(), file);
    }
}

// otr3 C
#[test]
fn names_are_written_as_libgcrypt_writes_them() {
    if is_skipped() {
        return;
    }
    let file = write_private_keys(&keys()).unwrap();
    let ours: Vec<_> = file.lines().filter(|line| line.starts_with("(name ")).collect();
    assert_eq!(ours.len(), NAMES.len());
    for (ours, name) in ours.iter().zip(NAMES) {
        assert_eq!(libotr(&["name", name]).unwrap().trim_end(), *ours);
    }
}

// otr3 C
#[test]
fn libotr_takes_and_refuses_the_same_quirks() {
    if is_skipped() {
        return;
    }
    let account = |name: &str| Account { name: name.into(), protocol: "xmpp".into() };
    let file = |name| {
        let key = AccountKey { account: account(name), key: support::key(0) };
        write_private_keys(&[key]).unwrap().to_string()
    };
    let plain = file("alice");
    let first_line = |start: &str| {
        let line = plain.lines().find(|line| line.starts_with(start)).unwrap();
        format!("{line}\n")
    };
    let (g, x) = (first_line("  (g "), first_line("  (x "));
    let name = |text: &str| plain.replacen("(name alice)", &format!("(name {text})"), 1);
    for (index, (quirk, is_taken)) in [
        (plain.clone(), true),
        (plain.to_lowercase(), true),
        (plain.replace('\n', "\r\n"), true),
        (plain.replace('\n', ""), true),
        (plain.replace("#00", "#"), true),
        (plain.replace("(x #", "(x #0000"), true),
        (plain.replace(&g, "").replace(&x, &[x.clone(), g.clone()].concat()), true),
        (name("|YWxpY2U=|"), true),
        (name("10:alice@test"), true),
        (name("\"a\\\"\\\\\\t\\x41\\101\""), true),
        (name("#C3BC6c#"), true),
        (format!("{plain}garbage"), true),
        (format!("{plain}\n  "), true),
        (plain.replace("(g #", "(g #0"), false),
        (plain.replace("(privkeys", "(other"), false),
        (plain.replace(&x, "  (x #g#)\n"), false),
        (name("03:bob"), false),
        (name("{bob}"), false),
        (name("\"\\q\""), false),
        (name("9:"), false),
    ]
    .into_iter()
    .enumerate()
    {
        let theirs = libotr_reads("keys", &format!("quirk_{index}"), quirk.as_bytes());
        let ours = read_private_keys(quirk.as_bytes()).ok();
        let ours = ours.filter(|contents| contents.skipped.is_empty());
        assert_eq!(theirs.is_ok(), is_taken, "{theirs:?}\n{quirk}");
        assert_eq!(ours.is_some(), is_taken, "{quirk}");
        if let (Ok(theirs), Some(ours)) = (theirs, ours) {
            assert_eq!(theirs, lines_of_keys(&ours.entries));
        }
    }
}

// otr3 C
#[test]
fn libotr_and_we_read_each_others_fingerprints() {
    if is_skipped() {
        return;
    }
    let words = ["", "verified", "smp", "manual", "trusted", "my own word", "a\tb"];
    let known: Vec<_> = words
        .iter()
        .zip(NAMES)
        .zip(1..)
        .map(|((word, name), byte)| KnownFingerprint {
            contact: format!("{byte}-{name}"),
            account: Account { name: "ülia@test/".into(), protocol: "prpl-jabber".into() },
            fingerprint: Fingerprint::V3([byte * 33; 20]),
            trust: Trust::from(*word),
        })
        .collect();
    let (path, copy) = (scratch("prints"), scratch("prints_copy"));
    fs::write(&path, write_fingerprints(&known).unwrap()).unwrap();
    let said = libotr(&["fingerprints", path.to_str().unwrap(), copy.to_str().unwrap()]).unwrap();
    assert_eq!(sorted(&said), sorted(&lines_of_fingerprints(&known)));

    let theirs = fs::read(&copy).unwrap();
    let contents = read_fingerprints(&theirs).unwrap();
    assert_eq!(contents.skipped, []);
    assert_eq!(lines_of_fingerprints(&contents.entries), said);
    assert_eq!(write_fingerprints(&contents.entries).unwrap().as_bytes(), theirs);
    for path in [path, copy] {
        fs::remove_file(path).unwrap();
    }
}

// otr3 C
#[test]
fn libotr_passes_over_the_same_bad_lines() {
    if is_skipped() {
        return;
    }
    let hex = "0123456789abcdef0123456789ABCDEF01234567";
    let file = format!(
        "no tabs\nshort\ta\tp\t{}\nlong\ta\tp\t{hex}0\n\nfew\ta\tp\n# comment\r\n\
         bob\ta\tp\t{hex}\tsmp\r\ncarol\ta\tp\t{hex}\r\ndave\ta\tp\t{hex}\tone\rtwo\n",
        &hex[1..]
    );
    let said = libotr_reads("fingerprints", "bad_prints", file.as_bytes()).unwrap();
    let contents = read_fingerprints(file.as_bytes()).unwrap();
    assert_eq!(contents.entries.len(), 3);
    let lines: Vec<_> = contents.skipped.iter().map(|fault| fault.line).collect();
    assert_eq!(lines, [1, 2, 3, 5]);
    assert_eq!(sorted(&said), sorted(&lines_of_fingerprints(&contents.entries)));
}

// otr3 C
#[test]
fn libotr_and_we_read_each_others_instance_tags() {
    if is_skipped() {
        return;
    }
    let path = scratch("tags");
    let said = libotr(&["tags", path.to_str().unwrap(), "alice@test", "prpl-jabber"]).unwrap();
    let contents = read_instance_tags(&fs::read(&path).unwrap()).unwrap();
    fs::remove_file(path).unwrap();
    assert_eq!(contents.skipped, []);
    let [entry] = contents.entries.as_slice() else { panic!("{contents:?}") };
    let (name, protocol) = (&entry.account.name, &entry.account.protocol);
    assert_eq!(format!("[{name}][{protocol}][{}]\n", entry.tag), said);

    let file = write_instance_tags(&contents.entries).unwrap();
    assert_eq!(libotr_reads("tags", "tags_ours", file.as_bytes()).unwrap(), said);
}
