//! HTML in private texts: read as the text it stands for, and written so that it is read the same.
//!
//! Pidgin, Adium and the plugin of Gajim write HTML into private messages, Profanity and most
//! others plain text, and nothing in the protocol tells which. Nothing is interpreted here: no
//! style, no picture, no script survives, and what remains is plain text, to be shown as such.
//!
//! A text counts as HTML only if all of it is: every `<` begins a tag that such programs write, and
//! every `&` a character reference. What a client does with private texts, and only with them:
//!
//! ```
//! use otr::html;
//!
//! // One that came: if it is HTML, it is decoded, and the contact's program is known to write it.
//! let came = "5 &lt; 6 &amp; <b>so on</b>";
//! let decoded = html::decode(came);
//! let writes_html = decoded.is_some();
//! let shown = decoded.unwrap_or_else(|| came.to_owned());
//! assert_eq!(shown, "5 < 6 & so on");
//!
//! // One that goes out.
//! let reader = if writes_html { html::Reader::Html } else { html::Reader::Unknown };
//! assert_eq!(html::for_peer("1 < 2", reader), "1 &lt; 2");
//! // Of whom nothing is known: escaped only where a reader of HTML would cut it.
//! assert_eq!(html::for_peer("1 < 2", html::Reader::Unknown), "1 < 2");
//! assert_eq!(html::for_peer("so <b>", html::Reader::Unknown), "so &lt;b&gt;");
//! // Some programs show what comes; for them only what is HTML as a whole is escaped.
//! assert_eq!(html::for_peer("so <b> & on", html::Reader::Plain), "so <b> & on");
//! ```

use alloc::borrow::{Cow, ToOwned};
use alloc::string::String;

/// The longest tag or reference that is looked at, in bytes; links are the long ones.
const MARK_BYTES_MAX: usize = 4096;

/// Tags that Pidgin, Adium and their like write, and what XHTML-IM (XEP-0071) recommends.
const TAGS: [&str; 28] = [
    "a",
    "b",
    "big",
    "blockquote",
    "body",
    "br",
    "code",
    "div",
    "em",
    "font",
    "hr",
    "html",
    "i",
    "img",
    "li",
    "ol",
    "p",
    "pre",
    "s",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "tt",
    "u",
    "ul",
];

/// The plain text that an HTML text stands for; `None` if it is not HTML, or has no mark of it.
///
/// Line breaks and paragraphs become line breaks, a picture becomes its alternative text, and a link
/// that shows something else than where it leads gets its address in parentheses. References are
/// resolved once. Takes time and space in proportion to the text.
#[must_use]
pub fn decode(text: &str) -> Option<String> {
    if !text.contains(['<', '&']) {
        return None;
    }
    let mut plain = String::with_capacity(text.len());
    let mut link: Option<(String, usize)> = None;
    let mut rest = text;
    while let Some(at) = rest.find(['<', '&']) {
        let (before, mark) = rest.split_at(at);
        plain.push_str(before);
        let is_tag = mark.starts_with('<');
        let end = mark.find(if is_tag { '>' } else { ';' })?;
        if end >= MARK_BYTES_MAX {
            return None;
        }
        let inside = mark.get(1..end)?;
        let after = mark.get(end.checked_add(1)?..)?;
        if is_tag {
            read_tag(inside, &mut plain, &mut link)?;
        } else {
            plain.push(read_reference(inside)?);
        }
        rest = after;
    }
    plain.push_str(rest);
    Some(plain)
}

/// Whether a text is HTML that no person types: all of it stands in a tag of a document or a font,
/// as Pidgin and Adium write it. Says nothing of the rest; see [`decode`].
#[must_use]
pub fn is_wrapped(text: &str) -> bool {
    const WRAPPERS: [&str; 3] = ["html", "body", "font"];
    let Some(inside) = text.trim_ascii_start().strip_prefix('<') else { return false };
    let name = inside.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    WRAPPERS.iter().any(|wrapper| name.eq_ignore_ascii_case(wrapper))
        && text.trim_ascii_end().ends_with('>')
}

/// A plain text as HTML that stands for it: [`decode`] gives it back, if it has any mark of HTML.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len().saturating_add(text.len() / 8));
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

/// How a contact's program reads private texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Reader {
    /// Nobody knows: it may cut what looks like a mark.
    #[default]
    Unknown,
    /// As HTML: it writes HTML, or is known to read it, as Pidgin and Adium do.
    Html,
    /// As it comes, but for what is HTML as a whole.
    Plain,
}

/// A plain text as it is to be sent in private: escaped if the contact's program reads HTML. Where
/// that is not known it is escaped if a reader of HTML would take a part of it for a mark and show
/// the rest: a reader of plain text then shows the references, but nothing is lost.
#[must_use]
pub fn for_peer(text: &str, reader: Reader) -> Cow<'_, str> {
    let is_escaped = match reader {
        Reader::Html => true,
        Reader::Unknown => has_mark(text),
        Reader::Plain => decode(text).is_some(),
    };
    if is_escaped { Cow::Owned(escape(text)) } else { Cow::Borrowed(text) }
}

/// Whether anything in a text looks like a tag or a reference, known or not.
fn has_mark(text: &str) -> bool {
    let begins_tag = |next: char| next.is_ascii_alphabetic() || matches!(next, '/' | '!' | '?');
    let is_name = |name: &str| {
        let name = name.strip_prefix('#').unwrap_or(name);
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    text.split('<').skip(1).any(|rest| rest.starts_with(begins_tag))
        || text
            .split('&')
            .skip(1)
            .any(|rest| rest.split_once(';').is_some_and(|(it, _)| is_name(it)))
}

/// The character of a reference such as `lt` or `#228`. No control characters but the line break.
fn read_reference(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        "copy" => '©',
        "reg" => '®',
        _ => {
            let number = name.strip_prefix('#')?;
            let (digits, radix) = match number.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => (hexadecimal, 16),
                None => (number, 10),
            };
            if digits.starts_with('+') {
                return None;
            }
            let code = u32::from_str_radix(digits, radix).ok()?;
            char::from_u32(code).filter(|c| !c.is_control() || *c == '\n')?
        }
    })
}

/// Takes a tag in. `link` is the address of the link that is open, and where its text begins.
fn read_tag(inside: &str, plain: &mut String, link: &mut Option<(String, usize)>) -> Option<()> {
    let closes = inside.starts_with('/');
    let inside = inside.trim_start_matches('/').trim_end_matches('/').trim_end();
    let (name, attributes) = inside.split_once(char::is_whitespace).unwrap_or((inside, ""));
    let name = name.to_ascii_lowercase();
    if !TAGS.contains(&name.as_str()) || attributes.contains('<') {
        return None;
    }
    match (name.as_str(), closes) {
        ("br" | "hr", false) => plain.push('\n'),
        ("p" | "div" | "li" | "blockquote", true) if !plain.ends_with('\n') => plain.push('\n'),
        ("img", false) => plain.push_str(&attribute(attributes, "alt").unwrap_or_default()),
        ("a", false) => *link = attribute(attributes, "href").map(|href| (href, plain.len())),
        ("a", true) => {
            if let Some((address, start)) = link.take()
                && plain.get(start..).is_none_or(|shown| bare(shown) != bare(&address))
            {
                plain.push_str(" (");
                plain.push_str(&address);
                plain.push(')');
            }
        }
        _ => {}
    }
    Some(())
}

/// An address without what people leave out when they write one.
fn bare(address: &str) -> &str {
    let address = address.trim().trim_end_matches('/');
    let scheme = ["https://", "http://", "mailto:", "xmpp:"];
    scheme.into_iter().find_map(|scheme| address.strip_prefix(scheme)).unwrap_or(address)
}

/// The value of an attribute. It holds no `<`, so that only references are left in it to resolve.
fn attribute(mut attributes: &str, name: &str) -> Option<String> {
    while let Some((names, rest)) = attributes.split_once('=') {
        let rest = rest.trim_start();
        let (value, after) = match rest.chars().next()? {
            '"' => rest.get(1..)?.split_once('"')?,
            '\'' => rest.get(1..)?.split_once('\'')?,
            _ => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
        };
        let is_it = |last: &str| last.eq_ignore_ascii_case(name);
        if names.split_whitespace().next_back().is_some_and(is_it) {
            return Some(decode(value).unwrap_or_else(|| value.to_owned()));
        }
        attributes = after;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    // otr3 A76
    #[test]
    fn what_stands_in_a_font_was_typed_by_nobody() {
        for text in ["<FONT size=2>a</FONT>", " <html><body>a</body></html>\n", "<body>a</body>"] {
            assert!(is_wrapped(text), "{text}");
        }
        for text in ["", "a", "<b>a</b>", "<fonts>", "a <font>", "<font> is old", "< html>", "&lt;"]
        {
            assert!(!is_wrapped(text), "{text}");
        }
    }

    // otr3 A76
    #[test]
    fn what_such_programs_write_is_read_as_it_was_meant() {
        let cases = [
            // Pidgin
            ("5 &lt; 6 &amp; <b>bold</b> Grüße", "5 < 6 & bold Grüße"),
            ("<FONT COLOR=\"#ff0000\">red</FONT>", "red"),
            ("one<br>two<BR/>three<br />four", "one\ntwo\nthree\nfour"),
            ("&#228;&#xe4;&quot;&apos;&copy;", "ää\"'©"),
            ("<a href=\"http://a.example/\">http://a.example/</a>", "http://a.example/"),
            // Adium
            (
                "<HTML><BODY><DIV><FONT FACE='Helvetica' SIZE=3>it&#39;s <B>me</B></FONT></DIV></BODY></HTML>",
                "it's me\n",
            ),
            ("<div><span style=\"font-family: Geneva;\">hi</span></div>", "hi\n"),
            // The plugin of Gajim
            (
                "<body xmlns='http://www.w3.org/1999/xhtml'><p>see <img alt=':-)' src='cid:1'/></p></body>",
                "see :-)\n",
            ),
        ];
        for (html, plain) in cases {
            assert_eq!(decode(html).as_deref(), Some(plain), "{html}");
        }
    }

    #[test]
    fn a_link_shows_where_it_leads() {
        let cases = [
            (
                "<a href=\"http://evil.example/?a=1&amp;b=2\">your bank</a>",
                "your bank (http://evil.example/?a=1&b=2)",
            ),
            (
                "<a href='http://evil.example/?bank.example'>bank.example</a>",
                "bank.example (http://evil.example/?bank.example)",
            ),
            ("<a href=http://evil.example>e</a>", "e (http://evil.example)"),
            ("<a title='x' HREF = 'http://a.example'></a>", " (http://a.example)"),
            ("<a data-href='x' href='mailto:a@b.example'>a@b.example</a>", "a@b.example"),
            ("<a href='https://a.example/'>a.example</a>", "a.example"),
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
            "&#27;",
            "&#+60;",
            "<",
            "&",
            "<>",
            "&;",
        ] {
            assert_eq!(decode(text), None, "{text}");
        }
    }

    #[test]
    fn what_any_reader_of_html_would_swallow_goes_out_escaped() {
        for text in [
            "from sotto <b>&",
            "if a<b and c>d",
            "</p> alone",
            "<!-- no comment -->",
            "<?xml version='1.0'?>",
            "&copy; & so on",
            "x < y &#60; z",
            "Vec<u8",
        ] {
            let sent = for_peer(text, Reader::Unknown);
            assert!(!sent.contains('<'), "{sent}");
            assert_eq!(decode(&sent).as_deref(), Some(text));
        }
        for text in ["5 < 6 & 7 > 2", "AT&T", "i <3 you", "a <3 b", "a && b", "x <- y", "&;"] {
            assert_eq!(for_peer(text, Reader::Unknown), text);
            assert_eq!(decode(text), None, "{text} is read as it is");
        }
    }

    #[test]
    fn references_are_resolved_once() {
        assert_eq!(decode("&amp;lt;b&amp;gt;").as_deref(), Some("&lt;b&gt;"));
        assert_eq!(decode("&lt;b&gt;").as_deref(), Some("<b>"));
    }
}
