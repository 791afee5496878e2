//! Keyboard shortcuts that work everywhere in a window, whichever widget has the focus.

use iced::keyboard::{self, Key, key::Named};

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shortcut {
    /// To the search.
    Search,
    /// Add a contact.
    NewContact,
    /// The next conversation.
    Next,
    /// The one before.
    Previous,
    /// Go private.
    GoPrivate,
    /// Verify the contact.
    Verify,
    /// Show the shortcuts.
    Help,
    /// Close what lies on top.
    Escape,
    /// Close the conversation or the window.
    Close,
    /// Quit.
    Quit,
    /// Larger text.
    ZoomIn,
    /// Smaller text.
    ZoomOut,
    /// Text as it comes.
    ResetZoom,
    /// To the next field.
    FocusNext,
    /// To the field before.
    FocusPrevious,
}

impl Shortcut {
    /// Reads a key press. Letters count by their place when the layout is not Latin.
    #[must_use]
    pub fn read(event: &keyboard::Event) -> Option<Self> {
        let keyboard::Event::KeyPressed { key, modified_key, physical_key, modifiers, .. } = event
        else {
            return None;
        };
        if let Key::Named(named) = key {
            return Self::named(*named, *modifiers);
        }
        if !modifiers.command() || modifiers.alt() {
            return None;
        }
        if let Key::Character(typed) = modified_key
            && let Some(size) = Self::of_size(typed)
        {
            return Some(size);
        }
        let letter = key.to_latin(*physical_key)?.to_ascii_lowercase();
        match (letter, modifiers.shift()) {
            ('k', false) => Some(Self::Search),
            ('n', false) => Some(Self::NewContact),
            ('w', false) => Some(Self::Close),
            ('q', false) => Some(Self::Quit),
            ('p', true) => Some(Self::GoPrivate),
            ('v', true) => Some(Self::Verify),
            _ => None,
        }
    }

    fn named(named: Named, modifiers: keyboard::Modifiers) -> Option<Self> {
        let plain = modifiers.is_empty();
        let alt = modifiers == keyboard::Modifiers::ALT;
        let shift = modifiers == keyboard::Modifiers::SHIFT;
        if plain && named == Named::Escape {
            Some(Self::Escape)
        } else if plain && named == Named::F1 {
            Some(Self::Help)
        } else if plain && named == Named::Tab {
            Some(Self::FocusNext)
        } else if shift && named == Named::Tab {
            Some(Self::FocusPrevious)
        } else if alt && named == Named::ArrowDown {
            Some(Self::Next)
        } else if alt && named == Named::ArrowUp {
            Some(Self::Previous)
        } else {
            None
        }
    }

    fn of_size(typed: &str) -> Option<Self> {
        match typed {
            "+" | "=" => Some(Self::ZoomIn),
            "-" | "_" | "−" => Some(Self::ZoomOut),
            "0" => Some(Self::ResetZoom),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use iced::keyboard::key::{Code, Physical};
    use iced::keyboard::{Location, Modifiers};

    use super::*;

    fn press(key: Key, code: Code, modifiers: Modifiers) -> Option<Shortcut> {
        Shortcut::read(&keyboard::Event::KeyPressed {
            modified_key: key.clone(),
            key,
            physical_key: Physical::Code(code),
            location: Location::Standard,
            modifiers,
            text: None,
            repeat: false,
        })
    }

    fn letter(letter: &str, code: Code, modifiers: Modifiers) -> Option<Shortcut> {
        press(Key::Character(letter.into()), code, modifiers)
    }

    #[test]
    fn the_keys_of_the_help_sheet_are_read() {
        let both = Modifiers::COMMAND | Modifiers::SHIFT;
        for (read, wanted) in [
            (letter("k", Code::KeyK, Modifiers::COMMAND), Shortcut::Search),
            (letter("n", Code::KeyN, Modifiers::COMMAND), Shortcut::NewContact),
            (letter("P", Code::KeyP, both), Shortcut::GoPrivate),
            (letter("v", Code::KeyV, both), Shortcut::Verify),
            (letter("w", Code::KeyW, Modifiers::COMMAND), Shortcut::Close),
            (letter("q", Code::KeyQ, Modifiers::COMMAND), Shortcut::Quit),
            (letter("+", Code::Equal, both), Shortcut::ZoomIn),
            (letter("-", Code::Minus, Modifiers::COMMAND), Shortcut::ZoomOut),
            (letter("0", Code::Digit0, Modifiers::COMMAND), Shortcut::ResetZoom),
        ] {
            assert_eq!(read, Some(wanted));
        }
        let down = Key::Named(Named::ArrowDown);
        assert_eq!(press(down, Code::ArrowDown, Modifiers::ALT), Some(Shortcut::Next));
        let escape = Key::Named(Named::Escape);
        assert_eq!(press(escape, Code::Escape, Modifiers::empty()), Some(Shortcut::Escape));
    }

    #[test]
    fn a_letter_counts_by_its_place_on_another_layout() {
        assert_eq!(letter("л", Code::KeyK, Modifiers::COMMAND), Some(Shortcut::Search));
    }

    #[test]
    fn what_is_typed_is_no_shortcut() {
        assert_eq!(letter("k", Code::KeyK, Modifiers::empty()), None);
        assert_eq!(letter("v", Code::KeyV, Modifiers::COMMAND), None);
    }
}
