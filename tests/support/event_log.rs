//! All that an engine told, in order, for stories that wait for it.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Instant;

use engine::{
    AccountEvent, AccountState, ChatEvent, ChatId, Event, MessageId, Notice, Outgoing, Padlock,
};
use engine::{Provenance, Subscription, Verification};

use crate::GUARD;

/// Events as they came. Readers wait for what they look for.
#[derive(Debug, Default)]
pub(crate) struct EventLog {
    events: Mutex<Vec<Event>>,
    written: Condvar,
}

impl EventLog {
    /// Writes one down and wakes those who wait.
    pub(crate) fn write(&self, event: Event) {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).push(event);
        self.written.notify_all();
    }

    /// Looks at what has been told so far.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&[Event]) -> T) -> T {
        look(&self.events.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Looks at each event once, in order, until `look` finds something.
    ///
    /// # Panics
    /// With `what`, if nothing comes for [`GUARD`].
    pub(crate) fn follow<T>(&self, what: &str, mut look: impl FnMut(&Event) -> Option<T>) -> T {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        let mut read = 0;
        loop {
            if let Some(found) = events.iter().skip(read).find_map(&mut look) {
                return found;
            }
            read = events.len();
            let woken = self.written.wait_timeout_while(events, GUARD, |it| it.len() == read);
            events = woken.unwrap_or_else(PoisonError::into_inner).0;
            assert!(events.len() > read, "{what}: nothing came for {GUARD:?}");
        }
    }

    /// Waits until `look` finds something in what has been told.
    ///
    /// # Panics
    /// With `what` and the last that was told, after [`GUARD`].
    pub(crate) fn wait<T>(&self, what: &str, mut look: impl FnMut(&[Event]) -> Option<T>) -> T {
        let began = Instant::now();
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(found) = look(&events) {
                return found;
            }
            let Some(left) = GUARD.checked_sub(began.elapsed()) else {
                let last: Vec<_> = events.iter().rev().take(20).rev().collect();
                let last: Vec<_> = last.iter().map(|event| format!("  {event:?}")).collect();
                drop(events);
                panic!("{what}, but all that was told is\n  …\n{}", last.join("\n"));
            };
            let woken = self.written.wait_timeout(events, left);
            events = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// How the account stands.
pub(crate) fn account(events: &[Event]) -> Option<&AccountState> {
    events.iter().rev().find_map(|event| match event {
        Event::Account(_, AccountEvent::State(state)) => Some(state),
        _ => None,
    })
}

/// What was told of one conversation.
#[must_use]
pub fn chat<'a>(
    events: &'a [Event],
    id: &ChatId,
) -> impl DoubleEndedIterator<Item = &'a ChatEvent> {
    events.iter().filter_map(move |event| match event {
        Event::Chat(chat, told) if chat == id => Some(told),
        _ => None,
    })
}

/// The padlock as it is now.
pub(crate) fn padlock(events: &[Event], id: &ChatId) -> Padlock {
    let padlock = chat(events, id).rev().find_map(|told| match told {
        ChatEvent::PadlockChanged(padlock) => Some(*padlock),
        _ => None,
    });
    padlock.unwrap_or_default()
}

/// All that was received, and how it travelled, in the order in which it stands in the window.
pub(crate) fn received(events: &[Event], id: &ChatId) -> Vec<(String, Provenance)> {
    let mut gaps = HashMap::new();
    let mut lines = Vec::new();
    for (number, event) in events.iter().enumerate() {
        match event {
            Event::Account(_, AccountEvent::ArchiveGap(gap)) => {
                gaps.entry(gap.number).or_insert(number);
            }
            Event::Chat(chat, ChatEvent::Received { text, provenance, place, .. })
                if chat == id =>
            {
                let gap = place.and_then(|place| gaps.get(&place.gap).copied());
                lines.push((gap.unwrap_or(number), *place, text.clone(), *provenance));
            }
            _ => {}
        }
    }
    lines.sort_by_key(|line| (line.0, line.1));
    lines.into_iter().map(|line| (line.2, line.3)).collect()
}

/// A message of ours as it stands now; `None` once it is taken back.
pub(crate) fn outgoing(events: &[Event], id: &ChatId, message: &MessageId) -> Option<Outgoing> {
    let last = chat(events, id).rev().find(|told| match told {
        ChatEvent::Outgoing(outgoing) => outgoing.id == *message,
        ChatEvent::Discarded(discarded) => discarded == message,
        _ => false,
    });
    match last? {
        ChatEvent::Outgoing(outgoing) => Some(outgoing.clone()),
        _ => None,
    }
}

/// What the history tells in words.
pub(crate) fn notices(events: &[Event], id: &ChatId) -> Vec<Notice> {
    let notices = chat(events, id).filter_map(|told| match told {
        ChatEvent::Notice(notice) => Some(notice.clone()),
        _ => None,
    });
    notices.collect()
}

/// Every step of every verification.
pub(crate) fn verifications(events: &[Event], id: &ChatId) -> Vec<Verification> {
    let steps = chat(events, id).filter_map(|told| match told {
        ChatEvent::Verification(step) => Some(step.clone()),
        _ => None,
    });
    steps.collect()
}

/// Who sees whose presence, by the last that was told.
pub(crate) fn subscription(events: &[Event], id: &ChatId) -> Option<Subscription> {
    events.iter().rev().find_map(|event| match event {
        Event::Account(_, AccountEvent::Roster(contacts)) => {
            let contact = contacts.iter().find(|contact| contact.contact == id.contact);
            Some(contact.map_or(Subscription::None, |contact| contact.subscription))
        }
        Event::Chat(chat, ChatEvent::Info(info)) if chat == id => Some(info.subscription),
        Event::Chat(chat, ChatEvent::Removed) if chat == id => Some(Subscription::None),
        _ => None,
    })
}
