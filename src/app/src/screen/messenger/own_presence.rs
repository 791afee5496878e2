//! Our own presence, the same for all accounts.

use engine::{Availability, Command, Setting};

/// Our own presence. It changes when the person chooses, before the engine has confirmed it.
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

    /// Whether we send no presence, and so receive none.
    pub(super) fn is_invisible(&self) -> bool {
        self.now == Availability::Offline
    }

    /// The engine reports the presence.
    pub(super) const fn set(&mut self, now: Availability) {
        *self = Self { now, before: self.now };
    }

    /// A command is about to be sent; if it sets the presence, that is shown at once.
    pub(super) const fn request(&mut self, command: &Command) {
        if let Command::Set(Setting::Availability(now)) = command {
            *self = Self { now: *now, before: self.now };
        }
    }

    /// The engine rejected the last choice.
    pub(super) const fn revert(&mut self) {
        self.now = self.before;
    }
}
