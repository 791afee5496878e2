//! Link state that survives reconnections: outgoing events, roster and avatar caches, replay
//! filter, traffic log.

use std::collections::VecDeque;

use tokio::sync::mpsc;
use zeroize::Zeroizing;

use crate::console::{TrafficEntry, TrafficLog};
use crate::replay_filter::ReplayFilter;
use crate::session::Avatars;
use crate::stanza::roster::Roster;
use crate::{Availability, Event, RequestError};

/// State of a link that no single stream and no single session owns.
#[derive(Debug)]
pub(crate) struct LinkState {
    pub(crate) events: Events,
    /// The availability to announce, now and in every later session.
    pub(crate) availability: Availability,
    /// Whether the person looks at us (XEP-0352); sent at the start of each session.
    pub(crate) active: bool,
    /// The namespaces of IQ requests that the engine answers.
    pub(crate) answered: Vec<String>,
    pub(crate) replay_filter: ReplayFilter,
    pub(crate) traffic_log: TrafficLog,
    pub(crate) roster: Roster,
    pub(crate) avatars: Avatars,
    /// Set when the server has accepted a new password; the event loop moves it into the account.
    pub(crate) new_password: Option<Zeroizing<String>>,
    /// Set when the server has removed the account; the event loop then signs out.
    pub(crate) account_removed: bool,
    /// Set by commands; the link reads it after the stream was closed.
    pub(crate) on_close: OnClose,
}

/// What the link does after it closed the stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum OnClose {
    /// Ends the session and returns.
    #[default]
    SignOut,
    /// Returns, and leaves the session to be resumed by a later process.
    Suspend,
    /// Begins another session at once.
    NewSession,
}

impl LinkState {
    pub(crate) fn new(events: mpsc::Sender<Event>) -> Self {
        Self {
            events: Events { sender: events, waiting: VecDeque::new() },
            availability: Availability::Online,
            active: true,
            answered: Vec::new(),
            replay_filter: ReplayFilter::default(),
            traffic_log: TrafficLog::default(),
            roster: Roster::default(),
            avatars: Avatars::default(),
            new_password: None,
            account_removed: false,
            on_close: OnClose::SignOut,
        }
    }

    /// Reports recorded traffic, unless the receiver is behind: the console must not delay other
    /// events.
    pub(crate) fn report_traffic(&mut self) {
        for TrafficEntry { flow, xml } in self.traffic_log.take() {
            if self.events.has_room() {
                let dropped = self.traffic_log.take_dropped();
                self.events.push(Event::Traffic { direction: flow, xml, dropped });
            } else {
                self.traffic_log.drop_one();
            }
        }
    }
}

/// No commands are taken while so many events wait, since each may cause another event.
pub(crate) const WAITING_MAX: usize = 1_024;

/// Events on their way to the engine. While one waits, nothing more is read from the socket, so
/// only commands can make the queue grow.
#[derive(Debug)]
pub(crate) struct Events {
    sender: mpsc::Sender<Event>,
    waiting: VecDeque<Event>,
}

/// The engine has dropped the receiver of events.
#[derive(Debug)]
pub(crate) struct ReceiverDropped;

impl Events {
    pub(crate) fn push(&mut self, event: Event) {
        self.waiting.push_back(event);
    }

    pub(crate) fn extend(&mut self, events: impl IntoIterator<Item = Event>) {
        self.waiting.extend(events);
    }

    /// Reports messages that the server has acknowledged (XEP-0198).
    pub(crate) fn acked(&mut self, tags: Vec<u64>) {
        self.waiting.extend(tags.into_iter().map(|tag| Event::Acked { tag }));
    }

    /// Reports messages that may or may not have reached the server.
    pub(crate) fn delivery_unknown(&mut self, tags: Vec<u64>) {
        if !tags.is_empty() {
            self.push(Event::DeliveryUnknown { tags });
        }
    }

    /// Reports requests whose session ended before the response.
    pub(crate) fn unanswered(&mut self, tags: Vec<u64>) {
        let lost = |tag| Event::Response(tag, Err(RequestError::Lost));
        self.waiting.extend(tags.into_iter().map(lost));
    }

    /// Whether more than half of the channel would be free after what waits.
    pub(crate) fn has_room(&self) -> bool {
        let free = self.sender.capacity().saturating_sub(self.waiting.len());
        2 * free > self.sender.max_capacity()
    }

    /// Whether a command may be taken, which may cause another event.
    pub(crate) fn accepts(&self) -> bool {
        self.waiting.len() < WAITING_MAX
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Delivers the events that wait. May be dropped at any time: nothing is lost.
    pub(crate) async fn flush(&mut self) -> Result<(), ReceiverDropped> {
        while !self.waiting.is_empty() {
            let permit = self.sender.reserve().await.map_err(|_| ReceiverDropped)?;
            if let Some(event) = self.waiting.pop_front() {
                permit.send(event);
            }
        }
        Ok(())
    }
}
