//! Proving who we are on an encrypted stream (RFC 6120 §6, XEP-0388), or showing
//! the password, where the person agreed to.

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

/// A stream on which the server knows us, and we it.
pub(crate) enum SignedIn {
    /// A new one, on which everything else is still to be asked for.
    Sasl1(Opened),
    /// The same one; `success` says what of the wishes was granted.
    Sasl2 { stream: Stream, success: Element },
}

/// Signs in; tells how strongly it was done. What stands in `along` is asked for in the same
/// breath where the server takes wishes. The password is tried in that `form` first, and the one
/// that was taken is put there.
pub(crate) async fn authenticate(
    opened: Opened,
    bindings: &[ChannelBinding],
    account: &Account,
    along: Vec<Element>,
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
                along,
                form,
            )
            .await?
        }
        Mechanism::Plain => send_plain(&mut stream, profile, account, along).await?,
    };
    // Told only now: anybody could say so before the server has proved itself.
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

/// Proves that we know the password; if the proof is refused and the other form makes another one,
/// that is tried, once, on the same stream (RFC 6120 §6.4.5): every refusal may count against a
/// limit. Returns the success.
async fn scram_in_either_form(
    stream: &mut Stream,
    profile: Profile,
    scram: &Scram,
    account: &Account,
    canonical_lists: &[String],
    along: Vec<Element>,
    form: &mut PasswordForm,
) -> Result<Element, Failure> {
    let mut proven = false;
    let password = form.of(&account.password);
    let other = form.other().of(&account.password);
    let differs = *password != *other;
    let mut way = Exchange { stream, profile, scram, user: user(account), canonical_lists };
    let outcome = way.scram(password, along.clone(), &mut proven).await;
    let wrong = Failure::Permanent(SignInError::WrongPassword);
    if !(proven && differs && outcome.as_ref().err() == Some(&wrong)) {
        return outcome;
    }
    match way.scram(other, along, &mut proven).await {
        Ok(success) => {
            *form = form.other();
            Ok(success)
        }
        // The server may have had enough; it still refused the first.
        Err(Failure::Transient(_)) => Err(wrong),
        Err(refused) => Err(refused),
    }
}

/// How a proof travels.
struct Exchange<'a> {
    stream: &'a mut Stream,
    profile: Profile,
    scram: &'a Scram,
    user: &'a str,
    /// What the server offered, as it may write that.
    canonical_lists: &'a [String],
}

impl Exchange<'_> {
    /// Proves that we know the password, and has the server prove it too. `proven` becomes whether
    /// our proof was sent. Returns the success.
    async fn scram(
        &mut self,
        password: Zeroizing<String>,
        along: Vec<Element>,
        proven: &mut bool,
    ) -> Result<Element, Failure> {
        let Self { profile, scram, .. } = *self;
        let stream = &mut *self.stream;
        let name = Mechanism::Scram(scram.clone()).strength().name();
        let (state, first) =
            AwaitingChallenge::begin(scram.clone(), self.user, password, random_id());
        stream::send(stream, &profile.begin(name, &first, along)).await?;
        let challenged = match answer(stream, profile).await? {
            Answer::Challenge(message) => state.challenge(&message, self.canonical_lists)?,
            // Signed in without a proof: whoever that is, it is not our server.
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

/// Shows the password (RFC 4616); the stream is encrypted, or we would not be here. Returns the
/// success.
async fn send_plain(
    stream: &mut Stream,
    profile: Profile,
    account: &Account,
    along: Vec<Element>,
) -> Result<Element, Failure> {
    // It would end the password early, and no server has such a one.
    if account.password.contains('\0') {
        return Err(Failure::Permanent(SignInError::WrongPassword));
    }
    let message = Zeroizing::new(format!("\0{}\0{}", user(account), *account.password));
    stream::send(stream, &profile.begin(AuthStrength::PLAIN.name(), &message, along)).await?;
    match answer(stream, profile).await? {
        Answer::Success { element, .. } => Ok(element),
        Answer::Challenge(_) => Err(Failure::protocol("a challenge too many")),
    }
}

fn user(account: &Account) -> &str {
    account.jid.node().map(|node| node.as_str()).unwrap_or_default()
}

/// The server's signature comes with the success, or in a challenge of its own before it.
/// Returns the success.
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
