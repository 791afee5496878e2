//! Why signing in was refused, with what only the person can decide: a new server key to pin, a weaker
//! SASL mechanism, or the password in plain.
//!
//! What lowers protection is never the first choice: trying again is, and stands below, where the
//! screen that shows this has it.

use engine::{PinnedKey, ServerKey, SignInFailure};
use iced::widget::{Column, column, container, row};
use iced::{Element, Fill};

use crate::icon::Icon;
use crate::theme::{self, Tone, space};
use crate::widget::{self, server_key};
use crate::{error_text, t};

/// What a person can do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Unfolds or folds the details.
    Details(bool),
    /// Trusts exactly this key of the server from now on.
    Trust(PinnedKey),
    /// Signs in more weakly than before.
    AcceptWeaker,
    /// Shows the server the password itself.
    AllowPlain,
}

/// Whether the person can decide more than to try again.
#[must_use]
pub const fn is_decidable(failure: &SignInFailure) -> bool {
    matches!(
        failure,
        SignInFailure::CertificateRefused { key: Some(_), .. }
            | SignInFailure::KeyChanged { .. }
            | SignInFailure::Downgraded { offered: Some(_), .. }
            | SignInFailure::NoMechanism { plain_offered: true }
    )
}

/// Draws the sentence and what can be decided; `details` says whether they are unfolded.
#[must_use]
pub fn view<'a>(failure: &SignInFailure, details: bool) -> Element<'a, Message> {
    let words = widget::note(Icon::Warning, Tone::Danger, error_text::refused(failure));
    column![words].push(decision(failure, details)).spacing(space::SM).into()
}

fn decision<'a>(failure: &SignInFailure, details: bool) -> Option<Element<'a, Message>> {
    match failure {
        SignInFailure::CertificateRefused { key: Some(key), .. } => {
            let key = *key;
            Some(folded(details, move || {
                column![widget::hint(t!("trust-compare")), code(t!("trust-found"), key.key)]
                    .push(renewal(key))
                    .push(widget::secondary(t!("trust-exactly"), Some(Message::Trust(key))))
            }))
        }
        // Both are on the table at once: nobody trusts a new key without having seen the old one.
        SignInFailure::KeyChanged { trusted, found, .. } => Some(
            column![
                widget::hint(t!("trust-compare")),
                row![code(t!("trust-known"), *trusted), code(t!("trust-new"), found.key)]
                    .spacing(space::SM),
            ]
            .push(renewal(**found))
            .push(widget::secondary(t!("trust-new-key"), Some(Message::Trust(**found))))
            .spacing(space::SM)
            .into(),
        ),
        SignInFailure::Downgraded { known, offered: Some(offered) } => {
            let (known, offered) = (known.to_string(), offered.to_string());
            let names = folded(details, move || {
                column![widget::hint(t!("weaker-details", known = known, offered = offered))]
            });
            let accept = widget::secondary(t!("weaker-accept"), Some(Message::AcceptWeaker));
            Some(column![names, accept].spacing(space::SM).into())
        }
        SignInFailure::NoMechanism { plain_offered: true } => Some(folded(details, || {
            column![
                widget::hint(t!("plain-about")),
                widget::secondary(t!("plain-allow"), Some(Message::AllowPlain)),
            ]
        })),
        SignInFailure::CertificateRefused { key: None, .. }
        | SignInFailure::Downgraded { offered: None, .. }
        | SignInFailure::WrongPassword
        | SignInFailure::NoTls
        | SignInFailure::NoMechanism { plain_offered: false }
        | SignInFailure::MechanismsTampered
        | SignInFailure::ServerProofInvalid
        | SignInFailure::AdditionalStepRequired
        | SignInFailure::Conflict
        | SignInFailure::AccountDisabled
        | SignInFailure::ProxyRefused { .. } => None,
    }
}

fn folded<'a>(details: bool, inside: impl FnOnce() -> Column<'a, Message>) -> Element<'a, Message> {
    let icon = if details { Icon::ChevronDown } else { Icon::ChevronRight };
    let fold = widget::text_button(icon, t!("details"), Some(Message::Details(!details)));
    column![fold].push(details.then(|| inside().spacing(space::SM))).spacing(space::XS).into()
}

/// What trusting it brings with it, where the server showed who vouches for it.
fn renewal<'a>(key: PinnedKey) -> Option<Element<'a, Message>> {
    key.issuer.map(|_| widget::hint(t!("trust-renewal")).into())
}

fn code<'a>(label: String, key: ServerKey) -> Element<'a, Message> {
    container(column![widget::strong(label), server_key(key)].spacing(space::S))
        .padding(space::SM)
        .width(Fill)
        .style(theme::note(Tone::Text))
        .into()
}

#[cfg(test)]
mod tests {
    use engine::{AuthStrength, CertificateProblem};
    use iced_test::simulator;

    use super::*;

    fn key(digit: &str) -> PinnedKey {
        digit.repeat(64).parse().unwrap()
    }

    fn strength(name: &str) -> AuthStrength {
        name.parse().unwrap()
    }

    fn refused(key: Option<PinnedKey>) -> SignInFailure {
        let (host, problem) = ("example.org".to_owned(), CertificateProblem::SelfSigned);
        SignInFailure::CertificateRefused { host, problem, key }
    }

    fn shows(failure: &SignInFailure, details: bool, words: &str) -> bool {
        simulator(view(failure, details)).find(words).is_ok()
    }

    #[test]
    fn a_key_is_trusted_only_beside_its_code() {
        let failure = refused(Some(key("a")));
        assert!(shows(&failure, false, &error_text::refused(&failure)));
        assert!(!shows(&failure, false, &t!("trust-exactly")));
        assert!(!shows(&failure, true, &t!("trust-renewal")));
        assert!(shows(&failure, true, "AAAA AAAA"));
        let mut ui = simulator(view(&failure, true));
        ui.click(t!("trust-exactly").as_str()).unwrap();
        assert_eq!(ui.into_messages().collect::<Vec<_>>(), [Message::Trust(key("a"))]);
    }

    #[test]
    fn who_may_renew_a_key_is_said_before_it_is_trusted() {
        let trusted = PinnedKey { issuer: Some(key("c").key), ..key("a") };
        assert!(shows(&refused(Some(trusted)), true, &t!("trust-renewal")));
        let host = "example.org".to_owned();
        let failure =
            SignInFailure::KeyChanged { host, trusted: key("b").key, found: Box::new(trusted) };
        assert!(shows(&failure, false, &t!("trust-renewal")));
        let mut ui = simulator(view(&failure, false));
        ui.click(t!("trust-new-key").as_str()).unwrap();
        assert_eq!(ui.into_messages().collect::<Vec<_>>(), [Message::Trust(trusted)]);
    }

    #[test]
    fn a_key_that_cannot_be_read_cannot_be_trusted() {
        let failure = refused(None);
        assert!(!is_decidable(&failure));
        assert!(!shows(&failure, true, &t!("trust-exactly")));
    }

    #[test]
    fn a_new_key_stands_beside_the_one_that_is_trusted() {
        let host = "example.org".to_owned();
        let failure =
            SignInFailure::KeyChanged { host, trusted: key("a").key, found: Box::new(key("b")) };
        assert!(shows(&failure, false, "AAAA AAAA") && shows(&failure, false, "BBBB BBBB"));
        let mut ui = simulator(view(&failure, false));
        ui.click(t!("trust-new-key").as_str()).unwrap();
        assert_eq!(ui.into_messages().collect::<Vec<_>>(), [Message::Trust(key("b"))]);
    }

    #[test]
    fn the_password_is_shown_to_a_server_only_where_it_takes_nothing_else() {
        let plain = SignInFailure::NoMechanism { plain_offered: true };
        assert!(is_decidable(&plain) && !shows(&plain, false, &t!("plain-allow")));
        let mut ui = simulator(view(&plain, true));
        ui.click(t!("plain-allow").as_str()).unwrap();
        assert_eq!(ui.into_messages().collect::<Vec<_>>(), [Message::AllowPlain]);
        let nothing = SignInFailure::NoMechanism { plain_offered: false };
        assert!(!is_decidable(&nothing) && !shows(&nothing, true, &t!("plain-allow")));
    }

    #[test]
    fn signing_in_more_weakly_is_offered_only_where_that_is_possible() {
        let known = strength("SCRAM-SHA-256-PLUS");
        let offered = Some(strength("SCRAM-SHA-1"));
        let weaker = SignInFailure::Downgraded { known, offered };
        let mut ui = simulator(view(&weaker, false));
        ui.click(t!("weaker-accept").as_str()).unwrap();
        assert_eq!(ui.into_messages().collect::<Vec<_>>(), [Message::AcceptWeaker]);
        let none = SignInFailure::Downgraded { known, offered: None };
        assert!(!shows(&none, false, &t!("weaker-accept")));
    }
}
