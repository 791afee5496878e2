//! How far the person has turned to the contact. To look is not to speak: somebody who never was
//! private with us hears of nothing before the person writes, or asks for privacy; somebody who was
//! is asked after a look that lasts.

use std::time::Duration;

use otr::Timestamp;

/// How long a look lasts before it counts: who passes by has not turned to anybody.
const LOOK: Duration = Duration::from_secs(1);

/// How far the person has turned to the contact.
#[derive(Debug, Default)]
pub(crate) struct Attention {
    /// Whether it was ever in view, or is wanted private: then the window is told of the padlock.
    is_wanted: bool,
    look: Look,
    speech: Speech,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Look {
    #[default]
    Away,
    /// One has begun.
    Begun { lasts_at: Timestamp },
    /// One has lasted.
    Lasted,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Speech {
    #[default]
    Silent,
    /// Something stands in the composer that was typed.
    Writes,
    /// The person asked for privacy.
    Asked,
}

impl Attention {
    /// The conversation is in view.
    pub(crate) fn in_view(&mut self, now: Timestamp) {
        self.is_wanted = true;
        if self.look == Look::Away {
            self.look = Look::Begun { lasts_at: now + LOOK };
        }
    }

    /// It is in view no more. A look that has lasted counts on.
    pub(crate) const fn looks_away(&mut self) {
        if let Look::Begun { .. } = self.look {
            self.look = Look::Away;
        }
    }

    /// Something is typed, or nothing stands in the composer.
    pub(crate) const fn writes(&mut self, writes: bool) {
        self.is_wanted |= writes;
        self.speech = match self.speech {
            Speech::Asked => Speech::Asked,
            Speech::Silent | Speech::Writes if writes => Speech::Writes,
            Speech::Silent | Speech::Writes => Speech::Silent,
        };
    }

    /// The person asks for privacy.
    pub(crate) const fn asks(&mut self) {
        (self.is_wanted, self.speech) = (true, Speech::Asked);
    }

    /// Whether something is being typed.
    #[must_use]
    pub(crate) fn is_typing(&self) -> bool {
        self.speech == Speech::Writes
    }

    /// Whether the person asked for privacy or, while nobody sees us, wrote.
    #[must_use]
    pub(crate) fn has_asked(&self) -> bool {
        self.speech == Speech::Asked
    }

    /// Whether a look has lasted.
    #[must_use]
    pub(crate) fn has_looked(&self) -> bool {
        self.look == Look::Lasted
    }

    /// Whatever made the person turn to them is over.
    pub(crate) fn rests(&mut self) {
        *self = Self { is_wanted: self.is_wanted, ..Self::default() };
    }

    /// Whether it was ever in view, or is wanted private.
    #[must_use]
    pub(crate) const fn is_wanted(&self) -> bool {
        self.is_wanted
    }

    /// When a look will have lasted.
    #[must_use]
    pub(crate) const fn deadline(&self) -> Option<Timestamp> {
        match self.look {
            Look::Begun { lasts_at } => Some(lasts_at),
            Look::Away | Look::Lasted => None,
        }
    }

    /// Does what is due at `now`.
    pub(crate) fn handle_timeout(&mut self, now: Timestamp) {
        if self.deadline().is_some_and(|lasts_at| lasts_at <= now) {
            self.look = Look::Lasted;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn speaks(attention: &Attention) -> bool {
        attention.is_typing() || attention.has_asked()
    }

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn a_glance_is_no_look_and_a_look_is_no_speech() {
        let mut attention = Attention::default();
        attention.in_view(at(0));
        attention.in_view(at(900));
        assert_eq!(attention.deadline(), Some(at(1000)), "it began at first");
        attention.looks_away();
        attention.handle_timeout(at(1000));
        assert!(!attention.has_looked() && attention.deadline().is_none());
        attention.in_view(at(2000));
        attention.handle_timeout(at(3000));
        attention.looks_away();
        assert!(attention.has_looked() && !speaks(&attention) && attention.is_wanted());
        attention.rests();
        assert!(!attention.has_looked() && attention.is_wanted());
    }

    #[test]
    fn who_takes_back_what_was_typed_says_nothing_but_who_asked_has_asked() {
        let mut attention = Attention::default();
        attention.writes(true);
        assert!(speaks(&attention));
        attention.writes(false);
        assert!(!speaks(&attention));
        attention.asks();
        attention.writes(false);
        assert!(speaks(&attention));
    }
}
