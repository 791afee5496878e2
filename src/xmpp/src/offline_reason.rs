//! Transient failures: why there is no connection for now.

/// Why a connection broke or could not be made; retried after a pause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfflineReason {
    /// The host name does not resolve.
    HostUnknown {
        /// The name that does not resolve.
        host: String,
    },
    /// No address of the server answers.
    Unreachable {
        /// The server's host.
        host: String,
    },
    /// Tor is required and does not run on this computer. Nothing else was tried.
    TorUnavailable,
    /// The proxy does not answer, or not as a proxy. Nothing else was tried.
    ProxyUnreachable {
        /// The proxy's host.
        host: String,
    },
    /// The connection broke, or the server fell silent.
    ConnectionLost,
    /// The server is shutting down.
    ServerShutdown,
    /// The server broke the protocol; the text says how, for a log or a detail line.
    Protocol(String),
}
