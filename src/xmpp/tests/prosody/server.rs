//! A throw-away Prosody as the link's tests want it, and how to sign in there.

use kit::{Options, Prosody, Tls, XmppServer, read_certificate};
use sotto_xmpp::{Account, Server};
use zeroize::Zeroizing;

/// What every account's password is.
pub(crate) const PASSWORD: &str = "Gruß, pencil";

/// With these accounts, none of which knows another.
pub(crate) fn options(users: &'static [&'static str]) -> Options {
    Options {
        users,
        strangers: true,
        password: PASSWORD,
        modules: &["register", "mam", "blocklist", "csi_simple"],
        tls: tls("protocol = \"tlsv1_2+\""),
        ..Options::default()
    }
}

/// Only these versions and ciphers, in Prosody's words.
pub(crate) fn tls(settings: &'static str) -> Tls {
    Tls { settings: Some(settings), ..Tls::default() }
}

/// Serves `localhost` with these accounts.
pub(crate) fn start(users: &'static [&'static str]) -> Prosody {
    Prosody::with(options(users))
}

/// How to sign in.
pub(crate) trait Accounts {
    /// Over STARTTLS.
    fn account(&self, user: &str) -> Account;

    /// With TLS from the first byte.
    fn account_with_direct_tls(&self, user: &str) -> Account;

    /// At some port.
    fn account_at(&self, user: &str, port: u16, direct_tls: bool) -> Account;
}

impl Accounts for Prosody {
    fn account(&self, user: &str) -> Account {
        self.account_at(user, self.port(), false)
    }

    fn account_with_direct_tls(&self, user: &str) -> Account {
        self.account_at(user, self.direct_tls_port(), true)
    }

    fn account_at(&self, user: &str, port: u16, direct_tls: bool) -> Account {
        let jid = format!("{user}@localhost").parse().unwrap();
        Account {
            server: Server::At { host: "127.0.0.1".into(), port, direct_tls },
            extra_roots: vec![read_certificate(&self.certificates().authority())],
            ..Account::new(jid, Zeroizing::new(PASSWORD.to_owned()))
        }
    }
}
