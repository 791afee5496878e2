//! Putting a message of ours right after it went out (XEP-0308), and taking back one that did not.

use engine::{ChatCommand, Command, Delivery, MessageId, Padlock, Provenance};
use iced::widget::operation;
use zeroize::Zeroizing;

use super::timeline::item::Content;
use super::{Action, Chat, delivery};
use crate::widget::id;

/// A message being put right.
pub(super) struct Edit {
    /// What it was called when it first went out.
    replaces: MessageId,
    /// How it travelled, if that is known.
    travelled: Option<Provenance>,
    /// What was being typed before.
    draft: Zeroizing<String>,
}

impl Chat {
    /// Edits the last message of ours; one that did not go out is taken back instead.
    pub(super) fn edit_last(&mut self) -> Action {
        let Some(row) = self.timeline.last_of_ours().filter(|_| self.edit.is_none()) else {
            return Action::None;
        };
        let Content::Outgoing(outgoing) = &row.content else { return Action::None };
        if delivery::is_exception(outgoing.delivery) {
            let id = outgoing.id.clone();
            return self.edit(id);
        }
        let travelled = provenance(outgoing.delivery);
        if !is_protected(self.padlock, travelled) || self.closed().is_some() {
            return Action::None;
        }
        let Some(replaces) = row.names.first().map(|name| name.id().clone()) else {
            return Action::None;
        };
        let text = Zeroizing::new(outgoing.text.clone());
        let draft = self.composer.draft();
        let _ = self.composer.take();
        self.composer.put_back(&text);
        self.edit = Some(Edit { replaces, travelled, draft });
        Action::Task(operation::focus(id::COMPOSER))
    }

    /// Leaves the message as it was, and brings back what was being typed before.
    pub(super) fn stop_editing(&mut self) {
        if let Some(edit) = self.edit.take() {
            let _ = self.composer.take();
            self.bring_back(&edit.draft);
        }
    }

    /// The edited text is on its way: what it replaces, if it is an edit.
    pub(super) fn finish_edit(&mut self) -> Option<MessageId> {
        let edit = self.edit.take()?;
        self.bring_back(&edit.draft);
        Some(edit.replaces)
    }

    /// An edit never goes out less protected than what it puts right: its text becomes a draft.
    pub(super) fn keep_edit_protected(&mut self) {
        let padlock = self.padlock;
        if let Some(edit) = self.edit.take_if(|edit| !is_protected(padlock, edit.travelled))
            && !edit.draft.is_empty()
        {
            self.composer.put_back(&edit.draft);
        }
    }

    /// Puts back what the engine did not take.
    pub(super) fn give_back(&mut self, text: &str, replaces: Option<MessageId>) {
        let Some(replaces) = replaces else { return self.composer.put_back(text) };
        let draft = self.composer.draft();
        let _ = self.composer.take();
        let travelled =
            self.timeline.last_of_ours().and_then(super::timeline::item::Row::provenance);
        self.composer.put_back(text);
        self.edit = Some(Edit { replaces, travelled, draft });
    }

    /// Takes a held or failed message back into the composer.
    pub(super) fn edit(&mut self, id: MessageId) -> Action {
        let Some(outgoing) = self.timeline.outgoing(&id) else { return Action::None };
        let (text, replaces) = (Zeroizing::new(outgoing.text.clone()), outgoing.replaces.clone());
        let replaces = replaces.filter(|_| self.edit.is_none());
        self.give_back(&text, replaces);
        Action::Command(Command::Chat(self.id.clone(), ChatCommand::Discard(id)))
    }

    fn bring_back(&mut self, draft: &str) {
        if !draft.is_empty() {
            self.composer.put_back(draft);
        }
    }
}

/// Whether what is typed under this padlock is at least as protected as what travelled so.
const fn is_protected(padlock: Padlock, travelled: Option<Provenance>) -> bool {
    match travelled {
        Some(Provenance::Unaccepted(_) | Provenance::Private(_) | Provenance::Verified(_)) => {
            !padlock.is_plain()
        }
        Some(Provenance::Plain | Provenance::PlainInPrivate) | None => true,
    }
}

const fn provenance(delivery: Delivery) -> Option<Provenance> {
    match delivery {
        Delivery::Held(_) => None,
        Delivery::Queued(provenance)
        | Delivery::Sent(provenance)
        | Delivery::Reported(provenance)
        | Delivery::Delivered(provenance)
        | Delivery::Failed { provenance, .. } => Some(provenance),
    }
}
