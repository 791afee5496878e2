//! Encryption of the transport, and what is wrong with a certificate.

use std::io;
use std::sync::Arc;

use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, Error as TlsError, ProtocolVersion, RootCertStore,
};

use crate::failure::Failure;
use crate::sign_in::ChannelBinding;
use crate::stream::Socket;
use crate::{CertificateProblem, SignInError};

/// The label of RFC 9266 §2.
const EXPORTER_LABEL: &[u8] = b"EXPORTER-Channel-Binding";
/// The protocol asked for when TLS comes first (XEP-0368 §3).
const ALPN: &[u8] = b"xmpp-client";

/// Whom to trust: the system's authorities, and some more.
pub(crate) async fn trusted_roots(
    extra: &[CertificateDer<'static>],
) -> Result<Arc<RootCertStore>, Failure> {
    let native = tokio::task::spawn_blocking(rustls_native_certs::load_native_certs)
        .await
        .map_err(|_| Failure::lost())?;
    for error in &native.errors {
        tracing::warn!(%error, "some certificate authorities of the system cannot be read");
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(native.certs);
    roots.add_parsable_certificates(extra.iter().cloned());
    Ok(Arc::new(roots))
}

/// Encrypts `socket`, and makes sure that the server is `domain`, an A-label or an address.
/// With TLS 1.3 the channel binding comes along.
pub(crate) async fn secure(
    socket: Box<dyn Socket>,
    domain: &str,
    roots: Arc<RootCertStore>,
    direct_tls: bool,
) -> Result<(Box<dyn Socket>, Option<ChannelBinding>), Failure> {
    let name = ServerName::try_from(domain.trim_matches(['[', ']']).to_owned())
        .map_err(|_| Failure::protocol("the domain is no host name"))?;
    // The provider is given, so that another one linked into the program cannot change it.
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Failure::protocol(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    if direct_tls {
        config.alpn_protocols = vec![ALPN.to_vec()];
    }
    let tls = TlsConnector::from(Arc::new(config))
        .connect(name, socket)
        .await
        .map_err(|error| handshake_failure(&error, domain))?;
    let (_, connection) = tls.get_ref();
    let binding = (connection.protocol_version() == Some(ProtocolVersion::TLSv1_3))
        .then(|| connection.export_keying_material([0; 32], EXPORTER_LABEL, None).ok())
        .flatten()
        .map(ChannelBinding);
    Ok((Box::new(tls), binding))
}

/// Only a certificate that does not verify is final; a broken handshake passes.
fn handshake_failure(error: &io::Error, domain: &str) -> Failure {
    let tls_error = error.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>());
    match tls_error {
        Some(TlsError::InvalidCertificate(error)) => {
            Failure::Refused(SignInError::CertificateRefused {
                host: domain.to_owned(),
                problem: problem(error),
            })
        }
        Some(error) => Failure::protocol(format!("TLS: {error}")),
        None => Failure::lost(),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "all that is left means the same to a person")]
fn problem(error: &CertificateError) -> CertificateProblem {
    match error {
        CertificateError::UnknownIssuer => CertificateProblem::UnknownIssuer,
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => CertificateProblem::Expired,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            CertificateProblem::WrongName
        }
        CertificateError::Revoked => CertificateProblem::Revoked,
        // A server that shows a certificate it made itself.
        CertificateError::Other(other) if other.0.to_string().contains("CaUsedAsEndEntity") => {
            CertificateProblem::UnknownIssuer
        }
        _ => CertificateProblem::Invalid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_handshake_passes_but_a_bad_certificate_does_not() {
        let cut = io::Error::new(io::ErrorKind::UnexpectedEof, "tls handshake eof");
        assert_eq!(handshake_failure(&cut, "example.org"), Failure::lost());
        let bad = TlsError::InvalidCertificate(CertificateError::Expired);
        let bad = io::Error::new(io::ErrorKind::InvalidData, bad);
        let host = "example.org".to_owned();
        let problem = CertificateProblem::Expired;
        assert_eq!(
            handshake_failure(&bad, "example.org"),
            Failure::Refused(SignInError::CertificateRefused { host, problem })
        );
    }
}
