//! Version 2 of the protocol with a contact who has spoken version 3. Nothing binds the version that
//! an offer names, so it is refused: somebody in between could have held back the other. Only the
//! person can allow it, knowingly, and that ends by itself when version 3 is spoken again.

use otr::{MessageState, Version};

use super::Contact;
use crate::message::{ChatEvent, Notice};

impl Contact {
    /// Somebody, perhaps their program, began in version 2, which was refused.
    pub(super) async fn older_version_refused(&mut self) {
        self.older.seems_wanted();
        // That was an answer, if not one that is taken.
        if self.privacy.is_exchanging() {
            self.privacy.exchange_failed();
        }
        if self.older.refuse() {
            self.notice(Notice::DowngradeRefused).await;
        }
    }

    /// Nobody answered what we asked.
    pub(super) fn no_version_answered(&mut self) {
        // Who is away answers in no version.
        if self.conversation.v3_seen() && self.contact_is_there() {
            self.older.seems_wanted();
        }
    }

    /// Keys were exchanged, in whichever version.
    pub(super) async fn version_is_spoken(&mut self) {
        let is_newer = self.conversation.v3_seen();
        let ends = self.older.spoken(is_newer);
        if !is_newer {
            return;
        }
        self.store.save_v3_seen(&self.chat).await;
        if ends {
            self.store.save_v2_allowed(&self.chat, false).await;
            self.notice(Notice::NewerVersionAgain).await;
        }
    }

    /// The person allows version 2, or does so no longer.
    pub(super) async fn allow_older_version(&mut self, allows: bool) {
        if allows {
            self.allow().await;
        } else if self.older.is_allowed() {
            self.allow_no_longer().await;
        }
    }

    async fn allow(&mut self) {
        let is_needed = self.conversation.v3_seen();
        if is_needed || !self.older.is_allowed() {
            self.older.set(is_needed);
        }
        if is_needed {
            self.conversation.forget_v3_seen();
            self.store.save_v2_allowed(&self.chat, true).await;
            self.notice(Notice::OlderVersionAllowed).await;
        }
        self.go_private().await;
    }

    async fn allow_no_longer(&mut self) {
        self.older.set(false);
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
        if let Some(state) = self.older.take_change() {
            self.tell(ChatEvent::OlderVersion(state)).await;
        }
    }
}
