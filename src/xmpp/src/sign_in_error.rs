//! Permanent failures: why signing in is not tried again by itself.

use crate::{AuthStrength, PinnedKey, ServerKey};

/// Why signing in failed for good.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// Wrong password or no such account.
    #[error("the server refuses name or password")]
    WrongPassword,
    /// The certificate does not verify.
    #[error("the certificate of {host} does not verify: {problem:?}")]
    CertificateRefused {
        /// The name it should have been made for.
        host: String,
        /// What is wrong with it.
        problem: CertificateProblem,
        /// The key in it, for the person to compare and to trust; `None` if it cannot be read.
        key: Option<PinnedKey>,
    },
    /// Another key than the one trusted for this account, and not by the issuer of that.
    #[error("{host} has the key {} instead of {trusted}", found.key)]
    KeyChanged {
        /// Whose.
        host: String,
        /// The key that is trusted.
        trusted: ServerKey,
        /// The key that was shown.
        found: Box<PinnedKey>,
    },
    /// The server offers no encryption.
    #[error("the server offers no encryption")]
    NoTls,
    /// The server offers no way to sign in that we accept.
    #[error("the server offers no acceptable way to sign in")]
    NoMechanism {
        /// Whether it would take the password itself, over the encrypted connection:
        /// [`Account::allow_plain`](crate::Account) allows it to.
        plain_offered: bool,
    },
    /// The server offers only weaker ways to sign in than it took before: perhaps somebody stands
    /// in between.
    #[error("the server took {known} before, and now offers nothing as strong")]
    Downgraded {
        /// What it took before.
        known: AuthStrength,
        /// The best that it offers now and that would be acceptable, were nothing known.
        offered: Option<AuthStrength>,
    },
    /// The server says that it offered other ways to sign in, or to tie the sign-in to the
    /// connection, than those we were shown: somebody stands in between (XEP-0474).
    #[error("somebody changed what the server offers on the way")]
    MechanismsTampered,
    /// The server could not prove that it knows the password (RFC 5802 §5).
    #[error("the server does not know the password either")]
    ServerProofInvalid,
    /// Name and password are right, but the server wants a further step that we cannot do, such as
    /// a second factor or another password (XEP-0388 §2.6.3).
    #[error("the server wants a further step to sign in")]
    AdditionalStepRequired,
    /// The same account signed in elsewhere with our resource.
    #[error("the account signed in elsewhere in our place")]
    Conflict,
    /// The account is known on this server but may not sign in.
    #[error("the account is disabled")]
    AccountDisabled,
    /// The proxy refuses our credentials.
    #[error("the proxy {host} refuses our name or password")]
    ProxyRefused {
        /// Where it is.
        host: String,
    },
}

/// What is wrong with a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateProblem {
    /// Issued by nobody the system trusts.
    UnknownIssuer,
    /// Issued by itself, and by nobody the system trusts.
    SelfSigned,
    /// Expired, or not yet valid.
    Expired,
    /// Made for another name.
    WrongName,
    /// Revoked.
    Revoked,
    /// Anything else.
    Invalid,
}
