//! What any server of ours can do.

use crate::Certificates;

/// A server with an archive whose fate is in the story's hand.
pub trait Archivist: XmppServer {
    /// Forgets the oldest entries of somebody's archive, as expiry does.
    ///
    /// # Panics
    /// When that fails.
    fn forget_oldest(&self, user: &str, count: usize);

    /// Sets its clock so far ahead of ours, such as `+2h`. Its connections may break.
    ///
    /// # Panics
    /// When it has none of its own.
    fn set_clock(&mut self, ahead: &str);
}

/// A real server that nobody else uses, whichever it is.
pub trait XmppServer {
    /// Its certificates.
    fn certificates(&self) -> &Certificates;

    /// Port for TLS from the first byte.
    fn direct_tls_port(&self) -> u16;

    /// Kills it as a power cut would: nobody is told, nothing more is written.
    ///
    /// # Panics
    /// When it is not running.
    fn kill(&mut self);

    /// Starts it again on the same ports with what it stored, and waits until it listens.
    ///
    /// # Panics
    /// When it does not start; the message shows its log.
    fn start_again(&mut self);
}
