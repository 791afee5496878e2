//! Which way to sign in is chosen, from what the server offers.

use std::fmt;

use crate::security::Hash;
use crate::{SignInError, Strength};

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
    /// The best of what is offered. PLAIN and its like show the password to the server and to
    /// whoever stands in its place, so they are not accepted; nor is anything weaker than what the
    /// server is `known` to take.
    ///
    /// `bindings` are the types of channel binding the server lists (XEP-0440); a server that
    /// offers `-PLUS` without a list may mean any type, so it is not bound to.
    pub(crate) fn choose(
        offered: &[String],
        bindings: &[String],
        binding: Option<&ChannelBinding>,
        known: Option<Strength>,
    ) -> Result<Self, SignInError> {
        let can_bind = binding.is_some();
        let nothing_bound = !offered.iter().any(|offer| offer.ends_with("-PLUS"));
        let binding = binding.filter(|_| bindings.iter().any(|name| name == TLS_EXPORTER));
        let possible = || {
            Strength::ALL.into_iter().filter(|strength| {
                offered.iter().any(|offer| offer == strength.name())
                    && (!strength.bound || binding.is_some())
            })
        };
        let weak = |strength: &Strength| known.is_some_and(|known| strength.is_weaker_than(known));
        let Some(Strength { hash, bound }) = possible().find(|strength| !weak(strength)) else {
            return Err(match known {
                Some(known) => SignInError::Downgraded { known, offered: possible().next() },
                None => SignInError::NoMechanism,
            });
        };
        let gs2 = match binding {
            Some(binding) if bound => Gs2::Bound(binding.clone()),
            _ if can_bind && nothing_bound => Gs2::NotOffered,
            _ => Gs2::None,
        };
        Ok(Self { hash, gs2 })
    }

    /// How strong it is.
    pub(crate) const fn strength(&self) -> Strength {
        Strength { hash: self.hash, bound: matches!(self.gs2, Gs2::Bound(_)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(
        offered: &str,
        bindings: &str,
        can_bind: bool,
        known: Option<&str>,
    ) -> Result<Mechanism, SignInError> {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let binding = can_bind.then_some(ChannelBinding([7; 32]));
        let known = known.map(|known| known.parse().unwrap());
        Mechanism::choose(&words(offered), &words(bindings), binding.as_ref(), known)
    }

    /// The mechanism chosen and its GS2 header.
    fn choice(
        offered: &str,
        bindings: &str,
        can_bind: bool,
    ) -> Option<(&'static str, &'static str)> {
        let mechanism = choose(offered, bindings, can_bind, None).ok()?;
        Some((mechanism.strength().name(), mechanism.gs2.header()))
    }

    #[test]
    fn nothing_weaker_than_before_is_accepted() {
        let strength = |name: &str| name.parse::<Strength>().unwrap();
        for (offered, known, best) in [
            ("PLAIN", "SCRAM-SHA-256", None),
            ("", "SCRAM-SHA-1", None),
            ("PLAIN SCRAM-SHA-1", "SCRAM-SHA-256", Some("SCRAM-SHA-1")),
            ("SCRAM-SHA-1-PLUS SCRAM-SHA-1", "SCRAM-SHA-256", Some("SCRAM-SHA-1-PLUS")),
            ("SCRAM-SHA-512", "SCRAM-SHA-256-PLUS", Some("SCRAM-SHA-512")),
        ] {
            let expected =
                SignInError::Downgraded { known: strength(known), offered: best.map(strength) };
            let result = choose(offered, TLS_EXPORTER, true, Some(known));
            assert_eq!(result, Err(expected), "{offered}");
        }
        // Stripped of TLS 1.3, and so of the binding.
        let result = choose("SCRAM-SHA-256-PLUS SCRAM-SHA-256", TLS_EXPORTER, false, {
            Some("SCRAM-SHA-256-PLUS")
        });
        assert!(matches!(result, Err(SignInError::Downgraded { .. })));
    }

    #[test]
    fn as_strong_as_before_or_stronger_is_accepted() {
        for (offered, known, expected) in [
            ("SCRAM-SHA-1", "SCRAM-SHA-1", "SCRAM-SHA-1"),
            ("SCRAM-SHA-256 SCRAM-SHA-1", "SCRAM-SHA-1", "SCRAM-SHA-256"),
            ("SCRAM-SHA-256-PLUS SCRAM-SHA-512", "SCRAM-SHA-512", "SCRAM-SHA-512"),
            ("SCRAM-SHA-512-PLUS SCRAM-SHA-512", "SCRAM-SHA-512", "SCRAM-SHA-512-PLUS"),
        ] {
            let mechanism = choose(offered, TLS_EXPORTER, true, Some(known)).unwrap();
            assert_eq!(mechanism.strength().name(), expected, "{offered}");
        }
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
