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

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::String;
    use alloc::vec::Vec;

    use num_bigint::BigUint;

    use super::*;
    use crate::testing;

    const VECTORS: &str = include_str!("../../tests/vectors/dsa_libotr.txt");

    /// A number of the key in the vectors.
    fn component(name: &str) -> Vec<u8> {
        let line = VECTORS.lines().find_map(|line| line.strip_prefix(&format!("{name}=")));
        testing::unhex(line.unwrap())
    }

    fn encoded(names: &[&str]) -> Vec<u8> {
        names
            .iter()
            .fold(Writer::new().short(TYPE), |writer, name| writer.mpi(&component(name)))
            .into_bytes()
    }

    fn libotr_key() -> PrivateKey {
        PrivateKey::from_bytes(&encoded(&["p", "q", "g", "y", "x"])).unwrap()
    }

    fn signatures() -> impl Iterator<Item = ([u8; 32], [u8; 40])> {
        VECTORS.lines().filter_map(|line| line.split_once(' ')).map(|(message, signature)| {
            let bytes = |text| testing::unhex(text);
            (bytes(message).try_into().unwrap(), bytes(signature).try_into().unwrap())
        })
    }

    /// Verification by the book, the message taken modulo q, in another implementation.
    fn verifies(message: &[u8; 32], signature: &[u8; 40]) -> bool {
        let number = |name| BigUint::from_bytes_be(&component(name));
        let (p, q, g, y) = (number("p"), number("q"), number("g"), number("y"));
        let (r, s) = signature.split_at(20);
        let (r, s) = (BigUint::from_bytes_be(r), BigUint::from_bytes_be(s));
        let w = s.modpow(&(&q - 2_u8), &q);
        let u1 = BigUint::from_bytes_be(message) % &q * &w % &q;
        let u2 = &r * &w % &q;
        g.modpow(&u1, &p) * y.modpow(&u2, &p) % &p % &q == r
    }

    // otr3 A22, A23
    #[test]
    fn signatures_of_libotr_verify() {
        let key = libotr_key();
        let mut count = 0;
        for (message, signature) in signatures() {
            assert!(key.public().verify(&message, &signature));
            assert!(verifies(&message, &signature));
            count += 1;
        }
        assert_eq!(count, 23);
    }

    // otr3 A22, A23
    #[test]
    fn our_signatures_are_those_of_the_book() {
        let key = libotr_key();
        for (message, _) in signatures() {
            let signature = key.sign(&message).unwrap();
            assert!(verifies(&message, &signature));
        }
    }

    // otr3 A25
    #[test]
    fn altered_signatures_and_numbers_out_of_range_are_refused() {
        let key = libotr_key();
        let (message, signature) = signatures().next().unwrap();
        for index in [0, 19, 20, 39] {
            let mut altered = signature;
            altered[index] ^= 1;
            assert!(!key.public().verify(&message, &altered));
        }
        let (r, s) = signature.split_at(20);
        let q = component("q");
        for (r, s) in [(&[0; 20][..], s), (r, &[0; 20]), (&q, s), (r, &q), (&[0xff; 20], s)] {
            let signature = [r, s].concat().try_into().unwrap();
            assert!(!key.public().verify(&message, &signature));
        }
    }

    // otr3 A24
    #[test]
    fn keys_of_other_sizes_and_small_numbers_are_refused_without_panic() {
        let public = |p: &[u8], q: &[u8], g: &[u8], y: &[u8]| {
            let bytes = Writer::new().short(TYPE).mpi(p).mpi(q).mpi(g).mpi(y).into_bytes();
            PublicKey::read(&mut Reader::new(&bytes))
        };
        let [p, q, g, y] = ["p", "q", "g", "y"].map(component);
        assert!(public(&p, &q, &g, &y).is_ok());
        let long_q = [&[1], q.as_slice()].concat();
        for (p, q, g, y) in [
            (&p[..127], &q[..], &g[..], &y[..]),
            (&p, &q[..19], &g, &y),
            (&p, &long_q, &g, &y),
            (&p, &q, &[], &y),
            (&p, &q, &[1], &y),
            (&p, &q, &[2], &y),
            (&p, &q, &p, &y),
            (&p, &q, &g, &[]),
            (&p, &q, &g, &[1]),
            (&p, &q, &g, &[7]),
            (&p, &q, &g, &p),
            (&[], &[], &[], &[]),
        ] {
            let is_only_weak = g == [2] && y.len() > 1;
            assert!(is_only_weak || public(p, q, g, y).is_err());
        }
    }

    // otr3 A5: another encoding of the same key would have another fingerprint.
    #[test]
    fn a_public_key_with_leading_zeroes_is_malformed() {
        let mut bytes = Vec::from([0, 0, 0, 0, 0, 129, 0]);
        bytes.extend_from_slice(&encoded(&["p", "q", "g", "y"])[6..]);
        assert!(PublicKey::read(&mut Reader::new(&bytes)).is_err());
    }

    // otr3 A20
    #[test]
    fn a_key_is_read_as_it_was_written() {
        let bytes = encoded(&["p", "q", "g", "y", "x"]);
        let key = libotr_key();
        assert_eq!(*key.to_bytes(), bytes);
        let hash: [u8; 20] = Sha1::digest(&encoded(&["p", "q", "g", "y"])[2..]).into();
        assert_eq!(key.fingerprint(), Fingerprint::from_bytes(hash));
        assert!(!format!("{key:?}").contains(&String::from("7c3898")));
    }

    #[test]
    fn bytes_that_are_no_key_name_what_is_wrong() {
        let bytes = encoded(&["p", "q", "g", "y", "x"]);
        let error = |bytes: &[u8]| PrivateKey::from_bytes(bytes).unwrap_err();
        assert_eq!(error(&[]), KeyError::Malformed);
        assert_eq!(error(&bytes[..bytes.len() - 1]), KeyError::Malformed);
        assert_eq!(error(&[bytes.as_slice(), &[0]].concat()), KeyError::Malformed);
        assert_eq!(error(&[&[0, 1], &bytes[2..]].concat()), KeyError::Malformed);
        assert_eq!(error(&encoded(&["q", "q", "g", "y", "x"])), KeyError::Size);
        let mut altered = bytes.clone();
        *altered.last_mut().unwrap() ^= 1;
        assert_eq!(error(&altered), KeyError::Inconsistent);
    }

    #[test]
    fn a_new_key_has_the_right_sizes_and_signs() {
        let key = testing::key(0);
        assert_eq!(
            PrivateKey::from_bytes(&key.to_bytes()).unwrap().fingerprint(),
            key.fingerprint()
        );
        let signature = key.sign(&[7; 32]).unwrap();
        assert!(key.public().verify(&[7; 32], &signature));
        assert!(!libotr_key().public().verify(&[7; 32], &signature));
    }
}
