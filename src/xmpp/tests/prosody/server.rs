//! A throw-away Prosody with its own authority, certificate, ports and directory; gone on drop.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use sotto_xmpp::{Account, Server};
use zeroize::Zeroizing;

use crate::support::certificates::{
    Directory, make_authority, make_certificate, make_key, read_certificate,
};
use crate::support::free_port;

/// Only guards against hanging.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// What every account's password is.
pub(crate) const PASSWORD: &str = "Gruß, pencil";

/// The server.
pub(crate) struct Prosody {
    directory: Directory,
    process: Option<Child>,
    /// Speaks STARTTLS here.
    pub(crate) port: u16,
    /// Speaks TLS from the first byte here.
    pub(crate) tls_port: u16,
}

/// What differs from one test to another.
pub(crate) struct Setup {
    /// For whom the certificate is made.
    pub(crate) certificate_name: &'static str,
    /// Which versions and ciphers of TLS, in Prosody's words.
    pub(crate) tls: &'static str,
    /// More lines of configuration.
    pub(crate) more: &'static str,
    /// Modules of the test's own: their names and sources.
    pub(crate) own_modules: &'static [(&'static str, &'static str)],
    /// Modules of the community, which Debian packages on their own.
    pub(crate) community_modules: &'static [&'static str],
    /// Further accounts, with passwords of their own.
    pub(crate) own_passwords: &'static [(&'static str, &'static str)],
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            certificate_name: "localhost",
            tls: "protocol = \"tlsv1_2+\"",
            more: "",
            own_modules: &[],
            community_modules: &[],
            own_passwords: &[],
        }
    }
}

impl Prosody {
    /// Serves `localhost` with these accounts.
    pub(crate) fn start(users: &[&str]) -> Self {
        Self::start_with(users, &Setup::default())
    }

    /// The same, set up otherwise.
    pub(crate) fn start_with(users: &[&str], setup: &Setup) -> Self {
        let directory = Directory::new();
        let path = directory.path();
        fs::create_dir_all(path.join("data/localhost/accounts")).unwrap();
        make_authority(path);
        make_key(path, "server");
        make_certificate(path, "server", &[setup.certificate_name], 2);
        let common = users.iter().map(|user| (*user, PASSWORD));
        for (user, password) in common.chain(setup.own_passwords.iter().copied()) {
            let file = path.join(format!("data/localhost/accounts/{user}.dat"));
            fs::write(file, format!("return {{ [\"password\"] = \"{password}\" }};\n")).unwrap();
        }
        let mut server =
            Self { directory, process: None, port: free_port(), tls_port: free_port() };
        for (name, source) in setup.own_modules {
            fs::write(server.directory.path().join(format!("mod_{name}.lua")), source).unwrap();
        }
        let configuration = server.configuration(setup);
        fs::write(server.directory.path().join("prosody.cfg.lua"), configuration).unwrap();
        server.run();
        server
    }

    /// How to sign `user` in over STARTTLS.
    pub(crate) fn account(&self, user: &str) -> Account {
        self.account_at(user, self.port, false)
    }

    /// How to sign `user` in at some port.
    pub(crate) fn account_at(&self, user: &str, port: u16, direct_tls: bool) -> Account {
        let jid = format!("{user}@localhost").parse().unwrap();
        Account {
            server: Server::At { host: "127.0.0.1".into(), port, direct_tls },
            extra_roots: vec![read_certificate(self.directory.path(), "ca.crt")],
            ..Account::new(jid, Zeroizing::new(PASSWORD.to_owned()))
        }
    }

    /// Ends it without a word, as a crash would.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Ends it as an administrator would: it says so to its clients.
    pub(crate) fn shut_down(&mut self) {
        if let Some(mut process) = self.process.take() {
            let killed = Command::new("kill").arg(process.id().to_string()).status().unwrap();
            assert!(killed.success());
            process.wait().unwrap();
        }
    }

    /// Starts it, again or for the first time, and waits until it listens.
    pub(crate) fn run(&mut self) {
        let mut process = Command::new("prosody")
            .arg("--config")
            .arg(self.directory.path().join("prosody.cfg.lua"))
            .arg("-F")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        self.process = Some(process);
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            let mut log = String::new();
            for line in lines.map_while(Result::ok) {
                log.push_str(&line);
                log.push('\n');
                if line.contains("Activated service 'c2s_direct_tls'") {
                    let _ = sender.send(Ok(()));
                }
            }
            let _ = sender.send(Err(log));
        });
        receiver.recv_timeout(START_TIMEOUT).expect("prosody starts in time").unwrap();
    }

    fn configuration(&self, setup: &Setup) -> String {
        let Setup { tls, more, own_modules, community_modules, .. } = setup;
        let own = own_modules.iter().map(|(name, _)| *name);
        let modules: String = own
            .chain(community_modules.iter().copied())
            .map(|name| format!("\"{name}\", "))
            .collect();
        let directory = self.directory.path().display();
        let (port, tls_port) = (self.port, self.tls_port);
        format!(
            r#"
run_as_root = true
daemonize = false
pidfile = "{directory}/prosody.pid"
data_path = "{directory}/data"
log = {{ info = "*console" }}
interfaces = {{ "127.0.0.1" }}
local_interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {port} }}
c2s_direct_tls_ports = {{ {tls_port} }}
s2s_ports = {{}}
s2s_direct_tls_ports = {{}}
component_ports = {{}}
legacy_ssl_ports = {{}}
http_ports = {{}}
https_ports = {{}}
use_libevent = false
modules_enabled = {{ "roster", "saslauth", "tls", "disco", "carbons", "ping", "smacks", "offline", "register",
    "mam", "blocklist", "csi_simple" }}
modules_disabled = {{ "s2s" }}
authentication = "internal_plain"
storage = {{ archive = "memory" }}
default_storage = "internal"
c2s_require_encryption = true
allow_unencrypted_plain_auth = false
smacks_hibernation_time = 60
tls_preset = ""
ssl = {{ key = "{directory}/server.key", certificate = "{directory}/server.crt", {tls} }}
certificates = "{directory}"
{more}
plugin_paths = {{ "{directory}" }}
VirtualHost "localhost"
modules_enabled = {{ {modules} }}
"#
        )
    }
}

impl Drop for Prosody {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
