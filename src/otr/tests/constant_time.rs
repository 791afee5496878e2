//! No branch and no address depends on a secret: valgrind's memcheck follows every bit that is
//! computed from one, through whole conversations, and reports where it decides anything. The lines
//! where it may, because everybody or the peer is told anyway, are listed.
//!
//! `SOTTO_SKIP_VALGRIND=1` leaves this out. A released build is asked the same once it tells its
//! lines, which changes nothing else of it:
//! `CARGO_PROFILE_RELEASE_DEBUG=line-tables-only CARGO_PROFILE_RELEASE_STRIP=none
//! cargo test --release -p sotto-otr --test constant_time`
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    unreachable_pub,
    reason = "test code"
)]

#[path = "constant_time/operations.rs"]
mod operations;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use operations::{Operation, X};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

/// How long a number is that is written.
const LENGTH: Line = ("wire/writer.rs", "number.iter().position(");
/// A number that is no nonce, which is thrown away, and whether a signature has a number that is 0.
const SIGNED: [Line; 2] = [("crypto/dsa/nonce.rs", "is_in_range("), ("crypto/dsa.rs", "*r != [0;")];

#[test]
fn a_signature_decides_only_by_what_is_signed() {
    let read = [
        // How long x is in the file, and whether the numbers of a key belong together.
        ("wire/reader.rs", "take_while(|byte| **byte == 0)"),
        ("crypto/dsa.rs", "if !bool::from(is_reduced & is_power)"),
        ("crypto/dsa.rs", "key.public().verify(&probe, &signature)"),
    ];
    decides_only_at(Operation::Signature, &[&SIGNED[..], &read].concat());
}

#[test]
fn a_conversation_decides_only_by_what_is_sent_and_said() {
    let sent = [
        LENGTH,
        // Whether a D-H key is in range; whether it comes back to us.
        ("crypto/group.rs", "*value >= GENERATOR"),
        ("crypto/group.rs", "is_in_range.then_some("),
        // Which of two public keys is the greater, and whether two are the same.
        ("crypto/group.rs", "struct DhPublic([u8; BYTES])"),
        ("crypto/group.rs", "#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]"),
        ("auth.rs", "public() == &theirs"),
        ("auth/dh_key.rs", "public() == &theirs"),
        // A secret that is thrown away, as r itself is not secret once it is revealed.
        ("auth/commit.rs", "if first >= 0x10"),
        // Whether a MAC is right.
        ("crypto/cipher.rs", "a.ct_eq(b).into()"),
        ("data/key_ring.rs", "if !mac_equal("),
    ];
    // What the peer says, once its MAC is right.
    let said = [
        ("auth/identity.rs", ""),
        ("auth/dh_key.rs", "fingerprint =="),
        ("auth/reveal_signature.rs", "fingerprint !="),
        ("conversation/exchange.rs", "previous == fingerprint"),
        // The serial number of its key, which it also sends in clear.
        ("data/key_ring.rs", "== self.their_id"),
        ("data/key_ring.rs", "pair.their_id == their_id"),
        ("data/key_ring.rs", "partition(is_old)"),
        ("tlv.rs", ""),
        ("wire/reader.rs", ""),
    ];
    decides_only_at(Operation::Conversation, &[&SIGNED[..], &sent, &said].concat());
}

#[test]
fn a_verification_decides_only_by_what_the_peer_learns() {
    let learnt = [
        LENGTH,
        // Whether the peer cheats, or the secrets are the same.
        ("crypto/group.rs", "invert_odd_mod(&PRIME).into_option()"),
        ("crypto/group.rs", "self.to_bytes().ct_eq(&*other.to_bytes()).into()"),
        ("smp.rs", ".holds("),
        ("smp.rs", "pa == message.pb || qa == message.qb"),
        ("smp.rs", "*pa == own.pb || *qa == own.qb"),
        ("conversation/private.rs", "outcome.map("),
    ];
    decides_only_at(Operation::Verification, &learnt);
}

// The check finds what it looks for.

#[test]
fn a_power_that_looks_at_its_exponent_is_found() {
    assert!(is_found(Operation::VariablePower));
}

#[test]
fn a_comparison_that_ends_early_is_found() {
    assert!(is_found(Operation::EarlyEnd));
}

#[test]
fn a_table_that_is_read_where_a_secret_says_is_found() {
    assert!(is_found(Operation::Table));
}

#[test]
#[ignore = "the other tests run it, under valgrind"]
fn what_is_watched() {
    let name = std::env::var(NAME).unwrap();
    Operation::ALL.into_iter().find(|operation| operation.name() == name).unwrap().run();
}

/// Tells the watched program which operation to run.
const NAME: &str = "SOTTO_OPERATION";

/// After so many reports memcheck compares fewer callers, and may take two places for one.
const REPORTS_MAX: usize = 100;

/// A line of the library: its file, and a part of it.
type Line = (&'static str, &'static str);

/// Demands that nothing depends on a secret but in these lines.
fn decides_only_at(operation: Operation, public: &[Line]) {
    let Some(reports) = reports(operation) else { return };
    let count = reports.len();
    assert!(count < REPORTS_MAX, "{count} reports");
    let secret: BTreeSet<&Report> = reports
        .iter()
        .filter(|Report { file, text, .. }| {
            !public.iter().any(|(name, part)| file == name && text.contains(part))
        })
        .collect();
    assert!(secret.is_empty(), "in {operation:?}, secrets decide here: {secret:#?}");
    assert!(count > 0, "in {operation:?}, no secret came as far as to what is sent");
}

/// Whether anything depends on a secret.
fn is_found(operation: Operation) -> bool {
    reports(operation).is_none_or(|reports| !reports.is_empty())
}

/// A branch or an address that depends on a secret.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Report {
    /// Where in the library; empty if it is not there.
    file: String,
    line: usize,
    text: String,
    /// What was called from there, the innermost first.
    calls: Vec<String>,
}

impl Report {
    /// Reads an error of memcheck.
    fn read(error: &str) -> Self {
        let frames: Vec<&str> = error.split("<frame>").skip(1).collect();
        let ours = |frame: &&str| {
            let path = Path::new(element(frame, "dir")?).join(element(frame, "file")?);
            let file = path.strip_prefix(source("src")).ok()?.to_str()?.to_owned();
            let line: usize = element(frame, "line")?.parse().ok()?;
            let text = fs::read_to_string(source("src").join(&file)).ok()?;
            Some((file, line, text.lines().nth(line.checked_sub(1)?)?.trim().to_owned()))
        };
        let depth = frames.iter().position(|frame| ours(frame).is_some());
        let (file, line, text) = depth.and_then(|depth| ours(&frames[depth])).unwrap_or_default();
        let call = |frame: &&str| {
            let part = |name| element(frame, name).unwrap_or("?");
            format!("{} {}:{}", part("fn"), part("file"), part("line"))
        };
        let calls = frames[..=depth.unwrap_or(frames.len() - 1)].iter().map(call).collect();
        Self { file, line, text, calls }
    }
}

/// The text of an XML element.
fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(text, _)| text)
}

/// Runs an operation under memcheck. `None`: this is to be left out.
fn reports(operation: Operation) -> Option<Vec<Report>> {
    if std::env::var("SOTTO_SKIP_VALGRIND").is_ok_and(|value| value == "1") {
        return None;
    }
    let report = temporary(&format!("{}.xml", operation.name()));
    let output = Command::new("valgrind")
        .args(["--tool=memcheck", "--leak-check=no", "--error-limit=no", "--num-callers=50"])
        .args(["--read-inline-info=yes", "--xml=yes"])
        .arg(format!("--xml-file={}", report.display()))
        .arg(format!("--suppressions={}", source("tests/constant_time/public.supp").display()))
        .arg(std::env::current_exe().unwrap())
        .args(["what_is_watched", "--exact", "--ignored", "--test-threads=1"])
        .env("LD_PRELOAD", poison())
        .env(NAME, operation.name())
        .stdin(File::open(secrets()).unwrap())
        .output();
    let help = "this test needs valgrind and a C compiler; SOTTO_SKIP_VALGRIND=1 leaves it out";
    let output = output.unwrap_or_else(|error| panic!("{help}: {error}"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let xml = fs::read_to_string(&report).unwrap();
    fs::remove_file(&report).unwrap();
    let errors = xml.split("<error>").skip(1);
    let of_secrets = errors.filter(|error| error.contains("<kind>Uninit"));
    Some(of_secrets.map(Report::read).collect())
}

/// The library that marks secrets, built once.
fn poison() -> &'static Path {
    static POISON: OnceLock<PathBuf> = OnceLock::new();
    POISON.get_or_init(|| {
        let fresh = temporary("poison.so");
        let built = Command::new("cc")
            .args(["-O1", "-shared", "-fPIC", "-o"])
            .arg(&fresh)
            .arg(source("tests/constant_time/poison.c"))
            .output()
            .unwrap();
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        kept(&fresh, "poison.so")
    })
}

/// What the operations read: x, and then anything.
fn secrets() -> &'static Path {
    static SECRETS: OnceLock<PathBuf> = OnceLock::new();
    SECRETS.get_or_init(|| {
        let digits = |start| u8::from_str_radix(&X[start..start + 2], 16).unwrap();
        let mut bytes: Vec<u8> = (0..X.len()).step_by(2).map(digits).collect();
        let mut random = [0; 16 << 10];
        StdRng::seed_from_u64(0).fill_bytes(&mut random);
        bytes.extend(random);
        let fresh = temporary("secrets");
        fs::write(&fresh, bytes).unwrap();
        kept(&fresh, "secrets")
    })
}

/// A file of the crate.
fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// A file of this process.
fn temporary(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}_{name}", std::process::id()))
}

/// The file under a name for all processes, of which two may make it at the same time.
fn kept(fresh: &Path, name: &str) -> PathBuf {
    let file = fresh.with_file_name(name);
    fs::rename(fresh, &file).unwrap();
    file
}
