//! One fingerprint of one contact, and what can be done with it.

use engine::{Doubt, Fingerprint, KeyRow, Proof, Trust};
use iced::widget::text::Wrapping;
use iced::widget::{Column, column, container, row};
use iced::{Center, Element, Fill, Theme, border};

use super::{Expand, Message};
use crate::icon::Icon;
use crate::t;
use crate::theme::{self, Tone, colors, space};
use crate::time_format::date;
use crate::widget::key_code::{key_code, key_code_text};
use crate::widget::typography::{chip, note};
use crate::widget::{
    avatar, body, danger, heading, hint, primary, secondary, small, strong, text_button,
};

/// Draws it, and what is expanded below.
pub(super) fn view<'a>(
    key: &'a KeyRow,
    name: String,
    ours: Option<Fingerprint>,
    expanded: Option<Expand>,
) -> Element<'a, Message> {
    let below = expanded.map(|what| match what {
        Expand::Compare => compare(key, &name, ours),
        Expand::Differs => differs(&name),
        Expand::Withdraw => confirm(
            t!("keys-withdraw-sure", name = name.as_str()),
            t!("keys-withdraw-yes"),
            Message::Withdraw(key_name(key)),
        ),
        Expand::Forget => confirm(
            t!("keys-forget-sure", name = name.as_str()),
            t!("keys-forget-yes"),
            Message::Forget(key_name(key)),
        ),
    });
    let address = key.chat.contact.to_string();
    let address = (address != name).then(|| small(address).wrapping(Wrapping::None));
    let who = column![heading(name.clone()).wrapping(Wrapping::None)].push(address).spacing(1.0);
    let who = row![avatar(&name, 36.0), who].spacing(space::SM).align_y(Center);
    let chips = row![]
        .push(key.in_use.then(|| chip(Icon::Chat, Tone::Accent, t!("keys-in-use"))))
        .push(trust(key.trust))
        .spacing(space::S)
        .wrap()
        .vertical_spacing(space::XS);
    // Beside each other where there is room.
    let head = row![who, chips].spacing(space::M).align_y(Center).wrap().vertical_spacing(space::S);
    let code = body(key_code_text(key.fingerprint)).font(theme::MONO);
    let seen = small(t!("keys-seen", first = date(key.first_seen), last = date(key.last_seen)));
    let how = how(key.trust).map(small);
    let facts = column![code].push(how).push(seen).spacing(space::XS);
    let card = column![head, facts, actions(key)].push(below).spacing(space::SM);
    container(card).padding(space::M).width(Fill).style(flat).into()
}

fn key_name(key: &KeyRow) -> super::KeyName {
    (key.chat.clone(), key.fingerprint)
}

fn trust<'a>(trust: Trust) -> Element<'a, Message> {
    match trust {
        Trust::Verified { .. } => {
            chip(Icon::LockVerified, Tone::Success, t!("keys-verified")).into()
        }
        Trust::First | Trust::Accepted { .. } => {
            chip(Icon::LockUnverified, Tone::Muted, t!("keys-unverified")).into()
        }
        Trust::Undecided => chip(Icon::Warning, Tone::Warning, t!("keys-undecided")).into(),
        Trust::Doubted { .. } => chip(Icon::Question, Tone::Danger, t!("keys-doubted")).into(),
    }
}

fn how(trust: Trust) -> Option<String> {
    match trust {
        Trust::First | Trust::Undecided => None,
        Trust::Accepted { at } => Some(t!("keys-how-accepted", date = date(at))),
        Trust::Doubted { doubt, at } => Some(match doubt {
            Doubt::Differs => t!("keys-how-differs", date = date(at)),
            Doubt::NotMatched => t!("keys-how-not-matched", date = date(at)),
            Doubt::Withdrawn => t!("keys-how-withdrawn", date = date(at)),
        }),
        Trust::Verified { proof, at } => Some(match proof {
            Proof::Question => t!("keys-how-question", date = date(at)),
            Proof::SharedSecret => t!("keys-how-secret", date = date(at)),
            Proof::Compared => t!("keys-how-compared", date = date(at)),
            Proof::Imported => t!("keys-how-imported", date = date(at)),
        }),
    }
}

fn actions<'a>(key: &KeyRow) -> Element<'a, Message> {
    let expand = |what| Some(Message::Expand(key_name(key), what));
    let compare = || text_button(Icon::LockVerified, t!("keys-verify"), expand(Expand::Compare));
    let withdraw = || text_button(Icon::Cross, t!("keys-withdraw"), expand(Expand::Withdraw));
    let (compare, withdraw) = match key.trust {
        Trust::First | Trust::Undecided | Trust::Doubted { .. } => (Some(compare()), None),
        Trust::Accepted { .. } => (Some(compare()), Some(withdraw())),
        Trust::Verified { .. } => (None, Some(withdraw())),
    };
    let forget = expand(Expand::Forget).filter(|_| !key.in_use);
    let acts = row![]
        .push(compare)
        .push(withdraw)
        .push(text_button(Icon::Copy, t!("keys-copy"), Some(Message::Copy(key.fingerprint))))
        .push(text_button(Icon::Trash, t!("keys-forget"), forget))
        .spacing(space::XS)
        .wrap();
    let why_not = key.in_use.then(|| small(t!("keys-forget-in-use")));
    column![acts].push(why_not).spacing(space::XS).into()
}

fn compare<'a>(key: &KeyRow, name: &str, ours: Option<Fingerprint>) -> Element<'a, Message> {
    let ours: Element<'a, Message> = match ours {
        Some(ours) => key_code(ours).into(),
        None => hint(t!("verify-compare-unknown")).into(),
    };
    let side = |label: String, code: Element<'a, Message>| {
        column![strong(label), code].spacing(space::S).width(Fill)
    };
    column![
        hint(t!("verify-compare-hint", name = name)),
        row![
            side(t!("verify-compare-theirs", name = name), key_code(key.fingerprint).into()),
            side(t!("verify-compare-ours"), ours)
        ]
        .spacing(space::M),
        row![
            primary(t!("verify-match"), Some(Message::Match(key_name(key)))),
            danger(t!("verify-differ"), Some(Message::Differ(key_name(key)))),
            secondary(t!("keys-not-now"), Some(Message::Collapse))
        ]
        .spacing(space::S)
    ]
    .spacing(space::SM)
    .into()
}

fn differs<'a>(name: &str) -> Element<'a, Message> {
    column![
        note(Icon::Warning, Tone::Danger, t!("verify-differs-hint", name = name)),
        secondary(t!("verify-done"), Some(Message::Collapse))
    ]
    .spacing(space::S)
    .into()
}

fn confirm<'a>(words: String, yes: String, message: Message) -> Element<'a, Message> {
    let buttons: Column<'a, Message> = column![
        note(Icon::Warning, Tone::Warning, words),
        row![danger(yes, Some(message)), secondary(t!("keys-not-now"), Some(Message::Collapse))]
            .spacing(space::S)
    ];
    buttons.spacing(space::S).into()
}

/// A card that lies flat among others.
pub(super) fn flat(theme: &Theme) -> container::Style {
    let colors = colors(theme);
    container::Style {
        background: Some(colors.surface.into()),
        border: border::rounded(theme::radius::CARD).color(colors.line).width(1.0),
        ..container::Style::default()
    }
}
