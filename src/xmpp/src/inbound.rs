//! IQ requests of other entities that the engine answers.

use tokio_xmpp::minidom::Element;

use crate::Redacted;

/// An IQ request of another entity (RFC 6120 §8.2.3), reported by
/// [`Event::Requested`](crate::Event::Requested).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboundRequest {
    /// Whether it asks or changes.
    pub kind: IqKind,
    /// What it asks for.
    pub payload: Payload,
}

/// The type of an IQ request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IqKind {
    /// Asks for information.
    Get,
    /// Changes something.
    Set,
}

/// The child element of an IQ. What is in it is read and written in this crate alone, by the file
/// of the feature that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload(Redacted<Element>);

/// How the engine answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is done; with what was asked for, if anything was.
    Result(Option<Payload>),
    /// It is not done.
    Error(AnswerError),
}

/// The defined condition of an error (RFC 6120 §8.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerError {
    /// `bad-request`.
    BadRequest,
    /// `item-not-found`.
    ItemNotFound,
    /// `not-acceptable`.
    NotAcceptable,
    /// `service-unavailable`: also what others get, so it does not even say that we understood.
    ServiceUnavailable,
}

impl Payload {
    pub(crate) const fn new(element: Element) -> Self {
        Self(Redacted::new(element))
    }

    pub(crate) fn into_element(self) -> Element {
        self.0.into_inner()
    }

    /// Whether it is this element.
    #[must_use]
    pub fn is(&self, name: &str, namespace: &str) -> bool {
        self.0.is(name, namespace)
    }
}

impl AnswerError {
    /// The condition and its error type.
    pub(crate) const fn condition(self) -> (&'static str, &'static str) {
        match self {
            Self::BadRequest => ("bad-request", "modify"),
            Self::ItemNotFound => ("item-not-found", "cancel"),
            Self::NotAcceptable => ("not-acceptable", "modify"),
            Self::ServiceUnavailable => ("service-unavailable", "cancel"),
        }
    }
}
