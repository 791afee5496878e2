//! How we show ourselves to contacts, with every account.

use engine::{Availability, Command, Setting};

/// How we show ourselves to contacts.
#[derive(Debug)]
pub(super) struct OwnPresence {
    now: Availability,
    before: Availability,
}

impl Default for OwnPresence {
    fn default() -> Self {
        Self { now: Availability::Online, before: Availability::Online }
    }
}

impl OwnPresence {
    pub(super) const fn now(&self) -> Availability {
        self.now
    }

    /// Contacts do not see us, nor we them.
    pub(super) fn is_invisible(&self) -> bool {
        self.now == Availability::Offline
    }

    /// The engine tells how it is.
    pub(super) const fn set(&mut self, now: Availability) {
        *self = Self { now, before: self.now };
    }

    /// The person did something of which the engine is about to be told.
    pub(super) const fn request(&mut self, command: &Command) {
        if let Command::Set(Setting::Availability(now)) = command {
            *self = Self { now: *now, before: self.now };
        }
    }

    /// The engine did not take the last choice.
    pub(super) const fn revert(&mut self) {
        self.now = self.before;
    }
}
