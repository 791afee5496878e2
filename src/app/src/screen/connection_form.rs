//! The connection form: host, port and TLS mode of a server, and the route there (direct, Tor, SOCKS5 or
//! HTTP proxy). Shown folded below the fields of a screen.

mod proxy;
#[cfg(test)]
mod tests;

use engine::{Route, Secret, Server, Tor};
use iced::widget::{Column, Id, checkbox, column, container, row, text_input};
use iced::{Element, Task};

use self::proxy::TypedProxy;
use crate::icon::Icon;
use crate::t;
use crate::theme::{self, space};
use crate::widget::{self, id};

/// The port that most servers use (RFC 6120 §14.7).
const PORT_USUAL: u16 = 5222;
/// The one that most use for TLS from the first byte; nobody has registered it.
const PORT_DIRECT_TLS: u16 = 5223;

/// What was typed and chosen so far.
#[derive(Debug, Default)]
pub struct ConnectionForm {
    shown: bool,
    host: String,
    port: String,
    direct_tls: bool,
    kind: RouteKind,
    tor: Tor,
    proxy: TypedProxy,
}

/// The kinds of routes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RouteKind {
    /// No proxy.
    #[default]
    Direct,
    /// Through Tor if it runs here.
    TorIfThere,
    /// Through Tor or not at all.
    TorRequired,
    /// Through a SOCKS5 proxy or not at all.
    Socks5,
    /// Through an HTTP proxy or not at all.
    Http,
}

/// What a person can do here.
#[derive(Clone, Debug)]
pub enum Message {
    /// Expanded or folded it.
    Toggle,
    /// Typed a host.
    Host(String),
    /// Typed a port.
    Port(String),
    /// Chose TLS from the first byte.
    DirectTls(bool),
    /// Chose a route.
    Route(RouteKind),
    /// Typed where the proxy is.
    ProxyHost(String),
    /// Typed its port.
    ProxyPort(String),
    /// Typed who we are to it.
    ProxyUser(String),
    /// Typed the password it wants.
    ProxyPassword(Secret),
    /// Pressed Enter in a field that is not the last.
    Next(Id),
    /// Pressed Enter in the last.
    Submit,
}

/// What the parent has to do about it.
#[derive(Debug)]
#[must_use]
pub enum Action {
    /// Nothing has to be done.
    None,
    /// Run this task.
    Task(Task<Message>),
    /// Take it as the button does.
    Submit,
}

impl ConnectionForm {
    /// With the settings as they are, unfolded.
    #[must_use]
    pub fn of(server: &Server, route: &Route) -> Self {
        let mut form = Self { shown: true, ..Self::default() };
        if let Server::At { host, port, direct_tls } = server {
            (form.host, form.port, form.direct_tls) = (host.clone(), port.to_string(), *direct_tls);
        }
        form.kind = match route {
            Route::Direct => RouteKind::Direct,
            Route::TorIfThere(tor) | Route::TorRequired(tor) => {
                form.tor = tor.clone();
                let required = matches!(route, Route::TorRequired(_));
                if required { RouteKind::TorRequired } else { RouteKind::TorIfThere }
            }
            Route::Socks5(proxy) | Route::HttpConnect(proxy) => {
                form.proxy = TypedProxy::of(proxy);
                let socks = matches!(route, Route::Socks5(_));
                if socks { RouteKind::Socks5 } else { RouteKind::Http }
            }
        };
        form
    }

    /// With the settings of another program; unfolded only if its route is not known.
    #[must_use]
    pub fn imported(server: &Server, route: Option<&Route>) -> Self {
        let direct = Route::Direct;
        Self { shown: route.is_none(), ..Self::of(server, route.unwrap_or(&direct)) }
    }

    /// What is not as usual, in a line.
    fn summary(&self, domain: &str) -> Option<String> {
        let host = match self.server(domain) {
            Ok(Server::At { host, port, .. }) if host.contains(':') => {
                Some(format!("[{host}]:{port}"))
            }
            Ok(Server::At { host, port, .. }) => Some(format!("{host}:{port}")),
            Ok(Server::Discover) | Err(_) => None,
        };
        let kind = (self.kind != RouteKind::Direct).then(|| self.kind.label());
        let parts: Vec<_> = host.into_iter().chain(kind).collect();
        (!parts.is_empty()).then(|| parts.join(" · "))
    }

    /// What the engine is told, for an account at this domain.
    ///
    /// # Errors
    ///
    /// Names the field in which something is missing or wrong, and unfolds. Otherwise it folds, so
    /// that what comes of it is in sight.
    pub fn read(&mut self, domain: &str) -> Result<(Server, Route), Id> {
        let read = self.server(domain).and_then(|server| Ok((server, self.route()?)));
        self.shown = read.is_err();
        read
    }

    /// Handles what the person did.
    pub fn update(&mut self, message: Message) -> Action {
        match message {
            Message::Toggle => self.shown = !self.shown,
            Message::Host(host) => self.host = host,
            Message::Port(port) => self.port = port,
            Message::DirectTls(direct_tls) => self.direct_tls = direct_tls,
            Message::Route(kind) => self.kind = kind,
            Message::ProxyHost(host) => self.proxy.host = host,
            Message::ProxyPort(port) => self.proxy.port = port,
            Message::ProxyUser(user) => self.proxy.user = user,
            Message::ProxyPassword(password) => self.proxy.password = password,
            Message::Next(field) => return Action::Task(iced::widget::operation::focus(field)),
            Message::Submit => return Action::Submit,
        }
        Action::None
    }

    /// Whoever says anything of the server by hand says all of it: what is left out is the domain's
    /// own host, and the usual port.
    fn server(&self, domain: &str) -> Result<Server, Id> {
        let port = port(&self.port, self.port_usual()).ok_or(id::PORT)?;
        let host = Some(self.host.trim()).filter(|host| !host.is_empty());
        if host.is_none() && self.port.trim().is_empty() && !self.direct_tls {
            return Ok(Server::Discover);
        }
        let host = host.unwrap_or(domain).to_owned();
        Ok(Server::At { host, port, direct_tls: self.direct_tls })
    }

    const fn port_usual(&self) -> u16 {
        if self.direct_tls { PORT_DIRECT_TLS } else { PORT_USUAL }
    }

    fn route(&self) -> Result<Route, Id> {
        let proxy = || self.proxy.read(self.kind.proxy_port());
        Ok(match self.kind {
            RouteKind::Direct => Route::Direct,
            RouteKind::TorIfThere => Route::TorIfThere(self.tor.clone()),
            RouteKind::TorRequired => Route::TorRequired(self.tor.clone()),
            RouteKind::Socks5 => Route::Socks5(proxy()?),
            RouteKind::Http => Route::HttpConnect(proxy()?),
        })
    }

    /// Draws the fold, and what lies under it, for an account at this domain.
    #[must_use]
    pub fn view(&self, asked: bool, domain: &str) -> Element<'_, Message> {
        let icon = if self.shown { Icon::ChevronDown } else { Icon::ChevronRight };
        let fold = widget::text_button(icon, t!("server"), Some(Message::Toggle));
        let summary = self.summary(domain).filter(|_| !self.shown).map(widget::small);
        column![row![fold].push(summary).spacing(space::SM).align_y(iced::Center)]
            .push(self.shown.then(|| self.fields(asked)))
            .spacing(space::SM)
            .into()
    }

    /// Draws all of it without a fold.
    #[must_use]
    pub fn fields(&self, asked: bool) -> Column<'_, Message> {
        let wrong = port(&self.port, self.port_usual()).is_none().then(|| t!("port-wrong"));
        let host = text_input(&t!("host-placeholder"), &self.host)
            .id(id::HOST)
            .on_input(Message::Host)
            .on_submit(Message::Next(id::PORT));
        let port = text_input(&self.port_usual().to_string(), &self.port)
            .id(id::PORT)
            .on_input(Message::Port)
            .on_submit(Message::Submit);
        let routes = RouteKind::ALL.into_iter().map(|kind| {
            let picked = kind == self.kind;
            widget::radio_row(kind.label(), Some(kind.about()), picked, Message::Route(kind))
        });
        let needs_proxy = matches!(self.kind, RouteKind::Socks5 | RouteKind::Http);
        column![
            widget::hint(t!("server-about")),
            row![
                widget::field(t!("host"), host, None),
                container(widget::field(t!("port"), port, wrong.filter(|_| asked))).width(120.0),
            ]
            .spacing(space::SM),
            checkbox(self.direct_tls)
                .label(t!("direct-tls"))
                .text_size(theme::size::BODY)
                .style(theme::checkbox)
                .on_toggle(Message::DirectTls),
            widget::strong(t!("route")),
            column(routes),
        ]
        .push(needs_proxy.then(|| self.proxy.view(asked, self.kind.proxy_port())))
        .spacing(space::SM)
    }
}

impl RouteKind {
    /// All of them, as they are offered.
    pub const ALL: [Self; 5] =
        [Self::Direct, Self::TorIfThere, Self::TorRequired, Self::Socks5, Self::Http];

    /// What a route is called.
    #[must_use]
    pub const fn of(route: &Route) -> Self {
        match route {
            Route::Direct => Self::Direct,
            Route::TorIfThere(_) => Self::TorIfThere,
            Route::TorRequired(_) => Self::TorRequired,
            Route::Socks5(_) => Self::Socks5,
            Route::HttpConnect(_) => Self::Http,
        }
    }

    /// Its label.
    #[must_use]
    pub fn label(self) -> String {
        match self {
            Self::Direct => t!("route-direct"),
            Self::TorIfThere => t!("route-tor-if-there"),
            Self::TorRequired => t!("route-tor-required"),
            Self::Socks5 => t!("route-socks5"),
            Self::Http => t!("route-http"),
        }
    }

    /// What it means for who sees what.
    #[must_use]
    pub fn about(self) -> String {
        match self {
            Self::Direct => t!("route-direct-about"),
            Self::TorIfThere => t!("route-tor-if-there-about"),
            Self::TorRequired => t!("route-tor-required-about"),
            Self::Socks5 => t!("route-socks5-about"),
            Self::Http => t!("route-http-about"),
        }
    }

    /// The port such proxies usually have.
    const fn proxy_port(self) -> u16 {
        match self {
            Self::Direct | Self::TorIfThere | Self::TorRequired | Self::Socks5 => 1080,
            Self::Http => 8080,
        }
    }
}

/// A port as typed; nothing typed is the usual one.
fn port(typed: &str, usual: u16) -> Option<u16> {
    match typed.trim() {
        "" => Some(usual),
        typed => typed.parse().ok().filter(|port| *port > 0),
    }
}
