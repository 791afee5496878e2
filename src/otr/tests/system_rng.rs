//! Randomness of the operating system, for clients that bring none.
#![cfg(feature = "getrandom")]

use otr::{Config, Conversation, InstanceTag, Output, PrivateKey, Timestamp};

const NOW: Timestamp = Timestamp::from_millis(0);

#[test]
fn every_conversation_draws_keys_of_its_own() {
    let key = PrivateKey::generate(&mut rand::rng());
    let mut commits: Vec<String> = (0..4)
        .map(|_| {
            let instance = InstanceTag::new(0xa11).unwrap();
            let mut ours = Conversation::new(Config::with_system_rng(key.clone(), instance));
            let sent = ours.receive("?OTRv3?", NOW).into_iter().find_map(|output| match output {
                Output::Send { wire, .. } => Some(wire.into_string()),
                Output::Event(_) => None,
            });
            sent.unwrap()
        })
        .collect();
    commits.sort();
    commits.dedup();
    assert_eq!(commits.len(), 4);
}
