//! A private conversation with one client: everything that is forgotten together.

use alloc::vec::Vec;

use rand_core::CryptoRng;

use crate::auth::Established;
use crate::data::KeyRing;
use crate::fingerprint::Fingerprint;
use crate::message_state::Ssid;
use crate::smp::Smp;
use crate::timestamp::Timestamp;
use crate::tlv::{self, Tlv};
use crate::version::Version;
use crate::wire::Header;

/// Keys and verification of one session. Dropping it wipes both.
pub(crate) struct Session {
    pub(crate) version: Version,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) ssid: Ssid,
    pub(crate) keys: KeyRing,
    pub(crate) smp: Smp,
    /// When we last sent anything in it.
    pub(crate) sent_at: Timestamp,
}

impl Session {
    pub(crate) fn new(established: &Established, rng: &mut dyn CryptoRng, now: Timestamp) -> Self {
        Self {
            version: established.version,
            fingerprint: established.fingerprint,
            ssid: established.ssid,
            keys: KeyRing::new(established, rng),
            smp: Smp::default(),
            sent_at: now,
        }
    }

    /// Encrypts a text and records.
    pub(crate) fn seal(
        &mut self,
        header: Header,
        flags: u8,
        text: &str,
        tlvs: &[Tlv],
        now: Timestamp,
    ) -> Vec<u8> {
        self.sent_at = now;
        self.keys.seal(header, flags, tlv::join(text, tlvs))
    }
}
