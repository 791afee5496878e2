//! An account in the list of accounts: its address, connection state and presence.

use engine::{
    AccountState, ArchiveGap, Availability, BareJid, Fingerprint, NotKept, PrivacySettings, Route,
    Security, Server, SignInFailure, VaultFailure, is_practice,
};
use iced::widget::text::Wrapping;
use iced::widget::{button, column, container, row};
use iced::{Center, Element, Fill};

use super::Message;
use crate::icon::Icon;
use crate::screen::sign_in_error;
use crate::theme::{self, Tone, space};
use crate::{error_text, t, widget};

/// What the window knows of an account.
#[derive(Clone, Debug)]
pub struct Account {
    /// Connection state.
    pub state: AccountState,
    /// Fingerprint of its OTR key, once generated.
    pub own_key: Option<Fingerprint>,
    /// Server and route, as stored.
    pub connection: Option<ConnectionSettings>,
    /// TLS and SASL of the connection; `None` while offline.
    pub security: Option<Security>,
    /// What contacts learn: receipts, typing notifications, avatars.
    pub manners: PrivacySettings,
    /// Blocked contacts (XEP-0191); `None` for a server without blocking.
    pub blocked: Option<Vec<BareJid>>,
    /// How much of strangers was dropped because of the limits.
    pub not_kept: NotKept,
    /// Gaps of its archive (XEP-0313), oldest first.
    pub gaps: Vec<ArchiveGap>,
}

/// How an account connects.
#[derive(Clone, Debug)]
pub struct ConnectionSettings {
    /// Host and port, or found by DNS.
    pub server: Server,
    /// Direct, through Tor, or through a proxy.
    pub route: Route,
    /// Whether the server's key is pinned.
    pub key_is_pinned: bool,
}

impl Default for Account {
    fn default() -> Self {
        let state = AccountState::Connecting;
        let manners = PrivacySettings::default();
        Self {
            state,
            own_key: None,
            connection: None,
            security: None,
            manners,
            blocked: None,
            not_kept: NotKept::default(),
            gaps: Vec::new(),
        }
    }
}

impl Account {
    /// Stores the connection state; its security is that of a connection, and ends with it.
    pub fn set_state(&mut self, state: AccountState) {
        if state != AccountState::Online {
            self.security = None;
        }
        self.state = state;
    }

    /// Draws it, with what can be done where it does not stand well.
    /// Practice opens what its partner can be asked to do, unless that stands `beside`.
    pub fn view<'a>(
        &'a self,
        jid: &'a BareJid,
        own_presence: Availability,
        beside: bool,
    ) -> Element<'a, Message> {
        let practice = is_practice(jid);
        let name = if practice { t!("practice-account") } else { jid.to_string() };
        let words = column![
            widget::strong(name).wrapping(Wrapping::None),
            self.status(if practice { Availability::Online } else { own_presence }),
        ]
        .spacing(2.0);
        let out = if practice { Message::LeavePractice } else { Message::SignOut(jid.clone()) };
        let label = if practice { t!("leave-practice") } else { t!("sign-out") };
        let who = row![widget::avatar(jid.as_str(), 36.0), container(words).clip(true).width(Fill)]
            .spacing(space::SM)
            .align_y(Center);
        let who: Element<'a, Message> = if practice && beside {
            container(who).padding(space::XS).width(Fill).into()
        } else {
            let open =
                if practice { Message::OpenPractice } else { Message::OpenAccount(jid.clone()) };
            let face = button(who).padding(space::XS).width(Fill).style(theme::list_row(false));
            widget::focusable_button(face, Some(open))
        };
        let head =
            row![container(who).width(Fill), widget::icon_button(Icon::Leave, label, Some(out)),]
                .align_y(Center);
        column![head].push(self.problem(jid)).spacing(space::S).into()
    }

    /// An icon and a word for the connection state, or while online for the presence.
    pub fn status<'a, M: 'a>(&self, own_presence: Availability) -> Element<'a, M> {
        let (icon, tone, word) = match &self.state {
            AccountState::Online => match own_presence {
                Availability::Online => (Icon::PresenceOnline, Tone::Success, t!("account-online")),
                Availability::Away => (Icon::PresenceAway, Tone::Warning, t!("presence-away")),
                Availability::Busy => (Icon::PresenceBusy, Tone::Danger, t!("presence-busy")),
                Availability::Offline => (Icon::Eye, Tone::Muted, t!("presence-invisible")),
            },
            AccountState::Connecting => (Icon::Ring, Tone::Muted, t!("account-connecting")),
            AccountState::Offline { .. } => {
                (Icon::PresenceOffline, Tone::Warning, t!("account-offline"))
            }
            AccountState::Refused(_) | AccountState::Unreadable(_) => {
                (Icon::Warning, Tone::Danger, t!("account-refused"))
            }
        };
        row![icon.view(12.0, tone), widget::small(word).style(theme::tone_style(tone))]
            .spacing(space::XS)
            .align_y(Center)
            .into()
    }

    /// Why it is offline, and what can be done.
    fn problem(&self, jid: &BareJid) -> Option<Element<'_, Message>> {
        let jid = jid.clone();
        let (tone, label, message) = match &self.state {
            AccountState::Online | AccountState::Connecting => return None,
            AccountState::Offline { .. } => (Tone::Warning, t!("try-now"), Message::TryNow(jid)),
            AccountState::Refused(SignInFailure::WrongPassword)
            | AccountState::Unreadable(VaultFailure::KeyMissing) => {
                (Tone::Danger, t!("sign-in-again"), Message::SignInAgain(jid))
            }
            AccountState::Refused(failure) if sign_in_error::is_decidable(failure) => {
                (Tone::Danger, t!("decide"), Message::OpenAccount(jid))
            }
            AccountState::Refused(_) | AccountState::Unreadable(_) => {
                (Tone::Danger, t!("try-again"), Message::TryNow(jid))
            }
        };
        let words =
            widget::body(error_text::account_state(&self.state)).style(theme::tone_style(tone));
        let again = matches!(self.state, AccountState::Offline { .. })
            .then(|| widget::small(t!("offline-retried")).style(theme::tone_style(tone)));
        let act = widget::secondary(label, Some(message));
        let box_ = column![words].push(again).push(act).spacing(space::S);
        Some(container(box_).padding(space::SM).width(Fill).style(theme::note(tone)).into())
    }
}
