//! The fingerprint of an OTR key ("key code" on the screen) as two people read it to each other: five
//! lines of twice four digits.

use engine::Fingerprint;
use iced::widget::{Column, column};

use super::body;
use crate::theme::{self, size, space};

/// The code in lines; the type has a fixed width so that two codes can be laid side by side.
pub(crate) fn key_code<'a, Message: 'a>(fingerprint: Fingerprint) -> Column<'a, Message> {
    let lines = groups(fingerprint)
        .into_iter()
        .map(|line| body(line).font(theme::MONO).size(size::LARGE).into());
    column(lines).spacing(space::XS)
}

/// The code in one text, in the same groups; it breaks between them.
pub(crate) fn key_code_text(fingerprint: Fingerprint) -> String {
    groups(fingerprint).join(" ")
}

/// Five groups, each in two halves.
fn groups(fingerprint: Fingerprint) -> Vec<String> {
    let halves = |group: &str| match group.split_at_checked(4) {
        Some((first, second)) => format!("{first} {second}"),
        None => group.to_owned(),
    };
    fingerprint.to_string().split(' ').map(halves).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_by_four_wherever_it_stands() {
        let fingerprint = Fingerprint::V3(core::array::from_fn(|i| i as u8));
        let text = key_code_text(fingerprint);
        assert_eq!(text, "0001 0203 0405 0607 0809 0A0B 0C0D 0E0F 1011 1213");
        let lines = groups(fingerprint);
        assert_eq!(lines, ["0001 0203", "0405 0607", "0809 0A0B", "0C0D 0E0F", "1011 1213"]);
    }
}
