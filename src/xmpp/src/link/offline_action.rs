//! Handles commands while the link is offline and says whether to keep waiting, retry or stop.

use tokio::sync::mpsc;

use super::offline_queue::OfflineQueue;
use super::state::{LinkState, OnClose};
use crate::{Account, Command, Event, RequestError};

/// What a link that is offline does after a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OfflineAction {
    /// Goes on with what it does: waits, or attempts to connect.
    Continue,
    /// Ends the wait after a transient failure. A permanent one is not retried.
    RetrySoon,
    /// Ends any wait.
    Retry,
    /// Ends any wait and any attempt: password or pinned key have changed.
    RestartAttempt,
    /// Ends.
    Stop,
}

/// Delivers the events that wait, then handles one command. May be dropped at any time.
pub(super) async fn offline_action(
    commands: &mut mpsc::Receiver<Command>,
    state: &mut LinkState,
    account: &mut Account,
    queue: &mut OfflineQueue,
    resumable: bool,
) -> OfflineAction {
    if state.events.flush().await.is_err() {
        return OfflineAction::Stop;
    }
    match commands.recv().await {
        None | Some(Command::SignOut) => OfflineAction::Stop,
        Some(Command::Suspend) => {
            state.on_close = OnClose::Suspend;
            OfflineAction::Stop
        }
        Some(Command::NetworkChanged) => OfflineAction::RetrySoon,
        Some(Command::Reconnect) => OfflineAction::Retry,
        Some(Command::SignIn { password }) => {
            account.password = password.into_inner();
            OfflineAction::RestartAttempt
        }
        Some(Command::PinKey(key)) => {
            account.pinned_key = Some(key);
            OfflineAction::RestartAttempt
        }
        Some(
            command @ (Command::SendMessage { .. }
            | Command::SendReceipt { .. }
            | Command::Answer(..)),
        ) => {
            queue.push(command, resumable, state);
            OfflineAction::Continue
        }
        Some(Command::ShowAnew(availability)) => {
            (state.availability, state.on_close) = (availability, OnClose::NewSession);
            OfflineAction::Continue
        }
        Some(Command::SetPresence(availability)) => {
            state.availability = availability;
            OfflineAction::Continue
        }
        Some(Command::SetActive(active)) => {
            state.active = active;
            OfflineAction::Continue
        }
        Some(Command::SetAnswered(namespaces)) => {
            state.answered = namespaces;
            OfflineAction::Continue
        }
        Some(Command::SetConsole(console)) => {
            state.traffic_log.set(console);
            OfflineAction::Continue
        }
        Some(Command::Request(tag, _)) => {
            state.events.push(Event::Response(tag, Err(RequestError::Offline)));
            OfflineAction::Continue
        }
        // Dropped, as `Command` says: none of them means anything to a later session.
        Some(
            Command::SendChatState { .. }
            | Command::RosterSet { .. }
            | Command::RosterRemove(_)
            | Command::Subscribe(_)
            | Command::Approve(_)
            | Command::Decline(_)
            | Command::Confirm { .. },
        ) => OfflineAction::Continue,
    }
}
