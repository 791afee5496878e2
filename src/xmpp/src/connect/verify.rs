//! Verifies the server's certificate, by the system's authorities or by the pinned key.

use std::fmt;
use std::sync::Arc;

use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::crypto::{
    CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature,
};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    CertificateError, DigitallySignedStruct, Error as TlsError, OtherError, RootCertStore,
    SignatureScheme,
};

use super::presented_chain::PresentedChain;
use crate::{CertificateProblem, PinnedKey, ServerKey};

/// Why a certificate is refused; carried inside the error of the TLS handshake.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Verdict {
    #[error("the certificate does not verify: {problem:?}")]
    Certificate { problem: CertificateProblem, key: Option<PinnedKey> },
    #[error("another key than the trusted one")]
    KeyChanged { trusted: ServerKey, found: PinnedKey },
}

impl Verdict {
    /// Extracts the verdict from an error of the TLS handshake.
    #[expect(clippy::wildcard_enum_match_arm, reason = "nothing else is about a certificate")]
    pub(super) fn of(error: &TlsError) -> Option<Self> {
        match error {
            TlsError::InvalidCertificate(CertificateError::Other(other)) => {
                other.0.downcast_ref::<Self>().cloned()
            }
            TlsError::InvalidCertificate(error) => {
                Some(Self::Certificate { problem: problem(error), key: None })
            }
            _ => None,
        }
    }
}

impl From<Verdict> for TlsError {
    fn from(verdict: Verdict) -> Self {
        Self::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(verdict))))
    }
}

/// With a pinned key, accepts that key in any certificate, and a newer key that the pinned issuer
/// has signed for the name. Without one, accepts what the authorities have signed for the name. In
/// every case the handshake proves that the server holds the key.
pub(super) struct Verifier {
    provider: Arc<CryptoProvider>,
    /// `None` if there is no authority at all.
    authorities: Option<Arc<WebPkiServerVerifier>>,
    trusted: Option<PinnedKey>,
}

impl Verifier {
    pub(super) fn new(roots: Arc<RootCertStore>, trusted: Option<PinnedKey>) -> Self {
        let provider = Arc::new(ring::default_provider());
        let builder = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&provider));
        Self { provider, authorities: builder.build().ok(), trusted }
    }

    /// The cryptography it uses.
    pub(super) fn provider(&self) -> Arc<CryptoProvider> {
        Arc::clone(&self.provider)
    }

    fn judge(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<(), Verdict> {
        let algorithms = self.provider.signature_verification_algorithms.all;
        let Some(chain) = PresentedChain::read(end_entity, intermediates, algorithms, now) else {
            let problem = CertificateProblem::Invalid;
            return Err(Verdict::Certificate { problem, key: None });
        };
        if let Some(PinnedKey { key: trusted, issuer }) = self.trusted {
            let is_renewed =
                || issuer.is_some_and(|issuer| chain.is_valid_under(issuer, server_name));
            let is_trusted = chain.key() == trusted || is_renewed();
            let changed = || Verdict::KeyChanged { trusted, found: chain.pin_candidate() };
            return if is_trusted { Ok(()) } else { Err(changed()) };
        }
        let problem = match &self.authorities {
            None => CertificateProblem::UnknownIssuer,
            Some(authorities) => match authorities.verify_server_cert(
                end_entity,
                intermediates,
                server_name,
                ocsp_response,
                now,
            ) {
                Ok(_) => return Ok(()),
                Err(TlsError::InvalidCertificate(error)) => problem(&error),
                Err(_) => CertificateProblem::Invalid,
            },
        };
        let own = chain.certificate.issuer() == chain.certificate.subject();
        let problem = if own && problem == CertificateProblem::UnknownIssuer {
            CertificateProblem::SelfSigned
        } else {
            problem
        };
        Err(Verdict::Certificate { problem, key: Some(chain.pin_candidate()) })
    }
}

/// The public key of a certificate; `None` if it cannot be parsed.
pub(super) fn key_of(certificate: &CertificateDer<'_>) -> Option<ServerKey> {
    let certificate = webpki::EndEntityCert::try_from(certificate).ok()?;
    Some(ServerKey::of(&certificate.subject_public_key_info()))
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("trusted", &self.trusted).finish_non_exhaustive()
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        self.judge(end_entity, intermediates, server_name, ocsp_response, now)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "all that is left means the same to a person")]
fn problem(error: &CertificateError) -> CertificateProblem {
    match error {
        // Bad signature: somebody issued it under the name of an authority.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            CertificateProblem::UnknownIssuer
        }
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => CertificateProblem::Expired,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            CertificateProblem::WrongName
        }
        CertificateError::Revoked => CertificateProblem::Revoked,
        // webpki reports a self-signed certificate this way.
        CertificateError::Other(other) if other.0.to_string().contains("CaUsedAsEndEntity") => {
            CertificateProblem::UnknownIssuer
        }
        _ => CertificateProblem::Invalid,
    }
}
