//! What a character does beside being seen, by Unicode's tables.

use unicode_bidi::{BidiClass, bidi_class};
use unicode_properties::{
    GeneralCategory, GeneralCategoryGroup, UnicodeEmoji as _, UnicodeGeneralCategory as _,
};
use unicode_script::{Script, UnicodeScript as _};

/// What it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It is seen, and takes a place of its own.
    Seen,
    /// It ends a line.
    Break,
    /// It is a blank of another width.
    Blank,
    /// It is not seen, and nobody needs it: controls, embeddings, overrides, isolates, private use,
    /// unassigned.
    Hidden,
    /// Marks of direction: LRM, RLM, ALM.
    Direction,
    /// ZWJ and ZWNJ.
    Joiner,
    /// Where a script without blanks may break its lines.
    BreakHint,
    /// Stands for a missing part of a Hangul syllable.
    Filler,
    /// Is drawn below or around the digits that follow it.
    Prepended,
    /// Is drawn over the letter before it.
    Combining,
    /// Chooses a form of the character before it.
    Selector,
    /// Spells the name of a flag.
    Tag,
}

/// What a character does.
pub(super) fn kind(c: char) -> Kind {
    if matches!(c, ' '..='~') {
        return Kind::Seen;
    }
    match c {
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Kind::Break,
        '\t' => Kind::Blank,
        '\u{200e}' | '\u{200f}' | '\u{61c}' => Kind::Direction,
        '\u{200c}' | '\u{200d}' => Kind::Joiner,
        '\u{200b}' => Kind::BreakHint,
        '\u{115f}' | '\u{1160}' => Kind::Filler,
        '\u{600}'..='\u{605}' | '\u{6dd}' | '\u{890}' | '\u{891}' | '\u{8e2}' => Kind::Prepended,
        '\u{180b}'..='\u{180d}'
        | '\u{180f}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{e0100}'..='\u{e01ef}' => Kind::Selector,
        '\u{e0020}'..='\u{e007f}' => Kind::Tag,
        // Letters and marks that are never drawn (Default_Ignorable_Code_Point).
        '\u{34f}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{3164}'
        | '\u{ffa0}'
        | '\u{2065}'
        | '\u{fff0}'..='\u{fff8}' => Kind::Hidden,
        _ => by_category(c),
    }
}

fn by_category(c: char) -> Kind {
    match c.general_category() {
        GeneralCategory::Control
        | GeneralCategory::Format
        | GeneralCategory::Surrogate
        | GeneralCategory::PrivateUse
        | GeneralCategory::Unassigned => Kind::Hidden,
        GeneralCategory::LineSeparator | GeneralCategory::ParagraphSeparator => Kind::Break,
        GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark => Kind::Combining,
        GeneralCategory::SpacingMark
        | GeneralCategory::SpaceSeparator
        | GeneralCategory::UppercaseLetter
        | GeneralCategory::LowercaseLetter
        | GeneralCategory::TitlecaseLetter
        | GeneralCategory::ModifierLetter
        | GeneralCategory::OtherLetter
        | GeneralCategory::DecimalNumber
        | GeneralCategory::LetterNumber
        | GeneralCategory::OtherNumber
        | GeneralCategory::ConnectorPunctuation
        | GeneralCategory::DashPunctuation
        | GeneralCategory::OpenPunctuation
        | GeneralCategory::ClosePunctuation
        | GeneralCategory::InitialPunctuation
        | GeneralCategory::FinalPunctuation
        | GeneralCategory::OtherPunctuation
        | GeneralCategory::MathSymbol
        | GeneralCategory::CurrencySymbol
        | GeneralCategory::ModifierSymbol
        | GeneralCategory::OtherSymbol => Kind::Seen,
    }
}

/// Whether a character is a letter or a digit written among letters from right to left.
pub(super) fn is_rtl(c: char) -> bool {
    c >= '\u{590}'
        && kind(c) == Kind::Seen
        && matches!(bidi_class(c), BidiClass::R | BidiClass::AL | BidiClass::AN)
}

/// Whether the signs that stand around numbers may stand before such a digit: any but ASCII's.
pub(super) fn is_eastern_digit(c: char) -> bool {
    !c.is_ascii() && c.general_category() == GeneralCategory::DecimalNumber
}

/// Whether a character is of a script whose letters join or stack, so that joiners shape it.
pub(super) fn is_joining(c: char) -> bool {
    let group = c.general_category_group();
    let written = matches!(group, GeneralCategoryGroup::Letter | GeneralCategoryGroup::Mark);
    written
        && !matches!(
            c.script(),
            Script::Latin
                | Script::Greek
                | Script::Cyrillic
                | Script::Armenian
                | Script::Georgian
                | Script::Hebrew
                | Script::Han
                | Script::Hiragana
                | Script::Katakana
                | Script::Bopomofo
                | Script::Hangul
                | Script::Common
                | Script::Inherited
                | Script::Unknown
        )
}

/// Whether a character is of a script that puts no blanks between words.
pub(super) fn has_no_blanks(c: char) -> bool {
    matches!(
        c.script(),
        Script::Thai
            | Script::Lao
            | Script::Khmer
            | Script::Myanmar
            | Script::Tibetan
            | Script::Han
            | Script::Hiragana
            | Script::Katakana
    )
}

/// Whether a character is a part of a Hangul syllable.
pub(super) fn is_jamo(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{11ff}' | '\u{a960}'..='\u{a97c}' | '\u{d7b0}'..='\u{d7fb}')
}

/// Whether emoji are joined from it: one itself, its selector, or its colour of skin.
pub(super) fn is_emoji_part(c: char) -> bool {
    c == '\u{fe0f}' || (c > '\u{ff}' && (c.is_emoji_char() || c.is_emoji_component()))
}

/// Whether a variation selector chooses among forms that `base` has.
pub(super) fn selects(base: char, selector: char) -> bool {
    match selector {
        '\u{fe0e}' | '\u{fe0f}' => base.is_emoji_char(),
        '\u{180b}'..='\u{180f}' => base.script() == Script::Mongolian,
        '\u{e0100}'..='\u{e01ef}' => base.script() == Script::Han,
        // Standardized variants are of symbols, of Han, and of a few scripts of Asia.
        _ => base >= '\u{1000}' && kind(base) == Kind::Seen,
    }
}
