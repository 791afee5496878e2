//! Proving that we know the password, and that the server does too (RFC 5802).
//!
//! A pure state machine: messages in, messages out. The slow hashing is a step of its own, for the
//! caller to run where it blocks nobody.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::mechanism::Scram;
use super::password::prepare;
use crate::security::Hash;

/// Fewer rounds of PBKDF2 are refused: RFC 7677 §4 asks for this many.
const ITERATIONS_MIN: u32 = 4_096;
/// More are refused: some seconds of a processor.
const ITERATIONS_MAX: u32 = 2_000_000;
/// No message of the server is longer.
const MESSAGE_BYTES_MAX: usize = 4_096;

/// Why the exchange ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ScramError {
    #[error("a SCRAM message cannot be read")]
    Malformed,
    #[error("the server's number of iterations is out of range")]
    Iterations,
    #[error("the server's nonce or signature is not genuine")]
    NotGenuine,
    #[error("the server offered something else than what we were told")]
    MechanismsTampered,
    #[error("the server refused the proof")]
    Refused,
}

/// Our first message is out; the server's first is awaited.
pub(crate) struct AwaitingChallenge {
    mechanism: Scram,
    password: Zeroizing<String>,
    nonce: String,
    client_first_bare: String,
}

/// The server's first message is read; the password awaits hashing.
pub(crate) struct Challenged {
    mechanism: Scram,
    password: Zeroizing<String>,
    nonce: String,
    salt: Vec<u8>,
    iterations: u32,
    /// Both first messages, as they go into the signature.
    first_messages: String,
}

/// Our proof is out; the server's signature is awaited.
pub(crate) struct AwaitingSignature {
    expected: Vec<u8>,
}

impl AwaitingChallenge {
    /// Begins. `password` goes into the proof as it is; `nonce` is printable ASCII without a comma.
    /// Returns the message to send.
    pub(crate) fn begin(
        mechanism: Scram,
        user: &str,
        password: Zeroizing<String>,
        nonce: String,
    ) -> (Self, String) {
        let user = prepare(user).replace('=', "=3D").replace(',', "=2C");
        let client_first_bare = format!("n={user},r={nonce}");
        let message = format!("{}{client_first_bare}", mechanism.gs2.header());
        (Self { mechanism, password, nonce, client_first_bare }, message)
    }

    /// Reads the server's first message. If that has a hash of what the server offered to sign in
    /// by, it must be that of one of `told` (XEP-0474 §5.2). Should the hash be changed or left out on
    /// the way, too, neither proof will be right.
    pub(crate) fn challenge(
        self,
        message: &[u8],
        told: &[String],
    ) -> Result<Challenged, ScramError> {
        let message = text(message)?;
        let mut fields = message.split(',');
        let mut field = |prefix| {
            fields.next().and_then(|field| field.strip_prefix(prefix)).ok_or(ScramError::Malformed)
        };
        // An extension we do not know would come first, as `m=`, and fails here as it must.
        let nonce = field("r=")?;
        let salt = BASE64.decode(field("s=")?).map_err(|_| ScramError::Malformed)?;
        let iterations = field("i=")?.parse::<u64>().map_err(|_| ScramError::Malformed)?;
        if salt.is_empty() {
            return Err(ScramError::Malformed);
        }
        let offered = fields.find_map(|field| field.strip_prefix("h="));
        if nonce.strip_prefix(&self.nonce).is_none_or(str::is_empty) {
            return Err(ScramError::NotGenuine);
        }
        let iterations = u32::try_from(iterations)
            .ok()
            .filter(|iterations| (ITERATIONS_MIN..=ITERATIONS_MAX).contains(iterations))
            .ok_or(ScramError::Iterations)?;
        let hash = |told: &String| BASE64.encode(self.mechanism.hash.digest(told.as_bytes()));
        if offered.is_some_and(|offered| !told.iter().any(|told| offered == hash(told))) {
            return Err(ScramError::MechanismsTampered);
        }
        Ok(Challenged {
            nonce: nonce.to_owned(),
            first_messages: format!("{},{message}", self.client_first_bare),
            mechanism: self.mechanism,
            password: self.password,
            salt,
            iterations,
        })
    }
}

impl Challenged {
    /// Hashes the password, which may take seconds, and proves that we know it. Returns the
    /// message to send.
    pub(crate) fn prove(self) -> (AwaitingSignature, String) {
        let hash = self.mechanism.hash;
        let salted = hash.pbkdf2(self.password.as_bytes(), &self.salt, self.iterations);
        let client_key = hash.hmac(&salted, b"Client Key");
        let stored_key = hash.digest(&client_key);
        let mut binding = self.mechanism.gs2.header().as_bytes().to_vec();
        binding.extend_from_slice(self.mechanism.gs2.data());
        let without_proof = format!("c={},r={}", BASE64.encode(binding), self.nonce);
        let auth_message = format!("{},{without_proof}", self.first_messages);
        let signature = hash.hmac(&stored_key, auth_message.as_bytes());
        let proof: Zeroizing<Vec<u8>> =
            Zeroizing::new(client_key.iter().zip(signature.iter()).map(|(a, b)| a ^ b).collect());
        let server_key = hash.hmac(&salted, b"Server Key");
        let expected = hash.hmac(&server_key, auth_message.as_bytes()).to_vec();
        (AwaitingSignature { expected }, format!("{without_proof},p={}", BASE64.encode(&*proof)))
    }
}

impl AwaitingSignature {
    /// Checks the server's last message: without this anybody could have taken our proof.
    pub(crate) fn verify(self, message: &[u8]) -> Result<(), ScramError> {
        let message = text(message)?;
        if message.starts_with("e=") {
            return Err(ScramError::Refused);
        }
        let signature = message
            .split(',')
            .next()
            .and_then(|field| field.strip_prefix("v="))
            .ok_or(ScramError::Malformed)?;
        let signature = BASE64.decode(signature).map_err(|_| ScramError::Malformed)?;
        if bool::from(self.expected.ct_eq(&signature)) {
            Ok(())
        } else {
            Err(ScramError::NotGenuine)
        }
    }
}

fn text(message: &[u8]) -> Result<&str, ScramError> {
    if message.len() > MESSAGE_BYTES_MAX {
        return Err(ScramError::Malformed);
    }
    std::str::from_utf8(message).map_err(|_| ScramError::Malformed)
}

impl Hash {
    fn digest(self, data: &[u8]) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(match self {
            Self::Sha1 => Sha1::digest(data).to_vec(),
            Self::Sha256 => Sha256::digest(data).to_vec(),
            Self::Sha512 => Sha512::digest(data).to_vec(),
        })
    }

    fn hmac(self, key: &[u8], data: &[u8]) -> Zeroizing<Vec<u8>> {
        fn of<M: Mac + KeyInit>(key: &[u8], data: &[u8]) -> Vec<u8> {
            #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
            let mut mac = <M as KeyInit>::new_from_slice(key).expect("any key length");
            mac.update(data);
            mac.finalize().into_bytes().to_vec()
        }
        Zeroizing::new(match self {
            Self::Sha1 => of::<hmac::Hmac<Sha1>>(key, data),
            Self::Sha256 => of::<hmac::Hmac<Sha256>>(key, data),
            Self::Sha512 => of::<hmac::Hmac<Sha512>>(key, data),
        })
    }

    fn pbkdf2(self, password: &[u8], salt: &[u8], iterations: u32) -> Zeroizing<Vec<u8>> {
        let bytes = match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        };
        let mut salted = Zeroizing::new(vec![0; bytes]);
        match self {
            Self::Sha1 => pbkdf2::pbkdf2_hmac::<Sha1>(password, salt, iterations, &mut salted),
            Self::Sha256 => pbkdf2::pbkdf2_hmac::<Sha256>(password, salt, iterations, &mut salted),
            Self::Sha512 => pbkdf2::pbkdf2_hmac::<Sha512>(password, salt, iterations, &mut salted),
        }
        salted
    }
}

/// What a server that knows the password says last, with SHA-256.
#[cfg(test)]
pub(super) fn server_signature(
    password: &str,
    salt: &[u8],
    iterations: u32,
    auth_message: &str,
) -> String {
    let salted = Hash::Sha256.pbkdf2(password.as_bytes(), salt, iterations);
    let server_key = Hash::Sha256.hmac(&salted, b"Server Key");
    let signature = Hash::Sha256.hmac(&server_key, auth_message.as_bytes());
    format!("v={}", BASE64.encode(&*signature))
}

#[cfg(test)]
mod tests {
    use super::super::mechanism::{ChannelBinding, Gs2};
    use super::*;
    use crate::ChannelBindingType;

    /// The example of XEP-0474 §5.3.
    const TOLD: &str = "SCRAM-SHA-1\x1eSCRAM-SHA-1-PLUS\x1ftls-exporter\x1etls-server-end-point";
    const RFC_7677_NONCE: &str = "rOprNGfwEbeRWgbNEkqO";
    const RFC_7677_CHALLENGE: &str = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
        s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
    const RFC_7677_SIGNATURE: &str = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

    fn told() -> [String; 1] {
        [TOLD.to_owned()]
    }

    fn begin(hash: Hash, gs2: Gs2, nonce: &str) -> (AwaitingChallenge, String) {
        AwaitingChallenge::begin(
            Scram { hash, gs2 },
            "user",
            "pencil".to_owned().into(),
            nonce.into(),
        )
    }

    fn challenge(message: &str) -> Result<Challenged, ScramError> {
        begin(Hash::Sha256, Gs2::None, RFC_7677_NONCE).0.challenge(message.as_bytes(), &told())
    }

    fn awaiting_signature() -> AwaitingSignature {
        challenge(RFC_7677_CHALLENGE).map(|challenged| challenged.prove().0).unwrap_or_else(|e| {
            panic!("{e}");
        })
    }

    #[test]
    fn the_exchange_of_rfc_5802_is_reproduced() {
        let (state, first) = begin(Hash::Sha1, Gs2::None, "fyko+d2lbbFgONRv9qkxdawL");
        assert_eq!(first, "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL");
        let challenge = "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096";
        let (state, last) = state.challenge(challenge.as_bytes(), &told()).ok().unwrap().prove();
        assert_eq!(
            last,
            "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="
        );
        assert_eq!(state.verify(b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ="), Ok(()));
    }

    #[test]
    fn the_exchange_of_rfc_7677_is_reproduced() {
        let (state, first) = begin(Hash::Sha256, Gs2::None, RFC_7677_NONCE);
        assert_eq!(first, "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
        let (state, last) =
            state.challenge(RFC_7677_CHALLENGE.as_bytes(), &told()).ok().unwrap().prove();
        assert_eq!(
            last,
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
             p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        );
        assert_eq!(state.verify(RFC_7677_SIGNATURE.as_bytes()), Ok(()));
    }

    #[test]
    fn a_bound_exchange_carries_header_and_data() {
        let (kind, data) = (ChannelBindingType::Exporter, vec![b'x'; 32]);
        let gs2 = Gs2::Bound(ChannelBinding { kind, data });
        let (state, first) = begin(Hash::Sha512, gs2, "abc");
        assert!(first.starts_with("p=tls-exporter,,n=user,r=abc"));
        let (_, last) = state.challenge(b"r=abcdef,s=QUJD,i=4096", &told()).ok().unwrap().prove();
        let bound = BASE64.encode(format!("p=tls-exporter,,{}", "x".repeat(32)));
        assert!(last.starts_with(&format!("c={bound},r=abcdef,p=")));
    }

    #[test]
    fn a_wrong_signature_is_not_genuine() {
        let cases: [(&[u8], ScramError); 5] = [
            (b"v=AAAA", ScramError::NotGenuine),
            (b"v=", ScramError::NotGenuine),
            (b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G5=", ScramError::Malformed),
            (b"", ScramError::Malformed),
            (b"e=invalid-proof", ScramError::Refused),
        ];
        for (message, expected) in cases {
            assert_eq!(awaiting_signature().verify(message), Err(expected), "{message:?}");
        }
    }

    #[test]
    fn attacks_in_the_challenge_are_refused() {
        let table = [
            ("r=other,s=QUJD,i=4096", ScramError::NotGenuine),
            ("r=rOprNGfwEbeRWgbNEkqO,s=QUJD,i=4096", ScramError::NotGenuine),
            ("r=rOprNGfwEbeRWgbNEkqOx,s=QUJD,i=1", ScramError::Iterations),
            ("r=rOprNGfwEbeRWgbNEkqOx,s=QUJD,i=4095", ScramError::Iterations),
            ("r=rOprNGfwEbeRWgbNEkqOx,s=QUJD,i=2000001", ScramError::Iterations),
            ("r=rOprNGfwEbeRWgbNEkqOx,s=QUJD,i=4294967295", ScramError::Iterations),
            ("r=rOprNGfwEbeRWgbNEkqOx,s=QUJD,i=4294971392", ScramError::Iterations),
            ("r=rOprNGfwEbeRWgbNEkqOx,s=QUJD,i=-1", ScramError::Malformed),
            ("r=rOprNGfwEbeRWgbNEkqOx,s=,i=4096", ScramError::Malformed),
            ("r=rOprNGfwEbeRWgbNEkqOx,s=?,i=4096", ScramError::Malformed),
            ("m=x,r=rOprNGfwEbeRWgbNEkqOx,s=QUJD,i=4096", ScramError::Malformed),
            ("", ScramError::Malformed),
        ];
        for (message, expected) in table {
            assert_eq!(challenge(message).err(), Some(expected), "{message}");
        }
        assert!(challenge("r=rOprNGfwEbeRWgbNEkqOx,s=QUJD,i=4096,x=unknown").is_ok());
        let long = format!("r=rOprNGfwEbeRWgbNEkqOx,s=QUJD,i=4096,{}", "x".repeat(5_000));
        assert_eq!(challenge(&long).err(), Some(ScramError::Malformed));
    }

    #[test]
    fn a_hash_of_what_was_offered_must_be_that_of_what_we_were_told() {
        let challenge = |hash: Hash, told: &str, offered: &str| {
            let message = format!("r=abcdef,s=QUJD,i=4096{offered}");
            let told = ["something else", told].map(str::to_owned);
            begin(hash, Gs2::None, "abc").0.challenge(message.as_bytes(), &told).err()
        };
        let hash = ",h=G6k/rBLDqgOhRRaCuuatSDFkJ08=";
        for offered in ["", ",x=unknown", hash, &format!(",x=unknown{hash},y=unknown")] {
            assert_eq!(challenge(Hash::Sha1, TOLD, offered), None, "{offered}");
        }
        let changed = Some(ScramError::MechanismsTampered);
        assert_eq!(challenge(Hash::Sha1, "SCRAM-SHA-1", hash), changed);
        assert_eq!(challenge(Hash::Sha256, TOLD, hash), changed);
        for offered in [",h=", ",h=?", ",h=G6k/rBLDqgOhRRaCuuatSDFkJ08", &format!(",h={hash}")] {
            assert_eq!(challenge(Hash::Sha1, TOLD, offered), changed, "{offered}");
        }
    }

    #[test]
    fn names_are_escaped_and_prepared() {
        let mechanism = Scram { hash: Hash::Sha1, gs2: Gs2::NotOffered };
        let password = "x".to_owned().into();
        let (_, first) = AwaitingChallenge::begin(mechanism, "a,b=c\u{ad}", password, "n".into());
        assert_eq!(first, "y,,n=a=2Cb=3Dc,r=n");
    }
}
