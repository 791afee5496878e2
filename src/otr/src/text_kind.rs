//! Whether a text is a message of the protocol, or words of a person in which its mark stands.
//!
//! The mark of the protocol is looked for anywhere in a text, as libotr does
//! ([`Conversation::receive`](crate::Conversation::receive)): but people write about it, too.

use crate::fragment::Fragment;
use crate::query;

/// What is in every message of the protocol (OTRv3, "Unencoded messages" and on).
const MARK: &str = "?OTR";
/// No message of the protocol is shorter in base 64 than this, header and all: what is shorter is
/// somebody's example.
const ENCODED_CHARS_MIN: usize = 16;

/// What a text from the network is to whoever shows texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextKind {
    /// Words, perhaps with a whitespace tag behind them; the mark is not in them.
    Words,
    /// Words that name the mark, and ask for nothing.
    Mention,
    /// Words with a query in them: an offer that may be answered, and something to be shown.
    WordsWithQuery,
    /// A message of the protocol and nothing else: a mark stands at its beginning, or behind HTML
    /// tags; or an encoded message or a fragment is whole in it.
    Protocol,
}

impl TextKind {
    /// Looks at a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let Some((before, rest)) = text.split_once(MARK) else { return Self::Words };
        let is_query = query::parse(rest).is_some();
        let follows = |mark: char, is_its: fn(char) -> bool| {
            rest.strip_prefix(mark).is_some_and(|rest| rest.starts_with(is_its))
        };
        let begins = follows(':', |c| c.is_ascii_alphanumeric())
            || follows(',', |c| c.is_ascii_digit())
            || follows('|', |c| c.is_ascii_hexdigit())
            || rest.starts_with(" Error:")
            || is_query;
        if begins && is_markup(before) || holds_message(text) {
            Self::Protocol
        } else if is_query {
            Self::WordsWithQuery
        } else {
            Self::Mention
        }
    }

    /// Whether the mark is in it.
    #[must_use]
    pub const fn is_marked(self) -> bool {
        !matches!(self, Self::Words)
    }
}

/// Whether there is nothing but HTML tags and blanks.
fn is_markup(text: &str) -> bool {
    let mut rest = text.trim_start();
    while let Some((_, behind)) = rest.strip_prefix('<').and_then(|tag| tag.split_once('>')) {
        rest = behind.trim_start();
    }
    rest.is_empty()
}

/// Whether an encoded message or a fragment stands whole in it, whatever stands around.
fn holds_message(text: &str) -> bool {
    text.match_indices(MARK).any(|(at, _)| {
        let Some(found) = text.get(at..) else { return false };
        let encoded = found.strip_prefix("?OTR:").and_then(|rest| rest.split_once('.'));
        let is_base_64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
        let is_encoded = encoded.is_some_and(|(body, _)| {
            body.len() >= ENCODED_CHARS_MIN && body.bytes().all(is_base_64)
        });
        is_encoded || Fragment::parse(found).is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_about_the_protocol_is_theirs() {
        for text in [
            "do you know the ?OTR plugin",
            "?OTR",
            "?OTR is what I mean",
            "the log says ?OTR:AAMC",
            "the log says ?OTR:AAMC.",
            "I saw ?OTR Error: something",
            "?OTR, the plugin",
            "see ?OTR, or ?OTR| for that matter",
        ] {
            assert_eq!(TextKind::of(text), TextKind::Mention, "{text}");
        }
        assert_eq!(TextKind::of("lower ?otr is fine"), TextKind::Words);
        for text in ["my client says ?OTRv23? what is that", "what is ?OTR?v2? there"] {
            assert_eq!(TextKind::of(text), TextKind::WordsWithQuery, "{text}");
        }
    }

    #[test]
    fn what_programs_write_is_the_protocol() {
        for text in [
            "?OTRv23?",
            "?OTR?v2?\n<b>alice</b> wants to talk in private",
            "<b>?OTRv3?</b>",
            "<html><body>\n?OTR:AAMDJrGkAA",
            "?OTR Error: you sent something unreadable",
            "?OTR:AAMC.",
            "  ?OTR|00000100|00000000,00001,00002,abc,",
            "?OTR,1,2,abc,",
            "a gateway says: ?OTR:AAMDJrGkAAAAAAAAAAAAAAAA. and more",
            "a gateway says: ?OTR|100|0,1,2,abc, and more",
        ] {
            assert_eq!(TextKind::of(text), TextKind::Protocol, "{text}");
        }
    }
}
