//! The conversation itself: takes what happened and what the person asks, and returns what is to be
//! done. Who decides what stands in the modules beside this one.

mod receiving;
mod sending;

use otr::{Fingerprint, InstanceTag, MessageState, Output, Outputs, Timestamp, Version};

use crate::attention::Attention;
use crate::command::ChatCommand;
use crate::delivery::{Deliveries, keep};
use crate::devices::Devices;
use crate::effect::{Confirmation, Effect, Now, Out, Told, Write};
use crate::greeting::Greetings;
use crate::inbound::Inbound;
use crate::input::{Input, Received};
use crate::invitation::Invitation;
use crate::keys::{Keys, Sighted};
use crate::message::HeldReason;
use crate::notice::Notice;
use crate::older_version::VersionFloor;
use crate::outbox::DeliveryState;
use crate::padlock::Padlock;
use crate::permissions::Permissions;
use crate::privacy::Privacy;
use crate::provenance::RequiredProtection;
use crate::sessions::Sessions;
use crate::start::{KnownVersion, Start};
use crate::trust::{Doubt, Proof, Trust};
use crate::verification::{Requests, Verification};

/// A conversation with one contact. `D` names a device of theirs (in XMPP, its full JID).
///
/// Every call returns what follows from it, in order; after each, [`Chat::deadline`] may have
/// changed.
pub struct Chat<D> {
    sessions: Sessions<D>,
    delivery: Deliveries<D>,
    inbound: Inbound<D>,
    greetings: Greetings,
    requests: Requests,
    attention: Attention,
    invitation: Invitation,
    floor: VersionFloor,
    /// The padlock that the window shows.
    shown: Option<Padlock>,
    out: Out<D>,
}

impl<D: Clone + Ord> Chat<D> {
    /// Begins, with what was written down. [`Input::Room`] is to follow, to get it going.
    #[must_use]
    pub fn new(start: Start<D>, now: Now) -> Self {
        let Start { mut conversation, memory, .. } = start;
        if memory.version == KnownVersion::Newer {
            conversation.set_v3_seen();
        }
        let mut keys = Keys::default();
        keys.restore(memory.keys);
        let mut inbound = Inbound::new(conversation.own_instance(), start.hasher);
        for message in &memory.messages {
            // The archive tells of it as well.
            inbound.sent.repeats(message.id.as_str());
        }
        let mut delivery = Deliveries::new(start.left_behind);
        delivery.restore(memory.messages, |key| keys.trust(key).is_some_and(Trust::is_verified));
        Self {
            sessions: Sessions {
                conversation,
                devices: Devices::new(start.in_sight),
                keys,
                online: start.online,
                permissions: start.permissions,
                privacy: Privacy::new(memory.intent),
            },
            delivery,
            inbound,
            greetings: Greetings::new(start.codec),
            requests: Requests::default(),
            attention: Attention::default(),
            invitation: Invitation::new(start.invitation, memory.invited),
            floor: VersionFloor::new(memory.version == KnownVersion::OlderAllowed),
            shown: None,
            out: Out::new(now, start.tags, start.rng),
        }
    }

    /// Takes in what happened.
    pub fn handle(&mut self, input: Input<D>, now: Now) -> Vec<Effect<D>> {
        self.out.now = now;
        // Whoever did not answer what was asked about a key knows nothing of it.
        self.go_on(None);
        self.take_in(input);
        self.settle();
        self.out.take()
    }

    /// Answers [`Effect::SightKey`]: what is written down of the key now; `None` if that failed.
    pub fn key_sighted(&mut self, sighted: Option<Sighted>, now: Now) -> Vec<Effect<D>> {
        self.out.now = now;
        self.go_on(sighted);
        self.settle();
        self.out.take()
    }

    /// Does what is due; nothing before [`Chat::deadline`].
    pub fn handle_timeout(&mut self, now: Now) -> Vec<Effect<D>> {
        self.out.now = now;
        self.go_on(None);
        self.attention.handle_timeout(now.at);
        self.sessions.devices.handle_timeout(now.at);
        let ready = self.inbound.reorder.handle_timeout(now.at);
        self.all_received(ready);
        if self.sessions.online {
            let without_session = self.sessions.devices.without_session();
            self.delivery.handle_timeout(without_session, &mut self.out);
        }
        let is_there = self.sessions.is_there();
        for output in self.sessions.conversation.handle_timeout(now.at) {
            match output {
                Output::Send { wire, to } if is_there => {
                    let permissions = self.sessions.permissions;
                    let to = self.sessions.devices.route_again(to, permissions);
                    self.transmit_quietly(wire, to);
                }
                // Whoever is away is not asked again.
                Output::Send { .. } => {}
                Output::Event(event) => self.observe(event, None),
            }
        }
        self.settle();
        self.out.take()
    }

    /// When [`Chat::handle_timeout`] wants to be called next; `None`: nothing is due.
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        // Without a connection no receipt comes either.
        let receipt = self.delivery.deadline().filter(|_| self.sessions.online);
        let all = [
            self.sessions.deadline(),
            self.inbound.reorder.deadline(),
            self.hello_deadline(),
            self.attention.deadline(),
            receipt,
        ];
        all.into_iter().flatten().min()
    }

    /// Says that a text arrived, after [`Effect::Confirm`] and once it is in safety.
    pub fn confirm(&mut self, confirmation: Confirmation<D>, now: Now) -> Vec<Effect<D>> {
        self.out.now = now;
        self.confirm_now(confirmation);
        self.out.take()
    }

    /// The program ends: leaves what is private, and says so.
    pub fn goodbye(&mut self, now: Now) -> Vec<Effect<D>> {
        self.out.now = now;
        if self.sessions.online {
            let outputs = self.sessions.conversation.end(now.at);
            self.perform(outputs, None);
        }
        self.out.push(Effect::KeyInUse(None));
        self.sessions.privacy.leave();
        self.sessions.privacy.exchange_broke();
        self.sessions.online = false;
        self.show_padlock();
        self.out.take()
    }

    /// What the contact may know of us, and what we know of them.
    #[must_use]
    pub const fn permissions(&self) -> Permissions {
        self.sessions.permissions
    }

    /// Whether we are online.
    #[must_use]
    pub const fn is_online(&self) -> bool {
        self.sessions.online
    }

    /// Who can read what is typed next, as of now.
    #[must_use]
    pub fn padlock(&self) -> Padlock {
        self.sessions.padlock()
    }

    fn take_in(&mut self, input: Input<D>) {
        let out = &mut self.out;
        match input {
            Input::LinkUp { resumed } => self.link_up(resumed),
            Input::CaughtUp => self.inbound.reorder.caught_up(out.now.at),
            Input::LinkDown => {
                self.sessions.online = false;
                self.inbound.reorder.link_down();
                self.delivery.link_down();
            }
            Input::Permissions(permissions) => self.permit(permissions),
            Input::Shown { device, program } => {
                self.delivery.device_shows_itself(&device);
                if self.sessions.devices.shown(device, program) {
                    self.sessions.privacy.may_be_asked_again();
                }
            }
            Input::Gone(device) => {
                for client in self.sessions.devices.gone(&device) {
                    self.client_is_gone(client);
                }
                if !self.sessions.is_there() {
                    self.sessions.privacy.exchange_broke();
                }
            }
            Input::Received(received) => self.comes(received),
            Input::SentByOtherDevice(sent) => self.sent_by_other_device(sent),
            Input::Acked(tag) => self.delivery.acked(tag, self.sessions.permissions, out),
            Input::Unsure(tag) => self.delivery.unsure(tag, out),
            Input::Unsendable(tag) => self.delivery.unsendable(tag, out),
            Input::Receipt { from, id } => {
                self.delivery.receipt(&from, &id, &self.sessions.conversation, out);
            }
            Input::Bounced { from, id } => {
                if self.delivery.bounced(&from, &id, out)
                    && let Some(device) = from.device()
                {
                    for client in self.sessions.devices.clients_at(device) {
                        self.client_is_gone(client);
                    }
                }
            }
            Input::Archived(page) => self.delivery.archived(page, out),
            Input::NotArchived { tag, is_link_lost } => {
                self.delivery.not_archived(tag, is_link_lost);
            }
            Input::Typing(is_typing) => {
                if self.sessions.permissions.contains(Permissions::ACCEPTED) {
                    out.tell(Told::Typing(is_typing));
                }
            }
            Input::Command(command) => self.obey(command),
            Input::Leave => {
                self.leave();
                // Until they are let through again, nothing we offer reaches them.
                self.attention = Attention::default();
                self.sessions.privacy.may_not_be_asked();
            }
            Input::KeysReviewed(kept) => {
                self.sessions.keys.restore(kept);
                out.push(Effect::KeysChanged);
            }
            Input::Room => {}
            Input::ShowPadlock => self.tell_padlock(self.sessions.padlock()),
        }
    }

    fn obey(&mut self, command: ChatCommand) {
        let out = &mut self.out;
        match command {
            ChatCommand::Open => {
                self.attention.in_view(out.now.at);
                self.shown = None;
            }
            ChatCommand::Leave => self.attention.looks_away(),
            ChatCommand::Send(typed) => self.accept_text(typed),
            ChatCommand::Retry { id, seen } => self.retry(&id, seen),
            ChatCommand::Discard(id) => self.delivery.discard(&id, out),
            ChatCommand::Writing(is_typing) => {
                self.attention.writes(is_typing);
                self.tell_typing(is_typing);
            }
            // What was read and what stands in the composer is kept by whoever writes to disk.
            ChatCommand::Read(_) | ChatCommand::SaveDraft(_) => {}
            ChatCommand::GoPrivate => self.go_private(),
            ChatCommand::TryNow => self.try_now(),
            ChatCommand::AllowOlderVersion(allows) => self.allow_older_version(allows),
            ChatCommand::EndPrivate => self.end_private(),
            ChatCommand::Verify { key, question, secret } => {
                let (whom, sessions) = ((key, question.as_deref()), &mut self.sessions);
                let sent = self.requests.ask(whom, &secret, sessions, out);
                self.verify(sent);
            }
            ChatCommand::Answer { request, secret } => {
                let sent = self.requests.answer(request, &secret, &mut self.sessions, out);
                self.verify(sent);
            }
            ChatCommand::CancelVerification => {
                self.requests.cancel(out);
                let outputs = self.sessions.conversation.abort_verification(out.now.at);
                self.perform(outputs, None);
            }
            ChatCommand::SetTrust { fingerprint, proof: None } => {
                self.sessions.doubt(fingerprint, Doubt::Withdrawn, out);
            }
            ChatCommand::SetTrust { fingerprint, proof: Some(proof) } => {
                self.prove(fingerprint, proof);
            }
            ChatCommand::AcceptKey(key) => self.accept_key(key),
            ChatCommand::DoubtKey(key) => self.sessions.doubt(key, Doubt::Differs, out),
            ChatCommand::ForgetKey(key) => self.sessions.forget_key(key, out),
        }
    }

    /// Brings everything in line after any change: starts what is wanted, sends what may go, shows
    /// the padlock. Not while it is unknown which trust a key has that just came up.
    fn settle(&mut self) {
        if self.inbound.is_paused() {
            return;
        }
        self.sessions.follow_best(&mut self.out);
        if self.sessions.online {
            self.delivery.check_archive(&mut self.out);
        }
        if self.should_start() {
            self.start();
        }
        self.greet();
        self.flush();
        self.delivery.keep_failures(&mut self.out);
        self.delivery.show_changes(&mut self.out);
        self.show_padlock();
        let beside = self.sessions.key_beside();
        if self.sessions.keys.is_news_beside(beside) {
            self.out.tell(Told::NewKeyBeside(beside));
        }
        if let Some(state) = self.floor.take_change() {
            self.out.tell(Told::OlderVersion(state));
        }
    }

    /// Tells the window of the padlock, if it changed and somebody may look.
    fn show_padlock(&mut self) {
        let padlock = self.sessions.padlock();
        let is_of_interest =
            self.attention.is_wanted() || self.shown.is_some() || padlock.fingerprint().is_some();
        if self.shown != Some(padlock) && is_of_interest {
            self.tell_padlock(padlock);
        }
    }

    fn tell_padlock(&mut self, padlock: Padlock) {
        self.shown = Some(padlock);
        self.out.tell(Told::PadlockChanged(padlock));
    }

    fn link_up(&mut self, resumed: bool) {
        let now = self.out.now.at;
        self.sessions.online = true;
        self.sessions.devices.link_up(now);
        // Whatever went unanswered may have been lost with the connection.
        self.sessions.privacy.may_be_asked_again();
        self.floor.silence_says_nothing();
        if resumed {
            self.inbound.reorder.link_resumed(now);
            self.delivery.outbox.wait_anew_for_receipts(now);
            self.delivery.resume_left_behind();
        } else {
            let ready = self.inbound.reorder.link_replaced();
            self.all_received(ready);
            self.delivery.forget_left_behind();
            // Everybody saw us leave; nobody's presence is known yet, and the other side may have
            // dropped the session: it sleeps until the contact shows again.
            self.sessions.devices.link_replaced();
            self.sessions.privacy.exchange_broke();
            self.every_client_may_be_gone();
        }
    }

    fn permit(&mut self, permissions: Permissions) {
        let before = std::mem::replace(&mut self.sessions.permissions, permissions);
        let begins = |flag| permissions.contains(flag) && !before.contains(flag);
        let ends = |flag| before.contains(flag) && !permissions.contains(flag);
        if begins(Permissions::ACCEPTED) || ends(Permissions::BLOCKED) {
            // Nothing reached them until now.
            self.sessions.privacy.may_be_asked_again();
        }
        if begins(Permissions::INVISIBLE) {
            // Everybody sees us leave, and Profanity 0.13.1 drops the session without a word. To
            // whom nothing is said we are not there.
            self.attention.rests();
            self.every_client_may_be_gone();
        }
    }

    /// Nobody's presence is known.
    fn every_client_may_be_gone(&mut self) {
        for client in self.sessions.clients() {
            self.client_is_gone(client);
        }
    }

    /// A client of the contact is gone: nothing is sent to it until it shows again, and another is
    /// preferred.
    fn client_is_gone(&mut self, client: InstanceTag) {
        self.sessions.conversation.set_present(client, false);
        self.sessions.privacy.peer_gone(client);
        let without_session = self.sessions.devices.without_session();
        self.delivery.doubt_unconfirmed(
            |message| message.sent.as_ref().is_some_and(|sent| sent.to == client),
            without_session,
            &mut self.out,
        );
    }

    /// Does what the protocol asks for, in order; `cause` is what it answers.
    fn perform(&mut self, outputs: Outputs, cause: Option<&Received<D>>) {
        for output in outputs {
            match output {
                Output::Send { wire, to } => {
                    let cause = cause.map(Received::cause);
                    let to = self.sessions.route(to, cause.as_ref());
                    self.transmit_quietly(wire, to);
                }
                Output::Event(event) => self.observe(event, cause),
            }
        }
    }

    /// The person allows version 2, or does so no longer.
    fn allow_older_version(&mut self, allows: bool) {
        let is_needed = self.sessions.conversation.v3_seen();
        if allows {
            if is_needed || !self.floor.is_allowed() {
                self.floor.set(is_needed);
            }
            if is_needed {
                self.sessions.conversation.forget_v3_seen();
                self.out.store(Write::V2Allowed(true));
                self.out.notice(Notice::OlderVersionAllowed);
            }
            self.go_private();
        } else if self.floor.is_allowed() {
            self.floor.set(false);
            self.out.store(Write::V2Allowed(false));
            self.sessions.conversation.set_v3_seen();
            let is_older =
                |state: MessageState| state.is_private() && state.version() == Some(Version::V2);
            if self.sessions.conversation.instances().any(is_older) {
                self.leave();
                self.attention.rests();
            }
        }
    }

    /// Gives the protocol what a verification wants to be sent.
    fn verify(&mut self, outputs: Option<Outputs>) {
        if let Some(outputs) = outputs {
            self.perform(outputs, None);
            self.out.tell(Told::Verification(Verification::InProgress));
        }
    }

    /// The person made sure of a key.
    fn prove(&mut self, key: Fingerprint, proof: Proof) {
        if proof == Proof::Compared && self.sessions.padlock().fingerprint() == Some(key) {
            self.requests.compared();
        }
        let trust = Trust::Verified { proof, at: self.out.now.wall };
        self.sessions.decide(key, trust, Notice::Verified(proof), &mut self.out);
    }

    /// The person goes on with exactly this key; what it made wait is sent to it.
    fn accept_key(&mut self, key: Fingerprint) {
        if self.sessions.keys.standing(key).gets_texts() {
            return;
        }
        let made_wait = self.sessions.padlock().fingerprint() == Some(key);
        let trust = Trust::Accepted { at: self.out.now.wall };
        if !self.sessions.decide(key, trust, Notice::KeyAccepted, &mut self.out) {
            return;
        }
        self.sessions.privacy.texts_go_to(key);
        if !made_wait {
            return;
        }
        for message in self.delivery.outbox.iter_mut() {
            if let DeliveryState::Held(HeldReason::KeyChanged | HeldReason::Doubted) = message.state
            {
                message.required = RequiredProtection::Private(Some(key));
                keep(message, &mut self.out);
            }
        }
    }
}
