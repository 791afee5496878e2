//! Messages, receipts and answers submitted while the link is down.

use std::collections::VecDeque;

use super::state::LinkState;
use crate::Command;
use crate::session::Session;

/// Limit of the queue. A message beyond it is reported at once, a receipt beyond it is dropped.
const QUEUE_MAX: usize = 256;

/// Commands that wait for the next session: the engine may submit some before it learns that the
/// connection broke.
///
/// Messages wait until their XEP-0198 session is resumed, and are reported as
/// [`Event::DeliveryUnknown`](crate::Event::DeliveryUnknown) if it is not, since what was encrypted
/// for one session must not be sent in another. Answers to IQ requests wait as well, and are dropped
/// if it is not. Receipts are sent in any session.
#[derive(Debug, Default)]
pub(crate) struct OfflineQueue(VecDeque<Command>);

impl OfflineQueue {
    /// Queues a [`Command::SendMessage`], [`Command::SendReceipt`] or [`Command::Answer`].
    pub(crate) fn push(&mut self, command: Command, resumable: bool, state: &mut LinkState) {
        let fits_any_session = matches!(command, Command::SendReceipt { .. });
        if self.0.len() < QUEUE_MAX && (resumable || fits_any_session) {
            self.0.push_back(command);
        } else {
            report_unknown(&command, state);
        }
    }

    /// Sends everything that may go out in this session.
    pub(crate) fn flush(&mut self, session: &mut Session, resumed: bool, state: &mut LinkState) {
        if !resumed {
            self.fail_messages(state);
        }
        for command in self.0.drain(..) {
            session.command(command, state);
        }
    }

    /// Drops everything but receipts, and reports the messages: their session will not be resumed.
    pub(crate) fn fail_messages(&mut self, state: &mut LinkState) {
        self.0.retain(|command| {
            report_unknown(command, state);
            matches!(command, Command::SendReceipt { .. })
        });
    }
}

fn report_unknown(command: &Command, state: &mut LinkState) {
    if let Command::SendMessage { tag, .. } = command {
        state.events.delivery_unknown(vec![*tag]);
    }
}
