//! Pictures that contacts publish of themselves (XEP-0084), or keep on their card (XEP-0153).

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha1::{Digest, Sha1};
use tokio_xmpp::jid::{BareJid, Jid};
use tokio_xmpp::minidom::Element;

use crate::xml::{WithAttribute, iq, ns};

/// No picture is larger.
const BYTES_MAX: usize = 128 * 1024;
/// How the two kinds begin that are taken, and what they are called.
const KINDS: [(&[u8], &str); 2] =
    [(b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg")];

/// The SHA-1 of a picture, by which contacts name it. Whoever can make two pictures of one hash
/// made both. Written in hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AvatarHash([u8; 20]);

/// A text that is not 40 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the SHA-1 of a picture")]
pub struct ParseAvatarHashError;

impl fmt::Display for AvatarHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for AvatarHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AvatarHash({self})")
    }
}

impl FromStr for AvatarHash {
    type Err = ParseAvatarHashError;

    /// Reads what [`Display`](fmt::Display) wrote, in either case.
    ///
    /// # Errors
    ///
    /// [`ParseAvatarHashError`] for anything but 40 hexadecimal digits.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() != 40 || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(ParseAvatarHashError);
        }
        let mut hash = [0; 20];
        for (at, byte) in hash.iter_mut().enumerate() {
            let digits = text.get(2 * at..2 * at + 2).ok_or(ParseAvatarHashError)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| ParseAvatarHashError)?;
        }
        Ok(Self(hash))
    }
}

/// Where a picture is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// Published (XEP-0084).
    Published,
    /// On the card (XEP-0054).
    Card,
}

/// A picture that is what its hash says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) bytes: Vec<u8>,
    pub(crate) media_type: &'static str,
}

impl Source {
    /// Asks for the picture.
    pub(crate) fn query(self, id: &str, of: &BareJid, hash: AvatarHash) -> Element {
        let payload = match self {
            Self::Published => {
                let item = Element::builder("item", ns::PUBSUB).with("id", hash.to_string());
                let items = Element::builder("items", ns::PUBSUB)
                    .with("node", ns::AVATAR_DATA)
                    .append(item.build());
                Element::builder("pubsub", ns::PUBSUB).append(items.build()).build()
            }
            Self::Card => Element::bare("vCard", ns::VCARD),
        };
        let mut query = iq("get", id, payload);
        if let Ok(name) = "to".try_into() {
            query.set_attr(tokio_xmpp::minidom::rxml::Namespace::NONE, name, of.as_str());
        }
        query
    }

    /// Reads the answer; nothing but the picture of this hash.
    pub(crate) fn read(self, answer: &Element, hash: AvatarHash) -> Option<Picture> {
        let data = match self {
            Self::Published => answer
                .get_child("pubsub", ns::PUBSUB)?
                .get_child("items", ns::PUBSUB)?
                .children()
                .find_map(|item| item.get_child("data", ns::AVATAR_DATA))?,
            Self::Card => answer
                .get_child("vCard", ns::VCARD)?
                .get_child("PHOTO", ns::VCARD)?
                .get_child("BINVAL", ns::VCARD)?,
        };
        let text: String = data.text().split_ascii_whitespace().collect();
        if text.len() > BYTES_MAX.div_ceil(3) * 4 {
            return None;
        }
        let bytes = BASE64.decode(text).ok().filter(|bytes| bytes.len() <= BYTES_MAX)?;
        // What it claims to be counts for nothing.
        let (_, media_type) = KINDS.into_iter().find(|(begin, _)| bytes.starts_with(begin))?;
        let genuine = <[u8; 20]>::from(Sha1::digest(&bytes)) == hash.0;
        genuine.then_some(Picture { bytes, media_type })
    }
}

/// Whose picture is which now, and where it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Announced {
    pub(crate) of: BareJid,
    /// `None` if there is none.
    pub(crate) hash: Option<AvatarHash>,
    pub(crate) source: Source,
}

/// What a message says of its sender's published picture (XEP-0084 §3.3): accounts publish, not
/// their devices.
pub(crate) fn published(message: &Element) -> Option<Announced> {
    let items = message
        .get_child("event", ns::PUBSUB_EVENT)?
        .get_child("items", ns::PUBSUB_EVENT)
        .filter(|items| items.attr("node") == Some(ns::AVATAR_METADATA))?;
    let of = Jid::new(message.attr("from")?).ok()?;
    if message.attr("type") == Some("error") || !of.is_bare() {
        return None;
    }
    let item = items.get_child("item", ns::PUBSUB_EVENT)?;
    let metadata = item.get_child("metadata", ns::AVATAR_METADATA)?;
    let hash = match metadata.children().find(|child| child.is("info", ns::AVATAR_METADATA)) {
        // Other kinds of the same picture may be kept elsewhere: the item is named for this one.
        Some(_) => Some(item.attr("id")?.parse().ok()?),
        None => None,
    };
    Some(Announced { of: of.into_bare(), hash, source: Source::Published })
}

/// What a presence says of the picture on the card (XEP-0153 §4.1); often nothing.
pub(crate) fn shown(presence: &Element) -> Option<Announced> {
    let photo = presence.get_child("x", ns::VCARD_UPDATE)?.get_child("photo", ns::VCARD_UPDATE)?;
    let of = Jid::new(presence.attr("from")?).ok()?.into_bare();
    if presence.attr("type").is_some() {
        return None;
    }
    let hash = match photo.text().trim() {
        "" => None,
        hash => Some(hash.parse().ok()?),
    };
    Some(Announced { of, hash, source: Source::Card })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A picture, small or of so many bytes.
    pub(crate) fn png(bytes: usize) -> Vec<u8> {
        let mut png = KINDS[0].0.to_vec();
        png.resize(bytes.max(png.len()), 0);
        png
    }

    pub(crate) fn hash_of(bytes: &[u8]) -> AvatarHash {
        AvatarHash(Sha1::digest(bytes).into())
    }

    pub(crate) fn answer(source: Source, bytes: &[u8]) -> String {
        let data = BASE64.encode(bytes);
        match source {
            Source::Published => format!(
                "<pubsub xmlns='{}'><items node='{1}'><item id='x'><data xmlns='{1}'>{data}</data>\
                 </item></items></pubsub>",
                ns::PUBSUB,
                ns::AVATAR_DATA
            ),
            Source::Card => format!(
                "<vCard xmlns='vcard-temp'><PHOTO><TYPE>image/gif</TYPE><BINVAL>\n {data}\n\
                 </BINVAL></PHOTO></vCard>"
            ),
        }
    }

    fn read(source: Source, bytes: &[u8], hash: AvatarHash) -> Option<&'static str> {
        let iq = format!("<iq xmlns='jabber:client'>{}</iq>", answer(source, bytes));
        let picture = source.read(&iq.parse().unwrap(), hash)?;
        assert_eq!(picture.bytes, bytes);
        Some(picture.media_type)
    }

    #[test]
    fn a_picture_is_what_its_hash_says_and_nothing_else_is() {
        for source in [Source::Published, Source::Card] {
            let jpeg = b"\xff\xd8\xff\xe0 more".to_vec();
            for (bytes, expected) in [
                (png(100), Some("image/png")),
                (jpeg, Some("image/jpeg")),
                (b"GIF89a".to_vec(), None),
                (b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(), None),
                (Vec::new(), None),
                (png(BYTES_MAX), Some("image/png")),
                (png(BYTES_MAX + 1), None),
                (png(1024 * 1024), None),
            ] {
                assert_eq!(read(source, &bytes, hash_of(&bytes)), expected);
                assert_eq!(read(source, &bytes, hash_of(b"another")), None);
            }
        }
        let nothing = "<iq xmlns='jabber:client'/>".parse().unwrap();
        assert_eq!(Source::Card.read(&nothing, hash_of(b"")), None);
    }

    #[test]
    fn hashes_are_read_again_and_nothing_else_is() {
        let hash = hash_of(b"a picture");
        assert_eq!(hash.to_string().parse(), Ok(hash));
        assert_eq!(hash.to_string().to_uppercase().parse(), Ok(hash));
        for bad in ["", &hash.to_string()[1..], &"+".repeat(40), &"ж".repeat(20)] {
            assert_eq!(bad.parse::<AvatarHash>(), Err(ParseAvatarHashError), "{bad}");
        }
    }

    pub(crate) fn event(from: &str, id: &str, metadata: &str) -> String {
        format!(
            "<message xmlns='jabber:client' type='headline' from='{from}'><event xmlns='{}'>\
             <items node='{1}'><item id='{id}'><metadata xmlns='{1}'>{metadata}</metadata></item>\
             </items></event></message>",
            ns::PUBSUB_EVENT,
            ns::AVATAR_METADATA
        )
    }

    #[test]
    fn what_is_published_is_told_of_accounts() {
        let hash = hash_of(b"x");
        let read = |from: &str, id: &str, metadata: &str| {
            published(&event(from, id, metadata).parse().unwrap()).map(|told| told.hash)
        };
        let id = hash.to_string();
        assert_eq!(read("bob@example.org", &id, "<info type='image/png'/>"), Some(Some(hash)));
        assert_eq!(read("bob@example.org", "any", ""), Some(None));
        assert_eq!(read("bob@example.org", "any", "<info/>"), None);
        assert_eq!(read("bob@example.org/x", &id, "<info/>"), None);
    }

    pub(crate) fn presence(attributes: &str, photo: &str) -> String {
        format!(
            "<presence xmlns='jabber:client' {attributes}><x xmlns='vcard-temp:x:update'>{photo}</x>\
             </presence>"
        )
    }

    #[test]
    fn what_presence_shows_is_told_while_somebody_is_there() {
        let hash = hash_of(b"x");
        let bob = "from='bob@example.org/x'";
        let read = |attributes: &str, photo: &str| {
            shown(&presence(attributes, photo).parse().unwrap()).map(|told| told.hash)
        };
        assert_eq!(read(bob, &format!("<photo>{hash}</photo>")), Some(Some(hash)));
        assert_eq!(read(bob, "<photo/>"), Some(None));
        for (attributes, photo) in [
            (bob, ""),
            (bob, "<photo>x</photo>"),
            ("from='bob@example.org/x' type='unavailable'", "<photo/>"),
            ("", "<photo/>"),
        ] {
            assert_eq!(read(attributes, photo), None, "{attributes} {photo}");
        }
    }
}
