//! How text and bytes are written on a line.

use std::fmt::Write as _;

use super::Failure;

/// Two lower-case digits for each byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        // Writing into a string cannot fail.
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

pub(crate) fn unhex(digits: &str) -> Result<Vec<u8>, Failure> {
    digits.as_bytes().chunks(2).map(byte).collect()
}

fn byte(pair: &[u8]) -> Result<u8, Failure> {
    match pair {
        [high, low] if pair.iter().all(u8::is_ascii_hexdigit) => {
            let pair = [*high, *low];
            Ok(u8::from_str_radix(str::from_utf8(&pair)?, 16)?)
        }
        _ => Err("not two hexadecimal digits for each byte".into()),
    }
}

/// One line of any text.
pub(crate) fn escape(text: &str) -> String {
    text.chars().fold(String::new(), |mut escaped, c| {
        match c {
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            c if c.is_ascii_control() => {
                let _ = write!(escaped, "\\x{:02x}", u32::from(c));
            }
            c => escaped.push(c),
        }
        escaped
    })
}

/// The text again. Escaped bytes must be UTF-8 together.
pub(crate) fn unescape(text: &str) -> Result<String, Failure> {
    let mut plain = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(first) = bytes.next() {
        plain.push(match first {
            b'\\' => match bytes.next() {
                Some(b'\\') => b'\\',
                Some(b'n') => b'\n',
                Some(b'r') => b'\r',
                Some(b't') => b'\t',
                Some(b'x') => byte(&bytes.by_ref().take(2).collect::<Vec<u8>>())?,
                _ => return Err("a backslash before nothing that it escapes".into()),
            },
            other => other,
        });
    }
    Ok(String::from_utf8(plain)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_is_one_line_and_itself_again() {
        for text in ["", "a b", "\\", "\n\r\t\0\u{1b}", "ü 漢字 🦀", "\\n"] {
            let line = escape(text);
            assert!(!line.contains(['\n', '\r', '\t']));
            assert_eq!(unescape(&line).unwrap(), text);
        }
        assert_eq!(unescape("\\xc3\\xbc").unwrap(), "ü");
    }

    #[test]
    fn half_an_escape_is_refused() {
        for text in ["\\", "\\q", "\\x", "\\x1", "\\x+1", "\\xff"] {
            assert!(unescape(text).is_err(), "{text}");
        }
    }

    #[test]
    fn bytes_are_written_as_digits() {
        assert_eq!(hex(&[0, 0xab]), "00ab");
        assert_eq!(unhex("00aB").unwrap(), [0, 0xab]);
        assert!(unhex("0").is_err() && unhex("0g").is_err());
    }
}
