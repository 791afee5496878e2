//! One side of an OTR conversation behind a line protocol on standard input and output, so that any
//! other implementation can be put on the other end. No network, and nothing is kept.
//!
//! `line_peer --account NAME --keys FILE --peer NAME --instag HEX8`
//!
//! FILE has libotr's format, and a key for the account NAME. Then one command a line, each answered
//! by some lines and `OK` or `ERR reason`; text is escaped (`\\ \n \r \t \xHH`), a second argument
//! follows a tab. The commands are in [`LinePeer::obey`].

#[path = "line_peer/words.rs"]
mod words;

use std::error::Error;
use std::io::{self, BufRead, Write};
use std::num::NonZero;
use std::process::ExitCode;
use std::time::Instant;

use otr::keyfile::read_private_keys;
use otr::{
    Audience, Config, Conversation, Event, Fingerprint, InstanceTag, MessageState, Output, Outputs,
    Policy, PrivateKey, Record, Security, SendError, SmpRequest, SmpRole, Timestamp,
};
use rand::SeedableRng as _;
use words::{escape, hex, unescape, unhex};

/// Why a command, or the whole program, did not work: in words for whoever drives it.
pub(crate) type Failure = Box<dyn Error>;

fn main() -> ExitCode {
    let peer = Options::parse(std::env::args().skip(1)).and_then(Options::open);
    let served = peer.and_then(|peer| Ok(serve(peer, io::stdin().lock(), io::stdout().lock())?));
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Nobody is left to be told if this fails too.
            let _ = writeln!(io::stderr(), "line_peer: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// The command line.
pub(crate) struct Options {
    account: String,
    keys: String,
    peer: String,
    instance: InstanceTag,
}

impl Options {
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, Failure> {
        let (mut account, mut keys, mut peer, mut instance) = (None, None, None, None);
        while let Some(name) = words.next() {
            let value = words.next().ok_or_else(|| format!("{name} needs a value"))?;
            match name.as_str() {
                "--account" => account = Some(value),
                "--keys" => keys = Some(value),
                "--peer" => peer = Some(value),
                "--instag" => instance = InstanceTag::new(u32::from_str_radix(&value, 16)?),
                _ => return Err(format!("there is no option {name}").into()),
            }
        }
        Ok(Self {
            account: account.ok_or("--account NAME is missing")?,
            keys: keys.ok_or("--keys FILE is missing")?,
            peer: peer.ok_or("--peer NAME is missing")?,
            instance: instance.ok_or("--instag HEX8, at least 100, is missing")?,
        })
    }

    pub(crate) fn open(self) -> Result<LinePeer, Failure> {
        let Self { account, keys, peer, instance } = self;
        let contents = read_private_keys(&std::fs::read(keys)?)?;
        let mut entries = contents.entries.into_iter();
        let entry = entries.find(|entry| entry.account.name == account);
        let entry = entry.ok_or_else(|| format!("the file has no key for {account}"))?;
        Ok(LinePeer::new(entry.key, instance, format!("{account} {instance} with {peer}")))
    }
}

/// Obeys commands until `QUIT`, or until there are no more.
pub(crate) fn serve(
    mut peer: LinePeer,
    mut input: impl BufRead,
    mut output: impl Write,
) -> io::Result<()> {
    writeln!(output, "READY {}", escape(&peer.name))?;
    loop {
        output.flush()?;
        let mut line = Vec::new();
        if input.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let line = line.strip_suffix(b"\n").unwrap_or(&line);
        let obeyed = str::from_utf8(line).map_err(Failure::from).and_then(|line| peer.obey(line));
        for told in peer.lines.drain(..) {
            writeln!(output, "{told}")?;
        }
        match obeyed {
            Ok(()) => writeln!(output, "OK")?,
            Err(failure) => writeln!(output, "ERR {}", escape(&failure.to_string()))?,
        }
        if line == b"QUIT" {
            return output.flush();
        }
    }
}

/// Where a verification stands, in the words of libotr.
#[derive(Clone, Copy)]
enum Smp {
    Expect1,
    Expect2,
    Expect3,
    Expect4,
    Asked(SmpRequest),
}

impl Smp {
    const fn name(self) -> &'static str {
        match self {
            Self::Expect1 => "EXPECT1",
            Self::Expect2 => "EXPECT2",
            Self::Expect3 => "EXPECT3",
            Self::Expect4 => "EXPECT4",
            Self::Asked(_) => "ASKED",
        }
    }
}

/// A conversation, and what a client keeps beside it.
pub(crate) struct LinePeer {
    name: String,
    instance: InstanceTag,
    conversation: Conversation,
    policy: Policy,
    started: Instant,
    added_ms: u64,
    known: Vec<Fingerprint>,
    trusted: Vec<Fingerprint>,
    smp: Smp,
    /// A text that must not go out in clear.
    waiting: Option<String>,
    /// What the command has led to so far.
    lines: Vec<String>,
}

impl LinePeer {
    pub(crate) fn new(key: PrivateKey, instance: InstanceTag, name: String) -> Self {
        let policy = Policy::MANUAL;
        let rng = rand::rngs::StdRng::from_rng(&mut rand::rng());
        let conversation = Conversation::new(Config::new(key, instance, rng).policy(policy));
        Self {
            name,
            instance,
            conversation,
            policy,
            started: Instant::now(),
            added_ms: 0,
            known: Vec::new(),
            trusted: Vec::new(),
            smp: Smp::Expect1,
            waiting: None,
            lines: Vec::new(),
        }
    }

    fn obey(&mut self, line: &str) -> Result<(), Failure> {
        let due = self.conversation.handle_timeout(self.now());
        self.perform(due)?;
        let (command, argument) = line.split_once(' ').unwrap_or((line, ""));
        let now = self.now();
        let outputs = match command {
            "POLICY" => {
                self.policy = policy(argument)?;
                self.conversation.set_policy(self.policy);
                Outputs::default()
            }
            "MTU" => {
                self.conversation.set_fragment_bytes_max(NonZero::new(argument.parse()?));
                Outputs::default()
            }
            "START" => self.conversation.start(now),
            "SEND" => {
                let audience = self.conversation.audience();
                return self.send(unescape(argument)?, audience);
            }
            "RECV" => self.conversation.receive(&unescape(argument)?, now),
            "END" => self.conversation.end(now),
            "SMP_START" => self.start_smp(argument)?,
            "SMP_RESPOND" => self.answer_smp(argument)?,
            "SMP_ABORT" => {
                self.smp = Smp::Expect1;
                self.conversation.abort_verification(now)
            }
            "FINGERPRINT" => {
                self.say_fingerprints();
                Outputs::default()
            }
            "EXTRAKEY" => {
                let (purpose, data) = argument.split_once([' ', '\t']).unwrap_or((argument, ""));
                let (key, outputs) = self.conversation.extra_key(
                    self.theirs()?,
                    purpose.parse()?,
                    &unhex(data)?,
                    now,
                )?;
                self.lines.push(format!("EXTRAKEY {}", hex(key.as_bytes())));
                outputs
            }
            "SENDTLV" => {
                let (record, text) = argument.split_once('\t').unwrap_or((argument, ""));
                let (number, value) = record.split_once(' ').unwrap_or((record, ""));
                let record = Record { number: number.parse()?, value: &unhex(value)? };
                self.conversation.send_record(self.theirs()?, &unescape(text)?, record, now)?
            }
            "TIMEADD" => {
                let millis = argument.parse::<u64>()?.saturating_mul(1000);
                self.added_ms = self.added_ms.saturating_add(millis);
                self.conversation.handle_timeout(self.now())
            }
            "STATE" => {
                self.say_states();
                Outputs::default()
            }
            "QUIT" => Outputs::default(),
            _ => return Err("there is no such command".into()),
        };
        self.perform(outputs)
    }

    /// Whose key is in use.
    fn theirs(&self) -> Result<Fingerprint, Failure> {
        Ok(self.conversation.audience().key().ok_or(SendError::NotPrivate)?)
    }

    fn now(&self) -> Timestamp {
        let elapsed = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        Timestamp::from_millis(elapsed.saturating_add(self.added_ms))
    }

    /// A text that may not go out in clear waits for a private conversation; one to somebody who
    /// has left is refused, with an event as libotr has it.
    fn send(&mut self, text: String, audience: Audience) -> Result<(), Failure> {
        match self.conversation.send(&text, audience, self.now()) {
            Ok(outputs) => self.perform(outputs),
            Err(SendError::Finished) => {
                self.event("CONNECTION_ENDED");
                Ok(())
            }
            Err(SendError::NotPrivate | SendError::EncryptionRequired) => {
                self.waiting = Some(text);
                self.event("ENCRYPTION_REQUIRED");
                let outputs = self.conversation.start(self.now());
                self.perform(outputs)
            }
            Err(refused) => Err(refused.into()),
        }
    }

    fn start_smp(&mut self, argument: &str) -> Result<Outputs, Failure> {
        let (secret, question) = match argument.split_once('\t') {
            Some((secret, question)) => (secret, Some(unescape(question)?)),
            None => (argument, None),
        };
        let secret = unescape(secret)?.as_str().into();
        let outputs =
            self.conversation.verify(self.theirs()?, &secret, question.as_deref(), self.now())?;
        self.smp = Smp::Expect2;
        Ok(outputs)
    }

    fn answer_smp(&mut self, argument: &str) -> Result<Outputs, Failure> {
        let Smp::Asked(request) = self.smp else {
            return Err("nobody has asked".into());
        };
        let secret = unescape(argument)?.as_str().into();
        let outputs = self.conversation.answer(request, &secret, self.now())?;
        self.smp = Smp::Expect3;
        Ok(outputs)
    }

    fn say_fingerprints(&mut self) {
        self.lines.push(format!("FPR ours {}", digits(self.conversation.own_fingerprint())));
        match self.conversation.message_state() {
            MessageState::Plaintext => {}
            MessageState::Encrypted { fingerprint, .. }
            | MessageState::Finished { fingerprint, .. } => {
                self.lines.push(format!("FPR theirs {}", digits(fingerprint)));
            }
        }
    }

    /// One line for each client that is or was private, or one in plaintext.
    fn say_states(&mut self) {
        let selected = self.conversation.message_state();
        let mut states: Vec<MessageState> = self.conversation.instances().collect();
        if states.is_empty() {
            states.push(MessageState::Plaintext);
        }
        let auth = if self.conversation.is_starting() { "STARTED" } else { "NONE" };
        for state in states {
            let (name, theirs, fingerprint, ssid) = match state {
                MessageState::Plaintext => ("PLAINTEXT", None, None, None),
                MessageState::Encrypted { instance, fingerprint, ssid, .. } => {
                    ("ENCRYPTED", Some(instance), Some(fingerprint), Some(ssid))
                }
                MessageState::Finished { instance, fingerprint, .. } => {
                    ("FINISHED", Some(instance), Some(fingerprint), None)
                }
            };
            let version = match state.version() {
                None => 0,
                Some(otr::Version::V2) => 2,
                Some(otr::Version::V3) => 3,
            };
            let is_trusted = fingerprint.is_some_and(|print| self.trusted.contains(&print));
            self.lines.push(format!(
                "STATE msg={name} auth={auth} proto={version} our={} their={:08x} smp={} ssid={} \
                 trust={}{}",
                self.instance,
                theirs.map_or(0, InstanceTag::get),
                self.smp.name(),
                ssid.map_or(String::new(), |ssid| hex(ssid.as_bytes())),
                if is_trusted { "smp" } else { "" },
                if state == selected { " selected" } else { "" },
            ));
        }
    }

    fn perform(&mut self, outputs: Outputs) -> Result<(), Failure> {
        let mut had_text = false;
        for output in outputs {
            match output {
                Output::Send { wire, .. } => {
                    self.lines.push(format!("INJECT {}", escape(wire.as_str())));
                    // Only a sign of life is sent by itself behind a private text.
                    if std::mem::take(&mut had_text) {
                        self.event("LOG_HEARTBEAT_SENT");
                    }
                }
                Output::Event(event) => {
                    had_text |=
                        matches!(event, Event::Text { security: Security::Private { .. }, .. });
                    self.tell(event)?;
                }
            }
        }
        Ok(())
    }

    fn event(&mut self, words: &str) {
        self.lines.push(format!("EVENT {words}"));
    }

    /// In the words of libotr.
    fn tell(&mut self, event: Event) -> Result<(), Failure> {
        match event {
            Event::Text { text, security } => self.tell_text(&text, security),
            Event::SessionStarted { fingerprint, .. }
            | Event::SessionKeyChanged { fingerprint, .. } => {
                self.smp = Smp::Expect1;
                if !self.known.contains(&fingerprint) {
                    self.known.push(fingerprint);
                    self.event(&format!("NEW_FINGERPRINT {}", digits(fingerprint)));
                }
                self.event("GONE_SECURE");
                return self.send_waiting();
            }
            Event::SessionRefreshed { .. } => {
                self.smp = Smp::Expect1;
                self.event("STILL_SECURE");
            }
            Event::SessionFinished { .. } => self.event("DISCONNECTED"),
            Event::SessionEnded => self.event("GONE_INSECURE"),
            Event::RecipientChanged(_) => {}
            Event::SmpRequested { request, question, .. } => {
                self.smp = Smp::Asked(request);
                match question {
                    Some(question) => {
                        let question = escape(&question);
                        self.event(&format!("SMP_ASK_FOR_ANSWER question={question}"));
                    }
                    None => self.event("SMP_ASK_FOR_SECRET"),
                }
            }
            Event::SmpInProgress { .. } => {
                self.smp = Smp::Expect4;
                self.event("SMP_IN_PROGRESS 60");
            }
            Event::SmpSucceeded { fingerprint, role, .. } => {
                // The answer to their question proves us to them, not them to us.
                if role != (SmpRole::Answered { question: true }) {
                    self.trusted.push(fingerprint);
                    self.conversation.set_trusted(self.trusted.clone());
                }
                self.end_smp("SMP_SUCCESS");
            }
            Event::SmpFailed { .. } => self.end_smp("SMP_FAILURE"),
            Event::SmpAborted { .. } => self.end_smp("SMP_ABORT"),
            Event::SmpCheated { .. } => self.end_smp("SMP_CHEATED"),
            Event::ExtraKeyReceived { key, purpose, data, .. } => {
                let (data, key) = (hex(&data), hex(key.as_bytes()));
                self.event(&format!("SYMKEY use={purpose} data={data} key={key}"));
            }
            Event::RecordReceived { number, value, .. } => {
                self.lines.push(format!("TLV {number} {}", hex(&value)));
            }
            Event::PeerError(words) => {
                self.event(&format!("RCVDMSG_GENERAL_ERR msg={}", escape(&words)));
            }
            Event::Unreadable => self.event("RCVDMSG_UNREADABLE"),
            Event::Malformed => self.event("RCVDMSG_MALFORMED"),
            Event::ForOtherInstance => self.event("RCVDMSG_FOR_OTHER_INSTANCE"),
            Event::Reflected => self.event("MSG_REFLECTED"),
            Event::SessionDisplaced { .. } => self.event("SESSION_DISPLACED"),
            Event::AnswerCopied => self.event("ANSWER_COPIED"),
            Event::SetupFailed
            | Event::DowngradeRefused
            | Event::NoVersion
            | Event::StartTimedOut => {
                self.event("SETUP_ERROR");
            }
            Event::NotInPrivate => self.event("RCVDMSG_NOT_IN_PRIVATE"),
            Event::HeartbeatReceived { .. } => self.event("LOG_HEARTBEAT_RCVD"),
            Event::Unrecognized => self.event("RCVDMSG_UNRECOGNIZED"),
        }
        Ok(())
    }

    fn tell_text(&mut self, text: &str, security: Security) {
        let is_safe = match security {
            Security::Private { .. } => true,
            Security::Plain => !self.policy.contains(Policy::REQUIRE_ENCRYPTION),
            Security::PlainInPrivate => false,
        };
        let text = escape(text);
        if is_safe {
            self.lines.push(format!("PLAIN {text}"));
        } else {
            self.event(&format!("RCVDMSG_UNENCRYPTED msg={text}"));
        }
    }

    fn end_smp(&mut self, words: &str) {
        self.smp = Smp::Expect1;
        self.event(words);
    }

    fn send_waiting(&mut self) -> Result<(), Failure> {
        let Some(text) = self.waiting.take() else { return Ok(()) };
        self.event("MSG_RESENT");
        self.send(text, Audience::Contact)
    }
}

/// Flags and sets of flags, with commas between.
fn policy(names: &str) -> Result<Policy, Failure> {
    names.split(',').try_fold(Policy::NEVER, |policy, name| {
        let flags = match name {
            "NEVER" => Policy::NEVER,
            "MANUAL" => Policy::MANUAL,
            "OPPORTUNISTIC" => Policy::OPPORTUNISTIC,
            "ALWAYS" => Policy::ALWAYS,
            "V2" => Policy::ALLOW_V2,
            "V3" => Policy::ALLOW_V3,
            "REQUIRE_ENCRYPTION" => Policy::REQUIRE_ENCRYPTION,
            "SEND_WHITESPACE_TAG" => Policy::SEND_WHITESPACE_TAG,
            "WHITESPACE_START_AKE" => Policy::WHITESPACE_START_AKE,
            "ERROR_START_AKE" => Policy::ERROR_START_AKE,
            _ => return Err(format!("there is no policy {name}").into()),
        };
        Ok(policy.with(flags))
    })
}

fn digits(fingerprint: Fingerprint) -> String {
    hex(fingerprint.as_bytes())
}
