//! From the person to the network: texts, in clear or not, and offers to speak in private.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::num::NonZero;

use super::{Config, Conversation, LineBreaks, TEXT_BYTES_MAX};
use crate::audience::Audience;
use crate::error::SendError;
use crate::output::{Output, WireText};
use crate::policy::Policy;
use crate::query;
use crate::timestamp::Timestamp;

/// How far the offer in the whitespace tag has come (OTRv3, "Policies", as libotr has it).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum TagOffer {
    #[default]
    NotMade,
    Made,
    /// The peer has shown that it speaks OTR.
    Accepted,
    /// The peer has written as if there were no offer.
    Rejected,
}

impl TagOffer {
    /// The peer wrote something, plainly or not: what that says of an offer of ours.
    pub(super) fn is_answered(&mut self, plainly: bool) {
        if *self == Self::Made {
            *self = if plainly { Self::Rejected } else { Self::Accepted };
        }
    }

    fn may_be_made(self) -> bool {
        matches!(self, Self::NotMade | Self::Made)
    }
}

impl Conversation {
    pub(super) fn send_text(
        &mut self,
        text: &str,
        audience: Audience,
        now: Timestamp,
    ) -> Result<Vec<Output>, SendError> {
        if self.is_off() {
            return match audience {
                Audience::Everybody => self.send_in_clear(text),
                Audience::Contact | Audience::Key(_) => Err(SendError::NotPrivate),
            };
        }
        if text.is_empty() {
            return Err(SendError::Empty);
        }
        if text.contains('\0') {
            return Err(SendError::NulInText);
        }
        if text.len() > TEXT_BYTES_MAX {
            return Err(SendError::TooLong);
        }
        match self.peers.addressee(audience)? {
            Some((instance, session)) => {
                let version = session.version;
                let header = self.config.data_header(version, instance);
                let message = session.seal(header, 0, text, &[], now);
                let mut outputs = Vec::new();
                self.config.transmit(&message, version, instance, &mut outputs);
                Ok(outputs)
            }
            None => match audience {
                Audience::Everybody => self.send_in_clear(text),
                Audience::Contact | Audience::Key(_) => Err(SendError::NotPrivate),
            },
        }
    }

    /// The only place where a text of the person becomes one that everybody can read.
    fn send_in_clear(&mut self, text: &str) -> Result<Vec<Output>, SendError> {
        if self.is_private_demanded() {
            return Err(SendError::EncryptionRequired);
        }
        let is_off = self.is_off();
        if text.contains("?OTR") && !is_off {
            return Err(SendError::Reserved);
        }
        if self.config.line_breaks == LineBreaks::Never && text.contains(BREAKS) {
            return Err(SendError::LineBreak);
        }
        let bytes_max = self.config.fragment_bytes_max.map_or(usize::MAX, NonZero::get);
        if text.len() > bytes_max {
            return Err(SendError::TooLongInClear(bytes_max));
        }
        let mut text = String::from(text);
        if self.config.policy.contains(Policy::SEND_WHITESPACE_TAG)
            && self.versions().is_enabled()
            && self.tag_offer.may_be_made()
        {
            let tag = query::tag(self.config.policy);
            if text.len().saturating_add(tag.len()) <= bytes_max {
                // At the end: python-potr 1.0.2 cuts off what stands behind it.
                text.push_str(&tag);
                self.tag_offer = TagOffer::Made;
            }
        }
        Ok(vec![in_clear(text)])
    }

    /// An offer to speak in private, with as much of the invitation behind it as the network takes.
    /// Like a tag, it offers what the policy allows, whatever was spoken before: nothing in it is
    /// authenticated, Converse.js 2 begins anew at `?OTRv2` only, and otr4j 0.22 does not see a tag
    /// for version 3 alone. An answer in version 2 is refused where it comes.
    pub(super) fn query(&self) -> Output {
        let Config { line_breaks, invitation, fragment_bytes_max, .. } = &self.config;
        let mut text = query::message(self.config.policy);
        if !invitation.is_empty() {
            match line_breaks {
                LineBreaks::Never => {
                    text.push(' ');
                    text.push_str(&invitation.replace(BREAKS, " "));
                }
                LineBreaks::Allowed => {
                    text.push('\n');
                    text.push_str(invitation);
                }
            }
        }
        if let Some(bytes_max) = fragment_bytes_max {
            text.truncate(text.floor_char_boundary(bytes_max.get()));
        }
        in_clear(text)
    }
}

/// What ends a line on some network.
const BREAKS: [char; 2] = ['\r', '\n'];

/// A text that goes to whichever client reads it.
const fn in_clear(text: String) -> Output {
    Output::Send { wire: WireText::new(text), to: None }
}
