//! The certificate that a server shows, and who signed it.

use tokio_rustls::rustls::pki_types::{
    CertificateDer, ServerName, SignatureVerificationAlgorithm, TrustAnchor, UnixTime,
};
use webpki::{EndEntityCert, Error, KeyUsage};

use crate::{PinnedKey, ServerKey};

/// Further certificates that come along are not looked at for the issuer's.
const ISSUERS_MAX: usize = 8;

/// A certificate with all that came along.
pub(super) struct PresentedChain<'a> {
    pub(super) certificate: EndEntityCert<'a>,
    intermediates: &'a [CertificateDer<'a>],
    algorithms: &'static [&'static dyn SignatureVerificationAlgorithm],
    now: UnixTime,
}

impl<'a> PresentedChain<'a> {
    /// `None` if the certificate cannot be read.
    pub(super) fn read(
        certificate: &'a CertificateDer<'a>,
        intermediates: &'a [CertificateDer<'a>],
        algorithms: &'static [&'static dyn SignatureVerificationAlgorithm],
        now: UnixTime,
    ) -> Option<Self> {
        let certificate = EndEntityCert::try_from(certificate).ok()?;
        Some(Self { certificate, intermediates, algorithms, now })
    }

    /// The key in it.
    pub(super) fn key(&self) -> ServerKey {
        ServerKey::of(&self.certificate.subject_public_key_info())
    }

    /// What is trusted if the person trusts this.
    pub(super) fn pin_candidate(&self) -> PinnedKey {
        let key = self.key();
        let issuer =
            self.issuers().find(|(issuer, anchor)| *issuer != key && self.is_signed_by(anchor));
        PinnedKey { key, issuer: issuer.map(|(issuer, _)| issuer) }
    }

    /// Whether whoever has this key gave the server of that name a certificate that is good now.
    pub(super) fn is_valid_under(&self, issuer: ServerKey, name: &ServerName<'_>) -> bool {
        self.certificate.verify_is_valid_for_subject_name(name).is_ok()
            && self
                .issuers()
                .filter(|(key, _)| *key == issuer)
                .any(|(_, anchor)| self.verify(&anchor, self.now).is_ok())
    }

    /// Whoever may have signed it, by what came along.
    fn issuers(&self) -> impl Iterator<Item = (ServerKey, TrustAnchor<'a>)> {
        self.intermediates.iter().take(ISSUERS_MAX).filter_map(|certificate| {
            let anchor = webpki::anchor_from_trusted_cert(certificate).ok()?;
            Some((ServerKey::of(&webpki::spki_for_anchor(&anchor)), anchor))
        })
    }

    /// Whether they signed it, be it out of date or not.
    fn is_signed_by(&self, anchor: &TrustAnchor<'_>) -> bool {
        match self.verify(anchor, self.now) {
            Err(Error::CertExpired { not_after: then, .. })
            | Err(Error::CertNotValidYet { not_before: then, .. }) => {
                self.verify(anchor, then).is_ok()
            }
            result => result.is_ok(),
        }
    }

    /// Whether they signed it, nobody in between, for a server, and it is good at that time.
    fn verify(&self, anchor: &TrustAnchor<'_>, time: UnixTime) -> Result<(), Error> {
        let (anchors, usage) = (std::slice::from_ref(anchor), KeyUsage::server_auth());
        self.certificate
            .verify_for_usage(self.algorithms, anchors, &[], time, usage, None, None)
            .map(drop)
    }
}
