//! Whom to sign in, where, and on which way.

use std::fmt;
use std::time::Duration;

use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_xmpp::jid::BareJid;
use zeroize::Zeroizing;

use crate::{AuthStrength, Availability, KnownRoster, PinnedKey, ResumeToken, Route};

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
    /// Which way to go there.
    pub route: Route,
    /// Trust exactly this key, whatever certificate it comes in, and no other until its issuer
    /// renews it.
    pub pinned_key: Option<PinnedKey>,
    /// How the account signed in before, as told by [`Event::Secured`](crate::Event::Secured).
    /// Nothing weaker is done.
    pub known_strength: Option<AuthStrength>,
    /// Whether the person agreed to show the server the password itself (PLAIN, RFC 4616), which
    /// is done only where the server takes no proof and none was ever given to it. Asked after
    /// [`SignInError::NoMechanism`](crate::SignInError::NoMechanism).
    pub allow_plain: bool,
    /// The contacts as they were last told, so that only changes are sent (RFC 6121 §2.6).
    pub roster: Option<KnownRoster>,
    /// A session of an earlier process to go on with.
    pub resume: Option<ResumeToken>,
    /// How long to wait before the first attempt, so that several accounts are not seen to belong
    /// together. Whatever makes a link try again ends it at once, as do all its ends.
    pub initial_delay: Duration,
    /// How we are shown from the first moment on, until
    /// [`Command::SetPresence`](crate::Command::SetPresence) says otherwise.
    pub availability: Availability,
}

impl Account {
    /// An account whose server is found by the DNS, and of which nothing else is known.
    #[must_use]
    pub fn new(jid: BareJid, password: Zeroizing<String>) -> Self {
        Self {
            jid,
            password,
            server: Server::default(),
            extra_roots: Vec::new(),
            route: Route::default(),
            pinned_key: None,
            known_strength: None,
            allow_plain: false,
            roster: None,
            resume: None,
            initial_delay: Duration::ZERO,
            availability: Availability::Online,
        }
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("jid", &self.jid)
            .field("server", &self.server)
            .field("route", &self.route)
            .field("trusted_key", &self.pinned_key)
            .field("known_strength", &self.known_strength)
            .field("allow_plain", &self.allow_plain)
            .field("patience", &self.initial_delay)
            .field("availability", &self.availability)
            .finish_non_exhaustive()
    }
}

/// How to find the server of an account.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Server {
    /// Ask the DNS (RFC 6120 §3.2, XEP-0368). Through a proxy, where asking would tell everybody
    /// on the way, the domain itself is tried: port 5223 with TLS, then 5222 with STARTTLS.
    #[default]
    Discover,
    /// The person knows better.
    At {
        /// Name or address. Through a proxy a name is looked up by the proxy.
        host: String,
        /// TCP port.
        port: u16,
        /// Whether TLS is spoken from the first byte; otherwise STARTTLS.
        direct_tls: bool,
    },
}
