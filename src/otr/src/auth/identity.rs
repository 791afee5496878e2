//! The encrypted signature that both last messages carry: who speaks, proven (X and M in the
//! specification).

use alloc::vec::Vec;

use rand_core::CryptoRng;

use super::FIRST_KEY_ID;
use crate::crypto::{
    DhPublic, PrivateKey, PublicKey, SIGNATURE_BYTES, SignatureKeys, aes_ctr, hmac_sha256,
    mac_equal,
};
use crate::fingerprint::Fingerprint;
use crate::watch;
use crate::wire::{Malformed, Reader, Writer};

/// An encrypted signature as it came.
pub(super) struct Sealed<'a> {
    encrypted: &'a [u8],
    mac: [u8; 20],
}

impl<'a> Sealed<'a> {
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, Malformed> {
        Ok(Self { encrypted: reader.data()?, mac: reader.array()? })
    }
}

/// Who the peer is.
pub(super) struct PeerIdentity {
    pub(super) fingerprint: Fingerprint,
    /// The serial number of the D-H key of this exchange.
    pub(super) key_id: u32,
}

/// Signs and encrypts: DATA and MAC, ready to be appended to a message.
pub(super) fn seal(
    keys: &SignatureKeys,
    signer: &DhPublic,
    other: &DhPublic,
    key: &PrivateKey,
    rng: &mut dyn CryptoRng,
) -> Option<Vec<u8>> {
    let public = key.public().as_bytes();
    let signed = signed_value(keys, signer, other, public, FIRST_KEY_ID);
    let signature = key.sign(&signed, rng)?;
    let mut plain = Writer::new().bytes(public).int(FIRST_KEY_ID).bytes(&signature).into_bytes();
    watch::encrypts(&keys.cipher, [0; 8]);
    aes_ctr(&keys.cipher, [0; 8], &mut plain);
    let encrypted = Writer::new().data(&plain);
    let mac = mac(keys, encrypted.as_bytes());
    Some(encrypted.bytes(&mac).into_bytes())
}

/// Checks the MAC, decrypts, and checks the signature. `None`: one of them is wrong.
pub(super) fn open(
    keys: &SignatureKeys,
    signer: &DhPublic,
    other: &DhPublic,
    sealed: Sealed<'_>,
) -> Option<PeerIdentity> {
    let Sealed { encrypted, mac: theirs } = sealed;
    if !mac_equal(&mac(keys, Writer::new().data(encrypted).as_bytes()), &theirs) {
        return None;
    }
    let mut plain = encrypted.to_vec();
    aes_ctr(&keys.cipher, [0; 8], &mut plain);
    let mut reader = Reader::new(&plain);
    let public = PublicKey::read(&mut reader).ok()?;
    let key_id = reader.int().ok().filter(|id| *id > 0)?;
    let signature = reader.array::<SIGNATURE_BYTES>().ok()?;
    reader.end().ok()?;
    let signed = signed_value(keys, signer, other, public.as_bytes(), key_id);
    public
        .verify(&signed, &signature)
        .then(|| PeerIdentity { fingerprint: public.fingerprint(), key_id })
}

/// M: the MAC with m1 over both D-H keys, the signer's first, its public key and key id.
fn signed_value(
    keys: &SignatureKeys,
    signer: &DhPublic,
    other: &DhPublic,
    public: &[u8],
    key_id: u32,
) -> [u8; 32] {
    let parts = [&signer.to_mpi(), &other.to_mpi(), public, &key_id.to_be_bytes()];
    hmac_sha256(&keys.signed, &parts)
}

/// The first 20 bytes of the MAC with m2, length of the DATA included.
fn mac(keys: &SignatureKeys, data: &[u8]) -> [u8; 20] {
    let mut mac = [0; 20];
    mac.iter_mut().zip(hmac_sha256(&keys.mac, &[data])).for_each(|(to, from)| *to = from);
    mac
}
