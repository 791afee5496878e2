//! Every word a person reads comes from here: Fluent files under `i18n/`, checked when compiling.

use std::sync::LazyLock;

use i18n_embed::DesktopLanguageRequester;
use i18n_embed::fluent::{FluentLanguageLoader, fluent_language_loader};
use i18n_embed::unic_langid::LanguageIdentifier;
use rust_embed::RustEmbed;

/// Words in the language of the desktop, or English.
pub static WORDS: LazyLock<FluentLanguageLoader> = LazyLock::new(|| {
    let words = load(&DesktopLanguageRequester::requested_languages());
    // Isolation marks keep a foreign name from turning the sentence around. They stay
    // where there is something to isolate.
    words.set_use_isolating(true);
    words
});

#[derive(RustEmbed)]
#[folder = "../../i18n"]
struct Files;

fn load(wanted: &[LanguageIdentifier]) -> FluentLanguageLoader {
    let words = fluent_language_loader!();
    if let Err(error) = i18n_embed::select(&words, &Files, wanted) {
        tracing::warn!(%error, "words not loaded");
    }
    words
}

/// The words for an id, as a `String`: `t!("send")`, `t!("last-seen", name = "Bob")`.
///
/// An id or an argument that the English file does not know is a compile error.
#[macro_export]
macro_rules! t {
    ($($argument:tt)+) => {
        $crate::text::without_idle_marks(i18n_embed_fl::fl!($crate::text::WORDS, $($argument)+))
    };
}

/// Takes the isolation marks out of a sentence that has nothing to isolate: where a line breaks at
/// one, the text shaper would lose the blank beside it.
#[must_use]
pub fn without_idle_marks(sentence: String) -> String {
    if sentence.chars().any(turns_direction) { sentence } else { plain(&sentence) }
}

/// Whether a character is written from right to left, or asks for it.
const fn turns_direction(character: char) -> bool {
    matches!(character,
        '\u{590}'..='\u{8ff}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{10800}'..='\u{10fff}'
        | '\u{1e800}'..='\u{1efff}')
}

/// Takes the invisible isolation marks out, for the clipboard and for tests.
#[must_use]
pub fn plain(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '\u{2066}'..='\u{2069}')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_the_program_is_known() {
        assert_eq!(t!("app-name"), "Sotto");
    }

    #[test]
    fn marks_stay_only_where_a_name_could_turn_the_sentence() {
        assert_eq!(without_idle_marks("a \u{2068}Bob\u{2069} c".into()), "a Bob c");
        let hebrew = "a \u{2068}\u{5d0}\u{2069} c";
        assert_eq!(without_idle_marks(hebrew.into()), hebrew);
    }

    #[test]
    fn isolation_marks_are_taken_out_of_plain_text() {
        assert_eq!(plain("a\u{2068}b\u{2069}c"), "abc");
    }
}
