//! Which way to sign in is chosen, from what the server offers.

use std::fmt;

use crate::security::{AuthMethod, Hash};
use crate::{AuthStrength, ChannelBindingType, SignInError};

/// What a sign-in may be tied to, and what both ends know of that.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ChannelBinding {
    pub(crate) kind: ChannelBindingType,
    pub(crate) data: Vec<u8>,
}

impl fmt::Debug for ChannelBinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChannelBinding({}, …)", self.kind.name())
    }
}

/// What the GS2 header says of channel binding (RFC 5802 §6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Gs2 {
    /// `n`: we do not bind.
    None,
    /// `y`: we could, but the server offers nothing bound. If it did and somebody removed that on
    /// the way, the server notices.
    NotOffered,
    /// `p=…`: we do.
    Bound(ChannelBinding),
}

impl Gs2 {
    /// The header, up to and with its last comma. We never ask to act as somebody else.
    pub(crate) const fn header(&self) -> &'static str {
        match self {
            Self::None => "n,,",
            Self::NotOffered => "y,,",
            Self::Bound(ChannelBinding { kind, .. }) => match kind {
                ChannelBindingType::ServerEndPoint => "p=tls-server-end-point,,",
                ChannelBindingType::Exporter => "p=tls-exporter,,",
            },
        }
    }

    /// What is bound to.
    const fn binding(&self) -> Option<ChannelBindingType> {
        match self {
            Self::None | Self::NotOffered => None,
            Self::Bound(ChannelBinding { kind, .. }) => Some(*kind),
        }
    }

    /// The bytes bound to.
    pub(crate) fn data(&self) -> &[u8] {
        match self {
            Self::None | Self::NotOffered => &[],
            Self::Bound(ChannelBinding { data, .. }) => data,
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
    pub(crate) known: Option<AuthStrength>,
    /// Whether the person agreed to show the password.
    pub(crate) allow_plain: bool,
}

impl Mechanism {
    /// The best of what is offered. PLAIN shows the password to the server and to whoever stands
    /// in its place: it is done only by consent, and only where no proof is taken. Whoever strips
    /// the list of a server gains nothing, once that server was `known` to take one.
    ///
    /// `listed` are the types of channel binding the server lists (XEP-0440); a server that offers
    /// `-PLUS` without a list may mean any type, so it is not bound to.
    pub(crate) fn choose(
        offered: &[String],
        listed: &[String],
        bindings: &[ChannelBinding],
        Limits { known, allow_plain }: Limits,
    ) -> Result<Self, SignInError> {
        let nothing_bound = !offered.iter().any(|offer| offer.ends_with("-PLUS"));
        let shared = |kind: ChannelBindingType| {
            let ours = bindings.iter().find(|binding| binding.kind == kind);
            ours.filter(|_| listed.iter().any(|name| name == kind.name()))
        };
        let possible = || {
            AuthStrength::all().filter(|strength| {
                offered.iter().any(|offer| offer == strength.name())
                    && strength.binding().is_none_or(|kind| shared(kind).is_some())
                    && (!strength.is_plain() || !takes_proof(offered))
            })
        };
        let allowed = || possible().filter(|strength| !strength.is_plain() || allow_plain);
        let weak =
            |strength: &AuthStrength| known.is_some_and(|known| strength.is_weaker_than(known));
        let Some(AuthStrength(way)) = allowed().find(|strength| !weak(strength)) else {
            return Err(match known.filter(|known| !known.is_plain()) {
                Some(known) => SignInError::Downgraded { known, offered: allowed().next() },
                None => SignInError::NoMechanism { plain_offered: possible().next().is_some() },
            });
        };
        let AuthMethod::Scram { hash, binding } = way else { return Ok(Self::Plain) };
        let gs2 = match binding.and_then(shared) {
            Some(binding) => Gs2::Bound(binding.clone()),
            None if nothing_bound && !bindings.is_empty() => Gs2::NotOffered,
            None => Gs2::None,
        };
        Ok(Self::Scram(Scram { hash, gs2 }))
    }

    /// How strong it is.
    pub(crate) const fn strength(&self) -> AuthStrength {
        match self {
            Self::Plain => AuthStrength::PLAIN,
            Self::Scram(Scram { hash, gs2 }) => AuthStrength::scram(*hash, gs2.binding()),
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

    /// With TLS 1.3, 1.2, and with a certificate that cannot be bound to.
    const BOTH: &[ChannelBindingType] =
        &[ChannelBindingType::Exporter, ChannelBindingType::ServerEndPoint];
    const END_POINT: &[ChannelBindingType] = &[ChannelBindingType::ServerEndPoint];
    const NONE: &[ChannelBindingType] = &[];

    fn choose(
        offered: &str,
        listed: &str,
        ours: &[ChannelBindingType],
        known: Option<&str>,
    ) -> Result<Mechanism, SignInError> {
        let known = known.map(|known| known.parse().unwrap());
        let limits = Limits { known, allow_plain: false };
        choose_within(offered, listed, ours, limits)
    }

    fn choose_within(
        offered: &str,
        listed: &str,
        ours: &[ChannelBindingType],
        limits: Limits,
    ) -> Result<Mechanism, SignInError> {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let binding = |kind: &ChannelBindingType| ChannelBinding { kind: *kind, data: vec![7; 32] };
        let ours: Vec<_> = ours.iter().map(binding).collect();
        Mechanism::choose(&words(offered), &words(listed), &ours, limits)
    }

    /// The mechanism chosen and its GS2 header.
    fn choice(
        offered: &str,
        listed: &str,
        ours: &[ChannelBindingType],
    ) -> Option<(&'static str, &'static str)> {
        let Mechanism::Scram(scram) = choose(offered, listed, ours, None).ok()? else {
            panic!("without consent");
        };
        let strength = Mechanism::Scram(scram.clone()).strength();
        Some((strength.name(), scram.gs2.header()))
    }

    #[test]
    fn the_password_is_shown_only_by_consent_and_where_no_proof_is_taken_or_known() {
        let choose = |offered: &str, allow_plain: bool, known: Option<AuthStrength>| {
            choose_within(offered, "", BOTH, Limits { known, allow_plain })
        };
        let none = |plain_offered| Err(SignInError::NoMechanism { plain_offered });
        let plain = Some(AuthStrength::PLAIN);
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
        for known in AuthStrength::all().filter(|known| !known.is_plain()) {
            let expected = SignInError::Downgraded { known, offered: plain };
            assert_eq!(choose("PLAIN", true, Some(known)), Err(expected));
        }
    }

    #[test]
    fn nothing_weaker_than_before_is_accepted() {
        let strength = |name: &str| name.parse::<AuthStrength>().unwrap();
        for (offered, known, best) in [
            ("PLAIN", "SCRAM-SHA-256", None),
            ("", "SCRAM-SHA-1", None),
            ("PLAIN SCRAM-SHA-1", "SCRAM-SHA-256", Some("SCRAM-SHA-1")),
            ("SCRAM-SHA-1-PLUS SCRAM-SHA-1", "SCRAM-SHA-256", Some("SCRAM-SHA-1-PLUS")),
            ("SCRAM-SHA-512", "SCRAM-SHA-256-PLUS", Some("SCRAM-SHA-512")),
        ] {
            let expected =
                SignInError::Downgraded { known: strength(known), offered: best.map(strength) };
            let result = choose(offered, "tls-exporter", BOTH, Some(known));
            assert_eq!(result, Err(expected), "{offered}");
        }
        // Stripped of TLS 1.3, or of a name in the list, and so of the better binding.
        for (listed, ours) in [
            ("tls-exporter", NONE),
            ("tls-exporter tls-server-end-point", END_POINT),
            ("tls-server-end-point", BOTH),
        ] {
            let known = Some("SCRAM-SHA-256-PLUS");
            let result = choose("SCRAM-SHA-256-PLUS SCRAM-SHA-256", listed, ours, known);
            assert!(matches!(result, Err(SignInError::Downgraded { .. })), "{listed}");
        }
    }

    #[test]
    fn as_strong_as_before_or_stronger_is_accepted() {
        for (offered, known, expected) in [
            ("SCRAM-SHA-1", "SCRAM-SHA-1", "SCRAM-SHA-1"),
            ("SCRAM-SHA-256 SCRAM-SHA-1", "SCRAM-SHA-1", "SCRAM-SHA-256"),
            ("SCRAM-SHA-256-PLUS SCRAM-SHA-512", "SCRAM-SHA-512", "SCRAM-SHA-512"),
            ("SCRAM-SHA-512-PLUS SCRAM-SHA-512", "SCRAM-SHA-512", "SCRAM-SHA-512-PLUS"),
            ("SCRAM-SHA-1-PLUS", "SCRAM-SHA-1-PLUS tls-server-end-point", "SCRAM-SHA-1-PLUS"),
        ] {
            let mechanism = choose(offered, "tls-exporter", BOTH, Some(known)).unwrap();
            assert_eq!(mechanism.strength().name(), expected, "{offered}");
        }
    }

    #[test]
    fn the_policy_table_holds() {
        let bound = "p=tls-exporter,,";
        let table = [
            ("PLAIN", "", BOTH, None),
            ("", "", NONE, None),
            ("PLAIN SCRAM-SHA-1", "", NONE, Some(("SCRAM-SHA-1", "n,,"))),
            ("PLAIN SCRAM-SHA-1", "", BOTH, Some(("SCRAM-SHA-1", "y,,"))),
            ("PLAIN SCRAM-SHA-1", "", END_POINT, Some(("SCRAM-SHA-1", "y,,"))),
            ("SCRAM-SHA-1 SCRAM-SHA-256 X", "", BOTH, Some(("SCRAM-SHA-256", "y,,"))),
            ("SCRAM-SHA-512 SCRAM-SHA-256", "", NONE, Some(("SCRAM-SHA-512", "n,,"))),
            // Offered bound, but without a list, or with another type only.
            ("SCRAM-SHA-1 SCRAM-SHA-1-PLUS", "", BOTH, Some(("SCRAM-SHA-1", "n,,"))),
            ("SCRAM-SHA-1 SCRAM-SHA-1-PLUS", "tls-unique", BOTH, Some(("SCRAM-SHA-1", "n,,"))),
            ("SCRAM-SHA-1-PLUS", "tls-unique", BOTH, None),
            ("SCRAM-SHA-1-PLUS", "tls-exporter", END_POINT, None),
            (
                "SCRAM-SHA-512 SCRAM-SHA-1-PLUS SCRAM-SHA-256-PLUS",
                "tls-server-end-point tls-unique tls-exporter",
                BOTH,
                Some(("SCRAM-SHA-256-PLUS", bound)),
            ),
            (
                "SCRAM-SHA-512 SCRAM-SHA-256-PLUS",
                "tls-server-end-point tls-exporter",
                END_POINT,
                Some(("SCRAM-SHA-256-PLUS", "p=tls-server-end-point,,")),
            ),
        ];
        for (offered, listed, ours, expected) in table {
            assert_eq!(choice(offered, listed, ours), expected, "{offered} / {listed}");
        }
    }
}
