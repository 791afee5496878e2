//! What the person looks at. Unread counts, the number in the title and what the engine is told was
//! read follow from it.

use engine::ChatId;

use crate::screen::chat::Visibility;

/// Whether the person sees the conversations, and which of them is open.
#[derive(Debug)]
pub(super) struct Attention {
    /// Whether the main window has the focus and shows the conversations. Set by the parent, which
    /// knows the windows.
    focused: bool,
    /// The conversation on the right, which stays open while another window has the focus.
    open_chat: Option<ChatId>,
}

impl Default for Attention {
    fn default() -> Self {
        Self { focused: true, open_chat: None }
    }
}

impl Attention {
    /// The open conversation.
    pub(super) const fn open_chat(&self) -> Option<&ChatId> {
        self.open_chat.as_ref()
    }

    pub(super) fn open(&mut self, chat: ChatId) {
        self.open_chat = Some(chat);
    }

    /// Closes the open conversation; which one that was.
    pub(super) const fn close(&mut self) -> Option<ChatId> {
        self.open_chat.take()
    }

    /// The focus changed; returns the conversation whose visibility changed with it.
    pub(super) fn set_focused(&mut self, focused: bool) -> Option<ChatId> {
        let before = std::mem::replace(&mut self.focused, focused);
        self.open_chat.clone().filter(|_| before != focused)
    }

    /// How much of a conversation the person sees.
    pub(super) fn visibility(&self, chat: &ChatId) -> Visibility {
        match (self.open_chat.as_ref() == Some(chat), self.focused) {
            (false, _) => Visibility::Closed,
            (true, false) => Visibility::Unfocused,
            (true, true) => Visibility::Visible,
        }
    }
}
