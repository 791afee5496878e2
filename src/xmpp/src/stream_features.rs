//! The stream features that matter to a session (RFC 6120 §4.3.2).

use tokio_xmpp::minidom::Element;

use crate::xml::ns;

/// Limit of an escaped message body: half of what servers accept by default.
const BODY_BYTES_MAX: usize = 128 * 1024;
/// Room for everything in a stanza but its body.
const ENVELOPE_BYTES: usize = 4 * 1024;

/// What the server offers on the current stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StreamFeatures {
    /// Limit of an escaped message body, in bytes.
    pub(crate) body_bytes_max: usize,
    /// Client state indication (XEP-0352).
    pub(crate) csi: bool,
    /// Roster versioning (RFC 6121 §2.6).
    pub(crate) roster_versions: bool,
}

/// Used until the features have come. A server without roster versioning ignores our version.
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

/// The server's limit of a stanza (XEP-0478), less the envelope, where it is smaller than ours.
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
