//! The first page of the account dialog.

use engine::{
    AccountState, Availability, BareJid, ChannelBindingType, PrivacySettings, Security, TlsVersion,
    Via,
};
use iced::widget::{Column, checkbox, column, row};
use iced::{Center, Element, Fill};

use super::super::account::{Account, ConnectionSettings};
use super::{AccountSheet, Message};
use crate::icon::Icon;
use crate::screen::{connection_form, sign_in_error};
use crate::theme::{self, Tone, space};
use crate::widget::key_code::key_code;
use crate::widget::{self, server_key};
use crate::{error_text, t};

/// Draws it.
pub(super) fn view<'a>(
    sheet: &'a AccountSheet,
    known: &'a Account,
    own_presence: Availability,
) -> Element<'a, Message> {
    let name = sheet.account.to_string();
    let head = row![
        widget::avatar(&name, 44.0),
        column![widget::title(name), known.status(own_presence)].spacing(2.0).width(Fill),
        widget::icon_button(Icon::Cross, t!("close"), Some(Message::Dismiss)),
    ]
    .spacing(space::SM)
    .align_y(Center);
    column![head]
        .push(problem(sheet, &known.state))
        // Also before it connects: whoever hides then is never seen.
        .push(availability(own_presence))
        .push(known.security.as_ref().map(|how| protection(how, sheet.protection_details)))
        .push(known.connection.as_ref().map(connection))
        .push(known.own_key.map(|key| part(t!("account-own-key"), key_code(key).into())))
        .push(manners(known.manners))
        .push(known.blocked.as_deref().map(blocked))
        .push(leave())
        .spacing(space::L)
        .into()
}

/// Why it is not on line.
fn problem<'a>(sheet: &AccountSheet, state: &AccountState) -> Option<Element<'a, Message>> {
    let words: Element<'a, Message> = match state {
        AccountState::Online | AccountState::Connecting => return None,
        AccountState::Offline { reason, .. } => {
            widget::note(Icon::Warning, Tone::Warning, error_text::offline(reason)).into()
        }
        AccountState::Refused(failure) => {
            sign_in_error::view(failure, sheet.error_details).map(Message::SignInError)
        }
        AccountState::Unreadable(failure) => {
            widget::note(Icon::Warning, Tone::Danger, error_text::unreadable(failure)).into()
        }
    };
    let again = widget::primary(t!("try-again"), Some(Message::TryNow));
    Some(column![words, again].spacing(space::SM).into())
}

fn availability<'a>(own_presence: Availability) -> Element<'a, Message> {
    let choices = [
        (Availability::Online, t!("presence-online"), t!("show-online-about")),
        (Availability::Away, t!("presence-away"), t!("show-away-about")),
        (Availability::Busy, t!("presence-busy"), t!("show-busy-about")),
        (Availability::Offline, t!("presence-invisible"), t!("show-invisible-about")),
    ]
    .map(|(one, label, about)| {
        widget::radio_row(label, Some(about), one == own_presence, Message::Show(one))
    });
    part(t!("show-title"), Column::with_children(choices).into())
}

/// In plain words first; names and versions behind the details.
fn protection<'a>(security: &Security, details: bool) -> Element<'a, Message> {
    let via = match security.via {
        Via::Direct => t!("secured-direct"),
        Via::Tor => t!("secured-tor"),
        Via::Proxy => t!("secured-proxy"),
    };
    let (icon, tone, bound) = match security.strength.binding() {
        Some(ChannelBindingType::Exporter) => {
            (Icon::LockVerified, Tone::Success, t!("secured-bound"))
        }
        Some(ChannelBindingType::ServerEndPoint) => {
            (Icon::LockVerified, Tone::Success, t!("secured-bound-to-key"))
        }
        None if security.strength.is_plain() => (Icon::Warning, Tone::Warning, t!("secured-plain")),
        None => (Icon::Lock, Tone::Muted, t!("secured-unbound")),
    };
    let fold = if details { Icon::ChevronDown } else { Icon::ChevronRight };
    let tls = match security.tls {
        TlsVersion::V1_2 => "TLS 1.2",
        TlsVersion::V1_3 => "TLS 1.3",
    };
    let names = details.then(|| {
        let how = security.strength.to_string();
        column![widget::hint(t!("secured-details", tls = tls, how = how))]
            .push(security.key.map(|key| {
                column![widget::strong(t!("trust-found")), server_key(key)].spacing(space::XS)
            }))
            .spacing(space::S)
    });
    let words = column![
        widget::body(via),
        row![icon.view(16.0, tone), widget::body(bound).width(Fill)].spacing(space::S),
        widget::text_button(fold, t!("details"), Some(Message::Protection(!details))),
    ]
    .push(names)
    .spacing(space::S);
    part(t!("secured-title"), words.into())
}

fn connection<'a>(settings: &ConnectionSettings) -> Element<'a, Message> {
    let kind = connection_form::RouteKind::of(&settings.route);
    let change = row![
        column![widget::body(kind.label()), widget::small(kind.about())].width(Fill),
        widget::secondary(t!("change"), Some(Message::EditConnection)),
    ]
    .spacing(space::SM)
    .align_y(Center);
    let pinned = settings.key_is_pinned.then(|| {
        row![
            widget::body(t!("trust-pinned")).width(Fill),
            widget::secondary(t!("trust-give-up"), Some(Message::GiveUpKey)),
        ]
        .spacing(space::SM)
        .align_y(Center)
    });
    part(t!("route"), column![change].push(pinned).spacing(space::S).into())
}

/// What contacts learn besides what is written to them.
fn manners<'a>(manners: PrivacySettings) -> Element<'a, Message> {
    let line = |on: bool,
                label: String,
                about: String,
                turned: fn(PrivacySettings, bool) -> PrivacySettings| {
        let toggle = checkbox(on)
            .label(label)
            .text_size(theme::size::BODY)
            .style(theme::checkbox)
            .on_toggle(move |on| Message::PrivacySettings(turned(manners, on)));
        column![toggle, widget::small(about)].spacing(space::XS)
    };
    let receipts = line(
        manners.receipts,
        t!("privacy-receipts"),
        t!("privacy-receipts-about"),
        |manners, receipts| PrivacySettings { receipts, ..manners },
    );
    let writing = line(
        manners.writing,
        t!("privacy-writing"),
        t!("privacy-writing-about"),
        |manners, writing| PrivacySettings { writing, ..manners },
    );
    let pictures = line(
        manners.pictures,
        t!("privacy-pictures"),
        t!("privacy-pictures-about"),
        |manners, pictures| PrivacySettings { pictures, ..manners },
    );
    part(t!("privacy-title"), column![receipts, writing, pictures].spacing(space::S).into())
}

fn blocked(contacts: &[BareJid]) -> Element<'_, Message> {
    let lines = contacts.iter().map(|contact| {
        row![
            Icon::Block.view(16.0, Tone::Danger),
            widget::body(contact.as_str()).width(Fill),
            widget::secondary(t!("chat-unblock"), Some(Message::Unblock(contact.clone()))),
        ]
        .spacing(space::S)
        .align_y(Center)
        .into()
    });
    let nobody = contacts.is_empty().then(|| widget::hint(t!("blocked-none")));
    part(t!("blocked-title"), column![].push(nobody).extend(lines).spacing(space::XS).into())
}

fn leave<'a>() -> Element<'a, Message> {
    let tend = row![
        widget::secondary(t!("change-password"), Some(Message::ChangePassword)),
        widget::secondary(t!("console"), Some(Message::OpenConsole)),
    ]
    .spacing(space::S)
    .wrap();
    let leave = row![
        widget::secondary(t!("sign-out"), Some(Message::SignOut)),
        widget::danger(t!("remove-account"), Some(Message::Remove)),
    ]
    .spacing(space::S)
    .wrap();
    column![tend, leave].spacing(space::SM).into()
}

fn part<'a>(label: String, inside: Element<'a, Message>) -> Element<'a, Message> {
    column![widget::strong(label), inside].spacing(space::S).into()
}
