//! Connects to an account's server and encrypts the stream; signing in is not done here.

mod dialer;
mod happy_eyeballs;
mod http;
mod presented_chain;
mod proxy;
mod quick_ack;
mod resolve;
mod socks;
mod tls;
mod tls_server_end_point;
mod verify;

use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::rustls::RootCertStore;
use tokio_xmpp::jid::BareJid;
use tokio_xmpp::minidom::Element;

use self::dialer::{ChosenRoute, is_onion};
pub use self::dialer::{DialError, Dialer};
use self::quick_ack::LowLatencyStream;
use self::resolve::Endpoint;
pub(crate) use self::tls::Protection;
use crate::failure::Failure;
use crate::stream::{self, Opened, Socket};
use crate::xml::ns;
use crate::{Account, OfflineReason, Server, SignInError, Via};

/// An encrypted stream to the verified server, not yet authenticated.
pub(crate) struct Secured {
    pub(crate) opened: Opened,
    pub(crate) protection: Protection,
    pub(crate) via: Via,
}

/// What every attempt to connect needs, whichever endpoint it goes to.
struct Connector<'a> {
    account: &'a Account,
    /// The account's domain as the DNS and certificates spell it.
    domain: String,
    roots: Arc<RootCertStore>,
    /// The `from` of the encrypted stream; `None` before there is an account.
    from: Option<&'a BareJid>,
}

/// Tries every endpoint of the account's server, best first. `from` is `None` before there is an
/// account.
pub(crate) async fn connect(
    account: &Account,
    dialer: &Dialer,
    from: Option<&BareJid>,
) -> Result<Secured, Failure> {
    let domain = ascii_domain(account)?;
    let route = dialer.choose().await?;
    let endpoints = match (&account.server, &route) {
        (Server::At { host, port, direct_tls }, _) => {
            vec![Endpoint { host: host.clone(), port: *port, direct_tls: *direct_tls }]
        }
        (Server::Discover, ChosenRoute::Proxied(_)) => resolve::without_dns(&domain),
        // The DNS must not be asked for `.onion` names (RFC 7686 §2).
        (Server::Discover, ChosenRoute::Direct) if is_onion(&domain) => {
            resolve::without_dns(&domain)
        }
        (Server::Discover, ChosenRoute::Direct) => resolve::endpoints(&domain).await,
    };
    let roots = tls::trusted_roots(&account.extra_roots).await?;
    let mut failure = unreachable(&domain);
    let connector = Connector { account, domain, roots, from };
    for endpoint in endpoints {
        match connector.connect_to(&endpoint, &route).await {
            Ok((opened, protection)) => {
                return Ok(Secured { opened, protection, via: route.via() });
            }
            Err(other) if other.is_less_specific_than(&failure) => {}
            Err(other) => failure = other,
        }
    }
    Err(failure)
}

/// The account's domain as the DNS and certificates spell it.
fn ascii_domain(account: &Account) -> Result<String, Failure> {
    let domain = account.jid.domain().as_str();
    if domain.starts_with('[') {
        return Ok(domain.to_owned());
    }
    idna::domain_to_ascii(domain)
        .map_err(|_| Failure::Transient(OfflineReason::HostUnknown { host: domain.to_owned() }))
}

fn unreachable(host: &str) -> Failure {
    Failure::Transient(OfflineReason::Unreachable { host: host.to_owned() })
}

impl Connector<'_> {
    async fn connect_to(
        &self,
        endpoint: &Endpoint,
        route: &ChosenRoute<'_>,
    ) -> Result<(Opened, Protection), Failure> {
        let mut connections = route.connections(&endpoint.host, endpoint.port).await?;
        let mut failure = unreachable(&endpoint.host);
        while let Some(tcp) = connections.next().await {
            match self.secure(tcp, endpoint.direct_tls).await {
                Ok(secured) => return Ok(secured),
                Err(other) if other.is_less_specific_than(&failure) => {}
                Err(other) => failure = other,
            }
        }
        Err(failure)
    }

    async fn secure(
        &self,
        tcp: TcpStream,
        direct_tls: bool,
    ) -> Result<(Opened, Protection), Failure> {
        let socket: Box<dyn Socket> = Box::new(LowLatencyStream::new(tcp));
        let socket = if direct_tls { socket } else { start_tls(socket, self.account).await? };
        let verifier = verify::Verifier::new(Arc::clone(&self.roots), self.account.pinned_key);
        let (socket, protection) = tls::secure(socket, &self.domain, verifier, direct_tls).await?;
        let domain = self.account.jid.domain().as_str();
        let opened = stream::open(stream::transport(socket), domain, self.from).await?;
        Ok((opened, protection))
    }
}

/// STARTTLS (RFC 6120 §5). Whatever was read before TLS is dropped.
async fn start_tls(socket: Box<dyn Socket>, account: &Account) -> Result<Box<dyn Socket>, Failure> {
    let transport = stream::transport(socket);
    let Opened { mut stream, features } =
        stream::open(transport, account.jid.domain().as_str(), None).await?;
    if !features.has_child("starttls", ns::TLS) {
        return Err(Failure::Permanent(SignInError::NoTls));
    }
    stream::send(&mut stream, &Element::bare("starttls", ns::TLS)).await?;
    let answer = stream::next_element(&mut stream).await?;
    if !answer.is("proceed", ns::TLS) {
        return Err(Failure::Permanent(SignInError::NoTls));
    }
    Ok(stream.into_inner().into_inner().into_inner())
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;
    use crate::Route;

    fn account(jid: &str) -> Account {
        Account::new(jid.parse().unwrap(), Zeroizing::default())
    }

    #[test]
    fn international_domains_are_looked_up_in_ascii() {
        let ascii = |jid| ascii_domain(&account(jid)).ok();
        assert_eq!(ascii("a@bücher.example").as_deref(), Some("xn--bcher-kva.example"));
        assert_eq!(ascii("a@example.org").as_deref(), Some("example.org"));
        assert_eq!(ascii("a@[::1]").as_deref(), Some("[::1]"));
    }

    #[tokio::test]
    async fn onions_are_never_looked_up() {
        let dialer = Dialer::new(Route::Direct);
        let mut account = account("a@Abc.ONION");
        let no_tor = Some(Failure::Transient(OfflineReason::TorUnavailable));
        assert_eq!(connect(&account, &dialer, None).await.err(), no_tor);
        account.jid = "a@example.org".parse().unwrap();
        account.server = Server::At { host: "abc.onion.".into(), port: 5222, direct_tls: false };
        assert_eq!(connect(&account, &dialer, None).await.err(), no_tor);
    }
}
