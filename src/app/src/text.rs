//! Every word a person reads comes from here: Fluent files under `i18n/`, checked when compiling.

mod character;
pub mod direction;
pub mod link;
pub mod untrusted;

use std::sync::LazyLock;

#[cfg(not(test))]
use i18n_embed::DesktopLanguageRequester;
use i18n_embed::LanguageLoader as _;
use i18n_embed::fluent::{FluentLanguageLoader, fluent_language_loader};
use i18n_embed::unic_langid::{CharacterDirection, LanguageIdentifier};
use rust_embed::RustEmbed;

/// Loads the words in the language of the desktop, or in English.
pub static LOADER: LazyLock<FluentLanguageLoader> = LazyLock::new(|| {
    let words = load(&wanted_languages());
    // Isolation marks keep a foreign name from turning the sentence around. They stay
    // where there is something to isolate.
    words.set_use_isolating(true);
    words
});

/// The languages that the desktop asks for, best first.
#[cfg(not(test))]
fn wanted_languages() -> Vec<LanguageIdentifier> {
    DesktopLanguageRequester::requested_languages()
}

/// Tests compare with English, whatever the desktop of the person who runs them speaks.
#[cfg(test)]
fn wanted_languages() -> Vec<LanguageIdentifier> {
    "en".parse().into_iter().collect()
}

/// Whether the language of the window is written from right to left.
#[must_use]
pub fn is_language_rtl() -> bool {
    LOADER.current_language().character_direction() == CharacterDirection::RTL
}

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
/// An id or an argument that the English file does not know is a compile error. An argument is
/// somebody's text, and made fit to stand in a sentence.
#[macro_export]
macro_rules! t {
    ($id:literal $(, $name:ident = $argument:expr)* $(,)?) => {
        $crate::text::strip_redundant_isolates(i18n_embed_fl::fl!(
            $crate::text::LOADER,
            $id
            $(, $name = $crate::text::Argument::fit($argument))*
        ))
    };
}

/// Longest argument of a sentence, in characters.
const ARGUMENT_MAX: usize = 2_000;

/// What may stand in a sentence.
pub trait Argument {
    /// What stands there.
    type Fit;

    /// Takes from it what would act on the rest of the sentence.
    fn fit(self) -> Self::Fit;
}

impl Argument for &str {
    type Fit = String;

    fn fit(self) -> String {
        untrusted::line(self, ARGUMENT_MAX)
    }
}

impl Argument for &String {
    type Fit = String;

    fn fit(self) -> String {
        self.as_str().fit()
    }
}

impl Argument for String {
    type Fit = Self;

    fn fit(self) -> Self {
        self.as_str().fit()
    }
}

macro_rules! numbers {
    ($($number:ty),+) => {
        $(impl Argument for $number {
            type Fit = Self;

            fn fit(self) -> Self {
                self
            }
        })+
    };
}

numbers!(u16, u32, u64, usize, i64);

/// Takes the isolation marks out of a sentence that has nothing to isolate: where a line breaks at
/// one, the text shaper would lose the blank beside it.
#[must_use]
pub fn strip_redundant_isolates(sentence: String) -> String {
    if sentence.chars().any(character::is_rtl) { sentence } else { strip_isolates(&sentence) }
}

/// Takes the invisible isolation marks out, for the clipboard and for tests.
#[must_use]
pub fn strip_isolates(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '\u{2066}'..='\u{2069}')).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    /// The messages of a Fluent file, each with the arguments that it takes.
    fn messages(file: &str) -> BTreeMap<String, BTreeSet<String>> {
        let mut messages = BTreeMap::<String, BTreeSet<String>>::new();
        let mut id = String::new();
        for line in file.lines().filter(|line| !line.starts_with('#')) {
            if !line.starts_with([' ', '}'])
                && let Some((name, _)) = line.split_once(" =")
            {
                name.clone_into(&mut id);
                let _ = messages.entry(id.clone()).or_default();
            }
            let arguments = line.split('$').skip(1).map(|rest| {
                rest.chars().take_while(|c| c.is_alphanumeric() || *c == '-').collect::<String>()
            });
            messages.entry(id.clone()).or_default().extend(arguments);
        }
        messages
    }

    fn language(name: &str) -> BTreeMap<String, BTreeSet<String>> {
        let file = Files::get(name).unwrap();
        messages(std::str::from_utf8(&file.data).unwrap())
    }

    #[test]
    fn every_language_has_every_message_with_the_same_arguments() {
        let english = language("en/sotto.ftl");
        assert!(english.len() > 400, "the file is read");
        assert_eq!(english["gap-between"], ["after", "before"].map(str::to_owned).into());
        for name in Files::iter().filter(|name| name.ends_with(".ftl")) {
            assert_eq!(language(&name), english, "{name}");
        }
    }

    #[test]
    fn tests_read_english_whatever_the_desktop_speaks() {
        assert_eq!(LOADER.current_language().to_string(), "en");
        assert!(!is_language_rtl());
    }

    #[test]
    fn the_name_of_the_program_is_known() {
        assert_eq!(t!("app-name"), "Sotto");
    }

    #[test]
    fn marks_stay_only_where_a_name_could_turn_the_sentence() {
        assert_eq!(strip_redundant_isolates("a \u{2068}Bob\u{2069} c".into()), "a Bob c");
        let hebrew = "a \u{2068}\u{5d0}\u{2069} c";
        assert_eq!(strip_redundant_isolates(hebrew.into()), hebrew);
    }

    #[test]
    fn isolation_marks_are_taken_out_of_plain_text() {
        assert_eq!(strip_isolates("a\u{2068}b\u{2069}c"), "abc");
    }
}
