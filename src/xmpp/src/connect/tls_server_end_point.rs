//! The channel binding type `tls-server-end-point` (RFC 5929 §4): a hash of the server's
//! certificate.

use sha2::{Digest, Sha256, Sha384, Sha512};
use tokio_rustls::rustls::pki_types::{AlgorithmIdentifier, alg_id};

const WITH_SHA256: [AlgorithmIdentifier; 6] = [
    alg_id::ECDSA_SHA256,
    alg_id::RSA_PKCS1_SHA256,
    alg_id::RSA_PSS_SHA256,
    // MD5 and SHA-1, which RFC 5929 replaces by SHA-256. No authority signs with them any more, but
    // a pinned key comes in any certificate: md5WithRSAEncryption and sha1WithRSAEncryption (RFC
    // 3279 §2.2.1), ecdsa-with-SHA1 (§2.2.3).
    AlgorithmIdentifier::from_slice(b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04\x05\x00"),
    AlgorithmIdentifier::from_slice(b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05\x05\x00"),
    AlgorithmIdentifier::from_slice(b"\x06\x07\x2a\x86\x48\xce\x3d\x04\x01"),
];
const WITH_SHA384: [AlgorithmIdentifier; 3] =
    [alg_id::ECDSA_SHA384, alg_id::RSA_PKCS1_SHA384, alg_id::RSA_PSS_SHA384];
const WITH_SHA512: [AlgorithmIdentifier; 3] =
    [alg_id::ECDSA_SHA512, alg_id::RSA_PKCS1_SHA512, alg_id::RSA_PSS_SHA512];

/// Hashes a DER certificate by the hash function of its signature; `None` if that has none, or one
/// we do not know.
pub(super) fn tls_server_end_point(certificate: &[u8]) -> Option<Vec<u8>> {
    let algorithm = signature_algorithm(certificate)?;
    let is_of = |all: &[AlgorithmIdentifier]| all.iter().any(|one| **one == *algorithm);
    if is_of(&WITH_SHA256) {
        Some(Sha256::digest(certificate).to_vec())
    } else if is_of(&WITH_SHA384) {
        Some(Sha384::digest(certificate).to_vec())
    } else if is_of(&WITH_SHA512) {
        Some(Sha512::digest(certificate).to_vec())
    } else {
        None
    }
}

/// The content of `signatureAlgorithm`, which follows `tbsCertificate` (RFC 5280 §4.1).
fn signature_algorithm(certificate: &[u8]) -> Option<&[u8]> {
    let (certificate, _) = sequence(certificate)?;
    let (_, after) = sequence(certificate)?;
    let (algorithm, _) = sequence(after)?;
    Some(algorithm)
}

/// Splits DER into the content of its first SEQUENCE and the rest (X.690 §8.1).
fn sequence(der: &[u8]) -> Option<(&[u8], &[u8])> {
    const SEQUENCE: u8 = 0x30;
    /// The length of a TLS handshake message takes three bytes, and a certificate comes in one.
    const LENGTH_BYTES_MAX: usize = 3;
    let (&[tag, length], rest) = der.split_first_chunk()?;
    let length_bytes = usize::from(length & 0x7f);
    let (length, rest) = match length {
        0..0x80 => (usize::from(length), rest),
        _ if length_bytes <= LENGTH_BYTES_MAX => {
            let (bytes, rest) = rest.split_at_checked(length_bytes)?;
            (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    (tag == SEQUENCE).then(|| rest.split_at_checked(length)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped(inside: &[u8]) -> Vec<u8> {
        let length = u16::try_from(inside.len()).unwrap().to_be_bytes();
        [&[0x30, 0x82], &length[..], inside].concat()
    }

    /// As much of a certificate as is looked at.
    fn certificate(algorithm: &[u8]) -> Vec<u8> {
        let body = wrapped(&[7; 300]);
        let algorithm = [&[0x30, u8::try_from(algorithm.len()).unwrap()], algorithm].concat();
        wrapped(&[&body[..], &algorithm, &[3, 1, 0]].concat())
    }

    #[test]
    fn the_hash_is_that_of_the_signature_and_never_a_broken_one() {
        let bytes = |all: &[AlgorithmIdentifier]| -> Vec<_> {
            let hashes =
                all.iter().map(|one| tls_server_end_point(&certificate(one)).unwrap().len());
            hashes.collect()
        };
        assert_eq!(bytes(&WITH_SHA256), [32; 6]);
        assert_eq!(bytes(&WITH_SHA384), [48; 3]);
        assert_eq!(bytes(&WITH_SHA512), [64; 3]);
        for other in [alg_id::ED25519, alg_id::ED448, alg_id::RSA_ENCRYPTION] {
            assert_eq!(tls_server_end_point(&certificate(&other)), None);
        }
    }

    #[test]
    fn what_is_no_certificate_is_bound_to_by_nothing() {
        let whole = certificate(&alg_id::ECDSA_SHA256);
        for cut in 0..whole.len() {
            assert_eq!(tls_server_end_point(&whole[..cut]), None, "{cut}");
        }
        for tag in (0..=u8::MAX).filter(|tag| *tag != 0x30) {
            assert_eq!(tls_server_end_point(&[&[tag], &whole[1..]].concat()), None, "{tag}");
        }
        for length in [[0x84, 0xff, 0xff, 0xff, 0xff], [0xff; 5], [0x83, 0xff, 0xff, 0xff, 0xff]] {
            assert_eq!(tls_server_end_point(&[&[0x30], &length[..], &whole].concat()), None);
        }
    }
}
