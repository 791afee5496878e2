//! How a conversation goes private and leaves private: who is asked, when, and in which words.
//!
//! To look is not to speak. Somebody who never was private with us hears of nothing before the
//! person writes, or asks for privacy; somebody who was is asked after a look that lasts.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chat::{Permissions, RequiredProtection};
use otr::Output;
use tokio::time::Instant;
use vault::Intent;

use super::Contact;
use super::session::Session;
use crate::message::Notice;

/// How long a look lasts before it counts: who passes by has not turned to anybody.
const LOOK: Duration = Duration::from_secs(1);
/// The least time between two invitations in words.
const INVITATION_PAUSE: Duration = Duration::from_secs(24 * 60 * 60);

/// How far the person has turned to the contact.
#[derive(Debug, Default)]
pub(super) struct Attention {
    /// Whether it was ever in view, or is wanted private: then the window is told of the padlock.
    is_wanted: bool,
    /// When a look that has begun will have lasted.
    look_lasts_at: Option<Instant>,
    /// Whether one has lasted.
    has_looked: bool,
    /// Whether something stands in the composer that was typed.
    writes: bool,
    /// Whether the person asked for privacy.
    has_asked: bool,
}

impl Attention {
    pub(super) fn in_view(&mut self, now: Instant) {
        self.is_wanted = true;
        if !self.has_looked {
            self.look_lasts_at.get_or_insert(now + LOOK);
        }
    }

    pub(super) const fn looks_away(&mut self) {
        self.look_lasts_at = None;
    }

    pub(super) const fn writes(&mut self, writes: bool) {
        self.is_wanted |= writes;
        self.writes = writes;
    }

    pub(super) const fn asks(&mut self) {
        (self.is_wanted, self.has_asked) = (true, true);
    }

    /// Whether the person has begun to speak, or asks for privacy.
    const fn is_speech(&self) -> bool {
        self.writes || self.has_asked
    }

    /// Whatever made us turn to them is over.
    pub(super) fn rests(&mut self) {
        *self = Self { is_wanted: self.is_wanted, ..Self::default() };
    }

    pub(super) const fn is_wanted(&self) -> bool {
        self.is_wanted
    }

    pub(super) const fn deadline(&self) -> Option<Instant> {
        self.look_lasts_at
    }

    pub(super) fn time_passed(&mut self, now: Instant) {
        self.has_looked |= self.look_lasts_at.take_if(|at| *at <= now).is_some();
    }
}

/// The words that go with an offer, for people whose program does not know what it is. They are
/// said once a day at most.
#[derive(Debug)]
pub(super) struct Invitation {
    words: Arc<str>,
    said: Option<SystemTime>,
}

impl Invitation {
    pub(super) const fn new(words: Arc<str>, said: Option<SystemTime>) -> Self {
        Self { words, said }
    }

    /// Also where the clock was put back.
    fn is_due(&self, now: SystemTime) -> bool {
        self.said.is_none_or(|last| {
            now.duration_since(last).unwrap_or_else(|ahead| ahead.duration()) >= INVITATION_PAUSE
        })
    }
}

impl Contact {
    /// Whether a key exchange is wanted that nobody has asked for yet.
    pub(super) fn should_start(&self) -> bool {
        let looks = self.attention.has_looked && self.keys.is_any_known();
        let wanted = self.speaks() || (looks && !self.permissions.contains(Permissions::INVISIBLE));
        let missing = match &self.session {
            None => true,
            Some(Session::Live(live)) => live.dormant,
            Some(Session::Finished) => false,
        };
        self.intent == Intent::Private
            && wanted
            && missing
            && self.online
            && self.permissions.contains(Permissions::ACCEPTED)
            && self.contact_is_there()
            && !self.starting
            && !self.unanswered
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
        self.starting = true;
        let (now, invites) = (SystemTime::now(), self.invitation.is_due(SystemTime::now()));
        if invites {
            self.conversation.set_invitation(&*self.invitation.words);
        }
        let outputs = self.conversation.start(self.now());
        // Whatever is asked again goes without words.
        self.conversation.set_invitation("");
        if invites && outputs.iter().any(|output| matches!(output, Output::Send { .. })) {
            self.invitation.said = Some(now);
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
        self.unanswered = false;
        if matches!(self.session, Some(Session::Finished)) {
            let outputs = self.conversation.end(self.now());
            self.perform(outputs, None).await;
            self.leave_session(None);
        }
    }

    pub(super) async fn end_private(&mut self) {
        self.set_intent(Intent::Plain).await;
        self.starting = false;
        self.unanswered = false;
        self.leave().await;
    }

    /// Ends the private conversation, if there is one, and says so.
    pub(super) async fn leave(&mut self) {
        let was_live = matches!(self.session, Some(Session::Live(_)));
        let outputs = self.conversation.end(self.now());
        self.perform(outputs, None).await;
        self.leave_session(None);
        if was_live {
            self.notice(Notice::EndedByUs).await;
        }
    }

    pub(super) async fn set_intent(&mut self, intent: Intent) {
        if self.intent != intent {
            self.intent = intent;
            self.store.save_intent(&self.chat, intent).await;
        }
    }
}
