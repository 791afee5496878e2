//! A server for unit tests that follows a script, on a pipe instead of a socket.

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

use crate::failure::Failure;
use crate::stream::{self, Opened, Socket};

/// The server's end of the pipe.
pub(crate) struct ScriptedServer {
    io: DuplexStream,
    heard: String,
}

impl ScriptedServer {
    /// Both ends of a new pipe.
    pub(crate) fn pair() -> (Box<dyn Socket>, Self) {
        let (near, io) = duplex(64 * 1024);
        (Box::new(near), Self::on(io))
    }

    /// A server on an existing pipe.
    pub(crate) fn on(io: DuplexStream) -> Self {
        Self { io, heard: String::new() }
    }

    /// A client stream opened with these features, and its server.
    pub(crate) async fn opened(features: &str) -> (Opened, Self) {
        let (socket, mut server) = Self::pair();
        let jid = "alice@example.org".parse().unwrap();
        let client = stream::open(stream::transport(socket), "example.org", Some(&jid));
        let (opened, ()) = tokio::join!(client, server.open(features));
        (opened.unwrap_or_else(|failure: Failure| panic!("{failure:?}")), server)
    }

    /// Sends XML.
    pub(crate) async fn send(&mut self, xml: &str) {
        self.io.write_all(xml.as_bytes()).await.unwrap();
    }

    /// Waits until these words have been received; returns everything up to and including them.
    pub(crate) async fn expect(&mut self, words: &str) -> String {
        loop {
            if let Some(at) = self.heard.find(words) {
                let rest = self.heard.split_off(at + words.len());
                return std::mem::replace(&mut self.heard, rest);
            }
            let mut chunk = [0; 4096];
            let count = self.io.read(&mut chunk).await.unwrap();
            assert!(count > 0, "the end instead of {words}; heard {:?}", self.heard);
            self.heard.push_str(std::str::from_utf8(&chunk[..count]).unwrap());
        }
    }

    /// Waits for the end of the stream; returns what was received until then.
    pub(crate) async fn expect_end(mut self) -> String {
        self.io.read_to_string(&mut self.heard).await.unwrap();
        self.heard
    }

    /// Answers the stream header with another and these features.
    pub(crate) async fn open(&mut self, features: &str) {
        self.expect("<stream:stream").await;
        self.expect(">").await;
        self.send(&format!(
            "<?xml version='1.0'?><stream:stream xmlns='jabber:client' version='1.0' id='s' \
             xmlns:stream='http://etherx.jabber.org/streams' from='example.org'>\
             <stream:features>{features}</stream:features>"
        ))
        .await;
    }

    /// Waits for an IQ; returns its id.
    pub(crate) async fn expect_iq(&mut self) -> String {
        let iq = self.expect("</iq>").await;
        let from = iq.rfind(" id=").expect("an id") + 5;
        iq[from..].chars().take_while(|c| c.is_ascii_hexdigit()).collect()
    }
}
