//! The banner above everything else in the main window, until the person dismisses it.

use engine::{BareJid, Notice, Program, VaultFailure};
use iced::widget::{container, row};
use iced::{Center, Element, Fill};

use super::Message;
use crate::icon::Icon;
use crate::names::program_name;
use crate::screen::chat::notice_words;
use crate::theme::{self, Tone, space};
use crate::{error_text, t, widget};

/// What the banner tells. It keeps the reason; the sentence is chosen when it is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Banner {
    /// The engine's inbox is full.
    EngineBusy,
    /// The engine ended unexpectedly.
    EngineGone,
    /// Something could not be written to the vault.
    NotSaved(VaultFailure),
    /// The keys of an account that was here already were imported.
    KeysImported(Program),
    /// Something about somebody with whom there is no conversation.
    Notice(BareJid, Notice),
}

impl Banner {
    fn words(&self) -> String {
        match self {
            Self::EngineBusy => t!("engine-busy"),
            Self::EngineGone => t!("engine-gone"),
            Self::NotSaved(failure) => error_text::not_saved(failure),
            Self::KeysImported(program) => t!("imported", program = program_name(*program)),
            Self::Notice(contact, notice) => notice_words(notice, contact.as_str()),
        }
    }

    /// Draws it.
    pub(super) fn view(&self) -> Element<'_, Message> {
        let face = row![
            Icon::Warning.view(18.0, Tone::Warning),
            widget::body(self.words()).style(theme::tone_style(Tone::Warning)).width(Fill),
            widget::secondary(t!("understood"), Some(Message::BannerDismissed)),
        ]
        .spacing(space::S)
        .align_y(Center);
        container(face)
            .padding([space::S, space::M])
            .style(theme::background(|colors| colors.warning_soft))
            .into()
    }
}
