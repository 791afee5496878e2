//! Which way a link goes to its server.

use std::fmt;

use zeroize::Zeroizing;

/// Through a proxy no name but the proxy's own is looked up here: the proxy does it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Route {
    /// Straight.
    #[default]
    Direct,
    /// Through Tor if it runs on this computer, otherwise straight.
    TorIfThere(Tor),
    /// Through Tor or not at all.
    TorRequired(Tor),
    /// Through this SOCKS5 proxy (RFC 1928, RFC 1929) or not at all. Without credentials the proxy
    /// is shown random ones, by which Tor keeps accounts apart, but may ask for none.
    Socks5(Proxy),
    /// Through this HTTP proxy (`CONNECT`, RFC 9110 §9.3.6) or not at all. It is spoken to without
    /// encryption; what goes through it is encrypted.
    HttpConnect(Proxy),
}

/// Tor on this computer. Each link shows it credentials of its own, new at every start, so that
/// two accounts never share a circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tor {
    /// Its SOCKS ports on 127.0.0.1; the first that answers is used.
    pub ports: Vec<u16>,
}

impl Default for Tor {
    /// Those of the Tor service and of Tor Browser.
    fn default() -> Self {
        Self { ports: vec![9050, 9150] }
    }
}

/// Where a proxy is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// Name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// If it wants any.
    pub credentials: Option<ProxyCredentials>,
}

/// Who we are to a proxy.
#[derive(Clone, PartialEq, Eq)]
pub struct ProxyCredentials {
    /// 1 to 255 bytes.
    pub user: String,
    /// 1 to 255 bytes.
    pub password: Zeroizing<String>,
}

impl ProxyCredentials {
    /// Never seen before, and so a stream of their own to Tor (`IsolateSOCKSAuth`).
    pub(crate) fn random() -> Self {
        let word = || format!("{:016x}", rand::random::<u64>());
        Self { user: word(), password: Zeroizing::new(word()) }
    }
}

impl fmt::Debug for ProxyCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProxyCredentials(…)")
    }
}
