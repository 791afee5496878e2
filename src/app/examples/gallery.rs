//! Shows the conversation in every state with made-up people, for looking at:
//! `cargo run -p sotto --example gallery -- finished dark`. Page up and down change the scene;
//! `small` is the smallest window, `large` the largest text.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "made-up data that is right or shows at once"
)]

use std::time::{Duration, SystemTime};

use engine::{
    AccountEvent, AccountState, ArchiveGap, Availability, ChatEvent, ChatId, ContactInfo, Delivery,
    Event, FailReason, Fingerprint, GapState, HeldReason, KeyRow, MessageId, Notice, OlderVersion,
    Outgoing, Padlock, Proof, Provenance, RequestId, Subscription, Trust, Verification,
    VerificationResult, new_message_id,
};
use iced::keyboard::{self, Key, key::Named};
use iced::theme::Mode;
use iced::{Element, Subscription as Listen, Task, Theme};
use sotto::screen::chat::{self, Chat, Confirmation, Visibility};
use sotto::screen::keys::{self, Keys};
use sotto::screen::verify::{self, VerificationMethod};

const THEIRS: Fingerprint = Fingerprint::V3([
    0x9D, 0x1C, 0x40, 0xE2, 0x77, 0x0B, 0x5A, 0xC3, 0x18, 0xF6, 0x2E, 0x91, 0xD4, 0x63, 0xAB, 0x05,
    0x7F, 0x38, 0xCC, 0x12,
]);
const OURS: Fingerprint = Fingerprint::V3([
    0x21, 0x8E, 0xF3, 0x5D, 0xB0, 0x46, 0x99, 0x7A, 0xE4, 0x0D, 0xC8, 0x53, 0x1F, 0xA6, 0x72, 0x3B,
    0xD9, 0x04, 0x65, 0xEE,
]);
const SCENES: [&str; 22] = [
    "plain",
    "older",
    "older-asked",
    "older-allowed",
    "unasked",
    "starting",
    "private",
    "verified",
    "beware",
    "outside",
    "finished",
    "waiting",
    "unanswered",
    "new-key",
    "failed",
    "choose",
    "question",
    "compare",
    "answer",
    "result",
    "many",
    "gap",
];

fn has(word: &str) -> bool {
    std::env::args().skip(1).any(|one| one == word)
}

fn main() -> iced::Result {
    iced::application(Gallery::boot, Gallery::update, Gallery::view)
        .title("Gallery")
        .theme(Gallery::theme)
        .default_font(sotto::theme::REGULAR)
        .font(include_bytes!("../../../resources/fonts/Inter-Regular.otf").as_slice())
        .font(include_bytes!("../../../resources/fonts/Inter-SemiBold.otf").as_slice())
        .subscription(Gallery::keys)
        .window_size(if has("small") { [640.0, 480.0] } else { [980.0, 760.0] })
        .scale_factor(|_| if has("large") { 2.0 } else { 1.0 })
        .run()
}

struct Gallery {
    scene: usize,
    mode: Mode,
    chat: Chat,
    codes: Option<Keys>,
}

#[derive(Clone)]
enum Message {
    Chat(chat::Message),
    Codes(keys::Message),
    Step(bool),
}

impl Gallery {
    fn boot() -> Self {
        let scene = SCENES.iter().position(|scene| has(scene)).unwrap_or_default();
        let mode = if has("dark") { Mode::Dark } else { Mode::Light };
        let mut codes = (has("keys") || has("own")).then(codes);
        if let Some(codes) = codes.as_mut().filter(|_| has("own")) {
            let _ = codes.update(keys::Message::Show(keys::Tab::Own));
        }
        Self { scene, mode, chat: scene_of(SCENES[scene]), codes }
    }

    fn theme(&self) -> Theme {
        sotto::theme::theme(self.mode)
    }

    fn keys(&self) -> Listen<Message> {
        keyboard::listen().filter_map(|event| match event {
            keyboard::Event::KeyPressed { key: Key::Named(Named::PageDown), .. } => {
                Some(Message::Step(true))
            }
            keyboard::Event::KeyPressed { key: Key::Named(Named::PageUp), .. } => {
                Some(Message::Step(false))
            }
            _ => None,
        })
    }

    fn update(&mut self, message: Message) -> Task<Message> {
        match message {
            Message::Step(forward) => {
                let step = if forward { 1 } else { SCENES.len() - 1 };
                self.scene = (self.scene + step) % SCENES.len();
                self.chat = scene_of(SCENES[self.scene]);
            }
            Message::Chat(message) => match self.chat.update(message) {
                chat::Action::Task(task) => return task.map(Message::Chat),
                chat::Action::Command(engine::Command::Chat(
                    _,
                    engine::ChatCommand::Send(engine::NewMessage { id, text, .. }),
                )) => {
                    let delivery = Delivery::Sent(Provenance::Plain);
                    let at = SystemTime::now();
                    let replaces = None;
                    let sent = Outgoing { id, text, at, delivery, resent: false, replaces };
                    self.chat.observe(ChatEvent::Outgoing(sent));
                }
                chat::Action::None
                | chat::Action::Command(_)
                | chat::Action::OpenKeys
                | chat::Action::OpenPractice
                | chat::Action::Leave => {}
            },
            Message::Codes(message) => {
                if let Some(keys::Action::Task(task)) =
                    self.codes.as_mut().map(|codes| codes.update(message))
                {
                    return task.map(Message::Codes);
                }
            }
        }
        Task::none()
    }

    fn view(&self) -> Element<'_, Message> {
        match &self.codes {
            Some(codes) => codes.view().map(Message::Codes),
            None => self.chat.view(SystemTime::now()).map(Message::Chat),
        }
    }
}

fn id() -> ChatId {
    ChatId {
        account: "alice@example.org".parse().expect("an address"),
        contact: "bob@example.org".parse().expect("an address"),
    }
}

fn ago(minutes: u64) -> SystemTime {
    SystemTime::now() - Duration::from_secs(minutes * 60)
}

fn theirs(chat: &mut Chat, text: &str, provenance: Provenance, minutes: u64) {
    let (text, at) = (text.to_owned(), ago(minutes));
    chat.observe(ChatEvent::Received {
        text,
        provenance,
        at,
        label: engine::Label::default(),
        place: None,
    });
}

fn ours(chat: &mut Chat, text: &str, delivery: Delivery, minutes: u64) {
    chat.observe(ChatEvent::Outgoing(Outgoing {
        id: new_message_id(),
        text: text.to_owned(),
        at: ago(minutes),
        delivery,
        resent: false,
        replaces: None,
    }));
}

fn bob() -> ContactInfo {
    ContactInfo {
        contact: id().contact,
        name: Some("Bob Carter".to_owned()),
        availability: Availability::Online,
        subscription: Subscription::Both,
        blocked: false,
        groups: Vec::new(),
    }
}

fn scene_of(scene: &str) -> Chat {
    let info = bob();
    let mut chat = Chat::new(id(), info.clone());
    chat.set_visibility(Visibility::Visible);
    chat.set_own_fingerprint(OURS);
    chat.account_changed(&AccountState::Online);
    let plain = Provenance::Plain;
    theirs(&mut chat, "Are you coming on Thursday?", plain, 60 * 25);
    ours(
        &mut chat,
        "Yes, by train. I should be there at six.",
        Delivery::Delivered(plain),
        60 * 25,
    );
    theirs(&mut chat, "Good morning!", plain, 42);
    theirs(&mut chat, "There is something I would rather not write here.", plain, 41);
    ours(&mut chat, "Then let us go private first.", Delivery::Delivered(plain), 40);
    let padlock = match scene {
        "unasked" => Padlock::Unasked,
        "starting" => Padlock::Starting,
        "verified" | "beware" | "outside" => Padlock::Verified(THEIRS),
        "finished" => Padlock::Finished,
        "waiting" => Padlock::Waiting,
        "unanswered" | "older" | "older-asked" => Padlock::Unanswered,
        "new-key" => Padlock::KeyChanged(THEIRS),
        "doubted" => Padlock::Doubted(THEIRS),
        "plain" | "failed" | "many" | "gap" => Padlock::NotPrivate,
        _ => Padlock::Private(THEIRS),
    };
    let how = match padlock {
        Padlock::Verified(key) => Provenance::Verified(key),
        _ => Provenance::Private(THEIRS),
    };
    if !padlock.is_plain() && padlock != Padlock::Starting {
        let started = Notice::PrivateStarted {
            fingerprint: THEIRS,
            verified: padlock == Padlock::Verified(THEIRS),
            new_key: false,
        };
        chat.observe(ChatEvent::Notice(started));
        theirs(
            &mut chat,
            "The documents are with the notary. She has asked me to tell nobody but you, and to \
             do so by voice or like this.\n\nCan you come an hour earlier?",
            how,
            12,
        );
        ours(&mut chat, "I can.", Delivery::Delivered(how), 11);
        ours(&mut chat, "Half past five, at the side entrance?", Delivery::Sent(how), 10);
    }
    chat.observe(ChatEvent::PadlockChanged(padlock));
    let failed = Delivery::Failed { provenance: plain, reason: FailReason::Unsure };
    match scene {
        "older" => chat.observe(ChatEvent::OlderVersion(OlderVersion::Wanted)),
        "older-asked" => {
            chat.observe(ChatEvent::OlderVersion(OlderVersion::Wanted));
            let _ = chat.update(chat::Message::Confirmation(Some(Confirmation::OlderVersion)));
        }
        "older-allowed" => chat.observe(ChatEvent::OlderVersion(OlderVersion::Allowed)),
        "gap" => {
            let states = [GapState::Open, GapState::Incomplete, GapState::Filling];
            for (number, state) in (0..).zip(states) {
                let after = Some(ago(60 * 24 * 3 - number * 600));
                let before = Some(ago(60 * 24 * 2 - number * 600));
                chat.observe_gap(ArchiveGap { number, run: 0, after, before, state });
                theirs(&mut chat, "Did you get my last one?", plain, 9 - number);
            }
        }
        "starting" => {
            let held = Delivery::Held(HeldReason::GoingPrivate);
            ours(&mut chat, "The documents are with the notary.", held, 0);
        }
        "outside" => {
            // What somebody on the way says of private texts.
            let error = engine::ClaimedError::Unreadable;
            chat.observe(ChatEvent::Notice(Notice::ErrorClaimed(error)));
            theirs(&mut chat, "Do NOT send the money.", how, 4);
            let replaces = Some(MessageId::from("another".to_owned()));
            let label = engine::Label::Outside { id: None, replaces };
            let (text, at) = ("Yes, fine with me.".to_owned(), ago(3));
            chat.observe(ChatEvent::Received { text, provenance: how, at, label, place: None });
            ours(&mut chat, "Good that I asked.", Delivery::Delivered(how), 2);
            ours(&mut chat, "At half past five, then.", Delivery::Reported(how), 1);
        }
        "beware" => {
            chat.observe(ChatEvent::Notice(Notice::Verified(Proof::Question)));
            theirs(
                &mut chat,
                "My phone died, so I write from the old laptop, which knows nothing of all this yet.",
                Provenance::PlainInPrivate,
                3,
            );
            theirs(&mut chat, "Sorry. Now it is me again.", how, 2);
        }
        "finished" => {
            chat.observe(ChatEvent::Notice(Notice::EndedByContact));
            ours(&mut chat, "One more thing:", Delivery::Held(HeldReason::Finished), 0);
        }
        "waiting" => {
            chat.observe(ChatEvent::Info(ContactInfo {
                availability: Availability::Offline,
                ..info
            }));
            ours(&mut chat, "See you there.", Delivery::Held(HeldReason::ContactAway), 0);
        }
        "unanswered" => chat.observe(ChatEvent::Notice(Notice::Unanswered)),
        "new-key" => {
            let (fingerprint, other_verified) = (THEIRS, false);
            chat.observe(ChatEvent::Notice(Notice::KeyChanged { fingerprint, other_verified }));
            theirs(&mut chat, "It is me.", Provenance::Unaccepted(THEIRS), 1);
            ours(&mut chat, "Is it?", Delivery::Held(HeldReason::KeyChanged), 0);
            let _ = chat.update(chat::Message::Explain(true));
        }
        "doubted" => {
            chat.observe(ChatEvent::Notice(Notice::NotVerified));
            ours(&mut chat, "Who are you?", Delivery::Held(HeldReason::Doubted), 0);
            let _ = chat.update(chat::Message::Explain(true));
        }
        "key-beside" => {
            let (fingerprint, other_verified) = (OURS, false);
            chat.observe(ChatEvent::Notice(Notice::KeyChanged { fingerprint, other_verified }));
            theirs(&mut chat, "I write from my phone now.", Provenance::Unaccepted(OURS), 1);
            chat.observe(ChatEvent::NewKeyBeside(Some(OURS)));
            let _ = chat.update(chat::Message::Explain(true));
        }
        "failed" => ours(&mut chat, "Are you there?", failed, 0),
        "choose" => drop(chat.update(chat::Message::OpenVerify)),
        "question" | "compare" => {
            let way = if scene == "compare" {
                VerificationMethod::Compare
            } else {
                VerificationMethod::Question
            };
            drop(chat.update(chat::Message::OpenVerify));
            drop(chat.update(chat::Message::Verify(verify::Message::Choose(way))));
        }
        "answer" | "result" => {
            chat.observe(ChatEvent::Verification(Verification::Requested {
                request: RequestId(1),
                question: Some("What did we eat on the ferry?".to_owned()),
            }));
            drop(chat.update(chat::Message::Verify(verify::Message::OpenRequest)));
            if scene == "result" {
                let learnt = Verification::Succeeded(VerificationResult::TheyLearnt);
                chat.observe(ChatEvent::Verification(learnt));
            }
        }
        "many" => {
            for index in 0..10_000 {
                theirs(&mut chat, &format!("Line {index} of a long evening."), plain, 5);
            }
        }
        _ => {}
    }
    chat
}

fn codes() -> Keys {
    let mut codes = Keys::default();
    codes.observe(&Event::Account(id().account, AccountEvent::OwnKey(OURS)));
    let carol = ChatId { contact: "carol@example.net".parse().expect("an address"), ..id() };
    let row = |chat: ChatId, fingerprint, trust, in_use| KeyRow {
        chat,
        fingerprint,
        trust,
        first_seen: ago(60 * 24 * 90),
        last_seen: ago(60),
        in_use,
    };
    let verified = Trust::Verified { proof: Proof::Question, at: ago(60 * 24 * 30) };
    codes.observe(&Event::Keys(vec![
        row(id(), THEIRS, verified, true),
        row(id(), Fingerprint::V3([0x42; 20]), Trust::Undecided, false),
        row(carol, Fingerprint::V3([0x7E; 20]), Trust::First, false),
    ]));
    let open = keys::Message::Expand((id(), Fingerprint::V3([0x42; 20])), keys::Expand::Compare);
    let _ = codes.update(open);
    codes
}
