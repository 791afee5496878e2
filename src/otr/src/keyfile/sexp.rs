//! S-expressions, as libgcrypt reads them: lists in parentheses, and between them tokens, `"text"`,
//! `#hexadecimal#`, `|base64|` and `4:text`.
//!
//! What follows the first list is not looked at. Display hints (`[…]`) are not read: no client
//! writes them.

use alloc::vec::Vec;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use super::{FILE_BYTES_MAX, Fault, without_mark};

/// How deep lists may be nested. A key file needs four levels.
pub const DEPTH_MAX: usize = 16;

/// Reads padded and unpadded groups alike.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Why bytes are no S-expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SyntaxError {
    /// The file is longer than [`FILE_BYTES_MAX`], and was not read.
    #[error("the file is too long")]
    FileTooLong,
    /// Lists are nested deeper than [`DEPTH_MAX`].
    #[error("parentheses are nested too deep")]
    TooDeep,
    /// The file ends inside a list.
    #[error("the file ends too early")]
    UnexpectedEnd,
    /// A byte has no business here.
    #[error("a character that does not belong here")]
    UnexpectedByte,
    /// Between `#` and `#`, a byte that is no hexadecimal digit.
    #[error("a character that is no hexadecimal digit")]
    NotHex,
    /// Between `#` and `#`, half a byte at the end.
    #[error("an odd number of hexadecimal digits")]
    OddHex,
    /// Between `|` and `|`, no base64.
    #[error("bad base64")]
    NotBase64,
    /// In quotes, a backslash with something unknown behind.
    #[error("an unknown escape sequence")]
    BadEscape,
    /// A length that is none, begins with 0, or is beyond the end.
    #[error("a length that cannot be right")]
    BadLength,
}

/// Something in parentheses.
pub(super) struct List {
    /// Where it opens.
    pub(super) line: usize,
    pub(super) items: Vec<Item>,
}

/// One thing in a list.
pub(super) enum Item {
    /// Bytes, wiped when dropped: many of them are secret.
    Atom {
        line: usize,
        bytes: Zeroizing<Vec<u8>>,
    },
    List(List),
}

impl List {
    /// Its first atom, which says what the list is.
    pub(super) fn name(&self) -> Option<&[u8]> {
        match self.items.first() {
            Some(Item::Atom { bytes, .. }) => Some(bytes),
            Some(Item::List(_)) | None => None,
        }
    }

    /// The atom behind its name.
    pub(super) fn value(&self) -> Option<&[u8]> {
        match self.items.get(1) {
            Some(Item::Atom { bytes, .. }) => Some(bytes),
            Some(Item::List(_)) | None => None,
        }
    }

    /// The first list inside that has this name.
    pub(super) fn find(&self, name: &str) -> Option<&Self> {
        self.items.iter().find_map(|item| match item {
            Item::List(list) if list.name() == Some(name.as_bytes()) => Some(list),
            Item::List(_) | Item::Atom { .. } => None,
        })
    }
}

/// Reads the first list.
pub(super) fn read(bytes: &[u8]) -> Result<List, Fault<SyntaxError>> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(Fault::new(1, SyntaxError::FileTooLong));
    }
    let mut scanner = Scanner { rest: without_mark(bytes), line: 1 };
    scanner.list().map_err(|reason| Fault::new(scanner.line, reason))
}

/// What is left of the file.
struct Scanner<'a> {
    rest: &'a [u8],
    line: usize,
}

impl<'a> Scanner<'a> {
    fn list(&mut self) -> Result<List, SyntaxError> {
        let mut open: Vec<List> = Vec::new();
        loop {
            let blanks = self.rest.iter().take_while(|byte| is_blank(**byte)).count();
            self.take(blanks)?;
            let line = self.line;
            match self.rest.first() {
                Some(b'(') if open.len() == DEPTH_MAX => return Err(SyntaxError::TooDeep),
                Some(b'(') => {
                    self.take(1)?;
                    open.push(List { line, items: Vec::new() });
                }
                Some(b')') => {
                    self.take(1)?;
                    let done = open.pop().ok_or(SyntaxError::UnexpectedByte)?;
                    match open.last_mut() {
                        Some(outer) => outer.items.push(Item::List(done)),
                        None => return Ok(done),
                    }
                }
                Some(_) => {
                    let list = open.last_mut().ok_or(SyntaxError::UnexpectedByte)?;
                    list.items.push(Item::Atom { line, bytes: self.atom()? });
                }
                None => return Err(SyntaxError::UnexpectedEnd),
            }
        }
    }

    fn atom(&mut self) -> Result<Zeroizing<Vec<u8>>, SyntaxError> {
        if !self.rest.first().is_some_and(u8::is_ascii_digit) {
            return self.unmeasured();
        }
        let count = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let digits = str::from_utf8(self.take(count)?).unwrap_or_default();
        let length = if digits.starts_with('0') { None } else { digits.parse().ok() };
        let length = length.ok_or(SyntaxError::BadLength)?;
        match self.rest.first() {
            Some(b':') => {
                self.take(1)?;
                let bytes = self.take(length).map_err(|_| SyntaxError::BadLength)?;
                Ok(Zeroizing::new(bytes.to_vec()))
            }
            // A hint how long it will be. libgcrypt does not look at it either.
            Some(b'"' | b'#' | b'|') => self.unmeasured(),
            Some(_) | None => Err(SyntaxError::BadLength),
        }
    }

    /// An atom that tells by itself where it ends.
    fn unmeasured(&mut self) -> Result<Zeroizing<Vec<u8>>, SyntaxError> {
        match self.rest.first() {
            Some(b'"') => {
                self.take(1)?;
                let length = quoted_length(self.rest).ok_or(SyntaxError::UnexpectedEnd)?;
                let text = unquoted(self.take(length)?)?;
                self.take(1)?;
                Ok(text)
            }
            Some(b'#') => self.between(b'#').and_then(hex),
            Some(b'|') => self.between(b'|').and_then(base64),
            Some(byte) if is_token(*byte) => {
                let length = self.rest.iter().take_while(|byte| is_token(**byte)).count();
                Ok(Zeroizing::new(self.take(length)?.to_vec()))
            }
            Some(_) => Err(SyntaxError::UnexpectedByte),
            None => Err(SyntaxError::UnexpectedEnd),
        }
    }

    /// What stands between two marks.
    fn between(&mut self, mark: u8) -> Result<&'a [u8], SyntaxError> {
        self.take(1)?;
        let length = self.rest.iter().position(|byte| *byte == mark);
        let inside = self.take(length.ok_or(SyntaxError::UnexpectedEnd)?)?;
        self.take(1)?;
        Ok(inside)
    }

    /// The next bytes, with their lines counted.
    fn take(&mut self, length: usize) -> Result<&'a [u8], SyntaxError> {
        let (head, tail) = self.rest.split_at_checked(length).ok_or(SyntaxError::UnexpectedEnd)?;
        let lines = head.iter().filter(|byte| **byte == b'\n').count();
        self.line = self.line.saturating_add(lines);
        self.rest = tail;
        Ok(head)
    }
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

/// Whether a byte may stand in a token. Digits may not begin one.
pub(super) const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'-' | b'.' | b'/' | b'_' | b':' | b'*' | b'+' | b'=')
}

/// The bytes of hexadecimal digits with blanks between.
pub(super) fn hex(digits: &[u8]) -> Result<Zeroizing<Vec<u8>>, SyntaxError> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(digits.len() / 2));
    let mut digits = digits.iter().filter(|byte| !is_blank(**byte));
    while let Some(high) = digits.next() {
        let high = nibble(*high).ok_or(SyntaxError::NotHex)?;
        let low = digits.next().ok_or(SyntaxError::OddHex)?;
        bytes.push(high << 4 | nibble(*low).ok_or(SyntaxError::NotHex)?);
    }
    Ok(bytes)
}

fn nibble(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// The bytes of base64 with blanks between.
pub(super) fn base64(text: &[u8]) -> Result<Zeroizing<Vec<u8>>, SyntaxError> {
    let mut letters = Zeroizing::new(Vec::with_capacity(text.len()));
    letters.extend(text.iter().filter(|byte| !is_blank(**byte)));
    let mut bytes = Zeroizing::new(Vec::with_capacity(base64::decoded_len_estimate(letters.len())));
    BASE64.decode_vec(letters.as_slice(), &mut bytes).map_err(|_| SyntaxError::NotBase64)?;
    Ok(bytes)
}

/// How many bytes come before the quote that ends a text.
fn quoted_length(text: &[u8]) -> Option<usize> {
    let mut is_escaped = false;
    text.iter().position(|byte| {
        let is_end = *byte == b'"' && !is_escaped;
        is_escaped = *byte == b'\\' && !is_escaped;
        is_end
    })
}

/// Resolves the escapes of C.
fn unquoted(text: &[u8]) -> Result<Zeroizing<Vec<u8>>, SyntaxError> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text;
    loop {
        rest = match rest {
            [] => return Ok(bytes),
            // A line that goes on in the next.
            [b'\\', b'\r', b'\n', rest @ ..] | [b'\\', b'\n', b'\r', rest @ ..] => rest,
            [b'\\', b'\r' | b'\n', rest @ ..] => rest,
            [b'\\', b'x', high, low, rest @ ..] => {
                let (high, low) = (nibble(*high), nibble(*low));
                bytes.push(high.zip(low).map(|(h, l)| h << 4 | l).ok_or(SyntaxError::BadEscape)?);
                rest
            }
            [b'\\', a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', rest @ ..] => {
                // The low bits of a digit are its value.
                bytes.push((a & 7) << 6 | (b & 7) << 3 | (c & 7));
                rest
            }
            [b'\\', letter, rest @ ..] => {
                bytes.push(unescaped(*letter).ok_or(SyntaxError::BadEscape)?);
                rest
            }
            [b'\\'] => return Err(SyntaxError::BadEscape),
            [byte, rest @ ..] => {
                bytes.push(*byte);
                rest
            }
        }
    }
}

const fn unescaped(letter: u8) -> Option<u8> {
    Some(match letter {
        b'b' => 0x08,
        b't' => b'\t',
        b'v' => 0x0b,
        b'n' => b'\n',
        b'f' => 0x0c,
        b'r' => b'\r',
        b'"' | b'\'' | b'\\' => letter,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The atoms of a list of atoms.
    fn atoms(text: &[u8]) -> Result<Vec<Vec<u8>>, (usize, SyntaxError)> {
        let list = read(text).map_err(|fault| (fault.line, fault.reason))?;
        let bytes = list.items.iter().map(|item| match item {
            Item::Atom { bytes, .. } => bytes.to_vec(),
            Item::List(_) => panic!("a list"),
        });
        Ok(bytes.collect())
    }

    // otr3 C
    #[test]
    fn every_way_to_write_bytes_is_read() {
        for text in [
            "(ab 2:ab \"ab\" #6162# |YWI=|)",
            "(ab ab ab ab ab)",
            "(2:ab2:ab2:ab2:ab2:ab)",
            "(2\"ab\" 2#6162# 2|YWI| \"\\x61\\142\" \"a\\\nb\")",
            "\u{feff}(ab ab\r\nab ab ab)\r\n",
            " \r\n\t( # 6 1\r\n62 # |YW I=| \"a\\\r\nb\" \"ab\" ab)",
        ] {
            assert_eq!(atoms(text.as_bytes()), Ok([b"ab"; 5].map(Vec::from).to_vec()), "{text}");
        }
        let all = br#"("\b\t\v\n\f\r\"\'\\")"#;
        assert_eq!(atoms(all), Ok(Vec::from([b"\x08\t\x0b\n\x0c\r\"'\\".to_vec()])));
        assert_eq!(atoms(b"(3:\0\xff()"), Ok(Vec::from([b"\0\xff(".to_vec()])));
        assert_eq!(atoms(b"(\"\" ## ||)"), Ok(Vec::from([Vec::new(), Vec::new(), Vec::new()])));
    }

    // otr3 C
    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (text, line, reason) in [
            (&b""[..], 1, SyntaxError::UnexpectedEnd),
            (b"(a\n", 2, SyntaxError::UnexpectedEnd),
            (b"(\"a\\\")", 1, SyntaxError::UnexpectedEnd),
            (b"(#00)", 1, SyntaxError::UnexpectedEnd),
            (b"a", 1, SyntaxError::UnexpectedByte),
            (b"\n)", 2, SyntaxError::UnexpectedByte),
            ("\u{feff}\u{feff}(a)".as_bytes(), 1, SyntaxError::UnexpectedByte),
            (b"(a\n{b})", 2, SyntaxError::UnexpectedByte),
            (b"(a\n\n#0g#)", 3, SyntaxError::NotHex),
            (b"(a\n\n#001#)", 3, SyntaxError::OddHex),
            (b"(|=|)", 1, SyntaxError::NotBase64),
            (b"(\"\\q\")", 1, SyntaxError::BadEscape),
            (b"(\"\\x0\")", 1, SyntaxError::BadEscape),
            (b"(\"\\400\")", 1, SyntaxError::BadEscape),
            (b"(1a)", 1, SyntaxError::BadLength),
            (b"(9:a)", 1, SyntaxError::BadLength),
            (b"(01:a)", 1, SyntaxError::BadLength),
            (b"(99999999999999999999999:a)", 1, SyntaxError::BadLength),
        ] {
            assert_eq!(atoms(text), Err((line, reason)), "{:?}", str::from_utf8(text));
        }
    }

    #[test]
    fn lists_are_nested_as_deep_as_the_limit_and_no_deeper() {
        let nested = |depth| ["(".repeat(depth), ")".repeat(depth)].concat();
        assert!(read(nested(DEPTH_MAX).as_bytes()).is_ok());
        let fault = read(nested(DEPTH_MAX + 1).as_bytes()).err();
        assert_eq!(fault, Some(Fault::new(1, SyntaxError::TooDeep)));
    }

    #[test]
    fn a_file_is_as_long_as_the_limit_and_no_longer() {
        let mut file = Vec::from(b"(a)");
        file.resize(FILE_BYTES_MAX, b' ');
        assert!(read(&file).is_ok());
        file.push(b' ');
        assert_eq!(read(&file).err(), Some(Fault::new(1, SyntaxError::FileTooLong)));
    }
}
