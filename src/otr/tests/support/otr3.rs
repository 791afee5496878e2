//! The client of a contact as otr3 2db8f2c makes it, the library of CoyIM: what of it is peculiar,
//! played by conversations of ours.
//!
//! Each exchange of keys has a conversation of its own, and [`Auth`] decides which message it gets,
//! by the table in otr3's `auth_state_machine.go`. That is as the document has it but for one place:
//! of two D-H Commits that crossed, whoever sent the one with the higher hash sends it again, and
//! then waits for a Reveal Signature all the same. What is not like otr3: its next D-H Key is a new
//! one (otr3's is that of its D-H Commit), it pads nothing, and fragments are not for it.

use otr::{
    Audience, Config, Conversation, Event, InstanceTag, Output, Outputs, Policy, SmpRequest,
    SmpRole, Timestamp,
};
use rand::SeedableRng as _;

use super::{Setup, Side, decode, key};

/// For so long after a step of an exchange, and after it has become private, it hears no query
/// (`query.go`).
const DEAF_MS: u64 = 60_000;

/// What begins a whitespace tag.
const TAG: &str = " \t  \t\t\t\t \t \t \t  ";
const GROUP_2: &str = "  \t\t  \t ";
const GROUP_3: &str = "  \t\t  \t\t";

/// What it waits for (`ake.state`).
#[derive(Clone, Debug, PartialEq, Eq)]
enum Auth {
    None,
    DhKey { commit: String },
    RevealSignature,
    Signature,
}

/// `msgState`
enum Privacy {
    Plaintext,
    Encrypted(Box<Conversation>),
    Finished,
}

/// A client of the contact.
pub struct Otr3 {
    setup: Setup,
    seed: u64,
    now: Timestamp,
    privacy: Privacy,
    auth: Auth,
    exchange: Box<Conversation>,
    /// `ake.lastStateChange`
    stepped_at: Option<Timestamp>,
    /// `lastMessageStateChange`
    private_at: Option<Timestamp>,
    /// Every text it sent since it last sent them all again, an empty one for a record.
    written: Vec<String>,
    must_write_again: bool,
    request: Option<SmpRequest>,
    /// The private texts it showed.
    heard: Vec<String>,
    pub events: Vec<Event>,
    pub sent: Vec<String>,
}

impl Otr3 {
    /// With a key, a tag and the versions of `setup`; what else CoyIM lets it do is fixed.
    pub fn seeded(setup: Setup, seed: u64) -> Self {
        Self {
            setup,
            seed: seed << 16,
            now: Timestamp::from_millis(1_000_000),
            privacy: Privacy::Plaintext,
            auth: Auth::None,
            exchange: Box::new(conversation(setup, seed << 16)),
            stepped_at: None,
            private_at: None,
            written: Vec::new(),
            must_write_again: false,
            request: None,
            heard: Vec::new(),
            events: Vec::new(),
            sent: Vec::new(),
        }
    }

    pub const fn is_private(&self) -> bool {
        matches!(self.privacy, Privacy::Encrypted(_))
    }

    /// As if the program had been started anew.
    pub fn restart(&mut self) {
        let now = self.now;
        *self = Self { now, ..Self::seeded(self.setup, (self.seed >> 16) + 1_000_000) };
    }

    /// A plain text with an offer to speak in private behind it.
    pub fn send_tagged(&mut self, text: &str) {
        let group = if self.setup.policy == Policy::ALLOW_V2 { GROUP_2 } else { GROUP_3 };
        self.sent.push(format!("{text}{TAG}{group}"));
    }

    pub fn end(&mut self) {
        let privacy = std::mem::replace(&mut self.privacy, Privacy::Plaintext);
        if let Privacy::Encrypted(mut session) = privacy {
            let outputs = session.end(self.now);
            self.transmit(outputs);
        }
        self.forget_exchange();
    }

    pub fn verify(&mut self, secret: &str) {
        let now = self.now;
        let outputs = verify(self.session(), secret, now);
        self.write("", outputs);
    }

    /// Answers the last request.
    pub fn answer(&mut self, secret: &str) {
        let (request, now) = (self.request.take().unwrap(), self.now);
        let outputs = self.session().answer(request, &secret.into(), now).unwrap();
        self.write("", outputs);
    }

    fn session(&mut self) -> &mut Conversation {
        match &mut self.privacy {
            Privacy::Encrypted(session) => session,
            Privacy::Plaintext | Privacy::Finished => panic!("it is not private"),
        }
    }

    /// Puts a message of the session on the wire, and keeps what it said.
    fn write(&mut self, text: &str, outputs: impl IntoIterator<Item = Output>) {
        self.written.push(text.to_owned());
        self.must_write_again = false;
        self.transmit(outputs);
    }

    fn transmit(&mut self, outputs: impl IntoIterator<Item = Output>) {
        for output in outputs {
            match output {
                Output::Send { wire, .. } => self.sent.push(wire.into_string()),
                Output::Event(event) => self.events.push(event),
            }
        }
    }

    fn is_deaf(&self) -> bool {
        let is_recent = |at: &Timestamp| self.now.as_millis() < at.as_millis() + DEAF_MS;
        self.stepped_at.as_ref().is_some_and(is_recent)
            || self.is_private() && self.private_at.as_ref().is_some_and(is_recent)
    }

    fn forget_exchange(&mut self) {
        self.auth = Auth::None;
        (self.stepped_at, self.private_at) = (None, None);
    }

    fn begin_exchange(&mut self) {
        self.seed += 1;
        *self.exchange = conversation(self.setup, self.seed);
    }

    /// `sendDHCommit`
    fn commit(&mut self, offer: &str) {
        self.begin_exchange();
        let outputs = self.exchange.receive(offer, self.now);
        let [Output::Send { wire, .. }] = &outputs[..] else { return };
        self.auth = Auth::DhKey { commit: wire.as_str().to_owned() };
        self.stepped_at = None;
        self.transmit(outputs);
    }

    /// `processAKE`
    fn receive_auth(&mut self, message_type: u8, wire: &str) {
        let auth = std::mem::replace(&mut self.auth, Auth::None);
        self.auth = match (auth, message_type) {
            (Auth::DhKey { commit }, COMMIT) if hash(&commit) > hash(wire) => {
                self.sent.push(commit);
                self.begin_exchange();
                Auth::RevealSignature
            }
            (Auth::None | Auth::DhKey { .. } | Auth::Signature, COMMIT) => {
                self.begin_exchange();
                self.step(wire);
                Auth::RevealSignature
            }
            (Auth::RevealSignature, COMMIT) => {
                self.step(wire);
                Auth::RevealSignature
            }
            (Auth::DhKey { .. } | Auth::Signature, DH_KEY) => {
                self.step(wire);
                Auth::Signature
            }
            (auth @ Auth::RevealSignature, REVEAL_SIGNATURE)
            | (auth @ Auth::Signature, SIGNATURE) => {
                if self.step(wire) {
                    Auth::None
                } else {
                    auth
                }
            }
            (auth, _) => auth,
        };
        self.stepped_at = Some(self.now);
        if matches!(message_type, REVEAL_SIGNATURE | SIGNATURE) && self.is_private() {
            self.write_again();
        }
    }

    /// Whether the exchange is complete with it.
    fn step(&mut self, wire: &str) -> bool {
        let outputs = self.exchange.receive(wire, self.now);
        let is_begun = |output: &Output| {
            matches!(
                output,
                Output::Event(Event::SessionStarted { .. } | Event::SessionRefreshed { .. })
            )
        };
        let is_complete = outputs.iter().any(is_begun);
        self.transmit(outputs);
        if is_complete {
            self.seed += 1;
            let next = Box::new(conversation(self.setup, self.seed));
            self.privacy = Privacy::Encrypted(std::mem::replace(&mut self.exchange, next));
            self.private_at = Some(self.now);
        }
        is_complete
    }

    /// `maybeRetransmit`: all of it, in the new session.
    fn write_again(&mut self) {
        if !std::mem::take(&mut self.must_write_again) {
            return;
        }
        for text in std::mem::take(&mut self.written) {
            let now = self.now;
            let text = format!("[resent] {text}");
            let outputs = self.session().send(&text, Audience::Everybody, now).unwrap();
            self.transmit(outputs);
        }
    }

    /// `receiveDataMessage`; without a session nobody is told of it.
    fn receive_data(&mut self, wire: &str) {
        let now = self.now;
        let Privacy::Encrypted(session) = &mut self.privacy else { return };
        let mut outputs = session.receive(wire, now).into_vec();
        let failed = |output: &Output| match output {
            Output::Event(Event::SmpFailed { role, .. }) => Some(*role),
            _ => None,
        };
        if let Some(role) = outputs.iter().find_map(failed) {
            // Whoever asked has sent all by then; whoever answered sends no message 4.
            if let SmpRole::Answered { .. } = role {
                outputs.retain(|output| matches!(output, Output::Event(_)));
            }
            outputs.extend(abort(session, now));
        }
        let replies = outputs.iter().filter(|output| matches!(output, Output::Send { .. })).count();
        self.written.extend(std::iter::repeat_n(String::new(), replies));
        for output in &outputs {
            match output {
                Output::Event(Event::Text { text, .. }) => self.heard.push(text.clone()),
                Output::Event(Event::SmpRequested { request, .. }) => self.request = Some(*request),
                Output::Event(Event::SessionFinished { .. }) => {
                    self.privacy = Privacy::Finished;
                    self.forget_exchange();
                }
                _ => {}
            }
        }
        self.transmit(outputs);
    }

    fn receive_encoded(&mut self, wire: &str) {
        let message = decode(wire);
        let receiver = message.get(7..11).filter(|_| message[1] == 3);
        let own = self.setup.tag.to_be_bytes();
        if receiver.is_some_and(|receiver| receiver != [0; 4] && receiver != own) {
            return;
        }
        match message[2] {
            DATA => self.receive_data(wire),
            other => self.receive_auth(other, wire),
        }
    }
}

const COMMIT: u8 = 0x02;
const DATA: u8 = 0x03;
const DH_KEY: u8 = 0x0a;
const REVEAL_SIGNATURE: u8 = 0x11;
const SIGNATURE: u8 = 0x12;

/// What a D-H Commit ends with.
fn hash(commit: &str) -> [u8; 32] {
    *decode(commit).last_chunk().unwrap()
}

/// Asks for a secret.
fn verify(session: &mut Conversation, secret: &str, now: Timestamp) -> Outputs {
    let whom = session.audience().key().unwrap();
    session.verify(whom, &secret.into(), None, now).unwrap()
}

/// The record that breaks off (`smp_msg_abort.go`). It is of a verification whose first message is
/// lost: ours does not break off what is over.
fn abort(session: &mut Conversation, now: Timestamp) -> Outputs {
    drop(verify(session, "lost", now));
    session.abort_verification(now)
}

/// One for an exchange, and for the session that it makes.
fn conversation(setup: Setup, seed: u64) -> Conversation {
    let rng = rand::rngs::StdRng::seed_from_u64(seed);
    let instance = InstanceTag::new(setup.tag).unwrap();
    Conversation::new(Config::new(key(setup.key), instance, rng).policy(setup.policy))
}

impl Side for Otr3 {
    fn receive(&mut self, wire: &str) {
        if wire.starts_with("?OTR Error:") {
            self.sent.push(offer(self.setup.policy).to_owned());
            self.must_write_again = self.is_private();
        } else if wire.starts_with("?OTR:") {
            self.receive_encoded(wire);
        } else if wire.starts_with("?OTRv") {
            if !self.is_deaf() {
                self.commit(wire);
            }
        } else if let Some((_, groups)) = wire.split_once(TAG) {
            // It hears a tag at any time.
            let is_3 = groups.contains(GROUP_3) && self.setup.policy != Policy::ALLOW_V2;
            self.commit(if is_3 { "?OTRv3?" } else { "?OTRv2?" });
        }
    }

    fn take_sent(&mut self) -> Vec<String> {
        std::mem::take(&mut self.sent)
    }

    fn start(&mut self) {
        self.sent.push(offer(self.setup.policy).to_owned());
    }

    /// In private: the tests write nothing in clear but by [`Otr3::send_tagged`].
    fn send(&mut self, text: &str) {
        let now = self.now;
        let outputs = self.session().send(text, Audience::Everybody, now).unwrap();
        self.write(text, outputs);
    }

    fn heard(&self) -> Vec<String> {
        self.heard.clone()
    }

    fn pass(&mut self, millis: u64) {
        self.now = Timestamp::from_millis(self.now.as_millis() + millis);
    }
}

fn offer(policy: Policy) -> &'static str {
    if policy == Policy::ALLOW_V2 { "?OTRv2?" } else { "?OTRv23?" }
}
