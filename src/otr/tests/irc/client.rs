//! The example, as a person starts it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{self, Receiver};
use std::thread;

use super::{OURS, PATIENCE, THEIRS};

pub(crate) struct Client {
    child: Child,
    /// `None` once it is closed.
    input: Option<ChildStdin>,
    output: Receiver<String>,
    /// All that it said.
    said: Vec<String>,
}

impl Client {
    /// Starts it, until it is connected.
    pub(crate) fn start(folder: &Path, port: u16) -> Self {
        static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
        let mut child = Command::new(PROGRAM.get_or_init(build))
            .args([&format!("127.0.0.1:{port}"), OURS, THEIRS])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (sender, output) = mpsc::channel();
        thread::spawn(move || lines.map(Result::unwrap).try_for_each(|line| sender.send(line)));
        let input = child.stdin.take();
        let mut client = Self { child, input, output, said: Vec::new() };
        client.waits_for("* connected");
        client
    }

    /// Types a line.
    pub(crate) fn enter(&mut self, line: &str) {
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
    }

    /// What it says next.
    pub(crate) fn next(&mut self) -> String {
        let next = self.output.recv_timeout(PATIENCE);
        let next = next.unwrap_or_else(|_| panic!("no word behind {:#?}", self.said));
        self.said.push(next.clone());
        next
    }

    /// Waits until it says this line, behind what was waited for before.
    pub(crate) fn waits_for(&mut self, line: &str) {
        loop {
            let next = self.output.recv_timeout(PATIENCE);
            let next = next.unwrap_or_else(|_| panic!("no {line:?} in {:#?}", self.said));
            self.said.push(next);
            if self.said.last().is_some_and(|said| said == line) {
                return;
            }
        }
    }

    /// Waits until it has ended by itself, and well.
    pub(crate) fn ends(&mut self) {
        assert!(self.child.wait().unwrap().success());
    }

    /// Ends its input, and waits until it has ended for that.
    pub(crate) fn hangs_up(&mut self) {
        self.input = None;
        self.ends();
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where the example is. Cargo has built it if it runs all tests, but not if it runs this one alone.
fn build() -> PathBuf {
    let profile = if cfg!(debug_assertions) { "dev" } else { "release" };
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--offline", "--workspace", "--example", "irc"])
        .args(["--profile", profile])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status();
    assert!(status.unwrap().success());
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().unwrap().parent().unwrap();
    folder.join("examples/irc").with_extension(std::env::consts::EXE_EXTENSION)
}
