//! What outlives every stream and every session of a link.

use std::collections::VecDeque;

use tokio::sync::mpsc;
use zeroize::Zeroizing;

use crate::console::{Passed, Tap};
use crate::replay_filter::Duplicates;
use crate::session::Avatars;
use crate::stanza::roster::Roster;
use crate::{Availability, Event, RequestError};

/// How we want to be seen, what we have seen, and what is still to be told.
#[derive(Debug)]
pub(crate) struct Life {
    pub(crate) events: Events,
    pub(crate) availability: Availability,
    /// Whether the person looks at us.
    pub(crate) active: bool,
    pub(crate) duplicates: Duplicates,
    pub(crate) tap: Tap,
    pub(crate) roster: Roster,
    pub(crate) avatars: Avatars,
    /// Taken by the server, and to be used from now on.
    pub(crate) new_password: Option<Zeroizing<String>>,
    /// Nothing is left to sign in to.
    pub(crate) account_removed: bool,
    /// What the engine wants after the goodbye.
    pub(crate) afterwards: Afterwards,
}

/// What comes after a goodbye.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Afterwards {
    /// Nothing: we sign out.
    #[default]
    Nothing,
    /// A later process goes on with the session.
    LaterProcess,
    /// Another session at once.
    NewSession,
}

impl Life {
    pub(crate) fn new(events: mpsc::Sender<Event>) -> Self {
        Self {
            events: Events { sender: events, waiting: VecDeque::new() },
            availability: Availability::Online,
            active: true,
            duplicates: Duplicates::default(),
            tap: Tap::default(),
            roster: Roster::default(),
            avatars: Avatars::default(),
            new_password: None,
            account_removed: false,
            afterwards: Afterwards::Nothing,
        }
    }

    /// Tells what went over the stream, as far as somebody reads: it must hold back nothing else.
    pub(crate) fn tell_traffic(&mut self) {
        for Passed { flow, xml } in self.tap.take() {
            if self.events.has_room() {
                let dropped = self.tap.take_dropped();
                self.events.push(Event::Traffic { direction: flow, xml: xml.into(), dropped });
            } else {
                self.tap.drop_one();
            }
        }
    }
}

/// No commands are taken while so many events wait: each may cause another.
pub(crate) const WAITING_MAX: usize = 1_024;

/// Events on their way to the engine. While some wait nothing more is read from the socket, so
/// few ever wait.
#[derive(Debug)]
pub(crate) struct Events {
    sender: mpsc::Sender<Event>,
    waiting: VecDeque<Event>,
}

/// The engine no longer listens.
#[derive(Debug)]
pub(crate) struct Gone;

impl Events {
    pub(crate) fn push(&mut self, event: Event) {
        self.waiting.push_back(event);
    }

    pub(crate) fn extend(&mut self, events: impl IntoIterator<Item = Event>) {
        self.waiting.extend(events);
    }

    /// Tells of messages that the server has.
    pub(crate) fn acked(&mut self, tags: Vec<u64>) {
        self.waiting.extend(tags.into_iter().map(|tag| Event::Acked { tag }));
    }

    /// Tells of messages that may or may not have left.
    pub(crate) fn unsure(&mut self, tags: Vec<u64>) {
        if !tags.is_empty() {
            self.push(Event::Unsure { tags });
        }
    }

    /// Tells of what was asked and will not be answered.
    pub(crate) fn unanswered(&mut self, tags: Vec<u64>) {
        let lost = |tag| Event::Response(tag, Err(RequestError::Lost));
        self.waiting.extend(tags.into_iter().map(lost));
    }

    /// Whether the reader is not behind: half of what may wait is free.
    pub(crate) fn has_room(&self) -> bool {
        let free = self.sender.capacity().saturating_sub(self.waiting.len());
        2 * free > self.sender.max_capacity()
    }

    /// Whether what a command causes may wait, too.
    pub(crate) fn accepts(&self) -> bool {
        self.waiting.len() < WAITING_MAX
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Hands over what waits. May be dropped half-way: nothing is lost.
    pub(crate) async fn flush(&mut self) -> Result<(), Gone> {
        while !self.waiting.is_empty() {
            let permit = self.sender.reserve().await.map_err(|_| Gone)?;
            if let Some(event) = self.waiting.pop_front() {
                permit.send(event);
            }
        }
        Ok(())
    }
}
