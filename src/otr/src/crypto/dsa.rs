//! Long-term keys: DSA with 1024 and 160 bits (OTRv3, "Public keys, signatures, and fingerprints").

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use crypto_bigint::{BoxedUint, NonZero, U256};
use dsa::signature::hazmat::{PrehashSigner as _, PrehashVerifier as _};
use dsa::{Components, KeySize, Signature, SigningKey, VerifyingKey};
use rand_core::CryptoRng;
use sha1::{Digest as _, Sha1};
use zeroize::Zeroizing;

use crate::error::KeyError;
use crate::fingerprint::Fingerprint;
use crate::wire::{Malformed, Reader, Writer};

const P_BITS: u32 = 1024;
const Q_BITS: u32 = 160;
/// The type of a DSA key.
const TYPE: u16 = 0;
/// r and s, 20 bytes each.
pub(crate) const SIGNATURE_BYTES: usize = 40;

/// Our long-term key. Clones share it; the last one wipes it.
#[derive(Clone)]
pub struct PrivateKey(Arc<Inner>);

struct Inner {
    key: SigningKey,
    public: PublicKey,
}

impl PrivateKey {
    /// Makes a new key. Takes some tenths of a second, now and then more than one.
    #[must_use]
    pub fn generate<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        loop {
            #[expect(deprecated, reason = "the protocol knows no other size")]
            let size = KeySize::DSA_1024_160;
            let Ok(components) = Components::try_generate_from_rng_with_key_size(rng, size);
            let Ok(key) = SigningKey::try_generate_from_rng_with_components(rng, components);
            if let Ok(key) = Self::new(key) {
                return key;
            }
        }
    }

    /// Reads what [`PrivateKey::to_bytes`] writes.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] for bytes that are no DSA key, [`KeyError::Size`] for a DSA key of
    /// another size, [`KeyError::Inconsistent`] for numbers that do not belong together.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        let mut reader = Reader::new(bytes);
        let mut read = || -> Result<_, Malformed> {
            let key_type = reader.short()?;
            let numbers = [reader.mpi()?, reader.mpi()?, reader.mpi()?, reader.mpi()?];
            let x = reader.mpi()?;
            reader.end()?;
            if key_type == TYPE { Ok((numbers, x)) } else { Err(Malformed) }
        };
        let (numbers, x) = read().map_err(|Malformed| KeyError::Malformed)?;
        let verifying = verifying_key(numbers)?;
        let x = number(x, Q_BITS)?;
        let key = SigningKey::from_components(verifying, x).map_err(|_| KeyError::Inconsistent)?;
        Self::new(key)
    }

    /// 00 00, then p, q, g, y and x, each as an MPI: the form of Gajim's and CoyIM's key files.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let x = Zeroizing::new(self.0.key.x().to_be_bytes());
        Zeroizing::new(Writer::new().bytes(&self.0.public.bytes).mpi(&x).into_bytes())
    }

    /// The short name of its public half.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.0.public.fingerprint
    }

    pub(crate) fn public(&self) -> &PublicKey {
        &self.0.public
    }

    /// Signs 32 bytes, reduced modulo q; the nonce is that of RFC 6979. `None` never happens with
    /// a consistent key.
    pub(crate) fn sign(&self, message: &[u8; 32]) -> Option<[u8; SIGNATURE_BYTES]> {
        let prehash = self.0.public.reduce(message)?;
        let signature = self.0.key.sign_prehash(&prehash).ok()?;
        let mut bytes = [0; SIGNATURE_BYTES];
        let (r, s) = bytes.split_at_mut(SIGNATURE_BYTES / 2);
        r.copy_from_slice(&low_20(signature.r())?);
        s.copy_from_slice(&low_20(signature.s())?);
        Some(bytes)
    }

    /// Takes a key only if it can sign for its own public half.
    fn new(key: SigningKey) -> Result<Self, KeyError> {
        let verifying = key.verifying_key();
        let (p, q) = (verifying.components().p(), verifying.components().q());
        if p.bit_width() != P_BITS || q.bit_width() != Q_BITS {
            return Err(KeyError::Size);
        }
        let key = Self(Arc::new(Inner { public: PublicKey::new(verifying.clone()), key }));
        let probe = [0x5a; 32];
        match key.sign(&probe) {
            Some(signature) if key.public().verify(&probe, &signature) => Ok(key),
            _ => Err(KeyError::Inconsistent),
        }
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({})", self.0.public.fingerprint)
    }
}

/// Somebody's public key: right sizes, and y in the group of order q.
#[derive(Clone)]
pub(crate) struct PublicKey {
    key: VerifyingKey,
    /// PUBKEY
    bytes: Box<[u8]>,
    fingerprint: Fingerprint,
}

impl PublicKey {
    fn new(key: VerifyingKey) -> Self {
        let components = key.components();
        let bytes = Writer::new()
            .short(TYPE)
            .mpi(&components.p().to_be_bytes())
            .mpi(&components.q().to_be_bytes())
            .mpi(&components.g().to_be_bytes())
            .mpi(&key.y().to_be_bytes())
            .into_bytes();
        let hash = Sha1::digest(bytes.get(2..).unwrap_or_default());
        Self { key, bytes: bytes.into(), fingerprint: Fingerprint::from_bytes(hash.into()) }
    }

    /// Reads PUBKEY. Leading zeroes are refused: they would change the fingerprint.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        if reader.short()? != TYPE {
            return Err(Malformed);
        }
        let numbers = [
            reader.minimal_mpi()?,
            reader.minimal_mpi()?,
            reader.minimal_mpi()?,
            reader.minimal_mpi()?,
        ];
        verifying_key(numbers).map(Self::new).map_err(|_| Malformed)
    }

    /// PUBKEY
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) const fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    pub(crate) fn verify(&self, message: &[u8; 32], signature: &[u8; SIGNATURE_BYTES]) -> bool {
        let (r, s) = signature.split_at(SIGNATURE_BYTES / 2);
        let (Ok(r), Ok(s)) = (number(r, Q_BITS), number(s, Q_BITS)) else { return false };
        let Some(signature) = Signature::from_components(r, s) else { return false };
        self.reduce(message).is_some_and(|z| self.key.verify_prehash(&z, &signature).is_ok())
    }

    /// The message as a number modulo q. The `dsa` crate would take its upper 160 bits instead,
    /// as FIPS 186 says and OTR does not; 20 bytes it takes as they are.
    fn reduce(&self, message: &[u8; 32]) -> Option<[u8; 20]> {
        let q = U256::from_be_slice_truncated(&self.key.components().q().to_be_bytes(), U256::BITS);
        let q = NonZero::new(q).into_option()?;
        let reduced = U256::from_be_slice(message).rem(&q).to_be_bytes();
        reduced.as_ref().last_chunk::<20>().copied()
    }
}

/// The key with p, q, g and y, each without leading zeroes.
fn verifying_key([p, q, g, y]: [&[u8]; 4]) -> Result<VerifyingKey, KeyError> {
    let (p, q) = (number(p, P_BITS)?, number(q, Q_BITS)?);
    if p.bit_width() != P_BITS || q.bit_width() != Q_BITS {
        return Err(KeyError::Size);
    }
    let (g, y) = (number(g, P_BITS)?, number(y, P_BITS)?);
    if g.bit_width() < 2 || g >= p || y.bit_width() < 2 || y >= p {
        return Err(KeyError::Inconsistent);
    }
    let components = Components::from_components(p, q, g).map_err(|_| KeyError::Inconsistent)?;
    VerifyingKey::from_components(components, y).map_err(|_| KeyError::Inconsistent)
}

/// A number of fixed precision: the `dsa` crate panics over numbers of a smaller one.
fn number(bytes: &[u8], bits: u32) -> Result<BoxedUint, KeyError> {
    BoxedUint::from_be_slice(bytes, bits).map_err(|_| KeyError::Size)
}

fn low_20(number: &BoxedUint) -> Option<[u8; 20]> {
    number.to_be_bytes().last_chunk::<20>().copied()
}
