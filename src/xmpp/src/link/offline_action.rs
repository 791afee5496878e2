//! What the engine wants of a link that is not online.

use tokio::sync::mpsc;

use crate::link::offline_queue::Late;
use crate::link::state::{Afterwards, Life};
use crate::{Account, Command, Event, RequestError};

/// What the engine wants while we are not online.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Nothing that cannot wait.
    Nothing,
    /// To try now, unless the server has said no.
    Hurry,
    /// To try now.
    Try,
    /// To try now, and with another password or another trusted key.
    TryAfresh,
    /// To end.
    End,
}

/// Tells what waits to be told, then does what the engine wants of a link that is not online. May
/// be dropped at any time.
pub(crate) async fn wish(
    commands: &mut mpsc::Receiver<Command>,
    life: &mut Life,
    account: &mut Account,
    late: &mut Late,
    resumable: bool,
) -> Wish {
    if life.events.flush().await.is_err() {
        return Wish::End;
    }
    match commands.recv().await {
        None | Some(Command::SignOut) => Wish::End,
        Some(Command::Suspend) => {
            life.afterwards = Afterwards::LaterProcess;
            Wish::End
        }
        Some(Command::Hurry) => Wish::Hurry,
        Some(Command::Reconnect) => Wish::Try,
        Some(Command::SignIn { password }) => {
            account.password = password.into_inner();
            Wish::TryAfresh
        }
        Some(Command::TrustKey(key)) => {
            account.trusted_key = Some(key);
            Wish::TryAfresh
        }
        Some(command @ (Command::SendMessage { .. } | Command::SendReceipt { .. })) => {
            late.take_in(command, resumable, life);
            Wish::Nothing
        }
        Some(Command::ShowAnew(availability)) => {
            (life.availability, life.afterwards) = (availability, Afterwards::NewSession);
            Wish::Nothing
        }
        Some(Command::SetPresence(availability)) => {
            life.availability = availability;
            Wish::Nothing
        }
        Some(Command::SetActive(active)) => {
            life.active = active;
            Wish::Nothing
        }
        Some(Command::SetConsole(console)) => {
            life.tap.set(console);
            Wish::Nothing
        }
        Some(Command::Request(tag, _)) => {
            life.events.push(Event::Response(tag, Err(RequestError::Offline)));
            Wish::Nothing
        }
        Some(
            Command::SendChatState { .. }
            | Command::RosterSet { .. }
            | Command::RosterRemove(_)
            | Command::Subscribe(_)
            | Command::Approve(_)
            | Command::Decline(_)
            | Command::Confirm { .. },
        ) => Wish::Nothing,
    }
}
