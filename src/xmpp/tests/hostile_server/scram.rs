//! The server's half of SCRAM-SHA-256 (RFC 7677).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

const SALT: &[u8] = b"salt";
const ROUNDS: u32 = 4096;

/// An exchange whose challenge was said.
pub(crate) struct Exchange {
    first_bare: String,
    challenge: String,
}

impl Exchange {
    /// Answers the client's first message.
    pub(crate) fn begin(first: &str, rounds: u32) -> (Self, String) {
        let first_bare = first.splitn(3, ',').nth(2).unwrap().to_owned();
        let nonce = first_bare.rsplit("r=").next().unwrap();
        let challenge = format!("r={nonce}more,s={},i={rounds}", BASE64.encode(SALT));
        (Self { first_bare, challenge: challenge.clone() }, challenge)
    }

    /// The same with the usual number of rounds.
    pub(crate) fn usual(first: &str) -> (Self, String) {
        Self::begin(first, ROUNDS)
    }

    /// The same, saying a hash of what was offered (XEP-0474 §5.1).
    pub(crate) fn telling(first: &str, offered: &str) -> (Self, String) {
        let (mut exchange, challenge) = Self::usual(first);
        let hash = BASE64.encode(Sha256::digest(offered));
        exchange.challenge = format!("{challenge},h={hash}");
        let challenge = exchange.challenge.clone();
        (exchange, challenge)
    }

    /// Checks the client's proof, and proves that we know the password too.
    pub(crate) fn finish(self, last: &str, password: &str) -> Result<String, &'static str> {
        let (without_proof, proof) = last.split_once(",p=").unwrap();
        let message = format!("{},{},{without_proof}", self.first_bare, self.challenge);
        let mut salted = [0; 32];
        pbkdf2::pbkdf2_hmac::<Sha256>(password.as_bytes(), SALT, ROUNDS, &mut salted);
        let client_key = hmac(&salted, b"Client Key");
        let signature = hmac(&Sha256::digest(&client_key), message.as_bytes());
        let expected: Vec<u8> = client_key.iter().zip(&signature).map(|(a, b)| a ^ b).collect();
        if BASE64.decode(proof).unwrap() != expected {
            return Err("a wrong proof");
        }
        Ok(self.signature(last, password))
    }

    /// Claims to know this password, whatever the client's proof.
    pub(crate) fn signature(&self, last: &str, password: &str) -> String {
        let without_proof = last.split(",p=").next().unwrap();
        let message = format!("{},{},{without_proof}", self.first_bare, self.challenge);
        let mut salted = [0; 32];
        pbkdf2::pbkdf2_hmac::<Sha256>(password.as_bytes(), SALT, ROUNDS, &mut salted);
        let signature = hmac(&hmac(&salted, b"Server Key"), message.as_bytes());
        format!("v={}", BASE64.encode(signature))
    }
}

fn hmac(key: &[u8], data: &[u8]) -> Vec<u8> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).unwrap();
    mac.update(data);
    mac.finalize().into_bytes().to_vec()
}
