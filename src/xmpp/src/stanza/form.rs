//! Forms that a server wants filled in (XEP-0004), with pictures (XEP-0158, XEP-0221, XEP-0231).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha1::{Digest, Sha1};
use tokio_xmpp::minidom::Element;

use crate::xml::{WithAttribute, is_valid_xml_text, ns};

/// No form has more fields.
const FIELDS_MAX: usize = 100;
/// No picture is larger.
const PICTURE_BYTES_MAX: usize = 512 * 1024;
/// The fields of servers that send no form (XEP-0077 §14.1), and whether each hides what is typed.
const PLAIN_FIELDS: [(&str, bool); 16] = [
    ("username", false),
    ("nick", false),
    ("password", true),
    ("name", false),
    ("first", false),
    ("last", false),
    ("email", false),
    ("address", false),
    ("city", false),
    ("state", false),
    ("zip", false),
    ("phone", false),
    ("url", false),
    ("date", false),
    ("misc", false),
    ("text", false),
];

/// Fill in the `values` of its fields; leave the rest as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// What it is called.
    pub title: Option<String>,
    /// What to do.
    pub instructions: Option<String>,
    /// In the order in which to show them.
    pub fields: Vec<Field>,
    /// Whether it came as a form or as the bare names of older servers.
    is_data: bool,
}

/// One field. What is filled in may be a password: it is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Field {
    /// The server's name for it, such as `username`.
    pub name: String,
    /// What to call it; none for the usual names, which the window knows.
    pub label: Option<String>,
    /// What to fill in.
    pub kind: FieldKind,
    /// Whether it must be filled in.
    pub required: bool,
    /// What is filled in, one line or choice each; to begin with what the server proposes.
    pub values: Vec<String>,
    /// What can be chosen.
    pub choices: Vec<Choice>,
    /// What to look at while filling it in, such as distorted letters.
    pub picture: Option<Picture>,
}

/// What to fill into a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// One line.
    Text,
    /// One line that is not shown.
    Secret,
    /// Lines.
    Lines,
    /// `true` or `false`.
    Boolean,
    /// One of the choices.
    One,
    /// Any of the choices.
    Several,
    /// Nothing: the value is there to be read.
    Fixed,
    /// Nothing: the value is not even shown.
    Hidden,
}

/// What can be chosen in a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What to call it.
    pub label: Option<String>,
    /// What to fill in.
    pub value: String,
}

/// A picture from a server: to be read as such, and never trusted.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// What the server says it is, such as `image/png`.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Form {
    /// The field of this name.
    pub fn field_mut(&mut self, name: &str) -> Option<&mut Field> {
        self.fields.iter_mut().find(|field| field.name == name)
    }

    /// Fills one value in; `false` if there is no such field.
    pub fn fill(&mut self, name: &str, value: impl Into<String>) -> bool {
        self.field_mut(name).map(|field| field.values = vec![value.into()]).is_some()
    }

    /// Reads what a server wants to know; `None` if that is nothing.
    pub(crate) fn read(query: &Element) -> Option<Self> {
        let text = |parent: &Element, name: &str| {
            parent.children().find(|child| child.name() == name).map(Element::text)
        };
        if let Some(form) = query.get_child("x", ns::DATA_FORM) {
            let fields = form.children().filter(|child| child.is("field", ns::DATA_FORM));
            return Some(Self {
                title: text(form, "title"),
                instructions: text(form, "instructions"),
                fields: fields.take(FIELDS_MAX).map(|field| Field::read(field, query)).collect(),
                is_data: true,
            });
        }
        let fields: Vec<_> = PLAIN_FIELDS
            .into_iter()
            .filter(|(name, _)| query.has_child(*name, ns::REGISTER))
            .map(|(name, secret)| Field::plain(name, secret))
            .collect();
        let instructions = text(query, "instructions");
        (!fields.is_empty()).then_some(Self { title: None, instructions, fields, is_data: false })
    }

    /// The answers; `None` if XML cannot carry them.
    pub(crate) fn write(&self) -> Option<Element> {
        if !self.fields.iter().flat_map(|field| &field.values).all(|value| is_valid_xml_text(value))
        {
            return None;
        }
        let query = Element::builder("query", ns::REGISTER);
        if !self.is_data {
            let known = |name: &str| PLAIN_FIELDS.into_iter().find(|(known, _)| *known == name);
            return Some(
                query
                    .append_all(self.fields.iter().filter_map(|field| {
                        let (name, _) = known(&field.name)?;
                        let value = field.values.first()?;
                        Some(Element::builder(name, ns::REGISTER).append(value.as_str()).build())
                    }))
                    .build(),
            );
        }
        let answered = self.fields.iter().filter(|field| {
            field.kind != FieldKind::Fixed && !field.name.is_empty() && !field.values.is_empty()
        });
        let fields = answered.map(|field| {
            Element::builder("field", ns::DATA_FORM)
                .with("var", field.name.as_str())
                .append_all(field.values.iter().map(|value| {
                    Element::builder("value", ns::DATA_FORM).append(value.as_str()).build()
                }))
                .build()
        });
        let form = Element::builder("x", ns::DATA_FORM).with("type", "submit").append_all(fields);
        Some(query.append(form.build()).build())
    }
}

impl Field {
    fn plain(name: &str, secret: bool) -> Self {
        Self {
            name: name.to_owned(),
            label: None,
            kind: if secret { FieldKind::Secret } else { FieldKind::Text },
            required: true,
            values: Vec::new(),
            choices: Vec::new(),
            picture: None,
        }
    }

    /// `query` may hold the picture.
    fn read(field: &Element, query: &Element) -> Self {
        let values = |parent: &Element| -> Vec<String> {
            let values = parent.children().filter(|child| child.is("value", ns::DATA_FORM));
            values.map(Element::text).collect()
        };
        let choices = field.children().filter(|child| child.is("option", ns::DATA_FORM));
        Self {
            name: field.attr("var").unwrap_or_default().to_owned(),
            label: field.attr("label").map(str::to_owned),
            kind: match field.attr("type") {
                Some("text-private") => FieldKind::Secret,
                Some("text-multi" | "jid-multi") => FieldKind::Lines,
                Some("boolean") => FieldKind::Boolean,
                Some("list-single") => FieldKind::One,
                Some("list-multi") => FieldKind::Several,
                Some("fixed") => FieldKind::Fixed,
                Some("hidden") => FieldKind::Hidden,
                _ => FieldKind::Text,
            },
            required: field.has_child("required", ns::DATA_FORM),
            values: values(field),
            choices: choices
                .filter_map(|choice| {
                    let label = choice.attr("label").map(str::to_owned);
                    Some(Choice { label, value: values(choice).into_iter().next()? })
                })
                .collect(),
            picture: Picture::read(field, query),
        }
    }
}

impl Picture {
    /// The picture of a field, if it came along and is what its name says.
    fn read(field: &Element, query: &Element) -> Option<Self> {
        let media = field.get_child("media", ns::MEDIA)?;
        let uris = media.children().filter(|child| child.is("uri", ns::MEDIA));
        uris.map(Element::text).find_map(|uri| {
            let cid = uri.trim().strip_prefix("cid:")?.to_owned();
            let data = query
                .children()
                .filter(|child| child.is("data", ns::BOB))
                .find(|data| data.attr("cid") == Some(&cid))?;
            let text: String = data.text().split_whitespace().collect();
            if text.len() > PICTURE_BYTES_MAX / 3 * 4 + 4 {
                return None;
            }
            let bytes = BASE64.decode(text).ok()?;
            let digest: String =
                Sha1::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            let named = cid.strip_prefix("sha1+")?.split('@').next()?;
            let media_type = data.attr("type").unwrap_or_default().to_owned();
            named.eq_ignore_ascii_case(&digest).then_some(Self { media_type, bytes })
        })
    }
}

impl fmt::Debug for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Field")
            .field("name", &self.name)
            .field("label", &self.label)
            .field("kind", &self.kind)
            .field("required", &self.required)
            .field("choices", &self.choices)
            .field("picture", &self.picture)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture({}, {} bytes)", self.media_type, self.bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content: &str) -> Option<Form> {
        Form::read(&format!("<query xmlns='{}'>{content}</query>", ns::REGISTER).parse().unwrap())
    }

    fn written(form: &Form) -> String {
        let mut bytes = Vec::new();
        form.write().unwrap().write_to(&mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn bare_names_become_a_form_and_are_answered_as_such() {
        let mut form =
            read("<instructions>Choose.</instructions><username/><password/><x/>").unwrap();
        assert_eq!(form.instructions.as_deref(), Some("Choose."));
        let kinds: Vec<_> = form.fields.iter().map(|field| field.kind).collect();
        assert_eq!(kinds, [FieldKind::Text, FieldKind::Secret]);
        assert!(form.fill("username", "a<b") && form.fill("password", "pw"));
        assert!(!form.fill("email", "?"));
        let xml = written(&form);
        assert!(xml.contains("<username>a&lt;b</username><password>pw</password>"), "{xml}");
        assert!(!format!("{form:?}").contains("pw"));
        assert!(form.fill("username", "\0") && form.write().is_none());
        assert!(read("<registered/>").is_none());
    }

    fn captcha(bytes: &str, cid: &str) -> String {
        format!(
            "<x xmlns='jabber:x:data' type='form'><title>T</title>\
             <field var='FORM_TYPE' type='hidden'><value>jabber:iq:register</value></field>\
             <field type='fixed'><value>Read this.</value></field>\
             <field var='ocr' label='Letters'><required/><media xmlns='urn:xmpp:media-element'>\
             <uri type='audio/x'>http://example.org/x</uri><uri type='image/png'>cid:{cid}</uri>\
             </media></field>\
             <field var='plan' type='list-single'><option label='All'><value>a</value></option>\
             <option><value>b</value></option><option/></field></x>\
             <data xmlns='urn:xmpp:bob' cid='{cid}' type='image/png'>{bytes}</data>"
        )
    }

    const CID: &str = "sha1+aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d@bob.xmpp.org";

    #[test]
    fn a_form_is_read_with_its_picture_and_answered() {
        let mut form = read(&captcha("aGVs\nbG8=", CID)).unwrap();
        let ocr = form.field_mut("ocr").unwrap();
        assert!(ocr.required && ocr.label.as_deref() == Some("Letters"));
        let picture = ocr.picture.clone().unwrap();
        assert_eq!(
            (picture.media_type.as_str(), picture.bytes.as_slice()),
            ("image/png", &b"hello"[..])
        );
        let plan = form.field_mut("plan").unwrap();
        assert_eq!((plan.kind, plan.choices.len()), (FieldKind::One, 2));
        form.fill("ocr", "hello");
        let xml = written(&form);
        assert!(
            xml.contains("jabber:iq:register</value>") && xml.contains("<value>hello"),
            "{xml}"
        );
        assert!(!xml.contains("Read this") && !xml.contains("plan"), "{xml}");
    }

    #[test]
    fn a_picture_that_is_not_what_its_name_says_is_left_out() {
        let huge = BASE64.encode(vec![0; PICTURE_BYTES_MAX + 10]);
        let md5 = "md5+x@bob.xmpp.org";
        for (bytes, cid) in [("aGVsbG8h", CID), ("?", CID), ("aGVsbG8=", md5), (&huge, CID)] {
            let form = read(&captcha(bytes, cid)).unwrap();
            assert!(form.fields.iter().all(|field| field.picture.is_none()), "{cid}");
        }
    }
}
