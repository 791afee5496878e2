//! The token by which a later process resumes a session (XEP-0198 §5).

use std::fmt;
use std::str::FromStr;

use tokio_xmpp::jid::FullJid;

use crate::{Command, Redacted};

/// Limit of unacknowledged stanzas in a token; the window of stream management is smaller.
const UNCONFIRMED_MAX: usize = 1_024;

/// Everything a process needs to resume the session of an earlier one (XEP-0198 §5). It is stored
/// as text and must be kept as secret as the password while the session lasts, which is some
/// minutes.
///
/// It is outdated by every stanza. With an outdated one some servers still resume: they replay what
/// came after it, and nothing is known of what was sent after it. Others refuse, and a new session
/// begins.
///
/// After a resumption by another process the roster is reported again, presence is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResumeToken {
    pub(crate) jid: FullJid,
    /// The SM-ID of the session.
    pub(crate) id: Redacted<String>,
    /// Number of stanzas received, modulo 2³².
    pub(crate) handled: u32,
    /// Number of stanzas acknowledged by the server, modulo 2³².
    pub(crate) acked: u32,
    /// Tags of the stanzas sent and not acknowledged, in order; `None` for a stanza without a tag.
    pub(crate) unconfirmed: Vec<Option<u64>>,
}

/// The text is not a resume token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a session to resume")]
pub struct ParseResumeTokenError;

impl ResumeToken {
    /// Our full JID in that session.
    #[must_use]
    pub const fn jid(&self) -> &FullJid {
        &self.jid
    }

    /// The command that acknowledges what had come until then. Send it once this token is stored.
    #[must_use]
    pub fn confirm(&self) -> Command {
        Command::Confirm { session: self.id.clone(), handled: self.handled }
    }

    /// The tags of the messages that the server had not acknowledged, oldest first. After a
    /// resumption each is reported as [`Acked`](crate::Event::Acked) or
    /// [`DeliveryUnknown`](crate::Event::DeliveryUnknown).
    pub fn unconfirmed(&self) -> impl Iterator<Item = u64> {
        self.unconfirmed.iter().copied().flatten()
    }
}

impl fmt::Display for ResumeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tags: Vec<String> = self
            .unconfirmed
            .iter()
            .map(|tag| tag.map_or_else(|| "-".to_owned(), |tag| tag.to_string()))
            .collect();
        let Self { jid, id, handled, acked, .. } = self;
        // The id comes last because it may contain any character.
        write!(f, "1\n{jid}\n{handled}\n{acked}\n{}\n{}", tags.join(","), id.as_str())
    }
}

impl FromStr for ResumeToken {
    type Err = ParseResumeTokenError;

    /// Reads what [`Display`](fmt::Display) wrote.
    ///
    /// # Errors
    ///
    /// [`ParseResumeTokenError`] for anything else.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut lines = text.splitn(6, '\n');
        let mut line = || lines.next().ok_or(ParseResumeTokenError);
        let number = |text: &str| text.parse::<u32>().map_err(|_| ParseResumeTokenError);
        if line()? != "1" {
            return Err(ParseResumeTokenError);
        }
        let jid = FullJid::new(line()?).map_err(|_| ParseResumeTokenError)?;
        let (handled, acked) = (number(line()?)?, number(line()?)?);
        let tags = line()?.split(',').filter(|tag| !tag.is_empty()).map(|tag| match tag {
            "-" => Ok(None),
            tag => tag.parse().map(Some).map_err(|_| ParseResumeTokenError),
        });
        let unconfirmed: Vec<_> = tags.collect::<Result<_, _>>()?;
        let id = line()?.to_owned();
        if id.is_empty() || unconfirmed.len() > UNCONFIRMED_MAX {
            return Err(ParseResumeTokenError);
        }
        let id = id.into();
        Ok(Self { jid, id, handled, acked, unconfirmed })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_nothing_else_is() {
        let resume = ResumeToken {
            jid: "alice@example.org/sotto".parse().unwrap(),
            id: "any\nthing".into(),
            handled: u32::MAX,
            acked: 7,
            unconfirmed: vec![Some(1), None, Some(u64::MAX)],
        };
        assert_eq!(resume.to_string().parse(), Ok(resume.clone()));
        assert_eq!(resume.unconfirmed().collect::<Vec<_>>(), [1, u64::MAX]);
        let empty = ResumeToken { unconfirmed: Vec::new(), ..resume.clone() };
        assert_eq!(empty.to_string().parse(), Ok(empty));
        assert!(!format!("{resume:?}").contains("any"));
        for bad in ["", "1", "2\na@b/c\n0\n0\n\nid", "1\na@b\n0\n0\n\nid", "1\na@b/c\n0\n0\n\n"] {
            assert_eq!(bad.parse::<ResumeToken>(), Err(ParseResumeTokenError), "{bad}");
        }
    }
}
