//! The messages of the main window's update, and its actions for the parent.

use engine::{Avatar, BareJid, ChatId, Command, PracticeAct};
use iced::Task;

use super::sheet;
use crate::image::AvatarImage;
use crate::screen::{chat, contacts};

/// What a person can do here.
#[derive(Clone, Debug)]
pub enum Message {
    /// In the list of contacts.
    Contacts(contacts::Message),
    /// In a conversation.
    Chat(ChatId, chat::Message),
    /// On the sheet on top.
    Sheet(sheet::Message),
    /// Connect without waiting.
    TryNow(BareJid),
    /// Sign in to an account that was refused.
    SignInAgain(BareJid),
    /// Open the sheet of an account.
    OpenAccount(BareJid),
    /// Sign out; asks first.
    SignOut(BareJid),
    /// Sign in to one more account.
    AddAccount,
    /// Let the practice partner do something.
    Practice(PracticeAct),
    /// Start practising.
    StartPractice,
    /// Leave practice.
    LeavePractice,
    /// Show what the practice partner can be asked to do.
    OpenPractice,
    /// Open the key window.
    OpenKeys,
    /// Show the shortcuts.
    Help,
    /// A contact's avatar was decoded, if it can be.
    AvatarDecoded(ChatId, Avatar, Option<AvatarImage>),
    /// Put the banner away.
    BannerDismissed,
}

impl Message {
    /// Whether it only changes a text, or tells how something was drawn.
    pub(crate) fn is_typing(&self) -> bool {
        match self {
            Self::Chat(_, message) => message.is_typing(),
            Self::Contacts(message) => message.is_typing(),
            Self::Sheet(message) => message.is_typing(),
            Self::BannerDismissed
            | Self::AvatarDecoded(..)
            | Self::Help
            | Self::OpenAccount(_)
            | Self::SignOut(_)
            | Self::Practice(_)
            | Self::TryNow(_)
            | Self::SignInAgain(_)
            | Self::AddAccount
            | Self::StartPractice
            | Self::LeavePractice
            | Self::OpenPractice
            | Self::OpenKeys => false,
        }
    }
}

/// What the parent has to do about it.
#[derive(Debug)]
#[must_use]
pub enum Action {
    /// Nothing has to be done.
    None,
    /// Send this command to the engine.
    Command(Command),
    /// Run this task.
    Task(Task<Message>),
    /// Tell the engine that this conversation is looked at, and let the person write.
    Open(ChatId),
    /// Ask the engine to add this contact, whose conversation is open now.
    Add(ChatId),
    /// Open the key window.
    OpenKeys,
    /// Show the choices of how to add an account.
    AddAccount,
    /// Show the sign-in screen for an account that was refused.
    SignIn(BareJid),
}
