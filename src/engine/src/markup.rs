//! Pidgin and Adium write HTML into private messages, Profanity and we write plain text, and nothing
//! in the protocol tells which. Here HTML becomes the text it stands for; nothing is interpreted.
//!
//! A text counts as HTML only if all of it is: every `<` begins a tag that such programs write and
//! every `&` a character reference. A plain text of ours that looks so is written as HTML, so that
//! it is read as it was typed.

/// The longest tag or reference that is looked at, in bytes; links are the long ones.
const MARK_BYTES_MAX: usize = 4096;

/// Tags that Pidgin, Adium and their like write.
const TAGS: [&str; 24] = [
    "a", "b", "body", "br", "code", "div", "em", "font", "html", "i", "img", "li", "ol", "p",
    "pre", "s", "small", "span", "strike", "strong", "sub", "sup", "u", "ul",
];

/// The text that an HTML text stands for; `None` if it is not HTML, or has no mark of it.
pub(crate) fn decode(text: &str) -> Option<String> {
    if !text.contains(['<', '&']) {
        return None;
    }
    let mut plain = String::with_capacity(text.len());
    let mut link: Option<(String, usize)> = None;
    let mut rest = text;
    while let Some(at) = rest.find(['<', '&']) {
        let (before, mark) = rest.split_at(at);
        plain.push_str(before);
        let end = if mark.starts_with('<') { '>' } else { ';' };
        let length = mark.find(end)? + 1;
        if length > MARK_BYTES_MAX {
            return None;
        }
        let (mark, after) = mark.split_at(length);
        let inside = mark.get(1..length - 1)?;
        if end == ';' {
            plain.push(reference(inside)?);
        } else {
            tag(inside, &mut plain, &mut link)?;
        }
        rest = after;
    }
    plain.push_str(rest);
    Some(plain)
}

/// A plain text as HTML that stands for it.
pub(crate) fn encode(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '\n' => html.push_str("<br>"),
            other => html.push(other),
        }
    }
    html
}

/// The character of a reference such as `lt` or `#228`.
fn reference(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?).filter(|c| !c.is_control() || *c == '\n')?
        }
    })
}

/// Takes a tag in: a line break breaks the line, a link that hides its address shows it.
fn tag(inside: &str, plain: &mut String, link: &mut Option<(String, usize)>) -> Option<()> {
    let closes = inside.starts_with('/');
    let inside = inside.trim_start_matches('/').trim_end_matches('/').trim_end();
    let (name, attributes) = inside.split_once(char::is_whitespace).unwrap_or((inside, ""));
    let name = name.to_ascii_lowercase();
    if !TAGS.contains(&name.as_str()) || attributes.contains('<') {
        return None;
    }
    match (name.as_str(), closes) {
        ("br", false) => plain.push('\n'),
        ("p" | "div" | "li", true) if !plain.ends_with('\n') => plain.push('\n'),
        ("a", false) => *link = address(attributes).map(|address| (address, plain.len())),
        ("a", true) => {
            if let Some((address, start)) = link.take()
                && plain.get(start..).is_none_or(|shown| !address.contains(shown.trim()))
            {
                plain.push_str(&format!(" ({address})"));
            }
        }
        _ => {}
    }
    Some(())
}

fn address(attributes: &str) -> Option<String> {
    let at = attributes.to_ascii_lowercase().find("href=")? + "href=".len();
    let value = attributes.get(at..)?;
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (address, _) = value.get(1..)?.split_once(quote)?;
    Some(decode(address).unwrap_or_else(|| address.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_pidgin_writes_is_read_as_it_was_meant() {
        let cases = [
            ("5 &lt; 6 &amp; <b>bold</b> Grüße", "5 < 6 & bold Grüße"),
            ("<FONT COLOR=\"#ff0000\">red</FONT>", "red"),
            ("one<br>two<BR/>three", "one\ntwo\nthree"),
            ("&#228;&#xe4;&quot;", "ää\""),
            ("<a href=\"http://a.example/\">http://a.example/</a>", "http://a.example/"),
            (
                "<a href=\"http://evil.example/?a=1&amp;b=2\">your bank</a>",
                "your bank (http://evil.example/?a=1&b=2)",
            ),
        ];
        for (html, plain) in cases {
            assert_eq!(decode(html).as_deref(), Some(plain), "{html}");
        }
    }

    #[test]
    fn plain_text_is_left_alone() {
        for text in [
            "hello",
            "5 < 6 & 7 > 2",
            "<b>5 & 6</b>",
            "if a<b then c",
            "<script>alert(1)</script>",
            "fish &chips;",
            "AT&T",
            "&#0;",
            "<",
            "&",
        ] {
            assert_eq!(decode(text), None, "{text}");
        }
    }

    #[test]
    fn any_text_comes_back_as_it_was_typed() {
        for text in ["<b>bold</b>", "&amp;", "a\nb", "<br>", "5 < 6", "ä & <i>x</i> > 1"] {
            let html = encode(text);
            assert_eq!(decode(&html).as_deref(), Some(text), "{text}");
        }
    }

    #[test]
    fn a_tag_without_end_costs_little() {
        let long = format!("<a href=\"{}\">x</a>", "y".repeat(MARK_BYTES_MAX));
        assert_eq!(decode(&long), None);
    }
}
