//! The header of a chat: the contact's name, presence or typing notification (XEP-0085), the padlock, and
//! the menu.

use engine::{Availability, BareJid, ContactInfo, Padlock, Subscription};
use iced::widget::text::Wrapping;
use iced::widget::{Column, Container, Row, column, container, opaque, row, scrollable};
use iced::{Center, Element, Fill, Size};

use super::view::{Frame, ROOMY_HEIGHT};
use super::{Confirmation, Message};
use crate::icon::Icon;
use crate::image::AvatarImage;
use crate::t;
use crate::text::untrusted;
use crate::theme::{self, Tone, space};
use crate::widget::typography::chip;
use crate::widget::{
    Text, avatar_image, heading, icon_button, id, padlock as lock, secondary, small, text_button,
    text_button_at,
};

/// Height of the header on one line, in logical pixels.
const HEIGHT: f32 = 64.0;
/// Narrower than this, in logical pixels, the padlock stands on a second line.
const ONE_LINE: f32 = 680.0;
/// How much of one line the padlock may take.
const CHIP_MAX: f32 = 0.45;

/// Longest name within the words of the header, in characters; whole it stands at its left.
const SHORT_MAX: usize = 24;
/// The same in a button beside such words.
const BUTTON_NAME_MAX: usize = 12;

/// What we see of the contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    /// Nothing: we are offline ourselves, or invisible.
    None,
    /// Whether they are there.
    Presence,
    /// That they write.
    Writing,
}

/// Who the conversation is with.
pub(super) struct Who<'a> {
    pub(super) name: &'a str,
    pub(super) info: &'a ContactInfo,
    pub(super) picture: Option<&'a AvatarImage>,
    pub(super) padlock: Option<Padlock>,
    pub(super) sight: Sight,
}

/// Name, presence, padlock, and what can be done about it. Whatever there is room for, these stay:
/// the name, the padlock in words, and the way to the menu.
pub(super) fn view<'a>(who: &Who<'a>, frame: Frame<'a>, size: Size) -> Element<'a, Message> {
    let Who { name, picture, padlock, .. } = *who;
    let is_low = size.height < ROOMY_HEIGHT;
    let more = text_button(Icon::ChevronDown, t!("chat-more"), Some(Message::ToggleMenu));
    let back = frame
        .hides_list
        .then(|| icon_button(Icon::ChevronLeft, t!("chat-back"), Some(Message::Leave)));
    let chip = padlock.map(|padlock| chip_of(padlock, who));
    let button = padlock
        .filter(|_| !is_low)
        .and_then(|padlock| button(padlock, who.sight, &untrusted::line(name, BUTTON_NAME_MAX)));
    let bar: Element<'a, Message> = if size.width < ONE_LINE {
        let picture = (!is_low).then(|| avatar_image(name, picture, 30.0));
        let first = row![]
            .push(back)
            .push(picture)
            .push(if is_low { names_on_one_line(who, frame) } else { names(who, frame) })
            .push(more)
            .spacing(space::S)
            .align_y(Center);
        let second = chip.map(|chip| {
            row![container(chip).width(Fill)].push(button).spacing(space::S).align_y(Center)
        });
        let padding = if is_low { [space::XS, space::S] } else { [space::S, space::M] };
        column![first].push(second).spacing(space::XS).padding(padding).into()
    } else {
        row![]
            .push(back)
            .push(avatar_image(name, picture, 38.0))
            .push(names(who, frame))
            .push(chip.map(|chip| chip.max_width(size.width * CHIP_MAX)))
            .push(button)
            .push(more)
            .spacing(space::SM)
            .align_y(Center)
            .height(HEIGHT)
            .padding([0.0, space::M])
            .into()
    };
    container(bar).width(Fill).style(theme::background(|colors| colors.surface)).into()
}

/// The same where there is no room for two lines; as whom one writes takes its own all the same.
fn names_on_one_line<'a>(who: &Who<'a>, frame: Frame<'a>) -> Column<'a, Message> {
    let how = match who.sight {
        Sight::None => row![],
        Sight::Writing => row![small(t!("chat-writing")).wrapping(Wrapping::None)],
        Sight::Presence => presence(who.info, true),
    };
    let name = row![heading(who.name).wrapping(Wrapping::None), how];
    column![name.spacing(space::S).align_y(Center)]
        .push(frame.account.map(as_whom))
        .width(Fill)
        .clip(true)
}

fn as_whom<'a>(account: &BareJid) -> Text<'a> {
    small(t!("chat-as", account = account.to_string())).wrapping(Wrapping::None)
}

/// The name; below it whether they are there, and as whom one writes to them.
fn names<'a>(who: &Who<'a>, frame: Frame<'a>) -> Column<'a, Message> {
    let Who { name, info, .. } = *who;
    let address = info.contact.to_string();
    let how = match who.sight {
        Sight::None => row![small(address).wrapping(Wrapping::None)],
        Sight::Writing => row![small(t!("chat-writing"))],
        Sight::Presence => presence(info, address == name),
    };
    column![heading(name).wrapping(Wrapping::None), how]
        .push(frame.account.map(as_whom))
        .spacing(1.0)
        .width(Fill)
        .clip(true)
}

fn chip_of<'a>(padlock: Padlock, who: &Who<'a>) -> Container<'a, Message> {
    let words = match (padlock, who.sight) {
        (Padlock::Waiting, Sight::None) => t!("padlock-offline"),
        _ => lock::words(padlock, &untrusted::line(who.name, SHORT_MAX)),
    };
    chip(lock::icon(padlock), lock::tone(padlock), words)
}

/// What can be done, in the menu.
struct Item(Icon, String, Message);

/// The menu that hangs below the header's right end; it scrolls where it is higher than the window.
pub(super) fn menu<'a>(
    who: &Who<'a>,
    padlock: Padlock,
    practice: bool,
    size: Size,
) -> Element<'a, Message> {
    let Who { name, info, .. } = *who;
    let start = who.padlock.and_then(|padlock| match padlock {
        Padlock::NotPrivate | Padlock::Unasked | Padlock::Unanswered | Padlock::Finished => {
            Some(Item(Icon::Lock, t!("chat-go-private"), Message::GoPrivate))
        }
        Padlock::Starting => {
            Some(Item(Icon::Cross, t!("chat-stop-going-private"), Message::StopGoingPrivate))
        }
        Padlock::Waiting if who.sight != Sight::None => {
            Some(Item(Icon::Lock, t!("chat-try-now-menu"), Message::TryNow))
        }
        Padlock::Waiting
        | Padlock::Private(_)
        | Padlock::Verified(_)
        | Padlock::KeyChanged(_)
        | Padlock::Doubted(_) => None,
    });
    let has_key = padlock.fingerprint().is_some();
    let verify = has_key
        .then(|| Item(Icon::LockVerified, t!("chat-verify", name = name), Message::OpenVerify));
    let end = leave(padlock).map(|(icon, label, confirmation)| {
        Item(icon, label, Message::Confirmation(Some(confirmation)))
    });
    let keys = Item(Icon::Key, t!("chat-keys"), Message::OpenKeys);
    let acts = practice.then(|| Item(Icon::Practice, t!("practice-open"), Message::OpenPractice));
    let of_contact = if practice { Vec::new() } else { contact_items(info) };
    let items = start.into_iter().chain(verify).chain([keys]).chain(end);
    let items = items.chain(of_contact).chain(acts).enumerate().map(|(place, item)| {
        let Item(icon, label, message) = item;
        match place {
            0 => text_button_at(id::MENU, icon, label, Some(message)),
            _ => text_button(icon, label, Some(message)),
        }
    });
    let items = container(column(items).spacing(2.0)).padding(space::S);
    let card = container(scrollable(items).style(theme::scroll)).style(theme::card);
    let above = if size.height < ROOMY_HEIGHT { space::XL } else { HEIGHT - space::XS };
    container(opaque(card))
        .width(Fill)
        .align_x(theme::end())
        .height(Fill)
        .padding(theme::padding_end(space::M).top(above).bottom(space::S))
        .into()
}

/// What can be done about the contact; strangers are not on the list yet.
fn contact_items(info: &ContactInfo) -> Vec<Item> {
    let block = if info.blocked {
        Item(Icon::Block, t!("chat-unblock"), Message::Unblock)
    } else {
        Item(Icon::Block, t!("chat-block"), Message::Block)
    };
    if matches!(info.subscription, Subscription::Requested | Subscription::Wrote) {
        return vec![block];
    }
    let contact_editor = Item(Icon::Pen, t!("chat-edit-contact"), Message::EditContact);
    let remove =
        Item(Icon::Trash, t!("chat-remove"), Message::Confirmation(Some(Confirmation::Remove)));
    vec![contact_editor, block, remove]
}

/// The ways out of privacy, each with the confirmation it leads to.
const fn leaves(padlock: Padlock) -> Option<Confirmation> {
    match padlock {
        Padlock::NotPrivate => None,
        Padlock::Private(_)
        | Padlock::Verified(_)
        | Padlock::KeyChanged(_)
        | Padlock::Doubted(_) => Some(Confirmation::End),
        Padlock::Unasked
        | Padlock::Starting
        | Padlock::Waiting
        | Padlock::Unanswered
        | Padlock::Finished => Some(Confirmation::GoOnPlain),
    }
}

fn leave(padlock: Padlock) -> Option<(Icon, String, Confirmation)> {
    leaves(padlock).map(|confirmation| match confirmation {
        Confirmation::End => (Icon::Leave, t!("chat-end-private"), confirmation),
        Confirmation::GoOnPlain => (Icon::LockOpen, t!("chat-go-on-plain"), confirmation),
        Confirmation::Remove
        | Confirmation::Discard(_)
        | Confirmation::SendReadable(_)
        | Confirmation::SendDraft
        | Confirmation::OlderVersion => (Icon::Trash, t!("chat-remove"), confirmation),
    })
}

/// The one thing to do about the padlock, where that needs no explanation.
fn button<'a>(padlock: Padlock, sight: Sight, name: &str) -> Option<Element<'a, Message>> {
    match padlock {
        Padlock::NotPrivate | Padlock::Unasked => {
            Some(secondary(t!("chat-go-private"), Some(Message::GoPrivate)))
        }
        Padlock::Starting => Some(secondary(t!("chat-cancel"), Some(Message::StopGoingPrivate))),
        Padlock::Private(_) => {
            Some(secondary(t!("chat-verify", name = name), Some(Message::OpenVerify)))
        }
        // No presence is not absence.
        Padlock::Waiting if sight != Sight::None => {
            Some(secondary(t!("chat-try-now"), Some(Message::TryNow)))
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
        Availability::Online => (Icon::PresenceOnline, Tone::Success, t!("presence-online")),
        Availability::Away => (Icon::PresenceAway, Tone::Warning, t!("presence-away")),
        Availability::Busy => (Icon::PresenceBusy, Tone::Danger, t!("presence-busy")),
        Availability::Offline => (Icon::PresenceOffline, Tone::Muted, t!("presence-offline")),
    };
    let address = (!named).then(|| small(format!("· {}", info.contact)).wrapping(Wrapping::None));
    row![icon.view(11.0, tone), small(word).wrapping(Wrapping::None)]
        .push(address)
        .spacing(space::XS + 1.0)
        .align_y(Center)
}

/// Nothing, over the whole conversation: a layer's place when there is nothing to draw in it.
pub(super) fn nothing<'a>() -> Element<'a, Message> {
    iced::widget::space().width(Fill).height(Fill).into()
}
