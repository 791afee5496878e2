//! Lines of fields with tabs between them, which libotr reads with a buffer of 1000 bytes.

use alloc::borrow::ToOwned as _;
use alloc::string::String;

use super::{Account, Contents, FILE_BYTES_MAX, Fault, WriteError, WriteFault, without_mark};

/// The longest line, in bytes and with its line feed: libotr's buffer, less the NUL.
pub const LINE_BYTES_MAX: usize = 999;

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// The file is longer than [`FILE_BYTES_MAX`], and was not read.
    #[error("the file is too long")]
    FileTooLong,
    /// The line is longer than [`LINE_BYTES_MAX`].
    #[error("the line is too long")]
    TooLong,
    /// The line is not UTF-8.
    #[error("the line is not text")]
    NotText,
    /// Too few fields.
    #[error("a field is missing")]
    FieldMissing,
    /// A name is empty.
    #[error("a name is empty")]
    Empty,
    /// A control character inside a field.
    #[error("a control character in a field")]
    Control,
    /// Not the 40 hexadecimal digits of a fingerprint.
    #[error("the fingerprint is not 40 hexadecimal digits")]
    Fingerprint,
    /// Not the 8 hexadecimal digits of an instance tag, or one below 0x100.
    #[error("the instance tag is not 8 hexadecimal digits of at least 00000100")]
    InstanceTag,
}

/// Reads every line that is not empty and not a comment. A last line without line feed counts.
pub(super) fn read<T>(
    bytes: &[u8],
    entry: impl Fn(&str) -> Result<T, LineError>,
) -> Result<Contents<T, LineError>, Fault<LineError>> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(Fault::new(1, LineError::FileTooLong));
    }
    let mut contents = Contents::new();
    for (number, line) in (1..).zip(without_mark(bytes).split(|byte| *byte == b'\n')) {
        let is_comment = line.starts_with(b"#") && !line.contains(&b'\t');
        if is_comment || line.trim_ascii().is_empty() {
            continue;
        }
        let is_short = line.len() < LINE_BYTES_MAX;
        let line = if is_short { Ok(line) } else { Err(LineError::TooLong) };
        let line = line.and_then(|line| str::from_utf8(line).map_err(|_| LineError::NotText));
        contents.add(line.and_then(&entry).map_err(|reason| Fault::new(number, reason)));
    }
    Ok(contents)
}

/// Cuts a line into `N` fields. The last takes the rest up to a carriage return, with tabs.
pub(super) fn fields<const N: usize>(line: &str) -> Result<[&str; N], LineError> {
    let mut fields = [None; N];
    for (field, text) in fields.iter_mut().zip(line.splitn(N, '\t')) {
        *field = Some(text);
    }
    if let Some(Some(last)) = fields.last_mut() {
        *last = last.split_once('\r').map_or(*last, |(before, _)| before);
    }
    if fields.contains(&None) {
        return Err(LineError::FieldMissing);
    }
    let fields = fields.map(Option::unwrap_or_default);
    let is_control = |c: char| c.is_ascii_control() && c != '\t';
    if fields.iter().any(|field| field.contains(is_control)) {
        return Err(LineError::Control);
    }
    Ok(fields)
}

/// A name, which is not empty.
pub(super) fn name(text: &str) -> Result<String, LineError> {
    if text.is_empty() { Err(LineError::Empty) } else { Ok(text.to_owned()) }
}

/// The account that two fields name.
pub(super) fn account(account: &str, protocol: &str) -> Result<Account, LineError> {
    Ok(Account { name: name(account)?, protocol: name(protocol)? })
}

/// Adds the line of the entry with this index.
pub(super) fn write(
    file: &mut String,
    index: usize,
    names: &[&str],
    last: &str,
) -> Result<(), WriteFault> {
    // At the very start it would be read as a byte order mark. An empty line is skipped, by libotr too.
    if file.is_empty() && names.first().is_some_and(|name| name.starts_with('\u{feff}')) {
        file.push('\n');
    }
    let start = file.len();
    let fault = |reason| WriteFault { index, reason };
    for name in names {
        if name.is_empty() {
            return Err(fault(WriteError::Empty));
        }
        if name.contains(|c: char| c.is_ascii_control()) {
            return Err(fault(WriteError::Control));
        }
        file.push_str(name);
        file.push('\t');
    }
    if last.contains(|c: char| c.is_ascii_control() && c != '\t') {
        return Err(fault(WriteError::Control));
    }
    file.push_str(last);
    file.push('\n');
    let line_bytes = file.len().saturating_sub(start);
    if line_bytes > LINE_BYTES_MAX || file.len() > FILE_BYTES_MAX {
        return Err(fault(WriteError::TooLong));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_cut_at_tabs_and_the_last_takes_the_rest() {
        assert_eq!(fields("a\tb\tc\td"), Ok(["a", "b", "c\td"]));
        assert_eq!(fields("a\tb\r\tc"), Ok(["a", "b"]));
        assert_eq!(fields::<2>("a\r"), Err(LineError::FieldMissing));
        assert_eq!(fields::<2>("a\r\tb"), Err(LineError::Control));
        assert_eq!(fields::<2>("a\tb\0"), Err(LineError::Control));
    }

    #[test]
    fn a_file_that_was_edited_elsewhere_is_read() {
        let file = "\u{feff}# a comment\r\na\tb\r\n\r\nc\td";
        let contents = read(file.as_bytes(), |line| {
            fields::<2>(line).map(|[first, last]| [first, last].concat())
        })
        .unwrap();
        assert_eq!(
            (contents.entries, contents.skipped.len()),
            (["ab", "cd"].map(String::from).into(), 0)
        );
        let contents = read("\u{feff}a\tb\r\n".as_bytes(), |line| {
            fields::<2>(line).map(|[first, last]| [first, last].concat())
        });
        assert_eq!(contents.unwrap().entries, ["ab"]);
    }

    #[test]
    fn what_would_break_a_line_is_not_written() {
        let write = |names: &[&str], last| {
            let mut file = String::new();
            write(&mut file, 7, names, last).map_err(|fault| fault.reason).map(|()| file)
        };
        assert_eq!(write(&["a", "b"], "c\td").as_deref(), Ok("a\tb\tc\td\n"));
        for bad in ["a\tb", "a\n", "\r", "\0", "\x7f"] {
            assert_eq!(write(&[bad], ""), Err(WriteError::Control));
        }
        assert_eq!(write(&["a"], "b\n"), Err(WriteError::Control));
        assert_eq!(write(&["a", ""], "b"), Err(WriteError::Empty));
    }
}
