//! In which form a password goes into a proof.

use stringprep::tables;
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

/// NFKC makes no text longer than so many times its bytes (U+FDFA in UTF-8).
const GROWTH_MAX: usize = 11;

/// How what was typed is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum PasswordForm {
    /// As RFC 5802 §2.2 has it: by SASLprep.
    #[default]
    Prepared,
    /// As some servers took it when it was set.
    AsTyped,
}

impl PasswordForm {
    /// The other one.
    pub(super) const fn other(self) -> Self {
        match self {
            Self::Prepared => Self::AsTyped,
            Self::AsTyped => Self::Prepared,
        }
    }

    /// The password in this form.
    pub(super) fn of(self, typed: &str) -> Zeroizing<String> {
        match self {
            Self::Prepared => prepare(typed),
            Self::AsTyped => Zeroizing::new(typed.to_owned()),
        }
    }
}

/// SASLprep of a query (RFC 4013): characters that Unicode 3.2 does not know may be in it (§2.5 and
/// RFC 3454 §7), and stay as they are. What it refuses is left as typed: no other form could be
/// meant.
pub(super) fn prepare(text: &str) -> Zeroizing<String> {
    let mut prepared = Zeroizing::new(String::with_capacity(text.len() * GROWTH_MAX));
    // Normalised is what Unicode 3.2 knows: to it all else neither falls apart nor joins.
    for piece in text.split_inclusive(tables::unassigned_code_point) {
        let unknown = piece.chars().next_back().filter(|c| tables::unassigned_code_point(*c));
        let known = piece.chars().filter(|c| !tables::unassigned_code_point(*c));
        let mapped = known
            .filter(|c| !tables::commonly_mapped_to_nothing(*c))
            .map(|c| if tables::non_ascii_space_character(c) { ' ' } else { c });
        prepared.extend(mapped.nfkc());
        prepared.extend(unknown);
    }
    if prepared.contains(is_prohibited) || mixes_directions(&prepared) {
        return Zeroizing::new(text.to_owned());
    }
    prepared
}

/// RFC 4013 §2.3.
fn is_prohibited(c: char) -> bool {
    tables::non_ascii_space_character(c)
        || tables::ascii_control_character(c)
        || tables::non_ascii_control_character(c)
        || tables::private_use(c)
        || tables::non_character_code_point(c)
        || tables::surrogate_code(c)
        || tables::inappropriate_for_plain_text(c)
        || tables::inappropriate_for_canonical_representation(c)
        || tables::change_display_properties_or_deprecated(c)
        || tables::tagging_character(c)
}

/// Whether it breaks a rule of RFC 3454 §6.
fn mixes_directions(text: &str) -> bool {
    let is_rightward = |c: Option<char>| c.is_some_and(|c| !tables::bidi_r_or_al(c));
    text.contains(tables::bidi_r_or_al)
        && (text.contains(tables::bidi_l)
            || is_rightward(text.chars().next())
            || is_rightward(text.chars().next_back()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(table: &[(&str, &str)]) {
        for (typed, prepared) in table {
            assert_eq!(*prepare(typed), **prepared, "{typed:?}");
            // A second time changes nothing.
            assert_eq!(*prepare(prepared), **prepared, "{typed:?}");
        }
    }

    #[test]
    fn known_characters_are_prepared() {
        check(&[
            ("correct horse", "correct horse"),
            ("", ""),
            ("I\u{ad}X", "IX"),
            ("\u{2168}", "IX"),
            ("a\u{a0}b", "a b"),
            ("e\u{301}", "\u{e9}"),
            ("m\u{b2}", "m2"),
            (
                "\u{fdfa}",
                "\u{635}\u{644}\u{649} \u{627}\u{644}\u{644}\u{647} \
                \u{639}\u{644}\u{64a}\u{647} \u{648}\u{633}\u{644}\u{645}",
            ),
        ]);
    }

    #[test]
    fn characters_newer_than_unicode_3_2_stop_no_preparation() {
        check(&[
            ("key\u{1f511}", "key\u{1f511}"),
            ("m\u{b2}\u{1f511}", "m2\u{1f511}"),
            ("\u{1f511}m\u{b2}", "\u{1f511}m2"),
            ("\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}", "\u{1f468}\u{1f469}\u{1f467}"),
            ("\u{2764}\u{fe0f}\u{200d}\u{1f525}", "\u{2764}\u{1f525}"),
            ("x\u{20bf}\u{a0}y", "x\u{20bf} y"),
            ("e\u{301}\u{1f511}e\u{301}", "\u{e9}\u{1f511}\u{e9}"),
            ("GRO\u{1e9e}\u{a0}x", "GRO\u{1e9e} x"),
            // Today's Unicode would take this apart; 3.2 knows nothing of it.
            ("\u{1f130}\u{b2}", "\u{1f130}2"),
        ]);
    }

    #[test]
    fn what_is_refused_is_left_as_typed() {
        for typed in [
            "tab\there\u{b2}",
            "\u{5e9}\u{5dc}\u{5d5}\u{5dd}1",
            "\u{5e9}a\u{b2}\u{5e9}",
            "\u{e000}\u{b2}\u{1f511}",
            "\u{fffd}\u{ad}",
        ] {
            assert_eq!(*prepare(typed), *typed, "{typed:?}");
        }
        assert_eq!(*prepare("\u{5e9}1\u{ad}\u{5e9}"), "\u{5e9}1\u{5e9}");
    }

    #[test]
    fn no_text_grows_beyond_what_was_set_aside() {
        for typed in ["\u{fdfa}\u{fdfb}", "\u{1d160}", "\u{390}", "\u{3a4}\u{308}"] {
            let prepared = prepare(typed);
            assert!(prepared.capacity() == typed.len() * GROWTH_MAX, "{typed:?}");
        }
    }
}
