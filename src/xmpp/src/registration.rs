//! Making a new account at a server (XEP-0077), before anybody can sign in to it.

use std::fmt;
use std::time::Duration;

use tokio::time::timeout;
use tokio_xmpp::minidom::Element;

use crate::connect::{self, Secured};
use crate::failure::Failure;
use crate::stanza::form::Form;
use crate::stanza::register;
use crate::stream::{self, Opened, Stream};
use crate::xml::{error_condition, ns, random_id};
use crate::{Account, Dialer, OfflineReason, SignInError};

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(90);
/// How long the server may take to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// Why there is no new account.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistrationError {
    /// There is no connection now.
    #[error("no connection")]
    Offline(OfflineReason),
    /// The connection cannot be trusted, or the proxy refuses us.
    #[error(transparent)]
    Untrusted(SignInError),
    /// The server makes no accounts this way.
    #[error("the server makes no accounts this way")]
    NotOffered,
    /// The server makes accounts elsewhere.
    #[error("the server makes accounts at {url}")]
    Elsewhere {
        /// An address on the web, in the server's words.
        url: String,
    },
    /// The name is taken.
    #[error("the name is taken")]
    NameTaken,
    /// XML cannot carry what was filled in; nothing was sent.
    #[error("it cannot be written")]
    Unencodable,
    /// The server says no.
    #[error("refused: {condition}")]
    Refused {
        /// The name of the defined condition (RFC 6120 §8.3.3), such as `not-acceptable`.
        condition: String,
        /// The server's own words, if it has any.
        text: Option<String>,
    },
}

/// A server that waits for its form to be filled in. Drop it to leave.
pub struct Registration {
    stream: Stream,
}

impl Registration {
    /// Connects and asks for the form. Of `place` everything counts but password, name and what
    /// is known of earlier sign-ins: its JID may be a mere domain.
    ///
    /// # Errors
    ///
    /// Any of [`RegistrationError`] but those about what was filled in.
    pub async fn open(place: &Account) -> Result<(Self, Form), RegistrationError> {
        let dialer = Dialer::new(place.route.clone());
        let connecting = timeout(CONNECT_TIMEOUT, connect::connect(place, &dialer, None));
        let Ok(secured) = connecting.await else {
            let host = place.jid.domain().to_string();
            return Err(RegistrationError::Offline(OfflineReason::Unreachable { host }));
        };
        let Secured { opened: Opened { stream, .. }, .. } = secured?;
        let mut registration = Self { stream };
        let form = registration.ask().await?;
        Ok((registration, form))
    }

    /// Asks for the form again, as after a refusal: a picture is good for one answer.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub async fn ask(&mut self) -> Result<Form, RegistrationError> {
        let answer = self.exchange(register::query).await?;
        let query = answer.get_child("query", ns::REGISTER).ok_or(RegistrationError::NotOffered)?;
        if let Some(form) = Form::read(query) {
            return Ok(form);
        }
        let url = query
            .get_child("x", ns::OOB)
            .and_then(|oob| oob.get_child("url", ns::OOB))
            .map(Element::text);
        Err(url.map_or(RegistrationError::NotOffered, |url| RegistrationError::Elsewhere { url }))
    }

    /// Sends the form back. If that is refused another try on the same connection is allowed.
    ///
    /// # Errors
    ///
    /// Any of [`RegistrationError`].
    pub async fn submit(&mut self, form: &Form) -> Result<(), RegistrationError> {
        let answers = form.write().ok_or(RegistrationError::Unencodable)?;
        self.exchange(|id| register::submit(id, answers)).await.map(drop)
    }

    async fn exchange(
        &mut self,
        question: impl FnOnce(&str) -> Element,
    ) -> Result<Element, RegistrationError> {
        let id = random_id();
        let stream = &mut self.stream;
        let exchange = async {
            stream::send(stream, &question(&id)).await?;
            loop {
                let answer = stream::next_element(stream).await?;
                if answer.is("iq", ns::CLIENT) && answer.attr("id") == Some(&id) {
                    return Ok::<_, Failure>(answer);
                }
            }
        };
        let answer = match timeout(ANSWER_TIMEOUT, exchange).await {
            Ok(answer) => answer?,
            Err(_) => return Err(RegistrationError::Offline(OfflineReason::ConnectionLost)),
        };
        if answer.attr("type") == Some("result") { Ok(answer) } else { Err(refusal(&answer)) }
    }
}

/// Why the server says no.
fn refusal(answer: &Element) -> RegistrationError {
    let error = answer.get_child("error", ns::CLIENT);
    let condition = error.and_then(|error| error_condition(error, ns::STANZAS));
    match condition.as_deref() {
        Some("conflict") => RegistrationError::NameTaken,
        Some("service-unavailable" | "feature-not-implemented") => RegistrationError::NotOffered,
        _ => RegistrationError::Refused {
            condition: condition.unwrap_or_else(|| "undefined-condition".to_owned()),
            text: error.and_then(|error| error.get_child("text", ns::STANZAS)).map(Element::text),
        },
    }
}

impl From<Failure> for RegistrationError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Permanent(error) => Self::Untrusted(error),
            Failure::Transient(reason) => Self::Offline(reason),
        }
    }
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Registration(…)")
    }
}
