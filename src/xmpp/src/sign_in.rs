//! Authenticates on an encrypted stream by SASL (RFC 6120 §6) or SASL2 (XEP-0388): by SCRAM, or by
//! PLAIN where the person has agreed to it.

mod mechanism;
mod offer;
mod password;
mod profile;
mod scram;
#[cfg(test)]
mod tests;

use tokio_xmpp::minidom::Element;
use zeroize::Zeroizing;

pub(crate) use self::mechanism::ChannelBinding;
use self::mechanism::{Mechanism, Scram};
use self::offer::Offer;
pub(crate) use self::password::PasswordForm;
use self::profile::{Answer, Profile};
use self::scram::{AwaitingChallenge, AwaitingSignature, ScramError};
use crate::failure::Failure;
use crate::stream::{self, Opened, Stream};
use crate::xml::random_id;
use crate::{Account, AuthStrength, SignInError};

/// A stream on which both sides are authenticated.
pub(crate) enum SignedIn {
    /// After SASL: a restarted stream, on which nothing is bound yet.
    Sasl1(Opened),
    /// After SASL2: the same stream; `success` contains the results of the inline requests.
    Sasl2 { stream: Stream, success: Element },
}

/// Authenticates; returns the strength of the mechanism used. With SASL2 the `inline` requests are
/// sent along. The password is tried in `form` first; the form that the server accepted is stored
/// there.
pub(crate) async fn authenticate(
    opened: Opened,
    bindings: &[ChannelBinding],
    account: &Account,
    inline: Vec<Element>,
    form: &mut PasswordForm,
) -> Result<(SignedIn, AuthStrength), Failure> {
    let jid = &account.jid;
    let Opened { mut stream, features } = opened;
    let offer = Offer::read(&features);
    let (profile, mechanism) = offer.choose(bindings, account).map_err(Failure::Permanent)?;
    let strength = mechanism.strength();
    tracing::debug!(mechanism = strength.name(), ?profile, "signing in");

    let success = match mechanism {
        Mechanism::Scram(scram) => {
            let canonical_lists = offer.canonical_lists(profile);
            scram_in_either_form(
                &mut stream,
                profile,
                &scram,
                account,
                &canonical_lists,
                inline,
                form,
            )
            .await?
        }
        Mechanism::Plain => send_plain(&mut stream, profile, account, inline).await?,
    };
    // Reported only now: without the server's proof anybody could demand a further task.
    if profile.wants_more(&success) {
        return Err(Failure::Permanent(SignInError::AdditionalStepRequired));
    }
    let signed_in = match profile {
        Profile::Sasl1 => {
            SignedIn::Sasl1(stream::reopen(stream, jid.domain().as_str(), jid).await?)
        }
        Profile::Sasl2 => SignedIn::Sasl2 { stream, success },
    };
    Ok((signed_in, strength))
}

/// Runs SCRAM. If the proof is refused and the other form of the password differs, that one is
/// tried once on the same stream (RFC 6120 §6.4.5); not more often, since servers may limit failed
/// attempts. Returns `<success/>`.
async fn scram_in_either_form(
    stream: &mut Stream,
    profile: Profile,
    scram: &Scram,
    account: &Account,
    canonical_lists: &[String],
    inline: Vec<Element>,
    form: &mut PasswordForm,
) -> Result<Element, Failure> {
    let mut proven = false;
    let password = form.of(&account.password);
    let other = form.other().of(&account.password);
    let differs = *password != *other;
    let mut way = Exchange { stream, profile, scram, user: user(account), canonical_lists };
    let outcome = way.scram(password, inline.clone(), &mut proven).await;
    let wrong = Failure::Permanent(SignInError::WrongPassword);
    if !(proven && differs && outcome.as_ref().err() == Some(&wrong)) {
        return outcome;
    }
    match way.scram(other, inline, &mut proven).await {
        Ok(success) => {
            *form = form.other();
            Ok(success)
        }
        // The server may close the stream after too many failures; the first refusal still stands.
        Err(Failure::Transient(_)) => Err(wrong),
        Err(refused) => Err(refused),
    }
}

/// One SCRAM exchange with everything but the password.
struct Exchange<'a> {
    stream: &'a mut Stream,
    profile: Profile,
    scram: &'a Scram,
    user: &'a str,
    /// The offered mechanisms in the forms that the server may hash (XEP-0474).
    canonical_lists: &'a [String],
}

impl Exchange<'_> {
    /// Runs SCRAM with this password and verifies the server's signature. `proven` is set once our
    /// proof is sent. Returns `<success/>`.
    async fn scram(
        &mut self,
        password: Zeroizing<String>,
        inline: Vec<Element>,
        proven: &mut bool,
    ) -> Result<Element, Failure> {
        let Self { profile, scram, .. } = *self;
        let stream = &mut *self.stream;
        let name = Mechanism::Scram(scram.clone()).strength().name();
        let (state, first) =
            AwaitingChallenge::begin(scram.clone(), self.user, password, random_id());
        stream::send(stream, &profile.begin(name, &first, inline)).await?;
        let challenged = match answer(stream, profile).await? {
            Answer::Challenge(message) => state.challenge(&message, self.canonical_lists)?,
            // Success without our proof: this server does not know the password.
            Answer::Success { .. } => {
                return Err(Failure::Permanent(SignInError::ServerProofInvalid));
            }
        };
        let (state, last) = tokio::task::spawn_blocking(move || challenged.prove())
            .await
            .map_err(|_| Failure::lost())?;
        stream::send(stream, &profile.respond(&last)).await?;
        *proven = true;
        verify(stream, profile, state).await
    }
}

/// Runs PLAIN (RFC 4616), on a stream that is always encrypted here. Returns `<success/>`.
async fn send_plain(
    stream: &mut Stream,
    profile: Profile,
    account: &Account,
    inline: Vec<Element>,
) -> Result<Element, Failure> {
    // NUL separates the fields of PLAIN, so no password can contain it.
    if account.password.contains('\0') {
        return Err(Failure::Permanent(SignInError::WrongPassword));
    }
    let message = Zeroizing::new(format!("\0{}\0{}", user(account), *account.password));
    stream::send(stream, &profile.begin(AuthStrength::PLAIN.name(), &message, inline)).await?;
    match answer(stream, profile).await? {
        Answer::Success { element, .. } => Ok(element),
        Answer::Challenge(_) => Err(Failure::protocol("a challenge too many")),
    }
}

fn user(account: &Account) -> &str {
    account.jid.node().map(|node| node.as_str()).unwrap_or_default()
}

/// Verifies the server's signature, which comes with `<success/>` or in a challenge before it.
/// Returns `<success/>`.
async fn verify(
    stream: &mut Stream,
    profile: Profile,
    state: AwaitingSignature,
) -> Result<Element, Failure> {
    match answer(stream, profile).await? {
        Answer::Success { proof, .. } if proof.is_empty() => {
            Err(Failure::Permanent(SignInError::ServerProofInvalid))
        }
        Answer::Success { proof, element } => {
            state.verify(&proof)?;
            Ok(element)
        }
        Answer::Challenge(message) => {
            state.verify(&message)?;
            stream::send(stream, &profile.respond("")).await?;
            match answer(stream, profile).await? {
                Answer::Success { element, .. } => Ok(element),
                Answer::Challenge(_) => Err(Failure::protocol("a challenge too many")),
            }
        }
    }
}

async fn answer(stream: &mut Stream, profile: Profile) -> Result<Answer, Failure> {
    profile.read(stream::next_element(stream).await?)
}

impl From<ScramError> for Failure {
    fn from(error: ScramError) -> Self {
        match error {
            ScramError::Malformed => Self::protocol(error.to_string()),
            ScramError::Iterations => {
                Self::Permanent(SignInError::NoMechanism { plain_offered: false })
            }
            ScramError::NotGenuine => Self::Permanent(SignInError::ServerProofInvalid),
            ScramError::MechanismsTampered => Self::Permanent(SignInError::MechanismsTampered),
            ScramError::Refused => Self::Permanent(SignInError::WrongPassword),
        }
    }
}
