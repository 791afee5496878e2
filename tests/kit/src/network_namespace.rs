//! A program in a network of its own, where all that would leave the machine is counted.

use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::process::{ChildStdout, Command, Stdio};

use crate::{Daemon, Scratch, program};

/// Only the loopback leads anywhere. One device leads out, to a name server that never answers; its
/// address is known, so that no packet but those of the program is ever sent.
const SHORES: &str = r#"
set -e
ip link set lo up
ip link add out type veth peer name beyond
for device in all out beyond; do
  echo 1 > /proc/sys/net/ipv6/conf/$device/disable_ipv6 2>/dev/null || true
done
ip address add 192.0.2.1/30 dev out
ip link set beyond up
ip link set out up
ip neighbour add 192.0.2.2 lladdr 02:00:00:00:00:02 dev out
ip route add default via 192.0.2.2
mount --bind resolv.conf /etc/resolv.conf
exec "$0" "$@"
"#;

/// Ended when dropped.
#[derive(Debug)]
pub struct NetworkNamespace {
    program: Daemon,
    printed: Lines<BufReader<ChildStdout>>,
    _scratch: Scratch,
}

impl NetworkNamespace {
    /// Starts a program there.
    ///
    /// # Panics
    /// When this machine does not let us make networks.
    #[must_use]
    pub fn start(binary: &str, arguments: &[&str]) -> Self {
        let scratch = Scratch::new("namespace");
        scratch.write("resolv.conf", "nameserver 192.0.2.2\noptions timeout:1 attempts:1\n");
        let mut command = Command::new(program("unshare"));
        command.args(["--map-root-user", "--net", "--mount", "sh", "-c", SHORES, binary]);
        command.args(arguments).current_dir(scratch.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut program = Daemon::start(&mut command);
        let printed = program.child().stdout.take().expect("it is piped");
        Self { program, printed: BufReader::new(printed).lines(), _scratch: scratch }
    }

    /// The next line that it prints.
    ///
    /// # Panics
    /// When it ends instead.
    pub fn line(&mut self) -> String {
        let line = self.printed.next().expect("the program goes on; can networks be made here?");
        line.expect("UTF-8")
    }

    /// How many packets have left for somewhere else than the loopback.
    ///
    /// # Panics
    /// Anywhere but on Linux.
    #[must_use]
    pub fn packets_out(&self) -> u64 {
        let devices = format!("/proc/{}/net/dev", self.program.id());
        let devices = fs::read_to_string(devices).expect("Linux");
        let out = devices.lines().find_map(|line| line.trim().strip_prefix("out:"));
        // Eight columns of what came, then bytes and packets of what left.
        let packets = out.and_then(|columns| columns.split_whitespace().nth(9));
        packets.expect("a device that leads out").parse().expect("a number")
    }
}
