//! Finds the endpoints of a domain's server by SRV records (RFC 6120 §3.2, XEP-0368, RFC 2782).

#[cfg(test)]
mod dns;

use std::net::IpAddr;
use std::time::Duration;

use hickory_resolver::proto::rr::RData;
use hickory_resolver::{Resolver, TokioResolver};
use tokio::time::timeout;

/// The port for STARTTLS where no SRV record names one (RFC 6120 §3.2.2).
const DEFAULT_PORT: u16 = 5222;
/// The same for direct TLS (XEP-0368 §3).
const DEFAULT_TLS_PORT: u16 = 5223;
/// Limit of one DNS lookup, after which its records are taken to be missing.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(8);
/// Limit of SRV records of one kind.
const RECORDS_MAX: usize = 32;

/// A host and port to connect to. The host is an A-label or an address, not yet resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) direct_tls: bool,
}

/// An SRV record (RFC 2782).
#[derive(Clone, Debug)]
struct SrvRecord {
    priority: u16,
    weight: u16,
    endpoint: Endpoint,
}

/// The endpoints of the server of `domain`, an A-label or an address; best first. Empty if the
/// domain declares that it offers no XMPP.
pub(crate) async fn endpoints(domain: &str) -> Vec<Endpoint> {
    if domain.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() {
        return vec![fallback(domain)];
    }
    match Resolver::builder_tokio().and_then(|builder| builder.build()) {
        Ok(resolver) => endpoints_by(&resolver, domain).await,
        Err(error) => {
            tracing::debug!(%error, "no resolver");
            vec![fallback(domain)]
        }
    }
}

/// The same, for a domain that is not an address.
async fn endpoints_by(resolver: &TokioResolver, domain: &str) -> Vec<Endpoint> {
    let (direct, starttls) =
        tokio::join!(records(resolver, domain, true), records(resolver, domain, false));
    choose(domain, direct, starttls, |max| rand::random_range(0..=max))
}

/// The endpoints to try where the DNS must not be asked: the default ports of the domain itself.
pub(crate) fn without_dns(domain: &str) -> Vec<Endpoint> {
    let fallback = fallback(domain);
    vec![Endpoint { port: DEFAULT_TLS_PORT, direct_tls: true, ..fallback.clone() }, fallback]
}

/// The SRV records of one kind; none if the DNS fails. An attacker gains nothing by that: any
/// server must present a certificate for the domain.
async fn records(resolver: &TokioResolver, domain: &str, direct_tls: bool) -> Vec<SrvRecord> {
    let service = if direct_tls { "_xmpps-client" } else { "_xmpp-client" };
    let lookup = resolver.srv_lookup(format!("{service}._tcp.{domain}."));
    let Ok(answer) = timeout(LOOKUP_TIMEOUT, lookup).await else {
        tracing::debug!(service, "no answer in time");
        return Vec::new();
    };
    match answer {
        Ok(lookup) => lookup
            .answers()
            .iter()
            .filter_map(|record| {
                let RData::SRV(srv) = &record.data else { return None };
                let host = srv.target.to_ascii().trim_end_matches('.').to_owned();
                let endpoint = Endpoint { host, port: srv.port, direct_tls };
                Some(SrvRecord { priority: srv.priority, weight: srv.weight, endpoint })
            })
            .take(RECORDS_MAX)
            .collect(),
        Err(error) => {
            tracing::debug!(%error, service, "no records");
            Vec::new()
        }
    }
}

/// Merges both kinds of records (XEP-0368 §3). Without any, the domain itself is the server.
fn choose(
    domain: &str,
    direct: Vec<SrvRecord>,
    starttls: Vec<SrvRecord>,
    random: impl FnMut(u32) -> u32,
) -> Vec<Endpoint> {
    let denied = !starttls.is_empty();
    // The target was ".", which means "not offered" (RFC 2782).
    let offered: Vec<SrvRecord> = direct
        .into_iter()
        .chain(starttls)
        .filter(|service| !service.endpoint.host.is_empty())
        .collect();
    if offered.is_empty() && !denied {
        vec![fallback(domain)]
    } else {
        by_priority_and_weight(offered, random)
    }
}

fn fallback(domain: &str) -> Endpoint {
    let host = domain.trim_matches(['[', ']']).to_owned();
    Endpoint { host, port: DEFAULT_PORT, direct_tls: false }
}

/// Sorts by priority, and within one priority by chance in proportion to weight (RFC 2782).
/// `random(max)` returns a number in `0..=max`.
fn by_priority_and_weight(
    mut records: Vec<SrvRecord>,
    mut random: impl FnMut(u32) -> u32,
) -> Vec<Endpoint> {
    // Weight zero goes first within its priority, as RFC 2782 says; otherwise it would never come
    // after another.
    records.sort_by_key(|service| (service.priority, service.weight));
    let mut endpoints = Vec::with_capacity(records.len());
    while let Some(priority) = records.first().map(|service| service.priority) {
        let group = records.iter().take_while(|service| service.priority == priority);
        let total: u32 = group.clone().map(|service| u32::from(service.weight)).sum();
        let drawn = random(total);
        let mut sum = 0;
        let chosen = group
            .take_while(|service| {
                let before = sum;
                sum += u32::from(service.weight);
                before < drawn && sum < drawn
            })
            .count();
        endpoints.push(records.remove(chosen.min(records.len().saturating_sub(1))).endpoint);
    }
    endpoints
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(host: &str, priority: u16, weight: u16, direct_tls: bool) -> SrvRecord {
        let endpoint = Endpoint { host: host.into(), port: 5223, direct_tls };
        SrvRecord { priority, weight, endpoint }
    }

    fn hosts(endpoints: &[Endpoint]) -> Vec<&str> {
        endpoints.iter().map(|endpoint| endpoint.host.as_str()).collect()
    }

    #[test]
    fn both_kinds_are_mixed_by_priority() {
        let direct = vec![service("c", 30, 0, true), service("a", 10, 0, true)];
        let starttls = vec![service("b", 20, 0, false), service("d", 40, 0, false)];
        let endpoints = choose("example.org", direct, starttls, |_| 0);
        assert_eq!(hosts(&endpoints), ["a", "b", "c", "d"]);
        assert!(endpoints[0].direct_tls && !endpoints[1].direct_tls);
    }

    #[test]
    fn chance_follows_weight() {
        let records = || vec![service("heavy", 1, 90, true), service("light", 1, 10, true)];
        let first =
            |drawn: u32| by_priority_and_weight(records(), |max| drawn.min(max)).remove(0).host;
        assert_eq!(first(0), "light");
        assert_eq!(first(10), "light");
        assert_eq!(first(11), "heavy");
        assert_eq!(first(100), "heavy");
        let light = (1..=100).filter(|drawn| first(*drawn) == "light").count();
        assert_eq!(light, 10);
    }

    #[test]
    fn every_target_is_tried_once() {
        let records: Vec<_> = (0..10).map(|n| service(&n.to_string(), n / 4, n, true)).collect();
        let endpoints = by_priority_and_weight(records, |max| max / 2);
        let mut sorted = hosts(&endpoints);
        sorted.sort_unstable();
        assert_eq!(sorted, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    }

    #[test]
    fn a_dot_means_not_offered() {
        let dot = |direct_tls| vec![service("", 0, 0, direct_tls)];
        assert_eq!(choose("example.org", dot(true), dot(false), |_| 0), []);
        assert_eq!(choose("example.org", vec![], dot(false), |_| 0), []);
        let only = choose("example.org", dot(true), vec![service("a", 0, 0, false)], |_| 0);
        assert_eq!(hosts(&only), ["a"]);
        // Nothing was said of STARTTLS, so the domain itself may offer it.
        assert_eq!(choose("example.org", dot(true), vec![], |_| 0), [fallback("example.org")]);
    }

    #[test]
    fn without_records_the_domain_itself_is_tried() {
        let endpoints = choose("example.org", vec![], vec![], |_| 0);
        assert_eq!(hosts(&endpoints), ["example.org"]);
        assert_eq!((endpoints[0].port, endpoints[0].direct_tls), (5222, false));
    }

    #[test]
    fn without_the_dns_both_usual_ports_are_tried() {
        let endpoints = without_dns("example.org");
        assert_eq!(hosts(&endpoints), ["example.org"; 2]);
        assert_eq!((endpoints[0].port, endpoints[0].direct_tls), (5223, true));
        assert_eq!((endpoints[1].port, endpoints[1].direct_tls), (5222, false));
    }

    #[tokio::test]
    async fn an_address_is_not_looked_up() {
        assert_eq!(hosts(&endpoints("127.0.0.1").await), ["127.0.0.1"]);
        assert_eq!(hosts(&endpoints("[::1]").await), ["::1"]);
    }
}
