//! Undo for the composer: what was typed, burst by burst.
//!
//! A burst is a run of edits of one kind; a pause is not measured, no clock is needed. The texts
//! kept here are as secret as the composer and are wiped when dropped.

use iced::widget::text_editor::{Action, Content, Cursor, Edit};
use zeroize::Zeroizing;

/// Steps kept; the oldest is forgotten first.
const STEPS_MAX: usize = 100;

/// What can be undone and redone.
#[derive(Default)]
pub(super) struct Undo {
    past: Vec<Snapshot>,
    future: Vec<Snapshot>,
    burst: Option<Burst>,
}

struct Snapshot {
    text: Zeroizing<String>,
    cursor: Cursor,
}

/// Edits that are undone together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Burst {
    Word,
    Gap,
    Deletion,
    Single,
}

impl Undo {
    /// To be told of every action before it is performed.
    pub(super) fn before(&mut self, action: &Action, content: &Content) {
        let Action::Edit(edit) = action else {
            self.burst = None;
            return;
        };
        let burst = match edit {
            Edit::Insert(c) if c.is_whitespace() => Burst::Gap,
            Edit::Insert(_) => Burst::Word,
            Edit::Backspace | Edit::Delete => Burst::Deletion,
            Edit::Paste(_) | Edit::Enter | Edit::Indent | Edit::Unindent => Burst::Single,
        };
        if self.burst != Some(burst) || burst == Burst::Single {
            self.past.push(Snapshot::of(content));
            if self.past.len() > STEPS_MAX {
                self.past.remove(0);
            }
        }
        self.burst = Some(burst);
        self.future.clear();
    }

    /// Goes one step back.
    pub(super) fn undo(&mut self, content: &mut Content) {
        if let Some(snapshot) = self.past.pop() {
            self.future.push(Snapshot::of(content));
            *content = snapshot.restore();
        }
        self.burst = None;
    }

    /// Goes one step forward again.
    pub(super) fn redo(&mut self, content: &mut Content) {
        if let Some(snapshot) = self.future.pop() {
            self.past.push(Snapshot::of(content));
            *content = snapshot.restore();
        }
        self.burst = None;
    }
}

impl Snapshot {
    fn of(content: &Content) -> Self {
        Self { text: Zeroizing::new(content.text()), cursor: content.cursor() }
    }

    fn restore(self) -> Content {
        let mut content = Content::with_text(&self.text);
        content.move_to(self.cursor);
        content
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn type_in(undo: &mut Undo, content: &mut Content, text: &str) {
        for c in text.chars() {
            let action = Action::Edit(Edit::Insert(c));
            undo.before(&action, content);
            content.perform(action);
        }
    }

    #[test]
    fn undo_takes_back_word_by_word_and_redo_brings_it_again() {
        let (mut undo, mut content) = (Undo::default(), Content::new());
        type_in(&mut undo, &mut content, "one two");
        undo.undo(&mut content);
        assert_eq!(content.text(), "one ");
        undo.undo(&mut content);
        undo.undo(&mut content);
        assert_eq!(content.text(), "");
        undo.undo(&mut content);
        assert_eq!(content.text(), "");
        for _ in 0..3 {
            undo.redo(&mut content);
        }
        assert_eq!(content.text(), "one two");
        type_in(&mut undo, &mut content, "!");
        assert_eq!(content.text(), "one two!", "the cursor came back with the text");
    }

    #[test]
    fn typing_after_an_undo_forgets_what_was_undone() {
        let (mut undo, mut content) = (Undo::default(), Content::new());
        type_in(&mut undo, &mut content, "one");
        undo.undo(&mut content);
        type_in(&mut undo, &mut content, "six");
        undo.redo(&mut content);
        assert_eq!(content.text(), "six");
    }

    #[test]
    fn only_so_many_steps_are_kept() {
        let (mut undo, mut content) = (Undo::default(), Content::new());
        for _ in 0..STEPS_MAX {
            type_in(&mut undo, &mut content, "a ");
        }
        assert_eq!(undo.past.len(), STEPS_MAX);
    }
}
