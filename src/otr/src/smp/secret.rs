//! What is compared: what the user typed, bound to the session and to both keys.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

use crate::crypto::{Exponent, sha256};
use crate::fingerprint::Fingerprint;
use crate::message_state::Ssid;

/// The version of SMP.
const VERSION: u8 = 1;

/// An answer or shared secret, byte for byte: no trimming, no folding of case. Wiped on drop.
#[derive(Clone)]
pub struct SmpSecret(Zeroizing<Vec<u8>>);

impl SmpSecret {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<&str> for SmpSecret {
    fn from(text: &str) -> Self {
        Self::from(text.as_bytes())
    }
}

/// Takes the text over, to wipe it.
impl From<String> for SmpSecret {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text.into_bytes()))
    }
}

impl From<Zeroizing<String>> for SmpSecret {
    fn from(mut text: Zeroizing<String>) -> Self {
        Self::from(core::mem::take(&mut *text))
    }
}

impl From<&[u8]> for SmpSecret {
    fn from(bytes: &[u8]) -> Self {
        Self(Zeroizing::new(bytes.to_vec()))
    }
}

impl fmt::Debug for SmpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SmpSecret(…)")
    }
}

/// Whose secret is compared, and where: a man in the middle has other keys or another session.
pub(crate) struct Binding {
    /// Of the one who asks.
    pub(crate) initiator: Fingerprint,
    /// Of the one who answers.
    pub(crate) responder: Fingerprint,
    pub(crate) ssid: Ssid,
}

impl Binding {
    /// x or y
    pub(crate) fn exponent(&self, secret: &SmpSecret) -> Exponent {
        let hash = Zeroizing::new(sha256(&[
            &[VERSION],
            self.initiator.as_bytes(),
            self.responder.as_bytes(),
            self.ssid.as_bytes(),
            &secret.0,
        ]));
        Exponent::from_hash(&hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message_state::SsidHalf;

    // Whoever sits in between has a session of its own with either side.
    #[test]
    fn the_same_words_under_another_key_or_in_another_session_are_another_secret() {
        let key = |byte| Fingerprint::V3([byte; 20]);
        let compared = |initiator, responder, ssid| {
            let ssid = Ssid::new([ssid; 8], SsidHalf::First);
            let binding = Binding { initiator: key(initiator), responder: key(responder), ssid };
            *binding.exponent(&"where we met".into()).to_bytes()
        };
        let honest = compared(1, 2, 3);
        assert_eq!(honest, compared(1, 2, 3));
        for other in [compared(9, 2, 3), compared(1, 9, 3), compared(1, 2, 9), compared(2, 1, 3)] {
            assert_ne!(honest, other);
        }
    }
}
