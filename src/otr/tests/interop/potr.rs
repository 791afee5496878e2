//! What is peculiar to python-potr.

use otr::{Policy, SmpRole};

use super::*;

fn pair() -> Option<(Party, Peer)> {
    Kind::some(&[Kind::Potr]).next().map(|kind| private_pair(kind, ALICE))
}

// otr3 A60: it takes the key of the exchange, which is that of the first keys only.
#[test]
fn it_has_our_extra_key_until_the_keys_change() {
    let Some((mut ours, mut theirs)) = pair() else { return };
    for is_first in [true, false] {
        let key = ours.use_key(5, b"x");
        carry(&mut ours, &mut theirs);
        let key: String = key.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(theirs.has(&format!("EVENT SYMKEY use=5 data=78 key={key}")), is_first);
        talk(Kind::Potr, &mut ours, &mut theirs);
        talk(Kind::Potr, &mut ours, &mut theirs);
    }
}

// otr3 A57: it drops what comes with a record that it does not know; the next text arrives.
#[test]
fn a_record_that_it_does_not_know_costs_one_message() {
    let Some((mut ours, mut theirs)) = pair() else { return };
    ours.send_record("lost", 0x99, b"v");
    carry(&mut ours, &mut theirs);
    assert!(theirs.texts().is_empty());
    talk(Kind::Potr, &mut ours, &mut theirs);
}

// otr3 A67: where it learns of the difference last, it breaks off what is already over.
#[test]
fn its_abort_after_a_failure_is_no_second_event() {
    let Some((mut ours, mut theirs)) = pair() else { return };
    theirs.verify("one", None);
    carry(&mut ours, &mut theirs);
    ours.answer("another");
    carry(&mut ours, &mut theirs);
    let role = SmpRole::Answered { question: false };
    let failed = ours
        .events
        .iter()
        .filter(|event| matches!(event, Event::SmpFailed { role: r, .. } if *r == role));
    assert_eq!(failed.count(), 1);
    assert!(!ours.has(|event| matches!(event, Event::SmpAborted { .. })), "{:?}", ours.events);
}

// otr3 A55: unlike us, it answers a private message that it cannot read with an error.
#[test]
fn its_complaint_about_a_private_message_is_told() {
    let Some((mut ours, mut theirs)) = pair() else { return };
    theirs.reset();
    theirs.command("POLICY V2");
    ours.send("unheard");
    carry(&mut ours, &mut theirs);
    assert!(ours.has(|event| matches!(event, Event::PeerError(_))), "{:?}", ours.events);
    assert!(ours.is_private());
    ours.start();
    carry(&mut ours, &mut theirs);
    talk(Kind::Potr, &mut ours, &mut theirs);
}

// otr3 A15: it cuts off what stands behind a tag; ours stands at the end.
#[test]
fn our_tag_costs_it_no_text() {
    for kind in Kind::some(&[Kind::Potr]) {
        let mut ours = Party::new(Setup { policy: Policy::OPPORTUNISTIC, ..ALICE });
        let mut theirs = Peer::new(kind);
        ours.send("all of this");
        carry(&mut ours, &mut theirs);
        assert_eq!(theirs.texts(), ["all of this"]);
    }
}

// otr3 A51, A61
#[test]
fn signs_of_life_are_given_and_not_shown() {
    let Some((mut ours, mut theirs)) = pair() else { return };
    talk(Kind::Potr, &mut ours, &mut theirs);
    ours.events.clear();
    theirs.command("TIMEADD 100");
    ours.send("are you there");
    carry(&mut ours, &mut theirs);
    assert!(matches!(ours.events[..], [Event::HeartbeatReceived { .. }]), "{:?}", ours.events);
    ours.wait_millis(100_000);
    theirs.told.clear();
    theirs.send("and you");
    let wire = theirs.sent.remove(0);
    ours.receive(&wire);
    assert_eq!(ours.sent.len(), 1);
    carry(&mut ours, &mut theirs);
    assert!(theirs.told.is_empty(), "{:?}", theirs.told);
}
