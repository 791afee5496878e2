//! The way to a server as other programs write it down.

use xmpp::{Proxy, ProxyCredentials, Route, Tor};
use zeroize::Zeroizing;

/// Where SOCKS proxies and HTTP proxies usually are.
const PORT_SOCKS: u16 = 1080;
const PORT_HTTP: u16 = 8080;

/// A proxy as Pidgin has it. What is empty or `None` is not said there.
#[derive(Default)]
pub(super) struct TypedProxy {
    pub(super) kind: String,
    pub(super) host: String,
    pub(super) port: Option<u16>,
    pub(super) user: String,
    pub(super) password: Zeroizing<String>,
}

impl TypedProxy {
    /// Which way that is; `None` where other settings decide, or for one that we cannot go.
    pub(super) fn route(self) -> Option<Route> {
        match self.kind.as_str() {
            "none" => Some(Route::Direct),
            "tor" => Some(self.tor()),
            "socks5" => Some(Route::Socks5(self.proxy(PORT_SOCKS)?)),
            "http" => Some(Route::HttpConnect(self.proxy(PORT_HTTP)?)),
            _ => None,
        }
    }

    /// Through Tor or not at all, wherever it is.
    fn tor(self) -> Route {
        if !self.host.is_empty() && !is_here(&self.host) {
            let required = Route::TorRequired(Tor::default());
            return self.proxy(PORT_SOCKS).map_or(required, Route::Socks5);
        }
        let usual = Tor::default();
        let port = self.port.filter(|port| *port > 0);
        Route::TorRequired(port.map_or(usual, |port| Tor { ports: vec![port] }))
    }

    fn proxy(self, usual: u16) -> Option<Proxy> {
        let host = Some(self.host).filter(|host| is_host(host))?;
        let port = self.port.filter(|port| *port > 0).unwrap_or(usual);
        let credentials = (!self.user.is_empty() && !self.password.is_empty())
            .then_some(ProxyCredentials { user: self.user, password: self.password });
        Some(Proxy { host, port, credentials })
    }
}

/// A proxy as CoyIM has it: `socks5://user:password@host:port`, or Tor in some words.
pub(super) fn of_url(url: &str) -> Option<Route> {
    let (scheme, rest) = url.split_once("://")?;
    let rest = rest.trim_end_matches('/');
    match scheme {
        // Found by itself; without it nothing is sent there either.
        "tor-auto" | "tor" if rest.is_empty() => Some(Route::TorRequired(Tor::default())),
        "tor-auto" | "tor" | "socks5" => {
            let (credentials, place) = match rest.rsplit_once('@') {
                Some((credentials, place)) => (Some(credentials), place),
                None => (None, rest),
            };
            // In a URL they may be written in other letters than they are.
            if credentials.is_some_and(|credentials| credentials.contains('%')) {
                return None;
            }
            let (user, password) =
                credentials.map_or(("", ""), |both| both.split_once(':').unwrap_or((both, "")));
            let (host, port) = place
                .rsplit_once(':')
                .map_or((place, None), |(host, port)| (host, Some(port.parse::<u16>().ok())));
            let typed = TypedProxy {
                kind: if scheme == "socks5" { "socks5" } else { "tor" }.to_owned(),
                host: host.to_owned(),
                port: match port {
                    Some(port) => Some(port?),
                    None => None,
                },
                user: user.to_owned(),
                password: Zeroizing::new(password.to_owned()),
            };
            typed.route()
        }
        _ => None,
    }
}

fn is_here(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "::1" | "[::1]")
}

fn is_host(host: &str) -> bool {
    !host.is_empty() && !host.contains(|c: char| c.is_control() || c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(kind: &str, host: &str, port: Option<u16>) -> TypedProxy {
        let (kind, host) = (kind.to_owned(), host.to_owned());
        TypedProxy { kind, host, port, ..TypedProxy::default() }
    }

    fn at(host: &str, port: u16) -> Proxy {
        Proxy { host: host.to_owned(), port, credentials: None }
    }

    #[test]
    fn what_pidgin_has_is_gone_as_there_or_not_told() {
        let tor = |ports: &[u16]| Some(Route::TorRequired(Tor { ports: ports.into() }));
        let usual = Tor::default().ports;
        for (typed, route) in [
            (typed("none", "", None), Some(Route::Direct)),
            (typed("tor", "127.0.0.1", Some(9150)), tor(&[9150])),
            (typed("tor", "", None), tor(&usual)),
            (typed("tor", "box", Some(9050)), Some(Route::Socks5(at("box", 9050)))),
            (typed("tor", "two words", None), tor(&usual)),
            (typed("socks5", "box", None), Some(Route::Socks5(at("box", 1080)))),
            (typed("http", "box", Some(3128)), Some(Route::HttpConnect(at("box", 3128)))),
            (typed("http", "", Some(3128)), None),
            (typed("socks4", "box", None), None),
            (typed("global", "", None), None),
            (typed("envvar", "", None), None),
            (typed("", "", None), None),
        ] {
            assert_eq!(typed.route(), route);
        }
        let (user, password) = ("me".to_owned(), Zeroizing::new("sesame".to_owned()));
        let with = TypedProxy { user, password, ..typed("socks5", "box", None) };
        let Some(Route::Socks5(Proxy { credentials: Some(credentials), .. })) = with.route() else {
            panic!("no credentials");
        };
        assert_eq!((credentials.user.as_str(), credentials.password.as_str()), ("me", "sesame"));
    }

    #[test]
    fn what_coyim_has_is_gone_as_there_or_not_told() {
        let tor = Some(Route::TorRequired(Tor::default()));
        assert_eq!(of_url("tor-auto://"), tor);
        assert_eq!(of_url("tor://"), tor);
        assert_eq!(
            of_url("tor-auto://127.0.0.1:9050"),
            Some(Route::TorRequired(Tor { ports: vec![9050] }))
        );
        assert_eq!(of_url("socks5://box:1081"), Some(Route::Socks5(at("box", 1081))));
        assert_eq!(of_url("socks5://box"), Some(Route::Socks5(at("box", 1080))));
        let credentials =
            ProxyCredentials { user: "me".to_owned(), password: Zeroizing::new("a@b".to_owned()) };
        let proxy = Proxy { credentials: Some(credentials), ..at("box", 1081) };
        assert_eq!(of_url("socks5://me:a@b@box:1081"), Some(Route::Socks5(proxy)));
        for other in
            ["", "box", "socks5://", "socks5://box:x", "socks5://a%40:b@box", "socks5+unix:///tor"]
        {
            assert_eq!(of_url(other), None, "{other}");
        }
    }
}
