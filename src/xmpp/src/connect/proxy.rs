//! Connects to a host through a proxy: Tor, SOCKS5 or HTTP `CONNECT`.

use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

use super::dialer::DialError;
use super::happy_eyeballs::Race;
use super::socks::Login;
use super::{http, socks};
use crate::{Proxy, ProxyCredentials, Tor, Via};

/// Limit for connecting to the proxy itself.
const PROXY_TIMEOUT: Duration = Duration::from_secs(6);
/// Limit for the proxy to connect to the host. Tor builds circuits first.
const REACH_TIMEOUT: Duration = Duration::from_secs(30);

/// Why a proxy does not connect us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ProxyError {
    /// It refuses our credentials.
    Refused,
    /// It cannot reach the host.
    Unreachable,
    /// It closed the connection.
    Silent,
    /// It broke its protocol; the text says how.
    Strange(String),
}

impl From<std::io::Error> for ProxyError {
    fn from(_: std::io::Error) -> Self {
        Self::Silent
    }
}

/// Connects through one proxy, which also resolves the names of hosts.
pub(super) struct ProxyDialer<'a> {
    host: &'a str,
    port: u16,
    kind: Kind<'a>,
}

enum Kind<'a> {
    Tor(&'a ProxyCredentials),
    Socks5(Login<'a>),
    Http(Option<&'a ProxyCredentials>),
}

/// Finds Tor by the first of its ports that answers.
pub(super) async fn detect_tor<'a>(
    tor: &Tor,
    isolation: &'a ProxyCredentials,
) -> Option<ProxyDialer<'a>> {
    for &port in &tor.ports {
        let proxy = ProxyDialer { host: "127.0.0.1", port, kind: Kind::Tor(isolation) };
        if proxy.open().await.is_some() {
            return Some(proxy);
        }
    }
    None
}

impl<'a> ProxyDialer<'a> {
    /// A SOCKS5 proxy. Without credentials it is shown `isolation` if it asks for some: it may be
    /// Tor.
    pub(super) fn socks5(proxy: &'a Proxy, isolation: &'a ProxyCredentials) -> Self {
        let login = match &proxy.credentials {
            Some(credentials) => Login::Required(credentials),
            None => Login::IfAsked(isolation),
        };
        Self { host: &proxy.host, port: proxy.port, kind: Kind::Socks5(login) }
    }

    pub(super) fn http(proxy: &'a Proxy) -> Self {
        let kind = Kind::Http(proxy.credentials.as_ref());
        Self { host: &proxy.host, port: proxy.port, kind }
    }

    pub(super) const fn via(&self) -> Via {
        match self.kind {
            Kind::Tor(_) => Via::Tor,
            Kind::Socks5(_) | Kind::Http(_) => Via::Proxy,
        }
    }

    /// Connects to the proxy itself.
    async fn open(&self) -> Option<TcpStream> {
        let connecting = async { Race::resolve(self.host, self.port).await.ok()?.next().await };
        timeout(PROXY_TIMEOUT, connecting).await.ok()?
    }

    /// Connects to a host through the proxy.
    pub(super) async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, DialError> {
        let mut tcp = self.open().await.ok_or_else(|| self.unreachable())?;
        let asking = async {
            match self.kind {
                Kind::Tor(isolation) => {
                    socks::connect(&mut tcp, host, port, Login::Required(isolation)).await
                }
                Kind::Socks5(login) => socks::connect(&mut tcp, host, port, login).await,
                Kind::Http(credentials) => http::connect(&mut tcp, host, port, credentials).await,
            }
        };
        match timeout(REACH_TIMEOUT, asking).await {
            Ok(Ok(())) => Ok(tcp),
            Err(_) | Ok(Err(ProxyError::Unreachable)) => {
                Err(DialError::Unreachable { host: host.to_owned() })
            }
            Ok(Err(ProxyError::Silent)) => Err(self.unreachable()),
            Ok(Err(ProxyError::Refused)) => {
                Err(DialError::ProxyRefused { host: self.host.to_owned() })
            }
            Ok(Err(ProxyError::Strange(what))) => Err(DialError::Protocol(what)),
        }
    }

    fn unreachable(&self) -> DialError {
        match self.kind {
            Kind::Tor(_) => DialError::TorUnavailable,
            Kind::Socks5(_) | Kind::Http(_) => {
                DialError::ProxyUnreachable { host: self.host.to_owned() }
            }
        }
    }
}
