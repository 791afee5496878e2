//! A TCP stream with TCP_NODELAY and TCP_QUICKACK, to avoid the Nagle/delayed-ACK stall during
//! sign-in.
//!
//! A server that uses Nagle's algorithm (RFC 896) holds a small packet back until the one before is
//! acknowledged, and Linux delays that acknowledgement by up to 40 ms. Together they cost as much
//! at every step of a sign-in, and at every `<a/>` of stream management.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A TCP connection that sends small packets and acknowledgements at once.
#[derive(Debug)]
pub(super) struct LowLatencyStream(TcpStream);

impl LowLatencyStream {
    pub(super) fn new(tcp: TcpStream) -> Self {
        if let Err(error) = tcp.set_nodelay(true) {
            tracing::debug!(%error, "no TCP_NODELAY");
        }
        Self(tcp)
    }

    /// Linux leaves quick-ack mode by itself, so the option is set again after each read.
    fn confirm(&self) {
        #[cfg(any(target_os = "android", target_os = "linux"))]
        if let Err(error) = socket2::SockRef::from(&self.0).set_tcp_quickack(true) {
            tracing::debug!(%error, "no TCP_QUICKACK");
        }
    }
}

impl AsyncRead for LowLatencyStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.0).poll_read(cx, buf);
        if read.is_ready() {
            self.confirm();
        }
        read
    }
}

impl AsyncWrite for LowLatencyStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
