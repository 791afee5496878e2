//! Inside a private conversation: data messages, their records, verification, and the end.

use alloc::format;
use alloc::vec::Vec;
use core::mem;

use super::{Config, Conversation, TagOffer, WantedPrivacy, records};
use crate::auth::AuthState;
use crate::data::{DataMessage, IGNORE_UNREADABLE, Opened, Unopened};
use crate::error::SmpError;
use crate::fingerprint::Fingerprint;
use crate::instance::InstanceTag;
use crate::output::{Event, Output, Security, WireText};
use crate::peer::{Parting, Peer, Privacy};
use crate::recipient::Recipient;
use crate::session::Session;
use crate::smp::{Binding, Outcome, Smp, SmpRequest, SmpSecret};
use crate::timestamp::Timestamp;
use crate::tlv::{self, Tlv, TlvKind};
use crate::version::Version;
use crate::wire::{Header, Malformed, Reader};

/// We complain to a client at most once in this time.
const ERROR_PAUSE_MS: u64 = 60_000;
/// A message that comes after so long a silence of ours is answered with a sign of life, which
/// lets the keys change.
const HEARTBEAT_MS: u64 = 60_000;
/// After we have left, what the peer wrote before it heard of that is read for so long.
const PARTING_MS: u64 = 10_000;
/// The longest question in bytes: together with message 1 it fits in a record.
const QUESTION_BYTES_MAX: usize = 32_768;

impl Conversation {
    pub(super) fn receive_data(
        &mut self,
        header: Header,
        whole: &[u8],
        body: Reader<'_>,
        now: Timestamp,
        outputs: &mut Vec<Output>,
    ) {
        // Nobody need be told of an unreadable message that carries nothing to read.
        let is_quiet = body.rest().first().is_some_and(|flags| flags & IGNORE_UNREADABLE != 0);
        let session = self.peers.find(header.sender).map(|peer| &mut peer.privacy);
        let Some(Privacy::Encrypted(session)) = session else {
            let is_known = self.receive_parting(header.sender, whole, body, now, outputs);
            if !is_known && !is_quiet {
                self.refuse_data(header, now, outputs);
            }
            return;
        };
        let message = match DataMessage::read(whole, body) {
            Ok(message) => message,
            Err(Malformed) => {
                tell(outputs, Some(Event::Malformed));
                let words = "You transmitted a malformed data message.";
                return self.complain(header.sender, words, now, outputs);
            }
        };
        let opened = match session.keys.open(&message, &mut *self.config.rng) {
            Ok(opened) => opened,
            // By the letter of the document an error goes back. There is nothing to tell, though, and
            // otr3 2db8f2c (CoyIM) would send all its texts again.
            Err(Unopened::Repeated) => return,
            Err(Unopened::Unreadable) if message.flags & IGNORE_UNREADABLE != 0 => return,
            Err(Unopened::Unreadable) => {
                tell(outputs, Some(Event::Unreadable));
                let words = "You transmitted an unreadable encrypted message.";
                return self.complain(header.sender, words, now, outputs);
            }
        };
        self.peers.hears(header.sender);
        self.receive_opened(header.sender, &opened, now, outputs);
    }

    /// Reads what was under way when we left. Whether it was: goodbyes cross as well, and those of
    /// otr.js 0.2.16 and otr4j 0.24 do not say that nobody need complain about them.
    fn receive_parting(
        &mut self,
        instance: InstanceTag,
        whole: &[u8],
        body: Reader<'_>,
        now: Timestamp,
        outputs: &mut Vec<Output>,
    ) -> bool {
        let Self { config, peers, .. } = self;
        let parting = peers.find(instance).and_then(|peer| peer.parting.as_mut());
        let Some(parting) = parting.filter(|parting| now < parting.until) else { return false };
        let Ok(message) = DataMessage::read(whole, body) else { return false };
        match parting.session.keys.open(&message, &mut *config.rng) {
            Ok(opened) => {
                let (text, _) = tlv::split(&opened.plaintext);
                let fingerprint = parting.session.fingerprint;
                let security = Security::Private { instance, fingerprint };
                tell(outputs, (!text.is_empty()).then_some(Event::Text { text, security }));
                true
            }
            Err(Unopened::Repeated) => true,
            Err(Unopened::Unreadable) => false,
        }
    }

    /// A private message came, and nothing is private with its sender: after a new start of our
    /// program, mostly. Who names us is told that it was not read; in version 2, it may be for
    /// another program of ours, as libotr 4.1.1 has it.
    fn refuse_data(&mut self, header: Header, now: Timestamp, outputs: &mut Vec<Output>) {
        tell(outputs, Some(Event::NotInPrivate));
        let is_early = self.refused_at.is_some_and(|last| now.millis_since(last) < ERROR_PAUSE_MS);
        if header.version == Version::V3 && !is_early {
            self.refused_at = Some(now);
            let words = "You sent an encrypted message, but the private conversation has ended \
                         here: it could not be read.";
            outputs.push(error(header.sender, words));
        }
    }

    fn receive_opened(
        &mut self,
        instance: InstanceTag,
        opened: &Opened,
        now: Timestamp,
        outputs: &mut Vec<Output>,
    ) {
        let (text, tlvs) = tlv::split(&opened.plaintext);
        let has_text = !text.is_empty();
        let Some(session) = self.peers.find(instance).and_then(Peer::session) else { return };
        let fingerprint = session.fingerprint;
        if has_text {
            let security = Security::Private { instance, fingerprint };
            tell(outputs, Some(Event::Text { text, security }));
        } else if tlvs.iter().all(|tlv| matches!(tlv.kind, TlvKind::Padding | TlvKind::Other(_))) {
            tell(outputs, Some(Event::HeartbeatReceived { instance }));
        }
        for tlv in &tlvs {
            match tlv.kind {
                TlvKind::Disconnected => {
                    return self.finish(instance, fingerprint, outputs);
                }
                TlvKind::Smp1
                | TlvKind::Smp2
                | TlvKind::Smp3
                | TlvKind::Smp4
                | TlvKind::SmpAbort
                | TlvKind::Smp1Q => self.receive_smp(instance, tlv, now, outputs),
                TlvKind::ExtraKey => {
                    records::receive_extra_key(
                        instance,
                        fingerprint,
                        &tlv.value,
                        opened.extra_key(),
                        outputs,
                    );
                }
                TlvKind::Padding => {}
                TlvKind::Other(number) => {
                    let value = tlv.value.clone();
                    let event = Event::RecordReceived { instance, fingerprint, number, value };
                    tell(outputs, Some(event));
                }
            }
        }
        let Self { config, peers, .. } = self;
        if let Some(session) = peers.find(instance).and_then(Peer::session)
            && has_text
            && now.millis_since(session.sent_at) > HEARTBEAT_MS
        {
            send_quietly(config, instance, session, &[], now, outputs);
        }
    }

    /// Tells the peer's client what was wrong, in the words that OTR clients use.
    fn complain(
        &mut self,
        instance: InstanceTag,
        words: &str,
        now: Timestamp,
        outputs: &mut Vec<Output>,
    ) {
        let Some(peer) = self.peers.find(instance) else { return };
        if peer.error_at.is_some_and(|last| now.millis_since(last) < ERROR_PAUSE_MS) {
            return;
        }
        peer.error_at = Some(now);
        outputs.push(error(instance, words));
    }

    /// The peer left.
    fn finish(
        &mut self,
        instance: InstanceTag,
        fingerprint: Fingerprint,
        outputs: &mut Vec<Output>,
    ) {
        let Some(peer) = self.peers.find(instance) else { return };
        let Some(session) = peer.session() else { return };
        let version = session.version;
        if session.smp.abort().is_some() {
            tell(outputs, Some(Event::SmpAborted { instance, fingerprint }));
        }
        peer.privacy = Privacy::Finished { version, fingerprint };
        tell(outputs, Some(Event::SessionFinished { instance, fingerprint }));
    }

    /// There are too many sessions: one gives way, and its client is told.
    pub(super) fn displace(&mut self, mut peer: Peer, now: Timestamp, outputs: &mut Vec<Output>) {
        let instance = peer.tag;
        let fingerprint = match &mut peer.privacy {
            Privacy::Plaintext => return,
            Privacy::Finished { fingerprint, .. } => *fingerprint,
            Privacy::Encrypted(session) => {
                let fingerprint = session.fingerprint;
                if session.smp.abort().is_some() {
                    tell(outputs, Some(Event::SmpAborted { instance, fingerprint }));
                }
                let goodbye = [Tlv::empty(TlvKind::Disconnected)];
                send_quietly(&self.config, instance, session, &goodbye, now, outputs);
                fingerprint
            }
        };
        tell(outputs, Some(Event::SessionDisplaced { instance, fingerprint }));
    }

    /// We leave.
    pub(super) fn end_private(&mut self, now: Timestamp) -> Vec<Output> {
        let mut outputs = Vec::new();
        let mut was_private = false;
        for peer in self.peers.iter_mut() {
            (peer.auth, peer.revealed) = (AuthState::None, None);
            match mem::replace(&mut peer.privacy, Privacy::Plaintext) {
                Privacy::Plaintext => continue,
                Privacy::Finished { .. } => {}
                Privacy::Encrypted(mut session) => {
                    let goodbye = [Tlv::empty(TlvKind::Disconnected)];
                    send_quietly(&self.config, peer.tag, &mut session, &goodbye, now, &mut outputs);
                    session.smp = Smp::default();
                    let until = now.plus_millis(PARTING_MS);
                    peer.parting = Some(Parting { session, until });
                }
            }
            was_private = true;
        }
        self.exchange.give_up();
        self.wish = WantedPrivacy::Unspoken;
        self.peers.set_recipient(Recipient::Best);
        if was_private {
            self.tag_offer = TagOffer::default();
            tell(&mut outputs, Some(Event::SessionEnded));
        }
        outputs
    }

    fn receive_smp(
        &mut self,
        instance: InstanceTag,
        tlv: &Tlv,
        now: Timestamp,
        outputs: &mut Vec<Output>,
    ) {
        let Self { config, peers, .. } = self;
        let Some(session) = peers.find(instance).and_then(Peer::session) else { return };
        let step = session.smp.receive(tlv, session.fingerprint, &mut *config.rng);
        if let Some(reply) = step.reply {
            send_quietly(config, instance, session, &[reply], now, outputs);
        }
        let fingerprint = session.fingerprint;
        let event = step.outcome.map(|outcome| match outcome {
            Outcome::Requested(request, question) => {
                Event::SmpRequested { instance, fingerprint, request, question }
            }
            Outcome::InProgress => Event::SmpInProgress { instance, fingerprint },
            Outcome::Succeeded(role) => Event::SmpSucceeded { instance, fingerprint, role },
            Outcome::Failed(role) => Event::SmpFailed { instance, fingerprint, role },
            Outcome::Aborted => Event::SmpAborted { instance, fingerprint },
            Outcome::Cheated => Event::SmpCheated { instance, fingerprint },
        });
        tell(outputs, event);
    }

    pub(super) fn start_smp(
        &mut self,
        whom: Fingerprint,
        secret: &SmpSecret,
        question: Option<&str>,
        now: Timestamp,
    ) -> Result<Vec<Output>, SmpError> {
        if secret.is_empty() {
            return Err(SmpError::EmptySecret);
        }
        if question.is_some_and(|question| question.contains('\0')) {
            return Err(SmpError::NulInQuestion);
        }
        if question.is_some_and(|question| question.len() > QUESTION_BYTES_MAX) {
            return Err(SmpError::QuestionTooLong);
        }
        let Self { config, peers, .. } = self;
        let (instance, session) = peers.session_with(whom)?;
        let mut outputs = Vec::new();
        if let Some(abort) = session.smp.abort() {
            send_quietly(config, instance, session, &[abort], now, &mut outputs);
        }
        let binding = Binding {
            initiator: config.key.fingerprint(),
            responder: session.fingerprint,
            ssid: session.ssid,
        };
        let message = session.smp.start(binding.exponent(secret), question, &mut *config.rng);
        send_quietly(config, instance, session, &[message], now, &mut outputs);
        Ok(outputs)
    }

    pub(super) fn answer_smp(
        &mut self,
        request: SmpRequest,
        secret: &SmpSecret,
        now: Timestamp,
    ) -> Result<Vec<Output>, SmpError> {
        if secret.is_empty() {
            return Err(SmpError::EmptySecret);
        }
        let Self { config, peers, .. } = self;
        for peer in peers.iter_mut() {
            let instance = peer.tag;
            let Some(session) = peer.session().filter(|session| session.smp.awaits(request)) else {
                continue;
            };
            let binding = Binding {
                initiator: session.fingerprint,
                responder: config.key.fingerprint(),
                ssid: session.ssid,
            };
            let y = binding.exponent(secret);
            let message = session.smp.answer(request, &y, &mut *config.rng)?;
            let mut outputs = Vec::new();
            send_quietly(config, instance, session, &[message], now, &mut outputs);
            return Ok(outputs);
        }
        Err(SmpError::StaleRequest)
    }

    pub(super) fn abort_smp(&mut self, now: Timestamp) -> Vec<Output> {
        let Self { config, peers, .. } = self;
        let mut outputs = Vec::new();
        for peer in peers.iter_mut() {
            let instance = peer.tag;
            if let Some(session) = peer.session()
                && let Some(abort) = session.smp.abort()
            {
                send_quietly(config, instance, session, &[abort], now, &mut outputs);
            }
        }
        outputs
    }
}

pub(super) fn tell(outputs: &mut Vec<Output>, event: Option<Event>) {
    outputs.extend(event.map(Output::Event));
}

/// Sends records without text, that nobody need complain about.
pub(super) fn send_quietly(
    config: &Config,
    to: InstanceTag,
    session: &mut Session,
    tlvs: &[Tlv],
    now: Timestamp,
    outputs: &mut Vec<Output>,
) {
    let message =
        session.seal(config.data_header(session.version, to), IGNORE_UNREADABLE, "", tlvs, now);
    config.transmit(&message, session.version, to, outputs);
}

fn error(to: InstanceTag, words: &str) -> Output {
    Output::Send { wire: WireText::new(format!("?OTR Error: {words}")), to: Some(to) }
}
