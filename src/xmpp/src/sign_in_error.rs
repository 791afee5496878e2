//! Permanent failures: why signing in is not tried again by itself.

use crate::{AuthStrength, PinnedKey, ServerKey};

/// Why signing in failed permanently.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// Wrong password or no such account.
    #[error("the server refuses name or password")]
    WrongPassword,
    /// The server's certificate does not verify, and no key is pinned.
    #[error("the certificate of {host} does not verify: {problem:?}")]
    CertificateRefused {
        /// The name that the certificate should be valid for.
        host: String,
        /// What is wrong with it.
        problem: CertificateProblem,
        /// The key in it, for the person to compare and to pin; `None` if it cannot be parsed.
        key: Option<PinnedKey>,
    },
    /// The server has another key than the pinned one, and not from the pinned issuer.
    #[error("{host} has the key {} instead of {trusted}", found.key)]
    KeyChanged {
        /// The server's name.
        host: String,
        /// The pinned key.
        trusted: ServerKey,
        /// The key that was presented.
        found: Box<PinnedKey>,
    },
    /// The server offers no encryption.
    #[error("the server offers no encryption")]
    NoTls,
    /// The server offers no SASL mechanism that we accept.
    #[error("the server offers no acceptable way to sign in")]
    NoMechanism {
        /// Whether it offers PLAIN, which [`Account::allow_plain`](crate::Account) would allow.
        plain_offered: bool,
    },
    /// The server offers only weaker mechanisms than the one used before: this may be a downgrade
    /// attack.
    #[error("the server took {known} before, and now offers nothing as strong")]
    Downgraded {
        /// The strength used before.
        known: AuthStrength,
        /// The best offer that would be acceptable for a new account, if there is one.
        offered: Option<AuthStrength>,
    },
    /// The server's hash of the mechanisms and channel binding types it offered differs from what
    /// we received: a man in the middle changed them (XEP-0474).
    #[error("somebody changed what the server offers on the way")]
    MechanismsTampered,
    /// The server's signature is wrong: it does not know the password (RFC 5802 §5).
    #[error("the server does not know the password either")]
    ServerProofInvalid,
    /// Name and password are right, but the server requires a further task that we do not support,
    /// such as a second factor or a new password (XEP-0388 §2.6.3).
    #[error("the server wants a further step to sign in")]
    AdditionalStepRequired,
    /// Another client bound our resource.
    #[error("the account signed in elsewhere in our place")]
    Conflict,
    /// The account is known on this server but may not sign in.
    #[error("the account is disabled")]
    AccountDisabled,
    /// The proxy refuses our credentials.
    #[error("the proxy {host} refuses our name or password")]
    ProxyRefused {
        /// The proxy's host.
        host: String,
    },
}

/// Why a certificate does not verify.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateProblem {
    /// Issued by no authority that the system trusts.
    UnknownIssuer,
    /// Self-signed.
    SelfSigned,
    /// Expired, or not yet valid.
    Expired,
    /// Issued for another name.
    WrongName,
    /// Revoked.
    Revoked,
    /// Anything else.
    Invalid,
}
