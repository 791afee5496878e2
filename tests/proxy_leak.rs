//! Whoever goes through Tor or a proxy goes through it or nowhere: not a packet leaves otherwise.

use stories::NetworkNamespace;

const CLIENT: &str = env!("CARGO_BIN_EXE_proxied_client");
/// Where nobody listens, on the loopback of a network that has just been made.
const NOBODY: &str = "9050";

/// What so many attempts come to, and how many packets have left by then.
fn tried(times: usize, way: &str) -> (Vec<String>, u64) {
    let mut namespace = NetworkNamespace::start(CLIENT, &[way, NOBODY]);
    let told = (0..times).map(|_| namespace.line()).collect();
    (told, namespace.packets_out())
}

#[test]
fn without_its_proxy_an_account_sends_not_a_packet() {
    for (way, reason) in
        [("tor", "TorUnavailable"), ("socks", "ProxyUnreachable"), ("connect", "ProxyUnreachable")]
    {
        let (told, packets) = tried(3, way);
        assert!(told.iter().all(|line| line.contains(reason)), "{told:?}");
        assert_eq!(packets, 0, "by {way}");
    }
}

/// Proves that the count counts.
#[test]
fn whoever_goes_straight_is_seen_to() {
    let (told, packets) = tried(1, "direct");
    assert!(told.iter().all(|line| line.contains("HostUnknown")), "{told:?}");
    assert!(packets > 0);
}
