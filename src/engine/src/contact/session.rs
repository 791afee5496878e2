//! From the link to the window: what the protocol says of the contact's messages.

use std::time::SystemTime;

use chat::{Intent, KeyStanding, Permissions};
use otr::{
    Config, Conversation, Event, InstanceTag, LineBreaks, MessageState, Output, Outputs, Policy,
    PrivateKey, WireText,
};
use rand::SeedableRng;
use rand::rngs::StdRng;
use xmpp::{FullJid, Jid};

use super::receiving::is_private;
use super::sending::Wire;
use super::{Contact, Received};
use crate::keys::KeyReport;
use crate::message::{ChatEvent, Fingerprint, Notice, Verification, new_message_id};

/// A conversation of ours with a generator of its own.
pub(crate) fn conversation(key: PrivateKey, instance: InstanceTag) -> Conversation {
    let policy = Policy::MANUAL.with(Policy::WHITESPACE_START_AKE);
    let rng = StdRng::from_rng(&mut rand::rng());
    Conversation::new(
        Config::new(key, instance, rng).policy(policy).line_breaks(LineBreaks::Allowed),
    )
}

impl Contact {
    /// Does what the protocol asks for, in order.
    pub(super) async fn perform(&mut self, outputs: Outputs, cause: Option<&Received>) {
        for output in outputs {
            match output {
                Output::Send { wire, to } => self.transmit_quietly(wire, to, cause),
                Output::Event(event) => self.observe(event, cause).await,
            }
        }
    }

    /// A message of the protocol that is no text of anybody.
    pub(super) fn transmit_quietly(
        &mut self,
        wire: WireText,
        to: Option<InstanceTag>,
        cause: Option<&Received>,
    ) {
        let to = self.route(to, cause);
        self.transmit_quietly_to(wire, to);
    }

    /// The same to this place.
    pub(super) fn transmit_quietly_to(&mut self, wire: WireText, to: Jid) {
        let (tag, id) = (self.tags.draw(), new_message_id());
        let (body, wants_receipt, replaces) = (wire.into_string(), false, None);
        self.transmit(Wire { tag, to, id, body, wants_receipt, replaces });
    }

    pub(super) async fn observe(&mut self, event: Event, cause: Option<&Received>) {
        match event {
            Event::Text { text, security } => self.text(text, security, cause).await,
            Event::SessionStarted { instance, fingerprint, .. } => {
                self.session_begins(instance, fingerprint, cause).await;
            }
            Event::SessionRefreshed { instance, fingerprint, .. } => {
                let was_gone = self.privacy.session().is_some() && self.privacy.active().is_none();
                self.session_begins(instance, fingerprint, cause).await;
                if !was_gone && self.privacy.is_with(instance) {
                    self.notice(Notice::PrivateRefreshed).await;
                }
            }
            Event::SessionKeyChanged { instance, fingerprint, .. } => {
                self.session_begins(instance, fingerprint, cause).await;
            }
            Event::SessionFinished { instance, .. } => {
                if self.privacy.is_with(instance) {
                    self.privacy.finish();
                    self.report_no_key();
                    self.interrupt_verification().await;
                    self.notice(Notice::EndedByContact).await;
                }
            }
            Event::SessionDisplaced { instance, .. } => {
                self.devices.forget_client(instance);
                if self.privacy.is_with(instance) {
                    self.interrupt_verification().await;
                }
                self.notice(Notice::TooManyApps).await;
            }
            Event::SessionEnded => self.interrupt_verification().await,
            Event::SmpRequested { request, question, .. } => {
                self.requested(request, question).await;
            }
            Event::SmpInProgress { .. } => {
                self.tell(ChatEvent::Verification(Verification::InProgress)).await;
            }
            Event::SmpSucceeded { fingerprint, role, .. } => self.verified(fingerprint, role).await,
            Event::SmpFailed { fingerprint, role, .. } => {
                self.not_verified(fingerprint, role).await;
            }
            Event::SmpAborted { .. } => self.verification_is_stopped().await,
            Event::SmpCheated { .. } => {
                self.tell(ChatEvent::Verification(Verification::Interrupted)).await;
            }
            Event::PeerError(words) => self.error_is_claimed(&words).await,
            Event::Unreadable | Event::Malformed | Event::NotInPrivate => {
                self.notice(Notice::Unreadable).await;
            }
            Event::ForOtherInstance => {
                let is_private = cause.is_some_and(|received| is_private(&received.body));
                self.for_other_device(is_private).await;
            }
            Event::AnswerCopied => self.notice(Notice::AnswerCopied).await,
            Event::DowngradeRefused => self.older_version_refused().await,
            Event::SetupFailed => {
                self.privacy.exchange_failed();
                self.notice(Notice::SetupFailed).await;
            }
            Event::NoVersion | Event::StartTimedOut => {
                if self.privacy.is_exchanging() {
                    self.not_answered().await;
                }
            }
            Event::HeartbeatReceived { instance } => {
                self.session_shows_life(instance, cause).await;
            }
            Event::RecordReceived { instance, fingerprint, number, value } => {
                self.record((instance, fingerprint), number, &value).await;
            }
            // The best program is looked for after each message anyway.
            Event::RecipientChanged(_) | Event::ExtraKeyReceived { .. } | Event::Reflected => {}
            Event::Unrecognized => {
                if let Some(received) = cause {
                    self.words(received).await;
                }
            }
        }
    }

    async fn session_begins(
        &mut self,
        instance: InstanceTag,
        fingerprint: Fingerprint,
        cause: Option<&Received>,
    ) {
        let is_new = self.saw_key(fingerprint).await;
        let before = self.privacy.session().map(|session| session.fingerprint);
        let was_with = self.privacy.active().map(|session| session.instance);
        self.reorder.reset();
        self.claimed_errors.clear();
        self.doubt_reports(instance);
        self.version_is_spoken().await;
        self.learn_route(instance, cause);
        // Two programs are never at one address: whichever was there before has gone.
        let gone = self.devices.displaced_by(instance).into_iter();
        // One that has not confirmed what it was sent may have stopped without a word.
        let gone: Vec<_> = gone.chain(self.silent().filter(|other| *other != instance)).collect();
        for other in gone {
            self.instance_is_gone(other).await;
        }
        self.other_device_told = false;
        self.privacy.exchange_ended();
        self.set_intent(Intent::Private).await;
        self.prefer_known_keys();
        // One with a better key goes on, and this program is only heard.
        let is_followed = before.is_none() || self.is_best(instance);
        if is_followed {
            // It may have taken the place of any other, which nobody has missed yet.
            self.doubt_unconfirmed(|_| true).await;
            self.follow(instance, fingerprint, true);
            self.interrupt_verification().await;
        } else {
            self.doubt_unconfirmed(|entry| {
                entry.sent.as_ref().is_some_and(|sent| sent.to == instance)
            })
            .await;
        }
        self.devices.session_began();
        self.report(KeyReport::Changed);
        let is_untold = self.keys.is_untold(fingerprint);
        let is_news = if is_followed { before != Some(fingerprint) } else { is_untold };
        if is_news {
            self.tell_started(fingerprint, is_new, is_untold).await;
        } else if is_followed && was_with.is_some_and(|other| other != instance) {
            // Another program of theirs goes on, or the same under another name after a crash.
            self.notice(Notice::PrivateRefreshed).await;
        }
    }

    /// `is_untold`: nobody was told of a session with this key yet. That it is another than the one
    /// before is said once; the strip says it for as long as nothing is decided.
    async fn tell_started(&mut self, fingerprint: Fingerprint, new_key: bool, is_untold: bool) {
        let standing = self.keys.standing(fingerprint);
        let verified = standing == KeyStanding::Verified;
        self.notice(Notice::PrivateStarted { fingerprint, verified, new_key }).await;
        if let KeyStanding::New { other_verified } = standing
            && is_untold
        {
            self.notice(Notice::KeyChanged { fingerprint, other_verified }).await;
        }
    }

    /// Whether a text sent now would go to this program.
    fn is_best(&self, program: InstanceTag) -> bool {
        matches!(self.conversation.message_state(),
            MessageState::Encrypted { instance, .. } if instance == program)
    }

    fn follow(&mut self, instance: InstanceTag, fingerprint: Fingerprint, is_there: bool) {
        self.privacy.follow((instance, fingerprint), is_there, SystemTime::now());
        if self.keys.standing(fingerprint).gets_texts() {
            self.privacy.texts_go_to(fingerprint);
        }
        self.report(KeyReport::InUse(self.chat.clone(), Some(fingerprint)));
    }

    /// Keeps to the program of the contact that a text sent now would go to: a contact may have
    /// several at once, each with its own key. Where one has left, the person chooses first.
    pub(super) fn follow_best_instance(&mut self) {
        self.prefer_known_keys();
        let Some(session) = self.privacy.session() else { return };
        let MessageState::Encrypted { instance, fingerprint, .. } =
            self.conversation.message_state()
        else {
            return;
        };
        if session.instance != instance || session.fingerprint != fingerprint {
            self.follow(instance, fingerprint, self.conversation.is_present(instance));
        }
    }

    pub(super) fn leave_session(&mut self) {
        self.privacy.leave();
        self.report_no_key();
    }

    fn report_no_key(&self) {
        self.report(KeyReport::InUse(self.chat.clone(), None));
        self.report(KeyReport::Changed);
    }

    /// A program of the contact is gone: nothing is sent to it until it shows again, and another
    /// is preferred.
    pub(super) async fn program_is_gone(&mut self, program: &FullJid) {
        for instance in self.devices.clients_at(program) {
            self.instance_is_gone(instance).await;
        }
    }

    /// Nobody's presence is known.
    pub(super) async fn every_program_may_be_gone(&mut self) {
        let instance = |state| match state {
            MessageState::Plaintext => None,
            MessageState::Encrypted { instance, .. } | MessageState::Finished { instance, .. } => {
                Some(instance)
            }
        };
        for instance in self.conversation.instances().filter_map(instance).collect::<Vec<_>>() {
            self.instance_is_gone(instance).await;
        }
    }

    pub(super) async fn instance_is_gone(&mut self, instance: InstanceTag) {
        self.conversation.set_present(instance, false);
        self.privacy.peer_gone(instance);
        self.doubt_unconfirmed(|entry| entry.sent.as_ref().is_some_and(|sent| sent.to == instance))
            .await;
    }

    pub(super) async fn session_shows_life(
        &mut self,
        instance: InstanceTag,
        cause: Option<&Received>,
    ) {
        self.count_waiting_receipts(instance).await;
        self.devices.has_session(instance);
        if !self.privacy.is_with(instance) {
            return;
        }
        // While we are invisible it rests until the person speaks.
        if self.permissions.contains(Permissions::INVISIBLE) && !self.speaks() {
            return;
        }
        self.privacy.peer_back();
        self.learn_route(instance, cause);
    }
}
