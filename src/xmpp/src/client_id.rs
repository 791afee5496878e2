//! What a server may know this run of the program by.

use crate::Redacted;

/// Random, and ours while the program runs, so that a lost session of ours is replaced, not
/// doubled. Nothing in it outlives the run: a name that stayed the same would let a server tell
/// how many devices the account has, and when each of them comes and goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClientId {
    /// Asked for as our resource, where that is ours to choose.
    pub(crate) resource: String,
    /// The id of our `<user-agent/>` (XEP-0388 §2.3): a UUID of version 4.
    pub(crate) agent: Redacted<String>,
}

impl ClientId {
    /// Another one.
    pub(crate) fn random() -> Self {
        Self {
            resource: format!("sotto.{:08x}", rand::random::<u32>()),
            agent: uuid(rand::random()).into(),
        }
    }
}

/// Of 122 of these bits (RFC 9562 §5.4).
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
