//! What a server offers to sign in by.

use tokio_xmpp::minidom::Element;

use super::mechanism::{ChannelBinding, Limits, Mechanism, takes_proof};
use super::profile::Profile;
use crate::xml::ns;
use crate::{Account, SignInError};

/// The lists of a stream's features.
pub(super) struct Offer {
    extensible: Vec<String>,
    classic: Vec<String>,
    /// The types of channel binding (XEP-0440), if it lists them.
    bindings: Option<Vec<String>>,
}

impl Offer {
    pub(super) fn read(features: &Element) -> Self {
        let mechanisms = |profile: Profile| {
            let (list, namespace) = profile.list();
            let list = texts(features, list, namespace, |mechanism| {
                mechanism.is("mechanism", namespace).then(|| mechanism.text())
            });
            list.unwrap_or_default()
        };
        Self {
            extensible: mechanisms(Profile::Sasl2),
            classic: mechanisms(Profile::Sasl1),
            bindings: texts(features, "sasl-channel-binding", ns::CHANNEL_BINDING, |binding| {
                binding.attr("type").map(str::to_owned)
            }),
        }
    }

    /// Of two ways the stronger; of equal ones that which takes wishes.
    pub(super) fn choose(
        &self,
        bindings: &[ChannelBinding],
        account: &Account,
    ) -> Result<(Profile, Mechanism), SignInError> {
        let Self { extensible, classic, bindings: listed } = self;
        // Where either list has proofs, the password is shown through neither.
        let allow_plain = account.allow_plain && !takes_proof(extensible) && !takes_proof(classic);
        let limits = Limits { known: account.known_strength, allow_plain };
        let listed = listed.as_deref().unwrap_or_default();
        let best = |offered: &[String]| Mechanism::choose(offered, listed, bindings, limits);
        match (best(extensible), best(classic)) {
            (Ok(extensible), Ok(classic))
                if extensible.strength().is_weaker_than(classic.strength()) =>
            {
                Ok((Profile::Sasl1, classic))
            }
            (Ok(extensible), _) => Ok((Profile::Sasl2, extensible)),
            (Err(_), Ok(classic)) => Ok((Profile::Sasl1, classic)),
            (Err(error @ SignInError::Downgraded { offered: Some(_), .. }), Err(_)) => Err(error),
            (Err(error @ SignInError::NoMechanism { plain_offered: true }), Err(_))
                if !takes_proof(classic) =>
            {
                Err(error)
            }
            (Err(_), Err(SignInError::NoMechanism { plain_offered })) => {
                let plain_offered = plain_offered && !takes_proof(extensible);
                Err(SignInError::NoMechanism { plain_offered })
            }
            (Err(_), Err(error)) => Err(error),
        }
    }

    /// What the server says a hash of while we sign in, so that nobody can change the lists on the
    /// way (XEP-0474 §5.1): of the mechanisms only those in the words that we use. Before version
    /// 0.4, which servers still speak, other signs stood between the names; they count only where
    /// no name holds one, or two could be made to look like one that we do not know.
    pub(super) fn canonical_lists(&self, profile: Profile) -> Vec<String> {
        /// Neither can stand in XML.
        const BETWEEN: Separators = Separators { names: "\x1e", lists: "\x1f" };
        const BETWEEN_BEFORE: Separators = Separators { names: ",", lists: "|" };
        let mechanisms = match profile {
            Profile::Sasl1 => &self.classic,
            Profile::Sasl2 => &self.extensible,
        };
        let mut names = mechanisms.iter().chain(self.bindings.iter().flatten());
        let ambiguous = names.any(|name| name.contains([',', '|']));
        let signs = [Some(BETWEEN), Some(BETWEEN_BEFORE).filter(|_| !ambiguous)];
        let joined = |signs: Separators| match &self.bindings {
            Some(bindings) => [signs.join(mechanisms), signs.join(bindings)].join(signs.lists),
            None => signs.join(mechanisms),
        };
        signs.into_iter().flatten().map(joined).collect()
    }
}

/// What stands between the names of a list, and between lists.
#[derive(Clone, Copy)]
struct Separators {
    names: &'static str,
    lists: &'static str,
}

impl Separators {
    /// A list, sorted by octets.
    fn join(self, names: &[String]) -> String {
        let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
        names.sort_unstable();
        names.join(self.names)
    }
}

/// What the children of a feature say, if it is there.
fn texts(
    features: &Element,
    name: &str,
    namespace: &str,
    text: impl Fn(&Element) -> Option<String>,
) -> Option<Vec<String>> {
    let list = features.get_child(name, namespace)?;
    Some(list.children().filter_map(text).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical_lists(features: &str, profile: Profile) -> String {
        let features = format!("<features xmlns='{}'>{features}</features>", ns::STREAM);
        Offer::read(&features.parse().unwrap()).canonical_lists(profile).remove(0)
    }

    #[test]
    fn lists_are_told_sorted_and_only_those_that_count() {
        let features = "<authentication xmlns='urn:xmpp:sasl:2'>\
            <mechanism>SCRAM-SHA-1-PLUS</mechanism><mechanism>SCRAM-SHA-1</mechanism>\
            <inline><mechanism>NONE</mechanism></inline></authentication>\
            <mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-1</mechanism>\
            <mechanism>PLAIN</mechanism><mechanism>X</mechanism></mechanisms>";
        let bindings = "<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'>\
            <channel-binding type='tls-server-end-point'/><channel-binding type='tls-exporter'/>\
            </sasl-channel-binding>";
        let both = format!("{features}{bindings}");
        // The example of XEP-0474 §5.3.
        let example = "SCRAM-SHA-1\x1eSCRAM-SHA-1-PLUS\x1ftls-exporter\x1etls-server-end-point";
        assert_eq!(canonical_lists(&both, Profile::Sasl2), example);
        assert_eq!(canonical_lists(features, Profile::Sasl2), "SCRAM-SHA-1\x1eSCRAM-SHA-1-PLUS");
        assert_eq!(canonical_lists(features, Profile::Sasl1), "PLAIN\x1eSCRAM-SHA-1\x1eX");
        let empty = "<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'/>";
        assert_eq!(canonical_lists(empty, Profile::Sasl1), "\x1f");
        assert_eq!(canonical_lists("", Profile::Sasl1), "");
    }

    #[test]
    fn what_older_servers_say_counts_unless_two_lists_would_look_the_same() {
        let offer = |mechanisms: &[&str], bindings: Option<&[&str]>| {
            let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
            let (classic, bindings) = (owned(mechanisms), bindings.map(owned));
            Offer { extensible: Vec::new(), classic, bindings }.canonical_lists(Profile::Sasl1)
        };
        let canonical_lists = offer(&["SCRAM-SHA-256", "SCRAM-SHA-1"], Some(&["tls-exporter"]));
        assert_eq!(canonical_lists[1..], ["SCRAM-SHA-1,SCRAM-SHA-256|tls-exporter"]);
        assert_eq!(offer(&["B", "A"], None)[1..], ["A,B"]);
        for hidden in ["SCRAM-SHA-256,SCRAM-SHA-1", "SCRAM-SHA-1|tls-exporter"] {
            assert_eq!(offer(&[hidden], None).len(), 1);
        }
        assert_eq!(offer(&["SCRAM-SHA-1"], Some(&["a,b"])).len(), 1);
    }

    #[test]
    fn no_name_can_hold_what_stands_between_names() {
        for sign in ["\x1e", "\x1f", "&#x1e;", "&#31;"] {
            let name = format!("<mechanism xmlns='{}'>A{sign}B</mechanism>", ns::SASL);
            assert!(name.parse::<Element>().is_err(), "{name}");
        }
    }
}
