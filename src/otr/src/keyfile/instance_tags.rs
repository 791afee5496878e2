//! The instance tags of own accounts: libotr's `otr.instance_tags`.
//!
//! Worth a look, never to be taken over: two clients with one tag answer each other's messages. A
//! line holds account, protocol and 8 hexadecimal digits, with tabs between.

use alloc::format;
use alloc::string::String;

use super::{Account, Contents, Fault, LineError, WriteFault, line};
use crate::instance::InstanceTag;

/// The first line says whom the file is not for.
const COMMENT: &str =
    "# These tags belong to one program on one computer: do not copy this file.\n";

/// The tag of one account in one client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountTag {
    /// The own account.
    pub account: Account,
    /// Its tag in that client.
    pub tag: InstanceTag,
}

/// Reads `otr.instance_tags`. Lines that make no sense are passed over and reported.
///
/// # Errors
/// [`LineError::FileTooLong`], and nothing else.
pub fn read_instance_tags(
    bytes: &[u8],
) -> Result<Contents<AccountTag, LineError>, Fault<LineError>> {
    line::read(bytes, entry)
}

/// Writes `otr.instance_tags`.
///
/// # Errors
/// [`WriteError`](super::WriteError) for a name that is empty or holds control characters, and
/// for a line or a file too long to be read again.
pub fn write_instance_tags(tags: &[AccountTag]) -> Result<String, WriteFault> {
    let mut file = String::from(COMMENT);
    for (index, AccountTag { account, tag }) in tags.iter().enumerate() {
        line::write(&mut file, index, &[&account.name, &account.protocol], &format!("{tag}"))?;
    }
    Ok(file)
}

fn entry(line: &str) -> Result<AccountTag, LineError> {
    let [account, protocol, digits] = line::fields(line)?;
    let is_tag = digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let tag = if is_tag { u32::from_str_radix(digits, 16).ok() } else { None };
    let tag = tag.and_then(InstanceTag::new).ok_or(LineError::InstanceTag)?;
    Ok(AccountTag { account: line::account(account, protocol)?, tag })
}
