//! One XML stream: opening it, and reading it while it is negotiated.

use std::borrow::Cow;
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite, BufStream};
use tokio_xmpp::jid::BareJid;
use tokio_xmpp::minidom::{Element, rxml};
use tokio_xmpp::xmlstream::{ReadError, StreamHeader, Timeouts, XmlStream, initiate_stream};

use crate::failure::Failure;
use crate::limits::LimitedTransport;
use crate::xml::ns;

/// Silence after which the server is asked for a sign of life.
const READ_TIMEOUT: Duration = Duration::from_secs(60);
/// Further silence after which the connection counts as lost.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(20);
/// How much is read at once.
const READ_BYTES: usize = 16 * 1024;
/// Whole stanzas leave together: Prosody 0.12 cannot resume a stream cut within one.
const WRITE_BYTES: usize = 64 * 1024;

/// Bytes both ways: TCP, TLS, or a pipe in tests.
pub(crate) trait Socket: AsyncRead + AsyncWrite + Send + Unpin {}
impl<Io: AsyncRead + AsyncWrite + Send + Unpin> Socket for Io {}

/// What an XML stream runs on.
pub(crate) type Transport = BufStream<LimitedTransport<Box<dyn Socket>>>;
/// A stream of whole elements.
pub(crate) type Stream = XmlStream<Transport, Element>;

/// Readies a socket for an XML stream.
pub(crate) fn transport(socket: Box<dyn Socket>) -> Transport {
    BufStream::with_capacity(READ_BYTES, WRITE_BYTES, LimitedTransport::new(socket))
}

/// A stream whose features are known.
pub(crate) struct Opened {
    pub(crate) stream: Stream,
    pub(crate) features: Element,
}

/// Opens a stream (RFC 6120 §4). `from` is told only once the transport is encrypted.
pub(crate) async fn open(
    transport: Transport,
    domain: &str,
    from: Option<&BareJid>,
) -> Result<Opened, Failure> {
    let header = StreamHeader {
        from: from.map(|jid| Cow::Owned(jid.to_string())),
        to: Some(Cow::Borrowed(domain)),
        id: None,
    };
    let timeouts = Timeouts { read_timeout: READ_TIMEOUT, response_timeout: RESPONSE_TIMEOUT };
    let stream = initiate_stream(transport, ns::CLIENT, header, timeouts)
        .await
        .map_err(io_failure)?
        .skip_features();
    with_features(stream).await
}

/// Waits for the features, which must come next.
pub(crate) async fn with_features(mut stream: Stream) -> Result<Opened, Failure> {
    let features = next_element(&mut stream).await?;
    if !features.is("features", ns::STREAM) {
        return Err(Failure::protocol("no stream features"));
    }
    Ok(Opened { stream, features })
}

/// Opens a new stream in the same transport, as after SASL.
pub(crate) async fn reopen(
    stream: Stream,
    domain: &str,
    from: &BareJid,
) -> Result<Opened, Failure> {
    let mut transport = stream.into_inner();
    transport.get_mut().restart();
    open(transport, domain, Some(from)).await
}

/// Writes one element and flushes it.
pub(crate) async fn send(stream: &mut Stream, element: &Element) -> Result<(), Failure> {
    stream.send(element).await.map_err(io_failure)
}

/// Waits for the next element; a stream error ends the stream.
pub(crate) async fn next_element(stream: &mut Stream) -> Result<Element, Failure> {
    loop {
        match stream.next().await {
            Some(Ok(element)) if element.is("error", ns::STREAM) => {
                return Err(Failure::from_stream_error(&element));
            }
            Some(Ok(element)) => return Ok(element),
            Some(Err(ReadError::SoftTimeout)) => {}
            Some(Err(error)) => return Err(read_failure(&error)),
            None => return Err(Failure::lost()),
        }
    }
}

/// What a failed read means. A soft timeout is none, and counts as loss here.
pub(crate) fn read_failure(error: &ReadError) -> Failure {
    match error {
        ReadError::HardError(error) => io_failure_ref(error),
        ReadError::ParseError(_) => Failure::protocol("unreadable XML"),
        ReadError::SoftTimeout | ReadError::StreamFooterReceived => Failure::lost(),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn io_failure(error: std::io::Error) -> Failure {
    io_failure_ref(&error)
}

fn io_failure_ref(error: &std::io::Error) -> Failure {
    let parse_error = error.get_ref().and_then(|inner| inner.downcast_ref::<rxml::Error>());
    match parse_error {
        None if error.kind() != std::io::ErrorKind::InvalidData => Failure::lost(),
        // The end of the transport within the stream is no fault of the XML.
        Some(rxml::Error::InvalidEof(_)) => Failure::lost(),
        None | Some(_) => Failure::protocol(error.to_string()),
    }
}
