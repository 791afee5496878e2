//! What a clock of others is worth.

use std::time::SystemTime;

/// When a readable message was written, as somebody says: now, if that cannot be, so that no stamp
/// puts a conversation before or behind all others.
pub(crate) fn believable(said: SystemTime) -> SystemTime {
    chat::believable(said, SystemTime::now())
}
