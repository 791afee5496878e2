//! Ways through proxies, and that nothing goes round them.

use kit::proxy::{Asked, Kind, Proxy};
use sotto_xmpp::{
    Account, Command, DialError, Dialer, Event, Link, OfflineReason, Proxy as Place,
    ProxyCredentials, Route, Server, SignInError, Tor, Via,
};

use crate::stage::{DOMAIN, Stage};
use crate::support::peer::Peer;
use crate::support::{free_port, offline};

/// A name that no DNS knows (RFC 6761 §6.4).
const ELSEWHERE: &str = "xmpp.invalid";

fn at(port: u16, login: Option<(&str, &str)>) -> Place {
    let credentials = login.map(|(user, password)| ProxyCredentials {
        user: user.to_owned(),
        password: password.to_owned().into(),
    });
    Place { host: "127.0.0.1".into(), port, credentials }
}

fn tor(port: u16) -> Tor {
    Tor { ports: vec![free_port(), port] }
}

/// An account whose server only a proxy can find.
fn elsewhere(stage: &Stage, port: u16, route: Route) -> Account {
    let server = Server::At { host: ELSEWHERE.into(), port, direct_tls: true };
    Account { server, route, ..stage.account() }
}

async fn via(stage: &Stage, account: Account) -> Via {
    let mut alice = Peer::new(account);
    let _wire = stage.serve().await;
    alice
        .wait(|event| match event {
            Event::Secured(security) => Some(security.via),
            Event::Offline { reason, .. } => panic!("{reason:?}"),
            _ => None,
        })
        .await
}

#[tokio::test]
async fn every_kind_of_proxy_leads_to_a_server_that_it_alone_can_find() {
    let stage = Stage::new().await;
    let login = Some(("who", "pass:word"));
    for (kind, login, expected) in [
        (Kind::Socks5, login, Via::Proxy),
        (Kind::Socks5, None, Via::Proxy),
        (Kind::AnonymousSocks5, None, Via::Proxy),
        (Kind::Http, login, Via::Proxy),
        (Kind::Http, None, Via::Proxy),
    ] {
        let proxy = Proxy::new(kind, login, 443, stage.port).await;
        let place = at(proxy.port, login);
        let route = match kind {
            Kind::Http => Route::HttpConnect(place),
            Kind::Socks5 | Kind::AnonymousSocks5 => Route::Socks5(place),
        };
        assert_eq!(via(&stage, elsewhere(&stage, 443, route)).await, expected);
        let asked = proxy.asked();
        assert_eq!((asked[0].host.as_str(), asked[0].port, asked.len()), (ELSEWHERE, 443, 1));
        if let Some((user, password)) = login {
            assert_eq!(asked[0].login, Some((user.to_owned(), password.to_owned())));
        }
    }
}

#[tokio::test]
async fn tor_is_found_at_any_of_its_ports_and_keeps_accounts_and_starts_apart() {
    let stage = Stage::new().await;
    let proxy = Proxy::new(Kind::Socks5, None, 5223, stage.port).await;
    for route in [Route::TorRequired(tor(proxy.port)), Route::TorIfThere(tor(proxy.port))] {
        assert_eq!(via(&stage, elsewhere(&stage, 5223, route)).await, Via::Tor);
    }
    // One link keeps what it is known by.
    let account = elsewhere(&stage, 5223, Route::TorRequired(tor(proxy.port)));
    let mut alice = Peer::new(account);
    for _ in 0..2 {
        let wire = stage.serve().await;
        alice.online().await;
        drop(wire);
        alice.wait(offline).await;
        alice.ask(Command::Reconnect).await;
    }
    let logins: Vec<_> = proxy.asked().into_iter().map(|asked| asked.login.unwrap()).collect();
    assert!(logins.iter().all(|(user, password)| user.len() >= 16 && password.len() >= 16));
    assert_ne!(logins[0], logins[1]);
    assert_ne!(logins[1], logins[2]);
    assert_eq!(logins[2], logins[3]);
}

#[tokio::test]
async fn through_a_proxy_the_dns_is_not_asked_and_the_usual_ports_are_tried() {
    let stage = Stage::new().await;
    let proxy = Proxy::new(Kind::Socks5, None, 5222, stage.port).await;
    let route = Route::TorRequired(tor(proxy.port));
    let account = Account { server: Server::Discover, route, ..stage.account() };
    let mut alice = Peer::new(account);
    let mut wire = stage.accept_plain().await;
    wire.opens("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>").await;
    wire.hears("<starttls").await;
    wire.hears(">").await;
    wire.says("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>").await;
    wire.secured(&stage.acceptor()).await.unwrap().goes_online().await;
    alice.online().await;
    let places: Vec<_> =
        proxy.asked().into_iter().map(|Asked { host, port, .. }| (host, port)).collect();
    assert_eq!(places, [(DOMAIN.to_owned(), 5223), (DOMAIN.to_owned(), 5222)]);
}

#[tokio::test]
async fn without_the_proxy_nothing_is_tried_instead() {
    let stage = Stage::new().await;
    let gone = free_port();
    let host = "127.0.0.1".to_owned();
    for (route, expected) in [
        (Route::TorRequired(tor(gone)), OfflineReason::TorUnavailable),
        (Route::Socks5(at(gone, None)), OfflineReason::ProxyUnreachable { host: host.clone() }),
        (Route::HttpConnect(at(gone, None)), OfflineReason::ProxyUnreachable { host }),
    ] {
        // The server would be there.
        let mut alice = Peer::new(Account { route, ..stage.account() });
        assert_eq!(alice.offline_at_once().await, expected);
        alice.ask(Command::Reconnect).await;
        assert_eq!(alice.wait(offline).await, expected);
        alice.leave().await;
        assert!(!stage.was_called().await);
    }
}

#[tokio::test]
async fn a_proxy_that_goes_away_takes_the_connection_with_it() {
    let stage = Stage::new().await;
    let proxy = Proxy::new(Kind::Socks5, None, stage.port, stage.port).await;
    let route = Route::TorRequired(tor(proxy.port));
    let mut alice = Peer::new(Account { route, ..stage.account() });
    let wire = stage.serve().await;
    alice.online().await;
    drop(proxy);
    drop(wire);
    assert_eq!(alice.wait(offline).await, OfflineReason::ConnectionLost);
    alice.ask(Command::Reconnect).await;
    assert_eq!(alice.wait(offline).await, OfflineReason::TorUnavailable);
    assert!(!stage.was_called().await);
}

#[tokio::test]
async fn tor_if_there_goes_straight_where_it_is_not() {
    let stage = Stage::new().await;
    let route = Route::TorIfThere(tor(free_port()));
    assert_eq!(via(&stage, Account { route, ..stage.account() }).await, Via::Direct);
}

#[tokio::test]
async fn tor_that_cannot_reach_the_server_is_not_gone_round() {
    let stage = Stage::new().await;
    let proxy = Proxy::new(Kind::Socks5, None, 1, stage.port).await;
    let route = Route::TorIfThere(tor(proxy.port));
    let mut alice = Peer::new(Account { route, ..stage.account() });
    let host = "127.0.0.1".to_owned();
    assert_eq!(alice.offline_at_once().await, OfflineReason::Unreachable { host });
    assert!(!stage.was_called().await);
}

#[tokio::test]
async fn wrong_credentials_are_told_and_not_tried_again() {
    let stage = Stage::new().await;
    for kind in [Kind::Socks5, Kind::Http] {
        let proxy = Proxy::new(kind, Some(("who", "right")), stage.port, stage.port).await;
        let place = at(proxy.port, Some(("who", "wrong")));
        let route = match kind {
            Kind::Http => Route::HttpConnect(place),
            Kind::Socks5 | Kind::AnonymousSocks5 => Route::Socks5(place),
        };
        let mut alice = Peer::new(Account { route, ..stage.account() });
        let expected = SignInError::ProxyRefused { host: "127.0.0.1".into() };
        assert_eq!(alice.refused_at_once().await, expected);
        assert!(!stage.was_called().await);
    }
}

#[tokio::test]
async fn tor_that_will_not_keep_accounts_apart_is_not_used() {
    let stage = Stage::new().await;
    let proxy = Proxy::new(Kind::AnonymousSocks5, None, stage.port, stage.port).await;
    let route = Route::TorRequired(tor(proxy.port));
    let mut alice = Peer::new(Account { route, ..stage.account() });
    let reason = alice.offline_at_once().await;
    assert!(matches!(reason, OfflineReason::Protocol(_)), "{reason:?}");
    assert!(proxy.asked().is_empty() && !stage.was_called().await);
}

#[tokio::test]
async fn whatever_else_an_account_connects_to_takes_its_route_and_its_circuits() {
    let stage = Stage::new().await;
    let proxy = Proxy::new(Kind::Socks5, None, 5223, stage.port).await;
    let account = elsewhere(&stage, 5223, Route::TorRequired(tor(proxy.port)));
    let (link, _commands, mut events) = Link::new(account);
    let dialer = link.dialer();
    assert!(!format!("{dialer:?}").contains("password"), "{dialer:?}");
    let link = tokio::spawn(link.run());
    let _wire = stage.serve().await;
    while !matches!(events.recv().await, Some(Event::Online { .. })) {}
    let (_socket, via) = dialer.dial("upload.invalid", 5223).await.unwrap();
    let (asked, hosts) = (proxy.asked(), [ELSEWHERE, "upload.invalid"]);
    assert_eq!(via, Via::Tor);
    assert_eq!(asked.iter().map(|asked| asked.host.as_str()).collect::<Vec<_>>(), hosts);
    assert_eq!(asked[0].login, asked[1].login);
    drop(proxy);
    // It neither goes around the proxy nor asks the DNS.
    let gone = dialer.dial("127.0.0.1", stage.port).await.err();
    assert_eq!(gone, Some(DialError::TorUnavailable));
    let direct = Dialer::new(Route::Direct);
    let onion = direct.dial("abc.onion", 5223).await.err();
    assert_eq!(onion, Some(DialError::TorUnavailable));
    let unknown = direct.dial(ELSEWHERE, 5223).await.err();
    assert_eq!(unknown, Some(DialError::HostUnknown { host: ELSEWHERE.to_owned() }));
    assert_eq!(direct.dial("127.0.0.1", stage.port).await.unwrap().1, Via::Direct);
    link.abort();
}
