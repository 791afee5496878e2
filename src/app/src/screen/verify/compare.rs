//! The step that shows both fingerprints side by side, to be read aloud.

use engine::Fingerprint;
use iced::Element;
use iced::widget::{column, container, row};

use super::Message;
use super::form::at_end;
use crate::t;
use crate::theme::{self, Tone, space};
use crate::widget::key_code::key_code;
use crate::widget::{danger, hint, id, primary, secondary, secondary_at, strong, title};

/// Room for one code, in logical pixels; where there is not twice as much, one stands below the other.
const CODE_WIDTH: f32 = 216.0;

/// Ours at the left, theirs at the right.
pub(super) fn view<'a>(
    name: &str,
    ours: Option<Fingerprint>,
    theirs: Option<Fingerprint>,
) -> Element<'a, Message> {
    let both = ours.and(theirs);
    column![
        title(t!("verify-compare-title", name = name)),
        hint(t!("verify-compare-hint", name = name)),
        row![
            code(t!("verify-compare-theirs", name = name), theirs),
            code(t!("verify-compare-ours"), ours),
        ]
        .spacing(space::M)
        .wrap()
        .vertical_spacing(space::S),
        hint(t!("verify-compare-warning")),
        row![
            secondary_at(id::VERIFY, t!("verify-back"), Some(Message::Back)),
            at_end([
                secondary(t!("verify-cancel"), Some(Message::Cancel)),
                danger(t!("verify-differ"), theirs.map(Message::Differ)),
                primary(t!("verify-match"), both.map(Message::Match)),
            ]),
        ],
    ]
    .spacing(space::M)
    .into()
}

fn code<'a>(label: String, fingerprint: Option<Fingerprint>) -> Element<'a, Message> {
    let code: Element<'a, Message> = match fingerprint {
        Some(fingerprint) => key_code(fingerprint).into(),
        None => hint(t!("verify-compare-unknown")).into(),
    };
    container(column![strong(label), code].spacing(space::S))
        .padding(space::M)
        .width(CODE_WIDTH)
        .style(theme::note(Tone::Text))
        .into()
}
