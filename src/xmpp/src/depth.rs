//! Keeps XML shallow before the parser sees it.
//!
//! The parser's tree is dropped, cloned and printed recursively: some thousand nested elements
//! overflow the stack and abort the process, and anybody who knows our full JID can send them. This
//! filter removes every element nested deeper than [`DEPTH_MAX`] from the bytes, so what is left is
//! still well-formed and the stream, which may be resumed and replayed, lives on.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Elements may be open this deep, the stream's own included.
pub(crate) const DEPTH_MAX: u32 = 64;
/// One child of the stream may take this many bytes; a server that sends more is not sane.
const STANZA_BYTES_MAX: usize = 16 * 1024 * 1024;
/// How much is read at once.
const CHUNK_BYTES: usize = 8 * 1024;

/// A transport that reads no deeper than [`DEPTH_MAX`] and writes unchanged.
#[derive(Debug)]
pub(crate) struct DepthFilter<Io> {
    inner: Io,
    scanner: Scanner,
    ready: Vec<u8>,
    taken: usize,
}

impl<Io> DepthFilter<Io> {
    pub(crate) fn new(inner: Io) -> Self {
        Self { inner, scanner: Scanner::default(), ready: Vec::new(), taken: 0 }
    }

    /// A new stream begins in the same transport (RFC 6120 §4.3.3): counting starts anew.
    pub(crate) fn restart(&mut self) {
        self.scanner = Scanner::default();
    }

    /// The transport itself. What was read and not yet taken is forgotten: before TLS it was sent
    /// by nobody we trust.
    pub(crate) fn into_inner(self) -> Io {
        self.inner
    }
}

impl<Io: AsyncRead + Unpin> AsyncRead for DepthFilter<Io> {
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

impl<Io: AsyncWrite + Unpin> AsyncWrite for DepthFilter<Io> {
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

/// Where in the XML we are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Between tags.
    #[default]
    Text,
    /// After `<`, which is held back until the next byte tells what it opens.
    Open,
    /// In a start tag; whether the last byte was `/`, and the quote we are in.
    Start { slash: bool, quote: Option<u8> },
    /// In an end tag.
    End,
    /// In `<?…?>`; whether the last byte was `?`.
    Instruction { mark: bool },
    /// After `<!`: the bytes since, until they tell a comment from a CDATA section.
    Bang { comment: bool, count: u8 },
    /// In `<!--…-->` or `<![CDATA[…]]>`: which byte repeats before the end, and how often it did.
    Verbatim { closer: u8, run: u8 },
}

/// Follows the bytes of one stream.
#[derive(Debug, Default)]
struct Scanner {
    state: State,
    /// Elements open, those removed included.
    depth: u64,
    /// Bytes of the current child of the stream.
    stanza_bytes: usize,
}

impl Scanner {
    /// Appends what may pass of `input` to `output`.
    fn pass(&mut self, input: &[u8], output: &mut Vec<u8>) -> io::Result<()> {
        for &byte in input {
            self.step(byte, output)?;
        }
        Ok(())
    }

    /// Whether what stands at this depth is removed.
    const fn removes(depth: u64) -> bool {
        depth > DEPTH_MAX as u64
    }

    fn step(&mut self, byte: u8, output: &mut Vec<u8>) -> io::Result<()> {
        self.stanza_bytes += 1;
        if self.stanza_bytes > STANZA_BYTES_MAX {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "stanza too large"));
        }
        // Whether this very byte stays; tags belong to the element they open or close.
        let mut keep = !Self::removes(self.depth);
        self.state = match self.state {
            State::Text if byte == b'<' => {
                keep = false;
                State::Open
            }
            State::Text => State::Text,
            State::Open => {
                let next = match byte {
                    b'/' => State::End,
                    b'?' => State::Instruction { mark: false },
                    b'!' => State::Bang { comment: false, count: 0 },
                    _ => {
                        self.depth += 1;
                        keep = !Self::removes(self.depth);
                        State::Start { slash: false, quote: None }
                    }
                };
                if keep {
                    output.push(b'<');
                }
                next
            }
            State::Start { quote: Some(quote), .. } => {
                State::Start { slash: false, quote: (byte != quote).then_some(quote) }
            }
            State::Start { slash, quote: None } => match byte {
                b'>' => {
                    if slash {
                        self.close();
                    }
                    State::Text
                }
                b'\'' | b'"' => State::Start { slash: false, quote: Some(byte) },
                _ => State::Start { slash: byte == b'/', quote: None },
            },
            State::End if byte == b'>' => {
                self.close();
                State::Text
            }
            State::End => State::End,
            State::Instruction { mark: true } if byte == b'>' => State::Text,
            State::Instruction { .. } => State::Instruction { mark: byte == b'?' },
            // "--" or "[CDATA[": the second and the seventh byte decide.
            State::Bang { count: 0, .. } => State::Bang { comment: byte == b'-', count: 1 },
            State::Bang { comment: true, .. } => State::Verbatim { closer: b'-', run: 0 },
            State::Bang { comment: false, count: 6 } => State::Verbatim { closer: b']', run: 0 },
            State::Bang { comment: false, count } => {
                State::Bang { comment: false, count: count + 1 }
            }
            State::Verbatim { run: 2, .. } if byte == b'>' => State::Text,
            State::Verbatim { closer, run } => {
                State::Verbatim { closer, run: if byte == closer { (run + 1).min(2) } else { 0 } }
            }
        };
        if keep {
            output.push(byte);
        }
        Ok(())
    }

    fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        if self.depth <= 1 {
            self.stanza_bytes = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filtered(chunks: &[&[u8]]) -> String {
        let (mut scanner, mut output) = (Scanner::default(), Vec::new());
        for chunk in chunks {
            scanner.pass(chunk, &mut output).unwrap();
        }
        String::from_utf8(output).unwrap()
    }

    fn nested(depth: usize, core: &str) -> String {
        format!("{}{core}{}", "<a>".repeat(depth), "</a>".repeat(depth))
    }

    const SHALLOW: &str = "<?xml version='1.0'?><s:stream to=\"a>b\" x='/>'><!-- <x> -- --><m><b>1 > 0\
        <![CDATA[<<]]]]></b><i/><j k='\"'/></m></s:stream>";

    #[test]
    fn shallow_xml_passes_unchanged_at_every_chunk_boundary() {
        for cut in 0..=SHALLOW.len() {
            let (head, tail) = SHALLOW.as_bytes().split_at(cut);
            assert_eq!(filtered(&[head, tail]), SHALLOW, "cut at {cut}");
        }
    }

    #[test]
    fn deep_elements_are_removed_at_every_chunk_boundary() {
        let depth = DEPTH_MAX as usize;
        let deep = nested(
            depth,
            "t<b x='>'>u<c/></b>v<d/>w<e><!--</e>--><![CDATA[</e>]]>x<?p </e>?></e>y",
        );
        let expected = nested(depth, "tvwy");
        for cut in 0..=deep.len() {
            let (head, tail) = deep.as_bytes().split_at(cut);
            assert_eq!(filtered(&[head, tail]), expected, "cut at {cut}");
        }
        let bytes: Vec<&[u8]> = deep.as_bytes().chunks(1).collect();
        assert_eq!(filtered(&bytes), expected);
    }

    #[test]
    fn the_deepest_allowed_element_passes_and_the_next_does_not() {
        let depth = DEPTH_MAX as usize;
        assert_eq!(filtered(&[nested(depth, "x").as_bytes()]), nested(depth, "x"));
        assert_eq!(filtered(&[nested(depth + 1, "x").as_bytes()]), nested(depth, ""));
        assert_eq!(filtered(&[nested(50_000, "x").as_bytes()]), nested(depth, ""));
    }

    #[test]
    fn a_stanza_without_end_is_refused() {
        let mut scanner = Scanner::default();
        let chunk = vec![b'x'; 1024 * 1024];
        scanner.pass(b"<s><m>", &mut Vec::new()).unwrap();
        let refused = (0..17).any(|_| scanner.pass(&chunk, &mut Vec::new()).is_err());
        assert!(refused);
    }

    #[test]
    fn the_size_is_counted_for_each_stanza_alone() {
        let mut scanner = Scanner::default();
        let stanza = format!("<m>{}</m>", "x".repeat(1024 * 1024));
        scanner.pass(b"<s>", &mut Vec::new()).unwrap();
        for _ in 0..20 {
            scanner.pass(stanza.as_bytes(), &mut Vec::new()).unwrap();
        }
    }

    #[tokio::test]
    async fn reading_through_the_filter_ends_with_the_transport() {
        use tokio::io::AsyncReadExt;
        let deep = nested(100, "x");
        let mut text = String::new();
        DepthFilter::new(deep.as_bytes()).read_to_string(&mut text).await.unwrap();
        assert_eq!(text, nested(DEPTH_MAX as usize, ""));
    }
}
