//! Small windows and large text: all of it fits, or can be scrolled to.

use engine::{
    AccountEvent, Availability, ChatEvent, ContactInfo, Event, Fingerprint, OlderVersion, Padlock,
    RequestId, Subscription, VaultEvent, Verification,
};
use iced::Rectangle;
use iced::keyboard::Modifiers;
use iced::keyboard::key::{Code, Named};

use super::desk::{Desk, chat, ctrl, shift_tab, tap, typed};
use crate::t;
use crate::text::strip_isolates;
use crate::widget::padlock;

/// Logical pixels: 640×480, a usual window at 200 % text, 880×560, and 640×480 at 200 % text.
const SIZES: [(f32, f32); 5] =
    [(640.0, 480.0), (590.0, 380.0), (880.0, 560.0), (480.0, 360.0), (320.0, 240.0)];

const LONG_NAME: &str = "Bartholomew Featherstonehaugh-Cholmondeley";
const KEY: Fingerprint = Fingerprint::V3([7; 20]);

/// The conversation with somebody of a long name is open.
fn desk() -> Desk {
    let mut desk = Desk::with(&["bob"]);
    let (account, contact) = (chat("bob").account, chat("bob").contact);
    let info = ContactInfo {
        contact,
        name: Some(LONG_NAME.to_owned()),
        availability: Availability::Online,
        subscription: Subscription::Both,
        blocked: false,
        groups: Vec::new(),
    };
    desk.event(Event::Account(account.clone(), AccountEvent::Roster(vec![info])));
    desk.event(Event::Account(account, AccountEvent::OwnKey(KEY)));
    stands(&mut desk, Padlock::Private(KEY));
    // The row of the list: its last letters may be left out.
    let click = desk.click_part("Bartholomew");
    desk.at_once(click);
    desk
}

fn stands(desk: &mut Desk, padlock: Padlock) {
    desk.event(Event::Chat(chat("bob"), ChatEvent::PadlockChanged(padlock)));
}

fn is_within(bounds: &Rectangle, (width, height): (f32, f32)) -> bool {
    bounds.x >= 0.0
        && bounds.y >= 0.0
        && bounds.x + bounds.width <= width + 0.5
        && bounds.y + bounds.height <= height + 0.5
}

#[test]
fn the_header_keeps_the_name_the_padlock_and_more_at_every_size() {
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
        Padlock::Doubted(KEY),
    ];
    let mut desk = desk();
    for size in SIZES {
        desk.resize(size.0, size.1);
        for shown in padlocks {
            stands(&mut desk, shown);
            let words = strip_isolates(&padlock::words(shown, "Bartholomew Feath"));
            let words = words.chars().take(12).collect::<String>();
            for (what, least) in [("Bartholomew", 60.0), (&words, 60.0), (&t!("chat-more"), 25.0)] {
                let found = desk.written().into_iter().any(|(text, bounds)| {
                    strip_isolates(&text).starts_with(what)
                        && is_within(&bounds, size)
                        && bounds.width >= least
                        && bounds.y < 100.0
                });
                assert!(found, "no {what:?} at {size:?} under {shown:?}: {:?}", desk.written());
            }
        }
    }
}

/// Every word that is drawn is in the window, or in something that scrolls; and none is squeezed
/// into a column of letters.
fn everything_can_be_reached(desk: &mut Desk, size: (f32, f32), what: &str) {
    let drawn = desk.drawn();
    for (text, bounds) in &drawn.written {
        let text = strip_isolates(text);
        // What is not drawn at all now.
        if text.trim().is_empty() || bounds.width == 0.0 && bounds.height == 0.0 {
            continue;
        }
        let scrolls = drawn.scrolled.iter().any(|(looked_at, content)| {
            is_within(looked_at, size)
                && looked_at.height >= 40.0
                && bounds.x >= looked_at.x - 0.5
                && bounds.x + bounds.width <= looked_at.x + looked_at.width + 0.5
                && bounds.y >= content.y - 0.5
                && bounds.y + bounds.height <= content.y + content.height + 0.5
        });
        assert!(
            is_within(bounds, size) || scrolls,
            "{what} at {size:?}: {text:?} cannot be reached at {bounds:?}, with {:?}",
            drawn.scrolled
        );
        let is_column = text.chars().count() > 6 && bounds.width < 40.0 && bounds.height > 50.0;
        assert!(!is_column, "{what} at {size:?}: {text:?} is a column of letters, {bounds:?}");
    }
}

#[test]
fn every_step_of_the_verify_sheet_can_be_reached_at_every_size() {
    let verify = || ctrl("V", Code::KeyV, Modifiers::SHIFT);
    for size in SIZES {
        let check = |desk: &mut Desk, what: &str| {
            desk.resize(size.0, size.1);
            everything_can_be_reached(desk, size, what);
        };
        let mut desk = desk();
        desk.at_once([verify()]);
        check(&mut desk, "choosing");
        desk.at_once([tap(Named::Enter), typed("where did we meet?")].concat());
        check(&mut desk, "asking");
        desk.at_once([tap(Named::Tab), typed("Prague"), tap(Named::Enter)].concat());
        check(&mut desk, "waiting");
        for (told, what) in [
            (Verification::Failed, "failed"),
            (Verification::CancelledByContact, "cancelled"),
            (Verification::NotPrivate, "not private"),
        ] {
            let mut desk = self::desk();
            desk.at_once([vec![verify()], tap(Named::Enter), typed("where?")].concat());
            desk.at_once([tap(Named::Tab), typed("Prague"), tap(Named::Enter)].concat());
            desk.event(Event::Chat(chat("bob"), ChatEvent::Verification(told)));
            check(&mut desk, what);
        }

        let mut desk = self::desk();
        let question = Some("where did we meet for the very first time, and who was there?".into());
        let told = Verification::Requested { request: RequestId(1), question };
        desk.event(Event::Chat(chat("bob"), ChatEvent::Verification(told)));
        check(&mut desk, "asked");
        let answer = desk.click_part("Answer Bartholomew");
        desk.at_once(answer);
        check(&mut desk, "answering");

        let mut desk = self::desk();
        desk.at_once([verify()]);
        let compare = desk.click(&t!("verify-method-compare"));
        desk.at_once(compare);
        check(&mut desk, "comparing");
        let mut desk = self::desk();
        desk.at_once([verify()]);
        let shared = desk.click(&t!("verify-method-secret"));
        desk.at_once(shared);
        check(&mut desk, "the secret both know");
    }
}

#[test]
fn every_other_sheet_and_banner_can_be_reached_at_every_size() {
    for size in SIZES {
        let check = |desk: &mut Desk, what: &str| {
            desk.resize(size.0, size.1);
            everything_can_be_reached(desk, size, what);
        };
        let mut desk = desk();
        check(&mut desk, "a conversation");
        desk.at_once(tap(Named::F1));
        check(&mut desk, "the shortcuts");
        desk.at_once(tap(Named::Escape));
        desk.at_once([ctrl("n", Code::KeyN, Modifiers::empty())]);
        check(&mut desk, "a new contact");
        desk.at_once(tap(Named::Escape));
        let more = desk.click(&t!("chat-more"));
        desk.at_once(more);
        check(&mut desk, "the menu");
        desk.at_once(tap(Named::Escape));
        stands(&mut desk, Padlock::KeyChanged(KEY));
        desk.resize(1000.0, 760.0);
        let explain = desk.click(&t!("chat-what-does-this-mean"));
        desk.at_once(explain);
        check(&mut desk, "a new key explained");
        for padlock in [Padlock::Finished, Padlock::Unanswered, Padlock::Doubted(KEY)] {
            stands(&mut desk, padlock);
            check(&mut desk, "a decision");
        }
        for older in [OlderVersion::Allowed, OlderVersion::Wanted] {
            desk.event(Event::Chat(chat("bob"), ChatEvent::OlderVersion(older)));
            check(&mut desk, "the older way");
        }
        desk.resize(1000.0, 760.0);
        let older = desk.click(&t!("chat-older"));
        desk.at_once(older);
        check(&mut desk, "the older way explained");
        let mut desk = self::desk();
        let account = desk.click("alice@example.org");
        desk.at_once(account);
        check(&mut desk, "an account");
    }
}

#[test]
fn the_screens_before_there_is_an_account_can_be_reached_at_every_size() {
    use engine::VaultFailure;
    for size in SIZES {
        for failure in [
            VaultFailure::NoKeyring,
            VaultFailure::KeyringSilent { kept: true },
            VaultFailure::KeyringSilent { kept: false },
            VaultFailure::KeyMissing,
        ] {
            let mut desk = Desk::open();
            desk.resize(size.0, size.1);
            desk.event(Event::Vault(VaultEvent::Failed(failure.clone())));
            everything_can_be_reached(&mut desk, size, "the vault");
        }
        let mut desk = Desk::open();
        desk.resize(size.0, size.1);
        desk.event(Event::Vault(VaultEvent::Opened { accounts: Vec::new() }));
        everything_can_be_reached(&mut desk, size, "the first screen");
    }
}

#[test]
fn no_window_opens_larger_than_its_screen() {
    let mut desk = Desk::with(&[]);
    assert_eq!(desk.on_monitor(1920.0, 1080.0), None, "it has room");
    for (width, height) in [(1024.0, 600.0), (1280.0, 720.0), (960.0, 540.0), (640.0, 480.0)] {
        let size = desk.on_monitor(width, height).unwrap();
        assert!(size.width < width && size.height < height, "{size:?} on {width}×{height}");
    }
}

#[test]
fn what_the_tab_key_reaches_is_seen() {
    let (width, height) = (320.0, 240.0);
    let mut desk = desk();
    desk.resize(width, height);
    desk.at_once([ctrl("V", Code::KeyV, Modifiers::SHIFT)]);
    // A sheet is read from its beginning.
    let how = t!("verify-how", name = LONG_NAME);
    assert!(desk.is_seen(&strip_isolates(&how)), "the first sentence");
    desk.at_once(tap(Named::Tab));
    desk.at_once([shift_tab()]);
    for way in ["verify-method-question", "verify-method-secret", "verify-method-compare"] {
        assert!(desk.focus_is_seen(), "{way}");
        desk.at_once(tap(Named::Tab));
    }
    assert!(desk.focus_is_seen(), "the last button");
}

/// Asked a question, at 640×480 with letters twice as large.
fn asked(desk: &mut Desk, request: u64, question: &str) {
    let question = Some(question.to_owned());
    let told = Verification::Requested { request: RequestId(request), question };
    desk.event(Event::Chat(chat("bob"), ChatEvent::Verification(told)));
}

#[test]
fn every_sheet_opens_at_its_beginning_however_small_the_window_is() {
    let mut desk = desk();
    desk.resize(320.0, 240.0);
    asked(&mut desk, 1, "Where did we meet?");
    desk.at_once([ctrl("V", Code::KeyV, Modifiers::SHIFT)]);
    assert!(desk.is_seen("“Where did we meet?”"), "what they ask");
    // What is typed is seen, though the field is further down.
    desk.at_once(typed("Pra"));
    assert!(desk.focus_is_seen());

    asked(&mut desk, 2, "And when?");
    assert!(desk.is_seen("“And when?”"), "the question that replaced it");
    let anew = strip_isolates(&t!("verify-they-ask-anew", name = LONG_NAME));
    assert!(desk.is_seen(&anew), "that it replaced another");

    desk.at_once([typed("May"), tap(Named::Enter)].concat());
    let told = Verification::NotProved;
    desk.event(Event::Chat(chat("bob"), ChatEvent::Verification(told)));
    assert!(desk.is_seen(&strip_isolates(&t!("verify-not-proved"))), "how it ended");
}

#[test]
fn banners_leave_two_lines_of_the_history_and_none_of_their_first_buttons_is_cut() {
    let mut desk = Desk::with(&["bob"]);
    let click = desk.click("bob");
    desk.at_once(click);
    stands(&mut desk, Padlock::Verified(KEY));
    let received = ChatEvent::Received {
        text: "the last words".to_owned(),
        provenance: engine::Provenance::Verified(KEY),
        at: std::time::SystemTime::now(),
        label: engine::Label::default(),
        place: None,
    };
    desk.event(Event::Chat(chat("bob"), received.clone()));
    desk.resize(320.0, 240.0);
    asked(&mut desk, 1, "Where?");
    assert!(desk.is_seen("the last words"));
    assert!(desk.is_seen(&strip_isolates(&t!("verify-request-open", name = "bob"))));
    assert!(desk.is_seen(&strip_isolates(&t!("verify-decline"))));

    stands(&mut desk, Padlock::Finished);
    assert!(desk.is_seen("the last words"));
    stands(&mut desk, Padlock::Verified(KEY));
    let more = desk.click(&t!("chat-more"));
    desk.at_once(more);
    let end = desk.click(&t!("chat-end-private"));
    desk.at_once(end);
    assert!(desk.is_seen(&strip_isolates(&t!("confirm-no"))), "the safe answer");

    let info = ContactInfo {
        contact: chat("eve").contact,
        name: None,
        availability: Availability::Offline,
        subscription: Subscription::Wrote,
        blocked: false,
        groups: Vec::new(),
    };
    desk.event(Event::Chat(chat("eve"), ChatEvent::Info(info)));
    desk.event(Event::Chat(chat("eve"), received));
    desk.pause();
    desk.resize(1000.0, 760.0);
    let open = desk.click("eve@example.org");
    desk.at_once(open);
    desk.resize(320.0, 240.0);
    for label in ["banner-accept", "banner-decline", "banner-block"] {
        let label = match label {
            "banner-accept" => t!("banner-accept"),
            "banner-decline" => t!("banner-decline"),
            _ => t!("banner-block"),
        };
        assert!(desk.is_seen(&strip_isolates(&label)), "{label}");
    }
    assert!(desk.is_seen("the last words"));
}
