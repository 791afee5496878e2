//! libstrophe, which Profanity speaks XMPP with, at the same work in the same run.

use std::process::Command;
use std::time::Duration;

use stories::{PASSWORD, Prosody, Scratch, XmppServer, run};

/// A program of its own, so that only its own processor time is counted.
pub(crate) struct Strophe {
    scratch: Scratch,
}

impl Strophe {
    /// Builds it; `None` where libstrophe is not installed.
    pub(crate) fn build() -> Option<Self> {
        let scratch = Scratch::new("strophe");
        let source = scratch.write("strophe.c", include_str!("strophe.c"));
        let program = scratch.file("strophe");
        let mut compiler = Command::new("cc");
        compiler.arg("-O2").arg(source).arg("-lstrophe").arg("-o").arg(program);
        let is_built = compiler.output().is_ok_and(|output| output.status.success());
        is_built.then_some(Self { scratch })
    }

    /// How long each of so many sign-ins took.
    pub(crate) fn connect(&self, server: &Prosody, times: u64) -> Duration {
        self.measured(server, "connect", times).into_iter().sum()
    }

    /// How long so many messages took, and how long the processor did for both ends.
    pub(crate) fn messages(&self, server: &Prosody, count: usize) -> (Duration, Duration) {
        let measured = self.measured(server, "messages", count as u64);
        let [passed, used] = measured.as_slice() else { panic!("two figures") };
        (*passed, *used)
    }

    fn measured(&self, server: &Prosody, what: &str, count: u64) -> Vec<Duration> {
        let mut command = Command::new(self.scratch.file("strophe"));
        command.arg(server.direct_tls_port().to_string()).arg(server.certificates().authority());
        let printed = run(command.args([PASSWORD, what, &count.to_string()]));
        let microseconds =
            printed.split_whitespace().map(|figure| figure.parse().expect("a number"));
        microseconds.map(Duration::from_micros).collect()
    }
}
