//! The two XMPP profiles of SASL: the elements that carry its messages.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use tokio_xmpp::minidom::Element;

use super::scram::ScramError;
use crate::failure::Failure;
use crate::xml::{WithAttribute, ns};

/// A profile of SASL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Profile {
    /// SASL (RFC 6120 §6), which every server supports; the stream restarts afterwards.
    Sasl1,
    /// SASL2 (XEP-0388), which carries inline requests; the stream goes on.
    Sasl2,
}

/// An answer of the server.
pub(super) enum Answer {
    Challenge(Vec<u8>),
    /// With the mechanism's last message, and the whole element. The server may still want another
    /// task: see [`Profile::wants_more`].
    Success {
        proof: Vec<u8>,
        element: Element,
    },
}

impl Profile {
    /// The feature that lists the mechanisms, and the namespace of all elements.
    pub(super) const fn list(self) -> (&'static str, &'static str) {
        match self {
            Self::Sasl1 => ("mechanisms", ns::SASL),
            Self::Sasl2 => ("authentication", ns::SASL2),
        }
    }

    const fn namespace(self) -> &'static str {
        self.list().1
    }

    /// The element that begins the exchange.
    pub(super) fn begin(self, mechanism: &str, first: &str, inline: Vec<Element>) -> Element {
        let first = BASE64.encode(first);
        match self {
            Self::Sasl1 => Element::builder("auth", ns::SASL)
                .with("mechanism", mechanism)
                .append(first)
                .build(),
            Self::Sasl2 => Element::builder("authenticate", ns::SASL2)
                .with("mechanism", mechanism)
                .append(Element::builder("initial-response", ns::SASL2).append(first).build())
                .append_all(inline)
                .build(),
        }
    }

    /// The response to a challenge.
    pub(super) fn respond(self, message: &str) -> Element {
        Element::builder("response", self.namespace()).append(BASE64.encode(message)).build()
    }

    /// Reads an answer.
    pub(super) fn read(self, element: Element) -> Result<Answer, Failure> {
        let namespace = self.namespace();
        if element.is("challenge", namespace) {
            decode(&element.text()).map(Answer::Challenge)
        } else if element.is("success", namespace) || self.wants_more(&element) {
            let text = match self {
                Self::Sasl1 => element.text(),
                Self::Sasl2 => element
                    .get_child("additional-data", namespace)
                    .map(Element::text)
                    .unwrap_or_default(),
            };
            Ok(Answer::Success { proof: decode(&text)?, element })
        } else if element.is("failure", namespace) {
            Err(Failure::from_sasl_failure(&element))
        } else {
            Err(Failure::protocol("something else than an answer to the sign-in"))
        }
    }

    /// Whether the mechanism succeeded but another task must follow (XEP-0388 §2.6.3).
    pub(super) fn wants_more(self, success: &Element) -> bool {
        self == Self::Sasl2 && success.is("continue", self.namespace())
    }
}

fn decode(text: &str) -> Result<Vec<u8>, Failure> {
    match text.trim() {
        "" | "=" => Ok(Vec::new()),
        text => BASE64.decode(text).map_err(|_| ScramError::Malformed.into()),
    }
}
