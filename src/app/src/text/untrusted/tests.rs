//! What becomes of text that lies, and of text that is honest.

use proptest::prelude::*;
use unicode_bidi::BidiInfo;

use super::*;

const MAX: usize = 200;

#[test]
fn nothing_turns_what_stands_beside_it_and_what_tried_is_seen() {
    for (lie, seen) in [
        ("invoice\u{202e}fdp.exe now", "invoice‹U+202E›fdp.exe now"),
        ("Bob \u{202e}deifirev\u{202c}", "Bob ‹U+202E›deifirev‹U+202C›"),
        ("\u{2067}pdf\u{2069}.exe", "‹U+2067›pdf‹U+2069›.exe"),
        ("a\u{202a}b\u{202b}c\u{202d}d", "a‹U+202A›b‹U+202B›c‹U+202D›d"),
        ("\u{200f}pdf\u{200f}.\u{200f}invoice.exe", "‹U+200F›pdf‹U+200F›.‹U+200F›invoice.exe"),
        ("app\u{200e}le", "app‹U+200E›le"),
    ] {
        assert_eq!(lines(lie), seen);
        assert_eq!(line(lie, MAX), seen);
        assert_eq!(guarded(lie.into()), seen);
    }
}

#[test]
fn the_ending_of_a_file_is_read_as_it_is_written() {
    for lie in [
        "invoice\u{202e}fdp.exe",
        "\u{202e}fdp.eciovni\u{202c}.exe",
        "\u{2067}pdf\u{200f}.\u{200f}invoice.exe\u{2069}",
        "\u{5d0} pdf\u{200f}.\u{200f}invoice.exe",
        "\u{202b}pdf\u{200f}.\u{200f}invoice.exe",
    ] {
        let seen = reordered(&lines(lie));
        assert!(seen.contains(".exe") && !seen.contains("exe.pdf"), "{lie:?} reads {seen:?}");
        assert!(!seen.ends_with("pdf"), "{lie:?} reads {seen:?}");
    }
}

#[test]
fn what_is_not_drawn_is_seen() {
    for (hidden, seen) in [
        ("pay\u{200b}pal", "pay‹U+200B›pal"),
        ("pay\u{ad}pal", "pay‹U+00AD›pal"),
        ("\u{feff}hi", "‹U+FEFF›hi"),
        ("a\u{2060}\u{2061}\u{2062}b", "a‹U+2060+2›b"),
        ("a\u{7}b\u{9b}c\u{7f}", "a‹U+0007›b‹U+009B›c‹U+007F›"),
        ("\u{e000}\u{f0000}", "‹U+E000+1›"),
        ("a\u{378}\u{ffff}", "a‹U+0378+1›"),
        ("hi\u{e0068}\u{e0069}", "hi‹U+E0068+1›"),
        ("a\u{fe0f}b\u{e0100}", "a‹U+FE0F›b‹U+E0100›"),
        ("Bob\u{3164}", "Bob‹U+3164›"),
        ("\u{601} \u{601} x", "‹U+0601› ‹U+0601› x"),
        ("a\u{200c}b", "a‹U+200C›b"),
        ("a\u{200d}b", "a‹U+200D›b"),
        ("\u{fff9}a\u{fffb}", "‹U+FFF9›a‹U+FFFB›"),
    ] {
        assert_eq!(lines(hidden), seen);
        assert_eq!(line(hidden, MAX), seen);
    }
}

#[test]
fn what_languages_and_emoji_need_stays() {
    for honest in [
        "plain, ünïcödé, Ελληνικά, кириллица",
        "שלום, Bob!\u{200f} 12:30",
        "C++\u{200f} זה כיף, אני אוהב C++\u{200f}.",
        "می\u{200c}خواهم، کتاب\u{200c}ها",
        "العربية ١٢٣، \u{601}\u{661}\u{662}",
        "क\u{94d}\u{200d}ष र\u{94d}\u{200d}य",
        "\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f466} \u{2764}\u{fe0f}\u{200d}\u{1f525}",
        "\u{1f9d1}\u{1f3fd}\u{200d}\u{1f680} \u{1f3f3}\u{fe0f}\u{200d}\u{1f308}",
        "\u{1f1e9}\u{1f1ea} \u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
        "1\u{fe0f}\u{20e3} #\u{fe0f}\u{20e3} ©\u{fe0e}",
        "e\u{301} a\u{323}\u{302} Z\u{308}",
        "בְּרֵאשִׁ֖ית",
        "\u{e01}\u{e34}\u{e19}\u{200b}\u{e02}\u{e49}\u{e32}\u{e27}",
        "葛\u{e0100}城",
        "\u{1112}\u{1160}\u{11ab}",
        "a\u{a0}b\u{202f}c\u{3000}d",
    ] {
        assert_eq!(lines(honest), honest);
        assert_eq!(guarded(honest.into()), honest);
    }
}

#[test]
fn lines_stay_lines_whatever_ends_them() {
    assert_eq!(lines("a\r\nb\rc\u{2028}d\u{2029}e\u{85}f\u{b}g\n\nh"), "a\nb\nc\nd\ne\nf\ng\n\nh");
    assert_eq!(line("a\r\nb\u{2029}\u{2028}c\td", MAX), "a b c d");
}

#[test]
fn towers_of_marks_are_cut() {
    let tower = format!("a{}b", "\u{301}".repeat(40));
    assert_eq!(lines(&tower), format!("a{}‹U+0301+34›b", "\u{301}".repeat(COMBINING_MAX)));
    assert_eq!(lines("\u{301}a"), "‹U+0301›a", "nothing below it");
    assert_eq!(lines("a \u{301}b"), "a ‹U+0301›b", "no letter below it");
}

#[test]
fn a_name_stays_on_one_short_line() {
    assert_eq!(line("abcdef", 6), "abcdef");
    assert_eq!(line("abcdefg", 6), "abcde…");
    assert_eq!(line("Bob          verified", 60), "Bob verified");
    assert_eq!(line("  Bob \u{3000}", 60), "Bob");
    assert_eq!(line("abc\u{202e}def", 6), "abc…", "no half of a mark");
    let long = line(&"\u{301}".repeat(100_000), 60);
    assert!(long.chars().count() <= 61, "{long}");
}

#[test]
fn isolates_of_our_sentences_stay_and_those_of_others_are_seen() {
    let ours = "\u{2068}\u{5d0}\u{2069} has a new key";
    assert_eq!(guarded(ours.into()), ours);
    assert_eq!(lines(ours), "‹U+2068›\u{5d0}‹U+2069› has a new key");
    assert_eq!(guarded("B\u{2068}\u{2069}ob".into()), "B‹U+2068+1›ob", "they have no use");
    assert_eq!(guarded("\u{5d0}\u{2069}\u{2068}".into()), "\u{5d0}‹U+2069+1›", "no pair");
}

#[test]
fn a_sentence_is_not_turned_by_a_name_in_it() {
    let sentence = crate::t!("padlock-key-changed", name = "\u{202e}boB\u{2069}");
    assert_eq!(sentence, "‹U+202E›boB‹U+2069› has a new key");
}

#[test]
fn a_copy_is_what_came_but_acts_on_nothing() {
    for (came, copy) in [
        ("a\u{200b}b \u{202e}c\u{202c}", "a\u{200b}b \u{202e}c\u{202c}"),
        ("one\ttwo\r\nthree", "one\ttwo\r\nthree"),
        ("a\u{1b}[201~rm\u{7}", "a[201~rm"),
        ("a\u{202e}b", "a\u{202e}b\u{202c}"),
        ("a\u{2067}b\u{202a}c\u{2069}d", "a\u{2067}b\u{202a}c\u{2069}d"),
        ("a\u{2067}b\u{202a}c", "a\u{2067}b\u{202a}c\u{202c}\u{2069}"),
        ("a\u{202e}b\nc", "a\u{202e}b\nc"),
    ] {
        assert_eq!(copied(came), copy);
    }
}

/// A line as it stands on the screen, from left to right.
fn reordered(line: &str) -> String {
    let info = BidiInfo::new(line, None);
    let paragraph = info.paragraphs.first().unwrap();
    info.reorder_line(paragraph, paragraph.range.clone()).into_owned()
}

/// Whether a shown text opens and closes nothing, hides nothing and towers nowhere.
fn is_fit(text: &str) -> bool {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let controls = |c: char| c.is_control() && c != '\n';
    !text.chars().any(|c| turns(c) || controls(c) || matches!(c, '\u{2028}' | '\u{2029}'))
}

/// Letters, blanks and digits of both directions, and everything that acts without being seen.
fn hostile() -> impl Strategy<Value = String> {
    let letters = "[a-c \u{5d0}\u{627}\u{661}1-3.\u{4e00}\u{1f469}]";
    let acting = "[\u{200b}-\u{200f}\u{202a}-\u{202e}\u{2060}-\u{206f}\u{61c}\u{600}-\u{605}\u{300}-\
                  \u{310}\u{fe00}-\u{fe0f}\u{e0020}-\u{e007f}\u{0}-\u{1f}\u{80}-\u{9f}\u{2028}\u{2029}]";
    let any = any::<char>().prop_map(|c| c.to_string());
    prop::collection::vec(prop_oneof![letters, acting, any], 0..40).prop_map(|all| all.concat())
}

proptest! {
    #[test]
    fn whatever_comes_is_shown_without_acting(text in hostile()) {
        let shown = lines(&text);
        prop_assert!(is_fit(&shown), "{shown:?}");
        prop_assert_eq!(&lines(&shown), &shown, "what is shown is fit to be shown");
        prop_assert_eq!(&guarded(shown.clone()), &shown);
        let name = line(&text, 30);
        prop_assert!(is_fit(&name) && !name.contains('\n') && name.chars().count() <= 31, "{name:?}");
    }

    #[test]
    fn no_name_moves_the_words_around_it(name in hostile()) {
        let sentence = crate::t!("chat-verify", name = name.as_str());
        let seen = reordered(&sentence);
        prop_assert!(seen.starts_with("Verify "), "{seen:?}");
        let open = sentence.matches(ISOLATE).count();
        prop_assert!(open <= 1 && open == sentence.matches(POP).count());
    }

    #[test]
    fn a_copy_leaves_nothing_open(text in hostile()) {
        let copy = copied(&text);
        let after = format!("{copy}\u{2067}");
        prop_assert!(!copy.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')));
        prop_assert_eq!(copied(&copy), copy, "{:?}", after);
    }
}
