//! Encryption of the transport.

use std::io;
use std::sync::Arc;

use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{ClientConfig, Error as TlsError, ProtocolVersion, RootCertStore};

use super::tls_server_end_point::tls_server_end_point;
use super::verify::{Verdict, Verifier, key_of};
use crate::failure::Failure;
use crate::sign_in::ChannelBinding;
use crate::stream::Socket;
use crate::{ChannelBindingType, ServerKey, SignInError, TlsVersion};

/// The label of RFC 9266 §2.
const EXPORTER_LABEL: &[u8] = b"EXPORTER-Channel-Binding";
/// The protocol asked for when TLS comes first (XEP-0368 §3).
const ALPN: &[u8] = b"xmpp-client";

/// How a socket was encrypted.
pub(crate) struct Protection {
    /// What a sign-in may be bound to.
    pub(crate) bindings: Vec<ChannelBinding>,
    pub(crate) version: TlsVersion,
    pub(crate) key: Option<ServerKey>,
}

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
pub(super) async fn secure(
    socket: Box<dyn Socket>,
    domain: &str,
    verifier: Verifier,
    direct_tls: bool,
) -> Result<(Box<dyn Socket>, Protection), Failure> {
    let name = ServerName::try_from(domain.trim_matches(['[', ']']).to_owned())
        .map_err(|_| Failure::protocol("the domain is no host name"))?;
    let tls = TlsConnector::from(Arc::new(config(verifier, direct_tls)?))
        .connect(name, socket)
        .await
        .map_err(|error| handshake_failure(&error, domain))?;
    let (_, connection) = tls.get_ref();
    let version = match connection.protocol_version() {
        Some(ProtocolVersion::TLSv1_3) => TlsVersion::V1_3,
        _ => TlsVersion::V1_2,
    };
    let certificate = connection.peer_certificates().and_then(<[_]>::first);
    // RFC 9266 §3 asks of older versions what cannot be asked of ours.
    let exported = (version == TlsVersion::V1_3)
        .then(|| connection.export_keying_material(vec![0; 32], EXPORTER_LABEL, None).ok())
        .flatten()
        .map(|data| ChannelBinding { kind: ChannelBindingType::Exporter, data });
    let end_point = certificate
        .and_then(|certificate| tls_server_end_point(certificate))
        .map(|data| ChannelBinding { kind: ChannelBindingType::ServerEndPoint, data });
    let bindings = exported.into_iter().chain(end_point).collect();
    let key = certificate.and_then(key_of);
    Ok((Box::new(tls), Protection { bindings, version, key }))
}

/// TLS 1.2 and 1.3; our cryptography has no ciphers but those with authentication (AEAD). It is
/// given, so that another one linked into the program cannot change it.
fn config(verifier: Verifier, direct_tls: bool) -> Result<ClientConfig, Failure> {
    let mut config = ClientConfig::builder_with_provider(verifier.provider())
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(|error| Failure::protocol(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    if direct_tls {
        config.alpn_protocols = vec![ALPN.to_vec()];
    }
    Ok(config)
}

/// Only a certificate that does not verify is final; a broken handshake passes.
fn handshake_failure(error: &io::Error, domain: &str) -> Failure {
    let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>()) else {
        return Failure::lost();
    };
    let host = domain.to_owned();
    match Verdict::of(error) {
        Some(Verdict::Certificate { problem, key }) => {
            Failure::Permanent(SignInError::CertificateRefused { host, problem, key })
        }
        Some(Verdict::KeyChanged { trusted, found }) => {
            let found = Box::new(found);
            Failure::Permanent(SignInError::KeyChanged { host, trusted, found })
        }
        None => Failure::protocol(format!("TLS: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use tokio_rustls::rustls::CertificateError;

    use super::*;
    use crate::{CertificateProblem, PinnedKey};

    #[test]
    fn a_cut_handshake_passes_but_a_bad_certificate_does_not() {
        let cut = io::Error::new(io::ErrorKind::UnexpectedEof, "tls handshake eof");
        assert_eq!(handshake_failure(&cut, "example.org"), Failure::lost());
        let refused = |error: TlsError| {
            handshake_failure(&io::Error::new(io::ErrorKind::InvalidData, error), "example.org")
        };
        let (host, problem) = ("example.org".to_owned(), CertificateProblem::Expired);
        let trusted = ServerKey::of(b"old");
        let found = PinnedKey { key: ServerKey::of(b"new"), issuer: Some(trusted) };
        assert_eq!(
            refused(TlsError::InvalidCertificate(CertificateError::Expired)),
            Failure::Permanent(SignInError::CertificateRefused {
                host: host.clone(),
                problem,
                key: None
            })
        );
        assert_eq!(
            refused(Verdict::Certificate { problem, key: Some(found) }.into()),
            Failure::Permanent(SignInError::CertificateRefused {
                host: host.clone(),
                problem,
                key: Some(found)
            })
        );
        assert_eq!(
            refused(Verdict::KeyChanged { trusted, found }.into()),
            Failure::Permanent(SignInError::KeyChanged { host, trusted, found: Box::new(found) })
        );
    }

    #[test]
    fn nothing_older_than_tls_1_2_and_no_cipher_without_authentication_is_offered() {
        let verifier = Verifier::new(Arc::new(RootCertStore::empty()), None);
        let config = config(verifier, true).unwrap();
        let suites = &config.crypto_provider().cipher_suites;
        assert!(!suites.is_empty());
        for suite in suites {
            let name = format!("{:?}", suite.suite());
            assert!(name.contains("GCM") || name.contains("POLY1305"), "{name}");
            assert!(matches!(
                suite.version().version,
                ProtocolVersion::TLSv1_2 | ProtocolVersion::TLSv1_3
            ));
        }
    }
}
