//! One account above the contacts: who we are, and how it stands.

use engine::{AccountState, BareJid, Fingerprint, SignInFailure};
use iced::widget::text::Wrapping;
use iced::widget::{column, container, row};
use iced::{Center, Element, Fill};

use super::{Message, is_practice};
use crate::icon::Icon;
use crate::theme::{self, Tone, space};
use crate::{reason, t, widget};

/// What is known of an account of ours.
#[derive(Clone, Debug)]
pub struct Account {
    /// How it stands.
    pub state: AccountState,
    /// Its own key code, once made.
    pub own_key: Option<Fingerprint>,
}

impl Default for Account {
    fn default() -> Self {
        Self { state: AccountState::Connecting, own_key: None }
    }
}

impl Account {
    /// Draws it, with what can be done where it does not stand well.
    pub fn view<'a>(&'a self, jid: &'a BareJid) -> Element<'a, Message> {
        let (icon, tone) = match self.state {
            AccountState::Online => (Icon::PresenceOnline, Tone::Good),
            AccountState::Connecting => (Icon::Ring, Tone::Muted),
            AccountState::Offline { .. } => (Icon::PresenceOffline, Tone::Warning),
            AccountState::Refused(_) => (Icon::Warning, Tone::Danger),
        };
        let practice = is_practice(jid);
        let name = if practice { t!("practice-account") } else { jid.to_string() };
        let standing = match self.state {
            AccountState::Online => t!("account-online"),
            AccountState::Connecting => t!("account-connecting"),
            AccountState::Offline { .. } => t!("account-offline"),
            AccountState::Refused(_) => t!("account-refused"),
        };
        let words = column![
            widget::strong(name).wrapping(Wrapping::None),
            row![icon.view(12.0, tone), widget::small(standing).style(theme::toned(tone))]
                .spacing(space::XS)
                .align_y(Center),
        ]
        .spacing(2.0);
        let out = if practice { Message::LeavePractice } else { Message::SignOut(jid.clone()) };
        let label = if practice { t!("leave-practice") } else { t!("sign-out") };
        let head = row![
            widget::avatar(jid.as_str(), 36.0),
            container(words).clip(true).width(Fill),
            widget::icon_button(Icon::Leave, label, Some(out)),
        ]
        .spacing(space::SM)
        .align_y(Center);
        column![head].push(self.trouble(jid)).spacing(space::S).into()
    }

    /// Why it is not on line, and what can be done.
    fn trouble(&self, jid: &BareJid) -> Option<Element<'_, Message>> {
        let (tone, act) = match &self.state {
            AccountState::Online | AccountState::Connecting => return None,
            AccountState::Offline { .. } => {
                (Tone::Warning, widget::quiet(t!("try-now"), Some(Message::TryNow(jid.clone()))))
            }
            AccountState::Refused(SignInFailure::WrongPassword) => (
                Tone::Danger,
                widget::quiet(t!("sign-in-again"), Some(Message::SignInAgain(jid.clone()))),
            ),
            AccountState::Refused(_) => {
                (Tone::Danger, widget::quiet(t!("try-again"), Some(Message::TryNow(jid.clone()))))
            }
        };
        let words = widget::body(reason::standing(&self.state)).style(theme::toned(tone));
        let again = matches!(self.state, AccountState::Offline { .. })
            .then(|| widget::small(t!("offline-retried")).style(theme::toned(tone)));
        let box_ = column![words].push(again).push(act).spacing(space::S);
        Some(container(box_).padding(space::SM).width(Fill).style(theme::note(tone)).into())
    }
}
