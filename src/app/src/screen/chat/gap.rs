//! The timeline item for a gap of the archive (XEP-0313): messages that have not been fetched.

use std::time::SystemTime;

use engine::{ArchiveGap, GapState};
use iced::widget::{button, column, container, row};
use iced::{Element, Fill};

use super::Message;
use crate::icon::Icon;
use crate::t;
use crate::theme::{self, Tone, space};
use crate::time_format;
use crate::widget::button::focusable_button;
use crate::widget::small;

/// Draws it, with the way to have them.
pub(super) fn view<'a>(gap: &ArchiveGap) -> Element<'a, Message> {
    let icon = match gap.state {
        GapState::Filling => Icon::Hourglass,
        GapState::Open | GapState::Incomplete | GapState::Closed => Icon::Info,
    };
    let fetch = (gap.state == GapState::Open).then(|| {
        let label =
            small(t!("gap-fetch")).font(theme::STRONG).style(theme::tone_style(Tone::Accent));
        let button = button(label).padding([2.0, 0.0]).style(theme::text_button);
        focusable_button(button, Some(Message::FetchGap(gap.number)))
    });
    let words = small(words(gap)).style(theme::tone_style(Tone::Muted));
    let inside =
        row![icon.view(14.0, Tone::Muted), column![words].push(fetch)].spacing(space::XS + 2.0);
    let pill = container(inside).padding([5.0, space::SM]).max_width(640.0);
    container(pill).center_x(Fill).padding([space::XS, 0.0]).into()
}

/// What is said of it: of whose messages lie in it nobody knows.
fn words(gap: &ArchiveGap) -> String {
    let moment = |at: SystemTime| {
        t!("gap-moment", day = time_format::date(at), time = time_format::clock(at))
    };
    // A server whose clock was set back gives them the other way round.
    let (after, before) = match (gap.after, gap.before) {
        (Some(after), Some(before)) => (Some(after.min(before)), Some(after.max(before))),
        ends => ends,
    };
    match (gap.state, after.map(moment), before.map(moment)) {
        (GapState::Filling, _, _) => t!("gap-filling"),
        (GapState::Incomplete, Some(after), Some(before)) => {
            t!("gap-incomplete", after = after, before = before)
        }
        (GapState::Incomplete, _, _) => t!("gap-incomplete-somewhere"),
        (GapState::Open | GapState::Closed, Some(after), Some(before)) => {
            t!("gap-between", after = after, before = before)
        }
        (GapState::Open | GapState::Closed, Some(after), None) => t!("gap-since", after = after),
        (GapState::Open | GapState::Closed, None, Some(before)) => {
            t!("gap-before", before = before)
        }
        (GapState::Open | GapState::Closed, None, None) => t!("gap-somewhere"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::text::strip_isolates;

    #[test]
    fn every_gap_says_what_is_known_of_it() {
        let now = SystemTime::now();
        let ago = |minutes: u64| now.checked_sub(Duration::from_secs(minutes * 60));
        let mut told = std::collections::BTreeSet::new();
        for state in [GapState::Filling, GapState::Open, GapState::Incomplete] {
            for after in [None, ago(60)] {
                for before in [None, ago(1)] {
                    let text = strip_isolates(&words(&ArchiveGap {
                        number: 1,
                        run: 0,
                        after,
                        before,
                        state,
                    }));
                    let ends = after.into_iter().chain(before);
                    if state == GapState::Open {
                        assert!(
                            ends.map(time_format::clock).all(|clock| text.contains(&clock)),
                            "{text}"
                        );
                    }
                    told.insert(text);
                }
            }
        }
        assert_eq!(told.len(), 7, "{told:?}");
    }

    #[test]
    fn a_gap_begins_before_it_ends_whatever_the_server_s_clock_did() {
        let now = SystemTime::now();
        let earlier = now.checked_sub(Duration::from_secs(3600));
        let said = |after, before| {
            let gap = ArchiveGap { number: 1, run: 0, after, before, state: GapState::Open };
            words(&gap)
        };
        assert_eq!(said(Some(now), earlier), said(earlier, Some(now)));
    }
}
