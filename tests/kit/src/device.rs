//! Another program of somebody's, that says what a story writes out for it.

use std::thread::{self, JoinHandle};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;

use crate::{GUARD, PASSWORD, XmppServer, connector};

/// What opens a stream to `localhost`.
const OPEN: &str = "<stream:stream to='localhost' version='1.0' xmlns='jabber:client' \
    xmlns:stream='http://etherx.jabber.org/streams'>";

/// A device that hears everything and does nothing; it goes when this is dropped.
#[derive(Debug)]
pub struct Listener {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A signed-in connection. It understands nothing of what it hears.
#[derive(Debug)]
pub struct Device {
    stream: TlsStream<TcpStream>,
    heard: String,
    asked: u32,
    runtime: Runtime,
}

impl Device {
    /// Signs in as `name`, and is there.
    ///
    /// # Panics
    /// When that fails.
    #[must_use]
    pub fn sign_in(name: &str, server: &impl XmppServer) -> Self {
        let mut device = Self::sign_in_unseen(name, server);
        device.send("<presence/>");
        device
    }

    /// The same, but nobody sees it, and nothing is delivered to it.
    ///
    /// # Panics
    /// When that fails.
    #[must_use]
    pub fn sign_in_unseen(name: &str, server: &impl XmppServer) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a thread");
        let connector = connector(&server.certificates().authority());
        let stream = runtime.block_on(async {
            let address = ("127.0.0.1", server.direct_tls_port());
            let stream = TcpStream::connect(address).await.expect("it listens");
            let name = ServerName::try_from("localhost").expect("a name");
            connector.connect(name, stream).await.expect("TLS")
        });
        let mut device = Self { stream, heard: String::new(), asked: 0, runtime };
        device.send(OPEN);
        device.wait_for("</stream:features");
        let words = BASE64_STANDARD.encode(format!("\0{name}\0{PASSWORD}"));
        let mechanism = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'";
        device.send(&format!("<auth {mechanism}>{words}</auth>"));
        device.wait_for("<success");
        device.send(OPEN);
        device.wait_for("</stream:features");
        device.set("", "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>");
        device
    }

    /// Says this.
    ///
    /// # Panics
    /// When nobody listens.
    pub fn send(&mut self, xml: &str) {
        self.runtime.block_on(async {
            self.stream.write_all(xml.as_bytes()).await.expect("somebody listens");
            self.stream.flush().await.expect("somebody listens");
        });
    }

    /// Has something done, and waits until it is.
    ///
    /// # Panics
    /// When it is refused.
    pub fn set(&mut self, attributes: &str, payload: &str) {
        self.asked += 1;
        let id = format!("asked{}", self.asked);
        self.send(&format!("<iq type='set' id='{id}' {attributes}>{payload}</iq>"));
        let answer = self.wait_for(&format!("id='{id}'"));
        assert!(!answer.contains("type='error'"), "{payload} is refused: {answer}");
    }

    /// Waits until the server has read all that was said.
    pub fn sync(&mut self) {
        self.asked += 1;
        let id = format!("asked{}", self.asked);
        self.send(&format!("<iq type='get' id='{id}'><ping xmlns='urn:xmpp:ping'/></iq>"));
        self.wait_for(&format!("id='{id}'"));
    }

    /// Takes in and forgets what it hears from now on, until the listener is dropped.
    #[must_use]
    pub fn listen(mut self) -> Listener {
        let (stop, mut stopped) = oneshot::channel::<()>();
        let thread = thread::spawn(move || {
            let mut buffer = vec![0; 64 * 1024];
            self.runtime.block_on(async {
                loop {
                    tokio::select! {
                        read = self.stream.read(&mut buffer) => {
                            if !read.is_ok_and(|read| read > 0) { return }
                        }
                        _ = &mut stopped => return,
                    }
                }
            });
        });
        Listener { stop: Some(stop), thread: Some(thread) }
    }

    /// Publishes something of the account's own (XEP-0163).
    pub fn publish(&mut self, node: &str, id: &str, item: &str) {
        let item = format!("<item id='{id}'>{item}</item>");
        let publish = format!("<publish node='{node}'>{item}</publish>");
        self.set(
            "",
            &format!("<pubsub xmlns='http://jabber.org/protocol/pubsub'>{publish}</pubsub>"),
        );
    }

    /// Waits until a tag with these words is heard whole, after all that was waited for before; with
    /// what stands before it and as much behind it as came along.
    ///
    /// # Panics
    /// When it is not heard, or the connection ends.
    pub fn wait_for(&mut self, words: &str) -> String {
        let more = async {
            let mut buffer = vec![0; 16 * 1024];
            let is_heard =
                |heard: &str| heard.split_once(words).is_some_and(|it| it.1.contains('>'));
            while !is_heard(&self.heard) {
                let read = self.stream.read(&mut buffer).await.expect("a connection");
                let bytes = buffer.get(..read).unwrap_or_default();
                assert!(!bytes.is_empty(), "the end came instead of {words}: {}", self.heard);
                self.heard.push_str(&String::from_utf8_lossy(bytes));
            }
        };
        let heard = self.runtime.block_on(async { timeout(GUARD, more).await });
        assert!(heard.is_ok(), "waited in vain for {words}: {}", self.heard);
        std::mem::take(&mut self.heard)
    }
}
