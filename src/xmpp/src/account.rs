//! Whom to sign in, and where.

use std::fmt;

use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_xmpp::jid::BareJid;
use zeroize::Zeroizing;

/// Everything a [`Link`](crate::Link) needs to sign in.
#[derive(Clone)]
pub struct Account {
    /// Whose.
    pub jid: BareJid,
    /// Its password.
    pub password: Zeroizing<String>,
    /// How to find its server.
    pub server: Server,
    /// Certificate authorities to trust besides the system's; for tests and private servers.
    pub extra_roots: Vec<CertificateDer<'static>>,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("jid", &self.jid)
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

/// How to find the server of an account.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Server {
    /// Ask the DNS (RFC 6120 §3.2, XEP-0368).
    #[default]
    Discover,
    /// The person knows better.
    At {
        /// Name or address.
        host: String,
        /// TCP port.
        port: u16,
        /// Whether TLS is spoken from the first byte; otherwise STARTTLS.
        direct_tls: bool,
    },
}
