//! Goes through a small XML document, leaf by leaf. What entities a document defines is not looked
//! at, so none can grow.

use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use zeroize::Zeroizing;

/// How deep elements may be nested. Pidgin needs six levels, Psi's settings some more.
pub(super) const DEPTH_MAX: usize = 32;

/// The document is none, has another root, or breaks off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// An element that ended.
#[derive(Debug)]
pub(super) struct Element<'a> {
    /// The names of the elements around it and its own, with slashes between, without the root.
    pub(super) path: &'a str,
    /// Its attribute `name`, or nothing.
    pub(super) label: &'a str,
    /// Its text, if no element is inside.
    pub(super) text: &'a str,
}

/// An element that has not ended.
struct Open {
    label: String,
    /// How long the path is without it.
    outer: usize,
}

/// Tells of each element when it ends.
///
/// # Errors
/// [`Malformed`], after all that ended before the fault was told.
pub(super) fn read(
    bytes: &[u8],
    root: &str,
    mut ended: impl FnMut(&Element<'_>),
) -> Result<(), Malformed> {
    let mut reader = Reader::from_reader(bytes);
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<Open> = Vec::new();
    let mut path = String::new();
    // Never grown, as it would leave parts of passwords behind: unescaping makes nothing longer.
    let mut text = Zeroizing::new(String::with_capacity(bytes.len()));
    let mut has_root = false;
    loop {
        match reader.read_event().map_err(|_| Malformed)? {
            Event::Start(tag) => {
                let name = tag.name();
                let name = str::from_utf8(name.as_ref()).map_err(|_| Malformed)?;
                let is_sound = if open.is_empty() { name == root } else { open.len() < DEPTH_MAX };
                if !is_sound {
                    return Err(Malformed);
                }
                has_root = true;
                let outer = path.len();
                if open.len() > 1 {
                    path.push('/');
                }
                if !open.is_empty() {
                    path.push_str(name);
                }
                open.push(Open { label: label(&tag)?, outer });
                text.clear();
            }
            Event::End(_) => {
                let Open { label, outer } = open.pop().ok_or(Malformed)?;
                ended(&Element { path: &path, label: &label, text: &text });
                path.truncate(outer);
                text.clear();
            }
            Event::Text(part) => text.push_str(&part.decode().map_err(|_| Malformed)?),
            Event::CData(part) => text.push_str(&part.decode().map_err(|_| Malformed)?),
            Event::GeneralRef(part) => resolve(&part, &mut text)?,
            Event::Eof if has_root && open.is_empty() => return Ok(()),
            Event::Eof => return Err(Malformed),
            Event::Empty(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_) => {}
        }
    }
}

fn label(tag: &BytesStart<'_>) -> Result<String, Malformed> {
    let Some(name) = tag.try_get_attribute("name").map_err(|_| Malformed)? else {
        return Ok(String::new());
    };
    String::from_utf8(name.value.into_owned()).map_err(|_| Malformed)
}

fn resolve(part: &BytesRef<'_>, text: &mut String) -> Result<(), Malformed> {
    if let Some(c) = part.resolve_char_ref().map_err(|_| Malformed)? {
        text.push(c);
        return Ok(());
    }
    let name = part.decode().map_err(|_| Malformed)?;
    text.push_str(resolve_xml_entity(&name).ok_or(Malformed)?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Path, label and text of each element, and whether the document is whole.
    fn elements(document: &str) -> (Vec<String>, bool) {
        let mut elements = Vec::new();
        let result = read(document.as_bytes(), "a", |element| {
            elements.push(format!("{} {} {}", element.path, element.label, element.text));
        });
        (elements, result.is_ok())
    }

    #[test]
    fn every_element_is_told_with_its_path_and_its_text() {
        let document = "\u{feff}<?xml version='1.0' encoding='UTF-8' ?><!DOCTYPE a>\n<!-- b -->\n\
            <a><b name='c'><d> &lt;&amp;&#233;<![CDATA[<]]></d></b><b/></a>\n";
        let told = ["b/d   <&é<", "b c ", "b  ", "  "].map(str::to_owned).to_vec();
        assert_eq!(elements(document), (told, true));
    }

    #[test]
    fn what_came_before_a_fault_is_told() {
        for end in ["", "<b>", "<b>&b;</b></a>", "</b></a>", "<b", "<b>&#0;</b></a>", "<!["] {
            let (told, is_whole) = elements(&format!("<a><b>c</b>{end}"));
            assert!(!is_whole && told[0] == "b  c", "{end}: {told:?}");
        }
    }

    #[test]
    fn another_document_is_none() {
        for document in ["", " ", "a", "<b></b>", "\0\u{1}", "<!DOCTYPE a>", "&lt;a/&gt;"] {
            assert_eq!(elements(document), (Vec::new(), false), "{document}");
        }
        assert_eq!(read(b"<a>\xff</a>", "a", |_| {}), Err(Malformed));
    }

    #[test]
    fn elements_are_nested_as_deep_as_the_limit_and_no_deeper() {
        let nested = |depth| ["<a>".repeat(depth), "</a>".repeat(depth)].concat();
        assert!(elements(&nested(DEPTH_MAX)).1);
        assert!(!elements(&nested(DEPTH_MAX + 1)).1);
        assert!(!elements(&"<a>".repeat(1 << 20)).1);
    }

    #[test]
    fn entities_do_not_grow() {
        let document = "<!DOCTYPE a [<!ENTITY b 'bbbb'><!ENTITY c '&b;&b;'>]><a><d>&c;</d></a>";
        assert_eq!(elements(document), (Vec::new(), false));
    }
}
