//! Why an attempt or a session ended, and whether to try again.

use tokio_xmpp::minidom::Element;

use crate::xml::{error_condition, ns};
use crate::{OfflineReason, SignInError};

/// A failure of an attempt or a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Retried only when the person asks for it.
    Permanent(SignInError),
    /// Retried after a pause.
    Transient(OfflineReason),
}

impl Failure {
    /// The server broke the protocol.
    pub(crate) fn protocol(what: impl Into<String>) -> Self {
        Self::Transient(OfflineReason::Protocol(what.into()))
    }

    /// The connection broke.
    pub(crate) const fn lost() -> Self {
        Self::Transient(OfflineReason::ConnectionLost)
    }

    /// Reads `<stream:error/>` (RFC 6120 §4.9.3).
    pub(crate) fn from_stream_error(error: &Element) -> Self {
        let condition = error_condition(error, ns::STREAMS).unwrap_or_default();
        match condition.as_str() {
            // Another client bound our resource: retrying would make both replace each other for
            // ever.
            "conflict" => Self::Permanent(SignInError::Conflict),
            "system-shutdown" => Self::Transient(OfflineReason::ServerShutdown),
            "reset" | "connection-timeout" => Self::lost(),
            _ => Self::protocol(format!("stream error {condition}")),
        }
    }

    /// Reads `<failure/>` of SASL (RFC 6120 §6.5).
    pub(crate) fn from_sasl_failure(failure: &Element) -> Self {
        let condition = error_condition(failure, ns::SASL).unwrap_or_default();
        match condition.as_str() {
            "not-authorized" | "credentials-expired" => Self::Permanent(SignInError::WrongPassword),
            "account-disabled" => Self::Permanent(SignInError::AccountDisabled),
            "invalid-mechanism" | "mechanism-too-weak" => {
                Self::Permanent(SignInError::NoMechanism { plain_offered: false })
            }
            "encryption-required" => Self::Permanent(SignInError::NoTls),
            _ => Self::protocol(format!("sign-in failure {condition}")),
        }
    }

    /// Whether the other failure says more: a wrong answer from one address is worth more to the
    /// person than no answer from another.
    pub(crate) const fn is_less_specific_than(&self, other: &Self) -> bool {
        const fn rank(failure: &Failure) -> u8 {
            match failure {
                Failure::Transient(
                    OfflineReason::HostUnknown { .. } | OfflineReason::Unreachable { .. },
                ) => 0,
                Failure::Transient(
                    OfflineReason::TorUnavailable
                    | OfflineReason::ProxyUnreachable { .. }
                    | OfflineReason::ConnectionLost
                    | OfflineReason::ServerShutdown
                    | OfflineReason::Protocol(_),
                ) => 1,
                Failure::Permanent(_) => 2,
            }
        }
        rank(self) < rank(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sasl_conditions_are_told_apart() {
        let read = |condition: &str| {
            let xml =
                format!("<failure xmlns='{}'><{condition}/><text>words</text></failure>", ns::SASL);
            Failure::from_sasl_failure(&xml.parse().unwrap())
        };
        assert_eq!(read("not-authorized"), Failure::Permanent(SignInError::WrongPassword));
        assert_eq!(read("account-disabled"), Failure::Permanent(SignInError::AccountDisabled));
        assert_eq!(
            read("mechanism-too-weak"),
            Failure::Permanent(SignInError::NoMechanism { plain_offered: false })
        );
        assert_eq!(
            read("temporary-auth-failure"),
            Failure::protocol("sign-in failure temporary-auth-failure")
        );
    }

    #[test]
    fn stream_conditions_are_told_apart() {
        let read = |condition: &str| {
            let xml = format!(
                "<error xmlns='{}'><{condition} xmlns='{}'/></error>",
                ns::STREAM,
                ns::STREAMS
            );
            Failure::from_stream_error(&xml.parse().unwrap())
        };
        assert_eq!(read("conflict"), Failure::Permanent(SignInError::Conflict));
        assert_eq!(read("system-shutdown"), Failure::Transient(OfflineReason::ServerShutdown));
        assert_eq!(read("not-well-formed"), Failure::protocol("stream error not-well-formed"));
    }
}
