//! Which widget is to have the keyboard focus.

use std::hash::{DefaultHasher, Hash, Hasher};

use iced::widget::Id;

/// A widget that keys are meant for, and what it is part of: the same field of another conversation,
/// or of the next step of a sheet, is another place; the next field of the same form is not.
#[derive(Clone, Debug)]
pub struct FocusTarget {
    id: Id,
    part_of: u64,
    on_sheet: bool,
}

impl PartialEq for FocusTarget {
    fn eq(&self, other: &Self) -> bool {
        self.part_of == other.part_of
    }
}

impl Eq for FocusTarget {}

impl FocusTarget {
    /// The widget of this name, as part of that.
    pub fn new(id: Id, part_of: impl Hash) -> Self {
        let mut hasher = DefaultHasher::new();
        part_of.hash(&mut hasher);
        Self { id, part_of: hasher.finish(), on_sheet: false }
    }

    /// The same on a sheet, which is read from its beginning.
    pub fn on_sheet(id: Id, part_of: impl Hash) -> Self {
        Self { on_sheet: true, ..Self::new(id, part_of) }
    }

    /// Whether it is on a sheet.
    #[must_use]
    pub const fn is_on_sheet(&self) -> bool {
        self.on_sheet
    }

    /// The composer of this conversation.
    pub fn composer(chat: u64) -> Self {
        Self::new(super::id::COMPOSER, chat)
    }

    /// The widget's name.
    #[must_use]
    pub fn id(&self) -> Id {
        self.id.clone()
    }
}
