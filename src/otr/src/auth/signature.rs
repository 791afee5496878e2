//! Signature: names the one who answered (OTRv3, "Signature Message").

use alloc::vec::Vec;

use super::Own;
use super::identity::{self, Sealed};
use crate::crypto::{DhPublic, SignatureKeys};
use crate::instance::InstanceTag;
use crate::wire::{Malformed, MessageType, Reader};

pub(super) fn read<'a>(mut body: Reader<'a>) -> Result<Sealed<'a>, Malformed> {
    let sealed = Sealed::read(&mut body)?;
    body.end()?;
    Ok(sealed)
}

/// `None` if our own key cannot sign, which a consistent key always can.
pub(super) fn message(
    keys: &SignatureKeys,
    ours: &DhPublic,
    theirs: &DhPublic,
    peer: InstanceTag,
    own: &mut Own<'_>,
) -> Option<Vec<u8>> {
    let sealed = identity::seal(keys, ours, theirs, own.key, own.rng)?;
    let header = own.header(MessageType::Signature, Some(peer));
    Some(header.write().bytes(&sealed).into_bytes())
}
