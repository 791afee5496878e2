//! Limits depth and size of XML before the parser reads it.
//!
//! The parser's tree is dropped, cloned and printed recursively: some thousand nested elements
//! overflow the stack and abort the process. A long attribute ends the stream, and a long stanza
//! fills the memory. Anybody who knows our full JID can send all three, and a server that resumes
//! or stores messages would send them again and again. Therefore this filter removes from the bytes
//! whatever is too deep or too long. The rest is well-formed, the stream lives on, and the stanza
//! is counted (XEP-0198); but it ends with a mark, see [`is_truncated`], and its content must not
//! be used.

#[cfg(test)]
mod tests;

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_xmpp::minidom::Element;

/// Limit of nested elements, the stream's own included.
const DEPTH_MAX: u32 = 64;
/// Limit of one child of the stream.
const STANZA: StanzaSize = StanzaSize { bytes: 4 * 1024 * 1024, elements: 100_000 };
/// Limit of one start tag. The parser (rxml) fails at 8,192 bytes of one attribute.
const TAG_BYTES_MAX: usize = 8_000;
/// Size of one read.
const CHUNK_BYTES: usize = 8 * 1024;
/// Added as the last child of a truncated stanza.
const MARK: &[u8] = b"<cut xmlns='urn:x-sotto:cut'/>";

/// Whether something was removed from this stanza.
pub(crate) fn is_truncated(stanza: &Element) -> bool {
    stanza.has_child("cut", "urn:x-sotto:cut")
}

/// A transport that limits what is read and writes unchanged.
#[derive(Debug)]
pub(crate) struct LimitedTransport<Io> {
    inner: Io,
    scanner: Scanner,
    ready: Vec<u8>,
    taken: usize,
}

impl<Io> LimitedTransport<Io> {
    pub(crate) fn new(inner: Io) -> Self {
        Self { inner, scanner: Scanner::new(STANZA), ready: Vec::new(), taken: 0 }
    }

    /// Resets the scanner for a new stream in the same transport (RFC 6120 §4.3.3).
    pub(crate) fn restart(&mut self) {
        self.scanner = Scanner::new(STANZA);
    }

    /// Returns the transport and drops what was read ahead: before TLS anybody may have sent it.
    pub(crate) fn into_inner(self) -> Io {
        self.inner
    }
}

impl<Io: AsyncRead + Unpin> AsyncRead for LimitedTransport<Io> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        loop {
            let waiting = this.ready.get(this.taken..).unwrap_or_default();
            if !waiting.is_empty() {
                let count = waiting.len().min(buf.remaining());
                buf.put_slice(waiting.get(..count).unwrap_or_default());
                this.taken += count;
                return Poll::Ready(Ok(()));
            }
            this.ready.clear();
            this.taken = 0;
            let mut chunk = [0_u8; CHUNK_BYTES];
            let mut chunk = ReadBuf::new(&mut chunk);
            ready!(Pin::new(&mut this.inner).poll_read(cx, &mut chunk))?;
            if chunk.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            this.scanner.pass(chunk.filled(), &mut this.ready)?;
        }
    }
}

impl<Io: AsyncWrite + Unpin> AsyncWrite for LimitedTransport<Io> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

/// The position of the scanner in the XML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Between tags; `reference` inside one such as `&lt;`.
    Text { reference: bool },
    /// After `<`, which is held back until the next byte decides what it opens.
    Open,
    /// Inside a start tag, which is held back; `slash` after `/`, `quote` inside a quoted value.
    Start { slash: bool, quote: Option<u8> },
    /// Inside an end tag.
    End,
    /// Inside `<?…?>`; `mark` after `?`.
    Instruction { mark: bool },
    /// After `<!`: counts bytes until they tell a comment from a CDATA section.
    Declaration { comment: bool, count: u8 },
    /// Inside `<!--…-->` or `<![CDATA[…]]>`: the byte that repeats before the end, and how often it
    /// just did.
    RawText { closer: u8, run: u8 },
}

const TEXT: State = State::Text { reference: false };

/// The state after one more byte of a declaration: the second byte of "--" or the seventh of
/// "[CDATA[" decides.
const fn declared(comment: bool, count: u8, byte: u8) -> State {
    match (comment, count) {
        (_, 0) => State::Declaration { comment: byte == b'-', count: 1 },
        (true, _) => State::RawText { closer: b'-', run: 0 },
        (false, 6) => State::RawText { closer: b']', run: 0 },
        (false, count) => State::Declaration { comment: false, count: count + 1 },
    }
}

/// The size of an element with everything in it.
#[derive(Clone, Copy, Debug, Default)]
struct StanzaSize {
    /// Four megabytes hold a roster of twenty thousand contacts.
    bytes: usize,
    /// Number of elements, each of which takes some hundred bytes of memory.
    elements: usize,
}

/// Follows the XML of one stream byte by byte.
#[derive(Debug)]
struct Scanner {
    limit: StanzaSize,
    state: State,
    /// Number of open elements, removed ones included.
    depth: u64,
    /// The start tag so far, without `<`, up to its limit.
    tag: Vec<u8>,
    /// The size of the current child of the stream so far.
    stanza: StanzaSize,
    /// The depth of the outermost element being removed.
    removed_from: Option<u64>,
    /// Whether something was removed from the current child of the stream.
    cut: bool,
    /// Whether its remaining text is removed.
    ended: bool,
}

impl Scanner {
    const fn new(limit: StanzaSize) -> Self {
        Self {
            limit,
            state: TEXT,
            depth: 0,
            tag: Vec::new(),
            stanza: StanzaSize { bytes: 0, elements: 0 },
            removed_from: None,
            cut: false,
            ended: false,
        }
    }

    /// Appends `input` to `output` without what is too deep or too long.
    fn pass(&mut self, input: &[u8], output: &mut Vec<u8>) -> io::Result<()> {
        for &byte in input {
            self.step(byte, output)?;
        }
        Ok(())
    }

    fn step(&mut self, byte: u8, output: &mut Vec<u8>) -> io::Result<()> {
        let visible = self.removed_from.is_none();
        // Servers send whitespace between stanzas to keep the connection open (RFC 6120 §4.6).
        if self.depth > 1 || self.state != TEXT {
            self.stanza.bytes = self.stanza.bytes.saturating_add(1);
        }
        let mut keep = visible;
        self.state = match self.state {
            State::Text { .. } if byte == b'<' => {
                keep = false;
                State::Open
            }
            State::Text { reference } => {
                keep = visible && self.takes_text(byte, reference);
                State::Text { reference: (reference || byte == b'&') && byte != b';' }
            }
            State::Open => {
                let next = match byte {
                    b'/' => State::End,
                    b'?' => State::Instruction { mark: false },
                    b'!' => State::Declaration { comment: false, count: 0 },
                    _ => {
                        self.tag.clear();
                        self.tag.push(byte);
                        keep = false;
                        State::Start { slash: false, quote: None }
                    }
                };
                if keep {
                    if next == State::End && self.depth == 2 && self.cut {
                        output.extend_from_slice(MARK);
                    }
                    output.push(b'<');
                }
                next
            }
            State::Start { slash, quote } => {
                keep = false;
                if self.tag.len() <= TAG_BYTES_MAX {
                    self.tag.push(byte);
                }
                match (byte, quote) {
                    (b'>', None) => {
                        self.open(slash, output)?;
                        TEXT
                    }
                    (_, Some(open)) => {
                        State::Start { slash: false, quote: (byte != open).then_some(open) }
                    }
                    (b'\'' | b'"', None) => State::Start { slash: false, quote: Some(byte) },
                    (_, None) => State::Start { slash: byte == b'/', quote: None },
                }
            }
            State::End if byte == b'>' => {
                self.close();
                TEXT
            }
            State::End => State::End,
            State::Instruction { mark: true } if byte == b'>' => TEXT,
            State::Instruction { .. } => State::Instruction { mark: byte == b'?' },
            State::Declaration { comment, count } => declared(comment, count, byte),
            State::RawText { run: 2, .. } if byte == b'>' => TEXT,
            // No server relays comments or CDATA sections, so an endless one comes from the server
            // itself.
            State::RawText { .. } if visible && self.is_full() => {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "a section without end"));
            }
            State::RawText { closer, run } => {
                State::RawText { closer, run: if byte == closer { (run + 1).min(2) } else { 0 } }
            }
        };
        if keep {
            output.push(byte);
        }
        Ok(())
    }

    const fn is_full(&self) -> bool {
        self.stanza.bytes > self.limit.bytes || self.stanza.elements > self.limit.elements
    }

    /// Whether this byte of text stays. Text is never cut inside a character or a reference.
    const fn takes_text(&mut self, byte: u8, reference: bool) -> bool {
        let continues = reference || byte & 0b1100_0000 == 0b1000_0000;
        if self.is_full() && self.depth > 1 && !continues {
            self.cut = true;
            self.ended = true;
        }
        !self.ended
    }

    /// Handles the complete start tag in `tag`.
    fn open(&mut self, empty: bool, output: &mut Vec<u8>) -> io::Result<()> {
        self.depth += 1;
        self.stanza.elements += 1;
        let long = self.tag.len() > TAG_BYTES_MAX;
        if self.removed_from.is_none() {
            if self.depth > 2 && (long || self.is_full() || self.depth > u64::from(DEPTH_MAX)) {
                self.cut = true;
                self.removed_from = Some(self.depth);
            } else if long {
                self.strip(empty, output)?;
            } else {
                output.push(b'<');
                output.extend_from_slice(&self.tag);
            }
        }
        if empty {
            self.close();
        }
        Ok(())
    }

    /// Writes only the name of a stanza whose own start tag is too long.
    fn strip(&mut self, empty: bool, output: &mut Vec<u8>) -> io::Result<()> {
        let ends = |byte: &u8| byte.is_ascii_whitespace();
        let name = self.tag.split(ends).next().filter(|name| name.len() < TAG_BYTES_MAX);
        let (Some(name), 2) = (name, self.depth) else {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a tag without end"));
        };
        output.push(b'<');
        output.extend_from_slice(name);
        output.push(b'>');
        if empty {
            output.extend_from_slice(MARK);
            output.extend_from_slice(b"</");
            output.extend_from_slice(name);
            output.push(b'>');
        }
        self.cut = true;
        self.ended = true;
        self.stanza.bytes = usize::MAX;
        Ok(())
    }

    fn close(&mut self) {
        if self.removed_from == Some(self.depth) {
            self.removed_from = None;
        }
        self.depth = self.depth.saturating_sub(1);
        if self.depth <= 1 {
            self.stanza = StanzaSize::default();
            self.cut = false;
            self.ended = false;
        }
    }
}
