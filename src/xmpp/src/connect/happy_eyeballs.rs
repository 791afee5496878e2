//! Connects to the addresses of one host as RFC 8305 ("Happy Eyeballs Version 2") says: IPv6 and
//! IPv4 in turn, each with a short head start, so that addresses that do not answer cost little.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, sleep_until, timeout};

/// Head start of an attempt before the next one begins ("Connection Attempt Delay", §8).
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);
/// How long one attempt may take.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(6);
/// Limit of addresses tried of one host.
const ADDRESSES_MAX: usize = 8;

type Attempt<T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send>>;

/// Attempts to connect to the addresses of one host. The fastest comes first, but each connection
/// is worth having: the first may lead to a server that cannot prove its name.
pub(super) struct Race<T> {
    connect: fn(SocketAddr) -> Attempt<T>,
    waiting: VecDeque<SocketAddr>,
    running: FuturesUnordered<Attempt<T>>,
    /// When the next attempt begins unless all running ones have failed before.
    next_at: Instant,
}

impl Race<TcpStream> {
    /// Resolves the host. Its addresses keep the order of the system's resolver (RFC 6724) within
    /// each family.
    pub(super) async fn resolve(host: &str, port: u16) -> io::Result<Self> {
        let addresses = lookup_host((host, port)).await?;
        Ok(Self::new(addresses, |address| TcpStream::connect(address).boxed()))
    }
}

impl<T> Race<T> {
    fn new(
        addresses: impl Iterator<Item = SocketAddr>,
        connect: fn(SocketAddr) -> Attempt<T>,
    ) -> Self {
        let waiting = interleaved(addresses).into_iter().take(ADDRESSES_MAX).collect();
        Self { connect, waiting, running: FuturesUnordered::new(), next_at: Instant::now() }
    }

    /// The next connection; `None` once all attempts have failed or were returned. May be dropped
    /// at any time: no attempt is lost.
    pub(super) async fn next(&mut self) -> Option<T>
    where
        T: Send + 'static,
    {
        loop {
            if self.running.is_empty() {
                self.start_next()?;
            }
            tokio::select! {
                result = self.running.next(), if !self.running.is_empty() => match result {
                    Some(Ok(connection)) => return Some(connection),
                    // §5: an attempt that fails does not keep the next one waiting.
                    Some(Err(error)) => {
                        tracing::debug!(%error, "an address does not answer");
                        self.start_next();
                    }
                    None => {}
                },
                () = sleep_until(self.next_at), if !self.waiting.is_empty() => {
                    self.start_next();
                }
            }
        }
    }

    fn start_next(&mut self) -> Option<()>
    where
        T: Send + 'static,
    {
        let attempt = (self.connect)(self.waiting.pop_front()?);
        let limited = async { timeout(ATTEMPT_TIMEOUT, attempt).await? };
        self.running.push(limited.boxed());
        self.next_at = Instant::now() + ATTEMPT_DELAY;
        Some(())
    }
}

/// Alternates the families, beginning with that of the first address (§4).
fn interleaved(addresses: impl Iterator<Item = SocketAddr>) -> Vec<SocketAddr> {
    let addresses: Vec<_> = addresses.collect();
    let leads_with_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) =
        addresses.into_iter().partition(|address| address.is_ipv6() == leads_with_v6);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut all = Vec::new();
    loop {
        let pair = [first.next(), second.next()];
        if pair == [None, None] {
            return all;
        }
        all.extend(pair.into_iter().flatten());
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use tokio::time::sleep;

    use super::*;

    fn addresses(hosts: &[&str]) -> Vec<SocketAddr> {
        hosts.iter().map(|host| SocketAddr::new(host.parse().unwrap(), 5222)).collect()
    }

    /// Hosts ending in `d` or `.13` are dead, those in `f` or `.15` refuse, those in `5` are slow.
    fn connect(address: SocketAddr) -> Attempt<SocketAddr> {
        let host = address.ip().to_string();
        if host.ends_with('d') || host.ends_with(".13") {
            pending().boxed()
        } else if host.ends_with('f') || host.ends_with(".15") {
            ready(Err(io::ErrorKind::ConnectionRefused.into())).boxed()
        } else if host.ends_with('5') {
            async move {
                sleep(Duration::from_millis(400)).await;
                Ok(address)
            }
            .boxed()
        } else {
            ready(Ok(address)).boxed()
        }
    }

    fn race(hosts: &[&str]) -> Race<SocketAddr> {
        Race::new(addresses(hosts).into_iter(), connect)
    }

    /// Which host answers first, and after how many milliseconds.
    async fn first(hosts: &[&str]) -> (Option<String>, u128) {
        let since = Instant::now();
        let found = race(hosts).next().await.map(|address| address.ip().to_string());
        (found, since.elapsed().as_millis())
    }

    #[tokio::test(start_paused = true)]
    async fn a_dead_address_costs_a_quarter_of_a_second_and_one_that_refuses_nothing() {
        let found = |host: &str, ms| (Some(host.to_owned()), ms);
        assert_eq!(first(&["2001:db8::1", "192.0.2.1"]).await, found("2001:db8::1", 0));
        assert_eq!(first(&["2001:db8::d", "192.0.2.1"]).await, found("192.0.2.1", 250));
        assert_eq!(first(&["2001:db8::f", "192.0.2.1"]).await, found("192.0.2.1", 0));
        assert_eq!(first(&["192.0.2.13", "2001:db8::1"]).await, found("2001:db8::1", 250));
        let dead = ["2001:db8::d", "2001:db8::1d", "2001:db8::2d", "192.0.2.1"];
        assert_eq!(first(&dead).await, found("192.0.2.1", 250), "the other family is second");
        assert_eq!(first(&["2001:db8::1d", "2001:db8::f", "192.0.2.13", "192.0.2.1"]).await.1, 500);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_address_still_wins_over_dead_ones() {
        let slow = first(&["2001:db8::5", "192.0.2.13", "192.0.2.113"]).await;
        assert_eq!(slow, (Some("2001:db8::5".to_owned()), 400));
    }

    #[tokio::test(start_paused = true)]
    async fn every_connection_comes_once_and_then_there_are_no_more() {
        let mut race = race(&["2001:db8::5", "2001:db8::d", "2001:db8::1", "192.0.2.1"]);
        let mut found = Vec::new();
        while let Some(address) = race.next().await {
            found.push(address.ip().to_string());
        }
        assert_eq!(found, ["192.0.2.1", "2001:db8::5", "2001:db8::1"]);
    }

    #[tokio::test(start_paused = true)]
    async fn all_dead_is_known_in_seconds_and_nothing_to_try_at_once() {
        assert_eq!(first(&["2001:db8::d", "192.0.2.13"]).await, (None, 6_250));
        assert_eq!(first(&[]).await, (None, 0));
    }

    #[test]
    fn families_take_turns_and_too_many_addresses_are_left_out() {
        let order = |hosts: &[&str]| -> Vec<String> {
            interleaved(addresses(hosts).into_iter()).iter().map(|a| a.ip().to_string()).collect()
        };
        let mixed = ["::1", "::2", "::3", "192.0.2.1", "192.0.2.2"];
        assert_eq!(order(&mixed), ["::1", "192.0.2.1", "::2", "192.0.2.2", "::3"]);
        assert_eq!(order(&["192.0.2.1", "::1", "192.0.2.2"]), ["192.0.2.1", "::1", "192.0.2.2"]);
        let many: Vec<String> = (1..=20).map(|n| format!("192.0.2.{n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(race(&many).waiting.len(), ADDRESSES_MAX);
    }
}
