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

/// Reads `name@server`, or the address that an `xmpp:` link is to (RFC 5122 §2.2): what else a link
/// asks for is not done. Blanks around it are forgiven.
///
/// # Errors
///
/// Says what is wrong, for the sentence under the field.
pub fn parse(typed: &str) -> Result<BareJid, AddressProblem> {
    let typed = typed.trim();
    let linked = linked(typed)?;
    let typed = linked.as_deref().unwrap_or(typed);
    if typed.is_empty() {
        return Err(AddressProblem::Empty);
    }
    let (name, server) = typed.split_once('@').unwrap_or((typed, ""));
    if name.is_empty() {
        return Err(AddressProblem::NoName);
    }
    let allowed = |c: char| !c.is_whitespace() && !"/\"&':<>".contains(c);
    let names_server = |c: char| allowed(c) && !"?#;=%".contains(c);
    if !name.chars().all(allowed) || server.contains('@') || !server.chars().all(names_server) {
        return Err(AddressProblem::Malformed);
    }
    if server.is_empty() {
        return Err(AddressProblem::NoServer);
    }
    typed.parse().map_err(|_| AddressProblem::Malformed)
}

/// The address in a link, if it is one: without a query, a resource, or who is to write.
fn linked(typed: &str) -> Result<Option<String>, AddressProblem> {
    const SCHEME: &str = "xmpp:";
    let Some((scheme, link)) = typed.split_at_checked(SCHEME.len()) else { return Ok(None) };
    if !scheme.eq_ignore_ascii_case(SCHEME) {
        return Ok(None);
    }
    let end = link.find(['?', '#', ';']).unwrap_or(link.len());
    let (path, _) = link.split_at(end);
    let address = match path.strip_prefix("//") {
        // What stands first is who is to write, if there is more.
        Some(path) => {
            let (first, more) = path.split_once('/').unwrap_or((path, ""));
            if more.is_empty() { first } else { more }
        }
        None => path,
    };
    let address = address.split('/').next().unwrap_or(address);
    unescaped(address).map(Some).ok_or(AddressProblem::Malformed)
}

/// With what is written as `%` and two digits put in (RFC 3986 §2.1).
fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut digit = || char::from(rest.next()?).to_digit(16);
            let value = digit()? * 16 + digit()?;
            bytes.push(u8::try_from(value).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
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
    fn a_link_is_more_than_an_address() {
        for link in [
            "xmpp:bob@example.org?otr-fingerprint=00112233",
            "XMPP:bob@example.org",
            "xmpp://bob@example.org",
            "xmpp://bob@example.org/?message;body=hello",
            "xmpp:bob@example.org;ask-order=1",
            "xmpp:bob@example.org/phone",
            "xmpp:bob@example.org#here",
        ] {
            assert_eq!(
                parse(link).map(|jid| jid.to_string()),
                Ok("bob@example.org".into()),
                "{link}"
            );
        }
        // A link that names who is to write is not about whom to write to first.
        assert_eq!(
            parse("xmpp://alice@example.org/bob@example.org?message").map(|jid| jid.to_string()),
            Ok("bob@example.org".into())
        );
        // Without the scheme it is an address that was typed, and nothing is cut off.
        assert_eq!(parse("bob@example.org?message"), Err(AddressProblem::Malformed));
        assert_eq!(parse("bob@example.org;a=1"), Err(AddressProblem::Malformed));
        assert_eq!(parse("xmpp:bob%20smith@example.org"), Err(AddressProblem::Malformed));
        assert_eq!(
            parse("xmpp:bob%2Bhome@example.org").map(|jid| jid.to_string()),
            Ok("bob+home@example.org".into())
        );
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
