//! One side of a conversation, a contact with several devices, a network that loses and swaps, and a
//! disk that outlives the program. Time is a number, and nothing runs by itself.

use std::collections::{BTreeMap, VecDeque};
use std::hash::RandomState;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use chat::records::{Named, RecordCodec};
use chat::{
    Chat, ChatCommand, Delivery, Destination, Effect, Input, Intent, KeptMessage, KnownVersion,
    Memory, MessageId, NewMessage, Now, Outgoing, Padlock, Permissions, Program, Provenance,
    Received, Sighted, Stanza, Start, Tags, Told, Trust, Write,
};
use otr::{
    Config, Conversation, Fingerprint, InstanceTag, LineBreaks, Output, Outputs, Policy,
    PrivateKey, Security, Timestamp,
};
use rand::SeedableRng;
use rand::rngs::StdRng;

/// Ours, then those of the contact.
static KEYS: LazyLock<[PrivateKey; 3]> = LazyLock::new(|| {
    let mut rng = StdRng::seed_from_u64(1);
    std::array::from_fn(|_| PrivateKey::generate(&mut rng))
});

/// Whom we see, and who sees us.
pub(crate) const ACQUAINTED: [Permissions; 3] =
    [Permissions::ACCEPTED, Permissions::SEE_PRESENCE, Permissions::PRESENCE_SEEN];

/// Names and receipts are not spoken here.
struct Silent;

impl RecordCodec for Silent {
    fn write_name(&self, _: &Named) -> Option<Vec<u8>> {
        None
    }

    fn read_name(&self, _: &[u8]) -> Option<Named> {
        None
    }

    fn write_receipts(&self, _: &[&MessageId]) -> Option<Vec<u8>> {
        None
    }

    fn read_receipts(&self, _: &[u8]) -> Option<Vec<MessageId>> {
        None
    }
}

/// A device of the contact.
pub(crate) struct Device {
    pub(crate) conversation: Conversation,
    key: usize,
    instance: InstanceTag,
}

/// A text of ours, and who may read it.
pub(crate) struct Typed {
    pub(crate) text: String,
    /// Whether the person saw, at least once, that it would be readable on the way.
    pub(crate) may_be_plain: bool,
    /// The keys that it was ever for; `None`: at least once, whichever key is first.
    pub(crate) keys: Option<Vec<Fingerprint>>,
}

/// What outlives the program.
#[derive(Default)]
struct Disk {
    intent: Option<Intent>,
    keys: Vec<(Fingerprint, Trust)>,
    had_keys: bool,
    messages: BTreeMap<u64, KeptMessage>,
    version: Option<KnownVersion>,
}

/// On its way to the contact.
pub(crate) struct Sent {
    pub(crate) tag: u64,
    pub(crate) to: Destination<u8>,
    pub(crate) body: String,
}

/// How much left.
#[derive(Clone, Copy, Default)]
pub(crate) struct Left {
    /// Readable texts.
    pub(crate) readable: usize,
    /// Messages of the protocol.
    pub(crate) otr: usize,
}

pub(crate) struct World {
    pub(crate) chat: Chat<u8>,
    pub(crate) devices: Vec<Device>,
    pub(crate) to_them: VecDeque<Sent>,
    pub(crate) to_us: VecDeque<(u8, String)>,
    /// The padlock that the window shows.
    pub(crate) shown: Padlock,
    pub(crate) typed: BTreeMap<MessageId, Typed>,
    /// What the contact read, and with which key.
    pub(crate) read: Vec<(Fingerprint, String)>,
    /// How much left.
    pub(crate) left: Left,
    disk: Disk,
    millis: u64,
    lives: usize,
    seed: u64,
}

fn conversation(key: usize, instance: InstanceTag, seed: u64) -> Conversation {
    let policy = Policy::MANUAL.with(Policy::WHITESPACE_START_AKE);
    let config = Config::new(KEYS[key].clone(), instance, StdRng::seed_from_u64(seed));
    Conversation::new(config.policy(policy).line_breaks(LineBreaks::Allowed))
}

/// The fingerprint of a key of the contact.
pub(crate) fn fingerprint(key: usize) -> Fingerprint {
    KEYS[key].fingerprint()
}

fn permissions() -> Permissions {
    ACQUAINTED.into_iter().fold(Permissions::default(), |all, one| all | one)
}

impl World {
    /// Online, with a contact whose first device is there, and where nothing was ever said.
    pub(crate) fn new(seed: u64) -> Self {
        let mut world = Self::with(Disk::default(), seed);
        world.settle();
        world
    }

    fn with(disk: Disk, seed: u64) -> Self {
        let mut devices = Vec::new();
        for (number, key) in [(0, 1), (1, 2)] {
            let instance = InstanceTag::new(0x1000 + number).unwrap();
            let conversation = conversation(key, instance, seed ^ u64::from(number + 7));
            devices.push(Device { conversation, key, instance });
        }
        let now = now_at(0);
        let chat = Chat::new(start(&disk, 0, seed), now);
        Self {
            chat,
            devices,
            to_them: VecDeque::new(),
            to_us: VecDeque::new(),
            shown: Padlock::default(),
            typed: BTreeMap::new(),
            read: Vec::new(),
            left: Left::default(),
            disk,
            millis: 0,
            lives: 0,
            seed,
        }
    }

    fn settle(&mut self) {
        self.give(Input::Room);
    }

    /// The program ends without a word, or with one, and is started again.
    pub(crate) fn restart(&mut self, says_goodbye: bool) {
        if says_goodbye {
            let effects = self.chat.goodbye(self.now());
            self.carry(effects);
        }
        self.lives += 1;
        self.shown = Padlock::default();
        self.chat = Chat::new(start(&self.disk, self.lives, self.seed), self.now());
        self.settle();
        self.ask(ChatCommand::Open);
    }

    pub(crate) fn now(&self) -> Now {
        now_at(self.millis)
    }

    pub(crate) fn give(&mut self, input: Input<u8>) {
        let effects = self.chat.handle(input, self.now());
        self.carry(effects);
    }

    pub(crate) fn ask(&mut self, command: ChatCommand) {
        self.give(Input::Command(command));
    }

    /// The person types under the padlock that the window shows.
    pub(crate) fn types(&mut self) -> MessageId {
        let number = self.typed.len();
        let id = MessageId::from(format!("{number:032x}"));
        let text = format!("marked text {number}");
        let seen = self.shown;
        let typed = Typed {
            text: text.clone(),
            may_be_plain: seen.is_plain(),
            keys: seen.fingerprint().map(|key| vec![key]),
        };
        self.typed.insert(id.clone(), typed);
        self.ask(ChatCommand::Send(NewMessage { id: id.clone(), text, seen, replaces: None }));
        id
    }

    /// The person sends it again under the padlock that the window shows.
    pub(crate) fn retries(&mut self, id: &MessageId) {
        let seen = self.shown;
        if let Some(typed) = self.typed.get_mut(id) {
            typed.may_be_plain |= seen.is_plain();
            match (seen.fingerprint(), &mut typed.keys) {
                (Some(key), Some(keys)) => keys.push(key),
                (None, _) | (_, None) => typed.keys = None,
            }
        }
        self.ask(ChatCommand::Retry { id: id.clone(), seen });
    }

    /// The person goes on with the key that the padlock shows: what waits is for it now.
    pub(crate) fn accepts(&mut self) {
        let Some(key) = self.shown.fingerprint() else { return };
        for keys in self.typed.values_mut().filter_map(|typed| typed.keys.as_mut()) {
            keys.push(key);
        }
        self.ask(ChatCommand::AcceptKey(key));
    }

    /// Time passes; what is due on the way is done.
    pub(crate) fn wait(&mut self, millis: u64) {
        let end = self.millis + millis;
        for _ in 0..200 {
            let due = self.chat.deadline().map(Timestamp::as_millis);
            let Some(due) = due.filter(|due| *due <= end) else { break };
            self.millis = due.max(self.millis);
            let effects = self.chat.handle_timeout(self.now());
            self.carry(effects);
        }
        self.millis = end;
    }

    /// The next of ours arrives, is acknowledged, and is answered.
    pub(crate) fn deliver_to_them(&mut self) {
        let Some(Sent { tag, to, body }) = self.to_them.pop_front() else { return };
        self.give(Input::Acked(tag));
        let now = Timestamp::from_millis(self.millis);
        for number in 0..self.devices.len() {
            let place = u8::try_from(number).unwrap();
            if to.device().is_none_or(|at| *at == place) {
                let outputs = self.devices[number].conversation.receive(&body, now);
                self.heard(number, outputs);
            }
        }
    }

    /// The next of theirs arrives.
    pub(crate) fn deliver_to_us(&mut self) {
        let Some((from, body)) = self.to_us.pop_front() else { return };
        self.give(Input::Received(Received::new(Destination::Device(from), body)));
    }

    /// All arrives, on both sides, until nothing is on its way.
    pub(crate) fn deliver_all(&mut self) {
        for _ in 0..100 {
            if self.to_them.is_empty() && self.to_us.is_empty() {
                break;
            }
            self.deliver_to_them();
            self.deliver_to_us();
        }
    }

    /// A device does something by itself.
    pub(crate) fn device(
        &mut self,
        number: usize,
        act: impl FnOnce(&mut Conversation, Timestamp) -> Outputs,
    ) {
        let now = Timestamp::from_millis(self.millis);
        let outputs = act(&mut self.devices[number].conversation, now);
        self.heard(number, outputs);
    }

    /// A device forgets its sessions, and comes with this key from now on.
    pub(crate) fn reborn(&mut self, number: usize, key: usize) {
        self.seed += 1;
        let device = &mut self.devices[number];
        device.key = key;
        device.conversation = conversation(key, device.instance, self.seed);
    }

    fn heard(&mut self, number: usize, outputs: Outputs) {
        let key = fingerprint(self.devices[number].key);
        for output in outputs {
            match output {
                Output::Send { wire, .. } => {
                    self.to_us.push_back((u8::try_from(number).unwrap(), wire.into_string()));
                }
                Output::Event(otr::Event::Text { text, security: Security::Private { .. } }) => {
                    self.read.push((key, text))
                }
                Output::Event(_) => {}
            }
        }
    }

    pub(crate) fn carry(&mut self, effects: Vec<Effect<u8>>) {
        let mut effects = VecDeque::from(effects);
        while let Some(effect) = effects.pop_front() {
            match effect {
                Effect::Send(stanza) => self.sends(stanza),
                Effect::SightKey(key) => {
                    assert!(effects.is_empty(), "nothing comes behind it");
                    let sighted = self.disk.saw(key);
                    effects.extend(self.chat.key_sighted(Some(sighted), self.now()));
                }
                Effect::Confirm(confirmation) => {
                    effects.extend(self.chat.confirm(confirmation, self.now()));
                }
                Effect::Store(write) => self.disk.store(write),
                Effect::Tell(Told::PadlockChanged(padlock)) => self.shown = padlock,
                Effect::Tell(Told::Outgoing(outgoing)) => self.shows(&outgoing),
                Effect::Tell(_) | Effect::KeyInUse(_) | Effect::KeysChanged => {}
            }
        }
    }

    /// Whatever is said of a message of ours is looked at here.
    fn shows(&self, outgoing: &Outgoing) {
        let typed = &self.typed[&outgoing.id];
        match outgoing.delivery {
            // Nobody here says inside of the encryption that anything arrived.
            Delivery::Delivered(way) => {
                assert_eq!(way, Provenance::Plain, "{} arrived on somebody's word", typed.text);
            }
            Delivery::Queued(way) | Delivery::Sent(way) | Delivery::Reported(way) => {
                assert!(typed.may_be_plain || way.key().is_some(), "{} is readable", typed.text);
            }
            Delivery::Held(_) | Delivery::Failed { .. } => {}
        }
    }

    /// Whatever leaves is looked at here.
    fn sends(&mut self, stanza: Stanza<u8>) {
        match stanza {
            Stanza::Plain { tag, id, body, .. } => {
                let typed = &self.typed[&id];
                assert!(typed.may_be_plain, "{} left readable", typed.text);
                assert_eq!(body, typed.text);
                self.left.readable += 1;
                self.to_them.push_back(Sent { tag, to: Destination::Contact, body });
            }
            Stanza::Otr { tag, to, body, .. } => {
                assert!(body.contains("?OTR"), "{body} is not of the protocol");
                assert!(!body.contains("marked text"), "{body} is readable");
                self.left.otr += 1;
                self.to_them.push_back(Sent { tag, to, body });
            }
            Stanza::Receipt { .. } | Stanza::Typing { .. } | Stanza::QueryArchive { .. } => {}
        }
    }

    /// What was read in private was for its reader.
    pub(crate) fn assert_read_by_whom_it_was_for(&self) {
        for (key, text) in &self.read {
            let typed = self.typed.values().find(|typed| typed.text == *text).unwrap();
            let is_for = typed.keys.as_ref().is_none_or(|keys| keys.contains(key));
            assert!(is_for, "{text} was read by another than it was for");
        }
    }
}

fn now_at(millis: u64) -> Now {
    let wall = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    Now {
        at: Timestamp::from_millis(millis),
        wall: wall + Duration::from_millis(millis),
        queued: 0,
    }
}

fn start(disk: &Disk, life: usize, seed: u64) -> Start<u8> {
    let life_seed = seed.wrapping_mul(31) + life as u64;
    let messages = disk.messages.values().map(copy).collect();
    Start {
        conversation: conversation(0, InstanceTag::new(0x500).unwrap(), life_seed),
        rng: Box::new(StdRng::seed_from_u64(life_seed + 1)),
        hasher: RandomState::new(),
        codec: Box::new(Silent),
        tags: Tags::of(life),
        online: true,
        permissions: permissions(),
        in_sight: [(0, Program::Other)].into(),
        left_behind: Vec::new(),
        invitation: "Let us talk in private.".into(),
        memory: Memory {
            intent: disk.intent.unwrap_or(Intent::Private),
            keys: Some(disk.keys.clone()),
            messages,
            version: disk.version.unwrap_or(KnownVersion::Any),
            invited: None,
        },
    }
}

fn copy(message: &KeptMessage) -> KeptMessage {
    KeptMessage {
        id: message.id.clone(),
        text: message.text.clone(),
        at: message.at,
        audience: message.audience,
        replaces: message.replaces.clone(),
        failed: message.failed,
        resent: message.resent,
    }
}

impl Disk {
    fn saw(&mut self, key: Fingerprint) -> Sighted {
        if let Some((_, trust)) = self.keys.iter().find(|(known, _)| *known == key) {
            return Sighted { trust: *trust, is_new: false };
        }
        let trust = if self.had_keys { Trust::Undecided } else { Trust::First };
        self.had_keys = true;
        self.keys.push((key, trust));
        Sighted { trust, is_new: true }
    }

    fn store(&mut self, write: Write) {
        match write {
            Write::Keep(message) | Write::KeepNew(message) => {
                let number = u64::from_str_radix(message.id.as_str(), 16).unwrap();
                self.messages.insert(number, message);
            }
            Write::Forget(id) => {
                let number = u64::from_str_radix(id.as_str(), 16).unwrap();
                self.messages.remove(&number);
            }
            Write::Trust(key, trust) => {
                if let Some(known) = self.keys.iter_mut().find(|(known, _)| *known == key) {
                    known.1 = trust;
                }
            }
            Write::ForgetKey(key) => self.keys.retain(|(known, _)| *known != key),
            Write::Intent(intent) => self.intent = Some(intent),
            Write::V3Seen if self.version == Some(KnownVersion::OlderAllowed) => {}
            Write::V3Seen | Write::V2Allowed(false) => self.version = Some(KnownVersion::Newer),
            Write::V2Allowed(true) => self.version = Some(KnownVersion::OlderAllowed),
            Write::Invited(_) | Write::QuestionWaits | Write::NoQuestionWaits => {}
        }
    }
}
