//! What the log says of failures whose details are for no screen: sentences of libraries and systems,
//! in English or in the words of a server. A screen says in the person's language what it means.

use engine::{AccountEvent, AccountState, Event, OfflineReason, VaultEvent, VaultFailure};

/// Logs the details that an event carries, if it carries any.
#[expect(clippy::wildcard_enum_match_arm, reason = "nothing else has such details")]
pub(super) fn log(event: &Event) {
    match event {
        Event::Account(_, AccountEvent::State(state)) => match state {
            AccountState::Offline { reason: OfflineReason::Protocol(details), .. } => {
                tracing::warn!(?details, "the server broke the protocol");
            }
            AccountState::Unreadable(VaultFailure::System(details)) => {
                tracing::warn!(?details, "an account is not read");
            }
            _ => {}
        },
        Event::Vault(VaultEvent::Failed(VaultFailure::System(details))) => {
            tracing::warn!(?details, "the vault does not open");
        }
        Event::Vault(VaultEvent::NotSaved(VaultFailure::System(details))) => {
            tracing::warn!(?details, "the vault does not take something");
        }
        _ => {}
    }
}
