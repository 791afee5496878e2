//! The history of one conversation, message by message.

use engine::{Delivery, HeldReason, new_message_id};

use super::*;

pub(super) fn received(text: &str, provenance: Provenance) -> ChatEvent {
    let (text, at) = (text.to_owned(), SystemTime::now());
    ChatEvent::Received { text, provenance, at, label: Label::default(), place: None }
}

fn with_messages(count: usize) -> Timeline {
    let mut timeline = Timeline::default();
    for index in 0..count {
        timeline.observe(received(&format!("message {index}"), Provenance::Plain));
    }
    timeline
}

#[test]
fn ten_thousand_messages_build_only_the_rows_near_the_viewport() {
    let mut timeline = with_messages(10_000);
    let total: f32 = timeline.items.iter().map(|item| item.height(timeline.width)).sum();
    for from_end in [0.0, 5_000.0, total / 2.0, total - 1_000.0] {
        let _ = timeline.scrolled(from_end, 1_000.0, 800.0);
        let window = timeline.window();
        assert!(!window.items.is_empty() && window.items.len() < 60, "{window:?}");
        let built: f32 =
            timeline.items[window.items.clone()].iter().map(|item| item.height(800.0)).sum();
        assert!((window.above + built + window.below - total).abs() < total * 0.001);
        assert!(window.below <= from_end, "{window:?}");
    }
    assert_eq!(timeline.window().items.start, 0);
}

#[test]
fn a_conversation_keeps_so_much_and_says_how_much_it_let_go() {
    let mut timeline = Timeline::default();
    let held = Outgoing {
        id: new_message_id(),
        text: "not sent yet".to_owned(),
        at: SystemTime::now(),
        delivery: Delivery::Held(HeldReason::Offline),
        resent: false,
        replaces: None,
    };
    timeline.observe(ChatEvent::Outgoing(held.clone()));
    let text = "x".repeat(1_000);
    let many = 3 * WEIGHT_MAX / text.len();
    let _ = timeline.scrolled(900.0, 1_000.0, 800.0);
    for _ in 0..many {
        timeline.observe(received(&text, Provenance::Plain));
        assert!(timeline.weight() <= WEIGHT_MAX);
        assert!(timeline.shown() <= timeline.items.len());
    }
    let kept = timeline.items.len() - 1;
    assert!(kept > many / 6 && kept + timeline.let_go() == many, "{kept} of {many}");
    assert_eq!(timeline.outgoing(&held.id), Some(&held), "it may be all there is of it");
    assert_eq!(timeline.shown(), 1, "what was shown is gone, but for that");

    // Notices and corrections are not free.
    for _ in 0..2 * WEIGHT_MAX / 256 {
        timeline.observe(ChatEvent::Notice(Notice::Unreadable));
    }
    assert!(timeline.items.len() <= WEIGHT_MAX / 256);
    timeline.observe(called("first", Provenance::Plain, "a", None));
    for number in 0..many {
        let id = format!("id {number}");
        timeline.observe(called(&text, Provenance::Plain, &id, Some("a")));
        assert!(timeline.weight() <= WEIGHT_MAX);
    }
}

#[test]
fn what_arrives_while_scrolled_up_waits_and_moves_nothing() {
    let mut timeline = with_messages(100);
    assert_eq!(timeline.scrolled(900.0, 1_000.0, 800.0), Scroll::Stay);
    let before = timeline.window();
    timeline.observe(received("late", Provenance::Plain));
    assert_eq!(timeline.window(), before);
    assert_eq!(timeline.waiting(), 1);

    assert_eq!(timeline.show_end(), Scroll::To(0.0));
    assert_eq!(timeline.waiting(), 0);
    assert_eq!(timeline.window().items.end, 101);
}

#[test]
fn scrolling_down_to_what_arrived_keeps_the_place() {
    let mut timeline = with_messages(100);
    let _ = timeline.scrolled(900.0, 1_000.0, 800.0);
    timeline.observe(received("late", Provenance::Plain));
    let height = timeline.items[100].height(800.0);
    assert_eq!(timeline.scrolled(0.0, 1_000.0, 800.0), Scroll::To(height));
    assert_eq!(timeline.window().items.end, 101);
    assert_eq!(timeline.waiting(), 0);
    assert_eq!(timeline.scrolled(0.0, 1_000.0, 800.0), Scroll::Stay);
    assert!(!timeline.is_scrolled_up());
}

#[test]
fn a_later_state_replaces_an_earlier_one_and_a_discarded_message_goes() {
    let mut timeline = Timeline::default();
    let mut outgoing = Outgoing {
        id: new_message_id(),
        text: "hi".to_owned(),
        at: SystemTime::now(),
        delivery: Delivery::Held(HeldReason::GoingPrivate),
        resent: false,
        replaces: None,
    };
    timeline.observe(ChatEvent::Outgoing(outgoing.clone()));
    outgoing.delivery = Delivery::Sent(Provenance::Plain);
    timeline.observe(ChatEvent::Outgoing(outgoing.clone()));
    assert_eq!(timeline.items.len(), 1);
    assert_eq!(timeline.outgoing(&outgoing.id), Some(&outgoing));
    timeline.observe(ChatEvent::Discarded(outgoing.id));
    assert!(timeline.items.is_empty());
}

#[test]
fn the_last_line_is_never_private_nor_older_than_a_private_one() {
    let key = engine::Fingerprint::V3([7; 20]);
    let mut timeline = with_messages(1);
    assert_eq!(timeline.last_line(), Some("message 0"));
    timeline.observe(ChatEvent::Notice(Notice::EndedByUs));
    assert_eq!(timeline.last_line(), Some("message 0"));
    timeline.observe(received("secret", Provenance::Private(key)));
    assert_eq!(timeline.last_line(), None);
}

#[test]
fn another_width_makes_heights_of_rows_that_are_not_drawn_worthless() {
    let mut timeline = with_messages(500);
    timeline.measured(0, 500.0);
    timeline.measured(499, 500.0);
    let _ = timeline.scrolled(0.0, 1_000.0, 400.0);
    assert_eq!(timeline.items[0].height, None);
    assert_eq!(timeline.items[499].height, Some(500.0));
}

fn called(text: &str, provenance: Provenance, id: &str, replaces: Option<&str>) -> ChatEvent {
    let name = |name: &str| MessageId::from(name.to_owned());
    let (text, at) = (text.to_owned(), SystemTime::now());
    let label = Label::Outside { id: Some(name(id)), replaces: replaces.map(name) };
    ChatEvent::Received { text, provenance, at, label, place: None }
}

fn texts(timeline: &Timeline) -> Vec<&str> {
    timeline.items.iter().filter_map(Item::text).collect()
}

fn remarks(timeline: &Timeline) -> Vec<Option<Remark>> {
    timeline.items.iter().map(|item| item.remark).collect()
}

/// The same, but its author says so inside of the encryption.
fn calls_itself(text: &str, provenance: Provenance, id: &str, replaces: Option<&str>) -> ChatEvent {
    let name = |name: &str| MessageId::from(name.to_owned());
    let (text, at) = (text.to_owned(), SystemTime::now());
    let label = Label::Inside { id: name(id), replaces: replaces.map(name) };
    ChatEvent::Received { text, provenance, at, label, place: None }
}

#[test]
fn nothing_outside_of_the_encryption_takes_a_private_text_away_or_moves_it() {
    let (key, other) = (engine::Fingerprint::V3([7; 20]), engine::Fingerprint::V3([8; 20]));
    let all = [
        Provenance::Plain,
        Provenance::PlainInPrivate,
        Provenance::Private(key),
        Provenance::Verified(key),
        Provenance::Private(other),
        Provenance::Verified(other),
    ];
    for former in all {
        for later in all {
            let mut timeline = Timeline::default();
            timeline.observe(called("do NOT send the money", former, "a", None));
            timeline.observe(called("in between", Provenance::Plain, "b", None));
            timeline.observe(called("fine with me", later, "c", Some("a")));
            let both = ["do NOT send the money", "in between", "fine with me"];
            let touches_private = former.key().is_some() || later.key().is_some();
            if touches_private {
                assert_eq!(texts(&timeline), both, "{former:?} {later:?}");
                assert_eq!(remarks(&timeline)[2], Some(Remark::SaidToCorrect));
            }
        }
    }
}

#[test]
fn a_private_text_is_corrected_by_the_owner_of_its_key_alone() {
    let (key, other) = (engine::Fingerprint::V3([7; 20]), engine::Fingerprint::V3([8; 20]));
    let (private, verified) = (Provenance::Private(key), Provenance::Verified(key));
    for (former, later, may) in [
        (private, private, true),
        (private, verified, true),
        (verified, verified, true),
        (verified, private, false),
        (private, Provenance::Private(other), false),
        (verified, Provenance::Verified(other), false),
        (Provenance::Plain, private, false),
    ] {
        let mut timeline = Timeline::default();
        timeline.observe(calls_itself("teh", former, "a", None));
        timeline.observe(calls_itself("the", later, "b", Some("a")));
        let (shown, remark) = if may {
            (vec!["the"], Remark::Edited)
        } else {
            (vec!["teh", "the"], Remark::Corrects)
        };
        assert_eq!(texts(&timeline), shown, "{former:?} {later:?}");
        assert_eq!(*remarks(&timeline).last().unwrap(), Some(remark));
    }
}

#[test]
fn a_name_given_on_the_way_is_not_corrected_by_one_from_inside() {
    let key = engine::Fingerprint::V3([7; 20]);
    let private = Provenance::Private(key);
    let mut timeline = Timeline::default();
    timeline.observe(calls_itself("teh", private, "a", None));
    // Somebody gives another text of theirs the name of the first.
    timeline.observe(called("do NOT send the money", private, "a", None));
    timeline.observe(calls_itself("the", private, "b", Some("a")));
    assert_eq!(texts(&timeline), ["the", "do NOT send the money"]);
}

#[test]
fn a_conversation_is_as_new_as_the_newest_in_it_and_no_newer_than_now() {
    let (now, day) = (SystemTime::now(), std::time::Duration::from_secs(86_400));
    let mut timeline = Timeline::default();
    assert_eq!(timeline.last_at(), None);
    for at in [now - day, now - day * 20_000, now + day * 365_000] {
        let (text, provenance, label) = (String::new(), Provenance::Plain, Label::default());
        timeline.observe(ChatEvent::Received { text, provenance, at, label, place: None });
        let last = timeline.last_at().unwrap();
        assert!(last >= now - day && last <= SystemTime::now(), "{last:?}");
    }
}

#[test]
fn a_correction_takes_the_old_place_and_so_do_later_ones() {
    let mut timeline = Timeline::default();
    timeline.observe(called("teh", Provenance::Plain, "a", None));
    timeline.observe(called("end", Provenance::Plain, "b", None));
    timeline.observe(called("te", Provenance::Plain, "c", Some("a")));
    assert_eq!(texts(&timeline), ["te", "end"]);
    assert_eq!(remarks(&timeline), [Some(Remark::Edited), None]);
    for (id, names) in [("d", "a"), ("e", "d")] {
        let event = called("the", Provenance::Plain, id, Some(names));
        assert!(timeline.is_correction(&event));
        timeline.observe(event);
    }
    assert_eq!(texts(&timeline), ["the", "end"]);
}

#[test]
fn a_plain_message_never_takes_the_place_of_a_private_one() {
    let key = engine::Fingerprint::V3([7; 20]);
    let mut timeline = Timeline::default();
    timeline.observe(called("meet at six", Provenance::Private(key), "a", None));
    for provenance in [Provenance::Plain, Provenance::PlainInPrivate] {
        timeline.observe(called("meet at the bridge", provenance, "b", Some("a")));
    }
    assert_eq!(texts(&timeline), ["meet at six", "meet at the bridge", "meet at the bridge"]);
    let said = Some(Remark::SaidToCorrect);
    assert_eq!(remarks(&timeline), [None, said, said]);
}

#[test]
fn nobody_corrects_what_the_other_side_wrote() {
    let mut timeline = Timeline::default();
    timeline.observe(called("theirs", Provenance::Plain, "a", None));
    let (text, at) = ("ours".to_owned(), SystemTime::now());
    let replaces = Some(MessageId::from("a".to_owned()));
    timeline.observe(ChatEvent::SentElsewhere { text, at, id: None, replaces, place: None });
    assert_eq!(texts(&timeline), ["theirs", "ours"]);
}

#[test]
fn a_correction_of_ours_that_is_taken_back_leaves_the_old_text() {
    let mut timeline = Timeline::default();
    let first = Outgoing {
        id: new_message_id(),
        text: "teh".to_owned(),
        at: SystemTime::now(),
        delivery: Delivery::Sent(Provenance::Plain),
        resent: false,
        replaces: None,
    };
    let later = Outgoing {
        id: new_message_id(),
        text: "the".to_owned(),
        delivery: Delivery::Held(HeldReason::Offline),
        replaces: Some(first.id.clone()),
        ..first.clone()
    };
    timeline.observe(ChatEvent::Outgoing(first.clone()));
    timeline.observe(ChatEvent::Outgoing(later.clone()));
    assert_eq!(texts(&timeline), ["the"]);
    let delivery = Delivery::Delivered(Provenance::Plain);
    timeline.observe(ChatEvent::Outgoing(Outgoing { delivery, ..first.clone() }));
    assert_eq!(texts(&timeline), ["the"], "a late receipt brings no old text back");
    timeline.observe(ChatEvent::Discarded(later.id));
    assert_eq!(texts(&timeline), ["teh"]);
    assert_eq!(remarks(&timeline), [None]);
    assert_eq!(timeline.outgoing(&first.id).unwrap().delivery, delivery);
}

#[test]
fn that_a_private_conversation_began_stands_before_what_it_let_out() {
    let fingerprint = engine::Fingerprint::V3([1; 20]);
    let started = || Notice::PrivateStarted { fingerprint, verified: true, new_key: false };
    let held = |text: &str| {
        ChatEvent::Outgoing(Outgoing {
            id: new_message_id(),
            text: text.to_owned(),
            at: SystemTime::now(),
            delivery: Delivery::Held(HeldReason::GoingPrivate),
            resent: false,
            replaces: None,
        })
    };
    let mut timeline = Timeline::default();
    timeline.observe(held("before"));
    timeline.observe(received("theirs", Provenance::Plain));
    timeline.observe(held("one"));
    timeline.observe(held("two"));
    timeline.observe(ChatEvent::Notice(started()));
    let told: Vec<_> =
        timeline.items().iter().map(|item| item.text().unwrap_or("started")).collect();
    assert_eq!(told, ["before", "theirs", "started", "one", "two"]);
}

#[test]
fn what_happened_in_an_earlier_life_is_not_said_to_happen_now() {
    let at = SystemTime::now() - std::time::Duration::from_secs(3 * 24 * 3600);
    let mut timeline = Timeline::default();
    let place = ArchivePlace { gap: 3, order: 0 };
    timeline.observe(ChatEvent::EarlierNotice { notice: Notice::NotProved, at, place });
    assert_eq!(timeline.items()[0].at(), at);
}
