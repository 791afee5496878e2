//! The fields for a SOCKS5 or HTTP proxy.

use engine::{Proxy, ProxyCredentials, Secret};
use iced::Element;
use iced::widget::{Id, column, container, row, text_input};
use zeroize::Zeroizing;

use super::{Message, port};
use crate::t;
use crate::theme::space;
use crate::widget::{self, id};

/// Longest name and password of a proxy, in bytes (RFC 1929 §2).
const CREDENTIAL_BYTES_MAX: usize = 255;

/// Where it is and who we are to it.
#[derive(Debug, Default)]
pub(super) struct TypedProxy {
    pub(super) host: String,
    pub(super) port: String,
    pub(super) user: String,
    pub(super) password: Secret,
}

impl TypedProxy {
    pub(super) fn of(proxy: &Proxy) -> Self {
        let mut typed =
            Self { host: proxy.host.clone(), port: proxy.port.to_string(), ..Self::default() };
        if let Some(credentials) = &proxy.credentials {
            typed.user.clone_from(&credentials.user);
            typed.password = Secret::new(credentials.password.to_string());
        }
        typed
    }

    pub(super) fn read(&self, usual_port: u16) -> Result<Proxy, Id> {
        let host = self.host.trim();
        if host.is_empty() {
            return Err(id::PROXY_HOST);
        }
        let port = port(&self.port, usual_port).ok_or(id::PROXY_PORT)?;
        Ok(Proxy { host: host.to_owned(), port, credentials: self.credentials()? })
    }

    fn credentials(&self) -> Result<Option<ProxyCredentials>, Id> {
        let (user, password) = (self.user.as_str(), self.password.expose());
        if user.is_empty() && password.is_empty() {
            return Ok(None);
        }
        for (text, field) in [(user, id::PROXY_USER), (password, id::PROXY_PASSWORD)] {
            if text.is_empty() || text.len() > CREDENTIAL_BYTES_MAX {
                return Err(field);
            }
        }
        let password = Zeroizing::new(password.to_owned());
        Ok(Some(ProxyCredentials { user: user.to_owned(), password }))
    }

    pub(super) fn view(&self, asked: bool, usual_port: u16) -> Element<'_, Message> {
        let wrong = self.read(usual_port).err().filter(|_| asked);
        let complaint = |field: Id, words: String| (wrong == Some(field)).then_some(words);
        let host = text_input(&t!("proxy-host-placeholder"), &self.host)
            .id(id::PROXY_HOST)
            .on_input(Message::ProxyHost)
            .on_submit(Message::Next(id::PROXY_PORT));
        let port = text_input(&usual_port.to_string(), &self.port)
            .id(id::PROXY_PORT)
            .on_input(Message::ProxyPort)
            .on_submit(Message::Next(id::PROXY_USER));
        let user = text_input(&t!("proxy-if-asked"), &self.user)
            .id(id::PROXY_USER)
            .on_input(Message::ProxyUser)
            .on_submit(Message::Next(id::PROXY_PASSWORD));
        let password = text_input(&t!("proxy-if-asked"), self.password.expose())
            .id(id::PROXY_PASSWORD)
            .secure(true)
            .on_input(|typed| Message::ProxyPassword(Secret::new(typed)))
            .on_submit(Message::Submit);
        let no_host = complaint(id::PROXY_HOST, t!("proxy-host-empty"));
        let no_port = complaint(id::PROXY_PORT, t!("port-wrong"));
        let no_user = complaint(id::PROXY_USER, t!("proxy-both"));
        let no_password = complaint(id::PROXY_PASSWORD, t!("proxy-both"));
        column![
            row![
                widget::field(t!("proxy-host"), host, no_host),
                container(widget::field(t!("port"), port, no_port)).width(120.0),
            ]
            .spacing(space::SM),
            row![
                widget::field(t!("proxy-user"), user, no_user),
                widget::field(t!("password"), password, no_password),
            ]
            .spacing(space::SM),
        ]
        .spacing(space::SM)
        .into()
    }
}
