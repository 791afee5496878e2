//! Marks contacts whose names are confusable (Unicode TR39) with another contact's.

use std::time::Instant;

use super::{Messenger, Sheet};
use crate::lookalike::{Known, Looks};
use crate::screen::chat::Chat;

impl Messenger {
    /// Follows up on a batch of events, once for all of them: marks, memory, and rows that moved.
    pub fn finish_batch(&mut self) {
        self.mark_lookalikes();
        self.shrink_histories();
        self.watch_rows(Instant::now());
    }

    /// Marks them anew, if any name has changed. To be called once for all that came together: it
    /// looks at everybody.
    pub(super) fn mark_lookalikes(&mut self) {
        if !std::mem::take(&mut self.names_changed) {
            return;
        }
        let known = Known::of(self.chats.values().filter(|chat| chat.is_known()).map(Chat::looks));
        let marks: Vec<_> = self.chats.values().map(|chat| known.mark(chat.looks())).collect();
        for (chat, mark) in self.chats.values_mut().zip(marks) {
            chat.set_mark(mark);
        }
    }

    /// Marks the address that is being typed on the sheet for a new contact.
    pub(super) fn mark_new_contact(&mut self) {
        let Some(Sheet::NewContact(sheet)) = &mut self.sheet else { return };
        let known = self.chats.values().filter(|chat| chat.is_known()).map(Chat::looks);
        sheet.mark(|looks: &Looks| Known::of(known).mark(looks));
    }
}
