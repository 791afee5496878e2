//! Below the header: what has to be decided, one strip for each decision.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::mem;

use engine::{AccountState, Fingerprint, OlderVersion, Padlock, Subscription};
use iced::widget::{Column, Id, Row, button, column, container, row};
use iced::{Center, Element, Fill, Theme};

use super::contact_editor::Naming;
use super::{Message, Offer};
use crate::icon::Icon;
use crate::lookalike::Mark;
use crate::screen::verify::{self, Pending};
use crate::t;
use crate::theme::{self, Tone, space};
use crate::widget::{Text, body, focusable_button, focusable_button_at, hint, id, small, strong};

/// How a button looks.
type Look = fn(&Theme, button::Status) -> button::Style;

/// A sentence and what can be done about it.
struct Strip {
    icon: Icon,
    tone: Tone,
    words: String,
    acts: Vec<Act>,
}

/// A button of a strip.
struct Act {
    id: Option<Id>,
    look: Look,
    label: String,
    press: Message,
}

/// What the strips depend on.
pub(super) struct Standing<'a> {
    pub(super) name: &'a str,
    pub(super) padlock: Option<Padlock>,
    pub(super) offer: Option<&'a Offer>,
    /// Whether something was typed that did not go out.
    pub(super) holds_text: bool,
    /// While contacts do not see us: whether something waits here that was sent off.
    pub(super) invisible: Option<bool>,
    pub(super) new_key: NewKey,
    pub(super) older: OlderVersion,
    pub(super) pending: Option<Pending>,
    pub(super) edits: bool,
    pub(super) naming: Option<&'a Naming>,
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
    pub(super) is_explained: bool,
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

impl Standing<'_> {
    /// Another one where something else has to be decided: that is seen from its beginning, however
    /// far what was there before had been scrolled. Fields where one types stay as they are.
    pub(super) fn key(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        if self.naming.is_none() {
            let account = self.account.map(mem::discriminant);
            (self.padlock.as_ref().map(mem::discriminant), self.offer, account).hash(&mut hasher);
            let (older, stands) =
                (mem::discriminant(&self.older), mem::discriminant(&self.subscription));
            (older, self.pending, stands).hash(&mut hasher);
            (self.new_key.beside, self.blocked, self.refusal, self.edits).hash(&mut hasher);
        }
        hasher.finish()
    }
}

/// All strips that are due.
pub(super) fn view<'a>(standing: &Standing<'a>) -> Element<'a, Message> {
    let (name, room) = (standing.name, standing.room);
    let padlock = match standing.offer {
        Some(offer) => Some(confirmation(offer, name, standing.holds_text).view(room)),
        None => standing.padlock.and_then(|padlock| decision(padlock, standing)),
    };
    let view = |strip: Strip| strip.view(room);
    Column::new()
        .push(standing.refusal.map(refused).map(view))
        .push(standing.mark.and_then(|mark| alike(mark, standing.subscription)).map(view))
        .push(padlock)
        .push(older(standing).map(view))
        .push(standing.pending.map(|pending| verification(pending, name)).map(view))
        .push(standing.naming.map(naming))
        .push(stands(standing.subscription, standing.blocked, name).map(view))
        .push(standing.account.and_then(connection).map(view))
        .push(standing.edits.then(editing).map(view))
        .width(Fill)
        .into()
}

fn decision<'a>(padlock: Padlock, standing: &Standing<'_>) -> Option<Element<'a, Message>> {
    let (name, explains) = (standing.name, standing.new_key.is_explained);
    let view = |strip: Strip| Some(strip.view(standing.room));
    let about = |key, about: &About| Some(about_key(key, about, explains, standing.room));
    match padlock {
        // Some programs answer nobody whom they do not see: that is the first thing to change.
        Padlock::Unanswered if standing.invisible.is_some() => {
            let again = secondary(t!("chat-try-again"), Message::GoPrivate);
            view(unseen(t!("strip-unanswered-invisible", name = name), Some(again)))
        }
        Padlock::Unasked | Padlock::Waiting if standing.invisible == Some(true) => {
            view(unseen(t!("strip-held-invisible", name = name), None))
        }
        Padlock::Finished => view(strip(
            Icon::LockStruck,
            Tone::Danger,
            t!("strip-finished"),
            [
                secondary(t!("chat-go-private-again"), Message::GoPrivate),
                secondary(t!("chat-go-on-plain"), Message::Offer(Some(Offer::GoOnPlain))),
            ],
        )),
        // The way on is not weaker than the one that was refused.
        Padlock::Unanswered if standing.older == OlderVersion::Wanted => None,
        Padlock::Unanswered => view(strip(
            Icon::Hourglass,
            Tone::Muted,
            t!("strip-unanswered", name = name),
            [
                secondary(t!("chat-try-again"), Message::GoPrivate),
                secondary(t!("chat-go-on-plain"), Message::Offer(Some(Offer::GoOnPlain))),
            ],
        )),
        Padlock::KeyChanged(key) => about(key, &changed(name)),
        Padlock::Doubted(key) => about(key, &doubted(name)),
        Padlock::Private(_) | Padlock::Verified(_) => {
            standing.new_key.beside.and_then(|key| about(key, &beside(name)))
        }
        Padlock::NotPrivate | Padlock::Unasked | Padlock::Starting | Padlock::Waiting => None,
    }
}

/// What a person is told about a key that waits for a decision.
struct About {
    icon: Icon,
    tone: Tone,
    words: String,
    why: String,
    what_to_do: String,
    accept: String,
    can_verify: bool,
}

fn changed(name: &str) -> About {
    About {
        icon: Icon::Warning,
        tone: Tone::Warning,
        words: t!("strip-key-changed", name = name),
        why: t!("key-changed-why", name = name),
        what_to_do: t!("key-changed-do", name = name),
        accept: t!("key-changed-accept"),
        can_verify: true,
    }
}

fn doubted(name: &str) -> About {
    About {
        icon: Icon::Question,
        tone: Tone::Danger,
        words: t!("strip-doubted", name = name),
        why: t!("doubted-why", name = name),
        what_to_do: t!("doubted-do", name = name),
        accept: t!("doubted-accept"),
        can_verify: true,
    }
}

/// Another program is verified in its own conversation only, so there is no such button.
fn beside(name: &str) -> About {
    About {
        icon: Icon::Warning,
        tone: Tone::Warning,
        words: t!("strip-key-beside", name = name),
        why: t!("key-changed-why", name = name),
        what_to_do: t!("key-beside-do", name = name),
        accept: t!("key-changed-accept"),
        can_verify: false,
    }
}

fn about_key<'a>(
    key: Fingerprint,
    about: &About,
    explains: bool,
    room: Room,
) -> Element<'a, Message> {
    let question = if explains { t!("chat-understood") } else { t!("chat-what-does-this-mean") };
    let verify = about.can_verify.then(|| secondary(t!("chat-verify-again"), Message::OpenVerify));
    let explain = secondary(question, Message::Explain(!explains));
    let buttons = verify.into_iter().chain([explain]);
    let first = strip(about.icon, about.tone, about.words.clone(), buttons).view(room);
    let explanation = explains.then(|| {
        let buttons = [
            secondary(about.accept.clone(), Message::AcceptKey(key)),
            secondary(t!("chat-keys"), Message::OpenKeys),
        ];
        let words = column![
            hint(about.why.clone()),
            hint(about.what_to_do.clone()),
            Row::with_children(buttons.map(|act| act.view(room))).spacing(space::S).wrap()
        ]
        .spacing(space::S);
        container(words).padding([space::SM, space::L]).width(Fill).style(square(about.tone))
    });
    column![first].push(explanation).into()
}

fn confirmation(offer: &Offer, name: &str, holds_text: bool) -> Strip {
    let (words, yes) = match offer {
        Offer::End => (t!("confirm-end", name = name), t!("confirm-end-yes")),
        Offer::GoOnPlain => (t!("confirm-plain", name = name), t!("confirm-plain-yes")),
        Offer::OlderVersion => {
            return strip(
                Icon::Warning,
                Tone::Warning,
                t!("confirm-older", name = name),
                [
                    danger(t!("confirm-older-yes"), Message::AllowOlder(true)),
                    safe(t!("confirm-older-no")),
                ],
            );
        }
        Offer::Discard(id) => {
            return strip(
                Icon::Trash,
                Tone::Warning,
                t!("confirm-discard"),
                [
                    danger(t!("confirm-discard-yes"), Message::DiscardForGood(id.clone())),
                    safe(t!("confirm-discard-no")),
                ],
            );
        }
        Offer::Remove => {
            let words = t!("confirm-remove", name = name);
            let words =
                if holds_text { format!("{words} {}", t!("confirm-remove-held")) } else { words };
            return strip(
                Icon::Trash,
                Tone::Warning,
                words,
                [danger(t!("confirm-remove-yes"), Message::Remove), safe(t!("chat-cancel"))],
            );
        }
    };
    strip(
        Icon::LockOpen,
        Tone::Warning,
        words,
        [danger(yes, Message::EndPrivate), safe(t!("confirm-no"))],
    )
}

/// Whether version 2 is spoken with a contact who has spoken version 3: the person's choice, and
/// to be taken back where it was made.
fn older(standing: &Standing<'_>) -> Option<Strip> {
    let (name, padlock) = (standing.name, standing.padlock?);
    if padlock == Padlock::Unanswered && standing.invisible.is_some() {
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
    match standing.older {
        OlderVersion::Refused => None,
        OlderVersion::Wanted if standing.offer == Some(&Offer::OlderVersion) => None,
        OlderVersion::Wanted => {
            let ask = Message::Offer(Some(Offer::OlderVersion));
            let allow = secondary(t!("chat-older"), ask);
            let buttons = again.into_iter().chain([allow]);
            Some(strip(Icon::Warning, Tone::Warning, t!("strip-older", name = name), buttons))
        }
        OlderVersion::Allowed => Some(strip(
            Icon::Info,
            Tone::Warning,
            t!("strip-older-allowed", name = name),
            [secondary(t!("chat-older-no-longer"), Message::AllowOlder(false))],
        )),
    }
}

fn verification(pending: Pending, name: &str) -> Strip {
    let send = Message::Verify;
    match pending {
        Pending::Request => strip(
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
        Pending::UnderWay => strip(
            Icon::Hourglass,
            Tone::Accent,
            t!("verify-under-way", name = name),
            [
                secondary(t!("verify-show"), send(verify::Message::Show)),
                secondary(t!("verify-cancel"), send(verify::Message::Cancel)),
            ],
        ),
        Pending::Result => strip(
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

/// What keeps the contact and us apart.
fn stands(subscription: Subscription, blocked: bool, name: &str) -> Option<Strip> {
    if blocked {
        let unblock = secondary(t!("chat-unblock"), Message::Unblock);
        return Some(strip(Icon::Block, Tone::Danger, t!("strip-blocked", name = name), [unblock]));
    }
    match subscription {
        Subscription::Requested => Some(request(t!("strip-contact-asks", name = name))),
        Subscription::Wrote => Some(request(t!("strip-contact-wrote", name = name))),
        Subscription::None | Subscription::Asked | Subscription::OneWay | Subscription::Both => {
            None
        }
    }
}

/// Two contacts of one name are no surprise: their addresses stand beside it.
fn alike(mark: &Mark, subscription: Subscription) -> Option<Strip> {
    let is_stranger = matches!(subscription, Subscription::Requested | Subscription::Wrote);
    if matches!(mark, Mark::SameName(_)) && !is_stranger {
        return None;
    }
    Some(strip(Icon::Warning, Tone::Warning, mark.words(), []))
}

fn request(words: String) -> Strip {
    strip(
        Icon::Person,
        Tone::Accent,
        words,
        [
            primary(t!("strip-accept"), Message::AcceptContact),
            secondary(t!("strip-decline"), Message::DeclineContact),
            secondary(t!("strip-block"), Message::Block),
        ],
    )
}

fn naming(naming: &Naming) -> Element<'_, Message> {
    let fields = naming.view().map(Message::Naming);
    container(fields).padding([space::S, space::M]).width(Fill).style(square(Tone::Accent)).into()
}

fn connection(account: &AccountState) -> Option<Strip> {
    match account {
        AccountState::Online => None,
        AccountState::Connecting
        | AccountState::Offline { .. }
        | AccountState::Refused(_)
        | AccountState::Unreadable(_) => {
            Some(strip(Icon::Info, Tone::Muted, t!("strip-offline"), []))
        }
    }
}

fn unseen(words: String, again: Option<Act>) -> Strip {
    let show = secondary(t!("chat-show-me"), Message::ShowMe);
    strip(Icon::Eye, Tone::Muted, words, [show].into_iter().chain(again))
}

fn editing() -> Strip {
    let stop = secondary(t!("chat-cancel"), Message::StopEditing);
    strip(Icon::Pen, Tone::Accent, t!("strip-editing"), [stop])
}

fn refused(refusal: Refusal) -> Strip {
    let (tone, words) = match refusal {
        Refusal::Busy => (Tone::Danger, t!("strip-not-taken")),
        Refusal::Undecided => (Tone::Warning, t!("strip-undecided")),
    };
    strip(Icon::Warning, tone, words, [])
}

fn strip(icon: Icon, tone: Tone, words: String, acts: impl IntoIterator<Item = Act>) -> Strip {
    Strip { icon, tone, words, acts: acts.into_iter().collect() }
}

fn primary(label: String, press: Message) -> Act {
    Act { id: None, look: theme::primary, label, press }
}

fn secondary(label: String, press: Message) -> Act {
    Act { id: None, look: theme::secondary, label, press }
}

fn danger(label: String, press: Message) -> Act {
    Act { id: None, look: theme::danger, label, press }
}

/// Nothing changes: what Enter does while it is asked.
fn safe(label: String) -> Act {
    Act { id: Some(id::STRIP), look: theme::secondary, label, press: Message::Offer(None) }
}

impl Strip {
    /// Where its buttons do not fit beside the sentence they stand below.
    fn view<'a>(self, room: Room) -> Element<'a, Message> {
        let Self { icon, tone, words, acts } = self;
        let (size, between, around) = match room {
            Room::Usual => (20.0, space::S, [space::S, space::M]),
            Room::Little => (16.0, space::XS, [space::XS, space::S]),
        };
        let sentence =
            row![icon.view(size, tone), room.words(words).style(theme::tone_style(tone))]
                .spacing(space::SM)
                .align_y(Center);
        let acts = acts.into_iter().map(|act| act.view(room));
        let line = row![sentence].extend(acts).spacing(between).align_y(Center).wrap();
        container(line).padding(around).width(Fill).style(square(tone)).into()
    }
}

impl Act {
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
