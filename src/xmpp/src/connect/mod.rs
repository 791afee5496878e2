//! From an account to an encrypted stream.

mod discover;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::rustls::RootCertStore;
use tokio_xmpp::minidom::Element;

use self::discover::Target;
use crate::failure::Failure;
use crate::sign_in::ChannelBinding;
use crate::stream::{self, Opened, Socket};
use crate::xml::ns;
use crate::{Account, OfflineReason, Server, SignInError};

/// How long one address may take to answer before the next is tried.
const ADDRESS_TIMEOUT: Duration = Duration::from_secs(6);
/// More addresses of one host are not tried.
const ADDRESSES_MAX: usize = 8;

/// An encrypted stream to the right server, not yet signed in.
pub(crate) struct Secured {
    pub(crate) opened: Opened,
    pub(crate) binding: Option<ChannelBinding>,
}

/// Tries every address of the account's server, best first.
pub(crate) async fn connect(account: &Account) -> Result<Secured, Failure> {
    let domain = ascii_domain(account)?;
    let targets = match &account.server {
        Server::Discover => discover::targets(&domain).await,
        Server::At { host, port, direct_tls } => {
            vec![Target { host: host.clone(), port: *port, direct_tls: *direct_tls }]
        }
    };
    let roots = tls::trusted_roots(&account.extra_roots).await?;
    let mut failure = unreachable(&domain);
    for target in targets {
        match connect_to(&target, account, &domain, &roots).await {
            Ok(secured) => return Ok(secured),
            Err(other) if other.tells_less_than(&failure) => {}
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
        .map_err(|_| Failure::Passing(OfflineReason::HostUnknown { host: domain.to_owned() }))
}

fn unreachable(host: &str) -> Failure {
    Failure::Passing(OfflineReason::Unreachable { host: host.to_owned() })
}

async fn connect_to(
    target: &Target,
    account: &Account,
    domain: &str,
    roots: &Arc<RootCertStore>,
) -> Result<Secured, Failure> {
    let addresses = lookup_host((target.host.as_str(), target.port)).await.map_err(|error| {
        tracing::debug!(%error, "a host does not resolve");
        Failure::Passing(OfflineReason::HostUnknown { host: target.host.clone() })
    })?;
    let mut failure = unreachable(&target.host);
    for address in addresses.take(ADDRESSES_MAX) {
        let connecting = TcpStream::connect(address);
        let Ok(Ok(tcp)) = tokio::time::timeout(ADDRESS_TIMEOUT, connecting).await else {
            continue;
        };
        // Stanzas are small and awaited: none waits for the next.
        if let Err(error) = tcp.set_nodelay(true) {
            tracing::debug!(%error, "no TCP_NODELAY");
        }
        match secure(Box::new(tcp), target.direct_tls, account, domain, roots).await {
            Ok(secured) => return Ok(secured),
            Err(other) if other.tells_less_than(&failure) => {}
            Err(other) => failure = other,
        }
    }
    Err(failure)
}

async fn secure(
    socket: Box<dyn Socket>,
    direct_tls: bool,
    account: &Account,
    domain: &str,
    roots: &Arc<RootCertStore>,
) -> Result<Secured, Failure> {
    let socket = if direct_tls { socket } else { start_tls(socket, account).await? };
    let (socket, binding) = tls::secure(socket, domain, Arc::clone(roots), direct_tls).await?;
    let transport = stream::transport(socket);
    let opened = stream::open(transport, account.jid.domain().as_str(), Some(&account.jid)).await?;
    Ok(Secured { opened, binding })
}

/// Asks for encryption (RFC 6120 §5). Whatever came before it is forgotten.
async fn start_tls(socket: Box<dyn Socket>, account: &Account) -> Result<Box<dyn Socket>, Failure> {
    let transport = stream::transport(socket);
    let Opened { mut stream, features } =
        stream::open(transport, account.jid.domain().as_str(), None).await?;
    if !features.has_child("starttls", ns::TLS) {
        return Err(Failure::Refused(SignInError::NoTls));
    }
    stream::send(&mut stream, &Element::bare("starttls", ns::TLS)).await?;
    let answer = stream::next_element(&mut stream).await?;
    if !answer.is("proceed", ns::TLS) {
        return Err(Failure::Refused(SignInError::NoTls));
    }
    Ok(stream.into_inner().into_inner().into_inner())
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;

    fn account(jid: &str) -> Account {
        Account {
            jid: jid.parse().unwrap(),
            password: Zeroizing::default(),
            server: Server::Discover,
            extra_roots: Vec::new(),
        }
    }

    #[test]
    fn international_domains_are_looked_up_in_ascii() {
        let ascii = |jid| ascii_domain(&account(jid)).ok();
        assert_eq!(ascii("a@bücher.example").as_deref(), Some("xn--bcher-kva.example"));
        assert_eq!(ascii("a@example.org").as_deref(), Some("example.org"));
        assert_eq!(ascii("a@[::1]").as_deref(), Some("[::1]"));
    }
}
