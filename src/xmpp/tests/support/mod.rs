//! What every test against a server needs.

#![allow(dead_code, reason = "no test needs all of it")]

pub(crate) mod peer;
pub(crate) mod raw;
pub(crate) mod scenarios;

use sotto_xmpp::{Availability, BareJid, Event, Jid, OfflineReason};

/// Whether to leave out tests that start `program`, because the person said so.
pub(crate) fn skipped(program: &str) -> bool {
    let skipped = std::env::var("SOTTO_SKIP_INTEROP").is_ok_and(|value| value == "1");
    if !skipped {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let found = std::env::split_paths(&path).any(|folder| folder.join(program).exists());
        assert!(found, "{program} is not installed; install it, or set SOTTO_SKIP_INTEROP=1");
    }
    skipped
}

/// A port nobody listens on.
pub(crate) fn free_port() -> u16 {
    let [port] = kit::free_ports();
    port
}

/// Who asks to see our presence.
pub(crate) fn requested(event: &Event) -> Option<BareJid> {
    match event {
        Event::SubscriptionRequested(who) => Some(who.clone()),
        _ => None,
    }
}

/// The JID of this account once it shows up.
pub(crate) fn came_online(from: &BareJid) -> impl FnMut(&Event) -> Option<Jid> {
    move |event| match event {
        Event::Presence { from: who, availability: Availability::Online, .. }
            if who.to_bare() == *from =>
        {
            Some(who.clone().into())
        }
        _ => None,
    }
}

/// Which message arrived.
pub(crate) fn receipt(event: &Event) -> Option<String> {
    match event {
        Event::Receipt { id, .. } => Some(id.clone()),
        _ => None,
    }
}

/// Which message the server has.
pub(crate) fn acked(event: &Event) -> Option<u64> {
    match event {
        Event::Acked { tag } => Some(*tag),
        _ => None,
    }
}

/// Why the connection is gone.
pub(crate) fn offline(event: &Event) -> Option<OfflineReason> {
    match event {
        Event::Offline { reason, .. } => Some(reason.clone()),
        _ => None,
    }
}
