//! Every place in which a window draws what others wrote, with text that lies.

use std::path::Path;
use std::time::{Duration, SystemTime};
use std::{fs, io};

use engine::{
    AccountEvent, AccountState, Availability, BareJid, ChatEvent, ChatId, ContactInfo, Event,
    Fingerprint, KeyRow, Label, Notice, OfflineReason, Padlock, Provenance, Registration,
    RegistrationFailure, RequestFailure, RequestId, Subscription, Trust, VaultEvent, VaultFailure,
    Verification,
};
use iced::keyboard::Modifiers;
use iced::keyboard::key::{Code, Named};

use super::desk::{Desk, chat, ctrl, tap, typed};
use crate::t;
use crate::text::untrusted;

/// Turns, hides, breaks, towers, and closes what it never opened.
const LIE: &str = "L\u{202e}i\u{2069}e\u{200b}\u{7}\u{9b}\u{2028}\u{2067}x\u{301}\u{301}\u{301}\
                   \u{301}\u{301}\u{301}\u{301}\u{301}\u{e0041}\u{e000}";
/// How it begins wherever it is drawn.
const SEEN: &str = "L‹U+202E›i";

/// Looks at all that is drawn: the lie is there, and does nothing.
fn look(desk: &mut Desk, place: &str) {
    let written = desk.written();
    assert!(written.iter().any(|(text, _)| text.contains(SEEN)), "{place}: nothing is drawn of it");
    for (text, _) in written {
        let drawn = untrusted::guarded(text.as_str().into());
        assert_eq!(drawn, text, "{place}: it acts");
        assert!(!text.contains("\u{202e}"), "{place}: it turns {text:?}");
    }
}

fn roster(name: Option<&str>, groups: &[&str], subscription: Subscription) -> Event {
    Event::Account(
        "alice@example.org".parse().unwrap(),
        AccountEvent::Roster(vec![ContactInfo {
            contact: chat("bob").contact,
            name: name.map(str::to_owned),
            availability: Availability::Online,
            subscription,
            blocked: false,
            groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        }]),
    )
}

fn received(provenance: Provenance) -> ChatEvent {
    let (text, at) = (LIE.to_owned(), SystemTime::now());
    ChatEvent::Received { text, provenance, at, label: Label::default(), place: None }
}

fn of_bob(event: ChatEvent) -> Event {
    Event::Chat(chat("bob"), event)
}

const KEY: Fingerprint = Fingerprint::V3([7; 20]);

/// Bob's conversation is open.
fn with_bob() -> Desk {
    let mut desk = Desk::with(&["bob"]);
    let click = desk.click("bob");
    desk.at_once(click);
    desk
}

#[test]
fn messages_and_the_last_line_in_the_list() {
    for provenance in [Provenance::Plain, Provenance::PlainInPrivate, Provenance::Private(KEY)] {
        let mut desk = with_bob();
        desk.event(of_bob(received(provenance)));
        look(&mut desk, "a bubble");
    }
    let mut desk = Desk::with(&["bob"]);
    desk.event(of_bob(received(Provenance::Plain)));
    look(&mut desk, "the last line");
    let mut desk = with_bob();
    let (text, at) = (format!("/me {LIE}"), SystemTime::now());
    desk.event(of_bob(ChatEvent::SentElsewhere {
        text,
        at,
        id: None,
        replaces: None,
        place: None,
    }));
    look(&mut desk, "an action, and what another device sent");
}

#[test]
fn names_in_the_list_the_header_and_every_sentence() {
    let padlocks = [
        Padlock::NotPrivate,
        Padlock::Unasked,
        Padlock::Starting,
        Padlock::Waiting,
        Padlock::Unanswered,
        Padlock::Private(KEY),
        Padlock::Verified(KEY),
        Padlock::Finished,
        Padlock::KeyChanged(KEY),
    ];
    for padlock in padlocks {
        let mut desk = with_bob();
        desk.event(roster(Some(LIE), &[], Subscription::Both));
        desk.event(of_bob(ChatEvent::PadlockChanged(padlock)));
        desk.event(of_bob(ChatEvent::Notice(Notice::NotVerified)));
        look(&mut desk, "header, banners and notices");
        let more = desk.click(&t!("chat-more"));
        desk.at_once(more);
        look(&mut desk, "the menu");
    }
    for asks in [Subscription::Requested, Subscription::Wrote] {
        let mut desk = with_bob();
        desk.event(roster(Some(LIE), &[], asks));
        look(&mut desk, "a request");
    }
}

#[test]
fn the_same_name_reads_the_same_everywhere() {
    let mut desk = with_bob();
    desk.event(roster(Some("Bob \u{202e}deifirev\u{202c}"), &[], Subscription::Both));
    let name = "Bob ‹U+202E›deifirev‹U+202C›";
    let places = desk.written().into_iter().filter(|(text, _)| text == name).count();
    assert_eq!(places, 2, "in the list and in the header");
}

#[test]
fn groups() {
    let mut desk = with_bob();
    desk.event(roster(None, &[LIE], Subscription::Both));
    look(&mut desk, "groups above the list");
    let more = desk.click(&t!("chat-more"));
    desk.at_once(more);
    let edit = desk.click(&t!("chat-edit-contact"));
    desk.at_once(edit);
    look(&mut desk, "groups while they are changed");
}

#[test]
fn a_verification() {
    let mut desk = with_bob();
    desk.event(roster(Some(LIE), &[], Subscription::Both));
    desk.event(of_bob(ChatEvent::PadlockChanged(Padlock::Private(KEY))));
    let verify = || ctrl("V", Code::KeyV, Modifiers::SHIFT);
    desk.at_once([verify()]);
    look(&mut desk, "the ways");
    desk.at_once(tap(Named::Enter));
    look(&mut desk, "a question of ours");
    desk.at_once([typed("q"), tap(Named::Tab), typed("a"), tap(Named::Enter)].concat());
    look(&mut desk, "while it is under way");
    desk.event(of_bob(ChatEvent::Verification(Verification::Failed)));
    look(&mut desk, "a result");
    desk.at_once(tap(Named::Escape));

    desk.event(roster(None, &[], Subscription::Both));
    let (request, question) = (RequestId(1), Some(LIE.to_owned()));
    desk.event(of_bob(ChatEvent::Verification(Verification::Requested { request, question })));
    let open = desk.click(&t!("verify-request-open", name = "bob"));
    desk.at_once(open);
    look(&mut desk, "a question of theirs");
}

#[test]
fn errors_of_the_server() {
    let refused = || RequestFailure::Refused { condition: "bad".into(), text: Some(LIE.into()) };
    let account = || "alice@example.org".parse::<BareJid>().unwrap();
    for reason in [
        OfflineReason::Unreachable { host: LIE.to_owned() },
        OfflineReason::HostUnknown { host: LIE.to_owned() },
        OfflineReason::ProxyUnreachable { host: LIE.to_owned() },
    ] {
        let mut desk = with_bob();
        let state = AccountState::Offline { reason, retry_in: Duration::ZERO };
        desk.event(Event::Account(account(), AccountEvent::State(state)));
        look(&mut desk, "why it is off line");
    }
    let mut desk = with_bob();
    let open = desk.click("alice@example.org");
    desk.at_once(open);
    let remove = desk.click(&t!("remove-account"));
    desk.at_once(remove);
    desk.event(Event::Account(account(), AccountEvent::NotDeleted(refused())));
    look(&mut desk, "why an account stays");

    let mut desk = Desk::open();
    desk.event(Event::Vault(VaultEvent::Opened { accounts: Vec::new() }));
    let register = desk.click(&t!("start-register"));
    desk.at_once(register);
    for failure in [
        RegistrationFailure::Elsewhere { url: LIE.to_owned() },
        RegistrationFailure::Refused { condition: "bad".into(), text: Some(LIE.to_owned()) },
    ] {
        desk.event(Event::Registration(Registration::Failed(failure)));
        look(&mut desk, "why there is no account");
    }
}

#[test]
fn what_libraries_and_the_system_say_is_on_no_screen() {
    let account = "alice@example.org".parse().unwrap();
    let (reason, retry_in) = (OfflineReason::Protocol(LIE.to_owned()), Duration::ZERO);
    let offline = AccountEvent::State(AccountState::Offline { reason, retry_in });
    let system = || VaultFailure::System(LIE.to_owned());
    for (event, words) in [
        (Event::Account(account, offline), t!("offline-protocol")),
        (Event::Vault(VaultEvent::NotSaved(system())), t!("not-saved-system")),
        (Event::Vault(VaultEvent::Failed(system())), t!("vault-system")),
    ] {
        let mut desk = with_bob();
        desk.event(event);
        let written = desk.written();
        assert!(written.iter().any(|(text, _)| *text == words), "{words}: {written:?}");
        assert!(!written.iter().any(|(text, _)| text.contains(SEEN)), "{written:?}");
    }
}

#[test]
fn what_goes_over_the_stream() {
    let mut desk = with_bob();
    let open = desk.click("alice@example.org");
    desk.at_once(open);
    for label in [t!("console"), t!("console-whole")] {
        let press = desk.click(&label);
        desk.at_once(press);
    }
    let account = "alice@example.org".parse().unwrap();
    let xml = format!("<body>{LIE}</body>");
    desk.event(Event::Account(
        account,
        AccountEvent::Traffic { direction: engine::Flow::In, xml, dropped: 0 },
    ));
    look(&mut desk, "the console");
}

#[test]
fn the_window_of_key_codes() {
    let mut desk = with_bob();
    desk.event(roster(Some(LIE), &[], Subscription::Both));
    let now = SystemTime::now();
    desk.event(Event::Keys(vec![KeyRow {
        chat: chat("bob"),
        fingerprint: KEY,
        trust: Trust::First,
        first_seen: now,
        last_seen: now,
        in_use: true,
    }]));
    let open = desk.click(&t!("key-codes"));
    desk.at_once(open);
    desk.look_at_keys();
    look(&mut desk, "the window of key codes");
}

#[test]
fn titles_of_windows_name_nobody() {
    let mut desk = with_bob();
    desk.event(roster(Some(LIE), &[], Subscription::Both));
    desk.event(of_bob(received(Provenance::Plain)));
    let title = desk.title();
    assert!(title.is_ascii() && !title.contains('L'), "{title}");
}

/// An address may hold letters of any script, but nothing that is not seen.
#[test]
fn addresses_hold_nothing_that_hides() {
    for hidden in ["\u{202e}", "\u{2067}", "\u{200f}", "\u{7}", "\u{2028}", "\u{e000}", "\u{e0041}"]
    {
        let address = format!("a{hidden}b@example.org");
        assert!(address.parse::<BareJid>().is_err(), "{address:?}");
    }
    let mut desk = Desk::open();
    desk.event(Event::Vault(VaultEvent::Opened { accounts: Vec::new() }));
    let contact: BareJid =
        "a\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}@example.org".parse().unwrap();
    let account: BareJid = "alice@example.org".parse().unwrap();
    desk.event(Event::Account(account.clone(), AccountEvent::State(AccountState::Online)));
    desk.event(Event::Chat(ChatId { account, contact }, received(Provenance::Plain)));
    for (text, _) in desk.written() {
        assert_eq!(untrusted::guarded(text.as_str().into()), text);
    }
}

/// What is drawn passes one widget, which lets nothing act: there is no second way to forget it.
#[test]
fn nothing_draws_text_but_the_one_widget_that_makes_it_fit() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files).unwrap();
    assert!(files.len() > 50, "{files:?}");
    for file in files {
        let name = file.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
        if name == "widget/text.rs" || name.starts_with("theme") || name.contains("tests") {
            continue;
        }
        let source = fs::read_to_string(&file).unwrap();
        let source = source.split("#[cfg(test)]").next().unwrap();
        for way in ["rich_text", "markdown", "fill_text", "fill_paragraph", "text!("] {
            assert!(!source.contains(way), "{name}: {way}");
        }
        let words = source.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
        let imported = source.split("use iced::widget::").skip(1).filter_map(|rest| {
            let end = rest.find(';')?;
            rest.get(..end)
        });
        for import in imported {
            let mut names = import.split(|c: char| !c.is_alphanumeric() && c != '_');
            let text = import.trim_start().starts_with("text::");
            assert!(text || !names.any(|name| matches!(name, "text" | "Text")), "{name}: {import}");
        }
        for word in words {
            let ways = ["iced::widget::text", "iced::widget::Text", "widget::text::Text::new"];
            assert!(!ways.contains(&word), "{name}: {word}");
        }
        // Boxes to tick and lists to pick from draw their labels themselves.
        let draws = ["checkbox(", "pick_list(", "radio(", "toggler(", "combo_box("];
        if draws.iter().any(|way| source.contains(way)) {
            let known = [
                "screen/connection_form.rs",
                "screen/onboarding/register/fields.rs",
                "screen/messenger/account_sheet/overview.rs",
            ];
            assert!(known.contains(&&*name), "{name}: a label");
        }
    }
}

fn collect(folder: &Path, files: &mut Vec<std::path::PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|end| end == "rs") {
            files.push(path);
        }
    }
    Ok(())
}
