//! What the engine asked to send a moment after the connection broke: it did not know yet.

use std::collections::VecDeque;

use crate::Command;
use crate::link::state::Life;
use crate::session::Session;

/// How much may wait; what comes on top is answered as if nothing could.
const WAITING_MAX: usize = 256;

/// Messages that wait for their session to be resumed, and receipts, which fit into any.
#[derive(Debug, Default)]
pub(crate) struct Late(VecDeque<Command>);

impl Late {
    /// Takes in a [`Command::SendMessage`] or [`Command::SendReceipt`].
    pub(crate) fn take_in(&mut self, command: Command, resumable: bool, life: &mut Life) {
        let is_message = matches!(command, Command::SendMessage { .. });
        if self.0.len() < WAITING_MAX && (resumable || !is_message) {
            self.0.push_back(command);
        } else {
            give_up(&command, life);
        }
    }

    /// The session goes on, or another begins: what was encrypted for the one is not for the other.
    pub(crate) fn go(&mut self, session: &mut Session, resumed: bool, life: &mut Life) {
        if !resumed {
            self.forget_messages(life);
        }
        for command in self.0.drain(..) {
            session.command(command, life);
        }
    }

    /// The session will not be resumed.
    pub(crate) fn forget_messages(&mut self, life: &mut Life) {
        self.0.retain(|command| {
            give_up(command, life);
            matches!(command, Command::SendReceipt { .. })
        });
    }
}

fn give_up(command: &Command, life: &mut Life) {
    if let Command::SendMessage { tag, .. } = command {
        life.events.unsure(vec![*tag]);
    }
}
