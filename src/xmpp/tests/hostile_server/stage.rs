//! Where the test's own servers stand.

use std::sync::Arc;

use kit::openssl::{make_authority, make_certificate, make_key};
use kit::{Scratch, read_certificate, read_certificates, read_key};
use sotto_xmpp::{Account, Server};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ALL_VERSIONS, ServerConfig, SupportedProtocolVersion};

use crate::wire::Wire;

/// What the account's password is.
pub(crate) const PASSWORD: &str = "Gruß, pencil";
/// The domain of its server.
pub(crate) const DOMAIN: &str = "example.org";

/// A server's place: its port, its key and its certificates.
pub(crate) struct Stage {
    pub(crate) directory: Scratch,
    listener: TcpListener,
    pub(crate) port: u16,
}

impl Stage {
    /// With a good certificate.
    pub(crate) async fn new() -> Self {
        Self::with_certificate(|directory| make_certificate(directory, "server", &[DOMAIN], 2))
            .await
    }

    /// With a certificate made from `ca.key`, `ca.crt` and `server.key` as `server.crt`.
    pub(crate) async fn with_certificate(make: impl FnOnce(&std::path::Path)) -> Self {
        let directory = Scratch::new("server");
        make_authority(directory.path());
        make_key(directory.path(), "server");
        make(directory.path());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        Self { directory, listener, port }
    }

    /// How to sign in here, with TLS from the first byte.
    pub(crate) fn account(&self) -> Account {
        let jid = format!("alice@{DOMAIN}").parse().unwrap();
        Account {
            server: Server::At { host: "127.0.0.1".into(), port: self.port, direct_tls: true },
            extra_roots: vec![read_certificate(&self.directory.file("ca.crt"))],
            ..Account::new(jid, PASSWORD.to_owned().into())
        }
    }

    /// How to sign in here with STARTTLS.
    pub(crate) fn account_with_starttls(&self) -> Account {
        let server = Server::At { host: "127.0.0.1".into(), port: self.port, direct_tls: false };
        Account { server, ..self.account() }
    }

    /// The next connection.
    pub(crate) async fn accept_plain(&self) -> Wire {
        Wire::on(self.listener.accept().await.unwrap().0)
    }

    /// The next connection, encrypted.
    pub(crate) async fn accept(&self) -> Wire {
        self.accept_plain().await.secured(&self.acceptor()).await.expect("a handshake")
    }

    /// The next connection, signed in honestly.
    pub(crate) async fn serve(&self) -> Wire {
        let mut wire = self.accept().await;
        wire.goes_online().await;
        wire
    }

    /// The next connection, which refuses our certificate.
    pub(crate) async fn accept_refusal(&self) {
        let refused = self.accept_plain().await.secured(&self.acceptor()).await.is_err();
        // With TLS 1.3 our half of the handshake may be over before theirs fails.
        let _ = refused;
    }

    /// Whether somebody knocked.
    pub(crate) async fn was_called(&self) -> bool {
        futures::future::FutureExt::now_or_never(self.listener.accept()).is_some()
    }

    /// What encrypts, with `server.crt` and `server.key` as they are now.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        self.acceptor_of(ALL_VERSIONS)
    }

    /// The same with these versions of TLS.
    pub(crate) fn acceptor_of(
        &self,
        versions: &[&'static SupportedProtocolVersion],
    ) -> TlsAcceptor {
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(versions)
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                read_certificates(&self.directory.file("server.crt")),
                read_key(&self.directory.file("server.key")),
            )
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}
