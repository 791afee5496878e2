//! One connection, as a server sees it.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::scram::Exchange;
use crate::stage::{DOMAIN, PASSWORD};

/// What most servers offer before sign-in.
pub(crate) const MECHANISMS: &str = "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>\
    <mechanism>PLAIN</mechanism><mechanism>SCRAM-SHA-1</mechanism>\
    <mechanism>SCRAM-SHA-256</mechanism></mechanisms>";
/// And after.
pub(crate) const FEATURES: &str = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>\
    <sm xmlns='urn:xmpp:sm:3'/><csi xmlns='urn:xmpp:csi:0'/>";
/// Our client's JID, once bound.
pub(crate) const ALICE: &str = "alice@example.org/sotto";

/// The bytes under it.
#[expect(clippy::large_enum_variant, reason = "there are a few")]
enum Socket {
    Plain(TcpStream),
    Secured(TlsStream<TcpStream>),
}

/// One connection.
pub(crate) struct Wire {
    socket: Socket,
    heard: Vec<u8>,
}

impl Wire {
    pub(crate) fn on(socket: TcpStream) -> Self {
        Self { socket: Socket::Plain(socket), heard: Vec::new() }
    }

    /// Encrypts it.
    pub(crate) async fn secured(self, acceptor: &TlsAcceptor) -> io::Result<Self> {
        let Socket::Plain(tcp) = self.socket else { panic!("already encrypted") };
        let socket = Socket::Secured(acceptor.accept(tcp).await?);
        Ok(Self { socket, heard: Vec::new() })
    }

    /// What a sign-in may be bound to (RFC 9266).
    pub(crate) fn exporter(&self) -> [u8; 32] {
        let Socket::Secured(tls) = &self.socket else { panic!("not encrypted") };
        tls.get_ref().1.export_keying_material([0; 32], b"EXPORTER-Channel-Binding", None).unwrap()
    }

    /// Says something.
    pub(crate) async fn says(&mut self, xml: impl AsRef<[u8]>) {
        self.tries_to_say(xml).await.unwrap();
    }

    /// Says something to who may have left.
    pub(crate) async fn tries_to_say(&mut self, xml: impl AsRef<[u8]>) -> io::Result<()> {
        async fn write(io: &mut (impl AsyncWrite + Unpin), xml: &[u8]) -> io::Result<()> {
            io.write_all(xml).await?;
            io.flush().await
        }
        match &mut self.socket {
            Socket::Plain(tcp) => write(tcp, xml.as_ref()).await,
            Socket::Secured(tls) => write(tls, xml.as_ref()).await,
        }
    }

    async fn read(&mut self) -> io::Result<usize> {
        async fn read(io: &mut (impl AsyncRead + Unpin), heard: &mut Vec<u8>) -> io::Result<usize> {
            let mut chunk = [0; 16 * 1024];
            let count = io.read(&mut chunk).await?;
            heard.extend(&chunk[..count]);
            Ok(count)
        }
        match &mut self.socket {
            Socket::Plain(tcp) => read(tcp, &mut self.heard).await,
            Socket::Secured(tls) => read(tls, &mut self.heard).await,
        }
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
            let count = self.read().await.unwrap();
            let heard = String::from_utf8_lossy(&self.heard);
            assert!(count > 0, "the end instead of {words}; heard {heard}");
        }
    }

    /// Waits for the end; what was said until then.
    pub(crate) async fn hears_the_end(mut self) -> String {
        while matches!(self.read().await, Ok(1..)) {}
        String::from_utf8_lossy(&self.heard).into_owned()
    }

    /// Answers the opening of a stream.
    pub(crate) async fn opens(&mut self, features: &str) {
        self.hears("<stream:stream").await;
        self.hears(">").await;
        self.says(format!(
            "<?xml version='1.0'?><stream:stream xmlns='jabber:client' version='1.0' id='s' \
             xmlns:stream='http://etherx.jabber.org/streams' from='{DOMAIN}'>\
             <stream:features>{features}</stream:features>"
        ))
        .await;
    }

    /// The text of the next element of this name, decoded, and its start tag.
    pub(crate) async fn hears_sasl(&mut self, name: &str) -> (String, String) {
        let xml = self.hears(&format!("</{name}>")).await;
        let xml = xml.trim_end_matches(&format!("</{name}>"));
        let (tag, text) = xml.rsplit_once('>').unwrap();
        (String::from_utf8(BASE64.decode(text).unwrap()).unwrap(), tag.to_owned())
    }

    /// Says an element of the sign-in.
    pub(crate) async fn says_sasl(&mut self, name: &str, message: &str) {
        let text = BASE64.encode(message);
        self.says(format!("<{name} xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{text}</{name}>"))
            .await;
    }

    /// Lets our client sign in, honestly.
    pub(crate) async fn signs_in(&mut self) {
        self.opens(MECHANISMS).await;
        self.takes_proof().await;
    }

    /// The same, once the mechanisms were offered.
    pub(crate) async fn takes_proof(&mut self) {
        let (first, _) = self.hears_sasl("auth").await;
        let (exchange, challenge) = Exchange::usual(&first);
        self.says_sasl("challenge", &challenge).await;
        let (last, _) = self.hears_sasl("response").await;
        let signature = exchange.finish(&last, PASSWORD).unwrap();
        self.says_sasl("success", &signature).await;
    }

    /// The client's first message and the whole of what it asks for along with the sign-in.
    pub(crate) async fn hears_wishes(&mut self) -> (String, String) {
        self.hears("<authenticate").await;
        let wishes = self.hears("</authenticate>").await;
        let first = wishes.split("</initial-response>").next().unwrap();
        let first = first.rsplit('>').next().unwrap();
        (String::from_utf8(BASE64.decode(first).unwrap()).unwrap(), wishes)
    }

    /// Takes the proof of a sign-in that carries wishes along. The wishes, and a signature of
    /// who knows this password.
    pub(crate) async fn takes_wishes(&mut self, password: &str) -> (String, String) {
        let (first, wishes) = self.hears_wishes().await;
        let (exchange, challenge) = Exchange::usual(&first);
        let challenge = BASE64.encode(challenge);
        self.says(format!("<challenge xmlns='urn:xmpp:sasl:2'>{challenge}</challenge>")).await;
        let (last, _) = self.hears_sasl("response").await;
        (wishes, exchange.signature(&last, password))
    }

    /// Says that the sign-in succeeded, and this along with it.
    pub(crate) async fn grants(&mut self, signature: &str, who: &str, along: &str) {
        let proof = BASE64.encode(signature);
        self.says(format!(
            "<success xmlns='urn:xmpp:sasl:2'><additional-data>{proof}</additional-data>\
             <authorization-identifier>{who}</authorization-identifier>{along}</success>"
        ))
        .await;
    }

    /// Waits for an iq; its id.
    pub(crate) async fn hears_iq(&mut self) -> String {
        let iq = self.hears("</iq>").await;
        let from = iq.rfind("<iq").unwrap();
        let id = iq[from..].split(" id=").nth(1).expect("an id");
        id[1..].chars().take_while(|c| *c != '\'' && *c != '"').collect()
    }

    /// Lets our client sign in and begin a session.
    pub(crate) async fn goes_online(&mut self) {
        self.signs_in().await;
        self.begins_session().await;
    }

    /// Binds a resource and turns stream management on.
    pub(crate) async fn begins_session(&mut self) {
        self.binds("<enabled xmlns='urn:xmpp:sm:3'/>").await;
    }

    /// The same, turning it on so.
    pub(crate) async fn binds(&mut self, enabled: &str) {
        self.opens(FEATURES).await;
        let id = self.hears_iq().await;
        self.says(format!(
            "<iq type='result' id='{id}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
             <jid>{ALICE}</jid></bind></iq>"
        ))
        .await;
        self.hears("<enable").await;
        self.says(enabled).await;
        self.hears("<r ").await;
        self.confirms_nothing().await;
    }

    /// Answers a request, so that the connection does not count as lost.
    pub(crate) async fn confirms_nothing(&mut self) {
        self.says("<a xmlns='urn:xmpp:sm:3' h='0'/>").await;
    }

    /// Asks how many stanzas our client has counted.
    pub(crate) async fn asks_count(&mut self) -> u32 {
        self.confirms_nothing().await;
        self.says("<r xmlns='urn:xmpp:sm:3'/>").await;
        self.hears("<a ").await;
        let answer = self.hears(">").await;
        let h = answer.split(" h=").nth(1).or_else(|| answer.split("h=").nth(1)).expect("a count");
        h[1..].chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap()
    }
}

/// A message from a contact, unlike any before.
pub(crate) fn message(body: &str) -> String {
    let id: u64 = rand::random();
    format!("<message from='bob@{DOMAIN}/x' type='chat' id='{id}'><body>{body}</body></message>")
}
