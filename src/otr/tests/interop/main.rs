//! Conversations with other implementations: libotr in both versions, python-potr, the crate `otrr`,
//! and otr.js in both versions.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "test code"
)]

mod crossing;
mod instances;
mod otrjs;
mod otrr;
mod potr;
mod records;
mod session;
#[path = "../support/mod.rs"]
mod support;
mod verification;

use otr::{Event, Version};
use support::peer::{Kind, Peer};
use support::{ALICE, Party, Setup, Side, carry};

/// Both in a private conversation, with nothing noted.
fn private_pair(kind: Kind, setup: Setup) -> (Party, Peer) {
    let (mut ours, mut theirs) = (Party::new(setup), Peer::new(kind));
    ours.start();
    carry(&mut ours, &mut theirs);
    assert!(ours.is_private(), "{kind:?}: {:?} {:?}", ours.events, theirs.told);
    ours.events.clear();
    theirs.told.clear();
    (ours, theirs)
}

/// With another MAC.
fn altered(wire: &str) -> String {
    let mut message = support::decode(wire);
    // Behind it stand the revealed keys, of which there are none or few.
    let revealed = message.len() - 24;
    message[revealed] ^= 1;
    support::encode(&message)
}

/// Starts from one side or the other.
fn start(ours: &mut Party, theirs: &mut Peer, we_start: bool) {
    if we_start {
        ours.start()
    } else {
        theirs.start()
    }
    carry(ours, theirs);
}

/// A text each way, one after the other, both of which must arrive privately.
fn talk(kind: Kind, ours: &mut Party, theirs: &mut Peer) {
    ours.send("from us");
    assert!(ours.sent.iter().all(|wire| wire.starts_with("?OTR")), "{kind:?}");
    carry(ours, theirs);
    theirs.send("from them");
    assert!(theirs.sent.iter().all(|wire| wire.starts_with("?OTR")), "{kind:?}");
    carry(ours, theirs);
    let told = || format!("{kind:?}: {:?} {:?}", ours.events, theirs.told);
    assert_eq!(ours.private_texts().last(), Some(&"from them"), "{}", told());
    assert_eq!(theirs.texts().last().map(String::as_str), Some("from us"), "{}", told());
}
