//! Whether the person looks at a chat.

/// How much of a conversation the person sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Visibility {
    /// Another conversation is open, or none.
    #[default]
    Closed,
    /// It is open, but the person does something else: another window has the focus, or an account
    /// is being added. What arrives now is unread.
    Unfocused,
    /// It is open in the window that has the focus.
    Visible,
}

impl Visibility {
    /// Whether the conversation is open, looked at or not.
    pub(super) const fn is_open(self) -> bool {
        match self {
            Self::Closed => false,
            Self::Unfocused | Self::Visible => true,
        }
    }
}
