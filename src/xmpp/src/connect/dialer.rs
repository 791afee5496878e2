//! Opens TCP connections by the route of an account.

use std::fmt;

use tokio::net::TcpStream;

use super::happy_eyeballs::Race;
use super::proxy::{ProxyDialer, detect_tor};
use crate::failure::Failure;
use crate::{OfflineReason, ProxyCredentials, Route, SignInError, Via};

/// Opens TCP connections for one account. It owns the route and the SOCKS credentials by which Tor
/// separates the circuits of accounts, so every connection of an account must come from its
/// dialer, not only that to its server: another one would go around the proxy, and show where we
/// are.
///
/// See [`Link::dialer`](crate::Link::dialer).
#[derive(Clone)]
pub struct Dialer {
    route: Route,
    isolation: ProxyCredentials,
}

/// Why a [`Dialer`] cannot connect.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DialError {
    /// The host name does not resolve.
    #[error("{host} does not resolve")]
    HostUnknown {
        /// The name.
        host: String,
    },
    /// No address of the host answers, or the proxy does not reach it.
    #[error("{host} does not answer")]
    Unreachable {
        /// The host.
        host: String,
    },
    /// Tor is required and does not run on this computer, or the host is an onion service and the
    /// route does not go through Tor. Nothing else was tried.
    #[error("Tor does not run")]
    TorUnavailable,
    /// The proxy does not answer. Nothing else was tried.
    #[error("the proxy {host} does not answer")]
    ProxyUnreachable {
        /// The proxy's host.
        host: String,
    },
    /// The proxy refuses our credentials.
    #[error("the proxy {host} refuses our name or password")]
    ProxyRefused {
        /// The proxy's host.
        host: String,
    },
    /// The proxy broke its protocol; the text says how.
    #[error("the proxy: {0}")]
    Protocol(String),
}

/// The route of one connection, once it is known whether Tor runs.
pub(super) enum ChosenRoute<'a> {
    /// No proxy; names are resolved here.
    Direct,
    /// The proxy resolves names.
    Proxied(ProxyDialer<'a>),
}

/// Connections to one host, best first.
pub(super) enum Connections {
    Direct(Race<TcpStream>),
    Proxied(Option<TcpStream>),
}

impl Dialer {
    /// A dialer with credentials for Tor that were never used before.
    #[must_use]
    pub fn new(route: Route) -> Self {
        Self { route, isolation: ProxyCredentials::random() }
    }

    /// The route of every connection.
    #[must_use]
    pub const fn route(&self) -> &Route {
        &self.route
    }

    /// Connects to a host, a name or an address. With [`Route::TorIfThere`] it is decided anew each
    /// time whether Tor is there; the second value says how it went.
    ///
    /// # Errors
    ///
    /// Any of [`DialError`].
    pub async fn dial(&self, host: &str, port: u16) -> Result<(TcpStream, Via), DialError> {
        let route = self.choose().await?;
        let mut connections = route.connections(host, port).await?;
        let tcp = connections.next().await;
        let tcp = tcp.ok_or_else(|| DialError::Unreachable { host: host.to_owned() })?;
        Ok((tcp, route.via()))
    }

    /// Finds out how to connect now.
    pub(super) async fn choose(&self) -> Result<ChosenRoute<'_>, DialError> {
        let isolation = &self.isolation;
        Ok(match &self.route {
            Route::Direct => ChosenRoute::Direct,
            Route::TorIfThere(tor) => match detect_tor(tor, isolation).await {
                Some(proxy) => ChosenRoute::Proxied(proxy),
                None => ChosenRoute::Direct,
            },
            Route::TorRequired(tor) => {
                let proxy = detect_tor(tor, isolation).await;
                ChosenRoute::Proxied(proxy.ok_or(DialError::TorUnavailable)?)
            }
            Route::Socks5(proxy) => ChosenRoute::Proxied(ProxyDialer::socks5(proxy, isolation)),
            Route::HttpConnect(proxy) => ChosenRoute::Proxied(ProxyDialer::http(proxy)),
        })
    }
}

impl fmt::Debug for Dialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dialer").field("route", &self.route).finish_non_exhaustive()
    }
}

impl ChosenRoute<'_> {
    pub(super) const fn via(&self) -> Via {
        match self {
            Self::Direct => Via::Direct,
            Self::Proxied(proxy) => proxy.via(),
        }
    }

    /// Begins to connect to a host.
    pub(super) async fn connections(
        &self,
        host: &str,
        port: u16,
    ) -> Result<Connections, DialError> {
        match self {
            Self::Proxied(proxy) => {
                proxy.connect(host, port).await.map(|tcp| Connections::Proxied(Some(tcp)))
            }
            // The DNS must not be asked for onion names (RFC 7686 §2).
            Self::Direct if is_onion(host) => Err(DialError::TorUnavailable),
            Self::Direct => match Race::resolve(host, port).await {
                Ok(race) => Ok(Connections::Direct(race)),
                Err(error) => {
                    tracing::debug!(%error, "a host does not resolve");
                    Err(DialError::HostUnknown { host: host.to_owned() })
                }
            },
        }
    }
}

impl Connections {
    /// The next connection; `None` if there are no more.
    pub(super) async fn next(&mut self) -> Option<TcpStream> {
        match self {
            Self::Direct(race) => race.next().await,
            Self::Proxied(tcp) => tcp.take(),
        }
    }
}

pub(super) fn is_onion(host: &str) -> bool {
    host.trim_end_matches('.').to_ascii_lowercase().ends_with(".onion")
}

impl From<DialError> for Failure {
    fn from(error: DialError) -> Self {
        Self::Transient(match error {
            DialError::HostUnknown { host } => OfflineReason::HostUnknown { host },
            DialError::Unreachable { host } => OfflineReason::Unreachable { host },
            DialError::TorUnavailable => OfflineReason::TorUnavailable,
            DialError::ProxyUnreachable { host } => OfflineReason::ProxyUnreachable { host },
            DialError::ProxyRefused { host } => {
                return Self::Permanent(SignInError::ProxyRefused { host });
            }
            DialError::Protocol(_) => OfflineReason::Protocol(error.to_string()),
        })
    }
}
