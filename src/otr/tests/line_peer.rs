//! The example `line_peer`: two of them on one wire, and one with the real libotr.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "test code"
)]

#[allow(dead_code, reason = "its `main` is run by hand")]
#[path = "../examples/line_peer.rs"]
mod line_peer;
mod support;

use std::io::{BufRead as _, BufReader, PipeReader, PipeWriter, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use line_peer::{Options, serve};
use otr::keyfile::{Account, AccountKey, write_private_keys};
use support::key;
use support::peer::{Kind, Peer};

/// Somebody who drives a line peer.
struct Driver {
    input: PipeWriter,
    output: BufReader<PipeReader>,
    /// What waits to be carried to the other side, escaped.
    sent: Vec<String>,
}

/// Options for one of the keys that all tests share, in a file of its own.
fn options(name: &str, tag: &str, index: usize) -> Vec<String> {
    static FILES: AtomicUsize = AtomicUsize::new(0);
    let number = FILES.fetch_add(1, Ordering::Relaxed);
    let file = format!("line_peer_{}_{number}", std::process::id());
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(file);
    let account = |name: &str| Account { name: name.to_owned(), protocol: "xmpp".to_owned() };
    let keys = [
        AccountKey { account: account("somebody@else"), key: key(2) },
        AccountKey { account: account(name), key: key(index) },
    ];
    std::fs::write(&file, write_private_keys(&keys).unwrap()).unwrap();
    let file = file.to_str().unwrap();
    ["--account", name, "--keys", file, "--peer", "other@test", "--instag", tag]
        .map(str::to_owned)
        .into()
}

impl Driver {
    fn new(name: &str, tag: &str, index: usize) -> Self {
        let words = options(name, tag, index);
        let peer = Options::parse(words.iter().cloned()).unwrap().open().unwrap();
        std::fs::remove_file(&words[3]).unwrap();
        let (their_input, input) = std::io::pipe().unwrap();
        let (output, their_output) = std::io::pipe().unwrap();
        thread::spawn(move || serve(peer, BufReader::new(their_input), their_output).unwrap());
        let mut driver = Self { input, output: BufReader::new(output), sent: Vec::new() };
        assert_eq!(driver.line(), format!("READY {name} {tag} with other@test"));
        driver
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        assert!(self.output.read_line(&mut line).unwrap() > 0, "the peer is gone");
        line.trim_end_matches('\n').to_owned()
    }

    /// Everything that a command is answered with, `INJECT` lines apart, the last line included.
    fn answer(&mut self, command: &str) -> Vec<String> {
        writeln!(self.input, "{command}").unwrap();
        let mut told = Vec::new();
        loop {
            let line = self.line();
            if let Some(wire) = line.strip_prefix("INJECT ") {
                self.sent.push(wire.to_owned());
                continue;
            }
            let is_last = line == "OK" || line.starts_with("ERR ");
            told.push(line);
            if is_last {
                return told;
            }
        }
    }

    /// The same for a command that must work, without its `OK`.
    fn obey(&mut self, command: &str) -> Vec<String> {
        let mut told = self.answer(command);
        assert_eq!(told.pop().as_deref(), Some("OK"), "{command}: {told:?}");
        told
    }

    fn take(&mut self, wires: Vec<String>) -> Vec<String> {
        wires.iter().flat_map(|wire| self.obey(&format!("RECV {wire}"))).collect()
    }
}

/// Carries messages until none is under way; what each of the two told.
fn carry(alice: &mut Driver, bob: &mut Driver) -> [Vec<String>; 2] {
    let (mut at_alice, mut at_bob) = (Vec::new(), Vec::new());
    for _ in 0..100 {
        if alice.sent.is_empty() && bob.sent.is_empty() {
            return [at_alice, at_bob];
        }
        at_bob.extend(bob.take(std::mem::take(&mut alice.sent)));
        at_alice.extend(alice.take(std::mem::take(&mut bob.sent)));
    }
    panic!("the two never fall silent");
}

fn pair() -> (Driver, Driver) {
    (Driver::new("alice@test", "00000a11", 0), Driver::new("bob@test", "00000b0b", 1))
}

fn has(lines: &[String], line: &str) -> bool {
    lines.iter().any(|told| told == line)
}

#[test]
fn two_line_peers_hold_a_private_conversation() {
    let (mut alice, mut bob) = pair();
    let state = |driver: &mut Driver| driver.obey("STATE");
    assert_eq!(
        state(&mut alice),
        ["STATE msg=PLAINTEXT auth=NONE proto=0 our=00000a11 their=00000000 smp=EXPECT1 ssid= \
          trust= selected"]
    );
    alice.obey("START");
    let [at_alice, at_bob] = carry(&mut alice, &mut bob);
    let fingerprint = bob.obey("FINGERPRINT")[0].replace("FPR ours ", "");
    assert_eq!(
        at_alice,
        [format!("EVENT NEW_FINGERPRINT {fingerprint}"), "EVENT GONE_SECURE".into()]
    );
    assert_eq!(at_bob.len(), 2);
    assert!(has(&alice.obey("FINGERPRINT"), &format!("FPR theirs {fingerprint}")));
    let line = state(&mut alice).remove(0);
    assert!(line.starts_with("STATE msg=ENCRYPTED auth=NONE proto=3 our=00000a11 their=00000b0b "));
    assert!(line.ends_with(" trust= selected"), "{line}");

    // Texts, whatever is in them, in pieces.
    alice.obey("MTU 200");
    alice.obey("SEND back\\\\slash \\n\\t\\x01 ü🦀");
    assert!(alice.sent.len() > 1);
    let [_, at_bob] = carry(&mut alice, &mut bob);
    assert_eq!(at_bob, ["PLAIN back\\\\slash \\n\\t\\x01 ü🦀"]);
    alice.obey("MTU 0");

    // New keys, a long silence, and the end.
    bob.obey("START");
    let told = carry(&mut alice, &mut bob);
    assert_eq!(told, [["EVENT STILL_SECURE".to_owned()], ["EVENT STILL_SECURE".to_owned()]]);
    alice.obey("TIMEADD 61");
    bob.obey("SEND are you there");
    let [at_alice, at_bob] = carry(&mut alice, &mut bob);
    assert_eq!(at_alice, ["PLAIN are you there", "EVENT LOG_HEARTBEAT_SENT"]);
    assert_eq!(at_bob, ["EVENT LOG_HEARTBEAT_RCVD"]);
    assert_eq!(alice.obey("END"), ["EVENT GONE_INSECURE"]);
    let [_, at_bob] = carry(&mut alice, &mut bob);
    assert_eq!(at_bob, ["EVENT DISCONNECTED"]);
    assert_eq!(bob.obey("SEND lost"), ["EVENT CONNECTION_ENDED"]);
    assert!(state(&mut bob)[0].starts_with("STATE msg=FINISHED"));
    assert!(bob.sent.is_empty());
    bob.obey("END");
    assert!(bob.obey("QUIT").is_empty());
}

#[test]
fn two_line_peers_verify_each_other() {
    let (mut alice, mut bob) = pair();
    alice.obey("START");
    carry(&mut alice, &mut bob);
    for (answer, result) in [("sesame ö", "EVENT SMP_SUCCESS"), ("wrong", "EVENT SMP_FAILURE")] {
        alice.obey("SMP_START sesame ö\twhat opens?");
        let [_, at_bob] = carry(&mut alice, &mut bob);
        assert_eq!(at_bob, ["EVENT SMP_ASK_FOR_ANSWER question=what opens?"]);
        bob.obey(&format!("SMP_RESPOND {answer}"));
        let [at_alice, at_bob] = carry(&mut alice, &mut bob);
        assert_eq!(at_alice, ["EVENT SMP_IN_PROGRESS 60", result]);
        assert_eq!(at_bob, [result]);
        assert!(alice.obey("STATE")[0].contains(" trust=smp "));
        assert!(bob.obey("STATE")[0].contains(" trust= "));
    }
    bob.obey("SMP_START sesame");
    let [at_alice, _] = carry(&mut alice, &mut bob);
    assert_eq!(at_alice, ["EVENT SMP_ASK_FOR_SECRET"]);
    alice.obey("SMP_ABORT");
    let [_, at_bob] = carry(&mut alice, &mut bob);
    assert_eq!(at_bob, ["EVENT SMP_ABORT"]);
    assert_eq!(alice.answer("SMP_RESPOND sesame"), ["ERR nobody has asked"]);
}

#[test]
fn keys_and_records_come_through_in_version_2_too() {
    let (mut alice, mut bob) = pair();
    alice.obey("POLICY V2,REQUIRE_ENCRYPTION");
    assert_eq!(alice.obey("SEND first"), ["EVENT ENCRYPTION_REQUIRED"]);
    let [at_alice, at_bob] = carry(&mut alice, &mut bob);
    assert!(has(&at_alice, "EVENT MSG_RESENT"));
    assert!(has(&at_bob, "PLAIN first"));
    assert!(alice.obey("STATE")[0].contains(" proto=2 our=00000a11 their=00000000 "));
    let told = alice.obey("EXTRAKEY 5 0aff");
    let key = told[0].strip_prefix("EXTRAKEY ").unwrap();
    let [_, at_bob] = carry(&mut alice, &mut bob);
    assert_eq!(at_bob, [format!("EVENT SYMKEY use=5 data=0aff key={key}")]);
    bob.obey("SENDTLV 153 7677\thello");
    let [at_alice, _] = carry(&mut alice, &mut bob);
    assert_eq!(at_alice, ["PLAIN hello", "TLV 153 7677"]);
    assert_eq!(alice.obey("RECV not private"), ["EVENT RCVDMSG_UNENCRYPTED msg=not private"]);
    assert_eq!(alice.obey("RECV ?OTR Error: no\\n"), ["EVENT RCVDMSG_GENERAL_ERR msg=no\\n"]);
}

#[test]
fn commands_that_make_no_sense_are_refused_and_change_nothing() {
    let (mut alice, _) = pair();
    for command in [
        "",
        "JUMP",
        "MTU many",
        "POLICY V2,SOMETIMES",
        "RECV \\",
        "RECV \\x+f",
        "RECV \\xff",
        "EXTRAKEY 5",
        "SENDTLV 153 7",
        "SMP_START secret",
        "TIMEADD -1",
    ] {
        let told = alice.answer(command);
        assert!(told.len() == 1 && told[0].starts_with("ERR "), "{command}: {told:?}");
    }
    alice.input.write_all(b"RECV \xff\n").unwrap();
    assert!(alice.line().starts_with("ERR "));
    alice.obey("SEND still here");
    assert_eq!(alice.sent, ["still here"]);
}

#[test]
fn a_command_line_that_lacks_something_is_refused() {
    let words = options("alice@test", "00000a11", 0);
    let parse = |words: &[String]| Options::parse(words.iter().cloned()).is_ok();
    assert!(parse(&words));
    for missing in (0..words.len()).step_by(2) {
        let kept: Vec<String> = [&words[..missing], &words[missing + 2..]].concat();
        assert!(!parse(&kept));
    }
    assert!(!parse(&words[..7]));
    let mut unknown = words.clone();
    unknown[1] = "carol@test".into();
    assert!(Options::parse(unknown.into_iter()).unwrap().open().is_err());
    std::fs::remove_file(&words[3]).unwrap();
    assert!(Options::parse(words.into_iter()).unwrap().open().is_err());
}

#[test]
fn a_line_peer_talks_with_libotr() {
    for kind in Kind::libotrs() {
        let mut ours = Driver::new("alice@test", "00000a11", 0);
        let mut theirs = Peer::new(kind);
        ours.obey("START");
        let mut told = Vec::new();
        let mut carry = |ours: &mut Driver, theirs: &mut Peer| {
            while !ours.sent.is_empty() || !theirs.sent.is_empty() {
                for wire in std::mem::take(&mut ours.sent) {
                    theirs.command(&format!("RECV {wire}"));
                }
                let wires = std::mem::take(&mut theirs.sent);
                told.extend(
                    ours.take(wires.iter().map(|wire| wire.replace('\n', "\\n")).collect()),
                );
            }
            std::mem::take(&mut told)
        };
        assert!(has(&carry(&mut ours, &mut theirs), "EVENT GONE_SECURE"));
        ours.obey("SEND hello");
        theirs.command("SEND hello too");
        assert_eq!(carry(&mut ours, &mut theirs), ["PLAIN hello too"]);
        assert!(theirs.has("PLAIN hello"), "{:?}", theirs.told);
        theirs.command("SMP_START sesame");
        assert!(has(&carry(&mut ours, &mut theirs), "EVENT SMP_ASK_FOR_SECRET"));
        ours.obey("SMP_RESPOND sesame");
        assert!(has(&carry(&mut ours, &mut theirs), "EVENT SMP_SUCCESS"));
        theirs.command("END");
        assert!(has(&carry(&mut ours, &mut theirs), "EVENT DISCONNECTED"));
    }
}
