//! irssi with its plugin for OTR, in a terminal of its own; what it shows is read from its log.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use otr::keyfile::{Account, AccountKey, write_private_keys};
use otr::{Fingerprint, PrivateKey};

use super::{HELP, OURS, THEIRS, try_until};

/// What irssi calls the network, and with it our account.
const NETWORK: &str = "net";

pub(crate) struct Irssi {
    socket: PathBuf,
    log: PathBuf,
    fingerprint: Fingerprint,
    /// What of the log was waited for, in bytes.
    read: Cell<usize>,
}

impl Irssi {
    /// Starts it with a key of its own.
    pub(crate) fn start(home: &Path, port: u16) -> Self {
        fs::create_dir_all(home.join("otr")).unwrap();
        let key = PrivateKey::generate(&mut rand::rng());
        let fingerprint = key.fingerprint();
        let account = Account { name: NETWORK.to_owned(), protocol: "IRC".to_owned() };
        let keys = write_private_keys(&[AccountKey { account, key }]).unwrap();
        fs::write(home.join("otr/otr.key"), keys).unwrap();
        let log = home.join(format!("{OURS}.log"));
        // As fast as it can, for the server lets it; and what is typed fast is not pasted.
        let config = format!(
            "servers = ( {{ address = \"127.0.0.1\"; port = \"{port}\"; chatnet = \"{NETWORK}\"; \
             autoconnect = \"yes\"; }} );\n\
             chatnets = {{ {NETWORK} = {{ type = \"IRC\"; nick = \"{THEIRS}\"; }}; }};\n\
             settings = {{\n\
             core = {{ real_name = \"{THEIRS}\"; user_name = \"{THEIRS}\"; nick = \"{THEIRS}\"; \
             log_timestamp = \"%H \"; settings_autosave = \"no\"; }};\n\
             \"fe-common/core\" = {{ autolog = \"yes\"; autolog_level = \"ALL\"; \
             autolog_path = \"{}/$0.log\"; term_charset = \"UTF-8\"; }};\n\
             \"fe-text\" = {{ paste_detect_time = \"0\"; paste_verify_line_count = \"0\"; }};\n\
             \"irc/core\" = {{ cmd_queue_speed = \"10msec\"; cmds_max_at_once = \"100\"; }};\n\
             }};\n",
            home.display()
        );
        fs::write(home.join("config"), config).unwrap();
        fs::write(home.join("startup"), "load otr\n").unwrap();
        let irssi = Self { socket: home.join("tmux"), log, fingerprint, read: Cell::new(0) };
        let home = format!("--home={}", home.display());
        irssi.tmux(&["new-session", "-d", "-x", "160", "-y", "50", "irssi", &home]);
        irssi
    }

    pub(crate) const fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// Types a line and presses Enter.
    pub(crate) fn enter(&self, line: &str) {
        self.tmux(&["send-keys", "-l", "--", line]);
        self.tmux(&["send-keys", "Enter"]);
    }

    /// Waits until its window for us shows this, behind what was waited for before.
    pub(crate) fn waits_for(&self, text: &str) {
        let seen = try_until(|| {
            let log = self.log();
            let found = log.get(self.read.get()..)?.find(text)?;
            Some(self.read.get() + found + text.len())
        });
        let Some(read) = seen else {
            let screen = self.tmux(&["capture-pane", "-p"]);
            panic!("irssi should show {text:?}\nits log:\n{}\nits screen:\n{screen}", self.log());
        };
        self.read.set(read);
    }

    fn log(&self) -> String {
        fs::read(&self.log)
            .map(|log| String::from_utf8_lossy(&log).into_owned())
            .unwrap_or_default()
    }

    fn tmux(&self, arguments: &[&str]) -> String {
        let output = Command::new("tmux")
            .arg("-S")
            .arg(&self.socket)
            .args(["-f", "/dev/null"])
            .args(arguments)
            .env_remove("TMUX")
            .envs([("TERM", "tmux-256color"), ("LANG", "C.UTF-8"), ("LC_ALL", "C.UTF-8")])
            .output();
        let output = output.unwrap_or_else(|error| panic!("{HELP}\n{error}"));
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{HELP}\n{complaint}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Irssi {
    fn drop(&mut self) {
        let mut tmux = Command::new("tmux");
        let _ = tmux.arg("-S").arg(&self.socket).arg("kill-server").output();
    }
}
