//! What contacts and programs are called on the screen.

use engine::{ContactInfo, Program};

use crate::t;
use crate::text::untrusted;

/// Longest name of a contact that is shown, in characters.
pub(crate) const NAME_CHARS_MAX: usize = 60;

/// The name that the person gave the contact in the roster, on one line; `None` without one.
pub(crate) fn roster_name(info: &ContactInfo) -> Option<String> {
    let name = info.name.as_deref().map(|name| untrusted::line(name, NAME_CHARS_MAX));
    name.filter(|name| !name.is_empty())
}

/// The name in the roster, or else the localpart of the address, on one line.
pub(crate) fn display_name(info: &ContactInfo) -> String {
    roster_name(info).unwrap_or_else(|| match info.contact.node() {
        Some(localpart) => untrusted::line(localpart.as_str(), NAME_CHARS_MAX),
        None => info.contact.to_string(),
    })
}

/// The name of another messenger.
pub(crate) fn program_name(program: Program) -> String {
    match program {
        Program::Pidgin => t!("program-pidgin"),
        Program::Gajim => t!("program-gajim"),
        Program::Profanity => t!("program-profanity"),
        Program::Psi => t!("program-psi"),
        Program::CoyIm => t!("program-coyim"),
    }
}
