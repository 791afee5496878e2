//! Which way to sign in is chosen, from what the server offers.

use std::fmt;

/// The hash under SCRAM (RFC 5802, RFC 7677).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha1,
    Sha256,
    Sha512,
}

/// What ties the sign-in to the TLS connection: `tls-exporter` (RFC 9266).
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ChannelBinding(pub(crate) [u8; 32]);

impl fmt::Debug for ChannelBinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChannelBinding(…)")
    }
}

/// The binding's name in GS2 headers and in XEP-0440.
pub(crate) const TLS_EXPORTER: &str = "tls-exporter";

/// What the GS2 header says of channel binding (RFC 5802 §6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Gs2 {
    /// `n`: we do not bind.
    None,
    /// `y`: we could, but the server offers nothing bound. If it did and somebody removed that on
    /// the way, the server notices.
    NotOffered,
    /// `p=tls-exporter`: we do.
    Bound(ChannelBinding),
}

impl Gs2 {
    /// The header, up to and with its last comma. We never ask to act as somebody else.
    pub(crate) const fn header(&self) -> &'static str {
        match self {
            Self::None => "n,,",
            Self::NotOffered => "y,,",
            Self::Bound(_) => "p=tls-exporter,,",
        }
    }

    /// The bytes bound to.
    pub(crate) const fn data(&self) -> &[u8] {
        match self {
            Self::None | Self::NotOffered => &[],
            Self::Bound(ChannelBinding(data)) => data,
        }
    }
}

/// One way to sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mechanism {
    pub(crate) hash: Hash,
    pub(crate) gs2: Gs2,
}

impl Mechanism {
    /// Best first: bound before unbound, then by hash.
    const HASHES: [Hash; 3] = [Hash::Sha512, Hash::Sha256, Hash::Sha1];

    /// The best of what is offered, or `None`: PLAIN and its like show the password to the server
    /// and to whoever stands in its place, so they are not accepted.
    ///
    /// `bindings` are the types of channel binding the server lists (XEP-0440); a server that
    /// offers `-PLUS` without a list may mean any type, so it is not bound to.
    pub(crate) fn choose(
        offered: &[String],
        bindings: &[String],
        binding: Option<&ChannelBinding>,
    ) -> Option<Self> {
        let offers = |name: &str| offered.iter().any(|offer| offer == name);
        if let Some(binding) = binding
            && bindings.iter().any(|name| name == TLS_EXPORTER)
        {
            let bound = Self::HASHES.into_iter().find(|hash| offers(hash.name_plus()));
            if let Some(hash) = bound {
                return Some(Self { hash, gs2: Gs2::Bound(binding.clone()) });
            }
        }
        let nothing_bound = !offered.iter().any(|offer| offer.ends_with("-PLUS"));
        let gs2 = if binding.is_some() && nothing_bound { Gs2::NotOffered } else { Gs2::None };
        let hash = Self::HASHES.into_iter().find(|hash| offers(hash.name()))?;
        Some(Self { hash, gs2 })
    }

    /// As it stands in the `mechanism` attribute.
    pub(crate) const fn name(&self) -> &'static str {
        match self.gs2 {
            Gs2::Bound(_) => self.hash.name_plus(),
            Gs2::None | Gs2::NotOffered => self.hash.name(),
        }
    }
}

impl Hash {
    const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "SCRAM-SHA-1",
            Self::Sha256 => "SCRAM-SHA-256",
            Self::Sha512 => "SCRAM-SHA-512",
        }
    }

    const fn name_plus(self) -> &'static str {
        match self {
            Self::Sha1 => "SCRAM-SHA-1-PLUS",
            Self::Sha256 => "SCRAM-SHA-256-PLUS",
            Self::Sha512 => "SCRAM-SHA-512-PLUS",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The mechanism chosen and its GS2 header.
    fn choice(
        offered: &str,
        bindings: &str,
        can_bind: bool,
    ) -> Option<(&'static str, &'static str)> {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let binding = can_bind.then_some(ChannelBinding([7; 32]));
        Mechanism::choose(&words(offered), &words(bindings), binding.as_ref())
            .map(|mechanism| (mechanism.name(), mechanism.gs2.header()))
    }

    #[test]
    fn the_policy_table_holds() {
        let bound = "p=tls-exporter,,";
        let table = [
            ("PLAIN", "", true, None),
            ("", "", false, None),
            ("PLAIN SCRAM-SHA-1", "", false, Some(("SCRAM-SHA-1", "n,,"))),
            ("PLAIN SCRAM-SHA-1", "", true, Some(("SCRAM-SHA-1", "y,,"))),
            ("SCRAM-SHA-1 SCRAM-SHA-256 X", "", true, Some(("SCRAM-SHA-256", "y,,"))),
            ("SCRAM-SHA-512 SCRAM-SHA-256", "", false, Some(("SCRAM-SHA-512", "n,,"))),
            // Offered bound, but without a list, or with another type only.
            ("SCRAM-SHA-1 SCRAM-SHA-1-PLUS", "", true, Some(("SCRAM-SHA-1", "n,,"))),
            ("SCRAM-SHA-1 SCRAM-SHA-1-PLUS", "tls-unique", true, Some(("SCRAM-SHA-1", "n,,"))),
            ("SCRAM-SHA-1-PLUS", "tls-unique", true, None),
            ("SCRAM-SHA-1-PLUS", "tls-exporter", false, None),
            (
                "SCRAM-SHA-512 SCRAM-SHA-1-PLUS SCRAM-SHA-256-PLUS",
                "tls-unique tls-exporter",
                true,
                Some(("SCRAM-SHA-256-PLUS", bound)),
            ),
        ];
        for (offered, bindings, can_bind, expected) in table {
            assert_eq!(choice(offered, bindings, can_bind), expected, "{offered} / {bindings}");
        }
    }
}
