//! What is peculiar to the crate `otrr`.

use super::*;

fn pair() -> Option<(Party, Peer)> {
    Kind::some(&[Kind::Otrr]).next().map(|kind| private_pair(kind, ALICE))
}

// otr3 A46, A48, A53: one at a time, as long as one likes.
#[test]
fn texts_arrive_while_the_keys_change() {
    let Some((mut ours, mut theirs)) = pair() else { return };
    for _ in 0..8 {
        talk(Kind::Otrr, &mut ours, &mut theirs);
    }
    // Several in a row from us, which it reads, as ours count for each pair of keys.
    for text in ["one", "two", "three"] {
        ours.send(text);
    }
    carry(&mut ours, &mut theirs);
    assert_eq!(theirs.texts().last().map(String::as_str), Some("three"));
    assert!(!ours.has(|event| *event == Event::Unreadable), "{:?}", ours.events);
}

// otr3 A48, A49: it forgets its counters with each new key, and so takes a message twice; we
// refuse the second.
#[test]
fn a_replay_that_it_would_take_is_refused_by_us() {
    let Some((mut ours, mut theirs)) = pair() else { return };
    theirs.send("once");
    let wire = theirs.sent[0].clone();
    carry(&mut ours, &mut theirs);
    ours.receive(&wire);
    assert_eq!(ours.private_texts(), ["once"]);
    assert!(ours.events.len() == 1 && ours.sent.is_empty(), "{:?}", ours.events);

    ours.send("once");
    let wire = ours.sent[0].clone();
    carry(&mut ours, &mut theirs);
    theirs.receive(&wire);
    assert_eq!(theirs.texts(), ["once", "once"]);
}

// otr3 A57: it pads nothing, and gives away no text with a record that it does not know.
#[test]
fn a_record_that_it_does_not_know_costs_no_text() {
    let Some((mut ours, mut theirs)) = pair() else { return };
    ours.send_record("kept", 0x99, b"v");
    carry(&mut ours, &mut theirs);
    assert_eq!(theirs.texts(), ["kept"]);
}
