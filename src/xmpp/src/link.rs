//! One account's connection over its whole life: connecting, online, waiting, trying again.

use tokio::sync::mpsc;

use crate::{Account, Command, Event};

/// How many commands or events may wait. A slow reader slows the socket, never fills the memory.
const CHANNEL_CAPACITY: usize = 256;

/// One account's connection. Hold the two channel ends, spawn [`run`](Self::run).
#[derive(Debug)]
pub struct Link {
    account: Account,
    commands: mpsc::Receiver<Command>,
    events: mpsc::Sender<Event>,
}

impl Link {
    /// A link that does nothing until it is run, the way in, and the way out.
    #[must_use]
    pub fn new(account: Account) -> (Self, mpsc::Sender<Command>, mpsc::Receiver<Event>) {
        let (command_sender, commands) = mpsc::channel(CHANNEL_CAPACITY);
        let (events, event_receiver) = mpsc::channel(CHANNEL_CAPACITY);
        (Self { account, commands, events }, command_sender, event_receiver)
    }

    /// Connects, signs in and stays, until [`Command::SignOut`] or until both ends are dropped.
    pub async fn run(self) {
        let Self { account: _, commands: _, events: _ } = self;
    }
}
