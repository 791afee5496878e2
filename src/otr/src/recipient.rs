//! Which of a contact's clients a text goes to.

use crate::instance::InstanceTag;

/// How the client is chosen that texts go to, when a contact has several (OTRv3, "Instance Tags").
/// Whatever the choice, a client with which nothing was ever private comes last: it never draws a
/// text out in clear.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Recipient {
    /// The best: one that is there before one that has gone
    /// ([`crate::Conversation::set_present`]), private before finished, a verified key before
    /// others, and of equals the one that spoke last.
    #[default]
    Best,
    /// The same, but verified keys count no more than others: of the private ones that are there,
    /// the one that spoke last.
    Recent,
    /// This one, for as long as our conversation with it is not ended, wherever the contact is.
    Instance(InstanceTag),
}
