//! Version 2 of the protocol with a contact who has spoken version 3. Nothing binds the version that
//! an offer names, so it is refused: somebody in between could have held back the other. Only the
//! person can allow it, knowingly, and that ends by itself when version 3 is spoken again.

/// Whether version 2 of the protocol may be spoken with a contact who has spoken version 3. To others
/// this says nothing: they may speak either.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum OlderVersion {
    /// It may not.
    #[default]
    Refused,
    /// It may not, but their program seems to speak no other, or nobody answered in version 3: the
    /// person may allow it.
    Wanted,
    /// It may, until version 3 is spoken again: the person allowed it.
    Allowed,
}

/// What is known of it, and who was told.
#[derive(Debug, Default)]
pub(crate) struct VersionFloor {
    state: OlderVersion,
    /// Whether it seems wanted for no other reason than that nobody answers.
    by_silence: bool,
    /// What the window was last told.
    shown: OlderVersion,
    /// Whether it was told, since keys were exchanged last, that it was refused: whoever is in between
    /// can have that happen as often as they like.
    is_told: bool,
}

impl VersionFloor {
    /// As an earlier life left it.
    #[must_use]
    pub(crate) fn new(is_allowed: bool) -> Self {
        let state = if is_allowed { OlderVersion::Allowed } else { OlderVersion::Refused };
        Self { state, ..Self::default() }
    }

    /// Whether the person allowed version 2.
    #[must_use]
    pub(crate) fn is_allowed(&self) -> bool {
        self.state == OlderVersion::Allowed
    }

    /// Their program seems to speak no other.
    pub(crate) fn seems_wanted(&mut self) {
        self.by_silence = false;
        if self.state == OlderVersion::Refused {
            self.state = OlderVersion::Wanted;
        }
    }

    /// The same, as nobody answers.
    pub(crate) fn is_not_answered(&mut self) {
        if self.state == OlderVersion::Refused {
            (self.state, self.by_silence) = (OlderVersion::Wanted, true);
        }
    }

    /// Silence says nothing any more: they are heard, or may not have been reached.
    pub(crate) fn silence_says_nothing(&mut self) {
        if std::mem::take(&mut self.by_silence) && self.state == OlderVersion::Wanted {
            self.state = OlderVersion::Refused;
        }
    }

    /// It is refused to them. Says whether that is to be told.
    pub(crate) const fn refuse(&mut self) -> bool {
        !std::mem::replace(&mut self.is_told, true)
    }

    /// The person was asked: what was wanted counts no more.
    pub(crate) const fn set(&mut self, is_allowed: bool) {
        self.state = if is_allowed { OlderVersion::Allowed } else { OlderVersion::Refused };
    }

    /// Keys were exchanged, in version 3 or not (`is_newer`). Says whether what was allowed ended.
    pub(crate) fn spoken(&mut self, is_newer: bool) -> bool {
        self.is_told = false;
        let ends = is_newer && self.is_allowed();
        if ends || self.state == OlderVersion::Wanted {
            self.state = OlderVersion::Refused;
        }
        ends
    }

    /// Where it stands, if that is news to the window.
    pub(crate) fn take_change(&mut self) -> Option<OlderVersion> {
        (std::mem::replace(&mut self.shown, self.state) != self.state).then_some(self.state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_allowed_ends_when_version_3_is_spoken_and_is_told_once() {
        let mut floor = VersionFloor::default();
        assert_eq!(floor.take_change(), None);
        floor.seems_wanted();
        assert!(floor.refuse() && !floor.refuse(), "it is told once");
        assert_eq!(floor.take_change(), Some(OlderVersion::Wanted));
        floor.set(true);
        floor.seems_wanted();
        assert!(!floor.spoken(false) && floor.is_allowed(), "it is version 2 that was spoken");
        assert_eq!(floor.take_change(), Some(OlderVersion::Allowed));
        assert!(floor.spoken(true) && !floor.spoken(true));
        assert_eq!(floor.take_change(), Some(OlderVersion::Refused));
        assert!(floor.refuse(), "it is told again");
    }
}
