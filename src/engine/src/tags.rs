//! Names for sendings, so that an acknowledgement finds the contact it belongs to.

/// How many low bits count the sendings of one contact; the rest names the contact.
const COUNTER_BITS: u32 = 40;

/// Draws tags for one contact's sendings.
#[derive(Debug)]
pub(crate) struct Tags {
    next: u64,
}

impl Tags {
    /// Tags of the contact with this number.
    pub(crate) const fn of(contact: usize) -> Self {
        Self { next: (contact as u64) << COUNTER_BITS }
    }

    /// The next tag.
    pub(crate) const fn draw(&mut self) -> u64 {
        self.next += 1;
        self.next
    }
}

/// The number of the contact that drew this tag.
pub(crate) const fn owner(tag: u64) -> usize {
    (tag >> COUNTER_BITS) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_leads_back_to_its_contact() {
        let mut tags = Tags::of(5);
        let (first, second) = (tags.draw(), tags.draw());
        assert_ne!(first, second);
        assert_eq!((owner(first), owner(second)), (5, 5));
    }
}
