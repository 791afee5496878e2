//! Notices that the computer slept, or that its network is another: whoever waits for the next
//! attempt then need not, and whoever is connected may not be any more.
//!
//! Nothing is sent to find out, and nobody is asked.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant, SystemTime};

use tokio::time::{Interval, MissedTickBehavior, interval};

const LOOK_EVERY: Duration = Duration::from_secs(5);
/// A clock is set by less, and a sleep is longer.
const SLEEP_MIN: Duration = Duration::from_secs(30);
/// Addresses that are nobody's (RFC 5737, RFC 3849).
const FAR_AWAY: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)),
];

/// Looks every few seconds.
#[derive(Debug)]
pub(crate) struct Watch {
    looks: Interval,
    last: Look,
}

/// What there was to see.
#[derive(Clone, Copy, Debug)]
struct Look {
    /// Stands still while the computer sleeps, on most.
    awake: Instant,
    wall: SystemTime,
    /// From which address of ours we would go far away, if we can.
    ways: [Option<IpAddr>; 2],
}

impl Watch {
    pub(crate) fn begin() -> Self {
        let mut looks = interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { looks, last: Look::now() }
    }

    /// Waits until there is something to notice. May be dropped at any time.
    pub(crate) async fn noticed(&mut self) {
        loop {
            self.looks.tick().await;
            let before = std::mem::replace(&mut self.last, Look::now());
            if self.last.is_news_after(&before) {
                return tracing::debug!("the computer slept, or its network is another");
            }
        }
    }
}

impl Look {
    fn now() -> Self {
        Self { awake: Instant::now(), wall: SystemTime::now(), ways: FAR_AWAY.map(way_to) }
    }

    fn is_news_after(&self, before: &Self) -> bool {
        let passed = self.wall.duration_since(before.wall).unwrap_or_default();
        let slept = passed.saturating_sub(self.awake.duration_since(before.awake)) >= SLEEP_MIN;
        // Without a way out there is nothing to hurry for.
        let another_way = self.ways != before.ways && self.ways.iter().any(Option::is_some);
        slept || another_way
    }
}

/// The address that the system would send from. To connect such a socket sends nothing.
fn way_to(address: IpAddr) -> Option<IpAddr> {
    let ours: IpAddr = match address {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind(SocketAddr::new(ours, 0)).ok()?;
    /// Discard (RFC 863); any port will do.
    const PORT: u16 = 9;
    socket.connect(SocketAddr::new(address, PORT)).ok()?;
    socket.local_addr().ok().map(|ours| ours.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: Option<IpAddr> = Some(IpAddr::V4(Ipv4Addr::new(192, 168, 1, 2)));
    const TRAIN: Option<IpAddr> = Some(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 7)));

    fn later(look: Look, awake_secs: u64, wall_secs: u64) -> Look {
        let (awake, wall) = (Duration::from_secs(awake_secs), Duration::from_secs(wall_secs));
        Look { awake: look.awake + awake, wall: look.wall + wall, ..look }
    }

    #[test]
    fn a_sleep_is_noticed_and_a_clock_that_is_set_a_little_is_not() {
        let before = Look::now();
        for (awake, wall, is_news) in
            [(5, 5, false), (5, 20, false), (5, 35, true), (5, 9_000, true), (600, 600, false)]
        {
            assert_eq!(later(before, awake, wall).is_news_after(&before), is_news, "{wall}");
        }
        let set_back = Look { wall: SystemTime::UNIX_EPOCH, ..before };
        assert!(!set_back.is_news_after(&before));
    }

    #[test]
    fn another_network_is_noticed_and_none_is_waited_out() {
        let with = |ways| Look { ways, ..Look::now() };
        for (before, after, is_news) in [
            ([HOME, None], [HOME, None], false),
            ([HOME, None], [TRAIN, None], true),
            ([HOME, None], [None, None], false),
            ([None, None], [None, None], false),
            ([None, None], [None, TRAIN], true),
        ] {
            assert_eq!(with(after).is_news_after(&with(before)), is_news, "{before:?} {after:?}");
        }
    }

    #[test]
    fn the_loopback_is_found_without_asking_anybody() {
        assert_eq!(way_to(Ipv4Addr::LOCALHOST.into()), Some(Ipv4Addr::LOCALHOST.into()));
    }
}
