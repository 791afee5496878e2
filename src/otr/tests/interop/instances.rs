//! Several programs of one contact at the same time.

use otr::MessageState;

use super::support::peer::THEIR_TAG;
use super::*;

/// Everybody hears what anybody of the other account sends, as when a server copies to all.
fn broadcast(ours: &mut [&mut Party], theirs: &mut [&mut Peer]) {
    for _ in 0..20 {
        let to_them: Vec<String> = ours.iter_mut().flat_map(|party| party.take_sent()).collect();
        let to_us: Vec<String> = theirs.iter_mut().flat_map(|peer| peer.take_sent()).collect();
        if to_them.is_empty() && to_us.is_empty() {
            return;
        }
        for wire in &to_them {
            theirs.iter_mut().for_each(|peer| peer.receive(wire));
        }
        for wire in &to_us {
            ours.iter_mut().for_each(|party| party.receive(wire));
        }
    }
    panic!("they never fall silent");
}

// otr3 A77, A78, A79: each login of the same libotr user has a session of its own.
#[test]
fn two_logins_of_the_contact_have_sessions_of_their_own() {
    for kind in Kind::some(&[Kind::Libotr3]) {
        let mut ours = Party::new(ALICE);
        let (mut desk, mut phone) = (Peer::new(kind), Peer::with_tag(kind, THEIR_TAG + 1));
        ours.start();
        broadcast(&mut [&mut ours], &mut [&mut desk, &mut phone]);
        assert!(desk.has("EVENT GONE_SECURE") && phone.has("EVENT GONE_SECURE"));
        for from_desk in [true, false, true] {
            ours.wait_millis(1000);
            let (speaker, silent) =
                if from_desk { (&mut desk, &mut phone) } else { (&mut phone, &mut desk) };
            speaker.send("here");
            broadcast(&mut [&mut ours], &mut [speaker, silent]);
            ours.send("there");
            broadcast(&mut [&mut ours], &mut [speaker, silent]);
            assert_eq!(speaker.texts().last().map(String::as_str), Some("there"));
            assert_eq!(silent.told.last().unwrap(), "EVENT RCVDMSG_FOR_OTHER_INSTANCE");
        }
        assert_eq!(ours.private_texts(), ["here"; 3]);
        ours.end();
        broadcast(&mut [&mut ours], &mut [&mut desk, &mut phone]);
        assert!(desk.has("EVENT DISCONNECTED") && phone.has("EVENT DISCONNECTED"));
    }
}

// otr3 A77, A78, A79, A80: two of each account, all at once, in pieces.
#[test]
fn two_programs_on_each_side_have_four_sessions() {
    for kind in Kind::some(&[Kind::Libotr3]) {
        let other = Setup { tag: 0xa12, bytes_max: Some(300), ..ALICE };
        let (mut desk, mut phone) = (Party::new(ALICE), Party::new(other));
        let (mut home, mut away) = (Peer::new(kind), Peer::with_tag(kind, THEIR_TAG + 1));
        away.command("MTU 400");
        home.start();
        broadcast(&mut [&mut desk, &mut phone], &mut [&mut home, &mut away]);
        for party in [&desk, &phone] {
            let mut tags: Vec<u32> = party
                .conversation
                .instances()
                .map(|state| match state {
                    MessageState::Encrypted { instance, .. } => instance.get(),
                    other => panic!("{other:?}"),
                })
                .collect();
            tags.sort_unstable();
            assert_eq!(tags, [THEIR_TAG, THEIR_TAG + 1]);
        }
        for round in 0..6 {
            desk.wait_millis(1000);
            phone.wait_millis(1000);
            let speaker = if round % 2 == 0 { &mut home } else { &mut away };
            speaker.send(&format!("round {round}"));
            broadcast(&mut [&mut desk, &mut phone], &mut [&mut home, &mut away]);
            // Libotr speaks to one of ours; that one answers whom it heard.
            let listener = [&mut desk, &mut phone]
                .into_iter()
                .find(|party| party.private_texts().last() == Some(&&*format!("round {round}")));
            listener.unwrap().send(&format!("answer {round}"));
            broadcast(&mut [&mut desk, &mut phone], &mut [&mut home, &mut away]);
            let speaker = if round % 2 == 0 { &home } else { &away };
            assert_eq!(speaker.texts().last().unwrap(), &format!("answer {round}"));
        }
        let heard = desk.private_texts().len() + phone.private_texts().len();
        assert_eq!(heard, 6);
        assert!(!desk.has(|event| *event == Event::Unreadable));
        assert!(!phone.has(|event| *event == Event::Unreadable));
    }
}

// otr3 A35, A36, A37, A38, A78: two of each account, and all of them start.
#[test]
fn the_starts_of_four_programs_meet() {
    for kind in Kind::some(&[Kind::Libotr3]) {
        let (mut home, mut away) = (Peer::new(kind), Peer::with_tag(kind, THEIR_TAG + 1));
        for seed in 0..20 {
            home.reset();
            away.reset();
            let mut desk = Party::seeded(ALICE, seed);
            let mut phone = Party::seeded(Setup { tag: 0xa12, ..ALICE }, seed + 100);
            desk.start();
            phone.start();
            home.start();
            away.start();
            broadcast(&mut [&mut desk, &mut phone], &mut [&mut home, &mut away]);
            for _ in 0..2 {
                desk.pass(15_000);
                phone.pass(15_000);
                broadcast(&mut [&mut desk, &mut phone], &mut [&mut home, &mut away]);
            }
            for party in [&desk, &phone] {
                assert_eq!(party.conversation.instances().count(), 2, "{seed}: {:?}", party.events);
            }
            desk.send("from the desk");
            phone.send("from the phone");
            broadcast(&mut [&mut desk, &mut phone], &mut [&mut home, &mut away]);
            let heard = [home.texts(), away.texts()].concat();
            assert_eq!(heard.len(), 2, "{seed}: {heard:?}");
        }
    }
}
