//! The key files of other OTR clients, so that nobody has to start anew: their keys and the keys
//! of their contacts, read and written.
//!
//! Bytes come in and values go out, and back: no file is opened here, no account is guessed, and
//! nobody is trusted. Who reads somebody else's file works on a copy, shows the fingerprints, and
//! asks the person. The caller decides how much to read from a disk; more than
//! [`FILE_BYTES_MAX`] is refused here.
//!
//! # Where clients keep them
//! | Client | Where | What to know |
//! |---|---|---|
//! | Pidgin, Finch | `~/.purple/`, on Windows `%APPDATA%\.purple\`: `otr.private_key`, `otr.fingerprints`, `otr.instance_tags` | protocol `prpl-jabber`; the account is the address with its resource or at least a slash behind: `alice@example.org/` |
//! | Adium | `~/Library/Application Support/Adium 2.0/Users/Default/`, same names | the account is a number, which `Accounts.plist` there explains; protocol `libpurple-Jabber`, sometimes in other case |
//! | Profanity | `~/.local/share/profanity/otr/alice_at_example.org/`: `keys.txt`, `fingerprints.txt` | same formats; protocol `xmpp`, trust `trusted` |
//! | irssi | `~/.irssi/otr/`: `otr.key`, `otr.fp`, `otr.instag` | same formats; protocol `IRC`, an account is the name of its network, in old versions `nick@server` |
//! | Gajim | `~/.local/share/gajim/`, on Windows `%APPDATA%\Gajim\`: `NAME.key3`, `NAME.fpr` | `NAME` is what Gajim calls the account; the key is binary and names nobody, the rest is as above, protocol `xmpp` |
//! | CoyIM | `~/.config/coyim/`: `accounts.json`, or with a passphrase `accounts.json.enc` | see `coyim`, behind the feature of that name; it imports and exports Pidgin's files too |
//! | Jitsi | `~/.jitsi/sip-communicator.properties` | PKCS #8 in base64 among its settings; not read here |
//!
//! `otr.private_key` wants mode 0600. Which reader fits: [`read_private_keys`],
//! [`read_fingerprints`], [`read_instance_tags`], [`read_key3`].
//!
//! # Example
//! ```
//! use otr::keyfile::{Trust, read_fingerprints};
//!
//! let file = b"bob@example.org\talice@example.org/\tprpl-jabber\t\
//!     0123456789abcdef0123456789abcdef01234567\tsmp\n\
//!     a line of another program\n";
//! let contents = read_fingerprints(file)?;
//! assert_eq!(contents.entries[0].contact, "bob@example.org");
//! assert_eq!(contents.entries[0].trust, Trust::Smp);
//! assert_eq!(contents.skipped[0].line, 2);
//! # Ok::<(), otr::keyfile::Fault<otr::keyfile::LineError>>(())
//! ```

#[cfg(feature = "coyim")]
pub mod coyim;
mod fault;
mod fingerprints;
mod instance_tags;
mod key3;
mod line;
mod private_keys;
mod sexp;
mod trust;

use alloc::string::String;

pub use fault::{Contents, Fault, WriteError, WriteFault};
pub use fingerprints::{KnownFingerprint, read_fingerprints, write_fingerprints};
pub use instance_tags::{AccountTag, read_instance_tags, write_instance_tags};
pub use key3::{read_key3, write_key3};
pub use line::{LINE_BYTES_MAX, LineError};
pub use private_keys::{AccountKey, PrivateKeysError, read_private_keys, write_private_keys};
pub use sexp::{DEPTH_MAX, SyntaxError};
pub use trust::Trust;

/// The longest file that is read or written, in bytes: some 1000 keys, or 8000 fingerprints.
pub const FILE_BYTES_MAX: usize = 1 << 20;

/// Whose key it is, in the words of the client that wrote the file.
///
/// Clients find a key by both texts exactly: who writes for another client uses its words.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Account {
    /// `alice@example.org/` in Pidgin, a number in Adium.
    pub name: String,
    /// `prpl-jabber`, `xmpp`, `IRC`…
    pub protocol: String,
}

/// A text without the mark that some editors put before it (U+FEFF in UTF-8).
fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes)
}
