//! How far a person has come: the vault, an account, the conversations.

use iced::widget::{center, column};
use iced::{Center, Element};

use super::Message;
use crate::icon::Icon;
use crate::screen::import::Import;
use crate::screen::register::Register;
use crate::screen::sign_in::SignIn;
use crate::screen::vault_choice::Choice;
use crate::theme::{Tone, space};
use crate::{t, widget};

/// What the main window shows.
#[derive(Debug)]
pub enum Stage {
    /// The vault is being opened.
    Opening,
    /// It did not open, or asks for its passphrase.
    Vault(Choice),
    /// There is no account yet.
    Start,
    /// One is being signed in.
    SignIn(Box<SignIn>),
    /// One is being made.
    Register(Box<Register>),
    /// One of another program is to be brought over.
    Import(Box<Import>),
    /// Conversations.
    Messenger,
}

/// A quiet screen while the vault is being opened.
pub(super) fn opening<'a>() -> Element<'a, Message> {
    let words = column![
        Icon::LockVerified.view(48.0, Tone::Accent),
        widget::title(t!("app-name")),
        widget::hint(t!("opening"))
    ]
    .spacing(space::M)
    .align_x(Center);
    center(words).into()
}
