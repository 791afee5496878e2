//! TLS as tests speak it.

use std::path::Path;
use std::sync::Arc;

use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// The server's side of TLS with this certificate and key, in PEM.
///
/// # Panics
/// When they cannot be read or do not fit.
#[must_use]
pub fn acceptor(certificate: &Path, key: &Path) -> TlsAcceptor {
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider knows TLS")
        .with_no_client_auth()
        .with_single_cert(read_certificates(certificate), read_key(key))
        .expect("a key that fits its certificate");
    config.alpn_protocols = vec![b"xmpp-client".to_vec()];
    TlsAcceptor::from(Arc::new(config))
}

/// The client's side of TLS; trusts this authority alone, whose certificate is in PEM.
///
/// # Panics
/// When it cannot be read.
#[must_use]
pub fn connector(authority: &Path) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(read_certificate(authority)).expect("a certificate authority");
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider knows TLS")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"xmpp-client".to_vec()];
    TlsConnector::from(Arc::new(config))
}

/// The first certificate in a PEM file.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn read_certificate(file: &Path) -> CertificateDer<'static> {
    CertificateDer::from_pem_file(file).expect("a certificate in PEM")
}

/// Every certificate in a PEM file.
///
/// # Panics
/// When it cannot be read.
#[must_use]
pub fn read_certificates(file: &Path) -> Vec<CertificateDer<'static>> {
    let certificates = CertificateDer::pem_file_iter(file).expect("a file");
    certificates.map(|it| it.expect("a certificate in PEM")).collect()
}

/// The private key in a PEM file.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn read_key(file: &Path) -> PrivateKeyDer<'static> {
    PrivateKeyDer::from_pem_file(file).expect("a key in PEM")
}
