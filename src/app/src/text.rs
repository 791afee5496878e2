//! Every word a person reads comes from here: Fluent files under `i18n/`, checked when compiling.

use std::sync::LazyLock;

use i18n_embed::DesktopLanguageRequester;
use i18n_embed::fluent::{FluentLanguageLoader, fluent_language_loader};
use i18n_embed::unic_langid::LanguageIdentifier;
use rust_embed::RustEmbed;

/// Words in the language of the desktop, or English.
pub static WORDS: LazyLock<FluentLanguageLoader> = LazyLock::new(|| {
    let words = load(&DesktopLanguageRequester::requested_languages());
    // Isolation marks keep a foreign name from turning the sentence around. They stay.
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
        i18n_embed_fl::fl!($crate::text::WORDS, $($argument)+)
    };
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
    fn isolation_marks_are_taken_out_of_plain_text() {
        assert_eq!(plain("a\u{2068}b\u{2069}c"), "abc");
    }
}
