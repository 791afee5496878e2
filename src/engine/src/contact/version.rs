//! Version 2 of the protocol with a contact who has spoken version 3. Nothing binds the version that
//! an offer names, so it is refused: somebody in between could have held back the other. Only the
//! person can allow it, knowingly, and that ends by itself when version 3 is spoken again.

use otr::{MessageState, Version};

use super::Contact;
use crate::message::{ChatEvent, Notice, OlderVersion};

/// What is known of it.
#[derive(Debug, Default)]
pub(super) struct Older {
    /// Whether the person allowed it.
    is_allowed: bool,
    /// Whether their program seems to speak no other.
    wanted: Wanted,
    /// Whether it was told, since keys were exchanged last, that it was refused: whoever is in between
    /// can have that happen as often as they like.
    is_told: bool,
    /// What the window was last told.
    shown: OlderVersion,
}

/// Whether a program seems to speak no other version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Wanted {
    #[default]
    No,
    /// It does not answer.
    BySilence,
    /// It offers no other.
    ByOffer,
}

impl Older {
    pub(super) fn new(is_allowed: bool) -> Self {
        Self { is_allowed, ..Self::default() }
    }

    const fn state(&self) -> OlderVersion {
        match (self.is_allowed, self.wanted) {
            (true, _) => OlderVersion::Allowed,
            (false, Wanted::BySilence | Wanted::ByOffer) => OlderVersion::Wanted,
            (false, Wanted::No) => OlderVersion::Refused,
        }
    }
}

impl Contact {
    /// Somebody, perhaps their program, began in version 2, which was refused.
    pub(super) async fn older_version_refused(&mut self) {
        self.older.wanted = Wanted::ByOffer;
        // That was an answer, if not one that is taken.
        self.unanswered |= std::mem::take(&mut self.starting);
        if !std::mem::replace(&mut self.older.is_told, true) {
            self.notice(Notice::DowngradeRefused).await;
        }
    }

    /// Nobody answered what we asked.
    pub(super) fn no_version_answered(&mut self) {
        // Who is away answers in no version, nor does every program answer whom it does not see.
        let is_telling = self.contact_is_there() && !self.standing.invisible;
        if is_telling && self.conversation.v3_seen() && self.older.wanted == Wanted::No {
            self.older.wanted = Wanted::BySilence;
        }
    }

    /// Their silence says nothing any more: they are heard, or may not have been reached.
    pub(super) fn silence_says_nothing(&mut self) {
        if self.older.wanted == Wanted::BySilence {
            self.older.wanted = Wanted::No;
        }
    }

    /// Keys were exchanged, in whichever version.
    pub(super) async fn version_is_spoken(&mut self) {
        (self.older.wanted, self.older.is_told) = (Wanted::No, false);
        if !self.conversation.v3_seen() {
            return;
        }
        self.store.save_v3_seen(&self.chat).await;
        if std::mem::take(&mut self.older.is_allowed) {
            self.store.save_v2_allowed(&self.chat, false).await;
            self.notice(Notice::NewerVersionAgain).await;
        }
    }

    /// The person allows version 2, or does so no longer.
    pub(super) async fn allow_older_version(&mut self, allows: bool) {
        if allows {
            self.allow().await;
        } else if self.older.is_allowed {
            self.allow_no_longer().await;
        }
    }

    async fn allow(&mut self) {
        self.older.wanted = Wanted::No;
        if self.conversation.v3_seen() {
            self.conversation.forget_v3_seen();
            self.older.is_allowed = true;
            self.store.save_v2_allowed(&self.chat, true).await;
            self.notice(Notice::OlderVersionAllowed).await;
        }
        self.go_private().await;
    }

    async fn allow_no_longer(&mut self) {
        self.older.is_allowed = false;
        self.store.save_v2_allowed(&self.chat, false).await;
        self.conversation.set_v3_seen();
        let speaks_it = self.conversation.instances().any(|state| match state {
            MessageState::Encrypted { version, .. } => version == Version::V2,
            MessageState::Plaintext | MessageState::Finished { .. } => false,
        });
        if speaks_it {
            self.leave().await;
            self.attention.rests();
        }
    }

    /// Tells the window where it stands, if that is news.
    pub(super) async fn show_older_version(&mut self) {
        let state = self.older.state();
        if std::mem::replace(&mut self.older.shown, state) != state {
            self.tell(ChatEvent::OlderVersion(state)).await;
        }
    }
}
