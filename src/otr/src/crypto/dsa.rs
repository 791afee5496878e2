//! Long-term keys: DSA with 1024 and 160 bits (OTRv3, "Public keys, signatures, and fingerprints").

mod generate;
mod nonce;

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use rand_core::CryptoRng;
use sha1::{Digest as _, Sha1};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::montgomery::{Modulus, Residue};
use super::powers;
use crate::error::KeyError;
use crate::fingerprint::Fingerprint;
use crate::wire::{Malformed, Reader, Writer};
use generate::Numbers;
use nonce::{Nonce, Nonces};

const P_BYTES: usize = 128;
const Q_BYTES: usize = 20;
const Q_BITS: u32 = 160;
/// The type of a DSA key.
const TYPE: u16 = 0;
/// r and s, 20 bytes each.
pub(crate) const SIGNATURE_BYTES: usize = 2 * Q_BYTES;
/// Nonces that may give r = 0 or s = 0 before we give a key up. No consistent key needs two.
const NONCES_MAX: usize = 4;

type ModP = Modulus<18>;
type ModQ = Modulus<4>;

/// Our long-term key. Clones share it; the last one wipes it.
#[derive(Clone)]
pub struct PrivateKey(Arc<Inner>);

struct Inner {
    x: Box<Zeroizing<[u8; Q_BYTES]>>,
    public: PublicKey,
}

impl PrivateKey {
    /// Makes a new key. Takes some hundredths of a second, now and then some tenths.
    #[must_use]
    pub fn generate<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        loop {
            let Some(Numbers { p, q, g, y, x }) = generate::numbers(rng) else { continue };
            let public = PublicKey::new([&p[..], &q, &g, &y].map(without_zeroes));
            if let Ok(key) = public.and_then(|public| Self::new(public, x)) {
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
            let secret = reader.mpi()?;
            reader.end()?;
            if key_type == TYPE { Ok((numbers, secret)) } else { Err(Malformed) }
        };
        let (numbers, secret) = read().map_err(|Malformed| KeyError::Malformed)?;
        let public = PublicKey::new(numbers)?;
        let mut x = Box::new(Zeroizing::new([0; Q_BYTES]));
        let start = Q_BYTES.checked_sub(secret.len()).ok_or(KeyError::Size)?;
        x.get_mut(start..).ok_or(KeyError::Size)?.copy_from_slice(secret);
        Self::new(public, x)
    }

    /// 00 00, then p, q, g, y and x, each as an MPI: the form of Gajim's and CoyIM's key files.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let public = Writer::new().bytes(&self.0.public.bytes);
        Zeroizing::new(public.mpi(self.0.x.as_slice()).into_bytes())
    }

    /// The short name of its public half.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.0.public.fingerprint
    }

    pub(crate) fn public(&self) -> &PublicKey {
        &self.0.public
    }

    /// Signs 32 bytes, reduced modulo q. `None` never happens with a consistent key.
    pub(crate) fn sign(
        &self,
        message: &[u8; 32],
        rng: &mut dyn CryptoRng,
    ) -> Option<[u8; SIGNATURE_BYTES]> {
        #[cfg(any(test, fuzzing))]
        if super::stand_in::are_on() {
            return Some(super::stand_in::signature(self.public().as_bytes(), message));
        }
        let mut randomness = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut *randomness);
        self.sign_with(message, &*randomness)
    }

    fn sign_with(&self, message: &[u8; 32], randomness: &[u8]) -> Option<[u8; SIGNATURE_BYTES]> {
        let PublicKey { q, q_bytes, .. } = self.public();
        let reduced = q.bytes(&q.residue(message));
        let nonces = Nonces::new(q_bytes, &self.0.x, &reduced, randomness);
        nonces.take(NONCES_MAX).find_map(|nonce| self.sign_once(message, &nonce))
    }

    /// r = (g^k mod p) mod q, s = (M + x r) / k mod q. `None` if one of them is 0.
    fn sign_once(&self, message: &[u8; 32], nonce: &Nonce) -> Option<[u8; SIGNATURE_BYTES]> {
        let PublicKey { p, q, g, .. } = self.public();
        let power = powers::product(p, [(*g, nonce.as_slice())]);
        let r = q.residue(&*p.bytes::<P_BYTES>(&power));
        let inverse = Zeroizing::new(q.inverse(&Zeroizing::new(q.residue(&**nonce))));
        let x = Zeroizing::new(q.residue(self.0.x.as_slice()));
        let sum = Zeroizing::new(q.add(&q.mul(&x, &r), &q.residue(message)));
        let (r, s) = (q.bytes::<Q_BYTES>(&r), q.bytes::<Q_BYTES>(&q.mul(&sum, &inverse)));
        let mut signature = [0; SIGNATURE_BYTES];
        signature.iter_mut().zip(r.iter().chain(&*s)).for_each(|(to, from)| *to = *from);
        (*r != [0; Q_BYTES] && *s != [0; Q_BYTES]).then_some(signature)
    }

    /// Takes a key only if x is below q, y is g^x, and it can sign for its own public half.
    fn new(public: PublicKey, x: Box<Zeroizing<[u8; Q_BYTES]>>) -> Result<Self, KeyError> {
        let PublicKey { p, q, g, y, .. } = &public;
        let is_reduced = q.bytes::<Q_BYTES>(&q.residue(x.as_slice())).ct_eq(&**x);
        let power = powers::product(p, [(*g, x.as_slice())]);
        let is_power = p.bytes::<P_BYTES>(&power).ct_eq(&*p.bytes::<P_BYTES>(y));
        if !bool::from(is_reduced & is_power) {
            return Err(KeyError::Inconsistent);
        }
        let key = Self(Arc::new(Inner { x, public }));
        let probe = [0x5a; 32];
        match key.sign_with(&probe, &[]) {
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
pub(crate) struct PublicKey {
    p: ModP,
    q: ModQ,
    q_bytes: [u8; Q_BYTES],
    g: Residue<18>,
    y: Residue<18>,
    /// PUBKEY
    bytes: Box<[u8]>,
    fingerprint: Fingerprint,
}

impl PublicKey {
    /// The key with p, q, g and y, each big-endian and without leading zeroes.
    fn new([p, q, g, y]: [&[u8]; 4]) -> Result<Self, KeyError> {
        let has_bits = |number: &[u8], bytes| {
            number.len() == bytes && number.first().is_some_and(|first| *first >= 0x80)
        };
        if !has_bits(p, P_BYTES) || !has_bits(q, Q_BYTES) {
            return Err(KeyError::Size);
        }
        let q_bytes = q.try_into().map_err(|_| KeyError::Size)?;
        let is_in_range =
            |number: &[u8]| !matches!(number, [] | [1]) && (number.len(), number) < (p.len(), p);
        if !is_in_range(g) || !is_in_range(y) {
            return Err(KeyError::Inconsistent);
        }
        let numbers = [p, q, g, y].into_iter();
        let bytes = numbers.fold(Writer::new().short(TYPE), Writer::mpi).into_bytes();
        let hash = Sha1::digest(bytes.get(2..).unwrap_or_default());
        let (p, q_modulus) = (ModP::new(p), ModQ::new(q));
        let (Some(p), Some(q_modulus)) = (p, q_modulus) else {
            return Err(KeyError::Inconsistent);
        };
        let (g, y) = (p.residue(g), p.residue(y));
        let power = powers::product(&p, [(y, q)]);
        if p.bytes::<P_BYTES>(&power) != p.bytes::<P_BYTES>(p.one()) {
            return Err(KeyError::Inconsistent);
        }
        let fingerprint = Fingerprint::V3(hash.into());
        Ok(Self { p, q: q_modulus, q_bytes, g, y, bytes: bytes.into(), fingerprint })
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
        Self::new(numbers).map_err(|_| Malformed)
    }

    /// PUBKEY
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) const fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// Whether (g^(M/s) y^(r/s) mod p) mod q is r.
    pub(crate) fn verify(&self, message: &[u8; 32], signature: &[u8; SIGNATURE_BYTES]) -> bool {
        #[cfg(any(test, fuzzing))]
        if super::stand_in::are_on() {
            return *signature == super::stand_in::signature(self.as_bytes(), message);
        }
        let Self { p, q, q_bytes, g, y, .. } = self;
        let ([r, s], []) = signature.as_chunks::<Q_BYTES>() else { return false };
        let is_in_range = |number: &[u8; Q_BYTES]| *number != [0; Q_BYTES] && number < q_bytes;
        if !is_in_range(r) || !is_in_range(s) {
            return false;
        }
        let inverse = q.inverse(&q.residue(s));
        let over_s = |number| q.bytes::<Q_BYTES>(&q.mul(&q.residue(number), &inverse));
        let (u1, u2) = (over_s(message), over_s(r));
        let power = powers::product(p, [(*g, u1.as_slice()), (*y, u2.as_slice())]);
        *q.bytes::<Q_BYTES>(&q.residue(&*p.bytes::<P_BYTES>(&power))) == *r
    }
}

fn without_zeroes(number: &[u8]) -> &[u8] {
    let zeroes = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeroes..).unwrap_or_default()
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
            let signature = key.sign(&message, &mut rand::rng()).unwrap();
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
        assert_eq!(key.fingerprint(), Fingerprint::V3(hash));
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
        let signature = key.sign(&[7; 32], &mut rand::rng()).unwrap();
        assert!(key.public().verify(&[7; 32], &signature));
        assert!(!libotr_key().public().verify(&[7; 32], &signature));
    }

    /// The 1024-bit key, the nonces and the signatures of RFC 6979, A.2.1.
    const RFC_6979: [&str; 5] = [
        "86F5CA03DCFEB225063FF830A0C769B9DD9D6153AD91D7CE27F787C43278B447E6533B86B18BED6E8A48B784A14C252C5BE0DBF60B86D6385BD2F12FB763ED8873ABFD3F5BA2E0A8C0A59082EAC056935E529DAF7C610467899C77ADEDFC846C881870B7B19B2B58F9BE0521A17002E3BDD6B86685EE90B3D9A1B02B782B1779",
        "996F967F6C8E388D9E28D01E205FBA957A5698B1",
        "07B0F92546150B62514BB771E2A0C0CE387F03BDA6C56B505209FF25FD3C133D89BBCD97E904E09114D9A7DEFDEADFC9078EA544D2E401AEECC40BB9FBBF78FD87995A10A1C27CB7789B594BA7EFB5C4326A9FE59A070E136DB77175464ADCA417BE5DCE2F40D10A46A3A3943F26AB7FD9C0398FF8C76EE0A56826A8A88F1DBD",
        "5DF5E01DED31D0297E274E1691C192FE5868FEF9E19A84776454B100CF16F65392195A38B90523E2542EE61871C0440CB87C322FC4B4D2EC5E1E7EC766E1BE8D4CE935437DC11C3C8FD426338933EBFE739CB3465F4D3668C5E473508253B1E682F65CBDC4FAE93C2EA212390E54905A86E2223170B44EAA7DA5DD9FFCFB7F3B",
        "411602CB19A6CCC34494D79D98EF1E7ED5AF25F7",
    ];

    fn rfc_6979_key() -> PrivateKey {
        let numbers = RFC_6979.map(testing::unhex);
        let bytes = numbers.iter().fold(Writer::new().short(TYPE), |w, number| w.mpi(number));
        PrivateKey::from_bytes(bytes.as_bytes()).unwrap()
    }

    /// FIPS 186 takes the upper 160 bits of a hash; OTR would take the whole modulo q.
    fn upper_bits(hash: &[u8]) -> [u8; 32] {
        let mut message = [0; 32];
        message[12..].copy_from_slice(&hash[..20]);
        message
    }

    #[test]
    fn nonces_and_signatures_without_randomness_are_those_of_rfc_6979() {
        let key = rfc_6979_key();
        let PublicKey { q, q_bytes, .. } = key.public();
        for (message, k, signature) in [
            (
                "sample",
                "519BA0546D0C39202A7D34D7DFA5E760B318BCFB",
                "81F2F5850BE5BC123C43F71A3033E9384611C5454CDD914B65EB6C66A8AAAD27299BEE6B035F5E89",
            ),
            (
                "test",
                "5A67592E8128E03A417B0484410FB72C0B630E1A",
                "22518C127299B0F6FDC9872B282B9E70D07908126837EC18F150D55DE95B5E29BE7AF5D01E4FE160",
            ),
        ] {
            let message = upper_bits(&crate::crypto::sha256(&[message.as_bytes()]));
            let reduced = q.bytes(&q.residue(&message));
            let nonce = Nonces::new(q_bytes, &key.0.x, &reduced, &[]).next().unwrap();
            assert_eq!(nonce.as_slice(), testing::unhex(k));
            let signed = key.sign_with(&message, &[]).unwrap();
            assert_eq!(signed.as_slice(), testing::unhex(signature));
            assert!(key.public().verify(&message, &signed));
        }
    }

    #[test]
    fn signatures_with_the_nonces_of_rfc_6979_for_sha1_are_the_same() {
        let key = rfc_6979_key();
        for (message, k, signature) in [
            (
                "sample",
                "7BDB6B0FF756E1BB5D53583EF979082F9AD5BD5B",
                "2E1A0C2562B2912CAAF89186FB0F42001585DA5529EFB6B0AFF2D7A68EB70CA313022253B9A88DF5",
            ),
            (
                "test",
                "5C842DF4F9E344EE09F056838B42C7A17F4A6433",
                "42AB2052FD43E123F0607F115052A67DCD9C5C77183916B0230D45B9931491D4C6B0BD2FB4AAF088",
            ),
        ] {
            let nonce = Zeroizing::new(testing::unhex(k).try_into().unwrap());
            let signed = key.sign_once(&upper_bits(&Sha1::digest(message)), &nonce).unwrap();
            assert_eq!(signed.as_slice(), testing::unhex(signature));
        }
    }

    #[test]
    fn the_same_message_is_signed_with_another_nonce_each_time() {
        let sign = || libotr_key().sign(&[7; 32], &mut rand::rng()).unwrap();
        assert_ne!(sign()[..20], sign()[..20]);
    }

    #[test]
    fn a_private_number_of_0_or_from_q_upwards_is_refused() {
        let bytes = |x: &[u8]| {
            let public = Writer::new().bytes(&encoded(&["p", "q", "g", "y"]));
            PrivateKey::from_bytes(&public.mpi(x).into_bytes())
        };
        assert!(bytes(&component("x")).is_ok());
        let q = BigUint::from_bytes_be(&component("q"));
        for x in [BigUint::ZERO, BigUint::from_bytes_be(&component("x")) + &q, q] {
            assert!(bytes(&x.to_bytes_be()).is_err());
        }
    }
}
