//! A throw-away Prosody with its own authority, certificate, ports and directory; gone on drop.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use sotto_xmpp::{Account, CertificateDer, Server};
use zeroize::Zeroizing;

/// Only guards against hanging.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// What every account's password is.
pub(crate) const PASSWORD: &str = "Gruß, pencil";

/// The server.
pub(crate) struct Prosody {
    directory: PathBuf,
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
    /// Which versions of TLS, in Prosody's words.
    pub(crate) tls: &'static str,
    /// More lines of configuration.
    pub(crate) more: &'static str,
}

impl Default for Setup {
    fn default() -> Self {
        Self { certificate_name: "localhost", tls: "tlsv1_2+", more: "" }
    }
}

/// Whether to leave out tests against real servers, because the person said so.
pub(crate) fn skipped() -> bool {
    let skipped = std::env::var("SOTTO_SKIP_INTEROP").is_ok_and(|value| value == "1");
    if !skipped {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let found = std::env::split_paths(&path).any(|folder| folder.join("prosody").exists());
        assert!(found, "prosody is not installed; install it, or set SOTTO_SKIP_INTEROP=1");
    }
    skipped
}

/// A port nobody listens on.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Prosody {
    /// Serves `localhost` with these accounts.
    pub(crate) fn start(users: &[&str]) -> Self {
        Self::start_with(users, &Setup::default())
    }

    /// The same, set up otherwise.
    pub(crate) fn start_with(users: &[&str], setup: &Setup) -> Self {
        let directory = std::env::temp_dir().join(format!("sotto-{:032x}", rand::random::<u128>()));
        fs::create_dir_all(directory.join("data/localhost/accounts")).unwrap();
        let mut server =
            Self { directory, process: None, port: free_port(), tls_port: free_port() };
        make_certificates(&server.directory, setup.certificate_name);
        for user in users {
            let file = server.directory.join(format!("data/localhost/accounts/{user}.dat"));
            fs::write(file, format!("return {{ [\"password\"] = \"{PASSWORD}\" }};\n")).unwrap();
        }
        let configuration = server.configuration(setup);
        fs::write(server.directory.join("prosody.cfg.lua"), configuration).unwrap();
        server.run();
        server
    }

    /// How to sign `user` in over STARTTLS.
    pub(crate) fn account(&self, user: &str) -> Account {
        self.account_at(user, self.port, false)
    }

    /// How to sign `user` in at some port.
    pub(crate) fn account_at(&self, user: &str, port: u16, direct_tls: bool) -> Account {
        let authority = fs::read_to_string(self.directory.join("ca.crt")).unwrap();
        Account {
            jid: format!("{user}@localhost").parse().unwrap(),
            password: Zeroizing::new(PASSWORD.to_owned()),
            server: Server::At { host: "127.0.0.1".into(), port, direct_tls },
            extra_roots: vec![from_pem(&authority)],
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
            .arg(self.directory.join("prosody.cfg.lua"))
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

    fn configuration(&self, Setup { tls, more, .. }: &Setup) -> String {
        let directory = self.directory.display();
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
modules_enabled = {{ "roster", "saslauth", "tls", "disco", "carbons", "ping", "smacks", "offline" }}
modules_disabled = {{ "s2s" }}
authentication = "internal_plain"
storage = "internal"
c2s_require_encryption = true
allow_unencrypted_plain_auth = false
smacks_hibernation_time = 60
tls_preset = ""
ssl = {{ key = "{directory}/server.key", certificate = "{directory}/server.crt", protocol = "{tls}" }}
certificates = "{directory}"
{more}
VirtualHost "localhost"
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
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// An authority, and a certificate of its making for `name`.
fn make_certificates(directory: &Path, name: &str) {
    let extensions = format!(
        "subjectAltName=DNS:{name}\nbasicConstraints=CA:FALSE\nkeyUsage=digitalSignature\n\
         extendedKeyUsage=serverAuth\n"
    );
    fs::write(directory.join("extensions"), extensions).unwrap();
    let key = "ecparam -name prime256v1 -genkey -noout -out";
    for arguments in [
        format!("{key} ca.key"),
        "req -x509 -new -key ca.key -days 2 -subj /CN=test -addext \
         basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign -out ca.crt"
            .to_owned(),
        format!("{key} server.key"),
        "req -new -key server.key -subj /CN=server -out server.csr".to_owned(),
        "x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -sha256 \
         -extfile extensions -out server.crt"
            .to_owned(),
    ] {
        let output = Command::new("openssl")
            .args(arguments.split_whitespace())
            .current_dir(directory)
            .output()
            .expect("openssl is installed");
        assert!(output.status.success(), "openssl {arguments}: {output:?}");
    }
}

/// The first certificate in a PEM text.
fn from_pem(text: &str) -> CertificateDer<'static> {
    use base64::Engine as _;
    let encoded: String = text.lines().filter(|line| !line.starts_with("-----")).collect();
    base64::engine::general_purpose::STANDARD.decode(encoded).unwrap().into()
}
