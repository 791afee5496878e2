//! Offers to speak in private: query messages and whitespace tags (OTRv3, "Unencoded messages").

use alloc::string::String;

use crate::policy::Policy;
use crate::version::Version;

/// The versions that somebody offers; unknown ones are left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Offer(u8);

impl Offer {
    const fn bit(version: Version) -> u8 {
        match version {
            Version::V2 => 1,
            Version::V3 => 2,
        }
    }

    fn add(&mut self, version: Version) {
        self.0 |= Self::bit(version);
    }

    /// The best version that is offered and allowed.
    pub(crate) fn best(self, policy: Policy) -> Option<Version> {
        Version::ALL
            .into_iter()
            .find(|version| self.0 & Self::bit(*version) != 0 && policy.allows(*version))
    }
}

/// Reads what follows `?OTR` in a query. `None`: it is not a query. The closing `?` is required.
pub(crate) fn parse(after_otr: &str) -> Option<Offer> {
    let (version_1, rest) = match after_otr.strip_prefix('?') {
        Some(rest) => (true, rest),
        None => (false, after_otr),
    };
    let ids = rest
        .strip_prefix('v')
        .and_then(|rest| rest.split_once('?'))
        .map(|(ids, _)| ids)
        .filter(|ids| ids.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    if ids.is_none() && !version_1 {
        return None;
    }
    let mut offer = Offer::default();
    for version in Version::ALL {
        if ids.is_some_and(|ids| ids.contains(version.id())) {
            offer.add(version);
        }
    }
    Some(offer)
}

/// The query that offers what `policy` allows, ids ascending.
pub(crate) fn message(policy: Policy) -> String {
    let mut text = String::from("?OTRv");
    text.extend(Version::ALL.into_iter().rev().filter(|v| policy.allows(*v)).map(Version::id));
    text.push('?');
    text
}

/// What opens a whitespace tag.
const BASE: &str = "\x20\t\x20\x20\t\t\t\t\x20\t\x20\t\x20\t\x20\x20";
/// The length of one group behind it.
const GROUP: usize = 8;

const fn group(version: Version) -> &'static str {
    match version {
        Version::V2 => "\x20\x20\t\t\x20\x20\t\x20",
        Version::V3 => "\x20\x20\t\t\x20\x20\t\t",
    }
}

/// The tag that offers what `policy` allows.
pub(crate) fn tag(policy: Policy) -> String {
    let mut text = String::from(BASE);
    text.extend(Version::ALL.into_iter().rev().filter(|v| policy.allows(*v)).map(group));
    text
}

/// Finds the first tag and cuts it out: the text around it, and what it offers.
pub(crate) fn strip_tag(text: &str) -> Option<(String, Offer)> {
    let (before, mut rest) = text.split_once(BASE)?;
    let mut offer = Offer::default();
    while let Some((head, tail)) = rest.split_at_checked(GROUP)
        && head.bytes().all(|byte| matches!(byte, b' ' | b'\t'))
    {
        if let Some(version) = Version::ALL.into_iter().find(|version| group(*version) == head) {
            offer.add(version);
        }
        rest = tail;
    }
    let mut text = String::from(before);
    text.push_str(rest);
    Some((text, offer))
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    fn offer(versions: &[Version]) -> Offer {
        let mut offer = Offer::default();
        versions.iter().for_each(|version| offer.add(*version));
        offer
    }

    // otr3 A9
    #[test]
    fn queries_offer_the_versions_between_v_and_question_mark() {
        use Version::{V2, V3};
        for (text, versions) in [
            ("?", &[][..]),
            ("v2?", &[V2]),
            ("v23?", &[V2, V3]),
            ("v32?", &[V2, V3]),
            ("?v2?", &[V2]),
            ("v24x?", &[V2]),
            ("?v24x?", &[V2]),
            ("?v?", &[]),
            ("v?", &[]),
            ("v4?", &[]),
            ("v34?", &[V3]),
            ("v3? there", &[V3]),
            ("?v3", &[]),
        ] {
            assert_eq!(parse(text), Some(offer(versions)), "?OTR{text}");
        }
    }

    // otr3 A9, A10
    #[test]
    fn a_query_must_be_closed_and_hold_no_blanks() {
        for text in ["", " v3?", "v3", "v 3?", "v3a"] {
            assert_eq!(parse(text), None, "?OTR{text}");
        }
    }

    // otr3 A11
    #[test]
    fn the_best_version_that_is_allowed_wins() {
        use Version::{V2, V3};
        assert_eq!(offer(&[V2, V3]).best(Policy::MANUAL), Some(V3));
        assert_eq!(offer(&[V2, V3]).best(Policy::ALLOW_V2), Some(V2));
        assert_eq!(offer(&[V2]).best(Policy::MANUAL), Some(V2));
        assert_eq!(offer(&[V3]).best(Policy::ALLOW_V2), None);
        assert_eq!(offer(&[V2]).best(Policy::ALLOW_V3), None);
        assert_eq!(offer(&[]).best(Policy::MANUAL), None);
    }

    // otr3 A12
    #[test]
    fn our_query_and_our_tag_offer_what_we_speak() {
        use Version::{V2, V3};
        for (policy, query, versions) in [
            (Policy::MANUAL, "?OTRv23?", &[V2, V3][..]),
            (Policy::ALLOW_V3, "?OTRv3?", &[V3]),
            (Policy::ALLOW_V2, "?OTRv2?", &[V2]),
        ] {
            assert_eq!(message(policy), query);
            let tag = tag(policy);
            assert_eq!(tag.len(), 16 + 8 * versions.len());
            let cut = strip_tag(&format!("hi{tag}"));
            assert_eq!(cut, Some((String::from("hi"), offer(versions))));
        }
    }

    // otr3 A14, A15
    #[test]
    fn a_tag_is_cut_out_wherever_it_stands() {
        let v3 = group(Version::V3);
        let unknown = "\t\t\t\t\t\t\t\t";
        for (text, left, versions) in [
            (format!("he{BASE}{v3}llo"), "hello", &[Version::V3][..]),
            (format!("hello{BASE}"), "hello", &[]),
            (format!("hello{BASE}       x"), "hello       x", &[]),
            (format!("{BASE}{unknown}{v3}hello"), "hello", &[Version::V3]),
            (format!("{BASE}{v3}é"), "é", &[Version::V3]),
            (format!("{BASE}{v3}éééééééé"), "éééééééé", &[Version::V3]),
        ] {
            assert_eq!(strip_tag(&text), Some((String::from(left), offer(versions))));
        }
        assert_eq!(strip_tag("hello"), None);
        let two = format!("a{BASE}{v3}b{BASE}{v3}");
        assert_eq!(strip_tag(&two).unwrap().0, format!("ab{BASE}{v3}"));
    }
}
