//! The messages of a chat's update, and its actions for the parent.

use engine::{Command, Fingerprint, MessageId, Padlock};
use iced::Task;

use super::{composer, contact_editor};
use crate::screen::verify;

/// What has to be confirmed before it is done: a step down in privacy, or a loss.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Confirmation {
    /// End the private conversation.
    End,
    /// Go on without privacy.
    GoOnPlain,
    /// Take the contact from the list.
    Remove,
    /// Throw away a message that was not sent.
    Discard(MessageId),
    /// Send readable what was meant to be private.
    SendReadable(MessageId),
    /// Send readable what stands in the composer and was written to be private.
    SendDraft,
    /// Speak version 2 of the protocol with a contact who has spoken version 3.
    OlderVersion,
}

/// What a person can do here.
#[derive(Clone, Debug)]
pub enum Message {
    /// In the composer.
    Composer(composer::Message),
    /// On the verify sheet.
    Verify(verify::Message),
    /// Pressed a key of the whole window.
    Shortcut(Shortcut),
    /// Escape: close what is on top.
    Escape,
    /// Go private, or try again.
    GoPrivate,
    /// Ask them to go private though they look away.
    TryNow,
    /// Show ourselves to contacts again.
    ShowMe,
    /// Speak version 2 of the protocol with a contact who has spoken version 3, or do so no longer;
    /// the former confirmed.
    AllowOlder(bool),
    /// Stop going private.
    StopGoingPrivate,
    /// Asks for a confirmation, or withdraws it.
    Confirmation(Option<Confirmation>),
    /// Take the contact from the list; confirmed.
    Remove,
    /// Opens the fields for another name and other groups.
    EditContact,
    /// In these fields.
    ContactEditor(contact_editor::Message),
    /// Has the server keep them away.
    Block,
    /// Lets them through again.
    Unblock,
    /// Leave privacy; confirmed.
    EndPrivate,
    /// Opens the verify sheet.
    OpenVerify,
    /// Explains what a new key means, or no longer.
    Explain(bool),
    /// Accepts exactly this new key for now.
    AcceptKey(Fingerprint),
    /// Opens the key window.
    OpenKeys,
    /// Shows what the practice partner can be asked to do.
    OpenPractice,
    /// Back to the list.
    Leave,
    /// Opens or closes the menu.
    ToggleMenu,
    /// Accepts the contact's wish to see our presence.
    AcceptContact,
    /// Refuses it.
    DeclineContact,
    /// Sends a held or failed message again, looking at this padlock.
    Retry {
        /// The message.
        id: MessageId,
        /// The padlock that was drawn when the button was pressed.
        seen: Padlock,
    },
    /// Sends readable what was meant to be private; confirmed.
    SendReadable(MessageId),
    /// The same with what stands in the composer; confirmed.
    SendDraft,
    /// Edits the last message of ours.
    EditLast,
    /// Leaves it as it was.
    StopEditing,
    /// Takes a held or failed message back into the composer.
    Edit(MessageId),
    /// Wants to take a held or failed message back for good; is asked first.
    Discard(MessageId),
    /// Takes it back; confirmed.
    DiscardForGood(MessageId),
    /// Copies a message of ours.
    CopyOutgoing(MessageId),
    /// Copies the message in this row.
    Copy(u64),
    /// Shows more of the long text in this row.
    ShowMore(u64),
    /// Items were drawn this tall, in logical pixels.
    Measured(Vec<(u64, f32)>),
    /// The history moved, or its size changed; logical pixels.
    Scrolled {
        /// From the end.
        from_end: f32,
        /// Height of what is seen.
        viewport: f32,
        /// Width of it.
        width: f32,
    },
    /// Reads the gap of this number after all.
    FetchGap(u64),
    /// Goes to the first of what is new.
    ToNew,
    /// Back to the end of the history.
    ToEnd,
    /// Clicked beside the composer, where one writes all the same.
    BesideComposer,
}

impl Message {
    /// Whether it only changes a text, or tells how something was drawn.
    #[must_use]
    pub fn is_typing(&self) -> bool {
        matches!(self, Self::Measured(_) | Self::Scrolled { .. })
            || matches!(self, Self::Composer(message) if message.is_typing())
            || matches!(self, Self::Verify(message) if message.is_typing())
            || matches!(self, Self::ContactEditor(message) if message.is_typing())
    }
}

/// Keys that the window hands on, whichever widget has the focus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shortcut {
    /// Ctrl+Shift+P.
    GoPrivate,
    /// Ctrl+Shift+V.
    Verify,
    /// Escape: close the top sheet, if one is open.
    Close,
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
    /// Open the key window.
    OpenKeys,
    /// Show what the practice partner can be asked to do.
    OpenPractice,
    /// Go back to the list.
    Leave,
}
