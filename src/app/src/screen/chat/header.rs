//! Above the history: who this is, and who can read what is typed next.

use engine::{Availability, ContactInfo, Padlock, Subscription};
use iced::widget::text::Wrapping;
use iced::widget::{Row, column, container, opaque, row};
use iced::{Center, Element, Fill, Padding};

use super::{Message, Offer};
use crate::icon::Icon;
use crate::picture::Portrait;
use crate::t;
use crate::text::foreign;
use crate::theme::{self, Tone, space};
use crate::widget::words::chip;
use crate::widget::{bare, heading, padlock as lock, portrait, quiet, small};

/// Height of the header in logical pixels; the menu hangs below it.
const HEIGHT: f32 = 64.0;

/// Longest name within the words of the header, in characters; whole it stands at its left.
const SHORT_MAX: usize = 24;
/// The same in a button beside such words.
const BUTTON_NAME_MAX: usize = 12;

/// What we see of the contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    /// Nothing: we are offline ourselves.
    None,
    /// Whether they are there.
    Presence,
    /// That they write.
    Writing,
}

/// Name, presence, padlock, and what can be done about it.
pub(super) fn view<'a>(
    name: &'a str,
    info: &ContactInfo,
    picture: Option<&'a Portrait>,
    padlock: Option<Padlock>,
    sight: Sight,
) -> Element<'a, Message> {
    let how = match sight {
        Sight::None => row![small(info.contact.to_string()).wrapping(Wrapping::None)],
        Sight::Writing => row![small(t!("chat-writing"))],
        Sight::Presence => presence(info, info.contact.to_string() == name),
    };
    let who =
        column![heading(name).wrapping(Wrapping::None), how].spacing(1.0).width(Fill).clip(true);
    let short = foreign::line(name, SHORT_MAX);
    let chip = padlock.map(|padlock| {
        let words = match (padlock, sight) {
            (Padlock::Waiting, Sight::None) => t!("padlock-offline"),
            _ => lock::words(padlock, &short),
        };
        chip(lock::icon(padlock), lock::tone(padlock), words)
    });
    let bar = row![portrait(name, picture, 38.0), who]
        .push(chip)
        .push(padlock.and_then(|padlock| button(padlock, &foreign::line(name, BUTTON_NAME_MAX))))
        .push(bare(Icon::ChevronDown, t!("chat-more"), Some(Message::ToggleMenu)))
        .spacing(space::SM)
        .align_y(Center)
        .height(HEIGHT)
        .padding([0.0, space::M]);
    container(bar).width(Fill).style(theme::ground(|colors| colors.surface)).into()
}

/// The menu that hangs below the header's right end.
pub(super) fn menu<'a>(
    name: &str,
    info: &ContactInfo,
    padlock: Padlock,
    practice: bool,
) -> Element<'a, Message> {
    let has_key = padlock.fingerprint().is_some();
    let verify = has_key
        .then(|| item(Icon::LockVerified, t!("chat-verify", name = name), Message::OpenVerify));
    let end =
        leave(padlock).map(|(icon, label, offer)| item(icon, label, Message::Offer(Some(offer))));
    let keys = item(Icon::Key, t!("chat-keys"), Message::OpenKeys);
    let of_contact = if practice { Vec::new() } else { contact_items(info) };
    let items = column![].push(verify).push(keys).push(end).extend(of_contact);
    let card = container(items.spacing(2.0)).padding(space::S).style(theme::card);
    container(opaque(card))
        .align_right(Fill)
        .height(Fill)
        .padding(Padding::ZERO.top(HEIGHT - space::XS).right(space::M))
        .into()
}

/// What can be done about the contact; strangers are not on the list yet.
fn contact_items<'a>(info: &ContactInfo) -> Vec<Element<'a, Message>> {
    let block = if info.blocked {
        item(Icon::Block, t!("chat-unblock"), Message::Unblock)
    } else {
        item(Icon::Block, t!("chat-block"), Message::Block)
    };
    if matches!(info.subscription, Subscription::Requested | Subscription::Wrote) {
        return vec![block];
    }
    let naming = item(Icon::Pen, t!("chat-naming"), Message::OpenNaming);
    let remove = item(Icon::Trash, t!("chat-remove"), Message::Offer(Some(Offer::Remove)));
    vec![naming, block, remove]
}

/// The ways out of privacy, each with the confirmation it leads to.
const fn leaves(padlock: Padlock) -> Option<Offer> {
    match padlock {
        Padlock::NotPrivate => None,
        Padlock::Private(_)
        | Padlock::Verified(_)
        | Padlock::KeyChanged(_)
        | Padlock::Doubted(_) => Some(Offer::End),
        Padlock::Starting | Padlock::Waiting | Padlock::Unanswered | Padlock::Finished => {
            Some(Offer::GoOnPlain)
        }
    }
}

fn leave(padlock: Padlock) -> Option<(Icon, String, Offer)> {
    leaves(padlock).map(|offer| match offer {
        Offer::End => (Icon::Leave, t!("chat-end-private"), offer),
        Offer::GoOnPlain => (Icon::LockOpen, t!("chat-go-on-plain"), offer),
        Offer::Remove => (Icon::Trash, t!("chat-remove"), offer),
    })
}

/// The one thing to do about the padlock, where that needs no explanation.
fn button<'a>(padlock: Padlock, name: &str) -> Option<Element<'a, Message>> {
    match padlock {
        Padlock::NotPrivate => Some(quiet(t!("chat-go-private"), Some(Message::GoPrivate))),
        Padlock::Starting => Some(quiet(t!("chat-cancel"), Some(Message::StopGoingPrivate))),
        Padlock::Private(_) => {
            Some(quiet(t!("chat-verify", name = name), Some(Message::OpenVerify)))
        }
        Padlock::Verified(_)
        | Padlock::Waiting
        | Padlock::Unanswered
        | Padlock::Finished
        | Padlock::KeyChanged(_)
        | Padlock::Doubted(_) => None,
    }
}

fn presence<'a>(info: &ContactInfo, named: bool) -> Row<'a, Message> {
    let (icon, tone, word) = match info.availability {
        _ if info.blocked => (Icon::Block, Tone::Danger, t!("presence-blocked")),
        Availability::Online => (Icon::PresenceOnline, Tone::Good, t!("presence-online")),
        Availability::Away => (Icon::PresenceAway, Tone::Warning, t!("presence-away")),
        Availability::Busy => (Icon::PresenceBusy, Tone::Danger, t!("presence-busy")),
        Availability::Offline => (Icon::PresenceOffline, Tone::Muted, t!("presence-offline")),
    };
    let address = (!named).then(|| small(format!("· {}", info.contact)).wrapping(Wrapping::None));
    row![icon.view(11.0, tone), small(word)].push(address).spacing(space::XS + 1.0).align_y(Center)
}

fn item<'a>(icon: Icon, label: String, message: Message) -> Element<'a, Message> {
    bare(icon, label, Some(message))
}

/// Nothing, over the whole conversation: a layer's place when there is nothing to draw in it.
pub(super) fn nothing<'a>() -> Element<'a, Message> {
    iced::widget::space().width(Fill).height(Fill).into()
}
