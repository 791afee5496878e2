//! How a conversation goes private and leaves private: who is asked, when, and in which words.
//!
//! To look is not to speak. Somebody who never was private with us hears of nothing before the
//! person writes, or asks for privacy; somebody who was is asked after a look that lasts.

use std::time::SystemTime;

use chat::{Intent, Permissions, RequiredProtection};
use otr::Output;

use super::Contact;
use crate::message::Notice;

impl Contact {
    /// Whether a key exchange is wanted that nobody has asked for yet.
    pub(super) fn should_start(&self) -> bool {
        let looks = self.attention.has_looked() && self.keys.is_any_known();
        let wanted = self.speaks() || (looks && !self.permissions.contains(Permissions::INVISIBLE));
        wanted
            && self.permissions.contains(Permissions::ACCEPTED)
            && self.privacy.is_exchange_missing(self.reach())
    }

    /// Whether the person has something to say to them, or asks for privacy. What waited already
    /// when they became invisible does not speak for them.
    pub(super) fn speaks(&self) -> bool {
        let has_to_say =
            self.outbox.wants_session() && !self.permissions.contains(Permissions::INVISIBLE);
        has_to_say || self.attention.is_speech()
    }

    /// A text was written, or is to go again.
    pub(super) const fn speaks_up(&mut self, required: RequiredProtection) {
        if self.permissions.contains(Permissions::INVISIBLE)
            && !matches!(required, RequiredProtection::Plain)
        {
            self.attention.asks();
        }
    }

    pub(super) async fn start(&mut self) {
        self.privacy.exchange_began();
        let now = SystemTime::now();
        let words = self.invitation.due(now);
        if let Some(words) = &words {
            self.conversation.set_invitation(&**words);
        }
        let outputs = self.conversation.start(self.now());
        // Whatever is asked again goes without words.
        self.conversation.set_invitation("");
        if words.is_some() && outputs.iter().any(|output| matches!(output, Output::Send { .. })) {
            self.invitation.said(now);
            self.store.save_invited(&self.chat, now).await;
        }
        self.perform(outputs, None).await;
    }

    pub(super) async fn go_private(&mut self) {
        self.want_private().await;
        if self.online && self.contact_is_there() {
            self.start().await;
        }
    }

    /// Asks once, though they look away.
    pub(super) async fn try_now(&mut self) {
        self.want_private().await;
        if self.online && !self.session_is_usable() {
            self.start().await;
        }
    }

    async fn want_private(&mut self) {
        self.permissions = self.permissions | Permissions::ACCEPTED;
        self.attention.asks();
        self.set_intent(Intent::Private).await;
        self.privacy.may_be_asked_again();
        if self.privacy.is_finished() {
            let outputs = self.conversation.end(self.now());
            self.perform(outputs, None).await;
            self.leave_session();
        }
    }

    pub(super) async fn end_private(&mut self) {
        self.set_intent(Intent::Plain).await;
        self.privacy.exchange_ended();
        self.leave().await;
    }

    /// Ends the private conversation, if there is one, and says so.
    pub(super) async fn leave(&mut self) {
        let was_live = self.privacy.session().is_some();
        let outputs = self.conversation.end(self.now());
        self.perform(outputs, None).await;
        self.leave_session();
        if was_live {
            self.notice(Notice::EndedByUs).await;
        }
    }

    pub(super) async fn set_intent(&mut self, intent: Intent) {
        if self.privacy.set_intent(intent) {
            let kept = match intent {
                Intent::Private => vault::Intent::Private,
                Intent::Plain => vault::Intent::Plain,
            };
            self.store.save_intent(&self.chat, kept).await;
        }
    }
}
