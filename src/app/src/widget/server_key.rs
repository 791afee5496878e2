//! The fingerprint of a server's TLS key, to be pinned, as two people read it to each other.

use engine::ServerKey;
use iced::widget::{Column, column};

use super::body;
use crate::theme::{self, space};

/// Eight lines of twice four digits, so that two codes can be laid side by side.
pub fn server_key<'a, Message: 'a>(key: ServerKey) -> Column<'a, Message> {
    let lines = lines(key).into_iter().map(|line| body(line).font(theme::MONO).into());
    column(lines).spacing(space::XS / 2.0)
}

fn lines(key: ServerKey) -> Vec<String> {
    let groups = |half: &[u8]| {
        half.chunks(2)
            .map(|group| group.iter().map(|byte| format!("{byte:02X}")).collect::<String>())
            .collect::<Vec<_>>()
            .join(" ")
    };
    key.as_bytes().chunks(4).map(groups).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_in_eight_lines_of_twice_four() {
        let key = "0123456789abcdef".repeat(4).parse().unwrap();
        assert_eq!(lines(key), ["0123 4567", "89AB CDEF"].repeat(4));
    }
}
