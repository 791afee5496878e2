//! What a text from the network is, by its first `?OTR` (OTRv3, "Unencoded messages").

use alloc::string::String;

use crate::query::{self, Offer};

/// What is in every text of the protocol but a tag.
const MARK: &str = "?OTR";

/// A classified text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Incoming<'a> {
    /// A part of a message.
    Fragment,
    /// A message in base 64.
    Encoded,
    /// A wish to speak in private.
    Query(Offer),
    /// The peer complains; its words.
    Error(&'a str),
    /// Like OTR, but nothing that we know.
    Unrecognized,
    /// A plain text that also offers to speak in private; the text without the tag.
    Tagged(String, Offer),
    /// A plain text.
    Plain,
}

impl<'a> Incoming<'a> {
    pub(crate) fn classify(text: &'a str) -> Self {
        // Nearly all that concern us begin with it.
        let rest = text.strip_prefix(MARK).or_else(|| text.split_once(MARK).map(|(_, rest)| rest));
        let Some(rest) = rest else {
            return match query::strip_tag(text) {
                Some((text, offer)) => Self::Tagged(text, offer),
                None => Self::Plain,
            };
        };
        if rest.starts_with(['|', ',']) {
            Self::Fragment
        } else if rest.starts_with(':') {
            Self::Encoded
        } else if let Some(message) = rest.strip_prefix(" Error:") {
            Self::Error(message.strip_prefix(' ').unwrap_or(message))
        } else {
            query::parse(rest).map_or(Self::Unrecognized, Self::Query)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // otr3 A1, A2
    #[test]
    fn the_first_marker_decides_wherever_it_stands() {
        assert_eq!(Incoming::classify("?OTRx ?OTRv3?"), Incoming::Unrecognized);
        assert_eq!(Incoming::classify("?otrv3?"), Incoming::Plain);
        assert!(matches!(Incoming::classify("hello ?OTRv3? there"), Incoming::Query(_)));
        assert_eq!(Incoming::classify("<b>?OTR:AAMC.</b>"), Incoming::Encoded);
        assert_eq!(Incoming::classify("x ?OTR|1|2,1,1,?OTR:x,"), Incoming::Fragment);
        assert_eq!(Incoming::classify("?OTR,1,1,x,"), Incoming::Fragment);
        assert_eq!(Incoming::classify("?OTR"), Incoming::Unrecognized);
        assert_eq!(Incoming::classify("?OTR v3?"), Incoming::Unrecognized);
    }

    // otr3 A74
    #[test]
    fn an_error_is_read_with_or_without_the_blank() {
        assert_eq!(Incoming::classify("?OTR Error: no"), Incoming::Error("no"));
        assert_eq!(Incoming::classify("?OTR Error:no"), Incoming::Error("no"));
    }
}
