//! Which way to sign in is chosen, from what the server offers.

use std::fmt;

use crate::security::{Hash, Way};
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
pub(crate) enum Mechanism {
    Scram(Scram),
    Plain,
}

/// Proving without showing (RFC 5802).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scram {
    pub(crate) hash: Hash,
    pub(crate) gs2: Gs2,
}

/// What we may do, whatever is offered.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Limits {
    /// What the server is known to take: nothing weaker is done.
    pub(crate) known: Option<Strength>,
    /// Whether the person agreed to show the password.
    pub(crate) allow_plain: bool,
}

impl Mechanism {
    /// The best of what is offered. PLAIN shows the password to the server and to whoever stands
    /// in its place: it is done only by consent, and only where no proof is taken. Whoever strips
    /// the list of a server gains nothing, once that server was `known` to take one.
    ///
    /// `bindings` are the types of channel binding the server lists (XEP-0440); a server that
    /// offers `-PLUS` without a list may mean any type, so it is not bound to.
    pub(crate) fn choose(
        offered: &[String],
        bindings: &[String],
        binding: Option<&ChannelBinding>,
        Limits { known, allow_plain }: Limits,
    ) -> Result<Self, SignInError> {
        let can_bind = binding.is_some();
        let nothing_bound = !offered.iter().any(|offer| offer.ends_with("-PLUS"));
        let binding = binding.filter(|_| bindings.iter().any(|name| name == TLS_EXPORTER));
        let possible = || {
            Strength::ALL.into_iter().filter(|strength| {
                offered.iter().any(|offer| offer == strength.name())
                    && (!strength.is_bound() || binding.is_some())
                    && (!strength.is_plain() || !takes_proof(offered))
            })
        };
        let allowed = || possible().filter(|strength| !strength.is_plain() || allow_plain);
        let weak = |strength: &Strength| known.is_some_and(|known| strength.is_weaker_than(known));
        let Some(Strength(way)) = allowed().find(|strength| !weak(strength)) else {
            return Err(match known.filter(|known| !known.is_plain()) {
                Some(known) => SignInError::Downgraded { known, offered: allowed().next() },
                None => SignInError::NoMechanism { plain_offered: possible().next().is_some() },
            });
        };
        let Way::Scram { hash, bound } = way else { return Ok(Self::Plain) };
        let gs2 = match binding {
            Some(binding) if bound => Gs2::Bound(binding.clone()),
            _ if can_bind && nothing_bound => Gs2::NotOffered,
            _ => Gs2::None,
        };
        Ok(Self::Scram(Scram { hash, gs2 }))
    }

    /// How strong it is.
    pub(crate) const fn strength(&self) -> Strength {
        match self {
            Self::Plain => Strength::PLAIN,
            Self::Scram(Scram { hash, gs2 }) => {
                Strength::scram(*hash, matches!(gs2, Gs2::Bound(_)))
            }
        }
    }
}

/// Whether any of these proves without showing, be it one we cannot do.
pub(super) fn takes_proof(offered: &[String]) -> bool {
    offered.iter().any(|offer| offer.starts_with("SCRAM-"))
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
        let known = known.map(|known| known.parse().unwrap());
        let limits = Limits { known, allow_plain: false };
        choose_within(offered, bindings, can_bind, limits)
    }

    fn choose_within(
        offered: &str,
        bindings: &str,
        can_bind: bool,
        limits: Limits,
    ) -> Result<Mechanism, SignInError> {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let binding = can_bind.then_some(ChannelBinding([7; 32]));
        Mechanism::choose(&words(offered), &words(bindings), binding.as_ref(), limits)
    }

    /// The mechanism chosen and its GS2 header.
    fn choice(
        offered: &str,
        bindings: &str,
        can_bind: bool,
    ) -> Option<(&'static str, &'static str)> {
        let Mechanism::Scram(scram) = choose(offered, bindings, can_bind, None).ok()? else {
            panic!("without consent");
        };
        let strength = Mechanism::Scram(scram.clone()).strength();
        Some((strength.name(), scram.gs2.header()))
    }

    #[test]
    fn the_password_is_shown_only_by_consent_and_where_no_proof_is_taken_or_known() {
        let choose = |offered: &str, allow_plain: bool, known: Option<Strength>| {
            choose_within(offered, "", true, Limits { known, allow_plain })
        };
        let none = |plain_offered| Err(SignInError::NoMechanism { plain_offered });
        let plain = Some(Strength::PLAIN);
        assert_eq!(choose("LOGIN PLAIN", true, None), Ok(Mechanism::Plain));
        assert_eq!(choose("PLAIN", true, plain), Ok(Mechanism::Plain));
        assert_eq!(choose("PLAIN", false, None), none(true));
        assert_eq!(choose("PLAIN", false, plain), none(true));
        assert_eq!(choose("LOGIN", true, plain), none(false));
        // Proofs that we cannot give are proofs: PLAIN is not what this server needs.
        assert_eq!(choose("PLAIN SCRAM-SHA-1-PLUS", true, None), none(false));
        assert_eq!(choose("PLAIN SCRAM-SHA3-512", true, None), none(false));
        let scram = choose("PLAIN SCRAM-SHA-1", true, plain).unwrap();
        assert_eq!(scram.strength().name(), "SCRAM-SHA-1");
        for known in Strength::ALL.into_iter().filter(|known| !known.is_plain()) {
            let expected = SignInError::Downgraded { known, offered: plain };
            assert_eq!(choose("PLAIN", true, Some(known)), Err(expected));
        }
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
