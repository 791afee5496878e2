//! What is peculiar to otr.js, as Converse.js and JSXC use it.

use super::*;

/// Exchanges that the tests make; `SOTTO_INTEROP_EXCHANGES=400` makes as many as were made when one in
/// 16 failed.
const EXCHANGES: usize = 48;

fn exchanges() -> usize {
    let wanted = std::env::var("SOTTO_INTEROP_EXCHANGES");
    wanted.map_or(EXCHANGES, |wanted| wanted.parse().unwrap())
}

// otr3 A28, A32: it makes a number of r, and so another cipher key of one that begins with a zero
// digit. Ours has none; where its own has one, our D-H Commit takes the place of its.
#[test]
fn no_exchange_fails() {
    let mut failures = Vec::new();
    for kind in Kind::some(&[Kind::Converse3, Kind::Converse2]) {
        for number in 0..exchanges() / 2 {
            let (mut ours, mut theirs) = (Party::new(ALICE), Peer::new(kind));
            start(&mut ours, &mut theirs, number.is_multiple_of(2));
            if !ours.is_private() || !theirs.is_private() {
                failures.push(format!("{kind:?} {number}: {:?} {:?}", ours.events, theirs.told));
            }
        }
    }
    let all = exchanges();
    assert!(failures.is_empty(), "{} of {all}: {failures:#?}", failures.len());
}

// otr3 A12: Converse.js begins anew at `?OTRv2` and `?OTRv23` only; to anything else listens what is
// left of the session before, whose keys have changed, and then nothing of ours is read.
#[test]
fn one_conversation_after_the_other_is_private() {
    for kind in Kind::some(&[Kind::Converse3]) {
        let (mut ours, mut theirs) = (Party::new(ALICE), Peer::new(kind));
        theirs.command("POLICY V2,V3");
        for (we_start, we_end) in [(true, true), (true, false), (false, true), (true, true)] {
            start(&mut ours, &mut theirs, we_start);
            for _ in 0..3 {
                talk(kind, &mut ours, &mut theirs);
            }
            if we_end {
                ours.end();
            } else {
                theirs.end();
            }
            carry(&mut ours, &mut theirs);
            if we_end {
                theirs.end();
            } else {
                ours.end();
            }
        }
        assert!(ours.conversation.v3_seen());
    }
}

// otr3 A13, A43: one object of otr.js through new keys for the session, as in JSXC.
#[test]
fn one_object_serves_for_new_keys() {
    for kind in Kind::some(&[Kind::OtrJs]) {
        let (mut ours, mut theirs) = private_pair(kind, ALICE);
        for we_start in [true, false, true] {
            talk(kind, &mut ours, &mut theirs);
            start(&mut ours, &mut theirs, we_start);
            assert!(ours.has(|event| matches!(event, Event::SessionRefreshed { .. })), "{kind:?}");
            ours.events.clear();
        }
        talk(kind, &mut ours, &mut theirs);
    }
}

// otr3 A60: in version 3, for its one use: a file's name.
#[test]
fn both_have_the_same_extra_key_through_changes_of_keys() {
    for kind in Kind::some(&[Kind::Converse3]) {
        let (mut ours, mut theirs) = private_pair(kind, ALICE);
        for _ in 0..3 {
            let key = ours.use_key(1, b"x");
            carry(&mut ours, &mut theirs);
            let key: String = key.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
            let told = format!("EVENT SYMKEY use=1 data=78 key={key}");
            assert!(theirs.has(&told), "{:?}", theirs.told);

            let key = theirs.ask("EXTRAKEY 1 78", "EXTRAKEY ");
            carry(&mut ours, &mut theirs);
            let heard = ours.events.iter().rev().find_map(|event| match event {
                Event::ExtraKeyReceived { key, .. } => Some(key.clone()),
                _ => None,
            });
            let heard = heard.unwrap();
            let heard: String = heard.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(heard, key);
            talk(kind, &mut ours, &mut theirs);
        }
    }
}

// otr3 A57, A58: what it does not know costs it no text.
#[test]
fn a_record_that_it_does_not_know_costs_no_text() {
    for kind in Kind::some(&[Kind::Converse3]) {
        let (mut ours, mut theirs) = private_pair(kind, ALICE);
        ours.send_record("kept", 0x99, b"v");
        carry(&mut ours, &mut theirs);
        assert_eq!(theirs.texts(), ["kept"]);
    }
}

// otr3 A46, A61: one way, and with a sign of life between.
#[test]
fn texts_arrive_in_any_number_one_way() {
    for kind in Kind::some(&[Kind::Converse3, Kind::Converse2]) {
        let (mut ours, mut theirs) = private_pair(kind, ALICE);
        for number in 0..50 {
            ours.send(&format!("text {number}"));
            theirs.send(&format!("text {number}"));
            carry(&mut ours, &mut theirs);
        }
        for number in 50..100 {
            ours.send(&format!("text {number}"));
        }
        carry(&mut ours, &mut theirs);
        ours.wait_millis(100_000);
        theirs.send("after a while");
        carry(&mut ours, &mut theirs);
        assert_eq!(theirs.texts().len(), 100);
        assert_eq!(ours.private_texts().len(), 51);
        assert!(!theirs.has_like("EVENT"), "{:?}", theirs.told);
    }
}
