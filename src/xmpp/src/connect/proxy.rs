//! The way that an account wants, and going it.

use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

use super::socks::Login;
use super::{http, socks};
use crate::failure::Failure;
use crate::{OfflineReason, Proxy, ProxyCredentials, Route, SignInError, Tor, Via};

/// How long a proxy may take to answer.
const PROXY_TIMEOUT: Duration = Duration::from_secs(6);
/// How long it may take to reach the server. Tor builds circuits.
const REACH_TIMEOUT: Duration = Duration::from_secs(30);

/// Why a proxy does not connect us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ProxyError {
    /// It does not take our credentials.
    Refused,
    /// It cannot reach the server.
    Unreachable,
    /// It hung up.
    Silent,
    /// It does not speak as expected.
    Strange(String),
}

impl From<std::io::Error> for ProxyError {
    fn from(_: std::io::Error) -> Self {
        Self::Silent
    }
}

/// The way to take.
pub(super) enum ChosenRoute<'a> {
    /// Straight, names looked up here.
    Direct,
    /// Through a proxy, which looks names up.
    Proxied(ProxyDialer<'a>),
}

/// A proxy that is there.
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

impl<'a> ChosenRoute<'a> {
    /// Chooses. `isolation` is what Tor shall know this account by.
    pub(super) async fn choose(
        route: &'a Route,
        isolation: &'a ProxyCredentials,
    ) -> Result<Self, Failure> {
        let kind = |credentials: &'a Option<ProxyCredentials>| match credentials {
            Some(credentials) => Login::Required(credentials),
            None => Login::IfAsked(isolation),
        };
        let (Proxy { host, port, .. }, kind) = match route {
            Route::Direct => return Ok(Self::Direct),
            Route::TorIfThere(tor) => {
                return Ok(detect_tor(tor, isolation).await.map_or(Self::Direct, Self::Proxied));
            }
            Route::TorRequired(tor) => {
                let unavailable = Failure::Transient(OfflineReason::TorUnavailable);
                return detect_tor(tor, isolation).await.map(Self::Proxied).ok_or(unavailable);
            }
            Route::Socks5(proxy) => (proxy, Kind::Socks5(kind(&proxy.credentials))),
            Route::HttpConnect(proxy) => (proxy, Kind::Http(proxy.credentials.as_ref())),
        };
        Ok(Self::Proxied(ProxyDialer { host, port: *port, kind }))
    }

    pub(super) const fn via(&self) -> Via {
        match self {
            Self::Direct => Via::Direct,
            Self::Proxied(ProxyDialer { kind: Kind::Tor(_), .. }) => Via::Tor,
            Self::Proxied(_) => Via::Proxy,
        }
    }
}

/// Tor, if one of its ports answers.
async fn detect_tor<'a>(tor: &Tor, isolation: &'a ProxyCredentials) -> Option<ProxyDialer<'a>> {
    for &port in &tor.ports {
        let proxied = ProxyDialer { host: "127.0.0.1", port, kind: Kind::Tor(isolation) };
        if proxied.open().await.is_some() {
            return Some(proxied);
        }
    }
    None
}

impl ProxyDialer<'_> {
    async fn open(&self) -> Option<TcpStream> {
        let connecting = TcpStream::connect((self.host, self.port));
        timeout(PROXY_TIMEOUT, connecting).await.ok()?.ok()
    }

    /// A connection to the server's host, made by the proxy.
    pub(super) async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, Failure> {
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
        let unreachable =
            || Failure::Transient(OfflineReason::Unreachable { host: host.to_owned() });
        match timeout(REACH_TIMEOUT, asking).await {
            Ok(Ok(())) => Ok(tcp),
            Err(_) | Ok(Err(ProxyError::Unreachable)) => Err(unreachable()),
            Ok(Err(ProxyError::Silent)) => Err(self.unreachable()),
            Ok(Err(ProxyError::Refused)) => {
                Err(Failure::Permanent(SignInError::ProxyRefused { host: self.host.to_owned() }))
            }
            Ok(Err(ProxyError::Strange(what))) => {
                Err(Failure::protocol(format!("the proxy: {what}")))
            }
        }
    }

    fn unreachable(&self) -> Failure {
        Failure::Transient(match self.kind {
            Kind::Tor(_) => OfflineReason::TorUnavailable,
            Kind::Socks5(_) | Kind::Http(_) => {
                OfflineReason::ProxyUnreachable { host: self.host.to_owned() }
            }
        })
    }
}
