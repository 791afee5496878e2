//! Names for sendings, so that an acknowledgement finds the contact and the message it belongs to.

use crate::message::MessageId;

/// How many low bits name the sendings of one contact; the rest names the contact.
const NAME_BITS: u32 = 40;
/// What the account itself asks its server is named as if by a contact with this number.
pub const ACCOUNT: usize = (1 << (u64::BITS - NAME_BITS)) - 1;

/// Draws tags for one contact's sendings.
#[derive(Debug)]
pub struct Tags {
    contact: u64,
    drawn: u64,
}

impl Tags {
    /// Tags of the contact with this number.
    #[must_use]
    pub const fn of(contact: usize) -> Self {
        Self { contact: (contact as u64) << NAME_BITS, drawn: 0 }
    }

    /// A tag for what has no name.
    pub const fn draw(&mut self) -> u64 {
        self.drawn += 1;
        self.contact | self.drawn
    }

    /// The tag of a message: a later process finds the message by it again.
    pub fn of_message(&mut self, id: &MessageId) -> u64 {
        match name(id) {
            Some(name) => self.contact | name,
            None => self.draw(),
        }
    }
}

/// The number of the contact that drew this tag.
#[must_use]
pub const fn owner(tag: u64) -> usize {
    (tag >> NAME_BITS) as usize
}

/// Whether a tag, of this process or an earlier one, is that of a message.
#[must_use]
pub fn names(tag: u64, id: &MessageId) -> bool {
    name(id) == Some(tag & ((1 << NAME_BITS) - 1))
}

/// Of the 128 random bits of an id the first 40: no two messages share them, nor do they come near
/// what is counted.
fn name(id: &MessageId) -> Option<u64> {
    let digits = id.as_str().get(..(NAME_BITS / 4) as usize)?;
    u64::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(id: &str) -> MessageId {
        MessageId::from(id.to_owned())
    }

    #[test]
    fn a_tag_leads_back_to_its_contact_and_its_message() {
        let mut tags = Tags::of(5);
        let (one, other) = (named("0123456789abcdef"), named("fedcba9876543210"));
        let drawn = [tags.draw(), tags.draw(), tags.of_message(&one), tags.of_message(&other)];
        for (index, tag) in drawn.into_iter().enumerate() {
            assert_eq!(owner(tag), 5);
            assert_eq!(drawn.iter().position(|drawn| *drawn == tag), Some(index));
        }
        assert!(names(drawn[2], &one) && names(Tags::of(7).of_message(&one), &one));
        assert!(!names(drawn[3], &one) && !names(drawn[0], &one));
        assert_eq!(owner(Tags::of(ACCOUNT).draw()), ACCOUNT);
    }

    #[test]
    fn an_id_of_another_kind_is_counted() {
        let mut tags = Tags::of(0);
        for id in ["", "short", "+123456789ab", "not hexadecimal"] {
            let id = MessageId::from(id.to_owned());
            assert!(tags.of_message(&id) < 9 && !names(1, &id));
        }
    }
}
