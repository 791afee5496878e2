//! Where and on which way an account signs in, and how that is written down.

use xmpp::{Proxy, ProxyCredentials, Route, Server, Tor};
use zeroize::Zeroizing;

/// Where an account signs in, and which way.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Place {
    pub(crate) server: Server,
    pub(crate) route: Route,
}

/// As text: one word for the way, then what belongs to it, a line each. A proxy's password is in
/// it: it rests in the encrypted database.
pub(super) fn write(route: &Route) -> Zeroizing<String> {
    let ports = |tor: &Tor| {
        let ports: Vec<_> = tor.ports.iter().map(u16::to_string).collect();
        ports.join(",")
    };
    let proxy = |proxy: &Proxy| {
        let Proxy { host, port, credentials } = proxy;
        match credentials {
            Some(ProxyCredentials { user, password }) => {
                format!("{port}\n{host}\n{user}\n{}", password.as_str())
            }
            None => format!("{port}\n{host}"),
        }
    };
    Zeroizing::new(match route {
        Route::Direct => "direct".to_owned(),
        Route::TorIfThere(tor) => format!("tor-if-there\n{}", ports(tor)),
        Route::TorRequired(tor) => format!("tor-required\n{}", ports(tor)),
        Route::Socks5(it) => format!("socks5\n{}", proxy(it)),
        Route::HttpConnect(it) => format!("http-connect\n{}", proxy(it)),
    })
}

/// Reads what [`write`] wrote; `None` for anything else.
pub(super) fn read(text: &str) -> Option<Route> {
    let (way, rest) = text.split_once('\n').unwrap_or((text, ""));
    let tor = || {
        let ports: Vec<u16> =
            rest.split(',').map(|port| port.parse().ok()).collect::<Option<_>>()?;
        Some(Tor { ports })
    };
    let proxy = || {
        let mut lines = rest.splitn(4, '\n');
        let port = lines.next()?.parse().ok()?;
        let host = lines.next()?.to_owned();
        let credentials = match (lines.next(), lines.next()) {
            (None, _) => None,
            (Some(user), password) => Some(ProxyCredentials {
                user: user.to_owned(),
                password: Zeroizing::new(password?.to_owned()),
            }),
        };
        Some(Proxy { host, port, credentials })
    };
    match way {
        "direct" => Some(Route::Direct),
        "tor-if-there" => tor().map(Route::TorIfThere),
        "tor-required" => tor().map(Route::TorRequired),
        "socks5" => proxy().map(Route::Socks5),
        "http-connect" => proxy().map(Route::HttpConnect),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_is_read_as_it_was_written_and_nothing_else_is() {
        let credentials = ProxyCredentials {
            user: "juliet".into(),
            password: Zeroizing::new("two\nlines".to_owned()),
        };
        let proxy = Proxy { host: "::1".into(), port: 1080, credentials: Some(credentials) };
        let open = Proxy { credentials: None, ..proxy.clone() };
        for route in [
            Route::Direct,
            Route::TorIfThere(Tor::default()),
            Route::TorRequired(Tor { ports: vec![1] }),
            Route::Socks5(proxy.clone()),
            Route::Socks5(open.clone()),
            Route::HttpConnect(proxy),
            Route::HttpConnect(open),
        ] {
            assert_eq!(read(&write(&route)), Some(route));
        }
        for bad in
            ["", "tor", "tor-required\n", "tor-required\n9050,x", "socks5\n1", "socks5\n1\nh\nu"]
        {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
