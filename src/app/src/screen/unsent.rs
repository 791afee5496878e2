//! The marks of the contact list for messages that have not gone out.

/// Something of ours that has not gone out, most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsent {
    /// A message did not arrive, and waits for the person.
    Failed,
    /// A message is held.
    Held,
    /// Something is half written.
    Draft,
}
