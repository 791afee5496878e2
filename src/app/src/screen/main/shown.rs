//! How we show ourselves to contacts, with every account.

use engine::Availability;

/// How we show ourselves to contacts.
#[derive(Debug)]
pub(super) struct Shown {
    now: Availability,
    before: Availability,
}

impl Default for Shown {
    fn default() -> Self {
        Self { now: Availability::Online, before: Availability::Online }
    }
}

impl Shown {
    pub(super) const fn now(&self) -> Availability {
        self.now
    }

    /// The person chose; the engine is about to be told.
    pub(super) const fn choose(&mut self, now: Availability) {
        *self = Self { now, before: self.now };
    }

    /// The engine did not take the last choice.
    pub(super) const fn was_not_taken(&mut self) {
        self.now = self.before;
    }
}
