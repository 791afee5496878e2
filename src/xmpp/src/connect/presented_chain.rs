//! The certificate that a server shows, and who signed it.

use tokio_rustls::rustls::pki_types::{
    CertificateDer, ServerName, SignatureVerificationAlgorithm, TrustAnchor, UnixTime,
};
use webpki::{EndEntityCert, Error, KeyUsage};

use crate::{ServerKey, TrustedKey};

/// Further certificates that come along are not looked at for the issuer's.
const ISSUERS_MAX: usize = 8;

/// A certificate with all that came along.
pub(super) struct Shown<'a> {
    pub(super) certificate: EndEntityCert<'a>,
    along: &'a [CertificateDer<'a>],
    algorithms: &'static [&'static dyn SignatureVerificationAlgorithm],
    now: UnixTime,
}

impl<'a> Shown<'a> {
    /// `None` if the certificate cannot be read.
    pub(super) fn read(
        certificate: &'a CertificateDer<'a>,
        along: &'a [CertificateDer<'a>],
        algorithms: &'static [&'static dyn SignatureVerificationAlgorithm],
        now: UnixTime,
    ) -> Option<Self> {
        let certificate = EndEntityCert::try_from(certificate).ok()?;
        Some(Self { certificate, along, algorithms, now })
    }

    /// The key in it.
    pub(super) fn key(&self) -> ServerKey {
        ServerKey::of(&self.certificate.subject_public_key_info())
    }

    /// What is trusted if the person trusts this.
    pub(super) fn offer(&self) -> TrustedKey {
        let key = self.key();
        let issuer = self.issuers().find(|(issuer, anchor)| *issuer != key && self.was_by(anchor));
        TrustedKey { key, issuer: issuer.map(|(issuer, _)| issuer) }
    }

    /// Whether whoever has this key gave the server of that name a certificate that is good now.
    pub(super) fn is_good_by(&self, issuer: ServerKey, name: &ServerName<'_>) -> bool {
        self.certificate.verify_is_valid_for_subject_name(name).is_ok()
            && self
                .issuers()
                .filter(|(key, _)| *key == issuer)
                .any(|(_, anchor)| self.verify(&anchor, self.now).is_ok())
    }

    /// Whoever may have signed it, by what came along.
    fn issuers(&self) -> impl Iterator<Item = (ServerKey, TrustAnchor<'a>)> {
        self.along.iter().take(ISSUERS_MAX).filter_map(|certificate| {
            let anchor = webpki::anchor_from_trusted_cert(certificate).ok()?;
            Some((ServerKey::of(&webpki::spki_for_anchor(&anchor)), anchor))
        })
    }

    /// Whether they signed it, be it out of date or not.
    fn was_by(&self, anchor: &TrustAnchor<'_>) -> bool {
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
