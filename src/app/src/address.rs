//! An address as a person types it.

use engine::BareJid;

use crate::t;

/// What is wrong with what was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressProblem {
    /// Nothing there yet.
    Empty,
    /// No `@` yet.
    NoServer,
    /// Nothing before the `@`.
    NoName,
    /// A character that no address has, or too long.
    Malformed,
}

/// Reads `name@server`; blanks around it and a leading `xmpp:` are forgiven.
///
/// # Errors
///
/// Says what is wrong, for the sentence under the field.
pub fn parse(typed: &str) -> Result<BareJid, AddressProblem> {
    let typed = typed.trim();
    let typed = typed.strip_prefix("xmpp:").unwrap_or(typed);
    if typed.is_empty() {
        return Err(AddressProblem::Empty);
    }
    let (name, server) = typed.split_once('@').unwrap_or((typed, ""));
    if name.is_empty() {
        return Err(AddressProblem::NoName);
    }
    let allowed = |c: char| !c.is_whitespace() && !"/\"&':<>".contains(c);
    if !name.chars().all(allowed) || server.contains('@') || !server.chars().all(allowed) {
        return Err(AddressProblem::Malformed);
    }
    if server.is_empty() {
        return Err(AddressProblem::NoServer);
    }
    typed.parse().map_err(|_| AddressProblem::Malformed)
}

impl AddressProblem {
    /// Whether more typing alone may put it right, so that it is too early to complain.
    #[must_use]
    pub const fn may_pass(self) -> bool {
        match self {
            Self::Empty | Self::NoServer => true,
            Self::NoName | Self::Malformed => false,
        }
    }

    /// The sentence for the person.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Empty => t!("address-empty"),
            Self::NoServer => t!("address-no-server"),
            Self::NoName => t!("address-no-name"),
            Self::Malformed => t!("address-malformed"),
        }
    }
}

/// The sentence under a field: at once when typing on can't help, otherwise when `done`.
#[must_use]
pub fn complaint(typed: &str, done: bool) -> Option<String> {
    parse(typed).err().filter(|problem| done || !problem.may_pass()).map(AddressProblem::words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_and_the_scheme_are_forgiven() {
        assert_eq!(parse(" xmpp:bob@example.org ").unwrap().to_string(), "bob@example.org");
    }

    #[test]
    fn each_mistake_has_its_own_name() {
        for (typed, problem) in [
            ("", AddressProblem::Empty),
            ("bob", AddressProblem::NoServer),
            ("bob@", AddressProblem::NoServer),
            ("@example.org", AddressProblem::NoName),
            ("bob smith@example.org", AddressProblem::Malformed),
            ("bob@example@org", AddressProblem::Malformed),
            ("bob@example.org/phone", AddressProblem::Malformed),
        ] {
            assert_eq!(parse(typed), Err(problem), "{typed}");
        }
    }

    #[test]
    fn nobody_is_scolded_for_not_having_finished() {
        assert_eq!(complaint("bo", false), None);
        assert!(complaint("bo", true).is_some());
        assert!(complaint("bo b@", false).is_some());
    }
}
