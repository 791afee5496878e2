//! The way to an actor that nobody has to wait at: one that is slow stops nobody else.
//!
//! What waits is counted over all mailboxes of one owner, who reads no more of what fills them while
//! too much waits: so the back-pressure goes on to where it comes from.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Notify, mpsc};

/// How much waits in all mailboxes together.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    waiting: AtomicUsize,
    shrank: Notify,
}

impl Backlog {
    /// More than this, and their owner takes in no more.
    const MAX: usize = 1_024;

    /// Whether more may be taken in.
    pub(crate) fn has_room(&self) -> bool {
        self.waiting.load(Ordering::Acquire) < Self::MAX
    }

    /// Waits until more may be taken in. Nothing is lost if the wait is broken off.
    pub(crate) async fn room(&self) {
        while !self.has_room() {
            self.shrank.notified().await;
        }
    }

    fn add(&self) {
        self.waiting.fetch_add(1, Ordering::AcqRel);
    }

    fn remove(&self, count: usize) {
        let before = self.waiting.fetch_sub(count, Ordering::AcqRel);
        if before >= Self::MAX && before - count < Self::MAX {
            self.shrank.notify_one();
        }
    }
}

/// Where something for an actor is put.
#[derive(Debug)]
pub(crate) struct Mailbox<T> {
    sender: mpsc::UnboundedSender<T>,
    backlog: Arc<Backlog>,
}

/// Where the actor takes it out, in the same order.
#[derive(Debug)]
pub(crate) struct Inbox<T> {
    receiver: mpsc::UnboundedReceiver<T>,
    backlog: Arc<Backlog>,
}

/// Both ends of a new one, whose content counts with that of others.
pub(crate) fn mailbox<T>(backlog: &Arc<Backlog>) -> (Mailbox<T>, Inbox<T>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let theirs = Arc::clone(backlog);
    (Mailbox { sender, backlog: Arc::clone(backlog) }, Inbox { receiver, backlog: theirs })
}

impl<T> Mailbox<T> {
    /// Puts something in. An actor that has ended has nothing more to learn.
    pub(crate) fn put(&self, input: T) {
        self.backlog.add();
        if self.sender.send(input).is_err() {
            self.backlog.remove(1);
        }
    }
}

impl<T> Inbox<T> {
    /// What comes next; `None` once every mailbox is closed. Nothing is lost if the wait is broken
    /// off.
    pub(crate) async fn recv(&mut self) -> Option<T> {
        let input = self.receiver.recv().await?;
        self.backlog.remove(1);
        Some(input)
    }

    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.receiver.is_empty()
    }
}

impl<T> Drop for Inbox<T> {
    fn drop(&mut self) {
        self.receiver.close();
        while self.receiver.try_recv().is_ok() {
            self.backlog.remove(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn what_is_put_in_comes_out_in_order_and_then_the_end() {
        let (mailbox, mut inbox) = mailbox(&Arc::default());
        (0..5_000).for_each(|number| mailbox.put(number));
        drop(mailbox);
        for number in 0..5_000 {
            assert_eq!(inbox.recv().await, Some(number));
        }
        assert_eq!(inbox.recv().await, None);
    }

    #[tokio::test]
    async fn there_is_room_again_as_soon_as_one_of_them_is_read_or_ends() {
        let backlog = Arc::<Backlog>::default();
        for ends in [false, true] {
            let (one, mut inbox) = mailbox(&backlog);
            let (other, mut others) = mailbox(&backlog);
            other.put(0);
            (1..Backlog::MAX).for_each(|number| one.put(number));
            assert!(!backlog.has_room());
            assert_eq!(backlog.room().now_or_never(), None);
            let room = backlog.room();
            tokio::pin!(room);
            assert_eq!(room.as_mut().now_or_never(), None);
            if ends {
                drop(inbox);
            } else {
                assert_eq!(inbox.recv().await, Some(1));
            }
            room.await;
            assert_eq!(others.recv().await, Some(0));
        }
        assert_eq!(backlog.waiting.load(Ordering::Acquire), 0);
    }

    #[test]
    fn what_is_put_to_one_that_has_ended_does_not_count() {
        let backlog = Arc::<Backlog>::default();
        let (mailbox, inbox) = mailbox(&backlog);
        drop(inbox);
        (0..Backlog::MAX).for_each(|number| mailbox.put(number));
        assert!(backlog.has_room());
    }
}
