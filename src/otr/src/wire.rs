//! Bytes and their layout: BYTE, SHORT, INT, MPI, DATA (OTRv3, "Data types").

mod header;
mod reader;
mod symbols;
mod writer;

pub(crate) use header::{Header, MessageType, PREFIX, decode, encode};
pub use header::{carries_nothing, sender_instance};
pub(crate) use reader::{Malformed, Reader};
pub(crate) use writer::Writer;
