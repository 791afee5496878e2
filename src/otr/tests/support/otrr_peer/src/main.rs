//! The crate `otrr` behind a line protocol: one command in, some lines out, then OK or ERR.
//!
//! Its instance tag is its own choice: it follows READY. An answer must be known before the
//! question comes: `SMP_RESPOND` gives it in advance.

use std::cell::{Cell, RefCell};
use std::io::BufRead;
use std::rc::Rc;

use otrr::crypto::dsa::Keypair;
use otrr::crypto::ed448::EdDSAKeyPair;
use otrr::crypto::otr::fingerprint;
use otrr::session::{Account, Session};
use otrr::{Host, OTRError, Policy, ProtocolStatus, UserMessage};

const PEER: &[u8] = b"sotto@test";
const DEFAULT_QUESTION: &[u8] = b"";

/// What the library asks of its client.
struct Client {
    key: Keypair,
    identity: EdDSAKeyPair,
    forging: EdDSAKeyPair,
    bytes_max: Cell<usize>,
    answer: RefCell<Option<Vec<u8>>>,
    profile: RefCell<Vec<u8>>,
}

impl Host for Client {
    fn message_size(&self) -> usize {
        self.bytes_max.get()
    }

    fn inject(&self, _account: &[u8], message: &[u8]) {
        say("INJECT", message);
    }

    fn keypair(&self) -> Option<&Keypair> {
        Some(&self.key)
    }

    fn keypair_identity(&self) -> &EdDSAKeyPair {
        &self.identity
    }

    fn keypair_forging(&self) -> &EdDSAKeyPair {
        &self.forging
    }

    fn query_smp_secret(&self, question: &[u8]) -> Option<Vec<u8>> {
        match question {
            DEFAULT_QUESTION => println!("EVENT SMP_ASK_FOR_SECRET"),
            _ => println!("EVENT SMP_ASK_FOR_ANSWER question={}", escape(question)),
        }
        self.answer.borrow().clone()
    }

    fn client_profile(&self) -> Vec<u8> {
        self.profile.borrow().clone()
    }

    fn update_client_profile(&self, profile: Vec<u8>) {
        self.profile.replace(profile);
    }
}

/// The one user, and the program of ours that was heard last.
struct Peer {
    client: Rc<Client>,
    account: Account,
    policy: Policy,
    theirs: u32,
}

impl Peer {
    fn new() -> Self {
        let client = Rc::new(Client {
            key: Keypair::generate(),
            identity: EdDSAKeyPair::generate(),
            forging: EdDSAKeyPair::generate(),
            bytes_max: Cell::new(usize::MAX),
            answer: RefCell::new(None),
            profile: RefCell::new(Vec::new()),
        });
        let policy = Policy::ALLOW_V3;
        let account = account(&client, policy);
        Self { client, account, policy, theirs: 0 }
    }

    fn session(&mut self) -> &mut Session {
        self.account.session(PEER)
    }

    /// The same user, with the same tag, who knows nobody.
    fn reset(&mut self) {
        self.client.bytes_max.set(usize::MAX);
        self.client.answer.replace(None);
        self.account = account(&self.client, self.policy);
        self.theirs = 0;
    }

    fn receive(&mut self, wire: &[u8]) {
        match self.session().receive(wire) {
            Ok(UserMessage::None) => {}
            Ok(UserMessage::Plaintext(text)) => say("PLAIN", &text),
            Ok(UserMessage::WarningUnencrypted(text)) => {
                println!("EVENT RCVDMSG_UNENCRYPTED msg={}", escape(&text));
            }
            Ok(UserMessage::Error(text)) => {
                println!("EVENT RCVDMSG_GENERAL_ERR msg={}", escape(&text));
            }
            Ok(UserMessage::Reset(_)) => println!("EVENT GONE_INSECURE"),
            Ok(UserMessage::ConfidentialSessionStarted(tag)) => {
                self.theirs = tag;
                println!("EVENT GONE_SECURE");
            }
            Ok(UserMessage::Confidential(tag, text, _)) => {
                self.theirs = tag;
                if !text.is_empty() {
                    say("PLAIN", &text);
                }
            }
            Ok(UserMessage::ConfidentialSessionFinished(..)) => println!("EVENT DISCONNECTED"),
            Ok(UserMessage::SMPSucceeded(_)) => println!("EVENT SMP_SUCCESS"),
            Ok(UserMessage::SMPFailed(_)) => println!("EVENT SMP_FAILURE"),
            Err(OTRError::UnreadableMessage(_)) => println!("EVENT RCVDMSG_UNREADABLE"),
            Err(OTRError::MessageForOtherInstance) => {
                println!("EVENT RCVDMSG_FOR_OTHER_INSTANCE");
            }
            Err(error) => println!("EVENT ERROR {error:?}"),
        }
    }

    fn send(&mut self, text: &[u8]) {
        let theirs = self.theirs;
        match self.session().send(theirs, text) {
            Ok(wires) => wires.iter().for_each(|wire| say("INJECT", wire)),
            Err(OTRError::IncorrectState(_)) => println!("EVENT CONNECTION_ENDED"),
            Err(OTRError::PolicyRestriction(_)) => println!("EVENT ENCRYPTION_REQUIRED"),
            Err(error) => println!("EVENT ERROR {error:?}"),
        }
    }

    fn state(&mut self) {
        let theirs = self.theirs;
        let our = self.account.instance_tag();
        let session = self.session();
        let name = match session.status(theirs) {
            Some(ProtocolStatus::Encrypted) => "ENCRYPTED",
            Some(ProtocolStatus::Finished) => "FINISHED",
            Some(ProtocolStatus::Plaintext) | None => "PLAINTEXT",
        };
        let ssid = session.ssid(theirs).map(|ssid| hex(&ssid)).unwrap_or_default();
        println!("STATE msg={name} our={our:08x} their={theirs:08x} ssid={ssid} selected");
    }

    fn set_policy(&mut self, names: &str) -> Result<(), OTRError> {
        self.policy = Policy::empty();
        for name in names.split(',') {
            self.policy |= match name {
                "V3" => Policy::ALLOW_V3,
                "REQUIRE_ENCRYPTION" => Policy::REQUIRE_ENCRYPTION,
                "SEND_WHITESPACE_TAG" => Policy::SEND_WHITESPACE_TAG,
                "WHITESPACE_START_AKE" => Policy::WHITESPACE_START_AKE,
                "ERROR_START_AKE" => Policy::ERROR_START_AKE,
                _ => return Err(OTRError::UserError("policy")),
            };
        }
        self.reset();
        Ok(())
    }

    fn obey(&mut self, command: &str, argument: &str) -> Result<(), OTRError> {
        let theirs = self.theirs;
        match command {
            "RECV" => self.receive(&unescape(argument)),
            "SEND" => self.send(&unescape(argument)),
            "START" => self.session().query()?,
            "POLICY" => self.set_policy(argument)?,
            "MTU" => {
                let bytes_max = argument.parse().unwrap_or_default();
                self.client.bytes_max.set(if bytes_max == 0 { usize::MAX } else { bytes_max });
            }
            "END" => drop(self.session().end(theirs)?),
            "SMP_START" => {
                let (secret, question) = argument.split_once('\t').unwrap_or((argument, ""));
                self.session().start_smp(theirs, &unescape(secret), &unescape(question))?;
            }
            "SMP_RESPOND" => drop(self.client.answer.replace(Some(unescape(argument)))),
            "SMP_ABORT" => self.session().abort_smp(theirs)?,
            "FINGERPRINT" => {
                println!("FPR ours {}", hex(&fingerprint(&self.client.key.public_key())));
            }
            "STATE" => self.state(),
            "RESET" => self.reset(),
            // It keeps no time.
            "TIMEADD" => {}
            _ => return Err(OTRError::UserError("command")),
        }
        Ok(())
    }
}

fn account(client: &Rc<Client>, policy: Policy) -> Account {
    let host = Rc::clone(client) as Rc<dyn Host>;
    Account::new(b"peer@test".to_vec(), policy, host).expect("a profile of its own making")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn say(what: &str, text: &[u8]) {
    println!("{what} {}", escape(text));
}

fn escape(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text).replace('\\', "\\\\");
    let text = text.replace('\n', "\\n").replace('\r', "\\r").replace('\t', "\\t");
    text.chars()
        .map(|c| match c {
            '\0'..' ' => format!("\\x{:02x}", u32::from(c)),
            _ => c.to_string(),
        })
        .collect()
}

fn unescape(text: &str) -> Vec<u8> {
    let mut plain = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        plain.push(match byte {
            b'\\' => match bytes.next() {
                Some(b'n') => b'\n',
                Some(b'r') => b'\r',
                Some(b't') => b'\t',
                Some(b'x') => {
                    let digits: Vec<u8> = bytes.by_ref().take(2).collect();
                    u8::from_str_radix(&String::from_utf8_lossy(&digits), 16).unwrap_or_default()
                }
                other => other.unwrap_or(b'\\'),
            },
            other => other,
        });
    }
    plain
}

fn main() {
    let mut peer = Peer::new();
    println!("READY {:08x}", peer.account.instance_tag());
    for line in std::io::stdin().lock().lines() {
        let Ok(line) = line else { return };
        let (command, argument) = line.split_once(' ').unwrap_or((&line, ""));
        match peer.obey(command, argument) {
            Ok(()) => println!("OK"),
            Err(error) => println!("ERR {error:?}"),
        }
    }
}
