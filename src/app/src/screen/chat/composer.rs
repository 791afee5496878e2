//! The composer: several lines of text that are never lost.
//!
//! It knows nothing of the engine. What it sends carries the padlock that was drawn when Enter
//! was pressed, not the one that may have come since.

use engine::Padlock;
use iced::keyboard::key::Named;
use iced::keyboard::{Key, Modifiers};
use iced::widget::text_editor::{self, Action, Binding, Content, Edit, KeyPress, Motion};
use zeroize::Zeroizing;

use super::undo::Undo;

/// What is being typed to one contact; each conversation has its own.
#[derive(Default)]
pub(super) struct Composer {
    content: Content,
    undo: Undo,
    changed: bool,
    meant: Meant,
}

/// How what stands in the composer was meant to travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Meant {
    /// As the padlock shows.
    #[default]
    AsShown,
    /// In private, though the padlock is open by now.
    InPrivate,
}

/// What a person does in the composer.
#[derive(Clone, Debug)]
pub enum Message {
    /// Typed, moved, selected.
    Edited(Action),
    /// Pressed Enter or the button, looking at this padlock.
    Send {
        /// The padlock that was drawn when Enter was pressed.
        seen: Padlock,
    },
    /// Pressed the upward arrow while nothing was typed.
    EditLast,
    /// Pressed Ctrl+Z.
    Undo,
    /// Pressed Ctrl+Shift+Z or Ctrl+Y.
    Redo,
}

impl Message {
    /// Whether it only changes the text.
    pub(super) const fn is_typing(&self) -> bool {
        match self {
            Self::Edited(_) | Self::Undo | Self::Redo => true,
            Self::Send { .. } | Self::EditLast => false,
        }
    }
}

impl Composer {
    /// What the editor draws.
    pub(super) const fn content(&self) -> &Content {
        &self.content
    }

    /// The text as it would be sent: without blank ends.
    pub(super) fn draft(&self) -> Zeroizing<String> {
        let text = Zeroizing::new(self.content.text());
        Zeroizing::new(text.trim().to_owned())
    }

    /// Whether there is nothing to send.
    pub(super) fn is_blank(&self) -> bool {
        self.content.is_empty() || self.draft().is_empty()
    }

    /// Whether what stands here was written to be private, and the padlock is open by now.
    pub(super) fn is_meant_private(&self) -> bool {
        self.meant == Meant::InPrivate && !self.is_blank()
    }

    /// What stands here was written to be private, and privacy is gone.
    pub(super) fn was_meant_private(&mut self) {
        if !self.is_blank() {
            self.meant = Meant::InPrivate;
        }
    }

    /// It may go as the padlock shows: the person said so.
    pub(super) const fn may_go_as_shown(&mut self) {
        self.meant = Meant::AsShown;
    }

    /// Whether it was changed since this was asked last.
    pub(super) const fn take_change(&mut self) -> bool {
        std::mem::replace(&mut self.changed, false)
    }

    /// It counts as changed.
    pub(super) const fn has_changed(&mut self) {
        self.changed = true;
    }

    /// Performs what the editor asks for.
    pub(super) fn edit(&mut self, action: Action) {
        self.changed |= action.is_edit();
        self.undo.before(&action, &self.content);
        self.content.perform(action);
        if self.content.is_empty() {
            self.meant = Meant::AsShown;
        }
    }

    /// One step back.
    pub(super) fn undo(&mut self) {
        self.changed = true;
        self.undo.undo(&mut self.content);
    }

    /// One step forward.
    pub(super) fn redo(&mut self) {
        self.changed = true;
        self.undo.redo(&mut self.content);
    }

    /// Empties it and returns what was typed, if that is anything.
    pub(super) fn take(&mut self) -> Option<String> {
        let draft = self.draft();
        if draft.is_empty() {
            return None;
        }
        *self = Self { changed: true, ..Self::default() };
        Some(draft.to_string())
    }

    /// Puts a text back in front of whatever has been typed since.
    pub(super) fn put_back(&mut self, text: &str) {
        self.changed = true;
        let draft = Zeroizing::new(self.content.text());
        let separator = if draft.is_empty() { "" } else { "\n" };
        let joined = Zeroizing::new(format!("{text}{separator}{}", draft.as_str()));
        self.undo.before(&Action::Edit(Edit::Enter), &self.content);
        self.content = Content::with_text(&joined);
        self.content.perform(Action::Move(Motion::DocumentEnd));
    }
}

/// Enter sends, Shift+Enter breaks the line, Ctrl+Z undoes; everything else as usual.
pub(super) fn key_binding(
    press: KeyPress,
    seen: Padlock,
    is_empty: bool,
) -> Option<Binding<Message>> {
    if !matches!(press.status, text_editor::Status::Focused { .. }) {
        return None;
    }
    let modifiers = press.modifiers;
    if matches!(press.key, Key::Named(Named::Enter)) {
        return Some(if modifiers.shift() || modifiers.alt() {
            Binding::Enter
        } else {
            Binding::Custom(Message::Send { seen })
        });
    }
    if is_empty && modifiers.is_empty() && matches!(press.key, Key::Named(Named::ArrowUp)) {
        return Some(Binding::Custom(Message::EditLast));
    }
    let letter = press.key.to_latin(press.physical_key);
    match letter.filter(|_| modifiers.command() && !modifiers.alt()) {
        Some('z') if modifiers.contains(Modifiers::SHIFT) => Some(Binding::Custom(Message::Redo)),
        Some('z') => Some(Binding::Custom(Message::Undo)),
        Some('y') => Some(Binding::Custom(Message::Redo)),
        // Other shortcuts belong to the window; without this their letter would be typed.
        // With Shift they are others: nothing is pasted that was not asked for.
        Some('c' | 'x' | 'v' | 'a') if !modifiers.shift() => Binding::from_key_press(press),
        None => Binding::from_key_press(press),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn paste(composer: &mut Composer, text: &str) {
        composer.edit(Action::Edit(Edit::Paste(Arc::new(text.to_owned()))));
    }

    #[test]
    fn taking_the_draft_trims_and_empties_it() {
        let mut composer = Composer::default();
        paste(&mut composer, "  good\nmorning \n");
        assert_eq!(composer.take().as_deref(), Some("good\nmorning"));
        assert!(composer.is_blank());
        assert_eq!(composer.take(), None);
    }

    #[test]
    fn a_text_put_back_stands_before_what_was_typed_since() {
        let mut composer = Composer::default();
        paste(&mut composer, "second");
        composer.put_back("first");
        assert_eq!(composer.draft().as_str(), "first\nsecond");
        composer.undo();
        assert_eq!(composer.draft().as_str(), "second");
    }

    #[test]
    fn blanks_are_nothing_to_send() {
        let mut composer = Composer::default();
        paste(&mut composer, " \n\t ");
        assert_eq!(composer.take(), None);
    }
}
