//! A throw-away ejabberd that all tests share, and how to sign in there.

use std::sync::OnceLock;

use kit::{EjabberdHost, EjabberdOptions, XmppServer, read_certificate};
use sotto_xmpp::{Account, Server};

use crate::support::skipped;

/// What every account's password is.
const PASSWORD: &str = "Gruß, pencil";
/// What it can do.
const MODULES: &[&str] = &[
    "mod_blocking: {}",
    "mod_client_state: {}",
    "mod_privacy: {}",
    "mod_register: {ip_access: all, access: register, password_strength: 0}",
];
/// The same, where whoever makes an account must read letters.
const MODULES_WITH_CAPTCHA: &[&str] = &[
    "mod_blocking: {}",
    "mod_client_state: {}",
    "mod_privacy: {}",
    "mod_register: {ip_access: all, access: register, password_strength: 0, captcha_protected: true}",
];
/// What it is like.
const OPTIONS: EjabberdOptions = EjabberdOptions {
    hosts: &[
        host("localhost", ""),
        EjabberdHost { modules: MODULES_WITH_CAPTCHA, ..host("captcha.localhost", "") },
        host(
            "plain.localhost",
            "SCRAM-SHA-1, SCRAM-SHA-256, SCRAM-SHA-512, SCRAM-SHA-1-PLUS, SCRAM-SHA-256-PLUS, \
             SCRAM-SHA-512-PLUS",
        ),
        host("sha1.localhost", "PLAIN, SCRAM-SHA-256, SCRAM-SHA-512"),
        host("sha256.localhost", "PLAIN, SCRAM-SHA-1, SCRAM-SHA-512"),
        host("sha512.localhost", "PLAIN, SCRAM-SHA-1, SCRAM-SHA-256"),
    ],
    users: &[
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
    ],
    strangers: true,
    password: PASSWORD,
    in_memory: true,
    modules: MODULES,
    extra: "c2s_protocol_options: [no_sslv3, no_tlsv1, no_tlsv1_1]",
    own_clock: false,
};

const fn host(name: &'static str, refused_mechanisms: &'static str) -> EjabberdHost {
    EjabberdHost { name, refused_mechanisms, modules: &[] }
}

/// The server.
pub(crate) struct Ejabberd(kit::Ejabberd);

impl Ejabberd {
    /// The one that all tests share; `None` if they are to be left out.
    pub(crate) fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Ejabberd>> = OnceLock::new();
        let start = || (!skipped("erl")).then(|| Self(kit::Ejabberd::with(OPTIONS)));
        SHARED.get_or_init(start).as_ref()
    }

    /// How to sign in at `localhost` over STARTTLS.
    pub(crate) fn account(&self, user: &str) -> Account {
        self.account_at(user, "localhost", false)
    }

    /// How to sign in anywhere.
    pub(crate) fn account_at(&self, user: &str, host: &str, direct_tls: bool) -> Account {
        let port = if direct_tls { self.0.direct_tls_port() } else { self.0.port() };
        let jid = format!("{user}@{host}").parse().unwrap();
        Account {
            server: Server::At { host: "127.0.0.1".into(), port, direct_tls },
            extra_roots: vec![read_certificate(&self.0.certificates().authority())],
            ..Account::new(jid, PASSWORD.to_owned().into())
        }
    }

    /// Where to make an account.
    pub(crate) fn place(&self, host: &str) -> Account {
        Account { jid: host.parse().unwrap(), ..self.account_at("nobody", host, true) }
    }
}
