//! HTML of other programs: any text, both ways.

use otr::html::{Reader, decode, escape, for_peer};
use proptest::prelude::*;

/// What a contact shows who decodes what came.
fn shown(wire: &str) -> String {
    decode(wire).unwrap_or_else(|| wire.to_owned())
}

/// Texts that are HTML, almost HTML, or not at all.
fn marked_text() -> impl Strategy<Value = String> {
    let mark = prop::sample::select(vec![
        "<",
        ">",
        "&",
        ";",
        "&lt;",
        "&amp;",
        "&gt;",
        "&#60;",
        "&#x3C;",
        "&nbsp;",
        "<b>",
        "</b>",
        "<br>",
        "<br/>",
        "<p>",
        "</p>",
        "<a href=\"",
        "<a href='x&lt;'>",
        "\">",
        "</a>",
        "<img alt=",
        "=",
        "'",
        "\"",
        "<script>",
        "</script>",
        "<font size=2>",
        "\n",
        " ",
        "é",
        "你",
        "x",
        "&#",
    ]);
    prop::collection::vec(prop_oneof![4 => mark.prop_map(str::to_owned), 1 => ".{0,6}"], 0..30)
        .prop_map(|parts| parts.concat())
}

/// Ways to write `<` that are no tag.
fn escaped_brackets(text: &str) -> usize {
    let text = text.to_ascii_lowercase();
    ["&lt;", "&#60;", "&#x3c;"].into_iter().map(|reference| text.matches(reference).count()).sum()
}

// otr3 A76
proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_text_is_shown_as_it_was_typed(text in marked_text()) {
        prop_assert_eq!(&shown(&escape(&text)), &text);
        for reader in [Reader::Unknown, Reader::Html, Reader::Plain] {
            prop_assert_eq!(&shown(&for_peer(&text, reader)), &text);
        }
    }

    #[test]
    fn escaped_text_holds_no_markup(text in marked_text()) {
        let html = escape(&text).replace("<br>", "");
        prop_assert!(!html.contains(['<', '>']));
    }

    #[test]
    fn no_tag_is_left_and_only_references_make_new_brackets(text in marked_text()) {
        if let Some(plain) = decode(&text) {
            prop_assert!(plain.matches('<').count() <= escaped_brackets(&text), "{plain}");
            let controls = |text: &str| text.replace('\n', "").matches(char::is_control).count();
            prop_assert!(controls(&plain) <= controls(&text));
        }
    }

    #[test]
    fn what_is_decoded_is_hardly_longer_than_what_came(text in marked_text()) {
        if let Some(plain) = decode(&text) {
            prop_assert!(plain.len() <= text.len());
        }
    }

    #[test]
    fn any_text_is_survived(text in any::<String>()) {
        prop_assert_eq!(shown(&escape(&text)), text);
    }
}

/// Twice the text takes some twice the time, whatever it is made of: measured by what it costs to
/// look at a text a hundred times as long, with much room for a slow machine.
#[test]
fn long_texts_take_time_in_proportion() {
    let hostile = [
        "<",
        "&",
        "<a",
        "<a href='x'>",
        "<a href='x'></a>",
        "&lt;",
        "<b>",
        "<a =",
        "<img alt=''>",
        "</a>",
        "<a href='x'>x",
    ];
    let cost = |part: &str, count: usize| {
        let text = part.repeat(count);
        let begun = std::time::Instant::now();
        std::hint::black_box(decode(&text));
        begun.elapsed()
    };
    for part in hostile {
        let short = cost(part, 1_000).max(std::time::Duration::from_micros(500));
        let long = cost(part, 100_000);
        assert!(long < short * 2_000, "{part}: {short:?} and {long:?}");
    }
}

#[test]
fn a_mark_beyond_all_measure_makes_no_html() {
    let link = |length| format!("<a href=\"{}\">x</a>", "y".repeat(length));
    assert!(decode(&link(4_000)).is_some());
    assert_eq!(decode(&link(4_096)), None);
}
