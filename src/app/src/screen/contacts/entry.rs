//! One row of the contact list, or the card of somebody who requests a subscription.

use std::time::SystemTime;

use engine::{Availability, ChatId, ContactInfo, Padlock, Subscription};
use iced::widget::text::Wrapping;
use iced::widget::{button, column, container, row, stack};
use iced::{Bottom, Center, Element, Fill};

use super::Message;
use crate::icon::Icon;
use crate::image::AvatarImage;
use crate::lookalike::Mark;
use crate::names::display_name;
use crate::screen::Unsent;
use crate::t;
use crate::text::untrusted;
use crate::theme::{self, Tone, size, space};
use crate::widget::{self, Text, padlock};

/// Unread messages are counted up to here.
const COUNT_MAX: usize = 99;
/// Longest line that is laid out; a script without a font costs much per character.
const LINE_CHARS_MAX: usize = 48;

/// What a row shows of one conversation.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// The chat that the row opens.
    pub id: &'a ChatId,
    /// The display name.
    pub name: String,
    /// The avatar, if one was decoded.
    pub avatar_image: Option<&'a AvatarImage>,
    /// Roster groups.
    pub groups: &'a [String],
    /// Presence as last received.
    pub availability: Availability,
    /// Whether presence is received now: we are online and not invisible.
    pub in_sight: bool,
    /// Subscription state.
    pub subscription: Subscription,
    /// Blocked on the server (XEP-0191).
    pub blocked: bool,
    /// The contact with a confusable name, if there is one.
    pub mark: Option<&'a Mark>,
    /// The padlock, once the engine has told of one.
    pub padlock: Option<Padlock>,
    /// Number of unread messages.
    pub unread: usize,
    /// Whether they ask for verification (SMP) and wait for an answer.
    pub asks: bool,
    /// Which kinds of messages of ours have not gone out.
    pub unsent: Vec<Unsent>,
    /// The last message, if it was never private.
    pub last_line: Option<&'a str>,
    /// When the last message came or went.
    pub last_at: Option<SystemTime>,
}

impl<'a> Entry<'a> {
    /// A row for a contact with whom nothing has been said.
    #[must_use]
    pub fn new(id: &'a ChatId, info: &'a ContactInfo) -> Self {
        Self {
            id,
            name: display_name(info),
            avatar_image: None,
            groups: &info.groups,
            availability: info.availability,
            in_sight: true,
            subscription: info.subscription,
            blocked: info.blocked,
            mark: None,
            padlock: None,
            unread: 0,
            asks: false,
            unsent: Vec::new(),
            last_line: None,
            last_at: None,
        }
    }

    /// Whether the search, in lower case, is part of the name, the address or a group.
    pub(super) fn is_found_by(&self, wanted: &str) -> bool {
        self.name.to_lowercase().contains(wanted)
            || self.id.contact.to_string().contains(wanted)
            || self.groups.iter().any(|group| group.to_lowercase().contains(wanted))
    }

    /// Somebody who is known.
    pub(super) fn row(self, chosen: bool, says_account: bool) -> Element<'a, Message> {
        let press = Message::Choose(self.id.clone());
        let padlock = self.padlock.filter(|_| !self.blocked);
        let padlock =
            padlock.map(|padlock| padlock::icon(padlock).view(16.0, padlock::tone(padlock)));
        let alike = self.mark.map(|_| Icon::Warning.view(15.0, Tone::Warning));
        let head = row![container(line(&self.name).font(theme::STRONG)).clip(true).width(Fill)]
            .push(alike)
            .push(self.asks.then(|| Icon::Question.view(16.0, Tone::Accent)))
            .extend(self.unsent.iter().map(|kind| mark(*kind)))
            .push(padlock)
            .spacing(space::S)
            .align_y(Center);
        let mut second_line = row![].spacing(space::XS + 2.0).align_y(Center);
        // Whoever may be taken for another is told by the address, above all.
        let address = self.mark.map(|_| self.id.contact.to_string());
        let asks = self.asks.then(|| t!("contact-asks"));
        let unsent = self.unsent.first().map(|kind| kind.words());
        let urgent = address.as_deref().or(asks.as_deref()).or(unsent.as_deref());
        if let Some(last) = urgent.or(self.last_line) {
            let tone = match (urgent, self.unsent.first()) {
                (Some(_), Some(Unsent::Failed)) if address.is_none() && !self.asks => Tone::Danger,
                _ => Tone::Muted,
            };
            if !self.heading_says_presence() {
                second_line =
                    second_line.push(widget::small(self.presence()).wrapping(Wrapping::None));
                second_line = second_line.push(widget::small("·"));
            }
            second_line = second_line.push(
                container(line(last).size(size::SMALL).style(theme::tone_style(tone)))
                    .clip(true)
                    .width(Fill),
            );
        } else {
            second_line = second_line.push(widget::small(self.presence()).wrapping(Wrapping::None));
        }
        // The number has its room whatever stands before it.
        let second_line = row![container(second_line).clip(true).width(Fill)]
            .push((self.unread > 0).then(|| count(self.unread)))
            .spacing(space::XS)
            .align_y(Center);
        let account = says_account.then(|| account(self.id));
        let words = column![head, second_line].push(account).spacing(2.0);
        let words = container(words).clip(true).width(Fill);
        let face = row![self.face(), words].spacing(space::SM).align_y(Center);
        let face = button(face).padding(space::S).width(Fill).style(theme::list_row(chosen));
        widget::focusable_button(face, Some(press))
    }

    /// A stranger who asks.
    pub(super) fn request(self, chosen: bool, says_account: bool) -> Element<'a, Message> {
        let head = row![
            widget::avatar(&self.name, 36.0),
            column![
                line(&self.name).font(theme::STRONG),
                line(&self.id.contact.to_string())
                    .size(size::SMALL)
                    .style(theme::tone_style(Tone::Muted)),
            ]
            .push(says_account.then(|| account(self.id)))
            .spacing(2.0)
            .width(Fill),
        ]
        .push((self.unread > 0).then(|| count(self.unread)))
        .spacing(space::SM)
        .align_y(Center);
        let open = button(head).padding(space::XS).width(Fill).style(theme::list_row(chosen));
        let open = widget::focusable_button(open, Some(Message::Choose(self.id.clone())));
        let about = match self.subscription {
            Subscription::Wrote => t!("request-wrote"),
            Subscription::None
            | Subscription::Asked
            | Subscription::Requested
            | Subscription::OneWay
            | Subscription::Both => t!("request-about"),
        };
        let choices = row![
            widget::primary(t!("accept"), Some(Message::Accept(self.id.clone()))),
            widget::secondary(t!("decline"), Some(Message::Decline(self.id.clone()))),
            widget::secondary(t!("block"), Some(Message::Block(self.id.clone()))),
        ]
        .spacing(space::S);
        let alike = self.mark.map(|mark| {
            let words = widget::small(mark.words()).style(theme::tone_style(Tone::Warning));
            row![Icon::Warning.view(16.0, Tone::Warning), words.width(Fill)].spacing(space::S)
        });
        let words = column![open].push(alike).push(widget::small(about)).push(choices);
        container(words.spacing(space::S)).padding(space::SM).width(Fill).style(theme::card).into()
    }

    /// Their picture, and whether they are there.
    fn face(&self) -> Element<'a, Message> {
        let avatar_image = widget::avatar_image(&self.name, self.avatar_image, 36.0);
        let avatar_image = container(avatar_image).width(40.0).height(40.0);
        let (icon, tone) = match self.in_sight {
            _ if self.blocked => (Icon::Block, Tone::Danger),
            true => presence_icon(self.availability),
            false => return avatar_image.into(),
        };
        // On a picture a mark needs a ground of its own.
        let mark = container(icon.view(14.0, tone));
        let mark = match self.avatar_image {
            Some(_) => mark.padding(1.5).style(theme::disc),
            None => mark,
        };
        let mark = container(mark).align_x(theme::end()).align_y(Bottom).width(40.0).height(40.0);
        stack![avatar_image, mark].into()
    }

    /// Whether what can be said of their presence stands above all of them already, so that a line
    /// of theirs has all the room.
    fn heading_says_presence(&self) -> bool {
        let is_said = match self.availability {
            Availability::Online => true,
            Availability::Offline => self.subscription != Subscription::Asked,
            Availability::Away | Availability::Busy => false,
        };
        is_said && self.in_sight && !self.blocked
    }

    fn presence(&self) -> String {
        match (self.subscription, self.availability) {
            _ if self.blocked => t!("presence-blocked"),
            (Subscription::Asked, Availability::Offline) => t!("presence-asked"),
            _ if !self.in_sight => t!("presence-unknown"),
            (_, Availability::Online) => t!("presence-online"),
            (_, Availability::Away) => t!("presence-away"),
            (_, Availability::Busy) => t!("presence-busy"),
            (_, Availability::Offline) => t!("presence-offline"),
        }
    }
}

impl Unsent {
    fn words(self) -> String {
        match self {
            Self::Failed => t!("contact-failed"),
            Self::Held => t!("contact-held"),
            Self::Draft => t!("contact-draft"),
        }
    }
}

/// A mark with a shape of its own; the words stand below, or under the pointer.
fn mark<'a>(kind: Unsent) -> Element<'a, Message> {
    let icon = match kind {
        Unsent::Failed => Icon::Warning.view(15.0, Tone::Danger),
        Unsent::Held => Icon::Hourglass.view(15.0, Tone::Muted),
        Unsent::Draft => Icon::Pen.view(15.0, Tone::Muted),
    };
    widget::with_tooltip(icon, kind.words())
}

const fn presence_icon(availability: Availability) -> (Icon, Tone) {
    match availability {
        Availability::Online => (Icon::PresenceOnline, Tone::Success),
        Availability::Away => (Icon::PresenceAway, Tone::Warning),
        Availability::Busy => (Icon::PresenceBusy, Tone::Danger),
        Availability::Offline => (Icon::PresenceOffline, Tone::Muted),
    }
}

/// As whom we talk to them.
fn account<'a>(id: &ChatId) -> Text<'a> {
    widget::small(t!("contact-as", account = id.account.to_string())).wrapping(Wrapping::None)
}

fn line<'a>(words: &str) -> Text<'a> {
    widget::body(untrusted::line(words, LINE_CHARS_MAX)).wrapping(Wrapping::None)
}

pub(super) fn count<'a>(unread: usize) -> Element<'a, Message> {
    let digits = if unread > COUNT_MAX { format!("{COUNT_MAX}+") } else { unread.to_string() };
    let digits = widget::small(digits).wrapping(Wrapping::None).font(theme::STRONG);
    container(digits.style(theme::tone_style(Tone::OnAccent)))
        .padding([1.0, 7.0])
        .style(theme::badge)
        .into()
}
