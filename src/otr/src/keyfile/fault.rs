//! What a file held, and what was wrong with it.

use alloc::vec::Vec;
use core::error::Error;
use core::fmt;

/// What was read, and what was not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents<T, E> {
    /// What is sound, in the order of the file. Of two that speak of the same, libotr believes
    /// the later.
    pub entries: Vec<T>,
    /// What was passed over, and why.
    pub skipped: Vec<Fault<E>>,
}

impl<T, E> Contents<T, E> {
    pub(super) const fn new() -> Self {
        Self { entries: Vec::new(), skipped: Vec::new() }
    }

    /// Notes what came of one entry.
    pub(super) fn add(&mut self, entry: Result<T, Fault<E>>) {
        match entry {
            Ok(entry) => self.entries.push(entry),
            Err(fault) => self.skipped.push(fault),
        }
    }
}

/// What is wrong, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault<E> {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub reason: E,
}

impl<E> Fault<E> {
    pub(super) const fn new(line: usize, reason: E) -> Self {
        Self { line, reason }
    }

    pub(super) fn map<F>(self, other: impl FnOnce(E) -> F) -> Fault<F> {
        Fault { line: self.line, reason: other(self.reason) }
    }
}

impl<E: fmt::Display> fmt::Display for Fault<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}

impl<E: Error + 'static> Error for Fault<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.reason)
    }
}

/// Which entry cannot be written, and why. Nothing was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("entry {index}: {reason}")]
pub struct WriteFault {
    /// The entry's place in what was given, counted from 0.
    pub index: usize,
    /// What is wrong with it.
    #[source]
    pub reason: WriteError,
}

/// Why something has no place in a file that other clients read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// A control character would end the field or the line.
    #[error("a control character in a name")]
    Control,
    /// A name that is empty.
    #[error("a name is empty")]
    Empty,
    /// The line, or the whole file, would be too long to be read again.
    #[error("too long to be read again")]
    TooLong,
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn a_fault_names_the_place_and_the_reason() {
        let fault = Fault::new(3, WriteError::Empty);
        assert_eq!(fault.to_string(), "line 3: a name is empty");
        assert_eq!(fault.source().map(ToString::to_string).as_deref(), Some("a name is empty"));
        let fault = WriteFault { index: 0, reason: WriteError::TooLong };
        assert_eq!(fault.to_string(), "entry 0: too long to be read again");
    }
}
