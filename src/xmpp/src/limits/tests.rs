//! What passes the filter, and what does not.

use super::*;

/// Enough for every test but those of the limit.
const LIMIT: StanzaSize = StanzaSize { bytes: 64 * 1024, elements: 2_000 };

fn filtered(chunks: &[&[u8]]) -> String {
    let (mut scanner, mut output) = (Scanner::new(LIMIT), Vec::new());
    for chunk in chunks {
        scanner.pass(chunk, &mut output).unwrap();
    }
    String::from_utf8(output).unwrap()
}

fn nested(depth: usize, core: &str) -> String {
    format!("{}{core}{}", "<a>".repeat(depth), "</a>".repeat(depth))
}

/// The same with the mark of a stanza that lost something.
fn nested_and_cut(depth: usize, core: &str) -> String {
    let mark = str::from_utf8(MARK).unwrap();
    format!("{}{core}{}{mark}</a></a>", "<a>".repeat(depth), "</a>".repeat(depth - 2))
}

const SHALLOW: &str = "<?xml version='1.0'?><s:stream to=\"a>b\" x='/>'><!-- <x> -- --><m><b>1 &gt; 0\
    <![CDATA[<<]]]]></b><i/><j k='\"'/></m></s:stream>";

#[test]
fn shallow_xml_passes_unchanged_at_every_chunk_boundary() {
    for cut in 0..=SHALLOW.len() {
        let (head, tail) = SHALLOW.as_bytes().split_at(cut);
        assert_eq!(filtered(&[head, tail]), SHALLOW, "cut at {cut}");
    }
}

#[test]
fn deep_elements_are_removed_at_every_chunk_boundary() {
    let depth = DEPTH_MAX as usize;
    let deep =
        nested(depth, "t<b x='>'>u<c/></b>v<d/>w<e><!--</e>--><![CDATA[</e>]]>x<?p </e>?></e>y");
    let expected = nested_and_cut(depth, "tvwy");
    for cut in 0..=deep.len() {
        let (head, tail) = deep.as_bytes().split_at(cut);
        assert_eq!(filtered(&[head, tail]), expected, "cut at {cut}");
    }
    let bytes: Vec<&[u8]> = deep.as_bytes().chunks(1).collect();
    assert_eq!(filtered(&bytes), expected);
}

#[test]
fn the_deepest_allowed_element_passes_and_the_next_does_not() {
    let depth = DEPTH_MAX as usize;
    assert_eq!(filtered(&[nested(depth, "x").as_bytes()]), nested(depth, "x"));
    for deeper in [depth + 1, 1_500] {
        let passed = filtered(&[nested(deeper, "x").as_bytes()]);
        assert_eq!(passed, nested_and_cut(depth, ""));
    }
}

#[test]
fn the_mark_is_seen_in_what_was_cut_only() {
    let read = |xml: &str| -> Element {
        let xml = filtered(&[format!("<s xmlns='jabber:client'>{xml}</s>").as_bytes()]);
        xml.parse::<Element>().unwrap().children().next().unwrap().clone()
    };
    assert!(!is_truncated(&read("<m><b>x</b></m>")));
    assert!(is_truncated(&read(&format!("<m>{}</m>", nested(64, "")))));
}

#[test]
fn a_long_text_is_cut_between_characters_and_the_next_stanza_is_whole() {
    for (offset, filler) in ["x", "ж", "🐞", "&lt;", "&#128030;"].into_iter().enumerate() {
        let long = filler.repeat(LIMIT.bytes / filler.len() + 10);
        let xml = format!("<s xmlns='jabber:client'><m><b>{long}</b></m><m><b>short</b></m></s>");
        let (head, tail) = xml.as_bytes().split_at(LIMIT.bytes + offset);
        let passed = filtered(&[head, tail]);
        assert!(passed.len() < LIMIT.bytes + 1_000);
        let stream: Element = passed.parse().unwrap();
        let marks: Vec<bool> = stream.children().map(is_truncated).collect();
        assert_eq!(marks, [true, false], "{filler}");
    }
}

#[test]
fn too_many_elements_are_not_passed_on() {
    let xml = format!("<s><m>{}</m></s>", "<a/>".repeat(3 * LIMIT.elements));
    let passed = filtered(&[xml.as_bytes()]);
    assert!(passed.len() < 5 * LIMIT.elements && passed.ends_with("cut'/></m></s>"));
}

#[test]
fn an_element_with_a_long_tag_is_removed_and_a_stanza_stripped() {
    let long = "y".repeat(TAG_BYTES_MAX);
    let xml = format!("<s><m><a k='{long}'>b<c/></a>d<e k='{long}'/>f</m></s>");
    let mark = str::from_utf8(MARK).unwrap();
    assert_eq!(filtered(&[xml.as_bytes()]), format!("<s><m>df{mark}</m></s>"));
    let xml = format!("<s><m\nk='{long}'>a<b>c</b></m><n/><o k='{long}'/></s>");
    let expected = format!("<s><m>{mark}</m><n/><o>{mark}</o></s>");
    assert_eq!(filtered(&[xml.as_bytes()]), expected);
}

#[test]
fn a_name_a_header_and_a_section_without_end_are_refused() {
    let long = "y".repeat(TAG_BYTES_MAX);
    for xml in [
        format!("<s><{long}>"),
        format!("<s k='{long}'>"),
        format!("<s><m><![CDATA[{}", "x".repeat(LIMIT.bytes)),
        format!("<s><m><!--{}", "x".repeat(LIMIT.bytes)),
    ] {
        assert!(Scanner::new(LIMIT).pass(xml.as_bytes(), &mut Vec::new()).is_err());
    }
}

#[test]
fn a_stanza_without_end_takes_no_more_memory() {
    let (mut scanner, mut output) = (Scanner::new(LIMIT), Vec::new());
    scanner.pass(b"<s><m>", &mut output).unwrap();
    for chunk in
        [b"xxxxx".as_slice(), b"<a>", b"<a/>", b"<a k='"].map(|chunk| chunk.repeat(1 << 16))
    {
        scanner.pass(&chunk, &mut output).unwrap();
        assert!(output.len() <= LIMIT.bytes + 1_000);
        assert!(scanner.tag.len() <= TAG_BYTES_MAX + 1);
    }
}

#[test]
fn the_size_is_counted_for_each_stanza_alone_and_blanks_between_them_not_at_all() {
    let mut scanner = Scanner::new(LIMIT);
    let stanza = format!("<m>{}</m>", "x".repeat(16 * 1024));
    let mut output = Vec::new();
    scanner.pass(b"<s>", &mut output).unwrap();
    for _ in 0..5 {
        output.clear();
        scanner.pass(stanza.as_bytes(), &mut output).unwrap();
        assert_eq!(output.len(), stanza.len());
        scanner.pass(&b" ".repeat(128 * 1024), &mut output).unwrap();
    }
}

#[tokio::test]
async fn reading_through_the_filter_ends_with_the_transport() {
    use tokio::io::AsyncReadExt;
    let deep = nested(100, "x");
    let mut text = String::new();
    LimitedTransport::new(deep.as_bytes()).read_to_string(&mut text).await.unwrap();
    assert_eq!(text, nested_and_cut(DEPTH_MAX as usize, ""));
}
