//! Banners below the header: what the person has to decide, one banner for each decision. A
//! [`Confirmation`] is asked here as well, in place of a dialog.

mod confirmation;
mod new_key;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::mem;

use engine::{AccountState, Fingerprint, OlderVersion, Padlock, Subscription};
use iced::widget::{Column, Id, button, container, row};
use iced::{Center, Element, Fill, Theme};

use super::contact_editor::ContactEditor;
use super::{Confirmation, Message};
use crate::icon::Icon;
use crate::lookalike::Mark;
use crate::screen::verify::{self, Pending};
use crate::t;
use crate::theme::{self, Tone, space};
use crate::widget::{Text, body, focusable_button, focusable_button_at, id, small, strong};

/// How a button looks.
type Look = fn(&Theme, button::Status) -> button::Style;

/// A sentence and what can be done about it.
struct Banner {
    icon: Icon,
    tone: Tone,
    words: String,
    buttons: Vec<BannerButton>,
}

/// A button of a banner.
struct BannerButton {
    id: Option<Id>,
    look: Look,
    label: String,
    press: Message,
}

/// What the banners depend on.
pub(super) struct BannerState<'a> {
    pub(super) name: &'a str,
    pub(super) padlock: Option<Padlock>,
    pub(super) confirmation: Option<&'a Confirmation>,
    /// Whether something was typed that did not go out.
    pub(super) holds_text: bool,
    /// While contacts do not see us: whether something waits here that was sent off.
    pub(super) invisible: Option<bool>,
    pub(super) new_key: NewKey,
    pub(super) older: OlderVersion,
    pub(super) pending: Option<Pending>,
    pub(super) edits: bool,
    pub(super) contact_editor: Option<&'a ContactEditor>,
    pub(super) subscription: Subscription,
    /// For whom they may be taken.
    pub(super) mark: Option<&'a Mark>,
    pub(super) blocked: bool,
    pub(super) account: Option<&'a AccountState>,
    pub(super) refusal: Option<Refusal>,
    /// How much room there is.
    pub(super) room: Room,
}

/// What is said of a key that waits for a decision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct NewKey {
    /// The new key of a second program.
    pub(super) beside: Option<Fingerprint>,
    /// Whether the person wants to know what it means.
    pub(super) shows_explanation: bool,
}

/// Why what was done just now came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Refusal {
    /// The engine could not take it.
    Busy,
    /// Something else has to be chosen first.
    Undecided,
}

/// How much room there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// As much as usual.
    Usual,
    /// Little: all is smaller, so that something of the history is left.
    Little,
}

impl BannerState<'_> {
    /// Another one where something else has to be decided: that is seen from its beginning, however
    /// far what was there before had been scrolled. Fields where one types stay as they are.
    pub(super) fn key(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        if self.contact_editor.is_none() {
            let account = self.account.map(mem::discriminant);
            (self.padlock.as_ref().map(mem::discriminant), self.confirmation, account)
                .hash(&mut hasher);
            let (older, stands) =
                (mem::discriminant(&self.older), mem::discriminant(&self.subscription));
            (older, self.pending, stands).hash(&mut hasher);
            (self.new_key.beside, self.blocked, self.refusal, self.edits).hash(&mut hasher);
        }
        hasher.finish()
    }
}

/// All banners that are due.
pub(super) fn view<'a>(state: &BannerState<'a>) -> Element<'a, Message> {
    let (name, room) = (state.name, state.room);
    let padlock = match state.confirmation {
        Some(asked) => Some(confirmation::banner_for(asked, name, state.holds_text).view(room)),
        None => state.padlock.and_then(|padlock| decision(padlock, state)),
    };
    let view = |banner: Banner| banner.view(room);
    Column::new()
        .push(state.refusal.map(rejected).map(view))
        .push(state.mark.and_then(|mark| confusable(mark, state.subscription)).map(view))
        .push(padlock)
        .push(older(state).map(view))
        .push(state.pending.map(|pending| verification(pending, name)).map(view))
        .push(state.contact_editor.map(contact_editor))
        .push(contact_state(state.subscription, state.blocked, name).map(view))
        .push(state.account.and_then(connection).map(view))
        .push(state.edits.then(editing).map(view))
        .width(Fill)
        .into()
}

fn decision<'a>(padlock: Padlock, state: &BannerState<'_>) -> Option<Element<'a, Message>> {
    let (name, explains) = (state.name, state.new_key.shows_explanation);
    let view = |banner: Banner| Some(banner.view(state.room));
    let about = |key, about: &new_key::About| Some(new_key::view(key, about, explains, state.room));
    match padlock {
        // Some programs answer nobody whom they do not see: that is the first thing to change.
        Padlock::Unanswered if state.invisible.is_some() => {
            let again = secondary(t!("chat-try-again"), Message::GoPrivate);
            view(invisible(t!("banner-unanswered-invisible", name = name), Some(again)))
        }
        Padlock::Unasked | Padlock::Waiting if state.invisible == Some(true) => {
            view(invisible(t!("banner-held-invisible", name = name), None))
        }
        Padlock::Finished => view(banner(
            Icon::LockStruck,
            Tone::Danger,
            t!("banner-finished"),
            [
                secondary(t!("chat-go-private-again"), Message::GoPrivate),
                secondary(
                    t!("chat-go-on-plain"),
                    Message::Confirmation(Some(Confirmation::GoOnPlain)),
                ),
            ],
        )),
        // The way on is not weaker than the one that was refused.
        Padlock::Unanswered if state.older == OlderVersion::Wanted => None,
        Padlock::Unanswered => view(banner(
            Icon::Hourglass,
            Tone::Muted,
            t!("banner-unanswered", name = name),
            [
                secondary(t!("chat-try-again"), Message::GoPrivate),
                secondary(
                    t!("chat-go-on-plain"),
                    Message::Confirmation(Some(Confirmation::GoOnPlain)),
                ),
            ],
        )),
        Padlock::KeyChanged(key) => about(key, &new_key::changed(name)),
        Padlock::Doubted(key) => about(key, &new_key::doubted(name)),
        Padlock::Private(_) | Padlock::Verified(_) => {
            state.new_key.beside.and_then(|key| about(key, &new_key::beside(name)))
        }
        Padlock::NotPrivate | Padlock::Unasked | Padlock::Starting | Padlock::Waiting => None,
    }
}

/// Whether version 2 is spoken with a contact who has spoken version 3: the person's choice, and
/// to be taken back where it was made.
fn older(state: &BannerState<'_>) -> Option<Banner> {
    let (name, padlock) = (state.name, state.padlock?);
    if padlock == Padlock::Unanswered && state.invisible.is_some() {
        return None;
    }
    let again = match padlock {
        Padlock::NotPrivate | Padlock::Unasked | Padlock::Unanswered => {
            Some(secondary(t!("chat-try-again"), Message::GoPrivate))
        }
        Padlock::Starting
        | Padlock::Waiting
        | Padlock::Finished
        | Padlock::Private(_)
        | Padlock::Verified(_)
        | Padlock::KeyChanged(_)
        | Padlock::Doubted(_) => None,
    };
    match state.older {
        OlderVersion::Refused => None,
        OlderVersion::Wanted if state.confirmation == Some(&Confirmation::OlderVersion) => None,
        OlderVersion::Wanted => {
            let ask = Message::Confirmation(Some(Confirmation::OlderVersion));
            let allow = secondary(t!("chat-older"), ask);
            let buttons = again.into_iter().chain([allow]);
            Some(banner(Icon::Warning, Tone::Warning, t!("banner-older", name = name), buttons))
        }
        OlderVersion::Allowed => Some(banner(
            Icon::Info,
            Tone::Warning,
            t!("banner-older-allowed", name = name),
            [secondary(t!("chat-older-no-longer"), Message::AllowOlder(false))],
        )),
    }
}

fn verification(pending: Pending, name: &str) -> Banner {
    let send = Message::Verify;
    match pending {
        Pending::Request => banner(
            Icon::Question,
            Tone::Accent,
            t!("verify-request-bar", name = name),
            [
                secondary(
                    t!("verify-request-open", name = name),
                    send(verify::Message::OpenRequest),
                ),
                secondary(t!("verify-decline"), send(verify::Message::Decline)),
            ],
        ),
        Pending::UnderWay => banner(
            Icon::Hourglass,
            Tone::Accent,
            t!("verify-under-way", name = name),
            [
                secondary(t!("verify-show"), send(verify::Message::Show)),
                secondary(t!("verify-cancel"), send(verify::Message::Cancel)),
            ],
        ),
        Pending::Result => banner(
            Icon::Info,
            Tone::Accent,
            t!("verify-has-result"),
            [
                secondary(t!("verify-show"), send(verify::Message::Show)),
                secondary(t!("verify-dismiss"), send(verify::Message::Close)),
            ],
        ),
    }
}

/// A contact who is blocked, or requests a subscription.
fn contact_state(subscription: Subscription, blocked: bool, name: &str) -> Option<Banner> {
    if blocked {
        let unblock = secondary(t!("chat-unblock"), Message::Unblock);
        return Some(banner(
            Icon::Block,
            Tone::Danger,
            t!("banner-blocked", name = name),
            [unblock],
        ));
    }
    match subscription {
        Subscription::Requested => Some(request(t!("banner-contact-asks", name = name))),
        Subscription::Wrote => Some(request(t!("banner-contact-wrote", name = name))),
        Subscription::None | Subscription::Asked | Subscription::OneWay | Subscription::Both => {
            None
        }
    }
}

/// Two contacts of one name are no surprise: their addresses stand beside it.
fn confusable(mark: &Mark, subscription: Subscription) -> Option<Banner> {
    let is_stranger = matches!(subscription, Subscription::Requested | Subscription::Wrote);
    if matches!(mark, Mark::SameName(_)) && !is_stranger {
        return None;
    }
    Some(banner(Icon::Warning, Tone::Warning, mark.words(), []))
}

fn request(words: String) -> Banner {
    banner(
        Icon::Person,
        Tone::Accent,
        words,
        [
            primary(t!("banner-accept"), Message::AcceptContact),
            secondary(t!("banner-decline"), Message::DeclineContact),
            secondary(t!("banner-block"), Message::Block),
        ],
    )
}

fn contact_editor(contact_editor: &ContactEditor) -> Element<'_, Message> {
    let fields = contact_editor.view().map(Message::ContactEditor);
    container(fields).padding([space::S, space::M]).width(Fill).style(square(Tone::Accent)).into()
}

fn connection(account: &AccountState) -> Option<Banner> {
    match account {
        AccountState::Online => None,
        AccountState::Connecting
        | AccountState::Offline { .. }
        | AccountState::Refused(_)
        | AccountState::Unreadable(_) => {
            Some(banner(Icon::Info, Tone::Muted, t!("banner-offline"), []))
        }
    }
}

fn invisible(words: String, again: Option<BannerButton>) -> Banner {
    let show = secondary(t!("chat-show-me"), Message::ShowMe);
    banner(Icon::Eye, Tone::Muted, words, [show].into_iter().chain(again))
}

fn editing() -> Banner {
    let stop = secondary(t!("chat-cancel"), Message::StopEditing);
    banner(Icon::Pen, Tone::Accent, t!("banner-editing"), [stop])
}

fn rejected(refusal: Refusal) -> Banner {
    let (tone, words) = match refusal {
        Refusal::Busy => (Tone::Danger, t!("banner-not-taken")),
        Refusal::Undecided => (Tone::Warning, t!("banner-undecided")),
    };
    banner(Icon::Warning, tone, words, [])
}

fn banner(
    icon: Icon,
    tone: Tone,
    words: String,
    buttons: impl IntoIterator<Item = BannerButton>,
) -> Banner {
    Banner { icon, tone, words, buttons: buttons.into_iter().collect() }
}

fn primary(label: String, press: Message) -> BannerButton {
    BannerButton { id: None, look: theme::primary, label, press }
}

fn secondary(label: String, press: Message) -> BannerButton {
    BannerButton { id: None, look: theme::secondary, label, press }
}

fn danger(label: String, press: Message) -> BannerButton {
    BannerButton { id: None, look: theme::danger, label, press }
}

/// Nothing changes: what Enter does while it is asked.
fn safe(label: String) -> BannerButton {
    BannerButton {
        id: Some(id::BANNER),
        look: theme::secondary,
        label,
        press: Message::Confirmation(None),
    }
}

impl Banner {
    /// Where its buttons do not fit beside the sentence they stand below.
    fn view<'a>(self, room: Room) -> Element<'a, Message> {
        let Self { icon, tone, words, buttons } = self;
        let (size, between, around) = match room {
            Room::Usual => (20.0, space::S, [space::S, space::M]),
            Room::Little => (16.0, space::XS, [space::XS, space::S]),
        };
        let sentence =
            row![icon.view(size, tone), room.words(words).style(theme::tone_style(tone))]
                .spacing(space::SM)
                .align_y(Center);
        let buttons = buttons.into_iter().map(|button| button.view(room));
        let line = row![sentence].extend(buttons).spacing(between).align_y(Center).wrap();
        container(line).padding(around).width(Fill).style(square(tone)).into()
    }
}

impl BannerButton {
    fn view<'a>(self, room: Room) -> Element<'a, Message> {
        let padding = match room {
            Room::Usual => [10.0, space::M],
            Room::Little => [space::XS, space::S],
        };
        let face = button(strong(self.label).align_x(Center)).padding(padding).style(self.look);
        match self.id {
            Some(id) => focusable_button_at(id, face, Some(self.press)),
            None => focusable_button(face, Some(self.press)),
        }
    }
}

impl Room {
    fn words<'a>(self, words: String) -> Text<'a> {
        match self {
            Self::Usual => body(words),
            Self::Little => small(words),
        }
    }
}

fn square(tone: Tone) -> impl Fn(&Theme) -> container::Style {
    move |theme| container::Style { border: iced::Border::default(), ..theme::note(tone)(theme) }
}
