//! Keys from shared secrets (OTRv3, "Computing AES keys, MAC keys, and the secure session id").

use alloc::boxed::Box;
use alloc::vec::Vec;

use sha1::{Digest as _, Sha1};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::cipher::{CipherKey, MacKey, sha256};
use super::group::DhPublic;
use crate::wire::Writer;

/// secbytes: the D-H secret as an MPI.
pub(crate) struct SharedSecret(Zeroizing<Vec<u8>>);

impl SharedSecret {
    pub(super) fn from_number(bytes: &[u8]) -> Self {
        Self(Zeroizing::new(Writer::new().mpi(bytes).into_bytes()))
    }

    fn h1(&self, byte: u8) -> Zeroizing<[u8; 20]> {
        let mut hash = Sha1::new();
        hash.update([byte]);
        hash.update(&*self.0);
        Zeroizing::new(hash.finalize().into())
    }

    fn h2(&self, byte: u8) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(sha256(&[&[byte], &self.0]))
    }
}

/// What protects one side's signature in the key exchange.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct SignatureKeys {
    /// c
    pub(crate) cipher: [u8; 16],
    /// m1, over what is signed.
    pub(crate) signed: [u8; 32],
    /// m2, over the encrypted signature.
    pub(crate) mac: [u8; 32],
}

/// The keys of one key exchange.
pub(crate) struct AkeKeys {
    pub(crate) ssid: [u8; 8],
    /// c, m1 and m2: of the side that sent the D-H Commit.
    pub(crate) initiator: Box<SignatureKeys>,
    /// c', m1' and m2': of the other.
    pub(crate) responder: Box<SignatureKeys>,
}

impl AkeKeys {
    pub(crate) fn new(secret: &SharedSecret) -> Self {
        let (h0, h1) = (secret.h2(0), secret.h2(1));
        let [s0, s1, s2, s3, s4, s5, s6, s7, ..] = *h0;
        let keys = |cipher: &[u8], signed: u8, mac: u8| {
            Box::new(SignatureKeys {
                cipher: key16(cipher),
                signed: *secret.h2(signed),
                mac: *secret.h2(mac),
            })
        };
        let (c, c_prime) = h1.split_at(16);
        Self {
            ssid: [s0, s1, s2, s3, s4, s5, s6, s7],
            initiator: keys(c, 2, 3),
            responder: keys(c_prime, 4, 5),
        }
    }
}

/// The keys of one pair of D-H keys, for data messages. What is skipped wipes itself.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct SessionKeys {
    #[zeroize(skip)]
    pub(crate) sending_cipher: CipherKey,
    pub(crate) sending_mac: MacKey,
    #[zeroize(skip)]
    pub(crate) receiving_cipher: CipherKey,
    pub(crate) receiving_mac: MacKey,
    /// The extra symmetric key, the same on both sides.
    pub(crate) extra: [u8; 32],
}

impl SessionKeys {
    /// The owner of the greater public key is the high end.
    pub(crate) fn new(secret: &SharedSecret, ours: &DhPublic, theirs: &DhPublic) -> Self {
        let (sending, receiving) = if ours > theirs { (1, 2) } else { (2, 1) };
        let cipher = |byte| key16(&*secret.h1(byte));
        let (sending_cipher, receiving_cipher) = (cipher(sending), cipher(receiving));
        Self {
            sending_mac: MacKey::new(Sha1::digest(sending_cipher).into()),
            sending_cipher: CipherKey::new(sending_cipher),
            receiving_mac: MacKey::new(Sha1::digest(receiving_cipher).into()),
            receiving_cipher: CipherKey::new(receiving_cipher),
            extra: *secret.h2(0xff),
        }
    }
}

/// The first 16 bytes.
fn key16(bytes: &[u8]) -> [u8; 16] {
    let mut key = [0; 16];
    key.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    key
}
