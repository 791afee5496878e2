//! From the link to the window: what the protocol says of the contact's messages.

use std::collections::VecDeque;
use std::hash::{BuildHasher, Hash, RandomState};
use std::time::SystemTime;

use otr::{
    Config, Conversation, Event, InstanceTag, MessageState, Output, Outputs, Policy, PrivateKey,
    Security, html,
};
use rand::SeedableRng;
use rand::rngs::StdRng;
use vault::Intent;
use xmpp::FullJid;

use super::outbox::{Entry, Level, Stage};
use super::sending::Wire;
use super::{Contact, Received, SentElsewhere};
use crate::keys::KeyReport;
use crate::message::{
    ChatEvent, FailReason, Fingerprint, HeldReason, MessageId, Notice, Proof, Provenance, Trust,
    Verification,
};

/// How many of the contact's messages are remembered, to show a repeated one once.
const RECENT_MAX: usize = 512;
/// Programs that give ids again in every session give short ones.
const UNIQUE_ID_BYTES_MIN: usize = 16;

/// A private conversation, as the engine sees it.
#[derive(Debug)]
pub(super) enum Session {
    /// Keys are shared.
    Live(Live),
    /// The contact left; nothing goes out until the person chooses.
    Finished,
}

/// A private conversation that holds.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) fingerprint: Fingerprint,
    /// Whether this key is verified.
    pub(super) verified: bool,
    /// Whether the contact has another key that is verified: then this one is a surprise.
    pub(super) other_verified: bool,
    /// Whether the contact's program may be gone. Nothing is sent until it shows again.
    pub(super) dormant: bool,
    instance: InstanceTag,
}

/// The latest messages, by keyed hashes of what tells them apart.
#[derive(Debug, Default)]
pub(super) struct Recent {
    hasher: RandomState,
    hashes: VecDeque<u64>,
}

impl Recent {
    /// Takes a message in; says whether it was known.
    pub(super) fn repeats(&mut self, name: impl Hash) -> bool {
        let hash = self.hasher.hash_one(name);
        if self.hashes.contains(&hash) {
            return true;
        }
        if self.hashes.len() == RECENT_MAX {
            self.hashes.pop_front();
        }
        self.hashes.push_back(hash);
        false
    }
}

/// A conversation of ours with a generator of its own.
pub(super) fn conversation(key: PrivateKey, instance: InstanceTag) -> Conversation {
    let policy = Policy::MANUAL.with(Policy::WHITESPACE_START_AKE);
    let rng = StdRng::from_rng(&mut rand::rng());
    Conversation::new(Config::new(key, instance, rng).policy(policy))
}

/// What a message is called, and which earlier one it corrects.
fn names(cause: Option<&Received>) -> (Option<MessageId>, Option<MessageId>) {
    let name = |id: &Option<String>| id.clone().map(MessageId::from);
    cause.map_or((None, None), |received| (name(&received.id), name(&received.replaces)))
}

impl Contact {
    pub(super) async fn all_received(&mut self, ready: Vec<Received>) {
        for received in ready {
            self.received(received).await;
        }
    }

    pub(super) async fn received(&mut self, received: Received) {
        let speaks_otr = received.body.contains("?OTR");
        if speaks_otr && received.stored {
            // It was meant for a session that is gone, or for another device. It starts nothing.
            return self.for_other_device(&received.body).await;
        }
        if speaks_otr && !self.standing.accepted {
            return tracing::debug!("a stranger's offer to go private gets no answer");
        }
        if received.stored || !self.standing.accepted {
            let provenance = match &self.session {
                Some(_) => Provenance::PlainInPrivate,
                None => Provenance::Plain,
            };
            let at = received.delayed.unwrap_or_else(SystemTime::now);
            let text = received.body.trim_end_matches([' ', '\t']).to_owned();
            if received.id.as_deref().is_some_and(|id| self.came_before(id, &text)) {
                return;
            }
            let (id, replaces) = names(Some(&received));
            return self.tell(ChatEvent::Received { text, provenance, at, id, replaces }).await;
        }
        let outputs = self.conversation.receive(&received.body, self.now());
        let is_answer = outputs.iter().any(|output| matches!(output, Output::Send { .. }));
        if is_answer && self.conversation.is_starting() && !self.session_is_usable() {
            // They have begun; an offer of ours would only cross with it.
            self.starting = true;
        }
        self.perform(outputs, Some(&received)).await;
    }

    /// Does what the protocol asks for, in order.
    pub(super) async fn perform(&mut self, outputs: Outputs, cause: Option<&Received>) {
        for output in outputs {
            match output {
                Output::Send { wire, to } => {
                    let to = self.route(to, cause);
                    let tag = self.tags.draw();
                    let id = MessageId::random();
                    self.transmit(Wire {
                        tag,
                        to,
                        id,
                        body: wire.into_string(),
                        last: false,
                        replaces: None,
                    });
                }
                Output::Event(event) => self.observe(event, cause).await,
            }
        }
    }

    pub(super) async fn observe(&mut self, event: Event, cause: Option<&Received>) {
        match event {
            Event::Text { text, security } => self.text(text, security, cause).await,
            Event::SessionStarted { instance, fingerprint, .. } => {
                self.session_begins(instance, fingerprint, cause).await;
            }
            Event::SessionRefreshed { instance, fingerprint, .. } => {
                let was_dormant =
                    matches!(&self.session, Some(Session::Live(live)) if live.dormant);
                self.session_begins(instance, fingerprint, cause).await;
                if !was_dormant {
                    self.notice(Notice::PrivateRefreshed).await;
                }
            }
            Event::SessionKeyChanged { instance, fingerprint, .. } => {
                self.session_begins(instance, fingerprint, cause).await;
            }
            Event::SessionFinished { instance, .. } => {
                if self.is_session_of(instance) {
                    self.leave_session(Some(Session::Finished));
                    self.interrupt_verification().await;
                    self.notice(Notice::EndedByContact).await;
                }
            }
            Event::SessionDisplaced { instance, .. } => {
                self.routes.remove(&instance);
                if self.is_session_of(instance) {
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
            Event::SmpFailed { .. } => self.not_verified().await,
            Event::SmpAborted { .. } => {
                self.tell(ChatEvent::Verification(Verification::CancelledByContact)).await;
            }
            Event::SmpCheated { .. } => {
                self.tell(ChatEvent::Verification(Verification::Interrupted)).await;
            }
            Event::PeerError(text) => {
                if self.session_is_usable() {
                    self.doubt_unconfirmed(|_| true).await;
                }
                self.notice(Notice::ContactError(text)).await;
            }
            Event::Unreadable | Event::Malformed | Event::NotInPrivate => {
                self.notice(Notice::Unreadable).await;
            }
            Event::ForOtherInstance => self.notice(Notice::ForOtherDevice).await,
            Event::AnswerCopied => self.notice(Notice::AnswerCopied).await,
            Event::DowngradeRefused => self.notice(Notice::DowngradeRefused).await,
            Event::SetupFailed => {
                self.starting = false;
                self.unanswered = true;
                self.notice(Notice::SetupFailed).await;
            }
            Event::NoVersion | Event::StartTimedOut => {
                if self.starting {
                    self.not_answered().await;
                }
            }
            Event::HeartbeatReceived { instance } => self.session_shows_life(instance, cause),
            Event::ExtraKeyReceived { .. }
            | Event::RecordReceived { .. }
            | Event::Reflected
            | Event::Unrecognized => {}
        }
    }

    async fn text(&mut self, text: String, security: Security, cause: Option<&Received>) {
        let provenance = match security {
            Security::Plain => Provenance::Plain,
            Security::PlainInPrivate => Provenance::PlainInPrivate,
            Security::Private { instance, fingerprint } => {
                self.session_shows_life(instance, cause);
                match &self.session {
                    Some(Session::Live(live)) if live.verified => Provenance::Verified(fingerprint),
                    Some(_) | None => Provenance::Private(fingerprint),
                }
            }
        };
        let private = matches!(provenance, Provenance::Private(_) | Provenance::Verified(_));
        if let Some(Received { from, id: Some(id), wants_receipt: true, .. }) = cause
            && self.standing.confirms
        {
            let (to, id) = (from.clone(), id.clone());
            self.hand_over(xmpp::Command::SendReceipt { to, id });
        }
        let text = match private.then(|| html::decode(&text)).flatten() {
            Some(plain) => {
                self.writes_html = true;
                plain
            }
            None => text,
        };
        let (id, replaces) = names(cause);
        if id.as_ref().is_some_and(|id| self.came_before(id.as_str(), &text)) {
            return;
        }
        let at = cause.and_then(|received| received.delayed).unwrap_or_else(SystemTime::now);
        self.tell(ChatEvent::Received { text, provenance, at, id, replaces }).await;
    }

    /// Whether a message was sent again that is shown already.
    fn came_before(&mut self, id: &str, text: &str) -> bool {
        let repeats = id.len() >= UNIQUE_ID_BYTES_MIN && self.recent.repeats((id, text));
        if repeats {
            tracing::debug!("a message that was sent again is shown once");
        }
        repeats
    }

    /// What another device of ours sent them. Of what was private we can read nothing.
    pub(super) async fn sent_elsewhere(&mut self, sent: SentElsewhere) {
        let SentElsewhere { body, at, id, replaces } = sent;
        if body.contains("?OTR") {
            return self.for_other_device(&body).await;
        }
        if id.as_ref().is_some_and(|id| self.sent.repeats(id.as_str())) {
            return;
        }
        let text = body.trim_end_matches([' ', '\t']).to_owned();
        self.tell(ChatEvent::SentElsewhere { text, at, id, replaces }).await;
    }

    /// One quiet line, however many messages there are; none for a mere offer.
    async fn for_other_device(&mut self, body: &str) {
        let is_private = ["?OTR:", "?OTR,", "?OTR|"].iter().any(|mark| body.contains(mark));
        if is_private && !std::mem::replace(&mut self.other_device_told, true) {
            self.notice(Notice::ForOtherDevice).await;
        }
    }

    async fn session_begins(
        &mut self,
        instance: InstanceTag,
        fingerprint: Fingerprint,
        cause: Option<&Received>,
    ) {
        let standing = self.store.saw_key(&self.chat, fingerprint).await;
        let same_key = self.last_key == Some(fingerprint);
        let was_live = matches!(self.session, Some(Session::Live(_)));
        self.order.begin();
        // It may have taken the place of any other, which nobody has missed yet.
        self.doubt_unconfirmed(|_| true).await;
        self.session = Some(Session::Live(Live {
            fingerprint,
            verified: standing.verified,
            other_verified: standing.other_verified,
            dormant: false,
            instance,
        }));
        if self.conversation.v3_seen() {
            self.store.save_v3_seen(&self.chat).await;
        }
        self.learn_route(instance, cause);
        self.other_device_told = false;
        self.last_key = Some(fingerprint);
        self.starting = false;
        self.unanswered = false;
        self.set_intent(Intent::Private).await;
        self.report(KeyReport::InUse(self.chat.clone(), Some(fingerprint)));
        self.report(KeyReport::Changed);
        self.interrupt_verification().await;
        if !was_live || !same_key {
            let (verified, new_key) = (standing.verified, standing.new);
            self.notice(Notice::PrivateStarted { fingerprint, verified, new_key }).await;
            if standing.other_verified && !standing.verified {
                self.notice(Notice::KeyChanged { fingerprint }).await;
            }
        }
    }

    /// Keeps to the program of the contact that a text sent now would go to: a contact may have
    /// several at once, each with its own key. Where one has left, the person chooses first.
    pub(super) async fn follow_best_instance(&mut self) {
        let Some(Session::Live(live)) = &self.session else { return };
        let MessageState::Encrypted { instance, fingerprint, .. } =
            self.conversation.message_state()
        else {
            return;
        };
        if live.instance == instance && live.fingerprint == fingerprint {
            return;
        }
        let standing = self.store.key_standing(&self.chat, fingerprint).await;
        self.session = Some(Session::Live(Live {
            fingerprint,
            verified: standing.verified,
            other_verified: standing.other_verified,
            dormant: !self.conversation.is_present(instance),
            instance,
        }));
        self.last_key = Some(fingerprint);
        self.report(KeyReport::InUse(self.chat.clone(), Some(fingerprint)));
    }

    /// Leaves the session; `after` says whether the person must choose how to go on.
    pub(super) fn leave_session(&mut self, after: Option<Session>) {
        self.session = after;
        self.report(KeyReport::InUse(self.chat.clone(), None));
        self.report(KeyReport::Changed);
    }

    /// A program of the contact is gone: nothing is sent to it until it shows again, and another
    /// is preferred.
    pub(super) async fn program_is_gone(&mut self, program: &FullJid) {
        let there = self.routes.iter().filter(|(_, at)| *at == program);
        for instance in there.map(|(instance, _)| *instance).collect::<Vec<_>>() {
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

    async fn instance_is_gone(&mut self, instance: InstanceTag) {
        self.conversation.set_present(instance, false);
        if let Some(Session::Live(live)) = &mut self.session
            && live.instance == instance
        {
            live.dormant = true;
        }
        self.doubt_unconfirmed(|entry| entry.sent.is_some_and(|sent| sent.to == instance)).await;
    }

    /// What went out under keys that may be gone, and was not confirmed though the contact confirms
    /// what is read, may be lost. A receipt that comes late still settles it.
    pub(super) async fn doubt_unconfirmed(&mut self, is_concerned: impl Fn(&Entry) -> bool) {
        if !self.receipts_come {
            return;
        }
        let mut doubtful = Vec::new();
        for entry in self.outbox.iter_mut().filter(|entry| is_concerned(entry)) {
            match entry.stage {
                Stage::Sent(provenance @ (Provenance::Private(_) | Provenance::Verified(_))) => {
                    entry.stage = Stage::Failed { provenance, reason: FailReason::Unsure };
                    doubtful.push(entry.id.clone());
                }
                Stage::Queued {
                    provenance: Provenance::Private(_) | Provenance::Verified(_),
                    ..
                } => entry.doubted = true,
                Stage::Queued { .. } | Stage::Sent(_) | Stage::Held(_) | Stage::Failed { .. } => {}
            }
        }
        for id in doubtful {
            self.wipe(&id).await;
        }
    }

    fn session_shows_life(&mut self, instance: InstanceTag, cause: Option<&Received>) {
        if !self.is_session_of(instance) {
            return;
        }
        if let Some(Session::Live(live)) = &mut self.session {
            live.dormant = false;
        }
        self.learn_route(instance, cause);
    }

    fn learn_route(&mut self, instance: InstanceTag, cause: Option<&Received>) {
        if let Some(Ok(from)) = cause.map(|received| FullJid::try_from(received.from.clone())) {
            self.routes.insert(instance, from);
        }
    }

    fn is_session_of(&self, instance: InstanceTag) -> bool {
        matches!(&self.session, Some(Session::Live(live)) if live.instance == instance)
    }

    pub(super) async fn set_trust(&mut self, fingerprint: Fingerprint, proof: Option<Proof>) {
        let trust = match proof {
            Some(proof) => Trust::Verified { proof, at: SystemTime::now() },
            None => Trust::Unverified,
        };
        if !self.store.set_trust(&self.chat, fingerprint, trust).await {
            return;
        }
        self.reassess().await;
        self.notice(match proof {
            Some(proof) => Notice::Verified(proof),
            None => Notice::TrustWithdrawn,
        })
        .await;
    }

    /// Of several programs of the contact, one with a verified key is preferred.
    pub(super) async fn prefer_verified(&mut self) {
        if let Some(verified) = self.store.verified_keys(&self.chat).await {
            self.conversation.set_trusted(verified);
        }
    }

    /// Looks the session's key up again after anything was decided about keys.
    pub(super) async fn reassess(&mut self) {
        self.prefer_verified().await;
        if let Some(Session::Live(live)) = &mut self.session {
            let standing = self.store.key_standing(&self.chat, live.fingerprint).await;
            live.verified = standing.verified;
            live.other_verified = standing.other_verified;
        }
        self.report(KeyReport::Changed);
    }

    pub(super) fn accept_key(&mut self, fingerprint: Fingerprint) {
        self.accepted_key = Some(fingerprint);
        for entry in self.outbox.iter_mut() {
            if entry.stage == Stage::Held(HeldReason::KeyChanged) {
                entry.level = Level::Private(Some(fingerprint));
            }
        }
    }

    pub(super) async fn forget_key(&mut self, fingerprint: Fingerprint) {
        let in_use =
            matches!(&self.session, Some(Session::Live(live)) if live.fingerprint == fingerprint);
        if !in_use {
            self.store.forget_key(&self.chat, fingerprint).await;
            self.reassess().await;
        }
    }
}
