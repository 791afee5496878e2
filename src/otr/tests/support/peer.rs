//! Other implementations, each in a process of its own behind one line protocol: a command in,
//! some lines out, then `OK` or `ERR`.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock};

use otr::Version;

use super::Side;

/// The instance tag of a peer, where one can be chosen.
pub const THEIR_TAG: u32 = 0x11b0_0700;

/// Whether tests with other implementations are to be left out.
pub fn is_skipped() -> bool {
    std::env::var("SOTTO_SKIP_INTEROP").is_ok_and(|value| value == "1")
}

/// An implementation, and the version that it is to speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Libotr3,
    Libotr2,
    /// python-potr
    Potr,
    /// The crate `otrr`
    Otrr,
    /// otr.js, as Converse.js 2 and 3 use it
    Converse3,
    Converse2,
    /// otr.js with one object for all, as in JSXC, in version 3
    OtrJs,
}

impl Kind {
    /// Everybody, or nobody if such tests are to be left out.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::some(&[
            Self::Libotr3,
            Self::Libotr2,
            Self::Potr,
            Self::Otrr,
            Self::Converse3,
            Self::Converse2,
        ])
    }

    /// Both versions of libotr.
    pub fn libotrs() -> impl Iterator<Item = Self> {
        Self::some(&[Self::Libotr3, Self::Libotr2])
    }

    pub fn some(kinds: &[Self]) -> impl Iterator<Item = Self> {
        let kinds = if is_skipped() { &[] } else { kinds };
        kinds.iter().copied()
    }

    pub const fn version(self) -> Version {
        match self {
            Self::Libotr3 | Self::Otrr | Self::Converse3 | Self::OtrJs => Version::V3,
            Self::Libotr2 | Self::Potr | Self::Converse2 => Version::V2,
        }
    }

    /// What its program is told besides who it is.
    const fn manner(self) -> Option<&'static str> {
        match self {
            Self::Converse2 | Self::Converse3 => Some("converse"),
            Self::Libotr2 | Self::Libotr3 | Self::Potr | Self::Otrr | Self::OtrJs => None,
        }
    }

    /// A program that is ready to run; built once.
    fn program(self) -> Command {
        static LIBOTR: OnceLock<PathBuf> = OnceLock::new();
        static OTRR: OnceLock<PathBuf> = OnceLock::new();
        static OTR_JS: OnceLock<PathBuf> = OnceLock::new();
        match self {
            Self::Libotr2 | Self::Libotr3 => Command::new(LIBOTR.get_or_init(build_libotr)),
            Self::Otrr => Command::new(OTRR.get_or_init(build_otrr)),
            Self::Potr => {
                // The system's own Python, which is the one that the package is for.
                let mut command = Command::new("/usr/bin/python3");
                command.arg(source("potr_peer.py"));
                command
            }
            Self::Converse2 | Self::Converse3 | Self::OtrJs => {
                let mut command = Command::new("node");
                command.env("NODE_PATH", OTR_JS.get_or_init(install_otr_js));
                command.arg(source("otrjs_peer/peer.js"));
                command
            }
        }
    }
}

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support").join(name)
}

const HELP: &str = "these tests need a C compiler, libotr with headers, python-potr, Node.js and npm \
                    (Debian: gcc libotr5-dev python3-potr nodejs npm); SOTTO_SKIP_INTEROP=1 leaves \
                    them out";

fn build_libotr() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (program, fresh) =
        (folder.join("libotr_peer"), folder.join(format!("libotr_peer_{}", std::process::id())));
    let mut compiler = Command::new("cc");
    compiler.args(["-O1", "-D_GNU_SOURCE", "-o"]).arg(&fresh).arg(source("libotr_peer.c"));
    run(compiler.args(["-lotr", "-lgcrypt"]));
    // Two test processes may build at the same time.
    std::fs::rename(&fresh, &program).unwrap();
    program
}

/// In a workspace of its own, with a lock file of its own: nothing else needs what it needs.
fn build_otrr() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("otrr_peer");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--locked", "--manifest-path"]);
    cargo.arg(source("otrr_peer/Cargo.toml")).arg("--target-dir").arg(&target);
    run(&mut cargo);
    target.join("debug/otrr_peer")
}

/// The folder with the module, in the version and with the checksum of the lock file.
fn install_otr_js() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let lock = std::fs::read(source("otrjs_peer/package-lock.json")).unwrap();
    let name = lock.iter().fold(0_u64, |hash, byte| hash.wrapping_mul(31) ^ u64::from(*byte));
    let home = folder.join(format!("otrjs_peer_{name:016x}"));
    if !home.exists() {
        let fresh = folder.join(format!("otrjs_peer_{}", std::process::id()));
        std::fs::create_dir_all(&fresh).unwrap();
        for file in ["package.json", "package-lock.json"] {
            std::fs::copy(source("otrjs_peer").join(file), fresh.join(file)).unwrap();
        }
        let mut npm = Command::new("npm");
        npm.args(["ci", "--omit=optional", "--ignore-scripts", "--no-audit", "--no-fund"]);
        run(npm.current_dir(&fresh));
        // Two test processes may install at the same time: the first one's is as good.
        if std::fs::rename(&fresh, &home).is_err() {
            std::fs::remove_dir_all(&fresh).unwrap();
        }
    }
    home.join("node_modules")
}

fn run(command: &mut Command) {
    match command.output() {
        Ok(output) if output.status.success() => {}
        Ok(output) => panic!("{HELP}\n{}", String::from_utf8_lossy(&output.stderr)),
        Err(error) => panic!("{HELP}\n{command:?}: {error}"),
    }
}

/// A program that runs, with a key that took it a while to make.
struct Process {
    kind: Kind,
    /// The instance tag that was asked for.
    wanted: u32,
    /// The one it has.
    tag: u32,
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

/// Programs that no test uses now. They end when their input does: with the tests.
static IDLE: Mutex<Vec<Process>> = Mutex::new(Vec::new());

impl Process {
    fn new(kind: Kind, wanted: u32) -> Self {
        let mut child = kind
            .program()
            .args(["peer@test", "sotto@test", &format!("{wanted:08x}")])
            .args(kind.manner())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut process = Self { kind, wanted, tag: wanted, child, input, output };
        let ready = process.line();
        let tag = ready.strip_prefix("READY").unwrap_or_else(|| panic!("{HELP}\n{ready}"));
        if let Ok(tag) = u32::from_str_radix(tag.trim(), 16) {
            process.tag = tag;
        }
        process
    }

    fn idle(kind: Kind, wanted: u32) -> Option<Self> {
        let mut idle = IDLE.lock().unwrap();
        let position = idle.iter().position(|it| it.kind == kind && it.wanted == wanted)?;
        Some(idle.swap_remove(position))
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        assert!(self.output.read_line(&mut line).unwrap() > 0, "the peer died\n{HELP}");
        line.trim_end_matches('\n').to_owned()
    }
}

/// One user of another implementation.
pub struct Peer {
    /// `None` only while it is dropped.
    process: Option<Process>,
    /// Its instance tag; 0 where it speaks version 2.
    pub tag: u32,
    /// Everything it told, `INJECT` lines left out.
    pub told: Vec<String>,
    /// What waits to be carried to us.
    pub sent: Vec<String>,
}

impl Peer {
    pub fn new(kind: Kind) -> Self {
        Self::with_tag(kind, THEIR_TAG)
    }

    /// With an instance tag, which `otrr` does not let choose.
    pub fn with_tag(kind: Kind, wanted: u32) -> Self {
        let process = Process::idle(kind, wanted).unwrap_or_else(|| Process::new(kind, wanted));
        let (tag, policy) = match kind.version() {
            Version::V2 => (0, "POLICY V2"),
            Version::V3 => (process.tag, "POLICY V3"),
        };
        let mut peer = Self { process: Some(process), tag, told: Vec::new(), sent: Vec::new() };
        peer.reset();
        peer.command(policy);
        peer
    }

    /// Gives a command and notes what it leads to.
    pub fn command(&mut self, command: &str) {
        let process = self.process.as_mut().unwrap();
        writeln!(process.input, "{command}").unwrap();
        loop {
            let line = process.line();
            if line == "OK" {
                return;
            }
            assert!(!line.starts_with("ERR"), "{command}: {line}");
            match line.strip_prefix("INJECT ") {
                Some(wire) => self.sent.push(unescape(wire)),
                None => self.told.push(line),
            }
        }
    }

    pub fn end(&mut self) {
        self.command("END");
    }

    pub fn verify(&mut self, secret: &str, question: Option<&str>) {
        let tail = question.map_or(String::new(), |question| format!("\t{}", escape(question)));
        self.command(&format!("SMP_START {}{tail}", escape(secret)));
    }

    pub fn answer(&mut self, secret: &str) {
        self.command(&format!("SMP_RESPOND {}", escape(secret)));
    }

    /// Forgets everybody and what was set, but neither its own key nor its policy.
    pub fn reset(&mut self) {
        self.command("RESET");
        self.told.clear();
        self.sent.clear();
    }

    pub fn has(&self, line: &str) -> bool {
        self.told.iter().any(|told| told == line)
    }

    /// Whether a line begins so.
    pub fn has_like(&self, beginning: &str) -> bool {
        self.told.iter().any(|told| told.starts_with(beginning))
    }

    /// The texts it showed.
    pub fn texts(&self) -> Vec<String> {
        self.told.iter().filter_map(|line| line.strip_prefix("PLAIN ").map(unescape)).collect()
    }

    /// The rest of the line that a command answers with this beginning.
    pub fn ask(&mut self, command: &str, beginning: &str) -> String {
        let before = self.told.len();
        self.command(command);
        let told = self.told.split_off(before);
        let line = told.iter().find_map(|line| line.strip_prefix(beginning));
        line.unwrap_or_else(|| panic!("{command}: {told:?}")).to_owned()
    }

    /// The line of the instance that a text would go to.
    pub fn state(&mut self) -> String {
        let before = self.told.len();
        self.command("STATE");
        let told = self.told.split_off(before);
        let selected = told.iter().find(|line| line.ends_with(" selected"));
        selected.cloned().unwrap_or_else(|| "STATE msg=PLAINTEXT".to_owned())
    }

    pub fn is_private(&mut self) -> bool {
        self.state().contains("msg=ENCRYPTED")
    }
}

impl Side for Peer {
    fn receive(&mut self, wire: &str) {
        self.command(&format!("RECV {}", escape(wire)));
    }

    fn take_sent(&mut self) -> Vec<String> {
        std::mem::take(&mut self.sent)
    }

    fn start(&mut self) {
        self.command("START");
    }

    fn send(&mut self, text: &str) {
        self.command(&format!("SEND {}", escape(text)));
    }

    fn heard(&self) -> Vec<String> {
        self.texts()
    }

    fn pass(&mut self, millis: u64) {
        self.command(&format!("TIMEADD {}", millis / 1000));
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let Some(mut process) = self.process.take() else { return };
        if std::thread::panicking() {
            let _ = process.child.kill();
            let _ = process.child.wait();
        } else {
            IDLE.lock().unwrap().push(process);
        }
    }
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
