//! Bytes and their layout: BYTE, SHORT, INT, MPI, DATA (OTRv3, "Data types").

mod header;
mod reader;
mod symbols;
mod writer;

pub use header::sender_instance;
pub(crate) use header::{Header, MessageType, PREFIX, decode, encode};
pub(crate) use reader::{Malformed, Reader};
pub(crate) use writer::Writer;
