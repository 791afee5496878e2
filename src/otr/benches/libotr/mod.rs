//! libotr, two users in a process of its own.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

/// The process that runs libotr.
pub(crate) struct Libotr {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Libotr {
    /// Compiles the program and starts it; it makes both keys.
    pub(crate) fn start() -> Self {
        let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("libotr_bench");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/libotr/libotr.c");
        let is_compiled = Command::new("cc")
            .args(["-O2", "-D_GNU_SOURCE", "-o"])
            .arg(&program)
            .arg(source)
            .args(["-lotr", "-lgcrypt"])
            .status()
            .is_ok_and(|status| status.success());
        assert!(is_compiled, "needs a C compiler and libotr with headers (Debian: libotr5-dev)");
        let mut child = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program that was just compiled");
        let input = child.stdin.take().expect("piped");
        let output = BufReader::new(child.stdout.take().expect("piped"));
        let mut libotr = Self { child, input, output };
        assert_eq!(libotr.line(), "READY");
        libotr
    }

    /// The CPU time that libotr needs to do `what` so many times.
    pub(crate) fn run(&mut self, what: &str, rounds: u64) -> Duration {
        writeln!(self.input, "{what} {rounds}").expect("libotr is there");
        self.input.flush().expect("libotr is there");
        let line = self.line();
        let nanos = line.strip_prefix("NANOS ").and_then(|nanos| nanos.parse().ok());
        Duration::from_nanos(nanos.unwrap_or_else(|| panic!("{what}: {line}")))
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("libotr is there");
        line.trim_end().to_owned()
    }
}

impl Drop for Libotr {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
