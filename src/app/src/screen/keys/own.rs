//! Our own fingerprints, for contacts to compare.

use std::collections::BTreeMap;

use engine::{BareJid, Fingerprint};
use iced::Fill;
use iced::widget::{Column, column, container, row};

use super::{Message, entry};
use crate::icon::Icon;
use crate::t;
use crate::theme::space;
use crate::widget::key_code::key_code;
use crate::widget::{avatar, heading, hint, text_button};

/// One card for each account.
pub(super) fn view(own: &BTreeMap<BareJid, Fingerprint>) -> Column<'_, Message> {
    let intro = if own.is_empty() { t!("keys-own-none") } else { t!("keys-own-hint") };
    let cards = own.iter().map(|(account, fingerprint)| {
        let name = account.to_string();
        let head =
            row![avatar(&name, 36.0), heading(name)].spacing(space::SM).align_y(iced::Center);
        let copy = text_button(Icon::Copy, t!("keys-copy"), Some(Message::Copy(*fingerprint)));
        let card = column![head, key_code(*fingerprint), copy].spacing(space::SM);
        container(card).padding(space::M).width(Fill).style(entry::flat).into()
    });
    column![hint(intro)].extend(cards).spacing(space::M)
}
