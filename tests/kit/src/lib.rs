//! What tests of several crates start: throw-away servers, certificates, proxies, programs.
//!
//! It knows none of our crates, so that the tests of each can use it. Everything is real and owned
//! by one test; nothing listens beyond the loopback, and dropping a fixture ends what it started and
//! removes what it wrote. A program that is not installed fails the test with a sentence.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a fixture that cannot be set up fails its test"
)]

mod certificates;
mod clock;
mod daemon;
mod device;
mod ejabberd;
mod network_namespace;
pub mod openssl;
mod prosody;
pub mod proxy;
mod relay;
mod scratch;
mod server;
mod tls;
mod wait;

pub use certificates::Certificates;
pub use daemon::{Daemon, program, run};
pub use device::{Device, Listener};
pub use ejabberd::{Ejabberd, EjabberdHost, EjabberdOptions};
pub use network_namespace::NetworkNamespace;
pub use prosody::{Options, PASSWORD, Prosody, Tls};
pub use relay::Relay;
pub use scratch::{Scratch, free_ports};
pub use server::{Archivist, XmppServer};
pub use tls::{acceptor, connector, read_certificate, read_certificates, read_key};
pub use wait::{GUARD, try_until, until};
