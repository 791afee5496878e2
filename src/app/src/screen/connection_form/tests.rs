//! Connection settings as a person types them.

use engine::{Proxy, ProxyCredentials};
use iced_test::simulator;
use zeroize::Zeroizing;

use super::*;

fn after(messages: impl IntoIterator<Item = Message>) -> ConnectionForm {
    let mut form = ConnectionForm { shown: true, ..ConnectionForm::default() };
    for message in messages {
        let _ = form.update(message);
    }
    form
}

fn shows(form: &ConnectionForm, words: &str) -> bool {
    simulator(form.view(true, "example.org")).find(words).is_ok()
}

#[test]
fn every_way_is_offered_with_a_sentence_and_leads_to_its_route() {
    let proxy = || Proxy { host: "proxy".to_owned(), port: 9, credentials: None };
    let routes = [
        Route::Direct,
        Route::TorIfThere(Tor::default()),
        Route::TorRequired(Tor::default()),
        Route::Socks5(proxy()),
        Route::HttpConnect(proxy()),
    ];
    for (kind, route) in RouteKind::ALL.into_iter().zip(routes) {
        let form = after([]);
        let mut ui = simulator(form.view(false, "example.org"));
        assert!(ui.find(kind.about().as_str()).is_ok());
        ui.click(kind.label().as_str()).unwrap();
        let chosen: Vec<_> = ui.into_messages().collect();
        let typed = [Message::ProxyHost(" proxy ".to_owned()), Message::ProxyPort("9".to_owned())];
        let mut form = after(chosen.into_iter().chain(typed));
        assert_eq!(form.read("example.org"), Ok((Server::Discover, route)));
    }
}

#[test]
fn a_proxy_without_a_host_is_named_where_it_is_missing() {
    let mut form = after([Message::Route(RouteKind::Socks5), Message::Toggle]);
    assert_eq!(form.read("example.org"), Err(id::PROXY_HOST));
    assert!(shows(&form, &t!("proxy-host-empty")), "it is unfolded");
}

#[test]
fn a_name_at_the_proxy_needs_a_password() {
    let user = Message::ProxyUser("me".to_owned());
    let host = Message::ProxyHost("proxy".to_owned());
    let mut form = after([Message::Route(RouteKind::Http), host, user]);
    assert_eq!(form.read("example.org"), Err(id::PROXY_PASSWORD));
    let long = "x".repeat(256);
    let _ = form.update(Message::ProxyPassword(Secret::new(long)));
    assert_eq!(form.read("example.org"), Err(id::PROXY_PASSWORD));
    let _ = form.update(Message::ProxyPassword(Secret::new("secret".to_owned())));
    let Ok((_, Route::HttpConnect(proxy))) = form.read("example.org") else { panic!("no way") };
    assert_eq!(proxy.port, 8080);
    assert!(proxy.credentials.is_some_and(|c| c.user == "me" && *c.password == "secret"));
}

#[test]
fn what_is_used_now_is_what_is_shown_first() {
    let server = Server::At { host: "host".to_owned(), port: 5223, direct_tls: true };
    let password = Zeroizing::new("secret".to_owned());
    let credentials = Some(ProxyCredentials { user: "me".to_owned(), password });
    let proxy = Proxy { host: "proxy".to_owned(), port: 3128, credentials };
    for route in [
        Route::Direct,
        Route::TorIfThere(Tor { ports: vec![1] }),
        Route::TorRequired(Tor { ports: vec![2] }),
        Route::Socks5(proxy.clone()),
        Route::HttpConnect(proxy),
    ] {
        assert_eq!(
            ConnectionForm::of(&server, &route).read("example.org"),
            Ok((server.clone(), route))
        );
    }
}

#[test]
fn a_port_that_is_none_is_refused_where_it_was_typed() {
    let mut form = after([Message::Port("70000".to_owned())]);
    assert_eq!(form.read("example.org"), Err(id::PORT));
    assert!(shows(&form, &t!("port-wrong")));
}

#[test]
fn the_way_of_another_program_is_taken_and_an_unknown_one_asked_for() {
    let server = Server::At { host: "xmpp.example.org".to_owned(), port: 443, direct_tls: true };
    let tor = Route::TorRequired(Tor::default());
    let mut form = ConnectionForm::imported(&server, Some(&tor));
    assert!(!form.shown);
    assert_eq!(
        form.summary("example.org"),
        Some(format!("xmpp.example.org:443 · {}", t!("route-tor-required")))
    );
    assert_eq!(form.read("example.org"), Ok((server, tor)));
    let form = ConnectionForm::imported(&Server::Discover, None);
    assert!(form.shown);
    assert_eq!(form.summary("example.org"), None);
}

#[test]
fn a_part_of_the_server_alone_is_taken_and_what_is_left_out_is_as_usual() {
    let at = |host: &str, port, direct_tls| Server::At { host: host.to_owned(), port, direct_tls };
    let (host, port) = (Message::Host(" host ".to_owned()), Message::Port(" 5299 ".to_owned()));
    let tls = Message::DirectTls(true);
    for (typed, server, shown) in [
        (vec![port.clone()], at("example.org", 5299, false), "example.org:5299"),
        (vec![host.clone()], at("host", 5222, false), "host:5222"),
        (vec![host, port], at("host", 5299, false), "host:5299"),
        (vec![tls.clone()], at("example.org", 5223, true), "example.org:5223"),
        (vec![Message::Host("::1".to_owned())], at("::1", 5222, false), "[::1]:5222"),
    ] {
        let mut form = after(typed);
        assert_eq!(form.read("example.org"), Ok((server, Route::Direct)));
        assert!(shows(&form, shown), "{shown}");
    }
}
