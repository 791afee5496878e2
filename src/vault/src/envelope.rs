//! The bytes of a sealed file: a passphrase in, plaintext out, or a plain reason why not.
//!
//! ```text
//! magic and version   16   "sotto secrets 1\n"
//! memory, passes, lanes     4 each, big endian   Argon2id (RFC 9106): KiB, count, count
//! salt                16
//! proof               32   second half of Argon2id's 64 bytes: tells a wrong passphrase
//! checksum            32   SHA-256 of all above: tells damage from a wrong passphrase
//! nonce               24   new for each writing
//! sealed               …   XChaCha20-Poly1305 under the first half; all above but the nonce is
//!                          its associated data
//! ```

use argon2::{Algorithm, Argon2, Block, Params, Version};
use chacha20poly1305::aead::AeadInOut;
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::VaultError;

const MAGIC: &[u8; 16] = b"sotto secrets 1\n";
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;

/// More memory than this, in KiB, is damage or malice: a file shall not be able to eat the machine.
const MEMORY_KIB_MAX: u32 = 1024 * 1024;
/// As [`MEMORY_KIB_MAX`], for the time it takes.
const PASSES_MAX: u32 = 64;
/// As [`MEMORY_KIB_MAX`].
const LANES_MAX: u32 = 64;

/// What guessing one passphrase costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cost {
    pub(crate) memory_kib: u32,
    pub(crate) passes: u32,
    pub(crate) lanes: u32,
}

impl Cost {
    /// RFC 9106, section 4, the second recommendation: 64 MiB, a fraction of a second.
    pub(crate) const REAL: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 4 };
}

/// A passphrase that was tried, ready to seal again without asking or deriving anew.
pub(crate) struct Envelope {
    header: Vec<u8>,
    cipher: XChaCha20Poly1305,
}

impl Envelope {
    /// A new one, with a salt of its own.
    pub(crate) fn new(passphrase: &str, cost: Cost) -> Result<Self, VaultError> {
        let salt: [u8; 16] = rand::random();
        let (cipher, proof) = derive(passphrase, cost, &salt)?;
        Ok(Self { header: Header { cost, salt, proof }.to_bytes(), cipher })
    }

    /// Opens what [`seal`](Self::seal) returned.
    ///
    /// # Errors
    /// [`VaultError::WrongPassphrase`]; [`VaultError::Damaged`] if not even the right one helps;
    /// [`VaultError::System`] if there is not enough memory.
    pub(crate) fn open(
        bytes: &[u8],
        passphrase: &str,
    ) -> Result<(Self, Zeroizing<Vec<u8>>), VaultError> {
        let (header, sealed) = Header::parse(bytes).ok_or(VaultError::Damaged)?;
        let (cipher, proof) = derive(passphrase, header.cost, &header.salt)?;
        if !bool::from(proof.ct_eq(&header.proof)) {
            return Err(VaultError::WrongPassphrase);
        }
        let envelope = Self { header: header.to_bytes(), cipher };
        let (nonce, text) = sealed.split_first_chunk().ok_or(VaultError::Damaged)?;
        let mut text = Zeroizing::new(text.to_vec());
        envelope
            .cipher
            .decrypt_in_place(&nonce_of(*nonce), &envelope.header, &mut *text)
            .map_err(|_| VaultError::Damaged)?;
        Ok((envelope, text))
    }

    /// The whole file.
    pub(crate) fn seal(&self, text: &[u8]) -> Result<Vec<u8>, VaultError> {
        let nonce: [u8; NONCE_BYTES] = rand::random();
        // Room for the tag: growing would leave a readable copy behind.
        let mut sealed = Zeroizing::new(Vec::with_capacity(text.len() + TAG_BYTES));
        sealed.extend_from_slice(text);
        self.cipher
            .encrypt_in_place(&nonce_of(nonce), &self.header, &mut *sealed)
            .map_err(|_| VaultError::System("too much to seal".to_owned()))?;
        Ok([self.header.as_slice(), &nonce, &sealed].concat())
    }
}

fn nonce_of(bytes: [u8; NONCE_BYTES]) -> XNonce {
    XNonce::from(bytes)
}

struct Header {
    cost: Cost,
    salt: [u8; 16],
    proof: [u8; 32],
}

impl Header {
    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        for number in [self.cost.memory_kib, self.cost.passes, self.cost.lanes] {
            bytes.extend_from_slice(&number.to_be_bytes());
        }
        bytes.extend_from_slice(&self.salt);
        bytes.extend_from_slice(&self.proof);
        let checksum = Sha256::digest(&bytes);
        bytes.extend_from_slice(&checksum);
        bytes
    }

    /// The header and what follows, or `None` if it is not as it was written.
    fn parse(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let rest = bytes.strip_prefix(MAGIC)?;
        let (memory_kib, rest) = number(rest)?;
        let (passes, rest) = number(rest)?;
        let (lanes, rest) = number(rest)?;
        let (salt, rest) = rest.split_first_chunk()?;
        let (proof, _) = rest.split_first_chunk()?;
        let header = Self { cost: Cost { memory_kib, passes, lanes }, salt: *salt, proof: *proof };
        let rest = bytes.strip_prefix(header.to_bytes().as_slice())?;
        let bounded = memory_kib <= MEMORY_KIB_MAX && passes <= PASSES_MAX && lanes <= LANES_MAX;
        bounded.then_some((header, rest))
    }
}

fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((u32::from_be_bytes(*number), rest))
}

/// The cipher and the proof of one passphrase.
fn derive(
    passphrase: &str,
    cost: Cost,
    salt: &[u8; 16],
) -> Result<(XChaCha20Poly1305, [u8; 32]), VaultError> {
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(64))
        .map_err(|_| VaultError::Damaged)?;
    let mut derived = Zeroizing::new([0; 64]);
    // Memory of ours, as Argon2 leaves its own unwiped and the key could be had from it.
    let mut memory = Zeroizing::new(Vec::new());
    memory
        .try_reserve_exact(params.block_count())
        .map_err(|error| VaultError::System(error.to_string()))?;
    memory.resize(params.block_count(), Block::new());
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(
            passphrase.as_bytes(),
            salt,
            derived.as_mut_slice(),
            memory.as_mut_slice(),
        )
        .map_err(|error| VaultError::System(error.to_string()))?;
    let (key, proof) = derived.split_at(32);
    let cipher = XChaCha20Poly1305::new_from_slice(key).map_err(|_| VaultError::Damaged)?;
    let proof = proof.try_into().map_err(|_| VaultError::Damaged)?;
    Ok((cipher, proof))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The least that Argon2 takes: tests open many files.
    pub(crate) const CHEAP: Cost = Cost { memory_kib: 8, passes: 1, lanes: 1 };

    const TEXT: &[u8] = b"thus with a kiss I die";

    fn sealed() -> Vec<u8> {
        Envelope::new("wherefore", CHEAP).unwrap().seal(TEXT).unwrap()
    }

    fn refusal(bytes: &[u8], passphrase: &str) -> VaultError {
        Envelope::open(bytes, passphrase).err().expect("it must not open")
    }

    #[test]
    fn what_was_sealed_opens_again_at_the_real_cost() {
        let sealed = Envelope::new("wherefore", Cost::REAL).unwrap().seal(TEXT).unwrap();
        assert_eq!(*Envelope::open(&sealed, "wherefore").unwrap().1, TEXT);
    }

    #[test]
    fn no_byte_can_change_without_being_called_damage() {
        let sealed = sealed();
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 0x20;
            assert_eq!(refusal(&changed, "wherefore"), VaultError::Damaged, "byte {place}");
        }
    }

    #[test]
    fn no_end_can_be_missing_without_being_called_damage() {
        let sealed = sealed();
        for length in 0..sealed.len() {
            assert_eq!(refusal(&sealed[..length], "wherefore"), VaultError::Damaged);
        }
    }

    #[test]
    fn another_passphrase_is_called_wrong_even_if_the_secrets_are_damaged() {
        let mut sealed = sealed();
        for passphrase in ["", "Wherefore", "wherefore "] {
            assert_eq!(refusal(&sealed, passphrase), VaultError::WrongPassphrase);
        }
        *sealed.last_mut().unwrap() ^= 1;
        assert_eq!(refusal(&sealed, "therefore"), VaultError::WrongPassphrase);
    }

    #[test]
    fn a_file_cannot_ask_for_all_the_memory_or_time() {
        for cost in [
            Cost { memory_kib: MEMORY_KIB_MAX + 1, ..CHEAP },
            Cost { passes: PASSES_MAX + 1, ..CHEAP },
            Cost { lanes: LANES_MAX + 1, ..CHEAP },
        ] {
            let header = Header { cost, salt: [0; 16], proof: [0; 32] };
            assert_eq!(refusal(&header.to_bytes(), "any"), VaultError::Damaged);
        }
    }

    #[test]
    fn the_same_text_never_looks_the_same() {
        let envelope = Envelope::new("wherefore", CHEAP).unwrap();
        assert_ne!(envelope.seal(TEXT).unwrap(), envelope.seal(TEXT).unwrap());
    }
}
