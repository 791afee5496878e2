//! What a server offers on the stream that a session runs on.

use tokio_xmpp::minidom::Element;

use crate::xml::ns;

/// No body is longer, escaped: half of what servers take by default.
const BODY_BYTES_MAX: usize = 128 * 1024;
/// What a stanza may need besides its body.
const ENVELOPE_BYTES: usize = 4 * 1024;

/// What a server offers besides the session itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StreamFeatures {
    /// No message body is longer, escaped.
    pub(crate) body_bytes_max: usize,
    /// To be told whether the person looks (XEP-0352).
    pub(crate) csi: bool,
    /// To send of the roster only what changed (RFC 6121 §2.6).
    pub(crate) roster_versions: bool,
}

/// What holds until the server has said more. Who does not know versions overlooks ours.
impl Default for StreamFeatures {
    fn default() -> Self {
        Self { body_bytes_max: BODY_BYTES_MAX, csi: false, roster_versions: true }
    }
}

impl StreamFeatures {
    /// Reads `<features/>`.
    pub(crate) fn read(features: &Element) -> Self {
        Self {
            body_bytes_max: body_bytes_max(features),
            csi: features.has_child("csi", ns::CSI),
            roster_versions: features.has_child("ver", ns::ROSTER_VERSIONS),
        }
    }
}

/// The server may take less than we would send (XEP-0478).
fn body_bytes_max(features: &Element) -> usize {
    features
        .get_child("limits", ns::STREAM_LIMITS)
        .and_then(|limits| limits.get_child("max-bytes", ns::STREAM_LIMITS))
        .and_then(|max| max.text().trim().parse::<usize>().ok())
        .map_or(BODY_BYTES_MAX, |max| max.saturating_sub(ENVELOPE_BYTES).min(BODY_BYTES_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(content: &str) -> usize {
        let xml = format!("<features xmlns='{}'>{content}</features>", ns::STREAM);
        StreamFeatures::read(&xml.parse().unwrap()).body_bytes_max
    }

    #[test]
    fn the_servers_limit_is_kept() {
        let announced = |bytes: &str| {
            limit(&format!(
                "<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>{bytes}</max-bytes></limits>"
            ))
        };
        assert_eq!(limit(""), BODY_BYTES_MAX);
        assert_eq!(announced("10000"), 10_000 - ENVELOPE_BYTES);
        assert_eq!(announced("1000"), 0);
        assert_eq!(announced("99999999"), BODY_BYTES_MAX);
        assert_eq!(announced("many"), BODY_BYTES_MAX);
    }
}
