//! Guards against clicks on rows that have just moved. A message, a presence or a stranger's request moves
//! rows of the contact list, so that others choose when: a click on a row that has just come under the
//! pointer was meant for what stood there before.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use engine::ChatId;

use super::chats::sections;
use super::{Messenger, contacts};
#[cfg(test)]
use crate::screen::chat::Chat;

/// So long a row that has moved is not chosen by a click: about as long as a hand takes to stop.
const ROW_PAUSE: Duration = Duration::from_millis(400);
/// So long nothing is decided about a stranger whose card came or moved.
const CARD_PAUSE: Duration = Duration::from_secs(1);

/// Where the rows stand, and which of them have moved a moment ago.
#[derive(Debug, Default)]
pub(super) struct Stillness {
    order: Vec<ChatId>,
    moved: HashMap<ChatId, Instant>,
}

impl Stillness {
    /// The rows stand so now, by what came from outside.
    pub(super) fn arrange<'a>(
        &mut self,
        order: impl Iterator<Item = &'a ChatId> + Clone,
        now: Instant,
    ) {
        if self.order.iter().eq(order.clone()) {
            return;
        }
        self.moved.retain(|_, at| now.duration_since(*at) < CARD_PAUSE);
        // Where nothing stood, nothing else was meant.
        let moved = order.clone().zip(&self.order).filter(|(id, before)| id != before);
        self.moved.extend(moved.map(|(id, _)| (id.clone(), now)));
        self.order = order.cloned().collect();
    }

    /// The rows stand so now, by what the person did.
    pub(super) fn follow<'a>(&mut self, order: impl Iterator<Item = &'a ChatId> + Clone) {
        if !self.order.iter().eq(order.clone()) {
            self.order = order.cloned().collect();
        }
    }

    /// Whether who clicks on this row can mean it.
    pub(super) fn is_row_still(&self, id: &ChatId, now: Instant) -> bool {
        self.is_still(id, now, ROW_PAUSE)
    }

    /// Whether who clicks on a button of this stranger's card can mean it.
    pub(super) fn is_card_still(&self, id: &ChatId, now: Instant) -> bool {
        self.is_still(id, now, CARD_PAUSE)
    }

    fn is_still(&self, id: &ChatId, now: Instant, pause: Duration) -> bool {
        self.moved.get(id).is_none_or(|at| now.duration_since(*at) >= pause)
    }
}

impl Messenger {
    /// Notes which rows have moved by what came from outside.
    pub(super) fn watch_rows(&mut self, now: Instant) {
        let sections = sections(&self.chats, &self.contacts, &self.own_presence);
        self.stillness.arrange(sections.order(&self.contacts), now);
    }

    pub(super) fn follow_rows(&mut self) {
        let sections = sections(&self.chats, &self.contacts, &self.own_presence);
        self.stillness.follow(sections.order(&self.contacts));
    }

    /// Lets the pauses pass, where a test waits for nothing else.
    #[cfg(test)]
    pub(crate) fn let_pauses_pass(&mut self) {
        self.stillness.moved.clear();
        self.chats.values_mut().for_each(Chat::let_pauses_pass);
    }

    /// Whether the person can mean what they clicked on: nothing that has just come there.
    pub(super) fn is_meant(&self, message: &contacts::Message, now: Instant) -> bool {
        match message {
            contacts::Message::Choose(id) => self.stillness.is_row_still(id, now),
            contacts::Message::Accept(id)
            | contacts::Message::Decline(id)
            | contacts::Message::Block(id) => self.stillness.is_card_still(id, now),
            contacts::Message::Search(_)
            | contacts::Message::SearchDone
            | contacts::Message::Look(_)
            | contacts::Message::Requests(_)
            | contacts::Message::Add => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chat(contact: &str) -> ChatId {
        ChatId { account: "alice@a.example".parse().unwrap(), contact: contact.parse().unwrap() }
    }

    #[test]
    fn a_row_that_moved_by_itself_is_not_chosen_at_once_and_the_others_are() {
        let [bob, carol, dave] = ["bob@b.example", "carol@b.example", "dave@b.example"].map(chat);
        let mut rows = Stillness::default();
        let start = Instant::now();
        rows.arrange([&bob, &carol, &dave].into_iter(), start);
        let later = start + CARD_PAUSE;
        assert!([&bob, &carol, &dave].iter().all(|id| rows.is_row_still(id, later)));
        // Carol writes, and stands where Bob was.
        rows.arrange([&carol, &bob, &dave].into_iter(), later);
        assert!(!rows.is_row_still(&carol, later) && !rows.is_row_still(&bob, later));
        assert!(rows.is_row_still(&dave, later));
        assert!(rows.is_row_still(&carol, later + ROW_PAUSE));
    }

    #[test]
    fn nothing_is_decided_about_a_stranger_who_has_just_come() {
        let [bob, stranger] = ["bob@b.example", "stranger@c.example"].map(chat);
        let mut rows = Stillness::default();
        let start = Instant::now();
        rows.arrange([&bob].into_iter(), start);
        let later = start + CARD_PAUSE;
        rows.arrange([&stranger, &bob].into_iter(), later);
        assert!(!rows.is_card_still(&stranger, later + ROW_PAUSE));
        assert!(rows.is_row_still(&bob, later), "nothing stood there before");
        assert!(rows.is_card_still(&stranger, later + CARD_PAUSE));
    }

    #[test]
    fn what_the_person_moves_does_not_surprise_them() {
        let [bob, carol] = ["bob@b.example", "carol@b.example"].map(chat);
        let mut rows = Stillness::default();
        let start = Instant::now();
        rows.arrange([&bob, &carol].into_iter(), start);
        let later = start + CARD_PAUSE;
        rows.follow([&carol].into_iter());
        rows.arrange([&carol].into_iter(), later);
        assert!(rows.is_row_still(&carol, later));
    }
}
