//! Below the header: what has to be decided, one strip for each decision.

use engine::{AccountState, Fingerprint, OlderVersion, Padlock, Subscription};
use iced::widget::{Column, Row, column, container, row};
use iced::{Center, Element, Fill, Theme};

use super::naming::Naming;
use super::{Message, Offer};
use crate::icon::Icon;
use crate::lookalike::Mark;
use crate::screen::verify::{self, Pending};
use crate::t;
use crate::theme::{self, Tone, space};
use crate::widget::{body, danger, hint, primary, quiet};

/// What the strips depend on.
pub(super) struct Standing<'a> {
    pub(super) name: &'a str,
    pub(super) padlock: Option<Padlock>,
    pub(super) offer: Option<&'a Offer>,
    /// Whether something was typed that did not go out.
    pub(super) holds_text: bool,
    pub(super) explains_key: bool,
    pub(super) key_beside: Option<Fingerprint>,
    pub(super) older: OlderVersion,
    pub(super) pending: Option<Pending>,
    pub(super) edits: bool,
    pub(super) naming: Option<&'a Naming>,
    pub(super) subscription: Subscription,
    /// For whom they may be taken.
    pub(super) mark: Option<&'a Mark>,
    pub(super) blocked: bool,
    pub(super) account: Option<&'a AccountState>,
    pub(super) not_taken: bool,
}

/// All strips that are due.
pub(super) fn view<'a>(standing: &Standing<'a>) -> Element<'a, Message> {
    let name = standing.name;
    let padlock = match standing.offer {
        Some(offer) => Some(confirmation(offer, name, standing.holds_text)),
        None => standing.padlock.and_then(|padlock| decision(padlock, standing)),
    };
    Column::new()
        .push(standing.mark.and_then(|mark| alike(mark, standing.subscription)))
        .push(padlock)
        .push(older(standing))
        .push(standing.pending.map(|pending| verification(pending, name)))
        .push(standing.naming.map(naming))
        .push(stands(standing.subscription, standing.blocked, name))
        .push(standing.account.and_then(connection))
        .push(standing.not_taken.then(not_taken))
        .push(standing.edits.then(editing))
        .width(Fill)
        .into()
}

fn decision<'a>(padlock: Padlock, standing: &Standing<'_>) -> Option<Element<'a, Message>> {
    let (name, explains) = (standing.name, standing.explains_key);
    match padlock {
        Padlock::Finished => Some(strip(
            Icon::LockStruck,
            Tone::Danger,
            t!("strip-finished"),
            [
                quiet(t!("chat-go-private-again"), Some(Message::GoPrivate)),
                quiet(t!("chat-go-on-plain"), Some(Message::Offer(Some(Offer::GoOnPlain)))),
            ],
        )),
        // The way on is not weaker than the one that was refused.
        Padlock::Unanswered if standing.older == OlderVersion::Wanted => None,
        Padlock::Unanswered => Some(strip(
            Icon::Hourglass,
            Tone::Muted,
            t!("strip-unanswered", name = name),
            [
                quiet(t!("chat-try-again"), Some(Message::GoPrivate)),
                quiet(t!("chat-go-on-plain"), Some(Message::Offer(Some(Offer::GoOnPlain)))),
            ],
        )),
        Padlock::KeyChanged(key) => Some(about_key(key, &changed(name), explains)),
        Padlock::Doubted(key) => Some(about_key(key, &doubted(name), explains)),
        Padlock::Private(_) | Padlock::Verified(_) => {
            standing.key_beside.map(|key| about_key(key, &beside(name), explains))
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

fn about_key<'a>(key: Fingerprint, about: &About, explains: bool) -> Element<'a, Message> {
    let question = if explains { t!("chat-understood") } else { t!("chat-what-does-this-mean") };
    let verify =
        about.can_verify.then(|| quiet(t!("chat-verify-again"), Some(Message::OpenVerify)));
    let explain = quiet(question, Some(Message::Explain(!explains)));
    let buttons = verify.into_iter().chain([explain]);
    let first = strip(about.icon, about.tone, about.words.clone(), buttons);
    let explanation = explains.then(|| {
        let buttons = [
            quiet(about.accept.clone(), Some(Message::AcceptKey(key))),
            quiet(t!("chat-keys"), Some(Message::OpenKeys)),
        ];
        let words = column![
            hint(about.why.clone()),
            hint(about.what_to_do.clone()),
            Row::with_children(buttons).spacing(space::S).wrap()
        ]
        .spacing(space::S);
        container(words).padding([space::SM, space::L]).width(Fill).style(square(about.tone))
    });
    column![first].push(explanation).into()
}

fn confirmation<'a>(offer: &Offer, name: &str, holds_text: bool) -> Element<'a, Message> {
    let (words, yes) = match offer {
        Offer::End => (t!("confirm-end", name = name), t!("confirm-end-yes")),
        Offer::GoOnPlain => (t!("confirm-plain", name = name), t!("confirm-plain-yes")),
        Offer::OlderVersion => {
            return strip(
                Icon::Warning,
                Tone::Warning,
                t!("confirm-older", name = name),
                [
                    danger(t!("confirm-older-yes"), Some(Message::AllowOlder(true))),
                    quiet(t!("confirm-older-no"), Some(Message::Offer(None))),
                ],
            );
        }
        Offer::Discard(id) => {
            return strip(
                Icon::Trash,
                Tone::Warning,
                t!("confirm-discard"),
                [
                    danger(t!("confirm-discard-yes"), Some(Message::DiscardForGood(id.clone()))),
                    quiet(t!("confirm-discard-no"), Some(Message::Offer(None))),
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
                [
                    danger(t!("confirm-remove-yes"), Some(Message::Remove)),
                    quiet(t!("chat-cancel"), Some(Message::Offer(None))),
                ],
            );
        }
    };
    strip(
        Icon::LockOpen,
        Tone::Warning,
        words,
        [
            danger(yes, Some(Message::EndPrivate)),
            quiet(t!("confirm-no"), Some(Message::Offer(None))),
        ],
    )
}

/// Whether version 2 is spoken with a contact who has spoken version 3: the person's choice, and
/// to be taken back where it was made.
fn older<'a>(standing: &Standing<'_>) -> Option<Element<'a, Message>> {
    let (name, padlock) = (standing.name, standing.padlock?);
    let again = match padlock {
        Padlock::NotPrivate | Padlock::Unasked | Padlock::Unanswered => {
            Some(quiet(t!("chat-try-again"), Some(Message::GoPrivate)))
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
            let ask = Some(Message::Offer(Some(Offer::OlderVersion)));
            let allow = quiet(t!("chat-older"), ask);
            let buttons = again.into_iter().chain([allow]);
            Some(strip(Icon::Warning, Tone::Warning, t!("strip-older", name = name), buttons))
        }
        OlderVersion::Allowed => Some(strip(
            Icon::Info,
            Tone::Warning,
            t!("strip-older-allowed", name = name),
            [quiet(t!("chat-older-no-longer"), Some(Message::AllowOlder(false)))],
        )),
    }
}

fn verification<'a>(pending: Pending, name: &str) -> Element<'a, Message> {
    let send = |message| Some(Message::Verify(message));
    match pending {
        Pending::Request => strip(
            Icon::Question,
            Tone::Accent,
            t!("verify-request-bar", name = name),
            [
                quiet(t!("verify-request-open", name = name), send(verify::Message::OpenRequest)),
                quiet(t!("verify-decline"), send(verify::Message::Decline)),
            ],
        ),
        Pending::UnderWay => strip(
            Icon::Hourglass,
            Tone::Accent,
            t!("verify-under-way", name = name),
            [
                quiet(t!("verify-show"), send(verify::Message::Show)),
                quiet(t!("verify-cancel"), send(verify::Message::Cancel)),
            ],
        ),
        Pending::Result => strip(
            Icon::Info,
            Tone::Accent,
            t!("verify-has-result"),
            [
                quiet(t!("verify-show"), send(verify::Message::Show)),
                quiet(t!("verify-dismiss"), send(verify::Message::Close)),
            ],
        ),
    }
}

/// What keeps the contact and us apart.
fn stands<'a>(
    subscription: Subscription,
    blocked: bool,
    name: &str,
) -> Option<Element<'a, Message>> {
    if blocked {
        let unblock = quiet(t!("chat-unblock"), Some(Message::Unblock));
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
fn alike<'a>(mark: &Mark, subscription: Subscription) -> Option<Element<'a, Message>> {
    let is_stranger = matches!(subscription, Subscription::Requested | Subscription::Wrote);
    if matches!(mark, Mark::SameName(_)) && !is_stranger {
        return None;
    }
    Some(strip(Icon::Warning, Tone::Warning, mark.words(), []))
}

fn request<'a>(words: String) -> Element<'a, Message> {
    strip(
        Icon::Person,
        Tone::Accent,
        words,
        [
            primary(t!("strip-accept"), Some(Message::AcceptContact)),
            quiet(t!("strip-decline"), Some(Message::DeclineContact)),
            quiet(t!("strip-block"), Some(Message::Block)),
        ],
    )
}

fn naming(naming: &Naming) -> Element<'_, Message> {
    let fields = naming.view().map(Message::Naming);
    container(fields).padding([space::S, space::M]).width(Fill).style(square(Tone::Accent)).into()
}

fn connection<'a>(account: &AccountState) -> Option<Element<'a, Message>> {
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

fn editing<'a>() -> Element<'a, Message> {
    let stop = quiet(t!("chat-cancel"), Some(Message::StopEditing));
    strip(Icon::Pen, Tone::Accent, t!("strip-editing"), [stop])
}

fn not_taken<'a>() -> Element<'a, Message> {
    strip(Icon::Warning, Tone::Danger, t!("strip-not-taken"), [])
}

/// A sentence and its buttons; where they do not fit beside it they stand below.
fn strip<'a>(
    icon: Icon,
    tone: Tone,
    words: String,
    buttons: impl IntoIterator<Item = Element<'a, Message>>,
) -> Element<'a, Message> {
    let sentence = row![icon.view(20.0, tone), body(words).style(theme::toned(tone))]
        .spacing(space::SM)
        .align_y(Center);
    let line = row![sentence].extend(buttons).spacing(space::S).align_y(Center).wrap();
    container(line).padding([space::S, space::M]).width(Fill).style(square(tone)).into()
}

fn square(tone: Tone) -> impl Fn(&Theme) -> container::Style {
    move |theme| container::Style { border: iced::Border::default(), ..theme::note(tone)(theme) }
}
