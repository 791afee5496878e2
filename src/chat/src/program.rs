//! What a device of the contact runs, and so how it reads what we send.

use otr::html::Reader;

/// What a program is, by the name that it gives itself (XEP-0115); a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Program {
    /// It does not say.
    #[default]
    Unknown,
    /// Pidgin, Adium, and all that is made of the same library.
    Libpurple,
    /// Psi and Psi+, whose OTR plug-in writes plain text and reads HTML.
    Psi,
    /// Profanity, and Conversations with all that is made of it: they write and show what was typed.
    AsTyped,
    /// Ours.
    Sotto,
    /// None of these.
    Other,
}

impl Program {
    /// How it reads private texts.
    #[must_use]
    pub const fn reader(self) -> Reader {
        match self {
            Self::Libpurple | Self::Psi => Reader::Html,
            Self::AsTyped | Self::Sotto | Self::Other => Reader::Plain,
            Self::Unknown => Reader::Unknown,
        }
    }

    /// Whether what it writes and shows is what was typed, HTML or not. Sotto is not one of these:
    /// it writes HTML where a text could be taken for it.
    #[must_use]
    pub const fn is_as_typed(self) -> bool {
        matches!(self, Self::AsTyped)
    }
}
