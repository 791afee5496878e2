//! Proving who we are on an encrypted stream (RFC 6120 §6). SCRAM only.

mod mechanism;
mod scram;
#[cfg(test)]
mod tests;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use tokio_xmpp::minidom::Element;

pub(crate) use self::mechanism::ChannelBinding;
use self::mechanism::Mechanism;
use self::scram::{AwaitingChallenge, AwaitingSignature, ScramError};
use crate::failure::Failure;
use crate::stream::{self, Opened, Stream};
use crate::xml::{WithAttribute, ns, random_id};
use crate::{Account, SignInError, Strength};

/// Signs in, and opens the stream that sessions run on. Tells how strongly it was done.
pub(crate) async fn authenticate(
    opened: Opened,
    binding: Option<&ChannelBinding>,
    account: &Account,
) -> Result<(Opened, Strength), Failure> {
    let jid = &account.jid;
    let Opened { mut stream, features } = opened;
    let offered = texts(&features, "mechanisms", ns::SASL, |mechanism| Some(mechanism.text()));
    let bindings = texts(&features, "sasl-channel-binding", ns::CHANNEL_BINDING, |binding| {
        binding.attr("type").map(str::to_owned)
    });
    let mechanism = Mechanism::choose(&offered, &bindings, binding, account.known_strength)
        .map_err(Failure::Refused)?;
    let strength = mechanism.strength();
    tracing::debug!(mechanism = strength.name(), "signing in");

    let user = jid.node().map(|node| node.as_str()).unwrap_or_default();
    let (state, first) = AwaitingChallenge::begin(mechanism, user, &account.password, random_id());
    let auth = Element::builder("auth", ns::SASL).with("mechanism", strength.name());
    stream::send(&mut stream, &auth.append(BASE64.encode(first)).build()).await?;

    let challenged = match answer(&mut stream).await? {
        Answer::Challenge(message) => state.challenge(&message)?,
        // Signed in without a proof: whoever that is, it is not our server.
        Answer::Success(_) => return Err(Failure::Refused(SignInError::ServerNotGenuine)),
    };
    let (state, last) = tokio::task::spawn_blocking(move || challenged.prove())
        .await
        .map_err(|_| Failure::lost())?;
    respond(&mut stream, &last).await?;
    verify(&mut stream, state).await?;
    let opened = stream::reopen(stream, jid.domain().as_str(), jid).await?;
    Ok((opened, strength))
}

/// The server's signature comes with the success, or in a challenge of its own before it.
async fn verify(stream: &mut Stream, state: AwaitingSignature) -> Result<(), Failure> {
    match answer(stream).await? {
        Answer::Success(message) if message.is_empty() => {
            Err(Failure::Refused(SignInError::ServerNotGenuine))
        }
        Answer::Success(message) => Ok(state.verify(&message)?),
        Answer::Challenge(message) => {
            state.verify(&message)?;
            respond(stream, "").await?;
            match answer(stream).await? {
                Answer::Success(_) => Ok(()),
                Answer::Challenge(_) => Err(Failure::protocol("a challenge too many")),
            }
        }
    }
}

/// What the server says while we sign in.
enum Answer {
    Challenge(Vec<u8>),
    Success(Vec<u8>),
}

async fn answer(stream: &mut Stream) -> Result<Answer, Failure> {
    let element = stream::next_element(stream).await?;
    if element.is("failure", ns::SASL) {
        return Err(Failure::from_sasl_failure(&element));
    }
    let text = element.text();
    let data = if matches!(text.as_str(), "" | "=") {
        Vec::new()
    } else {
        BASE64.decode(text.trim()).map_err(|_| Failure::from(ScramError::Malformed))?
    };
    if element.is("challenge", ns::SASL) {
        Ok(Answer::Challenge(data))
    } else if element.is("success", ns::SASL) {
        Ok(Answer::Success(data))
    } else {
        Err(Failure::protocol("something else than an answer to the sign-in"))
    }
}

async fn respond(stream: &mut Stream, message: &str) -> Result<(), Failure> {
    let response = Element::builder("response", ns::SASL).append(BASE64.encode(message)).build();
    stream::send(stream, &response).await
}

/// What the children of a feature say.
fn texts(
    features: &Element,
    name: &str,
    namespace: &str,
    text: impl Fn(&Element) -> Option<String>,
) -> Vec<String> {
    features
        .get_child(name, namespace)
        .map(|list| list.children().filter_map(text).collect())
        .unwrap_or_default()
}

impl From<ScramError> for Failure {
    fn from(error: ScramError) -> Self {
        match error {
            ScramError::Malformed => Self::protocol(error.to_string()),
            ScramError::Iterations => Self::Refused(SignInError::NoMechanism),
            ScramError::NotGenuine => Self::Refused(SignInError::ServerNotGenuine),
            ScramError::Refused => Self::Refused(SignInError::WrongPassword),
        }
    }
}
