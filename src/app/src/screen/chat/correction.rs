//! Last message correction (XEP-0308): editing a message that was sent, and taking back one that was not.

use engine::{ChatCommand, Command, Delivery, MessageId, Padlock, Provenance};
use iced::widget::operation;
use zeroize::Zeroizing;

use super::{Action, Chat, delivery};
use crate::widget::id;

/// A message being put right.
pub(super) struct Correction {
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
        let Some(item) = self.timeline.last_of_ours().filter(|_| self.correction.is_none()) else {
            return Action::None;
        };
        let Some(outgoing) = item.content.outgoing() else { return Action::None };
        if delivery::is_exception(outgoing.delivery) {
            let id = outgoing.id.clone();
            return self.edit(id);
        }
        let travelled = provenance(outgoing.delivery);
        if !is_protected(self.padlock, travelled) || self.closed().is_some() {
            return Action::None;
        }
        let Some(replaces) = item.names.first().map(|name| name.id().clone()) else {
            return Action::None;
        };
        let text = Zeroizing::new(outgoing.text.clone());
        let draft = self.composer.draft();
        let _ = self.composer.take();
        self.composer.put_back(&text);
        self.correction = Some(Correction { replaces, travelled, draft });
        Action::Task(operation::focus(id::COMPOSER))
    }

    /// Leaves the message as it was, and brings back what was being typed before.
    pub(super) fn stop_editing(&mut self) {
        if let Some(correction) = self.correction.take() {
            let _ = self.composer.take();
            self.bring_back(&correction.draft);
        }
    }

    /// The edited text is on its way: what it replaces, if it is an edit.
    pub(super) fn finish_correction(&mut self) -> Option<MessageId> {
        let correction = self.correction.take()?;
        self.bring_back(&correction.draft);
        Some(correction.replaces)
    }

    /// An edit never goes out less protected than what it puts right: its text becomes a draft.
    pub(super) fn keep_correction_protected(&mut self) {
        let padlock = self.padlock;
        if let Some(correction) =
            self.correction.take_if(|correction| !is_protected(padlock, correction.travelled))
            && !correction.draft.is_empty()
        {
            self.composer.put_back(&correction.draft);
        }
    }

    /// Puts back what the engine did not take.
    pub(super) fn restore_draft(&mut self, text: &str, replaces: Option<MessageId>) {
        let Some(replaces) = replaces else { return self.composer.put_back(text) };
        let draft = self.composer.draft();
        let _ = self.composer.take();
        let travelled =
            self.timeline.last_of_ours().and_then(super::timeline::item::Item::provenance);
        self.composer.put_back(text);
        self.correction = Some(Correction { replaces, travelled, draft });
    }

    /// Takes a held or failed message back into the composer.
    pub(super) fn edit(&mut self, id: MessageId) -> Action {
        let Some(outgoing) = self.timeline.outgoing(&id) else { return Action::None };
        let (text, replaces) = (Zeroizing::new(outgoing.text.clone()), outgoing.replaces.clone());
        let replaces = replaces.filter(|_| self.correction.is_none());
        let goes_readable = delivery::retry(outgoing.delivery, self.padlock);
        let was_private = goes_readable == Some(delivery::Retry::Readable);
        self.restore_draft(&text, replaces);
        if was_private {
            self.composer.was_meant_private();
        }
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
