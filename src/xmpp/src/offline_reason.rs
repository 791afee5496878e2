//! Transient failures: why there is no connection for now.

/// Why a connection is gone or could not be made; passes with time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfflineReason {
    /// The host name does not resolve.
    HostUnknown {
        /// The name.
        host: String,
    },
    /// Nothing answers there.
    Unreachable {
        /// Where.
        host: String,
    },
    /// Tor is required and does not run on this computer. Nothing else was tried.
    TorUnavailable,
    /// The proxy does not answer, or not as a proxy. Nothing else was tried.
    ProxyUnreachable {
        /// Where it should be.
        host: String,
    },
    /// The connection broke, or the server fell silent.
    ConnectionLost,
    /// The server is shutting down.
    ServerShutdown,
    /// The server did not speak as expected; what it did instead, for a log or a detail line.
    Protocol(String),
}
