//! A throw-away ejabberd with its own authority, certificate, ports and directory. It ends, and
//! its directory with it, when the process of the tests does: it listens for that.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{OnceLock, mpsc};
use std::time::Duration;

use sotto_xmpp::{Account, CertificateDer, Server};

use crate::support::certificates::{make_authority, make_certificate, make_key, read_certificate};
use crate::support::{free_port, skipped};

/// Only guards against hanging.
const START_TIMEOUT: Duration = Duration::from_secs(180);
/// What every account's password is.
const PASSWORD: &str = "Gruß, pencil";
/// Its domains, and the mechanisms each leaves out.
const HOSTS: [(&str, &str); 6] = [
    ("localhost", ""),
    ("captcha.localhost", ""),
    (
        "plain.localhost",
        "SCRAM-SHA-1, SCRAM-SHA-256, SCRAM-SHA-512, SCRAM-SHA-1-PLUS, SCRAM-SHA-256-PLUS, \
         SCRAM-SHA-512-PLUS",
    ),
    ("sha1.localhost", "PLAIN, SCRAM-SHA-256, SCRAM-SHA-512"),
    ("sha256.localhost", "PLAIN, SCRAM-SHA-1, SCRAM-SHA-512"),
    ("sha512.localhost", "PLAIN, SCRAM-SHA-1, SCRAM-SHA-256"),
];
/// Whoever signs in, at every domain.
const USERS: [&str; 13] = [
    "alice",
    "talk-a",
    "talk-b",
    "cut-a",
    "cut-b",
    "later-a",
    "later-b",
    "block-a",
    "block-b",
    "copy-a",
    "copy-b",
    "archive-a",
    "archive-b",
];

/// The server.
pub(crate) struct Ejabberd {
    directory: PathBuf,
    port: u16,
    tls_port: u16,
    /// Its standard input ends with us, and it with that.
    _process: Child,
}

impl Ejabberd {
    /// The one that all tests share; `None` if they are to be left out.
    pub(crate) fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Ejabberd>> = OnceLock::new();
        SHARED.get_or_init(|| (!skipped("erl")).then(Self::start)).as_ref()
    }

    /// How to sign in at `localhost` over STARTTLS.
    pub(crate) fn account(&self, user: &str) -> Account {
        self.account_at(user, "localhost", false)
    }

    /// How to sign in anywhere.
    pub(crate) fn account_at(&self, user: &str, host: &str, direct_tls: bool) -> Account {
        let port = if direct_tls { self.tls_port } else { self.port };
        let jid = format!("{user}@{host}").parse().unwrap();
        Account {
            server: Server::At { host: "127.0.0.1".into(), port, direct_tls },
            extra_roots: vec![self.authority()],
            ..Account::new(jid, PASSWORD.to_owned().into())
        }
    }

    /// Where to make an account.
    pub(crate) fn place(&self, host: &str) -> Account {
        Account { jid: host.parse().unwrap(), ..self.account_at("nobody", host, true) }
    }

    fn authority(&self) -> CertificateDer<'static> {
        read_certificate(&self.directory, "ca.crt")
    }

    fn start() -> Self {
        let directory = std::env::temp_dir().join(format!("sotto-{:032x}", rand::random::<u128>()));
        fs::create_dir_all(directory.join("db")).unwrap();
        make_authority(&directory);
        make_key(&directory, "server");
        make_certificate(&directory, "server", &HOSTS.map(|(host, _)| host), 2);
        let pem = ["server.crt", "server.key"]
            .map(|file| fs::read_to_string(directory.join(file)).unwrap())
            .concat();
        fs::write(directory.join("server.pem"), pem).unwrap();
        let captcha = directory.join("captcha");
        // Eight bytes that begin every PNG, then the letters to read.
        fs::write(&captcha, "#!/bin/sh\nprintf '\\211PNG\\r\\n\\032\\n%s' \"$1\"\n").unwrap();
        assert!(Command::new("chmod").arg("+x").arg(&captcha).status().unwrap().success());
        let (port, tls_port) = (free_port(), free_port());
        let path = directory.display();
        let configuration = configuration(&path.to_string(), port, tls_port);
        fs::write(directory.join("ejabberd.yml"), configuration).unwrap();
        let hosts = HOSTS.map(|(host, _)| format!("<<\"{host}\">>")).join(",");
        let users = USERS.map(|user| format!("<<\"{user}\">>")).join(",");
        let run = format!(
            "[ok = ejabberd_auth:try_register(U, H, <<\"{PASSWORD}\"/utf8>>) \
              || H <- [{hosts}], U <- [{users}]], io:format(\"ready~n\"), \
             spawn(fun() -> io:get_line(\"\"), file:del_dir_r(\"{path}\"), halt() end)."
        );
        let mut process = Command::new("erl")
            .args(["-noshell", "-mnesia", "dir", &format!("\"{path}/db\""), "-s", "ejabberd"])
            .args(["-eval", &run])
            .env("EJABBERD_CONFIG_PATH", directory.join("ejabberd.yml"))
            .env("EJABBERD_LOG_PATH", directory.join("log/ejabberd.log"))
            .env("ERL_LIBS", libraries())
            .env("HOME", &directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            let mut log = String::new();
            for line in lines.map_while(Result::ok) {
                if line == "ready" {
                    let _ = sender.send(Ok(()));
                }
                log.push_str(&line);
                log.push('\n');
            }
            let _ = sender.send(Err(log));
        });
        receiver.recv_timeout(START_TIMEOUT).expect("ejabberd starts in time").unwrap();
        Self { directory, port, tls_port, _process: process }
    }
}

/// Where Debian keeps ejabberd and what it is made of.
fn libraries() -> PathBuf {
    let folders = fs::read_dir("/usr/lib").unwrap().filter_map(Result::ok);
    folders
        .map(|folder| folder.path())
        .find(|folder| {
            fs::read_dir(folder).is_ok_and(|mut entries| {
                entries.any(|entry| {
                    entry.is_ok_and(|e| e.file_name().to_string_lossy().starts_with("ejabberd-"))
                })
            })
        })
        .expect("ejabberd is not installed; install it, or set SOTTO_SKIP_INTEROP=1")
}

fn configuration(directory: &str, port: u16, tls_port: u16) -> String {
    let hosts = HOSTS.map(|(host, _)| host).join(", ");
    let left_out: String = HOSTS
        .iter()
        .filter(|(_, mechanisms)| !mechanisms.is_empty())
        .map(|(host, mechanisms)| {
            format!("  {host}: {{disable_sasl_mechanisms: [{mechanisms}]}}\n")
        })
        .collect();
    let modules = |indent: &str, captcha: bool| {
        [
            "mod_blocking: {}",
            "mod_carboncopy: {}",
            "mod_client_state: {}",
            "mod_disco: {}",
            "mod_mam: {assume_mam_usage: true, default: always}",
            "mod_offline: {}",
            "mod_ping: {}",
            "mod_privacy: {}",
            &format!(
                "mod_register: {{ip_access: all, access: register, password_strength: 0, \
                 captcha_protected: {captcha}}}"
            ),
            "mod_roster: {}",
            "mod_stream_mgmt: {resend_on_timeout: if_offline, resume_timeout: 60}",
        ]
        .map(|module| format!("{indent}{module}\n"))
        .concat()
    };
    let listener = "ip: \"127.0.0.1\", module: ejabberd_c2s, max_stanza_size: 262144, \
        access: c2s, shaper: none";
    let (usual, protected) = (modules("  ", false), modules("      ", true));
    format!(
        "hosts: [{hosts}]
loglevel: warning
certfiles: [\"{directory}/server.pem\"]
auth_method: internal
auth_password_format: plain
captcha_cmd: \"{directory}/captcha\"
captcha_url: \"http://localhost/captcha\"
c2s_protocol_options: [no_sslv3, no_tlsv1, no_tlsv1_1]
listen:
  - {{port: {port}, starttls: true, starttls_required: true, {listener}}}
  - {{port: {tls_port}, tls: true, {listener}}}
acl: {{local: {{user_regexp: \"\"}}}}
access_rules: {{c2s: [{{allow: all}}], local: [{{allow: local}}], register: [{{allow: all}}]}}
registration_timeout: infinity
host_config:
{left_out}  captcha.localhost:
    modules:
{protected}modules:
{usual}"
    )
}
