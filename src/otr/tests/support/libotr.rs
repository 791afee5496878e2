//! The real libotr in a process of its own, behind a line protocol.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

use super::Party;

/// Whether tests against libotr are to be left out.
pub fn is_skipped() -> bool {
    std::env::var("SOTTO_SKIP_INTEROP").is_ok_and(|value| value == "1")
}

/// The peer program, built once.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let (program, fresh) = (
            folder.join("libotr_peer"),
            folder.join(format!("libotr_peer_{}", std::process::id())),
        );
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/libotr_peer.c");
        let output = Command::new("cc")
            .args(["-O1", "-D_GNU_SOURCE", "-o"])
            .arg(&fresh)
            .arg(source)
            .args(["-lotr", "-lgcrypt"])
            .output();
        let help = "these tests need a C compiler and libotr with headers (Debian: \
                    libotr5-dev); SOTTO_SKIP_INTEROP=1 leaves them out";
        match output {
            Ok(output) if output.status.success() => {
                // Two test processes may build at the same time.
                std::fs::rename(&fresh, &program).unwrap();
                program
            }
            Ok(output) => panic!("{help}\n{}", String::from_utf8_lossy(&output.stderr)),
            Err(error) => panic!("{help}\ncc: {error}"),
        }
    })
}

/// One libotr user.
pub struct Libotr {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// Everything it told, `INJECT` lines left out.
    pub told: Vec<String>,
    /// What waits to be carried to us.
    pub sent: Vec<String>,
}

impl Libotr {
    pub fn new(tag: u32) -> Self {
        let mut child = Command::new(program())
            .args(["libotr@test", "sotto@test", &format!("{tag:08x}")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert_eq!(line.trim_end(), "READY");
        Self { child, input, output, told: Vec::new(), sent: Vec::new() }
    }

    /// Gives a command and notes what it leads to.
    pub fn command(&mut self, command: &str) {
        writeln!(self.input, "{command}").unwrap();
        self.input.flush().unwrap();
        loop {
            let mut line = String::new();
            assert!(self.output.read_line(&mut line).unwrap() > 0, "libotr_peer died");
            let line = line.trim_end_matches('\n');
            if line == "OK" {
                return;
            }
            assert!(!line.starts_with("ERR"), "{command}: {line}");
            match line.strip_prefix("INJECT ") {
                Some(wire) => self.sent.push(unescape(wire)),
                None => self.told.push(line.to_owned()),
            }
        }
    }

    pub fn send(&mut self, text: &str) {
        self.command(&format!("SEND {}", escape(text)));
    }

    pub fn receive(&mut self, wire: &str) {
        self.command(&format!("RECV {}", escape(wire)));
    }

    pub fn has(&self, line: &str) -> bool {
        self.told.iter().any(|told| told == line)
    }

    /// The texts it showed.
    pub fn texts(&self) -> Vec<String> {
        self.told.iter().filter_map(|line| line.strip_prefix("PLAIN ").map(unescape)).collect()
    }

    /// The line that a command answers with this beginning.
    pub fn ask(&mut self, command: &str, beginning: &str) -> String {
        let before = self.told.len();
        self.command(command);
        let line = self.told[before..].iter().find_map(|line| line.strip_prefix(beginning));
        line.unwrap().to_owned()
    }
}

impl Drop for Libotr {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Carries messages between us and libotr until nothing is under way.
pub fn carry(ours: &mut Party, theirs: &mut Libotr) {
    for _ in 0..100 {
        if ours.sent.is_empty() && theirs.sent.is_empty() {
            return;
        }
        for wire in std::mem::take(&mut ours.sent) {
            theirs.receive(&wire);
        }
        for wire in std::mem::take(&mut theirs.sent) {
            ours.receive(&wire);
        }
    }
    panic!("the two never fall silent");
}

fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            c if c.is_ascii_control() => write!(escaped, "\\x{:02x}", u32::from(c)).unwrap(),
            c => escaped.push(c),
        }
    }
    escaped
}

fn unescape(text: &str) -> String {
    let mut plain = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            plain.push(byte);
            continue;
        }
        match bytes.next().unwrap() {
            b'n' => plain.push(b'\n'),
            b'r' => plain.push(b'\r'),
            b't' => plain.push(b'\t'),
            b'x' => {
                let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
                let digits = std::str::from_utf8(&digits).unwrap();
                plain.push(u8::from_str_radix(digits, 16).unwrap());
            }
            other => plain.push(other),
        }
    }
    String::from_utf8(plain).unwrap()
}
