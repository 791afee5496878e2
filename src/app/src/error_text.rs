//! The sentences for errors: what happened, what was done about it, and what the person can do.

use engine::{
    AccountState, CertificateProblem, OfflineReason, RequestFailure, SignInFailure, VaultFailure,
};

use crate::t;
use crate::text::untrusted;

/// Why an account is off line for now.
#[must_use]
pub fn offline(reason: &OfflineReason) -> String {
    match reason {
        OfflineReason::HostUnknown { host } => t!("offline-host-unknown", host = host.as_str()),
        OfflineReason::Unreachable { host } => {
            t!("offline-unreachable", host = host.as_str())
        }
        OfflineReason::ProxyUnreachable { host } => {
            t!("offline-proxy-unreachable", host = host.as_str())
        }
        OfflineReason::TorUnavailable => t!("offline-tor-unavailable"),
        OfflineReason::ConnectionLost => t!("offline-connection-lost"),
        OfflineReason::ServerShutdown => t!("offline-server-shutdown"),
        OfflineReason::Protocol(_) => t!("offline-protocol"),
    }
}

/// Why signing in failed for good.
#[must_use]
pub fn refused(failure: &SignInFailure) -> String {
    match failure {
        SignInFailure::WrongPassword => t!("refused-wrong-password"),
        SignInFailure::CertificateRefused { host, problem, .. } => {
            let host = host.as_str();
            match problem {
                CertificateProblem::UnknownIssuer => t!("refused-unknown-issuer", host = host),
                CertificateProblem::SelfSigned => t!("refused-self-signed", host = host),
                CertificateProblem::Expired => t!("refused-expired", host = host),
                CertificateProblem::WrongName => t!("refused-wrong-name", host = host),
                CertificateProblem::Revoked => t!("refused-revoked", host = host),
                CertificateProblem::Invalid => t!("refused-invalid", host = host),
            }
        }
        SignInFailure::NoTls => t!("refused-no-tls"),
        SignInFailure::NoMechanism { .. } => t!("refused-no-mechanism"),
        SignInFailure::Downgraded { .. } => t!("refused-downgraded"),
        SignInFailure::MechanismsTampered => t!("refused-offer-changed"),
        SignInFailure::ServerProofInvalid => t!("refused-not-genuine"),
        SignInFailure::AdditionalStepRequired => t!("refused-further-step"),
        SignInFailure::KeyChanged { host, .. } => t!("refused-key-changed", host = host.as_str()),
        SignInFailure::Conflict => t!("refused-conflict"),
        SignInFailure::AccountDisabled => t!("refused-disabled"),
        SignInFailure::ProxyRefused { host } => t!("refused-proxy", host = host.as_str()),
    }
}

/// Why something that was asked of the server is not done, or perhaps is.
#[must_use]
pub fn not_done(failure: &RequestFailure) -> String {
    match failure {
        RequestFailure::Offline => t!("not-done-offline"),
        RequestFailure::Lost | RequestFailure::TimedOut => t!("not-done-unsure"),
        RequestFailure::Busy => t!("engine-busy"),
        RequestFailure::TooLong => t!("not-done-too-long"),
        RequestFailure::Unusable => t!("not-done-unusable"),
        RequestFailure::Unencodable => t!("not-done-unsendable"),
        RequestFailure::Refused { condition, text } => {
            let words = text.as_deref().filter(|text| !text.trim().is_empty());
            t!("not-done-refused", words = shortened(words.unwrap_or(condition)))
        }
    }
}

/// Why the vault did not open.
#[must_use]
pub fn vault_closed(failure: &VaultFailure) -> String {
    match failure {
        VaultFailure::NoKeyring => t!("vault-no-keyring"),
        VaultFailure::KeyringLocked => t!("vault-keyring-locked"),
        VaultFailure::KeyringSilent { .. } => t!("vault-keyring-silent"),
        VaultFailure::WrongPassphrase => t!("vault-wrong-passphrase"),
        VaultFailure::KeyMissing => t!("vault-key-missing"),
        VaultFailure::DatabaseMissing => t!("vault-database-missing"),
        VaultFailure::DiskFull => t!("vault-disk-full"),
        VaultFailure::InUse => t!("vault-in-use"),
        VaultFailure::Damaged => t!("vault-damaged"),
        VaultFailure::System(_) => t!("vault-system"),
    }
}

/// Why something could not be written down; it still holds until Sotto closes.
#[must_use]
pub fn not_saved(failure: &VaultFailure) -> String {
    match failure {
        VaultFailure::DiskFull => t!("not-saved-disk-full"),
        VaultFailure::NoKeyring
        | VaultFailure::KeyringLocked
        | VaultFailure::KeyringSilent { .. } => {
            t!("not-saved-keyring")
        }
        VaultFailure::WrongPassphrase
        | VaultFailure::KeyMissing
        | VaultFailure::DatabaseMissing
        | VaultFailure::InUse
        | VaultFailure::Damaged => t!("not-saved"),
        VaultFailure::System(_) => t!("not-saved-system"),
    }
}

/// Why an account that rests here was not started.
#[must_use]
pub fn unreadable(failure: &VaultFailure) -> String {
    match failure {
        VaultFailure::KeyMissing => t!("unreadable-password"),
        VaultFailure::Damaged => t!("unreadable"),
        VaultFailure::KeyringSilent { .. } => t!("unreadable-keyring-silent"),
        VaultFailure::NoKeyring
        | VaultFailure::KeyringLocked
        | VaultFailure::WrongPassphrase
        | VaultFailure::DatabaseMissing
        | VaultFailure::DiskFull
        | VaultFailure::InUse
        | VaultFailure::System(_) => vault_closed(failure),
    }
}

/// One word or sentence for how an account stands.
#[must_use]
pub fn account_state(state: &AccountState) -> String {
    match state {
        AccountState::Connecting => t!("account-connecting"),
        AccountState::Online => t!("account-online"),
        AccountState::Offline { reason, .. } => offline(reason),
        AccountState::Refused(failure) => refused(failure),
        AccountState::Unreadable(failure) => unreadable(failure),
    }
}

/// Words of others, cut to what fits in a sentence and shown without line breaks.
pub(crate) fn shortened(words: &str) -> String {
    const CHARS_MAX: usize = 200;
    untrusted::line(words, CHARS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_others_stay_on_one_short_line() {
        let short = shortened(&"a\nb".repeat(1000));
        assert!(short.chars().count() <= 201);
        assert!(!short.contains('\n'));
    }

    #[test]
    fn tor_and_proxies_have_sentences_of_their_own() {
        let host = || "h".to_owned();
        let sentences: std::collections::BTreeSet<_> = [
            offline(&OfflineReason::Unreachable { host: host() }),
            offline(&OfflineReason::TorUnavailable),
            offline(&OfflineReason::ProxyUnreachable { host: host() }),
            refused(&SignInFailure::ProxyRefused { host: host() }),
        ]
        .into();
        assert_eq!(sentences.len(), 4);
    }

    #[test]
    fn every_certificate_problem_has_its_own_sentence() {
        let sentences: std::collections::BTreeSet<_> = [
            CertificateProblem::UnknownIssuer,
            CertificateProblem::SelfSigned,
            CertificateProblem::Expired,
            CertificateProblem::WrongName,
            CertificateProblem::Revoked,
            CertificateProblem::Invalid,
        ]
        .into_iter()
        .map(|problem| {
            let host = "h".to_owned();
            refused(&SignInFailure::CertificateRefused { host, problem, key: None })
        })
        .collect();
        assert_eq!(sentences.len(), 6);
    }
}
