//! The identity of one run of the program towards the server: resource and user-agent id.

use crate::Redacted;

/// Drawn at random for each run, and kept over reconnections, so that a new session replaces a lost
/// one. It does not outlive the run: a lasting id would tell the server how many devices the
/// account has, and when each of them comes and goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClientId {
    /// The resource to ask for (RFC 6120 §7.7), where the server lets us choose.
    pub(crate) resource: String,
    /// The id of `<user-agent/>` (XEP-0388 §2.3): a UUID of version 4.
    pub(crate) agent: Redacted<String>,
}

impl ClientId {
    /// Draws a new identity.
    pub(crate) fn random() -> Self {
        Self {
            resource: format!("sotto.{:08x}", rand::random::<u32>()),
            agent: uuid(rand::random()).into(),
        }
    }
}

/// A version 4 UUID of 122 of these bits (RFC 9562 §5.4).
fn uuid(random: u128) -> String {
    let bits = random & !(0xf << 76 | 0b11 << 62) | 0x4 << 76 | 0b10 << 62;
    let digits = format!("{bits:032x}");
    let mut uuid = String::with_capacity(36);
    for (at, digit) in digits.chars().enumerate() {
        if matches!(at, 8 | 12 | 16 | 20) {
            uuid.push('-');
        }
        uuid.push(digit);
    }
    uuid
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_run_is_another_and_says_nothing_of_us() {
        assert_ne!(ClientId::random(), ClientId::random());
        assert_eq!(uuid(0), "00000000-0000-4000-8000-000000000000");
        assert_eq!(uuid(u128::MAX), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }
}
