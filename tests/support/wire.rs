//! Listening between a client and its server.

mod copies;
mod neighbours;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use kit::{XmppServer, acceptor, connector};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::{broadcast, watch};
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// A proxy that holds a certificate of the server's own authority, so that it reads every byte of
/// a connection by direct TLS, and can cut it.
#[derive(Debug)]
pub struct Wire {
    port: u16,
    record: Arc<Record>,
    cut: watch::Sender<Cut>,
    held: watch::Sender<Held>,
    said: broadcast::Sender<Arc<str>>,
    forger: watch::Sender<Option<Forger>>,
    client_forger: watch::Sender<Option<Forger>>,
    // Dropping it ends every connection.
    _runtime: Runtime,
}

/// So much may wait to be said.
const SAID_MAX: usize = 1_024;

/// Writes what the server says anew, as a server could that is not honest.
pub type Forger = fn(&str) -> String;

/// How connections are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Closed on both sides, with goodbye.
    Close,
    /// Torn off on both sides: the client's system is told of an error.
    Reset,
    /// Closed towards the client only. The server learns of it when the client is back, or never.
    Strand,
}

/// What is kept instead of let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    Nothing,
    /// A private message from the server, until the next comes: they change places.
    Neighbours,
    /// Nothing, and each private message from the server comes from another program too.
    Copies,
    FromServer,
    Everything,
}

/// What passed, all connections one after another.
#[derive(Debug, Default)]
struct Record {
    from_client: Mutex<Vec<u8>>,
    from_server: Mutex<Vec<u8>>,
    swaps: AtomicUsize,
}

impl Wire {
    /// Puts itself before a server.
    ///
    /// # Panics
    /// When it cannot listen.
    #[must_use]
    pub fn tap(server: &impl XmppServer) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("threads");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a free port");
        let port = listener.local_addr().unwrap().port();
        let certificates = server.certificates();
        let acceptor = acceptor(&certificates.certificate(), &certificates.key());
        let connector = connector(&certificates.authority());
        let record = Arc::new(Record::default());
        let (cut, watched_cut) = watch::channel(Cut::Close);
        let (held, watched_held) = watch::channel(Held::Nothing);
        let (said, _) = broadcast::channel(SAID_MAX);
        let to_say = said.clone();
        let (forger, watched_forger) = watch::channel(None);
        let (client_forger, watched_client_forger) = watch::channel(None);
        let upstream = SocketAddr::from(([127, 0, 0, 1], server.direct_tls_port()));
        let recorded = Arc::clone(&record);
        runtime.spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (acceptor, connector) = (acceptor.clone(), connector.clone());
                let mut line = Line {
                    record: Arc::clone(&recorded),
                    cut: watched_cut.clone(),
                    held: watched_held.clone(),
                    said: to_say.clone(),
                    forger: watched_forger.clone(),
                    client_forger: watched_client_forger.clone(),
                };
                line.cut.mark_unchanged();
                // An error here is a connection that ended, which is no news.
                tokio::spawn(async move { line.pass(client, upstream, acceptor, connector).await });
            }
        });
        Self { port, record, cut, held, said, forger, client_forger, _runtime: runtime }
    }

    /// Where it listens, by TLS from the first byte.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Cuts every connection there is. New ones are let through.
    pub fn cut(&self, how: Cut) {
        self.cut.send_replace(how);
    }

    /// Lets nothing through from now on; what comes is kept, until [`Wire::flow`] or a cut.
    pub fn stall(&self) {
        self.held.send_replace(Held::Everything);
    }

    /// Lets through what the client sends, and nothing of what the server says to it.
    pub fn mute(&self) {
        self.held.send_replace(Held::FromServer);
    }

    /// Swaps private messages from the server that stand beside each other under the same keys,
    /// as servers do to some when a stream is resumed, until [`Wire::flow_in_order`].
    pub fn swap(&self) {
        self.held.send_replace(Held::Neighbours);
    }

    /// Lets each private message from the server come once more, as from a program of the contact's
    /// that does not exist. A server that counts stanzas would notice.
    pub fn copy(&self) {
        self.held.send_replace(Held::Copies);
    }

    /// Swaps nothing any more; what is kept for another reason stays kept.
    pub fn flow_in_order(&self) {
        self.held.send_if_modified(|held| {
            let swapped = *held == Held::Neighbours;
            if swapped {
                *held = Held::Nothing;
            }
            swapped
        });
    }

    /// How often two changed places.
    #[must_use]
    pub fn swaps(&self) -> usize {
        self.record.swaps.load(Ordering::Relaxed)
    }

    /// Lets through what was kept, and all that comes.
    pub fn flow(&self) {
        self.held.send_replace(Held::Nothing);
    }

    /// Says something in the server's name, to every client that is connected, while the server
    /// itself is silent. Neither counts it: not with stream management.
    ///
    /// # Panics
    /// When nobody is connected.
    pub fn say(&self, xml: &str) {
        self.said.send(xml.into()).expect("a client");
    }

    /// Has what the server says from now on written anew. Messages stay as many as they were, or the
    /// stream would break.
    pub fn forge(&self, forger: Forger) {
        self.forger.send_replace(Some(forger));
    }

    /// Has what the client says from now on written anew.
    pub fn forge_client(&self, forger: Forger) {
        self.client_forger.send_replace(Some(forger));
    }

    /// Everything the client sent so far.
    #[must_use]
    pub fn from_client(&self) -> String {
        text(&self.record.from_client)
    }

    /// Everything the server sent so far.
    #[must_use]
    pub fn from_server(&self) -> String {
        text(&self.record.from_server)
    }

    /// Whether the client ever sent this so that it can be read: as it is, or inside of Base64.
    #[must_use]
    pub fn betrays(&self, words: &str) -> bool {
        let sent = self.from_client();
        sent.contains(words) || decoded(&sent).any(|bytes| contains(&bytes, words.as_bytes()))
    }
}

/// Everything in a text that may be Base64, decoded from each of the four places where it may
/// begin.
fn decoded(text: &str) -> impl Iterator<Item = Vec<u8>> {
    let is_base64 = |letter: char| letter.is_ascii_alphanumeric() || letter == '+' || letter == '/';
    text.split(move |letter| !is_base64(letter)).filter(|run| run.len() >= 8).flat_map(|run| {
        (0..4).filter_map(move |skipped| {
            let run = run.get(skipped..)?;
            let whole = run.get(..run.len() / 4 * 4)?;
            BASE64_STANDARD.decode(whole).ok()
        })
    })
}

fn contains(bytes: &[u8], words: &[u8]) -> bool {
    bytes.windows(words.len()).any(|window| window == words)
}

fn text(bytes: &Mutex<Vec<u8>>) -> String {
    String::from_utf8_lossy(&bytes.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
}

/// One connection.
struct Line {
    record: Arc<Record>,
    cut: watch::Receiver<Cut>,
    held: watch::Receiver<Held>,
    said: broadcast::Sender<Arc<str>>,
    forger: watch::Receiver<Option<Forger>>,
    client_forger: watch::Receiver<Option<Forger>>,
}

impl Line {
    async fn pass(
        &mut self,
        client: TcpStream,
        upstream: SocketAddr,
        acceptor: TlsAcceptor,
        connector: TlsConnector,
    ) -> std::io::Result<()> {
        let mut client = acceptor.accept(client).await?;
        let server = TcpStream::connect(upstream).await?;
        let name = ServerName::try_from("localhost").expect("a name");
        let mut server = connector.connect(name, server).await?;
        let record = &self.record;
        let from_client_flows = |held: &Held| *held != Held::Everything;
        let from_server_flows =
            |held: &Held| matches!(held, Held::Nothing | Held::Neighbours | Held::Copies);
        let (out, back) = (self.held.clone(), self.held.clone());
        let meddling = Meddling {
            swaps: Some(&record.swaps),
            said: Some(self.said.subscribe()),
            forger: Some(&self.forger),
        };
        let meddling_out = Meddling { forger: Some(&self.client_forger), ..Meddling::default() };
        let cut = {
            let (from_client, to_client) = split(&mut client);
            let (from_server, to_server) = split(&mut server);
            // Whichever side ends first ends both.
            tokio::select! {
                ended = copy(from_client, to_server, &record.from_client, out, from_client_flows, meddling_out) => {
                    return ended;
                }
                ended = copy(from_server, to_client, &record.from_server, back, from_server_flows, meddling) => {
                    return ended;
                }
                _ = self.cut.changed() => *self.cut.borrow_and_update(),
            }
        };
        match cut {
            Cut::Close => {}
            Cut::Reset => client.get_ref().0.set_zero_linger()?,
            Cut::Strand => {
                drop(client);
                // It is heard no more, but the line stays up until the server ends it.
                tokio::io::copy(&mut server, &mut tokio::io::sink()).await?;
            }
        }
        Ok(())
    }
}

/// The next that is to be said besides; never without.
async fn next_said(said: &mut Option<broadcast::Receiver<Arc<str>>>) -> Arc<str> {
    if let Some(said) = said
        && let Ok(xml) = said.recv().await
    {
        return xml;
    }
    std::future::pending().await
}

/// What is done to one direction besides: with `swaps`, neighbours change places when asked, or come
/// twice; what is `said` goes out between; and a forger writes anew what it reads.
#[derive(Default)]
struct Meddling<'a> {
    swaps: Option<&'a AtomicUsize>,
    said: Option<broadcast::Receiver<Arc<str>>>,
    forger: Option<&'a watch::Receiver<Option<Forger>>>,
}

/// Passes bytes on, recorded before they leave.
async fn copy(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    record: &Mutex<Vec<u8>>,
    mut held: watch::Receiver<Held>,
    flows: impl Fn(&Held) -> bool,
    Meddling { swaps, mut said, forger }: Meddling<'_>,
) -> std::io::Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    let mut kept = Vec::new();
    loop {
        let read = tokio::select! {
            read = from.read(&mut buffer) => read?,
            xml = next_said(&mut said), if kept.is_empty() => {
                to.write_all(xml.as_bytes()).await?;
                to.flush().await?;
                continue;
            }
            // Nobody waits for a neighbour any more.
            Ok(()) = held.changed(), if !kept.is_empty() => {
                let bytes = std::mem::take(&mut kept);
                if held.wait_for(|held| flows(held)).await.is_err() {
                    return Ok(());
                }
                to.write_all(&bytes).await?;
                to.flush().await?;
                continue;
            }
        };
        let bytes = buffer.get(..read).unwrap_or_default();
        if bytes.is_empty() {
            return to.shutdown().await;
        }
        record.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        kept.extend_from_slice(bytes);
        match held.wait_for(|held| flows(held)).await.map(|held| *held) {
            Err(_) => return Ok(()),
            Ok(Held::Neighbours) => {
                if let Some(swaps) = swaps
                    && neighbours::swap(&mut kept, swaps) == neighbours::Then::Wait
                {
                    continue;
                }
            }
            Ok(Held::Copies) => {
                if swaps.is_some() && copies::double(&mut kept) == neighbours::Then::Wait {
                    continue;
                }
            }
            Ok(Held::Nothing | Held::FromServer | Held::Everything) => {}
        }
        if let Some(forge) = forger.and_then(|forger| *forger.borrow())
            && let Ok(text) = std::str::from_utf8(&kept)
        {
            // A stanza that has not come to its end waits for the rest.
            if text.matches("<message").count() > text.matches("</message>").count() {
                continue;
            }
            kept = forge(text).into_bytes();
        }
        to.write_all(&std::mem::take(&mut kept)).await?;
        to.flush().await?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_inside_of_base64_are_found_wherever_it_begins() {
        let hidden = BASE64_STANDARD.encode("xx meet me at the cinema xx");
        let found = |text: &str| decoded(text).any(|bytes| contains(&bytes, b"the cinema"));
        assert!(found(&format!("<body>{hidden}</body>")));
        assert!(found(&format!("<body>?OTR:abc{hidden}.</body>")));
        assert!(!found("<body>bWVldCBtZQ==</body>"));
    }
}
