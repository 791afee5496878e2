//! The page that confirms deleting the account on the server (XEP-0077 §3.2).

use engine::{BareJid, RequestFailure};
use iced::Element;
use iced::widget::column;

use super::Message;
use crate::icon::Icon;
use crate::theme::{Tone, space};
use crate::{error_text, t, widget};

/// How far it has come.
#[derive(Debug, Default)]
pub(super) enum Removal {
    #[default]
    Asking,
    Waiting,
    NotTaken,
    Failed(RequestFailure),
}

impl Removal {
    pub(super) fn asked(&mut self) {
        *self = Self::Waiting;
    }

    pub(super) fn command_rejected(&mut self) {
        *self = Self::NotTaken;
    }

    pub(super) fn failed(&mut self, failure: RequestFailure) {
        *self = Self::Failed(failure);
    }

    pub(super) const fn is_waiting(&self) -> bool {
        matches!(self, Self::Waiting)
    }

    pub(super) fn view<'a>(&self, account: &BareJid) -> Element<'a, Message> {
        let status = match self {
            Self::Asking => None,
            Self::Waiting => Some((Icon::Ring, Tone::Muted, t!("asking-server"))),
            Self::NotTaken => Some((Icon::Warning, Tone::Danger, t!("engine-busy"))),
            Self::Failed(failure) => {
                Some((Icon::Warning, Tone::Danger, error_text::not_done(failure)))
            }
        };
        let status = status.map(|(icon, tone, words)| widget::note(icon, tone, words));
        column![
            widget::title(t!("remove-account-title")),
            widget::body(t!("remove-account-about", account = account.to_string())),
        ]
        .push(status)
        .spacing(space::M)
        .into()
    }
}
