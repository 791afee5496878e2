//! What the contact wrote, and what others say about it: nothing that stands outside of the
//! encryption takes a private text away, moves it, or speaks for its author.

use std::time::Duration;

use otr::{Event, Fingerprint, InstanceTag, Output, Security, TextKind};

use super::Chat;
use crate::claimed_error::ClaimedError;
use crate::delivery::ssid_with;
use crate::effect::{Confirmation, Effect, SentByOtherDevice, Told, Write};
use crate::inbound::{Answers, Reading, new_key};
use crate::input::Received;
use crate::keys::Sighted;
use crate::notice::Notice;
use crate::permissions::Permissions;
use crate::privacy::{Intent, KeyStanding};
use crate::provenance::Provenance;
use crate::records::{self, Abilities};
use crate::wire::is_private;

/// The least time between two offers of new keys to a client that writes readably in private.
const ASKED_BESIDE_PAUSE: Duration = Duration::from_secs(60);

impl<D: Clone + Ord> Chat<D> {
    /// A message comes from the network: it is put into its place first.
    pub(super) fn comes(&mut self, received: Received<D>) {
        self.hears(&received);
        // Its author was told that it may be lost, and wrote on.
        if received.is_stored() && self.inbound.reorder.is_overtaken(&received.body) {
            return self.for_other_device(true);
        }
        let is_for_nobody = received.is_stored() && !self.may_read(&received);
        let ready = if is_for_nobody {
            vec![received]
        } else {
            self.inbound.reorder.push(received, self.out.now.at)
        };
        self.all_received(ready);
    }

    /// Takes note of where they write from. What was written earlier says nothing of now.
    fn hears(&mut self, received: &Received<D>) {
        let Some(at) = received.from.device() else { return };
        if received.delayed.is_some() || received.place.is_some() {
            return;
        }
        if self.sessions.devices.heard(at.clone(), self.out.now.at) {
            // Who did not answer was another.
            self.sessions.privacy.may_be_asked_again();
        }
    }

    pub(super) fn all_received(&mut self, ready: Vec<Received<D>>) {
        self.inbound.backlog.extend(ready);
        self.read_on();
    }

    /// Goes on with what waits until it is known what is written down of a key, which is this.
    pub(super) fn go_on(&mut self, sighted: Option<Sighted>) {
        if let Some(reading) = self.inbound.paused.take() {
            self.inbound.sighted = sighted;
            self.read(reading);
            self.inbound.sighted = None;
            self.read_on();
        }
    }

    fn read_on(&mut self) {
        while !self.inbound.is_paused()
            && let Some(received) = self.inbound.backlog.pop_front()
        {
            self.received(received);
        }
    }

    fn received(&mut self, mut received: Received<D>) {
        let kind = TextKind::of(&received.body);
        let is_accepted = self.sessions.permissions.contains(Permissions::ACCEPTED);
        let is_invisible = self.sessions.permissions.contains(Permissions::INVISIBLE);
        if kind == TextKind::Protocol && received.is_stored() {
            return self.stored_for_somebody(received);
        }
        // A stranger's offer to go private gets no answer.
        if kind == TextKind::Protocol && !is_accepted {
            return;
        }
        let is_silent = is_invisible && !self.is_spoken_to();
        // Who is invisible answers no offer.
        if kind == TextKind::Protocol && is_silent && !is_private(&received.body) {
            return;
        }
        // An offer that was stored starts nothing.
        if received.is_stored() || !is_accepted {
            let provenance = if self.sessions.privacy.is_without_session() {
                Provenance::Plain
            } else {
                Provenance::PlainInPrivate
            };
            let text = received.body.trim_end_matches([' ', '\t']).to_owned();
            return self.show_received(text, provenance, Some(&received));
        }
        if kind == TextKind::Mention {
            return self.words(&received);
        }
        let outputs = self.sessions.conversation.receive(&received.body, self.out.now.at);
        received.named = self.greetings.named(&outputs);
        let answers = if is_silent { Answers::None } else { Answers::All };
        let reading = Reading { received, outputs, answers };
        match new_key(&reading.outputs) {
            Some(key) => {
                self.out.push(Effect::SightKey(key));
                self.inbound.paused = Some(reading);
            }
            None => self.read(reading),
        }
    }

    /// Does what follows from a message that the protocol has read.
    fn read(&mut self, reading: Reading<D>) {
        let Reading { received, outputs, answers } = reading;
        if answers == Answers::None {
            // What they wrote is taken in, and nothing is answered.
            for output in outputs {
                if let Output::Event(event) = output {
                    self.observe(event, Some(&received));
                }
            }
            return;
        }
        let is_answer = outputs.iter().any(|output| matches!(output, Output::Send { .. }));
        if is_answer && self.sessions.conversation.is_starting() && !self.sessions.is_usable() {
            // They have begun; an offer of ours would only cross with it.
            self.sessions.privacy.exchange_began();
        }
        let without_session = self.sessions.wrote_readably(&outputs, &received.from);
        if let Some(client) = without_session {
            self.sessions.devices.wrote_readably(client);
        }
        self.perform(outputs, Some(&received));
        if TextKind::of(&received.body) == TextKind::WordsWithQuery {
            self.words(&received);
        }
        if without_session.is_some() && !is_answer {
            self.ask_beside(&received);
        }
    }

    /// Offers new keys beside the session, which stays as it is until there are such. Nothing of
    /// this is authenticated, so it is done once a minute at most.
    fn ask_beside(&mut self, received: &Received<D>) {
        let now = self.out.now.at;
        let last = self.inbound.asked_beside_at;
        if last.is_some_and(|last| now.saturating_since(last) < ASKED_BESIDE_PAUSE) {
            return;
        }
        self.inbound.asked_beside_at = Some(now);
        let outputs = self.sessions.conversation.start(now);
        self.perform(outputs, Some(received));
    }

    /// Somebody writes about the protocol: that is shown as it came.
    fn words(&mut self, received: &Received<D>) {
        let security = if self.sessions.privacy.is_without_session() {
            Security::Plain
        } else {
            Security::PlainInPrivate
        };
        self.text(received.body.clone(), security, Some(received));
    }

    /// Whether it may belong to a session of ours.
    fn may_read(&self, received: &Received<D>) -> bool {
        is_private(&received.body) && self.sessions.privacy.session().is_some()
    }

    /// Our server, or somebody in its name, says that it kept this before we came. If it belongs to
    /// a session of ours all the same it can be read, for counters and tags refuse what is old; if
    /// not, it was meant for a session that is gone, or for another device, and starts nothing.
    fn stored_for_somebody(&mut self, mut received: Received<D>) {
        let is_private = is_private(&received.body);
        if self.may_read(&received) {
            let outputs = self.sessions.conversation.receive(&received.body, self.out.now.at);
            let is_read = |output: &Output| {
                matches!(
                    output,
                    Output::Event(Event::Text { security: Security::Private { .. }, .. })
                        | Output::Event(
                            Event::RecordReceived { .. } | Event::HeartbeatReceived { .. }
                        )
                )
            };
            if outputs.iter().any(is_read) {
                received.named = self.greetings.named(&outputs);
                return self.perform(outputs, Some(&received));
            }
        }
        self.for_other_device(is_private);
    }

    /// Takes in what the protocol tells.
    pub(super) fn observe(&mut self, event: Event, cause: Option<&Received<D>>) {
        let out = &mut self.out;
        match event {
            Event::Text { text, security } => self.text(text, security, cause),
            Event::SessionStarted { instance, fingerprint, .. }
            | Event::SessionKeyChanged { instance, fingerprint, .. } => {
                self.session_begins(instance, fingerprint, cause);
            }
            Event::SessionRefreshed { instance, fingerprint, .. } => {
                let privacy = &self.sessions.privacy;
                let was_gone = privacy.session().is_some() && privacy.active().is_none();
                self.session_begins(instance, fingerprint, cause);
                if !was_gone && self.sessions.privacy.is_with(instance) {
                    self.out.notice(Notice::PrivateRefreshed);
                }
            }
            Event::SessionFinished { instance, .. } => {
                if self.sessions.privacy.is_with(instance) {
                    self.sessions.finish(out);
                    self.requests.interrupt(out);
                    out.notice(Notice::EndedByContact);
                }
            }
            Event::SessionDisplaced { instance, .. } => {
                self.sessions.devices.forget_client(instance);
                if self.sessions.privacy.is_with(instance) {
                    self.requests.interrupt(out);
                }
                out.notice(Notice::TooManyApps);
            }
            Event::SessionEnded => self.requests.interrupt(out),
            Event::SmpRequested { .. }
            | Event::SmpInProgress { .. }
            | Event::SmpSucceeded { .. }
            | Event::SmpFailed { .. }
            | Event::SmpAborted { .. }
            | Event::SmpCheated { .. } => {
                self.requests.observe(event, &mut self.sessions, out);
            }
            Event::PeerError(words) => {
                // Nobody vouches for it: it is told, in words of our own, and changes nothing.
                let error = ClaimedError::of(&words);
                if self.inbound.claimed_errors.insert(error) {
                    out.notice(Notice::ErrorClaimed(error));
                }
            }
            Event::Unreadable | Event::Malformed | Event::NotInPrivate => {
                out.notice(Notice::Unreadable);
            }
            Event::ForOtherInstance => {
                self.for_other_device(cause.is_some_and(|received| is_private(&received.body)));
            }
            Event::AnswerCopied => out.notice(Notice::AnswerCopied),
            Event::DowngradeRefused => self.older_version_refused(),
            Event::SetupFailed => {
                self.sessions.privacy.exchange_failed();
                out.notice(Notice::SetupFailed);
            }
            Event::NoVersion | Event::StartTimedOut => self.not_answered(),
            Event::HeartbeatReceived { instance } => self.session_lives(instance, cause),
            Event::RecordReceived { instance, fingerprint, number, value } => {
                self.record((instance, fingerprint), number, &value);
            }
            // The best client is looked for after each message anyway.
            Event::RecipientChanged(_) | Event::ExtraKeyReceived { .. } | Event::Reflected => {}
            Event::Unrecognized => {
                if let Some(received) = cause {
                    self.words(received);
                }
            }
        }
    }

    /// Somebody, perhaps their program, began in version 2, which was refused.
    fn older_version_refused(&mut self) {
        self.floor.seems_wanted();
        // That was an answer, if not one that is taken.
        if self.sessions.privacy.is_exchanging() {
            self.sessions.privacy.exchange_failed();
        }
        if self.floor.refuse() {
            self.out.notice(Notice::DowngradeRefused);
        }
    }

    fn not_answered(&mut self) {
        if !self.sessions.privacy.is_exchanging() {
            return;
        }
        self.sessions.privacy.exchange_failed();
        // Who is away answers in no version, nor does every client answer whom it does not see.
        let is_seen = !self.sessions.permissions.contains(Permissions::INVISIBLE);
        if self.sessions.conversation.v3_seen() && self.sessions.is_there() && is_seen {
            self.floor.is_not_answered();
        }
        self.out.notice(Notice::Unanswered);
    }

    fn session_begins(
        &mut self,
        client: InstanceTag,
        key: Fingerprint,
        cause: Option<&Received<D>>,
    ) {
        let sighted = self.inbound.sighted.take();
        let counts_as = self.sessions.keys.saw(key, sighted);
        if let (Some(trust), Some(sighted)) = (counts_as, sighted)
            && trust != sighted.trust
        {
            self.out.store(Write::Trust(key, trust));
        }
        let is_new = counts_as.is_some() && sighted.is_none_or(|sighted| sighted.is_new);
        let privacy = &self.sessions.privacy;
        let before = privacy.session().map(|session| session.fingerprint);
        let was_with = privacy.active().map(|session| session.instance);
        self.inbound.reorder.reset();
        self.inbound.claimed_errors.clear();
        if was_with == Some(client) {
            self.delivery.doubt_reports(client);
        }
        self.version_is_spoken();
        self.sessions.devices.learn_route(client, cause.map(Received::cause).as_ref());
        // Two clients are never at one address: whichever was there before has gone.
        let gone = self.sessions.devices.displaced_by(client).into_iter();
        // One that has not confirmed what it was sent may have stopped without a word.
        let gone: Vec<_> =
            gone.chain(self.delivery.silent().filter(|other| *other != client)).collect();
        for other in gone {
            self.client_is_gone(other);
        }
        self.inbound.other_device_told = false;
        self.sessions.privacy.exchange_ended();
        self.set_intent(Intent::Private);
        self.sessions.prefer_known_keys();
        // One with a better key goes on, and this client is only heard.
        let is_followed = before.is_none() || self.sessions.is_best(client);
        let without_session = self.sessions.devices.without_session();
        // It may have taken the place of any other, which nobody has missed yet.
        self.delivery.doubt_unconfirmed(
            |message| is_followed || message.sent.as_ref().is_some_and(|sent| sent.to == client),
            without_session,
            &mut self.out,
        );
        if is_followed {
            self.sessions.follow((client, key), true, &mut self.out);
            self.requests.interrupt(&mut self.out);
        }
        self.sessions.devices.session_began();
        self.out.push(Effect::KeysChanged);
        let is_untold = self.sessions.keys.is_untold(key);
        let is_news = if is_followed { before != Some(key) } else { is_untold };
        if is_news {
            self.tell_started(key, is_new, is_untold);
        } else if is_followed && was_with.is_some_and(|other| other != client) {
            // Another client of theirs goes on, or the same under another name after a crash.
            self.out.notice(Notice::PrivateRefreshed);
        }
    }

    /// `is_untold`: nobody was told of a session with this key yet. That it is another than the one
    /// before is said once; the padlock says it for as long as nothing is decided.
    fn tell_started(&mut self, fingerprint: Fingerprint, new_key: bool, is_untold: bool) {
        let standing = self.sessions.keys.standing(fingerprint);
        let verified = standing == KeyStanding::Verified;
        self.out.notice(Notice::PrivateStarted { fingerprint, verified, new_key });
        if let KeyStanding::New { other_verified } = standing
            && is_untold
        {
            self.out.notice(Notice::KeyChanged { fingerprint, other_verified });
        }
    }

    /// Keys were exchanged, in whichever version.
    fn version_is_spoken(&mut self) {
        let is_newer = self.sessions.conversation.v3_seen();
        let ends = self.floor.spoken(is_newer);
        if is_newer {
            self.out.store(Write::V3Seen);
        }
        if ends {
            self.out.store(Write::V2Allowed(false));
            self.out.notice(Notice::NewerVersionAgain);
        }
    }

    fn session_lives(&mut self, client: InstanceTag, cause: Option<&Received<D>>) {
        self.delivery.session_lives(client, &self.sessions.conversation, &mut self.out);
        self.sessions.devices.has_session(client);
        if !self.sessions.privacy.is_with(client) {
            return;
        }
        self.floor.silence_says_nothing();
        // While we are invisible it rests until the person speaks.
        if self.sessions.permissions.contains(Permissions::INVISIBLE) && !self.speaks() {
            return;
        }
        self.sessions.privacy.peer_back();
        self.sessions.devices.learn_route(client, cause.map(Received::cause).as_ref());
    }

    fn text(&mut self, text: String, security: Security, cause: Option<&Received<D>>) {
        let provenance = match security {
            Security::Plain => Provenance::Plain,
            Security::PlainInPrivate => Provenance::PlainInPrivate,
            Security::Private { instance, fingerprint } => {
                self.session_lives(instance, cause);
                self.inbound.claimed_errors.clear();
                // By its own key: the session that the window shows may be another client's.
                match self.sessions.keys.standing(fingerprint) {
                    KeyStanding::Verified => Provenance::Verified(fingerprint),
                    KeyStanding::Accepted => Provenance::Private(fingerprint),
                    KeyStanding::New { .. } | KeyStanding::Doubted => {
                        Provenance::Unaccepted(fingerprint)
                    }
                }
            }
        };
        self.confirm_received(provenance, cause);
        let text = match security {
            Security::Private { instance, .. } => {
                let from = cause.map(|received| &received.from);
                self.sessions.devices.meant_by(&text, instance, from).unwrap_or(text)
            }
            Security::Plain | Security::PlainInPrivate => text,
        };
        self.show_received(text, provenance, cause);
    }

    /// Says that a text arrived, if its author wants to know and may: where it was asked for.
    fn confirm_received(&mut self, provenance: Provenance, cause: Option<&Received<D>>) {
        let Some(received) = cause else { return };
        let confirmation = match (&received.named, provenance.key(), &received.id) {
            (Some(named), Some(key), _) => Confirmation::Inside(key, named.clone()),
            (None, _, Some(id))
                if received.wants_receipt
                    && self.sessions.permissions.contains(Permissions::SEND_RECEIPTS) =>
            {
                Confirmation::Outside { to: received.from.clone(), id: id.clone() }
            }
            (Some(_), None, _) | (None, _, _) => return,
        };
        self.out.push(Effect::Confirm(confirmation));
    }

    fn show_received(&mut self, text: String, provenance: Provenance, cause: Option<&Received<D>>) {
        let label = cause.map(Received::label).unwrap_or_default();
        // A message that was sent again is shown once.
        if self.inbound.came_before(&label, &text, provenance) {
            return;
        }
        let delayed = cause.and_then(|received| received.delayed);
        let at = self.sessions.written_at(provenance, delayed, self.out.now.wall);
        let place = cause.and_then(|received| received.place);
        let came = cause.map(|received| received.came);
        self.out.tell(Told::Received { text, provenance, at, label, place, came });
    }

    /// What another device of ours sent them. Of what was private we can read nothing.
    pub(super) fn sent_by_other_device(&mut self, mut sent: SentByOtherDevice) {
        if TextKind::of(&sent.body) == TextKind::Protocol {
            return self.for_other_device(is_private(&sent.body));
        }
        if sent.id.as_ref().is_some_and(|id| self.inbound.sent.repeats(id.as_str())) {
            return;
        }
        sent.body.truncate(sent.body.trim_end_matches([' ', '\t']).len());
        self.out.tell(Told::SentByOtherDevice(sent));
    }

    /// One quiet line, however many messages there are; none for a mere offer.
    fn for_other_device(&mut self, is_private: bool) {
        if is_private && !std::mem::replace(&mut self.inbound.other_device_told, true) {
            self.out.notice(Notice::ForOtherDevice);
        }
    }

    /// One of the contact's clients says something beside a text, or without one.
    fn record(&mut self, (client, key): (InstanceTag, Fingerprint), number: u16, value: &[u8]) {
        match number {
            records::HELLO => self.hello(client, key, value),
            records::RECEIPTS => {
                for id in self.greetings.codec.read_receipts(value).unwrap_or_default() {
                    self.delivery.confirmed(key, &id, &mut self.out);
                }
            }
            // A name was read along with its text; what we do not know is ignored.
            _ => {}
        }
    }

    fn hello(&mut self, client: InstanceTag, key: Fingerprint, value: &[u8]) {
        let ssid = ssid_with(&self.sessions.conversation, client);
        let (Some(abilities), Some(ssid)) = (Abilities::read(value), ssid) else { return };
        self.forget_greetings();
        if self.greetings.greeted((client, key, ssid), abilities) {
            self.say_hello(key);
        }
    }
}
