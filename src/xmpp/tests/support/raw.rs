//! A client that says what no program of ours would.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sotto_xmpp::{Account, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// One that is signed in, with a resource of the server's choice.
pub(crate) struct Raw {
    socket: TlsStream<TcpStream>,
    heard: Vec<u8>,
}

impl Raw {
    /// Signs in where the account is said to be, with TLS from the first byte.
    pub(crate) async fn sign_in(account: &Account) -> Self {
        let Server::At { host, port, direct_tls: true } = &account.server else {
            panic!("another server is meant");
        };
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(account.extra_roots.iter().cloned());
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let domain = account.jid.domain().as_str();
        let name = ServerName::try_from(domain.to_owned()).unwrap();
        let tcp = TcpStream::connect((host.as_str(), *port)).await.unwrap();
        let socket = TlsConnector::from(Arc::new(config)).connect(name, tcp).await.unwrap();
        let mut raw = Self { socket, heard: Vec::new() };
        raw.opens(domain).await;
        let user = account.jid.node().unwrap();
        let proof = BASE64.encode(format!("\0{user}\0{}", *account.password));
        raw.says(&format!(
            "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{proof}</auth>"
        ))
        .await;
        raw.hears("<success").await;
        raw.opens(domain).await;
        let bind = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>";
        raw.says(&format!("<iq type='set' id='bind'>{bind}</iq>")).await;
        raw.hears("</iq>").await;
        raw
    }

    async fn opens(&mut self, domain: &str) {
        self.says(&format!(
            "<stream:stream xmlns='jabber:client' version='1.0' to='{domain}' \
             xmlns:stream='http://etherx.jabber.org/streams'>"
        ))
        .await;
        self.hears("</stream:features>").await;
    }

    /// Says something.
    pub(crate) async fn says(&mut self, xml: &str) {
        self.socket.write_all(xml.as_bytes()).await.unwrap();
        self.socket.flush().await.unwrap();
    }

    /// Waits until this is said; what was said up to and with it.
    pub(crate) async fn hears(&mut self, words: &str) -> String {
        loop {
            let at = self.heard.windows(words.len()).position(|window| window == words.as_bytes());
            if let Some(at) = at {
                let rest = self.heard.split_off(at + words.len());
                let heard = std::mem::replace(&mut self.heard, rest);
                return String::from_utf8(heard).unwrap();
            }
            let count = self.socket.read_buf(&mut self.heard).await.unwrap();
            assert!(count > 0, "the end; heard {}", String::from_utf8_lossy(&self.heard));
        }
    }
}
