//! A small client for IRC: one contact, in private by OTR. To be read beside the guide: it does what
//! a client has to do, and no more.
//!
//! `irc SERVER:PORT NICK CONTACT FOLDER`
//!
//! Lines that are typed go to CONTACT; FOLDER keeps the key, the instance tag and what was verified.
//! `/otr` goes private, `/end` leaves it, `/secret WORDS` and `/question WHAT? ANSWER` verify,
//! `/answer WORDS` answers, `/abort` breaks off, `/accept` sends what waits to the key that is shown,
//! `/discard` throws it away, `/quit` leaves.

use std::collections::VecDeque;
use std::error::Error;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};
use std::{fs, mem, thread};

use otr::rand_core::UnwrapErr;
use otr::{
    Audience, Config, Conversation, Event, Fingerprint, InstanceTag, MessageState, Output, Outputs,
    PrivateKey, Security, SendError, SmpRequest, SmpRole, SmpSecret, Timestamp,
};
use rand::rngs::SysRng;

pub(crate) type Failure = Box<dyn Error>;

/// A line of IRC has 512 bytes with names and command; 350 is what irssi-otr takes.
const WIRE_BYTES_MAX: usize = 350;
/// Servers and programs let few long lines through at a time.
const STALL: Duration = Duration::from_mins(1);

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let ended = Client::open(&words, io::stdout()).and_then(|client| client.run(io::stdin()));
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Nobody is left to be told if this fails too.
            let _ = writeln!(io::stderr(), "irc: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// What is kept between two runs.
struct Store {
    folder: PathBuf,
    contact: String,
}

impl Store {
    /// A key that cannot be read is never replaced: the contacts have verified it.
    fn key(&self) -> Result<PrivateKey, Failure> {
        let file = self.folder.join("key");
        if !file.try_exists()? {
            self.write(&file, &PrivateKey::generate(&mut UnwrapErr(SysRng)).to_bytes())?;
        }
        Ok(PrivateKey::from_bytes(&fs::read(file)?)?)
    }

    fn instance(&self) -> Result<InstanceTag, Failure> {
        let file = self.folder.join("instance");
        if !file.try_exists()? {
            let tag = InstanceTag::random(&mut UnwrapErr(SysRng));
            self.write(&file, tag.to_string().as_bytes())?;
        }
        Ok(fs::read_to_string(file)?.trim().parse()?)
    }

    fn verified(&self) -> Result<Vec<Fingerprint>, Failure> {
        let file = self.folder.join(format!("{}.verified", self.contact));
        let lines = if file.try_exists()? { fs::read_to_string(file)? } else { String::new() };
        Ok(lines.lines().map(str::parse).collect::<Result<_, _>>()?)
    }

    fn save_verified(&self, verified: &[Fingerprint]) -> Result<(), Failure> {
        let lines: String = verified.iter().map(|key| format!("{key}\n")).collect();
        self.write(&self.folder.join(format!("{}.verified", self.contact)), lines.as_bytes())
    }

    /// Whole or not at all, and for nobody else to read.
    fn write(&self, file: &PathBuf, bytes: &[u8]) -> Result<(), Failure> {
        let fresh = self.folder.join("new");
        fs::write(&fresh, [])?;
        #[cfg(unix)]
        fs::set_permissions(&fresh, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        fs::write(&fresh, bytes)?;
        Ok(fs::rename(fresh, file)?)
    }
}

/// What comes in.
enum Input {
    Typed(String),
    Wire(String),
    Gone,
}

/// A text that has not gone, for whom it was written.
struct Waiting {
    text: String,
    audience: Audience,
}

pub(crate) struct Client<W> {
    network: TcpStream,
    screen: W,
    nick: String,
    contact: String,
    store: Store,
    conversation: Conversation,
    verified: Vec<Fingerprint>,
    /// What is still to be done, in this order.
    outputs: VecDeque<Output>,
    waiting: Vec<Waiting>,
    request: Option<SmpRequest>,
    started: Instant,
}

impl<W: Write> Client<W> {
    pub(crate) fn open(words: &[String], screen: W) -> Result<Self, Failure> {
        let [server, nick, contact, folder] = words else {
            return Err("irc SERVER:PORT NICK CONTACT FOLDER".into());
        };
        if contact.contains(['/', '\\', ' ', '\r', '\n']) || nick.contains([' ', '\r', '\n']) {
            return Err("this is no nick".into());
        }
        let folder = PathBuf::from(folder);
        fs::create_dir_all(&folder)?;
        let store = Store { folder, contact: contact.clone() };
        let config = Config::new(store.key()?, store.instance()?, UnwrapErr(SysRng))
            .fragment_bytes_max(WIRE_BYTES_MAX)
            .stall(STALL)
            .invitation("I would like to talk in private, by OTR.");
        let mut conversation = Conversation::new(config);
        let verified = store.verified()?;
        conversation.set_trusted(verified.iter().copied());
        let network = TcpStream::connect(server)?;
        let mut client = Self {
            network,
            screen,
            nick: nick.clone(),
            contact: contact.clone(),
            store,
            conversation,
            verified,
            outputs: VecDeque::new(),
            waiting: Vec::new(),
            request: None,
            started: Instant::now(),
        };
        client.line(&format!("NICK {nick}"))?;
        client.line(&format!("USER {nick} 0 * :{nick}"))?;
        Ok(client)
    }

    /// Until `/quit`, the end of what is typed, or that of the connection.
    pub(crate) fn run(mut self, typed: impl Read + Send + 'static) -> Result<(), Failure> {
        let (inputs, input) = mpsc::channel();
        read(typed, inputs.clone(), Input::Typed);
        read(self.network.try_clone()?, inputs, Input::Wire);
        while let Some(next) = self.next(&input)? {
            let goes_on = match next {
                Input::Typed(line) => self.typed(&line)?,
                Input::Wire(line) => self.wire(&line)?,
                Input::Gone => false,
            };
            if !goes_on {
                break;
            }
        }
        // The connection may be gone, which is as good.
        let _ = self.end().and_then(|()| self.line("QUIT"));
        Ok(())
    }

    /// What comes next; at the deadline, what is due is done first.
    fn next(&mut self, input: &Receiver<Input>) -> Result<Option<Input>, Failure> {
        loop {
            let Some(deadline) = self.conversation.deadline() else {
                return Ok(input.recv().ok());
            };
            match input.recv_timeout(deadline.saturating_since(self.now())) {
                Ok(next) => return Ok(Some(next)),
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
                Err(RecvTimeoutError::Timeout) => {
                    let outputs = self.conversation.handle_timeout(self.now());
                    self.perform(outputs)?;
                }
            }
        }
    }

    fn now(&self) -> Timestamp {
        Timestamp::from(self.started.elapsed())
    }

    fn line(&mut self, line: &str) -> Result<(), Failure> {
        Ok(write!(self.network, "{line}\r\n")?)
    }

    /// For the person. A contact's characters do nothing here but stand in their line.
    fn say(&mut self, words: &str) -> Result<(), Failure> {
        let clean: String =
            words.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        writeln!(self.screen, "{clean}")?;
        Ok(self.screen.flush()?)
    }

    fn wire(&mut self, line: &str) -> Result<bool, Failure> {
        let (source, rest) = match line.strip_prefix(':') {
            Some(line) => line.split_once(' ').unwrap_or((line, "")),
            None => ("", line),
        };
        let (head, text) = rest.split_once(" :").unwrap_or((rest, ""));
        let mut head = head.split(' ');
        let (command, target) = (head.next().unwrap_or(""), head.next().unwrap_or(""));
        let from = source.split('!').next().unwrap_or("");
        match command {
            "PING" => {
                self.line(&format!("PONG :{}", if text.is_empty() { target } else { text }))?
            }
            "001" => self.say("* connected")?,
            "433" => return Err("somebody has this nick".into()),
            "401" => self.say(&format!("* {} is not there", self.contact.clone()))?,
            // CTCP is for programs, and no text.
            "PRIVMSG" if text.starts_with('\u{1}') => {}
            "PRIVMSG"
                if from.eq_ignore_ascii_case(&self.contact)
                    && target.eq_ignore_ascii_case(&self.nick) =>
            {
                let outputs = self.conversation.receive(text, self.now());
                self.perform(outputs)?;
            }
            _ => {}
        }
        Ok(true)
    }

    fn typed(&mut self, line: &str) -> Result<bool, Failure> {
        let (command, words) = line.split_once(' ').unwrap_or((line, ""));
        let now = self.now();
        match command {
            "/quit" => return Ok(false),
            "/otr" => {
                let outputs = self.conversation.start(now);
                self.perform(outputs)?;
            }
            "/end" => self.end()?,
            "/secret" => self.verify(words, None)?,
            "/question" => match words.split_once("? ") {
                Some((question, answer)) => self.verify(answer, Some(&format!("{question}?")))?,
                None => self.say("* /question WHAT? ANSWER")?,
            },
            "/answer" => self.answer(words)?,
            "/abort" => {
                let outputs = self.conversation.abort_verification(now);
                self.perform(outputs)?;
            }
            // The person has seen the new key and agrees: only now is the audience another.
            "/accept" => {
                let audience = self.conversation.audience();
                self.waiting.iter_mut().for_each(|waiting| waiting.audience = audience);
                self.send_what_waits()?;
            }
            "/discard" => self.waiting.clear(),
            _ if line.is_empty() => {}
            _ => self.send(line.to_owned(), self.conversation.audience())?,
        }
        Ok(true)
    }

    /// Sends a text, or keeps it and says why.
    fn send(&mut self, text: String, audience: Audience) -> Result<(), Failure> {
        let reason = match self.conversation.send(&text, audience, self.now()) {
            Ok(outputs) => return self.perform(outputs),
            Err(reason) => reason,
        };
        self.say(&format!("* not sent: {reason}"))?;
        match reason {
            SendError::NotPrivate | SendError::EncryptionRequired => {
                self.waiting.push(Waiting { text, audience });
                if !self.conversation.is_starting() {
                    let outputs = self.conversation.start(self.now());
                    self.perform(outputs)?;
                }
            }
            SendError::Finished => {
                self.waiting.push(Waiting { text, audience });
                self.say("* /end, or /otr to begin anew")?;
            }
            SendError::OtherKey(_) => {
                self.waiting.push(Waiting { text, audience });
                self.say("* /accept to send it to the new key, or /discard")?;
            }
            SendError::Absent => self.waiting.push(Waiting { text, audience }),
            SendError::Empty
            | SendError::TooLongInClear(_)
            | SendError::LineBreak
            | SendError::NulInText
            | SendError::TooLong
            | SendError::Reserved => {}
        }
        Ok(())
    }

    fn send_what_waits(&mut self) -> Result<(), Failure> {
        for Waiting { text, audience } in mem::take(&mut self.waiting) {
            self.send(text, audience)?;
        }
        Ok(())
    }

    /// What waits was written in private and never goes out in clear: the person may write it anew.
    fn end(&mut self) -> Result<(), Failure> {
        for Waiting { text, .. } in mem::take(&mut self.waiting) {
            self.say(&format!("* never sent: {text}"))?;
        }
        self.request = None;
        let outputs = self.conversation.end(self.now());
        self.perform(outputs)?;
        self.say("* not private")
    }

    fn verify(&mut self, secret: &str, question: Option<&str>) -> Result<(), Failure> {
        let Some(whom) = self.conversation.message_state().fingerprint() else {
            return self.say("* not private");
        };
        let secret = SmpSecret::from(secret.trim());
        match self.conversation.verify(whom, &secret, question, self.now()) {
            Ok(outputs) => self.perform(outputs),
            Err(refused) => self.say(&format!("* {refused}")),
        }
    }

    fn answer(&mut self, secret: &str) -> Result<(), Failure> {
        let Some(request) = self.request else { return self.say("* nobody asks") };
        let secret = SmpSecret::from(secret.trim());
        match self.conversation.answer(request, &secret, self.now()) {
            Ok(outputs) => {
                self.request = None;
                self.perform(outputs)
            }
            Err(refused) => self.say(&format!("* {refused}")),
        }
    }

    /// What a call leads to while an event is dealt with comes behind what was there before: the
    /// other side drops a message that comes after a later one.
    fn perform(&mut self, outputs: Outputs) -> Result<(), Failure> {
        self.outputs.extend(outputs);
        while let Some(output) = self.outputs.pop_front() {
            match output {
                // IRC knows no programs of one nick: the instance tag inside says whom it is for.
                Output::Send { wire, to: _ } => {
                    let line = format!("PRIVMSG {} :{}", self.contact, wire.as_str());
                    self.line(&line)?;
                }
                Output::Event(event) => self.observe(event)?,
            }
        }
        Ok(())
    }

    fn begins(&mut self, fingerprint: Fingerprint) -> Result<(), Failure> {
        let is_verified = self.verified.contains(&fingerprint);
        let words = match (is_verified, self.verified.is_empty()) {
            (true, _) => "private and verified",
            (false, true) => "private, not verified",
            (false, false) => "PRIVATE WITH A KEY THAT YOU HAVE NOT VERIFIED",
        };
        self.say(&format!("* {words}: {fingerprint}"))?;
        self.send_what_waits()
    }

    fn observe(&mut self, event: Event) -> Result<(), Failure> {
        let contact = self.contact.clone();
        match event {
            Event::Text { text, security } => {
                let mark = match security {
                    Security::Plain => "in clear",
                    Security::PlainInPrivate => "IN CLEAR",
                    Security::Private { fingerprint, .. }
                        if self.verified.contains(&fingerprint) =>
                    {
                        "verified"
                    }
                    Security::Private { .. } => "private",
                };
                self.say(&format!("<{contact}, {mark}> {text}"))
            }
            Event::SessionStarted { fingerprint, .. }
            | Event::SessionRefreshed { fingerprint, .. }
            | Event::SessionKeyChanged { fingerprint, .. } => self.begins(fingerprint),
            Event::RecipientChanged(state) => match state {
                MessageState::Plaintext => Ok(()),
                MessageState::Encrypted { fingerprint, .. }
                | MessageState::Finished { fingerprint, .. } => {
                    self.say(&format!("* you write to another program now: {fingerprint}"))
                }
            },
            Event::SessionDisplaced { fingerprint, .. } => {
                self.say(&format!("* too many programs: this one had to give way: {fingerprint}"))
            }
            Event::AnswerCopied => {
                self.say("* somebody on the way copies the messages that make keys; no harm done")
            }
            Event::SessionFinished { .. } => self.say("* ended by the other side: /end or /otr"),
            Event::SessionEnded => self.say("* private conversation ended"),
            Event::SmpRequested { request, question, .. } => {
                self.request = Some(request);
                let asked = question.unwrap_or_else(|| "the secret that you both know".into());
                self.say(&format!("* {contact} asks: {asked} (/answer WORDS)"))
            }
            Event::SmpInProgress { .. } => self.say("* comparing"),
            Event::SmpSucceeded { fingerprint, role, .. } => match role {
                SmpRole::Asked { .. } | SmpRole::Answered { question: false } => {
                    if !self.verified.contains(&fingerprint) {
                        self.verified.push(fingerprint);
                    }
                    self.store.save_verified(&self.verified)?;
                    self.conversation.set_trusted(self.verified.iter().copied());
                    self.say(&format!("* it is {contact}"))
                }
                SmpRole::Answered { question: true } => {
                    self.say(&format!("* {contact} has verified you"))
                }
            },
            Event::SmpFailed { .. } => self.say("* it does not match"),
            Event::SmpAborted { .. } | Event::SmpCheated { .. } => {
                self.request = None;
                self.say("* verification broken off")
            }
            Event::PeerError(words) => self.say(&format!("* error there: {words}")),
            Event::Unreadable | Event::Malformed | Event::NotInPrivate => {
                self.say("* a message could not be read; /otr begins anew")
            }
            Event::SetupFailed => self.say("* the exchange of keys failed"),
            Event::NoVersion => self.say("* there is no version to speak"),
            Event::DowngradeRefused => self.say("* the old version was asked for, and refused"),
            Event::StartTimedOut => self.say("* no answer; what you write waits, /end to give up"),
            Event::ExtraKeyReceived { .. }
            | Event::RecordReceived { .. }
            | Event::ForOtherInstance
            | Event::Reflected
            | Event::HeartbeatReceived { .. }
            | Event::Unrecognized => Ok(()),
        }
    }
}

/// Line by line, in a thread of its own. What is not UTF-8 is read as far as it is.
fn read(from: impl Read + Send + 'static, to: Sender<Input>, input: fn(String) -> Input) {
    thread::spawn(move || {
        let mut lines = BufReader::new(from);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line).is_ok_and(|bytes| bytes > 0) {
            // Blanks at the end are left: they may be an offer.
            let text = line.strip_suffix(b"\n").unwrap_or(&line);
            let text = text.strip_suffix(b"\r").unwrap_or(text);
            let text = String::from_utf8_lossy(text).into_owned();
            // Nobody listens any more: the program ends.
            if to.send(input(text)).is_err() {
                return;
            }
            line.clear();
        }
        let _ = to.send(Input::Gone);
    });
}
