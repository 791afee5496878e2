//! The certificate chain presented in the TLS handshake; extracts the key to pin and its issuer.

use tokio_rustls::rustls::pki_types::{
    CertificateDer, ServerName, SignatureVerificationAlgorithm, TrustAnchor, UnixTime,
};
use webpki::{EndEntityCert, Error, KeyUsage};

use crate::{PinnedKey, ServerKey};

/// Limit of intermediate certificates that are searched for the issuer.
const ISSUERS_MAX: usize = 8;

/// The server's certificate with the intermediates that came with it.
pub(super) struct PresentedChain<'a> {
    pub(super) certificate: EndEntityCert<'a>,
    intermediates: &'a [CertificateDer<'a>],
    algorithms: &'static [&'static dyn SignatureVerificationAlgorithm],
    now: UnixTime,
}

impl<'a> PresentedChain<'a> {
    /// Reads the chain; `None` if the server's certificate cannot be parsed.
    pub(super) fn read(
        certificate: &'a CertificateDer<'a>,
        intermediates: &'a [CertificateDer<'a>],
        algorithms: &'static [&'static dyn SignatureVerificationAlgorithm],
        now: UnixTime,
    ) -> Option<Self> {
        let certificate = EndEntityCert::try_from(certificate).ok()?;
        Some(Self { certificate, intermediates, algorithms, now })
    }

    /// The public key of the server's certificate.
    pub(super) fn key(&self) -> ServerKey {
        ServerKey::of(&self.certificate.subject_public_key_info())
    }

    /// The key to pin if the person decides to trust this chain.
    pub(super) fn pin_candidate(&self) -> PinnedKey {
        let key = self.key();
        let issuer =
            self.issuers().find(|(issuer, anchor)| *issuer != key && self.is_signed_by(anchor));
        PinnedKey { key, issuer: issuer.map(|(issuer, _)| issuer) }
    }

    /// Whether the certificate is for that name, valid now, and signed by that issuer's key.
    pub(super) fn is_valid_under(&self, issuer: ServerKey, name: &ServerName<'_>) -> bool {
        self.certificate.verify_is_valid_for_subject_name(name).is_ok()
            && self
                .issuers()
                .filter(|(key, _)| *key == issuer)
                .any(|(_, anchor)| self.verify(&anchor, self.now).is_ok())
    }

    /// The certificates that may be the issuer's, among those that came with it.
    fn issuers(&self) -> impl Iterator<Item = (ServerKey, TrustAnchor<'a>)> {
        self.intermediates.iter().take(ISSUERS_MAX).filter_map(|certificate| {
            let anchor = webpki::anchor_from_trusted_cert(certificate).ok()?;
            Some((ServerKey::of(&webpki::spki_for_anchor(&anchor)), anchor))
        })
    }

    /// Whether that issuer signed the certificate, which may have expired.
    fn is_signed_by(&self, anchor: &TrustAnchor<'_>) -> bool {
        match self.verify(anchor, self.now) {
            Err(Error::CertExpired { not_after: then, .. })
            | Err(Error::CertNotValidYet { not_before: then, .. }) => {
                self.verify(anchor, then).is_ok()
            }
            result => result.is_ok(),
        }
    }

    /// Verifies that the issuer signed the certificate directly, for a server, and that it is valid
    /// at that time.
    fn verify(&self, anchor: &TrustAnchor<'_>, time: UnixTime) -> Result<(), Error> {
        let (anchors, usage) = (std::slice::from_ref(anchor), KeyUsage::server_auth());
        self.certificate
            .verify_for_usage(self.algorithms, anchors, &[], time, usage, None, None)
            .map(drop)
    }
}
