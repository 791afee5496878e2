//! What a call led to, as a whole: a list that nobody can throw away by accident.

use alloc::vec::{self, Vec};
use core::ops::Deref;
use core::slice;

use crate::output::Output;

/// What follows from a call, in the order in which it happened, and to be dealt with in that order.
///
/// Each is a message for the network or an event; one that is not dealt with is a message lost. So
/// the compiler warns where a call's outputs are left lying:
/// ```compile_fail
/// #![deny(unused_must_use)]
/// # fn f(mut conversation: otr::Conversation, now: otr::Timestamp) {
/// conversation.start(now);
/// # }
/// ```
/// ```
/// #![deny(unused_must_use)]
/// # fn f(mut conversation: otr::Conversation, now: otr::Timestamp, mut pending: Vec<otr::Output>) {
/// pending.extend(conversation.start(now));
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "these are messages for the network and events: each left out is one lost"]
pub struct Outputs(Vec<Output>);

impl Outputs {
    pub(crate) const fn new(list: Vec<Output>) -> Self {
        Self(list)
    }

    /// The list itself.
    #[must_use]
    pub fn into_vec(self) -> Vec<Output> {
        self.0
    }
}

impl Deref for Outputs {
    type Target = [Output];

    fn deref(&self) -> &[Output] {
        &self.0
    }
}

impl IntoIterator for Outputs {
    type Item = Output;
    type IntoIter = vec::IntoIter<Output>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Outputs {
    type Item = &'a Output;
    type IntoIter = slice::Iter<'a, Output>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

/// Outputs of several calls behind each other.
impl Extend<Output> for Outputs {
    fn extend<I: IntoIterator<Item = Output>>(&mut self, outputs: I) {
        self.0.extend(outputs);
    }
}

impl FromIterator<Output> for Outputs {
    fn from_iter<I: IntoIterator<Item = Output>>(outputs: I) -> Self {
        Self(outputs.into_iter().collect())
    }
}
